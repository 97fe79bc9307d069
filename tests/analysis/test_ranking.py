"""Rank intervals, the chance of the first places, and how many tell two areas apart."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats

from analysis.comparison import Bounded, mover
from analysis.errors import EqualRates, ImpossibleInput
from analysis.intervals import Measured, korn_graubard
from analysis.ranking import (
    Adjustment,
    Expected,
    Ranked,
    RankInterval,
    beta_places,
    n_to_separate,
    normal_places,
    normal_rank_intervals,
    rank_intervals,
    single_level,
)

SHARED = Path(__file__).parents[3] / "shared" / "reference"


def test_the_single_level_makes_all_hold_jointly():
    assert single_level(9) ** 9 == pytest.approx(0.9)


def test_ranks_by_hand_with_limits_that_touch():
    areas = [Ranked(0.9, 0.8, 0.95), Ranked(0.7, 0.6, 0.8), Ranked(0.5, 0.4, 0.65)]
    assert rank_intervals(areas) == [
        RankInterval(1, 1, 1),
        RankInterval(2, 2, 3),
        RankInterval(3, 2, 3),
    ]


def test_estimates_that_differ_by_rounding_share_a_rank():
    areas = [Ranked(0.3, 0.1, 0.5), Ranked(0.1 + 0.2, 0.1, 0.5), Ranked(0.2, 0.0, 0.4)]
    assert [interval.rank for interval in rank_intervals(areas)] == [1, 1, 3]


def first_three(draws):
    places = np.argsort(-draws, axis=1)[:, :3]
    return [(places == k).any(axis=1).mean() for k in range(draws.shape[1])]


@pytest.mark.parametrize(
    ("estimate", "n_eff"),
    [
        ([0.8, 0.82, 0.79, 0.85, 0.7, 0.83], [100, 300, 50, 1000, 60, 200]),
        ([1.0] * 9, [40, 60, 80, 100, 200, 400, 600, 800, 1000]),
        ([1, 1, 0.99, 0.98, 0.5, 0], [40, 90, 1e5, 30, 30, 30]),
    ],
)
def test_the_chance_of_rates_agrees_with_a_simulation(estimate, n_eff):
    p, n = np.array(estimate, float), np.array(n_eff, float)
    rng = np.random.default_rng(5)
    draws = rng.beta(n * p + 0.5, n * (1 - p) + 0.5, size=(200_000, len(p)))
    draws += rng.uniform(0, 1e-13, draws.shape)  # draws at exactly 1 are no ties
    found = beta_places(p, n)
    assert found == pytest.approx(first_three(draws), abs=5e-3)
    assert found.sum() == pytest.approx(3, abs=1e-5)


def test_the_chance_of_scores_agrees_with_a_simulation_also_without_spread():
    mean, se = np.array([60.0, 61, 59, 62, 55]), np.array([2, 0.1, 3, 0, 4.0])
    draws = np.random.default_rng(6).normal(mean, se, size=(200_000, 5))
    found = normal_places(mean, se)
    assert found == pytest.approx(first_three(draws), abs=5e-3)
    assert found.sum() == pytest.approx(3, abs=1e-5)


def test_four_alike_areas_share_three_places():
    assert beta_places(np.full(4, 0.7), np.full(4, 90.0)) == pytest.approx([0.75] * 4, abs=1e-9)
    assert normal_places(np.full(6, 5.0), np.full(6, 1.0)) == pytest.approx([0.5] * 6, abs=1e-9)


def test_of_four_areas_a_chance_is_one_minus_that_of_the_last_place():
    p, n = np.array([0.6, 0.65, 0.7, 0.72]), np.array([50.0, 80, 200, 90])
    x = np.linspace(0, 1, 200_001)
    law = [stats.beta(a, b) for a, b in zip(n * p + 0.5, n * (1 - p) + 0.5, strict=True)]
    for k in range(4):
        above = np.prod([law[j].sf(x) for j in range(4) if j != k], axis=0)
        last = np.trapezoid(law[k].pdf(x) * above, x)
        assert beta_places(p, n)[k] == pytest.approx(1 - last, abs=1e-6)


def test_three_areas_or_fewer_are_all_among_the_first_three():
    assert beta_places(np.array([0.1, 0.9]), np.array([30.0, 30.0])).tolist() == [1, 1]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared reference cases are not at hand")
@pytest.mark.parametrize(
    ("case", "adjustment"),
    [("ranks-001", Adjustment.SIDAK), ("ranks-002", Adjustment.BONFERRONI)],
)
def test_joint_ranks_of_travel_times_are_those_of_the_reference(case, adjustment):
    cases = json.loads((SHARED / "cases.json").read_text(encoding="utf-8"))["cases"]
    expected = next(one["result"] for one in cases if one["id"] == case)
    with (SHARED / "data" / "traveltime2011.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = normal_rank_intervals(
        np.array([float(row["Estimate_2dec"]) for row in rows]),
        np.array([float(row["SE_2dec"]) for row in rows]),
        adjustment=adjustment,
        lowest_first=True,
    )
    assert found.z == pytest.approx(expected["z"], rel=1e-12)
    assert found.low.tolist() == expected["lower_rank"]
    assert found.high.tolist() == expected["upper_rank"]


def test_normal_joint_ranks_by_hand():
    estimate, se = np.array([10.0, 0, 10.5, 20]), np.array([1.0, 1, 1, 0])
    found = normal_rank_intervals(estimate, se)
    assert found.z == pytest.approx(stats.norm.ppf((1 + 0.9**0.25) / 2))
    assert (found.low.tolist(), found.high.tolist()) == ([2, 4, 2, 1], [3, 4, 3, 1])
    lowest = normal_rank_intervals(estimate, se, lowest_first=True)
    assert (lowest.low.tolist(), lowest.high.tolist()) == ([2, 1, 2, 4], [3, 1, 3, 4])
    other = normal_rank_intervals(estimate, se, adjustment=Adjustment.BONFERRONI, level=0.8)
    assert other.z == pytest.approx(stats.norm.isf(0.2 / 4 / 2))


def counted(low, high):
    """The rule, area by area."""
    areas = range(len(low))
    best = [1 + sum(low[j] >= high[k] for j in areas if j != k) for k in areas]
    worst = [len(low) - sum(high[j] <= low[k] for j in areas if j != k) for k in areas]
    return best, worst


@settings(deadline=None, max_examples=200)
@given(some.lists(some.tuples(some.integers(0, 20), some.integers(0, 6)), min_size=1, max_size=15))
def test_ranks_are_counted_as_the_rule_says_also_where_limits_touch(areas):
    middle, half = np.array(areas, float).T
    found = rank_intervals([Ranked(m, m - h, m + h) for m, h in zip(middle, half, strict=True)])
    best, worst = counted(middle - half, middle + half)
    assert [one.low for one in found] == best
    assert [one.high for one in found] == worst
    assert [one.rank for one in found] == [1 + int((middle > m).sum()) for m in middle]
    normal = normal_rank_intervals(middle, half)
    step = normal.z * half
    best, worst = counted(middle - step, middle + step)
    assert (normal.low.tolist(), normal.high.tolist()) == (best, worst)


def test_joint_ranks_hold_all_true_ranks_together():
    truth = np.array([50, 52, 52.5, 55, 58, 60, 60.2, 66.0])
    se = np.array([1, 2, 1, 2, 1, 2, 1, 2.0])
    ranks = 1 + (truth[:, None] < truth).sum(axis=1)
    rng, held, rounds = np.random.default_rng(8), 0, 4000
    for _ in range(rounds):
        found = normal_rank_intervals(rng.normal(truth, se), se)
        held += np.all((found.low <= ranks) & (ranks <= found.high))
    assert held / rounds > 0.90  # a lower bound: ranks hold oftener than the intervals


@pytest.mark.parametrize("places", [1, 2, 5])
def test_other_numbers_of_places_agree_with_a_simulation(places):
    p, n = np.array([0.8, 0.82, 0.79, 0.85, 0.7, 0.83]), np.array([100, 300, 50, 900, 60, 200.0])
    rng = np.random.default_rng(9)
    draws = rng.beta(n * p + 0.5, n * (1 - p) + 0.5, size=(200_000, 6))
    first = (np.argsort(np.argsort(-draws, axis=1), axis=1) < places).mean(axis=0)
    found = beta_places(p, n, places=places)
    assert found == pytest.approx(first, abs=5e-3)
    assert found.sum() == pytest.approx(places, abs=1e-5)
    se = np.sqrt(p * (1 - p) / n)
    normal = normal_places(p, se, places=places)
    first = np.argsort(np.argsort(-rng.normal(p, se, (200_000, 6)), axis=1), axis=1) < places
    assert normal == pytest.approx(first.mean(axis=0), abs=5e-3)


def test_places_of_two_normals_are_the_textbook_probability():
    found = normal_places(np.array([1.0, 0.0]), np.array([3.0, 4.0]), places=1)
    assert found[0] == pytest.approx(stats.norm.cdf(1 / 5), abs=1e-9)
    assert found.sum() == pytest.approx(1)


def test_the_last_places_are_the_first_ones_of_the_complement():
    p, n = np.array([0.6, 0.65, 0.7, 0.72, 0.5]), np.array([50.0, 80, 200, 90, 70])
    last_two = beta_places(1 - p, n, places=2)
    assert beta_places(p, n, places=3) == pytest.approx(1 - last_two, abs=1e-6)


def test_no_place_is_refused():
    for call in (beta_places, normal_places):
        with pytest.raises(ImpossibleInput, match="places is 0"):
            call(np.array([0.5, 0.6]), np.array([0.1, 0.1]), places=0)


APART = [
    (Expected(0.6), Expected(0.5), 9),
    (Expected(0.8, 2.0), Expected(0.9, 2.0), 9),
    (Expected(0.98, 1.5), Expected(0.93, 1.5), 5),
    (Expected(0.99), Expected(0.9), 2),
    (Expected(0.6), Expected(0.5), None),
    (Expected(0.9, 2.0), Expected(0.8, 2.0), None),
    (Expected(0.93, 1.5), Expected(0.98, 1.5), None),
]


def limits_of(hits, n, level):
    """Korn-Graubard limits of a simple random sample for each number of hits."""
    found = {}
    for k in np.unique(hits).tolist():
        p = k / n
        limits = korn_graubard(Measured(p, (p * (1 - p) / n) ** 0.5, n, k, n - 1), level)
        found[k] = Bounded(p, limits.low, limits.high)
    return [found[k] for k in hits.tolist()]


@pytest.mark.parametrize(("first", "second", "areas"), APART)
def test_the_respondents_named_separate_two_areas_in_four_of_five_samples(first, second, areas):
    n, apart, rounds = n_to_separate(first, second, areas=areas).whole, 0, 12_000
    rng = np.random.default_rng(31)
    level = 0.95 if areas is None else single_level(areas)
    sides = []
    for area in (first, second):
        size = round(n / area.deff)  # a design effect makes an effective sample of the size
        sides.append(limits_of(rng.binomial(size, area.rate, rounds), size, level))
    for one, other in zip(*sides, strict=True):
        if areas is None:
            low, high = mover(one, other)
            apart += low > 0 or high < 0
        else:
            apart += one.low >= other.high or other.low >= one.high
    assert 0.77 < apart / rounds < 0.88


def test_a_small_difference_needs_the_textbook_number():
    """R 4.2.2: power.prop.test(p1 = .5, p2 = .51, power = .8)$n is 39239.30."""
    assert n_to_separate(Expected(0.5), Expected(0.51)).exact == pytest.approx(39239, rel=0.006)


def test_the_formula_by_its_parts():
    """What the intervals and half an answer on each side leave of the difference is the power."""
    first, second = Expected(0.7, 1.5), Expected(0.62, 2.5)
    n = n_to_separate(first, second, areas=6, power=0.9).exact
    se = [np.sqrt(area.deff * area.rate * (1 - area.rate) / n) for area in (first, second)]
    z = stats.norm.ppf((1 + single_level(6)) / 2)
    spare = 0.08 - 4.0 / (2 * n) - z * sum(se)
    assert stats.norm.cdf(spare / np.hypot(*se)) == pytest.approx(0.9)


def test_more_areas_more_power_and_larger_effects_need_more():
    one, other = Expected(0.8, 2.0), Expected(0.9, 2.0)
    least = n_to_separate(one, other).exact
    assert n_to_separate(other, one).exact == pytest.approx(least)
    joint = [n_to_separate(one, other, areas=areas).exact for areas in (2, 3, 9, 30)]
    assert [least, *joint] == sorted([least, *joint])
    powers = [n_to_separate(one, other, power=p).exact for p in (0.1, 0.5, 0.8, 0.95)]
    assert powers == sorted(powers)
    assert n_to_separate(Expected(0.8, 3.0), other).exact > least


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("first.rate", lambda: n_to_separate(Expected(1.0), Expected(0.5))),
        ("second.rate", lambda: n_to_separate(Expected(0.4), Expected(0.0))),
        ("second.deff", lambda: n_to_separate(Expected(0.4), Expected(0.5, 0))),
        ("power", lambda: n_to_separate(Expected(0.4), Expected(0.5), power=80)),
        ("areas", lambda: n_to_separate(Expected(0.4), Expected(0.5), areas=1)),
        ("estimate", lambda: normal_rank_intervals(np.array([]), np.array([]))),
        ("estimate", lambda: normal_rank_intervals(np.array([np.nan]), np.array([1.0]))),
        ("se", lambda: normal_rank_intervals(np.array([1.0, 2]), np.array([1.0, -1]))),
        ("se", lambda: normal_rank_intervals(np.array([1.0, 2]), np.array([1.0]))),
        ("level", lambda: normal_rank_intervals(np.array([1.0]), np.array([1.0]), level=90)),
    ],
)
def test_what_cannot_be_is_refused_by_name(name, call):
    with pytest.raises(ImpossibleInput) as refused:
        call()
    assert refused.value.name == name


def test_equal_rates_are_never_apart():
    with pytest.raises(EqualRates) as refused:
        n_to_separate(Expected(0.3, 1), Expected(0.1 + 0.2, 4))
    assert refused.value.rate == 0.3
