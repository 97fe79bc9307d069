"""Rank intervals and the chance of the first places."""

import numpy as np
import pytest
from scipy import stats

from analysis.ranking import (
    Ranked,
    RankInterval,
    beta_places,
    normal_places,
    rank_intervals,
    single_level,
)


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
