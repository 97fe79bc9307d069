"""The parsed form of an expression: frozen, comparable, without behaviour."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    position: int


@dataclass(frozen=True, slots=True)
class Literal:
    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Reference:
    """``${name}``: the node of the question with this name, wherever it stands."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Path:
    """A location path; each step is a name, ``*``, ``.`` or ``..``."""

    absolute: bool
    steps: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Nodes that meet every predicate, one after the other."""

    base: "Expression"
    predicates: tuple["Expression", ...]
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["Expression", ...]
    position: int


@dataclass(frozen=True, slots=True)
class Negation:
    operand: "Expression"
    position: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one rank, from left to right: ``a - b + c``.

    A chain is one flat node, so that a hundred terms joined by ``or`` are not a
    hundred levels deep.
    """

    first: "Expression"
    rest: tuple[tuple[str, "Expression"], ...]
    position: int


Expression = Number | Literal | Reference | Path | Filter | Call | Negation | Chain


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and every part of it, from the outside in."""
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        yield part
        match part:
            case Filter(base, predicates):
                waiting += [*predicates, base]
            case Call(_, arguments):
                waiting += arguments
            case Negation(operand):
                waiting.append(operand)
            case Chain(first, rest):
                waiting += [*(operand for _, operand in rest), first]
            case _:
                pass


def references(expression: Expression) -> frozenset[str]:
    """The names used as ``${name}``, and those whose choice labels are asked for."""
    names = set()
    for part in walk(expression):
        match part:
            case Reference(name):
                names.add(name)
            case Call("jr:choice-name", (_, Literal(text))):
                names.add(named_question(text))
            case _:
                pass
    return frozenset(names)


def named_question(text: str) -> str:
    """The question that authors name as ``q``, ``${q}`` or by its path, in quotation marks."""
    return text.strip().removeprefix("${").removesuffix("}").strip().rpartition("/")[2]
