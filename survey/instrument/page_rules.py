"""Relevance as a list that the page's script can compute: for showing, never for judging."""

from collections.abc import Mapping

from survey.instrument.expressions.tree import (
    Call,
    Chain,
    Expression,
    Literal,
    Number,
    Reference,
)

# What the script knows; a rule with anything else stays out of the page, and its question visible.
_OPERATORS = frozenset({"=", "!=", "<", "<=", ">", ">=", "and", "or"})
_FUNCTIONS = frozenset({"not", "selected", "count-selected", "true", "false"})
_LOGIC = frozenset({"and", "or"})

PageRule = list[object]


def page_rule(expression: Expression, known: Mapping[str, str]) -> PageRule | None:
    """The expression as nested lists, or None when the script could not compute it.

    Parameters
    ----------
    known
        Values that the page does not hold (calculations, what the server fills).
    """
    match expression:
        case Number(value) | Literal(value):
            return ["lit", value]
        case Reference(name):
            return ["lit", known[name]] if name in known else ["ref", name]
        case Call(name, arguments) if name in _FUNCTIONS:
            return _with_parts(name, arguments, known)
        case Chain(first, rest):
            return _chain(first, rest, known)
        case _:
            return None


def _chain(
    first: Expression, rest: tuple[tuple[str, Expression], ...], known: Mapping[str, str]
) -> PageRule | None:
    operators = {operator for operator, _ in rest}
    if len(operators) != 1 or not operators <= _OPERATORS:
        return None
    operator = operators.pop()
    if len(rest) > 1 and operator not in _LOGIC:
        return None
    return _with_parts(operator, (first, *(operand for _, operand in rest)), known)


def _with_parts(
    name: str, parts: tuple[Expression, ...], known: Mapping[str, str]
) -> PageRule | None:
    rules = [page_rule(part, known) for part in parts]
    return None if None in rules else [name, *rules]
