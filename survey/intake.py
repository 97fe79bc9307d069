"""The door in: store one submission, once, however often it is sent."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.errors import CodeUsed, SubmissionConflict
from survey.models import (
    Answer,
    EntryPoint,
    Household,
    HouseholdStatus,
    Response,
    ResponseStatus,
    Source,
)


class Stored(StrEnum):
    NEW = "new"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Submission:
    """A judged interview and where it belongs.

    Attributes
    ----------
    submission_id
        Made by the server with the page; the same for every repetition.
    answers
        What the person answered; the same answers make a repetition.
    columns
        What the platform adds: calculations, strata and clusters of the area.
    household_id
        The drawn household whose single-use code this uses up. It is never
        stored with the answers.
    """

    submission_id: uuid.UUID
    study_id: str
    sample_id: int
    questionnaire_id: int
    area_code: str
    answers: Mapping[str, str]
    columns: Mapping[str, str]
    source: Source
    mode: str
    started_at: datetime | None
    entry_point_id: int | None = None
    entry_point: str = ""
    household_id: int | None = None
    user_id: int | None = None
    volunteer: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of what the person answered and where he lives."""
        content = [self.study_id, self.sample_id, self.area_code, sorted(self.answers.items())]
        return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()


def store(session: Session, submission: Submission) -> Stored:
    """Store a submission once. The caller's transaction decides whether it stays.

    Raises
    ------
    SubmissionConflict
        The id is known, with other answers; nothing is changed.
    CodeUsed
        The household's code has been used by another submission.
    """
    try:
        with session.begin_nested():
            _use_code(session, submission)
            session.add(_row(submission))
    except (IntegrityError, CodeUsed):
        # The unique key decided: the id is there, from a first sending or one in parallel.
        if known := is_known(session, submission):
            return known
        raise
    return Stored.NEW


def is_known(session: Session, submission: Submission) -> Stored | None:
    """REPEAT when the same answers are stored under the id, None when the id is new.

    Raises
    ------
    SubmissionConflict
        Other answers are stored under the id.
    """
    digest = session.scalar(
        sa.select(Response.digest).where(Response.submission_id == submission.submission_id)
    )
    if digest is None:
        return None
    if digest != submission.digest:
        raise SubmissionConflict
    return Stored.REPEAT


def _use_code(session: Session, submission: Submission) -> None:
    """Count the completed interview at its code; a household's code is then used up."""
    if submission.household_id is not None:
        used = session.execute(
            sa.update(Household)
            .where(
                Household.id == submission.household_id,
                Household.status == HouseholdStatus.ACTIVE,
            )
            .values(status=HouseholdStatus.ANSWERED, completes=Household.completes + 1)
        )
        if used.rowcount != 1:  # type: ignore[attr-defined]
            raise CodeUsed
    if submission.entry_point_id is not None:
        session.execute(
            sa.update(EntryPoint)
            .where(EntryPoint.id == submission.entry_point_id)
            .values(completes=EntryPoint.completes + 1)
        )


def _row(submission: Submission) -> Response:
    now = datetime.now(UTC)
    texts = {**submission.columns, **submission.answers}
    return Response(
        submission_id=submission.submission_id,
        study_id=submission.study_id,
        # Not the submission id: that is the key of the resident's own receipt.
        response_id=str(uuid.uuid4()),
        sample_id=submission.sample_id,
        questionnaire_id=submission.questionnaire_id,
        area_code=submission.area_code,
        entry_point_id=submission.entry_point_id,
        entry_point=submission.entry_point,
        volunteer=submission.volunteer,
        user_id=submission.user_id,
        mode=submission.mode,
        status=ResponseStatus.ACCEPTED,
        source=submission.source,
        started_at=submission.started_at,
        submitted_at=now,
        received_at=now,
        digest=submission.digest,
        answers=[Answer(name=name, value=text) for name, text in texts.items() if text],
    )
