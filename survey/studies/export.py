"""Write a study folder from the database: the evidence behind a figure, without persons in it."""

import csv
import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.areas import COLUMNS as AREA_COLUMNS
from analysis.study.cell_texts import is_amount
from analysis.study.checked import Faults
from analysis.study.csvfile import CsvFile
from analysis.study.files import (
    AREAS_FILE,
    DISPOSITIONS_FILE,
    INDICATORS_FILE,
    MARGINS_FILE,
    PLAN_FILE,
    POINTS_FILE,
    QUESTIONNAIRE_FILE,
    VOLUNTEERS_FILE,
)
from analysis.study.folder import POINT_COLUMNS
from analysis.study.plan import Plan, Sample
from analysis.study.plan_reader import read_plan
from survey import models
from survey.datasets import area_table, indicator_table, margin_table
from survey.errors import SurveyError
from survey.studies.asked import asked_of
from survey.studies.leaving import Column, Leaving

ID_BITS = 64
CHUNK = 5000  # rows fetched at a time


class StudyUnknown(SurveyError):
    code = "study_unknown"
    status = 404
    zh = "数据库中没有研究 {study}。"
    en = "no study {study} in the database."


class FolderThere(SurveyError):
    code = "folder_there"
    status = 409
    zh = "{folder} 已存在,没有覆盖。请另选文件夹。"
    en = "{folder} exists and is not overwritten; name another folder."


class FolderClosed(SurveyError):
    code = "folder_closed"
    status = 409
    zh = "无法写入 {folder}:{reason}。"
    en = "cannot write {folder}: {reason}."


def export_files(
    session: Session, study_id: str, progress: Callable[[str], None] = lambda _: None
) -> dict[str, bytes]:
    """Every file of the study folder by its path.

    Response ids are new random numbers in random order and times are days, so
    that no row can be matched with what somebody saw or noted at the door.
    What may leave is chosen by what it is, never by what it is not: see
    ``survey.studies.leaving``.

    Raises
    ------
    StudyUnknown
    """
    study = session.get(models.Study, study_id)
    if study is None:
        raise StudyUnknown(study=study_id)
    plan = read_plan(study.plan, Faults())
    assert plan is not None  # it was checked when it was loaded
    asked = asked_of(session, study_id)
    files = {
        PLAN_FILE: study.plan.encode(),
        QUESTIONNAIRE_FILE: asked.workbook,
        AREAS_FILE: _text_of(_areas(session, plan)),
        MARGINS_FILE: _text_of(margin_table(session, study_id)),
        INDICATORS_FILE: _text_of(indicator_table(session, study_id)),
        **asked.versions,
        **_field_tables(session, study_id),
    }
    leaving = Leaving(session, plan, asked.form)
    for sample in plan.samples:
        progress(sample.id)
        files[sample.responses] = _responses(session, plan, sample, leaving.columns(sample))
    return files


def refuse_existing(folder: Path) -> None:
    """Refuse a folder that holds something.

    Raises
    ------
    FolderThere
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderThere(folder=str(folder))


def write_folder(files: dict[str, bytes], folder: Path) -> None:
    """Write the files to a new folder: made beside it and renamed, whole or not at all.

    Only its owner can read it.

    Raises
    ------
    FolderThere, FolderClosed
    """
    folder = folder.resolve()
    refuse_existing(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for name, data in files.items():
                path = beside / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            os.replace(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise FolderClosed(folder=str(folder), reason=error.strerror or str(error)) from error


def _responses(session: Session, plan: Plan, sample: Sample, columns: Sequence[Column]) -> bytes:
    """A row for each response: all that may leave of an accepted one, of another its status."""
    response, answer = models.Response, models.Answer
    identifier = session.scalars(
        sa.select(models.Sample.id).where(
            models.Sample.study_id == plan.id, models.Sample.code == sample.id
        )
    ).one()
    rows: dict[int, list[str]] = {}
    labels = [(place, column) for place, column in enumerate(columns) if column.stored is not None]
    stored = sa.select(
        response.id, response.status, *(column.stored for _, column in labels)
    ).where(response.sample_id == identifier)
    values: list[object]
    for one, status, *values in session.execute(stored.execution_options(yield_per=CHUNK)):
        if status is not models.ResponseStatus.ACCEPTED:
            rows[one] = [status.value] + [""] * len(columns)
            continue
        rows[one] = cells = [""] * (len(columns) + 1)
        for (place, column), value in zip(labels, values, strict=True):
            cells[place + 1] = column.text(value)
    answered = {
        column.name: (place + 1, column)
        for place, column in enumerate(columns)
        if column.stored is None
    }
    given = (
        sa.select(answer.response_id, answer.name, answer.value)
        .join(response, response.id == answer.response_id)
        .where(
            response.sample_id == identifier,
            response.status == models.ResponseStatus.ACCEPTED,
            answer.name.in_(answered),
        )
    )
    for one, name, value in session.execute(given.execution_options(yield_per=CHUNK)):
        place, column = answered[name]
        rows[one][place] = column.text(value)
    return _text_of(_shuffled(sample.responses, columns, list(rows.values())))


def _shuffled(name: str, columns: Sequence[Column], cells: list[list[str]]) -> CsvFile:
    """The rows under new ids, sorted by these; a column that nobody filled only if it must be."""
    kept = [
        place
        for place, must in enumerate([False, *(column.must for column in columns)])
        if must or any(row[place] for row in cells)
    ]
    names = ["status", *(column.name for column in columns)]
    rows = sorted(
        [identifier, *(row[place] for place in kept)]
        for identifier, row in zip(_new_ids(len(cells)), cells, strict=True)
    )
    header = ("response_id", *(names[place] for place in kept))
    return CsvFile(name, header, rows, list(range(2, len(rows) + 2)))


def _new_ids(size: int) -> list[str]:
    """Distinct random numbers of 20 digits; sorting by them is the random order."""
    ids: set[str] = set()
    while len(ids) < size:
        ids.add(str(secrets.randbits(ID_BITS)).zfill(20))
    return list(ids)


def _areas(session: Session, plan: Plan) -> CsvFile:
    """The frame; beside the columns of the contract only those that hold numbers."""
    table = area_table(session, plan.id)
    kept = [
        place
        for place, name in enumerate(table.header)
        if name in AREA_COLUMNS
        or all(not row[place] or is_amount(row[place]) for row in table.rows)
    ]
    header = tuple(table.header[place] for place in kept)
    rows = [[row[place] for place in kept] for row in table.rows]
    return CsvFile(table.name, header, rows, table.lines)


def _field_tables(session: Session, study_id: str) -> dict[str, bytes]:
    """dispositions.csv, points.csv and volunteers.csv, those that have rows."""
    disposition, point, volunteer = models.Disposition, models.EntryPoint, models.Volunteer
    outcomes = [
        [sample, row.class_.value, str(row.n)]
        for row, sample in session.execute(
            sa.select(disposition, models.Sample.code)
            .join(models.Sample, models.Sample.id == disposition.sample_id)
            .where(models.Sample.study_id == study_id)
            .order_by(models.Sample.position, disposition.class_)
        )
    ]
    points = [
        [
            row.code,
            row.area_code,
            row.name,
            row.kind,
            row.valid_from.isoformat() if row.valid_from else "",
            row.valid_to.isoformat() if row.valid_to else "",
            row.status.value,
        ]
        for row in session.scalars(
            sa.select(point).where(point.study_id == study_id).order_by(point.code)
        )
    ]
    volunteers = [
        [row.code, row.area_code]
        for row in session.scalars(
            sa.select(volunteer).where(volunteer.study_id == study_id).order_by(volunteer.code)
        )
    ]
    tables = (
        (DISPOSITIONS_FILE, ("sample", "class", "n"), outcomes),
        (POINTS_FILE, POINT_COLUMNS, points),
        (VOLUNTEERS_FILE, ("code", "area"), volunteers),
    )
    return {
        name: _text_of(CsvFile(name, header, rows, list(range(2, len(rows) + 2))))
        for name, header, rows in tables
        if rows
    }


def _text_of(table: CsvFile) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows(table.rows)
    return buffer.getvalue().encode()
