"""Write a checked study folder into the tables, one after the other."""

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.areas import COLUMNS as AREA_COLUMNS
from analysis.study.csvfile import CsvFile
from analysis.study.files import (
    AREAS_FILE,
    DISPOSITIONS_FILE,
    INDICATORS_FILE,
    MARGINS_FILE,
    POINTS_FILE,
    VOLUNTEERS_FILE,
)
from analysis.study.plan import Plan, Sample
from analysis.study.study import ACCEPTED
from survey import models
from survey.codes import place_code
from survey.datasets import RESPONSE_COLUMNS
from survey.folders import ReadFolder

CHUNK = 5000  # rows in one insert
# By the driver itself: most rows of a study are answers, and these are plain texts.
INSERT_ANSWER = "INSERT INTO answers (response_id, name, value) VALUES (?, ?, ?)"  # SQLite
COPY_ANSWERS = "COPY answers (response_id, name, value) FROM STDIN"  # PostgreSQL


class Poster(NamedTuple):
    """What the printed code of a place leads to."""

    token: str


class Storing:
    """Writes one folder; ``posters`` are those of points that were there before, by code."""

    def __init__(
        self,
        session: Session,
        read: ReadFolder,
        plan_text: str,
        posters: Mapping[str, Poster],
        progress: Callable[[str], None],
    ) -> None:
        self.session, self.read, self.plan_text = session, read, plan_text
        self.posters = posters
        self.plan: Plan = read.folder.study.plan
        self.tables = read.folder.tables
        self.progress = progress
        self.now = datetime.now(UTC)

    def store(self) -> None:
        self._study()
        questionnaire = self._questionnaire()
        self._areas()
        self._definitions()
        samples = self._samples()
        self._dispositions(samples)
        points = self._points()
        for sample in self.plan.samples:
            self.progress(sample.id)
            self._responses(sample, samples[sample.id], questionnaire, points)

    def _insert(self, table: type[models.Base], rows: Iterator[dict[str, Any]]) -> None:
        """Insert in chunks, without the objects of the session: there are many rows."""
        while chunk := list(islice(rows, CHUNK)):
            self.session.connection().execute(sa.insert(table), chunk)

    def _records(self, name: str) -> Iterator[tuple[int, dict[str, str]]]:
        table = self.tables.get(name)
        return iter(()) if table is None else enumerate(row for _, row in table.records())

    def _study(self) -> None:
        plan, identity = self.plan, self.plan.identity
        self.session.merge(
            models.Study(
                id=plan.id,
                title_zh=plan.title_zh,
                title_en=plan.title_en,
                form_number=identity.form_number,
                maker=identity.maker,
                approval_kind=models.ApprovalKind(identity.approval_kind),
                approval_by=identity.approval_by,
                approval_number=identity.approval_number,
                valid_until=identity.valid_until,
                timezone=plan.timezone,
                root_area=plan.root_area,
                plan=self.plan_text,
                folder=dict(self.read.folder.study.files),
                created_at=self.now,
            )
        )
        self.session.flush()  # the rows below refer to it

    def _questionnaire(self) -> int:
        """The version in force, made unless it is this very workbook already; its id.

        An older version of the same bytes is not taken up again: the newest one
        is what pages show and what an export carries. A draft stays a draft, to
        come after what is loaded.
        """
        digest = hashlib.sha256(self.read.workbook).hexdigest()
        questionnaire = models.Questionnaire
        is_own = questionnaire.study_id == self.plan.id
        newest = self.session.execute(
            sa.select(questionnaire.id, questionnaire.number, questionnaire.sha256)
            .where(is_own, questionnaire.published_at.is_not(None))
            .order_by(questionnaire.number.desc())
            .limit(1)
        ).one_or_none()
        if newest is not None and newest.sha256 == digest:
            return int(newest.id)
        number = 1 if newest is None else newest.number + 1
        self.session.execute(
            sa.update(questionnaire)
            .where(is_own, questionnaire.published_at.is_(None))
            .values(number=number + 1)
        )
        form = self.read.form
        version = questionnaire(
            study_id=self.plan.id,
            number=number,
            form_id=form.form_id,
            version=form.version,
            workbook=self.read.workbook,
            sha256=digest,
            definition=form.to_json(),
            published_at=self.now,
        )
        self.session.add(version)
        self.session.flush()  # its id stands in every response
        return version.id

    def _areas(self) -> None:
        study_id = self.plan.id
        table = self.tables[AREAS_FILE]
        self._insert(
            models.Area,
            (
                {
                    "study_id": study_id,
                    "code": row["code"],
                    "name": row["name"],
                    "parent": row["parent"] or None,
                    "level": models.Level(row["level"]),
                    "urban_rural": row["urban_rural"],
                    "valid_from": _day(row["valid_from"]),
                    "valid_to": _day(row["valid_to"]),
                    "households": row["households"],
                    "position": position,
                }
                for position, row in self._records(AREAS_FILE)
            ),
        )
        names = [name for name in table.header if name and name not in AREA_COLUMNS]
        self._insert(
            models.Population,
            (
                {"study_id": study_id, "area_code": row["code"], "name": name, "value": row[name]}
                for _, row in table.records()
                for name in names
                if row[name]
            ),
        )

    def _definitions(self) -> None:
        study_id = self.plan.id
        self._insert(
            models.Margin,
            (
                {
                    "study_id": study_id,
                    "margin": row["margin"],
                    "category": row["category"],
                    "position": position,
                    "total": row["total"],
                }
                for position, row in self._records(MARGINS_FILE)
            ),
        )
        self._insert(
            models.Indicator,
            (
                {
                    "study_id": study_id,
                    "code": row["code"],
                    "version": 1,
                    "name_zh": row["name_zh"],
                    "name_en": row["name_en"],
                    "kind": models.IndicatorKind(row["kind"]),
                    "question": row["question"],
                    "numerator": row["numerator"],
                    "denominator": row["denominator"],
                    "scores": row["scores"],
                    "weights": row["weights"],
                    "target": row["target"],
                    "note": row["note"],
                    "direction": models.Direction(row.get("direction", "")),
                    "position": position,
                }
                for position, row in self._records(INDICATORS_FILE)
            ),
        )

    def _samples(self) -> dict[str, int]:
        """Waves and samples; the id of each sample by its code."""
        waves = {}
        for position, wave in enumerate(self.plan.waves):
            stored = models.Wave(
                study_id=self.plan.id,
                code=wave.id,
                title_zh=wave.title_zh,
                title_en=wave.title_en,
                opens=wave.opens,
                closes=wave.closes,
                position=position,
            )
            self.session.add(stored)
            waves[wave.id] = stored
        self.session.flush()  # samples refer to waves
        samples = {}
        for position, sample in enumerate(self.plan.samples):
            kind = models.SampleKind(sample.kind.value)
            opt_in = kind is models.SampleKind.OPT_IN
            row = models.Sample(
                study_id=self.plan.id,
                code=sample.id,
                wave_id=waves[sample.wave].id,
                kind=kind,
                channel=models.Channel.PLACE if opt_in else models.Channel.DOOR,
                position=position,
                file=sample.responses,
            )
            self.session.add(row)
            samples[sample.id] = row
        self.session.flush()  # responses refer to samples
        return {code: row.id for code, row in samples.items()}

    def _dispositions(self, samples: dict[str, int]) -> None:
        self._insert(
            models.Disposition,
            (
                {
                    "sample_id": samples[row["sample"]],
                    "class": models.DispositionClass(row["class"]),
                    "n": int(row["n"]),
                    "note": row.get("note", ""),
                }
                for _, row in self._records(DISPOSITIONS_FILE)
            ),
        )

    def _points(self) -> dict[str, int]:
        """Entry points with their addresses, and the volunteers; the points' ids by code."""
        study_id = self.plan.id
        self._insert(
            models.EntryPoint,
            (
                {
                    "study_id": study_id,
                    "code": row["code"],
                    "area_code": row["area"],
                    "name": row["name"],
                    "kind": row["kind"],
                    "valid_from": _day(row["valid_from"]),
                    "valid_to": _day(row["valid_to"]),
                    "status": models.PointStatus(row["status"]),
                }
                | (self.posters.get(row["code"]) or Poster(place_code()))._asdict()
                for _, row in self._records(POINTS_FILE)
            ),
        )
        self._insert(
            models.Volunteer,
            (
                {"study_id": study_id, "code": row["code"], "area_code": row["area"]}
                for _, row in self._records(VOLUNTEERS_FILE)
            ),
        )
        point = models.EntryPoint
        return dict(
            self.session.execute(
                sa.select(point.code, point.id).where(point.study_id == study_id)
            ).all()
        )

    def _responses(
        self, sample: Sample, sample_id: int, questionnaire: int, points: dict[str, int]
    ) -> None:
        """All rows of a sample, also those not accepted, and their answers."""
        table = self.tables[sample.responses]
        zone = ZoneInfo(self.plan.timezone)
        padding = self.read.folder.study.paddings.get(sample.area, {})
        self._insert(
            models.Response,
            (
                {
                    "submission_id": uuid.uuid4(),
                    "study_id": self.plan.id,
                    "response_id": row["response_id"],
                    "sample_id": sample_id,
                    "questionnaire_id": questionnaire,
                    "area_code": padding.get(row[sample.area], row[sample.area]),
                    "entry_point_id": points.get(row.get("entry_point", "")),
                    "entry_point": row.get("entry_point", ""),
                    "volunteer": row.get("volunteer", ""),
                    "user_id": None,
                    "mode": row.get("mode", ""),
                    "status": models.ResponseStatus(row.get("status") or ACCEPTED),
                    "disposition": row.get("disposition", ""),
                    "source": models.Source.FOLDER,
                    "started_at": _moment(row.get("started_at", ""), zone),
                    "submitted_at": _moment(row.get("submitted_at", ""), zone),
                    "received_at": self.now,
                    "started_text": row.get("started_at", ""),
                    "submitted_text": row.get("submitted_at", ""),
                    "digest": hashlib.sha256(repr(row).encode()).hexdigest(),
                }
                for _, row in table.records()
            ),
        )
        self._answers(table, sample_id)

    def _answers(self, table: CsvFile, sample_id: int) -> None:
        response = models.Response
        ids = dict(
            self.session.execute(
                sa.select(response.response_id, response.id).where(response.sample_id == sample_id)
            ).all()
        )
        identifier = table.header.index("response_id")
        names = [
            (place, name)
            for place, name in enumerate(table.header)
            if name and name not in RESPONSE_COLUMNS
        ]
        values = (
            (ids[row[identifier]], name, row[place])
            for row in table.rows
            for place, name in names
            if row[place]
        )
        fill_answers(self.session.connection(), values)


def fill_answers(connection: sa.Connection, rows: Iterator[tuple[int, str, str]]) -> None:
    """Insert ids of responses, names and texts in the fastest way that each database has."""
    if connection.dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(COPY_ANSWERS) as copy:
            for row in rows:
                copy.write_row(row)
        return
    while chunk := list(islice(rows, CHUNK)):
        connection.exec_driver_sql(INSERT_ANSWER, chunk)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A time of a row, in UTC; None where it is unreadable or beyond the calendar's ends."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        local = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
