"""From an XLSForm workbook to a form, or to everything that is wrong with it."""

import re
from collections.abc import Iterator
from pathlib import Path

from pyxform import aliases

from analysis.study.problems import Problem
from survey.instrument.answers import printable
from survey.instrument.checks import Checks
from survey.instrument.choices import read_choices
from survey.instrument.languages import Languages
from survey.instrument.limits import MAX_UPLOAD
from survey.instrument.nesting import Nesting
from survey.instrument.questions import Form
from survey.instrument.rows import RowReader
from survey.instrument.workbook import SETTINGS, SURVEY, Workbook, read_workbook

MOST_FOR_PYXFORM = 100  # problems of ours
_ROW_IN_MESSAGE = re.compile(r"\[row\s*:\s*([0-9]+)\]")


def read_xlsform(path: Path) -> tuple[Form | None, list[Problem]]:
    """Read a questionnaire; the form is None if there is any problem."""
    name = printable(path.name)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_UPLOAD + 1)  # one more tells that there is more
    except OSError as error:
        found = error.strerror or type(error).__name__
        zh, en = "可以读取的文件", "a file that can be read"
        return None, [Problem(name, None, "", found, zh, en)]
    return read_xlsform_bytes(name, content)


def read_xlsform_bytes(name: str, content: bytes) -> tuple[Form | None, list[Problem]]:
    """Read a questionnaire from its bytes, .xlsx or .xls; ``name`` is for the problems.

    The file is checked before it is parsed. pyxform reads the sheets and must be able
    to convert the form; the rows are then read here, so that all problems are found at
    once, each with its physical row.
    """
    name = printable(name)
    workbook = read_workbook(name, content)
    if isinstance(workbook, Problem):
        return None, [workbook]
    languages = Languages(workbook.languages, workbook.settings.text("default_language"))
    lists, problems = read_choices(workbook, languages)
    reader = RowReader(workbook, languages, lists)
    children = Nesting(reader).items(workbook.survey)
    settings = workbook.settings
    form_id = settings.text("id_string") or Path(name).stem
    form = Form(
        form_id=form_id,
        version=settings.text("version"),
        title=settings.text("title") or form_id,
        children=children,
        root=settings.text("name") or "data",
        languages=languages.found,
    )
    problems += reader.problems
    problems += Checks(workbook, form, lists, reader.names).problems()
    problems += workbook.unreadable_cells()
    problems += _in_settings(workbook)
    problems += _without_questions(workbook, form, problems)
    problems += _refused_by_pyxform(workbook, problems)
    if problems:
        return None, sorted(problems, key=lambda problem: (problem.file, problem.row or 0))
    return form, []


def _in_settings(workbook: Workbook) -> Iterator[Problem]:
    """Settings and sheets that change what is stored, and that the product does not follow."""
    settings = workbook.settings
    if settings.text("public_key"):
        yield workbook.problem(
            SETTINGS,
            settings.number,
            "public_key",
            found=settings.text("public_key")[:20],
            zh="空(不支持加密的答卷)",
            en="nothing: encrypted answers are not supported",
        )
    if aliases.yes_no.get(settings.text("add_none_option")):
        yield workbook.problem(
            SETTINGS,
            settings.number,
            "add_none_option",
            found=settings.text("add_none_option"),
            zh="no(请把选项写进 choices 表)",
            en="no; put the choice into the choices sheet",
        )
    for sheet in workbook.sheet_names:
        yield workbook.problem(
            sheet,
            None,
            "",
            found=sheet,
            zh="没有此工作表(不支持)",
            en="no such sheet: not supported",
        )


def _without_questions(workbook: Workbook, form: Form, found: list[Problem]) -> Iterator[Problem]:
    if not found and not any(question.kind.is_answered for question in form.questions()):
        yield workbook.problem(
            SURVEY, None, "type", found="", zh="至少一道题", en="at least one question"
        )


def _refused_by_pyxform(workbook: Workbook, found_here: list[Problem]) -> list[Problem]:
    """What pyxform finds beyond our own problems; it stops at its first.

    It is not asked about a form that is too large, or wrong all over: it would take long.
    """
    known_rows = {problem.row for problem in found_here}
    if None in known_rows or len(found_here) > MOST_FOR_PYXFORM:
        return []
    message = workbook.refusal()
    if message is None:
        return []
    numbers = _ROW_IN_MESSAGE.search(message)
    row = int(numbers[1]) if numbers else None
    if known_rows and (row is None or row in known_rows):
        return []
    found = " ".join(message.split())
    zh, en = "pyxform 能转换的表单", "a form that pyxform can convert"
    return [workbook.problem(SURVEY, row, "", found=found, zh=zh, en=en)]
