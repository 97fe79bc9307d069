"""The door out: stored answers, counted by one GROUP BY a sample, as a study to estimate."""

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
from analysis.study.plan import Plan, SampleKind
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


def load_study(session: Session, study_id: str, codebook: Codebook) -> Study:
    """The stored study, its accepted answers tallied, ready for ``analysis.study.run``.

    A sample without an accepted answer has an empty tally, which the estimation
    refuses by name.

    Raises
    ------
    StudyRefused
        What is stored is no valid study; loading checks it, so this is a defect.
    """
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
        dispositions=_dispositions(session, study_id, plan),
        data={
            sample.id: SampleData(
                _tally(
                    session, study_id, sample.id, columns_of(plan, sample, indicators), paddings
                ),
                _statuses(session, study_id, sample.id),
            )
            for sample in plan.samples
        },
        warnings=tuple(faults.warnings),
    )


def stored_indicators(session: Session, study_id: str, codebook: Codebook) -> tuple[Indicator, ...]:
    """The newest version of each stored definition."""
    areas = read_areas(area_table(session, study_id), [])
    return read_indicators(
        indicator_table(session, study_id), codebook, area_questions(codebook, areas), [], []
    )


def _tally(
    session: Session,
    study_id: str,
    sample: str,
    columns: dict[str, str],
    paddings: dict[str, dict[str, str]],
) -> Tally:
    """Count the distinct combinations of the columns among the accepted answers."""
    names = list(columns)
    counts: list[int] = []
    texts: list[list[str]] = [[] for _ in names]
    for count, *cells in session.execute(_cells(study_id, sample, names)):
        counts.append(count)
        for column, text in zip(texts, cells, strict=True):
            column.append(text.strip())  # as a file's cells are read
    return tally_answers(dict(zip(names, texts, strict=True)), paddings, counts)


def _cells(study_id: str, sample: str, names: list[str]) -> sa.Select[Any]:
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
        .join(models.Sample, models.Sample.id == response.sample_id)
        .outerjoin(answer, sa.and_(answer.response_id == response.id, answer.name.in_(answered)))
        .where(
            models.Sample.study_id == study_id,
            models.Sample.code == sample,
            response.status == models.ResponseStatus.ACCEPTED,
        )
        .group_by(response.id)
        .subquery()
    )
    columns = list(wide.c)
    return sa.select(sa.func.count(), *columns).group_by(*columns)


def _statuses(session: Session, study_id: str, sample: str) -> dict[str, int]:
    counted = session.execute(
        sa.select(models.Response.status, sa.func.count())
        .join(models.Sample, models.Sample.id == models.Response.sample_id)
        .where(models.Sample.study_id == study_id, models.Sample.code == sample)
        .group_by(models.Response.status)
    )
    by_status = dict(counted.all())
    return {
        status.value: by_status[status] for status in models.ResponseStatus if status in by_status
    }


def _dispositions(session: Session, study_id: str, plan: Plan) -> dict[str, dict[str, int]]:
    opt_in = {sample.id for sample in plan.samples if sample.kind is SampleKind.OPT_IN}
    rows = session.execute(
        sa.select(models.Sample.code, models.Disposition.class_, models.Disposition.n)
        .join(models.Sample, models.Sample.id == models.Disposition.sample_id)
        .where(models.Sample.study_id == study_id)
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
