"""Quotas as a CSV file: given out with what was taken, and read back with all faults at once."""

import csv
import io
from collections.abc import Mapping, Sequence

from analysis.study.areas import padded
from analysis.study.csvfile import CsvFile, read_csv
from analysis.study.problems import Problem
from survey.allocation.frame import Frame
from survey.allocation.proposal import is_number
from survey.allocation.setting import MOST, Key, Wanted
from survey.models import Quota

GIVEN = ("area", "variable", "value", "most")
COUNTED = ("taken", "left", "turned_away")  # given out for reading; not read back
NAMES = ("area_name", "group")  # likewise


def written(quotas: Sequence[Quota], frame: Frame, language: str) -> bytes:
    """The file, in UTF-8 with a byte order mark, so that spreadsheets read its Chinese."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow((*GIVEN, *COUNTED, *NAMES))
    for one in quotas:
        group = frame.group_name(one.variable, one.value, language)
        writer.writerow(
            (
                *(one.area_code, one.variable, one.value, one.most),
                *(one.taken, one.most - one.taken, one.turned_away),
                *(_as_text(name) for name in (frame.area_name(one.area_code, language), group)),
            )
        )
    return text.getvalue().encode("utf-8-sig")


def read(name: str, data: bytes, frame: Frame) -> tuple[list[Wanted], list[int], list[Problem]]:
    """The quotas of a file and the lines where they stand; the faults, all at once."""
    problems: list[Problem] = []
    table = read_csv(name, data, GIVEN, problems)
    if table is None:
        return [], [], problems
    if not table.rows and not problems:
        problems.append(Problem(name, 2, "", "", "至少一行配额", "a line with a quota"))
    wanted = [_read_row(table, line, row, frame, problems) for line, row in table.records()]
    _refuse_repeated(table, wanted, problems)
    return wanted, table.lines, problems


def below_taken(
    name: str, wanted: Sequence[Wanted], lines: Sequence[int], taken: Mapping[Key, int]
) -> list[Problem]:
    """The lines whose number is smaller than what there is already."""
    return [
        Problem(
            name,
            line,
            "most",
            str(one.most),
            f"不小于 {taken[one.key]}(已收的答卷)",
            f"{taken[one.key]} or more, the answers that are there",
        )
        for one, line in zip(wanted, lines, strict=True)
        if one.key in taken
    ]


def _read_row(
    table: CsvFile, line: int, row: Mapping[str, str], frame: Frame, problems: list[Problem]
) -> Wanted:
    def fault(column: str, zh: str, en: str) -> None:
        problems.append(Problem(table.name, line, column, row[column], zh, en))

    area, variable, value = padded(row["area"]), row["variable"], row["value"]
    area = "" if area == frame.study.root_area else area
    if area and area not in frame.areas:
        fault(
            "area", "本研究仍有效的区划代码,或留空", "the code of an area of the study, or nothing"
        )
    if variable and variable not in frame.variables:
        fault("variable", _one_of(frame.variables), _one_of(frame.variables))
    elif value not in frame.values_of(variable):
        codes = _one_of(frame.values_of(variable))
        fault("value", codes or "留空", codes or "nothing")
    if not is_number(row["most"]):
        fault("most", f"0 到 {MOST} 之间的整数", f"a whole number from 0 to {MOST}")
    return Wanted(area, variable, value, int(row["most"]) if is_number(row["most"]) else 0)


def _refuse_repeated(table: CsvFile, wanted: Sequence[Wanted], problems: list[Problem]) -> None:
    first: dict[Key, int] = {}
    for one, line in zip(wanted, table.lines, strict=True):
        if one.key in first:
            before = first[one.key]
            found = " · ".join(filter(None, one.key))
            problems.append(
                Problem(
                    table.name,
                    line,
                    "",
                    found,
                    f"只出现一次(已在第 {before} 行)",
                    f"named once (it is in line {before})",
                )
            )
        first.setdefault(one.key, line)


def _one_of(names: Sequence[str] | Mapping[str, object]) -> str:
    return " | ".join(filter(None, names))


def _as_text(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in {"=", "+", "-", "@", "\t", "\r"} else name
