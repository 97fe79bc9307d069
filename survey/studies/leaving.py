"""What of a response may leave by export: each column, and which of its texts.

A column leaves because it is a coded question, a column that the plan computes
with, or a label that is known; and a text in it because it is a code, a number
or a day. So a text that somebody typed stays, wherever he typed it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from analysis.study.areas import area_questions, read_areas
from analysis.study.cell_texts import is_day, is_number
from analysis.study.plan import Plan, Sample
from analysis.study.study import columns_of
from survey import models
from survey.datasets import RESPONSE_COLUMNS, area_table, stored_indicators
from survey.instrument.answers import ACKNOWLEDGED
from survey.instrument.questions import Form, Kind, Question

LABEL = re.compile(r"[A-Za-z0-9_.-]{1,20}")  # a code such as door or 1.2, not a sentence
TIMES = {
    "started_at": models.Response.started_at,
    "submitted_at": models.Response.submitted_at,
}
SEVERAL = (Kind.SELECT_MULTIPLE, Kind.RANK)
NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.RANGE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the exported file.

    Attributes
    ----------
    stored
        Where the response holds it; None for an answer.
    text
        The text that leaves for a stored value; empty where none may.
    must
        Whether the file has the column even when nobody filled it: the plan names it.
    """

    name: str
    stored: InstrumentedAttribute[str] | InstrumentedAttribute[datetime | None] | None
    text: Callable[[object], str]
    must: bool


class Leaving:
    """What may leave of a study's responses."""

    def __init__(self, session: Session, plan: Plan, form: Form) -> None:
        self.plan, self.form = plan, form
        codebook = form.codebook()
        areas = read_areas(area_table(session, plan.id), [])
        self._areas = frozenset(areas)
        self._paddings = area_questions(codebook, areas)
        self._indicators = stored_indicators(session, plan.id, codebook)
        self._known = {
            "entry_point": _codes(session, models.EntryPoint, plan.id),
            "volunteer": _codes(session, models.Volunteer, plan.id),
        }
        self._zone = ZoneInfo(plan.timezone)

    def columns(self, sample: Sample) -> list[Column]:
        """The labels, the columns of the design, then the coded questions in form order."""
        used = dict.fromkeys([sample.area, *columns_of(self.plan, sample, self._indicators)])
        questions = {question.name: self._passes(question) for question in self.form.questions()}
        labels = [name for name in RESPONSE_COLUMNS if name not in ("response_id", "status")]
        found = {name: self._label(name, used=name in used) for name in labels}
        found |= {
            name: Column(name, None, str, must=True)
            for name in used
            if name not in RESPONSE_COLUMNS and questions.get(name) is None
        }
        is_area = _if(self._areas.__contains__)
        found |= {
            name: Column(name, None, is_area, must=False)
            for name in self.plan.form.levels or {}
            if name not in {*RESPONSE_COLUMNS, *used, *questions}
        }
        found |= {
            name: Column(name, None, _if(passes), must=name in used)
            for name, passes in questions.items()
            if name not in RESPONSE_COLUMNS and passes is not None
        }
        return list(found.values())

    def _label(self, name: str, *, used: bool) -> Column:
        if name in TIMES:
            return Column(name, TIMES[name], self._day, must=used)
        stored = RESPONSE_COLUMNS[name]
        if used:
            return Column(name, stored, str, must=True)
        known = self._known.get(name)
        passes = known.__contains__ if known is not None else _is_label
        return Column(name, stored, _if(passes), must=False)

    def _day(self, moment: object) -> str:
        """The local day of a time."""
        if not isinstance(moment, datetime):
            return ""
        return moment.astimezone(self._zone).date().isoformat()

    def _passes(self, question: Question) -> Callable[[str], bool] | None:
        """Which answers to a question may leave; None for none at all.

        A calculation may repeat a text, so it leaves only where the plan uses it.
        """
        codes = frozenset(question.codes) | self._paddings.get(question.name, {}).keys()
        if question.kind is Kind.SELECT_ONE:
            return codes.__contains__
        if question.kind is Kind.ACKNOWLEDGE:
            return ACKNOWLEDGED.__eq__
        if question.kind in SEVERAL:
            return lambda text: codes.issuperset(text.split())
        if question.kind in NUMBERS:
            return is_number
        return is_day if question.kind is Kind.DATE else None


def _codes(
    session: Session, table: type[models.EntryPoint | models.Volunteer], study_id: str
) -> frozenset[str]:
    return frozenset(session.scalars(sa.select(table.code).where(table.study_id == study_id)))


def _is_label(text: str) -> bool:
    return LABEL.fullmatch(text) is not None


def _if(passes: Callable[[str], bool]) -> Callable[[object], str]:
    """A text that passes as it is, any other as nothing."""

    def text(value: object) -> str:
        return value if isinstance(value, str) and passes(value) else ""

    return text
