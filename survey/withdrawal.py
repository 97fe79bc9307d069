"""Taking answers back: they are deleted, and a tombstone stays that no repetition can revive."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.codes import normalise
from survey.errors import WithdrawalUnknown
from survey.models import Answer, Image, Reason, Response, ResponseStatus
from survey.quotas.stored import give_back
from survey.receipts import is_withdrawal_code, withdrawal_hash

# Instead of the digest of answers: with few questions one could try them all.
NO_DIGEST = "0" * 64


def withdraw(session: Session, wave_id: int, text: str, secret: str, now: datetime) -> None:
    """Delete the answers of the response that has this withdrawal code in a wave.

    What stays is a row with the status ``withdrawn``, its ids and the day: it is
    counted, belongs to no area or point, and says nothing of what was answered.
    Every figure computed afterwards is without it.

    Raises
    ------
    WithdrawalUnknown
        No such code; the same for one that was used before.
    """
    code = normalise(text)
    if not is_withdrawal_code(code):
        raise WithdrawalUnknown
    response = session.scalars(
        sa.select(Response)
        .where(
            Response.wave_id == wave_id,
            Response.withdrawal_hash == withdrawal_hash(code, wave_id, secret),
            Response.status != ResponseStatus.WITHDRAWN,
        )
        .with_for_update()
    ).one_or_none()
    if response is None:
        raise WithdrawalUnknown
    give_back(session, response)
    for table in (Answer, Reason):
        session.execute(sa.delete(table).where(table.response_id == response.id))
    session.execute(sa.delete(Image).where(Image.submission_id == response.submission_id))
    response.status = ResponseStatus.WITHDRAWN
    response.withdrawn_at = now
    response.digest = NO_DIGEST
    response.area_code = ""
    response.entry_point = ""
    response.entry_point_id = None
    response.started_at = None
    response.submitted_at = None
    response.device_mark = None
    response.seed = None
