"""What is printed of a study: the cards of its places and drawn households that still count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.accounts.access import Bound, visible_areas
from survey.codes import unseal
from survey.errors import NotFound
from survey.models import Area, EntryPoint, Household, HouseholdStatus, PointStatus, Sample, Study
from survey.printing.sheets import Card, Survey


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the codes: those in an area, of a kind, made together, or one; empty is all."""

    area: str = ""
    kind: str = ""
    batch: str = ""
    only: int | None = None


@dataclass(frozen=True, slots=True)
class Below:
    """An area and what lies in it, asked for like the area of a user."""

    area_code: str


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


def scope_of(session: Session, user: Bound, study_id: str, area: str) -> frozenset[str]:
    """The user's areas, or those of them that lie in one area.

    Raises
    ------
    NotFound
        Nothing is left: no such study or area, or one that is not the user's.
    """
    scope = visible_areas(session, user, study_id)
    if area:
        scope &= visible_areas(session, Below(area), study_id)
    if not scope:
        raise NotFound
    return scope


def place_cards(
    session: Session, user: Bound, study: Study, selection: Selection, today: date
) -> list[Card]:
    """The places that take answers today or later, by their codes in the list."""
    scope = scope_of(session, user, study.id, selection.area)
    wanted = sa.select(EntryPoint).where(
        EntryPoint.study_id == study.id,
        EntryPoint.area_code.in_(scope),
        EntryPoint.status == PointStatus.ACTIVE,
        sa.or_(EntryPoint.valid_to.is_(None), EntryPoint.valid_to >= today),
    )
    if selection.kind:
        wanted = wanted.where(EntryPoint.kind == selection.kind)
    if selection.batch:
        wanted = wanted.where(EntryPoint.batch == selection.batch)
    if selection.only is not None:
        wanted = wanted.where(EntryPoint.id == selection.only)
    names = area_names(session, study.id)
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
    user: Bound,
    sample: Sample,
    selection: Selection,
    today: date,
    *,
    secret: str,
) -> list[Card]:
    """The households of a sample that can still answer, by their numbers."""
    scope = scope_of(session, user, sample.study_id, selection.area)
    wanted = sa.select(Household).where(
        Household.sample_id == sample.id,
        Household.area_code.in_(scope),
        Household.status == HouseholdStatus.ACTIVE,
        sa.or_(Household.valid_to.is_(None), Household.valid_to >= today),
    )
    if selection.batch:
        wanted = wanted.where(Household.batch == selection.batch)
    if selection.only is not None:
        wanted = wanted.where(Household.id == selection.only)
    names = area_names(session, sample.study_id)
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


def area_names(session: Session, study_id: str) -> Mapping[str, str]:
    """What an area is called in an address: township, community and grid in one word."""
    rows = session.execute(
        sa.select(Area.code, Area.name, Area.parent).where(Area.study_id == study_id)
    )
    areas = {row.code: row for row in rows}
    names: dict[str, str] = {}
    for code, area in areas.items():
        parts, above = [area.name], areas.get(area.parent)
        while above is not None and above.parent is not None:  # the whole is left out
            parts.append(above.name)
            above = areas.get(above.parent)
        names[code] = "".join(reversed(parts))
    return names
