"""The funnel page: places over a period, by kind, by day and by hour of the day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.spikes import HOURS
from survey.entry import local_day
from survey.models import EntryPoint, Sample, Study
from survey.points.alarms import BEFORE, Spikes, silent_places, spikes_of, waves_of
from survey.points.history import (
    Counts,
    History,
    Period,
    history_of,
    household_totals,
    total,
)
from survey.points.selection import Selection, State, area_names, chosen, state_of


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place over the period; ``last_scan`` is the local hour of its last scan ever."""

    place: EntryPoint
    area: str
    state: State
    counts: Counts
    last_scan: datetime | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The chosen places, and samples of drawn households that the user sees whole."""

    period: Period
    total: Counts
    kinds: Sequence[tuple[str, int, Counts]]
    days: Sequence[tuple[date, Counts]]
    hours: Sequence[tuple[int, Counts]]
    places: Sequence[PlaceLine]
    silent: Sequence[PlaceLine]
    spikes: Spikes
    households: Sequence[tuple[Sample, Counts]]


def funnel_of(
    session: Session,
    study: Study,
    scope: frozenset[str],
    selection: Selection,
    period: Period,
    now: datetime,
    *,
    quiet: int,
) -> Funnel:
    """All of the page; a poster is dead after ``quiet`` days without a scan."""
    today = local_day(study, now)
    places = session.scalars(
        sa.select(EntryPoint)
        .where(EntryPoint.study_id == study.id, *chosen(EntryPoint, scope, selection, today))
        .order_by(sa.func.length(EntryPoint.code), EntryPoint.code)
    ).all()
    history = history_of(session, study, places, period.since(BEFORE))
    waves = waves_of(session, study)
    names = area_names(session, study.id)
    lines = {
        place.id: PlaceLine(
            place,
            names[place.area_code],
            state_of(place, today),
            total(counts for (day, _), counts in history.of(place).items() if day in period),
            history.last_scans.get(place.id),
        )
        for place in places
    }
    silent = silent_places(study, places, waves, history, now, days=quiet)
    return Funnel(
        period=period,
        total=total(line.counts for line in lines.values()),
        kinds=_by_kind(list(lines.values())),
        days=_by_day(history, period),
        hours=_by_hour(history, period),
        places=list(lines.values()),
        silent=[lines[place.id] for place in silent],
        spikes=spikes_of(study, places, waves, history, period, now),
        households=household_totals(session, study, scope, period),
    )


def _by_kind(lines: Sequence[PlaceLine]) -> list[tuple[str, int, Counts]]:
    kinds: defaultdict[str, list[Counts]] = defaultdict(list)
    for line in lines:
        kinds[line.place.kind].append(line.counts)
    return [(kind, len(found), total(found)) for kind, found in sorted(kinds.items())]


def _by_day(history: History, period: Period) -> list[tuple[date, Counts]]:
    found: defaultdict[date, Counts] = defaultdict(Counts)
    for hours in history.hours.values():
        for (day, _), counts in hours.items():
            found[day] += counts
    return [(day, found[day]) for day in period.days]


def _by_hour(history: History, period: Period) -> list[tuple[int, Counts]]:
    found: defaultdict[int, Counts] = defaultdict(Counts)
    for hours in history.hours.values():
        for (day, hour), counts in hours.items():
            if day in period:
                found[hour] += counts
    return [(hour, found[hour]) for hour in range(HOURS)]
