"""What at the points asks for a look: posters that nobody scans, hours with far too much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.spikes import HOURS, Flags, Surprise, Whole, surprise, threshold
from survey.entry import local_day
from survey.models import Channel, EntryPoint, Sample, Study, Wave
from survey.points.history import Counts, History, Hour, Period
from survey.points.selection import State, state_of

BEFORE = 42  # days before a period with which its hours are compared too
MOST_SPIKES = 50  # named, the most surprising first
JUDGED = ("scans", "finished")  # fields of Counts


@dataclass(frozen=True, slots=True)
class Spike:
    """An hour far above what the other days of its place let expect; ``what`` is of JUDGED."""

    place: EntryPoint
    day: date
    hour: int
    what: str
    count: int
    expected: float


@dataclass(frozen=True, slots=True)
class Spikes:
    """Those found among so many hours, and the tail probability below which one is a spike."""

    found: Sequence[Spike]
    compared: int
    edge: float


def waves_of(session: Session, study: Study) -> list[Period]:
    """When the places of a study collect answers."""
    rows = session.execute(
        sa.select(Wave.opens, Wave.closes)
        .join(Sample, Sample.wave_id == Wave.id)
        .where(Wave.study_id == study.id, Sample.channel == Channel.PLACE)
        .distinct()
    )
    return [Period(opens, closes) for opens, closes in rows]


def silent_places(
    study: Study,
    places: Sequence[EntryPoint],
    waves: Sequence[Period],
    history: History,
    now: datetime,
    *,
    days: int,
) -> list[EntryPoint]:
    """Places that could have been scanned on all of the last ``days`` days, and were not."""
    today = local_day(study, now)
    wave = next((wave for wave in waves if today in wave), None)
    if wave is None:
        return []
    quiet = timedelta(days=days)
    found = []
    for place in places:
        made = place.created_at and local_day(study, place.created_at)
        begun = max(day for day in (wave.first, place.valid_from, made) if day is not None)
        last = history.last_scans.get(place.id)
        if (
            state_of(place, today) is State.USED
            and today - begun >= quiet
            and (last is None or now - last > quiet)
        ):
            found.append(place)
    return found


def spikes_of(
    study: Study,
    places: Sequence[EntryPoint],
    waves: Sequence[Period],
    history: History,
    period: Period,
    now: datetime,
) -> Spikes:
    """The hours of a period, each held against the other days of its place and ``BEFORE`` it."""
    grid = _Grid(study, waves, period.since(BEFORE), now)
    first = BEFORE  # the row of the first day of the period itself
    judged: list[tuple[EntryPoint, str, Whole, Surprise]] = []
    for place in places:
        observed = grid.observed(place)
        for what in JUDGED:
            counts = grid.counts(history.of(place), what)
            judged.append((place, what, counts, surprise(counts, observed)))
    compared = sum(int(found.judged[first:].sum()) for *_, found in judged)
    edge = threshold(compared)
    spikes = [
        (float(found.probability[row, hour]), place, int(row), int(hour), what, counts, found)
        for place, what, counts, found in judged
        for row, hour in np.argwhere(found.probability < edge)
        if row >= first
    ]
    spikes.sort(key=lambda one: (one[0], one[1].code, one[2], one[3]))
    named = [
        Spike(
            place,
            grid.days[row],
            hour,
            what,
            int(counts[row, hour]),
            float(found.expected[row, hour]),
        )
        for _, place, row, hour, what, counts, found in spikes[:MOST_SPIKES]
    ]
    return Spikes(named, compared, edge)


class _Grid:
    """Days by hours, and in which of them a place could be scanned."""

    def __init__(
        self, study: Study, waves: Sequence[Period], period: Period, now: datetime
    ) -> None:
        self.days = period.days
        self._rows = {day: row for row, day in enumerate(self.days)}
        self._study = study
        self._open = np.zeros((len(self.days), HOURS), dtype=bool)
        local = now.astimezone(ZoneInfo(study.timezone))
        for row, day in enumerate(self.days):
            if day <= local.date() and any(day in wave for wave in waves):
                self._open[row, : local.hour if day == local.date() else HOURS] = True

    def observed(self, place: EntryPoint) -> Flags:
        """Full hours of the waves within the place's validity, from the day after it was made."""
        made = place.created_at and local_day(self._study, place.created_at)
        there = [
            (place.valid_from is None or day >= place.valid_from)
            and (place.valid_to is None or day <= place.valid_to)
            and (made is None or day > made)
            for day in self.days
        ]
        flags: Flags = self._open & np.array(there)[:, np.newaxis]
        return flags

    def counts(self, hours: Mapping[Hour, Counts], what: str) -> Whole:
        found = np.zeros((len(self.days), HOURS), dtype=np.int64)
        for (day, hour), counts in hours.items():
            found[self._rows[day], hour] = getattr(counts, what)
        return found
