"""Functions on dates and times."""

import math
import re
from datetime import UTC
from zoneinfo import ZoneInfo

from survey.instrument.expressions.context import Context, bounded
from survey.instrument.expressions.functions.registry import Function
from survey.instrument.expressions.moments import (
    INVALID,
    Moment,
    check_format,
    days_of_text,
    format_moment,
    local_midnight,
    moment_of_text,
    of_datetime,
    of_days,
    offset_ms,
)
from survey.instrument.expressions.values import Value

_UTC = ZoneInfo("UTC")
_TIME_OF_DAY = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.[0-9]{1,3})?([+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def _moment(context: Context, value: Value) -> Moment:
    match value:
        case Moment():
            return value
        case bool():
            return INVALID
        case float():
            return of_days(value)
        case _:
            return moment_of_text(context.string(value), context.timezone)


def _format(context: Context, args: list[Value]) -> str:
    pattern = context.string(args[1])
    return bounded([format_moment(_moment(context, args[0]), pattern, context.timezone)])


def _check_format(literals: tuple[str | None, ...]) -> None:
    if literals[1] is not None:
        check_format(literals[1])


def _decimal_date_time(context: Context, args: list[Value]) -> float:
    value = args[0]
    if isinstance(value, float) and not isinstance(value, bool):
        return value
    return days_of_text(context.string(value), context.timezone)


def _decimal_time(context: Context, args: list[Value]) -> float:
    """The share of the local day that has passed, seconds being the finest part.

    The zone's offset is that of today, so summer time counts.
    """
    if isinstance(args[0], float):
        return math.nan
    time = _TIME_OF_DAY.fullmatch(context.string(args[0]))
    if time is None:
        return math.nan
    seconds = (int(time[1]) * 60 + int(time[2])) * 60 + int(time[3])
    today = context.now.astimezone(context.timezone)
    midnight = local_midnight(today.year, today.month, today.day, _UTC)
    local = Moment(midnight.ms + seconds * 1000 - offset_ms(time[4])).local(context.timezone)
    if local is None:
        return math.nan
    return (local.hour + local.minute / 60 + local.second / 3600) / 24


def _today(context: Context, _args: list[Value]) -> Moment:
    today = context.now.astimezone(context.timezone)
    return local_midnight(today.year, today.month, today.day, context.timezone)


DATES = {
    "date": Function(1, 1, lambda c, a: _moment(c, a[0])),
    "date-time": Function(1, 1, lambda c, a: _moment(c, a[0])),
    "today": Function(0, 0, _today),
    "now": Function(0, 0, lambda c, _a: of_datetime(c.now.astimezone(UTC))),
    "format-date": Function(2, 2, _format, _check_format),
    "format-date-time": Function(2, 2, _format, _check_format),
    "decimal-date-time": Function(1, 1, _decimal_date_time),
    "decimal-time": Function(1, 1, _decimal_time),
}
