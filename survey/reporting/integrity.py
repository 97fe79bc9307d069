"""What stands beside the figures about the answers themselves: held ones, coached ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.indicators import Indicator
from analysis.study.form_rates import COACHED, OVERCLAIM, coached_rate
from analysis.study.plan import ROOT, Sample
from analysis.study.rows import Estimate
from survey.reason_words import reason_name
from survey.reporting.lines import name_of
from survey.reporting.service import Figures

AWARENESS = "知晓"  # in the name of the rates beside which false awareness stands
ALERT = 0.05  # of answers coached: a lower limit above it raises an alert


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One figure of the whole; proportions, points for a score.

    ``published`` is without what is held, ``together`` with it; each None where it
    may not be shown, and both where the published one is withheld.
    """

    name: str
    unit: str
    published: Estimate | None
    together: Estimate | None


@dataclass(frozen=True, slots=True)
class HeldBlock:
    """What is held of a sample. ``lines`` is empty where it cannot be estimated with it."""

    n: int
    interval_kind: str
    level: float
    reasons: tuple[tuple[str, int], ...]
    lines: tuple[HeldLine, ...]


@dataclass(frozen=True, slots=True)
class CoachedAlert:
    """Surely more than ``ALERT`` were told what to answer; proportions."""

    name: str
    estimate: float
    low: float
    high: float
    limit: float = ALERT


def indicators_in_order(figures: Figures, sample: Sample) -> tuple[Indicator, ...]:
    """The study's indicators, false awareness beside awareness, the coached share last.

    The rates that only pages show are left out where nobody was asked.
    """
    root = figures.study.tree.root
    own = [one for one in figures.study.indicators if one.code not in (COACHED, OVERCLAIM)]
    more = {
        one.code: one
        for one in figures.study.indicators
        if one not in own and (row := figures.row(sample, one.code, ROOT, root)) and row.n
    }
    if OVERCLAIM in more:
        beside = [place for place, one in enumerate(own, 1) if AWARENESS in one.name_zh]
        own.insert(max(beside, default=len(own)), more[OVERCLAIM])
    return (*own, more[COACHED]) if COACHED in more else tuple(own)


def held_block(
    figures: Figures, sample: Sample, reasons: Sequence[tuple[str, int]], language: str
) -> HeldBlock | None:
    """With and without the held answers; None where none are held."""
    found = figures.with_held.get(sample.id)
    if found is None:
        return None
    root = figures.study.tree.root
    lines = []
    for one in indicators_in_order(figures, sample):
        published = figures.row(sample, one.code, ROOT, root)
        together = found.rows.get(one.code)
        if published is not None and together is not None:
            shown = published if not published.is_suppressed else None
            other = together if shown and not together.is_suppressed else None
            unit = "rate" if one.is_rate else "score"
            lines.append(HeldLine(name_of(one, language), unit, shown, other))
    return HeldBlock(
        n=found.respondents - figures.study.data[sample.id].tally.n,
        interval_kind="design" if sample.is_probability else "model",
        level=figures.study.plan.estimation.level,
        reasons=tuple((reason_name(code, language), n) for code, n in reasons),
        lines=tuple(lines),
    )


def coached_alert(figures: Figures, sample: Sample, language: str) -> CoachedAlert | None:
    """An alert where the whole interval of the coached share lies above the limit."""
    rate = coached_rate(figures.study.plan.form, figures.study.indicators)
    if rate is None:
        return None
    row = figures.row(sample, rate.code, ROOT, figures.study.tree.root)
    if row is None or row.is_suppressed or row.low is None or row.low <= ALERT:
        return None
    assert row.estimate is not None
    assert row.high is not None
    return CoachedAlert(name_of(rate, language), row.estimate, row.low, row.high)
