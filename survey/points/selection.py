"""Which points are meant: by area, kind and batch, within what a user may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.accounts.access import Bound, visible_areas
from survey.errors import NotFound
from survey.models import Area, EntryPoint, Household, Sample, Study

Point = EntryPoint | Household
AnyPoint = TypeVar("AnyPoint", EntryPoint, Household)


class State(StrEnum):
    """How a code stands on a day. Only a ``USED`` one takes answers."""

    USED = "used"
    AHEAD = "ahead"
    OVER = "over"
    ANSWERED = "answered"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Selection:
    """Codes in an area, of a kind, made together, in a state, or one; empty is all."""

    area: str = ""
    kind: str = ""
    batch: str = ""
    state: State | None = None
    only: int | None = None


@dataclass(frozen=True, slots=True)
class Below:
    """An area and what lies in it, asked for like the area of a user."""

    area_code: str


def find_study(session: Session, user: Bound, study_id: str) -> tuple[Study, frozenset[str]]:
    """A study and the user's areas in it; one of which he sees nothing is as unknown as none."""
    study = session.get(Study, study_id)
    scope = visible_areas(session, user, study_id)
    if study is None or not scope:
        raise NotFound
    return study, scope


def find_sample(session: Session, user: Bound, sample_id: int) -> tuple[Sample, frozenset[str]]:
    """A sample and the user's areas in its study."""
    sample = session.get(Sample, sample_id)
    if sample is None:
        raise NotFound
    return sample, find_study(session, user, sample.study_id)[1]


def find_place(session: Session, user: Bound, point_id: int) -> EntryPoint:
    """A place in the user's areas."""
    return _in_scope(session, user, session.get(EntryPoint, point_id))


def find_household(session: Session, user: Bound, household_id: int) -> Household:
    """A drawn household in the user's areas."""
    return _in_scope(session, user, session.get(Household, household_id))


def _in_scope(session: Session, user: Bound, point: AnyPoint | None) -> AnyPoint:
    if point is None or point.area_code not in visible_areas(session, user, point.study_id):
        raise NotFound
    return point


def narrowed(session: Session, study_id: str, scope: frozenset[str], area: str) -> frozenset[str]:
    """Those of a user's areas that lie in one of them; all where none is named.

    Raises
    ------
    NotFound
        No such area, or one that is not the user's.
    """
    if not area:
        return scope
    if area not in scope:
        raise NotFound
    return scope & visible_areas(session, Below(area), study_id)


def chosen(
    table: type[Point], scope: frozenset[str], selection: Selection, today: date
) -> list[sa.ColumnElement[bool]]:
    """Conditions that a point of the table is in the scope and the selection."""
    found: list[sa.ColumnElement[bool]] = [table.area_code.in_(scope)]
    if selection.kind and table is EntryPoint:
        found.append(EntryPoint.kind == selection.kind)
    if selection.batch:
        found.append(table.batch == selection.batch)
    if selection.only is not None:
        found.append(table.id == selection.only)
    if selection.state is not None:
        found.append(in_state(table, selection.state, today))
    return found


def in_state(table: type[Point], state: State, today: date) -> sa.ColumnElement[bool]:
    """Condition that a point of the table is in a state; the same rule as ``state_of``."""
    if state is State.ANSWERED and table is EntryPoint:  # a place is never used up
        return sa.false()
    if state in {State.REVOKED, State.ANSWERED}:
        return table.status == state.value
    active = table.status == "active"
    over = sa.and_(table.valid_to.is_not(None), table.valid_to < today)
    ahead = sa.and_(table.valid_from.is_not(None), table.valid_from > today)
    if state is State.OVER:
        return sa.and_(active, over)
    return sa.and_(active, sa.not_(over), ahead if state is State.AHEAD else sa.not_(ahead))


def state_of(point: Point, today: date) -> State:
    if point.status != "active":
        return State(point.status.value)
    if point.valid_to is not None and point.valid_to < today:
        return State.OVER
    if point.valid_from is not None and point.valid_from > today:
        return State.AHEAD
    return State.USED


def area_names(session: Session, study_id: str) -> Mapping[str, str]:
    """What an area is called in an address: township, community and grid in one word."""
    rows = session.execute(
        sa.select(Area.code, Area.name, Area.parent)
        .where(Area.study_id == study_id)
        .order_by(Area.position)
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
