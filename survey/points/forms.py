"""What the forms of the points page were given, checked field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from survey.points.service import MOST_AT_ONCE

KINDS = ("社区", "商场超市", "学校", "企业", "机关")  # the five places (五进)
LONGEST_NAME = 80  # characters; a poster has room for no more

Words = tuple[str, str]  # Chinese and English


class Which(StrEnum):
    PLACE = "place"
    HOUSEHOLDS = "households"


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent: its texts, and what is wrong with which."""

    which: Which
    study_id: str
    values: Mapping[str, str]
    errors: Mapping[str, Words] = field(default_factory=dict)

    def is_for(self, which: str, study_id: str) -> bool:
        return self.which == which and self.study_id == study_id


def filled_place(study_id: str, sent: Mapping[str, str], areas: frozenset[str]) -> Filled:
    """A new place: its name, kind and area, one of ``areas``."""
    values = {name: sent.get(name, "").strip() for name in ("name", "kind", "area")}
    errors: dict[str, Words] = {}
    if not values["name"]:
        errors["name"] = ("请填写地点名称。", "Write the name of the place.")
    elif len(values["name"]) > LONGEST_NAME:
        errors["name"] = (f"最多 {LONGEST_NAME} 个字。", f"At most {LONGEST_NAME} characters.")
    if values["kind"] not in KINDS:
        errors["kind"] = ("请选择类型。", "Choose a kind.")
    if values["area"] not in areas:
        errors["area"] = ("请选择您区域内的一个单位。", "Choose a unit in your area.")
    return Filled(Which.PLACE, study_id, values, errors)


def filled_drawing(study_id: str, sent: Mapping[str, str], areas: frozenset[str]) -> Filled:
    """A drawing of households: sample, area, one of ``areas``, and number."""
    values = {name: sent.get(name, "").strip() for name in ("sample", "area", "number")}
    errors: dict[str, Words] = {}
    if values["area"] not in areas:
        errors["area"] = ("请选择您区域内的社区(村)。", "Choose a community in your area.")
    number = values["number"]
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= MOST_AT_ONCE):
        errors["number"] = (
            f"请填写 1 到 {MOST_AT_ONCE} 之间的整数。",
            f"Write a whole number from 1 to {MOST_AT_ONCE}.",
        )
    return Filled(Which.HOUSEHOLDS, study_id, values, errors)
