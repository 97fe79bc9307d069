"""Hours in which far more happened than the history of the same point lets expect."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]

HOURS = 24
NEIGHBOURS = (-1, 0, 1)  # hours of other days that are compared with an hour
FEWEST_COMPARED = 14  # such hours, below which nothing is said
PRIOR = 0.5  # of an event, in all compared hours together: Jeffreys' prior of a Poisson rate


@dataclass(frozen=True, slots=True)
class Surprise:
    """How surprising each hour is.

    Attributes
    ----------
    expected
        What the other days let expect; days by 24.
    probability
        Chance of as many or more, 1 where an hour is not judged; days by 24.
    judged
        Hours that were observed and have enough to be compared with; days by 24.
    """

    expected: Numbers
    probability: Numbers
    judged: Flags


def surprise(counts: Whole, observed: Flags) -> Surprise:
    """Compare each hour with the same and the neighbouring hours of all other days.

    Parameters
    ----------
    counts
        Events of one point; days by 24 hours of the day.
    observed
        Hours in which events could be counted: the others are neither judged nor compared.

    Notes
    -----
    The other hours have n values with sum T and variance s². The count is predicted by a negative
    binomial with mean m = (T + ½)/n and variance m + m²·(1/(T + ½) + φ). The first part is what a
    Poisson rate under Jeffreys' prior predicts (Gelman et al. 2013, section 2.6), so a rate that is
    hardly known is not held against anybody; φ = max(0, (s² − T/n)/(T/n)²) is what the hours differ
    beyond Poisson. The frame (comparable hours, a negative binomial's upper tail) is that of
    Farrington et al. (1996) and Noufaily et al. (2013). A whole day is left out when one of its
    hours is judged, so that a flood of some hours does not hide behind itself; one of several days
    widens φ and hides in part.
    """
    seen = np.where(observed, counts, 0).astype(float)
    number, total, squares = (
        _of_other_days(values) for values in (observed.astype(float), seen, seen**2)
    )
    judged = observed & (number >= FEWEST_COMPARED)
    n = np.where(judged, number, 1.0)
    mean = total / n
    variance = np.maximum(squares - n * mean**2, 0.0) / np.maximum(n - 1.0, 1.0)
    beyond = np.maximum(variance - mean, 0.0) / np.where(mean > 0, mean, 1.0) ** 2
    expected = (total + PRIOR) / n
    size = 1.0 / (1.0 / (total + PRIOR) + beyond)
    tail = stats.nbinom.sf(counts - 1, size, size / (size + expected))
    return Surprise(expected, np.where(judged, tail, 1.0), judged)


def threshold(comparisons: int, *, alpha: float = 0.05) -> float:
    """The tail probability below which an hour is called a spike: α over the hours compared.

    So the chance of one false alarm or more among all of them is at most α
    (Bonferroni's inequality; Dunn 1961).
    """
    return alpha / max(comparisons, 1)


def _of_other_days(values: Numbers) -> Numbers:
    """Sums over the compared hours of all days but the hour's own."""
    wide = np.zeros_like(values)
    for shift in NEIGHBOURS:
        first, last = max(0, shift), HOURS + min(0, shift)
        wide[:, first - shift : last - shift] += values[:, first:last]
    own: Numbers = wide.sum(axis=0) - wide
    return own
