"""How indicators are answered in a simulated population, as in a wave but for its noise."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.cells import Column, Floats, Ints
from analysis.indicators import Coded, Indicator, IndicatorKind, code_answers
from analysis.rehearsal import Scale, intraclass_correlation, latent_correlation, shrunken
from analysis.study.rehearsal.wave import Flags, Wave


@dataclass(frozen=True, slots=True)
class Answers:
    """How one indicator is answered in the population.

    Attributes
    ----------
    stand_in : Indicator
        The indicator on answers that are numbers of points, for the product's own code.
    shift : float array, shape (T,)
        Mean of the normal variable behind the answers, by kind.
    counted : float array, shape (T,)
        Probability that an answer is in the denominator.
    correlation, latent : float
        Of the answers within a cluster, and of the variable behind them.
    city_correlation : float
        Of the answers within a cluster, without regard to strata.
    """

    indicator: Indicator
    stand_in: Indicator
    scale: Scale
    shift: Floats
    counted: Floats
    correlation: float
    latent: float
    city_correlation: float

    def truth(self, persons: Floats) -> float | None:
        """The rate or mean among so many persons of each kind; None where nobody counts."""
        mass = persons * self.counted
        total = float(mass.sum())
        return float(mass @ self.scale.mean(self.shift)) / total if total > 0 else None

    def draw(
        self, kind: Ints, cluster: Ints, is_alike: Flags, chance: np.random.Generator
    ) -> Column:
        """One answer for each person of a copy; missing where it does not count."""
        shared = np.where(is_alike, self.latent, 0.0)[cluster]
        effect = chance.standard_normal(len(is_alike))[cluster]
        own = chance.standard_normal(len(kind))
        variable = np.sqrt(shared) * effect + np.sqrt(1 - shared) * own + self.shift[kind]
        counts = chance.random(len(kind)) < self.counted[kind]
        codes = np.where(counts, self.scale.answer(variable), -1)
        return Column(codes, labels(len(self.scale.points)))


def make_answers(
    wave: Wave,
    indicator: Indicator,
    kind: Ints,
    persons: Floats,
    *,
    wanted: float | None,
    correlation: float | None,
) -> Answers | None:
    """The model of an indicator's answers; None where nobody in the wave counts.

    Parameters
    ----------
    kind : int array, shape (R,)
        Kind of person of each row of the wave.
    persons : float array, shape (T,)
        Persons of each kind in the population.
    wanted
        The true rate (a proportion) or mean of the city; that of the wave if None.
    correlation
        Within clusters; estimated from the wave if None.
    """
    coded = code_answers(indicator, wave.tally)
    counts = coded.denominator > 0
    mass = wave.mass * coded.denominator
    if not counts.any():
        return None
    within, citywide = _correlations(wave, coded, correlation)
    points, shares = _spread(indicator, coded, mass, wanted)
    scale = Scale.of(points, shares)
    _, first = np.unique(kind, return_index=True)
    means = _smoothed(wave, coded.numerator, mass, coded.denominator, within)[first]
    everybody = np.ones(len(mass))
    counted = _smoothed(wave, coded.denominator, wave.mass, everybody, 0.0)[first]
    counted = np.clip(counted, 0.0, 1.0)
    weight = persons * counted
    varies = len(points) > 1 and bool(((shares > 0) & (shares < 1)).any())
    shift = np.zeros(len(means))
    if varies:
        center = float(shares @ points)
        shift = scale.shift(means if _has_spread(coded, counts) else np.full(len(means), center))
        shift = scale.moved(shift, weight, center if wanted is None else wanted)
    marginal = scale.shares(shift, weight)
    return Answers(
        indicator=indicator,
        stand_in=_stand_in(indicator, points),
        scale=scale,
        shift=shift,
        counted=counted,
        correlation=within,
        latent=latent_correlation(points, marginal, within),
        city_correlation=citywide,
    )


def _correlations(wave: Wave, coded: Coded, given: float | None) -> tuple[float, float]:
    """Within clusters beyond their strata, and without regard to strata."""
    unit = wave.unit
    if unit is None:
        return 0.0, 0.0
    if given is not None:
        return given, given
    counts = (wave.tally.counts * coded.denominator).astype(np.int64)
    drawn = np.where(wave.is_whole, 0, counts)
    nowhere = np.zeros(len(unit), np.int64)
    return (
        _correlation(unit, wave.stratum, coded.numerator, drawn),
        _correlation(unit, nowhere, coded.numerator, counts),
    )


def _correlation(unit: Ints, stratum: Ints, value: Floats, counts: Ints) -> float:
    """The estimate; 0 for an indicator that too few answered to tell."""
    asked = counts > 0
    clusters = len(np.unique(unit[asked]))
    if not len(np.unique(stratum[asked])) < clusters < counts.sum():
        return 0.0
    return intraclass_correlation(unit, stratum, value, counts)


def _has_spread(coded: Coded, counts: Flags) -> bool:
    values = coded.numerator[counts]
    return bool(values.min() < values.max())


def _spread(
    indicator: Indicator, coded: Coded, mass: Floats, wanted: float | None
) -> tuple[Floats, Floats]:
    """The points that occur, ascending, and their shares of the population."""
    if not indicator.is_rate:
        points, of = np.unique(coded.numerator[mass > 0], return_inverse=True)
        return points, np.bincount(of.reshape(-1), weights=mass[mass > 0]) / mass.sum()
    rate = float((mass * coded.numerator).sum() / mass.sum())
    if wanted is not None and rate in (0.0, 1.0):
        rate = wanted  # a wave that was all alike says nothing of the differences
    return np.array([0.0, 1.0]), np.array([1 - rate, rate])


def _smoothed(
    wave: Wave, value: Floats, mass: Floats, present: Floats, correlation: float
) -> Floats:
    """Expected values of the rows: the mean, and what each factor adds without its noise."""
    mean = float((mass * value).sum() / mass.sum())
    variance = float((mass * (value - mean) ** 2).sum() / mass.sum())
    fitted = np.full(len(value), mean)
    persons = wave.tally.counts * present
    if variance == 0:
        return fitted
    for codes in wave.factors():
        seen = (codes >= 0) & (mass > 0)
        if not seen.any():
            continue
        levels, of = np.unique(codes[seen], return_inverse=True)
        of = of.reshape(-1)
        weight = np.bincount(of, weights=mass[seen])
        gap = np.bincount(of, weights=(mass * (value - fitted))[seen]) / weight
        n = np.asarray(np.bincount(of, weights=persons[seen]), float)
        deff = 1 + (_per_cluster(wave, seen, of, n) - 1) * correlation
        step = shrunken(gap, variance * deff / n)
        table = np.zeros(int(codes.max()) + 2)  # the last is for a missing value
        table[levels] = step
        fitted = fitted + table[codes]
    return fitted


def _per_cluster(wave: Wave, seen: Flags, of: Ints, n: Floats) -> Floats:
    """Persons of each level in one cluster, on average, at least 1."""
    unit = wave.unit
    if unit is None:
        return np.ones(len(n))
    pairs = np.unique(np.stack([of, unit[seen]]), axis=1)
    return np.maximum(n / np.bincount(pairs[0]), 1.0)


def _stand_in(indicator: Indicator, points: Floats) -> Indicator:
    """The same indicator on answers named by the number of their points."""
    names = labels(len(points))
    question = f"{indicator.code} "  # no column of a study ends in a space
    scores: dict[str, float] = {}
    if not indicator.is_rate:
        scores = dict(zip(names, points.tolist(), strict=True))
        # the rules of presentation look at the whole range, also where nobody answered
        scores |= {"lowest": min(indicator.scores.values())}
        scores |= {"highest": max(indicator.scores.values())}
    return replace(
        indicator,
        kind=IndicatorKind.RATE if indicator.is_rate else IndicatorKind.SCORE,
        questions=(question,),
        multiple=frozenset(),
        numerator=frozenset(names[-1:]),
        denominator=frozenset(names),
        scores=scores,
        weights=(),
    )


def labels(size: int) -> tuple[str, ...]:
    """So many texts in ascending order."""
    width = len(str(size))
    return tuple(f"{number:0{width}d}" for number in range(size))
