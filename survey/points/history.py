"""The hours of places: what was opened, begun, finished and accepted, in local time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.models import (
    EntryPoint,
    FunnelHour,
    FunnelKind,
    Household,
    Response,
    ResponseStatus,
    Sample,
    Source,
    Study,
)

Hour = tuple[date, int]  # a local day and hour


@dataclass(frozen=True, slots=True)
class Counts:
    """A funnel; ``finished`` are all answers that came in, ``accepted`` those that count now."""

    scans: int = 0
    starts: int = 0
    finished: int = 0
    accepted: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.scans + other.scans,
            self.starts + other.starts,
            self.finished + other.finished,
            self.accepted + other.accepted,
        )


@dataclass(frozen=True, slots=True)
class Period:
    """Local days, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def since(self, days: int) -> "Period":
        """The period and so many days before it."""
        return Period(self.first - timedelta(days=days), self.last)

    def moments(self, study: Study) -> tuple[datetime, datetime]:
        """Its first moment and the first one after it, UTC."""
        zone = ZoneInfo(study.timezone)
        begin = datetime.combine(self.first, time(), zone)
        end = datetime.combine(self.last + timedelta(days=1), time(), zone)
        return begin.astimezone(UTC), end.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class History:
    """What happened at places, by their ids: hour by hour of some days, and the last scan ever."""

    hours: Mapping[int, Mapping[Hour, Counts]]
    last_scans: Mapping[int, datetime]

    def of(self, place: EntryPoint) -> Mapping[Hour, Counts]:
        return self.hours.get(place.id, {})


def total(counts: Iterable[Counts]) -> Counts:
    return sum(counts, start=Counts())


def history_of(
    session: Session, study: Study, places: Sequence[EntryPoint], period: Period
) -> History:
    """Three statements, however many places there are."""
    zone = ZoneInfo(study.timezone)
    ids = {place.code: place.id for place in places}
    hours: defaultdict[int, defaultdict[Hour, Counts]] = defaultdict(lambda: defaultdict(Counts))
    opened = session.execute(_opened(study, FunnelKind.PLACE, period))
    for code, hour, scans, starts in opened:
        if code in ids:
            local = hour.astimezone(zone)
            hours[ids[code]][local.date(), local.hour] += Counts(scans, starts)
    answers = session.execute(
        sa.select(Response.entry_point_id, Response.received_at, Response.status).where(
            Response.entry_point_id.in_(ids.values()), *_by_phone(study, period)
        )
    )
    for place, received, status in answers:
        assert place is not None  # it is one of the ids
        local = received.astimezone(zone)
        accepted = status is ResponseStatus.ACCEPTED
        hours[place][local.date(), local.hour] += Counts(finished=1, accepted=accepted)
    last = session.execute(
        sa.select(FunnelHour.point, sa.func.max(FunnelHour.hour))
        .where(
            FunnelHour.study_id == study.id,
            FunnelHour.kind == FunnelKind.PLACE,
            FunnelHour.scans > 0,
        )
        .group_by(FunnelHour.point)
    )
    return History(hours, {ids[code]: hour.astimezone(zone) for code, hour in last if code in ids})


def household_totals(
    session: Session, study: Study, scope: frozenset[str], period: Period
) -> list[tuple[Sample, Counts]]:
    """Samples of drawn households over a period.

    Only those all of whose households lie in the scope: their hours know no area.
    """
    outside = sa.func.sum(sa.case((Household.area_code.in_(scope), 0), else_=1))
    samples = session.scalars(
        sa.select(Sample)
        .join(Household, Household.sample_id == Sample.id)
        .where(Sample.study_id == study.id)
        .group_by(Sample.id)
        .having(outside == 0)
        .order_by(Sample.position)
    ).all()
    found: defaultdict[str, Counts] = defaultdict(Counts)
    opened = session.execute(_opened(study, FunnelKind.HOUSEHOLDS, period))
    for code, _, scans, starts in opened:
        found[code] += Counts(scans, starts)
    answers = session.execute(
        sa.select(
            Sample.code,
            sa.func.count(),
            sa.func.sum(sa.case((Response.status == ResponseStatus.ACCEPTED, 1), else_=0)),
        )
        .join(Sample, Sample.id == Response.sample_id)
        .where(*_by_phone(study, period))
        .group_by(Sample.code)
    )
    for code, finished, accepted in answers:
        found[code] += Counts(finished=finished, accepted=accepted)
    return [(sample, found[sample.code]) for sample in samples]


def _opened(study: Study, kind: FunnelKind, period: Period) -> sa.Select[str, datetime, int, int]:
    begin, end = period.moments(study)
    return sa.select(FunnelHour.point, FunnelHour.hour, FunnelHour.scans, FunnelHour.starts).where(
        FunnelHour.study_id == study.id,
        FunnelHour.kind == kind,
        FunnelHour.hour >= begin,
        FunnelHour.hour < end,
    )


def _by_phone(study: Study, period: Period) -> list[sa.ColumnElement[bool]]:
    """Answers that came in within a period. Those of a folder came when it was loaded."""
    begin, end = period.moments(study)
    return [
        Response.study_id == study.id,
        Response.source == Source.PHONE,
        Response.status != ResponseStatus.TRAINING,
        Response.received_at >= begin,
        Response.received_at < end,
    ]
