"""The value of an expression in a context."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from survey.instrument.expressions.comparison import compare
from survey.instrument.expressions.context import Context
from survey.instrument.expressions.errors import ExpressionError, FunctionError
from survey.instrument.expressions.functions import FUNCTIONS
from survey.instrument.expressions.functions.registry import nodes_of
from survey.instrument.expressions.tree import (
    Call,
    Chain,
    Expression,
    Filter,
    Literal,
    Negation,
    Number,
    Path,
    Reference,
)
from survey.instrument.expressions.values import Node, NodeSet, Value, as_boolean

_WORK_OF_STEP = 4
_WORK_OF_PREDICATE = 50
_WORK_OF_MERGED = 8
_WORK_OF_COMPARED = 4


def evaluate(expression: Expression, context: Context) -> Value:
    """Compute the value.

    Raises
    ------
    ExpressionError
        A function cannot take the values that it gets, a ``${name}`` is unknown, or the
        allowance is used up.
    """
    try:
        return _evaluate(expression, context)
    except FunctionError as error:  # one that belongs to no call
        raise ExpressionError(expression.position, error.zh, error.en) from error


def _evaluate(expression: Expression, context: Context) -> Value:
    if isinstance(expression, (Literal, Number)):
        return expression.value
    context.allowance.spend(_WORK_OF_STEP)
    return _VALUES[type(expression)](expression, context)


def resolve(path: Path, this: str | None) -> tuple[str, ...] | None:
    """The steps from the root that a path means at a node; None where it leads above the root."""
    steps = [] if path.absolute or this is None else this.strip("/").split("/")
    for step in path.steps:
        if step == "..":
            if not steps:
                return None
            steps.pop()
        elif step != ".":
            steps.append(step)
    return tuple(steps)


def matches(steps: tuple[str, ...], path: str) -> bool:
    """Whether a stored path is meant by these steps, ``*`` being any name."""
    names = path.strip("/").split("/")
    return len(names) == len(steps) and all(
        step in ("*", name) for step, name in zip(steps, names, strict=True)
    )


def _reference(reference: Reference, context: Context) -> NodeSet:
    name = reference.name
    path = context.references.get(name)
    if path is None:
        place = reference.position
        raise ExpressionError(place, f"没有题目 {name}", f"there is no question {name}")
    # The repeat itself means all of its instances: count(${child}) asked inside it, too.
    return context.at(path) if path == context.repeat else context.near(path)


def _nodes_at(path: Path, context: Context) -> NodeSet:
    if path.steps == (".",) and not path.absolute:
        return context.current()
    steps = resolve(path, context.node.path if context.node is not None else context.this)
    if steps is None:
        return NodeSet(())
    nodes_at = context.at if path.absolute else context.near
    if "*" not in steps:
        return nodes_at("/" + "/".join(steps))
    context.allowance.spend(len(context.nodes))
    return NodeSet(
        tuple(
            node for stored in context.nodes if matches(steps, stored) for node in nodes_at(stored)
        )
    )


def _chain(chain: Chain, context: Context) -> Value:
    operator = chain.rest[0][0]
    if operator in ("and", "or"):
        return _logic(chain, context, stop_at=operator == "or")
    value = _evaluate(chain.first, context)
    if operator == "|":
        return _union(value, chain, context)
    for sign, operand in chain.rest:
        right = _evaluate(operand, context)
        arithmetic = _ARITHMETIC.get(sign)
        if arithmetic is None:
            context.allowance.spend(_work_of_pairs(value, right))
            value = compare(value, sign, right, context.timezone)
        else:
            value = arithmetic(context.number(value), context.number(right))
    return value


def _work_of_pairs(left: Value, right: Value) -> int:
    lefts = len(left) if isinstance(left, NodeSet) else 1
    rights = len(right) if isinstance(right, NodeSet) else 1
    return (lefts + rights) * _WORK_OF_COMPARED + lefts * rights


def _logic(chain: Chain, context: Context, *, stop_at: bool) -> bool:
    """``or`` stops at the first true operand, ``and`` at the first false one."""
    if as_boolean(_evaluate(chain.first, context)) is stop_at:
        return stop_at
    for _, operand in chain.rest:
        if as_boolean(_evaluate(operand, context)) is stop_at:
            return stop_at
    return not stop_at


def _negation(negation: Negation, context: Context) -> float:
    return -context.number(_evaluate(negation.operand, context))


def _union(first: Value, chain: Chain, context: Context) -> NodeSet:
    """All nodes of either side, each once, in the order of the document."""
    found: dict[tuple[str, int], Node] = {}
    for value in (first, *(_evaluate(operand, context) for _, operand in chain.rest)):
        if not isinstance(value, NodeSet):
            raise ExpressionError(chain.position, "| 只能用于路径", "| needs paths to work on")
        context.allowance.spend(len(value) * _WORK_OF_MERGED)
        found.update({(node.path, node.index): node for node in value})
    order = {path: number for number, path in enumerate(context.nodes)}
    return NodeSet(
        tuple(sorted(found.values(), key=lambda node: (order.get(node.path, 0), node.index)))
    )


def _filter(expression: Filter, context: Context) -> NodeSet:
    kept = _evaluate(expression.base, context)
    if not isinstance(kept, NodeSet):
        raise ExpressionError(expression.position, "[ ] 只能用于路径", "[ ] needs a path")
    for predicate in expression.predicates:
        size = len(kept)
        context.allowance.spend(size * _WORK_OF_PREDICATE)
        kept = NodeSet(
            tuple(
                node
                for position, node in enumerate(kept, start=1)
                if _holds(predicate, node, position, size, context)
            )
        )
    return kept


def _holds(predicate: Expression, node: Node, position: int, size: int, context: Context) -> bool:
    value = _evaluate(predicate, replace(context, node=node, position=position, size=size))
    if isinstance(value, float):
        return value == position
    return as_boolean(value)


def _call(call: Call, context: Context) -> Value:
    if call.name == "if":
        condition, then, otherwise = call.arguments
        chosen = then if as_boolean(_evaluate(condition, context)) else otherwise
        return _evaluate(chosen, context)
    if call.name == "indexed-repeat":
        return _of_instance(call, context)
    arguments = [_evaluate(argument, context) for argument in call.arguments]
    try:
        return FUNCTIONS[call.name].run(context, arguments)
    except FunctionError as error:
        raise ExpressionError(call.position, error.zh, error.en) from error


def _of_instance(call: Call, context: Context) -> NodeSet:
    """``indexed-repeat(question, repeat, n)``: the question in instance n, whoever asks."""
    question, _, number = call.arguments
    nodes = nodes_of(_evaluate(question, replace(context, repeat="")), call.name)
    wanted = context.number(_evaluate(number, context))
    return NodeSet(tuple(node for node in nodes if node.index + 1 == wanted))


def _divide(left: float, right: float) -> float:
    """Division as IEEE 754 has it; Python refuses a zero."""
    if right != 0 or math.isnan(left):
        return left / right if right != 0 else math.nan
    if left == 0:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _remainder(left: float, right: float) -> float:
    """The remainder with the sign of the dividend; NaN where there is none."""
    if right == 0 or math.isinf(left):
        return math.nan
    return math.fmod(left, right)


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "div": _divide,
    "mod": _remainder,
}

_VALUES: dict[type[Expression], Callable[[Any, Context], Value]] = {
    Reference: _reference,
    Path: _nodes_at,
    Chain: _chain,
    Call: _call,
    Negation: _negation,
    Filter: _filter,
}
