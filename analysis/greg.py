"""Calibration of a design to totals: linear, raking and logit distances, with bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from analysis.cells import Floats
from analysis.design import Design
from analysis.errors import (
    ColumnsDependent,
    DesignFaulty,
    NotFinite,
    ShapesDisagree,
    TotalOutOfReach,
    TotalsNotMet,
)
from analysis.residuals import group_sums, with_rows
from analysis.steps import Adjusted, Reached, adjusted, refuse_domain, taking_part
from analysis.strata import Flags

MAX_STEPS = 200
TOLERANCE = 1e-12  # of the sum of absolute contributions to a total
SOLVED = 1e-13  # of the same, where the search ends
RIDGE = 1e-10  # of the mean curvature
INDEPENDENT = 1e-9  # length of a column's part that the columns before it do not explain
MAX_HALVINGS = 60
ARMIJO = 1e-4  # share of the promised descent that a step must keep
SETTLED = 0.5  # a step that halves the misses is taken as it is: near the end descent is rounding


class Distance(StrEnum):
    """Between the weights before and after; see Deville and Särndal (1992)."""

    LINEAR = "linear"
    RAKING = "raking"
    LOGIT = "logit"


@dataclass(frozen=True, slots=True)
class Factors:
    """Weight factors g(u) between bounds, with slope and integral; u has shape (R,)."""

    distance: Distance
    low: Floats
    high: Floats

    def at(self, u: Floats) -> tuple[Floats, Floats, Floats]:
        """The factors, their slopes and their integrals from any fixed point, each (R,)."""
        if self.distance is Distance.LOGIT:
            return self._logit(u)
        inner = np.clip(u, self._linear_at(self.low), self._linear_at(self.high))
        outside = u != inner
        if self.distance is Distance.LINEAR:
            factor, slope, integral = 1 + inner, np.ones_like(u), inner + inner**2 / 2
        else:
            factor = slope = integral = np.exp(inner)
        return factor, np.where(outside, 0.0, slope), integral + factor * (u - inner)

    def _linear_at(self, bound: Floats) -> Floats:
        """The u that has this factor."""
        if self.distance is Distance.LINEAR:
            return bound - 1
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(bound, 0.0)), float)

    def _logit(self, u: Floats) -> tuple[Floats, Floats, Floats]:
        width = self.high - self.low
        rate = width / ((self.high - 1) * (1 - self.low))
        at = rate * u + np.log((1 - self.low) / (self.high - 1))
        share = np.exp(-np.logaddexp(0.0, -at))
        integral = self.low * u + width / rate * np.logaddexp(0.0, at)
        return self.low + width * share, width * rate * share * (1 - share), integral


@dataclass(frozen=True, slots=True)
class RegressionResiduals:
    """Residuals of a regression on the calibration columns with the weights before.

    Attributes
    ----------
    part : bool array, shape (R,)
        Rows that take part and have a weight after it.
    basis : float array, shape (P, C)
        Columns that are orthonormal with weights ``fit``.
    fit, after : float array, shape (P,)
        Weights of the regression, and after the calibration.
    """

    part: Flags
    basis: Floats
    fit: Floats
    after: Floats

    def __call__(self, linearized: Floats) -> Floats:
        single = linearized[self.part] * (self.fit / self.after)[:, None]
        fit = (self.basis @ (self.basis.T @ single)) * self.after[:, None]
        return with_rows(linearized, self.part, linearized[self.part] - fit)


def calibrate(
    design: Design,
    columns: ArrayLike,
    totals: ArrayLike,
    *,
    distance: Distance | str = Distance.LINEAR,
    bounds: tuple[ArrayLike, ArrayLike] = (-inf, inf),
    within: ArrayLike | None = None,
    variance: ArrayLike | None = None,
    names: Sequence[str] = (),
) -> Adjusted:
    """Weights nearest to the present ones whose totals of the columns are known.

    Parameters
    ----------
    columns : array, shape (R, C)
        Values of one respondent of each row, the intercept included where it is meant.
    totals : array, shape (C,)
    distance : Distance
        ``linear`` may give weights below 0 unless bounded; ``logit`` needs bounds around 1.
    bounds : (low, high)
        Of the factor new weight / weight; each a number or an array of shape (R,).
    within : int array, shape (R,), optional
        Clusters in which the factor is the same, from the cluster's weighted means.
    variance : array, shape (R,), optional
        Residual variance of each respondent, up to a constant.
    names : sequence of str
        Of the columns, for refusals and the trace.

    Raises
    ------
    ColumnsDependent
        Columns that are combinations of those before them; all 0 with a total other than 0.
    TotalOutOfReach, TotalsNotMet
        No weights within the bounds have a total, or all totals together.
    NotFinite, ShapesDisagree, DesignFaulty
        Faulty values, shapes or bounds; a design restricted to a domain.

    Notes
    -----
    Deville and Särndal (1992). Standard errors by the residuals of the regression
    with the weights before calibration, times the weight after it; rows whose weight
    became 0 leave the regression. R ``calibrate(calfun=, bounds=, aggregate.stage=)``,
    whose ``variance`` is left out of the residuals unless linear; R averages weights
    and values in a cluster without weights, which meets the totals only where weights
    are equal there. Reference cases ``calibrate_linear``, ``calibrate_raking``,
    ``calibrate_logit``, ``calibrate_bounded``.
    """
    refuse_domain(design)
    part = taking_part(design)
    table, target, labels = _columns(columns, totals, names, part)
    weights, counts = design.weights[part], design.counts[part]
    if (weights < 0).any():
        raise DesignFaulty("weights below 0 cannot be calibrated")
    spread = np.ones(len(weights)) if variance is None else _variances(variance, part)
    if within is not None:
        weights, table, spread = _averaged(within, part, weights, counts, table, spread)
    table, target, labels = _without_zero(table, target, labels)
    factors = _factors(Distance(distance), bounds, part)
    _refuse_out_of_reach(table * weights[:, None], target, labels, factors)
    fit = weights / spread
    basis, triangle = _orthonormal(table, fit, labels)
    rotated = linalg.solve_triangular(triangle.T, target, lower=True)
    factor = _solved(basis, rotated, weights, spread, factors)
    final = weights * factor
    _refuse_missed(table, target, labels, final)

    kept = factor != 0
    if not kept.all():
        basis = _spanned(basis[kept], fit[kept])
    inside = part.copy()
    inside[part] = kept
    step = RegressionResiduals(inside, basis, fit[kept], final[kept])
    reached = Reached("totals", labels, weights @ table, target, final @ table)
    after = with_rows(design.weights, part, design.weights[part] * factor)
    return adjusted(design, after, step, [reached])


def _columns(
    columns: ArrayLike, totals: ArrayLike, names: Sequence[str], part: Flags
) -> tuple[Floats, Floats, tuple[str, ...]]:
    table, target = np.asarray(columns, float), np.asarray(totals, float)
    if table.ndim != 2 or len(table) != len(part):
        raise ShapesDisagree("columns", table.shape, (len(part), None))
    size = table.shape[1]
    if target.shape != (size,):
        raise ShapesDisagree("totals", target.shape, (size,))
    if names and len(names) != size:
        raise ShapesDisagree("names", (len(names),), (size,))
    if not size:
        raise DesignFaulty("columns: one or more expected")
    labels = tuple(names) or tuple(f"column {number}" for number in range(size))
    finite = np.isfinite(table[part]).all(axis=0)
    if not finite.all():
        raise NotFinite(labels[int(finite.argmin())])
    if not np.isfinite(target).all():
        raise NotFinite("totals")
    return table[part], target, labels


def _variances(given: ArrayLike, part: Flags) -> Floats:
    spread = np.asarray(given, float)
    if spread.shape != part.shape:
        raise ShapesDisagree("variance", spread.shape, part.shape)
    if not (np.isfinite(spread[part]).all() and (spread[part] > 0).all()):
        raise DesignFaulty("variance: finite numbers above 0 expected")
    return spread[part]


def _averaged(
    within: ArrayLike, part: Flags, weights: Floats, counts: Floats, table: Floats, spread: Floats
) -> tuple[Floats, Floats, Floats]:
    """Weights, columns and variances as their means in each cluster."""
    given = np.asarray(within)
    if given.shape != part.shape:
        raise ShapesDisagree("within", given.shape, part.shape)
    _, cluster = np.unique(given[part], return_inverse=True)
    cluster = cluster.reshape(-1).astype(np.int64)
    size = int(cluster.max()) + 1
    whole, respondents = group_sums(weights, cluster, size), group_sums(counts, cluster, size)

    def mean(values: Floats) -> Floats:
        return (group_sums(values * weights, cluster, size) / whole)[cluster]

    averaged = np.stack([mean(column) for column in table.T], axis=1)
    return counts * (whole / respondents)[cluster], averaged, mean(spread)


def _without_zero(
    table: Floats, target: Floats, labels: tuple[str, ...]
) -> tuple[Floats, Floats, tuple[str, ...]]:
    """The columns that are not 0 throughout; for those no total but 0 can be met."""
    zero = ~(table != 0).any(axis=0)
    wrong = zero & (target != 0)
    if wrong.any():
        worst = int(wrong.argmax())
        raise TotalOutOfReach(labels[worst], 0.0, 0.0, float(target[worst]))
    if zero.all():
        raise DesignFaulty("columns: values other than 0 expected")
    kept = tuple(label for label, gone in zip(labels, zero, strict=True) if not gone)
    return table[:, ~zero], target[~zero], kept


def _factors(distance: Distance, bounds: tuple[ArrayLike, ArrayLike], part: Flags) -> Factors:
    ends = []
    for given in bounds:
        bound = np.asarray(given, float)
        if bound.shape not in {(), part.shape}:
            raise ShapesDisagree("bounds", bound.shape, part.shape)
        ends.append(np.broadcast_to(bound, part.shape)[part])
    low, high = ends
    if not (low <= high).all():
        raise DesignFaulty("bounds: low at most high expected")
    if distance is Distance.RAKING:
        low = np.maximum(low, 0.0)
        if not (high > 0).all():
            raise DesignFaulty("bounds: high above 0 expected with raking")
    if distance is Distance.LOGIT:
        finite = np.isfinite(low).all() and np.isfinite(high).all()
        if not (finite and (low < 1).all() and (high > 1).all()):
            raise DesignFaulty("bounds: finite, low below 1 and high above 1 expected with logit")
    return Factors(distance, low, high)


def _refuse_out_of_reach(
    contributions: Floats, target: Floats, labels: Sequence[str], factors: Factors
) -> None:
    for name, column, total in zip(labels, contributions.T, target.tolist(), strict=True):
        up, down = column > 0, column < 0
        low = (column[up] @ factors.low[up]) + (column[down] @ factors.high[down])
        high = (column[up] @ factors.high[up]) + (column[down] @ factors.low[down])
        slack = TOLERANCE * float(np.abs(column).sum())
        if not low - slack <= total <= high + slack:
            raise TotalOutOfReach(name, float(low), float(high), total)


def _orthonormal(table: Floats, fit: Floats, labels: Sequence[str]) -> tuple[Floats, Floats]:
    """Columns orthonormal with weights ``fit``, and the triangle that gives the table back."""
    root = np.sqrt(fit)[:, None]
    rooted = table * root
    length = np.sqrt((rooted**2).sum(axis=0))
    basis, triangle = np.linalg.qr(rooted / length)
    own = np.zeros(len(labels))
    own[: len(triangle)] = np.abs(np.diag(triangle))
    if (own < INDEPENDENT).any():
        raise ColumnsDependent([labels[c] for c in np.flatnonzero(own < INDEPENDENT).tolist()])
    return basis / root, triangle * length


def _spanned(basis: Floats, fit: Floats) -> Floats:
    """Columns orthonormal with weights ``fit`` for what is left of a basis in fewer rows."""
    root = np.sqrt(fit)[:, None]
    left, length, _ = np.linalg.svd(basis * root, full_matrices=False)
    return np.asarray(left[:, length > INDEPENDENT] / root, float)


def _solved(
    basis: Floats, target: Floats, weights: Floats, spread: Floats, factors: Factors
) -> Floats:
    """Factors with which the basis has the target totals, by Newton's method.

    The totals are the slope of a convex function (Deville and Särndal 1992), so
    that a step halved until that function falls leads to them wherever they can be met.
    """

    def at(multiplier: Floats) -> tuple[Floats, Floats, Floats, float]:
        with np.errstate(over="ignore", invalid="ignore"):
            factor, slope, integral = factors.at(basis @ multiplier / spread)
            miss = basis.T @ (weights * factor) - target
            value = float(weights * spread @ integral - multiplier @ target)
        return factor, slope, miss, value

    multiplier, sizes = np.zeros(len(target)), np.abs(basis)
    factor, slope, miss, value = at(multiplier)
    for _ in range(MAX_STEPS):
        if (np.abs(miss) <= SOLVED * ((weights * np.abs(factor)) @ sizes)).all():
            break
        curvature = (basis * (weights / spread * slope)[:, None]).T @ basis
        # Where all weights are at a bound the function is flat: any way down will do.
        ridge = RIDGE * (np.trace(curvature) / len(target) or 1.0)
        step = -linalg.solve(curvature + ridge * np.eye(len(target)), miss, assume_a="pos")
        for _ in range(MAX_HALVINGS):
            found = at(multiplier + step)
            falls = found[3] <= value + ARMIJO * float(step @ miss)
            nears = np.abs(found[2]).max() <= SETTLED * np.abs(miss).max()
            if np.isfinite(found[3]) and (falls or nears):
                break
            step = step / 2
        else:
            break  # as near as rounding allows; the caller judges how near that is
        multiplier = multiplier + step
        factor, slope, miss, value = found
    return factor


def _refuse_missed(table: Floats, target: Floats, labels: Sequence[str], weights: Floats) -> None:
    reached = weights @ table
    scale = np.abs(weights) @ np.abs(table) + np.abs(target)
    miss = np.abs(reached - target) / scale
    worst = int(miss.argmax())
    if not miss[worst] <= TOLERANCE:
        raise TotalsNotMet(labels[worst], float(reached[worst]), float(target[worst]))
