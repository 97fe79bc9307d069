"""Writes small questionnaire workbooks, one list a row."""

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from analysis.study.problems import Problem
from survey.instrument.questions import Form
from survey.instrument.xlsform import read_xlsform

Rows = Sequence[Sequence[object]]
YES_NO = (("list_name", "name", "label"), ("yn", "1", "Yes"), ("yn", "0", "No"))


def write(path: Path, survey: Rows, choices: Rows = YES_NO, settings: Rows = ()) -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        if rows:
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
    book.save(path)
    return path


def read(folder: Path, survey: Rows, **sheets: Rows) -> tuple[Form | None, list[Problem]]:
    return read_xlsform(write(folder / "questionnaire.xlsx", survey, **sheets))


def form(folder: Path, survey: Rows, **sheets: Rows) -> Form:
    """The form of a workbook that must be in order."""
    made, problems = read(folder, survey, **sheets)
    assert made is not None, [problem.line(chinese=False) for problem in problems]
    return made


def problems(folder: Path, survey: Rows, **sheets: Rows) -> list[tuple[int | None, str]]:
    """Row and column of every problem of a workbook that must not be accepted."""
    made, found = read(folder, survey, **sheets)
    assert made is None
    return [(problem.row, problem.column) for problem in found]
