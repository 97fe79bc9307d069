"""One sample under one weighting: weights, linearization and the lines of estimates.csv."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.calibration import calibrate, fit_margins
from analysis.cells import Column, Floats, Ints, Tally, joint
from analysis.errors import EmptyCells, UnknownCells
from analysis.indicators import Indicator, code_answers
from analysis.intervals import (
    Measured,
    Method,
    effective_n,
    korn_graubard,
    mean_limits,
    rate_limits,
)
from analysis.presentation import (
    Presentation,
    decide,
    position,
    present_rate,
    present_score,
    present_without_spread,
    tipping_point,
)
from analysis.study.plan import ROOT, Covariance, Plan, Sample, SampleKind, Weighting
from analysis.study.rows import Estimate
from analysis.study.study import Study, unreached_strata, variable_column
from analysis.variance import (
    Domains,
    Linearized,
    Linearizer,
    Units,
    build_units,
    satterthwaite,
    stratum_variances,
)
from analysis.weighting import Weights, population_weights, trim

RULE_LEVEL = 0.95  # of the limits by which figures are shown and decided
ROUNDING = 1e-12  # of the largest score; a mean nearer to 0 is 0


@dataclass(frozen=True, slots=True)
class Estimated:
    """A sample under one weighting, with what comparisons need.

    ``counts`` are the respondents behind each row of the tally; ``linearized``
    holds, for each indicator, the estimates of all ``domains`` and their unit totals,
    the totals only where a covariance between waves may need them.
    """

    sample: Sample
    weighting: Weighting
    counts: Ints
    units: Units
    weights: Weights
    domains: Domains
    linearized: dict[str, Linearized]
    rows: tuple[Estimate, ...]

    @property
    def respondents(self) -> int:
        return int(self.counts.sum())


def base_weights(study: Study, sample: Sample) -> Floats:
    """The base weight of one respondent of each row of the sample's tally.

    Raises
    ------
    UnknownCells
        Respondents in a stratum without a population.
    EmptyCells
        A stratum with a population, no respondent, and not excused.
    """
    tally, base = study.data[sample.id].tally, sample.base_weight
    if base.column:
        column = tally.columns[base.column]
        return column.lookup({text: float(text) for text in column.values}, np.nan)
    if not base.population:
        return np.ones(len(tally.counts))
    populations = study.tree.populations(base.population)
    if sample.strata:
        stratum = tally.columns[sample.strata]
    else:
        stratum = Column(np.zeros(len(tally.counts), np.int64), (study.tree.root,))
    unknown = [value for value in stratum.values if value not in populations]
    if unknown:
        raise UnknownCells(unknown)
    unreached = unreached_strata(study.tree, sample, stratum.values)
    if unreached:
        raise EmptyCells(unreached)
    factor = None
    if base.factor:
        column = tally.columns[base.factor]
        cap = base.factor_cap if base.factor_cap is not None else np.inf
        sizes = {text: min(float(text), cap) for text in column.values}
        factor = column.lookup(sizes, np.nan)
    return population_weights(stratum, populations, tally.counts, factor)


def weigh(
    study: Study, sample: Sample, weighting: Weighting, base: Floats
) -> tuple[Tally, Weights]:
    """The respondents that exist for a weighting, and their weights.

    Raises
    ------
    AnalysisError
        The margins cannot be met; see ``analysis.calibration``.
    """
    tally = study.data[sample.id].tally
    if not weighting.margins:
        final, capped = _trimmed(base, tally, weighting)
        return tally, Weights(base, base, final, (), capped)
    columns = [
        joint([variable_column(study.plan, tally, variable) for variable in variables])
        for variables in weighting.margins
    ]
    present = np.logical_and.reduce([column.codes >= 0 for column in columns])
    if not present.all():
        tally, base = tally.take(present), base[present]
        columns = [column.take(present) for column in columns]
    margins = [study.margins[name] for name in weighting.margin_names]
    fitted = fit_margins(margins, columns, tally.counts, base, collapse=weighting.collapse)
    calibrated = calibrate(fitted, tally.counts, base)
    final, capped = _trimmed(calibrated, tally, weighting)
    return tally, Weights(base, calibrated, final, fitted, capped)


def _trimmed(weights: Floats, tally: Tally, weighting: Weighting) -> tuple[Floats, int]:
    if weighting.trim is None:
        return weights, 0
    return trim(weights, tally.counts, weighting.trim)


def estimate_sample(study: Study, sample: Sample, weighting: Weighting, base: Floats) -> Estimated:
    """All indicators in all domains of one sample under one weighting.

    Raises
    ------
    AnalysisError
        A weight or a variance that cannot be had; nothing is guessed.
    """
    tally, weights = weigh(study, sample, weighting, base)
    units = build_units(
        tally,
        stratum=sample.strata,
        cluster=sample.cluster,
        certainty=sample.certainty_strata,
        stratum_population=sample.fpc,
    )
    domains = Domains.of(_domain_columns(study, tally))
    linearize = Linearizer(tally, units, domains, weights)
    maker = _RowMaker(study, sample, weighting)
    compared = _needs_totals(study.plan, sample, units)
    linearized: dict[str, Linearized] = {}
    rows: list[Estimate] = []
    for indicator in study.indicators:
        line = linearize(code_answers(indicator, tally))
        contributions = stratum_variances(line.totals, units, sample.lonely)
        df = line.df.astype(float)
        if units.has_certainty:
            df = np.minimum(df, satterthwaite(contributions, units))
        variance = contributions.sum(axis=0)
        linearized[indicator.code] = line if compared else replace(line, totals=line.totals[:0])
        rows += maker.rows(indicator, domains, line, np.sqrt(variance), df)
    return Estimated(
        sample, weighting, tally.counts, units, weights, domains, linearized, tuple(rows)
    )


def _needs_totals(plan: Plan, sample: Sample, units: Units) -> bool:
    """Whether a covariance between waves may be asked for; unit totals are large."""
    rule = plan.estimation.covariance
    shareable = any(label is not None for label in units.labels)
    return any(sample.wave in pair for pair in plan.estimation.changes) and (
        rule is Covariance.TRUE or (rule is Covariance.AUTO and shareable)
    )


def _domain_columns(study: Study, tally: Tally) -> list[tuple[str, Column]]:
    """Each domain variable on the rows; its values are those of all accepted rows."""
    columns = []
    for domain in study.plan.estimation.domains:
        if domain == ROOT:
            column = Column(np.zeros(len(tally.counts), np.int64), (study.tree.root,))
        else:
            column = variable_column(study.plan, tally, domain)
        columns.append((domain, column))
    return columns


class _RowMaker:
    """Turns estimates and standard errors into lines, by the rules of the contract."""

    def __init__(self, study: Study, sample: Sample, weighting: Weighting) -> None:
        self.study, self.sample, self.weighting = study, sample, weighting
        self.plan = study.plan.estimation
        kind = sample.kind
        self.prefix = "" if sample.is_probability else f"{kind.value} "
        self.interval_kind = "design" if sample.is_probability else "model"

    def rows(
        self,
        indicator: Indicator,
        domains: Domains,
        line: Linearized,
        se: Floats,
        df: Floats,
    ) -> list[Estimate]:
        return [
            self._row(
                indicator,
                name,
                n=int(line.n[d]),
                hits=int(line.hits[d]),
                estimate=float(line.estimate[d]),
                se=float(se[d]),
                df=float(df[d]),
            )
            for d, name in enumerate(domains.names)
        ]

    def _row(
        self,
        indicator: Indicator,
        domain: tuple[str, str],
        *,
        n: int,
        hits: int,
        estimate: float,
        se: float,
        df: float,
    ) -> Estimate:
        if not indicator.is_rate and abs(estimate) <= ROUNDING * indicator.largest:
            estimate = 0.0
        if n == 0 or df == 0:
            return self._without_spread(indicator, domain, n, hits, estimate)
        if indicator.is_rate:
            return self._rate(indicator, domain, Measured(estimate, se, n, hits, df))
        return self._score(indicator, domain, estimate, se, n, df)

    def _rate(self, indicator: Indicator, domain: tuple[str, str], rate: Measured) -> Estimate:
        rate = rate.settled()
        level = self.plan.level
        limits = rate_limits(rate, self.plan.method, level)
        ruling = korn_graubard(rate, RULE_LEVEL)
        shown = present_rate(
            p=rate.p,
            n=rate.n,
            edge=rate.at_edge,
            df=rate.df,
            n_eff=effective_n(rate, RULE_LEVEL),
            width=ruling.high - ruling.low,
            minimum_n=self.plan.minimum_n,
        )
        spread = rate.p * (1 - rate.p)
        return self._line(
            indicator,
            domain,
            rate.n,
            rate.k,
            estimate=rate.p,
            se=rate.se,
            low=limits.low,
            high=limits.high,
            interval=limits.method,
            df=rate.df,
            n_eff=effective_n(rate, level),
            deff=None if rate.at_edge else rate.se**2 / (spread / (rate.n - 1)),
            cv=rate.se / rate.p if rate.p else None,
            shown=shown,
            ruling=(ruling.low, ruling.high),
        )

    def _score(
        self,
        indicator: Indicator,
        domain: tuple[str, str],
        mean: float,
        se: float,
        n: int,
        df: float,
    ) -> Estimate:
        limits = mean_limits(mean, se, df, self.plan.level)
        ruling = mean_limits(mean, se, df, RULE_LEVEL)
        shown = present_score(
            n=n,
            df=df,
            width=ruling.high - ruling.low,
            scale=indicator.range,
            minimum_n=self.plan.minimum_n,
        )
        return self._line(
            indicator,
            domain,
            n,
            0,
            estimate=mean,
            se=se,
            low=limits.low,
            high=limits.high,
            interval=Method.T,
            df=df,
            n_eff=None,
            deff=None,
            cv=se / mean if mean else None,
            shown=shown,
            ruling=(ruling.low, ruling.high),
        )

    def _without_spread(
        self, indicator: Indicator, domain: tuple[str, str], n: int, hits: int, estimate: float
    ) -> Estimate:
        """No respondent, or all in one cluster: an estimate at the most."""
        method = self.plan.method if indicator.is_rate else Method.T
        at_edge = n > 0 and hits in (0, n)
        if indicator.is_rate and at_edge:
            estimate = float(hits == n)
            if method in (Method.LOGIT, Method.WALD):
                method = Method.KORN_GRAUBARD
        return self._line(
            indicator,
            domain,
            n,
            hits,
            estimate=estimate if n else None,
            interval=method,
            df=0.0,
            shown=present_without_spread(n=n, minimum_n=self.plan.minimum_n),
        )

    def _line(
        self,
        indicator: Indicator,
        domain: tuple[str, str],
        n: int,
        hits: int,
        *,
        estimate: float | None,
        interval: Method,
        df: float,
        shown: Presentation,
        se: float | None = None,
        low: float | None = None,
        high: float | None = None,
        n_eff: float | None = None,
        deff: float | None = None,
        cv: float | None = None,
        ruling: tuple[float, float] | None = None,
    ) -> Estimate:
        variable, area = domain
        where = decision = tipping = None
        target = indicator.target_value
        if target is not None and ruling is not None and shown.display != "suppress":
            where = position(*ruling, target)
            decision = decide(
                where,
                lower_is_better=indicator.lower_is_better,
                probability=self.sample.is_probability,
            )
            population = self._population(variable, area)
            opt_in = self.sample.kind is SampleKind.OPT_IN
            if opt_in and indicator.is_rate and estimate is not None and population:
                tipping = tipping_point(target, estimate, n, population)
        return Estimate(
            wave=self.sample.wave,
            sample=self.sample.id,
            weighting=self.weighting.id,
            indicator=indicator.code,
            domain=variable,
            area=area,
            n=n,
            estimate=estimate,
            se=se,
            low=low,
            high=high,
            level=self.plan.level,
            interval=interval.value,
            interval_kind=self.interval_kind,
            df=df,
            n_eff=n_eff,
            deff=deff,
            cv=cv,
            display=shown.display,
            reason=self.prefix + shown.reason,
            target=indicator.target,
            decision=decision,
            position=where,
            tipping=tipping,
            hits=hits,
        )

    def _population(self, variable: str, area: str) -> float | None:
        """Persons behind a domain: its own margin, or the total of the weighting's first."""
        margins = self.study.margins
        if variable != ROOT:
            margin = margins.get(variable)
            return margin.totals.get(area) if margin else None
        names = self.weighting.margin_names
        return margins[names[0]].total if names else None
