"""What a single answer may look like, and the form in which it is stored."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from survey.instrument.faults import MAX_TEXT, Fault, FaultCode, fault, missing
from survey.instrument.items import Kind, Question, Scale
from survey.instrument.limits import MAX_INSTANCES

__all__ = [
    "ACKNOWLEDGED",
    "MAX_TEXT",
    "Fault",
    "FaultCode",
    "can_be_stored",
    "clean",
    "clean_count",
    "fault",
    "missing",
    "printable",
    "reader_of",
    "tidy",
]

ACKNOWLEDGED = "OK"  # the value of an acknowledge question, as form engines store it
# More digits are no count, no age and no amount; sums with fewer stay exact.
MAX_DIGITS = 15

Reader = Callable[[str], str | Fault]

_WHOLE = re.compile(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}")
_NUMBER = re.compile(
    rf"([+-]?)([0-9]{{1,{MAX_DIGITS}}}(?:\.[0-9]{{0,{MAX_DIGITS}}})?|\.[0-9]{{1,{MAX_DIGITS}}})"
)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
# Seconds and an offset are read and left out: form engines write 09:30:00.000+08:00.
_TIME = re.compile(
    r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
# What the platform calls a photo that it has stored.
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,63}\.(?:jpg|jpeg|png|webp)")
# Control characters but tab and line end, and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(question: Question, given: str) -> str | Fault:
    """The answer in the form in which it is stored, or what is wrong with it.

    Space at the ends goes, line ends become line feeds, full-width digits become
    plain ones, several codes stand in the order of the choices; a rank keeps its own.
    """
    text = tidy(given)
    return reader_of(question)(text) if text and isinstance(text, str) else text


def tidy(given: str) -> str | Fault:
    """The text without space at its ends, or why it cannot be stored."""
    if "\r" in given:
        given = given.replace("\r\n", "\n").replace("\r", "\n")
    text = given.strip()
    if len(text) > MAX_TEXT:
        return fault(FaultCode.TOO_LONG)
    return text if can_be_stored(text) else fault(FaultCode.CHARACTERS)


def reader_of(question: Question) -> Reader:
    """What turns a tidy text that is not empty into an answer to this question."""
    match question.kind:
        case Kind.SELECT_ONE:
            return _one_of(question.codes)
        case Kind.SELECT_MULTIPLE:
            return _some_of(question.codes)
        case Kind.RANK:
            return _distinct(question.codes)
        case Kind.RANGE if question.scale is not None:
            return _on(question.scale)
        case Kind.ACKNOWLEDGE:
            return _one_of((ACKNOWLEDGED,))
        case kind:
            return _READERS.get(kind, str)


def clean_count(given: str) -> int | Fault | None:
    """How many instances of a repeat an answer asks for; None if it is empty."""
    text = _half_width(given.strip())
    if not text:
        return None
    if _WHOLE.fullmatch(text) is None or not 0 <= int(text) <= MAX_INSTANCES:
        return fault(FaultCode.NOT_A_COUNT)
    return int(text)


def can_be_stored(text: str) -> bool:
    """No control characters but tab and line end, no half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def printable(text: str) -> str:
    """The text with each character that cannot be stored written as its number."""
    return _UNSTORABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _one_of(codes: Sequence[str]) -> Reader:
    known = frozenset(codes)
    return lambda text: text if text in known else fault(FaultCode.NO_SUCH_CHOICE)


def _some_of(codes: Sequence[str]) -> Reader:
    distinct = _distinct(codes)

    def read(text: str) -> str | Fault:
        found = distinct(text)
        if isinstance(found, Fault):
            return found
        given = frozenset(found.split())
        return " ".join(code for code in codes if code in given)

    return read


def _distinct(codes: Sequence[str]) -> Reader:
    known = frozenset(codes)

    def read(text: str) -> str | Fault:
        given = text.split()
        if not known.issuperset(given):
            return fault(FaultCode.NO_SUCH_CHOICE)
        return fault(FaultCode.TWICE) if len(set(given)) < len(given) else " ".join(given)

    return read


def _on(scale: Scale) -> Reader:
    start, end, step = Decimal(scale.start), Decimal(scale.end), Decimal(scale.step)
    low, high = min(start, end), max(start, end)

    def read(text: str) -> str | Fault:
        number = _number(_half_width(text))
        if isinstance(number, Fault):
            return number
        value = Decimal(number)
        if not low <= value <= high or (value - start) % step != 0:
            return fault(FaultCode.NOT_ON_SCALE)
        return number.rstrip("0").rstrip(".") if "." in number else number

    return read


def _whole(text: str) -> str | Fault:
    text = _half_width(text)
    return str(int(text)) if _WHOLE.fullmatch(text) else fault(FaultCode.NOT_WHOLE)


def _decimal(text: str) -> str | Fault:
    return _number(_half_width(text))


def _number(text: str) -> str | Fault:
    number = _NUMBER.fullmatch(text)
    if number is None:
        return fault(FaultCode.NOT_A_NUMBER)
    sign, figures = number.groups()
    whole, _, fraction = figures.partition(".")
    plain = (whole.lstrip("0") or "0") + (f".{fraction}" if fraction.strip("0") else "")
    return f"-{plain}" if sign == "-" and plain != "0" else plain


def _date(text: str) -> str | Fault:
    try:
        parts = _DATE.fullmatch(_half_width(text))
        return date(*map(int, parts.groups())).isoformat() if parts else fault(FaultCode.NOT_A_DATE)
    except ValueError:
        return fault(FaultCode.NOT_A_DATE)


def _time(text: str) -> str | Fault:
    parts = _TIME.fullmatch(_half_width(text))
    return f"{int(parts[1]):02}:{parts[2]}" if parts else fault(FaultCode.NOT_A_TIME)


def _place(text: str) -> str | Fault:
    """Latitude, longitude (WGS 84, degrees), altitude and accuracy (metres): always four."""
    numbers = [_number(part) for part in _half_width(text).split()]
    if not 2 <= len(numbers) <= 4:
        return fault(FaultCode.NOT_A_PLACE)
    texts = [*(part for part in numbers if isinstance(part, str)), "0", "0"]
    if len(texts) < len(numbers) + 2:
        return fault(FaultCode.NOT_A_PLACE)
    latitude, longitude, _, accuracy = map(float, texts[:4])
    if abs(latitude) > 90 or abs(longitude) > 180 or accuracy < 0:
        return fault(FaultCode.NOT_A_PLACE)
    return " ".join(texts[:4])


def _image(text: str) -> str | Fault:
    return text if _IMAGE.fullmatch(text) else fault(FaultCode.NOT_AN_IMAGE)


def _half_width(text: str) -> str:
    """Full-width digits and signs, as Chinese keyboards give them, as plain ones."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


_READERS: dict[Kind, Reader] = {
    Kind.INTEGER: _whole,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.TODAY: _date,
    Kind.TIME: _time,
    Kind.GEOPOINT: _place,
    Kind.IMAGE: _image,
}
