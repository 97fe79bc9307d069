"""What a questionnaire is made of: questions, choices, groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Language to text; a label that exists has both "zh" and "en", an absent one is empty.
Label = Mapping[str, str]


class Kind(StrEnum):
    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    NOTE = "note"
    CALCULATE = "calculate"
    HIDDEN = "hidden"
    START = "start"
    END = "end"

    @property
    def is_answered(self) -> bool:
        """Whether the respondent answers it (not the server, not a calculation)."""
        return self not in _NOT_ANSWERED

    @property
    def is_shown(self) -> bool:
        """Whether it stands on the page: what is answered, and notes."""
        return self.is_answered or self is Kind.NOTE


_NOT_ANSWERED = frozenset({Kind.NOTE, Kind.CALCULATE, Kind.HIDDEN, Kind.START, Kind.END})


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class Question:
    """One named row of the survey sheet that is no group.

    Attributes
    ----------
    required, relevant, constraint, calculation : str or None
        Expressions; ``required`` is ``true()`` for a plain yes. None: there is none.
    default : str or None
        The answer that stands there at first; a constant.
    row : int
        Physical row of the survey sheet.
    """

    name: str
    kind: Kind
    label: Label = field(default_factory=dict)
    hint: Label = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    required: str | None = None
    required_message: Label = field(default_factory=dict)
    relevant: str | None = None
    constraint: str | None = None
    constraint_message: Label = field(default_factory=dict)
    calculation: str | None = None
    appearance: str = ""
    default: str | None = None
    row: int = 0

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(choice.code for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Group:
    """Questions under one heading; its ``relevant`` holds for all of them."""

    name: str
    label: Label = field(default_factory=dict)
    relevant: str | None = None
    children: "tuple[Item, ...]" = ()
    row: int = 0


Item = Question | Group


def walk(items: tuple[Item, ...]) -> Iterator[Question]:
    """The questions of these items, in document order."""
    for item in items:
        if isinstance(item, Question):
            yield item
        else:
            yield from walk(item.children)
