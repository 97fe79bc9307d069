"""Orders of choices and questions: both directions alike, last ones last, dependents behind."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from analysis.study.plan import FormRules, Rotation
from survey.instrument.items import Choice, Group, Kind, Question
from survey.instrument.questions import Form
from survey.interview import begin
from survey.rotation import VARIANTS, drawn_of, rotated_choices, rotated_questions, variant_of
from survey.shown import Showing, questions_of
from tests.survey.test_interview import ask, page, terms

SCALE = tuple(Choice(code, {"zh": code}) for code in "123459")
QUESTION = Question("q", Kind.SELECT_ONE, {"zh": "q"}, choices=SCALE)
TURNED = Rotation(choices=("q",), keep_last=("9",))


def codes(variant, rotation=TURNED):
    return "".join(one.code for one in rotated_choices(SCALE, QUESTION, rotation, variant))


def test_half_of_the_respondents_read_a_scale_backwards_and_dont_know_stays_last():
    seen = Counter(codes(variant) for variant in range(VARIANTS))
    assert seen == {"123459": VARIANTS // 2, "543219": VARIANTS // 2}


def test_what_is_not_named_stays_as_it_is():
    assert {codes(variant, Rotation(choices=("other",))) for variant in range(VARIANTS)} == {
        "123459"
    }


def test_every_seed_has_a_variant_and_all_are_equally_frequent():
    counted = Counter(variant_of(seed) for seed in range(VARIANTS * 100))
    assert set(counted.values()) == {100}


@pytest.mark.parametrize("size", [1, 2, 3, 5, 24, 30])
def test_each_item_of_a_bank_is_drawn_equally_often_with_each_order(size):
    bank = [f"item {number}" for number in range(size)]
    seeds = range(VARIANTS * size * 10)
    counted = Counter((drawn_of(seed, bank), variant_of(seed)) for seed in seeds)
    assert len(counted) == size * VARIANTS
    assert set(counted.values()) == {10}


def group_orders(*children):
    group = Group("g", {}, children=children)
    form = Form("f", "1", "f", (group,))
    rotation = Rotation(questions=("g",))
    return [
        [one.name for one in rotated_questions(group, form.rules, rotation, variant)]
        for variant in range(VARIANTS)
    ]


def test_each_question_of_a_group_comes_first_equally_often():
    orders = group_orders(ask("a"), ask("b"), ask("c"))
    assert Counter(order[0] for order in orders) == {"a": 8, "b": 8, "c": 8}
    assert all(sorted(order) == ["a", "b", "c"] for order in orders)


def test_a_question_stays_behind_the_one_that_decides_on_it_and_a_note_before_its_own():
    note = Question("note", Kind.NOTE, {"zh": "n"})
    orders = group_orders(ask("a"), ask("b", relevant="${a} = '1'"), note, ask("c"))
    for order in orders:
        assert order.index("b") == order.index("a") + 1
        assert order.index("c") == order.index("note") + 1
    assert len({tuple(order) for order in orders}) == 2


def test_the_page_shows_them_so():
    settled = terms(
        page("one", ask("a"), ask("b")), rules=FormRules(rotation=Rotation(questions=("one",)))
    )
    now = datetime(2030, 6, 5, tzinfo=UTC)
    asked = begin(settled, now)
    orders = set()
    for variant in range(VARIANTS):
        showing = Showing(settled, asked.judgement, now=now, seed=0, variant=variant)
        orders.add(tuple(one.name for one in questions_of(showing.current(asked.page))))
    assert orders == {("a", "b"), ("b", "a")}
