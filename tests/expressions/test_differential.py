"""Both engines give the same value to random expressions."""

import math

import pytest

from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.parser import parse
from tests.expressions.cases import ZONES
from tests.expressions.engines import ENGINE, Value, page, server
from tests.expressions.grammar import Author

EACH = 700


def written(seed, count, kind="expression"):
    """Expressions that the parser takes, with their surroundings."""
    author, jobs = Author(seed), []
    while len(jobs) < count:
        text = author.write(kind)
        try:
            jobs.append((text, parse(text), author.surroundings()))
        except ExpressionError:
            continue
    return jobs


def exact(one, other):
    if not (isinstance(one, Value) and isinstance(other, Value)):
        return isinstance(one, str) and isinstance(other, str)
    return (one.string, one.boolean, repr(one.number)) == (
        other.string,
        other.boolean,
        repr(other.number),
    )


def close(one, other):
    numbers = one.number, other.number
    return math.isclose(*numbers, rel_tol=1e-12) or all(map(math.isnan, numbers))


def differences(found, jobs, zone, same=exact):
    """What the page found and the server finds otherwise."""
    for (text, tree, around), other in zip(jobs, found, strict=True):
        one = server(tree, around, zone)
        if not same(one, other):
            yield f"{text}\n  {around}\n  server {one!r}\n  page   {other!r}"


def on_page(browser, jobs, zone, source=None):
    return page(browser, [(tree, around) for _, tree, around in jobs], zone, source)


@pytest.mark.parametrize(
    ("kind", "count", "same"),
    [
        ("expression", 500, exact),
        ("matching", 120, exact),
        ("dating", 100, exact),
        ("counting", 100, exact),
        ("measuring", 60, close),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_random_expressions_have_the_same_value_on_both_engines(browser, zone, kind, count, same):
    jobs = written(ZONES.index(zone), count, kind)
    assert not list(differences(on_page(browser, jobs, zone), jobs, zone, same))


FAULTS = {
    "rounding": ("size - whole < 0.5", "size - whole <= 0.5"),
    "remainder": ("mod: (a, b) => a % b", "mod: (a, b) => a % b + (a < 0 ? b : 0)"),
    "code points": ("Array.from(text)", 'text.split("")'),
    "own instance": ("if (!c.repeat ||", "if (true ||"),
    "order of a union": ("|| a.index - b.index", ""),
    "empty text": ("if (!text) return {ms: NaN, blank: true};", ""),
    "short circuit": ("parts.some(part => asBoolean(run(part)))", "parts.map(run).some(asBoolean)"),
    "shuffle": ("order.length + 1", "order.length"),
    "lazy patterns": ('take("?");', ""),
}


@pytest.fixture(scope="module")
def jobs():
    kinds = ("expression", "matching", "counting")
    return [job for kind in kinds for job in written(0, 500, kind)]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_planted_in_the_page_is_found(browser, jobs, fault):
    right, wrong = FAULTS[fault]
    source = ENGINE.read_text("utf-8")
    assert source.count(right) == 1
    found = on_page(browser, jobs, "UTC", source.replace(right, wrong))
    assert next(differences(found, jobs, "UTC"), None) is not None
