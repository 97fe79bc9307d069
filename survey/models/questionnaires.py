"""Questionnaires: an XLSForm and what was read from it, frozen once published."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base


class Questionnaire(Base):
    """One version of a study's questionnaire.

    A trigger (see the migration) refuses to change or delete a published row:
    an answer keeps meaning what it meant when it was given.
    """

    __tablename__ = "questionnaires"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "number"),
        sa.UniqueConstraint("study_id", "id"),
        sa.CheckConstraint("number >= 1", "number_from_1"),
        sa.CheckConstraint("length(sha256) = 64", "sha256_in_hex"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"))
    number: Mapped[int]
    form_id: Mapped[str]
    version: Mapped[str]
    workbook: Mapped[bytes]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    definition: Mapped[dict[str, Any]]
    published_at: Mapped[datetime | None]
