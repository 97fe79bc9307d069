"""Kinds of questions and their rules in plain words, in both languages."""

from collections.abc import Mapping

from survey.designer.uses import Words
from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.parser import parse
from survey.instrument.expressions.tree import (
    Call,
    Chain,
    Expression,
    Literal,
    Number,
    Path,
    Reference,
)
from survey.instrument.items import Kind
from survey.instrument.questions import Form

KINDS: Mapping[Kind, Words] = {
    Kind.SELECT_ONE: ("单选", "one choice"),
    Kind.SELECT_MULTIPLE: ("多选", "several choices"),
    Kind.RANK: ("排序", "ranking"),
    Kind.TEXT: ("文字", "text"),
    Kind.INTEGER: ("整数", "whole number"),
    Kind.DECIMAL: ("数字", "number"),
    Kind.RANGE: ("量表", "range"),
    Kind.DATE: ("日期", "date"),
    Kind.TIME: ("时间", "time"),
    Kind.ACKNOWLEDGE: ("确认", "acknowledgement"),
    Kind.GEOPOINT: ("位置", "position"),
    Kind.IMAGE: ("照片", "photograph"),
    Kind.NOTE: ("说明", "note"),
    Kind.CALCULATE: ("计算", "calculation"),
    Kind.HIDDEN: ("系统填写", "filled by the server"),
    Kind.START: ("开始时间", "time of the start"),
    Kind.END: ("结束时间", "time of the end"),
    Kind.TODAY: ("当天日期", "day of the interview"),
}
_COMPARED: Mapping[str, Words] = {
    "=": ("是", "is"),
    "!=": ("不是", "is not"),
    "<": ("<", "<"),
    "<=": ("≤", "≤"),
    ">": (">", ">"),
    ">=": ("≥", "≥"),
}
_JOINED: Mapping[str, Words] = {"and": (" 且 ", " and "), "or": (" 或 ", " or ")}


class _NoWords(Exception):
    """An expression that is clearer as it stands."""


def in_words(text: str, form: Form, itself: str = "") -> Words | None:
    """An expression as a person says it; None where it is clearer as it stands.

    ``itself`` is the question whose rule it is: what the expression calls ``.``.
    """
    try:
        whole = parse(text)
        return _Speaker(form, itself, 0).say(whole), _Speaker(form, itself, 1).say(whole)
    except (ExpressionError, _NoWords):
        return None


class _Speaker:
    """Says the parts of one expression in one language."""

    def __init__(self, form: Form, itself: str, language: int) -> None:
        self._form, self._itself, self._language = form, itself, language

    def say(self, part: Expression) -> str:
        match part:
            case Number(value):
                return f"{value:g}"
            case Literal(value):
                return self._one_of(("空", "empty")) if value == "" else f"“{value}”"
            case Reference(name):
                return name
            case Path(absolute=False, steps=(".",)):
                return self._one_of(("答案", "the answer"))
            case Chain(first, rest):
                return self._chain(first, rest)
            case Call(name, arguments):
                return self._call(name, arguments)
            case _:
                raise _NoWords

    def _one_of(self, words: Words) -> str:
        return words[self._language]

    def _chain(self, first: Expression, rest: tuple[tuple[str, Expression], ...]) -> str:
        operators = {operator for operator, _ in rest}
        if len(operators) != 1:
            raise _NoWords
        operator = operators.pop()
        parts = [first, *(operand for _, operand in rest)]
        if operator in _JOINED:
            joined = self._one_of(_JOINED[operator])
            return joined.join(self._bracketed(one, operator) for one in parts)
        if operator not in _COMPARED or len(parts) != 2:
            raise _NoWords
        left, right = parts
        return self._sentence(self.say(left), _COMPARED[operator], self._value(left, right))

    def _sentence(self, subject: str, verb: Words, thing: str) -> str:
        said = self._one_of(verb)
        # Chinese sets no space before its quotation marks.
        is_quoted = self._language == 0 and thing.startswith("“")
        return f"{subject} {said}{thing}" if is_quoted else f"{subject} {said} {thing}"

    def _bracketed(self, part: Expression, within: str) -> str:
        said = self.say(part)
        inner = part.rest[0][0] if isinstance(part, Chain) else within
        return f"({said})" if inner in _JOINED and inner != within else said

    def _call(self, name: str, arguments: tuple[Expression, ...]) -> str:
        match name, arguments:
            case "selected", (asked, code):
                return self._sentence(self.say(asked), ("选了", "has"), self._value(asked, code))
            case "not", (inner,):
                return self._one_of(("并非({})", "not ({})")).format(self.say(inner))
            case "count-selected", (asked,):
                words = ("{}选中的个数", "the number of choices of {}")
                return self._one_of(words).format(self.say(asked))
            case "string-length", (asked,):
                words = ("{}的字数", "the length of {}")
                return self._one_of(words).format(self.say(asked))
            case "true", ():
                return self._one_of(("总是", "always"))
            case "false", ():
                return self._one_of(("从不", "never"))
            case _:
                raise _NoWords

    def _value(self, asked: Expression, value: Expression) -> str:
        """A code by its label where the other side is a question with choices."""
        match asked:
            case Reference(name):
                question = self._form.question(name)
            case Path(absolute=False, steps=(".",)):
                question = self._form.question(self._itself)
            case _:
                question = None
        code = self.say(value).strip("“”")
        for choice in question.choices if question else ():
            if choice.code == code:
                label = choice.label.get(("zh", "en")[self._language], "")
                return f"“{label or code}”"
        return self.say(value)
