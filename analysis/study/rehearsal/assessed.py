"""The assessor's chances in the city of a rehearsal."""

from dataclasses import dataclass
from math import sqrt

from analysis.assessor import (
    Visit,
    chance,
    chance_unsure,
    mean_chance,
    mean_needed,
    rate_needed,
)
from analysis.study.estimates import Estimated
from analysis.study.plan import ROOT
from analysis.study.rehearsal.answers import Answers
from analysis.study.rehearsal.population import Population
from analysis.study.rehearsal.wishes import Checked
from analysis.study.rows import Estimate

PROMISE = 0.9  # of reading the target, for the rate that an official would need


@dataclass(frozen=True, slots=True)
class Assessed:
    """One line of assessor.csv: the chance that the assessor's sample reads the target.

    Attributes
    ----------
    rate, low, high : float or None
        The city's rate or mean, with the wave's limits; no limits where it was given.
    icc : float
        Correlation of the answers of a community without regard to strata.
    chance : float
        If the rate is the true one.
    chance_unsure : float or None
        With what the wave leaves open of the rate; None where the rate was given.
    needed : float
        The true rate at which the chance is 0.9.
    """

    sample: str
    indicator: str
    target: float
    communities: int
    persons: int
    icc: float
    rate: float
    low: float | None
    high: float | None
    chance: float
    chance_unsure: float | None
    needed: float


def assess(population: Population, estimated: Estimated, wish: Checked) -> list[Assessed]:
    """The assessor's chances, for each indicator with a target; none if nobody asked."""
    if wish.assessor is None:
        return []
    city = {row.indicator: row for row in estimated.rows if row.domain == ROOT}
    return [
        _assessed(answer, population, city[answer.indicator.code], wish, wish.assessor)
        for answer in population.answers
        if answer.indicator.target is not None
    ]


def _assessed(
    answer: Answers,
    population: Population,
    row: Estimate,
    wish: Checked,
    size: tuple[int, int],
) -> Assessed:
    indicator = answer.indicator
    given = wish.rates.get(indicator.code)
    rate = given if given is not None else row.estimate
    target = indicator.target_value
    assert rate is not None
    assert target is not None
    assert indicator.target is not None
    visit = Visit(*size, answer.city_correlation)
    lower = indicator.lower_is_better
    unsure: float | None = None
    if indicator.is_rate:
        sure = chance(visit, rate, target, lower_is_better=lower)
        needed = rate_needed(visit, target, PROMISE, lower_is_better=lower)
        if given is None and row.n_eff:
            unsure = chance_unsure(visit, rate, row.n_eff, target, lower_is_better=lower)
    else:
        sd = _sd(answer, population)
        sure = mean_chance(visit, rate, sd, target, lower_is_better=lower)
        needed = mean_needed(visit, sd, target, PROMISE, lower_is_better=lower)
        if given is None and row.se is not None:
            unsure = mean_chance(visit, rate, sd, target, se=row.se, lower_is_better=lower)
    return Assessed(
        sample=row.sample,
        indicator=indicator.code,
        target=indicator.target,
        communities=size[0],
        persons=size[1],
        icc=answer.city_correlation,
        rate=rate,
        low=row.low if given is None else None,
        high=row.high if given is None else None,
        chance=sure,
        chance_unsure=unsure,
        needed=needed,
    )


def _sd(answer: Answers, population: Population) -> float:
    """Spread of one person's score in the city."""
    weight = population.kinds.persons * answer.counted
    shares, points = answer.scale.shares(answer.shift, weight), answer.scale.points
    return sqrt(max(float(shares @ points**2 - (shares @ points) ** 2), 0.0))
