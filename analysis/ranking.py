"""What the data say about ranks: joint rank intervals and the chance of the first places."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.cells import Floats

JOINT_LEVEL = 0.90
FIRST_PLACES = 3
TIE = 1e-12  # estimates nearer than this differ by rounding only
SPAN = 7  # standard deviations on each side that the quadrature covers
NODES = 6  # points of the quadrature in a panel, which is one standard deviation wide


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
    low = np.array([area.low for area in areas])
    high = np.array([area.high for area in areas])
    found = []
    for k in range(len(areas)):
        others = np.arange(len(areas)) != k
        found.append(
            RankInterval(
                rank=1 + int((estimate > estimate[k] + TIE).sum()),
                low=1 + int((low[others] >= high[k]).sum()),
                high=len(areas) - int((high[others] <= low[k]).sum()),
            )
        )
    return found


def beta_places(estimate: Floats, n_eff: Floats) -> Floats:
    """Probability of each rate to be among the first three, shape (K,).

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
    return _first_places(special.betainc(a, b, sine**2), density * width[:, None])


def normal_places(estimate: Floats, se: Floats) -> Floats:
    """Probability of each score to be among the first three, independent normals."""
    spread = np.maximum(se, 1e-9 * max(1.0, float(np.abs(estimate).max())))
    points, width = _nodes(_edges(estimate, spread))
    z = (points[:, None] - estimate) / spread
    density = np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * spread)
    return _first_places(special.ndtr(z), density * width[:, None])


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


def _first_places(below: Floats, mass: Floats) -> Floats:
    """The chance that at most two others are higher, for each area.

    ``below`` holds the distribution functions at the points of the quadrature,
    ``mass`` the densities times the weights; both of shape (points, K).
    """
    areas = below.shape[1]
    if areas <= FIRST_PLACES:
        return np.ones(areas)
    before = _counts_above(1 - below)
    after = _counts_above(1 - below[:, ::-1])[::-1]
    found = np.empty(areas)
    for k in range(areas):
        p, s = before[k], after[k]
        few = p[0] * (s[0] + s[1] + s[2]) + p[1] * (s[0] + s[1]) + p[2] * s[0]
        found[k] = mass[:, k] @ few
    return np.clip(found, 0.0, 1.0)


def _counts_above(above: Floats) -> Floats:
    """P(none, one, two of the areas before k exceed each point, shape (K, 3, points)."""
    areas = above.shape[1]
    chance = np.zeros((areas, FIRST_PLACES, above.shape[0]))
    chance[0, 0] = 1.0
    for k in range(areas - 1):
        one = above[:, k]
        chance[k + 1] = chance[k] * (1 - one)
        chance[k + 1, 1:] += chance[k, :-1] * one
    return chance
