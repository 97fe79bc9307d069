"""Writing down what a check over a batch has found: reasons, and who is held because of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.models import Layer, Reason, Response, ResponseStatus
from survey.reviewing.chosen import has_review, in_parts
from survey.waves import locked_wave

_ACCEPTED = ResponseStatus.ACCEPTED


@dataclass(frozen=True, slots=True)
class Found:
    """One reason against one response; ``holds``: it waits for an analyst until decided."""

    number: int
    code: str
    detail: Mapping[str, str]
    holds: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What changed: reasons that are new or have other numbers, and responses newly held."""

    reasons: int
    held: int


def write_findings(
    session: Session, wave_id: int, findings: Sequence[Found], now: datetime
) -> Written:
    """Add the reasons and hold the suspects, all in the caller's transaction.

    What an analyst has decided stays untouched, and so does what was withdrawn
    meanwhile. A reason stays once it was found; found again it takes the newer numbers.

    Raises
    ------
    WaveFrozen
    """
    locked_wave(session, wave_id)
    open_to_change = _undecided(session, {one.number for one in findings})
    mine = [one for one in findings if one.number in open_to_change]
    known = _known(session, {one.number for one in mine})
    new = [one for one in mine if (one.number, one.code) not in known]
    if new:
        session.execute(sa.insert(Reason), [_row(one, now) for one in new])
    changed = [
        one
        for one in mine
        if (one.number, one.code) in known and known[one.number, one.code] != dict(one.detail)
    ]
    for one in changed:
        session.execute(
            sa.update(Reason)
            .where(Reason.response_id == one.number, Reason.code == one.code)
            .values(detail=dict(one.detail), found_at=now)
        )
    held = {one.number for one in mine if one.holds}
    held &= {number for number, status in open_to_change.items() if status is _ACCEPTED}
    for some in in_parts(sorted(held)):
        change = sa.update(Response).where(Response.id.in_(some))
        session.execute(change.values(status=ResponseStatus.QUARANTINED))
    return Written(len(new) + len(changed), len(held))


def _undecided(session: Session, numbers: Iterable[int]) -> dict[int, ResponseStatus]:
    """Those that nobody decided or withdrew, locked until the transaction ends."""
    found: dict[int, ResponseStatus] = {}
    for some in in_parts(sorted(numbers)):
        query = (
            sa.select(Response.id, Response.status)
            .where(
                Response.id.in_(some),
                Response.status.in_((_ACCEPTED, ResponseStatus.QUARANTINED)),
                ~has_review(),
            )
            .order_by(Response.id)
            .with_for_update(of=Response, key_share=True)
        )
        found |= dict(session.execute(query).all())
    return found


def _known(session: Session, numbers: Iterable[int]) -> dict[tuple[int, str], dict[str, str]]:
    found: dict[tuple[int, str], dict[str, str]] = {}
    for some in in_parts(sorted(numbers)):
        query = sa.select(Reason.response_id, Reason.code, Reason.detail)
        for number, code, detail in session.execute(query.where(Reason.response_id.in_(some))):
            found[number, code] = detail
    return found


def _row(one: Found, now: datetime) -> dict[str, object]:
    return {
        "response_id": one.number,
        "code": one.code,
        "layer": Layer.BATCH,
        "detail": dict(one.detail),
        "found_at": now,
    }
