"""The official assessor's sample: the chance that its unweighted rate reaches the target."""

from dataclasses import dataclass
from math import ceil, floor, sqrt

import numpy as np
from scipy import optimize, special

from analysis.cells import Floats
from analysis.errors import ImpossibleInput

NODES = 400  # equally probable rates in an integral over what is not known of the rate
ROUNDING = 1e-9  # of a person
NOT_ALIKE = 1e-8  # a smaller correlation changes nothing, and the Beta functions lose digits


@dataclass(frozen=True, slots=True)
class Visit:
    """A simple two-stage sample: communities drawn at random, persons drawn in each.

    Attributes
    ----------
    clusters, per_cluster : int
        Communities, and persons who count in each: don't-know answers that the
        indicator leaves out are not among them.
    correlation : float
        Of two answers of one community. What its part of the city has in common belongs
        to it, for the visit does not draw by strata.

    Raises
    ------
    ImpossibleInput
        No community, nobody in it, or a correlation outside [0, 1].
    """

    clusters: int
    per_cluster: int
    correlation: float

    def __post_init__(self) -> None:
        ImpossibleInput.unless(self.clusters >= 1, "clusters", self.clusters, "1 or more")
        ImpossibleInput.unless(self.per_cluster >= 1, "per_cluster", self.per_cluster, "1 or more")
        good = 0 <= self.correlation <= 1
        ImpossibleInput.unless(good, "correlation", self.correlation, "a number from 0 to 1")

    @property
    def persons(self) -> int:
        return self.clusters * self.per_cluster


def reading(visit: Visit, rate: float) -> Floats:
    """Probability of each number of hits among all persons, shape (persons + 1,).

    Notes
    -----
    Communities have rates from a Beta distribution with mean ``rate`` and variance
    ``correlation · rate (1 - rate)``; the hits of one are Beta-binomial (Skellam 1948),
    their sum is the distribution's convolution with itself.
    """
    ImpossibleInput.unless(0 <= rate <= 1, "rate", rate, "a number from 0 to 1")
    total = visit.persons + 1
    if rate in (0.0, 1.0):
        return np.asarray(np.arange(total) == round(rate) * visit.persons, float)
    transform = np.fft.rfft(_one_cluster(visit, rate), total)
    chances = np.maximum(np.fft.irfft(transform**visit.clusters, total), 0.0)
    return np.asarray(chances / chances.sum(), float)


def chance(visit: Visit, rate: float, target: float, *, lower_is_better: bool = False) -> float:
    """Probability that the visit reads at least the target (at most, if lower is better).

    Parameters
    ----------
    rate, target : float
        Proportions; the rate is taken as true.
    """
    hits = reading(visit, rate)
    if lower_is_better:
        return float(hits[: max(floor(target * visit.persons + ROUNDING), -1) + 1].sum())
    return float(hits[max(ceil(target * visit.persons - ROUNDING), 0) :].sum())


def chance_unsure(
    visit: Visit, estimate: float, n_eff: float, target: float, *, lower_is_better: bool = False
) -> float:
    """The same, the rate being known from a survey of effective size ``n_eff`` only.

    Notes
    -----
    Predictive: the mean over Beta(n_eff p + ½, n_eff (1 - p) + ½), the Jeffreys
    posterior, as for ranks.
    """
    ImpossibleInput.unless(n_eff > 0, "n_eff", n_eff, "a number above 0")
    place = (np.arange(NODES) + 0.5) / NODES
    rates = special.betaincinv(n_eff * estimate + 0.5, n_eff * (1 - estimate) + 0.5, place)
    side = {"lower_is_better": lower_is_better}
    return float(np.mean([chance(visit, rate, target, **side) for rate in rates.tolist()]))


def rate_needed(
    visit: Visit, target: float, probability: float = 0.9, *, lower_is_better: bool = False
) -> float:
    """The true rate with which the visit reads the target with a probability.

    Raises
    ------
    ImpossibleInput
        A target outside [0, 1] or a probability outside (0, 1).
    """
    ImpossibleInput.unless(0 <= target <= 1, "target", target, "a number from 0 to 1")
    good = 0 < probability < 1
    ImpossibleInput.unless(good, "probability", probability, "a number inside (0, 1)")

    def miss(rate: float) -> float:
        return chance(visit, rate, target, lower_is_better=lower_is_better) - probability

    easiest, hardest = (1.0, 0.0) if not lower_is_better else (0.0, 1.0)
    if miss(hardest) >= 0:
        return hardest
    return float(optimize.brentq(miss, hardest, easiest, xtol=1e-9))


def mean_chance(
    visit: Visit,
    mean: float,
    sd: float,
    target: float,
    *,
    se: float = 0.0,
    lower_is_better: bool = False,
) -> float:
    """The chance for a mean score, by the normal approximation.

    Parameters
    ----------
    mean, sd, target, se : float
        In points: the mean, the spread of one person's score, the target, and the
        standard error with which the mean is known (0: taken as true).
    """
    spread = sqrt(_mean_variance(visit, sd) + se**2)
    if spread == 0:
        return float(mean <= target if lower_is_better else mean >= target)
    return float(special.ndtr((target - mean if lower_is_better else mean - target) / spread))


def mean_needed(
    visit: Visit,
    sd: float,
    target: float,
    probability: float = 0.9,
    *,
    lower_is_better: bool = False,
) -> float:
    """The true mean score with which the visit reads the target with a probability."""
    step = float(special.ndtri(probability)) * sqrt(_mean_variance(visit, sd))
    return target - step if lower_is_better else target + step


def _mean_variance(visit: Visit, sd: float) -> float:
    return sd**2 * (1 + (visit.per_cluster - 1) * visit.correlation) / visit.persons


def _one_cluster(visit: Visit, rate: float) -> Floats:
    """Probability of each number of hits in one community, shape (per_cluster + 1,)."""
    size, alike = visit.per_cluster, visit.correlation
    hits = np.arange(size + 1.0)
    if alike == 1:
        return np.where(hits == 0, 1 - rate, np.where(hits == size, rate, 0.0))
    log_ways = -special.betaln(hits + 1, size - hits + 1) - np.log(size + 1)
    if alike < NOT_ALIKE:
        plain = special.xlogy(hits, rate) + special.xlog1py(size - hits, -rate)
        return np.asarray(np.exp(log_ways + plain), float)
    yes, no = rate * (1 - alike) / alike, (1 - rate) * (1 - alike) / alike
    mixed = special.betaln(hits + yes, size - hits + no) - special.betaln(yes, no)
    return np.asarray(np.exp(log_ways + mixed), float)
