"""Probabilities in proportion to size, and that each way of drawing keeps its probabilities."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from analysis.errors import ImpossibleInput
from analysis.selection import (
    choose_person,
    inclusion_probabilities,
    systematic_equal,
    systematic_pps,
)

SIZES = np.array([120.0, 45, 900, 33, 60, 210, 15, 78, 2500, 310])
# R sampling: inclusionprobabilities(c(120,45,900,33,60,210,15,78,2500,310), 4)
OF_R = [
    0.275545350172216, 0.103329506314581, 1, 0.0757749712973594, 0.137772675086108,
    0.482204362801378, 0.034443168771527, 0.17910447761194, 1, 0.711825487944891,
]  # fmt: skip


def test_probabilities_are_those_of_r():
    assert inclusion_probabilities(SIZES, 4) == pytest.approx(OF_R, rel=1e-12)


def test_without_a_large_unit_they_are_in_proportion():
    sizes = np.array([3.0, 4, 5, 4])
    assert inclusion_probabilities(sizes, 2) == pytest.approx(2 * sizes / 16)
    assert inclusion_probabilities(sizes, 2.5) == pytest.approx(2.5 * sizes / 16)
    assert inclusion_probabilities(sizes, 4).tolist() == [1, 1, 1, 1]


def rescaled(sizes, n):
    """The repeated rule as it is told: who reaches 1 is certain, the rest is shared anew."""
    certain = np.zeros(len(sizes), bool)
    while True:
        chance = np.ones(len(sizes))
        chance[~certain] = (n - certain.sum()) * sizes[~certain] / sizes[~certain].sum()
        if not np.any(chance[~certain] >= 1):
            return chance
        certain |= chance >= 1


@settings(deadline=None, max_examples=200)
@given(
    sizes=some.lists(some.floats(0.01, 1e4), min_size=2, max_size=40), part=some.floats(0.02, 0.98)
)
def test_certain_units_leave_the_rest_in_proportion(sizes, part):
    sizes = np.array(sizes)
    n = max(1, int(part * len(sizes)))
    found = inclusion_probabilities(sizes, n)
    assert found.sum() == pytest.approx(n)
    assert found == pytest.approx(rescaled(sizes, n), rel=1e-9)


def by_every_start(draw, turns, units):
    """Exact chances: between the starts at which the sample changes it is the same."""
    edges = np.unique(np.concatenate(([0.0, 1.0], np.asarray(turns) % 1)))
    chance, lengths = np.zeros(units), set()
    for low, high in pairwise(edges):
        if high - low > 1e-9:
            sample = draw((low + high) / 2)
            assert len(set(sample.tolist())) == len(sample)
            chance[sample] += high - low
            lengths.add(len(sample))
    return chance, lengths


@pytest.mark.parametrize("n", [1, 3, 4, 7])
def test_systematic_selection_keeps_every_probability(n):
    chance = inclusion_probabilities(SIZES, n)
    turns = np.cumsum(np.where(chance == 1, 0, chance))
    found, lengths = by_every_start(lambda at: systematic_pps(chance, at), turns, len(SIZES))
    assert found == pytest.approx(chance, abs=1e-7)
    assert lengths == {n}


def test_a_sum_that_is_not_whole_draws_one_of_the_two_numbers_beside_it():
    chance = np.array([0.5, 0.4, 0.9, 0.6])
    found, lengths = by_every_start(lambda at: systematic_pps(chance, at), np.cumsum(chance), 4)
    assert found == pytest.approx(chance)
    assert lengths == {2, 3}


def test_rounding_at_the_end_loses_nobody():
    chance = np.full(10, 0.1)
    assert np.cumsum(chance)[-1] < 1  # in double precision
    assert systematic_pps(chance, np.nextafter(1, 0)).tolist() == [9]
    assert systematic_pps(chance, 0.0).tolist() == [0]


@settings(deadline=None, max_examples=150)
@given(some.lists(some.sampled_from([0.1, 0.2, 0.3, 0.7, 0.9, 1.0]), min_size=1, max_size=14))
@example([0.3, 1.0, 0.7, 0.1, 0.9, 0.9, 1.0, 0.2, 0.1, 1.0, 0.1, 0.7])
def test_at_the_starts_where_rounding_bites_the_sample_is_whole(chances):
    rest = round((-sum(chances)) % 1, 1) % 1
    chance = np.array([*chances, rest] if rest else chances)
    ends = np.cumsum(chance) % 1
    starts = np.concatenate((ends, np.nextafter(ends, 0), np.nextafter(ends, 1), [1 - 2**-53]))
    for start in starts[(starts >= 0) & (starts < 1)]:
        sample = systematic_pps(chance, start)
        assert len(set(sample.tolist())) == len(sample) == round(chance.sum())
        assert set(np.flatnonzero(chance == 1).tolist()) <= set(sample.tolist())


def test_units_that_are_certain_are_always_there():
    chance = np.array([1.0, 0.3, 1.0, 0.7, 1.0])
    for start in np.linspace(0, 1, 50, endpoint=False):
        assert {0, 2, 4} <= set(systematic_pps(chance, start).tolist())
    assert systematic_pps(np.ones(3), 0.5).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("population", "n"), [(10, 3), (7, 7), (1, 1), (23, 22), (100, 8)])
def test_equal_intervals_give_equal_probabilities(population, n):
    turns = [-k * n / population for k in range(population)]
    turns += [(unit * n / population) % 1 for unit in range(population + 1)]
    found, lengths = by_every_start(
        lambda at: systematic_equal(population, n, at), turns, population
    )
    assert found == pytest.approx(np.full(population, n / population))
    assert lengths == {n}
    last = systematic_equal(population, n, np.nextafter(1, 0))
    assert len(set(last.tolist())) == n
    assert last[-1] == population - 1


def test_a_generator_gives_the_start():
    chance = inclusion_probabilities(SIZES, 4)
    start = np.random.default_rng(7).random()
    found = systematic_pps(chance, np.random.default_rng(7))
    assert found.tolist() == systematic_pps(chance, start).tolist()
    found = systematic_equal(50, 6, np.random.default_rng(7))
    assert found.tolist() == systematic_equal(50, 6, start).tolist()


@pytest.mark.parametrize("eligible", range(1, 10))
def test_each_person_of_a_household_has_the_same_chance(eligible):
    edges = np.arange(eligible) / eligible
    for place, edge in enumerate(edges):
        for number in (edge + 1e-12, edge + (1 - 1e-12) / eligible):
            chosen = choose_person(eligible, number)
            assert (chosen.person, chosen.factor) == (place + 1, eligible)
    assert choose_person(eligible, np.nextafter(1, 0)).person == eligible
    assert choose_person(eligible, 0).person == 1


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("sizes", lambda: inclusion_probabilities(np.array([3.0, 0, 1]), 1)),
        ("sizes", lambda: inclusion_probabilities(np.array([3.0, -2, 1]), 1)),
        ("sizes", lambda: inclusion_probabilities(np.array([3.0, np.nan]), 1)),
        ("sizes", lambda: inclusion_probabilities(np.array([[3.0], [1.0]]), 1)),
        ("n", lambda: inclusion_probabilities(np.array([3.0, 1]), 3)),
        ("n", lambda: inclusion_probabilities(np.array([3.0, 1]), 0)),
        ("n", lambda: inclusion_probabilities(np.array([]), 1)),
        ("probabilities", lambda: systematic_pps(np.array([0.5, 1.5]), 0.1)),
        ("probabilities", lambda: systematic_pps(np.array([0.5, 0.0]), 0.1)),
        ("start", lambda: systematic_pps(np.array([0.5, 0.5]), 1.0)),
        ("start", lambda: systematic_equal(10, 2, -0.1)),
        ("n", lambda: systematic_equal(10, 11, 0.1)),
        ("n", lambda: systematic_equal(10, 0, 0.1)),
        ("eligible", lambda: choose_person(0, 0.5)),
        ("eligible", lambda: choose_person(2.5, 0.5)),
        ("number", lambda: choose_person(3, 1)),
    ],
)
def test_what_cannot_be_is_refused_by_name(name, call):
    with pytest.raises(ImpossibleInput) as refused:
        call()
    assert refused.value.name == name
