"""From an XLSForm workbook to a form, or to everything that is wrong with it."""

import re
from pathlib import Path

from pyxform import aliases
from pyxform.xls2json import RE_BEGIN_CONTROL, RE_END_CONTROL

from analysis.study.problems import Problem
from survey.instrument.checks import check_form
from survey.instrument.choices import read_choices
from survey.instrument.items import Item
from survey.instrument.languages import Languages
from survey.instrument.questions import Form
from survey.instrument.rows import RowReader
from survey.instrument.workbook import SURVEY, Row, Workbook, read_workbook

_TRANSLATED = (("label",), ("hint",), ("bind", "jr:constraintMsg"), ("bind", "jr:requiredMsg"))
_ROW_IN_MESSAGE = re.compile(r"\[row\s*:\s*([0-9]+)\]")
_GROUP = "group"


def read_xlsform(path: Path) -> tuple[Form | None, list[Problem]]:
    """Read a questionnaire; the form is None if there is any problem.

    pyxform reads the sheets and must be able to convert the form; the rows are then
    read here, so that all problems are found at once, each with its physical row.
    """
    workbook = read_workbook(path)
    if isinstance(workbook, Problem):
        return None, [workbook]
    languages = _languages(workbook)
    lists, problems = read_choices(workbook, languages)
    reader = RowReader(workbook, languages, lists)
    children = _Nesting(reader).items(workbook.survey)
    settings = workbook.settings
    form_id = settings.text("id_string") or path.stem
    form = Form(
        form_id=form_id,
        version=settings.text("version"),
        title=settings.text("title") or form_id,
        children=children,
        root=settings.text("name") or "data",
    )
    problems += [*reader.problems, *check_form(workbook, form, reader.names)]
    if not problems and not any(question.kind.is_answered for question in form.questions()):
        problems.append(
            workbook.problem(
                SURVEY, None, "type", found="", zh="至少一道题", en="at least one question"
            )
        )
    problems += _refused_by_pyxform(workbook, {problem.row for problem in problems})
    if problems:
        return None, sorted(problems, key=lambda problem: (problem.file, problem.row or 0))
    return form, []


def _languages(workbook: Workbook) -> Languages:
    rows = [*workbook.survey, *workbook.choices]
    names = {name for row in rows for column in _TRANSLATED for name in row.translations(*column)}
    return Languages(names, workbook.settings.text("default_language"))


def _refused_by_pyxform(workbook: Workbook, known_rows: set[int | None]) -> list[Problem]:
    """What pyxform finds beyond our own problems; it stops at its first."""
    message = workbook.refusal()
    if message is None:
        return []
    numbers = _ROW_IN_MESSAGE.search(message)
    row = int(numbers[1]) if numbers else None
    if known_rows and (row is None or row in known_rows):
        return []
    found = " ".join(message.split())[:300]
    zh, en = "pyxform 能转换的表单", "a form that pyxform can convert"
    return [workbook.problem(SURVEY, row, "", found=found, zh=zh, en=en)]


class _Nesting:
    """Puts the rows between ``begin group`` and ``end group`` into their groups."""

    def __init__(self, reader: RowReader) -> None:
        self._reader = reader
        self._open: list[tuple[Row, str, list[Item]]] = []
        self._top: list[Item] = []

    def items(self, rows: list[Row]) -> tuple[Item, ...]:
        for row in rows:
            if aliases.yes_no.get(row.text("disabled")):
                continue
            self._place(row)
        for row, _, children in reversed(self._open):
            found = row.text("name")
            self._reader.fault(row, "type", found, "对应的 end_group", "an end_group for it")
            self._top += children
        return tuple(self._top)

    def _place(self, row: Row) -> None:
        written = row.text("type")
        if not written:
            if row.text("name") or row.translations("label"):
                self._reader.fault(row, "type", "", "题型", "a type")
            return
        if begin := RE_BEGIN_CONTROL.search(written):
            control = aliases.control[begin["type"]]
            if control != _GROUP:
                found = f"{row.text('name')}: {written}"
                zh, en = "begin_group(不支持重复组)", "begin_group; repeats are not supported"
                self._reader.fault(row, "type", found, zh, en)
            self._open.append((row, control, []))
        elif end := RE_END_CONTROL.search(written):
            self._close(row, aliases.control[end["type"]])
        elif (question := self._reader.question(row)) is not None:
            self._siblings().append(question)

    def _close(self, row: Row, control: str) -> None:
        if not self._open or self._open[-1][1] != control:
            found = row.text("type")
            self._reader.fault(row, "type", found, "与 begin 配对的 end", "the end of what is open")
            return
        begin, _, children = self._open.pop()
        self._siblings().append(self._reader.group(begin, tuple(children)))

    def _siblings(self) -> list[Item]:
        return self._open[-1][2] if self._open else self._top
