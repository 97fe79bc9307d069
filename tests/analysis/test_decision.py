"""Further interviews: the probability against exact sums and simulated surveys, and refusals."""

from math import inf

import numpy as np
import pytest
from scipy import stats

from analysis.decision import (
    MeasuredMean,
    Truth,
    decided_probability,
    interviews_to_decide,
)
from analysis.errors import ImpossibleInput, TooCloseToTarget
from analysis.intervals import Measured, effective_n, korn_graubard, mean_limits

RATE = Measured(0.8862, 0.0116, 1020, 904, 40)
MANY = 1e9


def simple(k, n):
    """A simple random sample: the effective sample is the sample."""
    p = k / n
    return Measured(p, (p * (1 - p) / n) ** 0.5, n, k, MANY)


def decided(hits, n, target, level=0.95):
    """For each number of hits, whether the limits of a simple random sample exclude the target."""
    limits = [korn_graubard(simple(int(k), n), level) for k in hits]
    return np.array([one.low >= target or one.high < target for one in limits])


@pytest.mark.parametrize("truth", list(Truth))
@pytest.mark.parametrize(
    ("k", "n", "target"), [(172, 200, 0.9), (40, 80, 0.45), (97, 100, 0.95), (30, 40, 0.8)]
)
@pytest.mark.parametrize("further", [37, 150, 900])
def test_a_simple_random_sample_agrees_with_the_sum_over_its_outcomes(k, n, target, further, truth):
    """The exact sums step up and down; the formula runs through the middle of the steps."""
    present, sums = simple(k, n), []
    for more in range(further - 12, further + 13):
        new = np.arange(more + 1)
        law = stats.binom(more, k / n)
        if truth is Truth.UNCERTAIN:
            law = stats.betabinom(more, k + 0.5, n - k + 0.5)
        sums.append(law.pmf(new) @ decided(k + new, n + more, target))
    found = decided_probability(present, target, further, truth=truth)
    assert found == pytest.approx(np.mean(sums), abs=0.015)


def surveyed(totals, per_cluster):
    """A rate of clusters of equal size: linearization is the spread of their means."""
    m, n = len(totals), len(totals) * per_cluster
    p = totals.sum() / n
    se = (((totals / per_cluster - p) ** 2).sum() / (m * (m - 1))) ** 0.5
    return Measured(p, se, n, int(totals.sum()), m - 1)


@pytest.mark.parametrize("truth", list(Truth))
@pytest.mark.parametrize(
    ("clusters", "per_cluster", "rate", "target"),
    [(30, 10, 0.86, 0.9), (20, 20, 0.5, 0.43), (60, 10, 0.95, 0.93), (12, 10, 0.97, 0.9)],
)
def test_surveys_that_go_on_are_decided_as_often_as_promised(
    clusters, per_cluster, rate, target, truth
):
    """Clusters alike by 0.05; each enlarged sample is measured anew, with its own se and df."""
    rng, alike, rounds = np.random.default_rng(4), (1 - 0.05) / 0.05, 2500
    quantiles = (np.arange(clusters) + 0.5) / clusters
    totals = stats.betabinom(per_cluster, rate * alike, (1 - rate) * alike).ppf(quantiles)
    present = surveyed(totals, per_cluster)
    needed = interviews_to_decide(present, target, clusters=clusters, truth=truth)
    more = round(needed / per_cluster)
    promised = decided_probability(
        present, target, more * per_cluster, clusters=clusters, truth=truth
    )
    truths = np.full(rounds, present.p)
    if truth is Truth.UNCERTAIN:
        size = effective_n(present, 0.95)
        truths = rng.beta(size * present.p + 0.5, size * (1 - present.p) + 0.5, rounds)
    ended = 0
    for true in np.clip(truths, 1e-9, 1 - 1e-9):
        rates = rng.beta(true * alike, (1 - true) * alike, more)
        enlarged = np.concatenate((totals, rng.binomial(per_cluster, rates)))
        limits = korn_graubard(surveyed(enlarged, per_cluster), 0.95)
        ended += limits.low >= target or limits.high < target
    assert ended / rounds == pytest.approx(promised, abs=0.045)


@pytest.mark.parametrize("truth", list(Truth))
def test_means_that_go_on_are_decided_as_often_as_promised(truth):
    rng, rounds, n, further = np.random.default_rng(5), 20_000, 40, 60
    present = MeasuredMean(61.0, 20 / n**0.5, n, n - 1)
    found = decided_probability(present, 66.0, further, clusters=n, truth=truth)
    # what a normal sample leaves open: the variance by chi-square, then the mean
    sd = 20 * np.sqrt((n - 1) / rng.chisquare(n - 1, rounds))
    true = rng.normal(61, sd / n**0.5) if truth is Truth.UNCERTAIN else np.full(rounds, 61.0)
    sd = sd if truth is Truth.UNCERTAIN else np.full(rounds, 20.0)
    mean = rng.normal(true, sd / further**0.5)
    square = sd**2 * rng.chisquare(further - 1, rounds)
    total = (n * 61 + further * mean) / (n + further)
    square += (n - 1) * 20**2 + n * further / (n + further) * (61 - mean) ** 2
    se = np.sqrt(square / (n + further - 1) / (n + further))
    ended = np.abs(total - 66) >= stats.t.ppf(0.975, n + further - 1) * se
    assert found == pytest.approx(ended.mean(), abs=0.02)


def test_means_of_a_large_sample_by_hand():
    present = MeasuredMean(10.0, 1.0, 100, inf)
    z = stats.norm.ppf(0.975)
    found = decided_probability(present, 11.5, 300, truth=Truth.ESTIMATE)
    # four times the sample: half the standard error, and the new part varies by sqrt(3)/4
    sides = stats.norm.cdf([(1.5 - z / 2) / (3**0.5 / 4), (-1.5 - z / 2) / (3**0.5 / 4)])
    assert found == pytest.approx(sides.sum())
    sides = stats.norm.cdf([(1.5 - z / 2) / 0.75**0.5, (-1.5 - z / 2) / 0.75**0.5])
    assert decided_probability(present, 11.5, 300) == pytest.approx(sides.sum())


def test_a_mean_of_few_clusters_leaves_more_open():
    present = MeasuredMean(10.0, 1.0, 60, 4)
    reach, spread = stats.t.ppf(0.975, 4 + 6) / 2**0.5, 0.5**0.5
    sides = stats.t.cdf([(1.5 - reach) / spread, (-1.5 - reach) / spread], 4)
    assert decided_probability(present, 11.5, 60, clusters=6) == pytest.approx(sides.sum())


@pytest.mark.parametrize("truth", list(Truth))
@pytest.mark.parametrize("power", [0.5, 0.8, 0.9])
def test_the_number_is_the_first_that_reaches_the_power(truth, power):
    number = interviews_to_decide(RATE, 0.9, power=power, truth=truth, most=60)
    assert decided_probability(RATE, 0.9, number, truth=truth) >= power
    assert decided_probability(RATE, 0.9, number - 1, truth=truth) < power


@pytest.mark.parametrize("present", [RATE, MeasuredMean(61.0, 2.5, 90, 20)])
def test_more_interviews_more_power_and_a_farther_target_decide_sooner(present):
    target, far = (0.9, 0.905) if isinstance(present, Measured) else (57.0, 56.3)
    numbers = [0, 1, 5, 20, 100, 500, 3000, 20000]
    for truth in Truth:
        chances = [decided_probability(present, target, x, truth=truth) for x in numbers]
        assert chances == sorted(chances)
        assert interviews_to_decide(present, far, truth=truth) < interviews_to_decide(
            present, target, truth=truth
        )
    certain = interviews_to_decide(present, target, truth=Truth.ESTIMATE)
    assert certain < interviews_to_decide(present, target)


def test_both_sides_of_one_half_need_the_same():
    one = interviews_to_decide(Measured(0.4, 0.03, 400, 160, 30), 0.44, clusters=33)
    other = interviews_to_decide(Measured(0.6, 0.03, 400, 240, 30), 0.56, clusters=33)
    assert one == other


def test_new_clusters_and_a_smaller_level_help():
    needed = interviews_to_decide(Measured(0.8, 0.04, 200, 160, 6), 0.87)
    assert interviews_to_decide(Measured(0.8, 0.04, 200, 160, 6), 0.87, clusters=9) < needed
    assert interviews_to_decide(Measured(0.8, 0.04, 200, 160, 6), 0.87, level=0.9) < needed


def test_a_decided_figure_needs_nobody():
    assert interviews_to_decide(RATE, 0.95) == 0
    assert decided_probability(RATE, 0.95, 0) == 1
    assert decided_probability(RATE, 0.9, 0) == 0
    low = mean_limits(61.0, 2.5, 20, 0.95).low
    assert interviews_to_decide(MeasuredMean(61.0, 2.5, 90, 20), low) == 0


def test_a_rate_of_all_can_be_undecided_too():
    """20 of 20: the lower limit is .83, and a few more without a no decide."""
    everybody = Measured(1.0, 0.0, 20, 20, 9)
    number = interviews_to_decide(everybody, 0.9)
    assert 15 < number < 60
    # as if all who follow say yes too, the limit must be passed
    assert stats.beta.ppf(0.025, 20 + number, 1) > 0.9
    mirrored = Measured(0.0, 0.0, 20, 0, 9)
    assert interviews_to_decide(mirrored, 0.1) == number


def test_a_target_that_no_limit_can_pass_yet_is_not_passed():
    few = Measured(1.0, 0.0, 20, 20, 9)
    assert decided_probability(few, 0.99, 1) == 0  # neither 20 nor 21 of 21 would do
    assert decided_probability(few, 0.99, 5000) > 0.85
    assert decided_probability(Measured(0.0, 0.0, 20, 0, 9), 0.01, 1) == 0


@pytest.mark.parametrize("truth", list(Truth))
def test_a_figure_near_its_target_gets_no_promise(truth):
    with pytest.raises(TooCloseToTarget) as refused:
        interviews_to_decide(RATE, 0.8863, truth=truth)
    assert (refused.value.target, refused.value.further) == (0.8863, 20 * 1020)
    chance = decided_probability(RATE, 0.8863, 20 * 1020, truth=truth)
    assert refused.value.probability == chance < 0.8
    with pytest.raises(TooCloseToTarget):
        interviews_to_decide(RATE, 0.9, most=1, truth=truth)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("target", lambda: interviews_to_decide(RATE, 1.0)),
        ("target", lambda: interviews_to_decide(RATE, 0.0)),
        ("power", lambda: interviews_to_decide(RATE, 0.9, power=80)),
        ("further", lambda: decided_probability(RATE, 0.9, -1)),
        ("n", lambda: decided_probability(Measured(1.0, 0.0, 1, 1, 1), 0.9, 5)),
        ("df", lambda: decided_probability(Measured(0.5, 0.1, 20, 10, 0), 0.9, 5)),
        ("se", lambda: decided_probability(MeasuredMean(5.0, 0.0, 20, 4), 4.0, 5)),
        ("level", lambda: decided_probability(RATE, 0.9, 5, level=95)),
        ("clusters", lambda: decided_probability(RATE, 0.9, 5, clusters=40)),
        ("most", lambda: interviews_to_decide(RATE, 0.9, most=0)),
    ],
)
def test_what_cannot_be_is_refused_by_name(name, call):
    with pytest.raises(ImpossibleInput) as refused:
        call()
    assert refused.value.name == name
