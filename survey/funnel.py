"""How often a point's page was opened and begun: counted beside the request, hour by hour."""

import atexit
import logging
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from survey import db
from survey.config import Config
from survey.models import FunnelHour, FunnelKind

PATIENCE = 200  # milliseconds that the counts wait for the database; then they wait for the next
LOG = logging.getLogger(__name__)


class Step(StrEnum):
    SCANS = "scans"
    STARTS = "starts"


@dataclass(frozen=True, slots=True)
class Point:
    """A place by its code, or the drawn households of a sample by the sample's code."""

    study_id: str
    kind: FunnelKind
    code: str


class Funnel:
    """Gathers the counts of this process and writes them in one statement.

    A scan is the one write of a GET. Written at once it would cost as much as
    the page, and a popular poster would make its visitors queue for one row.
    What a killed process had not yet written is lost: at most ``delay`` seconds
    of scans, never an answer.
    """

    def __init__(self, app: Flask, delay: float) -> None:
        self._app, self._delay = app, delay
        self._lock = threading.Lock()
        self._waiting: Counter[tuple[Point, datetime, Step]] = Counter()
        self._timer: threading.Timer | None = None

    def note(self, point: Point, step: Step, now: datetime) -> None:
        """Count one; it is written when the request or the delay is over."""
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        with self._lock:
            self._waiting[point, hour, step] += 1
            if self._delay and self._timer is None:
                self._timer = threading.Timer(self._delay, self._flush_late)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what waits; what cannot be written goes on waiting."""
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
            self._timer = None
        if not taken:
            return
        try:
            with self._app.app_context(), db.separate_session(wait=PATIENCE) as session:
                add(session, taken)
        except SQLAlchemyError as error:
            LOG.warning("scans wait to be counted: %s", type(error).__name__)
            with self._lock:
                self._waiting += taken

    def after_request(self, _error: BaseException | None) -> None:
        """Write at once where nothing may wait; the request's own transaction is over by now."""
        if not self._delay:
            self.flush()

    def _flush_late(self) -> None:
        self.flush()


def add(session: Session, counts: Counter[tuple[Point, datetime, Step]]) -> None:
    """Add counts to the hours of points, by one statement for each kind of count."""
    insert: Any = (
        postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    for step in Step:
        rows = [
            {
                "study_id": point.study_id,
                "kind": point.kind,
                "point": point.code,
                "hour": hour,
                "scans": 0,
                "starts": 0,
                step.value: n,
            }
            for (point, hour, counted), n in sorted(counts.items(), key=_place)
            if counted is step
        ]
        if rows:
            new = insert(FunnelHour)
            column = getattr(FunnelHour, step.value)
            session.execute(
                new.on_conflict_do_update(
                    index_elements=["study_id", "kind", "point", "hour"],
                    set_={step.value: column + getattr(new.excluded, step.value)},
                ),
                rows,
            )


def totals(session: Session, study_id: str, kind: FunnelKind) -> dict[str, tuple[int, int]]:
    """Code of a point to its scans and starts of all hours."""
    hours = FunnelHour
    rows = session.execute(
        sa.select(hours.point, sa.func.sum(hours.scans), sa.func.sum(hours.starts))
        .where(hours.study_id == study_id, hours.kind == kind)
        .group_by(hours.point)
    )
    return {point: (int(scans), int(starts)) for point, scans, starts in rows}


def init_app(app: Flask) -> None:
    config: Config = app.config["MINYI"]
    funnel = Funnel(app, config.funnel_delay)
    app.extensions["funnel"] = funnel
    app.teardown_appcontext(funnel.after_request)
    if config.funnel_delay:
        atexit.register(funnel.flush)  # a worker that ends in order loses nothing


def note(point: Point, step: Step, now: datetime) -> None:
    """Count a step at a point of this request."""
    funnel: Funnel = current_app.extensions["funnel"]
    funnel.note(point, step, now)


def _place(item: tuple[tuple[Point, datetime, Step], int]) -> tuple[str, str, str, datetime]:
    """Always the same order: two processes that write at once must not wait for each other."""
    (point, hour, _), _n = item
    return point.study_id, point.kind, point.code, hour
