"""Functions on choices and on nodes: what was selected, how many boxes, in which order."""

import math

from survey.instrument.expressions.context import Context
from survey.instrument.expressions.errors import FunctionError
from survey.instrument.expressions.functions.numbers import added
from survey.instrument.expressions.functions.registry import Function, nodes_of
from survey.instrument.expressions.tree import named_question
from survey.instrument.expressions.values import SPACE, Node, NodeSet, Value, as_boolean, each

_MODULUS, _MULTIPLIER = 2_147_483_647, 16_807


def _selected(context: Context, args: list[Value]) -> bool:
    return context.string(args[1]).strip(SPACE) in context.string(args[0]).split(" ")


def _selected_at(context: Context, args: list[Value]) -> str:
    codes = context.string(args[0]).split(" ")
    place = context.integer(args[1])
    return codes[int(place)] if 0 <= place < len(codes) else ""


def _count_selected(context: Context, args: list[Value]) -> float:
    return float(sum(code != "" for code in context.string(args[0]).split(" ")))


def _ticks(value: Value) -> list[bool]:
    """Whether each box is ticked; a node is when its text is not blank."""
    if isinstance(value, NodeSet):
        return [node.text.strip(SPACE) != "" for node in value]
    return [as_boolean(value)]


def _checklist(context: Context, args: list[Value]) -> bool:
    ticked = float(sum(sum(_ticks(value)) for value in args[2:]))
    return _within(ticked, context.number(args[0]), context.number(args[1]))


def _weighted_checklist(context: Context, args: list[Value]) -> bool:
    ticks: list[bool] = []
    weights: list[float] = []
    for value, weight in zip(args[2::2], args[3::2], strict=False):
        ticks += _ticks(value)
        weights += [context.number(part) for part in each(weight)]
    total = added(
        weight
        for tick, weight in zip(ticks, weights, strict=False)
        if tick and not math.isnan(weight)
    )
    return _within(total, context.number(args[0]), context.number(args[1]))


def _within(total: float, least: float, most: float) -> bool:
    """A negative bound is no bound."""
    return (least < 0 or total >= least) and (most < 0 or total <= most)


def _randomize(context: Context, args: list[Value]) -> NodeSet:
    """Fisher-Yates, inside out, with the Park-Miller generator: the seed settles the order."""
    seed = context.number(args[1]) if len(args) > 1 else float(context.seed)
    if not math.isfinite(seed) or not seed.is_integer():
        raise FunctionError("randomize() 的种子应为整数", "the seed of randomize() is no integer")
    state = int(math.fmod(seed, _MODULUS))
    if state <= 0:
        state += _MODULUS - 1
    order: list[Node] = []
    for node in nodes_of(args[0], "randomize"):
        state = state * _MULTIPLIER % _MODULUS
        place = int((state - 1) / (_MODULUS - 1) * (len(order) + 1))
        order.append(node)
        order[place], order[-1] = node, order[place]
    return NodeSet(tuple(order))


def _position(context: Context, args: list[Value]) -> float:
    """The place of a node among those of its path; in a predicate, of the node asked of."""
    if not args:
        return float(context.position)
    nodes = nodes_of(args[0], "position").nodes
    return float(nodes[0].index + 1) if nodes else math.nan


def _choice_name(context: Context, args: list[Value]) -> str:
    code = context.string(args[0])
    return context.choice_name(named_question(context.string(args[1])), code) if code else ""


def _check_choice_name(literals: tuple[str | None, ...]) -> None:
    if literals[1] is None:
        raise FunctionError(
            "jr:choice-name() 的第二个参数应为引号中的题目名",
            "the second argument of jr:choice-name() must be a question's name in quotation marks",
        )


def _of_instance(_context: object, _args: object) -> NodeSet:
    raise AssertionError("indexed-repeat() is computed by the evaluator, which sees the paths")


SELECTION = {
    "selected": Function(2, 2, _selected),
    "selected-at": Function(2, 2, _selected_at),
    "count-selected": Function(1, 1, _count_selected),
    "checklist": Function(2, None, _checklist),
    "weighted-checklist": Function(2, None, _weighted_checklist),
    "randomize": Function(1, 2, _randomize, of_nodes=1),
    "current": Function(0, 0, lambda c, _a: c.own()),
    "position": Function(0, 1, _position, of_nodes=1),
    "last": Function(0, 0, lambda c, _a: float(c.size)),
    "indexed-repeat": Function(3, 3, _of_instance, of_nodes=2),
    "jr:choice-name": Function(2, 2, _choice_name, _check_choice_name),
}
