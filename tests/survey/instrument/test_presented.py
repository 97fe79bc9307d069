"""What a page shows: texts with answers in them, choices filtered and in their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.instrument.expressions.context import Context
from survey.instrument.expressions.evaluator import evaluate
from survey.instrument.expressions.parser import parse
from survey.instrument.items import Choice, Group, Kind, Question, Scale
from survey.instrument.judge import judge
from survey.instrument.presented import label_text, offered, scale_values, shuffled
from survey.instrument.questions import Form
from tests.survey.instrument.known_forms import HEAN, NOW, SHANGHAI

LABEL = {"zh": "问", "en": "Q"}
TOWNS = tuple(
    Choice(code, LABEL, {"county": county})
    for code, county in (("t1", "east"), ("t2", "east"), ("t3", "west"), ("t4", ""))
)


def test_a_reference_in_a_text_is_replaced_by_the_stored_value():
    values = {"name": "王", "n": "3", "age[1]": "7", "age[2]": "8"}
    assert label_text("您好,${name}:${ n } 次", values) == "您好,王:3 次"
    assert label_text("(${nobody})", values) == "()"
    assert label_text("${age}/${n}", values, 2) == "8/3"
    assert label_text("${age}", values) == ""


def test_a_text_without_reference_is_the_same_text():
    text = "cost: $5 {or} more"
    assert label_text(text, {"or": "x"}) is text


def test_what_an_answer_contains_is_not_read_again():
    assert label_text("${a}", {"a": "${b} <script>", "b": "x"}) == "${b} <script>"


def town(**options):
    return Question("town", Kind.SELECT_ONE, LABEL, choices=TOWNS, list_name="t", **options)


COUNTY = Question("county", Kind.TEXT, LABEL)


def shown(question, answers, seed=0):
    form = Form("f", "1", "F", (COUNTY, question))
    found = judge(form, answers, now=NOW, timezone=SHANGHAI)
    return [one.code for one in offered(form, question, found, seed)]


def test_the_filter_leaves_the_choices_that_meet_it_in_their_order():
    question = town(choice_filter="county = ${county}")
    assert shown(question, {"county": "east"}) == ["t1", "t2"]
    assert shown(question, {"county": "west"}) == ["t3"]
    assert shown(question, {}) == ["t4"]  # an empty column equals an empty answer
    assert shown(question, {"county": "north"}) == []
    question = town(choice_filter="name != 't2' and (county = ${county} or county = '')")
    assert shown(question, {"county": "east"}) == ["t1", "t4"]


def test_a_filter_that_cannot_be_computed_leaves_nothing():
    assert shown(town(choice_filter="regex(county, ${county})"), {"county": "("}) == []


def test_a_filter_in_a_repeat_sees_its_own_instance():
    question = town(choice_filter="county = ${county}")
    repeat = Group("r", LABEL, children=(COUNTY, question), repeats=True)
    form = Form("f", "1", "F", (repeat,))
    answers = {"r": "2", "county[1]": "east", "county[2]": "west", "town[2]": "t3"}
    found = judge(form, answers, now=NOW, timezone=SHANGHAI)
    assert found.faults == {}
    assert [one.code for one in offered(form, question, found, 0, 1)] == ["t1", "t2"]
    assert [one.code for one in offered(form, question, found, 0, 2)] == ["t3"]


def test_a_required_question_whose_filter_leaves_nothing_is_not_demanded():
    question = town(choice_filter="county = ${county}", required="true()")
    form = Form("f", "1", "F", (COUNTY, question))
    assert judge(form, {"county": "north"}, now=NOW, timezone=SHANGHAI).faults == {}
    assert judge(form, {"county": "east"}, now=NOW, timezone=SHANGHAI).faults.keys() == {"town"}


def test_an_answer_that_the_filter_no_longer_offers_is_a_fault():
    question = town(choice_filter="county = ${county}")
    form = Form("f", "1", "F", (COUNTY, question))
    found = judge(form, {"county": "west", "town": "t1"}, now=NOW, timezone=SHANGHAI)
    assert found.faults.keys() == {"town"}
    assert "town" not in found.values


def test_a_rank_takes_exactly_what_the_filter_offers():
    question = Question("town", Kind.RANK, LABEL, choices=TOWNS, choice_filter="county = ${county}")
    form = Form("f", "1", "F", (COUNTY, question))

    def faults(text):
        answers = {"county": "east", "town": text}
        return judge(form, answers, now=NOW, timezone=SHANGHAI).faults

    assert not faults("t2 t1")
    assert faults("t2")
    assert faults("t1 t2 t3")


@given(st.integers(0, 2**31 + 5), st.integers(1, 9))
def test_the_random_order_is_that_of_randomize_with_the_seed(seed, count):
    codes = tuple("abcdefghi"[:count])
    nodes = {"/data/x": codes}
    wanted = evaluate(parse(f"randomize(/data/x, {seed})"), Context(nodes, None))
    assert shuffled(codes, seed) == tuple(node.text for node in wanted)
    assert sorted(shuffled(codes, seed)) == list(codes)


def test_choices_are_shuffled_by_the_seed_of_the_response_or_the_questions_own():
    orders = {tuple(shown(town(randomize=True), {}, seed)) for seed in range(200)}
    assert len(orders) == 24
    fixed = [shown(town(randomize=True, seed="7"), {}, seed) for seed in range(5)]
    assert all(one == list(shuffled(("t1", "t2", "t3", "t4"), 7)) for one in fixed)
    by_answer = town(randomize=True, seed="${county}")
    assert shown(by_answer, {"county": "7"}, 3) == fixed[0]
    assert shown(by_answer, {"county": "x"}, 3) == list(shuffled(("t1", "t2", "t3", "t4"), 3))


def test_a_filter_comes_before_the_order():
    question = town(choice_filter="county = ${county}", randomize=True)
    for seed in range(20):
        assert shown(question, {"county": "east"}, seed) == list(shuffled(("t1", "t2"), seed))


def test_a_plain_question_costs_nothing_and_keeps_its_choices():
    found = HEAN.judged()
    for question in HEAN.form.questions():
        assert offered(HEAN.form, question, found, 5) is question.choices


@pytest.mark.parametrize(
    ("scale", "values"),
    [
        (Scale("1", "5", "1"), ["1", "2", "3", "4", "5"]),
        (Scale("0", "1", "0.25"), ["0", "0.25", "0.5", "0.75", "1"]),
        (Scale("0", "10", "3"), ["0", "3", "6", "9"]),
        (Scale("2", "-2", "2"), ["2", "0", "-2"]),
    ],
)
def test_a_range_has_its_numbers_as_they_are_stored(scale, values):
    assert list(scale_values(scale)) == values
    question = Question("q", Kind.RANGE, LABEL, scale=scale)
    for value in values:
        found = judge(Form("f", "1", "F", (question,)), {"q": value}, now=NOW, timezone=SHANGHAI)
        assert found.values == {"q": value}
