"""Replicate weights: jackknife, balanced half-samples, Rao-Wu bootstrap, and given ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from analysis.cells import Floats, Ints
from analysis.design import Design, Estimate, row_flags
from analysis.design_columns import build_design
from analysis.errors import DesignFaulty, LonelyStrata, NothingInDomain
from analysis.steps import Adjusted
from analysis.strata import WHOLE, Flags, Lonely, Stage

RANK_TOLERANCE = 1e-7  # of the pivots, by which replicates count as independent (as R's qr)


class Kind(StrEnum):
    JK1 = "JK1"
    JKN = "JKn"
    BRR = "BRR"
    FAY = "Fay"
    BOOTSTRAP = "bootstrap"


@dataclass(frozen=True, slots=True)
class Replicated:
    """R rows with B sets of replicate weights; errors by replication.

    Replicate weights of a row are ``weights`` times the factor of its unit, so
    that B sets of U unit factors are kept and never B sets of rows.

    Attributes
    ----------
    weights, counts : float arrays, shape (R,)
    unit : int array, shape (R,)
    factors : float array, shape (B, U)
    scale : float
    rscales : float array, shape (B,)
        The variance is scale * sum of rscales * (replicate - center)^2.
    mse : bool
        Whether the center is the estimate, not the mean of the replicates.
    in_domain : bool array, shape (R,)
    """

    weights: Floats
    counts: Floats
    unit: Ints
    factors: Floats
    scale: float
    rscales: Floats
    mse: bool
    in_domain: Flags

    @property
    def df(self) -> int:
        """Degrees of freedom: the rank of the replicate weights minus 1."""
        inside = self.in_domain
        return _rank(self.weights[inside], self.factors, self.unit[inside]) - 1

    @property
    def respondents(self) -> int:
        return int(self.counts[self.in_domain & (self.weights != 0)].sum())

    def domain(self, rows: ArrayLike) -> "Replicated":
        """The subpopulation of ``rows`` (bool, shape (R,)) within the present one."""
        inside = self.in_domain & row_flags(rows, self.weights.size)
        if not inside.any():
            raise NothingInDomain
        return replace(self, in_domain=inside)

    def estimate(
        self, statistic: Callable[[Floats], Floats], linearize: Callable[[Floats], Floats]
    ) -> Estimate:
        """An estimate with its covariance over the replicates; ``linearize`` is not used.

        Raises
        ------
        DesignFaulty
            A replicate without an estimate, as where it leaves nobody in the domain.
        """
        inside = np.where(self.in_domain, self.weights, 0.0)
        value = statistic(inside)
        with np.errstate(divide="ignore", invalid="ignore"):
            replicates = np.stack([statistic(inside * row[self.unit]) for row in self.factors])
        lost = np.flatnonzero(~np.isfinite(replicates).all(axis=1))
        if lost.size:
            raise DesignFaulty(f"replicate {lost[0]} leaves nobody to estimate from")
        return Estimate(value, self.covariance(value, replicates), replicates=replicates)

    def joint(self, parts: Sequence[Estimate]) -> Estimate:
        """Estimates of several domains side by side, with all covariances."""
        if any(part.replicates is None for part in parts):
            raise DesignFaulty("a linearized estimate cannot join replicates")
        value = np.concatenate([part.value for part in parts])
        replicates = np.hstack([part.replicates for part in parts if part.replicates is not None])
        names = tuple(name for part in parts for name in part.names)
        covariance = self.covariance(value, replicates)
        return Estimate(value, covariance, replicates=replicates, names=names)

    def covariance(self, value: Floats, replicates: Floats) -> Floats:
        """Covariance of estimates, shape (Q, Q), from replicates of shape (B, Q)."""
        counted = self.rscales > 0
        if not counted.any():
            return np.zeros((value.size, value.size))  # nothing of the population is left out
        center = value if self.mse else replicates[counted].mean(axis=0)
        deviation = replicates - center
        scaled = deviation * self.rscales[:, None]
        return np.asarray(self.scale * (scaled.T @ deviation), float)


def given_replicates(
    weights: ArrayLike,
    replicates: ArrayLike,
    *,
    scale: float,
    rscales: ArrayLike | None = None,
    mse: bool = False,
    combined: bool,
) -> Replicated:
    """A design from replicate weights that came with the data.

    Parameters
    ----------
    weights : array, shape (R,)
    replicates : array, shape (R, B)
        The weights themselves if ``combined``, else factors of ``weights``.
    scale, rscales
        See ``replicate_scale`` for those of known methods; ``rscales`` of shape (B,), else 1.
    """
    weight, table = np.array(weights, float), np.array(replicates, float)
    if table.ndim != 2 or weight.shape != (len(table),):
        raise DesignFaulty(f"replicates: {weight.size} rows expected, found shape {table.shape}")
    if not (np.isfinite(weight).all() and np.isfinite(table).all()) or (weight < 0).any():
        raise DesignFaulty("weights and replicates: finite numbers expected, none below 0")
    if combined:
        if (table[weight == 0] != 0).any():
            raise DesignFaulty("replicates: a row without a weight has a replicate weight")
        table = table / np.where(weight > 0, weight, 1.0)[:, None]
    scales = np.ones(table.shape[1]) if rscales is None else np.array(rscales, float)
    if scales.shape != (table.shape[1],):
        raise DesignFaulty(f"rscales: {table.shape[1]} expected, found {scales.size}")
    if not (scale >= 0 and (scales >= 0).all() and scales.size):
        raise DesignFaulty("a replicate or more and scales of at least 0 expected")
    unit = np.arange(weight.size)
    return Replicated(
        weights=weight,
        counts=np.ones(weight.size),
        unit=unit,
        factors=np.ascontiguousarray(table.T),
        scale=scale,
        rscales=scales,
        mse=mse,
        in_domain=np.ones(weight.size, bool),
    )


def replicate_scale(kind: Kind, replicates: int, *, rho: float = 0.0) -> float:
    """The usual scale of replicate weights that came without one.

    1/B for BRR, 1/(B (1 - rho)^2) for Fay, 1/(B - 1) for the bootstrap,
    (B - 1)/B for JK1 and 1 for JKn.
    """
    if replicates < 2 or not 0 <= rho < 1:
        raise DesignFaulty("two replicates or more and rho of at least 0 and below 1 expected")
    b = float(replicates)
    if kind is Kind.BRR:
        return 1 / b
    if kind is Kind.FAY:
        return 1 / (b * (1 - rho) ** 2)
    if kind is Kind.BOOTSTRAP:
        return 1 / (b - 1)
    return (b - 1) / b if kind is Kind.JK1 else 1.0


def reweighted(design: Replicated, step: Callable[[Design], Adjusted]) -> Replicated:
    """Weight the sample, and each of its replicates anew, by the same step.

    Parameters
    ----------
    step
        For example ``lambda part: poststratify(part, cell, totals)``. It sees no strata and no
        clusters: the replicates stand for them.

    Raises
    ------
    DesignFaulty
        A design restricted to a domain.
    AnalysisError
        A replicate that cannot be weighted so, as one without respondents in a cell.

    Notes
    -----
    Replicate weights then differ by row and are kept so, B times R numbers. R
    ``postStratify``, ``rake`` and ``calibrate`` of a replicate design.
    """
    if not design.in_domain.all():
        raise DesignFaulty("weight the whole sample, then ask for its domains")

    def weighted(weights: Floats) -> Floats:
        plain = build_design(weights=weights / design.counts, counts=design.counts)
        return step(plain).design.weights

    whole = weighted(design.weights)
    base = np.where(whole != 0, whole, 1.0)
    factors = np.stack(
        [weighted(design.weights * row[design.unit]) / base for row in design.factors]
    )
    return replace(design, weights=whole, unit=np.arange(whole.size), factors=factors)


def jackknife(design: Design, *, mse: bool = False) -> Replicated:
    """Leave one primary unit out at a time: JK1 without strata, JKn with them.

    The others of its stratum count m/(m - 1) times; a finite population shrinks
    the squared deviations. A stratum taken whole still has its replicates, of scale 0.

    Raises
    ------
    LonelyStrata
        A stratum with one unit under ``fail``.
    DesignFaulty
        No unit can be left out.

    Notes
    -----
    Rao and Wu (1985); R ``as.svrepdesign(type = "JK1")`` and ``"JKn"``;
    reference cases ``rep_jk1``, ``rep_jkn``.
    """
    stage = _first(design)
    m, strata = stage.sampled, len(stage.labels)
    alone = (m == 1) & (_left(stage) > WHOLE)
    if alone.any() and design.lonely is Lonely.FAIL:
        raise LonelyStrata([stage.labels[h] for h in np.flatnonzero(alone)])
    single, factors, scales = (m == 1), [], []
    for unit in _as_they_come(stage):
        of, left = int(stage.stratum[unit]), 1 - stage.fraction[unit]
        row = np.ones(stage.stratum.size)
        if not single[of]:
            row[stage.stratum == of] = m[of] / (m[of] - 1)
            row[unit] = 0.0
            factors.append(row)
            scales.append(left * (m[of] - 1) / m[of])
        elif alone[of] and design.lonely is Lonely.ADJUST and strata > 1:
            row[:] = strata / (strata - 1)
            row[unit] = 0.0
            factors.append(row)
            scales.append((strata - 1) / strata)
    if not factors:
        raise DesignFaulty("no unit can be left out")
    scale = 1.0
    if design.lonely is Lonely.AVERAGE:
        scale = stage.stratum.size / len(factors)
    rscales = np.array(scales)
    if not design.has_strata and (rscales == rscales[0]).all():
        scale, rscales = float(rscales[0]), np.ones(len(factors))
    return _replicated(design, stage, np.stack(factors), scale, rscales, mse=mse)


def half_samples(design: Design, *, rho: float = 0.0, mse: bool = False) -> Replicated:
    """Balanced half-samples of a design with two units in each stratum.

    One unit of each stratum counts 2 - rho times, the other rho times, by the
    columns of a Hadamard matrix. Finite populations are not used.

    Parameters
    ----------
    rho
        0 for BRR; between 0 and 1 for Fay's method.

    Raises
    ------
    DesignFaulty
        A stratum without exactly two units; rho outside [0, 1).

    Notes
    -----
    McCarthy (1969), Judkins (1990); R ``as.svrepdesign(type = "BRR")`` and ``"Fay"``;
    reference cases ``rep_brr``, ``rep_fay``.
    """
    if not 0 <= rho < 1:
        raise DesignFaulty("rho: at least 0 and below 1 expected")
    stage = _first(design)
    odd = np.flatnonzero(stage.sampled != 2)
    if odd.size:
        raise DesignFaulty(f"half-samples need two units in stratum {stage.labels[odd[0]]!r}")
    strata = len(stage.labels)
    signs = hadamard(strata + 1)[1 : strata + 1].T  # the first row, all ones, is not balanced
    # In each stratum the unit that comes first in the data is the one that +1 takes.
    come = np.array(_as_they_come(stage))
    second = np.ones(stage.stratum.size, bool)
    second[come[np.unique(stage.stratum[come], return_index=True)[1]]] = False
    chosen = (signs[:, stage.stratum] > 0) ^ second
    factors = np.where(chosen, 2 - rho, rho)
    scale = 1 / (len(factors) * (1 - rho) ** 2)
    return _replicated(design, stage, factors, scale, np.ones(len(factors)), mse=mse)


def hadamard(least: int) -> Ints:
    """A Hadamard matrix of the least order at or above ``least`` that is at hand.

    Orders 2^k, and (q + 1) 2^k for primes q that are 3 modulo 4 (Paley 1933),
    or 2 (q + 1) 2^k for primes that are 1 modulo 4.
    """
    order = next(n for n in _orders() if n >= least)
    return _hadamard_of(order)


def _orders() -> Sequence[int]:
    sizes = {1, 2}
    for q in range(3, 1000, 2):
        if _is_prime(q):
            sizes.add(q + 1 if q % 4 == 3 else 2 * (q + 1))
    return sorted({size << k for size in sizes for k in range(14) if size << k <= 8192})


def _is_prime(q: int) -> bool:
    return all(q % divisor for divisor in range(2, int(q**0.5) + 1))


def _hadamard_of(order: int) -> Ints:
    if order == 1:
        return np.ones((1, 1), np.int64)
    if order & (order - 1) == 0:  # a power of two by doubling alone (Sylvester), as R survey has it
        smaller = _hadamard_of(order // 2)
        return np.block([[smaller, smaller], [smaller, -smaller]])
    if order - 1 > 2 and (order - 1) % 4 == 3 and _is_prime(order - 1):
        return _paley(order - 1)
    half = order // 2
    if half - 1 > 2 and (half - 1) % 4 == 1 and _is_prime(half - 1):
        return _paley(half - 1)
    smaller = _hadamard_of(half)
    return np.block([[smaller, smaller], [smaller, -smaller]])


def _paley(q: int) -> Ints:
    """Order q + 1 for q = 3 modulo 4, order 2 (q + 1) for q = 1 modulo 4."""
    residues = {pow(x, 2, q) for x in range(1, q)}
    sign = np.array([0] + [1 if x in residues else -1 for x in range(1, q)])
    places = np.arange(q)
    jacobsthal = sign[(places[:, None] - places[None, :]) % q]
    core = np.zeros((q + 1, q + 1), np.int64)
    core[0, 1:] = 1
    core[1:, 1:] = jacobsthal
    if q % 4 == 3:
        core[1:, 0] = -1
        found = core + np.eye(q + 1, dtype=np.int64)
        # Signs so that the first row is all ones.
        return np.asarray(found * found[0], np.int64)
    core[1:, 0] = 1
    eye = np.eye(q + 1, dtype=np.int64)
    found = np.block([[core + eye, core - eye], [core - eye, -core - eye]])
    return np.asarray(found * found[0], np.int64)


def bootstrap(design: Design, replicates: int, *, seed: int, mse: bool = False) -> Replicated:
    """Rao-Wu bootstrap: m - 1 units drawn with replacement in each stratum.

    A unit drawn r times counts r m/(m - 1) times. Finite populations are not used.

    Raises
    ------
    LonelyStrata
        A stratum with one unit.

    Notes
    -----
    Rao and Wu (1988), Rao, Wu and Yue (1992); R ``subbootweights``. The draws
    are those of NumPy's PCG64 with ``seed``, the same on every machine.
    """
    if replicates < 2:
        raise DesignFaulty("replicates: at least 2 expected")
    stage = _first(design)
    alone = np.flatnonzero(stage.sampled == 1)
    if alone.size:
        raise LonelyStrata([stage.labels[h] for h in alone])
    factors = bootstrap_factors(stage.stratum, replicates, seed=seed)
    scale = replicate_scale(Kind.BOOTSTRAP, replicates)
    return _replicated(design, stage, factors, scale, np.ones(replicates), mse=mse)


def bootstrap_factors(stratum: Ints, replicates: int, *, seed: int) -> Floats:
    """Rao-Wu factors of units by stratum, shape (B, U)."""
    draws = np.random.Generator(np.random.PCG64(seed))
    factors = np.empty((replicates, stratum.size))
    rows = np.arange(replicates)[:, None]
    for h in np.unique(stratum):
        places = np.flatnonzero(stratum == h)
        m = places.size
        drawn = rows * m + draws.integers(m, size=(replicates, m - 1))
        times = np.bincount(drawn.ravel(), minlength=replicates * m).reshape(replicates, m)
        factors[:, places] = times * (m / (m - 1))
    return factors


def _first(design: Design) -> Stage:
    if design.steps:
        raise DesignFaulty("make replicates of the design before calibration, then calibrate each")
    stage = design.stages[0]
    if (stage.multiplicity != 1).any():
        raise DesignFaulty("replicates need a row for each respondent, or clusters")
    return stage


def _as_they_come(stage: Stage) -> list[int]:
    """The units, stratum by stratum, both in the order of their first rows."""
    rows = np.arange(stage.of_row.size)
    first = np.full(stage.stratum.size, rows.size)
    np.minimum.at(first, stage.of_row, rows)
    first_of_stratum = np.full(len(stage.labels), rows.size)
    np.minimum.at(first_of_stratum, stage.stratum, first)
    return [int(unit) for unit in np.lexsort((first, first_of_stratum[stage.stratum]))]


def _left(stage: Stage) -> Floats:
    """Share of each stratum's population that is not in the sample, shape (H,)."""
    left = np.zeros(len(stage.labels))
    np.maximum.at(left, stage.stratum, 1 - stage.fraction)
    return left


def _replicated(
    design: Design,
    stage: Stage,
    factors: Floats,
    scale: float,
    rscales: Floats,
    *,
    mse: bool,
) -> Replicated:
    return Replicated(
        weights=design.weights,
        counts=design.counts,
        unit=stage.of_row,
        factors=factors,
        scale=scale,
        rscales=rscales,
        mse=mse,
        in_domain=design.in_domain,
    )


def _rank(weights: Floats, factors: Floats, unit: Ints) -> int:
    """Rank of the replicate weights: of the factors of units that have a weight."""
    used = np.unique(unit[weights != 0])
    if not used.size:
        return 0
    _, r, _ = linalg.qr(factors[:, used].T, mode="economic", pivoting=True)
    pivots = np.abs(np.diag(r))
    return int((pivots > RANK_TOLERANCE * pivots[0]).sum())
