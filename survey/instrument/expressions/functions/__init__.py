"""The functions of the language, by theme."""

from survey.instrument.expressions.functions.dates import DATES
from survey.instrument.expressions.functions.geometry import GEOMETRY
from survey.instrument.expressions.functions.numbers import NUMBERS
from survey.instrument.expressions.functions.registry import Function
from survey.instrument.expressions.functions.selection import SELECTION
from survey.instrument.expressions.functions.text import TEXT


def _chosen_by_the_evaluator(_context: object, _args: object) -> bool:
    raise AssertionError("if() is computed by the evaluator, which skips the other branch")


FUNCTIONS: dict[str, Function] = {
    **TEXT,
    **NUMBERS,
    **DATES,
    **SELECTION,
    **GEOMETRY,
    "if": Function(3, 3, _chosen_by_the_evaluator),
}

# Known to XLSForm and its clients, and refused here with the reason.
_NO_FILES = ("不读取外部文件", "external files are not read")
_NO_LINES = ("不问线和面", "lines and areas are not asked for")
_NO_DEVICE = ("不读取设备信息", "the device is not asked")
_REFUSED = {
    "pulldata": _NO_FILES,
    "pull-data": _NO_FILES,
    "instance": _NO_FILES,
    "search": _NO_FILES,
    "intersects": _NO_LINES,
    "property": _NO_DEVICE,
    "extract-signed": ("不验证签名", "signatures are not verified"),
    "jr:itext": ("文字请写在标签栏", "texts belong into the label columns"),
    "version": ("版本由平台编号", "the platform numbers the versions"),
}


def why_not(name: str) -> tuple[str, str]:
    """Why a function does not exist here, in Chinese and English."""
    if name in _REFUSED:
        zh, en = _REFUSED[name]
        return f"不支持函数 {name}():{zh}", f"the function {name}() is not supported: {en}"
    return f"没有函数 {name}()", f"there is no function {name}()"
