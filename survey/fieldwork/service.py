"""Which samples are open at the door, and where a volunteer may enter answers."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.accounts.access import Bound, visible_areas
from survey.areas import closed_areas
from survey.entry import closed_reason, local_day
from survey.models import Area, Channel, Level, Response, Sample, Study, Wave

DEEPEST = (Level.VILLAGE, Level.GRID)


@dataclass(frozen=True, slots=True)
class OpenSample:
    """A door sample that takes answers today, and the user's areas in it."""

    study: Study
    wave: Wave
    sample: Sample
    areas: tuple[Area, ...]
    entered: int


def open_samples(session: Session, user: Bound, user_id: int, now: datetime) -> list[OpenSample]:
    """Door samples of waves that are open, in which the user has areas."""
    rows = session.execute(
        sa.select(Study, Wave, Sample)
        .join(Wave, Wave.study_id == Study.id)
        .join(Sample, Sample.wave_id == Wave.id)
        .where(Sample.channel == Channel.DOOR)
        .order_by(Wave.opens.desc(), Study.id, Sample.position)
    )
    found = []
    for study, wave, sample in rows:
        day = local_day(study, now)
        if closed_reason(study, wave, day) is None:
            areas = enterable_areas(session, user, study, day)
            if areas:
                entered = _entered(session, sample.id, user_id)
                found.append(OpenSample(study, wave, sample, areas, entered))
    return found


def enterable_areas(session: Session, user: Bound, study: Study, day: date) -> tuple[Area, ...]:
    """Communities and grids in the user's subtree that take answers on a day, by code."""
    open_then = visible_areas(session, user, study.id) - closed_areas(session, study.id, day)
    areas = session.scalars(
        sa.select(Area)
        .where(Area.study_id == study.id, Area.level.in_(DEEPEST))
        .order_by(Area.code)
    )
    return tuple(area for area in areas if area.code in open_then)


def find_sample(session: Session, sample_id: int) -> tuple[Study, Wave, Sample] | None:
    """A door sample with its wave and study."""
    row = session.execute(
        sa.select(Study, Wave, Sample)
        .join(Wave, Wave.study_id == Study.id)
        .join(Sample, Sample.wave_id == Wave.id)
        .where(Sample.id == sample_id, Sample.channel == Channel.DOOR)
    ).first()
    return (row[0], row[1], row[2]) if row else None


def _entered(session: Session, sample_id: int, user_id: int) -> int:
    """How many answers the user entered; never which."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Response)
            .where(Response.sample_id == sample_id, Response.user_id == user_id)
        )
        or 0
    )
