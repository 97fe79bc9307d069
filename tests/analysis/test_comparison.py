"""Limits of a difference."""

from math import sqrt

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from analysis.comparison import Bounded, mover


def test_with_wilson_limits_it_is_newcombes_interval_of_statsmodels():
    first, second = (45, 60), (70, 120)
    bounds = [
        Bounded(k / n, *proportion_confint(k, n, method="wilson")) for k, n in (first, second)
    ]
    expected = confint_proportions_2indep(*second, *first, compare="diff", method="newcomb")
    assert mover(*bounds) == pytest.approx(expected, rel=1e-9)


def test_with_symmetric_limits_it_is_the_interval_of_the_difference():
    """se^2 = 3^2 + 4^2 - 2 rho 3 4."""
    first, second = Bounded(10, 7, 13), Bounded(15, 11, 19)
    for rho in (0.0, 0.5, -0.3):
        half = sqrt(9 + 16 - 24 * rho)
        assert mover(first, second, rho) == pytest.approx((5 - half, 5 + half), rel=1e-15)


def test_uneven_limits_take_their_own_sides():
    low, high = mover(Bounded(0.5, 0.4, 0.7), Bounded(0.6, 0.3, 0.65), 0.5)
    assert low == pytest.approx(0.1 - sqrt(0.3**2 + 0.2**2 - 0.3 * 0.2))
    assert high == pytest.approx(0.1 + sqrt(0.05**2 + 0.1**2 - 0.05 * 0.1))


def test_a_negative_radicand_counts_as_zero():
    assert mover(Bounded(0, -1, 1), Bounded(2, 1, 3), 1.0 + 1e-9) == (2, 2)
