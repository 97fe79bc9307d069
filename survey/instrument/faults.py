"""Why an answer is not accepted, as a code and as a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from survey.instrument.items import Kind, Label, Question
from survey.instrument.limits import MAX_INSTANCES

MAX_TEXT = 2_000


class FaultCode(StrEnum):
    REQUIRED = "required"
    NO_SUCH_CHOICE = "no_such_choice"
    TWICE = "twice"
    NOT_ALL_RANKED = "not_all_ranked"
    NOT_WHOLE = "not_whole"
    NOT_A_NUMBER = "not_a_number"
    NOT_ON_SCALE = "not_on_scale"
    NOT_A_DATE = "not_a_date"
    NOT_A_TIME = "not_a_time"
    NOT_A_PLACE = "not_a_place"
    NOT_AN_IMAGE = "not_an_image"
    NOT_A_COUNT = "not_a_count"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    CONSTRAINT = "constraint"
    UNCHECKED = "unchecked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an answer is not accepted: a code for programs, a sentence for people.

    Attributes
    ----------
    further : mapping
        The form's own sentence by the code of a further language.
    """

    code: FaultCode
    zh: str
    en: str
    further: Mapping[str, str] = field(default_factory=dict)


_SENTENCES = {
    FaultCode.REQUIRED: ("请填写", "Please fill this in"),
    FaultCode.NO_SUCH_CHOICE: ("没有这个选项,请重新选择", "There is no such choice; choose again"),
    FaultCode.TWICE: ("同一选项出现了两次", "The same choice was given twice"),
    FaultCode.NOT_ALL_RANKED: ("请给每个选项排上顺序", "Please put every choice in order"),
    FaultCode.NOT_WHOLE: ("请填写整数,例如 35", "Write a whole number, such as 35"),
    FaultCode.NOT_A_NUMBER: ("请填写数字,例如 3.5", "Write a number, such as 3.5"),
    FaultCode.NOT_ON_SCALE: ("请选择刻度上的一个数", "Choose a number on the scale"),
    FaultCode.NOT_A_DATE: (
        "请按“年-月-日”填写日期,例如 2026-03-05",
        "Write the date as year-month-day, such as 2026-03-05",
    ),
    FaultCode.NOT_A_TIME: (
        "请按“时:分”填写时间,例如 09:30",
        "Write the time as hours:minutes, such as 09:30",
    ),
    FaultCode.NOT_A_PLACE: ("位置无效,请重新定位", "This is no position; locate it again"),
    FaultCode.NOT_AN_IMAGE: ("照片无效,请重新上传", "This is no photo; upload it again"),
    FaultCode.NOT_A_COUNT: (
        f"请填写 0 到 {MAX_INSTANCES} 的整数",
        f"Write a whole number from 0 to {MAX_INSTANCES}",
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
    Kind.RANK: ("请排出顺序", "Please put these in order"),
    Kind.INTEGER: ("请填写数字", "Please write a number"),
    Kind.DECIMAL: ("请填写数字", "Please write a number"),
    Kind.RANGE: ("请选择一个数", "Please choose a number"),
    Kind.DATE: ("请填写日期", "Please give a date"),
    Kind.TIME: ("请填写时间", "Please give a time"),
    Kind.ACKNOWLEDGE: ("请点“知道了”", "Please confirm that you have read this"),
    Kind.GEOPOINT: ("请定位", "Please give the position"),
    Kind.IMAGE: ("请拍一张照片", "Please take a photo"),
}


def fault(code: FaultCode, message: Label | None = None) -> Fault:
    """The fault with the form's own sentence where it has one."""
    return _with_own(code, _SENTENCES[code], message or {})


def missing(question: Question, message: Label | None = None) -> Fault:
    """The fault of a required question without an answer; ``message`` for its own sentence."""
    sentences = _MISSING.get(question.kind, _SENTENCES[FaultCode.REQUIRED])
    own = question.required_message if message is None else message
    return _with_own(FaultCode.REQUIRED, sentences, own)


def _with_own(code: FaultCode, sentences: tuple[str, str], own: Label) -> Fault:
    if not own:
        return Fault(code, *sentences)
    further = {code: text for code, text in own.items() if code not in {"zh", "en"}}
    return Fault(code, own.get("zh") or sentences[0], own.get("en") or sentences[1], further)
