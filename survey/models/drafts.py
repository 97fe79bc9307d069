"""What is kept of an interview before it is sent: answers under way, photographs."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base


class Draft(Base):
    """The answers of an interview under way, saved after consent and eligibility.

    Never counted, never exported; deleted when the interview is sent or
    refused, and a day after the last change.
    """

    __tablename__ = "drafts"
    __table_args__ = (sa.Index(None, "changed_at"),)

    submission_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"))
    answers: Mapped[dict[str, str]]
    changed_at: Mapped[datetime]


class Image(Base):
    """A photograph that a volunteer took; ``token`` is the answer that stands for it.

    It belongs to no response before that is stored, and goes with it.
    """

    __tablename__ = "images"
    __table_args__ = (
        sa.CheckConstraint("media_type IN ('image/jpeg', 'image/png')", "media_type"),
        sa.Index(None, "submission_id"),
    )

    token: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    submission_id: Mapped[uuid.UUID]
    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    media_type: Mapped[str] = mapped_column(sa.String(20))
    content: Mapped[bytes]
    taken_at: Mapped[datetime]
