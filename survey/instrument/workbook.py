"""The sheets of a questionnaire workbook: guarded, then read by pyxform."""

import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from pyxform import aliases, constants
from pyxform.errors import PyXFormError
from pyxform.parsing.sheet_headers import process_header
from pyxform.question import MultipleChoiceQuestion, Option
from pyxform.survey import Survey
from pyxform.xls2json_backends import DefinitionData, get_xlsform
from pyxform.xls2xform import convert

from analysis.study.problems import Problem

MAX_BYTES = 50_000_000
MAX_RATIO = 100
MAX_MEMBERS = 200
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its physical number and its cells by column.

    A column is split where its header has ``::``, and its first part goes by its
    usual name: ``("label", "English (en)")``, ``("bind", "relevant")``.
    """

    number: int
    cells: Mapping[tuple[str, ...], str]

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
    """A workbook whose sheets could be read."""

    def __init__(self, name: str, data: DefinitionData) -> None:
        self.name = name
        self._data = data
        self.survey = _rows(
            data.survey, aliases.survey_header, set(MultipleChoiceQuestion.get_slot_names())
        )
        self.choices = _rows(data.choices, aliases.list_header, set(Option.get_slot_names()))
        settings = _rows(data.settings, aliases.settings_header, set(Survey.get_slot_names()))
        self.settings = settings[0] if settings else Row(2, {})

    def problem(
        self, sheet: str, row: int | None, column: str, *, found: str, zh: str, en: str
    ) -> Problem:
        return Problem(f"{self.name}:{sheet}", row, column, found, zh, en)

    def refusal(self) -> str | None:
        """What pyxform has against the form; None if it converts it."""
        try:
            convert(asdict(self._data), file_type="dict")
        except PyXFormError as error:
            return str(error)
        except Exception as error:  # pyxform has no one class for what a broken form raises
            return f"{type(error).__name__}: {error}"
        return None


def read_workbook(path: Path) -> Workbook | Problem:
    """Read the sheets, or say in one problem why that cannot be done."""
    try:
        content = path.read_bytes()
    except OSError as error:
        found = error.strerror or type(error).__name__
        return Problem(path.name, None, "", found, "可以读取的文件", "a file that can be read")
    problem = _suspicion(path.name, content)
    if problem is not None:
        return problem
    try:
        with warnings.catch_warnings():
            # openpyxl remarks on styles and extensions, which say nothing about a form.
            warnings.simplefilter("ignore", UserWarning)
            data = get_xlsform(BytesIO(content), file_type=".xlsx")
    except PyXFormError as error:
        return _not_a_workbook(path.name, str(error))
    except Exception as error:  # nor has openpyxl for a broken workbook
        return _not_a_workbook(path.name, f"{type(error).__name__}: {error}")
    if not data.survey:
        return Problem(f"{path.name}:survey", None, "", "", "survey 工作表", "a sheet named survey")
    try:
        return Workbook(path.name, data)
    except PyXFormError as error:
        return _not_a_workbook(path.name, str(error))


def _suspicion(name: str, content: bytes) -> Problem | None:
    """What forbids even to unpack: no ZIP, or one that would fill the memory.

    The sizes are those that the archive declares; Python reads no further than that.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
        return _not_a_workbook(name, "")
    unpacked = sum(member.file_size for member in members)
    too_large = (
        len(members) > MAX_MEMBERS
        or unpacked > MAX_BYTES
        or unpacked > MAX_RATIO * max(len(content), 1)
    )
    if too_large:
        return Problem(
            name,
            None,
            "",
            f"{len(members)} files, {unpacked} bytes unpacked, {len(content)} packed",
            f"最多 {MAX_MEMBERS} 个成员,解压后不超过 {MAX_BYTES} 字节和压缩大小的 {MAX_RATIO} 倍",
            f"at most {MAX_MEMBERS} members, {MAX_BYTES} bytes unpacked and {MAX_RATIO} times "
            "the packed size",
        )
    if any(member.flag_bits & _ENCRYPTED for member in members):
        return _not_a_workbook(name, "encrypted")
    return None


def _not_a_workbook(name: str, found: str) -> Problem:
    return Problem(
        name,
        None,
        "",
        found[:300],
        "XLSX 工作簿(在 Excel 或 WPS 中另存为 .xlsx)",
        "an XLSX workbook (save as .xlsx)",
    )


def _rows(data: Any, header_aliases: dict[str, Any], columns: set[str]) -> list[Row]:
    """Rows with something in them; pyxform keeps empty ones, so places count."""
    headers = {header for row in data or () for header in row}
    double = any("::" in header for header in headers)
    known = {
        header: process_header(header, double, header_aliases, columns)[1] for header in headers
    }
    return [row for row in _numbered(data or (), known) if row.cells]


def _numbered(data: Any, known: Mapping[str, tuple[str, ...]]) -> Iterator[Row]:
    for number, row in enumerate(data, start=2):
        yield Row(number, {known[header]: str(text) for header, text in row.items() if text})


SURVEY, CHOICES = constants.SURVEY, constants.CHOICES
