"""Answers of an interview under way: kept for a day, never counted, gone when it is over."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.interview import may_be_kept
from survey.models import Draft, Response
from survey.terms import Terms
from survey.tickets import Ticket

KEPT_FOR = timedelta(hours=24)


def save(
    session: Session, terms: Terms, ticket: Ticket, answers: Mapping[str, str], now: datetime
) -> bool:
    """Keep the answers that a form can hold; nothing before consent and eligibility.

    Returns whether they were kept. Without consent what was kept before is
    dropped; an interview that has been sent gets no draft any more.
    """
    kept = may_be_kept(terms, answers, now)
    if not kept or _is_sent(session, ticket.submission_id):
        drop(session, ticket.submission_id)
        return False
    insert: Any = (
        postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    new = insert(Draft).values(
        submission_id=ticket.submission_id,
        study_id=terms.study_id,
        answers=dict(kept),
        changed_at=now,
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=["submission_id"],
            set_={"answers": new.excluded.answers, "changed_at": new.excluded.changed_at},
        )
    )
    return True


def find(session: Session, submission_id: uuid.UUID, now: datetime) -> Mapping[str, str] | None:
    """The answers of a draft that is not too old."""
    answers: Mapping[str, str] | None = session.scalar(
        sa.select(Draft.answers).where(
            Draft.submission_id == submission_id, Draft.changed_at > now - KEPT_FOR
        )
    )
    return answers


def drop(session: Session, submission_id: uuid.UUID) -> None:
    session.execute(sa.delete(Draft).where(Draft.submission_id == submission_id))


def drop_old(session: Session, now: datetime) -> int:
    """Delete what has not changed for a day; returns how many."""
    gone = session.execute(sa.delete(Draft).where(Draft.changed_at <= now - KEPT_FOR))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _is_sent(session: Session, submission_id: uuid.UUID) -> bool:
    query = sa.select(Response.id).where(Response.submission_id == submission_id)
    return session.scalar(query) is not None
