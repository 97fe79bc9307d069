"""Functions on text, and on what is true."""

import base64
import hashlib
import math

from survey.instrument.expressions.context import MAX_TEXT, Context, bounded
from survey.instrument.expressions.errors import FunctionError
from survey.instrument.expressions.functions.registry import Function
from survey.instrument.expressions.patterns import compile_pattern
from survey.instrument.expressions.values import SPACE, Value, as_boolean, each

_SPACE_TO_BLANK = str.maketrans(dict.fromkeys(SPACE, " "))
_DIGESTS = frozenset({"md5", "sha-1", "sha-256", "sha-384", "sha-512"})
# What the page's script needs for one, and for each character.
_WORK_OF_DIGEST, _WORK_OF_HASHED = 200, 40
_ENCODINGS = frozenset({"base64", "hex"})


def _own_or_first(context: Context, args: list[Value]) -> str:
    return context.string(args[0] if args else context.current())


def _pieces(context: Context, args: list[Value]) -> list[str]:
    return [context.string(part) for value in args for part in each(value)]


def _concat(context: Context, args: list[Value]) -> str:
    return bounded(_pieces(context, args))


def _join(context: Context, args: list[Value]) -> str:
    return bounded(_pieces(context, args[1:]), context.string(args[0]))


def _coalesce(context: Context, args: list[Value]) -> str:
    return next((text for text in map(context.string, args) if text), "")


def _once(context: Context, args: list[Value]) -> str:
    return context.string(context.current()) or context.string(args[0])


def _substr(context: Context, args: list[Value]) -> str:
    text = context.string(args[0])
    start = _place(context.integer(args[1]), len(text))
    end = _place(context.integer(args[2]), len(text)) if len(args) > 2 else len(text)
    return text[start:end]


def _place(place: float, length: int) -> int:
    """A place counted from 0, or from the end if negative, cut to the text."""
    if math.isnan(place):
        return 0
    if place < 0:
        place += length
    return int(min(max(place, 0.0), float(length)))


def _substring(context: Context, args: list[Value]) -> str:
    """Characters from a place counted from 1; both numbers rounded, halves up."""
    text = context.string(args[0])
    start = _round_up(context.number(args[1]))
    end = start + _round_up(context.number(args[2])) if len(args) > 2 else math.inf
    if math.isnan(start) or math.isnan(end):
        return ""
    first = min(max(start, 1.0), len(text) + 1.0)
    last = min(max(end, first), len(text) + 1.0)
    return text[int(first) - 1 : int(last) - 1]


def _round_up(number: float) -> float:
    return float(math.floor(number + 0.5)) if math.isfinite(number) else number


def _contains(context: Context, args: list[Value]) -> bool:
    text, part = _text_and_part(context, args)
    return part in text


def _text_and_part(context: Context, args: list[Value]) -> tuple[str, str]:
    text, part = context.string(args[0]), context.string(args[1])
    context.allowance.spend_on_search(text, part)
    return text, part


def _substring_before(context: Context, args: list[Value]) -> str:
    text, mark = _text_and_part(context, args)
    before, found, _ = text.partition(mark) if mark else ("", "", "")
    return before if found else ""


def _substring_after(context: Context, args: list[Value]) -> str:
    text, mark = _text_and_part(context, args)
    return text.partition(mark)[2] if mark else text


def _translate(context: Context, args: list[Value]) -> str:
    text, source, target = map(context.string, args)
    context.allowance.spend((len(text) + len(source)) // 4)
    table: dict[int, str | None] = {}
    for place, character in enumerate(source):
        table.setdefault(ord(character), target[place] if place < len(target) else None)
    return text.translate(table)


def _normalize_space(context: Context, args: list[Value]) -> str:
    words = _own_or_first(context, args).translate(_SPACE_TO_BLANK).split(" ")
    return " ".join(word for word in words if word)


def _regex(context: Context, args: list[Value]) -> bool:
    pattern = compile_pattern(context.string(args[1]))
    return pattern.found_in(context.string(args[0]), context.allowance.spend)


def _check_regex(literals: tuple[str | None, ...]) -> None:
    if literals[1] is not None:
        compile_pattern(literals[1])


def _digest(context: Context, args: list[Value]) -> str:
    texts = [context.string(value) for value in args]
    _check_digest(tuple(texts))
    context.allowance.spend(_WORK_OF_DIGEST + _WORK_OF_HASHED * len(texts[0]))
    name = texts[1].lower().replace("sha-", "sha")
    made = hashlib.new(name, texts[0].encode("utf-8", "surrogatepass"), usedforsecurity=False)
    if len(texts) > 2 and texts[2].lower() == "hex":
        return made.hexdigest()
    return base64.b64encode(made.digest()).decode("ascii")


def _check_digest(literals: tuple[str | None, ...]) -> None:
    if literals[1] is not None and literals[1].lower() not in _DIGESTS:
        raise FunctionError(
            f"没有摘要算法 {literals[1]}", f"digest() has no algorithm {literals[1]}"
        )
    if len(literals) > 2 and literals[2] is not None and literals[2].lower() not in _ENCODINGS:
        raise FunctionError(f"没有编码 {literals[2]}", f"digest() has no encoding {literals[2]}")


def _base64_decode(context: Context, args: list[Value]) -> str:
    """The text that was encoded; empty if it was no text."""
    coded = context.string(args[0]).translate(_SPACE_TO_BLANK).replace(" ", "")
    if len(coded) % 4:
        return ""
    try:
        return base64.b64decode(coded, validate=True).decode("utf-8")
    except ValueError:
        return ""


def _uuid(context: Context, args: list[Value]) -> str:
    """A UUID of version 4; with a length, so many hexadecimal digits."""
    if not args:
        variant = "89ab"[context.draw() % 4]
        digits = _digits(context, 30)
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-{variant}{digits[15:18]}-{digits[18:]}"
        )
    length = context.integer(args[0])
    if not 0 <= length <= MAX_TEXT:
        raise FunctionError(
            f"uuid() 的长度应在 0 到 {MAX_TEXT} 之间", f"the length of uuid() is 0 to {MAX_TEXT}"
        )
    return _digits(context, int(length))


def _digits(context: Context, length: int) -> str:
    return "".join(f"{context.draw():08x}" for _ in range(0, length, 8))[:length]


def _boolean_from_string(context: Context, args: list[Value]) -> bool:
    value = args[0]
    if isinstance(value, float) and value > 0 and value.is_integer():
        return True
    return context.string(value) in ("1", "true")


TEXT = {
    "string": Function(0, 1, _own_or_first),
    "string-length": Function(0, 1, lambda c, a: float(len(_own_or_first(c, a)))),
    "concat": Function(0, None, _concat),
    "join": Function(1, None, _join),
    "coalesce": Function(1, None, _coalesce),
    "once": Function(1, 1, _once),
    "contains": Function(2, 2, _contains),
    "starts-with": Function(2, 2, lambda c, a: c.string(a[0]).startswith(c.string(a[1]))),
    "ends-with": Function(2, 2, lambda c, a: c.string(a[0]).endswith(c.string(a[1]))),
    "substr": Function(2, 3, _substr),
    "substring": Function(2, 3, _substring),
    "substring-before": Function(2, 2, _substring_before),
    "substring-after": Function(2, 2, _substring_after),
    "translate": Function(3, 3, _translate),
    "normalize-space": Function(0, 1, _normalize_space),
    "regex": Function(2, 2, _regex, _check_regex),
    "digest": Function(2, 3, _digest, _check_digest),
    "base64-decode": Function(1, 1, _base64_decode),
    "uuid": Function(0, 1, _uuid),
    "true": Function(0, 0, lambda _c, _a: True),
    "false": Function(0, 0, lambda _c, _a: False),
    "not": Function(1, 1, lambda _c, a: not as_boolean(a[0])),
    "boolean": Function(1, 1, lambda _c, a: as_boolean(a[0])),
    "boolean-from-string": Function(1, 1, _boolean_from_string),
}
