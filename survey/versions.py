"""Published questionnaires and plans, parsed once: they never change."""

from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.checked import Faults
from analysis.study.plan import Plan
from analysis.study.plan_reader import read_plan
from survey.instrument.questions import Form
from survey.models import Questionnaire

_forms: dict[str, Form] = {}  # by the hash of the workbook, so for any database


@dataclass(frozen=True, slots=True)
class Published:
    """A published version and its form."""

    id: int
    form: Form


def newest_form(session: Session, study_id: str) -> Published:
    """The newest published questionnaire of a study.

    Raises
    ------
    LookupError
        The study has none; loading stores one, so this is a defect.
    """
    row = session.execute(
        sa.select(Questionnaire.id, Questionnaire.sha256)
        .where(Questionnaire.study_id == study_id, Questionnaire.published_at.is_not(None))
        .order_by(Questionnaire.number.desc())
        .limit(1)
    ).first()
    if row is None:
        raise LookupError(f"study {study_id} has no published questionnaire")
    return Published(row.id, _form(session, row.id, row.sha256))


def published_form(session: Session, study_id: str, questionnaire_id: int) -> Published | None:
    """A published version by its id: an interview ends on the version that it began on."""
    sha256 = session.scalar(
        sa.select(Questionnaire.sha256).where(
            Questionnaire.study_id == study_id,
            Questionnaire.id == questionnaire_id,
            Questionnaire.published_at.is_not(None),
        )
    )
    if sha256 is None:
        return None
    return Published(questionnaire_id, _form(session, questionnaire_id, sha256))


def form_of(session: Session, questionnaire_id: int) -> Form:
    """The form of a stored version."""
    query = sa.select(Questionnaire.sha256).where(Questionnaire.id == questionnaire_id)
    return _form(session, questionnaire_id, session.scalars(query).one())


def _form(session: Session, questionnaire_id: int, sha256: str) -> Form:
    if sha256 not in _forms:
        query = sa.select(Questionnaire.definition).where(Questionnaire.id == questionnaire_id)
        _forms[sha256] = Form.from_json(session.scalars(query).one())
    return _forms[sha256]


@lru_cache(maxsize=64)
def plan_of_text(text: str) -> Plan:
    """The plan of a stored study.toml, which was checked when it was loaded."""
    plan = read_plan(text, Faults())
    if plan is None:
        raise ValueError("a stored study.toml is no TOML")
    return plan
