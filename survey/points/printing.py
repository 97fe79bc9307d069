"""What is printed of a study: the cards of its places and drawn households that still count."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.codes import unseal
from survey.models import EntryPoint, Household, Sample, Study
from survey.points.selection import Point, Selection, State, area_names, chosen, in_state
from survey.printing.sheets import Card, Survey


def survey_of(study: Study, contact: str) -> Survey:
    """What a sheet says of a study; ``contact`` is who answers questions, or empty."""
    return Survey(
        title_zh=study.title_zh,
        title_en=study.title_en,
        form_number=study.form_number,
        maker=study.maker,
        approval_kind=study.approval_kind,
        approval_by=study.approval_by,
        approval_number=study.approval_number,
        valid_until=study.valid_until,
        contact=contact,
    )


def place_cards(
    session: Session, study: Study, scope: frozenset[str], selection: Selection, today: date
) -> list[Card]:
    """The chosen places that take answers today or later, in the order of the list."""
    names = area_names(session, study.id)
    wanted = sa.select(EntryPoint).where(
        EntryPoint.study_id == study.id,
        *chosen(EntryPoint, scope, selection, today),
        _takes_answers(EntryPoint, today),
    )
    return [
        Card(
            code=place.token,
            name=place.name,
            area=names[place.area_code],
            valid_to=place.valid_to,
        )
        for place in session.scalars(wanted.order_by(EntryPoint.code))
    ]


def household_cards(
    session: Session,
    sample: Sample,
    scope: frozenset[str],
    selection: Selection,
    today: date,
    *,
    secret: str,
) -> list[Card]:
    """The chosen households of a sample that can still answer, by their numbers."""
    names = area_names(session, sample.study_id)
    wanted = sa.select(Household).where(
        Household.sample_id == sample.id,
        *chosen(Household, scope, selection, today),
        _takes_answers(Household, today),
    )
    return [
        Card(
            code=unseal(household.code_cipher.decode(), secret),
            number=household.number,
            area=names[household.area_code],
            address=household.address,
            valid_to=household.valid_to,
        )
        for household in session.scalars(wanted.order_by(Household.number))
    ]


def _takes_answers(table: type[Point], today: date) -> sa.ColumnElement[bool]:
    return sa.or_(in_state(table, State.USED, today), in_state(table, State.AHEAD, today))
