"""Accepting and rejecting: a row for each decision, never changed, and the status that follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.errors import NotFound, SurveyError
from survey.models import Response, ResponseStatus, Review, Study, Verdict
from survey.reviewing.chosen import in_parts, in_wave, is_reviewable
from survey.reviewing.places import Places
from survey.waves import locked_wave

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
    study: Study,
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
    WaveFrozen, NotFound, NoPlaceLeft
    """
    places = Places(session, study)
    locked_wave(session, wave_id)
    found = _locked(session, [in_wave(wave_id), is_reviewable(), Response.id == number])
    if not found:
        raise NotFound
    _move(places, found, verdict)
    _write(session, list(found), verdict, reason, user_id, now)


def decide_all(
    session: Session,
    study: Study,
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
    WaveFrozen, CountChanged, NoPlaceLeft
    """
    places = Places(session, study)
    locked_wave(session, wave_id)
    found = _locked(session, conditions)
    if len(found) != shown:
        raise CountChanged(shown=shown, now=len(found))
    _move(places, found, verdict)
    _write(session, list(found), verdict, reason, user_id, now)


def _locked(
    session: Session, conditions: Sequence[sa.ColumnElement[bool]]
) -> dict[int, ResponseStatus]:
    """Ids and statuses of what the conditions choose; nobody withdraws one meanwhile."""
    query = sa.select(Response.id, Response.status).where(*conditions).order_by(Response.id)
    return dict(session.execute(query.with_for_update(of=Response, key_share=True)).all())


def _move(places: Places, found: Mapping[int, ResponseStatus], verdict: Verdict) -> None:
    """What is held or accepted has its places in quotas, what is rejected has none."""
    was_out = {one for one, status in found.items() if status is ResponseStatus.REJECTED}
    if verdict is Verdict.REJECTED:
        places.give_back(sorted(found.keys() - was_out))
    else:
        places.take_again(sorted(was_out))


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
    for some in in_parts(ids):
        change = sa.update(Response).where(Response.id.in_(some))
        session.execute(change.values(status=STATUSES[verdict]))
