"""Rates of areas by the model of Fay and Herriot, for those too thin for a direct rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.area_level import AreaPosterior, fay_herriot_hb
from analysis.cells import Floats
from analysis.errors import ImpossibleInput, NoSpread, TooFewAreas, TooFewUnits
from analysis.presentation import MIN_DF
from analysis.small_area import checked

MIN_AREAS = 5  # fewer say next to nothing about how far areas differ
RIGHT_ANGLE = np.pi / 2


@dataclass(frozen=True, slots=True)
class DirectRates:
    """Direct estimates of the areas that have answers.

    Attributes
    ----------
    rate : float array, shape (K,)
        Proportions from 0 to 1.
    se : float array, shape (K,)
        Standard errors by the design, proportions; not used where ``df`` is 0.
    n : float array, shape (K,)
        Answers, above 0.
    df : float array, shape (K,)
        Degrees of freedom of ``se``: clusters minus strata.
    """

    rate: Floats
    se: Floats
    n: Floats
    df: Floats

    @classmethod
    def of(cls, rate: ArrayLike, se: ArrayLike, n: ArrayLike, df: ArrayLike) -> "DirectRates":
        """The arrays, or why they are refused.

        Raises
        ------
        ShapesDisagree, NotFinite
        ImpossibleInput
            A rate outside 0 to 1, no answer, or a negative standard error or df.
        """
        p = checked("rate", rate, (None,))
        found = cls(p, *(checked(*one, (p.size,)) for one in (("se", se), ("n", n), ("df", df))))
        for name, wrong, wanted in (
            ("rate", (p < 0) | (p > 1), "0 to 1"),
            ("se", found.se < 0, "at least 0"),
            ("n", found.n <= 0, "above 0"),
            ("df", found.df < 0, "at least 0"),
        ):
            if wrong.any():
                raise ImpossibleInput(name, float(getattr(found, name)[wrong][0]), wanted)
        return found


@dataclass(frozen=True, slots=True)
class AreaRates:
    """Model-based rates of areas; ``angles`` are the posterior of arcsin(sqrt(rate))."""

    angles: AreaPosterior

    @property
    def estimate(self) -> Floats:
        """Proportions, shape (K,): the medians of the posterior."""
        return _rates(self.angles.mean)

    @property
    def gamma(self) -> Floats:
        """Share of the area's own answers in its rate, shape (K,); the rest is borrowed."""
        return self.angles.gamma

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Low and high limits of the model-based interval, proportions from 0 to 1."""
        low, high = self.angles.limits(level)
        return _rates(low), _rates(high)


def area_rates(direct: DirectRates) -> AreaRates:
    """The rate of each area from its own answers and, the fewer these are, from all areas'.

    Raises
    ------
    TooFewAreas
        Fewer than 5.
    TooFewUnits, NoSpread
        See ``design_effects``.
    NotConverged

    Notes
    -----
    Fay and Herriot (1979) with a constant only, for arcsin(sqrt(p)), whose sampling
    variance deff / 4n does not depend on the unknown rate: Efron and Morris (1975),
    Carter and Rolph (1974). Limits bend back into 0 to 1 by themselves and are
    shorter towards 100 %. The variance between areas is integrated out under a flat
    prior (``fay_herriot_hb``): with few areas its REML estimate is often 0, and
    estimate +- z sqrt(MSE) then holds too rarely.
    ``docs/decisions/0007-model-based-rates.md`` has the comparison.
    """
    if direct.rate.size < MIN_AREAS:
        raise TooFewAreas(direct.rate.size, MIN_AREAS)
    variance = design_effects(direct) / (4 * direct.n)
    angles = np.arcsin(np.sqrt(direct.rate))
    return AreaRates(fay_herriot_hb(angles, variance, np.ones((angles.size, 1))))


def design_effects(direct: DirectRates) -> Floats:
    """Smoothed design effects of the areas, shape (K,), at least 1.

    An area's own standard error rests on a handful of clusters and says little.
    All areas together say how far an answer is from being worth a simple random
    one; an area with more answers a cluster than usual gets the larger effect
    that the same correlation within clusters has there, 1 + (b - 1) rho.

    Raises
    ------
    TooFewUnits
        df of all areas together below 8.
    NoSpread

    Notes
    -----
    A generalized variance function: Wolter (2007, ch. 7), Rao and Molina (2015,
    6.4.1); rho as in Kish (1965). An area has at least df + 1 clusters, so that b is
    never too small. Not below 1: no answer counts for more than a random one.
    """
    if (total := float(direct.df.sum())) < MIN_DF:
        raise TooFewUnits(total, MIN_DF)
    random = direct.df * direct.rate * (1 - direct.rate)
    if not random.any():
        raise NoSpread
    excess = float((direct.df * direct.se**2 * (direct.n - 1)).sum() - random.sum())
    pooled = max(1 + excess / float(random.sum()), 1.0)
    further = direct.n / (direct.df + 1) - 1  # answers in a cluster beside the first
    reach = float((random * further).sum())
    # Persons as units have no rho; no rho is above 1.
    rho = min(max(excess / reach, 0.0), 1.0) if reach > 0 else 0.0
    return np.maximum(pooled, 1 + further * rho)


def _rates(angles: Floats) -> Floats:
    return np.asarray(np.sin(np.clip(angles, 0.0, RIGHT_ANGLE)) ** 2, float)
