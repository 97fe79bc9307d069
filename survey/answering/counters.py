"""Scans and starts of a code: the funnel that a place or a household shows."""

import logging

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from survey import db
from survey.entry import Entry
from survey.models import EntryPoint, Household

PATIENCE = 200  # milliseconds that a page waits for its counter
LOG = logging.getLogger(__name__)


def count_scan(entry: Entry) -> None:
    """Count a scan in a short transaction of its own; the page is served all the same."""
    table, identifier = _row_of(entry)
    try:
        with db.separate_session(wait=PATIENCE) as session:
            session.execute(
                sa.update(table).where(table.id == identifier).values(scans=table.scans + 1)
            )
    except SQLAlchemyError as error:
        LOG.warning("a scan was not counted: %s", type(error).__name__)


def count_start(session: Session, entry: Entry) -> None:
    """Count an interview begun: its first page was sent."""
    table, identifier = _row_of(entry)
    session.execute(sa.update(table).where(table.id == identifier).values(starts=table.starts + 1))


def _row_of(entry: Entry) -> tuple[type[EntryPoint] | type[Household], int]:
    if entry.household is not None:
        return Household, entry.household.id
    assert entry.place is not None
    return EntryPoint, entry.place.id
