"""What must stand beside the figures of a sample that was not drawn at random."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.indicators import Indicator
from analysis.presentation import Position
from analysis.study.plan import ROOT, Sample, SampleKind
from analysis.study.rows import Estimate, ModeDifference
from survey.reporting.lines import name_of
from survey.reporting.needed import households_to_draw
from survey.reporting.service import Figures
from survey.wording import variable_words


@dataclass(frozen=True, slots=True)
class ModelNote:
    """One rate of the whole with a target: proportions from 0 to 1.

    ``raw`` is the rate without calibration; ``alarm`` that even those who chose to
    answer are on the wrong side of the target; ``differences`` are from the
    probability samples of the newest wave that has both, this one or an earlier.
    """

    name: str
    estimate: float
    raw: float | None
    low: float
    high: float
    n: int
    target: float
    tipping: float | None
    alarm: bool
    differences: tuple[ModeDifference, ...]


@dataclass(frozen=True, slots=True)
class ModelBlock:
    """The block of a sample with model intervals."""

    cells: str
    notes: tuple[ModelNote, ...]
    places: int
    to_draw: int | None


def model_block(figures: Figures, sample: Sample, language: str) -> ModelBlock | None:
    """Assumption and notes of a quota or opt-in sample; none for a probability sample."""
    if sample.is_probability:
        return None
    weighting = figures.study.plan.headline_of(sample)
    joined = "、" if language == "zh" else ", "
    rates = [one for one in figures.study.indicators if one.is_rate and one.target is not None]
    found = (_note(figures, sample, one, language) for one in rates)
    return ModelBlock(
        cells=joined.join(
            variable_words(figures.study, figures.form, variable, language)
            for variable in weighting.variables
        ),
        notes=tuple(note for note in found if note is not None),
        places=_places(figures, sample),
        to_draw=households_to_draw([one.target / 100 for one in rates if one.target is not None]),
    )


def _note(
    figures: Figures, sample: Sample, indicator: Indicator, language: str
) -> ModelNote | None:
    row = figures.row(sample, indicator.code, ROOT, figures.study.tree.root)
    target = indicator.target_value
    if row is None or row.is_suppressed or target is None:
        return None
    assert row.estimate is not None
    assert row.low is not None
    assert row.high is not None
    base = figures.base(sample)
    raw = next((one.estimate for one in base.rows if one.key == row.key), None) if base else None
    return ModelNote(
        name=name_of(indicator, language),
        estimate=row.estimate,
        raw=raw,
        low=row.low,
        high=row.high,
        n=row.n,
        target=target,
        tipping=row.tipping if sample.kind is SampleKind.OPT_IN else None,
        alarm=_is_alarming(indicator, row),
        differences=_differences(figures, sample, indicator.code),
    )


def _is_alarming(indicator: Indicator, row: Estimate) -> bool:
    wrong = Position.ABOVE if indicator.lower_is_better else Position.BELOW
    return row.position is wrong


def _differences(figures: Figures, sample: Sample, indicator: str) -> tuple[ModeDifference, ...]:
    """The sample minus probability samples, in the newest wave so far that has both."""
    plan = figures.study.plan
    waves = [wave.id for wave in plan.waves]
    until = waves[: waves.index(sample.wave) + 1]
    same = {one.id for one in plan.samples if one.name == sample.name and one.wave in until}
    rows = [
        row
        for row in figures.modes
        if row.other in same
        and row.indicator == indicator
        and row.domain == ROOT
        and row.low is not None
    ]
    return _of_newest_wave(rows, until)


def _of_newest_wave(
    rows: Sequence[ModeDifference], waves: Sequence[str]
) -> tuple[ModeDifference, ...]:
    newest = max((waves.index(row.wave) for row in rows), default=None)
    return tuple(row for row in rows if newest is not None and row.wave == waves[newest])


def _places(figures: Figures, sample: Sample) -> int:
    """How many places the answers came from."""
    column = figures.study.data[sample.id].tally.columns.get(sample.cluster or "")
    return len(set(column.values) - {""}) if column is not None else 0
