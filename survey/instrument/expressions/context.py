"""What an expression can see: the nodes of the form, the clock, the time zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from survey.instrument.expressions.errors import FunctionError
from survey.instrument.expressions.values import (
    Node,
    NodeSet,
    Value,
    as_integer,
    as_number,
    as_string,
)

# Some 25 ms of work; an honest expression needs a few hundred.
MAX_WORK = 100_000


@dataclass(slots=True)
class Allowance:
    """How much work an evaluation may still do, in units of about a quarter microsecond."""

    left: int = MAX_WORK

    def spend(self, work: int) -> None:
        """Take the work off.

        Raises
        ------
        FunctionError
            Nothing is left: the expression was written to take long, or the text was.
        """
        self.left -= work
        if self.left < 0:
            raise FunctionError("计算太费时", "this takes too long to compute")


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one evaluation.

    Attributes
    ----------
    nodes : mapping
        Path (``/data/group/name``) to the texts of its nodes, in document order.
    this : str or None
        Path of the node that ``.`` stands for.
    references : mapping
        Name of a question to its path, for ``${name}``.
    timezone, now : ZoneInfo, aware datetime
        For dates without offset, ``today()`` and ``now()``.
    node, position, size : Node, int, int
        Inside a predicate: the node it is asked of, its place from 1, and of how many.
    allowance : Allowance
        Shared by all parts of one expression; each evaluation needs a new one.
    """

    nodes: Mapping[str, Sequence[str]]
    this: str | None
    references: Mapping[str, str] = field(default_factory=dict)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    now: datetime = field(default_factory=lambda: datetime.now(ZoneInfo("UTC")))
    node: Node | None = None
    position: int = 1
    size: int = 1
    allowance: Allowance = field(default_factory=Allowance)

    def at(self, path: str) -> NodeSet:
        """The nodes of a path; none if it does not exist."""
        texts = self.nodes.get(path, ())
        if len(texts) == 1:
            return NodeSet((Node(path, 0, texts[0]),))
        return NodeSet(tuple(Node(path, index, text) for index, text in enumerate(texts)))

    def current(self) -> NodeSet:
        """The node that ``.`` stands for."""
        if self.node is not None:
            return NodeSet((self.node,))
        return NodeSet(()) if self.this is None else self.at(self.this)

    def string(self, value: Value) -> str:
        return as_string(value, self.timezone)

    def number(self, value: Value) -> float:
        return as_number(value, self.timezone)

    def integer(self, value: Value) -> float:
        return as_integer(value, self.timezone)
