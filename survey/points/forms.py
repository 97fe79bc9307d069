"""What the forms of the points pages were given, checked field by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from survey.points.bulk import MOST_EACH
from survey.points.household_list import LONGEST_ADDRESS
from survey.points.service import MOST_AT_ONCE, Drawn, NewPlace, Validity
from survey.printing.faults import is_invisible

KINDS = ("社区", "商场超市", "学校", "企业", "机关")  # the five places (五进)
LONGEST_NAME = 80  # characters; a poster has room for no more
LONGEST_KIND = 20
FREE_KINDS = 2  # fields for kinds beside the five

Words = tuple[str, str]  # Chinese and English


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it was sent: its texts, and what is wrong with which."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Words] = field(default_factory=dict)


class _Form:
    """Reads the fields of one form and gathers what is wrong."""

    def __init__(self, sent: Mapping[str, str]) -> None:
        self._sent = sent
        self.values: dict[str, str] = {}
        self.errors: dict[str, Words] = {}

    def text(self, name: str) -> str:
        self.values[name] = self._sent.get(name, "").strip()
        return self.values[name]

    def visible(self, name: str, longest: int, empty: Words | None) -> str:
        """A text that can be printed; ``empty`` says what is wrong where it may not be empty."""
        text = self.text(name)
        if not text and empty is not None:
            self.errors[name] = empty
        elif len(text) > longest:
            self.errors[name] = (f"最多 {longest} 个字。", f"At most {longest} characters.")
        elif any(map(is_invisible, text)):
            self.errors[name] = ("含有看不见的字符。", "It has invisible characters.")
        return text

    def area(self, areas: frozenset[str], wrong: Words) -> str:
        area = self.text("area")
        if area not in areas:
            self.errors["area"] = wrong
        return area

    def number(self, name: str, least: int, most: int) -> int:
        text = self.text(name)
        if text.isascii() and text.isdigit() and least <= int(text[:9]) <= most:
            return int(text)
        self.errors[name] = (
            f"请填写 {least} 到 {most} 之间的整数。",
            f"Write a whole number from {least} to {most}.",
        )
        return least

    def validity(self) -> Validity:
        first, last = self._day("valid_from"), self._day("valid_to")
        if first and last and last < first:
            self.errors["valid_to"] = (
                "结束日期早于开始日期。",
                "The last day is before the first.",
            )
        return Validity(first, last)

    def _day(self, name: str) -> date | None:
        text = self.text(name)
        if not text:
            return None
        day = as_day(text)
        if day is None:
            self.errors[name] = ("日期的写法是 2026-03-01。", "Dates are written 2026-03-01.")
        return day

    @property
    def sent(self) -> Sent:
        return Sent(self.values, self.errors)


def as_day(text: str) -> date | None:
    """A date as forms send it; None for anything else."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_place(sent: Mapping[str, str], areas: frozenset[str]) -> tuple[Sent, NewPlace, Validity]:
    """A new place: its name, kind and area, one of ``areas``; good where nothing is wrong."""
    form = _Form(sent)
    name = form.visible("name", LONGEST_NAME, ("请填写地点名称。", "Write the name of the place."))
    kind = form.visible("kind", LONGEST_KIND, ("请填写类型。", "Write the kind of place."))
    area = form.area(areas, ("请选择您区域内的一个单位。", "Choose a unit in your area."))
    validity = form.validity()
    return form.sent, NewPlace(area, kind, name), validity


def read_place_change(sent: Mapping[str, str]) -> tuple[Sent, str, Validity]:
    """The new name and validity of a place."""
    form = _Form(sent)
    name = form.visible("name", LONGEST_NAME, ("请填写地点名称。", "Write the name of the place."))
    validity = form.validity()
    return form.sent, name, validity


def read_household_change(sent: Mapping[str, str]) -> tuple[Sent, str, Validity]:
    """The new address and validity of a household."""
    form = _Form(sent)
    address = form.visible("address", LONGEST_ADDRESS, None)
    validity = form.validity()
    return form.sent, address, validity


def read_validity(sent: Mapping[str, str]) -> tuple[Sent, Validity]:
    """The validity of a whole batch."""
    form = _Form(sent)
    validity = form.validity()
    return form.sent, validity


def read_drawing(
    sent: Mapping[str, str], areas: frozenset[str]
) -> tuple[Sent, list[Drawn], Validity]:
    """A drawing of households without a list: sample, area, one of ``areas``, and number."""
    form = _Form(sent)
    form.text("sample")
    area = form.area(areas, ("请选择您区域内的社区(村)。", "Choose a community in your area."))
    number = form.number("number", 1, MOST_AT_ONCE)
    validity = form.validity()
    return form.sent, [Drawn(area)] * number, validity


def read_listing(sent: Mapping[str, str]) -> tuple[Sent, Validity]:
    """What stands around a list of households: the sample and the validity of the codes."""
    form = _Form(sent)
    form.text("sample")
    form.text("list")
    validity = form.validity()
    return form.sent, validity


@dataclass(frozen=True, slots=True)
class BulkWish:
    """The first step of many places: in which area, on which level, how many of each kind."""

    within: str
    level: str
    counts: Mapping[str, int]
    validity: Validity


def read_bulk(
    sent: Mapping[str, str], areas: frozenset[str], levels: frozenset[str]
) -> tuple[Sent, BulkWish]:
    """The first step; kinds with a count of 0 are left out."""
    form = _Form(sent)
    within, level = form.text("within"), form.text("level")
    if within not in areas:
        form.errors["within"] = ("请选择您区域内的一个单位。", "Choose a unit in your area.")
    if level not in levels:
        form.errors["level"] = ("请选择层级。", "Choose a level.")
    counts: dict[str, int] = {}
    for place, kind in enumerate(KINDS):
        counts[kind] = form.number(f"count{place}", 0, MOST_EACH)
    for place in range(len(KINDS), len(KINDS) + FREE_KINDS):
        kind = form.visible(f"kind{place}", LONGEST_KIND, None)
        number = form.number(f"count{place}", 0, MOST_EACH)
        if kind in counts:
            form.errors[f"kind{place}"] = ("这个类型已在上面。", "This kind is above already.")
        elif kind:
            counts[kind] = number
        elif number:
            form.errors[f"kind{place}"] = ("请填写类型。", "Write the kind of place.")
    if not form.errors and not any(counts.values()):
        form.errors["count0"] = ("请至少填写一个数量。", "Write at least one number.")
    validity = form.validity()
    wanted = {kind: number for kind, number in counts.items() if number}
    return form.sent, BulkWish(within, level, wanted, validity)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The second step: how many places of each kind in each area."""

    areas: tuple[str, ...]
    kinds: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    validity: Validity
    shown: str


def read_matrix(sent: Mapping[str, str], areas: frozenset[str]) -> tuple[Sent, Matrix]:
    """The second step: fields ``area0`` …, ``kind0`` … and ``n0-0`` … for area and kind.

    What our own page cannot have sent, such as an area of somebody else, is a fault of the
    form as a whole and stands under "".
    """
    form = _Form(sent)
    rows = _numbered(sent, "area")
    kinds = _numbered(sent, "kind")
    known = set(rows) <= areas and len(set(rows)) == len(rows) and len(set(kinds)) == len(kinds)
    plain = all(
        kind and len(kind) <= LONGEST_KIND and not any(map(is_invisible, kind)) for kind in kinds
    )
    if not (rows and kinds and known and plain):
        form.errors[""] = (
            "表格不完整,请重新开始。",
            "The table is incomplete. Please start again.",
        )
    counts = {}
    for row, area in enumerate(rows):
        for column, kind in enumerate(kinds):
            name = f"n{row}-{column}"
            counts[area, kind] = form.number(name, 0, MOST_EACH)
            if name in form.errors:
                zh, en = form.errors[name]
                form.errors[name] = (
                    f"第 {row + 1} 行“{kind}”: {zh}",
                    f"Row {row + 1}, “{kind}”: {en}",
                )
    validity = form.validity()
    shown = form.text("shown")
    return form.sent, Matrix(rows, kinds, counts, validity, shown)


def _numbered(sent: Mapping[str, str], name: str) -> tuple[str, ...]:
    found: list[str] = []
    while (text := sent.get(f"{name}{len(found)}")) is not None:
        found.append(text.strip())
    return tuple(found)
