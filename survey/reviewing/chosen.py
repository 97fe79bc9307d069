"""Which responses of a wave a reviewer looks at: their state, reason, point and day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from survey.datasets import is_held
from survey.models import Reason, Response, ResponseStatus, Review, Sample

AT_ONCE = 500  # responses named in one statement
_FIRST_YEAR, _LAST_YEAR = 2000, 2999


class State(StrEnum):
    """What became of a response that came under suspicion."""

    HELD = "held"
    NOTED = "noted"  # has a reason, but none that holds it; nobody has decided
    KEPT = "kept"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter; an empty text chooses all. ``day`` is of the study's own time zone."""

    state: State = State.HELD
    reason: str = ""
    point: str = ""
    day: date | None = None

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> "Chosen":
        """The filter of an address or a form; what makes no sense chooses all."""
        state = sent.get("state", "")
        return cls(
            state=State(state) if state in set(State) else State.HELD,
            reason=sent.get("reason", ""),
            point=sent.get("point", ""),
            day=_day(sent.get("day", "")),
        )

    @property
    def fields(self) -> dict[str, str]:
        """The filter as an address or a form carries it."""
        given = {
            "state": self.state.value,
            "reason": self.reason,
            "point": self.point,
            "day": self.day.isoformat() if self.day else "",
        }
        return {name: text for name, text in given.items() if text}

    def conditions(self, wave_id: int, zone: ZoneInfo) -> list[sa.ColumnElement[bool]]:
        """For a statement that selects from responses."""
        found = [in_wave(wave_id), in_state(self.state)]
        if self.reason:
            found.append(has_reason(self.reason))
        if self.point:
            found.append(Response.entry_point == self.point)
        if self.day:
            first = datetime.combine(self.day, time(), zone)
            last = datetime.combine(self.day + timedelta(days=1), time(), zone)
            found += [Response.submitted_at >= first, Response.submitted_at < last]
        return found


def _day(text: str) -> date | None:
    """A day on which somebody can have answered: the ends of the calendar have no neighbours."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def in_wave(wave_id: int) -> sa.ColumnElement[bool]:
    own = sa.select(Sample.id).where(Sample.wave_id == wave_id)
    return Response.sample_id.in_(own)


def in_state(state: State) -> sa.ColumnElement[bool]:
    """Only what a reviewer may decide: never a withdrawn row, nor one beyond suspicion."""
    decided = has_review()
    accepted = Response.status == ResponseStatus.ACCEPTED
    return {
        State.HELD: is_held(),
        State.NOTED: accepted & has_reason() & ~decided,
        State.KEPT: accepted & decided,
        State.REJECTED: (Response.status == ResponseStatus.REJECTED) & decided,
    }[state]


def is_reviewable() -> sa.ColumnElement[bool]:
    return sa.or_(*(in_state(state) for state in State))


def has_reason(code: str = "") -> sa.ColumnElement[bool]:
    return _exists(Reason, *([Reason.code == code] if code else []))


def has_review() -> sa.ColumnElement[bool]:
    return _exists(Review)


def _exists(table: Any, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    # Of the statement around it only responses: that may select from the same table, too.
    return sa.exists().where(table.response_id == Response.id, *conditions).correlate(Response)


def in_parts(numbers: Sequence[int]) -> list[Sequence[int]]:
    """Numbers of responses, so many at once as a statement may name."""
    return [numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE)]
