"""Sample sizes and allocations: numbers of R PracTools 1.7.5, optimality, and refusals."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analysis.errors import ImpossibleInput
from analysis.intervals import Measured, Method, rate_limits
from analysis.planning import (
    SampleSize,
    anticipated_se,
    cost_optimal,
    design_effect,
    households_to_draw,
    largest_remainder,
    n_for_cv,
    n_for_margin,
    n_for_variance,
    n_for_wilson,
    neyman,
    proportional,
    rate_sd,
    variance_optimal,
    within_bounds,
)

# The strata of the vignette "Sample Size Calculation in Single-stage Sampling" of PracTools.
SIZES = np.array([215.0, 65, 252, 50, 149, 144])
SDS = np.array([26787207.0, 10645109, 6909676, 11085034, 9817762, 44553355])
COSTS = np.array([1400.0, 200, 300, 600, 450, 1000])


def test_sizes_for_a_rate_are_those_of_r():
    """NPropMoe, nProp with V0 and CV0, nWilson."""
    assert n_for_margin(0.5, 0.05, population=20000).exact == pytest.approx(
        376.925018632513, rel=1e-12
    )
    assert n_for_variance(0.8, 0.03**2).exact == pytest.approx(177.777777777778, rel=1e-12)
    assert n_for_cv(0.3, 0.05, population=5000).exact == pytest.approx(786.649435298084, rel=1e-12)
    assert n_for_wilson(0.85, 0.03).exact == pytest.approx(544.031323572201, rel=1e-12)


def test_margins_of_one_to_eight_points_are_those_of_the_vignette():
    found = [n_for_margin(0.5, e / 100).whole for e in range(1, 9)]
    assert found == [9604, 2401, 1068, 601, 385, 267, 196, 151]


def test_a_relative_margin_is_that_share_of_the_rate():
    relative = n_for_margin(0.2, 0.1, relative=True, population=3000, deff=1.7)
    assert relative.exact == pytest.approx(
        n_for_margin(0.2, 0.02, population=3000, deff=1.7).exact, rel=1e-14
    )
    assert n_for_wilson(0.2, 0.1, relative=True) == n_for_wilson(0.2, 0.1 * 0.2)


def test_cv_and_variance_say_the_same():
    # the two examples of the help page of nProp
    assert n_for_variance(0.01, 0.0005**2).exact == pytest.approx(n_for_cv(0.01, 0.05).exact)
    assert n_for_cv(0.01, 0.05).exact == pytest.approx(39600)


@pytest.mark.parametrize("deff", [0.8, 1.0, 2.5])
@pytest.mark.parametrize("population", [60, 3000, inf])
def test_the_size_gives_back_its_variance(population, deff):
    n = n_for_variance(0.3, 0.02**2, population=population, deff=deff).exact
    spread = 0.3 * 0.7 * (population / (population - 1) if population < inf else 1)
    assert deff * (1 - n / population) * spread / n == pytest.approx(0.02**2)
    assert n < population


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize(("rate", "margin"), [(0.5, 0.05), (0.85, 0.03), (0.99, 0.02), (0.1, 0.4)])
def test_the_wilson_size_gives_back_its_length(rate, margin, level):
    size = n_for_wilson(rate, margin, level=level)
    assert size.length == pytest.approx(2 * margin)
    measured = Measured(rate, (rate * (1 - rate) / size.exact) ** 0.5, 10, 5, inf)
    limits = rate_limits(measured, Method.WILSON, level)
    assert (size.low, size.high) == pytest.approx((limits.low, limits.high))
    assert n_for_wilson(rate, margin, level=level, deff=2).exact == pytest.approx(2 * size.exact)


def test_rounding_up_forgives_what_is_rounding_only():
    assert SampleSize(400.0000000000001).whole == 400
    assert SampleSize(400.001).whole == 401


def test_households_by_hand():
    assert households_to_draw(450, response=0.6, eligible=0.75).exact == pytest.approx(1000)
    assert households_to_draw(450, response=1).whole == 450


def test_a_design_effect_by_hand():
    assert design_effect(11, 0.05) == pytest.approx(1.5)
    assert design_effect(11, 0.05, 1.2) == pytest.approx(1.8)
    assert design_effect(1, 0.9) == 1


def test_the_sd_of_a_rate_is_that_of_its_answers():
    assert rate_sd(0.3, 10) == pytest.approx(np.std([1] * 3 + [0] * 7, ddof=1))
    assert rate_sd(0.3) == pytest.approx(np.sqrt(0.21))


def test_proportional_and_neyman_allocations_are_those_of_r():
    """StrAlloc with alloc = "prop" and "neyman"."""
    found = proportional(600, np.array([900.0, 4100, 2200]))
    assert found.exact == pytest.approx([75, 341.666666666667, 183.333333333333], rel=1e-12)
    assert found.whole.tolist() == [75, 342, 183]
    sizes, sds = np.array([1000.0, 4000, 2500, 800]), np.array([5.0, 8, 3, 12])
    found = neyman(500, sizes, sds)
    assert found.exact == pytest.approx(
        [46.2107208872458, 295.748613678373, 69.3160813308688, 88.724584103512], rel=1e-12
    )
    assert found.whole.tolist() == [46, 296, 69, 89]
    assert anticipated_se(sizes, sds, found.exact) == pytest.approx(0.280878492477891, rel=1e-12)


def test_allocations_of_the_vignette_are_those_it_prints():
    """With 7 digits: "neyman", "totcost" and "totvar" with a CV."""
    found = neyman(100, SIZES, SDS)
    assert found.exact == pytest.approx(
        [34.641683, 4.161947, 10.473487, 3.333804, 8.798970, 38.590108], abs=1e-6
    )
    assert anticipated_se(SIZES, SDS, found.exact) == pytest.approx(1727173, rel=5e-7)
    found = cost_optimal(100000, SIZES, SDS, COSTS)
    assert found.exact == pytest.approx(
        [30.605403, 9.728474, 19.989127, 4.499121, 13.711619, 40.340301], abs=1e-6
    )
    assert anticipated_se(SIZES, SDS, found.exact) == pytest.approx(1636053, rel=5e-7)
    found = variance_optimal((0.05 * 11664181) ** 2, SIZES, SDS, COSTS)
    assert found.exact == pytest.approx(
        [104.54922, 33.23283, 68.28362, 15.36917, 46.83941, 137.80400], abs=1e-5
    )
    assert anticipated_se(SIZES, SDS, found.exact) == pytest.approx(0.05 * 11664181)


def test_without_a_cap_strata_may_be_given_as_shares():
    free = neyman(500, SIZES, SDS, capped=False)
    assert free.exact == pytest.approx(500 * SIZES * SDS / (SIZES @ SDS))
    assert free.exact.max() > 144  # more than the last stratum has
    shares = neyman(500, SIZES / SIZES.sum(), SDS, capped=False)
    assert shares.exact == pytest.approx(free.exact)


def test_whole_interviews_keep_within_the_cost_and_the_variance():
    found = cost_optimal(100000, SIZES, SDS, COSTS, minimum=20)
    assert found.exact @ COSTS == pytest.approx(100000)
    assert 100000 - COSTS.sum() < found.whole @ COSTS <= 100000
    assert found.whole.min() == 20
    found = variance_optimal(500000**2, SIZES, SDS, COSTS, minimum=30)
    assert anticipated_se(SIZES, SDS, found.exact) == pytest.approx(500000)
    assert anticipated_se(SIZES, SDS, found.whole) < 500000
    assert found.whole.min() >= 30
    assert found.whole[-1] == 144  # the stratum that the cap stops


def spread(sizes, sds, n):
    return ((sizes * sds) ** 2 / n).sum()


def a_step_better(sizes, sds, n, low, high, price):
    """Whether money moved from one stratum to another lowers the variance within the bounds."""
    base, found = spread(sizes, sds, n), False
    for giver in range(len(n)):
        for taker in range(len(n)):
            step = min(
                1e-3, (n[giver] - low[giver]) * price[giver], (high - n)[taker] * price[taker]
            )
            moved = n.copy()
            moved[giver] -= step / price[giver]
            moved[taker] += step / price[taker]
            if giver != taker and step > 1e-6:
                found |= spread(sizes, sds, moved) < base * (1 - 1e-12)
    return found


@pytest.mark.parametrize("minimum", [0, 10, 60])
@pytest.mark.parametrize("total", [370, 500, 860])
def test_no_step_within_the_bounds_betters_an_allocation(total, minimum):
    low = np.minimum(minimum, SIZES)
    equal = np.ones(len(SIZES))
    found = neyman(total, SIZES, SDS, minimum=minimum).exact
    assert found.sum() == pytest.approx(total)
    assert not a_step_better(SIZES, SDS, found, low, SIZES, equal)
    found = cost_optimal(630 * total, SIZES, SDS, COSTS, minimum=minimum).exact
    assert not a_step_better(SIZES, SDS, found, low, SIZES, COSTS)
    goal = anticipated_se(SIZES, SDS, found) ** 2
    again = variance_optimal(goal, SIZES, SDS, COSTS, minimum=minimum).exact
    assert again == pytest.approx(found)  # each is the other's answer


def fixed_and_shared(total, measure, low, high):
    """The bounds as one does them by hand: fix the worst offender, share the rest anew."""
    numbers, fixed = np.zeros(len(measure)), np.zeros(len(measure), bool)
    while not fixed.all():
        rest = total - numbers[fixed].sum()
        numbers[~fixed] = rest * measure[~fixed] / measure[~fixed].sum()
        over, under = np.maximum(numbers - high, 0), np.maximum(low - numbers, 0)
        if max(over[~fixed].max(), under[~fixed].max()) < 1e-12 * total:
            break
        side = over if over[~fixed].sum() > under[~fixed].sum() else under
        new = ~fixed & (side > 0)
        numbers[new] = np.clip(numbers, low, high)[new]
        fixed |= new
    return numbers


@settings(deadline=None, max_examples=200)
@given(
    strata=some.lists(
        some.tuples(some.integers(1, 400), some.floats(0.05, 50)), min_size=1, max_size=12
    ),
    minimum=some.integers(0, 60),
    part=some.floats(0, 1),
)
def test_an_allocation_is_whole_within_its_bounds_and_sums_to_n(strata, minimum, part):
    sizes, sds = np.array(strata, float).T
    low = np.minimum(minimum, sizes)
    total = max(1, round(low.sum() + part * (sizes - low).sum()))
    found = neyman(total, sizes, sds, minimum=minimum)
    assert found.whole.sum() == total
    assert np.all((found.whole >= low) & (found.whole <= sizes))
    assert np.abs(found.whole - found.exact).max() < 1
    assert found.exact == pytest.approx(
        fixed_and_shared(total, sizes * sds, low, sizes), rel=1e-9, abs=1e-9
    )


def test_of_equal_fractions_the_first_are_rounded_up():
    assert largest_remainder(np.array([2.5, 2.5, 2.5, 2.5]), 10).tolist() == [3, 3, 2, 2]
    many = largest_remainder(np.tile([2.25, 2.5, 2.75, 2.5], 15), 150)
    assert many.tolist() == [2, 3, 3, 3] * 7 + [2, 3, 3, 2] + [2, 2, 3, 2] * 7
    assert largest_remainder(np.array([74.99999999999999, 1.00000000000001]), 76).tolist() == [
        75,
        1,
    ]


def test_bounds_that_leave_no_choice_are_met():
    low, high = np.array([1.0, 2, 3]), np.array([4.0, 5, 6])
    measure = np.array([0.1, 0.7, 0.2])
    assert within_bounds(6, measure, low, high).tolist() == [1, 2, 3]
    assert within_bounds(15, measure, low, high).tolist() == [4, 5, 6]


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("rate", lambda: n_for_margin(1.0, 0.05)),
        ("rate", lambda: n_for_cv(nan, 0.05)),
        ("rate", lambda: rate_sd(0.0)),
        ("margin", lambda: n_for_margin(0.5, 0.0)),
        ("margin", lambda: n_for_margin(0.5, 3)),
        ("margin", lambda: n_for_wilson(0.5, 0.5)),
        ("margin", lambda: n_for_wilson(0.9, 0.6, relative=True)),
        ("level", lambda: n_for_margin(0.5, 0.05, level=95)),
        ("population", lambda: n_for_margin(0.5, 0.05, population=1)),
        ("variance", lambda: n_for_variance(0.5, 0)),
        ("cv", lambda: n_for_cv(0.5, -0.1)),
        ("deff", lambda: n_for_cv(0.5, 0.1, deff=0)),
        ("deff", lambda: n_for_wilson(0.5, 0.1, deff=-1)),
        ("response", lambda: households_to_draw(100, response=0)),
        ("eligible", lambda: households_to_draw(100, response=1, eligible=1.2)),
        ("respondents", lambda: households_to_draw(0, response=1)),
        ("households", lambda: households_to_draw(100, response=0.5, households=199)),
        ("per_cluster", lambda: design_effect(0, 0.05)),
        ("correlation", lambda: design_effect(10, 5)),
        ("weighting", lambda: design_effect(10, 0.05, 0)),
        ("sizes", lambda: proportional(10, np.array([5.0, 0]))),
        ("sizes", lambda: proportional(10, np.array([]))),
        ("sds", lambda: neyman(10, SIZES, SDS[1:])),
        ("sds", lambda: neyman(10, SIZES, SDS * np.nan)),
        ("costs", lambda: cost_optimal(10, SIZES, SDS, -COSTS)),
        ("total", lambda: proportional(876, SIZES)),
        ("total", lambda: proportional(59, SIZES, minimum=10)),
        ("total", lambda: proportional(0, SIZES)),
        ("total", lambda: proportional(10.5, SIZES)),
        ("minimum", lambda: proportional(100, SIZES, minimum=-1)),
        ("cost", lambda: cost_optimal(10, SIZES, SDS, COSTS, minimum=1)),
        ("variance", lambda: variance_optimal(0, SIZES, SDS, COSTS)),
        ("variance", lambda: variance_optimal(1e30, SIZES, SDS, COSTS, minimum=1)),
        ("allocation", lambda: anticipated_se(SIZES, SDS, SIZES + 1)),
        ("allocation", lambda: anticipated_se(SIZES, SDS, SIZES * 0)),
    ],
)
def test_what_cannot_be_is_refused_by_name(name, call):
    with pytest.raises(ImpossibleInput) as refused:
        call()
    assert refused.value.name == name
    assert f"{name} is" in str(refused.value)
    assert "expected" in str(refused.value)
