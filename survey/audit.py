"""The audit log: one line per act of staff, which nothing can change afterwards.

Residents' own answers get no line: it would undo their anonymity.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from flask import g, has_app_context
from sqlalchemy.orm import Session

from survey.models import AuditEvent


class Actor(NamedTuple):
    user_id: int | None
    username: str


COMMAND_LINE = Actor(None, "command line")
NOBODY = Actor(None, "")  # a request without a login: somebody who tries to log in


def act_as(actor: Actor) -> None:
    """Say who acts in the rest of this request."""
    g.actor = actor


def record(session: Session, act: str, subject: str, /, **details: object) -> None:
    """Write one line in the caller's transaction: done and recorded, or neither.

    ``details`` must be plain JSON values and never answers, codes or passwords.
    An act of a GET must be recorded in ``db.separate_session()``, because the
    request's own transaction is rolled back.
    """
    actor: Actor = g.get("actor", NOBODY) if has_app_context() else COMMAND_LINE
    session.add(
        AuditEvent(
            at=datetime.now(UTC),
            user_id=actor.user_id,
            username=actor.username,
            act=str(act),
            subject=subject,
            details=details,
        )
    )
