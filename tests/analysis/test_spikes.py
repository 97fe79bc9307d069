"""Spikes: by hand, against simulated histories without any, and with floods planted in them."""

import numpy as np
import pytest
from scipy import stats

from analysis.spikes import FEWEST_COMPARED, surprise, threshold

DAYS = 40
# Scans of a market by the hour: shut at night, a rush in the morning and one after work.
PROFILE = np.array([0] * 6 + [1, 4, 6, 5, 4, 4, 5, 3, 2, 2, 3, 5, 6, 4, 2, 1, 0.4, 0.1])
ALWAYS = np.ones((DAYS, 24), bool)


def history(chance, *, spread=None):
    """Poisson counts, or negative binomial ones of that size: more uneven than Poisson."""
    mean = np.broadcast_to(PROFILE, (DAYS, 24))
    return chance.poisson(mean if spread is None else chance.gamma(spread, mean / spread))


def test_the_prediction_is_the_negative_binomial_of_the_formula():
    counts = np.zeros((6, 24), int)
    counts[:5, 10] = [1, 2, 3, 2, 7]
    counts[5, 10] = 9
    found = surprise(counts, np.ones((6, 24), bool))
    # hours 9 to 11 of the five other days: ten zeros and five counts
    values = np.array([0] * 10 + [1, 2, 3, 2, 7])
    mean, total = values.mean(), values.sum()
    phi = (values.var(ddof=1) - mean) / mean**2
    size = 1 / (1 / (total + 0.5) + phi)
    expected = (total + 0.5) / 15
    assert found.expected[5, 10] == pytest.approx(expected)
    tail = stats.nbinom.sf(8, size, size / (size + expected))
    assert found.probability[5, 10] == pytest.approx(tail)


def test_a_silent_history_predicts_what_jeffreys_prior_does():
    counts = np.zeros((6, 24), int)
    counts[5, 10] = 3
    found = surprise(counts, np.ones((6, 24), bool))
    assert found.probability[5, 10] == pytest.approx(stats.nbinom.sf(2, 0.5, 15 / 16))


def test_an_hour_with_too_little_to_be_compared_with_is_not_judged():
    counts = np.full((5, 24), 2)
    counts[0, 10] = 500
    found = surprise(counts, np.ones((5, 24), bool))  # four days, three hours each
    assert FEWEST_COMPARED > 4 * 3
    assert not found.judged.any()
    assert (found.probability == 1).all()


def test_hours_that_were_not_observed_are_neither_judged_nor_compared():
    observed = ALWAYS.copy()
    observed[:20] = False
    counts = np.where(observed, 5, 900)
    found = surprise(counts, observed)
    assert not found.judged[:20].any()
    assert found.expected[30, 12] == pytest.approx((19 * 15 + 0.5) / (19 * 3))


@pytest.mark.parametrize("spread", [None, 5.0, 2.0], ids=["Poisson", "uneven", "very uneven"])
def test_points_without_a_spike_seldom_have_one(spread):
    chance = np.random.default_rng(20261126)
    waves, alarms = 40, 0
    for _ in range(waves):  # a wave of five points
        found = [surprise(history(chance, spread=spread), ALWAYS) for _ in range(5)]
        edge = threshold(sum(int(one.judged.sum()) for one in found))
        alarms += any((one.probability < edge).any() for one in found)
    # at most 5 % of the waves; unevenness that is itself estimated adds to it
    assert alarms <= (4 if spread is None else 10)


@pytest.mark.parametrize("hour", [3, 8, 14])
def test_a_flood_of_three_hours_is_found_hour_by_hour(hour):
    chance = np.random.default_rng(7)
    for _ in range(20):
        counts = history(chance, spread=5.0)
        counts[25, hour : hour + 3] += 60
        found = surprise(counts, ALWAYS)
        spikes = np.argwhere(found.probability < threshold(int(found.judged.sum())))
        assert {(25, hour), (25, hour + 1), (25, hour + 2)} <= set(map(tuple, spikes))


def test_the_threshold_shares_alpha_among_the_hours():
    assert threshold(1000) == pytest.approx(0.00005)
    assert threshold(0) == pytest.approx(0.05)
