"""Weighting of a design: non-response, post-stratification, raking, trimming, standardization."""

from collections.abc import Sequence
from math import inf, isnan

import numpy as np
from numpy.typing import ArrayLike

from analysis.calibration import MAX_DISAGREEMENT, Fitted, indicators_of
from analysis.calibration import calibrate as raked
from analysis.cells import Floats
from analysis.design import Design
from analysis.errors import DesignFaulty, MarginsDisagree
from analysis.residuals import (
    CellResiduals,
    MarginResiduals,
    ResponseResiduals,
    group_sums,
    inverse_of_pairs,
    with_rows,
)
from analysis.steps import (
    Adjusted,
    Known,
    Reached,
    adjusted,
    codes_of,
    names_of,
    refuse_domain,
    refuse_empty,
    refuse_unknown,
    refuse_without_weight,
    taking_part,
    totals_of,
)
from analysis.strata import Flags
from analysis.weighting import bounded


def adjust_nonresponse(
    design: Design, classes: ArrayLike, responded: ArrayLike, *, labels: Sequence[str] = ()
) -> Adjusted:
    """Give the weight of those who did not respond to the respondents of their class.

    A respondent's weight is multiplied by the class's sum of all weights over that
    of its respondents; the others keep their row with weight 0.

    Parameters
    ----------
    classes : int array, shape (R,)
        Class of each row asked, 0, 1, …; known also of those who did not respond.
    responded : bool array, shape (R,)

    Raises
    ------
    EmptyCells
        A class without a respondent.
    MissingCodes, DesignFaulty
        A row without class; a design restricted to a domain.

    Notes
    -----
    Assumes that within a class those who did not respond are like those who did.
    Standard errors know of the step: class sums are estimates of this sample, so
    that, for weights d before and factor f of class c, the estimated total of z
    linearizes to the sum over the respondents of f d (z - mean of z in c) plus
    the sum over all rows of d (mean of z in c), means by d over respondents.
    This is Taylor linearization through the weighting step (Valliant 2004), as for
    mean imputation within classes (Shao and Steel 1999); it holds whatever makes
    persons respond, while finite population corrections are small. R ``survey`` has no
    such function: tests compare with the jackknife that adjusts each replicate.
    """
    refuse_domain(design)
    given = np.asarray(responded)
    if given.dtype != bool or given.shape != design.weights.shape:
        raise DesignFaulty("responded: one truth value for each row expected")
    part = taking_part(design)
    size = int(np.max(np.asarray(classes), initial=0)) + 1
    codes = codes_of(classes, "classes", size, part)
    answered = part & given
    names = names_of(labels, size)
    asked = group_sums(design.weights[part], codes[part], size)
    found = group_sums(design.weights[answered], codes[answered], size)
    there = np.bincount(codes[part], minlength=size) > 0
    refuse_empty(names, there & (np.bincount(codes[answered], minlength=size) == 0))
    refuse_without_weight(names, there, found)
    factor = np.divide(asked, found, out=np.ones(size), where=there)
    weights = np.where(answered, design.weights * factor[codes], 0.0)
    after = group_sums(weights[part], codes[part], size)
    step = ResponseResiduals(codes, design.weights, weights)
    return adjusted(design, weights, step, [Reached("classes", names, found, asked, after)])


def poststratify(
    design: Design,
    cell: ArrayLike,
    totals: ArrayLike,
    *,
    partial: bool = False,
    labels: Sequence[str] = (),
) -> Adjusted:
    """Weights that sum to known totals in the cells of a partition.

    Parameters
    ----------
    cell : int array, shape (R,)
        Cell of each row, an index into ``totals``.
    totals : array, shape (C,)
        Persons of the population.
    partial : bool
        Whether a cell with a total and without respondents is left out, not refused.

    Raises
    ------
    EmptyCells, UnknownCells
        A total without respondents; respondents without a positive total, also with ``partial``.
    MissingCodes, DesignFaulty
        A respondent without cell; a design restricted to a domain.

    Notes
    -----
    Holt and Smith (1979); residuals from the cell means. R ``postStratify``;
    reference cases ``poststrat``.
    """
    refuse_domain(design)
    return _to_cells(design, Known(cell, totals, "cell", labels), partial=partial)


def rake(design: Design, margins: Sequence[Known]) -> Adjusted:
    """Weights whose sums meet several margins: one factor for each category of each.

    Raises
    ------
    MarginsNotMet
        After 5,000 rounds a margin is missed by more than 1e-12 of its total.
    MarginsDisagree
        Totals of two margins differ by more than 0.5 %; below that they are scaled to the first.
    EmptyCells, UnknownCells, MissingCodes, DesignFaulty
        As ``poststratify``.

    Notes
    -----
    Deming and Stephan (1940). Residuals as R's ``rake``, which sweeps unweighted
    means of the margins: least squares with weight 1 for each respondent. R stops
    when weights change little, here the margins are met. Reference cases ``rake``.
    """
    refuse_domain(design)
    if not margins:
        raise DesignFaulty("margins: one or more expected")
    part = taking_part(design)
    weights, counts = design.weights[part], design.counts[part]
    whole = float(totals_of(margins[0]).sum())
    fitted = [_fitted(margin, whole, weights, counts, part) for margin in margins]
    after = raked(fitted, np.ones(len(weights), np.int64), weights)
    member, size = indicators_of(fitted)
    step = MarginResiduals(part, member, counts, after, inverse_of_pairs(member, counts, size))
    reached = [
        Reached(margin.name, margin.categories, margin.before, margin.targets, margin.sums(after))
        for margin in fitted
    ]
    return adjusted(design, with_rows(design.weights, part, after), step, reached)


def standardize(
    design: Design,
    by: ArrayLike,
    over: ArrayLike | None,
    shares: ArrayLike,
    *,
    partial: bool = False,
) -> Adjusted:
    """Give every level of one variable the same distribution of another.

    Parameters
    ----------
    by : int array, shape (R,)
        Category whose distribution is made alike, an index into ``shares``.
    over : int array, shape (R,), or None
        Groups to compare; each keeps its sum of weights. None for the whole sample.
    shares : array, shape (C,)
        Of the standard population, in any unit.
    partial : bool
        Whether a group may lack a category; its sum of weights then shrinks by that share.

    Raises
    ------
    EmptyCells
        A category without respondents in a group, named group*category.
    UnknownCells, MissingCodes
        As ``poststratify``.

    Notes
    -----
    Direct standardization as a post-stratification to share times group sum. The
    design may be restricted to a domain, as ``design.domain(answered(values))`` for R's
    ``excluding.missing``: rows outside keep their weight and take no part. R
    ``svystandardize``, which has ``partial=True``; reference cases ``standardize``.
    """
    part = taking_part(design)
    share = totals_of(Known(by, shares, "by"))
    if not share.sum() > 0:
        raise DesignFaulty("shares: a sum above 0 expected")
    groups = np.zeros(len(part), np.int64) if over is None else np.asarray(over)
    size = int(np.max(groups, initial=0)) + 1
    group = codes_of(groups, "over", size, part)
    kind = codes_of(by, "by", len(share), part)
    sums = group_sums(design.weights[part], group[part], size)
    totals = np.outer(sums, share / share.sum()).ravel()
    labels = [f"{g}*{c}" for g in range(size) for c in range(len(share))]
    cell = Known(group * len(share) + kind, totals, "over*by", labels)
    return _to_cells(design, cell, partial=partial)


def trim(
    design: Design, *, lower: float = -inf, upper: float = inf, strict: bool = False
) -> Adjusted:
    """Set weights of single respondents outside the bounds to them; the sum stays.

    What is cut off or added goes in equal parts to the weights within the bounds;
    once, so that some may then lie outside, or ``strict``: until none does, where a
    weight that was set to a bound takes nothing more.

    Raises
    ------
    NoWeightWithin
        No weight is left within the bounds.
    DesignFaulty
        ``lower`` above ``upper``; a design restricted to a domain.

    Notes
    -----
    Margins met before are no longer met. Standard errors take the bounds as fixed
    and the earlier steps as they were. R ``trimWeights`` 4.5; reference cases ``trim``.
    """
    refuse_domain(design)
    if isnan(lower) or isnan(upper) or lower > upper:
        raise DesignFaulty(f"bounds: lower below upper expected, found {lower!r} and {upper!r}")
    part = taking_part(design)
    counts = design.counts[part]
    single, cut = bounded(
        design.weights[part] / counts, counts, low=lower, high=upper, once=not strict
    )
    weights = with_rows(design.weights, part, single * counts) if cut.any() else design.weights
    return adjusted(design, weights, None, [], trimmed=int(counts[cut].sum()))


def _to_cells(design: Design, known: Known, *, partial: bool) -> Adjusted:
    part, totals = taking_part(design), totals_of(known)
    codes = codes_of(known.codes, known.name, len(totals), part)
    names = names_of(known.labels, len(totals))
    before = group_sums(design.weights[part], codes[part], len(totals))
    there = np.bincount(codes[part], minlength=len(totals)) > 0
    refuse_unknown(names, there, totals)
    if not partial:
        refuse_empty(names, ~there & (totals > 0))
    refuse_without_weight(names, there, before)
    factor = np.divide(totals, before, out=np.ones(len(totals)), where=there)
    weights = np.where(part, design.weights * factor[codes], design.weights)
    after = group_sums(weights[part], codes[part], len(totals))
    step = CellResiduals(codes, weights)
    return adjusted(design, weights, step, [Reached(known.name, names, before, totals, after)])


def _fitted(known: Known, whole: float, weights: Floats, counts: Floats, part: Flags) -> Fitted:
    totals, name = totals_of(known), known.name or "margin"
    size, total = len(totals), float(totals.sum())
    if abs(total - whole) > MAX_DISAGREEMENT * whole:
        raise MarginsDisagree(name, total, "the first margin", whole)
    codes = codes_of(known.codes, name, size, part)[part]
    names = names_of(known.labels, size)
    there = np.bincount(codes, minlength=size) > 0
    refuse_unknown(names, there, totals)
    refuse_empty([f"{name} {category}" for category in names], ~there & (totals > 0))
    before = group_sums(weights, codes, size)
    refuse_without_weight(names, there, before)
    position = np.cumsum(there) - 1  # categories without total and respondents are left out
    return Fitted(
        name=name,
        membership=position[codes],
        categories=tuple(names[c] for c in np.flatnonzero(there).tolist()),
        targets=totals[there] * (whole / total),
        before=before[there],
        respondents=group_sums(counts, codes, size)[there].astype(np.int64),
        collapsed=(),
    )
