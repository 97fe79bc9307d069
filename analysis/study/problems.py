"""What is wrong with a study folder: one line a fault, all faults together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault and its place.

    Attributes
    ----------
    file : str
        Path inside the study folder; ``questionnaire.xlsx:survey`` for a sheet.
    row : int or None
        Physical line of the file, the header being 1; None where there is none.
    column : str
        Column, or the dotted key in study.toml; empty where there is none.
    found, expected_zh, expected_en : str
        What stands there and what was expected, in both languages.
    """

    file: str
    row: int | None
    column: str
    found: str
    expected_zh: str
    expected_en: str

    def line(self, chinese: bool) -> str:
        """Tab-separated ``file row column found expected``."""
        expected = self.expected_zh if chinese else self.expected_en
        row = "-" if self.row is None else str(self.row)
        return "\t".join(map(_one_line, (self.file, row, self.column or "-", self.found, expected)))


class StudyRefused(Exception):
    """The study cannot be read or computed; ``problems`` says why, all at once.

    ``warnings`` are what would have been warned of besides.
    """

    def __init__(self, problems: Iterable[Problem], warnings: Iterable[Problem] = ()) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        self.warnings = tuple(dict.fromkeys(warnings))
        super().__init__("; ".join(problem.line(chinese=False) for problem in self.problems))


def speaks_chinese(environment: Mapping[str, str]) -> bool:
    """Whether messages are Chinese: LC_ALL or LANG begins with zh."""
    return any(environment.get(name, "").lower().startswith("zh") for name in ("LC_ALL", "LANG"))


def _one_line(text: str) -> str:
    return text.replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")
