"""Base weights from the design, and trimming."""

from dataclasses import dataclass

import numpy as np

from analysis.calibration import Fitted
from analysis.cells import Column, Floats, Ints
from analysis.errors import TrimmingImpossible


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
    trimmed = weights.copy()
    capped = np.zeros(len(weights), bool)
    while (above := trimmed > cap).any():
        excess = float(((trimmed[above] - cap) * counts[above]).sum())
        capped |= above
        trimmed[above] = cap
        free = int(counts[~capped].sum())
        if not free:
            raise TrimmingImpossible(upper)
        trimmed[~capped] += excess / free
    return trimmed, int(counts[capped].sum())
