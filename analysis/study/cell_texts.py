"""What a text of a cell must be to count as a number or a day."""

import re
from datetime import date, datetime
from math import isfinite
from zoneinfo import ZoneInfo

# Python's float also takes "1_000", "nan" and digits of other scripts.
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_number(text: str) -> bool:
    """Whether a text is a finite decimal number such as 12, -0.5 or 2e3."""
    return NUMBER.fullmatch(text) is not None and isfinite(float(text))


def is_positive(text: str) -> bool:
    return is_number(text) and float(text) > 0


def is_amount(text: str) -> bool:
    """Whether a text is a number that is not negative."""
    return is_number(text) and float(text) >= 0


def is_day(text: str) -> bool:
    """Whether a text is a day such as 2026-03-02."""
    if not DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def local_day(text: str, zone: ZoneInfo) -> date | None:
    """The local day of an ISO 8601 time; one without an offset is local already."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return None
