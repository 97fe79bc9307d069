"""How much more: the interviews after which a figure is decided against its target."""

from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from math import inf, sqrt

import numpy as np
from scipy import optimize, special

from analysis.cells import Floats
from analysis.errors import ImpossibleInput, TooCloseToTarget
from analysis.intervals import (
    SMALLEST_SE,
    Limits,
    Measured,
    effective_n,
    korn_graubard,
    mean_limits,
    quantile,
)
from analysis.presentation import Position, position

LEVEL = 0.95
POWER = 0.80
MOST = 20  # times the present sample; a figure that needs more lies too close to its target
DRAWS = 400  # quantiles that stand for the distribution of the true rate


class Truth(StrEnum):
    """What is taken to be true while the further answers come in."""

    UNCERTAIN = "uncertain"  # anything that the data leave open, by its probability
    ESTIMATE = "estimate"  # exactly the present estimate


@dataclass(frozen=True, slots=True)
class MeasuredMean:
    """A mean score, its standard error in the same points, respondents, degrees of freedom."""

    mean: float
    se: float
    n: int
    df: float


@dataclass(frozen=True, slots=True)
class _Enlarged:
    """The sample as it would be: ``growth`` times the present one."""

    growth: float
    n: float
    df: float


def interviews_to_decide(
    present: Measured | MeasuredMean,
    target: float,
    *,
    clusters: int | None = None,
    level: float = LEVEL,
    power: float = POWER,
    truth: Truth = Truth.UNCERTAIN,
    most: float = MOST,
) -> int:
    """Further interviews after which the limits exclude the target with probability ``power``.

    0 where the present limits exclude it already. For arguments and assumptions see
    ``decided_probability``. It is an order of magnitude: give it in two digits.

    Raises
    ------
    TooCloseToTarget
        Even ``most`` times the present sample, added to it, does not reach the power.
    ImpossibleInput
        As ``decided_probability``; power outside (0, 1), most not above 0.

    Notes
    -----
    The probability grows with the interviews as long as the figure is undecided: under
    the normal law the argument ``(d - z h) / sqrt(1 - h²)`` falls with ``h = sqrt(n / (n + x))``
    for any distance ``d < z`` in standard errors. So the number is found by bisection.
    """
    ImpossibleInput.unless(0 < power < 1, "power", power, "a number inside (0, 1)")
    ImpossibleInput.unless(0 < most < inf, "most", most, "a number above 0")
    chance = partial(
        decided_probability, present, target, clusters=clusters, level=level, truth=truth
    )
    furthest = int(most * present.n)
    numbers = range(furthest + 1)
    further = bisect_left(numbers, power, key=chance)
    if further == len(numbers):
        raise TooCloseToTarget(target, furthest, chance(furthest))
    return further


def decided_probability(
    present: Measured | MeasuredMean,
    target: float,
    further: int,
    *,
    clusters: int | None = None,
    level: float = LEVEL,
    truth: Truth = Truth.UNCERTAIN,
) -> float:
    """Probability that with ``further`` interviews the limits exclude the target, on either side.

    The further answers are added to the present ones, which are what they are. They
    are drawn as the present ones were: the design effect stays.

    Parameters
    ----------
    present
        The figure now. A rate has Korn-Graubard limits, a mean Student's.
    target
        Inside (0, 1) for a rate; in points for a mean.
    clusters
        Clusters of the present sample, of which new ones come in proportion; persons
        where they are the units. Without it the degrees of freedom grow in proportion,
        which is a little less.
    truth
        ``UNCERTAIN`` (predictive): the true figure has the distribution that the data
        leave it, for a rate Beta(n_eff p + 1/2, n_eff (1 - p) + 1/2) as in
        ``analysis.ranking.beta_places``. ``ESTIMATE`` (conditional power): it is the
        estimate itself; that promises more, the more so the nearer the target.

    Raises
    ------
    ImpossibleInput
        A target of a rate or a level outside (0, 1), fewer than two respondents, df not
        above 0, clusters not above df, a mean without spread, interviews below 0.

    Notes
    -----
    Predictive power: Spiegelhalter, Freedman and Parmar (1994). A look at the data
    between, after which one goes on or stops, is a second look: the limits of the
    enlarged sample err a little more often than their level says.
    """
    _check(present, target, further)
    ImpossibleInput.unless(0 < level < 1, "level", level, "a number inside (0, 1)")
    more = clusters is None or clusters > present.df
    ImpossibleInput.unless(more, "clusters", clusters, f"more than the df, {present.df:g}")
    if not further or position(*_ends(present, level), target) is not Position.STRADDLES:
        return float(position(*_ends(present, level), target) is not Position.STRADDLES)
    growth = 1 + further / present.n
    # New clusters come in the strata there are, so each adds a degree of freedom.
    added = present.df if clusters is None else clusters
    enlarged = _Enlarged(growth, growth * present.n, present.df + (growth - 1) * added)
    if isinstance(present, Measured):
        return _rate_probability(present.settled(), target, enlarged, level, truth)
    return _mean_probability(present, target, enlarged, level, truth)


def _rate_probability(
    rate: Measured, target: float, enlarged: _Enlarged, level: float, truth: Truth
) -> float:
    """The effective answers known, those to come, and the shares that would decide."""
    known = float(rate.n)
    if rate.se > SMALLEST_SE:
        known = min(known, rate.p * (1 - rate.p) / rate.se**2)
    coming, total = known * (enlarged.growth - 1), known * enlarged.growth
    ratio = quantile(level, enlarged.n - 1) / quantile(level, enlarged.df)
    size = min(enlarged.n, total * ratio**2)  # of which the limits are
    low, high = _critical_shares(size, target, (1 - level) / 2)
    rates = np.array([rate.p])
    if truth is Truth.UNCERTAIN:
        n_eff = effective_n(rate, level)
        middles = (np.arange(DRAWS) + 0.5) / DRAWS
        rates = special.betaincinv(n_eff * rate.p + 0.5, n_eff * (1 - rate.p) + 0.5, middles)
    below = _at_most(low * total - known * rate.p, coming, rates)
    above = 1 - _at_most(high * total - known * rate.p, coming, rates)
    return float((below + above).mean())


def _critical_shares(size: float, target: float, tail: float) -> tuple[float, float]:
    """The shares up to which the upper limit, and from which the lower, excludes the target.

    Below 0 or above 1 where no share does: an upper limit at no answer at all may still
    lie above a small target.
    """

    def excess_high(hits: float) -> float:
        return float(special.betainc(hits, size - hits + 1, target)) - tail

    def excess_low(misses: float) -> float:
        return float(special.betainc(misses, size - misses + 1, 1 - target)) - tail

    # Exact tests of the target: P(K >= hits) = tail, and P(K <= hits) = tail by the misses.
    shares = [
        optimize.brentq(excess, 0.0, size) / size if excess(size) < 0 else 2.0
        for excess in (excess_low, excess_high)
    ]
    return 1 - shares[0], shares[1]


def _at_most(hits: float, size: float, rate: Floats) -> Floats:
    """P(at most ``hits`` of ``size`` answers), both of any value; halves are exact.

    The binomial distribution function has ``P(K <= k) = I_{1-p}(n - k, k + 1)``; read at
    k = hits - 1/2 it runs through the middle of the steps, as an estimate with weights
    and clusters does, whose steps are too fine to matter.
    """
    if hits <= -0.5:
        return np.zeros(len(rate))
    if hits >= size + 0.5:
        return np.ones(len(rate))
    return np.asarray(special.betainc(size - hits + 0.5, hits + 0.5, 1 - rate), float)


def _mean_probability(
    present: MeasuredMean, target: float, enlarged: _Enlarged, level: float, truth: Truth
) -> float:
    growth = enlarged.growth
    reach = quantile(level, enlarged.df) * present.se / sqrt(growth)
    # The enlarged mean: the new answers' part of it varies, and with it the truth itself.
    spread = present.se * sqrt((growth - 1) / growth)
    if truth is Truth.ESTIMATE:
        spread /= sqrt(growth)
    scaled = np.array([target - reach - present.mean, present.mean - target - reach]) / spread
    if truth is Truth.ESTIMATE:
        return float(special.ndtr(scaled).sum())
    return float(special.stdtr(present.df, scaled).sum())


def _ends(present: Measured | MeasuredMean, level: float) -> tuple[float, float]:
    limits: Limits
    if isinstance(present, Measured):
        limits = korn_graubard(present, level)
    else:
        limits = mean_limits(present.mean, present.se, present.df, level)
    return limits.low, limits.high


def _check(present: Measured | MeasuredMean, target: float, further: int) -> None:
    ImpossibleInput.unless(further >= 0, "further", further, "0 or more")
    ImpossibleInput.unless(present.n >= 2, "n", present.n, "two or more respondents")
    ImpossibleInput.unless(present.df > 0, "df", present.df, "degrees of freedom above 0")
    if isinstance(present, Measured):
        ImpossibleInput.unless(0 < target < 1, "target", target, "a rate inside (0, 1)")
    else:
        ImpossibleInput.unless(present.se > 0, "se", present.se, "a spread above 0")
