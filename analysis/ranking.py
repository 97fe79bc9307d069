"""What the data say about ranks: joint rank intervals and the chance of the first places."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import hypot, sqrt

import numpy as np
from scipy import special

from analysis.cells import Floats, Ints
from analysis.errors import EqualRates, ImpossibleInput
from analysis.intervals import quantile
from analysis.planning import SampleSize

JOINT_LEVEL = 0.90
PAIR_LEVEL = 0.95  # of the interval of a difference
FIRST_PLACES = 3
TIE = 1e-12  # estimates nearer than this differ by rounding only
SPAN = 7  # standard deviations on each side that the quadrature covers
NODES = 6  # points of the quadrature in a panel, which is one standard deviation wide


class Adjustment(StrEnum):
    """What makes all intervals hold jointly: exact for independent ones, or for any."""

    SIDAK = "sidak"
    BONFERRONI = "bonferroni"


@dataclass(frozen=True, slots=True)
class Ranked:
    """One area among those compared; higher is better here.

    ``low`` and ``high`` are limits at the single level of ``single_level``.
    """

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RankInterval:
    """The rank, 1 for the best, and the joint limits of the true one."""

    rank: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class JointRanks:
    """Joint limits of the true ranks of K scores.

    Attributes
    ----------
    z : float
        Standard errors from the estimate to a limit of its interval.
    low, high : int array, shape (K,)
    """

    z: float
    low: Ints
    high: Ints


@dataclass(frozen=True, slots=True)
class Expected:
    """A rate that an area is expected to have, with the design effect of its sample.

    ``deff`` is n / n_eff of a like sample, which also counts its few degrees of freedom.
    """

    rate: float
    deff: float = 1.0


def single_level(areas: int) -> float:
    """Level of each interval so that all hold jointly with 90 % (Sidak)."""
    return float(JOINT_LEVEL ** (1 / areas))


def rank_intervals(areas: Sequence[Ranked]) -> list[RankInterval]:
    """Ranks and joint rank intervals, rank 1 the highest estimate.

    Limits that touch count as apart.

    Notes
    -----
    Klein, Wright and Wieczorek (2020): the best rank is 1 plus the areas
    wholly above, the worst K minus the areas wholly below.
    """
    estimate = np.array([area.estimate for area in areas])
    ranks = _from_the_top(estimate)
    low, high = _rank_limits(
        np.array([area.low for area in areas]), np.array([area.high for area in areas])
    )
    return [
        RankInterval(*numbers)
        for numbers in zip(ranks.tolist(), low.tolist(), high.tolist(), strict=True)
    ]


def normal_rank_intervals(
    estimate: Floats,
    se: Floats,
    *,
    level: float = JOINT_LEVEL,
    adjustment: Adjustment = Adjustment.SIDAK,
    lowest_first: bool = False,
) -> JointRanks:
    """Joint rank intervals from normal intervals ``estimate ± z se``.

    For scores of many respondents; rates near 0 or 100 % need ``rank_intervals``, for
    normal limits cover too little there. Limits that touch count as apart.

    Parameters
    ----------
    estimate, se
        Shape (K,).
    lowest_first
        Rank 1 is the lowest estimate, not the highest.

    Raises
    ------
    ImpossibleInput
        No estimate, one that is not a number, an se below 0, a level outside (0, 1).

    Notes
    -----
    Klein, Wright and Wieczorek (2020), with a share ``1 - level^(1/K)`` (Sidak) or
    ``(1 - level) / K`` (Bonferroni) outside each interval.
    """
    estimate, se = np.asarray(estimate, float), np.asarray(se, float)
    good = estimate.ndim == 1 and estimate.size > 0 and bool(np.all(np.isfinite(estimate)))
    ImpossibleInput.unless(good, "estimate", estimate.tolist(), "a number for each area")
    good = se.shape == estimate.shape and bool(np.all((se >= 0) & np.isfinite(se)))
    ImpossibleInput.unless(good, "se", se.tolist(), "a number of 0 or more for each area")
    ImpossibleInput.unless(0 < level < 1, "level", level, "a number inside (0, 1)")
    outside = (1 - level) / len(estimate)
    if adjustment is Adjustment.SIDAK:
        outside = 1 - level ** (1 / len(estimate))
    z = -float(special.ndtri(outside / 2))
    score = -estimate if lowest_first else estimate
    return JointRanks(z, *_rank_limits(score - z * se, score + z * se))


def _from_the_top(estimate: Floats) -> Ints:
    """1 plus the number of higher estimates, shape (K,)."""
    not_higher = np.searchsorted(np.sort(estimate), estimate + TIE, side="right")
    return np.asarray(1 + len(estimate) - not_higher, np.int64)


def _rank_limits(low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """Best and worst ranks, 1 the highest, from joint limits; each of shape (K,)."""
    areas = len(low)
    # An interval without width touches itself, but is no other area.
    itself = low >= high
    above = areas - np.searchsorted(np.sort(low), high, side="left") - itself
    below = np.searchsorted(np.sort(high), low, side="right") - itself
    return np.asarray(1 + above, np.int64), np.asarray(areas - below, np.int64)


def n_to_separate(
    first: Expected, second: Expected, *, areas: int | None = None, power: float = 0.80
) -> SampleSize:
    """Respondents in each of two areas after which the data tell them apart.

    Parameters
    ----------
    areas
        Of so many areas, ranked together, these two are told apart: their joint
        intervals at ``single_level(areas)`` do not overlap. Without it only these two
        are compared: the 95 % interval of their difference excludes 0.
    power
        Probability that it happens.

    Raises
    ------
    EqualRates
        The two rates are equal.
    ImpossibleInput
        A rate or the power outside (0, 1), a design effect not above 0, areas below 2.

    Notes
    -----
    ``n = ((A + sqrt(A² + 2 D C)) / (2 D))²`` with ``s_i² = deff_i p_i (1 - p_i)``, the
    difference D and ``A = z W + z_power sqrt(s_1² + s_2²)``. For intervals that do not
    overlap ``W = s_1 + s_2`` and ``C = deff_1 + deff_2``: Schenker and Gentleman (2001).
    For a difference, whose limits are MOVER's, ``W = sqrt(s_1² + s_2²)`` and
    ``C = (s_1 deff_1 + s_2 deff_2) / W``; with C = 0 that is the textbook number. C is
    the half answer by which Korn-Graubard limits lie further out than Wald's, as in the
    correction of Fleiss, Tytun and Ury (1980). Simulated power is .79 to .86 from 100
    effective respondents an area on, and down to .70 where fewer would do.
    """
    difference = abs(first.rate - second.rate)
    for name, value in (("first.rate", first.rate), ("second.rate", second.rate), ("power", power)):
        ImpossibleInput.unless(0 < value < 1, name, value, "a number inside (0, 1)")
    for name, value in (("first.deff", first.deff), ("second.deff", second.deff)):
        ImpossibleInput.unless(value > 0, name, value, "a number above 0")
    ImpossibleInput.unless(areas is None or areas >= 2, "areas", areas, "2 or more")
    if difference < TIE:
        raise EqualRates(first.rate)
    spreads = [sqrt(area.deff * area.rate * (1 - area.rate)) for area in (first, second)]
    together = hypot(*spreads)
    if areas is None:
        z, reach = quantile(PAIR_LEVEL, np.inf), together
        half = (spreads[0] * first.deff + spreads[1] * second.deff) / together
    else:
        z, reach, half = (
            quantile(single_level(areas), np.inf),
            sum(spreads),
            first.deff + second.deff,
        )
    away = z * reach + float(special.ndtri(power)) * together
    return SampleSize(((away + sqrt(away**2 + 2 * difference * half)) / (2 * difference)) ** 2)


def beta_places(estimate: Floats, n_eff: Floats, *, places: int = FIRST_PLACES) -> Floats:
    """Probability of each rate to be among the first ``places``, shape (K,).

    Independent Beta(n_eff p + 1/2, n_eff (1 - p) + 1/2), the Jeffreys posterior
    with the effective sample size.

    Notes
    -----
    Integrated over the arcsine of the root of the rate, where these
    distributions have smooth, bounded densities, also at 0 and 100 %, and a
    spread of about ``1 / (2 sqrt(n_eff))`` wherever they lie.
    """
    a, b = n_eff * estimate + 0.5, n_eff * (1 - estimate) + 0.5
    spread = 0.5 / np.sqrt(a + b)
    edges = np.clip(_edges(np.arcsin(np.sqrt(a / (a + b))), spread), 0.0, np.pi / 2)
    # Where many areas are at 100 %, the best of them crowd at the end.
    crowd = np.pi / 2 - spread.min() / 2.0 ** np.arange(1, 10)
    angle, width = _nodes(np.unique(np.concatenate((edges, crowd, [np.pi / 2]))))
    sine, cosine = np.sin(angle)[:, None], np.cos(angle)[:, None]
    density = 2 * np.exp(
        2 * special.xlogy(a - 0.5, sine) + 2 * special.xlogy(b - 0.5, cosine) - special.betaln(a, b)
    )
    return _first_places(special.betainc(a, b, sine**2), density * width[:, None], places)


def normal_places(estimate: Floats, se: Floats, *, places: int = FIRST_PLACES) -> Floats:
    """Probability of each score to be among the first ``places``, independent normals."""
    spread = np.maximum(se, 1e-9 * max(1.0, float(np.abs(estimate).max())))
    points, width = _nodes(_edges(estimate, spread))
    z = (points[:, None] - estimate) / spread
    density = np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * spread)
    return _first_places(special.ndtr(z), density * width[:, None], places)


def _edges(center: Floats, spread: Floats) -> Floats:
    """Panels of the quadrature, fine enough for the narrowest distribution where it lies.

    Even, or gathered around each center, whichever is fewer.
    """
    start, end = (center - SPAN * spread).min(), (center + SPAN * spread).max()
    narrow = float(spread.min())
    around = np.arange(-SPAN, SPAN + 1)
    if end - start < narrow * around.size * center.size:
        return np.arange(start, end + narrow, narrow)
    return np.unique((center[:, None] + spread[:, None] * around).ravel())


def _nodes(edges: Floats) -> tuple[Floats, Floats]:
    """Gauss-Legendre points and their weights, panel after panel."""
    node, weight = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + node)).ravel(), (half * weight).ravel()


def _first_places(below: Floats, mass: Floats, places: int) -> Floats:
    """The chance that fewer than ``places`` others are higher, for each area.

    ``below`` holds the distribution functions at the points of the quadrature,
    ``mass`` the densities times the weights; both of shape (points, K).
    """
    areas = below.shape[1]
    ImpossibleInput.unless(places >= 1, "places", places, "1 or more")
    if areas <= places:
        return np.ones(areas)
    before = _counts_above(1 - below, places)
    after = _counts_above(1 - below[:, ::-1], places)[::-1]
    found = np.empty(areas)
    for k in range(areas):
        # i higher ones before it, and at most places - 1 - i after it
        at_most = np.cumsum(after[k], axis=0)[::-1]
        found[k] = mass[:, k] @ (before[k] * at_most).sum(axis=0)
    return np.clip(found, 0.0, 1.0)


def _counts_above(above: Floats, places: int) -> Floats:
    """P(0, 1, ... of the areas before k exceed each point), shape (K, places, points)."""
    areas = above.shape[1]
    chance = np.zeros((areas, places, above.shape[0]))
    chance[0, 0] = 1.0
    for k in range(areas - 1):
        one = above[:, k]
        chance[k + 1] = chance[k] * (1 - one)
        chance[k + 1, 1:] += chance[k, :-1] * one
    return chance
