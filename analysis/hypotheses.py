"""Tests of means, ranks and several quantities at once under a sample design."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import inf

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, special

from analysis.cells import Floats
from analysis.design import Estimate, Sampled
from analysis.errors import DesignFaulty, MissingValues
from analysis.estimation import columns, contrast, mean, total, whole_codes
from analysis.intervals import Limits, mean_limits

DEPENDENT = 1e-12  # of a variance: what is left of it given the others, below which it is rounding


class Scores(StrEnum):
    """What becomes of a rank as a share of the population.

    ``wilcoxon`` keeps it (with several groups: Kruskal and Wallis), ``vanderWaerden``
    takes the normal quantile, ``median`` whether it is above one half.
    """

    WILCOXON = "wilcoxon"
    VAN_DER_WAERDEN = "vanderWaerden"
    MEDIAN = "median"


class Ties(StrEnum):
    """Rank of equal values.

    ``middle``: the population below and half of their own. ``listed``: the mean of the
    ranks that they have one after the other as listed, as in R survey; with unequal
    weights it depends on the order of the rows.
    """

    MIDDLE = "middle"
    LISTED = "listed"


@dataclass(frozen=True, slots=True)
class TTest:
    """A mean or difference against a value, two-sided.

    Attributes
    ----------
    estimate, se : float
        In the units of the values; of a rank test in those of the scores.
    statistic : float
        (estimate - mu) / se.
    df : int
        Degrees of freedom of the design minus 1.
    p : float
    """

    estimate: float
    se: float
    statistic: float
    df: int
    p: float

    def limits(self, level: float) -> Limits:
        """Student limits of the estimate."""
        return mean_limits(self.estimate, self.se, self.df, level)


@dataclass(frozen=True, slots=True)
class FTest:
    """Whether several quantities are all 0.

    Attributes
    ----------
    statistic : float
        F: the quadratic form over its degrees of freedom.
    df : int
        Number of quantities.
    ddf : float
        Degrees of freedom of the denominator.
    p : float
    """

    statistic: float
    df: int
    ddf: float
    p: float

    @property
    def chi_square(self) -> float:
        """The quadratic form itself."""
        return self.statistic * self.df


def t_test(values: ArrayLike, design: Sampled, *, mu: float = 0.0) -> TTest:
    """Whether the mean of the domain is ``mu``.

    Parameters
    ----------
    values : array, shape (R,)

    Raises
    ------
    MissingValues
        Rows of the domain without a value.
    DesignFaulty
        Fewer than 2 degrees of freedom; values without spread.

    Notes
    -----
    R ``svyttest(y ~ 0)``, whose degrees of freedom are those of the design minus 1
    here too; reference cases ``ttest``.
    """
    found = mean(_single(values, design), design)
    return _t_test(found, design, mu)


def t_test_two(values: ArrayLike, group: ArrayLike, design: Sampled, *, mu: float = 0.0) -> TTest:
    """Whether the means of two groups differ by ``mu``: the higher code minus the lower.

    Parameters
    ----------
    values : array, shape (R,)
    group : int array, shape (R,)
        Two codes in the domain; -1 where it is missing.

    Raises
    ------
    MissingValues
        Rows of the domain without a value or group.
    DesignFaulty
        Another number of groups; fewer than 2 degrees of freedom; no spread.

    Notes
    -----
    The slope of a regression on the group, linearized (Binder 1983). R ``svyttest``;
    reference cases ``ttest``.
    """
    table = _single(values, design)
    member = _members(group, design)
    if member.shape[1] != 2:
        raise DesignFaulty(f"group: two groups expected, found {member.shape[1]}")

    def means(weights: Floats) -> Floats:
        sizes = weights @ member
        if not (sizes > 0).all():
            raise DesignFaulty("a group has no weight, or none in a replicate")
        return np.asarray((weights * table) @ member / sizes, float)

    def linearize(_: Floats) -> Floats:
        weights = np.where(design.in_domain, design.weights, 0.0)
        parts = (table[:, None] - means(weights)) * member / (weights @ member)
        return np.asarray((parts[:, [1]] - parts[:, [0]]) * weights[:, None], float)

    found = design.estimate(lambda weights: np.diff(means(weights)), linearize)
    return _t_test(found, design, mu)


def rank_test(
    values: ArrayLike,
    group: ArrayLike,
    design: Sampled,
    *,
    scores: Scores = Scores.WILCOXON,
    ties: Ties = Ties.MIDDLE,
) -> TTest:
    """Whether values of one of two groups tend to be higher, by their ranks.

    Returns
    -------
    TTest
        The difference in mean rank score, the higher code minus the lower.

    Raises
    ------
    MissingValues
        Rows of the domain without a value or group.
    DesignFaulty
        Another number of groups; fewer than 2 degrees of freedom; negative weights.

    Notes
    -----
    Lumley and Scott (2013): ranks in the estimated population, taken as known in
    the error. R ``svyranktest``, with ``ties=listed`` to the last digit; reference
    cases ``ranktest``.
    """
    found = _rank_differences(values, group, design, scores, ties)
    if found.value.size != 1:
        raise DesignFaulty(f"group: two groups expected, found {found.value.size + 1}")
    return _t_test(found, design, 0.0)


def rank_test_groups(
    values: ArrayLike,
    group: ArrayLike,
    design: Sampled,
    *,
    scores: Scores = Scores.WILCOXON,
    ties: Ties = Ties.MIDDLE,
) -> FTest:
    """Whether values of two or more groups differ, by their ranks.

    Raises
    ------
    MissingValues
        Rows of the domain without a value or group.
    DesignFaulty
        One group; no degrees of freedom left; negative weights.

    Notes
    -----
    Lumley and Scott (2013). R ``svyranktest(test = "KruskalWallis")`` for three
    groups or more, which names ``chi_square`` its parameter and ``df`` its
    statistic; reference cases ``ranktest``.
    """
    found = _rank_differences(values, group, design, scores, ties)
    return wald_test(found.value, found.covariance, design.df - found.value.size)


def wald_test(value: Floats, covariance: Floats, ddf: float) -> FTest:
    """Whether all of Q estimates are 0: F with Q and ``ddf`` degrees of freedom.

    Raises
    ------
    DesignFaulty
        No degrees of freedom; estimates of which one is a combination of the others.

    Notes
    -----
    Wald (1943), on an F distribution as in Korn and Graubard (1990).
    """
    if not ddf > 0:
        raise DesignFaulty("no degrees of freedom are left")
    q = value.size
    se = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    if not se.all():
        raise DesignFaulty("estimates without spread cannot be tested")
    try:
        root = linalg.cholesky(covariance / np.outer(se, se), lower=True)
    except linalg.LinAlgError:
        root = np.zeros((q, q))
    if (np.diag(root) ** 2 < DEPENDENT).any():
        raise DesignFaulty("the estimates to be tested vary in fewer directions than they are")
    z = linalg.solve_triangular(root, value / se, lower=True)
    statistic = float(z @ z) / q
    tail = special.fdtrc(q, ddf, statistic) if ddf < inf else special.chdtrc(q, statistic * q)
    return FTest(statistic, q, ddf, float(tail))


def _single(values: ArrayLike, design: Sampled) -> Floats:
    """One variable, shape (R,), 0 outside the domain."""
    table = columns(values, design)
    if table.shape[1] != 1:
        raise DesignFaulty(f"values: one variable expected, found {table.shape[1]}")
    return table[:, 0]


def _members(group: ArrayLike, design: Sampled) -> Floats:
    """Membership in the groups of the domain, shape (R, groups), in ascending code."""
    codes = whole_codes(group, design, "group")
    asked = design.in_domain & (design.weights != 0)
    missing = int((codes[asked] < 0).sum())
    if missing:
        raise MissingValues(missing)
    member = (codes[:, None] == np.unique(codes[asked])) & asked[:, None]
    return np.asarray(member, np.float64)


def _t_test(found: Estimate, design: Sampled, mu: float) -> TTest:
    df = design.df - 1
    if df < 1:
        raise DesignFaulty("a t test needs 2 degrees of freedom of the design")
    estimate, se = float(found.value[0]), float(found.se[0])
    if se == 0:
        raise DesignFaulty("values without spread cannot be tested")
    statistic = (estimate - mu) / se
    p = 2 * float(special.stdtr(df, -abs(statistic)))
    return TTest(estimate, se, statistic, df, p)


def _rank_differences(
    values: ArrayLike, group: ArrayLike, design: Sampled, scores: Scores, ties: Ties
) -> Estimate:
    """Mean rank scores of the groups minus that of the first."""
    table, member = _single(values, design), _members(group, design)
    if member.shape[1] < 2:
        raise DesignFaulty("group: at least two groups expected")
    asked = design.in_domain & (design.weights != 0)
    weights = np.where(asked, design.weights, 0.0)
    if (weights < 0).any():
        raise DesignFaulty("negative weights give no ranks")
    score = np.zeros(table.size)
    shares = _rank_shares(table[asked], weights[asked], design.counts[asked], ties)
    score[asked] = _SCORES[scores](shares)
    sizes = weights @ member
    means = (weights * score) @ member / sizes
    influence = (score[:, None] - means) * member / sizes
    differences = np.hstack([np.full((means.size - 1, 1), -1.0), np.eye(means.size - 1)])
    # The ranks are taken as known, so the error is that of a total of influences.
    error = contrast(total(influence, design), differences)
    return Estimate(differences @ means, error.covariance, error.linearized, error.replicates)


_SCORES: dict[Scores, Callable[[Floats], Floats]] = {
    Scores.WILCOXON: lambda share: share,
    Scores.VAN_DER_WAERDEN: lambda share: np.asarray(special.ndtri(share), float),
    Scores.MEDIAN: lambda share: (share > 0.5).astype(float),
}


def _rank_shares(values: Floats, weights: Floats, counts: Floats, ties: Ties) -> Floats:
    """Share of the population below each row, and half of its own place."""
    order = np.argsort(values, kind="stable")
    _, tied = np.unique(values, return_inverse=True)
    if ties is Ties.MIDDLE:
        sizes = np.bincount(tied, weights=weights)
        middle = np.cumsum(sizes) - sizes / 2
    else:
        ranks = np.empty(values.size)
        # The middle of a row is the mean rank of its respondents one after the other.
        ranks[order] = np.cumsum(weights[order]) - weights[order] / 2
        middle = np.bincount(tied, weights=ranks * counts) / np.bincount(tied, weights=counts)
    return np.asarray(middle[tied] / weights.sum(), float)
