"""How often the limits of a rate hold it, in simulated samples of clusters."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from math import log1p, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.errors import ImpossibleInput
from analysis.intervals import Method, effective_sizes, many_rate_limits
from analysis.presentation import Display, present_rate
from analysis.rates import RateTable, rate_table
from analysis.sums import Coded, add_up

LEVEL = 0.95
MINIMUM_N = 30  # of a study that says nothing else
CHUNK = 1 << 19  # respondents that are drawn at a time


@dataclass(frozen=True, slots=True)
class District:
    """A district whose clusters differ, and how it is sampled.

    Attributes
    ----------
    p : float
        Rate of the district, between 0 and 1.
    icc : float
        Correlation of two residents of a cluster, between 0 and 1.
    clusters, respondents : int
        Clusters drawn, and respondents in each.
    weight_cv : float
        Coefficient of variation of the weights, which know nothing of the answers.
    """

    p: float
    icc: float
    clusters: int
    respondents: int = 10
    weight_cv: float = 0.4

    def __post_init__(self) -> None:
        for name in ("p", "icc"):
            share = getattr(self, name)
            ImpossibleInput.unless(0 < share < 1, name, share, "above 0 and below 1")
        ImpossibleInput.unless(self.clusters > 1, "clusters", self.clusters, "2 or more")
        ImpossibleInput.unless(self.respondents > 0, "respondents", self.respondents, "1 or more")
        ImpossibleInput.unless(self.weight_cv >= 0, "weight_cv", self.weight_cv, "0 or more")


GRID = tuple(
    District(p, icc, clusters)
    for icc in (0.05, 0.15, 0.30)
    for clusters in (4, 8, 20)
    for p in (0.85, 0.95, 0.99)
)

# Rates just below the lower limit of the default at 100 %, .025^(1/n), where each sample at
# 100 % misses; and nine clusters, the fewest whose figures are not marked for their df.
HARDER = tuple(
    District(p, icc, clusters)
    for icc in (0.05, 0.15, 0.30)
    for clusters, p in ((4, 0.911), (8, 0.954), (20, 0.981), (9, 0.85))
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A method, and whether it has limits where all or none said yes.

    R survey 4.5 has none there but a point or nan; the product always has.
    """

    method: Method
    at_edges: bool


class Name(StrEnum):
    """What is compared; ``in R`` without limits at 0 and 100 %."""

    DEFAULT = "default"
    WALD = "Wald in R"
    LOGIT = "logit in R"
    LOGIT_HERE = "logit"
    WILSON = "Wilson in R"
    WILSON_HERE = "Wilson"


RECIPES: Mapping[Name, Recipe] = {
    Name.DEFAULT: Recipe(Method.KORN_GRAUBARD, at_edges=True),
    Name.WALD: Recipe(Method.WALD, at_edges=False),
    Name.LOGIT: Recipe(Method.LOGIT, at_edges=False),
    Name.LOGIT_HERE: Recipe(Method.LOGIT, at_edges=True),
    Name.WILSON: Recipe(Method.WILSON, at_edges=False),
    Name.WILSON_HERE: Recipe(Method.WILSON, at_edges=True),
}


class Mark(StrEnum):
    """What the official sees of a figure."""

    SHOWN = "shown"
    EDGE = "review, 0 or 100 %"
    FEW_DF = "review, df < 8"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Held:
    """Samples, and how many of their limits held the rate of the district."""

    samples: int
    held: int

    @property
    def missed(self) -> int:
        return self.samples - self.held

    @property
    def share(self) -> float | None:
        return self.held / self.samples if self.samples else None

    @property
    def se(self) -> float | None:
        """Monte Carlo standard error of ``share``."""
        share = self.share
        return None if share is None else sqrt(share * (1 - share) / self.samples)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of the simulated samples of a district.

    Attributes
    ----------
    edges : int
        Samples at 0 or 100 %.
    too_high : int
        Samples whose default limits lie wholly above the rate.
    by_name : mapping
        Limits that held the rate; where a recipe has none they did not.
    width : mapping
        Mean width of the limits over the samples that have any, not cut to 0 and 1;
        nan where no sample has.
    by_mark : mapping
        Of the default, by what the official sees.
    """

    district: District
    samples: int
    edges: int
    too_high: int
    by_name: Mapping[Name, Held]
    width: Mapping[Name, float]
    by_mark: Mapping[Mark, Held]

    @property
    def default(self) -> Held:
        return self.by_name[Name.DEFAULT]


def coverage(district: District, samples: int, *, seed: int) -> Coverage:
    """Draw that many samples of the district and hold all limits against its rate.

    Notes
    -----
    Of one seed each district has its own stream: its result does not depend on
    which others are simulated.
    """
    ImpossibleInput.unless(samples > 0, "samples", samples, "1 or more")
    table = simulate(district, samples, generator_of(district, seed))
    edge = at_edge(table)
    limits = {
        method: many_rate_limits(table.rate, table.se, table.n, table.hits, table.df, method, LEVEL)
        for method in {recipe.method for recipe in RECIPES.values()}
    }
    holds, width = {}, {}
    for name, recipe in RECIPES.items():
        low, high = limits[recipe.method]
        exists = ~edge | recipe.at_edges
        holds[name] = exists & (low <= district.p) & (district.p <= high)
        width[name] = float((high - low)[exists].mean()) if exists.any() else nan
    marks = marks_of(table)
    return Coverage(
        district,
        samples,
        edges=int(edge.sum()),
        too_high=int((limits[RECIPES[Name.DEFAULT].method][0] > district.p).sum()),
        by_name={name: _held(held) for name, held in holds.items()},
        width=width,
        by_mark={mark: _held(holds[Name.DEFAULT][marks == mark]) for mark in Mark},
    )


def generator_of(district: District, seed: int) -> np.random.Generator:
    """The stream of random numbers of a district."""
    own = [round(1000 * share) for share in (district.p, district.icc, district.weight_cv)]
    return np.random.Generator(
        np.random.PCG64([seed, district.clusters, district.respondents, *own])
    )


def simulate(district: District, samples: int, generator: np.random.Generator) -> RateTable:
    """Weighted rate and linearized error of each sample; arrays of shape (samples, 1)."""
    most = max(1, CHUNK // (district.clusters * district.respondents))
    parts = [
        rate_table(add_up(draw(district, min(most, samples - start), generator)))
        for start in range(0, samples, most)
    ]
    names = [field.name for field in fields(RateTable)]
    return RateTable(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def draw(district: District, samples: int, generator: np.random.Generator) -> Coded:
    """Independent samples of a district, each a stratum and a domain of its own.

    Notes
    -----
    Rates of clusters are Beta(p·s, (1 - p)·s) with s = 1/icc - 1, so that two residents
    of a cluster correlate by exactly icc (Skellam 1948); weights are log-normal.
    """
    clusters = samples * district.clusters
    scale = 1 / district.icc - 1
    rates = generator.beta(district.p * scale, (1 - district.p) * scale, clusters)
    shape = (clusters, district.respondents)
    yes = generator.random(shape) < rates[:, None]
    spread = log1p(district.weight_cv**2)
    weight = generator.lognormal(-spread / 2, sqrt(spread), shape)
    sample = np.repeat(np.arange(samples), district.clusters)
    return Coded(
        cluster=np.repeat(np.arange(clusters), district.respondents),
        stratum=sample,
        domain=sample,
        answers=(yes.ravel().astype(np.int8),),
        weight=weight.ravel(),
    )


def at_edge(table: RateTable) -> NDArray[np.bool_]:
    """Rates for which all or none said yes."""
    return np.asarray((table.hits == 0) | (table.hits == table.n))


def marks_of(table: RateTable) -> NDArray[np.object_]:
    """The ``Mark`` of each rate of the table, by the rules of ``analysis.presentation``."""
    low, high = table.limits(LEVEL)
    n_eff = effective_sizes(table.rate, table.se, table.n, table.hits, table.df, LEVEL)
    columns = (table.rate, table.n, at_edge(table), table.df, n_eff, high - low)
    rows = zip(*[column.ravel().tolist() for column in columns], strict=True)
    marks = np.empty(table.rate.size, object)
    marks[:] = [_mark(*row) for row in rows]
    return marks.reshape(table.rate.shape)


def _mark(p: float, n: int, edge: bool, df: int, n_eff: float, width: float) -> Mark:
    shown = present_rate(
        p=p, n=n, edge=edge, df=df, n_eff=n_eff, width=width, minimum_n=MINIMUM_N
    ).display
    if shown is Display.SHOW:
        return Mark.SHOWN
    if shown is Display.SUPPRESS:
        return Mark.WITHHELD
    return Mark.EDGE if edge else Mark.FEW_DF


def _held(holds: NDArray[np.bool_]) -> Held:
    return Held(holds.size, int(holds.sum()))
