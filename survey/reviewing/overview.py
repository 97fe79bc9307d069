"""How many responses of a wave have which status, and how many are held for which reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.models import Reason, Response, ResponseStatus, Sample, Study, Wave
from survey.reviewing.chosen import State, in_state, in_wave
from survey.waves import last_day


@dataclass(frozen=True, slots=True)
class WaveCounts:
    """A wave of a list: responses by status, and those that a reviewer may decide by state.

    Attributes
    ----------
    last_day
        On which answers may come.
    """

    wave: Wave
    last_day: date
    is_over: bool
    statuses: Mapping[str, int]
    states: Mapping[str, int]

    @property
    def held(self) -> int:
        return self.states[State.HELD]


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """Held responses that have a reason; one with two reasons counts in both."""

    code: str
    held: int
    decided: int


def wave_counts(session: Session, study: Study, today: date) -> list[WaveCounts]:
    """The waves of a study in their order."""
    query = sa.select(Wave).where(Wave.study_id == study.id).order_by(Wave.position)
    return [counts_of(session, wave, today) for wave in session.scalars(query)]


def counts_of(session: Session, wave: Wave, today: date) -> WaveCounts:
    rows = session.execute(
        sa.select(Response.status, sa.func.count())
        .join(Sample, Sample.id == Response.sample_id)
        .where(Sample.wave_id == wave.id)
        .group_by(Response.status)
    )
    by_status = {status.value: n for status, n in rows}
    counted = [sa.func.count(sa.case((in_state(state), 1))) for state in State]
    states = session.execute(sa.select(*counted).where(in_wave(wave.id))).one()
    return WaveCounts(
        wave=wave,
        last_day=last_day(wave),
        is_over=today > last_day(wave),
        statuses={one.value: by_status.get(one.value, 0) for one in ResponseStatus},
        states=dict(zip((state.value for state in State), states, strict=True)),
    )


def reason_counts(session: Session, wave: Wave) -> list[ReasonCount]:
    """The reasons of a wave, the most frequent of the held first."""
    held = sa.func.count(sa.case((in_state(State.HELD), 1)))
    decided = sa.func.count(sa.case((in_state(State.KEPT) | in_state(State.REJECTED), 1)))
    rows = session.execute(
        sa.select(Reason.code, held, decided)
        .join(Response, Response.id == Reason.response_id)
        .where(in_wave(wave.id))
        .group_by(Reason.code)
        .order_by(held.desc(), Reason.code)
    )
    return [ReasonCount(*row) for row in rows]
