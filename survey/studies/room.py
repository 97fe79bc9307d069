"""What a folder may hold and the tables have no room for; a folder alone has no such limits."""

from collections.abc import Iterator, Mapping

from analysis.study.csvfile import CsvFile
from analysis.study.files import (
    AREAS_FILE,
    DISPOSITIONS_FILE,
    INDICATORS_FILE,
    MARGINS_FILE,
    PLAN_FILE,
    POINTS_FILE,
    VOLUNTEERS_FILE,
)
from analysis.study.folder import StudyFolder
from analysis.study.plan import Plan
from analysis.study.problems import Problem

LONGEST_KEY = 500  # bytes; PostgreSQL's index entries end at 2,704, and a key has up to three
LARGEST_COUNT = 2**31 - 1
SHOWN = 40  # characters of what is too long
KEYS = {
    MARGINS_FILE: ("margin", "category"),
    INDICATORS_FILE: ("code",),
    POINTS_FILE: ("code",),
    VOLUNTEERS_FILE: ("code",),
}


def too_large(folder: StudyFolder) -> list[Problem]:
    """Every text that is no key for being too long, and what else would not be stored."""
    plan, tables = folder.study.plan, folder.tables
    responses = {sample.responses: ("response_id",) for sample in plan.samples}
    problems = list(_of_plan(plan))
    for name, columns in (KEYS | responses).items():
        if name in tables:
            problems += _of_keys(tables[name], columns)
    for name in (AREAS_FILE, *responses):  # names that become rows of their own
        for column in filter(_is_long, tables[name].header):
            problems.append(_long(name, 1, column[:SHOWN], column))
    if DISPOSITIONS_FILE in tables:
        problems += _of_counts(tables[DISPOSITIONS_FILE])
    return problems


def _of_plan(plan: Plan) -> Iterator[Problem]:
    names = [plan.id, *(w.id for w in plan.waves), *(s.id for s in plan.samples)]
    for name in filter(_is_long, names):
        yield _long(PLAN_FILE, None, "id", name)
    for key in _with_nul(plan.document):
        yield Problem(PLAN_FILE, None, key, "NUL", "无 NUL 字符的文本", "text without NUL")


def _with_nul(value: object, key: str = "") -> Iterator[str]:
    """Dotted keys of the texts with a NUL, which TOML can write as an escape."""
    if isinstance(value, str):
        if "\x00" in value or "\x00" in key:
            yield key.replace("\x00", "\\0")
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _with_nul(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _with_nul(inner, key)


def _of_keys(table: CsvFile, columns: tuple[str, ...]) -> Iterator[Problem]:
    for column in columns:
        for line, text in zip(table.lines, table.column(column), strict=True):
            if _is_long(text):
                yield _long(table.name, line, column, text)


def _of_counts(table: CsvFile) -> Iterator[Problem]:
    for line, text in zip(table.lines, table.column("n"), strict=True):
        if int(text) > LARGEST_COUNT:
            words = f"≤ {LARGEST_COUNT}"
            yield Problem(table.name, line, "n", text[:SHOWN], words, words)


def _is_long(text: str) -> bool:
    return len(text) > LONGEST_KEY // 4 and len(text.encode()) > LONGEST_KEY


def _long(file: str, line: int | None, column: str, text: str) -> Problem:
    zh, en = f"至多 {LONGEST_KEY} 字节", f"at most {LONGEST_KEY} bytes"
    return Problem(file, line, column, f"{text[:SHOWN]}…", zh, en)
