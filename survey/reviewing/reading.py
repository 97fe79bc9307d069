"""The answers of an opt-in sample as arrays, for checks that look at all of them together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.cells import Floats, Ints
from analysis.study.areas import area_questions, read_areas
from analysis.study.plan import Plan
from analysis.suspicion.batch import Batch
from survey.datasets import area_table
from survey.instrument.items import Group, Item, Kind, Question
from survey.instrument.questions import Form
from survey.models import Answer, EntryPoint, Response, ResponseStatus, Sample
from survey.reviewing.chosen import is_reviewable

NONE = -1
LEAST_BLOCK = 3  # questions below each other on one scale


@dataclass(frozen=True, slots=True)
class ReadSample:
    """A sample as the checks see it.

    Attributes
    ----------
    numbers : int array, shape (n,)
        The ids of the responses of ``batch``, in its order: that in which they came.
    untimed : int
        Responses that are not in it, because nobody knows when they began or ended.
    """

    numbers: Ints
    batch: Batch
    untimed: int


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of answers: a question of which one is chosen, or an option of several."""

    question: str
    option: str | None = None


class _Row(NamedTuple):
    id: int
    entry_point_id: int | None
    started_at: datetime
    submitted_at: datetime
    device_mark: str | None


class SampleReader:
    """Reads samples of one study, coded alike; what they have in common is read once."""

    def __init__(self, session: Session, plan: Plan, form: Form) -> None:
        self.session, self.plan = session, plan
        self.zone = ZoneInfo(plan.timezone)
        # Where somebody lives is no answer of his here: it has a place of its own.
        self.questions = tuple(
            question for question in _asked_once(form.children) if question.name != plan.form.area
        )
        self.columns = tuple(_columns(self.questions))
        self.blocks = tuple(_blocks(form, self.columns))
        self.parents, self.homes = _areas(session, plan, form)
        self.numbers = _numbered(sorted(self.parents))
        self.places = _places(session, plan.id)
        self.kinds = _numbered(sorted({kind for kind, _ in self.places.values()}))

    def read(self, sample: Sample, *, accepted_only: bool = False) -> ReadSample:
        """All that was checked and not withdrawn, whatever was decided of it.

        With ``accepted_only`` what counts in the figures: nobody is known to have stuffed it.
        """
        which = _accepted(sample) if accepted_only else _checked(sample)
        rows, untimed = self._rows(which)
        answers, home = self._answers(which, {row.id: place for place, row in enumerate(rows)})
        where = [self.places.get(row.entry_point_id or 0) for row in rows]
        area = _ints(self._area(one[1]) if one else NONE for one in where)
        devices = _numbered(row.device_mark for row in rows if row.device_mark)
        batch = Batch(
            answers=answers,
            point=_ints(row.entry_point_id or NONE for row in rows),
            kind=_ints(self.kinds[one[0]] if one else NONE for one in where),
            area=area,
            home=np.where(area == NONE, NONE, home),  # nobody can say that it is elsewhere
            started=_floats(self._seconds(row.started_at) for row in rows),
            submitted=_floats(self._seconds(row.submitted_at) for row in rows),
            device=_ints(devices.get(row.device_mark or "", NONE) for row in rows),
            blocks=self.blocks,
        )
        return ReadSample(_ints(row.id for row in rows), batch, untimed)

    def _rows(self, which: sa.ColumnElement[bool]) -> tuple[list[_Row], int]:
        """The responses whose times are known, and how many others there are."""
        query = (
            sa.select(
                Response.id,
                Response.entry_point_id,
                Response.started_at,
                Response.submitted_at,
                Response.device_mark,
            )
            .where(which)
            .order_by(Response.id)
        )
        found = self.session.execute(query).all()
        rows = [
            _Row(number, point, started, ended, device)
            for number, point, started, ended, device in found
            if started is not None and ended is not None and started < ended
        ]
        return rows, len(found) - len(rows)

    def _answers(
        self, which: sa.ColumnElement[bool], place_of: Mapping[int, int]
    ) -> tuple[Ints, Ints]:
        """The codes, shape (n, columns), and the area that each claims as home."""
        answers = np.full((len(place_of), len(self.columns)), NONE, np.int64)
        home = np.full(len(place_of), NONE, np.int64)
        codes = {question.name: _numbered(question.codes) for question in self.questions}
        columns: dict[str, list[tuple[int, str | None]]] = {}
        for place, column in enumerate(self.columns):
            columns.setdefault(column.question, []).append((place, column.option))
        asked = self.plan.form.area or ""
        query = (
            sa.select(Answer.response_id, Answer.name, Answer.value)
            .join(Response, Response.id == Answer.response_id)
            .where(which, Answer.name.in_([*columns, asked]))
        )
        for number, name, text in self.session.execute(query):
            row = place_of.get(number)
            if row is None:
                continue
            if name == asked:
                home[row] = self.numbers.get(self.homes.get(text, ""), NONE)
                continue
            for place, option in columns[name]:
                if option is None:
                    answers[row, place] = codes[name].get(text, NONE)
                else:
                    answers[row, place] = int(option in text.split())
        return answers, home

    def _area(self, code: str) -> int:
        """The area among which people choose that a point lies in."""
        homes = set(self.homes.values())
        at: str | None = code
        while at is not None and at not in homes:
            at = self.parents.get(at)
        return NONE if at is None else self.numbers[at]

    def _seconds(self, moment: datetime) -> float:
        return moment.astimezone(self.zone).replace(tzinfo=UTC).timestamp()


def _accepted(sample: Sample) -> sa.ColumnElement[bool]:
    accepted = Response.status == ResponseStatus.ACCEPTED
    return sa.and_(Response.sample_id == sample.id, accepted)


def _checked(sample: Sample) -> sa.ColumnElement[bool]:
    """Not what was withdrawn, nor what a folder brought in quarantine, unchecked."""
    accepted = Response.status == ResponseStatus.ACCEPTED
    return sa.and_(Response.sample_id == sample.id, sa.or_(accepted, is_reviewable()))


def _asked_once(items: Iterable[Item]) -> Iterator[Question]:
    """Questions with codes outside repeats: each person has one answer to each."""
    for item in items:
        if isinstance(item, Group):
            if not item.repeats:
                yield from _asked_once(item.children)
        elif item.kind in (Kind.SELECT_ONE, Kind.SELECT_MULTIPLE):
            yield item


def _columns(questions: Iterable[Question]) -> Iterator[_Column]:
    for question in questions:
        if question.kind is Kind.SELECT_ONE:
            yield _Column(question.name)
        else:
            yield from (_Column(question.name, code) for code in question.codes)


def _blocks(form: Form, columns: tuple[_Column, ...]) -> Iterator[tuple[int, ...]]:
    """Questions one below the other with the same choices."""
    places = {column.question: place for place, column in enumerate(columns)}
    for page in form.pages():
        run: list[Question] = []
        for question in (*(one for one in page.questions if one.kind is not Kind.NOTE), None):
            if question is not None and run and _is_like(question, run[-1]):
                run.append(question)
                continue
            found = tuple(places[one.name] for one in run if one.name in places)
            if len(found) >= LEAST_BLOCK:
                yield found
            run = [question] if question is not None else []


def _is_like(one: Question, other: Question) -> bool:
    return one.kind is other.kind is Kind.SELECT_ONE and one.choices == other.choices


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
