"""Expressions as lists that the page's script can compute: for showing, never for judging."""

import math
import re
from collections.abc import Iterable, Mapping

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
    named_question,
    walk,
)

Encoded = str | float | list["Encoded"]

# Parts of the script that most forms do without, by the functions that they hold.
PARTS: Mapping[str, frozenset[str]] = {
    "text": frozenset(
        {"normalize-space", "substring-before", "substring-after", "translate", "base64-decode"}
    ),
    "dates": frozenset(
        {"date", "date-time", "today", "now", "format-date", "format-date-time"}
        | {"decimal-date-time", "decimal-time"}
    ),
    "chance": frozenset({"random", "uuid", "randomize"}),
    "geometry": frozenset({"distance", "area", "geofence"}),
    "regex": frozenset({"regex"}),
    "digest": frozenset({"digest"}),
}
_PART = re.compile(r"^ *// part (\w+)\n(.*?)^ *// end\n", re.DOTALL | re.MULTILINE)
_COMMENT_OR_INDENT = re.compile(r"^ *(?://.*)?\n?| +// .*$", re.MULTILINE)


def encode(expression: Expression) -> Encoded:
    """The tree for ``engine.evaluate`` in static/engine.js: JSON, the same value as here.

    A text or number stands for itself, everything else is a list that begins with a name::

        ["$", "age"]                ${age}
        ["/", "../age"]             a path as written; "." and absolute ones alike
        ["[", path, test, ...]      a path with predicates
        ["", 1, "+", 2, "-", 3]     operators of one rank, from left to right
        ["and", a, b, c]            likewise "or" and "|"
        ["-", a]                    minus
        ["selected", a, "1"]        a function; the question of jr:choice-name() by its name
    """
    match expression:
        case Number(value) if math.isinf(value):
            return ["number", "Infinity"]
        case Number(value):
            return int(value) if value.is_integer() and value < 2**53 else value
        case Literal(value):
            return value
        case Reference(name):
            return ["$", name]
        case Path(absolute, steps):
            return ["/", "/" * absolute + "/".join(steps)]
        case Filter(base, predicates):
            return ["[", *map(encode, (base, *predicates))]
        case Negation(operand):
            return ["-", encode(operand)]
        case Chain(first, rest):
            return _encoded_chain(first, rest)
        case Call("jr:choice-name", (code, Literal(text))):
            return ["jr:choice-name", encode(code), named_question(text)]
        case Call(name, arguments):
            return [name, *map(encode, arguments)]


def _encoded_chain(first: Expression, rest: tuple[tuple[str, Expression], ...]) -> Encoded:
    operator = rest[0][0]
    if operator in ("and", "or", "|"):
        return [operator, encode(first), *(encode(operand) for _, operand in rest)]
    chain: list[Encoded] = ["", encode(first)]
    for sign, operand in rest:
        chain += [sign, encode(operand)]
    return chain


def parts_of(expressions: Iterable[Expression]) -> frozenset[str]:
    """The parts of the script that are needed to compute these."""
    called = {part.name for tree in expressions for part in walk(tree) if isinstance(part, Call)}
    return frozenset(name for name, functions in PARTS.items() if functions & called)


def lean_script(source: str, parts: frozenset[str]) -> str:
    """The script's source with these parts and without comments and indents."""
    kept = _PART.sub(lambda part: part[2] if part[1] in parts else "", source)
    return _COMMENT_OR_INDENT.sub("", kept)
