"""Limits of rates and means."""

from math import inf

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.intervals import (
    Measured,
    Method,
    effective_n,
    effective_sizes,
    korn_graubard,
    many_rate_limits,
    mean_limits,
    quantile,
    rate_limits,
)
from tests.analysis.r_survey import result

MANY = 1e9  # degrees of freedom at which t is normal


def simple(k, n):
    """A simple random sample: p(1-p)/se^2 is n."""
    p = k / n
    return Measured(p, (p * (1 - p) / n) ** 0.5, n, k, MANY)


@pytest.mark.parametrize(
    ("case", "method", "level"),
    [
        ("prop_ci-009", Method.WALD, 0.95),
        ("prop_ci-010", Method.WALD, 0.90),
        ("prop_ci-011", Method.LOGIT, 0.95),
        ("prop_ci-012", Method.LOGIT, 0.90),
        ("prop_ci-013", Method.WILSON, 0.95),
        ("prop_ci-014", Method.WILSON, 0.90),
    ],
)
def test_limits_are_those_of_r(case, method, level):
    expected = result(case)
    limits = rate_limits(Measured(expected["est"], expected["se"], 200, 130, 197), method, level)
    assert [limits.low, limits.high] == pytest.approx(expected["ci"], rel=1e-12)
    assert limits.method is method


@pytest.mark.parametrize(("case", "level"), [("prop_ci-007", 0.95), ("prop_ci-008", 0.90)])
def test_korn_graubard_is_that_of_r_where_n_eff_is_below_n(case, level):
    """R does not cap; with a larger n the cap does not bite, and t(n-1) is then normal."""
    expected = result(case)
    p, se = expected["est"], expected["se"]
    size = p * (1 - p) / se**2 * (quantile(level, 199) / quantile(level, 197)) ** 2
    low = stats.beta.ppf((1 - level) / 2, size * p, size * (1 - p) + 1)
    high = stats.beta.ppf((1 + level) / 2, size * p + 1, size * (1 - p))
    assert [low, high] == pytest.approx(expected["ci"], rel=1e-12)  # R's number, uncapped
    found = korn_graubard(Measured(p, se, 200, 130, 197), level)
    capped = min(size, 200)
    assert found.low == pytest.approx(
        stats.beta.ppf((1 - level) / 2, capped * p, capped * (1 - p) + 1), rel=1e-12
    )


def test_nchs_numbers_are_those_of_r():
    expected = result("nchs-001")
    rows = zip(*(expected[c] for c in ("p", "se", "n", "k", "df", "n_eff", "lower", "upper")),
               strict=True)  # fmt: skip
    for p, se, n, k, df, n_eff, low, high in rows:
        rate = Measured(p, se, n, k, df)
        assert effective_n(rate, 0.95) == pytest.approx(n_eff, rel=1e-11)
        if low is not None:
            limits = korn_graubard(rate, 0.95)
            assert [limits.low, limits.high] == pytest.approx([low, high], rel=1e-11)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("k", [0, 1, 7, 30, 59, 60])
def test_korn_graubard_of_a_simple_random_sample_is_clopper_pearson(k, level):
    limits = korn_graubard(simple(k, 60), level)
    expected = proportion_confint(k, 60, alpha=1 - level, method="beta")
    # n_eff differs from n by (t(n-1)/z)^2 and is capped at n
    assert (limits.low, limits.high) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("method", "name"), [(Method.WILSON, "wilson"), (Method.WALD, "normal")])
@pytest.mark.parametrize("k", [1, 7, 30, 59])
def test_wilson_and_wald_of_a_simple_random_sample_are_those_of_statsmodels(k, method, name):
    limits = rate_limits(simple(k, 60), method, 0.95)
    expected = proportion_confint(k, 60, method=name)
    low, high = (limits.low, limits.high)
    if method is Method.WALD:  # statsmodels cuts at 0 and 1
        low, high = max(low, 0.0), min(high, 1.0)
    assert (low, high) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("k", [0, 60])
def test_wilson_at_the_edge_is_that_of_statsmodels_with_n(k):
    limits = rate_limits(Measured(k / 60, 0.0, 60, k, MANY), Method.WILSON, 0.95)
    expected = proportion_confint(k, 60, method="wilson")
    assert (limits.low, limits.high) == pytest.approx(expected, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("method", [Method.LOGIT, Method.WALD])
@pytest.mark.parametrize("k", [0, 60])
def test_logit_and_wald_give_way_at_the_edges(k, method):
    limits = rate_limits(Measured(k / 60, 0.0, 60, k, 9), method, 0.95)
    assert limits.method is Method.KORN_GRAUBARD
    assert 0 <= limits.low < limits.high <= 1


@pytest.mark.parametrize("method", [m for m in Method if m is not Method.T])
@pytest.mark.parametrize("k", [1, 59])
def test_a_rate_that_is_an_edge_only_in_double_precision_has_limits(k, method):
    """One weight of 1e-300 among others: not an edge by the counts."""
    limits = rate_limits(Measured(float(k > 30), 1e-20, 60, k, 9), method, 0.95)
    assert 0 <= limits.low < limits.high <= 1


def test_a_vanishing_standard_error_counts_as_a_simple_random_sample():
    for se in (0.0, 1e-12):
        assert effective_n(Measured(0.5, se, 60, 30, 9), 0.95) == 60
    limits = rate_limits(Measured(0.5, 1e-13, 60, 30, MANY), Method.WILSON, 0.95)
    assert limits.low == pytest.approx(proportion_confint(30, 60, method="wilson")[0], rel=1e-7)


def test_n_eff_is_capped_at_n_and_lower_with_few_degrees_of_freedom():
    assert effective_n(Measured(0.5, 0.01, 60, 30, 50), 0.95) == 60
    wide = effective_n(Measured(0.5, 0.1, 60, 30, 3), 0.95)
    assert wide == pytest.approx(25 * (stats.t.ppf(0.975, 59) / stats.t.ppf(0.975, 3)) ** 2)


def test_quantiles_take_any_degrees_of_freedom():
    for df in (1, 2.5, 8, 197):
        assert quantile(0.9, df) == pytest.approx(stats.t.ppf(0.95, df), rel=1e-12)
    assert quantile(0.95, inf) == pytest.approx(stats.norm.ppf(0.975), rel=1e-9)


def test_limits_of_a_mean_are_students():
    limits = mean_limits(60.0, 2.0, 9, 0.95)
    assert (limits.low, limits.high) == pytest.approx(stats.t.interval(0.95, 9, 60, 2), rel=1e-12)


# rate, se, n, hits, df: ordinary, capped, at both edges, also with an error (as a lonely cluster
# can give), at an edge by the counts or in double precision only, beyond it by rounding
MANY_RATES = [
    (0.5, 0.1, 60, 30, 3),
    (0.93, 0.02, 60, 56, 9),
    (0.97, 0.001, 60, 58, 9),
    (0.02, 0.03, 40, 1, 1),
    (0.0, 0.0, 60, 0, 9),
    (1 - 1e-16, 1e-17, 200, 200, 19),
    (0.0, 0.02, 60, 0, 9),
    (1e-17, 1e-9, 60, 0, 9),
    (1.0, 1e-20, 60, 59, 9),
    (1 + 2**-52, 1e-17, 60, 59, 9),
    (0.5, 0.0, 60, 30, 9),
]


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("method", [m for m in Method if m is not Method.T])
def test_limits_of_many_rates_are_those_of_each(method, level):
    arrays = [np.array(column) for column in zip(*MANY_RATES, strict=True)]
    low, high = many_rate_limits(*arrays, method, level)
    sizes = effective_sizes(*arrays, level)
    for i, numbers in enumerate(MANY_RATES):
        rate = Measured(*numbers)
        limits = rate_limits(rate, method, level)
        assert (low[i], high[i]) == pytest.approx((limits.low, limits.high), rel=1e-12, abs=1e-15)
        assert sizes[i] == pytest.approx(effective_n(rate, level), rel=1e-12)
