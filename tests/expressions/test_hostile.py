"""1,300 hostile expressions: refused, stopped or computed within the limits, on both engines."""

from collections import Counter
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from survey.instrument.expressions.context import MAX_TEXT, Allowance
from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.evaluator import evaluate
from survey.instrument.expressions.parser import MAX_DEPTH, parse
from survey.instrument.expressions.tokens import MAX_LENGTH
from survey.instrument.expressions.tree import walk
from survey.instrument.expressions.values import NodeSet, as_number, as_string
from tests.expressions.engines import Value, context, page
from tests.expressions.hostile import AROUND, Fate, corpus

CORPUS = list(corpus())
UTC = ZoneInfo("UTC")
FROM_AN_ANSWER = "pattern from an answer"


def fate_of(text):
    """What becomes of it, and the value if it has one; any other exception passes through."""
    try:
        tree = parse(text)
    except ExpressionError:
        return Fate.REFUSED, None
    around = context(AROUND, UTC)
    try:
        value = evaluate(tree, around)
    except ExpressionError:
        return Fate.STOPPED, None
    assert around.allowance.left >= 0
    return Fate.VALUE, value


@pytest.fixture(scope="module")
def fates():
    return [(family, wanted, text, *fate_of(text)) for family, wanted, text in CORPUS]


def test_there_are_more_than_a_thousand_different_ones():
    assert len({text for _, _, text in CORPUS}) == len(CORPUS) > 1_000
    assert len({family for family, _, _ in CORPUS}) > 40


def test_each_is_refused_stopped_or_computed_as_its_family_must_be(fates):
    wrong = [
        (family, found.name, text[:80])
        for family, wanted, text, found, _ in fates
        if wanted is not Fate.HARMLESS and found is not wanted
    ]
    assert not wrong
    counts = Counter(found for _, _, _, found, _ in fates)
    assert counts[Fate.REFUSED] > 400
    assert counts[Fate.STOPPED] > 250
    assert counts[Fate.VALUE] > 400


def test_what_is_read_is_short_and_what_is_made_of_it_bounded(fates):
    for _, _, text, found, value in fates:
        if found is not Fate.REFUSED:
            assert len(text) <= MAX_LENGTH
            assert len(list(walk(parse(text)))) <= MAX_LENGTH
        if found is Fate.VALUE and not isinstance(value, NodeSet):
            assert len(as_string(value, UTC)) <= max(MAX_TEXT, MAX_LENGTH)


def test_the_limits_are_those_that_the_families_try():
    assert (MAX_LENGTH, MAX_DEPTH, MAX_TEXT, Allowance().left) == (4_000, 64, 10_000, 100_000)


def test_without_the_allowance_the_stopped_ones_would_go_on():
    """The control: what is stopped for its work has a value when it may work longer."""
    patient = replace(context(AROUND, UTC), allowance=Allowance(10**9))
    stopped = [text for family, _, text in CORPUS if family in ("digests", "unions", "sums")]
    assert len(stopped) == 60
    for text in stopped[::10]:
        evaluate(parse(text), patient)


def test_on_the_page_the_same_happens(browser, fates):
    read = [fate for fate in fates if fate[3] is not Fate.REFUSED]
    found = page(browser, [(parse(text), AROUND) for _, _, text, _, _ in read], "UTC")
    reasons = Counter()
    for (family, _, text, fate, value), other in zip(read, found, strict=True):
        if isinstance(other, Value) and fate is Fate.VALUE:
            numbers = repr(as_number(value, UTC)), repr(other.number)
            assert (as_string(value, UTC), numbers[0]) == (other.string, numbers[1]), text
        else:
            # The page matches patterns in another way, and may give up on other ones.
            gave_up = (family, other) == (FROM_AN_ANSWER, "too long")
            assert fate is Fate.STOPPED or gave_up, text
            assert not isinstance(other, Value), text
            reasons[other] += 1
    assert reasons.keys() <= {
        "too long", "regex", "no seed", "no length", "no path", "no nobody", "no __class__",
        "no constructor", "no toString", "no self", "no a.b",
    }  # fmt: skip
    assert reasons["too long"] > 200
