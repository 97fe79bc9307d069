"""The definition of an indicator as a page prints it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.indicators import Indicator
from survey import models
from survey.instrument.expressions.tree import references
from survey.instrument.questions import Form, Question
from survey.reporting.service import Figures
from survey.wording import KINDS, weighting_words

# Words of an answer that says that one does not know, or will not say.
DONT_KNOW = ("不了解", "说不清", "记不清", "不清楚", "不知道怎么", "不想回答", "说不上", "拒答")


@dataclass(frozen=True, slots=True)
class DefinedAnswer:
    """An answer of a question: ``points`` for a score, else whether it is in the numerator."""

    code: str
    label: str
    in_numerator: bool
    in_denominator: bool
    points: float | None


@dataclass(frozen=True, slots=True)
class DefinedQuestion:
    """A question of an indicator; ``formula`` where it is a calculation, from ``sources``."""

    name: str
    label: str
    weight: float | None
    answers: tuple[DefinedAnswer, ...]
    formula: str
    sources: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure counts. ``left_out`` of the base; ``kept`` in it though nobody knows."""

    indicator: Indicator
    version: int
    questions: tuple[DefinedQuestion, ...]
    left_out: tuple[str, ...]
    kept: tuple[str, ...]
    weights: tuple[tuple[str, str], ...]

    @property
    def is_computed(self) -> bool:
        """Whether a calculation decides, whose codes have no labels."""
        return any(question.formula for question in self.questions)


def definition_of(
    session: Session, figures: Figures, indicator: Indicator, language: str
) -> Definition:
    """The stored definition with the wording of the newest questionnaire."""
    plan, form = figures.study.plan, figures.form
    questions = tuple(
        _question(form, indicator, place, language) for place in range(len(indicator.questions))
    )
    answers = [answer for question in questions for answer in question.answers]
    weights = {
        KINDS[one.kind.value][language]: weighting_words(
            figures.study, form, one, plan.headline_of(one), language
        )
        for one in plan.samples
    }
    return Definition(
        indicator=indicator,
        version=_version(session, plan.id, indicator.code),
        questions=questions,
        left_out=_labels([one for one in answers if not one.in_denominator]),
        kept=_labels(
            [one for one in answers if one.in_denominator and _is_dont_know(form, indicator, one)]
        ),
        weights=tuple(weights.items()),
    )


def _version(session: Session, study_id: str, code: str) -> int:
    stored = models.Indicator
    version = session.scalar(
        sa.select(sa.func.max(stored.version)).where(
            stored.study_id == study_id, stored.code == code
        )
    )
    return version or 1


def _question(form: Form, indicator: Indicator, place: int, language: str) -> DefinedQuestion:
    name = indicator.questions[place]
    question = form.question(name)
    label = question.label.get(language, "") if question else ""
    formula, sources = _calculation(form, name)
    if not label and len(sources) == 1:
        label = sources[0].label.get(language, "")
    return DefinedQuestion(
        name=name,
        label=label or name,
        weight=indicator.weights[place] if indicator.weights else None,
        answers=tuple(_answers(indicator, question, language)),
        formula=formula,
        sources=sources,
    )


def _answers(
    indicator: Indicator, question: Question | None, language: str
) -> Sequence[DefinedAnswer]:
    """The choices of a question; of a calculation the codes that the definition names."""
    if question is not None and question.choices:
        named = {one.code: one.label.get(language, "") for one in question.choices}
    else:
        codes = indicator.numerator | indicator.denominator | indicator.scores.keys()
        named = dict.fromkeys(sorted(codes), "")
    return [
        DefinedAnswer(
            code=code,
            label=label,
            in_numerator=code in indicator.numerator and code in indicator.denominator,
            in_denominator=code in indicator.denominator,
            points=indicator.scores.get(code),
        )
        for code, label in named.items()
    ]


def _calculation(form: Form, name: str) -> tuple[str, tuple[Question, ...]]:
    question = form.question(name)
    if question is None or not question.calculation:
        return "", ()
    rule = next(one for one in form.rules.in_document if one.name == name)
    used = references(rule.calculation) if rule.calculation is not None else frozenset()
    return question.calculation, tuple(one for one in form.questions() if one.name in used)


def _is_dont_know(form: Form, indicator: Indicator, answer: DefinedAnswer) -> bool:
    for name in indicator.questions:
        question = form.question(name)
        for choice in question.choices if question else ():
            if choice.code == answer.code:
                return any(word in choice.label.get("zh", "") for word in DONT_KNOW)
    return False


def _labels(answers: Sequence[DefinedAnswer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{one.code} {one.label}".strip() for one in answers))
