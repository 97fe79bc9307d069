"""Counters of marks in fixed windows of time, several raised by one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.guarding.policy import WINDOWS, Scope
from survey.models import Base, LimitCount

KEPT: Final = timedelta(hours=4)  # after its window: whether an attack goes on is read off it
FEW: Final = 500  # rows that a purge beside a request deletes at most

_COUNTS: Final = Base.metadata.tables[LimitCount.__tablename__]
_KEY: Final = (_COUNTS.c.scope, _COUNTS.c.mark, _COUNTS.c.window_end)


@dataclass(frozen=True, slots=True)
class Count:
    """One counter. ``ends`` is the end of its window, for a scope without a fixed one."""

    scope: Scope
    mark: str
    ends: datetime | None = None

    def window_end(self, now: datetime) -> datetime:
        return self.ends or window_end(self.scope, now)


def window_end(scope: Scope, now: datetime) -> datetime:
    """The end of the window of a scope that ``now`` lies in; windows begin at the epoch."""
    length = int(WINDOWS[scope].total_seconds())
    moment = int(now.timestamp())
    return datetime.fromtimestamp(moment - moment % length + length, UTC)


def count(session: Session, counts: Sequence[Count], now: datetime) -> dict[Scope, int]:
    """Raise counters by one, in one statement; return what they are now, this one included.

    The rows stay locked until the transaction ends: call it late. Counters are
    raised in one order, so that two transactions never wait for each other.

    Raises
    ------
    ValueError
        Two counters of one scope.
    """
    ordered = sorted(counts, key=lambda one: (one.scope, one.mark))
    if len({one.scope for one in ordered}) < len(ordered):
        raise ValueError("two counters of one scope in one statement")
    if not ordered:
        return {}
    values: dict[str, Any] = {}
    for place, one in enumerate(ordered):
        values[f"scope{place}"] = one.scope.value
        values[f"mark{place}"] = one.mark
        values[f"end{place}"] = one.window_end(now)
    statement = _raise_counts(session.get_bind().dialect.name, len(ordered))
    return {Scope(scope): n for scope, n in session.execute(statement, values)}


def purge(session: Session, now: datetime) -> int:
    """Delete all counters whose window is long over; return how many there were."""
    old = sa.delete(_COUNTS).where(_COUNTS.c.window_end < now - KEPT)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def purge_few(session: Session, now: datetime) -> int:
    """Delete up to ``FEW`` of them, and never wait for another who deletes."""
    chosen = (
        sa.select(*_KEY)
        .where(_COUNTS.c.window_end < now - KEPT)
        .limit(FEW)
        .with_for_update(skip_locked=True)
    )
    old = sa.delete(_COUNTS).where(sa.tuple_(*_KEY).in_(chosen))
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


@lru_cache
def _raise_counts(dialect: str, rows: int) -> sa.Executable:
    """The statement for so many counters.

    A union of selects, since SQLAlchemy compiles an INSERT of several VALUES
    anew each time, which costs more than the statement itself.
    """
    insert = postgresql.insert(_COUNTS) if dialect == "postgresql" else sqlite.insert(_COUNTS)
    selects = [
        sa.select(
            sa.bindparam(f"scope{place}", type_=_COUNTS.c.scope.type),
            sa.bindparam(f"mark{place}", type_=_COUNTS.c.mark.type),
            sa.bindparam(f"end{place}", type_=_COUNTS.c.window_end.type),
            sa.literal_column("1"),
        )
        for place in range(rows)
    ]
    return (
        insert.from_select([*_KEY, _COUNTS.c.n], sa.union_all(*selects))
        .on_conflict_do_update(index_elements=list(_KEY), set_={"n": _COUNTS.c.n + 1})
        .returning(_COUNTS.c.scope, _COUNTS.c.n)
    )
