"""What a single answer may look like, and the sentences for those that may not."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from survey.instrument.items import Kind, Label, Question

MAX_TEXT = 2_000
# More digits are no count, no age and no amount; sums with fewer stay exact.
MAX_DIGITS = 15


class FaultCode(StrEnum):
    REQUIRED = "required"
    NO_SUCH_CHOICE = "no_such_choice"
    TWICE = "twice"
    NOT_WHOLE = "not_whole"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_DATE = "not_a_date"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    CONSTRAINT = "constraint"
    UNCHECKED = "unchecked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an answer is not accepted: a code for programs, a sentence for people."""

    code: FaultCode
    zh: str
    en: str


_SENTENCES = {
    FaultCode.REQUIRED: ("请填写", "Please fill this in"),
    FaultCode.NO_SUCH_CHOICE: ("没有这个选项,请重新选择", "There is no such choice; choose again"),
    FaultCode.TWICE: ("同一选项出现了两次", "The same choice was given twice"),
    FaultCode.NOT_WHOLE: ("请填写整数,例如 35", "Write a whole number, such as 35"),
    FaultCode.NOT_A_NUMBER: ("请填写数字,例如 3.5", "Write a number, such as 3.5"),
    FaultCode.NOT_A_DATE: (
        "请按“年-月-日”填写日期,例如 2026-03-05",
        "Write the date as year-month-day, such as 2026-03-05",
    ),
    FaultCode.TOO_LONG: (f"最多 {MAX_TEXT} 字", f"At most {MAX_TEXT} characters"),
    FaultCode.CHARACTERS: (
        "含有无法保存的字符,请改写",
        "This contains characters that cannot be stored",
    ),
    FaultCode.CONSTRAINT: ("这个回答不符合要求,请检查", "This answer is not allowed; check it"),
    FaultCode.UNCHECKED: ("这个回答无法核对,请改写", "This answer cannot be checked; change it"),
    FaultCode.UNKNOWN: ("没有这道题", "There is no such question"),
}
_MISSING = {
    Kind.SELECT_ONE: ("请选择一项", "Please choose one"),
    Kind.SELECT_MULTIPLE: ("请至少选择一项", "Please choose at least one"),
    Kind.INTEGER: ("请填写数字", "Please write a number"),
    Kind.DECIMAL: ("请填写数字", "Please write a number"),
    Kind.DATE: ("请填写日期", "Please give a date"),
}
_WHOLE = re.compile(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}")
_NUMBER = re.compile(
    rf"([+-]?)([0-9]{{1,{MAX_DIGITS}}}(?:\.[0-9]{{0,{MAX_DIGITS}}})?|\.[0-9]{{1,{MAX_DIGITS}}})"
)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def fault(code: FaultCode, message: Label | None = None) -> Fault:
    """The fault with the form's own sentence where it has one."""
    zh, en = _SENTENCES[code]
    return Fault(code, (message or {}).get("zh") or zh, (message or {}).get("en") or en)


def missing(question: Question) -> Fault:
    """The fault of a required question without an answer."""
    zh, en = _MISSING.get(question.kind, _SENTENCES[FaultCode.REQUIRED])
    message = question.required_message
    return Fault(FaultCode.REQUIRED, message.get("zh") or zh, message.get("en") or en)


def clean(question: Question, given: str) -> str | Fault:
    """The answer in the form in which it is stored, or what is wrong with it.

    Space at the ends goes, line ends become line feeds, full-width digits become
    plain ones, several codes stand in the order of the choices.
    """
    text = given.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MAX_TEXT:
        return fault(FaultCode.TOO_LONG)
    if not _can_be_stored(text):
        return fault(FaultCode.CHARACTERS)
    if not text:
        return ""
    match question.kind:
        case Kind.SELECT_ONE:
            return text if text in question.codes else fault(FaultCode.NO_SUCH_CHOICE)
        case Kind.SELECT_MULTIPLE:
            return _selection(question.codes, text.split())
        case Kind.INTEGER:
            return _whole(_half_width(text))
        case Kind.DECIMAL:
            return _number(_half_width(text))
        case Kind.DATE:
            return _date(_half_width(text))
        case _:
            return text


def unknown_codes(known: Iterable[str], given: Iterable[str]) -> tuple[str, ...]:
    """The given codes that are in no list of choices."""
    codes = frozenset(known)
    return tuple(code for code in given if code not in codes)


def _selection(known: tuple[str, ...], given: list[str]) -> str | Fault:
    if unknown_codes(known, given):
        return fault(FaultCode.NO_SUCH_CHOICE)
    if len(set(given)) < len(given):
        return fault(FaultCode.TWICE)
    return " ".join(code for code in known if code in given)


def _whole(text: str) -> str | Fault:
    return str(int(text)) if _WHOLE.fullmatch(text) else fault(FaultCode.NOT_WHOLE)


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
        parts = _DATE.fullmatch(text)
        return date(*map(int, parts.groups())).isoformat() if parts else fault(FaultCode.NOT_A_DATE)
    except ValueError:
        return fault(FaultCode.NOT_A_DATE)


def _half_width(text: str) -> str:
    """Full-width digits and signs, as Chinese keyboards give them, as plain ones."""
    return unicodedata.normalize("NFKC", text)


def _can_be_stored(text: str) -> bool:
    """No control characters but tab and line end, no half of a surrogate pair."""
    return not any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"
        for character in text
    )
