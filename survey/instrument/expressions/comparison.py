"""Comparisons: XPath 1.0, section 3.4, with texts in date form read as days."""

import math
import operator
from collections.abc import Callable
from zoneinfo import ZoneInfo

from survey.instrument.expressions.moments import Moment, is_date_text, moment_of_text
from survey.instrument.expressions.values import NodeSet, Value, as_boolean, as_number, each

_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(left: Value, sign: str, right: Value, zone: ZoneInfo) -> bool:
    """Compare two values; with several nodes one pair that meets it is enough."""
    if sign in _ORDER:
        return _ordered(left, sign, right, zone)
    if isinstance(left, bool) or isinstance(right, bool):
        return (as_boolean(left) == as_boolean(right)) is (sign == "=")
    with_moment = isinstance(left, Moment) or isinstance(right, Moment)
    lefts = [_comparable(part, with_moment, zone) for part in each(left)]
    rights = [_comparable(part, with_moment, zone) for part in each(right)]
    if len(lefts) == 1 and len(rights) == 1:
        return _equal(lefts[0], rights[0], zone) is (sign == "=")
    return any(_equal(one, other, zone) is (sign == "=") for one in lefts for other in rights)


def _ordered(left: Value, sign: str, right: Value, zone: ZoneInfo) -> bool:
    """Only the extremes of two node-sets matter, so no pair need be tried."""
    with_moment = isinstance(left, Moment) or isinstance(right, Moment)
    lefts = _numbers(left, with_moment, zone)
    rights = _numbers(right, with_moment, zone)
    if not lefts or not rights:
        return False
    if sign in ("<", "<="):
        return _ORDER[sign](min(lefts), max(rights))
    return _ORDER[sign](max(lefts), min(rights))


def _numbers(value: Value, with_moment: bool, zone: ZoneInfo) -> list[float]:
    if isinstance(value, NodeSet | str) and with_moment:
        numbers = [moment_of_text(str(text), zone).days for text in each(value)]
    else:
        numbers = [as_number(part, zone) for part in each(value)]
    return [number for number in numbers if not math.isnan(number)]


def _comparable(value: Value, with_moment: bool, zone: ZoneInfo) -> float | str:
    """A text or a number: texts in date form, and all texts beside a date, become days."""
    if isinstance(value, str):
        if with_moment:
            return moment_of_text(value, zone).days
        return as_number(value, zone) if is_date_text(value) else value
    return as_number(value, zone)


def _equal(left: float | str, right: float | str, zone: ZoneInfo) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return as_number(left, zone) == as_number(right, zone)
