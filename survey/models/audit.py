"""The audit log of staff acts."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base


class AuditEvent(Base):
    """One act of a member of staff; a trigger refuses to change or delete a row.

    ``act`` is a word of ``survey.accounts.access.Act``, ``subject`` what it was
    done to. ``user_id`` is empty for the command line.
    """

    __tablename__ = "audit_events"
    __table_args__ = (sa.Index(None, "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    username: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]
