"""Generalized linear models of a sample, with errors by its design."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, special

from analysis.cells import Floats, Ints
from analysis.design import Estimate, Sampled
from analysis.errors import (
    ColumnsDependent,
    DesignFaulty,
    MissingValues,
    NotConverged,
    Separated,
)
from analysis.estimation import Bounds, columns, contrast, mean, wald_limits
from analysis.hypotheses import FTest, wald_test
from analysis.stops import Stop

SETTLED = 1e-12  # relative change of the linear predictor at which Newton's steps end
NEARLY = 1e-8  # a step this small that no longer shrinks is rounding
MOST_STEPS = 60
MOST_HALVINGS = 40
R_CHANGE = 1e-8  # of the deviance, at which R's glm ends
COLLINEAR = 1e-9  # of a column: what the others leave of it, below which it is rounding
FLAT = 1e-12  # of the usual curvature: with less the likelihood has no top in a direction
FALL = 1e-10  # relative fall of the likelihood below which it is rounding


class Family(StrEnum):
    """The variance of a value about its mean, with the canonical link.

    Quasi families have the same estimates and, as the errors come from the
    design, the same errors.
    """

    GAUSSIAN = "gaussian"
    BINOMIAL = "binomial"
    POISSON = "poisson"


@dataclass(frozen=True, slots=True)
class _Curve:
    """Mean by linear predictor, its slope, and the log-likelihood of one value."""

    mean: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    likelihood: Callable[[Floats, Floats], Floats]
    best: Callable[[Floats], Floats]
    """The log-likelihood of a value at itself."""


def _logistic_slope(eta: Floats) -> Floats:
    return np.asarray(special.expit(eta) * special.expit(-eta), float)


_CURVES = {
    Family.GAUSSIAN: _Curve(
        lambda eta: eta,
        np.ones_like,
        lambda y, eta: -((y - eta) ** 2) / 2,
        np.zeros_like,
    ),
    Family.BINOMIAL: _Curve(
        lambda eta: np.asarray(special.expit(eta), float),
        _logistic_slope,
        lambda y, eta: y * eta - np.logaddexp(0, eta),
        lambda y: np.asarray(special.xlogy(y, y) + special.xlogy(1 - y, 1 - y), float),
    ),
    Family.POISSON: _Curve(
        np.exp,
        np.exp,
        lambda y, eta: y * eta - np.exp(eta),
        lambda y: np.asarray(special.xlogy(y, y) - y, float),
    ),
}


@dataclass(frozen=True, slots=True)
class Coefficients:
    """A table with a row for each coefficient; arrays of shape (p,)."""

    names: tuple[str, ...]
    estimate: Floats
    se: Floats
    t: Floats
    p: Floats


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted generalized linear model.

    Attributes
    ----------
    coefficients : Estimate
        Q = p values, on the scale of the link.
    df_residual : int
        Degrees of freedom of the design plus 1 minus p; may be below 1, then there
        are neither limits nor tests.
    fitted : float array, shape (R,)
        Means by the model; 0 outside the domain.
    family : Family
    x : float array, shape (R, p)
        0 outside the domain.
    terms : tuple of str, length p
        The term that each column belongs to.
    """

    coefficients: Estimate
    df_residual: int
    fitted: Floats
    family: Family
    x: Floats
    terms: tuple[str, ...]

    def table(self) -> Coefficients:
        """Estimates, errors, t statistics and two-sided p values, as R ``summary``.

        Raises
        ------
        DesignFaulty
            No residual degrees of freedom, or a coefficient without spread.
        """
        found, se = self.coefficients, self.coefficients.se
        if self.df_residual < 1:
            raise DesignFaulty("no residual degrees of freedom are left")
        if not se.all():
            raise DesignFaulty("a coefficient without spread has no t statistic")
        t = found.value / se
        p = 2 * np.asarray(special.stdtr(self.df_residual, -np.abs(t)), float)
        return Coefficients(found.names, found.value, se, t, p)

    def limits(self, level: float) -> Bounds:
        """Wald limits with ``df_residual``, as R ``confint``."""
        if self.df_residual < 1:
            raise DesignFaulty("no residual degrees of freedom are left")
        return wald_limits(self.coefficients, level=level, df=self.df_residual)

    def predict(self, x: ArrayLike, *, link: bool = False) -> Estimate:
        """Means (or linear predictors) at rows ``x`` of shape (K, p), as R ``predict``."""
        at = np.atleast_2d(np.asarray(x, float))
        found = contrast(self.coefficients, at)
        if link:
            return found
        curve = _CURVES[self.family]
        slopes = contrast(self.coefficients, curve.slope(found.value)[:, None] * at)
        return Estimate(curve.mean(found.value), slopes.covariance, slopes.linearized)


@dataclass(frozen=True, slots=True)
class Margins:
    """Predicted mean of the domain's population, were all of it in each of K groups.

    Attributes
    ----------
    groups : int array, shape (K,)
        Codes, ascending.
    estimate : Estimate
        K values; without linearized values, as its covariance is a sum of two parts.
    model : Model
        With the groups after the first as further columns.
    """

    groups: Ints
    estimate: Estimate
    model: Model


def fit(
    x: ArrayLike,
    y: ArrayLike,
    design: Sampled,
    family: Family,
    *,
    names: Sequence[str] = (),
    terms: Sequence[str] = (),
    stop: Stop = Stop.CONVERGED,
) -> Model:
    """Fit a generalized linear model to the domain.

    Parameters
    ----------
    x : array, shape (R, p)
        Columns of the model, the intercept included as a column of ones.
    y : array, shape (R,)
        In [0, 1] for ``binomial``, at least 0 for ``poisson``.
    names, terms
        Of the p columns; a factor's columns share one term. Without terms each
        column is one, by its name or else its place.

    Raises
    ------
    MissingValues
        Rows of the domain without a value.
    ColumnsDependent
        Columns that are combinations of earlier ones.
    Separated
        Columns that tell exactly who has 0 or 1, so that no finite coefficients are best.
    NotConverged
        No maximum was found.
    DesignFaulty
        Values outside the family's range, negative weights, lengths that differ.

    Notes
    -----
    Pseudo-maximum likelihood (Binder 1983) by Newton's method. The errors are those
    of the score totals through the design, or of the coefficients from each set of
    replicate weights. R ``svyglm``; reference cases ``glm_gaussian``, ``glm_binomial``.
    """
    table, values = columns(x, design), columns(y, design)
    if values.shape[1] != 1:
        raise DesignFaulty(f"y: one variable expected, found {values.shape[1]}")
    width = table.shape[1]
    labels, groups = _labels(names, terms, width)
    outcome, asked = values[:, 0], design.in_domain & (design.weights != 0)
    _require_range(outcome[asked], family)
    if (design.weights[asked] < 0).any():
        raise DesignFaulty("negative weights fit no model")
    weights = np.where(design.in_domain, design.weights, 0.0)
    problem = _Problem(table, outcome, family, labels)
    at: Floats | None = None
    if stop is Stop.AS_R and family is not Family.GAUSSIAN:
        typical = float(design.weights.sum() / design.counts.sum())
        at, start = problem.as_r(weights / typical, design.counts)
    else:
        start = problem.solve(weights, None)

    def statistic(given: Floats) -> Floats:
        return start if np.array_equal(given, weights) else problem.solve(given, start)

    def linearize(value: Floats) -> Floats:
        return problem.influence(weights, value, at)

    found = design.estimate(statistic, linearize)
    named = Estimate(found.value, found.covariance, found.linearized, found.replicates, labels)
    means = np.where(asked, _CURVES[family].mean(table @ found.value), 0.0)
    return Model(named, design.df + 1 - width, means, family, table, groups)


def term_test(model: Model, term: str | Sequence[int]) -> FTest:
    """Whether all coefficients of a term (its name, or the places of its columns) are 0.

    Raises
    ------
    DesignFaulty
        No such term; no residual degrees of freedom; coefficients that do not vary
        freely of each other.

    Notes
    -----
    Wald's F. R ``regTermTest``; reference cases ``glm_termtest``.
    """
    if isinstance(term, str):
        places = [place for place, name in enumerate(model.terms) if name == term]
    else:
        places = list(term)
    if not places or not all(0 <= place < len(model.terms) for place in places):
        raise DesignFaulty(f"no term {term!r}; there are {', '.join(dict.fromkeys(model.terms))}")
    found = model.coefficients
    covariance = found.covariance[np.ix_(places, places)]
    return wald_test(found.value[places], covariance, model.df_residual)


def predictive_margins(
    x: ArrayLike, y: ArrayLike, group: ArrayLike, design: Sampled, family: Family
) -> Margins:
    """Mean outcome by group, adjusted for ``x``: predicted for everyone in each group.

    Parameters
    ----------
    x : array, shape (R, p)
        The model without the group, which is added to it.
    group : int array, shape (R,)
        Codes of two groups or more; -1 where missing.

    Raises
    ------
    MissingValues
        Rows of the domain without a value or group.
    ColumnsDependent, Separated, NotConverged, DesignFaulty
        As ``fit``; the group is a combination of columns of ``x``; one group.

    Notes
    -----
    Graubard and Korn (1999). The covariance adds that of the coefficients to that of
    the average over the sample's ``x``, as R ``svypredmeans`` does; the two are
    uncorrelated where the model holds. Reference cases ``glm_margins``.
    """
    table, codes = columns(x, design), np.asarray(group)
    asked = design.in_domain & (design.weights != 0)
    if codes.shape != asked.shape or codes.dtype.kind not in "biu":
        raise DesignFaulty(f"group: {asked.size} whole-number codes expected")
    missing = int((codes[asked] < 0).sum())
    if missing:
        raise MissingValues(missing)
    groups = np.unique(codes[asked]).astype(np.int64)
    if groups.size < 2:
        raise DesignFaulty("group: at least two groups expected")
    # With no intercept among the columns the first group needs one of its own.
    levels = groups[1:] if _spans_one(table[asked]) else groups
    member = (codes[:, None] == levels).astype(float)
    width = table.shape[1]
    labels = [str(place) for place in range(width)] + [f"group {level}" for level in levels]
    model = fit(np.hstack([table, member]), y, design, family, names=labels)
    weights = np.where(asked, design.weights, 0.0)
    curve, fits, slopes = _CURVES[family], [], []
    for level in groups:
        everyone = np.hstack([table, np.tile((levels == level).astype(float), (asked.size, 1))])
        eta = everyone @ model.coefficients.value
        fits.append(curve.mean(eta))
        slopes.append((weights * curve.slope(eta)) @ everyone / weights.sum())
    average = mean(np.stack(fits, axis=1), design)
    through = contrast(model.coefficients, np.stack(slopes))
    names = tuple(str(level) for level in groups.tolist())
    covariance = average.covariance + through.covariance
    return Margins(groups, Estimate(average.value, covariance, names=names), model)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Columns and outcome of a model; rows without a weight count for nothing."""

    x: Floats
    y: Floats
    family: Family
    names: tuple[str, ...]

    def solve(self, weights: Floats, start: Floats | None) -> Floats:
        """The coefficients of most weighted likelihood, shape (p,)."""
        used = weights > 0
        x, y, w = self.x[used], self.y[used], weights[used] / weights[used].sum()
        basis, triangle = _orthogonal(x, w, self.names)
        first = self._first(basis, y, w) if start is None else triangle @ start
        found = _newton(basis, y, w, self.family, first, self.names)
        return np.asarray(linalg.solve_triangular(triangle, found), float)

    def influence(self, weights: Floats, value: Floats, at: Floats | None) -> Floats:
        """Weighted linearized values of the coefficients, shape (R, p).

        ``at``: coefficients of the information, where other than ``value``.
        """
        used, curve = weights > 0, _CURVES[self.family]
        x, w = self.x[used], weights[used]
        basis, triangle = _orthogonal(x, w / w.sum(), self.names)
        eta = x @ value
        slope = curve.slope(eta if at is None else x @ at)
        turned = 1.0 if at is None else slope / curve.slope(eta)
        scores = basis * (w * turned * (self.y[used] - curve.mean(eta)))[:, None]
        information = (basis * (w * slope)[:, None]).T @ basis
        steps = linalg.cho_solve(linalg.cho_factor(information), scores.T)
        found = np.zeros(self.x.shape)
        found[used] = linalg.solve_triangular(triangle, steps).T
        return found

    def as_r(self, weights: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """The last two of R's steps from R's start, shape (p,) each.

        ``weights`` have a mean of 1 over the respondents.
        """
        used, curve = weights > 0, _CURVES[self.family]
        x, y, w = self.x[used], self.y[used], weights[used]
        basis, triangle = _orthogonal(x, w, self.names)
        if self.family is Family.BINOMIAL:
            each = w / counts[used]
            eta = np.asarray(special.logit((each * y + 0.5) / (each + 1)), float)
        else:
            eta = np.log(y + 0.1)
        before, last, most = np.inf, np.zeros(x.shape[1]), w @ curve.best(y)
        deviance = 2 * float(most - w @ curve.likelihood(y, eta))
        steps = 0
        while abs(deviance - before) >= R_CHANGE * (abs(deviance) + 0.1):
            steps += 1
            if steps > MOST_STEPS:
                raise NotConverged("the regression", MOST_STEPS)
            slope = curve.slope(eta)
            information = (basis * (w * slope)[:, None]).T @ basis
            moved = basis.T @ (w * (slope * eta + y - curve.mean(eta)))
            found = linalg.solve_triangular(triangle, linalg.solve(information, moved))
            previous, last = last, np.asarray(found, float)
            eta, before = x @ last, deviance
            deviance = 2 * float(most - w @ curve.likelihood(y, eta))
        return previous, last

    def _first(self, basis: Floats, y: Floats, w: Floats) -> Floats:
        """A regression of the links of means between each value and that of all."""
        if self.family is Family.GAUSSIAN:
            return np.zeros(basis.shape[1])
        middle = (y + w @ y) / 2
        link = special.logit if self.family is Family.BINOMIAL else np.log
        if not ((middle > 0).all() and (self.family is Family.POISSON or (middle < 1).all())):
            raise Separated(self.names)
        return np.asarray(basis.T @ (w * link(middle)), float)


def _newton(
    basis: Floats, y: Floats, w: Floats, family: Family, first: Floats, names: tuple[str, ...]
) -> Floats:
    """Newton's steps on an orthonormal basis, halved where the likelihood would fall."""
    curve, gamma, before = _CURVES[family], first, np.inf
    least = 0.0 if family is Family.GAUSSIAN else 1.0
    average = float(w @ y)
    usual = {Family.GAUSSIAN: 1.0, Family.BINOMIAL: average * (1 - average)}.get(family, average)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(MOST_STEPS):
            eta = basis @ gamma
            information = (basis * (w * curve.slope(eta))[:, None]).T @ basis
            curvatures, directions = linalg.eigh(information)
            if not curvatures[0] > FLAT * max(float(curvatures[-1]), usual):
                raise Separated(names)
            score = basis.T @ (w * (y - curve.mean(eta)))
            step = directions @ (directions.T @ score / curvatures)
            size = float(np.abs(basis @ step).max())
            scale = max(float(np.abs(eta).max()), least)
            gamma = _climb(lambda at: float(w @ curve.likelihood(y, basis @ at)), gamma, step)
            if size <= SETTLED * scale or (size <= NEARLY * scale and size > before / 2):
                return gamma
            before = size
    raise NotConverged("the regression", MOST_STEPS)


def _climb(height: Callable[[Floats], float], at: Floats, step: Floats) -> Floats:
    """The end of the step, or of a half, a quarter, … that does not lead down."""
    start = height(at)
    for _ in range(MOST_HALVINGS):
        if height(at + step) >= start - FALL * abs(start):
            return at + step
        step = step / 2
    return at


def _orthogonal(x: Floats, w: Floats, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Columns Z of weighted sums of products 0 and squares 1, and T with ``x = Z T``."""
    root = np.sqrt(w)[:, None]
    lengths = np.sqrt(w @ x**2)
    scaled = root * x / np.where(lengths > 0, lengths, 1.0)
    dependent = _dependent(scaled)
    if dependent:
        raise ColumnsDependent([names[place] for place in dependent])
    q, r = np.linalg.qr(scaled)
    return q / root, r * lengths


def _dependent(scaled: Floats) -> list[int]:
    """Places of columns that are combinations of those before them."""
    _, r = np.linalg.qr(scaled)
    pivots = np.abs(np.diag(r))
    if pivots.size == scaled.shape[1] and (pivots > COLLINEAR).all():
        return []
    found: list[int] = []
    basis = np.zeros((len(scaled), 0))
    for place in range(scaled.shape[1]):
        left = scaled[:, place] - basis @ (basis.T @ scaled[:, place])
        left = left - basis @ (basis.T @ left)  # twice is enough (Kahan)
        length = float(np.sqrt(left @ left))
        if length > COLLINEAR:
            basis = np.column_stack([basis, left / length])
        else:
            found.append(place)
    return found


def _labels(
    names: Sequence[str], terms: Sequence[str], width: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    labels = tuple(names) or tuple(str(place) for place in range(width))
    groups = tuple(terms) or labels
    if len(labels) != width or len(groups) != width:
        raise DesignFaulty(f"names and terms: {width} each expected")
    return labels, groups


def _require_range(y: Floats, family: Family) -> None:
    if family is Family.BINOMIAL and not ((y >= 0) & (y <= 1)).all():
        raise DesignFaulty("y: values from 0 to 1 expected")
    if family is Family.POISSON and not (y >= 0).all():
        raise DesignFaulty("y: values of at least 0 expected")


def _spans_one(table: Floats) -> bool:
    """Whether some combination of the columns is 1 in every row."""
    ones = np.ones(len(table))
    found = np.linalg.lstsq(table, ones, rcond=None)[0]
    return bool(np.abs(table @ found - ones).max() < COLLINEAR)
