"""The parameters column: ``key=value`` pairs, by kind."""

import re
from dataclasses import dataclass
from decimal import Decimal

from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.parser import parse
from survey.instrument.expressions.tree import Negation, Number, Reference
from survey.instrument.items import Kind, Scale
from survey.instrument.limits import MAX_STEPS

_PAIR = re.compile(r"([^\s=,;]+)\s*=\s*([^\s=,;]+)")
_BETWEEN = re.compile(r"[\s,;]*")
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,6})?")

_OF_CHOICES = frozenset({"randomize", "seed"})
_OF_RANGE = frozenset({"start", "end", "step"})
_FOLLOWED = {
    **dict.fromkeys((Kind.SELECT_ONE, Kind.SELECT_MULTIPLE, Kind.RANK), _OF_CHOICES),
    Kind.RANGE: _OF_RANGE,
}
# They say how a device shows or takes the answer; the page has its own way.
_PASSED_OVER = {
    Kind.TEXT: frozenset({"rows"}),
    Kind.RANGE: frozenset({"tick_interval", "placeholder", "tick_labelset"}),
    Kind.IMAGE: frozenset({"max-pixels", "app"}),
    Kind.GEOPOINT: frozenset({"capture-accuracy", "warning-accuracy", "allow-mock-accuracy"}),
}
_FALLBACK = {"start": "1", "end": "10", "step": "1"}  # as pyxform has it


@dataclass(frozen=True, slots=True)
class Wrong:
    """A parameter that cannot be followed: what stands there and what was expected."""

    found: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the column asks for."""

    randomize: bool = False
    seed: str | None = None
    scale: Scale | None = None


def read_parameters(kind: Kind, written: str) -> Parameters | Wrong:
    """The parameters of a question, or the first that is wrong."""
    pairs = {key.lower(): value for key, value in _PAIR.findall(written)}
    if _BETWEEN.fullmatch(_PAIR.sub("", written)) is None:
        return Wrong(written, "形如 key=value 的参数", "parameters such as key=value")
    followed = _FOLLOWED.get(kind, frozenset())
    unknown = sorted(pairs.keys() - followed - _PASSED_OVER.get(kind, frozenset()))
    if unknown:
        names = ", ".join(sorted(followed))
        return Wrong(
            unknown[0],
            f"支持的参数:{names}" if names else "空(这种题没有参数)",
            f"a supported parameter: {names}" if names else "nothing: this type has no parameters",
        )
    if kind is Kind.RANGE:
        scale = _scale(_FALLBACK | {key: pairs[key] for key in pairs if key in _OF_RANGE})
        return scale if isinstance(scale, Wrong) else Parameters(scale=scale)
    return _order(pairs)


def _order(pairs: dict[str, str]) -> Parameters | Wrong:
    word = pairs.get("randomize", "false").lower()
    if word not in {"true", "false"}:
        return Wrong(f"randomize={word}", "randomize=true 或 false", "randomize=true or false")
    randomize, seed = word == "true", pairs.get("seed")
    if seed is None:
        return Parameters(randomize=randomize)
    if not randomize:
        return Wrong(f"seed={seed}", "与 randomize=true 一起", "randomize=true with the seed")
    if not _is_seed(seed):
        return Wrong(f"seed={seed}", "整数或 ${题目名}", "an integer or ${name of a question}")
    return Parameters(randomize=True, seed=seed)


def _is_seed(text: str) -> bool:
    try:
        found = parse(text)
    except ExpressionError:
        return False
    if isinstance(found, Negation):
        found = found.operand
    return isinstance(found, Reference) or (isinstance(found, Number) and found.value.is_integer())


def _scale(texts: dict[str, str]) -> Scale | Wrong:
    for key, text in texts.items():
        if not _NUMBER.fullmatch(text):
            return Wrong(f"{key}={text}", "数字", "a number")
    start, end, step = (Decimal(texts[key]) for key in ("start", "end", "step"))
    width = abs(end - start)
    if not 0 < step <= width or width / step > MAX_STEPS:
        return Wrong(
            f"start={start} end={end} step={step}",
            f"大于 0、不超过两端之差的步长,最多 {MAX_STEPS} 步",
            f"a step above 0 and up to the width of the range, at most {MAX_STEPS} steps",
        )
    return Scale(texts["start"], texts["end"], texts["step"])
