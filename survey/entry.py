"""What a code stands for: a place or a drawn household, its sample, and whether it is open."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.plan import Plan
from survey.areas import Line, closed_areas, line_of
from survey.codes import is_valid, lookup_hash, normalise
from survey.errors import (
    AreaClosed,
    CodeUsed,
    NotFound,
    NotOpenYet,
    PointRevoked,
    StudyExpired,
    SurveyError,
    WaveClosed,
)
from survey.models import (
    Channel,
    EntryPoint,
    Household,
    HouseholdStatus,
    PointStatus,
    Sample,
    Study,
    Wave,
)
from survey.versions import Published, newest_form, plan_of_text

COMMUNITY_KIND = "社区"  # one of the five kinds of places (五进): people there mostly live there
COMMUNITY_LEVELS = frozenset({"村级", "网格"})


class AreaGone(AreaClosed):
    """The area of a code or of a visit is past its last valid day."""

    status = 410


@dataclass(frozen=True, slots=True)
class Entry:
    """A code that exists, and all that its page needs.

    Attributes
    ----------
    line
        The area of the code and those above it.
    closed
        Areas that take no answers today.
    refusal
        Why the code takes no answers now; None when it does.
    """

    study: Study
    plan: Plan
    published: Published
    sample: Sample | None
    place: EntryPoint | None
    household: Household | None
    line: Line
    closed: frozenset[str]
    refusal: SurveyError | None

    @property
    def suggests_area(self) -> bool:
        """Whether people at this place probably live in its community."""
        return (
            self.place is not None
            and self.place.kind == COMMUNITY_KIND
            and bool(self.line)
            and self.line[0].level in COMMUNITY_LEVELS
        )


def find_entry(session: Session, text: str, secret: str, now: datetime) -> Entry:
    """The entry of a code as it was scanned or typed.

    Raises
    ------
    NotFound
        No such code; the same for one that was never given out and one mistyped.
    """
    code = normalise(text)
    if not is_valid(code):
        raise NotFound
    place = session.scalar(sa.select(EntryPoint).where(EntryPoint.token == code))
    if place is not None:
        return _place_entry(session, place, now)
    hashed = lookup_hash(code, secret)
    household = session.scalar(sa.select(Household).where(Household.code_hash == hashed))
    if household is None:
        raise NotFound
    return _household_entry(session, household, now)


def local_day(study: Study, now: datetime) -> date:
    """The day of a study's own time zone."""
    return now.astimezone(ZoneInfo(study.timezone)).date()


def closed_reason(study: Study, wave: Wave, now: datetime) -> SurveyError | None:
    """Why a wave takes no answers today, or None."""
    today = local_day(study, now)
    if today > study.valid_until:
        return StudyExpired()
    if today < wave.opens:
        return NotOpenYet()
    return WaveClosed() if today > wave.closes else None


def _place_entry(session: Session, place: EntryPoint, now: datetime) -> Entry:
    study = session.get_one(Study, place.study_id)
    today = local_day(study, now)
    sample, wave = _sample_of_places(session, study.id, today)
    refusal: SurveyError | None
    if place.status is PointStatus.REVOKED or (place.valid_to and today > place.valid_to):
        refusal = PointRevoked()
    elif place.valid_from and today < place.valid_from:
        refusal = NotOpenYet()
    else:
        refusal = closed_reason(study, wave, now) if wave else WaveClosed()
    return _entry(session, study, sample, place, refusal, now)


def _household_entry(session: Session, household: Household, now: datetime) -> Entry:
    study = session.get_one(Study, household.study_id)
    sample = session.get_one(Sample, household.sample_id)
    wave = session.get_one(Wave, sample.wave_id)
    refusal: SurveyError | None
    if household.status is HouseholdStatus.REVOKED:
        refusal = PointRevoked()
    elif household.status is HouseholdStatus.ANSWERED:
        refusal = CodeUsed()
    else:
        refusal = closed_reason(study, wave, now)
    return _entry(session, study, sample, household, refusal, now)


def _entry(
    session: Session,
    study: Study,
    sample: Sample | None,
    point: EntryPoint | Household,
    refusal: SurveyError | None,
    now: datetime,
) -> Entry:
    closed = closed_areas(session, study.id, local_day(study, now))
    if refusal is None and point.area_code in closed:
        refusal = AreaGone()
    return Entry(
        study=study,
        plan=plan_of_text(study.plan),
        published=newest_form(session, study.id),
        sample=sample,
        place=point if isinstance(point, EntryPoint) else None,
        household=point if isinstance(point, Household) else None,
        line=line_of(session, study.id, point.area_code),
        closed=closed,
        refusal=refusal,
    )


def _sample_of_places(
    session: Session, study_id: str, today: date
) -> tuple[Sample | None, Wave | None]:
    """The opt-in sample of the wave that is open, else of the next one, else of the last."""
    rows = session.execute(
        sa.select(Sample, Wave)
        .join(Wave, Wave.id == Sample.wave_id)
        .where(Sample.study_id == study_id, Sample.channel == Channel.PLACE)
        .order_by(Wave.opens, Sample.position)
    ).all()
    still_to_end = [row for row in rows if row[1].closes >= today]
    for sample, wave in [*still_to_end[:1], *rows[-1:]]:
        return sample, wave
    return None, None
