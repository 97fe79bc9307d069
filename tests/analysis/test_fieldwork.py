"""Interviewers and weights: published and R numbers, algebra, simulation, refusals."""

import numpy as np
import pytest

from analysis.errors import ImpossibleInput
from analysis.fieldwork import interviewer_effect, kish, weighted_size

# Shrout and Fleiss (1979), table 2: six targets, each rated four times.
RATED = [9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7]
# Insects counted after four sprays (Beall 1942, R datasets), some rows left out.
COUNTED = [
    10, 7, 20, 14, 14, 12, 10, 23, 17, 20, 14, 13, 11, 17, 21, 11, 16, 14, 17, 17, 0, 1, 7, 2, 3,
    1, 3, 5, 12, 6, 4,
]  # fmt: skip


def test_balanced_groups_give_the_published_correlation():
    """ICC(1,1) is .17 in the paper; the digits are of R 4.2.2, aov and qf."""
    found = interviewer_effect(np.repeat(np.arange(6), 4), np.array(RATED, float))
    assert found.rho == pytest.approx(0.165741768405475, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((-0.132932324874751, 0.722560062328121))
    assert found.is_balanced
    assert (found.interviewers, found.n, found.workload) == (6, 24, 4)
    assert found.deff == pytest.approx(1 + 3 * 0.165741768405475)
    assert found.deff_limits == pytest.approx(
        (1 - 3 * 0.132932324874751, 1 + 3 * 0.722560062328121)
    )


def test_unequal_workloads_are_those_of_r():
    """R 4.2.2: mean squares of anova(aov()), 294.878136200717 and 15.0493827160494, and qf."""
    numbers = np.repeat([40, 7, -3, 12], [12, 8, 6, 5])
    found = interviewer_effect(numbers, np.array(COUNTED, float), level=0.90)
    assert found.rho == pytest.approx(0.714196655393295, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((0.430241816342544, 0.957593687317451))
    assert not found.is_balanced
    assert found.workload == pytest.approx((144 + 64 + 36 + 25) / 31)


def test_neither_order_nor_scale_matters():
    rng = np.random.default_rng(2)
    who, answer = rng.integers(0, 9, 80), rng.normal(size=80)
    order = rng.permutation(80)
    found = interviewer_effect(who, answer)
    other = interviewer_effect(100 - who[order], 7 - 3 * answer[order])
    assert (other.rho, other.low, other.high) == pytest.approx((found.rho, found.low, found.high))


def test_interviewers_who_differ_in_everything_have_a_correlation_of_one():
    found = interviewer_effect(np.repeat([1, 2, 3], 5), np.repeat([0.0, 1, 3], 5))
    assert (found.rho, found.low, found.high, found.deff) == (1, 1, 1, 5)


def test_interviewers_who_differ_in_nothing_have_the_lowest():
    found = interviewer_effect(np.repeat([1, 2], 2), np.array([0.0, 1, 0, 1]))
    assert found.rho == pytest.approx(-1)  # -1 / (m - 1)


@pytest.mark.parametrize("loads", [[8] * 30, [2, 4, 8, 12, 14] * 6])
def test_the_correlation_is_met_on_average_and_by_its_limits(loads):
    """Normal answers with rho = .1: the estimate is centred and 90 % limits cover 90 %."""
    rng = np.random.default_rng(11)
    who, rho, rounds = np.repeat(np.arange(len(loads)), loads), 0.1, 1500
    estimates, covered = [], 0
    for _ in range(rounds):
        common = rng.normal(0, rho**0.5, len(loads))
        answer = common[who] + rng.normal(0, (1 - rho) ** 0.5, len(who))
        found = interviewer_effect(who, answer, level=0.90)
        estimates.append(found.rho)
        covered += found.low <= rho <= found.high
    assert np.mean(estimates) == pytest.approx(rho, abs=0.006)
    assert covered / rounds == pytest.approx(0.90, abs=0.025)


def test_the_effect_is_what_interviewers_do_to_a_mean():
    loads = np.array([2, 4, 8, 12, 14] * 4)
    who, rho = np.repeat(np.arange(20), loads), 0.1
    rng = np.random.default_rng(12)
    common = rng.normal(0, rho**0.5, (20_000, 20))
    own = rng.normal(0, ((1 - rho) / len(who)) ** 0.5, 20_000)
    spread = (common @ loads / len(who) + own).var() * len(who)
    workload = interviewer_effect(who, rng.normal(size=len(who))).workload
    assert 1 + (workload - 1) * rho == pytest.approx(spread, rel=0.03)


def test_kish_by_hand():
    assert kish(np.array([1.0, 3.0]), np.array([2, 1])) == pytest.approx(3 * 11 / 25)
    assert kish(np.array([1.0, 1.0, 3.0])) == pytest.approx(3 * 11 / 25)


def test_kish_is_one_plus_the_squared_cv():
    weights = np.array([1.2, 3.4, 0.8, 2, 2, 5.5])
    assert kish(weights) == pytest.approx(1.40236926264583, rel=1e-12)  # R: 1 + var(w)/mean(w)^2
    assert kish(weights) == pytest.approx(1 + weights.var() / weights.mean() ** 2)
    assert weighted_size(weights) == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    counts = np.array([1, 2, 3, 1, 1, 4])
    assert weighted_size(weights, counts) == pytest.approx(
        weighted_size(np.repeat(weights, counts))
    )


def test_kish_of_very_large_weights_does_not_overflow():
    assert kish(np.array([1e200, 3e200])) == pytest.approx(kish(np.array([1.0, 3])))


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("interviewer", lambda: interviewer_effect(np.array([1, 1, 1]), np.array([0.0, 1, 1]))),
        ("interviewer", lambda: interviewer_effect(np.array([1, 2, 3]), np.array([0.0, 1, 1]))),
        ("interviewer", lambda: interviewer_effect(np.array([], int), np.array([]))),
        ("answer", lambda: interviewer_effect(np.array([1, 1, 2]), np.array([1.0, 1, 1]))),
        ("answer", lambda: interviewer_effect(np.array([1, 1, 2]), np.array([1.0, 0]))),
        ("answer", lambda: interviewer_effect(np.array([1, 1, 2]), np.array([1.0, 0, np.nan]))),
        ("level", lambda: interviewer_effect(np.array([1, 1, 2]), np.array([1.0, 0, 1]), level=1)),
        ("weights", lambda: kish(np.array([0.0, 0]))),
        ("weights", lambda: kish(np.array([1.0, -1]))),
        ("weights", lambda: kish(np.array([]))),
    ],
)
def test_what_cannot_be_is_refused_by_name(name, call):
    with pytest.raises(ImpossibleInput) as refused:
        call()
    assert refused.value.name == name
