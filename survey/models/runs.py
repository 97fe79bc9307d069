"""Published runs: figures as they were given out, with the recipe that made them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base


class Run(Base):
    """One publication. A trigger refuses any change: a correction is a new run.

    ``tables`` maps a file name (estimates.csv) to its text; ``sha256`` is the
    digest of recipe and tables.
    """

    __tablename__ = "runs"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "number"),
        sa.CheckConstraint("number >= 1", "number_from_1"),
        sa.CheckConstraint("length(sha256) = 64", "sha256_in_hex"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"))
    number: Mapped[int]
    published_at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    recipe: Mapped[dict[str, Any]]
    tables: Mapped[dict[str, str]]
    sha256: Mapped[str] = mapped_column(sa.String(64))
