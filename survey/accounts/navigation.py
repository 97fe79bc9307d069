"""The links that a role may open, for the header and the home page."""

from dataclasses import dataclass
from typing import Final

from flask import Flask, current_app, g, request, url_for

from survey.accounts.acts import Act, may


@dataclass(frozen=True, slots=True)
class Link:
    endpoint: str
    act: Act
    zh: str
    en: str


LINKS: Final = (
    Link("accounts.home", Act.ACCOUNT_USE, "首页", "Home"),
    Link("reporting.index", Act.RESULT_READ, "结果", "Results"),
    Link("fieldwork.index", Act.ANSWER_ENTER, "入户录入", "Door entry"),
    Link("points.index", Act.POINT_READ, "二维码", "QR codes"),
    Link("reviewing.index", Act.RESPONSE_REVIEW, "审核", "Review"),
    Link("allocation.index", Act.QUOTA_READ, "配额", "Quotas"),
    Link("designer.index", Act.FORM_READ, "问卷", "Questionnaires"),
    Link("accounts.users", Act.USER_MANAGE, "账号", "Accounts"),
    Link("accounts.audit_log", Act.AUDIT_READ, "操作日志", "Audit log"),
    Link("accounts.password", Act.ACCOUNT_USE, "修改密码", "Password"),
)


def nav_items() -> list[tuple[str, str, str, bool]]:
    """Address, Chinese and English text, and whether it is this page; nothing without a login."""
    if g.get("login") is None:
        return []
    role = g.login.user.role
    return [
        (url_for(link.endpoint), link.zh, link.en, link.endpoint == request.endpoint)
        for link in LINKS
        if link.endpoint in current_app.view_functions and may(role, link.act)
    ]


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"nav_items": nav_items()})
