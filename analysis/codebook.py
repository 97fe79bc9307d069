"""What the statistics must know of a questionnaire: its questions, kinds and codes."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class VariableKind(StrEnum):
    ONE = "one"
    MULTIPLE = "multiple"
    NUMBER = "number"
    TEXT = "text"
    CALCULATION = "calculation"


@dataclass(frozen=True, slots=True)
class Variable:
    """One named row of the questionnaire.

    Attributes
    ----------
    codes : frozenset of str
        The answer codes; empty where any text passes.
    """

    name: str
    kind: VariableKind
    codes: frozenset[str] = frozenset()


class Codebook:
    """Variables by name, in the order of the questionnaire, and the names of its groups."""

    def __init__(self, variables: Iterable[Variable], groups: Iterable[str] = ()) -> None:
        self._by_name = {variable.name: variable for variable in variables}
        self.groups = frozenset(groups)

    def get(self, name: str) -> Variable | None:
        return self._by_name.get(name)

    def variables(self) -> tuple[Variable, ...]:
        return tuple(self._by_name.values())
