"""Drawing units: probabilities in proportion to size, systematic selection, one of a household."""

from dataclasses import dataclass
from math import floor

import numpy as np

from analysis.cells import Floats, Ints
from analysis.errors import ImpossibleInput
from analysis.planning import within_bounds

ROUNDING = 1e-9  # probabilities nearer than this to a whole number are one


@dataclass(frozen=True, slots=True)
class Chosen:
    """The person to ask: the place in the household's list, from 1, and the weight factor."""

    person: int
    factor: int


def inclusion_probabilities(sizes: Floats, n: float) -> Floats:
    """Probabilities in proportion to size that sum to ``n``, shape (K,).

    A unit that would have 1 or more gets 1, is taken for certain, and the rest is
    shared anew, until none is left.

    Parameters
    ----------
    sizes
        Measure of size of each unit, as residents or households; shape (K,).
    n
        Units to draw.

    Raises
    ------
    ImpossibleInput
        A size that is not above 0; n not above 0 or above the number of units.

    Notes
    -----
    Särndal, Swensson and Wretman (1992), section 3.6.2; R sampling
    ``inclusionprobabilities``, which lets a unit of size 0 pass.
    """
    sizes = np.asarray(sizes, float)
    good = sizes.ndim == 1 and bool(np.all((sizes > 0) & np.isfinite(sizes)))
    ImpossibleInput.unless(good, "sizes", sizes.tolist(), "numbers above 0")
    ImpossibleInput.unless(0 < n <= len(sizes), "n", n, f"above 0, at most {len(sizes)} units")
    return within_bounds(n, sizes, np.zeros(len(sizes)), np.ones(len(sizes)))


def systematic_pps(probabilities: Floats, start: float | np.random.Generator) -> Ints:
    """Units drawn with the given probabilities at one random start, in the order of the list.

    Parameters
    ----------
    probabilities
        Above 0, at most 1, shape (K,). Where their sum is not whole, the size of the
        sample is one of the two whole numbers beside it.
    start
        In [0, 1), to be kept with the sample; or a generator that gives it.

    Returns
    -------
    int array
        Places in the list, from 0, each at most once.

    Raises
    ------
    ImpossibleInput
        A probability outside (0, 1], or a start outside [0, 1).

    Notes
    -----
    Madow (1949): a unit is taken when one of start, start + 1, ... falls into its part
    of the cumulated probabilities. The order of the list stratifies by itself.
    """
    given = np.asarray(probabilities, float)
    good = given.ndim == 1 and bool(np.all((given > 0) & (given <= 1 + ROUNDING)))
    ImpossibleInput.unless(good, "probabilities", given.tolist(), "numbers above 0, at most 1")
    at = _start(start)
    # Certain units stand aside: added up, rounding could skip one or take it twice.
    certain = given >= 1 - ROUNDING
    ends = np.cumsum(np.where(certain, 0.0, given))
    if ends.size and abs(ends[-1] - round(ends[-1])) < ROUNDING:
        ends[ends == ends[-1]] = round(ends[-1])
    # How many of at, at + 1, ... lie before each end; a difference ends - at would be rounded.
    fraction, points = np.modf(ends)
    taken = np.diff(points + (fraction > at), prepend=0.0) > 0
    return np.asarray(np.flatnonzero(taken | certain), np.int64)


def systematic_equal(population: int, n: int, start: float | np.random.Generator) -> Ints:
    """``n`` of ``population`` units at equal intervals, each with probability n / population.

    Returns
    -------
    int array, shape (n,)
        Places in the list, from 0.

    Raises
    ------
    ImpossibleInput
        n below 1 or above the population, or a start outside [0, 1).

    Notes
    -----
    The interval population / n need not be whole: Cochran (1977), section 8.1.
    """
    ImpossibleInput.unless(1 <= n <= population, "n", n, f"1 to {population}")
    # In whole numbers: rounding could take a unit twice, or the one after the last.
    one = 2**53
    at = int(_start(start) * one)
    return np.array([(k * one + at) * population // (n * one) for k in range(n)], np.int64)


def choose_person(eligible: int, number: float) -> Chosen:
    """One of the ``eligible`` persons of a household, each with the same probability.

    Parameters
    ----------
    eligible
        Persons who may be asked, listed in a fixed order as by age.
    number
        In [0, 1), drawn and kept when the household was drawn: the same household and
        number always give the same person, whoever is at the door.

    Returns
    -------
    Chosen
        The factor is ``eligible``: the person stands for that many.

    Raises
    ------
    ImpossibleInput
        Nobody eligible, or a number outside [0, 1).

    Notes
    -----
    Kish (1949), whose printed grid of eight tables is exact up to four persons only.
    """
    ImpossibleInput.unless(int(eligible) == eligible >= 1, "eligible", eligible, "1 or more")
    return Chosen(floor(_start(number, "number") * eligible) + 1, int(eligible))


def _start(start: float | np.random.Generator, name: str = "start") -> float:
    if isinstance(start, np.random.Generator):
        return float(start.random())
    ImpossibleInput.unless(0 <= start < 1, name, start, "a number in [0, 1)")
    return float(start)
