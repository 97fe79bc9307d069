"""Points in time as form expressions know them: milliseconds, local dates, days since 1970."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from survey.instrument.expressions.errors import FunctionError

MS_PER_DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_DATE_START = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_TIME = re.compile(
    r"T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time in milliseconds since 1970-01-01T00:00Z.

    NaN stands for an unreadable one (``blank`` false) and for ``date('')``
    (``blank`` true): the first prints as ``Invalid Date``, the second as nothing.
    """

    ms: float
    blank: bool = False

    @property
    def is_valid(self) -> bool:
        return not math.isnan(self.ms)

    @property
    def days(self) -> float:
        return self.ms / MS_PER_DAY

    def local(self, zone: ZoneInfo) -> datetime | None:
        """The local date and time; None outside the years 1 to 9999."""
        if not self.is_valid:
            return None
        try:
            return (_EPOCH + timedelta(milliseconds=self.ms)).astimezone(zone)
        except OverflowError:
            return None

    def text(self, zone: ZoneInfo) -> str:
        """``YYYY-MM-DD`` at local midnight, else with time and offset."""
        if self.blank:
            return ""
        local = self.local(zone)
        if local is None:
            return "Invalid Date"
        if not (local.hour or local.minute or local.second or local.microsecond):
            return f"{local.year:04d}-{local:%m-%d}"
        return f"{local.year:04d}-{local:%m-%dT%H:%M:%S}.{_ms(local):03d}{_offset(local)}"


INVALID = Moment(math.nan)
BLANK = Moment(math.nan, blank=True)


def is_date_text(text: str) -> bool:
    """Whether the text begins like ``2026-3-5``, and so counts as a number of days."""
    return _DATE_START.match(text) is not None


def days_of_text(text: str, zone: ZoneInfo) -> float:
    """Days since the epoch of a text in date form; a date alone is local midnight."""
    start = _DATE_START.match(text)
    if start is None:
        return math.nan
    if "T" in text:
        return _with_time(text, start, zone).days
    if start.end() != len(text):
        return math.nan
    year, month, day = map(int, start.groups())
    return local_midnight(year, month, day, zone).days


def moment_of_text(text: str, zone: ZoneInfo) -> Moment:
    """What ``date()`` makes of a text: a date, a date with time, or a count of days."""
    if not text:
        return BLANK
    if _PLAIN_NUMBER.fullmatch(text):
        return of_days(float(text.partition(".")[0]))
    start = _DATE_START.match(text)
    if start is None:
        return INVALID
    year, month, day = map(int, start.groups())
    if start.end() != len(text):
        return _with_time(text, start, zone)
    if _exists(year, month, day) or not _is_iso(start):
        return local_midnight(year, month, day, zone) if _in_range(month, day) else INVALID
    # A day that the month lacks, written in full, is read as UTC; the form engines agree on it.
    return _utc_midnight(year, month, day) if _in_range(month, day) else INVALID


def of_days(days: float) -> Moment:
    """The moment so many days after the epoch, cut to whole milliseconds."""
    if not math.isfinite(days):
        return INVALID
    return Moment(float(math.trunc(days * MS_PER_DAY)))


def of_datetime(when: datetime) -> Moment:
    return Moment(float((when - _EPOCH) // timedelta(milliseconds=1)))


def local_midnight(year: int, month: int, day: int, zone: ZoneInfo, after_ms: int = 0) -> Moment:
    """Local midnight, or what the clock shows later; months and days beyond the end run over."""
    if year < 1:
        return INVALID
    try:
        first = datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
        wall = first + timedelta(days=day - 1, milliseconds=after_ms)
        return of_datetime(wall.replace(tzinfo=zone).astimezone(UTC))
    except (ValueError, OverflowError):
        return INVALID


def format_moment(moment: Moment, pattern: str, zone: ZoneInfo) -> str:
    """Write a moment with ``%`` codes; empty for an unreadable one.

    Raises
    ------
    FunctionError
        A code that does not exist.
    """
    check_format(pattern)
    local = moment.local(zone)
    if local is None:
        return ""
    codes = {
        "Y": f"{local.year:04d}",
        "y": f"{local.year:04d}"[2:],
        "m": f"{local.month:02d}",
        "n": str(local.month),
        "b": _MONTHS[local.month - 1],
        "d": f"{local.day:02d}",
        "e": str(local.day),
        "H": f"{local.hour:02d}",
        "h": str(local.hour),
        "M": f"{local.minute:02d}",
        "S": f"{local.second:02d}",
        "3": f"{_ms(local):03d}",
        "a": _DAYS[local.weekday()],
        "%": "%",
    }
    pieces = pattern.split("%%")
    return "%".join(_FORMAT_CODE.sub(lambda code: codes[code[1]], piece) for piece in pieces)


_FORMAT_CODE = re.compile(r"%(.?)", re.DOTALL)
_KNOWN_CODES = frozenset("YymnbdeHhMS3a")


def check_format(pattern: str) -> None:
    """Refuse a format with an unknown code."""
    for piece in pattern.split("%%"):
        for code in _FORMAT_CODE.findall(piece):
            if code not in _KNOWN_CODES or code == "":
                raise FunctionError(
                    f"日期格式里没有 %{code}", f"there is no %{code} in a date format"
                )


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _in_range(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def _is_iso(start: re.Match[str]) -> bool:
    return len(start[2]) == 2 and len(start[3]) == 2


def _utc_midnight(year: int, month: int, day: int) -> Moment:
    return local_midnight(year, month, day, ZoneInfo("UTC"))


def _with_time(text: str, start: re.Match[str], zone: ZoneInfo) -> Moment:
    time = _TIME.fullmatch(text, start.end())
    year, month, day = map(int, start.groups())
    if time is None or not _in_range(month, day):
        return INVALID
    hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
    ends_day = hour == 24 and minute == 0 and second == 0
    if (hour > 23 and not ends_day) or minute > 59 or second > 59:
        return INVALID
    fraction = int((time[4] or "0").ljust(3, "0")[:3])
    after_midnight = ((hour * 60 + minute) * 60 + second) * 1000 + fraction
    if time[5] is None:
        return local_midnight(year, month, day, zone, after_midnight)
    return Moment(_utc_midnight(year, month, day).ms + after_midnight - offset_ms(time[5]))


def offset_ms(text: str) -> int:
    """``Z`` or ``+08:00`` as milliseconds east of UTC."""
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return (-minutes if text[0] == "-" else minutes) * 60_000


def _ms(local: datetime) -> int:
    return local.microsecond // 1000


def _offset(local: datetime) -> str:
    text = local.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
