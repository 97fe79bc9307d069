"""What stands beside the figures about the answers themselves: held ones, coached ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.indicators import Indicator
from analysis.study.form_rates import COACHED, OVERCLAIM, coached_rate
from analysis.study.plan import ROOT, Sample
from analysis.study.rows import Estimate
from survey.instrument.items import Label, walk
from survey.instrument.questions import Form
from survey.reason_words import reason_name
from survey.reporting.lines import name_of
from survey.reporting.service import Figures

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
        own.insert(_place_beside(own, more[OVERCLAIM], figures.form), more[OVERCLAIM])
    return (*own, more[COACHED]) if COACHED in more else tuple(own)


def _place_beside(own: Sequence[Indicator], false: Indicator, form: Form) -> int:
    """Where false awareness stands among a study's own indicators: below the rates it warns of.

    No plan says which rate is awareness, and a name may be anything. But the false
    item is asked as the real ones are, since only then do its answers say something
    of theirs: with the same choices, on the same page. The first rate of the same
    choices and page is taken, or else of the same choices, or else of the same page,
    and all rates of its question stay together. Where there is none, the line stands
    last and beside nothing.
    """
    item = false.questions[0]
    neighbours = _page_of(form, item)

    def likeness(one: Indicator) -> tuple[bool, bool]:
        (name,) = one.questions
        return _choices(form, name) == _choices(form, item), name in neighbours

    rates = {place: one for place, one in enumerate(own, 1) if one.is_rate}
    best = max(rates.values(), key=likeness, default=None)
    if best is None or not any(likeness(best)):
        return len(own)
    return max(place for place, one in rates.items() if one.questions == best.questions)


def _choices(form: Form, name: str) -> Mapping[str, Label]:
    question = form.question(name)
    return {one.code: one.label for one in question.choices} if question else {}


def _page_of(form: Form, name: str) -> frozenset[str]:
    """The names of all that stands on the page of a question, calculations included."""
    pages = (frozenset(one.name for one in walk(page.items)) for page in form.pages())
    return next((names for names in pages if name in names), frozenset())


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
