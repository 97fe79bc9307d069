"""The page of one sample, put together: everything that its template prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.indicators import Indicator
from analysis.study.plan import ROOT, Plan, Sample, SampleKind, Wave
from analysis.study.problems import Problem
from analysis.study.rows import Change, Outcome, Rank
from survey.reporting.charts import axis_strip
from survey.reporting.integrity import (
    CoachedAlert,
    HeldBlock,
    coached_alert,
    held_block,
    indicators_in_order,
)
from survey.reporting.lines import Line, Section, name_of, section_of, summary_line
from survey.reporting.notes import ModelBlock, model_block
from survey.reporting.scope import visible_problems, visible_rows
from survey.reporting.service import Figures
from survey.wording import DISTINGUISHABLE, weighting_words

OUTCOMES_SHOWN = ("RR1", "RR2", "RR3", "COOP1", "REF1", "CON1")


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A difference of the whole from an earlier wave; points for a score, else a proportion."""

    name: str
    unit: str
    row: Change
    words: str


@dataclass(frozen=True, slots=True)
class SamplePage:
    """One sample as a user may see it.

    ``hidden_reasons`` are reasons against an estimate that lie outside his areas.
    """

    wave: Wave
    sample: Sample
    weights: str
    respondents: int
    statuses: Mapping[str, int]
    summary: tuple[Line, ...]
    summary_axis: str
    sections: tuple[Section, ...]
    model: ModelBlock | None
    changes: tuple[ChangeLine, ...]
    outcomes: tuple[Outcome, ...]
    held: HeldBlock | None
    coached: CoachedAlert | None
    problems: tuple[Problem, ...]
    hidden_reasons: int
    areas_shown: int

    @property
    def is_probability(self) -> bool:
        return self.sample.is_probability

    @property
    def is_opt_in(self) -> bool:
        return self.sample.kind is SampleKind.OPT_IN


def page_of(
    figures: Figures,
    sample: Sample,
    scope: frozenset[str],
    language: str,
    held_reasons: Sequence[tuple[str, int]] = (),
) -> SamplePage:
    """The page of a sample for a user whose areas are ``scope``.

    ``held_reasons`` says how many held answers have which reason.
    """
    study = figures.study
    plan = study.plan
    headline = figures.headline(sample)
    weighting = plan.headline_of(sample)
    problems, hidden = visible_problems(study, figures.refused.get(sample.id, ()), scope)
    sections = _sections(figures, sample, scope, language)
    data = study.data[sample.id]
    return SamplePage(
        wave=next(one for one in plan.waves if one.id == sample.wave),
        sample=sample,
        weights=weighting_words(study, figures.form, sample, weighting, language),
        respondents=headline.respondents if headline else data.tally.n,
        statuses=data.statuses,
        summary=_summary(figures, sample, language),
        summary_axis=axis_strip(chinese=language == "zh"),
        sections=sections,
        model=model_block(figures, sample, language) if headline else None,
        changes=_changes(figures, sample, language),
        outcomes=tuple(
            one
            for one in figures.outcomes
            if one.sample == sample.id and one.rate in OUTCOMES_SHOWN
        ),
        held=held_block(figures, sample, held_reasons, language),
        coached=coached_alert(figures, sample, language),
        problems=tuple(problems),
        hidden_reasons=hidden,
        areas_shown=max((len(section.lines) - 1 for section in sections), default=0),
    )


def samples_in_order(plan: Plan, wave: str) -> list[Sample]:
    """Probability samples first; each kind in the order of the plan."""
    return sorted(plan.samples_of(wave), key=lambda one: not one.is_probability)


def like_in_wave(plan: Plan, sample: Sample, wave: str) -> Sample | None:
    """The sample of another wave to compare with: the same name, else the first."""
    samples = samples_in_order(plan, wave)
    same = [one for one in samples if one.name == sample.name]
    return next(iter(same or samples), None)


def _sections(
    figures: Figures, sample: Sample, scope: frozenset[str], language: str
) -> tuple[Section, ...]:
    headline = figures.headline(sample)
    if headline is None:
        return ()
    ranks = _ranks(figures, sample, scope)
    sections = []
    for one in indicators_in_order(figures, sample):
        places, groups = visible_rows(figures.study, headline.rows, one.code, scope)
        own = ranks.get(one.code, [])
        sections.append(section_of(figures, one, places, groups, own, language))
    return tuple(sections)


def _summary(figures: Figures, sample: Sample, language: str) -> tuple[Line, ...]:
    root = figures.study.tree.root
    return tuple(
        summary_line(figures, one, row, language)
        for one in indicators_in_order(figures, sample)
        if (row := figures.row(sample, one.code, ROOT, root)) is not None
    )


def _ranks(figures: Figures, sample: Sample, scope: frozenset[str]) -> dict[str, list[Rank]]:
    """Rank intervals of the areas that the user may read, by indicator with a target."""
    found: dict[str, list[Rank]] = {}
    with_target = {one.code for one in figures.study.indicators if one.target is not None}
    for rank in figures.ranks:
        if rank.sample == sample.id and rank.indicator in with_target and rank.area in scope:
            found.setdefault(rank.indicator, []).append(rank)
    return {code: sorted(ranks, key=lambda one: one.area) for code, ranks in found.items()}


def _changes(figures: Figures, sample: Sample, language: str) -> tuple[ChangeLine, ...]:
    """Differences of the whole from earlier waves, under the headline weighting.

    None for a sample that chose itself: other people answer in each wave.
    """
    if not sample.is_probability:
        return ()
    weighting = figures.study.plan.headline_of(sample).id
    indicators: dict[str, Indicator] = {one.code: one for one in figures.study.indicators}
    return tuple(
        ChangeLine(
            name=name_of(indicators[row.indicator], language),
            unit="rate" if indicators[row.indicator].is_rate else "score",
            row=row,
            words=DISTINGUISHABLE[row.distinguishable][language],
        )
        for row in figures.changes
        if row.to_wave == sample.wave
        and row.sample == sample.name
        and row.weighting == weighting
        and row.domain == ROOT
    )
