"""What the expressions of a form see during one judgement, and what they may cost."""

import math
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from survey.instrument.expressions.context import MAX_WORK, Allowance, Context
from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.evaluator import evaluate
from survey.instrument.expressions.moments import Moment
from survey.instrument.expressions.tree import Expression
from survey.instrument.expressions.values import Value, as_boolean, as_number, as_string
from survey.instrument.filters import CHOICE_PATH
from survey.instrument.questions import Form
from survey.instrument.rules import Rule

# Of all expressions together, in the units of an allowance: some half a second.
MAX_WORK_TOGETHER = 20 * MAX_WORK


class Surroundings:
    """The nodes of a form as they become known, the clock, the seed, the work still allowed.

    Attributes
    ----------
    nodes : dict
        Path to its texts, as ``Context`` has them.
    """

    def __init__(self, form: Form, now: datetime, timezone: ZoneInfo, seed: int) -> None:
        self.nodes: dict[str, Sequence[str]] = dict(form.rules.blank)
        self._form = form
        self._references = form.rules.references
        self._now = now
        self._timezone = timezone
        self._seed = seed
        self._work = MAX_WORK_TOGETHER

    @property
    def today(self) -> str:
        return self._now.astimezone(self._timezone).date().isoformat()

    def fill(self, values: Mapping[str, str], counts: Mapping[str, int]) -> None:
        """Put in the values of a judgement."""
        rules = self._form.rules
        for repeat, count in counts.items():
            self.nodes[rules.references[repeat]] = ("",) * count
        for rule in rules.in_document:
            count = counts.get(rule.repeat, 0) if rule.repeat else 1
            self.nodes[rule.path] = [values.get(name, "") for name in rule.names[:count]]

    def value(self, expression: Expression, rule: Rule, place: int = 0) -> Value:
        """The value at the node of a rule, in its instance ``place``, counted from 0.

        Raises
        ------
        ExpressionError
            It cannot be computed, or all expressions together have taken too long.
        """
        return self._evaluate(expression, self.nodes, rule.path, rule.repeat_path, place)

    def holds(self, expression: Expression, rule: Rule, place: int = 0) -> bool:
        """Whether it is true; what cannot be computed is not."""
        try:
            return as_boolean(self.value(expression, rule, place))
        except ExpressionError:
            return False

    def text(self, expression: Expression, rule: Rule, place: int = 0) -> str:
        """The text of a calculation; empty where it has no value, as form engines store it."""
        try:
            value = self.value(expression, rule, place)
        except ExpressionError:
            return ""
        if (isinstance(value, float) and math.isnan(value)) or (
            isinstance(value, Moment) and not value.is_valid
        ):
            return ""
        return as_string(value, self._timezone)

    def number(self, expression: Expression, rule: Rule, place: int = 0) -> float:
        """The number; NaN where there is none."""
        try:
            return as_number(self.value(expression, rule, place), self._timezone)
        except ExpressionError:
            return math.nan

    def offered(self, rule: Rule, place: int, codes: Iterable[str]) -> tuple[str, ...]:
        """Those of the codes that the rule's choice filter lets through."""
        wanted = rule.choice_filter
        if wanted is None:
            return tuple(codes)
        known: dict[tuple[str, ...], bool] = {}
        offered = []
        for code in codes:
            key = wanted.keys[code]
            if key not in known:
                known[key] = self._passes(rule, place, key)
            if known[key]:
                offered.append(code)
        return tuple(offered)

    def _passes(self, rule: Rule, place: int, key: tuple[str, ...]) -> bool:
        wanted = rule.choice_filter
        assert wanted is not None
        nodes = ChainMap(wanted.nodes(key), self.nodes)
        try:
            value = self._evaluate(wanted.expression, nodes, CHOICE_PATH, rule.repeat_path, place)
        except ExpressionError:
            return False
        return as_boolean(value)

    def _evaluate(
        self,
        expression: Expression,
        nodes: Mapping[str, Sequence[str]],
        path: str,
        repeat: str,
        place: int,
    ) -> Value:
        allowed = min(MAX_WORK, self._work)
        allowance = Allowance(allowed)
        context = Context(
            nodes,
            path,
            self._references,
            self._timezone,
            self._now,
            repeat,
            place,
            self._seed,
            self._choice_name,
            allowance=allowance,
        )
        try:
            return evaluate(expression, context)
        finally:
            self._work -= allowed - max(allowance.left, 0)

    def _choice_name(self, name: str, code: str) -> str:
        """The label of a choice, in the first language of the form."""
        question = self._form.question(name)
        languages = self._form.languages
        language = languages[0].code if languages else "zh"
        for choice in question.choices if question is not None else ():
            if choice.code == code:
                return choice.label.get(language) or choice.label.get("zh", "")
        return code
