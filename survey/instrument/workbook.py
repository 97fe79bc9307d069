"""The sheets of a questionnaire workbook: guarded, then read by pyxform."""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

from pyxform import aliases, constants
from pyxform.errors import PyXFormError
from pyxform.parsing.sheet_headers import process_header
from pyxform.question import MultipleChoiceQuestion, Option
from pyxform.survey import Survey
from pyxform.xls2json_backends import DefinitionData, get_xlsform
from pyxform.xls2xform import convert

from analysis.study.problems import Problem
from survey.instrument.answers import can_be_stored, printable
from survey.instrument.uploads import file_type, not_a_workbook, suspicion

SURVEY, CHOICES, SETTINGS = constants.SURVEY, constants.CHOICES, constants.SETTINGS
MAX_FOUND = 300  # characters of a cell that a problem repeats

Column = tuple[str, ...]

# The columns that have a text for each language.
TRANSLATED: tuple[Column, ...] = (
    ("label",),
    ("hint",),
    ("bind", "jr:constraintMsg"),
    ("bind", "jr:requiredMsg"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its physical number and its cells by column.

    A column is split where its header has ``::``, and its first part goes by its
    usual name: ``("label", "English (en)")``, ``("bind", "relevant")``.
    """

    number: int
    cells: Mapping[Column, str]

    def text(self, *column: str) -> str:
        return self.cells.get(column, "")

    def translations(self, *column: str) -> dict[str, str]:
        """Language (empty for none) to text."""
        return {
            "::".join(key[len(column) :]): text
            for key, text in self.cells.items()
            if key[: len(column)] == column
        }


class Workbook:
    """A workbook whose sheets could be read.

    Attributes
    ----------
    languages : tuple of str
        The names of languages in which there is a text, in the order of the columns;
        an empty one for texts without language.
    sheet_names : tuple of str
        Of all sheets that have to do with forms.
    """

    def __init__(self, name: str, data: DefinitionData) -> None:
        self.name = name
        self._data = data
        survey = _columns(data.survey_header, aliases.survey_header, MultipleChoiceQuestion)
        choices = _columns(data.choices_header, aliases.list_header, Option)
        settings = _columns(data.settings_header, aliases.settings_header, Survey)
        self.survey = list(_rows(data.survey, survey))
        self.choices = list(_rows(data.choices, choices))
        found = list(_rows(data.settings, settings))
        self.settings = found[0] if found else Row(2, {})
        self.languages = tuple(_languages([*self.survey, *self.choices], survey, choices))
        self.sheet_names = tuple(
            sheet
            for sheet in (constants.EXTERNAL_CHOICES, constants.ENTITIES, constants.OSM)
            if getattr(data, sheet)
        )

    def problem(
        self, sheet: str, row: int | None, column: str, *, found: str, zh: str, en: str
    ) -> Problem:
        return Problem(f"{self.name}:{sheet}", row, column, printable(found[:MAX_FOUND]), zh, en)

    def unreadable_cells(self) -> Iterator[Problem]:
        """Cells whose characters no database takes."""
        sheets = ((SURVEY, self.survey), (CHOICES, self.choices), (SETTINGS, [self.settings]))
        for sheet, rows in sheets:
            for row in rows:
                for column, text in row.cells.items():
                    if not can_be_stored(text.replace("\r", "\n")):
                        yield self.problem(
                            sheet,
                            row.number,
                            "::".join(column),
                            found=text,
                            zh="不含控制字符的文字",
                            en="text without control characters",
                        )

    def refusal(self) -> str | None:
        """What pyxform has against the form; None if it converts it."""
        try:
            convert(asdict(self._data), file_type="dict")
        except PyXFormError as error:
            return str(error)
        except Exception as error:  # pyxform has no one class for what a broken form raises
            return f"{type(error).__name__}: {error}"
        return None


def read_workbook(name: str, content: bytes) -> Workbook | Problem:
    """Read the sheets, or say in one problem why that cannot be done."""
    problem = suspicion(name, content)
    if problem is not None:
        return problem
    try:
        with warnings.catch_warnings():
            # openpyxl remarks on styles and extensions, which say nothing about a form.
            warnings.simplefilter("ignore", UserWarning)
            data = get_xlsform(BytesIO(content), file_type=file_type(content))
    except PyXFormError as error:
        return not_a_workbook(name, str(error))
    except Exception as error:  # nor have openpyxl and xlrd for a broken workbook
        return not_a_workbook(name, f"{type(error).__name__}: {error}")
    if not data.survey:
        return Problem(f"{name}:survey", None, "", "", "survey 工作表", "a sheet named survey")
    try:
        return Workbook(name, data)
    except PyXFormError as error:
        return not_a_workbook(name, str(error))


def _columns(header: Any, header_aliases: dict[str, Any], element: Any) -> dict[str, Column]:
    """What each header means, in the order of the sheet."""
    headers = list(header[0]) if header else []
    double = any("::" in one for one in headers)
    columns = set(element.get_slot_names())
    return {one: process_header(one, double, header_aliases, columns)[1] for one in headers}


def _rows(data: Any, columns: Mapping[str, Column]) -> Iterator[Row]:
    """Rows with something in them; pyxform keeps empty ones, so places count."""
    for number, row in enumerate(data or (), start=2):
        cells = {columns[header]: str(text) for header, text in row.items() if text}
        if cells:
            yield Row(number, cells)


def _languages(rows: list[Row], *sheets: Mapping[str, Column]) -> Iterator[str]:
    """Languages that have a text somewhere, in the order of all headers, the empty ones too."""
    used = {name for row in rows for column in row.cells for name in _language_of(column)}
    headers = [column for columns in sheets for column in columns.values()]
    names = dict.fromkeys(name for column in headers for name in _language_of(column))
    return (name for name in names if name in used)


def _language_of(column: Column) -> Iterator[str]:
    """The language of a column that has one text for each; none for another column."""
    for base in TRANSLATED:
        if column[: len(base)] == base:
            yield "::".join(column[len(base) :])
