"""What an expression can see: the nodes of the form, the clock, the time zone."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from survey.instrument.expressions.errors import FunctionError
from survey.instrument.expressions.values import (
    Node,
    NodeSet,
    Value,
    as_number,
    as_string,
)

# Some 25 ms of work; an honest expression needs a few hundred.
MAX_WORK = 100_000
# Characters that a function may put together; an answer has at most 2000.
MAX_TEXT = 10_000
_WORK_OF_NODE = 4
_WORK_OF_NUMBER = 8
_WORK_OF_DRAW = 20
_32_BITS = 1 << 32


@dataclass(slots=True)
class Allowance:
    """What one evaluation has used up.

    Attributes
    ----------
    left : int
        The work that it may still do, in units of about a quarter microsecond.
    drawn : int
        How many random values it has drawn.
    """

    left: int = MAX_WORK
    drawn: int = 0

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

    def spend_on_search(self, text: str, part: str) -> None:
        """Take off what looking for a part in a text can cost at worst."""
        self.spend(len(text) * len(part) // 1024)


def _code_itself(_name: str, code: str) -> str:
    return code


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one evaluation.

    Attributes
    ----------
    nodes : mapping
        Path (``/data/group/name``) to the texts of its nodes, in document order: in a
        repeat one for each instance. The repeat itself has an empty text for each.
    this : str or None
        Path of the node that ``.`` stands for.
    references : mapping
        Name of a question or group to its path, for ``${name}``.
    timezone, now : ZoneInfo, aware datetime
        For dates without offset, ``today()`` and ``now()``.
    repeat, instance : str, int
        Path of the repeat in which the expression stands, empty outside; which instance
        of it this is, counted from 0.
    seed : int
        What ``random()``, ``uuid()`` and ``randomize()`` without a seed go by, so that the
        same answers are judged alike each time.
    choice_name : callable
        Name of a question and code of a choice to the label of that choice.
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
    repeat: str = ""
    instance: int = 0
    seed: int = 0
    choice_name: Callable[[str, str], str] = _code_itself
    node: Node | None = None
    position: int = 1
    size: int = 1
    allowance: Allowance = field(default_factory=Allowance)

    def at(self, path: str) -> NodeSet:
        """All nodes of a path; none if it does not exist. A group around this node does."""
        texts = self.nodes.get(path)
        if texts is None:
            is_around = self.this is not None and self.this.startswith(path + "/")
            return NodeSet((Node(path, 0, ""),) if is_around else ())
        if len(texts) == 1:  # nearly always, and much cheaper so
            return NodeSet((Node(path, 0, texts[0]),))
        self.allowance.spend(len(texts) * _WORK_OF_NODE)
        return NodeSet(tuple(Node(path, index, text) for index, text in enumerate(texts)))

    def near(self, path: str) -> NodeSet:
        """The nodes that a relative path means: within the repeat those of this instance."""
        texts = self.nodes.get(path)
        if not self.repeat or texts is None or not (path + "/").startswith(self.repeat + "/"):
            return self.at(path)
        if self.instance >= len(texts):
            return NodeSet(())
        return NodeSet((Node(path, self.instance, texts[self.instance]),))

    def current(self) -> NodeSet:
        """The node that ``.`` stands for."""
        if self.node is not None:
            return NodeSet((self.node,))
        return self.own()

    def own(self) -> NodeSet:
        """The node at which the expression stands, also when asked inside a predicate."""
        return NodeSet(()) if self.this is None else self.near(self.this)

    def draw(self) -> int:
        """The next 32 random bits: the same for the same seed, node and turn.

        The hash is FNV-1a (draft-eastlake-fnv), its bits spread by the finalizer of
        MurmurHash3 (A. Appleby, public domain); both fit the page's script.
        """
        turn = self.allowance.drawn
        self.allowance.drawn += 1
        self.allowance.spend(_WORK_OF_DRAW)
        bits = 0x811C9DC5
        for character in f"{self.seed} {self.this or ''} {self.instance} {turn}":
            bits = (bits ^ ord(character)) * 0x01000193 % _32_BITS
        bits = (bits ^ bits >> 16) * 0x85EBCA6B % _32_BITS
        bits = (bits ^ bits >> 13) * 0xC2B2AE35 % _32_BITS
        return bits ^ bits >> 16

    def string(self, value: Value) -> str:
        text = as_string(value, self.timezone)
        self.allowance.spend(len(text) // 16)
        return text

    def number(self, value: Value) -> float:
        if not isinstance(value, float):
            self.allowance.spend(_WORK_OF_NUMBER)
        return as_number(value, self.timezone)

    def integer(self, value: Value) -> float:
        """The number cut towards zero; NaN, the infinities and the sign of zero stay."""
        number = self.number(value)
        return math.copysign(math.trunc(number), number) if math.isfinite(number) else number


def bounded(pieces: Sequence[str], separator: str = "") -> str:
    """Join pieces.

    Raises
    ------
    FunctionError
        The text would be too long: a few calculations that double a text fill the memory.
    """
    length = sum(map(len, pieces)) + len(separator) * max(len(pieces) - 1, 0)
    if length > MAX_TEXT:
        raise FunctionError(
            f"文字超过 {MAX_TEXT} 个字符", f"the text is longer than {MAX_TEXT} characters"
        )
    return separator.join(pieces)
