"""What a questionnaire is made of: questions, choices, groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Language code to text; a label that exists has both "zh" and "en" (each from the other where the
# form has but one), further languages only where the form has them; an absent label is empty.
Label = Mapping[str, str]

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ku", "ps", "ug", "ur"})


class Kind(StrEnum):
    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    RANK = "rank"
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    RANGE = "range"
    DATE = "date"
    TIME = "time"
    ACKNOWLEDGE = "acknowledge"
    GEOPOINT = "geopoint"
    IMAGE = "image"
    NOTE = "note"
    CALCULATE = "calculate"
    HIDDEN = "hidden"
    START = "start"
    END = "end"
    TODAY = "today"

    @property
    def is_answered(self) -> bool:
        """Whether the respondent answers it (not the server, not a calculation)."""
        return self not in _NOT_ANSWERED

    @property
    def is_shown(self) -> bool:
        """Whether it stands on the page: what is answered, and notes."""
        return self.is_answered or self is Kind.NOTE

    @property
    def has_choices(self) -> bool:
        return self in _WITH_CHOICES


_NOT_ANSWERED = frozenset(
    {Kind.NOTE, Kind.CALCULATE, Kind.HIDDEN, Kind.START, Kind.END, Kind.TODAY}
)
_WITH_CHOICES = frozenset({Kind.SELECT_ONE, Kind.SELECT_MULTIPLE, Kind.RANK})


@dataclass(frozen=True, slots=True)
class Language:
    """A language of a form: its code (``zh``), its name as the form has it (``中文 (zh)``)."""

    code: str
    name: str

    @property
    def is_right_to_left(self) -> bool:
        return self.code in _RIGHT_TO_LEFT


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a list; ``attributes`` are its further columns, for choice filters."""

    code: str
    label: Label
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers of a ``range`` question, as texts: first, last and the step between them."""

    start: str
    end: str
    step: str


@dataclass(frozen=True, slots=True)
class Question:
    """One named row of the survey sheet that is no group.

    Attributes
    ----------
    required, relevant, constraint, calculation, choice_filter : str or None
        Expressions; ``required`` is ``true()`` for a plain yes. None: there is none.
    default : str or None
        The answer that stands there at first; a constant.
    default_expression : str or None
        The same, computed when the interview begins.
    list_name : str
        Name of the list in the choices sheet; empty without choices.
    randomize : bool
        Whether the choices are shown in random order.
    seed : str or None
        Expression of the seed of that order; None: the seed of the response.
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
    default_expression: str | None = None
    list_name: str = ""
    choice_filter: str | None = None
    randomize: bool = False
    seed: str | None = None
    scale: Scale | None = None
    read_only: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(choice.code for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Group:
    """Questions under one heading; its ``relevant`` holds for all of them.

    Attributes
    ----------
    repeats : bool
        Whether it is asked several times (once for each child, for instance).
    count : str or None
        Expression of how often; None: as often as the respondent adds one.
    """

    name: str
    label: Label = field(default_factory=dict)
    relevant: str | None = None
    children: "tuple[Item, ...]" = ()
    row: int = 0
    repeats: bool = False
    count: str | None = None
    appearance: str = ""


Item = Question | Group


def walk(items: tuple[Item, ...]) -> Iterator[Question]:
    """The questions of these items, in document order."""
    for item in items:
        if isinstance(item, Question):
            yield item
        else:
            yield from walk(item.children)


def instance_name(name: str, instance: int) -> str:
    """Under which name the answer of a repeated question is sent and stored: ``age[2]``."""
    return f"{name}[{instance}]"
