"""The answers of an opt-in sample as arrays, for checks that look at all of them together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from analysis.cells import Floats, Ints
from analysis.study.areas import area_questions, read_areas
from analysis.study.plan import Plan
from survey.datasets import area_table
from survey.instrument.items import Kind, Question
from survey.instrument.questions import Form
from survey.models import (
    Answer,
    EntryPoint,
    Layer,
    Reason,
    Response,
    ResponseStatus,
    Sample,
)
from survey.reviewing.chosen import is_reviewable

NONE = -1
MOST_CHOICES = 62  # of a question with several answers: a bit each


@dataclass(frozen=True, slots=True)
class Batch:
    """Responses of one sample in the order in which they came; -1 where something is unknown.

    Attributes
    ----------
    numbers : int array, shape (n,)
        Their ids.
    questions : tuple of str
    answers : int array, shape (n, questions)
        The place of the code among the choices; of several answers a bit for each.
    point, kind, area, home : int arrays, shape (n,)
        Of the entry point its number, kind of place and area; the area claimed as home.
        Areas are numbered alike and are those among which people choose their home.
    started, submitted : float arrays, shape (n,)
        Seconds of local time since 1970; nan where unknown.
    device : int array, shape (n,)
    flags : mapping of reason to bool array, shape (n,)
        What the layers at intake recorded.
    """

    numbers: Ints
    questions: tuple[str, ...]
    answers: Ints
    point: Ints
    kind: Ints
    area: Ints
    home: Ints
    started: Floats
    submitted: Floats
    device: Ints
    flags: Mapping[str, NDArray[np.bool_]]


class _Row(NamedTuple):
    id: int
    entry_point_id: int | None
    started_at: datetime | None
    submitted_at: datetime | None
    device_mark: str | None


class BatchReader:
    """Reads samples of one study; what they have in common is read once."""

    def __init__(self, session: Session, plan: Plan, form: Form) -> None:
        self.session, self.plan = session, plan
        self.zone = ZoneInfo(plan.timezone)
        self.questions = tuple(one for one in form.questions() if _is_coded(one))
        self.parents, homes = _areas(session, plan, form)
        self.homes = homes
        self.numbers = _numbered(sorted(self.parents))
        self.places = _places(session, plan.id)
        self.kinds = _numbered(sorted({kind for kind, _ in self.places.values()}))

    def batch(self, sample: Sample) -> Batch:
        """All that was checked and not withdrawn, whatever was decided of it."""
        rows = self._rows(sample)
        place_of = {row.id: place for place, row in enumerate(rows)}
        answers = np.full((len(rows), len(self.questions)), NONE, np.int64)
        home = np.full(len(rows), NONE, np.int64)
        self._fill(sample, place_of, answers, home)
        where = [self.places.get(row.entry_point_id or 0) for row in rows]
        devices = _numbered(row.device_mark for row in rows if row.device_mark)
        return Batch(
            numbers=np.array([row.id for row in rows], np.int64),
            questions=tuple(question.name for question in self.questions),
            answers=answers,
            point=_ints(row.entry_point_id or NONE for row in rows),
            kind=_ints(self.kinds[one[0]] if one else NONE for one in where),
            area=_ints(self._area(one[1]) if one else NONE for one in where),
            home=home,
            started=_floats(self._seconds(row.started_at) for row in rows),
            submitted=_floats(self._seconds(row.submitted_at) for row in rows),
            device=_ints(devices.get(row.device_mark or "", NONE) for row in rows),
            flags=self._flags(sample, place_of),
        )

    def _rows(self, sample: Sample) -> list[_Row]:
        query = (
            sa.select(
                Response.id,
                Response.entry_point_id,
                Response.started_at,
                Response.submitted_at,
                Response.device_mark,
            )
            .where(_checked(sample))
            .order_by(Response.id)
        )
        return [_Row(*row) for row in self.session.execute(query)]

    def _fill(self, sample: Sample, place_of: Mapping[int, int], answers: Ints, home: Ints) -> None:
        """Write the codes and the homes where they belong."""
        columns = {question.name: place for place, question in enumerate(self.questions)}
        codes = [_numbered(question.codes) for question in self.questions]
        asked = self.plan.form.area or ""
        query = (
            sa.select(Answer.response_id, Answer.name, Answer.value)
            .join(Response, Response.id == Answer.response_id)
            .where(_checked(sample), Answer.name.in_([*columns, asked]))
        )
        for number, name, text in self.session.execute(query):
            if name in columns:
                column = columns[name]
                code = _coded(self.questions[column], codes[column], text)
                answers[place_of[number], column] = code
            if name == asked:
                home[place_of[number]] = self.numbers.get(self.homes.get(text, ""), NONE)

    def _flags(self, sample: Sample, place_of: Mapping[int, int]) -> dict[str, NDArray[np.bool_]]:
        query = (
            sa.select(Reason.response_id, Reason.code)
            .join(Response, Response.id == Reason.response_id)
            .where(_checked(sample), Reason.layer == Layer.INTAKE)
        )
        found: dict[str, NDArray[np.bool_]] = {}
        for number, code in self.session.execute(query):
            found.setdefault(code, np.zeros(len(place_of), bool))[place_of[number]] = True
        return found

    def _area(self, code: str) -> int:
        """The area among which people choose that a point lies in."""
        homes = set(self.homes.values())
        at: str | None = code
        while at is not None and at not in homes:
            at = self.parents.get(at)
        return NONE if at is None else self.numbers[at]

    def _seconds(self, moment: datetime | None) -> float:
        if moment is None:
            return float("nan")
        return moment.astimezone(self.zone).replace(tzinfo=UTC).timestamp()


def _checked(sample: Sample) -> sa.ColumnElement[bool]:
    """Not what was withdrawn, nor what a folder brought in quarantine, unchecked."""
    accepted = Response.status == ResponseStatus.ACCEPTED
    return sa.and_(Response.sample_id == sample.id, sa.or_(accepted, is_reviewable()))


def _is_coded(question: Question) -> bool:
    if question.kind is Kind.SELECT_MULTIPLE:
        return len(question.codes) <= MOST_CHOICES
    return question.kind is Kind.SELECT_ONE


def _coded(question: Question, places: Mapping[str, int], text: str) -> int:
    if question.kind is Kind.SELECT_MULTIPLE:
        return sum(1 << places[code] for code in set(text.split()) if code in places)
    return places.get(text, NONE)


def _areas(
    session: Session, plan: Plan, form: Form
) -> tuple[dict[str, str | None], dict[str, str]]:
    """The parent of each area, and the area that each answer about one's home names."""
    areas = read_areas(area_table(session, plan.id), [])
    homes = area_questions(form.codebook(), areas).get(plan.form.area or "", {})
    return {code: area.parent or None for code, area in areas.items()}, homes


def _numbered(values: Iterable[str]) -> dict[str, int]:
    """A number for each text, in the order in which it is first met."""
    return {text: place for place, text in enumerate(dict.fromkeys(values))}


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, np.float64)


def _places(session: Session, study_id: str) -> dict[int, tuple[str, str]]:
    """Kind and area of each point."""
    query = sa.select(EntryPoint.id, EntryPoint.kind, EntryPoint.area_code)
    rows = session.execute(query.where(EntryPoint.study_id == study_id))
    return {number: (kind, area) for number, kind, area in rows}
