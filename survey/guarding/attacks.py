"""Whether a point or a network is under attack, read off the counters of the last windows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.guarding.limits import window_end
from survey.guarding.memory import memory_of
from survey.guarding.policy import POLICY, WINDOWS, Alarm, Policy, Scope
from survey.models import Base, LimitCount

LOOK_EVERY: Final = timedelta(seconds=10)  # how late a process may learn what others have counted
LOOK_BACK: Final = 3  # windows; an attack that hides between the two bounds for longer is over
WATCHED: Final = (Scope.POINT, Scope.NETWORK_HOUR)

_COUNTS: Final = Base.metadata.tables[LimitCount.__tablename__]
_BUSY: Final = sa.select(_COUNTS.c.scope, _COUNTS.c.mark, _COUNTS.c.window_end, _COUNTS.c.n).where(
    _COUNTS.c.window_end > sa.bindparam("since"),
    _COUNTS.c.n >= sa.bindparam("least"),
    _COUNTS.c.scope.in_([scope.value for scope in WATCHED]),
)


def under_attack(
    session: Session, marks: Mapping[Scope, str], now: datetime, *, policy: Policy = POLICY
) -> bool:
    """Whether the point or the network of a visitor is under attack.

    A process knows of answers that others took with a delay of ``LOOK_EVERY``.
    ``marks`` has the mark of each watched scope that is known.
    """
    memory = memory_of(session)
    if not memory.looked_at <= now < memory.looked_at + LOOK_EVERY:
        memory.attacked, memory.looked_at = attacked(session, now, policy), now
    return not memory.attacked.isdisjoint(marks.items())


def note_attack(
    session: Session,
    marks: Mapping[Scope, str],
    counts: Mapping[Scope, int],
    policy: Policy = POLICY,
) -> None:
    """Remember an attack that an answer just counted has set off: the next one is asked at once."""
    begun = {
        (scope, marks[scope])
        for scope, n in counts.items()
        if scope in WATCHED and n >= alarm_of(scope, policy).on
    }
    memory = memory_of(session)
    if not begun <= memory.attacked:
        memory.attacked |= begun


def attacked(
    session: Session, now: datetime, policy: Policy = POLICY
) -> frozenset[tuple[Scope, str]]:
    """All points and networks under attack, in one statement."""
    alarms = {scope: alarm_of(scope, policy) for scope in WATCHED}
    oldest = min(window_end(scope, now) - LOOK_BACK * WINDOWS[scope] for scope in WATCHED)
    found: defaultdict[tuple[Scope, str], dict[datetime, int]] = defaultdict(dict)
    values = {"since": oldest - timedelta(seconds=1), "least": min(a.off for a in alarms.values())}
    for scope, mark, end, n in session.execute(_BUSY, values):
        found[Scope(scope), mark][end] = n
    return frozenset(
        (scope, mark)
        for (scope, mark), levels in found.items()
        if goes_on(_last_windows(scope, levels, now), alarms[scope])
    )


def goes_on(levels: Sequence[int], alarm: Alarm) -> bool:
    """Whether an attack goes on after windows with so many answers, the oldest first.

    The last one is the current one: it may begin an attack, and ends none
    before it is over.
    """
    *complete, current = levels
    on = False
    for n in complete:
        on = n >= alarm.on or (on and n >= alarm.off)
    return on or current >= alarm.on


def alarm_of(scope: Scope, policy: Policy) -> Alarm:
    return policy.point_alarm if scope is Scope.POINT else policy.network_alarm


def _last_windows(scope: Scope, levels: Mapping[datetime, int], now: datetime) -> list[int]:
    end, length = window_end(scope, now), WINDOWS[scope]
    return [levels.get(end - back * length, 0) for back in range(LOOK_BACK, -1, -1)]
