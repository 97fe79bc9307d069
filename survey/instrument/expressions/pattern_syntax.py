"""The syntax of ``regex()`` patterns: from the text to a tree."""

from dataclasses import dataclass
from enum import Enum

from survey.instrument.expressions.errors import FunctionError

MAX_PATTERN = 400
MAX_GROUPS = 25
_LAST = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Characters:
    """A set of characters as ranges of code points; ``negated``: all others."""

    ranges: Ranges
    negated: bool = False

    def contains(self, code: int) -> bool:
        return any(low <= code <= high for low, high in self.ranges) is not self.negated


class Assertion(Enum):
    START = "^"
    END = "$"
    BOUNDARY = "\\b"
    NO_BOUNDARY = "\\B"


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Alternatives:
    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    body: "Part"
    least: int
    most: int | None


Part = Characters | Assertion | Sequence | Alternatives | Repeat

_DIGIT: Ranges = ((0x30, 0x39),)
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_LINE_END: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_SPACE: Ranges = (
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D, "0": 0x00}
_HEX_LENGTH = {"x": 2, "u": 4}
_HEX = frozenset("0123456789abcdefABCDEF")
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def parse_pattern(pattern: str) -> Part:
    """Read a pattern.

    Raises
    ------
    FunctionError
        Says what is wrong and at which character.
    """
    if len(pattern) > MAX_PATTERN:
        raise FunctionError(
            f"正则超过 {MAX_PATTERN} 个字符", f"the regex is longer than {MAX_PATTERN} characters"
        )
    return _Reader(pattern).whole()


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._place = 0
        self._depth = 0

    def whole(self) -> Part:
        tree = self._alternatives()
        if self._place < len(self._pattern):
            raise self._fault("多余的右括号", "a parenthesis closes nothing")
        return tree

    def _fault(self, zh: str, en: str) -> FunctionError:
        return FunctionError(
            f"正则第 {self._place + 1} 个字符:{zh}", f"regex, character {self._place + 1}: {en}"
        )

    def _peek(self) -> str:
        return self._pattern[self._place : self._place + 1]

    def _accept(self, text: str) -> bool:
        if not self._pattern.startswith(text, self._place):
            return False
        self._place += len(text)
        return True

    def _alternatives(self) -> Part:
        parts = [self._sequence()]
        while self._accept("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Alternatives(tuple(parts))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))
        return Sequence(tuple(parts))

    def _repeated(self, atom: Part) -> Part:
        bounds = self._quantifier()
        if bounds is None:
            return atom
        if isinstance(atom, Assertion):
            raise self._fault("这里不能重复", "there is nothing to repeat")
        self._accept("?")  # whether greedy or lazy: the same texts match
        least, most = bounds
        if most is not None and most < least:
            raise self._fault("重复次数颠倒", "the numbers of the repetition are in wrong order")
        return Repeat(atom, least, most)

    def _quantifier(self) -> tuple[int, int | None] | None:
        sign = self._peek()
        if sign in _QUANTIFIERS:
            self._place += 1
            return _QUANTIFIERS[sign]
        return self._counted() if sign == "{" else None

    def _counted(self) -> tuple[int, int | None] | None:
        """``{2}``, ``{2,}`` or ``{2,4}``; any other brace is an ordinary character."""
        content, closed, _ = self._pattern[self._place + 1 :].partition("}")
        least, comma, most = content.partition(",")
        if not closed or not _is_count(least) or (most and not _is_count(most)):
            return None
        self._place += len(content) + 2
        if not comma:
            return int(least), int(least)
        return int(least), int(most) if most else None

    def _atom(self) -> Part:
        character = self._pattern[self._place]
        if character in _QUANTIFIERS or (character == "{" and self._counted() is not None):
            raise self._fault("前面没有可重复的内容", "there is nothing to repeat")
        self._place += 1
        match character:
            case "(":
                return self._group()
            case "[":
                return self._set()
            case "^":
                return Assertion.START
            case "$":
                return Assertion.END
            case ".":
                return Characters(_LINE_END, negated=True)
            case "\\":
                return self._escape()
            case _:
                return Characters(((ord(character), ord(character)),))

    def _group(self) -> Part:
        self._depth += 1
        if self._depth > MAX_GROUPS:
            raise self._fault("括号嵌套太深", "groups are nested too deep")
        if self._accept("?") and not self._accept(":"):
            raise self._fault("不支持前后查找和命名组", "look-around and named groups are refused")
        inner = self._alternatives()
        if not self._accept(")"):
            raise self._fault("缺右括号", "a closing parenthesis was expected")
        self._depth -= 1
        return inner

    def _escape(self) -> Part:
        if self._accept("b"):
            return Assertion.BOUNDARY
        if self._accept("B"):
            return Assertion.NO_BOUNDARY
        return self._escaped_characters()

    def _escaped_characters(self) -> Characters:
        letter = self._peek()
        if not letter:
            raise self._fault("反斜杠后缺字符", "a character was expected after the backslash")
        if letter in "123456789kpPc":
            raise self._fault(f"不支持 \\{letter}", f"\\{letter} is not supported")
        self._place += 1
        if letter.lower() in _CLASSES:
            return Characters(_CLASSES[letter.lower()], negated=letter.isupper())
        code = _CONTROLS.get(letter, ord(letter))
        digits = self._pattern[self._place : self._place + _HEX_LENGTH.get(letter, 0)]
        if digits and len(digits) == _HEX_LENGTH[letter] and _HEX.issuperset(digits):
            self._place += len(digits)
            code = int(digits, 16)
        if letter == "u" and 0xD800 <= code <= 0xDFFF:
            raise self._fault("请直接写出该字符", "half a character: write the character itself")
        return Characters(((code, code),))

    def _set(self) -> Characters:
        negated = self._accept("^")
        ranges: list[tuple[int, int]] = []
        while not self._accept("]"):
            low = self._set_member()
            if self._peek() == "-" and self._pattern[self._place + 1 :][:1] not in ("]", ""):
                self._place += 1
                high = self._set_member()
                if not (_is_single(low) and _is_single(high)):
                    raise self._fault("区间两端应为字符", "a range needs a character at each end")
                first, last = low.ranges[0][0], high.ranges[0][0]
                if first > last:
                    raise self._fault("区间两端颠倒", "the ends of the range are in wrong order")
                ranges.append((first, last))
            else:
                ranges += _complement(low.ranges) if low.negated else low.ranges
        return Characters(tuple(ranges), negated)

    def _set_member(self) -> Characters:
        character = self._peek()
        if not character:
            raise self._fault("缺右方括号", "a closing bracket ] was expected")
        self._place += 1
        if character != "\\":
            return Characters(((ord(character), ord(character)),))
        if self._accept("b"):
            return Characters(((0x08, 0x08),))
        return self._escaped_characters()


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _is_single(characters: Characters) -> bool:
    (low, high), *more = characters.ranges
    return low == high and not more and not characters.negated


def _complement(ranges: Ranges) -> list[tuple[int, int]]:
    """All code points outside sorted, disjoint ranges."""
    gaps: list[tuple[int, int]] = []
    start = 0
    for low, high in ranges:
        if start < low:
            gaps.append((start, low - 1))
        start = high + 1
    return [*gaps, (start, _LAST)]
