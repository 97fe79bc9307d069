"""The values of expressions and how one type becomes another."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from survey.instrument.expressions.moments import Moment, days_of_text, is_date_text


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its path, its place among the nodes of that path, and its text."""

    path: str
    index: int
    text: str


@dataclass(frozen=True, slots=True)
class NodeSet:
    """Nodes in order; where one value is needed the first one counts."""

    nodes: tuple[Node, ...]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)


Value = float | str | bool | Moment | NodeSet

# White space as JavaScript and its regular expressions have it.
SPACE = (
    " \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BASES = {"0x": 16, "0o": 8, "0b": 2}
_WITH_BASE = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
_INFINITE = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
# Fixed notation from 1e-6 up to, not including, 1e21: exponents of the first digit.
_FIXED_FROM, _FIXED_BELOW = -7, 21


def as_boolean(value: Value) -> bool:
    """True for a non-empty text, an existing node, a number that is neither 0 nor NaN."""
    match value:
        case bool():
            return value
        case float():
            return value != 0 and not math.isnan(value)
        case str():
            return value != ""
        case Moment():
            return value.is_valid
        case NodeSet():
            return len(value) > 0


def as_number(value: Value, zone: ZoneInfo) -> float:
    """A number; NaN for what is none. A text in date form gives days since 1970-01-01T00:00Z."""
    match value:
        case bool():
            return float(value)
        case float():
            return value
        case str():
            return _text_to_number(value, zone)
        case Moment():
            return value.days
        case NodeSet():
            return _text_to_number(value.nodes[0].text, zone) if value.nodes else math.nan


def as_string(value: Value, zone: ZoneInfo) -> str:
    """The text of the value; a number in the shortest form that reads back the same."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return _number_to_text(value)
        case str():
            return value
        case Moment():
            return value.text(zone)
        case NodeSet():
            return value.nodes[0].text if value.nodes else ""


def each(value: Value) -> list[Value]:
    """The text of every node of a node-set; anything else as a list of one."""
    return [node.text for node in value] if isinstance(value, NodeSet) else [value]


def _text_to_number(text: str, zone: ZoneInfo) -> float:
    text = text.strip(SPACE)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if is_date_text(text):
        return days_of_text(text, zone)
    if _WITH_BASE.fullmatch(text):
        return _whole(text)
    return _INFINITE.get(text, math.nan)


def _whole(text: str) -> float:
    try:
        return float(int(text[2:], _BASES[text[:2].lower()]))
    except OverflowError:
        return math.inf


def _number_to_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    figures = "".join(map(str, digits))
    first = len(figures) - 1 + int(exponent)
    minus = "-" if sign else ""
    if not _FIXED_FROM < first < _FIXED_BELOW:
        mantissa = figures[0] + ("." + figures[1:] if len(figures) > 1 else "")
        return f"{minus}{mantissa}e{first:+d}"
    if first < 0:
        return f"{minus}0.{'0' * (-first - 1)}{figures}"
    whole = figures[: first + 1].ljust(first + 1, "0")
    fraction = figures[first + 1 :]
    return f"{minus}{whole}.{fraction}" if fraction else minus + whole
