"""An area of a study with those above it, and the area in which a person lives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.areas import padded
from survey.models import Area


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as far as an answer needs it."""

    code: str
    name: str
    level: str


Line = tuple[Place, ...]  # an area, its parent, and so on up to the root


def _line_statement() -> sa.Select[tuple[str, str, str]]:
    """The area ``code`` of ``study`` and its parents, from the foot up."""
    columns = (Area.code, Area.name, Area.level, Area.parent)
    in_study = Area.study_id == sa.bindparam("study")
    own = (
        sa.select(*columns, sa.literal(0).label("height"))
        .where(in_study, Area.code == sa.bindparam("code"))
        .cte("line", recursive=True)
    )
    above = sa.select(*columns, (own.c.height + 1).label("height")).where(
        in_study, Area.code == own.c.parent
    )
    line = own.union_all(above)
    return sa.select(line.c.code, line.c.name, line.c.level).order_by(line.c.height)


def _closed_statement() -> sa.Select[tuple[str]]:
    """The areas of ``study`` that were valid until before ``today``, and all below them."""
    in_study = Area.study_id == sa.bindparam("study")
    expired = (
        sa.select(Area.code)
        .where(in_study, Area.valid_to < sa.bindparam("today"))
        .cte("closed", recursive=True)
    )
    below = sa.select(Area.code).where(in_study, Area.parent == expired.c.code)
    return sa.select(expired.union(below).c.code)


# Every page of an interview asks both; to put them together takes longer than to run them.
_LINE, _CLOSED = _line_statement(), _closed_statement()


def line_of(session: Session, study_id: str, code: str) -> Line:
    """The area and those above it; empty when the study has no such area."""
    rows = session.execute(_LINE, {"study": study_id, "code": code})
    return tuple(Place(row.code, row.name, str(row.level)) for row in rows)


def closed_areas(session: Session, study_id: str, today: date) -> frozenset[str]:
    """Units whose last valid day has passed, and all below them: they take no new answers."""
    return frozenset(session.scalars(_CLOSED, {"study": study_id, "today": today}))


def holds(line: Line, code: str) -> bool:
    """Whether the area at the foot of the line is, or lies in, the area of a code."""
    return any(place.code == code for place in line)


def home_line(entry: Line, answered: Line, *, lives_elsewhere: bool) -> Line:
    """The deepest area known for where a person lives who has named an area.

    The entry's own area if it lies in the area answered, else the area
    answered; the latter too when he said that he does not live at the entry's.
    """
    if entry and answered and holds(entry, answered[0].code) and not lives_elsewhere:
        return entry
    return answered


def level_columns(line: Line, levels: Mapping[str, str]) -> dict[str, str]:
    """The columns that hold the area at a level, for the levels on this line."""
    at_level = {place.level: place.code for place in reversed(line)}
    return {column: at_level[level] for column, level in levels.items() if level in at_level}


def choice_on(line: Line, codes: tuple[str, ...]) -> str | None:
    """Which of the choices of an area question the line runs through."""
    return next((code for code in codes if holds(line, padded(code))), None)
