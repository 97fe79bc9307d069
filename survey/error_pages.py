"""Mistakes as a page or as JSON, in both languages."""

from typing import Final

import sqlalchemy as sa
from flask import Flask, Response, g, jsonify, make_response, redirect, render_template, request
from flask import current_app as app
from flask import url_for as address_of
from flask.typing import ResponseReturnValue
from jinja2 import TemplateError
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from survey.db import SAFE_METHODS, is_busy
from survey.errors import LoginRequired, SurveyError, TooBusy

RETRY_AFTER = "60"  # seconds

# What the web server itself refuses: status -> sentence in Chinese and English.
SENTENCES: Final = {
    400: (
        "请求无法读取。请返回上一页,刷新后重试。",
        "This request cannot be read. Go back and retry.",
    ),
    403: ("您没有这项权限。", "You do not have this right."),
    404: (
        "没有找到这个页面。请核对地址或二维码。",
        "This page was not found. Please check the address or the QR code.",
    ),
    405: ("这个地址不接受这种请求。", "This address does not take this kind of request."),
    413: ("提交的内容太大。", "What was sent is too large."),
    415: ("这种格式无法读取。", "This format cannot be read."),
    422: ("有些内容需要修改。", "Some of this needs to be corrected."),
    429: ("请求太频繁,请稍后再试。", "Too many requests. Please try again later."),
    500: (
        "系统出错,没有保存任何内容。请稍后重试。",
        "Something went wrong on our side and nothing was saved. Please try again later.",
    ),
    503: (TooBusy.zh, TooBusy.en),
}
NAMES: Final = {
    400: "request_unreadable",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "format_unreadable",
    422: "invalid",
    429: "too_many",
    500: "internal_error",
    503: "too_busy",
}
BARE_PAGE: Final = Markup(
    '<!doctype html><html lang="zh-Hans"><meta charset="utf-8">'
    '<title>Minyi 民意</title><p>{zh}</p><p lang="en">{en}</p></html>'
)


def init_app(app: Flask) -> None:
    app.register_error_handler(SurveyError, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(sa.exc.DBAPIError, _database_error)
    app.register_error_handler(sa.exc.TimeoutError, _database_error)


def _refused(error: SurveyError) -> ResponseReturnValue:
    if isinstance(error, LoginRequired) and request.method in SAFE_METHODS and not _wants_json():
        return redirect(address_of("accounts.login", next=request.full_path.rstrip("?")), 303)
    return _answer(error.status, error.code, error.sentence("zh"), error.sentence("en"))


def _database_error(error: sa.exc.SQLAlchemyError) -> ResponseReturnValue:
    if not is_busy(error):
        raise error
    return _refused(TooBusy())


def _http_error(error: HTTPException) -> ResponseReturnValue:
    original = getattr(error, "original_exception", None)
    if is_busy(original):  # the commit came too late for the handler above
        return _refused(TooBusy())
    if error.code is None or error.code < 400:
        return error.get_response()  # a redirect to the canonical address
    status = error.code if error.code in SENTENCES else 400 if error.code < 500 else 500
    answer = _answer(status, NAMES[status], *SENTENCES[status])
    for name, value in error.get_headers():
        if name == "Allow":
            answer.headers[name] = value
    return answer


def _answer(status: int, code: str, zh: str, en: str) -> Response:
    if _wants_json():
        answer = jsonify(status=status, error=code, zh=zh, en=en)
    else:
        answer = make_response(_page(status, code, zh, en))
    answer.status_code = status
    if status in {429, 503}:
        answer.headers["Retry-After"] = RETRY_AFTER
    return answer


def _page(status: int, code: str, zh: str, en: str) -> str:
    """The page; staff see it in their frame, everybody else in the resident's."""
    layout = "base.html" if g.get("login") else "resident.html"
    try:
        return render_template(
            "errors/error.html", layout=layout, status=status, code=code, zh=zh, en=en
        )
    except TemplateError:
        # the frame itself is broken: say at least what can be said without it
        app.logger.exception("the error page cannot be rendered")
        return BARE_PAGE.format(zh=zh, en=en)


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"
