"""Answers: one row a response, one row a question."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, closed
from survey.models.questionnaires import Questionnaire
from survey.models.studies import Sample


class ResponseStatus(StrEnum):
    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    TRAINING = "training"


class Source(StrEnum):
    """By which door a response came in."""

    FOLDER = "folder"
    PHONE = "phone"
    VOLUNTEER = "volunteer"


class Response(Base):
    """One interview.

    ``submission_id`` is made by the server for a phone page before the first
    attempt to send, so that a retry after a lost reply is recognised. There is
    no column for who answered, and none that leads to a household: residents
    are anonymous by construction. ``user_id`` is the volunteer who entered it.

    ``area_code``, ``entry_point`` and ``volunteer`` are texts: a row of a folder
    that was not accepted may name anything. ``started_text`` and
    ``submitted_text`` are the times as a folder wrote them.

    The columns from ``wave_id`` (that of the sample) on are empty in a row of a folder.
    ``withdrawal_hash`` is the keyed hash of the resident's own withdrawal code,
    the ``withdrawal_try``-th that was made for him; a withdrawn row keeps its
    ids and loses its answers, so that a repetition cannot revive them.
    ``device_mark`` is a hash under the wave's salt: nobody can tell devices of
    two waves to be the same, and nobody can tell anything once the salt is
    destroyed. ``seed`` is that of the order in which questions and choices stood.
    """

    __tablename__ = "responses"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "response_id"),
        sa.ForeignKeyConstraint(["study_id", "sample_id"], ["samples.study_id", "samples.id"]),
        sa.ForeignKeyConstraint(
            ["study_id", "questionnaire_id"], ["questionnaires.study_id", "questionnaires.id"]
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "entry_point_id"], ["entry_points.study_id", "entry_points.id"]
        ),
        sa.CheckConstraint(
            "(source = 'volunteer') = (user_id IS NOT NULL)", "volunteer_entry_has_user"
        ),
        sa.Index(None, "sample_id", "status"),
        sa.Index("uq_responses_wave_id_withdrawal_hash", "wave_id", "withdrawal_hash", unique=True),
        sa.Index(None, "wave_id", "device_mark"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    study_id: Mapped[str] = mapped_column(sa.ForeignKey("studies.id"))
    response_id: Mapped[str]
    sample_id: Mapped[int]
    questionnaire_id: Mapped[int]
    area_code: Mapped[str]
    entry_point_id: Mapped[int | None]
    entry_point: Mapped[str] = mapped_column(default="")
    volunteer: Mapped[str] = mapped_column(default="")
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    mode: Mapped[str]
    status: Mapped[ResponseStatus] = mapped_column(closed(ResponseStatus, "status"))
    disposition: Mapped[str] = mapped_column(default="")
    source: Mapped[Source] = mapped_column(closed(Source, "source"))
    started_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    started_text: Mapped[str] = mapped_column(default="")
    submitted_text: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(sa.String(64))
    wave_id: Mapped[int | None]
    withdrawal_hash: Mapped[str | None] = mapped_column(sa.String(64))
    withdrawal_try: Mapped[int | None]
    withdrawn_at: Mapped[datetime | None]
    device_mark: Mapped[str | None] = mapped_column(sa.String(64))
    seed: Mapped[int | None]

    sample: Mapped[Sample] = relationship(overlaps="questionnaire")
    questionnaire: Mapped[Questionnaire] = relationship(overlaps="sample")
    answers: Mapped[list["Answer"]] = relationship(
        back_populates="response", cascade="all, delete-orphan", passive_deletes=True
    )


class Answer(Base):
    """The text given to one name: a question, a calculation, or a column of the design."""

    __tablename__ = "answers"

    response_id: Mapped[int] = mapped_column(
        sa.ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]

    response: Mapped[Response] = relationship(back_populates="answers")
