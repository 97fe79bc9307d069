"""Model-based rates of areas: identities, limits that hold, refusals."""

import numpy as np
import pytest

from analysis.area_level import fay_herriot_hb
from analysis.area_rates import DirectRates, area_rates, design_effects
from analysis.errors import (
    ImpossibleInput,
    NoSpread,
    ShapesDisagree,
    TooFewAreas,
    TooFewUnits,
)


def random_samples(rate, n):
    """Areas whose answers are simple random samples: deff 1, persons as units."""
    rate, n = np.asarray(rate, float), np.asarray(n, float)
    return DirectRates.of(rate, np.sqrt(rate * (1 - rate) / (n - 1)), n, n - 1)


def test_equal_areas_keep_their_rate():
    rates = area_rates(random_samples([0.9] * 7, [30, 60, 60, 60, 90, 120, 200]))
    assert rates.estimate == pytest.approx([0.9] * 7, rel=1e-12)
    low, high = rates.limits(0.95)
    assert (low < 0.9).all()
    assert (high > 0.9).all()


def test_an_area_with_many_answers_keeps_its_direct_rate_and_one_with_few_borrows():
    direct = random_samples([0.7, 0.8, 0.85, 0.9, 0.95, 0.6], [1e6, 100, 100, 100, 100, 2])
    rates = area_rates(direct)
    assert rates.gamma[0] > 0.999
    assert rates.estimate[0] == pytest.approx(0.7, abs=1e-4)
    assert rates.gamma[-1] < 0.35
    assert 0.75 < rates.estimate[-1] < 0.85


def test_it_is_the_posterior_of_the_angles_with_variance_deff_over_4n():
    rate, n = np.array([0.8, 0.85, 0.9, 0.95, 1.0]), np.array([40.0, 50, 60, 70, 80])
    rates = area_rates(random_samples(rate, n))
    angles = fay_herriot_hb(np.arcsin(np.sqrt(rate)), 1 / (4 * n), np.ones((5, 1)))
    assert rates.estimate == pytest.approx(np.sin(angles.mean) ** 2, rel=1e-12)
    assert rates.gamma == pytest.approx(angles.gamma, rel=1e-12)


def test_rates_of_the_opposite_answer_are_the_opposite_rates():
    rate = np.array([0.5, 0.7, 0.8, 0.9, 0.97])
    one = area_rates(random_samples(rate, [40] * 5))
    other = area_rates(random_samples(1 - rate, [40] * 5))
    assert other.estimate == pytest.approx(1 - one.estimate, rel=1e-9)
    low, high = one.limits(0.95)
    mirrored = 1 - high, 1 - low
    assert other.limits(0.95) == tuple(pytest.approx(limit, rel=1e-9) for limit in mirrored)


def test_limits_stay_between_0_and_1_where_all_areas_are_near_the_end():
    rates = area_rates(random_samples([1, 1, 1, 1, 0.98, 0.99], [20, 30, 40, 30, 100, 100]))
    low, high = rates.limits(0.95)
    assert (low > 0).all()
    assert (low < rates.estimate).all()
    assert (rates.estimate <= high).all()
    assert (high <= 1).all()
    assert (rates.limits(0.90)[0] > low).all()


def test_a_design_effect_is_that_of_all_areas_together():
    """Three times the variance of a random sample: no matter whose standard error says so."""
    rate, n, df = np.full(6, 0.8), np.full(6, 100.0), np.full(6, 9.0)
    se = np.sqrt(np.array([0.2, 1, 2, 4, 5, 5.8]) * 0.16 / 99)
    direct = DirectRates.of(rate, se, n, df)
    assert design_effects(direct) == pytest.approx([3.0] * 6)


def test_more_answers_in_a_cluster_have_the_larger_design_effect_of_the_same_correlation():
    """Ten a cluster have 1 + 9 rho = 1.9; a single cluster of thirty has 1 + 29 rho = 3.9."""
    rate, n = np.full(6, 0.8), np.array([100.0] * 5 + [30])
    df = np.array([9.0] * 5 + [0])
    se = np.array([np.sqrt(1.9 * 0.16 / 99)] * 5 + [0])
    effects = design_effects(DirectRates.of(rate, se, n, df))
    assert effects == pytest.approx([1.9] * 5 + [3.9])


def test_no_answer_counts_for_more_than_a_random_one():
    rate, n = np.full(5, 0.8), np.full(5, 100.0)
    se = np.full(5, np.sqrt(0.3 * 0.16 / 99))
    assert design_effects(DirectRates.of(rate, se, n, np.full(5, 9.0))) == pytest.approx([1] * 5)


@pytest.mark.parametrize("rate", [0.85, 0.95])
def test_limits_hold_the_rates_of_small_areas(rate):
    """Nine areas that differ, of ten clusters of twelve; two of them of three of twenty.

    Of 200 areas 190 are expected to lie within; 12 fewer are four standard errors.
    """
    rng = np.random.default_rng(20260302)
    clusters, take, rho = np.array([10] * 7 + [3] * 2), np.array([12] * 7 + [20] * 2), 0.05
    held = 0
    for _ in range(100):
        true = 1 / (1 + np.exp(-(np.log(rate / (1 - rate)) + 0.4 * rng.standard_normal(9))))
        direct = _drawn(rng, true, clusters, take, rho)
        low, high = area_rates(direct).limits(0.95)
        held += int(((low <= true) & (true <= high))[7:].sum())
    assert 178 <= held <= 199


def _drawn(rng, true, clusters, take, rho):
    """Answers correlated within clusters (beta-binomial), with the errors of the design."""
    rate, se = [], []
    for p, m, b in zip(true, clusters, take, strict=True):
        a = (1 - rho) / rho
        hits = rng.binomial(b, rng.beta(p * a, (1 - p) * a, m))
        mean = hits.sum() / (m * b)
        rate.append(mean)
        se.append(np.sqrt(m / (m - 1) * (((hits - b * mean) / (m * b)) ** 2).sum()))
    return DirectRates.of(rate, se, clusters * take, clusters - 1)


def test_too_few_areas_are_refused():
    with pytest.raises(TooFewAreas):
        area_rates(random_samples([0.7, 0.8, 0.9, 0.8], [50] * 4))


def test_too_few_clusters_tell_no_design_effect():
    with pytest.raises(TooFewUnits):
        area_rates(DirectRates.of([0.8] * 5, [0.03] * 5, [50] * 5, [1, 1, 1, 2, 2]))


def test_rates_without_any_spread_tell_no_design_effect():
    with pytest.raises(NoSpread):
        area_rates(DirectRates.of([1] * 5, [0] * 5, [50] * 5, [9] * 5))


@pytest.mark.parametrize(
    ("name", "value"), [("rate", 1.01), ("rate", -0.01), ("se", -1), ("n", 0), ("df", -1)]
)
def test_what_no_area_can_have_is_refused(name, value):
    given = {"rate": [0.8] * 5, "se": [0.03] * 5, "n": [50] * 5, "df": [9] * 5}
    with pytest.raises(ImpossibleInput, match=name):
        DirectRates.of(**{**given, name: [*given[name][:4], value]})
    with pytest.raises(ShapesDisagree):
        DirectRates.of(**{**given, "se": [0.03] * 4})
