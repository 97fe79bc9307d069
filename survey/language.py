"""Which of the two languages a page speaks: Chinese first, English by a link."""

import re
from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, current_app, has_request_context, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

from survey.config import Config

LANGUAGES: Final = ("zh", "en")
_CODE = re.compile(r"[a-z]{2,3}")
COOKIE = "minyi-language"
COOKIE_AGE = 365 * 24 * 3600  # seconds


def language() -> str:
    """``zh`` or ``en``: the language of our own words, Chinese beside a third one."""
    asked = spoken()
    return asked if asked in LANGUAGES else LANGUAGES[0]


def spoken() -> str:
    """The code of the language asked for by this request, else remembered, else Chinese.

    A questionnaire may have more languages than our own words. The resident's
    form carries it as ``.language``; its button ``.lang`` asks for a change and
    comes first.
    """
    if not has_request_context():
        return LANGUAGES[0]
    try:
        form = request.form
    except HTTPException:  # a body too large to be read still gets its error page
        form = ImmutableMultiDict()
    for asked in (
        form.get(".lang"),
        request.args.get("lang"),
        form.get(".language"),
        request.cookies.get(COOKIE),
    ):
        if asked and _CODE.fullmatch(asked):
            return asked
    return LANGUAGES[0]


def t(zh: str, en: str) -> str:
    """The text in the language of this page."""
    return zh if language() == "zh" else en


def page_url(**changes: str) -> str:
    """The address of this resident's page in another language or size.

    Keeps what else such a page has in its query, and nothing that a stranger
    could put there: the first page is kept and shown to others.
    """
    kept = {name: "1" for name in ("another", "elder") if request.args.get(name) == "1"}
    query = {**kept, "lang": spoken(), **changes}
    return f"?{urlencode({name: text for name, text in query.items() if text})}"


def language_url() -> str:
    """The address of this page in the other language."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    query.append(("lang", t("en", "zh")))
    return f"?{urlencode(query)}"


def init_app(app: Flask) -> None:
    """Give the templates ``t`` and remember a choice in a cookie."""
    app.jinja_env.globals.update(t=t, page_url=page_url)
    app.context_processor(lambda: {"lang": language(), "language_url": language_url()})
    app.after_request(_remember)


def _remember(response: Response) -> Response:
    asked = request.args.get("lang")
    if asked in LANGUAGES and asked != request.cookies.get(COOKIE):
        config: Config = current_app.config["MINYI"]
        response.set_cookie(
            COOKIE, asked, max_age=COOKIE_AGE, secure=config.https, httponly=True, samesite="Lax"
        )
    return response
