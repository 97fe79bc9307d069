"""Quantiles of a sample, with limits by its design."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import asin, isfinite, log, pi, sin, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.cells import Floats
from analysis.design import Sampled
from analysis.errors import DesignFaulty
from analysis.estimation import columns, mean
from analysis.intervals import quantile as student

ROUNDING = 1e-12  # of the whole: shares of the weight that differ by less are the same


class Rule(StrEnum):
    """What is a quantile of weighted values; hf as in Hyndman and Fan (1996).

    ``math`` (= ``hf1``) is the least value up to which the share is at least p; ``school``
    (= ``hf2``) is half-way to the next one where the share is exactly p. The others
    interpolate between respondents. Where equal values have unequal weights these
    depend on the order of the rows, as in R.
    """

    MATH = "math"
    SCHOOL = "school"
    HF1 = "hf1"
    HF2 = "hf2"
    HF4 = "hf4"
    HF5 = "hf5"
    HF6 = "hf6"
    HF7 = "hf7"
    HF8 = "hf8"
    HF9 = "hf9"


class IntervalOf(StrEnum):
    """Where the limits of a quantile come from.

    ``mean``, ``xlogit``, ``asin``, ``beta``: limits of the share up to the quantile (Woodruff
    1952) on its own scale, on the logit or arcsine scale, or after Korn and Graubard;
    the quantiles at these shares are the limits. ``score``: inversion of a test of the
    share. ``quantile``: Student limits from the quantiles of replicates.
    """

    MEAN = "mean"
    XLOGIT = "xlogit"
    ASIN = "asin"
    BETA = "beta"
    SCORE = "score"
    QUANTILE = "quantile"


@dataclass(frozen=True, slots=True)
class Quantile:
    """One quantile.

    Attributes
    ----------
    probability, value : float
    low, high : float or None
        None where the sample does not reach as far: the limit of the share lies
        outside 0 to 1, or does not exist since all or no values are below.
    se : float or None
        Distance of the limits over twice the t quantile; None without both limits.
    """

    probability: float
    value: float
    low: float | None
    high: float | None
    se: float | None


# Place of a respondent: its start plus a times its weight, over the sum plus b times the last.
_PLACES = {
    Rule.HF4: (1.0, 0.0),
    Rule.HF5: (1 / 2, 0.0),
    Rule.HF6: (1.0, 1.0),
    Rule.HF7: (0.0, -1.0),
    Rule.HF8: (2 / 3, 1 / 3),
    Rule.HF9: (5 / 8, 1 / 4),
}


@dataclass(frozen=True, slots=True)
class _Ordered:
    """Rows with a weight in ascending value, equal ones as listed.

    Attributes
    ----------
    values, weights, each : float arrays, shape (M,)
        ``each`` is the weight of one respondent of the row.
    ends : float array, shape (M,)
        Sum of the weights up to and with the row.
    """

    values: Floats
    weights: Floats
    each: Floats
    ends: Floats

    @classmethod
    def of(cls, values: Floats, weights: Floats, counts: Floats) -> "_Ordered":
        used = np.flatnonzero(weights)
        if not used.size:
            raise DesignFaulty("no row has a weight, or none in a replicate")
        order = used[np.argsort(values[used], kind="stable")]
        w = weights[order]
        return cls(values[order], w, w / counts[order], np.cumsum(w))

    def quantile(self, share: float, rule: Rule) -> float:
        if rule in _PLACES:
            return self._interpolated(share, *_PLACES[rule])
        edge = self.ends[-1] * ROUNDING
        goal = share * self.ends[-1]
        at = min(int(np.searchsorted(self.ends, goal - edge)), self.values.size - 1)
        exact = abs(self.ends[at] - goal) <= edge and at + 1 < self.values.size
        if exact and rule in {Rule.SCHOOL, Rule.HF2}:
            return float(self.values[at] + self.values[at + 1]) / 2
        return float(self.values[at])

    def _interpolated(self, share: float, inside: float, beyond: float) -> float:
        """Between the places of respondents; the first and last of a row stand for all of it."""
        whole = self.ends[-1] + beyond * self.each[-1]
        if self.values[0] == self.values[-1] or whole <= 0:
            return float(self.values[-1])
        starts = self.ends - self.weights
        first = starts + inside * self.each
        last = self.ends - (1 - inside) * self.each
        places = np.stack([first, last], axis=1).reshape(-1) / whole
        return float(np.interp(share, places, np.repeat(self.values, 2)))


def quantile(
    values: ArrayLike, design: Sampled, probability: float, rule: Rule = Rule.MATH
) -> float:
    """A quantile of one variable in the domain, without limits.

    Raises
    ------
    DesignFaulty
        A probability outside 0 to 1, negative weights, several variables.
    MissingValues
        Rows of the domain without a value.
    """
    table = _table(values, design)
    return _whole(table, design).quantile(_checked(probability), rule)


def quantiles(
    values: ArrayLike,
    design: Sampled,
    probabilities: Sequence[float],
    *,
    rule: Rule = Rule.MATH,
    interval: IntervalOf = IntervalOf.MEAN,
    level: float = 0.95,
    df: float | None = None,
) -> tuple[Quantile, ...]:
    """Quantiles of one variable in the domain, with limits and errors.

    Parameters
    ----------
    values : array, shape (R,)
    df
        Degrees of freedom, infinite for normal limits; by default those of the
        design. Limits of ``beta`` keep those of the design, as in R.

    Raises
    ------
    DesignFaulty
        A probability outside 0 to 1, negative weights, no degrees of freedom,
        ``quantile`` limits of a design without replicates.
    MissingValues
        Rows of the domain without a value.

    Notes
    -----
    Woodruff (1952), Francisco and Fuller (1991), Korn and Graubard (1998). R ``svyquantile``,
    also in two customs: ``score`` limits are the rule's quantiles at the unweighted share
    of respondents up to the point where the test turns, and ``se`` is None where R
    has NaN. Other than R, ``math`` gives the first value for shares within its weight.
    Reference cases ``quantile``.
    """
    table = _table(values, design)
    freedom = float(design.df) if df is None else df
    if not (freedom > 0 and design.df > 0):
        raise DesignFaulty("no degrees of freedom are left")
    ordered = _whole(table, design)
    found = []
    for probability in probabilities:
        value = ordered.quantile(_checked(probability), rule)
        asked = _Asked(table, design, ordered, probability, rule, level, freedom)
        low, high = asked.limits(value, interval)
        se = None
        if low is not None and high is not None:
            se = (high - low) / (2 * student(level, freedom))
        found.append(Quantile(probability, value, low, high, se))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that the limits of one quantile depend on."""

    table: Floats
    design: Sampled
    ordered: _Ordered
    probability: float
    rule: Rule
    level: float
    df: float

    def limits(self, value: float, interval: IntervalOf) -> tuple[float | None, float | None]:
        if interval is IntervalOf.QUANTILE:
            return self._of_replicates(value)
        if interval is IntervalOf.SCORE:
            t = student(self.level, self.df)
            return self._turning(t), self._turning(-t)
        low, high = self._share_limits(value, interval)
        # A limit outside 0 to 1 is no share of the sample.
        within_low = isfinite(low) and low >= 0
        within_high = isfinite(high) and high <= 1
        return (
            self.ordered.quantile(low, self.rule) if within_low else None,
            self.ordered.quantile(high, self.rule) if within_high else None,
        )

    def _share_limits(self, value: float, interval: IntervalOf) -> tuple[float, float]:
        """Limits of the share of values up to ``value``; nan where they do not exist."""
        found = mean(self.table <= value, self.design)
        p, se = float(found.value[0]), float(found.se[0])
        t = student(self.level, self.df)
        if interval is IntervalOf.MEAN:
            return p - t * se, p + t * se
        if not (0 < p < 1 and se > 0):
            return float("nan"), float("nan")
        if interval is IntervalOf.XLOGIT:
            center, step = log(p / (1 - p)), t * se / (p * (1 - p))
            return float(special.expit(center - step)), float(special.expit(center + step))
        if interval is IntervalOf.ASIN:
            center, step = asin(sqrt(p)), t * se / (2 * sqrt(p * (1 - p)))
            low, high = center - step, center + step
            # Beyond a quarter turn the sine would come back.
            return sin(low) ** 2 if low >= 0 else -1.0, sin(high) ** 2 if high <= pi / 2 else 2.0
        ratio = student(self.level, self._respondents() - 1) / student(self.level, self.design.df)
        size, tail = p * (1 - p) / se**2 * ratio**2, (1 - self.level) / 2
        below, above = size * p, size * (1 - p)
        low = float(special.betaincinv(below, above + 1, tail))
        return low, float(special.betaincinv(below + 1, above, 1 - tail))

    def _turning(self, t: float) -> float | None:
        """The quantile at the point where the test statistic of the share falls below ``t``."""
        points = np.unique(self.ordered.values)
        # Between its first and last value the statistic is a step function that falls;
        # halving finds where, as R's root search does.
        low, high = 0, points.size - 2
        if high < 0 or not self._score(points[0]) > t >= self._score(points[high]):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._score(points[middle]) > t else (low, middle)
        nearer_above = abs(self._score(points[high]) - t) <= abs(self._score(points[low]) - t)
        turn = points[high if nearer_above else low]
        used = self.design.in_domain & (self.design.weights != 0)
        counts = np.where(used, self.design.counts, 0.0)
        share = float(counts[self.table <= turn].sum() / counts.sum())
        return self.ordered.quantile(share, self.rule)

    def _score(self, theta: float) -> float:
        """Share above ``theta`` minus that wanted, over its error."""
        found = mean((self.table > theta) - (1 - self.probability), self.design)
        value, se = float(found.value[0]), float(found.se[0])
        return value / se if se > 0 else float(np.sign(value)) * np.inf

    def _of_replicates(self, value: float) -> tuple[float, float]:
        counts = self.design.counts

        def statistic(weights: Floats) -> Floats:
            part = _Ordered.of(self.table, weights, counts)
            return np.array([part.quantile(self.probability, self.rule)])

        def linearize(_: Floats) -> Floats:
            raise DesignFaulty("limits from the quantiles of replicates need replicates")

        se = float(self.design.estimate(statistic, linearize).se[0])
        t = student(self.level, self.df)
        return value - t * se, value + t * se

    def _respondents(self) -> float:
        used = self.design.in_domain & (self.design.weights != 0)
        return float(self.design.counts[used].sum())


def _table(values: ArrayLike, design: Sampled) -> Floats:
    table = columns(values, design)
    if table.shape[1] != 1:
        raise DesignFaulty(f"values: one variable expected, found {table.shape[1]}")
    if (design.weights[design.in_domain] < 0).any():
        raise DesignFaulty("negative weights have no quantiles")
    return table[:, 0]


def _whole(table: Floats, design: Sampled) -> _Ordered:
    weights = np.where(design.in_domain, design.weights, 0.0)
    return _Ordered.of(table, weights, design.counts)


def _checked(probability: float) -> float:
    if not 0 <= probability <= 1:
        raise DesignFaulty(f"a probability from 0 to 1 expected, found {probability!r}")
    return probability
