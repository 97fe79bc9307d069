"""Rehearse a study: copies of its population through its own weights, estimates and verdicts."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.cells import Tally
from analysis.errors import AnalysisError, EmptyCells, MarginsNotMet
from analysis.study.estimates import Estimated, base_weights, estimate_sample
from analysis.study.files import PLAN_FILE
from analysis.study.plan import ROOT, Sample, Weighting
from analysis.study.problems import Problem, StudyRefused
from analysis.study.refusals import explain
from analysis.study.rehearsal.assessed import Assessed, assess
from analysis.study.rehearsal.population import Population, make_population
from analysis.study.rehearsal.table import Rehearsed, Table
from analysis.study.rehearsal.wave import Wave, area_domains
from analysis.study.rehearsal.wishes import Checked, Wishes, checked
from analysis.study.study import SampleData, Study, with_written_margins

STEP = 10  # copies between two words of progress


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What was rehearsed and what came of it.

    Attributes
    ----------
    refused : mapping of reason to number of copies
        Copies that the product would not estimate; they are in no share.
    collapsed : mapping of cells to number of copies
        Copies with an empty weighting cell, estimated as if ``collapse`` were true.
    left_out : tuple of str
        Indicators that nobody in the wave answered.
    """

    study: Study
    sample: Sample
    weighting: Weighting
    wishes: Checked
    population: Population
    estimated: int
    refused: Mapping[str, int]
    collapsed: Mapping[str, int]
    left_out: tuple[str, ...]
    rows: tuple[Rehearsed, ...]
    assessed: tuple[Assessed, ...]


def rehearse(
    study: Study, wishes: Wishes, progress: Callable[[str], None] = lambda _: None
) -> Rehearsal:
    """Draw copies of the study's population and take each through the product's estimates.

    The true rates are the wave's, or as given, and differ by stratum, area and weighting
    variable as in the wave but for its noise. Clusters and persons come from so many that
    the truth is the same in each copy; ``fpc`` is left out. Verdicts and limits are those
    of ``estimate_sample``, not a second computation.

    Parameters
    ----------
    progress
        Called with the name of each step as it begins.

    Raises
    ------
    StudyRefused
        A study that cannot be rehearsed, or wishes that cannot be: all of them at once.
    """
    margins = with_written_margins(study.margins, study.plan, study.paddings)
    study = replace(study, margins=margins)
    wish = checked(study, wishes)
    sample, weighting = wish.sample, study.plan.headline_of(wish.sample)
    study = _with_areas_only(study, sample)
    wave, estimated = _weighed(study, sample, weighting)
    population = make_population(wave, wish)
    stage = _Stage(study, sample, weighting, population)
    table = Table(population, wave, wish.copies)
    for copy in range(wish.copies):
        if copy % STEP == 0:
            progress(f"{copy:,} / {wish.copies:,}")
        stage.play(population.draw(wish.seed, copy), table)
    if not table.done:
        raise StudyRefused([_nothing(sample, stage.refused)])
    answered = {answer.indicator.code for answer in population.answers}
    return Rehearsal(
        study=study,
        sample=sample,
        weighting=weighting,
        wishes=wish,
        population=population,
        estimated=table.done,
        refused=dict(stage.refused),
        collapsed=dict(stage.collapsed),
        left_out=tuple(i.code for i in study.indicators if i.code not in answered),
        rows=tuple(table.rows(study, sample, weighting, wish)),
        assessed=tuple(assess(population, estimated, wish)),
    )


def _with_areas_only(study: Study, sample: Sample) -> Study:
    """The study with the city and the areas as its only domains, and no wave to compare with."""
    domains = (ROOT, *area_domains(study, sample))
    rules = replace(study.plan.estimation, domains=domains, changes=())
    return replace(study, plan=replace(study.plan, estimation=rules))


def _weighed(study: Study, sample: Sample, weighting: Weighting) -> tuple[Wave, Estimated]:
    """The wave as the product estimates it; what it refuses is refused here."""
    try:
        base = base_weights(study, sample)
        return (
            Wave.of(study, sample, weighting, base),
            estimate_sample(study, sample, weighting, base),
        )
    except AnalysisError as error:
        raise StudyRefused(explain(error, sample, weighting)) from error


def _nothing(sample: Sample, refused: Mapping[str, int]) -> Problem:
    found = "; ".join(f"{reason} ({number})" for reason, number in refused.items())
    zh, en = "至少一份副本可以估计", "a copy that can be estimated"
    return Problem(PLAN_FILE, None, f"sample.{sample.id}", found, zh, en)


class _Stage:
    """The study with its answers exchanged for those of one copy after the other."""

    def __init__(
        self, study: Study, sample: Sample, weighting: Weighting, population: Population
    ) -> None:
        stand_ins = tuple(answer.stand_in for answer in population.answers)
        self.study = replace(study, indicators=stand_ins)
        # The clusters and persons of a copy come from very many, so nothing is corrected for.
        self.sample, self.weighting = replace(sample, fpc=None), weighting
        self.refused: Counter[str] = Counter()
        self.collapsed: Counter[str] = Counter()

    def play(self, tally: Tally, table: Table) -> None:
        """Estimate one copy; note it in the table, or why it cannot be."""
        try:
            table.note(self._estimate(tally), tally)
        except AnalysisError as error:
            self.refused[_reason(error)] += 1

    def _estimate(self, tally: Tally) -> Estimated:
        study = replace(self.study, data={self.sample.id: SampleData(_occurring(tally), {})})
        base = base_weights(study, self.sample)
        try:
            return estimate_sample(study, self.sample, self.weighting, base)
        except EmptyCells as error:
            # An office would join the cell to its neighbour, and so does the rehearsal.
            joined = replace(self.weighting, collapse=True)
            result = estimate_sample(study, self.sample, joined, base)
            self.collapsed[", ".join(error.cells)] += 1
            return result


def _reason(error: AnalysisError) -> str:
    """Why a copy cannot be estimated, in the same words for copies alike."""
    if isinstance(error, MarginsNotMet):
        return f"raking does not meet {error.margin} {error.category}"
    return str(error)


def _occurring(tally: Tally) -> Tally:
    """The tally with no value that nobody has: a stratum without an answer is noticed by it."""
    columns = {}
    for name, column in tally.columns.items():
        used = np.zeros(len(column.values) + 1, bool)
        used[column.codes] = True
        if used[:-1].all():
            columns[name] = column
            continue
        rule = {value: value for value, there in zip(column.values, used, strict=False) if there}
        columns[name] = column.mapped(rule)
    return Tally(columns, tally.counts)
