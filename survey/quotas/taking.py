"""Taking a place in quotas, giving it back, and finding them full: never one too many."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.areas import Line
from survey.errors import SurveyError
from survey.models import Base, Quota
from survey.quotas.rules import Rules, belonging

# The table, not the class: no quota is held as an object while people answer, and it is faster.
_QUOTAS = Base.metadata.tables[Quota.__tablename__]
_ID, _MOST, _TAKEN = _QUOTAS.c.id, _QUOTAS.c.most, _QUOTAS.c.taken


class QuotaFull(SurveyError):
    """``details["quotas"]`` are the ids of those that are full, for ``record_turned_away``.

    The sentence names no area, group or number: in a small cell that would tell
    that a certain neighbour has answered.
    """

    code = "quota_full"
    status = 410
    zh = "这部分答卷已经收够,您的回答没有保存。谢谢您的关注。"
    en = "We have enough answers of this kind. Yours were not stored. Thank you for your interest."

    def __init__(self, quotas: tuple[int, ...]) -> None:
        super().__init__(quotas=quotas)


def _changing(where: sa.ColumnElement[bool], **values: object) -> sa.Executable:
    """Change those of the quotas ``ids`` for which ``where`` holds, and return their ids.

    All rows are locked in the order of their ids, whatever order the database
    would read them in: two people with quotas in common never wait for each other.
    """
    return sa.update(_QUOTAS).where(_ID.in_(_HOLD), where).values(values).returning(_ID)


# Put together once: every answer runs one of them, and that takes less time than making it.
_AMONG = sa.select(_ID).where(_ID.in_(sa.bindparam("ids", expanding=True))).order_by(_ID)
_HOLD = _AMONG.with_for_update()
_FULL = _AMONG.where(_TAKEN >= _MOST)
_TAKE = _changing(_TAKEN < _MOST, taken=_TAKEN + 1)
_RELEASE = _changing(_TAKEN > 0, taken=_TAKEN - 1)
_TURN_AWAY = _changing(sa.true(), turned_away=_QUOTAS.c.turned_away + 1)


def hold(session: Session, quotas: Collection[int]) -> None:
    """Lock the rows of all quotas that will be taken or released for several answers.

    One answer after the other would lock them in the order of the answers, and
    wait in a circle with those who come in meanwhile.
    """
    if quotas:
        session.execute(_HOLD, {"ids": list(quotas)})


def take(session: Session, quotas: Collection[int]) -> None:
    """Take a place in every one of these quotas, by id; call it inside a savepoint.

    Their rows stay locked until the transaction ends, so it comes last, when
    the answer itself has been written. A quota that was deleted meanwhile limits nobody.

    Raises
    ------
    QuotaFull
        One of them is full; the savepoint must be rolled back, because places
        in others may be taken.
    """
    if left := set(quotas) - _changed(session, _TAKE, quotas):
        full = tuple(session.scalars(_AMONG, {"ids": list(left)}))
        if full:
            raise QuotaFull(full)


def release(session: Session, quotas: Collection[int]) -> None:
    """Give back the place that an answer had which was withdrawn or rejected."""
    _changed(session, _RELEASE, quotas)


def record_turned_away(session: Session, quotas: Collection[int]) -> None:
    """Count somebody whom these full quotas stopped."""
    _changed(session, _TURN_AWAY, quotas)


def full_so_far(
    session: Session, rules: Rules, line: Line, values: Mapping[str, str]
) -> tuple[int, ...]:
    """Ids of the full quotas to which somebody surely belongs; arguments as ``belonging``."""
    mine = belonging(rules, line, values)
    return tuple(session.scalars(_FULL, {"ids": list(mine)})) if mine else ()


def _changed(session: Session, changing: sa.Executable, quotas: Collection[int]) -> set[int]:
    return set(session.scalars(changing, {"ids": list(quotas)})) if quotas else set()
