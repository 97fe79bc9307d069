"""Which other responses of a wave have the same coded answers, or came from the same device."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from survey.instrument.items import Kind, Question
from survey.instrument.questions import Form
from survey.models import Answer, Response, Wave
from survey.reviewing.chosen import in_wave

CODED = frozenset(
    {
        Kind.SELECT_ONE,
        Kind.SELECT_MULTIPLE,
        Kind.RANK,
        Kind.ACKNOWLEDGE,
        Kind.INTEGER,
        Kind.DECIMAL,
        Kind.RANGE,
    }
)


@dataclass(frozen=True, slots=True)
class Others:
    """Numbers of other responses, in order."""

    same_answers: tuple[int, ...]
    same_device: tuple[int, ...]


def coded_questions(form: Form) -> tuple[Question, ...]:
    """What an analyst may read of a response: codes and numbers, nothing that somebody wrote."""
    return tuple(question for question in form.questions() if question.kind in CODED)


def others_of(
    session: Session, wave: Wave, form: Form, rows: Sequence[Response]
) -> dict[int, Others]:
    """The others of each of a few responses."""
    ids = [row.id for row in rows]
    answers = _pairs(session, _same_answers(wave, form, ids)) if ids else {}
    devices = _pairs(session, _same_device(ids)) if ids else {}
    return {one: Others(tuple(answers.get(one, ())), tuple(devices.get(one, ()))) for one in ids}


def _pairs(session: Session, query: sa.Select[int, int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for one, other in session.execute(query):
        found.setdefault(one, []).append(other)
    return found


def _same_device(ids: Sequence[int]) -> sa.Select[int, int]:
    other = aliased(Response)
    return (
        sa.select(Response.id, other.id)
        .join(
            other,
            sa.and_(
                other.wave_id == Response.wave_id,
                other.device_mark == Response.device_mark,
                other.id != Response.id,
            ),
        )
        .where(Response.id.in_(ids))
        .order_by(other.id)
    )


def _same_answers(wave: Wave, form: Form, ids: Sequence[int]) -> sa.Select[int, int]:
    """Equal in every coded question: answers turned into columns once, and joined."""
    names = [question.name for question in coded_questions(form)]
    columns = [
        sa.func.coalesce(sa.func.max(sa.case((Answer.name == name, Answer.value))), "").label(
            f"c{place}"
        )
        for place, name in enumerate(names)
    ]
    wide = (
        sa.select(Answer.response_id.label("id"), *columns)
        .join(Response, Response.id == Answer.response_id)
        .where(in_wave(wave.id), Answer.name.in_(names))
        .group_by(Answer.response_id)
        .cte("wide")
    )
    one, other = wide.alias("one"), wide.alias("other")
    same = [one.c[column.name] == other.c[column.name] for column in columns]
    return (
        sa.select(one.c.id, other.c.id)
        .join(other, sa.and_(one.c.id != other.c.id, *same))
        .where(one.c.id.in_(ids))
        .order_by(other.c.id)
    )
