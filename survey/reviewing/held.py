"""The list of responses under suspicion: what of each an analyst may see without its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.instrument.questions import Form
from survey.models import EntryPoint, Reason, Response, Review, Sample, Study, User, Wave
from survey.reviewing.alike import Others, others_of
from survey.reviewing.chosen import Chosen, is_reviewable
from survey.reviewing.chosen import in_wave as of_wave

PAGE = 20


@dataclass(frozen=True, slots=True)
class FoundReason:
    """Why: a code and the numbers of its sentence."""

    code: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One response. ``number`` stands for it on pages; it leads to no person.

    ``hour`` is the beginning of the local hour in which it was sent.
    """

    number: int
    status: str
    sample: str
    point: str
    point_name: str
    hour: datetime | None
    seconds: int | None
    reasons: tuple[FoundReason, ...]
    others: Others


@dataclass(frozen=True, slots=True)
class HeldPage:
    """A page of the list."""

    lines: tuple[HeldLine, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it was written."""

    verdict: str
    reason: str
    username: str
    decided_at: datetime


def held_page(
    session: Session, study: Study, wave: Wave, form: Form, chosen: Chosen, page: int
) -> HeldPage:
    """The newest first; a page that is past the end is the last."""
    conditions = chosen.conditions(wave.id, ZoneInfo(study.timezone))
    total = session.scalar(sa.select(sa.func.count(Response.id)).where(*conditions)) or 0
    pages = max(-(-total // PAGE), 1)
    page = min(max(page, 1), pages)
    rows = session.scalars(
        sa.select(Response)
        .where(*conditions)
        .order_by(Response.id.desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).all()
    return HeldPage(_lines(session, study, wave, form, rows), total, page, pages)


def held_line(
    session: Session, study: Study, wave: Wave, form: Form, number: int
) -> tuple[HeldLine, Response] | None:
    """One response that a reviewer may decide."""
    query = sa.select(Response).where(Response.id == number, of_wave(wave.id), is_reviewable())
    row = session.scalar(query)
    if row is None:
        return None
    (line,) = _lines(session, study, wave, form, [row])
    return line, row


def decisions_on(session: Session, number: int) -> list[Decision]:
    """What was decided of a response, the first decision first."""
    rows = session.execute(
        sa.select(Review.verdict, Review.reason, User.username, Review.decided_at)
        .join(User, User.id == Review.user_id)
        .where(Review.response_id == number)
        .order_by(Review.id)
    )
    return [Decision(verdict.value, reason, name, at) for verdict, reason, name, at in rows]


def points_of(session: Session, wave: Wave) -> list[str]:
    """The codes of the points from which responses under suspicion came."""
    query = sa.select(Response.entry_point).where(of_wave(wave.id), is_reviewable())
    found = session.scalars(query.distinct().order_by(Response.entry_point))
    return [code for code in found if code]


def _lines(
    session: Session, study: Study, wave: Wave, form: Form, rows: Sequence[Response]
) -> tuple[HeldLine, ...]:
    ids = [row.id for row in rows]
    reasons = _reasons(session, ids)
    others = others_of(session, wave, form, rows)
    zone = ZoneInfo(study.timezone)
    own = sa.select(Sample.id, Sample.code).where(Sample.wave_id == wave.id)
    samples = dict(session.execute(own).all())
    places = sa.select(EntryPoint.code, EntryPoint.name).where(
        EntryPoint.study_id == study.id,
        EntryPoint.code.in_({row.entry_point for row in rows}),
    )
    names = dict(session.execute(places).all())
    return tuple(
        HeldLine(
            number=row.id,
            status=row.status.value,
            sample=samples[row.sample_id],
            point=row.entry_point,
            point_name=names.get(row.entry_point, ""),
            hour=_hour(row.submitted_at, zone),
            seconds=_seconds(row),
            reasons=tuple(reasons.get(row.id, ())),
            others=others[row.id],
        )
        for row in rows
    )


def _reasons(session: Session, ids: Sequence[int]) -> dict[int, list[FoundReason]]:
    found: dict[int, list[FoundReason]] = {}
    query = sa.select(Reason).where(Reason.response_id.in_(ids))
    for reason in session.scalars(query.order_by(Reason.response_id, Reason.code)):
        found.setdefault(reason.response_id, []).append(FoundReason(reason.code, reason.detail))
    return found


def _hour(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The minute is not shown: with the place it would tell a bystander who it was."""
    if moment is None:
        return None
    return moment.astimezone(zone).replace(minute=0, second=0, microsecond=0)


def _seconds(row: Response) -> int | None:
    if row.started_at is None or row.submitted_at is None:
        return None
    return round((row.submitted_at - row.started_at).total_seconds())
