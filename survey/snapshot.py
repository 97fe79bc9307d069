"""What every page of a study needs of it, read once for each of its revisions."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.plan import Plan
from survey.areas import Line, closed_areas, line_of
from survey.models import Channel, Sample, Study, Wave
from survey.versions import Published, newest_form, plan_of_text

MOST_KEPT = 32  # studies of one process; a city has one or two that are open


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A study as it stands at a revision. Its objects belong to no session: read only.

    Attributes
    ----------
    places
        The samples that places collect for, with their waves, by opening day.
    """

    study: Study
    plan: Plan
    published: Published
    places: tuple[tuple[Sample, Wave], ...]
    _lines: dict[str, Line] = field(default_factory=dict)
    _closed: dict[date, frozenset[str]] = field(default_factory=dict)

    def line(self, session: Session, code: str) -> Line:
        """The area and those above it; empty when the study has no such area."""
        found = self._lines.get(code)
        if found is None:
            found = self._lines[code] = line_of(session, self.study.id, code)
        return found

    def closed(self, session: Session, today: date) -> frozenset[str]:
        """Units that take no answers today."""
        found = self._closed.get(today)
        if found is None:
            found = self._closed[today] = closed_areas(session, self.study.id, today)
        return found


# Of each database (its pool of connections).
_kept: "WeakKeyDictionary[sa.Pool, OrderedDict[tuple[str, int], Snapshot]]" = WeakKeyDictionary()


def snapshot_of(session: Session, study_id: str, revision: int) -> Snapshot:
    """The study at its revision, which the caller has just read.

    Whoever changes a study's plan, areas, waves, samples or questionnaire gives it
    another revision (``Study.revision``); what is kept here is then not asked for again.
    """
    kept = _kept.setdefault(session.get_bind().engine.pool, OrderedDict())
    found = kept.get((study_id, revision))
    if found is None:
        found = kept[study_id, revision] = _read(session, study_id)
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    return found


def _read(session: Session, study_id: str) -> Snapshot:
    study = session.get_one(Study, study_id)
    rows = session.execute(
        sa.select(Sample, Wave)
        .join(Wave, Wave.id == Sample.wave_id)
        .where(Sample.study_id == study_id, Sample.channel == Channel.PLACE)
        .order_by(Wave.opens, Sample.position)
    ).all()
    places = tuple((sample, wave) for sample, wave in rows)
    snapshot = Snapshot(study, plan_of_text(study.plan), newest_form(session, study_id), places)
    for detached in {study, *(one for row in places for one in row)}:
        session.expunge(detached)
    return snapshot
