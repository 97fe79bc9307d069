"""The one judge: which questions are asked, and which answers are valid."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from analysis.codebook import Codebook, VariableKind
from survey.instrument.answers import Fault, FaultCode, clean, fault, missing, unknown_codes
from survey.instrument.expressions.context import Allowance, Context
from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.evaluator import evaluate
from survey.instrument.expressions.moments import Moment
from survey.instrument.expressions.tree import Expression
from survey.instrument.expressions.values import Value, as_boolean, as_string
from survey.instrument.items import Kind
from survey.instrument.questions import Form
from survey.instrument.rules import Rule


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge found.

    Attributes
    ----------
    asked : tuple of str
        Questions that the respondent answers, in document order.
    shown : tuple of str
        The same with the notes that stand between them.
    values : mapping
        The answers, cleaned, and the calculations: what is to be stored if there is no
        fault. Never an empty text, never the answer to a question that is not asked.
    faults : mapping
        Name of a question to what is wrong, in document order; empty when the answers
        can be stored.
    """

    asked: tuple[str, ...]
    shown: tuple[str, ...]
    values: Mapping[str, str]
    faults: Mapping[str, Fault]


def judge(
    form: Form,
    answers: Mapping[str, str],
    *,
    hidden: frozenset[str] = frozenset(),
    now: datetime,
    timezone: ZoneInfo,
) -> Judgement:
    """Apply the whole form to complete answers (phone and volunteer entry).

    A relevant that is false clears what stands below it, as in XLSForm. Answers to
    questions that are not asked, to notes and to calculations are dropped; an
    unknown name is a fault. It never raises on answers.

    Parameters
    ----------
    answers : mapping
        Name to text as sent; several codes are joined by a space. The values of
        hidden, start and end rows come from the server, so its caller puts them in.
    hidden : frozenset
        Questions not put to this respondent; they count as not asked.
    now, timezone
        For ``today()`` and dates without offset.
    """
    sitting = _Sitting(form, answers, hidden, now, timezone)
    for rule in form.rules.in_order:
        sitting.settle(rule)
    for rule in form.rules.in_document:
        sitting.check(rule)
    return sitting.judgement()


def check_recorded(codebook: Codebook, name: str, text: str) -> Fault | None:
    """Check one value that a file brings against the codes of its question.

    Nothing else of the form applies: no ``required``, ``relevant`` or ``constraint``,
    and a calculation stays as it is.
    """
    variable = codebook.get(name)
    if variable is None:
        return fault(FaultCode.UNKNOWN)
    if not variable.codes or not text:
        return None
    given = text.split() if variable.kind is VariableKind.MULTIPLE else [text]
    return fault(FaultCode.NO_SUCH_CHOICE) if unknown_codes(variable.codes, given) else None


class _Sitting:
    """The state of one judgement: what is known so far about questions and groups."""

    def __init__(
        self,
        form: Form,
        answers: Mapping[str, str],
        hidden: frozenset[str],
        now: datetime,
        timezone: ZoneInfo,
    ) -> None:
        rules = form.rules
        self._rules = rules
        self._answers = answers
        self._hidden = hidden
        self._open: dict[str, bool] = {"": True}
        self._nodes: dict[str, tuple[str]] = dict.fromkeys(rules.paths.values(), ("",))
        self._context = Context(self._nodes, None, rules.paths, timezone, now)
        self._faults = {
            name: fault(FaultCode.UNKNOWN) for name in answers if name not in rules.paths
        }

    def settle(self, rule: Rule) -> None:
        """Decide whether a group or question is open, and the value of a question."""
        is_open = self._open[rule.parent] and rule.name not in self._hidden
        if is_open and rule.relevant is not None:
            is_open = self._holds(rule.relevant, rule.path)
        self._open[rule.name] = is_open
        question = rule.question
        if question is None or not is_open or question.kind is Kind.NOTE:
            return
        if rule.calculation is not None:
            self._nodes[rule.path] = (self._calculated(rule.calculation, rule.path),)
        elif question.kind is not Kind.CALCULATE:
            answer = clean(question, self._answers.get(rule.name, ""))
            if isinstance(answer, Fault):
                self._faults[rule.name] = answer
            else:
                self._nodes[rule.path] = (answer,)

    def check(self, rule: Rule) -> None:
        """Apply ``required`` and ``constraint`` once all values are known."""
        question = rule.question
        if (
            question is None
            or not question.kind.is_answered
            or not self._open[rule.name]
            or rule.name in self._faults
        ):
            return
        if not self._nodes[rule.path][0]:  # a constraint says nothing about an empty answer
            if rule.required and self._holds(rule.required, rule.path):
                self._faults[rule.name] = missing(question)
            return
        if rule.constraint is None:
            return
        try:
            if not as_boolean(self._value(rule.constraint, rule.path)):
                message = question.constraint_message
                self._faults[rule.name] = fault(FaultCode.CONSTRAINT, message)
        except ExpressionError:
            self._faults[rule.name] = fault(FaultCode.UNCHECKED)

    def judgement(self) -> Judgement:
        asked: list[str] = []
        shown: list[str] = []
        values: dict[str, str] = {}
        for rule in self._rules.in_document:
            if rule.question is None or not self._open[rule.name]:
                continue
            if rule.question.kind.is_answered:
                asked.append(rule.name)
            if rule.question.kind.is_shown:
                shown.append(rule.name)
            if text := self._nodes[rule.path][0]:
                values[rule.name] = text
        order = {name: place for place, name in enumerate(self._rules.paths)}
        faults = sorted(self._faults.items(), key=lambda item: order.get(item[0], len(order)))
        return Judgement(tuple(asked), tuple(shown), values, dict(faults))

    def _value(self, expression: Expression, path: str) -> Value:
        return evaluate(expression, replace(self._context, this=path, allowance=Allowance()))

    def _holds(self, expression: Expression, path: str) -> bool:
        """Whether it is true; what cannot be computed is not."""
        try:
            return as_boolean(self._value(expression, path))
        except ExpressionError:
            return False

    def _calculated(self, expression: Expression, path: str) -> str:
        """The text of a calculation; empty where it has no value, as form engines store it."""
        try:
            value = self._value(expression, path)
        except ExpressionError:
            return ""
        if (isinstance(value, float) and math.isnan(value)) or (
            isinstance(value, Moment) and not value.is_valid
        ):
            return ""
        return as_string(value, self._context.timezone)
