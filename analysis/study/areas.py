"""areas.csv: the tree of areas with their populations."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date

from analysis.codebook import Codebook
from analysis.study.cell_texts import is_amount, is_day, is_positive
from analysis.study.csvfile import CsvFile
from analysis.study.problems import Problem

LEVELS = ("省", "市", "县", "乡级", "村级", "网格")
COLUMNS = (
    "code", "name", "parent", "level", "urban_rural", "valid_from", "valid_to", "households",
)  # fmt: skip
CODE = re.compile(r"[0-9]{12}(-[A-Z0-9]{1,8}){0,2}")
GRID = "网格"
SHORTEST_ALONE = 6  # digits


@dataclass(frozen=True, slots=True)
class Area:
    """One unit of the tree; ``populations`` holds the other columns as text."""

    code: str
    name: str
    parent: str
    level: str
    urban_rural: str
    valid_from: str
    valid_to: str
    households: str
    populations: Mapping[str, str]

    def expired_on(self, day: date) -> bool:
        """Whether the last valid day has passed."""
        return bool(self.valid_to) and date.fromisoformat(self.valid_to) < day


class AreaTree:
    """Areas by code, with ancestors; built only from checked areas."""

    def __init__(self, areas: Mapping[str, Area], root: str) -> None:
        self.areas, self.root = areas, root
        self.under_root = frozenset(code for code in areas if root in self.ancestors(code))

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The area itself, its parent, and so on up."""
        line = [code]
        while (parent := self.areas[line[-1]].parent) and parent in self.areas:
            if parent in line:
                break  # a cycle is reported where the file is read
            line.append(parent)
        return tuple(line)

    def at_level(self, code: str, level: str) -> str | None:
        """The ancestor of an area at a level, or None."""
        return next((c for c in self.ancestors(code) if self.areas[c].level == level), None)

    def populations(self, column: str) -> dict[str, float]:
        """Areas under the root with a positive population in a column."""
        found = {}
        for code in self.areas:
            text = self.areas[code].populations.get(column, "")
            if code in self.under_root and is_positive(text):
                found[code] = float(text)
        return found


def padded(code: str) -> str:
    """A shortened area code, zeros added to 12 digits; other text as it is."""
    return code.ljust(12, "0") if code.isdigit() and len(code) < 12 else code


def may_be_area(code: str) -> bool:
    """Whether a code looks like that of a county or less: "11" may be anything."""
    return len(code) >= SHORTEST_ALONE and code[:SHORTEST_ALONE].isdigit()


def area_questions(codebook: Codebook, areas: Container[str]) -> dict[str, dict[str, str]]:
    """For each question whose choices are area codes: code or padded code to area code.

    Beside codes of six digits or more a list may hold others, such as 99 for elsewhere.
    """
    found = {}
    for variable in codebook.variables():
        rule = {code: padded(code) for code in variable.codes if padded(code) in areas}
        others = len(rule) < len(variable.codes)
        if rule and not (others and not all(map(may_be_area, rule))):
            found[variable.name] = rule | {full: full for full in rule.values()}
    return found


def read_areas(table: CsvFile, problems: list[Problem]) -> dict[str, Area]:
    """All areas of the file; faults are noted."""
    areas: dict[str, Area] = {}
    lines: dict[str, int] = {}
    for line, row in table.records():
        note = _Noter(table.name, line, problems)
        code = row["code"]
        if not CODE.fullmatch(code):
            note("code", code, "12 位区划代码(文本)", "a 12-digit area code, as text")
        elif "-" in code and row["level"] != GRID:
            note("code", code, "后缀只用于网格", "a suffix only at level 网格")
        if code in areas:
            note("code", code, f"不重复(已见于第 {lines[code]} 行)", "a code used once")
        if not row["name"]:
            note("name", "", "名称", "a name")
        if row["level"] not in LEVELS:
            note("level", row["level"], " | ".join(LEVELS), " | ".join(LEVELS))
        for column in ("valid_from", "valid_to"):
            if row[column] and not is_day(row[column]):
                note(column, row[column], "日期,如 2026-03-02", "a date such as 2026-03-02")
                row[column] = ""  # noted; nobody needs to read it again
        if row["valid_from"] and row["valid_to"] and row["valid_to"] < row["valid_from"]:
            note("valid_to", row["valid_to"], "不早于 valid_from", "a day not before valid_from")
        populations = {name: value for name, value in row.items() if name not in COLUMNS}
        areas[code] = Area(**{name: row[name] for name in COLUMNS}, populations=populations)
        lines[code] = line
    _check_parents(table, areas, lines, problems)
    return areas


def check_populations(table: CsvFile, column: str, where: str, problems: list[Problem]) -> None:
    """A population column that the plan uses: there, and numbers where not empty."""
    if column not in table.header:
        problems.append(
            Problem(table.name, 1, column, "", f"人口列({where})", f"a column for {where}")
        )
        return
    for line, row in table.records():
        if row[column] and not is_amount(row[column]):
            problems.append(
                Problem(table.name, line, column, row[column], "数 ≥ 0", "a number >= 0")
            )


def _check_parents(
    table: CsvFile, areas: Mapping[str, Area], lines: Mapping[str, int], problems: list[Problem]
) -> None:
    for code, area in areas.items():
        note = _Noter(table.name, lines[code], problems)
        if area.parent and area.parent not in areas:
            note("parent", area.parent, "areas.csv 中的代码", "a code of areas.csv")
    for circle in _cycles(areas):
        note = _Noter(table.name, lines[circle[0]], problems)
        note("parent", " > ".join(circle), "无循环的上级", "parents without a cycle")


def _cycles(areas: Mapping[str, Area]) -> list[tuple[str, ...]]:
    """Each cycle once, begun at its first code."""
    done: set[str] = set()
    cycles = []
    for start in areas:
        path: list[str] = []
        code = start
        while code in areas and code not in done and code not in path:
            path.append(code)
            code = areas[code].parent
        if code in path:
            circle = path[path.index(code) :]
            first = circle.index(min(circle))
            cycles.append((*circle[first:], *circle[:first], circle[first]))
        done.update(path)
    return cycles


class _Noter:
    def __init__(self, file: str, line: int, problems: list[Problem]) -> None:
        self.file, self.line, self.problems = file, line, problems

    def __call__(self, column: str, found: str, zh: str, en: str) -> None:
        self.problems.append(Problem(self.file, self.line, column, found, zh, en))
