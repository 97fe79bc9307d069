"""The door out: stored answers, counted by one GROUP BY a sample, as a study to estimate."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.cells import Tally
from analysis.codebook import Codebook
from analysis.indicators import Indicator
from analysis.study.areas import COLUMNS as AREA_COLUMNS
from analysis.study.areas import AreaTree, area_questions, read_areas
from analysis.study.checked import Faults
from analysis.study.csvfile import CsvFile
from analysis.study.definitions import (
    INDICATOR_COLUMNS,
    MARGIN_COLUMNS,
    read_indicators,
    read_margins,
)
from analysis.study.form_rates import form_rates
from analysis.study.plan import Plan, Sample, SampleKind
from analysis.study.plan_reader import read_plan
from analysis.study.problems import StudyRefused
from analysis.study.study import (
    SampleData,
    Study,
    columns_of,
    tally_answers,
    with_written_recodes,
)
from survey import models

# Columns of a response that are no answers, and where they are stored.
RESPONSE_COLUMNS = {
    "response_id": models.Response.response_id,
    "mode": models.Response.mode,
    "started_at": models.Response.started_text,
    "submitted_at": models.Response.submitted_text,
    "entry_point": models.Response.entry_point,
    "volunteer": models.Response.volunteer,
    "disposition": models.Response.disposition,
    "status": models.Response.status,
}


@dataclass(frozen=True, slots=True)
class Board:
    """A study as pages show it.

    Attributes
    ----------
    study : Study
        Its indicators are followed by the rates that only pages show.
    with_held : mapping of sample id to Tally
        The accepted answers and those that are held, of the samples that have such.
    """

    study: Study
    with_held: Mapping[str, Tally]


def load_study(session: Session, study_id: str, codebook: Codebook) -> Study:
    """The stored study, its accepted answers tallied, ready for ``analysis.study.run``.

    A sample without an accepted answer has an empty tally, which the estimation
    refuses by name.

    Raises
    ------
    StudyRefused
        What is stored is no valid study; loading checks it, so this is a defect.
    """
    return _counted(session, _definition(session, study_id, codebook))


def load_board(session: Session, study_id: str, codebook: Codebook) -> Board:
    """The same study with all that its pages show besides.

    Raises
    ------
    StudyRefused
    """
    study = _definition(session, study_id, codebook)
    more = form_rates(study.plan.form, codebook, study.indicators)
    study = _counted(session, replace(study, indicators=(*study.indicators, *more)))
    which = sa.or_(models.Response.status == models.ResponseStatus.ACCEPTED, is_held())
    return Board(
        study=study,
        with_held={
            sample.id: _tally(session, study, sample, which)
            for sample in study.plan.samples
            if _has_held(session, study_id, sample.id)
        },
    )


def is_held() -> sa.ColumnElement[bool]:
    """Whether a response waits for an analyst, its answers known to be valid.

    A row that a folder brought in quarantine was never checked, unless a check of
    ours has put an accepted one there.
    """
    response = models.Response
    found = sa.exists().where(models.Reason.response_id == response.id).correlate(response)
    ours = sa.or_(response.source != models.Source.FOLDER, found)
    return sa.and_(response.status == models.ResponseStatus.QUARANTINED, ours)


def _has_held(session: Session, study_id: str, sample: str) -> bool:
    query = _of_sample(sa.select(models.Response.id), study_id, sample).where(is_held())
    return session.scalar(query.limit(1)) is not None


def _definition(session: Session, study_id: str, codebook: Codebook) -> Study:
    """What a stored study says, before any answer is counted."""
    stored = session.get_one(models.Study, study_id)
    faults = Faults()
    plan = read_plan(stored.plan, faults)
    areas = read_areas(area_table(session, study_id), faults.problems)
    paddings = area_questions(codebook, areas)
    margins = read_margins(margin_table(session, study_id), faults.problems)
    indicators = read_indicators(
        indicator_table(session, study_id), codebook, paddings, faults.problems, faults.warnings
    )
    if plan is None or faults.problems:
        raise StudyRefused(faults.problems)
    plan = with_written_recodes(plan, paddings)
    return Study(
        plan=plan,
        tree=AreaTree(areas, plan.root_area),
        margins=margins,
        indicators=indicators,
        paddings=paddings,
        dispositions=_dispositions(session, plan),
        data={},
        warnings=tuple(faults.warnings),
    )


def _counted(session: Session, study: Study) -> Study:
    accepted = models.Response.status == models.ResponseStatus.ACCEPTED
    data = {
        sample.id: SampleData(
            _tally(session, study, sample, accepted), _statuses(session, study.plan.id, sample.id)
        )
        for sample in study.plan.samples
    }
    return replace(study, data=data)


def stored_indicators(session: Session, study_id: str, codebook: Codebook) -> tuple[Indicator, ...]:
    """The newest version of each stored definition."""
    areas = read_areas(area_table(session, study_id), [])
    return read_indicators(
        indicator_table(session, study_id), codebook, area_questions(codebook, areas), [], []
    )


def _tally(session: Session, study: Study, sample: Sample, which: sa.ColumnElement[bool]) -> Tally:
    """Count the distinct combinations of the sample's columns among some responses."""
    names = list(columns_of(study.plan, sample, study.indicators))
    counts: list[int] = []
    texts: list[list[str]] = [[] for _ in names]
    for count, *cells in session.execute(_cells(study.plan.id, sample.id, names, which)):
        counts.append(count)
        for column, text in zip(texts, cells, strict=True):
            column.append(text.strip())  # as a file's cells are read
    return tally_answers(dict(zip(names, texts, strict=True)), study.paddings, counts)


def _cells(
    study_id: str, sample: str, names: list[str], which: sa.ColumnElement[bool]
) -> sa.Select[Any]:
    """One statement: answers turned from rows by question into columns, then counted."""
    answered = [name for name in names if name not in RESPONSE_COLUMNS]
    answer, response = models.Answer, models.Response
    wide = (
        sa.select(
            *(
                sa.func.coalesce(
                    sa.cast(RESPONSE_COLUMNS[name], sa.Text)
                    if name in RESPONSE_COLUMNS
                    else sa.func.max(sa.case((answer.name == name, answer.value))),
                    "",
                ).label(f"c{place}")
                for place, name in enumerate(names)
            )
        )
        .select_from(response)
        .outerjoin(answer, sa.and_(answer.response_id == response.id, answer.name.in_(answered)))
        .where(which)
        .group_by(response.id)
    )
    columns = list(_of_sample(wide, study_id, sample).subquery().c)
    return sa.select(sa.func.count(), *columns).group_by(*columns)


def _of_sample(query: sa.Select[Any], study_id: str, sample: str) -> sa.Select[Any]:
    """Only the responses of a sample."""
    return query.join(models.Sample, models.Sample.id == models.Response.sample_id).where(
        models.Sample.study_id == study_id, models.Sample.code == sample
    )


def _statuses(session: Session, study_id: str, sample: str) -> dict[str, int]:
    status = models.Response.status
    counting: Any = sa.select(status, sa.func.count()).group_by(status)
    found = {one.value: n for one, n in session.execute(_of_sample(counting, study_id, sample))}
    return {one.value: found[one.value] for one in models.ResponseStatus if one.value in found}


def _dispositions(session: Session, plan: Plan) -> dict[str, dict[str, int]]:
    opt_in = {sample.id for sample in plan.samples if sample.kind is SampleKind.OPT_IN}
    rows = session.execute(
        sa.select(models.Sample.code, models.Disposition.class_, models.Disposition.n)
        .join(models.Sample, models.Sample.id == models.Disposition.sample_id)
        .where(models.Sample.study_id == plan.id)
    )
    found: dict[str, dict[str, int]] = {}
    for sample, outcome, n in rows:
        if sample not in opt_in:
            found.setdefault(sample, {})[outcome.value] = n
    return found


# The stored tables as the files they came from; reading and export share them.


def area_table(session: Session, study_id: str) -> CsvFile:
    """areas.csv: the columns of the contract, then the population columns."""
    populations: dict[str, dict[str, str]] = {}
    names: dict[str, None] = {}
    for population in session.scalars(
        sa.select(models.Population)
        .where(models.Population.study_id == study_id)
        .order_by(models.Population.name)
    ):
        names[population.name] = None
        populations.setdefault(population.area_code, {})[population.name] = population.value
    areas = session.scalars(
        sa.select(models.Area)
        .where(models.Area.study_id == study_id)
        .order_by(models.Area.position)
    ).all()
    rows = [
        [
            area.code,
            area.name,
            area.parent or "",
            area.level.value,
            area.urban_rural,
            area.valid_from.isoformat() if area.valid_from else "",
            area.valid_to.isoformat() if area.valid_to else "",
            area.households,
            *(populations.get(area.code, {}).get(name, "") for name in names),
        ]
        for area in areas
    ]
    return _table("areas.csv", (*AREA_COLUMNS, *names), rows)


def margin_table(session: Session, study_id: str) -> CsvFile:
    """margins.csv."""
    margins = session.scalars(
        sa.select(models.Margin)
        .where(models.Margin.study_id == study_id)
        .order_by(models.Margin.position)
    )
    rows = [[margin.margin, margin.category, margin.total] for margin in margins]
    return _table("margins.csv", MARGIN_COLUMNS, rows)


def indicator_table(session: Session, study_id: str) -> CsvFile:
    """indicators.csv: the newest version of each definition."""
    newest: dict[str, models.Indicator] = {}
    for indicator in session.scalars(
        sa.select(models.Indicator)
        .where(models.Indicator.study_id == study_id)
        .order_by(models.Indicator.version)
    ):
        newest[indicator.code] = indicator
    rows = [
        [*(str(getattr(indicator, name)) for name in INDICATOR_COLUMNS), indicator.direction.value]
        for indicator in sorted(newest.values(), key=lambda one: one.position)
    ]
    return _table("indicators.csv", (*INDICATOR_COLUMNS, "direction"), rows)


def _table(name: str, header: tuple[str, ...], rows: list[list[str]]) -> CsvFile:
    return CsvFile(name, header, rows, list(range(2, len(rows) + 2)))
