"""What a code stands for: a place or a drawn household, its sample, and whether it is open."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.plan import Plan
from survey.areas import Line
from survey.codes import PLACE_LENGTH, is_valid, lookup_hash, normalise
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
from survey.funnel import Point
from survey.models import (
    Base,
    EntryPoint,
    FunnelKind,
    Household,
    HouseholdStatus,
    PointStatus,
    Sample,
    Study,
    Wave,
)
from survey.snapshot import Snapshot, snapshot_of
from survey.versions import Published

MOST_PLACES = 2_000  # that a process remembers
LATE = timedelta(days=1)  # that an interview under way has when its wave, study or code ends
COMMUNITY_KIND = "社区"  # one of the five kinds of places (五进): people there mostly live there
COMMUNITY_LEVELS = frozenset({"村级", "网格"})


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """A place that a process has read. ``place`` belongs to no session: read only."""

    read_at: float
    row: sa.Row[*tuple[Any, ...]]
    place: EntryPoint
    snapshot: Snapshot


KeptPlaces = OrderedDict[str, KeptPlace]
# Of each database (its pool of connections), by code.
_places: "WeakKeyDictionary[sa.Pool, KeptPlaces]" = WeakKeyDictionary()


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
        Areas that take no answers.
    refusal
        Why the code takes no answers; None when it does.
    snapshot
        The study as it stands.
    """

    study: Study
    plan: Plan
    published: Published
    sample: Sample | None
    wave: Wave | None
    place: EntryPoint | None
    household: Household | None
    line: Line
    closed: frozenset[str]
    refusal: SurveyError | None
    snapshot: Snapshot

    @property
    def point(self) -> Point:
        """Whose funnel this is; a household's is that of its whole sample."""
        if self.place is not None:
            return Point(self.study.id, FunnelKind.PLACE, self.place.code)
        assert self.sample is not None
        return Point(self.study.id, FunnelKind.HOUSEHOLDS, self.sample.code)

    @property
    def suggests_area(self) -> bool:
        """Whether people at this place probably live in its community."""
        return (
            self.place is not None
            and self.place.kind == COMMUNITY_KIND
            and bool(self.line)
            and self.line[0].level in COMMUNITY_LEVELS
        )


def find_entry(
    session: Session,
    text: str,
    secret: str,
    now: datetime,
    *,
    begun: datetime | None = None,
    delay: float = 0,
) -> Entry:
    """The entry of a code as it was scanned or typed.

    Parameters
    ----------
    begun
        When the interview began that is sent now (see ``judged_day``).
    delay
        How many seconds ago a place may have been read: a popular poster is not
        asked for again and again.

    Raises
    ------
    NotFound
        No such code; the same for one that was never given out and one mistyped.
    """
    code = normalise(text)
    if not is_valid(code):
        raise NotFound
    if len(code) == PLACE_LENGTH:
        place, snapshot = _read_place(session, code, delay)
        return _place_entry(session, place, snapshot, judged_day(snapshot.study, now, begun))
    drawn = session.execute(_HOUSEHOLD, {"hash": lookup_hash(code, secret)}).first()
    if drawn is None:
        raise NotFound
    household, sample, wave, revision = drawn
    snapshot = snapshot_of(session, household.study_id, revision)
    day = judged_day(snapshot.study, now, begun)
    return _household_entry(session, household, sample, wave, snapshot, day)


def _read_place(session: Session, code: str, delay: float) -> tuple[EntryPoint, Snapshot]:
    places = _places.setdefault(session.get_bind().engine.pool, OrderedDict())
    kept = places.get(code)
    if kept is not None and monotonic() - kept.read_at < delay:
        return kept.place, kept.snapshot
    row = session.connection().execute(_PLACE, {"token": code}).first()
    if row is None:
        raise NotFound
    *columns, revision = row
    if kept is not None and kept.row == row:  # as it was: its objects need not be made again
        place = kept.place
    else:
        place = EntryPoint(**dict(zip(_POINTS.c.keys(), columns, strict=True)))
    snapshot = snapshot_of(session, place.study_id, revision)
    places[code] = KeptPlace(monotonic(), row, place, snapshot)
    while len(places) > MOST_PLACES:
        places.popitem(last=False)
    return place, snapshot


def find_study(session: Session, code: str, study_id: str, secret: str, now: datetime) -> Study:
    """The study of a code, or of its own id where no code is given; it is only read.

    Raises
    ------
    NotFound
        No such code, no such study.
    """
    if code:
        return find_entry(session, code, secret, now).study
    study = session.get(Study, study_id)
    if study is None:
        raise NotFound
    session.expunge(study)
    return study


def local_day(study: Study, now: datetime) -> date:
    """The day of a study's own time zone."""
    return now.astimezone(ZoneInfo(study.timezone)).date()


def judged_day(study: Study, now: datetime, begun: datetime | None = None) -> date:
    """The day by which it is judged what is open: today, or yesterday for who had begun by then.

    So what ends at midnight takes for another day what was begun before: somebody who is
    in the middle of it, or who answered without a network, loses nothing.
    """
    today = local_day(study, now)
    if begun is None:
        return today
    return min(max(local_day(study, begun), today - LATE), today)


def closed_reason(study: Study, wave: Wave, day: date) -> SurveyError | None:
    """Why a wave takes no answers on a day, or None."""
    if day > study.valid_until:
        return StudyExpired()
    if day < wave.opens:
        return NotOpenYet()
    return WaveClosed() if day > wave.closes else None


def _place_entry(session: Session, place: EntryPoint, snapshot: Snapshot, day: date) -> Entry:
    sample, wave = _of_day(snapshot.places, day)
    refusal = _invalid_on(place, day)
    if refusal is None:
        if place.status is PointStatus.REVOKED:
            refusal = PointRevoked()
        else:
            refusal = closed_reason(snapshot.study, wave, day) if wave else WaveClosed()
    return _entry(session, snapshot, sample, wave, place, refusal, day)


def _household_entry(
    session: Session,
    household: Household,
    sample: Sample,
    wave: Wave,
    snapshot: Snapshot,
    day: date,
) -> Entry:
    refusal = _invalid_on(household, day)
    if refusal is None:
        if household.status is HouseholdStatus.REVOKED:
            refusal = PointRevoked()
        elif household.status is HouseholdStatus.ANSWERED:
            refusal = CodeUsed()
        else:
            refusal = closed_reason(snapshot.study, wave, day)
    return _entry(session, snapshot, sample, wave, household, refusal, day)


def _invalid_on(point: EntryPoint | Household, day: date) -> SurveyError | None:
    """Whether the code itself is not yet or no more in use."""
    if point.valid_to and day > point.valid_to:
        return PointRevoked()
    if point.valid_from and day < point.valid_from:
        return NotOpenYet()
    return None


def _entry(
    session: Session,
    snapshot: Snapshot,
    sample: Sample | None,
    wave: Wave | None,
    point: EntryPoint | Household,
    refusal: SurveyError | None,
    day: date,
) -> Entry:
    closed = snapshot.closed(session, day)
    if refusal is None and point.area_code in closed:
        refusal = AreaGone()
    return Entry(
        study=snapshot.study,
        plan=snapshot.plan,
        published=snapshot.published,
        sample=sample,
        wave=wave,
        place=point if isinstance(point, EntryPoint) else None,
        household=point if isinstance(point, Household) else None,
        line=snapshot.line(session, point.area_code),
        closed=closed,
        refusal=refusal,
        snapshot=snapshot,
    )


def _of_day(
    places: tuple[tuple[Sample, Wave], ...], day: date
) -> tuple[Sample | None, Wave | None]:
    """The sample of the wave that is open, else of the next one, else of the last."""
    still_to_end = [row for row in places if row[1].closes >= day]
    for row in [*still_to_end[:1], *places[-1:]]:
        return row
    return None, None


_POINTS = Base.metadata.tables[EntryPoint.__tablename__]
_STUDIES = Base.metadata.tables[Study.__tablename__]
_PLACE = (
    sa.select(*_POINTS.c, _STUDIES.c.revision)
    .join_from(_POINTS, _STUDIES, _STUDIES.c.id == _POINTS.c.study_id)
    .where(_POINTS.c.token == sa.bindparam("token"))
)
_HOUSEHOLD = (
    sa.select(Household, Sample, Wave, Study.revision)
    .join(Study, Study.id == Household.study_id)
    .join(Sample, Sample.id == Household.sample_id)
    .join(Wave, Wave.id == Sample.wave_id)
    .where(Household.code_hash == sa.bindparam("hash"))
)
