"""Every kind of question: its answers, how they are stored, what stands there at first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.codebook import VariableKind
from survey.instrument.answers import FaultCode
from survey.instrument.initial import initial_answers
from survey.instrument.items import Choice, Kind, Question, Scale
from survey.instrument.judge import judge
from survey.instrument.questions import Form
from tests.survey.instrument.known_forms import NOW, SHANGHAI

ABC = tuple(Choice(code, {"zh": code, "en": code}) for code in "abc")
LABEL = {"zh": "问", "en": "Q"}
QUESTIONS = {
    "rank": Question("q", Kind.RANK, LABEL, choices=ABC),
    "range": Question("q", Kind.RANGE, LABEL, scale=Scale("0", "10", "2.5")),
    "down": Question("q", Kind.RANGE, LABEL, scale=Scale("5", "1", "2")),
    "time": Question("q", Kind.TIME, LABEL),
    "acknowledge": Question("q", Kind.ACKNOWLEDGE, LABEL),
    "geopoint": Question("q", Kind.GEOPOINT, LABEL),
    "image": Question("q", Kind.IMAGE, LABEL),
    "today": Question("q", Kind.TODAY),
}


def form(*questions):
    return Form("f", "1", "F", questions)


def judged(questions, answers, **options):
    made = form(*questions) if isinstance(questions, tuple) else form(questions)
    return judge(made, answers, now=NOW, timezone=SHANGHAI, **options)


@pytest.mark.parametrize(
    ("kind", "text", "stored"),
    [
        ("rank", "c a b", "c a b"),
        ("rank", "  b  a c ", "b a c"),
        ("range", "5", "5"),
        ("range", "2.50", "2.5"),
        ("range", "10.0", "10"),
        ("range", "０", "0"),
        ("down", "3", "3"),
        ("time", "09:30", "09:30"),
        ("time", "9:30", "09:30"),
        ("time", "9：05", "09:05"),
        ("time", "23:59:58.123", "23:59"),
        ("time", "09:30:00.000+08:00", "09:30"),
        ("acknowledge", "OK", "OK"),
        ("geopoint", "34.5 113.25", "34.5 113.25 0 0"),
        ("geopoint", "-90 180 -12.5 4", "-90 180 -12.5 4"),
        ("geopoint", "34.5 113.25 110", "34.5 113.25 110 0"),
        ("image", "3f0c9a1e77b24d0f.jpg", "3f0c9a1e77b24d0f.jpg"),
        ("today", "2026-01-02", "2026-01-02"),
        ("today", "", "2026-06-05"),
    ],
)
def test_an_answer_is_stored_in_one_form(kind, text, stored):
    found = judged(QUESTIONS[kind], {"q": text})
    assert found.faults == {}
    assert found.values == {"q": stored}


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("rank", "a b", FaultCode.NOT_ALL_RANKED),
        ("rank", "a b b", FaultCode.TWICE),
        ("rank", "a b c c", FaultCode.TWICE),
        ("rank", "a b x", FaultCode.NO_SUCH_CHOICE),
        ("range", "3", FaultCode.NOT_ON_SCALE),
        ("range", "12.5", FaultCode.NOT_ON_SCALE),
        ("range", "-2.5", FaultCode.NOT_ON_SCALE),
        ("range", "five", FaultCode.NOT_A_NUMBER),
        ("range", "9" * 15 + ".1", FaultCode.NOT_ON_SCALE),
        ("down", "4", FaultCode.NOT_ON_SCALE),
        ("down", "7", FaultCode.NOT_ON_SCALE),
        ("time", "24:00", FaultCode.NOT_A_TIME),
        ("time", "12:60", FaultCode.NOT_A_TIME),
        ("time", "noon", FaultCode.NOT_A_TIME),
        ("acknowledge", "ok", FaultCode.NO_SUCH_CHOICE),
        ("acknowledge", "yes", FaultCode.NO_SUCH_CHOICE),
        ("geopoint", "91 0", FaultCode.NOT_A_PLACE),
        ("geopoint", "0 -181", FaultCode.NOT_A_PLACE),
        ("geopoint", "0 0 0 -1", FaultCode.NOT_A_PLACE),
        ("geopoint", "34.5", FaultCode.NOT_A_PLACE),
        ("geopoint", "34.5,113.2", FaultCode.NOT_A_PLACE),
        ("geopoint", "1 2 3 4 5", FaultCode.NOT_A_PLACE),
        ("geopoint", "nan nan", FaultCode.NOT_A_PLACE),
        ("image", "../../etc/passwd", FaultCode.NOT_AN_IMAGE),
        ("image", "3f0c9a1e77b24d0f.svg", FaultCode.NOT_AN_IMAGE),
        ("image", "a.jpg", FaultCode.NOT_AN_IMAGE),
        ("image", "x" * 80 + ".jpg", FaultCode.NOT_AN_IMAGE),
        ("image", "3f0c9a1e77b24d0f.jpg\n", None),
    ],
)
def test_what_is_no_answer_is_a_fault_and_no_value(kind, text, code):
    found = judged(QUESTIONS[kind], {"q": text})
    if code is None:
        assert found.faults == {}  # space at the ends is no part of an answer
        return
    assert found.faults["q"].code is code
    assert found.values == {}
    assert found.faults["q"].zh
    assert found.faults["q"].en


@given(st.sampled_from(sorted(QUESTIONS)), st.text(max_size=60))
def test_no_text_makes_a_kind_raise_and_what_is_stored_stays(kind, text):
    first = judged(QUESTIONS[kind], {"q": text})
    assert judged(QUESTIONS[kind], first.values).values == first.values


def test_every_kind_asks_in_its_own_words_when_it_is_left_empty():
    for kind in (Kind.RANK, Kind.RANGE, Kind.TIME, Kind.ACKNOWLEDGE, Kind.GEOPOINT, Kind.IMAGE):
        question = Question("q", kind, LABEL, choices=ABC, required="true()")
        fault = judged(question, {}).faults["q"]
        assert fault.code is FaultCode.REQUIRED
        assert fault.zh != "请填写"


def test_the_codebook_holds_each_kind_with_its_codes():
    def variable(kind):
        return form(QUESTIONS[kind]).codebook().get("q")

    assert (variable("rank").kind, variable("rank").codes) == (
        VariableKind.MULTIPLE,
        frozenset("abc"),
    )
    assert variable("range").kind is VariableKind.NUMBER
    assert variable("acknowledge").codes == {"OK"}
    assert variable("time").kind is VariableKind.TEXT


def test_a_read_only_question_keeps_its_default_whatever_is_sent():
    question = Question("q", Kind.TEXT, LABEL, default="stays", read_only=True, required="true()")
    found = judged(question, {"q": "forged"})
    assert found.values == {"q": "stays"}
    assert (found.asked, found.shown) == ((), ("q",))


def test_a_computed_answer_is_shown_and_never_taken_from_what_is_sent():
    sum_ = Question("sum", Kind.DECIMAL, LABEL, calculation="${n} * 2", read_only=True)
    found = judged((Question("n", Kind.INTEGER, LABEL), sum_), {"n": "4", "sum": "99"})
    assert found.values == {"n": "4", "sum": "8"}
    assert (found.asked, found.shown) == (("n",), ("n", "sum"))


def test_a_read_only_question_is_never_demanded():
    question = Question("q", Kind.TEXT, LABEL, read_only=True, required="true()")
    assert judged(question, {}).faults == {}


def test_initial_answers_are_constants_computed_defaults_start_and_today():
    questions = (
        Question("began", Kind.START),
        Question("ended", Kind.END),
        Question("day", Kind.TODAY),
        Question("plain", Kind.TEXT, LABEL, default=" as written "),
        Question("when", Kind.DATE, LABEL, default_expression="now()"),
        Question("clock", Kind.TIME, LABEL, default_expression="now()"),
        Question("twice", Kind.INTEGER, LABEL, default_expression="2 * ${one}"),
        Question("one", Kind.INTEGER, LABEL, default="1"),
        Question("again", Kind.INTEGER, LABEL, default_expression="2 * ${one}"),
        Question("wrong", Kind.INTEGER, LABEL, default_expression="1 div 2"),
        Question("secret", Kind.HIDDEN, default="k"),
        Question("draw", Kind.DECIMAL, LABEL, default_expression="round(random(), 3)"),
        Question("none", Kind.TEXT, LABEL),
    )
    found = dict(initial_answers(form(*questions), NOW, SHANGHAI, seed=5))
    draw = found.pop("draw")
    assert found == {
        "began": "2026-06-05T10:00:00+08:00",
        "day": "2026-06-05",
        "plain": "as written",
        "when": "2026-06-05",
        "clock": "10:00",
        "one": "1",
        "again": "2",
        "secret": "k",
    }
    assert draw == initial_answers(form(*questions), NOW, SHANGHAI, seed=5)["draw"]
    assert draw != initial_answers(form(*questions), NOW, SHANGHAI, seed=6)["draw"]


def test_chance_is_the_same_for_the_same_seed_and_another_for_another():
    draw = Question("draw", Kind.CALCULATE, calculation="random()")
    answered = Question("q", Kind.TEXT, LABEL)
    one = judged((draw, answered), {"q": "x"}, seed=1).values["draw"]
    assert judged((draw, answered), {"q": "y"}, seed=1).values["draw"] == one
    assert judged((draw, answered), {"q": "x"}, seed=2).values["draw"] != one


def test_the_forms_own_sentence_shows_answers_and_every_language():
    message = {"zh": "${name},请改", "en": "Please mend, ${name}", "ug": "${name} ..."}
    questions = (
        Question("name", Kind.TEXT, LABEL),
        Question("n", Kind.INTEGER, LABEL, constraint=". > 5", constraint_message=message),
        Question("m", Kind.TEXT, LABEL, required="true()", required_message=message),
    )
    found = judged(questions, {"name": "<b>", "n": "1"})
    for name in ("n", "m"):
        fault = found.faults[name]
        assert (fault.zh, fault.en) == ("<b>,请改", "Please mend, <b>")
        assert fault.further == {"ug": "<b> ..."}


def test_all_expressions_together_may_do_a_bounded_amount_of_work():
    """Each alone is under its limit; together they would take many times as long."""
    work = "regex(${t}, '(a|a)*b') or regex(${t}, '(a|aa)*c')"
    costly = tuple(Question(f"c{n}", Kind.CALCULATE, calculation=work) for n in range(400))
    found = judged((Question("t", Kind.TEXT, LABEL), *costly), {"t": "a" * 2_000})
    assert "c0" in found.values
    assert "c399" not in found.values
