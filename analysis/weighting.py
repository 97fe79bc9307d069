"""Base weights from the design, and trimming."""

from dataclasses import dataclass
from math import inf

import numpy as np

from analysis.calibration import Fitted
from analysis.cells import Column, Floats, Ints
from analysis.errors import NoWeightWithin, TrimmingImpossible
from analysis.strata import Flags


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of one respondent of each row, before and after each step; shape (R,).

    Attributes
    ----------
    base : float array
        From the design.
    calibrated : float array
        After post-stratification or raking; ``base`` when there is none.
    final : float array
        After trimming; ``calibrated`` when there is none.
    margins : tuple of Fitted
        The margins used, empty without calibration.
    capped : int
        Respondents whose weight was set to the cap.
    """

    base: Floats
    calibrated: Floats
    final: Floats
    margins: tuple[Fitted, ...]
    capped: int


def population_weights(
    stratum: Column, population: dict[str, float], counts: Ints, factor: Floats | None
) -> Floats:
    """Stratum population over respondents, or population * f / sum of f.

    Assumes a self-weighting draw within the stratum, and that those who did
    not answer are like those who did.

    Parameters
    ----------
    stratum : Column, R rows
        None missing, each with a positive population.
    factor : array, shape (R,), optional
        Eligible adults in the home, capped by the plan.
    """
    share = np.ones(len(counts)) if factor is None else factor
    sums = np.bincount(stratum.codes, weights=share * counts, minlength=len(stratum.values))
    total = np.array([population[value] for value in stratum.values])
    return total[stratum.codes] * share / sums[stratum.codes]


def trim(weights: Floats, counts: Ints, upper: float) -> tuple[Floats, int]:
    """Cap weights at ``upper`` times their mean; the excess goes to the rest in equal parts.

    Repeated until no weight is above the cap. Only weights never capped take
    excess, so the total stays what it was.

    Returns
    -------
    (float array, int)
        The trimmed weights and the number of respondents capped.

    Raises
    ------
    TrimmingImpossible
        No respondent is left below the cap.

    Notes
    -----
    Equal to R ``trimWeights(strict = TRUE)``, survey 4.5.
    """
    cap = upper * float((weights * counts).sum()) / float(counts.sum())
    try:
        trimmed, capped = bounded(weights, counts, high=cap)
    except NoWeightWithin:
        raise TrimmingImpossible(upper) from None
    return trimmed, int(counts[capped].sum())


def bounded(
    weights: Floats,
    counts: Ints | Floats,
    *,
    low: float = -inf,
    high: float = inf,
    once: bool = False,
) -> tuple[Floats, Flags]:
    """Set weights outside the bounds to them, and share the excess equally among the others.

    Repeated until no weight is outside, unless ``once``. A weight that was set to a bound takes
    nothing more, so the sum stays what it was.

    Returns
    -------
    (float array, bool array)
        The weight of one respondent of each row, and the rows set to a bound; shape (R,).

    Raises
    ------
    NoWeightWithin
        No respondent is left within the bounds.
    """
    single, cut = weights, np.zeros(len(weights), bool)
    while (outside := (single < low) | (single > high)).any():
        inside = np.clip(single, low, high)
        excess = float(((single - inside) * counts).sum())
        cut |= outside
        free = float(counts[~cut].sum())
        if not free:
            raise NoWeightWithin(low, high)
        single = np.where(cut, inside, single + excess / free)
        if once:
            break
    return single, cut
