"""The layers at intake: each leaves a reason on the response, and none drops it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.config import Config
from survey.guarding import proof as proofs
from survey.guarding.attacks import note_attack, under_attack
from survey.guarding.limits import Count, count, purge_few
from survey.guarding.marks import Visitor, device_mark, known_salt, network_mark, salt_of
from survey.guarding.memory import Salt, memory_of
from survey.guarding.policy import POLICY, Bound, Policy, Scope
from survey.guarding.proof import Challenge
from survey.models import Base, Layer, Reason, Response, ResponseStatus

PURGE_EVERY: Final = timedelta(minutes=10)  # a process deletes old counters so often

_RESPONSES: Final = Base.metadata.tables[Response.__tablename__]
_BEFORE: Final = (
    sa.select(sa.func.count())
    .select_from(_RESPONSES)
    .where(
        _RESPONSES.c.wave_id == sa.bindparam("wave"),
        _RESPONSES.c.device_mark == sa.bindparam("device"),
        _RESPONSES.c.status.not_in([ResponseStatus.WITHDRAWN, ResponseStatus.TRAINING]),
    )
)


class Code(StrEnum):
    """Why a response is under suspicion."""

    DEVICE_AGAIN = "device_again"
    DEVICE_FAMILY_MANY = "device_family_many"
    NETWORK_MANY = "network_many"
    POINT_BURST = "point_burst"
    TOO_FAST = "too_fast"
    HONEYPOT = "honeypot"
    NO_PROOF = "no_proof"


@dataclass(frozen=True, slots=True)
class Visit:
    """What one answering was like, beside the counters.

    Attributes
    ----------
    family
        Whether the second-person button was pressed.
    seconds
        From the first page to the last; None when unknown.
    asked
        How many questions were asked.
    trapped
        Whether a field was filled that no person sees.
    proof
        What the proof of work is worth where one is asked for, else None.
    single_use
        Whether the code was one that can be used once: who has it proves more
        than his network or a computation could.
    """

    family: bool
    seconds: float | None
    asked: int
    trapped: bool
    proof: proofs.Verdict | None = None
    single_use: bool = False


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One reason. ``holds``: the response waits for an analyst and is not counted until then."""

    code: Code
    detail: Mapping[str, str]
    holds: bool


@dataclass(frozen=True, slots=True)
class Examined:
    """What the layers found. ``device_mark`` is None in a frozen wave."""

    device_mark: str | None
    suspicions: tuple[Suspicion, ...] = ()

    @property
    def holds(self) -> bool:
        return any(suspicion.holds for suspicion in self.suspicions)


def examine(
    session: Session,
    wave_id: int,
    visitor: Visitor,
    *,
    config: Config,
    point_id: int | None,
    family: bool,
    seconds: float | None,
    asked: int,
    honeypot: bool,
    proof: str,
    submission_id: UUID,
    now: datetime,
    policy: Policy = POLICY,
) -> Examined:
    """Count a new answer and say what is suspicious about it.

    Call it once for each answer that is new, late in its transaction: after
    ``intake.store`` said so, a repetition is not counted and the counters stay
    locked for a moment only.

    Parameters
    ----------
    point_id
        The place whose code it was; None for a single-use code.
    seconds
        From the first page to the last.
    honeypot
        Whether a field was filled that no person sees.
    proof
        What the page sent as its proof, empty for none.
    """
    salt = salt_of(session, wave_id, now)
    device = _device_mark(salt, visitor)
    marks = _marks(salt, visitor, point_id)
    counters = [Count(scope, mark) for scope, mark in marks.items()]
    if salt and device:
        counters.append(Count(Scope.DEVICE, device, salt.ends))
    # as it stood when the page was asked for a proof or not: who sets an alarm off was not
    attack = under_attack(session, marks, now, policy=policy)
    counts = count(session, counters, now)
    note_attack(session, marks, counts, policy)
    asks = attack and point_id is not None
    visit = Visit(
        family=family,
        seconds=seconds,
        asked=asked,
        trapped=honeypot,
        proof=proofs.verify(proof, config, submission_id, now) if asks else None,
        single_use=point_id is None,
    )
    _purge_now_and_then(session, now)
    return Examined(device, suspicions(visit, counts, policy))


def mark_of(session: Session, wave_id: int, visitor: Visitor, now: datetime) -> str | None:
    """The mark of a visitor's device for a response about to be stored; None in a frozen wave."""
    return _device_mark(salt_of(session, wave_id, now), visitor)


def suspicions(
    visit: Visit, counts: Mapping[Scope, int], policy: Policy = POLICY
) -> tuple[Suspicion, ...]:
    """What is suspicious about a visit, given how often its marks were seen, this time included."""
    found = [
        _device(visit, counts.get(Scope.DEVICE, 0), policy),
        _network(visit, counts, policy),
        _above(Code.POINT_BURST, counts.get(Scope.POINT, 0), policy.point_burst, {}),
        _too_fast(visit, policy.seconds_each),
        Suspicion(Code.HONEYPOT, {}, holds=True) if visit.trapped else None,
        _no_proof(visit),
    ]
    return tuple(suspicion for suspicion in found if suspicion is not None)


def record(session: Session, response_id: int, examined: Examined, now: datetime) -> None:
    """Write the reasons of a stored response and hold it if one of them does."""
    if not examined.suspicions:
        return
    session.execute(
        sa.insert(Reason),
        [
            {
                "response_id": response_id,
                "code": suspicion.code.value,
                "layer": Layer.INTAKE,
                "detail": dict(suspicion.detail),
                "found_at": now,
            }
            for suspicion in examined.suspicions
        ],
    )
    if examined.holds:
        session.execute(
            sa.update(Response)
            .where(Response.id == response_id, Response.status == ResponseStatus.ACCEPTED)
            .values(status=ResponseStatus.QUARANTINED)
        )


def answered_before(session: Session, wave_id: int, visitor: Visitor, now: datetime) -> int:
    """How many answers of this device the wave has; withdrawn ones do not count.

    Writes nothing; asks the database nothing about a device without a cookie.
    """
    salt = None if visitor.is_new else known_salt(session, wave_id, now)
    device = _device_mark(salt, visitor)
    if device is None:
        return 0
    return session.execute(_BEFORE, {"wave": wave_id, "device": device}).scalar_one()


def challenge_for(
    session: Session,
    wave_id: int,
    visitor: Visitor,
    *,
    config: Config,
    point_id: int | None,
    submission_id: UUID,
    now: datetime,
    policy: Policy = POLICY,
) -> Challenge | None:
    """What the page of a submission is to solve; None in peace and for a single-use code.

    Writes nothing.
    """
    if point_id is None:
        return None
    marks = _marks(known_salt(session, wave_id, now), visitor, point_id)
    if not under_attack(session, marks, now, policy=policy):
        return None
    return proofs.challenge(config, submission_id, now, policy)


def _device_mark(salt: Salt | None, visitor: Visitor) -> str | None:
    return device_mark(salt.value, visitor.device) if salt else None


def _marks(salt: Salt | None, visitor: Visitor, point_id: int | None) -> dict[Scope, str]:
    """The marks of the point and of the network, as far as they are known."""
    marks = {} if point_id is None else {Scope.POINT: str(point_id)}
    if salt and visitor.network:
        network = network_mark(salt.value, visitor.network)
        marks |= {Scope.NETWORK_HOUR: network, Scope.NETWORK_DAY: network}
    return marks


def _device(visit: Visit, n: int, policy: Policy) -> Suspicion | None:
    if n > 1 and not visit.family:
        return Suspicion(Code.DEVICE_AGAIN, {"n": str(n)}, holds=True)
    if n > policy.family:
        detail = {"n": str(n), "most": str(policy.family)}
        return Suspicion(Code.DEVICE_FAMILY_MANY, detail, holds=True)
    return None


def _network(visit: Visit, counts: Mapping[Scope, int], policy: Policy) -> Suspicion | None:
    """The worse of the hour and the day; of two alike the hour."""
    code, n = Code.NETWORK_MANY, counts.get
    hour = _above(code, n(Scope.NETWORK_HOUR, 0), policy.network_hour, {"window": "hour"})
    day = _above(code, n(Scope.NETWORK_DAY, 0), policy.network_day, {"window": "day"})
    worse = day if hour is None or (day is not None and day.holds and not hour.holds) else hour
    return replace(worse, holds=False) if worse is not None and visit.single_use else worse


def _above(code: Code, n: int, bound: Bound, detail: Mapping[str, str]) -> Suspicion | None:
    if n <= bound.flags:
        return None
    holds = n > bound.holds
    most = bound.holds if holds else bound.flags
    return Suspicion(code, {"n": str(n), "most": f"{most:g}", **detail}, holds)


def _too_fast(visit: Visit, bound: Bound) -> Suspicion | None:
    if visit.seconds is None or visit.seconds >= bound.flags * visit.asked:
        return None
    holds = visit.seconds < bound.holds * visit.asked
    least = (bound.holds if holds else bound.flags) * visit.asked
    detail = {
        "seconds": f"{visit.seconds:.0f}",
        "asked": str(visit.asked),
        "least": f"{least:.0f}",
    }
    return Suspicion(Code.TOO_FAST, detail, holds)


def _no_proof(visit: Visit) -> Suspicion | None:
    if visit.proof in {None, proofs.Verdict.GOOD}:
        return None
    return Suspicion(Code.NO_PROOF, {"why": str(visit.proof)}, holds=True)


def _purge_now_and_then(session: Session, now: datetime) -> None:
    memory = memory_of(session)
    if not memory.purged_at <= now < memory.purged_at + PURGE_EVERY:
        memory.purged_at = now
        purge_few(session, now)
