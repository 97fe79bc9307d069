"""Rates in domains with errors and limits, from sums: at no cost for each respondent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from analysis.calibration import raking_factors
from analysis.cells import Floats, Ints
from analysis.errors import DesignFaulty, EmptyCells, LonelyStrata, UnknownCells
from analysis.intervals import korn_graubard_limits
from analysis.replication import bootstrap_factors
from analysis.strata import Lonely, by_group
from analysis.sums import Coded, Codes, Sums, add_up, fold, look_up, require_codes

INDEPENDENT = 1e-12  # of the largest eigenvalue; margins share their total


@dataclass(frozen=True, slots=True)
class RateTable:
    """J rates in D domains; all arrays of shape (D, J).

    Attributes
    ----------
    rate : float array
        Weighted shares in [0, 1].
    se : float array
        Standard errors.
    n, hits : int arrays
        Respondents who answered, and of these who said yes.
    df : int array
        Clusters with an answer minus strata with one.
    """

    rate: Floats
    se: Floats
    n: Ints
    hits: Ints
    df: Ints

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Korn-Graubard limits, each of shape (D, J).

        Raises
        ------
        DesignFaulty
            A domain within one cluster of each stratum, which has no degrees of freedom.
        """
        if not 0 < level < 1:
            raise DesignFaulty(f"level: above 0 and below 1 expected, found {level!r}")
        if (self.df < 1).any():
            domain, rate = np.argwhere(self.df < 1)[0].tolist()
            raise DesignFaulty(f"domain {domain}, rate {rate}: no degrees of freedom are left")
        return korn_graubard_limits(self.rate, self.se, self.n, self.hits, self.df, level)


@dataclass(frozen=True, slots=True)
class CodedMargin:
    """Population totals of the C categories of one variable of the respondents.

    Attributes
    ----------
    codes : int array, shape (R,)
    targets : float array, shape (C,)
    """

    name: str
    codes: Codes
    targets: Floats

    def __post_init__(self) -> None:
        require_codes(self.name, self.codes, 0, self.size - 1)

    @property
    def size(self) -> int:
        return int(self.targets.size)

    @property
    def categories(self) -> list[str]:
        return [str(code) for code in range(self.size)]


@dataclass(frozen=True, slots=True)
class Raked:
    """Weights that meet all margins.

    Attributes
    ----------
    weight : float array, shape (R,)
    table : float array, one axis for each margin
        Sums of the base weights.
    """

    weight: Floats
    table: Floats


def rate_table(sums: Sums, *, lonely: Lonely = Lonely.FAIL) -> RateTable:
    """Rates of all domains with linearized errors, clusters as drawn with replacement.

    Parameters
    ----------
    lonely
        ``fail``, or ``remove`` or ``certainty``, which are the same here.

    Raises
    ------
    LonelyStrata
        A stratum with one cluster, under ``fail``.
    DesignFaulty
        A domain in which nobody answered; another rule for lonely clusters.

    Notes
    -----
    Binder (1983). Equal to ``analysis.estimation.mean`` in each domain of the same
    design: pairs of a cluster and a domain with respondents deviate from the mean of
    all clusters of the stratum, and the others by that mean itself.
    """
    base = _without_errors(sums)
    size = _clusters(sums, lonely)
    divisor = by_group(sums.answered, sums.domain, sums.domains)
    z = (sums.yes - base.rate[sums.domain] * sums.answered) / divisor[sums.domain]
    stratum = sums.stratum[sums.cluster]
    key, group = np.unique(stratum * sums.domains + sums.domain, return_inverse=True)
    groups = group.reshape(-1)
    m = size[key // sums.domains][:, None]
    pairs = np.bincount(groups)[:, None]
    mean = by_group(z, groups, key.size) / m
    spread = by_group((z - mean[groups]) ** 2, groups, key.size) + (m - pairs) * mean**2
    variance = np.where(m > 1, m / np.maximum(m - 1, 1), 0.0) * spread
    return replace(base, se=np.sqrt(by_group(variance, key % sums.domains, sums.domains)))


def rake(coded: Coded, margins: Sequence[CodedMargin]) -> Raked:
    """Rake the base weights to several margins, on the table of their joint categories.

    Raises
    ------
    EmptyCells, UnknownCells
        A total without respondents; respondents without a positive total.
    MarginsNotMet
        See ``analysis.calibration.raking_factors``.

    Notes
    -----
    Deming and Stephan (1940): a factor is the same for all of a joint category.
    """
    for margin in margins:
        if margin.codes.shape != coded.cluster.shape:
            raise DesignFaulty(f"{margin.name}: a code for each respondent expected")
    axes = [(margin.codes, margin.size) for margin in margins]
    table = np.asarray(fold(axes, coded.weight), float)
    for axis, margin in enumerate(margins):
        reached = table.sum(axis=tuple(k for k in range(table.ndim) if k != axis))
        empty = np.flatnonzero((reached == 0) & (margin.targets > 0))
        if empty.size:
            raise EmptyCells([f"{margin.name} {code}" for code in empty])
        unknown = np.flatnonzero((reached > 0) & ~(margin.targets > 0))
        if unknown.size:
            raise UnknownCells([f"{margin.name} {code}" for code in unknown])
    cells = np.argwhere(table > 0)
    factor = np.zeros(table.shape)
    factor[tuple(cells.T)] = raking_factors(margins, cells, table[table > 0])
    return Raked(coded.weight * look_up(axes, factor), table)


def raked_table(
    coded: Coded, margins: Sequence[CodedMargin], raked: Raked, *, lonely: Lonely = Lonely.FAIL
) -> RateTable:
    """Rates after raking, with errors that know it.

    Parameters and refusals as ``rate_table``; ``raked`` comes from ``rake`` with the same margins.

    Notes
    -----
    Deville and Särndal (1992): residuals of the linearized value on the margins, fitted
    with the base weights, times the raked weight; after it all strata contribute to
    every domain. Equal to R ``calibrate(calfun = "raking")``.
    """
    sums = add_up(coded, raked.weight)
    base = _without_errors(sums)
    size = _clusters(sums, lonely)
    divisor = by_group(sums.answered, sums.domain, sums.domains)
    fit_yes, fit_answered = _fits(coded, margins, sums.domains)
    inverse = np.linalg.pinv(_gram(raked.table), rcond=INDEPENDENT, hermitian=True)
    margin = _of_clusters(coded, margins, raked.weight)
    order = np.argsort(sums.stratum, kind="stable")
    starts = np.flatnonzero(np.diff(sums.stratum[order], prepend=-1))
    m = size[sums.stratum[order][starts]][:, None]
    scale = np.where(m > 1, m / np.maximum(m - 1, 1), 0.0)
    position = np.empty_like(order)
    position[order] = np.arange(order.size)
    place = (position[sums.cluster], sums.domain)
    se = np.empty_like(base.rate)
    for rate in range(base.rate.shape[1]):
        value = base.rate[:, rate]
        slope = inverse @ (fit_yes[rate] - value * fit_answered[rate])
        score = margin[order] @ -slope
        score[place] += sums.yes[:, rate] - value[sums.domain] * sums.answered[:, rate]
        total = np.add.reduceat(score, starts, axis=0)
        score -= np.repeat(total / m, np.diff(starts, append=order.size), axis=0)
        spread = np.add.reduceat(score**2, starts, axis=0)
        se[:, rate] = np.sqrt((scale * spread).sum(axis=0)) / divisor[:, rate]
    return replace(base, se=se)


def bootstrap_table(sums: Sums, replicates: int, *, seed: int) -> RateTable:
    """Rates of all domains with errors from the Rao-Wu bootstrap of the clusters.

    Raises
    ------
    LonelyStrata
        A stratum with one cluster.
    DesignFaulty
        A domain in which nobody answered, or nobody in a replicate.

    Notes
    -----
    Rao, Wu and Yue (1992); see ``analysis.replication.bootstrap``, with whose replicates
    for the same seed it agrees. It works on sums of clusters, never on respondents.
    """
    base = _without_errors(sums)
    _clusters(sums, Lonely.FAIL)
    factors = bootstrap_factors(sums.stratum, replicates, seed=seed).T
    se = np.empty_like(base.rate)
    for rate in range(base.rate.shape[1]):
        answered = _spread_out(sums, sums.answered[:, rate]) @ factors
        if not (answered > 0).all():
            raise DesignFaulty(f"rate {rate}: nobody answered in a domain of a replicate")
        share = (_spread_out(sums, sums.yes[:, rate]) @ factors) / answered
        se[:, rate] = share.std(axis=1, ddof=1)
    return replace(base, se=se)


def _spread_out(sums: Sums, values: Floats) -> sparse.csr_array:
    shape = (sums.domains, sums.stratum.size)
    return sparse.csr_array((values, (sums.domain, sums.cluster)), shape=shape)


def _without_errors(sums: Sums) -> RateTable:
    answered = by_group(sums.answered, sums.domain, sums.domains)
    if not (answered > 0).all():
        domain, rate = np.argwhere(~(answered > 0))[0].tolist()
        raise DesignFaulty(f"domain {domain}: nobody answered for rate {rate}")
    share = by_group(sums.yes, sums.domain, sums.domains) / answered
    return RateTable(
        rate=share,
        se=np.zeros_like(share),
        n=by_group(sums.n, sums.domain, sums.domains).astype(np.int64),
        hits=by_group(sums.hits, sums.domain, sums.domains).astype(np.int64),
        df=_degrees(sums),
    )


def _degrees(sums: Sums) -> Ints:
    reached = (sums.n > 0).astype(np.int64)
    clusters = by_group(reached, sums.domain, sums.domains)
    key = sums.stratum[sums.cluster] * sums.domains + sums.domain
    there, group = np.unique(key, return_inverse=True)
    strata = (by_group(reached, group.reshape(-1), there.size) > 0).astype(np.int64)
    beyond = by_group(strata, there % sums.domains, sums.domains)
    return np.asarray(clusters - beyond, np.int64)


def _clusters(sums: Sums, lonely: Lonely) -> Floats:
    """Clusters of each stratum, shape (H,)."""
    if lonely not in {Lonely.FAIL, Lonely.REMOVE, Lonely.CERTAINTY}:
        raise DesignFaulty(f"tables of sums have no rule {lonely}; see analysis.estimation")
    size = np.bincount(sums.stratum)
    if lonely is Lonely.FAIL and (size == 1).any():
        raise LonelyStrata([str(h) for h in np.flatnonzero(size == 1)])
    return size.astype(float)


def _gram(table: Floats) -> Floats:
    """Sums of base weights for each pair of categories, shape (C, C)."""
    cells = np.argwhere(table > 0)
    offsets = np.cumsum([0, *table.shape[:-1]])
    columns = (cells + offsets).ravel()
    rows = np.repeat(np.arange(len(cells)), table.ndim)
    ones = np.ones(columns.size)
    member = sparse.csr_array((ones, (rows, columns)), shape=(len(cells), sum(table.shape)))
    weighted = member.multiply(table[table > 0][:, None])
    return np.asarray((member.T @ weighted).todense(), float)


def _of_clusters(coded: Coded, margins: Sequence[CodedMargin], weight: Floats) -> Floats:
    """Sums of final weights by cluster and category, all margins side by side, shape (P, C)."""
    clusters = (coded.cluster, coded.stratum.size)
    parts = [fold([clusters, (margin.codes, margin.size)], weight) for margin in margins]
    return np.hstack(parts)


def _fits(
    coded: Coded, margins: Sequence[CodedMargin], domains: int
) -> tuple[list[Floats], list[Floats]]:
    """Sums of base weights by category and domain, of yes and of all answers; J of shape (C, D)."""
    yes: list[list[Floats]] = [[] for _ in coded.answers]
    answered: list[list[Floats]] = [[] for _ in coded.answers]
    own = coded.domain[coded.cluster] if coded.by_cluster else coded.domain
    for margin in margins:
        of_category = replace(
            coded, cluster=margin.codes, stratum=np.zeros(margin.size, np.int64), domain=own
        )
        sums = add_up(of_category)
        place = (sums.cluster, sums.domain)
        for rate in range(len(coded.answers)):
            for found, values in ((yes, sums.yes), (answered, sums.answered)):
                table = np.zeros((margin.size, domains))
                table[place] = values[:, rate]
                found[rate].append(table)
    return [np.vstack(part) for part in yes], [np.vstack(part) for part in answered]
