"""Functions on numbers: arithmetic as IEEE 754 has it, without exceptions."""

import math
from collections.abc import Callable, Iterable

from survey.instrument.expressions.context import Context
from survey.instrument.expressions.functions.registry import Function, Run, nodes_of
from survey.instrument.expressions.values import Value, each


def _number(context: Context, args: list[Value]) -> float:
    return context.number(args[0] if args else context.current())


def _random(context: Context, _args: list[Value]) -> float:
    """A number from 0 up to, not including, 1: 52 random bits."""
    return (context.draw() * 2**20 + (context.draw() >> 12)) / 2**52


def _of_one(compute: Callable[[float], float], at_pole: float = math.nan) -> Run:
    """A function of one number; outside its range NaN, at its pole ``at_pole``."""

    def run(context: Context, args: list[Value]) -> float:
        number = context.number(args[0])
        try:
            return float(compute(number))
        except ValueError:
            return at_pole if number == 0 else math.nan
        except OverflowError:
            return math.inf

    return run


def _whole(compute: Callable[[float], int]) -> Run:
    """Rounding to a whole number; NaN, the infinities and the sign of zero stay."""

    def run(context: Context, args: list[Value]) -> float:
        number = context.number(args[0])
        return math.copysign(compute(number), number) if math.isfinite(number) else number

    return run


def _round(context: Context, args: list[Value]) -> float:
    number = context.number(args[0])
    digits = context.integer(args[1]) if len(args) > 1 else 0.0
    scale = power(10.0, abs(digits))
    if digits > 0:
        return half_away(number * scale) / scale
    return scale * half_away(number / scale)


def half_away(number: float) -> float:
    """The nearest whole number, halves away from zero."""
    if not math.isfinite(number):
        return number
    size = abs(number)
    whole = float(math.floor(size))
    if size - whole >= 0.5:
        whole += 1
    return math.copysign(whole, number)


def power(base: float, exponent: float) -> float:
    """``base`` to the ``exponent``; 1 to an infinite or unknown power is NaN."""
    if math.isnan(exponent) or (abs(base) == 1 and math.isinf(exponent)):
        return math.nan
    is_odd = math.isfinite(exponent) and math.fmod(exponent, 2) in (1.0, -1.0)
    sign = math.copysign(1.0, base) if is_odd else 1.0
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return sign * math.inf
    except ValueError:  # a zero to a negative power, or a root of a negative number
        return sign * math.inf if base == 0 else math.nan


def _atan2(context: Context, args: list[Value]) -> float:
    other = context.number(args[1]) if len(args) > 1 else math.nan
    return math.atan2(context.number(args[0]), other)


def _numbers(context: Context, args: list[Value]) -> list[float]:
    return [context.number(part) for value in args for part in each(value)]


def _extreme(choose: Callable[[list[float]], float]) -> Run:
    """The least or greatest number; NaN if there is none or one is not a number."""

    def run(context: Context, args: list[Value]) -> float:
        numbers = _numbers(context, args)
        if not numbers or any(map(math.isnan, numbers)):
            return math.nan
        return choose(numbers)

    return run


def _sum(context: Context, args: list[Value]) -> float:
    return added(context.number(node.text) for node in nodes_of(args[0], "sum"))


def added(numbers: Iterable[float]) -> float:
    """The sum from left to right, as the page adds; the built-in sum corrects as it goes."""
    total = 0.0
    for number in numbers:
        total += number
    return total


def _count_non_empty(_context: Context, args: list[Value]) -> float:
    return float(sum(node.text != "" for node in nodes_of(args[0], "count-non-empty")))


NUMBERS = {
    "number": Function(0, 1, _number),
    "int": Function(1, 1, lambda c, a: c.integer(a[0])),
    "round": Function(1, 2, _round),
    "floor": Function(1, 1, _whole(math.floor)),
    "ceiling": Function(1, 1, _whole(math.ceil)),
    "abs": Function(1, 1, _of_one(abs)),
    "pow": Function(2, 2, lambda c, a: power(c.number(a[0]), c.number(a[1]))),
    "sqrt": Function(1, 1, _of_one(math.sqrt)),
    "exp": Function(1, 1, _of_one(math.exp)),
    "exp10": Function(1, 1, lambda c, a: power(10.0, c.number(a[0]))),
    "log": Function(1, 1, _of_one(math.log, at_pole=-math.inf)),
    "log10": Function(1, 1, _of_one(math.log10, at_pole=-math.inf)),
    "random": Function(0, 0, _random),
    "pi": Function(0, 0, lambda _c, _a: math.pi),
    "sin": Function(1, 1, _of_one(math.sin)),
    "cos": Function(1, 1, _of_one(math.cos)),
    "tan": Function(1, 1, _of_one(math.tan)),
    "asin": Function(1, 1, _of_one(math.asin)),
    "acos": Function(1, 1, _of_one(math.acos)),
    "atan": Function(1, 1, _of_one(math.atan)),
    "atan2": Function(1, 2, _atan2),
    "min": Function(0, None, _extreme(min)),
    "max": Function(0, None, _extreme(max)),
    "sum": Function(1, 1, _sum, of_nodes=1),
    "count": Function(1, 1, lambda _c, a: float(len(nodes_of(a[0], "count"))), of_nodes=1),
    "count-non-empty": Function(1, 1, _count_non_empty, of_nodes=1),
}
