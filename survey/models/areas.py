"""The area tree of a study, from the city down to the grid."""

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base, closed


class Level(StrEnum):
    """Stored, never derived from the digits of a code."""

    PROVINCE = "省"
    CITY = "市"
    COUNTY = "县"
    TOWNSHIP = "乡级"
    VILLAGE = "村级"
    GRID = "网格"


class Area(Base):
    """A unit of the frame. Each study carries its own: a figure depends on one folder only.

    ``valid_to`` is the last day on which the unit takes answers.
    """

    __tablename__ = "areas"
    __table_args__ = (
        # deferred: the units may be written in the order of the file, children first
        sa.ForeignKeyConstraint(
            ["study_id", "parent"],
            ["areas.study_id", "areas.code"],
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.CheckConstraint("length(code) >= 12", "code_has_12_digits"),
        sa.CheckConstraint("length(code) = 12 OR level = '网格'", "only_a_grid_has_a_suffix"),
        sa.CheckConstraint("parent IS NULL OR parent <> code", "not_its_own_parent"),
        sa.Index(None, "study_id", "parent"),
    )

    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent: Mapped[str | None]
    level: Mapped[Level] = mapped_column(closed(Level, "level"))
    urban_rural: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    households: Mapped[str] = mapped_column(default="")
    position: Mapped[int]
