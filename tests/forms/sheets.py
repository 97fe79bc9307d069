"""Writes the questionnaires of the tests as workbooks."""

from pathlib import Path

from openpyxl import Workbook

COLUMNS = (
    "type",
    "name",
    "label::chinese",
    "label::english",
    "hint::chinese",
    "hint::english",
    "required",
    "required_message::chinese",
    "required_message::english",
    "relevant",
    "constraint",
    "constraint_message::chinese",
    "constraint_message::english",
    "appearance",
    "calculation",
    "default",
    "choice_filter",
    "parameters",
    "read_only",
)


def row(kind, name="", zh="", en="", **cells):
    return {"type": kind, "name": name, "label::chinese": zh, "label::english": en, **cells}


def rule(constraint, zh, en):
    return {
        "constraint": constraint,
        "constraint_message::chinese": zh,
        "constraint_message::english": en,
    }


def build(path: Path, rows, choices, settings, attributes=()) -> None:
    """Write the three sheets; ``attributes`` are further columns of the choices."""
    used = [column for column in COLUMNS if any(cells.get(column) for cells in rows)]
    book = Workbook()
    survey = book.active
    survey.title = "survey"
    survey.append(used)
    for cells in rows:
        survey.append([cells.get(column) or None for column in used])
    sheet = book.create_sheet("choices")
    sheet.append(("list_name", "name", "label::chinese", "label::english", *attributes))
    for choice in choices:
        sheet.append(choice)
    sheet = book.create_sheet("settings")
    sheet.append(tuple(settings))
    sheet.append(tuple(settings.values()))
    book.save(path)
