"""The questionnaire that leaves with a study's answers: one that reads all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.instrument.history import all_asked
from survey.instrument.questions import Form
from survey.instrument.writing import write_xlsform
from survey.models import Questionnaire, Response

FOLDER = "questionnaires"  # of the workbooks as they were, where there are several


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of those whose answers leave.

    Attributes
    ----------
    workbook : bytes
        The newest version as it was uploaded, if it reads all answers; else written
        from ``form``.
    versions : mapping
        Path to workbook of each version with answers, where ``workbook`` is none of them.
    """

    form: Form
    workbook: bytes
    versions: Mapping[str, bytes]


def asked_of(session: Session, study_id: str) -> Asked:
    """The version in force and every earlier one that answers were given on, as one."""
    answered = sa.select(Response.questionnaire_id).where(Response.study_id == study_id)
    published = Questionnaire.published_at.is_not(None)
    newest = (
        sa.select(sa.func.max(Questionnaire.number))
        .where(Questionnaire.study_id == study_id, published)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Questionnaire.number, Questionnaire.definition, Questionnaire.workbook)
        .where(
            Questionnaire.study_id == study_id,
            published,
            sa.or_(Questionnaire.id.in_(answered), Questionnaire.number == newest),
        )
        .order_by(Questionnaire.number.desc())
    ).all()
    forms = [Form.from_json(row.definition) for row in rows]
    form = all_asked(forms)
    if form == forms[0]:
        return Asked(form, rows[0].workbook, {})
    workbooks = {f"{FOLDER}/{row.number}.xlsx": row.workbook for row in rows}
    return Asked(form, write_xlsform(form), workbooks)
