"""A study and what its folder says: populations, margins, indicators, waves, samples."""

import secrets
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, closed


class ApprovalKind(StrEnum):
    APPROVED = "审批"
    FILED = "备案"
    DRILL = "演练"


class IndicatorKind(StrEnum):
    RATE = "rate"
    SCORE = "score"
    INDEX = "index"


class Direction(StrEnum):
    """Which way is better; ``NONE`` reads as higher."""

    NONE = ""
    HIGHER = "higher"
    LOWER = "lower"


class SampleKind(StrEnum):
    """How people were selected, not how they answered."""

    PROBABILITY = "probability"
    QUOTA = "quota"
    OPT_IN = "opt-in"


class Channel(StrEnum):
    """By what an answer comes in: a place's code, a visit, a drawn household's code."""

    PLACE = "place"
    DOOR = "door"
    HOUSEHOLD = "household"


class DispositionClass(StrEnum):
    """Outcome of a contact, after AAPOR."""

    INTERVIEW = "I"
    PARTIAL = "P"
    REFUSAL = "R"
    NON_CONTACT = "NC"
    OTHER = "O"
    UNKNOWN_HOUSEHOLD = "UH"
    UNKNOWN_OTHER = "UO"
    NOT_ELIGIBLE = "NE"


def new_revision() -> int:
    """A number that no state of a study had before, but by a chance of one in a thousand million.

    Drawn, not counted: a study that is taken out and loaded again must not come back to an old one.
    """
    return secrets.randbelow(2**30)


class Study(Base):
    """One study folder.

    ``plan`` is the text of study.toml as read: the recipe for export and estimation.
    ``folder`` maps each file of the loaded folder to its SHA-256 and is empty
    for a study that came from no folder. ``revision`` is another number after each
    change of what pages are made of (plan, areas, waves, samples, questionnaire).
    """

    __tablename__ = "studies"

    id: Mapped[str] = mapped_column(primary_key=True)
    title_zh: Mapped[str]
    title_en: Mapped[str]
    form_number: Mapped[str]
    maker: Mapped[str]
    approval_kind: Mapped[ApprovalKind] = mapped_column(closed(ApprovalKind, "approval_kind"))
    approval_by: Mapped[str]
    approval_number: Mapped[str]
    valid_until: Mapped[date]
    timezone: Mapped[str]
    root_area: Mapped[str]
    plan: Mapped[str]
    folder: Mapped[dict[str, str]]
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=new_revision, server_default="1")


class Population(Base):
    """A population column of areas.csv; ``value`` is the text as read."""

    __tablename__ = "populations"
    __table_args__ = (
        sa.ForeignKeyConstraint(["study_id", "area_code"], ["areas.study_id", "areas.code"]),
    )

    study_id: Mapped[str] = mapped_column(primary_key=True)
    area_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Margin(Base):
    """A line of margins.csv; ``total`` is the text as read."""

    __tablename__ = "margins"

    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"), primary_key=True)
    margin: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    total: Mapped[str]


class Indicator(Base):
    """What a rate, score or index counts; a changed definition is a new version."""

    __tablename__ = "indicators"
    __table_args__ = (sa.CheckConstraint("version >= 1", "version_from_1"),)

    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[IndicatorKind] = mapped_column(closed(IndicatorKind, "kind"))
    question: Mapped[str]
    numerator: Mapped[str]
    denominator: Mapped[str]
    scores: Mapped[str]
    weights: Mapped[str]
    target: Mapped[str]
    note: Mapped[str]
    direction: Mapped[Direction] = mapped_column(closed(Direction, "direction"))
    position: Mapped[int]


class Wave(Base):
    """A round of a study: open from the first to the last day, local time, both included.

    ``salt`` makes the marks of devices and networks of this wave; it is made
    when it is first needed and destroyed when the wave is frozen.
    """

    __tablename__ = "waves"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "code"),
        sa.UniqueConstraint("study_id", "id"),  # what samples refer to: never another study's wave
        sa.CheckConstraint("closes >= opens", "closes_after_it_opens"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"))
    code: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    opens: Mapped[date]
    closes: Mapped[date]
    position: Mapped[int]
    salt: Mapped[bytes | None]
    frozen_at: Mapped[datetime | None]

    study: Mapped[Study] = relationship()


class Sample(Base):
    """People selected in one way in one wave; samples are never mixed in one figure.

    ``file`` is the path of its answers in the study folder.
    """

    __tablename__ = "samples"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "code"),
        sa.UniqueConstraint("study_id", "id"),
        sa.ForeignKeyConstraint(["study_id", "wave_id"], ["waves.study_id", "waves.id"]),
        # whoever scans a code in a public place has selected himself
        sa.CheckConstraint(
            "channel <> 'place' OR kind <> 'probability'", "place_is_never_probability"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"))
    code: Mapped[str]
    wave_id: Mapped[int]
    kind: Mapped[SampleKind] = mapped_column(closed(SampleKind, "kind"))
    channel: Mapped[Channel] = mapped_column(closed(Channel, "channel"))
    position: Mapped[int]
    file: Mapped[str]

    wave: Mapped[Wave] = relationship(overlaps="study")


class Disposition(Base):
    """How many contacts of a sample ended in a class."""

    __tablename__ = "dispositions"
    __table_args__ = (sa.CheckConstraint("n >= 0", "n_not_negative"),)

    sample_id: Mapped[int] = mapped_column(sa.ForeignKey("samples.id"), primary_key=True)
    class_: Mapped[DispositionClass] = mapped_column(
        "class", closed(DispositionClass, "class"), primary_key=True
    )
    n: Mapped[int]
    note: Mapped[str]
