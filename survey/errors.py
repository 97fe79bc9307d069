"""Expected mistakes: a class each, with a code, an HTTP status and a sentence in both languages."""

from typing import Any, ClassVar


class SurveyError(Exception):
    """Base of all that the platform refuses on purpose.

    ``details`` are the values that the sentences name in braces, and what a
    page needs beside them (for instance ``faults``). Texts of users stand only
    in ``details``, so that a page escapes them like any other value.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    zh: ClassVar[str] = "无法处理这个请求。"
    en: ClassVar[str] = "This request cannot be handled."

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(self.sentence("en"))

    def sentence(self, language: str) -> str:
        """The sentence in ``zh`` or ``en``, with the details filled in."""
        return (self.zh if language == "zh" else self.en).format_map(self.details)


class Unreadable(SurveyError):
    code = "request_unreadable"
    zh = "提交的内容无法读取。请返回上一页,刷新后重试。"
    en = "What was sent cannot be read. Go back, reload the page and try again."


class TokenWrong(SurveyError):
    """An unsafe request without the token of its page: not made by our form, or too old."""

    code = "token_wrong"
    zh = "这个页面已经过期。请返回上一页,刷新后重试。"
    en = "This page is out of date. Go back, reload it and try again."


class LoginRequired(SurveyError):
    code = "login_required"
    status = 401
    zh = "请先登录。"
    en = "Please log in first."


class NotAllowed(SurveyError):
    code = "not_allowed"
    status = 403
    zh = "您的账号没有这项权限。"
    en = "Your account does not have this right."


class NotFound(SurveyError):
    """Nothing there, or nothing that this user may know of: the answer is the same."""

    code = "not_found"
    status = 404
    zh = "没有找到这个页面。请核对地址或二维码。"
    en = "This page was not found. Please check the address or the QR code."


class NotOpenYet(SurveyError):
    code = "not_open_yet"
    status = 403
    zh = "本次调查还没有开始。"
    en = "This survey has not begun yet."


class WaveClosed(SurveyError):
    code = "wave_closed"
    status = 410
    zh = "本次调查已经结束,谢谢您的关注。"
    en = "This survey has ended. Thank you for your interest."


class StudyExpired(SurveyError):
    code = "study_expired"
    status = 410
    zh = "本调查表已过有效期,不再收集答案。谢谢您的关注。"
    en = "This questionnaire is past its date of validity and takes no more answers. Thank you."


class PointRevoked(SurveyError):
    code = "point_revoked"
    status = 410
    zh = "这个二维码已经停用。谢谢您的关注。"
    en = "This QR code is no longer in use. Thank you for your interest."


class CodeUsed(SurveyError):
    code = "code_used"
    status = 410
    zh = "这个一次性二维码已经用过。谢谢您的参与。"
    en = "This single-use code has been used. Thank you for taking part."


class AreaClosed(SurveyError):
    code = "area_closed"
    status = 422
    zh = "这个区划已经撤销,不再收集答案。"
    en = "This area no longer exists and takes no answers."


class SubmissionConflict(SurveyError):
    """The submission id is known, with other answers; nothing was changed."""

    code = "submission_conflict"
    status = 409
    zh = "这份问卷已经提交过,答案不同。先前的答案保持不变。"
    en = "This questionnaire was already sent with other answers. The first ones are kept."


class Withdrawn(SurveyError):
    """The answers under the submission id were taken back by their author: nothing revives them."""

    code = "withdrawn"
    status = 410
    zh = "这份问卷已按您的要求撤回,答案已删除,不会再次保存。"
    en = "This questionnaire was withdrawn. Its answers were deleted and are not stored again."


class WithdrawalUnknown(SurveyError):
    """No response of this wave has the code, or it was withdrawn before: the answer is the same."""

    code = "withdrawal_unknown"
    status = 404
    zh = "没有找到这个撤回码对应的问卷。请核对 6 位撤回码和二维码。"
    en = "No questionnaire has this withdrawal code. Check its 6 characters and the QR code."


class TooManyTries(SurveyError):
    code = "too_many_tries"
    status = 429
    zh = "尝试次数过多,请一小时后再试。"
    en = "Too many tries. Please try again in an hour."


class TooBusy(SurveyError):
    """The database did not answer in time; the same request may succeed later."""

    code = "too_busy"
    status = 503
    zh = "系统正忙,没有保存任何内容。请一分钟后重试。"
    en = "The system is busy and nothing was saved. Please try again in a minute."


class TooManyRequests(SurveyError):
    """One network asks more often than people do; nothing was done."""

    code = "too_many"
    status = 429
    zh = "请求太频繁,没有保存任何内容。请一分钟后重试。"
    en = "Too many requests. Nothing was saved. Please try again in a minute."


class ConfigError(SurveyError):
    """A setting is missing or weak; the program does not start."""

    code = "config"
    status = 500
    zh = "{setting}:{problem_zh}"
    en = "{setting}: {problem_en}"

    def __init__(self, setting: str, zh: str, en: str) -> None:
        super().__init__(setting=setting, problem_zh=zh, problem_en=en)


class AccountRefused(SurveyError):
    """An account cannot be made or changed as asked."""

    code = "account_refused"
    status = 422
    zh = "{reason_zh}"
    en = "{reason_en}"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(reason_zh=zh, reason_en=en)
