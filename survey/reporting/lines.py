"""Estimates as the lines of a page: labels, words and pictures beside the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from analysis.decision import MeasuredMean
from analysis.indicators import Indicator
from analysis.intervals import Measured
from analysis.presentation import Decision, Display
from analysis.study.modelled import ModelledRate
from analysis.study.plan import ROOT
from analysis.study.rows import Estimate, Rank
from survey.reporting.charts import Axis, State, axis_strip, interval_strip
from survey.reporting.needed import answers_needed
from survey.reporting.service import Figures
from survey.wording import DECISIONS, reason_text, rule_text, variable_words


@dataclass(frozen=True, slots=True)
class Line:
    """One figure as a page shows it. A suppressed one carries no figure of its own.

    Proportions from 0 to 1, points for a score. ``waits`` for more answers, and
    ``needed`` says how many, or none where even twenty times as many would not do;
    ``anchor`` is where on the page its areas stand, empty for none. ``modelled`` is what
    the model says of an area instead; never in ``strip``.
    """

    label: str
    anchor: str
    unit: str
    estimate: float | None
    low: float | None
    high: float | None
    n: int
    n_eff: float | None
    level: float
    interval_kind: str
    target: float | None
    display: str
    decision: str
    words: str
    why: str
    needed: int | None
    waits: bool
    is_total: bool
    strip: Markup
    modelled: ModelledRate | None
    unmodelled: str  # why there is none, in words

    @property
    def is_modelled(self) -> bool:
        return self.modelled is not None and not self.modelled.reason


@dataclass(frozen=True, slots=True)
class Section:
    """One indicator of one sample: its lines, and the scale that their pictures share."""

    indicator: Indicator
    name: str
    lines: tuple[Line, ...]
    groups: tuple[Line, ...]
    ranks: tuple[Rank, ...]
    axis: Markup

    @property
    def anchor(self) -> str:
        return anchor_of(self.indicator)

    @property
    def has_modelled(self) -> bool:
        return any(line.is_modelled for line in self.lines)


def section_of(
    figures: Figures,
    indicator: Indicator,
    rows: Sequence[Estimate],
    groups: Sequence[Estimate],
    ranks: Sequence[Rank],
    language: str,
) -> Section:
    """The table of an indicator: the whole first, then the areas; groups apart."""
    return Section(
        indicator=indicator,
        name=name_of(indicator, language),
        lines=tuple(
            _line(figures, indicator, row, _label(figures, row, language), language) for row in rows
        ),
        groups=tuple(
            _line(figures, indicator, row, _group_label(figures, row, language), language)
            for row in groups
        ),
        ranks=tuple(ranks),
        axis=axis_strip(indicator.target_value, axis=_axis(indicator), chinese=language == "zh"),
    )


def summary_line(figures: Figures, indicator: Indicator, row: Estimate, language: str) -> Line:
    """The figure of the whole under the indicator's name.

    Only rates are drawn: they share one scale from 0 to 100 %, a score has its own.
    """
    name = name_of(indicator, language)
    return _line(
        figures,
        indicator,
        row,
        name,
        language,
        anchor=anchor_of(indicator),
        is_total=False,
        is_drawn=indicator.is_rate,
    )


def name_of(indicator: Indicator, language: str) -> str:
    return indicator.name_zh if language == "zh" else indicator.name_en


def anchor_of(indicator: Indicator) -> str:
    return f"i-{indicator.code}"


def _line(
    figures: Figures,
    indicator: Indicator,
    row: Estimate,
    label: str,
    language: str,
    *,
    anchor: str = "",
    is_total: bool | None = None,
    is_drawn: bool = True,
) -> Line:
    hidden = row.is_suppressed
    modelled = figures.modelled.get((row.sample, *row.key)) if hidden else None
    estimate, low, high = (None, None, None) if hidden else (row.estimate, row.low, row.high)
    strip = interval_strip(
        estimate,
        low,
        high,
        target=indicator.target_value,
        dashed=row.interval_kind == "model",
        state=_state(row),
        axis=_axis(indicator),
        chinese=language == "zh",
    )
    return Line(
        label=label,
        anchor=anchor,
        unit="rate" if indicator.is_rate else "score",
        estimate=estimate,
        low=low,
        high=high,
        n=row.n,
        n_eff=None if hidden else row.n_eff,
        level=row.level,
        interval_kind=row.interval_kind,
        target=indicator.target,
        display=row.display.value,
        decision=row.decision.value if row.decision else "",
        words=DECISIONS[row.decision][language] if row.decision else "",
        why=reason_text(row, language),
        needed=_needed(indicator, row),
        waits=_waits(row),
        is_total=row.domain == ROOT if is_total is None else is_total,
        strip=strip if is_drawn else Markup(),
        modelled=modelled,
        unmodelled=rule_text(modelled.reason, language) if modelled and modelled.reason else "",
    )


def _waits(row: Estimate) -> bool:
    """Whether more answers could bring a verdict that is open now."""
    return row.decision is Decision.UNDECIDED and row.display is Display.SHOW


def _needed(indicator: Indicator, row: Estimate) -> int | None:
    target = indicator.target_value
    if not _waits(row) or target is None:
        return None
    assert row.estimate is not None
    assert row.se is not None
    assert row.df is not None
    if indicator.is_rate:
        rate = Measured(row.estimate, row.se, row.n, row.hits, row.df)
        return answers_needed(rate, target)
    return answers_needed(MeasuredMean(row.estimate, row.se, row.n, row.df), target)


def _label(figures: Figures, row: Estimate, language: str) -> str:
    name = figures.study.tree.areas[row.area].name
    if row.domain != ROOT:
        return name
    return f"{name}(全部)" if language == "zh" else f"{name} (all)"


def _group_label(figures: Figures, row: Estimate, language: str) -> str:
    """What a group of the population is called: the variable and the labels of its codes."""
    plan, form = figures.study.plan, figures.form
    variable = variable_words(figures.study, form, row.domain, language)
    question = form.question(plan.source_of(row.domain))
    labels = {choice.code: choice.label for choice in question.choices} if question else {}
    recode = plan.recodes.get(row.domain)
    codes = [code for code, group in recode.rule.items() if group == row.area] if recode else []
    words = [str(labels[one].get(language, one)) for one in codes or [row.area] if one in labels]
    joined = " 至 " if language == "zh" else " to "
    group = joined.join(dict.fromkeys([words[0], words[-1]])) if words else row.area
    return f"{variable}:{group}" if language == "zh" else f"{variable}: {group}"


def _axis(indicator: Indicator) -> Axis:
    if indicator.is_rate:
        return Axis()
    return Axis(min(indicator.scores.values()), max(indicator.scores.values()), percent=False)


def _state(row: Estimate) -> State:
    if row.is_suppressed:
        return State.SUPPRESSED
    if row.display is Display.REVIEW:
        return State.REVIEW
    if row.interval_kind == "model":
        return State.INDICATIVE  # nothing sure, with a target or without
    return State(row.decision.value) if row.decision else State.NONE
