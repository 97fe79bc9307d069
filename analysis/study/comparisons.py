"""changes, modes and ranks: what two estimates, or several, say about each other."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from analysis.cells import Floats
from analysis.comparison import Bounded, mover
from analysis.indicators import Indicator
from analysis.intervals import SMALLEST_SE, Measured, korn_graubard, mean_limits
from analysis.ranking import (
    Ranked,
    beta_places,
    normal_places,
    rank_intervals,
    single_level,
)
from analysis.strata import Lonely
from analysis.study.estimates import Estimated
from analysis.study.plan import Covariance, Plan, Sample, Weighting
from analysis.study.rows import Change, Estimate, ModeDifference, Rank
from analysis.study.study import Study
from analysis.variance import Domains, Linearized, covariance, shares_clusters

Results = Mapping[tuple[str, str], Estimated]  # by sample and weighting id


def changes(study: Study, results: Results) -> list[Change]:
    """Differences between waves of the samples with the same name."""
    found: list[Change] = []
    for first, second, weighting in change_pairs(study.plan):
        key = (first.id, weighting.id), (second.id, weighting.id)
        if key[0] in results and key[1] in results:
            found += _changes_of(study, results[key[0]], results[key[1]])
    return found


def change_pairs(plan: Plan) -> Iterable[tuple[Sample, Sample, Weighting]]:
    """The samples to compare, with each weighting that is for both."""
    for start, end in plan.estimation.changes:
        for first in plan.samples_of(start):
            for second in plan.samples_of(end):
                if first.name == second.name:
                    for weighting in plan.weightings_of(first):
                        if weighting.is_for(second):
                            yield first, second, weighting


def _changes_of(study: Study, first: Estimated, second: Estimated) -> list[Change]:
    rule = study.plan.estimation.covariance
    shared = rule is Covariance.TRUE or (
        rule is Covariance.AUTO and shares_clusters(first.units, second.units)
    )
    samples = first.sample, second.sample
    earlier = {row.key: row for row in first.rows}
    found: list[Change] = []
    for indicator in study.indicators:
        both = covariances(first, second, indicator.code) if shared else {}
        for row in second.rows:
            if row.indicator == indicator.code and row.key in earlier:
                before = earlier[row.key]
                found.append(_change(before, row, samples, both.get(row.key[1:], 0.0)))
    return found


def covariances(
    first: Estimated, second: Estimated, indicator: str
) -> dict[tuple[str, str], float]:
    """Covariance of an indicator's estimates in two waves, by domain and area."""
    shared = set(second.domains.names)
    names = [name for name in first.domains.names if name in shared]
    left = _chosen(first.linearized[indicator], first.domains, names)
    right = _chosen(second.linearized[indicator], second.domains, names)
    # A stratum with one cluster in both waves together has one in each that it is in,
    # so it comes from a wave with another rule than "fail".
    rules = (first.sample.lonely, second.sample.lonely)
    lonely = rules[0] if rules[0] is not Lonely.FAIL else rules[1]
    values = covariance(left, first.units, right, second.units, lonely)
    return dict(zip(names, values.tolist(), strict=True))


def _chosen(line: Linearized, domains: Domains, names: list[tuple[str, str]]) -> Linearized:
    places = {name: place for place, name in enumerate(domains.names)}
    at = [places[name] for name in names]
    return Linearized(line.estimate[at], line.n[at], line.hits[at], line.totals[:, at], line.df[at])


def _change(
    before: Estimate, after: Estimate, samples: tuple[Sample, Sample], covariance: float
) -> Change:
    difference = se = low = high = None
    distinguishable = ""
    if before.estimate is not None and after.estimate is not None:
        difference = after.estimate - before.estimate
    if before.se is not None and after.se is not None:
        se, correlation = _spread(before.se, after.se, covariance)
        low, high = mover(_bounded(before), _bounded(after), correlation)
        drawn = all(sample.is_probability for sample in samples)
        if drawn and not before.is_suppressed and not after.is_suppressed:
            distinguishable = "no" if low <= 0 <= high else "yes"
    return Change(
        from_wave=before.wave,
        to_wave=after.wave,
        sample=samples[0].name,
        weighting=after.weighting,
        indicator=after.indicator,
        domain=after.domain,
        area=after.area,
        n_from=before.n,
        n_to=after.n,
        estimate_from=before.estimate,
        estimate_to=after.estimate,
        difference=difference,
        se=se,
        low=low,
        high=high,
        distinguishable=distinguishable,
    )


def _spread(first: float, second: float, covariance: float) -> tuple[float, float]:
    """Standard error of the difference, and the correlation cut to [-1, 1]."""
    if min(first, second) <= SMALLEST_SE:
        covariance = 0.0
    correlation = covariance / (first * second) if covariance else 0.0
    variance = first**2 + second**2 - 2 * covariance
    return float(np.sqrt(max(variance, 0.0))), min(max(correlation, -1.0), 1.0)


def _bounded(row: Estimate) -> Bounded:
    assert row.estimate is not None
    assert row.low is not None
    assert row.high is not None
    return Bounded(row.estimate, row.low, row.high)


def modes(study: Study, results: Results) -> list[ModeDifference]:
    """Each probability sample against each other sample of its wave, headline weightings."""
    found: list[ModeDifference] = []
    for wave in study.plan.waves:
        samples = study.plan.samples_of(wave.id)
        for sample in (s for s in samples if s.is_probability):
            for other in (s for s in samples if s is not sample):
                pair = [_headline(study.plan, results, s) for s in (sample, other)]
                if pair[0] is not None and pair[1] is not None:
                    found += _differences(pair[0], pair[1])
    return found


def _headline(plan: Plan, results: Results, sample: Sample) -> Estimated | None:
    return results.get((sample.id, plan.headline_of(sample).id))


def _differences(own: Estimated, other: Estimated) -> Iterable[ModeDifference]:
    theirs = {row.key: row for row in other.rows}
    for row in own.rows:
        if (match := theirs.get(row.key)) is not None:
            difference = low = high = None
            if row.estimate is not None and match.estimate is not None:
                difference = match.estimate - row.estimate
            if row.se is not None and match.se is not None:
                low, high = mover(_bounded(row), _bounded(match))
            yield ModeDifference(
                wave=row.wave,
                sample=own.sample.id,
                other=other.sample.id,
                indicator=row.indicator,
                domain=row.domain,
                area=row.area,
                estimate=row.estimate,
                estimate_other=match.estimate,
                difference=difference,
                low=low,
                high=high,
            )


def ranks(study: Study, results: Results) -> list[Rank]:
    """Rank intervals of areas, for the headline of each probability sample."""
    found: list[Rank] = []
    for sample in study.plan.samples:
        headline = _headline(study.plan, results, sample) if sample.is_probability else None
        if headline is None:
            continue
        for indicator in study.indicators:
            for domain in study.plan.domain_variables():
                rows = [
                    row
                    for row in headline.rows
                    if row.indicator == indicator.code and row.domain == domain
                ]
                if all(row.area in study.tree.areas for row in rows):
                    found += _ranks_of(indicator, [row for row in rows if not row.is_suppressed])
    return found


def _ranks_of(indicator: Indicator, rows: list[Estimate]) -> Iterable[Rank]:
    if len(rows) < 2:
        return
    sign = -1.0 if indicator.lower_is_better else 1.0
    level = single_level(len(rows))
    areas = [_ranked(row, _limits(indicator, row, level), sign) for row in rows]
    places = _places(indicator, rows, sign)
    for row, interval, place in zip(rows, rank_intervals(areas), places, strict=True):
        assert row.estimate is not None
        yield Rank(
            wave=row.wave,
            sample=row.sample,
            weighting=row.weighting,
            indicator=row.indicator,
            domain=row.domain,
            area=row.area,
            estimate=row.estimate,
            rank=interval.rank,
            rank_low=interval.low,
            rank_high=interval.high,
            p_top3=place,
            ranked=len(rows),
        )


def _limits(indicator: Indicator, row: Estimate, level: float) -> tuple[float, float]:
    assert row.estimate is not None
    assert row.se is not None
    if indicator.is_rate:
        limits = korn_graubard(Measured(row.estimate, row.se, row.n, row.hits, row.df), level)
    else:
        limits = mean_limits(row.estimate, row.se, row.df, level)
    return limits.low, limits.high


def _ranked(row: Estimate, limits: tuple[float, float], sign: float) -> Ranked:
    assert row.estimate is not None
    low, high = sorted(sign * limit for limit in limits)
    return Ranked(sign * row.estimate, low, high)


def _places(indicator: Indicator, rows: list[Estimate], sign: float) -> list[float]:
    """Chance to be among the first three; better is higher after the sign."""
    estimate = _array(rows, lambda row: row.estimate)
    if indicator.is_rate:
        n_eff = _array(rows, lambda row: row.n_eff)
        share = estimate if sign > 0 else 1 - estimate
        return [float(place) for place in beta_places(share, n_eff)]
    se = _array(rows, lambda row: row.se)
    return [float(place) for place in normal_places(sign * estimate, se)]


def _array(rows: list[Estimate], value: Callable[[Estimate], float | None]) -> Floats:
    return np.array([value(row) for row in rows], float)
