"""The coded answers of a response in the words of its questionnaire."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.instrument.items import Question, instance_name
from survey.instrument.questions import Form
from survey.models import Answer
from survey.reviewing.alike import coded_questions


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A question and what was answered; ``words`` is empty where nothing was.

    The answers of a repeated question follow each other, ``name`` with their number.
    """

    name: str
    label: str
    code: str
    words: str


def answer_lines(session: Session, form: Form, number: int, language: str) -> list[AnswerLine]:
    """In the order of the form; free text, times, places and pictures are not among them."""
    query = sa.select(Answer.name, Answer.value).where(Answer.response_id == number)
    given = dict(session.execute(query).all())
    return [
        AnswerLine(
            name=name,
            label=question.label.get(language, "") or question.name,
            code=given.get(name, ""),
            words=_words(question, given.get(name, ""), language),
        )
        for question in coded_questions(form)
        for name in _names(question.name, given)
    ]


def _names(question: str, given: Mapping[str, str]) -> list[str]:
    """Under which names a question was answered: its own, or one for each repetition."""
    repeated: list[str] = []
    while (name := instance_name(question, len(repeated) + 1)) in given:
        repeated.append(name)
    return repeated or [question]


def _words(question: Question, code: str, language: str) -> str:
    labels = {choice.code: choice.label.get(language, "") for choice in question.choices}
    if not labels:
        return code
    joined = "、" if language == "zh" else ", "
    return joined.join(labels.get(one) or one for one in code.split())
