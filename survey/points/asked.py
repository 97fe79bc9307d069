"""What the address of a points page asks for: which codes, which page, which days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask import request
from sqlalchemy.orm import Session

from survey.conduct import now
from survey.entry import local_day
from survey.models import Study
from survey.points.forms import Sent, Words, as_day
from survey.points.history import Period
from survey.points.selection import Selection, State, narrowed

MOST_DAYS = 62  # of one funnel page
USUAL_DAYS = 7
KEPT = ("area", "kind", "batch", "state", "only", "from", "to", "quiet", "contact")
QUIET, MOST_QUIET = 3, 30  # days without a scan after which a poster is dead


def selection() -> Selection:
    """The codes that the query names; an unknown state is none."""
    asked = request.args
    state = asked.get("state", "")
    return Selection(
        area=asked.get("area", ""),
        kind=asked.get("kind", ""),
        batch=asked.get("batch", ""),
        state=State(state) if state in set(State) else None,
        only=asked.get("only", type=int),
    )


def scope(session: Session, study: Study, own: frozenset[str]) -> frozenset[str]:
    """The user's areas, narrowed to the one that the query names."""
    return narrowed(session, study.id, own, request.args.get("area", ""))


def page() -> int:
    return request.args.get("page", 1, type=int)


def today(study: Study) -> date:
    return local_day(study, now())


def texts(**more: object) -> Sent:
    """The query as the form shows it that was sent by GET."""
    return Sent(
        {name: request.args.get(name, "") for name in KEPT} | {n: str(v) for n, v in more.items()}
    )


def kept(*changes: Mapping[str, object]) -> Mapping[str, object]:
    """The query as it is but for some changes, for links; what is empty is left out.

    The page of a list stays only where it is named: another choice begins at the first.
    """
    query: dict[str, object] = {name: request.args.get(name, "") for name in KEPT}
    for change in changes:
        query |= change
    return {name: value for name, value in query.items() if value != ""}


@dataclass(frozen=True, slots=True)
class Days:
    """The period that a funnel page shows, and what was wrong with the one asked for."""

    period: Period
    quiet: int
    fault: Words | None


def days(study: Study) -> Days:
    """The period between ``from`` and ``to``: the last week where nothing else is asked."""
    last_day = today(study)
    usual = Period(last_day - timedelta(days=USUAL_DAYS - 1), last_day)
    quiet = min(max(request.args.get("quiet", QUIET, type=int), 1), MOST_QUIET)
    texts = [request.args.get(name, "").strip() for name in ("from", "to")]
    if not any(texts):
        return Days(usual, quiet, None)
    first, last = map(as_day, texts)
    if first is None or last is None:
        words = ("日期的写法是 2026-03-01。", "Dates are written 2026-03-01.")
    elif last < first:
        words = ("结束日期早于开始日期。", "The last day is before the first.")
    elif (last - first).days >= MOST_DAYS:
        words = (f"最多 {MOST_DAYS} 天。", f"At most {MOST_DAYS} days.")
    elif not date(2000, 1, 1) < first < last_day + timedelta(days=366):
        words = ("日期太早或太晚。", "The days are too early or too late.")
    else:
        return Days(Period(first, last), quiet, None)
    return Days(usual, quiet, words)
