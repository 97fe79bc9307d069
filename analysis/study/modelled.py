"""Model-based rates of areas whose direct rate is suppressed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.area_rates import MIN_AREAS, AreaRates, DirectRates, area_rates
from analysis.errors import AnalysisError, NoSpread, TooFewAreas, TooFewUnits
from analysis.presentation import (
    MAX_RELATIVE_WIDTH,
    MAX_WIDTH_SHOWN,
    MIN_DF,
    MIN_WIDTH_SUPPRESSED,
)
from analysis.study.estimates import RULE_LEVEL, Estimated
from analysis.study.rows import Estimate
from analysis.study.study import Study

NO_ANSWERS = "n=0"
REASONS: Mapping[type[AnalysisError], str] = {
    TooFewAreas: f"areas<{MIN_AREAS}",
    TooFewUnits: f"df<{MIN_DF}",
    NoSpread: "events=0",
}
NO_FIT = "fit=0"


@dataclass(frozen=True, slots=True)
class ModelledRate:
    """What the model says where the direct rate is suppressed.

    It has no target, verdict or rank, and is no line of estimates.csv: it must not pass
    for a direct rate anywhere. Proportions from 0 to 1, None where it is refused.

    Attributes
    ----------
    gamma
        Share of the area's own answers in the rate; the rest is borrowed.
    areas
        Areas with answers that the model is fitted to, this one among them.
    reason
        Why there is no rate, in the words of ``Estimate.reason``; empty when there is.
    """

    sample: str
    weighting: str
    indicator: str
    domain: str
    area: str
    estimate: float | None
    low: float | None
    high: float | None
    level: float
    gamma: float | None
    areas: int
    reason: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What the rate is about: indicator, domain, area."""
        return self.indicator, self.domain, self.area


def modelled_rates(
    study: Study, results: Mapping[tuple[str, str], Estimated]
) -> list[ModelledRate]:
    """A rate, or the reason against it, for each suppressed rate of an area.

    Of probability samples under their headline weighting. The model is fitted to all
    areas of the domain that have answers, those whose direct rate is shown among them.
    """
    found: list[ModelledRate] = []
    for sample in study.plan.samples:
        headline = results.get((sample.id, study.plan.headline_of(sample).id))
        if headline is not None and sample.is_probability:
            for rows in _areas_of_rates(study, headline):
                found += _modelled(rows)
    return found


def _areas_of_rates(study: Study, headline: Estimated) -> Iterable[list[Estimate]]:
    """The lines of each rate in each domain whose values are all areas."""
    for indicator in study.indicators:
        if not indicator.is_rate:
            continue
        for domain in study.plan.domain_variables():
            rows = [
                row
                for row in headline.rows
                if row.indicator == indicator.code and row.domain == domain
            ]
            if all(row.area in study.tree.areas for row in rows):
                yield rows


def _modelled(rows: Sequence[Estimate]) -> Iterable[ModelledRate]:
    """What the model says of those among the areas whose direct rate is suppressed."""
    if not any(row.is_suppressed for row in rows):
        return
    answered = [row for row in rows if row.estimate is not None]
    try:
        fitted = area_rates(_direct(answered))
    except AnalysisError as error:
        reason = REASONS.get(type(error), NO_FIT)
        yield from (_refused(row, answered, reason) for row in rows if row.is_suppressed)
        return
    places = {row.area: place for place, row in enumerate(answered)}
    for row in rows:
        if row.is_suppressed:
            place = places.get(row.area)
            yield (
                _refused(row, answered, NO_ANSWERS)
                if place is None
                else _given(row, answered, fitted, place)
            )


def _direct(answered: Sequence[Estimate]) -> DirectRates:
    if len(answered) < MIN_AREAS:  # none at all are no arrays
        raise TooFewAreas(len(answered), MIN_AREAS)
    return DirectRates.of(
        rate=[row.estimate or 0.0 for row in answered],
        se=[row.se or 0.0 for row in answered],
        n=[row.n for row in answered],
        df=[row.df for row in answered],
    )


def _given(
    row: Estimate, answered: Sequence[Estimate], fitted: AreaRates, place: int
) -> ModelledRate:
    """The rate of one area, unless its interval breaks the rules for direct rates."""
    estimate = float(fitted.estimate[place])
    ruling = [float(limit[place]) for limit in fitted.limits(RULE_LEVEL)]
    reason = _too_wide(estimate, ruling[1] - ruling[0])
    if reason:
        return _refused(row, answered, reason)
    low, high = (float(limit[place]) for limit in fitted.limits(row.level))
    gamma = float(fitted.gamma[place])
    return replace(_refused(row, answered, ""), estimate=estimate, low=low, high=high, gamma=gamma)


def _too_wide(estimate: float, width: float) -> str:
    """The rule of ``present_rate`` that a width breaks: a model does not excuse it."""
    if width <= MAX_WIDTH_SHOWN:
        return ""
    if width >= MIN_WIDTH_SUPPRESSED:
        return "width>=0.30"
    return "width/p>1.30" if width > MAX_RELATIVE_WIDTH * estimate else ""


def _refused(row: Estimate, answered: Sequence[Estimate], reason: str) -> ModelledRate:
    return ModelledRate(
        sample=row.sample,
        weighting=row.weighting,
        indicator=row.indicator,
        domain=row.domain,
        area=row.area,
        estimate=None,
        low=None,
        high=None,
        level=row.level,
        gamma=None,
        areas=len(answered),
        reason=reason,
    )
