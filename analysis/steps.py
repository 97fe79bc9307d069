"""What all weighting steps share: known totals, refusals, the new design and its trace."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.cells import Floats, Ints
from analysis.design import Design, Residuals
from analysis.errors import (
    DesignFaulty,
    EmptyCells,
    MissingCodes,
    NotFinite,
    NothingInDomain,
    ShapesDisagree,
    UnknownCells,
)
from analysis.strata import Flags


@dataclass(frozen=True, slots=True)
class Known:
    """Population totals of the categories of one variable.

    Attributes
    ----------
    codes : int array, shape (R,)
        Category of each row, an index into ``totals``.
    totals : float array, shape (C,)
    name : str
        Of the variable, for refusals and the trace.
    labels : tuple of str
        Of the categories; empty for their numbers.
    """

    codes: ArrayLike
    totals: ArrayLike
    name: str = ""
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reached:
    """Sums of weights by category, or totals by column, in one step; each of shape (C,).

    Attributes
    ----------
    target : float array
        What was asked for; in ``rake`` after scaling to the first margin's total.
    after : float array
        0 in a category without respondents that ``partial`` left out.
    """

    name: str
    categories: tuple[str, ...]
    before: Floats
    target: Floats
    after: Floats


@dataclass(frozen=True, slots=True)
class Trace:
    """What one step did to the weights of single respondents.

    Attributes
    ----------
    margins : tuple of Reached
        Empty for ``trim``.
    deff_before, deff_after : float
        n * sum of w^2 / (sum of w)^2 over the respondents with a weight (Kish 1992).
    smallest, largest : float
        Weight after the step, of those who have one.
    smallest_factor, largest_factor : float
        Weight after over weight before, of the same.
    trimmed : int
        Respondents whose weight was set to a bound.
    """

    margins: tuple[Reached, ...]
    deff_before: float
    deff_after: float
    smallest: float
    largest: float
    smallest_factor: float
    largest_factor: float
    trimmed: int


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A design with new weights, and how they came about."""

    design: Design
    trace: Trace


def adjusted(
    design: Design,
    weights: Floats,
    step: Residuals | None,
    margins: Sequence[Reached],
    *,
    trimmed: int = 0,
) -> Adjusted:
    """The design with new weights of shape (R,), and the trace of the step."""
    held = taking_part(design) & (weights != 0)
    single = weights[held] / design.counts[held]
    factor = weights[held] / design.weights[held]
    trace = Trace(
        margins=tuple(margins),
        deff_before=_kish(design, design.weights),
        deff_after=_kish(design, weights),
        smallest=float(single.min()),
        largest=float(single.max()),
        smallest_factor=float(factor.min()),
        largest_factor=float(factor.max()),
        trimmed=trimmed,
    )
    return Adjusted(design.reweighted(weights, step), trace)


def _kish(design: Design, weights: Floats) -> float:
    """As ``fieldwork.kish``, which refuses the weights below 0 that linear calibration may give."""
    held = design.in_domain & (weights != 0)
    counts, sums = design.counts[held], weights[held]
    return float(counts.sum() * (sums**2 / counts).sum() / sums.sum() ** 2)


def taking_part(design: Design) -> Flags:
    """Rows of the domain with a weight: those that a step changes, bool, shape (R,)."""
    part: Flags = design.in_domain & (design.weights != 0)
    if not part.any():
        raise NothingInDomain
    return part


def refuse_domain(design: Design) -> None:
    # Totals are of the population, so that a part of the sample cannot be made to meet them.
    if not design.in_domain.all():
        raise DesignFaulty("a design restricted to a domain: weight the sample, then take domains")


def totals_of(known: Known) -> Floats:
    totals = np.asarray(known.totals, float)
    if totals.ndim != 1:
        raise ShapesDisagree(f"totals of {known.name or 'margin'}", totals.shape, (None,))
    if not np.isfinite(totals).all():
        raise NotFinite(f"totals of {known.name or 'margin'}")
    return totals


def codes_of(given: ArrayLike, name: str, size: int, part: Flags) -> Ints:
    """The codes of the rows that take part, -1 for the others."""
    codes = np.asarray(given)
    if codes.shape != part.shape:
        raise ShapesDisagree(name, codes.shape, part.shape)
    if codes.dtype.kind not in "iu":
        raise DesignFaulty(f"{name}: whole numbers expected, found {codes.dtype}")
    wrong = part & ((codes < 0) | (codes >= size))
    if wrong.any():
        raise MissingCodes(name, np.flatnonzero(wrong).tolist())
    return np.where(part, codes, -1).astype(np.int64)


def names_of(labels: Sequence[str], size: int) -> tuple[str, ...]:
    if labels and len(labels) != size:
        raise ShapesDisagree("labels", (len(labels),), (size,))
    return tuple(labels) or tuple(str(number) for number in range(size))


def refuse_unknown(names: Sequence[str], there: Flags, totals: Floats) -> None:
    wrong = (totals < 0) | (there & (totals == 0))
    if wrong.any():
        raise UnknownCells([names[c] for c in np.flatnonzero(wrong).tolist()])


def refuse_empty(names: Sequence[str], empty: Flags) -> None:
    if empty.any():
        raise EmptyCells([names[c] for c in np.flatnonzero(empty).tolist()])


def refuse_without_weight(names: Sequence[str], there: Flags, sums: Floats) -> None:
    # Only weights below 0, which linear calibration may give, come to this.
    wrong = there & ~(sums > 0)
    if wrong.any():
        raise DesignFaulty(f"the weights of {names[int(wrong.argmax())]} do not sum to above 0")
