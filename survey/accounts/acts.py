"""The vocabulary of rights and of the audit log, and which role may do what."""

from enum import StrEnum
from typing import Final

from survey.models import Role


class Act(StrEnum):
    """What staff do, as ``object.verb``."""

    SESSION_TRY = "session.try"
    SESSION_OPEN = "session.open"
    SESSION_CLOSE = "session.close"
    ACCOUNT_USE = "account.use"  # one's own: log out, change the password
    PASSWORD_CHANGE = "password.change"  # noqa: S105 - the name of an act
    USER_MANAGE = "user.manage"
    STUDY_LOAD = "study.load"
    STUDY_EXPORT = "study.export"
    FORM_READ = "form.read"
    FORM_EDIT = "form.edit"
    FORM_PUBLISH = "form.publish"
    RESULT_READ = "result.read"
    RESULT_PUBLISH = "result.publish"
    POINT_READ = "point.read"
    POINT_CREATE = "point.create"
    POINT_CHANGE = "point.change"
    POINT_PRINT = "point.print"
    POINT_REVOKE = "point.revoke"
    QUOTA_READ = "quota.read"
    QUOTA_SET = "quota.set"
    ANSWER_ENTER = "answer.enter"
    RESPONSE_REVIEW = "response.review"
    RESPONSE_READ = "response.read"
    RESPONSE_CHECK = "response.check"
    WAVE_FREEZE = "wave.freeze"
    AUDIT_READ = "audit.read"


_READS: Final = frozenset({Act.ACCOUNT_USE, Act.RESULT_READ})
_POINTS: Final = frozenset(
    {Act.POINT_READ, Act.POINT_CREATE, Act.POINT_CHANGE, Act.POINT_PRINT, Act.POINT_REVOKE}
)
_REVIEWS: Final = frozenset(
    {Act.RESPONSE_REVIEW, Act.RESPONSE_READ, Act.RESPONSE_CHECK, Act.WAVE_FREEZE}
)
_QUOTAS: Final = frozenset({Act.QUOTA_READ, Act.QUOTA_SET})
_FORMS: Final = frozenset({Act.FORM_READ, Act.FORM_EDIT, Act.FORM_PUBLISH})
_ANALYSES: Final = frozenset({Act.RESULT_PUBLISH, Act.STUDY_EXPORT}) | _REVIEWS | _FORMS

RIGHTS: Final = {
    Role.ADMINISTRATOR: _READS
    | _POINTS
    | _QUOTAS
    | _ANALYSES
    | {Act.ANSWER_ENTER, Act.USER_MANAGE, Act.STUDY_LOAD, Act.AUDIT_READ},
    Role.ANALYST: _READS | _QUOTAS | _ANALYSES,
    Role.SUPERVISOR: _READS | _POINTS | {Act.QUOTA_READ, Act.ANSWER_ENTER},
    Role.OFFICIAL: _READS,
    Role.VOLUNTEER: frozenset({Act.ACCOUNT_USE, Act.ANSWER_ENTER}),
}


def may(role: Role, act: Act) -> bool:
    return act in RIGHTS[role]
