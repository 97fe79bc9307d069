"""What weighting steps do to linearized values: the fits that they take away."""

from dataclasses import dataclass

import numpy as np

from analysis.cells import Floats, Ints
from analysis.strata import Flags, by_group

INDEPENDENT = 1e-10  # of the largest eigenvalue; below it a direction of the margins is redundant


@dataclass(frozen=True, slots=True)
class CellResiduals:
    """Deviations from cell means.

    The means may have the weights before the step or after it: in a cell these are in one ratio.

    Attributes
    ----------
    cell : int array, shape (R,)
        -1 for a row that takes no part.
    after : float array, shape (R,)
    """

    cell: Ints
    after: Floats

    def __call__(self, linearized: Floats) -> Floats:
        part = self.cell >= 0
        after = self.after[part]
        means = _means(linearized[part] / after[:, None], self.cell[part], after)
        fit = means[self.cell[part]] * after[:, None]
        return with_rows(linearized, part, linearized[part] - fit)


@dataclass(frozen=True, slots=True)
class MarginResiduals:
    """Residuals of an additive fit to the margins, each respondent with weight 1, as R's rake.

    Attributes
    ----------
    part : bool array, shape (R,)
    member : int array, shape (P, M)
        Category of each row that takes part, margins side by side.
    counts, after : float array, shape (P,)
    inverse : float array, shape (C, C)
        Generalised inverse of the respondents by pair of categories: margins share the total.
    """

    part: Flags
    member: Ints
    counts: Floats
    after: Floats
    inverse: Floats

    def __call__(self, linearized: Floats) -> Floats:
        single = linearized[self.part] * (self.counts / self.after)[:, None]
        sums = np.zeros((len(self.inverse), single.shape[1]))
        for codes in self.member.T:
            sums += by_group(single, codes, len(self.inverse))
        fit = (self.inverse @ sums)[self.member].sum(axis=1) * self.after[:, None]
        return with_rows(linearized, self.part, linearized[self.part] - fit)


@dataclass(frozen=True, slots=True)
class ResponseResiduals:
    """Linearized values of respondents spread over all who were asked, by class.

    Attributes
    ----------
    classes : int array, shape (R,)
        -1 for a row that takes no part.
    before, after : float array, shape (R,)
        ``after`` is 0 for those who did not respond.
    """

    classes: Ints
    before: Floats
    after: Floats

    def __call__(self, linearized: Floats) -> Floats:
        part = self.classes >= 0
        answered = part & (self.after != 0)
        single = linearized[answered] / self.after[answered, None]
        means = _means(single, self.classes[answered], self.before[answered])
        spread = means[self.classes] * np.where(part, self.before - self.after, 0.0)[:, None]
        return np.asarray(linearized + spread, float)


def inverse_of_pairs(member: Ints, counts: Floats, size: int) -> Floats:
    pairs = np.zeros((size, size))
    for first in member.T:
        for second in member.T:
            pairs += group_sums(counts, first * size + second, size * size).reshape(size, size)
    values, vectors = np.linalg.eigh(pairs)
    kept = values > INDEPENDENT * values[-1]
    return np.asarray(vectors[:, kept] / values[kept] @ vectors[:, kept].T, float)


def with_rows(values: Floats, part: Flags, rows: Floats) -> Floats:
    changed = values.copy()
    changed[part] = rows
    return changed


def group_sums(values: Floats, group: Ints, groups: int) -> Floats:
    """Sums of (P,) values by group, shape (groups,)."""
    return np.asarray(np.bincount(group, weights=values, minlength=groups), float)


def _means(values: Floats, group: Ints, weights: Floats) -> Floats:
    """Weighted means of (P, Q) values by group, 0 for a group without rows."""
    groups = int(group.max()) + 1
    whole = group_sums(weights, group, groups)
    sums = by_group(values * weights[:, None], group, groups)
    return sums / np.where(whole != 0, whole, 1.0)[:, None]
