"""What the copies of a population did to each figure."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from analysis.cells import Floats, Tally
from analysis.indicators import Indicator
from analysis.presentation import Decision, Display
from analysis.study.estimates import Estimated
from analysis.study.plan import Sample, Weighting
from analysis.study.rehearsal.answers import Answers
from analysis.study.rehearsal.population import Population, domain_members
from analysis.study.rehearsal.wave import Wave
from analysis.study.rehearsal.wishes import Checked
from analysis.study.rows import Estimate
from analysis.study.study import Study


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One line of rehearsal.csv: what the copies of the population did to one figure.

    Shares are of the copies that gave figures; None is an empty cell. Rates are
    proportions, scores points; ``target`` is as defined, in percent for a rate.

    Attributes
    ----------
    truth, icc : float
        The true rate or mean, and the correlation of answers within clusters.
    estimate, width : float or None
        Means over the copies that have them.
    coverage, coverage_se : float or None
        Share of the copies with limits whose limits hold the truth; its Monte Carlo error.
    met, not_met, undecided : float or None
        Shares of the verdicts, those for review included.
    suppressed, review : float
        Shares withheld, and shown for review.
    false_met, false_not_met : float or None
        Share of the copies with that verdict though the truth is on the other side of the
        target; None where the truth is on that side.
    response : float or None
        Share of drawn addresses that answer; None where each interview hoped for is made.
    interviews, clusters, cost : float or None
        Means over the copies, in the area; ``n`` counts the answers in the denominator only.
    """

    sample: str
    weighting: str
    indicator: str
    domain: str
    area: str
    target: float | None
    truth: float
    icc: float
    copies: int
    seed: int
    response: float | None
    level: float
    estimate: float | None
    coverage: float | None
    coverage_se: float | None
    width: float | None
    n: float
    met: float | None
    not_met: float | None
    undecided: float | None
    suppressed: float
    review: float
    false_met: float | None
    false_not_met: float | None
    interviews: float
    clusters: float
    cost: float | None


class Table:
    """What is noted of each copy: arrays of shape (copies, indicators and areas)."""

    def __init__(self, population: Population, wave: Wave, copies: int) -> None:
        self.population = population
        members = domain_members(wave, population.kinds)
        self.keys: list[tuple[Answers, tuple[str, str], float]] = []
        for answer in population.answers:
            for name, persons in members.items():
                truth = answer.truth(persons)
                if truth is not None:
                    self.keys.append((answer, name, truth))
        self.place = {
            (answer.indicator.code, *name): at for at, (answer, name, _) in enumerate(self.keys)
        }
        self.places = {name: at for at, name in enumerate(members)}
        self.figures = np.full((4, copies, len(self.keys)), np.nan)  # estimate, low, high, n
        self.verdict = np.full((copies, len(self.keys)), "", "U10")
        self.display = np.full((copies, len(self.keys)), Display.SUPPRESS.value, "U10")
        self.effort = np.zeros((2, copies, len(members)))  # interviews, clusters
        self.done = 0

    def note(self, estimated: Estimated, tally: Tally) -> None:
        for row in estimated.rows:
            at = self.place.get(row.key)
            if at is not None:
                self._note_row(row, at)
        self._note_effort(estimated, tally)
        self.done += 1

    def _note_row(self, row: Estimate, at: int) -> None:
        figures = (row.estimate, row.low, row.high, float(row.n))
        self.figures[:, self.done, at] = [np.nan if v is None else v for v in figures]
        self.verdict[self.done, at] = "" if row.decision is None else row.decision.value
        self.display[self.done, at] = row.display.value

    def _note_effort(self, estimated: Estimated, tally: Tally) -> None:
        domains, counts = estimated.domains, tally.counts.astype(float)
        interviews = domains.sums(np.zeros(len(counts), np.int64), 1, counts)[0]
        clusters = np.zeros(len(interviews))
        if self.population.cluster:
            column = tally.columns[self.population.cluster]
            seen = domains.sums(column.codes, len(column.values), counts) > 0
            clusters = seen.sum(axis=0).astype(float)
        for at, name in enumerate(domains.names):
            if name in self.places:
                place = self.places[name]
                self.effort[:, self.done, place] = interviews[at], clusters[at]

    def rows(
        self, study: Study, sample: Sample, weighting: Weighting, wish: Checked
    ) -> list[Rehearsed]:
        found = []
        for at, (answer, name, truth) in enumerate(self.keys):
            indicator = answer.indicator
            estimate, low, high, n = self.figures[:, : self.done, at]
            interviews, clusters = self.effort[:, : self.done, self.places[name]].mean(axis=1)
            held = ((low <= truth) & (truth <= high))[np.isfinite(low)]
            coverage = float(held.mean()) if len(held) else None
            shares = self._verdicts(at, indicator)
            reached = _is_reached(indicator, truth)
            display = self.display[: self.done, at]
            found.append(
                Rehearsed(
                    sample=sample.id,
                    weighting=weighting.id,
                    indicator=indicator.code,
                    domain=name[0],
                    area=name[1],
                    target=indicator.target,
                    truth=truth,
                    icc=answer.correlation,
                    copies=self.done,
                    seed=wish.seed,
                    response=wish.response,
                    level=study.plan.estimation.level,
                    estimate=_mean(estimate),
                    coverage=coverage,
                    coverage_se=(
                        None if coverage is None else sqrt(coverage * (1 - coverage) / len(held))
                    ),
                    width=_mean(high - low),
                    n=float(np.nan_to_num(n).mean()),
                    met=shares.get(Decision.MET),
                    not_met=shares.get(Decision.NOT_MET),
                    undecided=shares.get(Decision.UNDECIDED),
                    suppressed=float((display == Display.SUPPRESS.value).mean()),
                    review=float((display == Display.REVIEW.value).mean()),
                    false_met=shares.get(Decision.MET) if reached is False else None,
                    false_not_met=shares.get(Decision.NOT_MET) if reached else None,
                    interviews=float(interviews),
                    clusters=float(clusters),
                    cost=wish.cost(float(interviews), float(clusters)),
                )
            )
        return found

    def _verdicts(self, at: int, indicator: Indicator) -> dict[Decision, float]:
        """The share of each verdict; none without a target."""
        if indicator.target is None:
            return {}
        verdict = self.verdict[: self.done, at]
        kinds = (Decision.MET, Decision.NOT_MET, Decision.UNDECIDED)
        return {kind: float((verdict == kind.value).mean()) for kind in kinds}


def _is_reached(indicator: Indicator, truth: float) -> bool | None:
    """Whether the truth is on the good side of the target; None without one."""
    target = indicator.target_value
    if target is None:
        return None
    return (truth >= target) != indicator.lower_is_better


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None
