"""What a process remembers of one database, so that an answer costs one statement."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Pool
from sqlalchemy.orm import Session

from survey.guarding.policy import Scope

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Salt:
    """The salt of a wave that is not frozen.

    Attributes
    ----------
    ends
        Until when the wave's devices are counted.
    """

    value: bytes = field(repr=False)
    ends: datetime


@dataclass(slots=True)
class Memory:
    """What was read of a database, and when.

    Attributes
    ----------
    salts
        By wave: when the salt was read, and the salt.
    attacked
        Points and networks under attack, as of ``looked_at``.
    purged_at
        When this process last deleted old counters.
    """

    salts: dict[int, tuple[datetime, Salt]] = field(default_factory=dict)
    attacked: frozenset[tuple[Scope, str]] = frozenset()
    looked_at: datetime = LONG_AGO
    purged_at: datetime = LONG_AGO


_memories: WeakKeyDictionary[Pool, Memory] = WeakKeyDictionary()


def memory_of(session: Session) -> Memory:
    """The memory of the session's database.

    Engines that differ in their execution options only share a pool, so the
    pool stands for the database.
    """
    pool = session.get_bind().engine.pool
    memory = _memories.get(pool)
    if memory is None:
        memory = _memories.setdefault(pool, Memory())
    return memory
