"""Rates of a sample design with confidence limits, by the methods of R's svyciprop and our own."""

from dataclasses import dataclass
from enum import StrEnum
from math import asin, log, pi, sin, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from analysis.cells import Floats
from analysis.design import Estimate, Sampled
from analysis.errors import DesignFaulty
from analysis.estimation import columns, mean
from analysis.intervals import (
    SMALLEST_SE,
    Limits,
    Measured,
    Method,
    korn_graubard,
    quantile,
    rate_limits,
)
from analysis.strata import Flags

XTOL = 1e-14
FARTHEST = 700.0  # on the log-odds scale: beyond it a rate is 0 or 1 in double precision


class RateMethod(StrEnum):
    """How limits are found; all but the first as R's ``svyciprop`` names them."""

    KORN_GRAUBARD = "korn-graubard"
    LOGIT = "logit"
    LIKELIHOOD = "likelihood"
    ASIN = "asin"
    BETA = "beta"
    MEAN = "mean"
    XLOGIT = "xlogit"
    WILSON = "wilson"


@dataclass(frozen=True, slots=True)
class Proportion:
    """A rate with limits.

    Attributes
    ----------
    estimate : Estimate
        Of one quantity.
    low, high : float
        Within [0, 1], but for ``mean``, whose limits may leave it.
    method : RateMethod
        The one used: ``korn-graubard`` where the one asked for has no limits.
    n, k : int
        Respondents with a weight, and of these in the numerator.
    df : float
    """

    estimate: Estimate
    low: float
    high: float
    method: RateMethod
    n: int
    k: int
    df: float

    @property
    def p(self) -> float:
        return float(self.estimate.value[0])

    @property
    def se(self) -> float:
        return float(self.estimate.se[0])


def rate(
    values: ArrayLike,
    design: Sampled,
    method: RateMethod | str = RateMethod.KORN_GRAUBARD,
    *,
    level: float = 0.95,
    df: float | None = None,
    asked: Sampled | None = None,
) -> Proportion:
    """Share of the domain with the value 1, and its limits at a level.

    Parameters
    ----------
    values : array, shape (R,)
        0 or 1 in the domain.
    level : float
        Above 0 and below 1.
    df : float, optional
        Degrees of freedom, by default those of ``asked``; infinite for normal quantiles.
    asked : design, optional
        The domain with those who did not answer still in it, as R's ``na.rm=TRUE`` has it:
        ``df``, for ``beta`` the sample size, and for ``likelihood`` the mean weight are
        taken from it. By default ``design`` itself.

    Raises
    ------
    MissingValues
        Rows of the domain without a value: ask for ``design.domain(answered(values))``.
    DesignFaulty
        Values other than 0 and 1; no degrees of freedom are left, as with one cluster.

    Notes
    -----
    ``korn-graubard``: Clopper-Pearson limits with an effective sample size of at most n
    (Korn and Graubard 1998; NCHS, Parker et al. 2017); ``beta`` is R's, without that cap,
    and with the degrees of freedom of ``asked`` whatever ``df`` says.
    ``likelihood``: where the deviance, scaled by the design effect (Rao and Scott 1984),
    reaches the squared t quantile times R's dispersion, which is n/(n - 1) and, with
    ``asked``, as much larger as the mean weight of those who answered. ``logit`` in R is
    an iteration that stops near ``xlogit``; here both are the closed form. ``asin`` limits
    stop at 0 and 1, where R's turn back. ``wilson``: score limits with n = p(1 - p)/se^2.
    At 0 and 100 %, and where all clusters have the same share, so that the standard
    error is 0, ``wilson`` has n respondents as they are and every other
    method gives way to ``korn-graubard`` with n; R gives no limits or a
    width of 0 there. Reference cases ``prop_ci``, ``prop_ci_edge``, ``domain_prop_ci``.
    """
    wanted = RateMethod(method)
    if not 0 < level < 1:
        raise DesignFaulty(f"level: above 0 and below 1 expected, found {level!r}")
    table = _zeros_and_ones(values, design)
    estimate = mean(table, design)
    rows = _weighted(design)
    whole = design if asked is None else asked
    freedom = float(whole.df if df is None else df)
    if not freedom > 0:
        raise DesignFaulty("no degrees of freedom are left")
    measured = Measured(
        p=float(estimate.value[0]),
        se=float(estimate.se[0]),
        n=int(design.counts[rows].sum()),
        k=int(design.counts[rows] @ table[rows, 0]),
        df=freedom,
    )
    limits, used = _limits(measured, wanted, level, design, whole)
    return Proportion(estimate, limits.low, limits.high, used, measured.n, measured.k, freedom)


def _zeros_and_ones(values: ArrayLike, design: Sampled) -> Floats:
    table = columns(values, design)
    if table.shape[1] != 1 or not np.isin(table, (0.0, 1.0)).all():
        raise DesignFaulty("values: one column of 0 and 1 expected")
    return table


def _weighted(design: Sampled) -> Flags:
    return np.asarray(design.in_domain & (design.weights != 0))


def _limits(
    rate: Measured, method: RateMethod, level: float, design: Sampled, asked: Sampled
) -> tuple[Limits, RateMethod]:
    if method is RateMethod.WILSON:
        return rate_limits(rate, Method.WILSON, level), method
    flat = rate.at_edge or rate.se <= SMALLEST_SE
    if flat or method is RateMethod.KORN_GRAUBARD:
        return korn_graubard(rate, level), RateMethod.KORN_GRAUBARD
    match method:
        case RateMethod.MEAN:
            found = rate_limits(rate, Method.WALD, level)
        case RateMethod.LOGIT | RateMethod.XLOGIT:
            found = rate_limits(rate, Method.LOGIT, level)
        case RateMethod.ASIN:
            found = _arcsine(rate, level)
        case RateMethod.BETA:
            found = _beta(rate, level, asked)
        case RateMethod.LIKELIHOOD:
            found = _likelihood(rate, level, _dispersion(design, asked))
    return found, method


def _arcsine(rate: Measured, level: float) -> Limits:
    """Limits on the scale of the angle whose squared sine is the rate."""
    center = asin(sqrt(rate.p))
    step = quantile(level, rate.df) * rate.se / (2 * sqrt(rate.p * (1 - rate.p)))
    low, high = max(center - step, 0.0), min(center + step, pi / 2)
    return Limits(sin(low) ** 2, sin(high) ** 2, Method.WALD)


def _beta(rate: Measured, level: float, asked: Sampled) -> Limits:
    """Clopper-Pearson limits with an effective sample size without a cap."""
    if not asked.df > 0:
        raise DesignFaulty("no degrees of freedom are left")
    rows = _weighted(asked)
    ratio = quantile(level, float(asked.counts[rows].sum()) - 1) / quantile(level, asked.df)
    size = rate.p * (1 - rate.p) / rate.se**2 * ratio**2
    hits, misses = size * rate.p, size * (1 - rate.p)
    tail = (1 - level) / 2
    low = float(special.betaincinv(hits, misses + 1, tail))
    return Limits(low, float(special.betaincinv(hits + 1, misses, 1 - tail)), Method.KORN_GRAUBARD)


def _dispersion(design: Sampled, asked: Sampled) -> float:
    """Sum of the answers' weights over n - 1, weights scaled to mean 1 among all asked."""
    rows, whole = _weighted(design), _weighted(asked)
    mean_weight = float(asked.weights[whole].sum() / asked.counts[whole].sum())
    n = float(design.counts[rows].sum())
    return float(design.weights[rows].sum()) / mean_weight / (n - 1)


def _likelihood(rate: Measured, level: float, dispersion: float) -> Limits:
    """Where the mean deviance is the squared t quantile of the design, times the dispersion."""
    p, q = rate.p, 1 - rate.p
    reach = dispersion * quantile(level, rate.df) ** 2 * rate.se**2 / (p * q)
    center = log(p / q)

    def miss(logit: float) -> float:
        other = np.logaddexp(0.0, -logit), np.logaddexp(0.0, logit)
        return float(2 * (p * (log(p) + other[0]) + q * (log(q) + other[1])) - reach)

    low, high = (
        float(special.expit(optimize.brentq(miss, center, end, xtol=XTOL)))
        for end in (-FARTHEST, FARTHEST)
    )
    return Limits(low, high, Method.LOGIT)
