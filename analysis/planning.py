"""How many to interview, how many households to draw for it, and how many in each area."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.cells import Floats, Ints
from analysis.errors import ImpossibleInput
from analysis.intervals import quantile

DIGITS = 9  # after the point that count when a number is rounded to a whole one


@dataclass(frozen=True, slots=True)
class SampleSize:
    """A number of persons or households as the formula gives it."""

    exact: float

    @property
    def whole(self) -> int:
        """Rounded up; 400.0000000000001 is 400."""
        return ceil(round(self.exact, DIGITS))


@dataclass(frozen=True, slots=True)
class WilsonSize(SampleSize):
    """Also the limits that the fractional size gives at the assumed rate."""

    low: float
    high: float

    @property
    def length(self) -> float:
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Allocation:
    """Persons to interview by stratum.

    Attributes
    ----------
    exact : float array, shape (H,)
    whole : int array, shape (H,)
        Whole numbers within the same minimum and maximum.
    """

    exact: Floats
    whole: Ints


def n_for_margin(
    rate: float,
    margin: float,
    *,
    relative: bool = False,
    level: float = 0.95,
    population: float = inf,
    deff: float = 1.0,
) -> SampleSize:
    """Respondents that give a rate limits of ``rate ± margin``, or ± margin·rate if ``relative``.

    Raises
    ------
    ImpossibleInput
        Rate, margin or level outside (0, 1), population below 2, deff not above 0.

    Notes
    -----
    Valliant, Dever and Kreuter (2013), section 3.3; R PracTools ``nPropMoe``.
    The limits are Wald's; near 0 and 100 % ``n_for_wilson`` is nearer to the truth.
    """
    _inside_unit("rate", rate)
    _inside_unit("margin", margin)
    _inside_unit("level", level)
    half = margin * rate if relative else margin
    return _n_for_spread(rate, (half / quantile(level, inf)) ** 2, population, deff)


def n_for_variance(
    rate: float, variance: float, *, population: float = inf, deff: float = 1.0
) -> SampleSize:
    """Respondents that give a rate the sampling variance ``variance``.

    Raises
    ------
    ImpossibleInput
        As ``n_for_margin``; variance not above 0.

    Notes
    -----
    Valliant, Dever and Kreuter (2013), section 3.3; R PracTools ``nProp(V0=)``.
    """
    _inside_unit("rate", rate)
    _above_zero("variance", variance)
    return _n_for_spread(rate, variance, population, deff)


def n_for_cv(rate: float, cv: float, *, population: float = inf, deff: float = 1.0) -> SampleSize:
    """Respondents that give a rate the coefficient of variation ``cv`` = se / rate.

    Raises
    ------
    ImpossibleInput
        As ``n_for_margin``; cv not above 0.

    Notes
    -----
    Valliant, Dever and Kreuter (2013), section 3.3; R PracTools ``nProp(CV0=)``.
    """
    _inside_unit("rate", rate)
    _above_zero("cv", cv)
    return _n_for_spread(rate, (cv * rate) ** 2, population, deff)


def n_for_wilson(
    rate: float,
    margin: float,
    *,
    relative: bool = False,
    level: float = 0.95,
    deff: float = 1.0,
) -> WilsonSize:
    """Respondents whose Wilson interval is ``2 margin`` long; the rate is not its middle.

    Raises
    ------
    ImpossibleInput
        Rate or level outside (0, 1); margin, times the rate if ``relative``, outside
        (0, 0.5), for an interval around one half that long needs nobody; deff not above 0.

    Notes
    -----
    Valliant, Dever and Kreuter (2013), section 3.3; R PracTools ``nWilson``. It is the
    root of the half length ``z sqrt(p q / n + z²/(4n²)) / (1 + z²/n) = margin``.
    """
    _inside_unit("rate", rate)
    _inside_unit("level", level)
    half = margin * rate if relative else margin
    ImpossibleInput.unless(0 < half < 0.5, "margin", margin, "a half length within (0, 0.5)")
    _above_zero("deff", deff)
    z, spread = quantile(level, inf), rate * (1 - rate)
    root = sqrt(half**2 * (1 - 4 * spread) + spread**2)
    n = (spread - 2 * half**2 + root) * (z / half) ** 2 / 2
    center, step = rate + z**2 / (2 * n), z * sqrt(spread / n + (z / (2 * n)) ** 2)
    scale = 1 + z**2 / n
    return WilsonSize(deff * n, (center - step) / scale, (center + step) / scale)


def design_effect(per_cluster: float, correlation: float, weighting: float = 1.0) -> float:
    """Design effect of ``per_cluster`` persons alike by ``correlation``, and of unequal weights.

    ``weighting`` is Kish's effect of the weights, ``analysis.fieldwork.kish``.

    Notes
    -----
    ``weighting (1 + (b - 1) rho)``: Kish (1965, 1987); Gabler, Häder and Lahiri (1999).
    """
    _above_zero("weighting", weighting)
    ImpossibleInput.unless(per_cluster >= 1, "per_cluster", per_cluster, "1 or more")
    ImpossibleInput.unless(-1 <= correlation <= 1, "correlation", correlation, "-1 to 1")
    return weighting * (1 + (per_cluster - 1) * correlation)


def households_to_draw(
    respondents: float, *, response: float, eligible: float = 1.0, households: float = inf
) -> SampleSize:
    """Households to draw for so many respondents, one in each household.

    ``response`` is the expected share of eligible households that answer,
    ``eligible`` the share of drawn addresses where somebody may be asked.

    Raises
    ------
    ImpossibleInput
        A share outside (0, 1], no respondents, or more households than there are.
    """
    _above_zero("respondents", respondents)
    for name, share in (("response", response), ("eligible", eligible)):
        ImpossibleInput.unless(0 < share <= 1, name, share, "a share above 0, at most 1")
    drawn = SampleSize(respondents / response / eligible)
    expected = f"at least {drawn.whole} for {respondents} respondents"
    ImpossibleInput.unless(drawn.whole <= households, "households", households, expected)
    return drawn


def rate_sd(rate: float, population: float = inf) -> float:
    """Standard deviation S of one answer in a stratum, with the divisor N - 1."""
    _inside_unit("rate", rate)
    return sqrt(_answer_variance(rate, population))


def proportional(total: int, sizes: Floats, *, minimum: int = 0, capped: bool = True) -> Allocation:
    """``total`` in proportion to the sizes of the strata.

    Parameters
    ----------
    sizes
        Persons of each stratum, or with ``capped`` off their shares; shape (H,).
    minimum
        At least so many in each stratum, or all where it has fewer.
    capped
        Never more than the stratum has.

    Raises
    ------
    ImpossibleInput
        A size not above 0, or a total below the minima or above the population.
    """
    sizes = _positive("sizes", sizes)
    return _allocate(total, sizes, sizes, minimum, capped)


def neyman(
    total: int, sizes: Floats, sds: Floats, *, minimum: int = 0, capped: bool = True
) -> Allocation:
    """The allocation of ``total`` with the smallest variance of the overall mean.

    Parameters as ``proportional``; ``sds`` are those of one answer in each stratum,
    ``rate_sd`` for a rate.

    Raises
    ------
    ImpossibleInput
        As ``proportional``; an sd not above 0.

    Notes
    -----
    ``n_h`` proportional to ``N_h S_h``, and optimal too where a bound holds: Neyman
    (1934); Cochran (1977), sections 5.5 and 5.8; R PracTools ``strAlloc("neyman")``,
    which knows no bounds: ``capped=False``.
    """
    sizes, sds = _positive("sizes", sizes), _positive("sds", sds, like=sizes)
    return _allocate(total, sizes * sds, sizes, minimum, capped)


def cost_optimal(
    cost: float,
    sizes: Floats,
    sds: Floats,
    costs: Floats,
    *,
    minimum: int = 0,
    capped: bool = True,
) -> Allocation:
    """The allocation with the smallest variance that costs ``cost``; whole numbers cost less.

    ``costs`` is the price of one interview in each stratum, in the unit of ``cost``.

    Raises
    ------
    ImpossibleInput
        As ``neyman``; a price not above 0.

    Notes
    -----
    ``n_h`` proportional to ``N_h S_h / sqrt(c_h)``: Cochran (1977), section 5.5; R
    PracTools ``strAlloc("totcost")``.
    """
    sizes, sds = _positive("sizes", sizes), _positive("sds", sds, like=sizes)
    costs = _positive("costs", costs, like=sizes)
    low, high = _bounds(sizes, minimum, capped)
    _within("cost", cost, (costs * low).sum(), (costs * high).sum())
    spent = within_bounds(cost, sizes * sds * np.sqrt(costs), costs * low, costs * high)
    return Allocation(spent / costs, _down(spent / costs))


def variance_optimal(
    variance: float,
    sizes: Floats,
    sds: Floats,
    costs: Floats,
    *,
    minimum: int = 0,
    capped: bool = True,
) -> Allocation:
    """The cheapest allocation whose overall mean has the variance; whole numbers have less.

    For a coefficient of variation, ``variance`` is ``(cv * mean)²``.

    Raises
    ------
    ImpossibleInput
        As ``cost_optimal``; a variance that is not above 0 or that the minima beat.

    Notes
    -----
    Cochran (1977), section 5.5; R PracTools ``strAlloc("totvar")``.
    """
    sizes, sds = _positive("sizes", sizes), _positive("sds", sds, like=sizes)
    costs = _positive("costs", costs, like=sizes)
    low, high = _bounds(sizes, minimum, capped)
    part = (sizes / sizes.sum() * sds) ** 2
    # what the sum of part / n must come to, so that less the part of the fpc it is the variance
    goal = variance + float((part / sizes).sum())
    with np.errstate(divide="ignore"):
        most = float((part / low).sum()) - (goal - variance)
    _within("variance", variance, 0.0, most, open_below=True)
    measure = sizes * sds / np.sqrt(costs)
    with np.errstate(divide="ignore"):
        free, fixed = _free(measure, low, high, lambda n: bool((part / n).sum() <= goal))
    rest = goal - (part[~free] / fixed[~free]).sum()
    fixed[free] = measure[free] * (part[free] / measure[free]).sum() / rest
    return Allocation(fixed, np.ceil(np.round(fixed, DIGITS)).astype(np.int64))


def anticipated_se(
    sizes: Floats, sds: Floats, allocation: Floats | Ints, *, deff: float = 1.0
) -> float:
    """Standard error of the overall mean of a stratified random sample.

    Parameters
    ----------
    sizes, sds, allocation
        Persons, standard deviation of one answer and sample of each stratum, shape (H,).
    deff
        Design effect within the strata.

    Raises
    ------
    ImpossibleInput
        A number not above 0, or a sample above the population of its stratum.

    Notes
    -----
    ``sqrt(deff Σ W_h² S_h² (1/n_h - 1/N_h))``: Cochran (1977), section 5.3.
    """
    sizes, sds = _positive("sizes", sizes), _positive("sds", sds, like=sizes)
    n = _positive("allocation", np.asarray(allocation, float), like=sizes)
    fits = bool(np.all(n <= sizes * (1 + 1e-12)))
    ImpossibleInput.unless(fits, "allocation", n.tolist(), "at most the population of each stratum")
    _above_zero("deff", deff)
    part = (sizes / sizes.sum() * sds) ** 2 * np.maximum(1 / n - 1 / sizes, 0.0)
    return sqrt(deff * float(part.sum()))


def within_bounds(total: float, measure: Floats, low: Floats, high: Floats) -> Floats:
    """Numbers that sum to ``total``, in proportion to ``measure`` where no bound holds.

    The result is ``clip(factor * measure, low, high)`` with the one factor that gives the
    sum; fixing what passes a bound and sharing the rest anew ends at the same.

    Parameters
    ----------
    measure
        Above 0, shape (K,).
    low, high
        Bounds, ``low <= high``, shape (K,); ``total`` lies between their sums.
    """
    free, numbers = _free(measure, low, high, lambda n: bool(n.sum() >= total))
    if free.any():
        rest = total - numbers[~free].sum()
        numbers[free] = rest * measure[free] / measure[free].sum()
    return np.clip(numbers, low, high)


def largest_remainder(exact: Floats, total: int) -> Ints:
    """Whole numbers beside ``exact`` that sum to ``total``, as ``exact`` does.

    All are rounded down, and those with the largest fractions up, of equal ones the
    first; a number that is whole stays, so whole bounds are kept.
    """
    exact = np.round(exact, DIGITS)
    whole = np.floor(exact).astype(np.int64)
    up = np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]
    whole[up] += 1
    return whole


def _allocate(total: int, measure: Floats, sizes: Floats, minimum: int, capped: bool) -> Allocation:
    ImpossibleInput.unless(int(total) == total, "total", total, "a whole number")
    low, high = _bounds(sizes, minimum, capped)
    _within("total", total, low.sum(), high.sum())
    exact = within_bounds(total, measure, low, high)
    return Allocation(exact, largest_remainder(exact, int(total)))


def _bounds(sizes: Floats, minimum: int, capped: bool) -> tuple[Floats, Floats]:
    whole = int(minimum) == minimum >= 0
    ImpossibleInput.unless(whole, "minimum", minimum, "a whole number, 0 or more")
    high = np.floor(sizes) if capped else np.full(len(sizes), inf)
    return np.minimum(float(minimum), high), high


def _free(
    measure: Floats, low: Floats, high: Floats, enough: Callable[[Floats], bool]
) -> tuple[NDArray[np.bool_], Floats]:
    """Which numbers no bound holds where just ``enough`` is reached, and all the others.

    ``enough`` turns true once as the common factor grows; between two factors at which a
    number meets a bound the free ones stay the same.
    """
    turns = np.concatenate((low / measure, high / measure))
    turns = np.unique(turns[np.isfinite(turns)])
    at = bisect_left(turns, True, key=lambda turn: enough(np.clip(turn * measure, low, high)))
    before = turns[at - 1] if at else 0.0
    factor = (before + turns[at]) / 2 if at < len(turns) else 2 * turns[-1] + 1
    numbers = np.where(factor >= high / measure, high, low)
    return (low / measure < factor) & (factor < high / measure), numbers


def _n_for_spread(rate: float, variance: float, population: float, deff: float) -> SampleSize:
    """The design effect multiplies S² before the finite population counts, so n stays below N."""
    _above_zero("deff", deff)
    spread = deff * _answer_variance(rate, population)
    return SampleSize(spread / (variance + spread / population))


def _answer_variance(rate: float, population: float) -> float:
    ImpossibleInput.unless(population >= 2, "population", population, "2 or more, or infinite")
    return rate * (1 - rate) / (1 - 1 / population)


def _down(numbers: Floats) -> Ints:
    return np.floor(np.round(numbers, DIGITS)).astype(np.int64)


def _inside_unit(name: str, value: float) -> None:
    ImpossibleInput.unless(0 < value < 1, name, value, "a number inside (0, 1)")


def _above_zero(name: str, value: float) -> None:
    ImpossibleInput.unless(0 < value < inf, name, value, "a number above 0")


def _within(
    name: str, value: float, least: float, most: float, *, open_below: bool = False
) -> None:
    inside = (least < value if open_below else least <= value) and value <= most
    expected = f"{'above' if open_below else 'at least'} {least:g}, at most {most:g}"
    ImpossibleInput.unless(bool(inside and value > 0), name, value, expected)


def _positive(name: str, values: Floats, like: Floats | None = None) -> Floats:
    numbers = np.asarray(values, float)
    right = numbers.ndim == 1 and numbers.size and (like is None or len(numbers) == len(like))
    right = right and bool(np.all((numbers > 0) & np.isfinite(numbers)))
    expected = "numbers above 0, one for each stratum or unit"
    ImpossibleInput.unless(bool(right), name, values, expected)
    return numbers
