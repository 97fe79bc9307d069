"""The door in: store one submission, once, however often it is sent."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.errors import CodeUsed, SubmissionConflict, Withdrawn
from survey.models import (
    Answer,
    Base,
    Draft,
    Household,
    HouseholdStatus,
    Response,
    ResponseStatus,
    Source,
)
from survey.receipts import withdrawal_code, withdrawal_hash

MOST_ATTEMPTS = 20  # at finding a withdrawal code that the wave does not have


class Outcome(StrEnum):
    NEW = "new"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a submission.

    Attributes
    ----------
    withdrawal_code
        By which its author can take the answers back.
    response_id
        Of the row, when it is new.
    """

    outcome: Outcome
    withdrawal_code: str
    response_id: int | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A judged interview and where it belongs.

    Attributes
    ----------
    submission_id
        Made by the server with the page; the same for every repetition.
    secret
        The platform's secret, from which the withdrawal code is made.
    answers
        What the person answered; the same answers make a repetition.
    columns
        What the platform adds: calculations, strata and clusters of the area.
    seed
        Of the order in which questions and choices stood.
    household_id
        The drawn household whose single-use code this uses up. It is never
        stored with the answers.
    device_mark
        A hash under the wave's salt, or None.
    has_draft
        Whether a draft of it may have been saved, to be deleted now.
    """

    submission_id: uuid.UUID
    secret: str = field(repr=False)
    study_id: str
    sample_id: int
    wave_id: int
    questionnaire_id: int
    area_code: str
    answers: Mapping[str, str]
    columns: Mapping[str, str]
    source: Source
    mode: str
    started_at: datetime | None
    seed: int = 0
    entry_point_id: int | None = None
    entry_point: str = ""
    household_id: int | None = None
    user_id: int | None = None
    volunteer: str = ""
    device_mark: str | None = None
    has_draft: bool = False

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
    Withdrawn
        The id is known, and its author has taken the answers back.
    CodeUsed
        The household's code has been used by another submission.
    """
    if submission.household_id is None:
        return _insert(session, submission)
    try:
        with session.begin_nested():
            _use_code(session, submission.household_id)
            return _insert(session, submission)
    except CodeUsed:
        # the unique key decided: the id is there, from a first sending or one in parallel
        if known := find_stored(session, submission):
            return known
        raise


def find_stored(session: Session, submission: Submission) -> Stored | None:
    """The repetition when the same answers are stored under the id, None when the id is new.

    Raises
    ------
    SubmissionConflict
        Other answers are stored under the id.
    Withdrawn
        They were taken back.
    """
    row = session.execute(_KNOWN, {"id": submission.submission_id}).first()
    if row is None:
        return None
    if row.status is ResponseStatus.WITHDRAWN:
        raise Withdrawn
    if row.digest != submission.digest:
        raise SubmissionConflict
    code = withdrawal_code(submission.submission_id, row.withdrawal_try or 0, submission.secret)
    return Stored(Outcome.REPEAT, code)


def _insert(session: Session, submission: Submission) -> Stored:
    """Let the unique keys decide: a row that conflicts is not inserted, and no error is raised."""
    for attempt in range(MOST_ATTEMPTS):
        code = withdrawal_code(submission.submission_id, attempt, submission.secret)
        # the connection itself: nothing here is an object of the session
        connection = session.connection()
        put = _PUT[connection.dialect.name]
        identifier = put(connection, _row(submission, attempt, code), _texts(submission))
        if identifier is not None:
            if submission.has_draft:
                connection.execute(_END_OF_DRAFT, {"id": submission.submission_id})
            return Stored(Outcome.NEW, code, identifier)
        if known := find_stored(session, submission):
            return known
        # else another response of the wave has this withdrawal code
    raise LookupError(f"no withdrawal code is free in wave {submission.wave_id}")


def _use_code(session: Session, household_id: int) -> None:
    """A household's code is used up by the first interview."""
    used = session.execute(
        sa.update(Household)
        .where(Household.id == household_id, Household.status == HouseholdStatus.ACTIVE)
        .values(status=HouseholdStatus.ANSWERED)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise CodeUsed


def _row(submission: Submission, attempt: int, code: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "submission_id": submission.submission_id,
        "study_id": submission.study_id,
        # Not the submission id: that is the key of the resident's own receipt.
        "response_id": str(uuid.uuid4()),
        "sample_id": submission.sample_id,
        "questionnaire_id": submission.questionnaire_id,
        "area_code": submission.area_code,
        "entry_point_id": submission.entry_point_id,
        "entry_point": submission.entry_point,
        "volunteer": submission.volunteer,
        "user_id": submission.user_id,
        "mode": submission.mode,
        "status": ResponseStatus.ACCEPTED,
        "disposition": "",
        "source": submission.source,
        "started_at": submission.started_at,
        "submitted_at": now,
        "received_at": now,
        "started_text": "",
        "submitted_text": "",
        "digest": submission.digest,
        "wave_id": submission.wave_id,
        "withdrawal_hash": withdrawal_hash(code, submission.wave_id, submission.secret),
        "withdrawal_try": attempt,
        "device_mark": submission.device_mark,
        "seed": submission.seed,
    }


def _texts(submission: Submission) -> str:
    """All answers as one JSON object, so that one statement stores them, however many there are."""
    texts = {**submission.columns, **submission.answers}
    given = {name: text for name, text in texts.items() if text}
    return json.dumps(given, ensure_ascii=False)


def _put_on_postgresql(connection: sa.Connection, row: Mapping[str, Any], texts: str) -> int | None:
    """The response and its answers by one statement: each one more is a way to the server."""
    return connection.scalar(_WHOLE, {**row, "texts": texts})


def _put_on_sqlite(connection: sa.Connection, row: Mapping[str, Any], texts: str) -> int | None:
    """SQLite has no statement that inserts into two tables, and no way to go either."""
    identifier: int | None = connection.scalar(_RESPONSE, row)
    if identifier is not None:
        connection.execute(_ITS_ANSWERS, {"response": identifier, "texts": texts})
    return identifier


def _whole() -> sa.Select[int]:
    """Insert the response and, if it is new, its answers; give its id."""
    columns = [one for one in _RESPONSES.c if one.name not in {"id", "withdrawn_at"}]
    given = sa.select(*(sa.bindparam(one.name, type_=one.type) for one in columns))
    new = (
        postgresql.insert(_RESPONSES)
        .from_select([one.name for one in columns], given)
        .on_conflict_do_nothing()
        .returning(_RESPONSES.c.id)
        .cte("new")
    )
    texts = sa.func.jsonb_each_text(
        sa.cast(sa.bindparam("texts", type_=sa.Text), postgresql.JSONB)
    ).table_valued("key", "value", name="texts")
    of_it = sa.select(new.c.id, texts.c.key, texts.c.value).join_from(new, texts, sa.true())
    answers = sa.insert(_ANSWERS).from_select(["response_id", "name", "value"], of_it)
    return sa.select(new.c.id).add_cte(answers.cte("new_answers"))


# Tables, not classes: nothing is held as an object here, and the statements are put together once.
_RESPONSES = Base.metadata.tables[Response.__tablename__]
_ANSWERS = Base.metadata.tables[Answer.__tablename__]
_DRAFTS = Base.metadata.tables[Draft.__tablename__]
_KNOWN = sa.select(_RESPONSES.c.digest, _RESPONSES.c.status, _RESPONSES.c.withdrawal_try).where(
    _RESPONSES.c.submission_id == sa.bindparam("id")
)
_END_OF_DRAFT = sa.delete(_DRAFTS).where(_DRAFTS.c.submission_id == sa.bindparam("id"))
_WHOLE = _whole()
_RESPONSE = sqlite.insert(_RESPONSES).on_conflict_do_nothing().returning(_RESPONSES.c.id)
_ITS_ANSWERS = sa.text(
    "INSERT INTO answers (response_id, name, value) "
    "SELECT :response, key, value FROM json_each(:texts)"
)
_PUT = {"postgresql": _put_on_postgresql, "sqlite": _put_on_sqlite}
