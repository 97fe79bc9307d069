"""How many stored answers belong to each quota: what a new one begins with."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.areas import padded
from survey.models import Answer, Area, Response, ResponseStatus
from survey.quotas.rules import Rule

# What is held is taken until it is rejected; what was withdrawn has been given back.
COUNTED = (ResponseStatus.ACCEPTED, ResponseStatus.QUARANTINED)


def counted(session: Session, study_id: str, sample_id: int, rules: Sequence[Rule]) -> list[int]:
    """How many answers of a sample belong to each rule, in their order.

    One statement for each question among the rules, however many answers there are.
    """
    parents = dict(
        session.execute(sa.select(Area.code, Area.parent).where(Area.study_id == study_id)).all()
    )
    found = [0] * len(rules)
    for question in dict.fromkeys(rule.question for rule in rules):
        by_area: dict[str, Counter[str]] = defaultdict(Counter)
        for area, text, n in _answers(session, sample_id, question):
            for above in ("", *_line(padded(area), parents)):
                by_area[above][text] += n
        for place, rule in enumerate(rules):
            if rule.question == question:
                answers = by_area.get(rule.area, Counter())
                found[place] = sum(n for text, n in answers.items() if rule.has(text))
    return found


def _answers(session: Session, sample_id: int, question: str) -> Iterator[tuple[str, str, int]]:
    """Home area, answer and number; the answer is "" where everybody counts."""
    area, text = Response.area_code, Answer.value
    counting = (Response.sample_id == sample_id, Response.status.in_(COUNTED))
    if not question:
        rows = session.execute(sa.select(area, sa.func.count()).where(*counting).group_by(area))
        yield from ((code, "", n) for code, n in rows)
        return
    answered = (
        sa.select(area, text, sa.func.count())
        .join(Answer, sa.and_(Answer.response_id == Response.id, Answer.name == question))
        .where(*counting)
        .group_by(area, text)
    )
    yield from ((code, answer.strip(), n) for code, answer, n in session.execute(answered))


def _line(code: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    """The area and those above it."""
    at: str | None = code
    while at is not None and at in parents:
        yield at
        at = parents[at]
