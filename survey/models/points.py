"""What a QR code stands for: a place, a drawn household; and the volunteers' labels."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, closed
from survey.models.studies import Sample


class PointStatus(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


class HouseholdStatus(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"
    ANSWERED = "answered"


class EntryPoint(Base):
    """A place with a poster. ``token`` is the short code in the address /q/TOKEN.

    ``batch`` names the points that were made together.
    """

    __tablename__ = "entry_points"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "code"),
        sa.UniqueConstraint("study_id", "id"),
        sa.ForeignKeyConstraint(["study_id", "area_code"], ["areas.study_id", "areas.code"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"))
    code: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)
    area_code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    status: Mapped[PointStatus] = mapped_column(
        closed(PointStatus, "status"), default=PointStatus.ACTIVE
    )
    batch: Mapped[str] = mapped_column(default="", server_default=sa.text("''"))
    created_at: Mapped[datetime | None]


class Household(Base):
    """A drawn household and its single-use code.

    ``code_hash`` is a keyed hash, to find the household of a code;
    ``code_cipher`` is the encrypted code, to print its sheet again. No answer
    points here: that a household has answered is known, what it answered is not.
    ``address`` is what its letter says (building, unit, door), never a name.
    """

    __tablename__ = "households"
    __table_args__ = (
        sa.UniqueConstraint("sample_id", "number"),
        sa.ForeignKeyConstraint(["study_id", "sample_id"], ["samples.study_id", "samples.id"]),
        sa.ForeignKeyConstraint(["study_id", "area_code"], ["areas.study_id", "areas.code"]),
        sa.CheckConstraint("number >= 1", "number_from_1"),
        sa.CheckConstraint("length(code_hash) = 64", "code_hash_in_hex"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"))
    sample_id: Mapped[int]
    number: Mapped[int]
    area_code: Mapped[str]
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    code_cipher: Mapped[bytes]
    status: Mapped[HouseholdStatus] = mapped_column(
        closed(HouseholdStatus, "status"), default=HouseholdStatus.ACTIVE
    )
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    address: Mapped[str] = mapped_column(default="", server_default=sa.text("''"))
    batch: Mapped[str] = mapped_column(default="", server_default=sa.text("''"))

    sample: Mapped[Sample] = relationship()


class Volunteer(Base):
    """A label of volunteers.csv; an account is a ``User``."""

    __tablename__ = "volunteers"
    __table_args__ = (
        sa.ForeignKeyConstraint(["study_id", "area_code"], ["areas.study_id", "areas.code"]),
    )

    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    area_code: Mapped[str]
