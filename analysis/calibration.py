"""Weights made to meet population margins: post-stratification, raking, collapsing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.cells import Column, Floats, Ints
from analysis.errors import EmptyCells, MarginsDisagree, MarginsNotMet, UnknownCells

MAX_ROUNDS = 5000
TOLERANCE = 1e-12  # of the margin's total
MAX_DISAGREEMENT = 0.005  # between the totals of two margins
THIN_CELL = 10  # respondents; a thinner cell is warned of


@dataclass(frozen=True, slots=True)
class Margin:
    """Population totals by category, in the order of margins.csv.

    ``name`` is the variables joined by ``*``; so are the categories' values.
    """

    name: str
    totals: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.totals.values())


class Target(Protocol):
    """What raking needs of a margin: its name, its categories and their totals."""

    @property
    def name(self) -> str: ...

    @property
    def categories(self) -> Sequence[str]: ...

    @property
    def targets(self) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Fitted:
    """A margin as it was used.

    Attributes
    ----------
    membership : int array, shape (R,)
        Category of each row, an index into ``categories``.
    categories : tuple of str
        Categories with a respondent.
    targets : float array, shape (C,)
        Totals to meet, after collapsing and scaling.
    before : float array, shape (C,)
        Sums of the base weights.
    respondents : int array, shape (C,)
    collapsed : tuple of (str, str)
        Empty categories and the category that took their total.
    """

    name: str
    membership: Ints
    categories: tuple[str, ...]
    targets: Floats
    before: Floats
    respondents: Ints
    collapsed: tuple[tuple[str, str], ...]

    def sums(self, weights: Floats) -> Floats:
        """Totals of row weights by category."""
        size = len(self.categories)
        return np.asarray(np.bincount(self.membership, weights=weights, minlength=size), float)


def fit_margins(
    margins: Sequence[Margin],
    columns: Sequence[Column],
    counts: Ints,
    base: Floats,
    *,
    collapse: bool,
) -> tuple[Fitted, ...]:
    """Bring the margins of one weighting onto the rows of a tally.

    Parameters
    ----------
    margins, columns
        Aligned; a column holds each row's category, none missing.
    counts, base : arrays, shape (R,)
        Respondents behind each row and the base weight of one of them.
    collapse : bool
        Whether an empty category may be joined to its neighbour.

    Raises
    ------
    UnknownCells
        Respondents in a category without a positive total.
    EmptyCells
        A total without a respondent (after collapsing, if allowed).
    MarginsDisagree
        Totals differ by more than 0.5 %; below that they are scaled to the first.
    """
    first = margins[0]
    fitted = []
    for margin, column in zip(margins, columns, strict=True):
        if abs(margin.total - first.total) > MAX_DISAGREEMENT * first.total:
            raise MarginsDisagree(margin.name, margin.total, first.name, first.total)
        scale = first.total / margin.total
        fitted.append(_fit(margin, column, counts, base, scale=scale, collapse=collapse))
    return tuple(fitted)


def _fit(
    margin: Margin, column: Column, counts: Ints, base: Floats, *, scale: float, collapse: bool
) -> Fitted:
    size = len(column.values)
    respondents = np.bincount(column.codes, weights=counts, minlength=size).astype(np.int64)
    present = {value for value, n in zip(column.values, respondents.tolist(), strict=True) if n}
    unknown = sorted(value for value in present if not margin.totals.get(value, 0) > 0)
    if unknown:
        raise UnknownCells(unknown)
    totals, collapsed = _without_empty(margin, present, collapse=collapse)

    categories = tuple(value for value in margin.totals if value in present)
    position = {value: i for i, value in enumerate(categories)}
    table = np.array([position.get(value, -1) for value in column.values], np.int64)
    membership = table[column.codes]
    return Fitted(
        name=margin.name,
        membership=membership,
        categories=categories,
        targets=np.array([totals[value] for value in categories]) * scale,
        before=np.asarray(
            np.bincount(membership, weights=base * counts, minlength=len(categories)), float
        ),
        respondents=respondents[[column.values.index(value) for value in categories]],
        collapsed=collapsed,
    )


def _without_empty(
    margin: Margin, present: set[str], *, collapse: bool
) -> tuple[dict[str, float], tuple[tuple[str, str], ...]]:
    """Give the total of each empty category to its neighbour of the same leading values."""
    totals = {value: total for value, total in margin.totals.items() if total or value in present}
    collapsed: list[tuple[str, str]] = []
    while empty := [value for value in totals if value not in present]:
        if not collapse:
            raise EmptyCells([f"{margin.name} {value}" for value in empty])
        value = empty[0]
        leading = value.rpartition("*")[0]
        family = [other for other in totals if other.rpartition("*")[0] == leading]
        place = family.index(value)
        if len(family) == 1:
            raise EmptyCells([f"{margin.name} {value}"])
        neighbour = family[place - 1] if place else family[1]
        totals[neighbour] += totals.pop(value)
        collapsed.append((value, neighbour))
    return totals, tuple(collapsed)


def calibrate(fitted: Sequence[Fitted], counts: Ints, base: Floats) -> Floats:
    """Weights that meet every margin: base times a factor for each category.

    One margin is post-stratification and met in one step; more are raked until
    each is met to 1e-12 of the total.

    Returns
    -------
    float array, shape (R,)
        The weight of one respondent of each row.

    Raises
    ------
    MarginsNotMet
        After 5,000 rounds; names the worst margin and what it reached.

    Notes
    -----
    Deming and Stephan (1940). Works on the joint margin table: a factor is the
    same for all respondents of a joint category.
    """
    cells, row_cell = _joint_cells(fitted)
    mass = np.asarray(np.bincount(row_cell, weights=base * counts, minlength=len(cells)), float)
    return base * raking_factors(fitted, cells, mass)[row_cell]


def raking_factors(fitted: Sequence[Target], cells: Ints, mass: Floats) -> Floats:
    """The factor of each joint category by which all margins are met, shape (J,).

    Parameters
    ----------
    cells : int array, shape (J, number of margins)
        The categories that each joint category lies in.
    mass : array, shape (J,)
        Its sum of base weights.

    Raises
    ------
    MarginsNotMet
        As ``calibrate``.
    """
    factor = np.ones(len(cells))
    for _ in range(1 if len(fitted) == 1 else MAX_ROUNDS):
        for axis, margin in enumerate(fitted):
            member = cells[:, axis]
            reached = np.bincount(member, weights=mass * factor, minlength=len(margin.categories))
            # A category without a total and without respondents is met as it is.
            change = np.divide(
                margin.targets, reached, out=np.ones(len(reached)), where=reached > 0
            )
            factor *= change[member]
        if _worst(fitted, cells, mass * factor)[0] <= TOLERANCE:
            break
    gap, axis, category = _worst(fitted, cells, mass * factor)
    if gap > TOLERANCE:
        margin = fitted[axis]
        reached = np.bincount(cells[:, axis], weights=mass * factor)
        raise MarginsNotMet(
            margin.name,
            margin.categories[category],
            float(reached[category]),
            float(margin.targets[category]),
        )
    return factor


def _joint_cells(fitted: Sequence[Fitted]) -> tuple[Ints, Ints]:
    """The joint categories that occur, shape (J, number of margins), and each row's."""
    matrix = np.stack([margin.membership for margin in fitted], axis=1)
    cells, row_cell = np.unique(matrix, axis=0, return_inverse=True)
    return cells, row_cell.reshape(-1)


def _worst(fitted: Sequence[Target], cells: Ints, mass: Floats) -> tuple[float, int, int]:
    """Largest miss as a share of the total, its margin and its category."""
    worst = (-1.0, 0, 0)
    for axis, margin in enumerate(fitted):
        reached = np.bincount(cells[:, axis], weights=mass, minlength=len(margin.categories))
        misses = np.abs(reached - margin.targets) / margin.targets.sum()
        category = int(misses.argmax())
        worst = max(worst, (float(misses[category]), axis, category))
    return worst


def indicators_of(fitted: Sequence[Fitted]) -> tuple[Ints, int]:
    """Category numbers of all margins side by side: shape (R, margins), and their number."""
    offsets = np.cumsum([0] + [len(margin.categories) for margin in fitted])
    member = np.stack(
        [margin.membership + start for margin, start in zip(fitted, offsets[:-1], strict=True)],
        axis=1,
    )
    return member, int(offsets[-1])
