"""Means, totals, ratios and variances of a sample, in domains, and what follows from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from analysis.cells import Floats, Ints
from analysis.design import Estimate, Sampled
from analysis.errors import AnalysisError, DesignFaulty, MissingValues, NothingInDomain
from analysis.intervals import quantile
from analysis.strata import Flags

STEP = 1e-30  # of the complex step: its error is of the order of the square


class Reference(StrEnum):
    """The simple random sample that a design effect compares with."""

    WITHOUT_REPLACEMENT = "without replacement"
    WITH_REPLACEMENT = "with replacement"


def columns(values: ArrayLike, design: Sampled) -> Floats:
    """The values as an array of shape (R, Q), 0 outside the domain.

    Raises
    ------
    DesignFaulty
        Another number of rows than the design has.
    MissingValues
        Rows of the domain without a value.
    NothingInDomain
        No row of the domain has a weight.
    """
    table = np.asarray(values, float)
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or len(table) != len(design.in_domain):
        raise DesignFaulty(
            f"values: {len(design.in_domain)} rows expected, found shape {table.shape}"
        )
    if not (design.weights[design.in_domain] > 0).any():
        raise NothingInDomain
    # A respondent without a weight counts for nothing, whatever his value.
    asked = design.in_domain & (design.weights != 0)
    missing = int((~np.isfinite(table[asked])).any(axis=1).sum())
    if missing:
        raise MissingValues(missing)
    return np.where(asked[:, None], table, 0.0)


def whole_codes(given: ArrayLike, design: Sampled, name: str) -> Ints:
    """Codes of categories, shape (R,).

    Raises
    ------
    DesignFaulty
        Another number of rows than the design has, or other than whole numbers.
    """
    codes = np.asarray(given)
    if codes.shape != design.in_domain.shape or codes.dtype.kind not in "biu":
        raise DesignFaulty(
            f"{name}: {design.in_domain.size} whole-number codes expected,"
            f" found shape {codes.shape} of {codes.dtype}"
        )
    return codes.astype(np.int64)


def answered(values: ArrayLike) -> Flags:
    """Rows with a value in every column: the domain in which they can be estimated."""
    table = np.asarray(values, float)
    return np.asarray(np.isfinite(table.reshape(len(table), -1)).all(axis=1))


def mean(values: ArrayLike, design: Sampled) -> Estimate:
    """Weighted means of Q variables in the domain; of 0/1 variables, rates.

    Parameters
    ----------
    values : array, shape (R,) or (R, Q)

    Raises
    ------
    MissingValues
        Rows of the domain without a value; ``design.domain(answered(values))`` has all.

    Notes
    -----
    Ratio of two estimated totals, linearized (Binder 1983). R ``svymean``;
    reference cases ``mean``, ``domain``.
    """
    table = columns(values, design)

    def statistic(weights: Floats) -> Floats:
        return np.asarray(weights @ table / weights.sum(), float)

    def linearize(value: Floats) -> Floats:
        weights = np.where(design.in_domain, design.weights, 0.0)
        return np.asarray((table - value) * (weights / weights.sum())[:, None], float)

    return design.estimate(statistic, linearize)


def total(values: ArrayLike, design: Sampled) -> Estimate:
    """Weighted totals of Q variables in the domain.

    Notes
    -----
    Horvitz and Thompson (1952). R ``svytotal``; reference cases ``total``.
    """
    table = columns(values, design)

    def statistic(weights: Floats) -> Floats:
        return np.asarray(weights @ table, float)

    return design.estimate(statistic, lambda _: table * design.weights[:, None])


def ratio(numerator: ArrayLike, denominator: ArrayLike, design: Sampled) -> Estimate:
    """Ratio of two totals in the domain; Q numerators over one denominator.

    Raises
    ------
    DesignFaulty
        The denominator's total is 0.

    Notes
    -----
    Linearized (Binder 1983). R ``svyratio``; reference cases ``ratio``.
    """
    top, bottom = columns(numerator, design), columns(denominator, design)

    def statistic(weights: Floats) -> Floats:
        whole = weights @ bottom
        if not whole.all():
            raise DesignFaulty("the total of the denominator is 0")
        return np.asarray(weights @ top / whole, float)

    def linearize(value: Floats) -> Floats:
        weights = np.where(design.in_domain, design.weights, 0.0)
        return np.asarray((top - value * bottom) * (weights / (weights @ bottom))[:, None], float)

    return design.estimate(statistic, linearize)


def variance(values: ArrayLike, design: Sampled) -> Estimate:
    """Population variances and covariances of Q variables, Q * Q values row by row.

    Notes
    -----
    The weighted mean of products of deviations times n/(n - 1). By linearization the
    mean is taken as known, by replication each replicate has its own. R ``svyvar``;
    reference cases ``variance``.
    """
    table = columns(values, design)
    weights = np.where(design.in_domain, design.weights, 0.0)
    n = float(design.counts[weights != 0].sum())
    if n < 2:
        raise DesignFaulty("a variance needs two respondents")

    def products(of: Floats) -> Floats:
        deviation = table - of @ table / of.sum()
        pairs = (deviation[:, :, None] * deviation[:, None, :]).reshape(len(table), -1)
        return np.asarray(pairs * n / (n - 1), float)

    def statistic(of: Floats) -> Floats:
        return np.asarray(of @ products(of) / of.sum(), float)

    def linearize(value: Floats) -> Floats:
        return np.asarray((products(weights) - value) * (weights / weights.sum())[:, None], float)

    return design.estimate(statistic, linearize)


def design_effect(
    estimated: Estimate,
    values: ArrayLike,
    design: Sampled,
    *,
    of_total: bool = False,
    reference: Reference = Reference.WITHOUT_REPLACEMENT,
) -> Floats:
    """Variance of a mean or total over that in a simple random sample, shape (Q, Q).

    The sample compared with has as many respondents; without replacement the
    sum of the weights is its population.

    Raises
    ------
    DesignFaulty
        Weights that sum to less than the respondents, without replacement.

    Notes
    -----
    Kish (1965). R ``svymean(deff = TRUE)`` and ``deff = "replace"``; reference cases ``deff``.
    """
    weights = np.where(design.in_domain, design.weights, 0.0)
    size, n = weights.sum(), float(design.counts[weights != 0].sum())
    q = len(estimated.value)
    simple = variance(values, design).value.reshape(q, q) / n
    if reference is Reference.WITHOUT_REPLACEMENT:
        if size <= n:
            raise DesignFaulty("weights that sum to no more than the respondents are no population")
        simple = simple * (size - n) / size
    if of_total:
        simple = simple * size**2
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = estimated.covariance / simple
    if not np.isfinite(np.diag(effect)).all():
        raise DesignFaulty("a variable without spread has no design effect")
    return np.asarray(effect, float)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lower and upper limits, each of shape (Q,)."""

    low: Floats
    high: Floats


def wald_limits(estimated: Estimate, *, level: float, df: float = inf) -> Bounds:
    """Estimates minus and plus the t quantile of ``df`` times their errors.

    Not cut to a range: for rates see ``analysis.intervals.rate_limits``.
    R ``confint``; reference cases ``mean_ci``.
    """
    if not df > 0:
        raise DesignFaulty("no degrees of freedom are left")
    reach = quantile(level, df) * estimated.se
    return Bounds(estimated.value - reach, estimated.value + reach)


@dataclass(frozen=True, slots=True)
class ByDomain:
    """Estimates of the same quantities in D domains.

    Attributes
    ----------
    domains : int array, shape (D, V)
        Codes of the V domain variables; the first varies fastest.
    parts : tuple of Estimate or AnalysisError, length D
        Each as the domain alone would have it, or why it has none.
    designs : tuple of design, length D
    """

    domains: Ints
    parts: tuple[Estimate | AnalysisError, ...]
    designs: tuple[Sampled, ...]

    @property
    def df(self) -> Ints:
        """Degrees of freedom of each domain, shape (D,)."""
        return np.array([design.df for design in self.designs], np.int64)

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """The estimates of all domains; a refusal of one is raised."""
        for part in self.parts:
            if isinstance(part, AnalysisError):
                raise part
        return tuple(part for part in self.parts if isinstance(part, Estimate))


def by_domain(
    groups: Sequence[Ints], design: Sampled, estimator: Callable[[Sampled], Estimate]
) -> ByDomain:
    """Estimate in every combination of codes that occurs in the domain.

    Parameters
    ----------
    groups
        Codes of each domain variable, shape (R,); -1 where it is missing.
    estimator
        From the design of a domain to the estimate, for example
        ``lambda part: mean(values, part)``.

    Notes
    -----
    R ``svyby``; ``design.joint(found.estimates)`` has the covariances between the domains.
    """
    weighted = design.in_domain & (design.weights != 0)
    codes = np.stack([np.asarray(group, np.int64) for group in groups])
    known = weighted & (codes >= 0).all(axis=0)
    found = np.unique(codes[::-1, known], axis=1)[::-1].T
    parts: list[Estimate | AnalysisError] = []
    designs: list[Sampled] = []
    for domain in found:
        part = design.domain((domain == codes.T).all(axis=1))
        designs.append(part)
        try:
            parts.append(estimator(part))
        except AnalysisError as refusal:
            parts.append(refusal)
    return ByDomain(found, tuple(parts), tuple(designs))


def contrast(estimated: Estimate, coefficients: ArrayLike, names: tuple[str, ...] = ()) -> Estimate:
    """Linear combinations of estimates: ``coefficients`` of shape (Q,) or (K, Q).

    R ``svycontrast``; reference cases ``contrast``, ``trend``.
    """
    matrix = np.atleast_2d(np.asarray(coefficients, float))
    if matrix.shape[1] != len(estimated.value):
        raise DesignFaulty(
            f"coefficients: {len(estimated.value)} in each row expected, found {matrix.shape[1]}"
        )
    return Estimate(
        value=matrix @ estimated.value,
        covariance=matrix @ estimated.covariance @ matrix.T,
        linearized=_times(estimated.linearized, matrix.T),
        replicates=_times(estimated.replicates, matrix.T),
        names=names,
    )


def _times(values: Floats | None, matrix: Floats) -> Floats | None:
    return None if values is None else np.asarray(values @ matrix, float)


def function_of(
    estimated: Estimate, function: Callable[[np.ndarray], np.ndarray | complex]
) -> Estimate:
    """A smooth function of estimates, such as ``lambda v: np.log(v[0] / v[1])``.

    Parameters
    ----------
    function
        From the Q values to one or more numbers; made of operations that also
        hold for complex numbers (no ``abs``, no comparison).

    Raises
    ------
    DesignFaulty
        The function or its slope is not finite there.

    Notes
    -----
    Delta method; the slopes by a complex step (Squire and Trapp 1998), exact to
    rounding. R ``svycontrast(quote(...))``; reference cases ``contrast``.
    """
    at = estimated.value.astype(complex)
    with np.errstate(all="ignore"):
        value = np.atleast_1d(function(at)).real
        slopes = []
        for i in range(at.size):
            moved = at.copy()
            moved[i] += 1j * STEP
            slopes.append(np.atleast_1d(function(moved)).imag / STEP)
    slope = np.stack(slopes)
    if not (np.isfinite(value).all() and np.isfinite(slope).all()):
        raise DesignFaulty("the function has no finite value or slope at the estimates")
    found = contrast(estimated, slope.T)
    return replace(found, value=value, replicates=None)
