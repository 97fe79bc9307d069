"""Accepting and rejecting: a row for each decision, never changed, and the status that follows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.errors import NotFound, SurveyError
from survey.models import Response, ResponseStatus, Review, Verdict
from survey.reviewing.chosen import in_wave, is_reviewable
from survey.waves import locked_wave

AT_ONCE = 500  # rows named in one statement
STATUSES = {
    Verdict.ACCEPTED: ResponseStatus.ACCEPTED,
    Verdict.REJECTED: ResponseStatus.REJECTED,
}


class CountChanged(SurveyError):
    code = "count_changed"
    status = 409
    zh = "页面显示 {shown} 份,现在是 {now} 份。没有作任何决定,请核对后重新提交。"
    en = "The page said {shown} responses, now there are {now}. Nothing was decided; look again."


def decide_one(
    session: Session,
    wave_id: int,
    number: int,
    verdict: Verdict,
    reason: str,
    *,
    user_id: int,
    now: datetime,
) -> None:
    """Decide one response, for the first time or anew.

    Raises
    ------
    WaveFrozen, NotFound
    """
    locked_wave(session, wave_id)
    found = _locked(session, [in_wave(wave_id), is_reviewable(), Response.id == number])
    if not found:
        raise NotFound
    _write(session, found, verdict, reason, user_id, now)


def decide_all(
    session: Session,
    wave_id: int,
    conditions: Sequence[sa.ColumnElement[bool]],
    shown: int,
    verdict: Verdict,
    reason: str,
    *,
    user_id: int,
    now: datetime,
) -> None:
    """Decide every response of a filter alike, or none when they are not as many as was shown.

    Raises
    ------
    WaveFrozen, CountChanged
    """
    locked_wave(session, wave_id)
    found = _locked(session, conditions)
    if len(found) != shown:
        raise CountChanged(shown=shown, now=len(found))
    _write(session, found, verdict, reason, user_id, now)


def _locked(session: Session, conditions: Sequence[sa.ColumnElement[bool]]) -> list[int]:
    """The ids that the conditions choose; nobody withdraws one until the transaction ends."""
    query: Any = sa.select(Response.id).where(*conditions).order_by(Response.id)
    return list(session.scalars(query.with_for_update(of=Response, key_share=True)))


def _write(
    session: Session,
    ids: Sequence[int],
    verdict: Verdict,
    reason: str,
    user_id: int,
    now: datetime,
) -> None:
    rows = [
        {
            "response_id": one,
            "verdict": verdict,
            "reason": reason,
            "user_id": user_id,
            "decided_at": now,
        }
        for one in ids
    ]
    session.execute(sa.insert(Review), rows)
    for some in _in_parts(ids):
        change = sa.update(Response).where(Response.id.in_(some))
        session.execute(change.values(status=STATUSES[verdict]))


def _in_parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
