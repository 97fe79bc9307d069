"""Many quotas at once: which areas by which groups, and a number for each to begin with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import floor

import numpy as np

from analysis.planning import proportional
from survey.allocation.frame import Frame
from survey.allocation.setting import MOST, Key, Wanted
from survey.allocation.sizes import Cell, Totals
from survey.errors import Unreadable

SAME, MARGIN, POPULATION = "same", "margin", "population:"  # the last with the column's name
WHOLE_STUDY = "-"  # the level that is no level: one area, the whole study
MOST_CELLS = 900  # a form has room for a thousand fields

Words = tuple[str, str]  # Chinese and English

NO_NUMBER: Words = (f"请填写 0 到 {MOST} 之间的整数。", f"Write a whole number from 0 to {MOST}.")
NO_TOTALS: Words = (
    "研究中没有这些分组的人口总数。请改用别的填法,或把分组改为所有人。",
    "The study has no totals of these groups. Fill the table another way, or take everybody.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the page, as it was sent, and what is wrong with which.

    Attributes
    ----------
    level
        One of the frame's, or ``WHOLE_STUDY``.
    variable
        One of the frame's, or "" for everybody.
    way
        ``SAME``: ``number`` in each cell; ``MARGIN`` or ``POPULATION`` and a
        column: ``number`` in all, parted by size.
    least
        At least so many in each cell.
    """

    level: str = ""
    variable: str = ""
    way: str = SAME
    number: str = ""
    least: str = ""
    errors: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Rows and columns of a table of numbers, and the numbers where there is one."""

    variable: str
    areas: Sequence[str]
    values: Sequence[str]
    numbers: Mapping[Cell, int] = field(default_factory=dict)

    @property
    def cells(self) -> list[Cell]:
        return [(area, value) for area in self.areas for value in self.values]


@dataclass(frozen=True, slots=True)
class Filled:
    """The table as it was sent back: its texts, what they ask for, and what is wrong."""

    level: str
    proposal: Proposal
    texts: Mapping[Cell, str]
    wanted: Sequence[Wanted]
    faults: Mapping[Cell, Words]


def propose(sent: Mapping[str, str], frame: Frame, totals: Totals) -> tuple[Asked, Proposal | None]:
    """The table that was asked for; none, and the faults at their fields, where that is wrong."""
    asked = _read(sent, frame, totals)
    if asked.errors:
        return asked, None
    table = _table(frame, asked.level, asked.variable)
    if len(table.cells) > MOST_CELLS:
        return replace(asked, errors={"level": _too_many(len(table.cells))}), None
    if asked.way == SAME:
        same = dict.fromkeys(table.cells, int(asked.number)) if asked.number else {}
        return asked, replace(table, numbers=same)
    numbers, errors = _parted(asked, table, totals)
    if errors:
        return replace(asked, errors=errors), None
    return asked, replace(table, numbers=numbers)


def read_filled(sent: Mapping[str, str], frame: Frame) -> Filled:
    """The numbers of a table that was sent back; an empty cell asks for no quota.

    Raises
    ------
    Unreadable
        It names no level or no groups of this study.
    """
    level, variable = sent.get("level", ""), sent.get("variable", "")
    if level not in {*frame.levels(), WHOLE_STUDY} or variable not in {*frame.variables, ""}:
        raise Unreadable
    table = _table(frame, level, variable)
    texts = {cell: sent.get(field_name(*cell), "").strip() for cell in table.cells}
    faults = {cell: NO_NUMBER for cell, text in texts.items() if text and not is_number(text)}
    wanted = [
        Wanted(area, variable, value, int(text))
        for (area, value), text in texts.items()
        if text and (area, value) not in faults
    ]
    if not wanted and not faults:
        faults = {table.cells[0]: ("请至少填写一格。", "Write at least one number.")}
    return Filled(level, table, texts, wanted, faults)


def field_name(area: str, value: str) -> str:
    """The name of the field of a cell."""
    return f"most:{area}:{value}"


def below_cells(taken: Mapping[Key, int]) -> dict[Cell, Words]:
    """What is wrong with the cells whose number is smaller than what there is already."""
    return {(area, value): below_words(n) for (area, _, value), n in taken.items()}


def ways(totals: Totals) -> tuple[str, ...]:
    """The ways to fill a table that this study knows."""
    columns = tuple(f"{POPULATION}{column}" for column in totals.populations)
    return (SAME, *((MARGIN,) if totals.margins else ()), *columns)


def is_number(text: str) -> bool:
    """Whether a text is a number of answers."""
    return text.isascii() and text.isdigit() and len(text) <= len(str(MOST))


def below_words(taken: int) -> Words:
    """What is wrong with a number smaller than what was taken."""
    return (f"已收 {taken} 份,配额不能更小。", f"{taken} are there already, not below that.")


def _read(sent: Mapping[str, str], frame: Frame, totals: Totals) -> Asked:
    names = ("level", "variable", "number", "least")
    level, variable, number, least = (sent.get(name, "").strip() for name in names)
    way = sent.get("way", SAME)
    errors: dict[str, Words] = {}
    if level not in {*frame.levels(), WHOLE_STUDY}:
        errors["level"] = ("请选择层级。", "Choose a level.")
    if variable not in {*frame.variables, ""}:
        errors["variable"] = ("请选择分组。", "Choose groups.")
    if way not in ways(totals):
        errors["way"] = ("请选择填法。", "Choose a way.")
    if not is_number(number) and (number or way != SAME):
        errors["number"] = NO_NUMBER
    if least and not is_number(least):
        errors["least"] = NO_NUMBER
    return Asked(level, variable, way, number, least, errors)


def _table(frame: Frame, level: str, variable: str) -> Proposal:
    areas = [""] if level == WHOLE_STUDY else frame.at_level(level)
    return Proposal(variable, areas, frame.values_of(variable))


def _parted(
    asked: Asked, table: Proposal, totals: Totals
) -> tuple[dict[Cell, int], dict[str, Words]]:
    """The whole number in parts as large as the groups, or what stands against it by field."""
    found = _sizes(asked, table.areas, totals)
    sizes = {cell: found[cell] for cell in table.cells if found.get(cell, 0) > 0}
    if not sizes:
        return {}, {"way": NO_TOTALS}
    total, least = int(asked.number), int(asked.least or 0)
    low = max(sum(min(least, floor(size)) for size in sizes.values()), 1)
    high = sum(floor(size) for size in sizes.values())
    if not low <= total <= high:
        return {}, {"number": _between(low, high)}
    parts = proportional(total, np.array([*sizes.values()]), minimum=least).whole.tolist()
    return dict(zip(sizes, parts, strict=True)), {}


def _sizes(asked: Asked, areas: Sequence[str], totals: Totals) -> dict[Cell, float]:
    if asked.way == MARGIN:
        return totals.by_margin("" if asked.level == WHOLE_STUDY else asked.level, asked.variable)
    return totals.by_population(asked.way.removeprefix(POPULATION), areas, asked.variable)


def _too_many(cells: int) -> Words:
    return (
        f"共 {cells} 格,网页一次最多 {MOST_CELLS} 格。请分次设置,或用 CSV 上传。",
        f"{cells} cells; a page takes {MOST_CELLS}. Set them in parts, or upload a CSV file.",
    )


def _between(least: int, most: int) -> Words:
    return (f"合计须在 {least} 到 {most} 之间。", f"The total must be from {least} to {most}.")
