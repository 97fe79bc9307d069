"""What must not stay: old drafts, photographs of interviews that were never sent, old counters."""

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from survey import db, drafts
from survey.guarding.limits import purge
from survey.models import Image, Response

EVERY = 600.0  # seconds between two rounds of a process
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many rows of each kind were deleted."""

    drafts: int
    images: int
    counters: int


def tidy(session: Session, now: datetime) -> Tidied:
    """Delete what is a day old and belongs to nothing that was sent."""
    sent = sa.select(Response.submission_id)
    left = sa.delete(Image).where(
        Image.taken_at <= now - drafts.KEPT_FOR, Image.submission_id.not_in(sent)
    )
    gone = session.execute(left)
    return Tidied(
        drafts=drafts.drop_old(session, now),
        images=int(gone.rowcount),  # type: ignore[attr-defined]
        counters=purge(session, now),
    )


def keep_tidy(app: Flask) -> None:
    """Tidy now and then as long as this process lives, whether or not anybody visits."""
    timer = threading.Timer(EVERY, _round, [app])
    timer.daemon = True
    timer.start()


def _round(app: Flask) -> None:
    try:
        with app.app_context(), db.separate_session() as session:
            tidy(session, datetime.now(UTC))
    except SQLAlchemyError as error:
        LOG.warning("nothing was tidied: %s", type(error).__name__)
    finally:
        keep_tidy(app)
