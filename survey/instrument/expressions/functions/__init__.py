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

# Known to XLSForm, and refused here with the reason.
_REFUSED = {
    "random": ("每次的结果不同", "gives another result each time"),
    "uuid": ("每次的结果不同", "gives another result each time"),
    "pulldata": ("不读取外部文件", "external files are not read"),
    "instance": ("不读取外部文件", "external files are not read"),
    "indexed-repeat": ("不支持重复组", "repeats are not supported"),
    "jr:choice-name": ("不支持选项文字", "choice labels are not available"),
    "jr:itext": ("不支持选项文字", "choice labels are not available"),
    "property": ("没有设备信息", "there is no device to ask"),
}


def why_not(name: str) -> tuple[str, str]:
    """Why a function does not exist here, in Chinese and English."""
    if name in _REFUSED:
        zh, en = _REFUSED[name]
        return f"不支持函数 {name}():{zh}", f"the function {name}() is not supported: {en}"
    return f"没有函数 {name}()", f"there is no function {name}()"
