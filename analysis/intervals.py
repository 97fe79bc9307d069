"""Confidence limits of a rate or a mean at a level."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import exp, log, sqrt

import numpy as np
from scipy import special

from analysis.cells import Floats, Ints

SMALLEST_SE = 1e-12  # below it a standard error is rounding, not spread


class Method(StrEnum):
    KORN_GRAUBARD = "korn-graubard"
    LOGIT = "logit"
    WILSON = "wilson"
    WALD = "wald"
    T = "t"


@dataclass(frozen=True, slots=True)
class Measured:
    """A rate with what its limits need.

    Attributes
    ----------
    p : float
        Weighted share in [0, 1].
    se : float
        Standard error of ``p``.
    n, k : int
        Respondents in the denominator, and of these in the numerator.
    df : float
        Degrees of freedom, above 0.
    """

    p: float
    se: float
    n: int
    k: int
    df: float

    @property
    def at_edge(self) -> bool:
        """Whether all or none are in the numerator: by the counts, or in double precision."""
        return self.k in (0, self.n) or not 0 < self.p < 1

    def settled(self) -> "Measured":
        """The rate itself; at an edge exactly 0 or 1, with a standard error of 0."""
        return replace(self, p=float(round(self.p)), se=0.0) if self.at_edge else self


@dataclass(frozen=True, slots=True)
class Limits:
    low: float
    high: float
    method: Method


def quantile(level: float, df: float) -> float:
    """The two-sided t quantile for ``level``; ``df`` need not be whole."""
    return float(special.stdtrit(df, 0.5 + level / 2))


def effective_n(rate: Measured, level: float) -> float:
    """Effective sample size, adjusted for the degrees of freedom and capped at n.

    ``min(n, p(1-p)/se^2 * (t(n-1)/t(df))^2)``; n at 0 and 100 % and where the
    standard error vanishes.

    Notes
    -----
    Korn and Graubard (1998), with the cap and the edge rule of the NCHS
    presentation standard (Parker et al. 2017, Series 2 no. 175).
    """
    if rate.at_edge or rate.se <= SMALLEST_SE:
        return float(rate.n)
    ratio = quantile(level, rate.n - 1) / quantile(level, rate.df)
    return min(float(rate.n), rate.p * (1 - rate.p) / rate.se**2 * ratio**2)


def rate_limits(rate: Measured, method: Method, level: float) -> Limits:
    """Limits of a rate; logit and Wald give way to Korn-Graubard at 0 and 100 %.

    Logit, Wilson and Wald use the t quantile of ``rate.df``; Wald limits may lie
    outside [0, 1].
    """
    if method is Method.WILSON:
        return _wilson(rate, level)
    if method is Method.KORN_GRAUBARD or rate.at_edge:
        return korn_graubard(rate, level)
    step = quantile(level, rate.df) * rate.se
    if method is Method.WALD:
        return Limits(rate.p - step, rate.p + step, method)
    center = log(rate.p / (1 - rate.p))
    step /= rate.p * (1 - rate.p)
    return Limits(_expit(center - step), _expit(center + step), method)


def korn_graubard(rate: Measured, level: float) -> Limits:
    """Clopper-Pearson limits with the effective sample size (Korn and Graubard 1998)."""
    rate = rate.settled()
    size = effective_n(rate, level)
    hits, misses = size * rate.p, size * (1 - rate.p)
    tail = (1 - level) / 2
    low = 0.0 if rate.p == 0 else float(special.betaincinv(hits, misses + 1, tail))
    high = 1.0 if rate.p == 1 else float(special.betaincinv(hits + 1, misses, 1 - tail))
    return Limits(low, high, Method.KORN_GRAUBARD)


def korn_graubard_limits(
    rate: Floats, se: Floats, n: Ints, hits: Ints, df: Ints, level: float
) -> tuple[Floats, Floats]:
    """Lower and upper limits of many rates at once, as ``korn_graubard`` has them of one.

    All arrays of one shape; ``df`` above 0 everywhere.
    """
    p, size = _settled(rate, n, hits), effective_sizes(rate, se, n, hits, df, level)
    yes, no = size * p, size * (1 - p)
    tail = 0.5 + level / 2
    with np.errstate(invalid="ignore"):
        low = np.where(p == 0, 0.0, special.betaincinv(yes, no + 1, 1 - tail))
        high = np.where(p == 1, 1.0, special.betaincinv(yes + 1, no, tail))
    return low, high


def effective_sizes(
    rate: Floats, se: Floats, n: Ints, hits: Ints, df: Ints, level: float
) -> Floats:
    """Effective sample sizes of many rates at once, as ``effective_n`` has them of one."""
    p = _settled(rate, n, hits)
    fixed = (p == 0) | (p == 1) | (se <= SMALLEST_SE)
    spread = np.where(fixed, 1.0, se)
    tail = 0.5 + level / 2
    ratio = special.stdtrit(n - 1.0, tail) / special.stdtrit(df, tail)
    with np.errstate(invalid="ignore"):
        return np.where(fixed, n, np.minimum(n, p * (1 - p) / spread**2 * ratio**2))


def many_rate_limits(
    rate: Floats, se: Floats, n: Ints, hits: Ints, df: Ints, method: Method, level: float
) -> tuple[Floats, Floats]:
    """Lower and upper limits of many rates at once, as ``rate_limits`` has them of one.

    Arrays as in ``korn_graubard_limits``.
    """
    t = special.stdtrit(df, 0.5 + level / 2)
    p = _settled(rate, n, hits)
    edge = (p == 0) | (p == 1)
    if method is Method.WILSON:
        return _wilson_limits(p, np.where(edge, 0.0, se), n, t)
    low, high = korn_graubard_limits(rate, se, n, hits, df, level)
    if method is Method.KORN_GRAUBARD:
        return low, high
    if method is Method.WALD:
        below, above = p - t * se, p + t * se
    else:
        inner = np.where(edge, 0.5, p)  # logit(0) is not finite; an edge takes the other limits
        center, step = special.logit(inner), t * se / (inner * (1 - inner))
        below, above = special.expit(center - step), special.expit(center + step)
    return np.where(edge, low, below), np.where(edge, high, above)


def _settled(rate: Floats, n: Ints, hits: Ints) -> Floats:
    """The rates themselves, at an edge exactly 0 or 1: ``Measured.settled`` of many."""
    edge = (hits == 0) | (hits == n) | ~((rate > 0) & (rate < 1))
    return np.where(edge, np.round(rate), rate)


def _wilson_limits(p: Floats, se: Floats, n: Ints, t: Floats) -> tuple[Floats, Floats]:
    fixed = se <= SMALLEST_SE
    m = np.where(fixed, n, p * (1 - p) / np.where(fixed, 1.0, se) ** 2)
    center = p + t * t / (2 * m)
    step = t * np.sqrt(p * (1 - p) / m + t * t / (4 * m * m))
    scale = 1 + t * t / m
    return np.maximum((center - step) / scale, 0.0), np.minimum((center + step) / scale, 1.0)


def mean_limits(mean: float, se: float, df: float, level: float) -> Limits:
    """Student limits of a mean score, in its own points."""
    step = quantile(level, df) * se
    return Limits(mean - step, mean + step, Method.T)


def _wilson(rate: Measured, level: float) -> Limits:
    """Score limits with n = p(1-p)/se^2 and a t quantile, as R survey 4.5 has them."""
    t, rate = quantile(level, rate.df), rate.settled()
    p, spread = rate.p, rate.p * (1 - rate.p)
    m = float(rate.n) if rate.se <= SMALLEST_SE else spread / rate.se**2
    center = p + t * t / (2 * m)
    step = t * sqrt(p * (1 - p) / m + t * t / (4 * m * m))
    scale = 1 + t * t / m
    low, high = (center - step) / scale, (center + step) / scale
    return Limits(max(low, 0.0), min(high, 1.0), Method.WILSON)


def _expit(x: float) -> float:
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))
