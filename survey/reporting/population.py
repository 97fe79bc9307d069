"""Who the figures are about: the people of the totals, and those whom the form turns away."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, product
from zoneinfo import ZoneInfo

from analysis.study.plan import Plan
from survey.instrument.expressions.tree import references
from survey.instrument.items import Kind, Label, Question
from survey.instrument.judge import judge
from survey.instrument.questions import Form

MOST_TRIED = 400  # combinations of answers; a form that needs more says nothing here
WHOLE_AGES = tuple(str(age) for age in range(100))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The answers after which a form stops, and whether the totals count these people.

    Attributes
    ----------
    labels : tuple of Label
        In the order of the questions; empty when everybody may answer or nobody can tell.
    differs : bool
        The totals' ages do not name the same limit as the answers that end the interview.
    """

    labels: tuple[Label, ...]
    differs: bool


def left_out(plan: Plan, form: Form) -> LeftOut:
    """Whom the form turns away, found by asking it: no plan says so in words.

    From a first set of answers that is eligible, each answer is changed alone.
    """
    target = plan.form.eligible_question
    if target is None:
        return LeftOut((), differs=False)
    questions = [
        one
        for one in _asked_for(form, target)
        if one.name != plan.form.consent_question and _answers(one)
    ]
    agreed = plan.form.consent_question
    consent = {agreed: plan.form.consent_yes[0]} if agreed and plan.form.consent_yes else {}
    zone = ZoneInfo(plan.timezone)

    def is_eligible(answers: Mapping[str, str]) -> bool:
        found = judge(form, {**consent, **answers}, now=datetime.now(UTC), timezone=zone)
        return found.values.get(target, "") in plan.form.eligible_yes

    first = next((one for one in _combinations(questions) if is_eligible(one)), None)
    if first is None:
        return LeftOut((), differs=False)
    labels: list[Label] = []
    for question in questions:
        ends = [a for a in _answers(question) if not is_eligible({**first, question.name: a})]
        labels += _in_words(question, ends)
    return LeftOut(tuple(labels), differs=_differs(plan.population.ages, labels))


def _asked_for(form: Form, target: str) -> list[Question]:
    """The questions that decide an answer or a calculation, however many steps away."""
    found: set[str] = set()
    ahead = [target]
    rules = {rule.name: rule for rule in form.rules.in_document}
    while ahead:
        name = ahead.pop()
        if name in found or name not in rules:
            continue
        found.add(name)
        for expression in (rules[name].calculation, rules[name].relevant):
            if expression is not None:
                ahead += references(expression)
    return [one for one in form.questions() if one.name in found and one.kind.is_answered]


def _answers(question: Question) -> tuple[str, ...]:
    if question.kind is Kind.SELECT_ONE:
        return question.codes
    return WHOLE_AGES if question.kind is Kind.INTEGER else ()


def _combinations(questions: Sequence[Question]) -> Iterator[dict[str, str]]:
    """Sets of answers, those from the middle of each list first: ends are what forms turn away."""
    lists = [_from_the_middle(_answers(one)) for one in questions]
    names = [one.name for one in questions]
    return (
        dict(zip(names, answers, strict=True)) for answers in islice(product(*lists), MOST_TRIED)
    )


def _from_the_middle(answers: tuple[str, ...]) -> list[str]:
    middle = len(answers) / 2
    return sorted(answers, key=lambda answer: abs(answers.index(answer) - middle))


def _in_words(question: Question, answers: list[str]) -> list[Label]:
    if question.kind is Kind.SELECT_ONE:
        return [choice.label for choice in question.choices if choice.code in answers]
    numbers = sorted(map(int, answers))
    lows = [n for n in numbers if n == numbers.index(n)]  # 0, 1, 2 … without a gap
    if not lows or len(lows) == len(WHOLE_AGES):
        return []
    limit = lows[-1] + 1
    label = question.label
    return [
        {
            "zh": f"{label.get('zh', question.name)}小于 {limit}",
            "en": f"{label.get('en', question.name)} below {limit}",
        }
    ]


def _differs(ages: str, labels: Sequence[Label]) -> bool:
    """Whether the lowest age of the totals is named by no answer that ends the interview."""
    lowest = re.search(r"\d+", ages)
    if lowest is None or not labels:
        return False
    return not any(lowest[0] in re.findall(r"\d+", label.get("zh", "")) for label in labels)
