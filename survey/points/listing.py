"""The lists of places and drawn households, with what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.accounts.access import Bound, visible_areas
from survey.entry import local_day
from survey.funnel import totals
from survey.models import (
    Area,
    EntryPoint,
    FunnelKind,
    Household,
    HouseholdStatus,
    Response,
    ResponseStatus,
    Sample,
    Study,
    Wave,
)
from survey.points.history import Counts
from survey.points.selection import (
    AnyPoint,
    Point,
    Selection,
    State,
    area_names,
    chosen,
    in_state,
    state_of,
)

PAGE = 100  # lines of a list

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class HouseholdCounts:
    """The drawn households of a sample in the user's areas; ``waiting`` can still answer."""

    sample: Sample
    wave: Wave
    drawn: int
    waiting: int
    answered: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A study and how many codes of it a user may see on a day."""

    study: Study
    places: int
    places_used: int
    households: Sequence[HouseholdCounts]


@dataclass(frozen=True, slots=True)
class PlaceRow:
    place: EntryPoint
    area: str
    state: State
    counts: Counts


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    household: Household
    area: str
    state: State


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a list; pages are numbered from 1."""

    rows: Sequence[Row]
    number: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class Choices:
    """By what a list can be narrowed: areas with their names, kinds, batches."""

    areas: Sequence[tuple[str, str]]
    kinds: Sequence[str]
    batches: Sequence[str]


def overviews(session: Session, user: Bound, now: datetime) -> list[Overview]:
    """All studies of which the user sees some area, the newest first."""
    found = []
    for study in session.scalars(sa.select(Study).order_by(Study.created_at.desc(), Study.id)):
        scope = visible_areas(session, user, study.id)
        if scope:
            today = local_day(study, now)
            places, used = session.execute(
                sa.select(sa.func.count(), _number_of(in_state(EntryPoint, State.USED, today)))
                .select_from(EntryPoint)
                .where(EntryPoint.study_id == study.id, EntryPoint.area_code.in_(scope))
            ).one()
            households = household_counts(session, study, scope, today)
            found.append(Overview(study, places, used, households))
    return found


def household_counts(
    session: Session, study: Study, scope: frozenset[str], today: date
) -> list[HouseholdCounts]:
    """The samples of a study that have drawn households in the scope."""
    waiting = sa.or_(
        in_state(Household, State.USED, today), in_state(Household, State.AHEAD, today)
    )
    rows = session.execute(
        sa.select(
            Sample,
            Wave,
            sa.func.count(),
            _number_of(waiting),
            _number_of(Household.status == HouseholdStatus.ANSWERED),
        )
        .join(Sample, Sample.id == Household.sample_id)
        .join(Wave, Wave.id == Sample.wave_id)
        .where(Household.study_id == study.id, Household.area_code.in_(scope))
        .group_by(Sample.id, Wave.id)
        .order_by(Sample.position)
    )
    return [HouseholdCounts(*row) for row in rows]


def places_page(
    session: Session,
    study: Study,
    scope: frozenset[str],
    selection: Selection,
    today: date,
    number: int,
) -> Page[PlaceRow]:
    """A page of the chosen places by their codes."""
    wanted = (
        sa.select(EntryPoint)
        .where(EntryPoint.study_id == study.id, *chosen(EntryPoint, scope, selection, today))
        .order_by(sa.func.length(EntryPoint.code), EntryPoint.code)
    )
    places, number, total = _page(session, wanted, number)
    names = area_names(session, study.id)
    counts = place_counts(session, study.id, [place.id for place in places])
    rows = [
        PlaceRow(
            place,
            names[place.area_code],
            state_of(place, today),
            counts.get(place.id, Counts()),
        )
        for place in places
    ]
    return Page(rows, number, total)


def households_page(
    session: Session,
    sample: Sample,
    scope: frozenset[str],
    selection: Selection,
    today: date,
    number: int,
) -> Page[HouseholdRow]:
    """A page of the chosen households of a sample by their numbers."""
    wanted = (
        sa.select(Household)
        .where(Household.sample_id == sample.id, *chosen(Household, scope, selection, today))
        .order_by(Household.number)
    )
    households, number, total = _page(session, wanted, number)
    names = area_names(session, sample.study_id)
    rows = [HouseholdRow(one, names[one.area_code], state_of(one, today)) for one in households]
    return Page(rows, number, total)


def place_counts(session: Session, study_id: str, place_ids: Sequence[int]) -> Mapping[int, Counts]:
    """The funnel of places over all hours, by their ids."""
    opened = totals(session, study_id, FunnelKind.PLACE)
    codes = session.execute(
        sa.select(EntryPoint.id, EntryPoint.code).where(EntryPoint.id.in_(place_ids))
    )
    answers = session.execute(
        sa.select(
            Response.entry_point_id,
            sa.func.count(),
            _number_of(Response.status == ResponseStatus.ACCEPTED),
        )
        .where(
            Response.study_id == study_id,
            Response.entry_point_id.in_(place_ids),
            Response.status != ResponseStatus.TRAINING,
        )
        .group_by(Response.entry_point_id)
    )
    stored = {place: (finished, accepted) for place, finished, accepted in answers}
    return {
        place: Counts(*opened.get(code, (0, 0)), *stored.get(place, (0, 0)))
        for place, code in codes
    }


def choices(session: Session, study_id: str, scope: frozenset[str], table: type[Point]) -> Choices:
    """Areas of the scope that have points, kinds and batches of these."""
    columns = [table.area_code, table.batch]
    if table is EntryPoint:
        columns.append(EntryPoint.kind)
    rows = session.execute(
        sa.select(*columns).where(table.study_id == study_id, table.area_code.in_(scope)).distinct()
    ).all()
    names = area_names(session, study_id)
    batches = {row.batch for row in rows if row.batch}
    kinds = {row.kind for row in rows} if table is EntryPoint else set()
    return Choices(
        areas=[(code, name) for code, name in names.items() if code in scope],
        kinds=sorted(kinds),
        batches=sorted(batches, reverse=True),
    )


def area_choices(
    session: Session, study_id: str, scope: frozenset[str], levels: frozenset[str] | None = None
) -> list[tuple[str, str]]:
    """Code and name of the areas of a scope, on some levels or all, in the order of the frame."""
    names = area_names(session, study_id)
    rows = session.execute(
        sa.select(Area.code, Area.level)
        .where(Area.study_id == study_id, Area.code.in_(scope))
        .order_by(Area.position)
    )
    return [(code, names[code]) for code, level in rows if levels is None or level in levels]


def _page(
    session: Session,
    wanted: sa.Select[AnyPoint],
    number: int,
) -> tuple[Sequence[AnyPoint], int, int]:
    """The rows of a page, its number, held to the pages there are, and how many rows there are."""
    total = session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    number = min(max(number, 1), max(1, -(-total // PAGE)))
    rows = session.scalars(wanted.limit(PAGE).offset((number - 1) * PAGE)).all()
    return rows, number, total


def _number_of(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """How many rows meet a condition, as a column beside other sums."""
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
