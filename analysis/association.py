"""Two-way tables under a sample design: totals, shares, tests of independence."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, special

from analysis.cells import Floats, Ints
from analysis.design import Estimate, Sampled
from analysis.errors import DesignFaulty
from analysis.estimation import contrast, mean, total, whole_codes
from analysis.hypotheses import wald_test
from analysis.quadratic_forms import mixture_tail, saddlepoint_tail
from analysis.stops import Stop


class Association(StrEnum):
    """The test of independence in a two-way table, see ``chi_square``."""

    F = "F"
    CHISQ = "Chisq"
    WALD = "Wald"
    ADJUSTED_WALD = "adjWald"
    EXACT = "lincom"
    SADDLEPOINT = "saddlepoint"


class Within(StrEnum):
    """The whole that the shares of a table are of."""

    TABLE = "table"
    ROW = "row"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class AssociationTest:
    """A test of independence.

    Attributes
    ----------
    statistic : float
        An F statistic with ``F``, ``Wald`` and ``adjWald``, else Pearson's chi-square.
    df, ddf : float or None
        Of numerator and denominator; None where the reference distribution has none.
    p : float
    kind : Association
    """

    statistic: float
    df: float | None
    ddf: float | None
    p: float
    kind: Association


@dataclass(frozen=True, slots=True)
class CrossTable:
    """Estimated population of I times J cells.

    Attributes
    ----------
    rows, columns : int arrays, shapes (I,) and (J,)
        The codes that occur, ascending.
    totals : float array, shape (I, J)
        Sums of weights.
    respondents : float array, shape (I, J)
    """

    rows: Ints
    columns: Ints
    totals: Floats
    respondents: Floats


def chi_square(
    row: ArrayLike,
    column: ArrayLike,
    design: Sampled,
    statistic: Association = Association.F,
    *,
    stop: Stop = Stop.CONVERGED,
) -> AssociationTest:
    """Whether two categorical variables are independent in the population.

    Parameters
    ----------
    row, column : int arrays, shape (R,)
        Codes; -1 where missing. Respondents with a missing code are in no cell; they
        count in the degrees of freedom and in the size that the statistic is for,
        as in R; ask for a domain first to leave them out of these too.
    statistic
        ``F`` and ``Chisq`` compare Pearson's chi-square with the second and first order
        correction of Rao and Scott; ``lincom`` with the distribution of the sum that
        it follows, over a denominator, exactly; ``saddlepoint`` approximates that;
        ``Wald`` and ``adjWald`` compare the table with the product of its margins.
    stop
        Where the search for the saddlepoint ends.

    Raises
    ------
    DesignFaulty
        A variable with one category; no degrees of freedom; cells that cannot vary.

    Notes
    -----
    Rao and Scott (1984), Thomas and Rao (1987), Koch, Freeman and Freeman (1975);
    saddlepoint: Kuonen (1999), with whole degrees of freedom in the denominator as
    R has them. R ``svychisq``, of which ``lincom`` falls back to the saddlepoint where
    CompQuadForm is not installed, and which leaves the denominator out with
    replicates. Reference cases ``chisq``.
    """
    cells = _Cells.of(row, column, design)
    if min(cells.shape) < 2:
        raise DesignFaulty("at least two categories of each variable expected")
    if not design.df > 0:
        raise DesignFaulty("no degrees of freedom are left")
    if statistic in {Association.WALD, Association.ADJUSTED_WALD}:
        return _wald_of_table(cells, design.df, statistic)
    weights = np.where(design.in_domain, design.weights, 0.0)
    n = float(design.counts[weights != 0].sum())
    shares = mean(cells.member, cells.design)
    pearson = n * _departure(shares.value.reshape(cells.shape))
    effects = n * _generalized_effects(shares, cells.shape)
    df = float(effects.sum() ** 2 / (effects**2).sum())
    ddf = df * design.df
    if statistic is Association.F:
        f = pearson / float(effects.sum())
        return AssociationTest(f, df, ddf, float(special.fdtrc(df, ddf, f)), statistic)
    if statistic is Association.CHISQ:
        tail = special.chdtrc(effects.size, pearson / effects.mean())
        return AssociationTest(pearson, effects.size, None, float(tail), statistic)
    exact = statistic is Association.EXACT
    if exact:
        p = mixture_tail(pearson, effects, ddf)
    else:
        p = saddlepoint_tail(pearson, effects, ddf, stop=stop)
    return AssociationTest(pearson, None, None, p, statistic)


def cross_table(row: ArrayLike, column: ArrayLike, design: Sampled) -> CrossTable:
    """Weights and respondents of the domain by two variables; code -1 is left out.

    R ``svytable``; reference cases ``table``.
    """
    cells = _Cells.of(row, column, design)
    counts = np.where(design.in_domain & (design.weights != 0), design.counts, 0.0)
    weights = np.where(design.in_domain, design.weights, 0.0)
    return CrossTable(
        rows=cells.rows,
        columns=cells.columns,
        totals=(weights @ cells.member).reshape(cells.shape),
        respondents=(counts @ cells.member).reshape(cells.shape),
    )


def table_shares(
    row: ArrayLike, column: ArrayLike, design: Sampled, within: Within = Within.TABLE
) -> Estimate:
    """Shares of the cells of ``cross_table``, I * J values row by row, with their errors.

    Raises
    ------
    DesignFaulty
        A row or column that is the whole and has no weight, or none in a replicate.

    Notes
    -----
    Ratios of totals, linearized (Binder 1983). R ``svymean(~interaction(a, b))`` and
    ``svyby(~a, ~b, svymean)``; reference cases ``table``.
    """
    cells = _Cells.of(row, column, design)
    height, width = cells.shape
    same_row = np.kron(np.eye(height), np.ones((width, width)))
    same_column = np.kron(np.ones((height, height)), np.eye(width))
    whole = {Within.TABLE: np.ones_like(same_row), Within.ROW: same_row}.get(within, same_column)
    base = cells.member @ whole

    def statistic(weights: Floats) -> Floats:
        sizes = weights @ base
        if not (sizes > 0).all():
            raise DesignFaulty("a row or column has no weight, or none in a replicate")
        return np.asarray(weights @ cells.member / sizes, float)

    def linearize(value: Floats) -> Floats:
        weights = np.where(cells.design.in_domain, design.weights, 0.0)
        scaled = (cells.member - base * value) / (weights @ base)
        return np.asarray(scaled * weights[:, None], float)

    return cells.design.estimate(statistic, linearize)


@dataclass(frozen=True, slots=True)
class _Cells:
    """A two-way table: membership of shape (R, I * J), the domain that has both codes."""

    member: Floats
    design: Sampled
    rows: Ints
    columns: Ints

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows.size, self.columns.size

    @classmethod
    def of(cls, row: ArrayLike, column: ArrayLike, design: Sampled) -> "_Cells":
        down, across = whole_codes(row, design, "row"), whole_codes(column, design, "column")
        known = design.in_domain & (design.weights != 0) & (down >= 0) & (across >= 0)
        part = design.domain(known)
        rows, wide = np.unique(down[known]), np.unique(across[known])
        cell = np.searchsorted(rows, down) * wide.size + np.searchsorted(wide, across)
        places = np.arange(rows.size * wide.size)
        member = (np.where(known, cell, -1)[:, None] == places).astype(float)
        return cls(member, part, rows, wide)


def _departure(shares: Floats) -> float:
    """Pearson's chi-square of one respondent."""
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    if not (expected > 0).all():
        raise DesignFaulty("categories of a positive weight expected")
    return float(((shares - expected) ** 2 / expected).sum())


def _generalized_effects(shares: Estimate, shape: tuple[int, int]) -> Floats:
    """Generalized design effects of the interaction, per respondent, shape ((I - 1)(J - 1),).

    Rao and Scott (1984): eigenvalues of the covariance under the design over that of a
    multinomial sample, on contrasts orthogonal to both margins.
    """
    contrasts = np.kron(linalg.helmert(shape[0]).T, linalg.helmert(shape[1]).T)
    inverse = np.where(shares.value > 0, 1 / np.where(shares.value > 0, shares.value, 1.0), 0.0)
    scaled = contrasts * inverse[:, None]
    simple = contrasts.T @ scaled
    try:
        found = linalg.eigh(scaled.T @ shares.covariance @ scaled, simple, eigvals_only=True)
    except linalg.LinAlgError:
        raise DesignFaulty("too many empty cells for a test of independence") from None
    effects: Floats = np.maximum(np.asarray(found, float), 0.0)
    if not effects.any():
        raise DesignFaulty("cells that do not vary cannot be tested")
    return effects


def _wald_of_table(cells: _Cells, df: int, kind: Association) -> AssociationTest:
    """Estimated cells minus the products of their margins over the total."""
    sums = total(cells.member, cells.design)
    table = sums.value.reshape(cells.shape)
    whole = table.sum()
    down, across = table.sum(axis=1), table.sum(axis=0)
    height, width = cells.shape
    in_row = np.kron(np.eye(height), np.ones((width, width))) * np.tile(across, height)[:, None]
    in_column = np.kron(np.ones((height, height)), np.eye(width)) * np.repeat(down, width)[:, None]
    expected = np.outer(down, across).reshape(-1) / whole
    slopes = np.eye(table.size) - (in_row + in_column) / whole + expected[:, None] / whole
    # The last row and column follow from the others.
    free = np.arange(table.size).reshape(cells.shape)[1:, 1:].reshape(-1)
    gap = contrast(sums, slopes[free])
    found = wald_test(sums.value[free] - expected[free], gap.covariance, df)
    if kind is Association.WALD:
        return AssociationTest(found.statistic, found.df, df, found.p, kind)
    left = df - found.df + 1
    if left < 1:
        raise DesignFaulty("fewer degrees of freedom than the table has")
    adjusted = found.statistic * left / df
    p = float(special.fdtrc(found.df, left, adjusted))
    return AssociationTest(adjusted, found.df, left, p, kind)
