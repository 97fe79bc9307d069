"""Choice filters: which choices of a list are offered, given the answers so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from survey.instrument.expressions.parser import parse
from survey.instrument.expressions.tree import Call, Expression, Path, walk
from survey.instrument.items import Choice, Question

# The node at which a filter is asked: no question can have a blank in its path.
CHOICE_PATH = "/ choice"
NAME = "name"


@dataclass(frozen=True, slots=True)
class ChoiceFilter:
    """A filter and the columns of the choices sheet that it reads.

    Attributes
    ----------
    keys : mapping
        Code of each choice to its values in these columns: choices alike in them
        are offered together, so each combination is asked for once.
    """

    expression: Expression
    columns: tuple[str, ...]
    keys: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, question: Question) -> "ChoiceFilter | None":
        """The parsed filter of a question; None if it has none."""
        if question.choice_filter is None:
            return None
        expression = parse(question.choice_filter)
        columns = tuple(sorted(columns_of(expression)))
        keys = {one.code: tuple(_value(one, name) for name in columns) for one in question.choices}
        return cls(expression, columns, keys)

    def nodes(self, key: tuple[str, ...]) -> dict[str, Sequence[str]]:
        """The columns as nodes beside which the filter stands."""
        return {
            f"{CHOICE_PATH}/{name}": (text,) for name, text in zip(self.columns, key, strict=True)
        }


def columns_of(expression: Expression) -> frozenset[str]:
    """The columns of the choices sheet that a filter reads: paths of one name."""
    return frozenset(
        part.steps[0]
        for part in walk(expression)
        if isinstance(part, Path) and not part.absolute and len(part.steps) == 1
    )


def unreadable_in_filter(expression: Expression) -> list[Path | Call]:
    """What a filter cannot mean here: a choice has columns, and no nodes around it."""
    return [
        part
        for part in walk(expression)
        if (
            isinstance(part, Path)
            and not part.absolute
            and (len(part.steps) > 1 or part.steps[0] in {".", "..", "*"})
        )
        or (isinstance(part, Call) and part.name in {"current", "position", "last"})
    ]


def _value(choice: Choice, column: str) -> str:
    return choice.code if column == NAME else choice.attributes.get(column, "")
