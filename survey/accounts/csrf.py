"""Tokens against forged requests: bound to the login, or before it to a signed cookie."""

import hashlib
import hmac
import secrets
from typing import Any

from flask import Flask, Response, current_app, g, request
from itsdangerous import BadSignature, TimestampSigner
from markupsafe import Markup
from wtforms import Form, ValidationError
from wtforms.csrf.core import CSRF

from survey.config import Config
from survey.language import language, t

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
COOKIE_AGE = 12 * 3600  # seconds that a login page stays good


class BoundToken(CSRF):
    def setup_form(self, form: Any) -> Any:
        form.meta.csrf_field_name = FIELD
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        return token()

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        if not is_right(field.data or ""):
            raise ValidationError(t("页面已过期,请刷新。", "This page is out of date. Reload it."))


class SafeForm(Form):
    """Base of every form of staff: the token is in it and cannot be forgotten."""

    class Meta:
        csrf = True
        csrf_class = BoundToken
        csrf_field_name = FIELD

        @property
        def locales(self) -> list[str]:
            return [language()]


def token() -> str:
    """A token for one page. Each is different, so that compression gives nothing away."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_mac(_secret(), nonce)}"


def is_right(given: str) -> bool:
    """Whether a token belongs to the login, or before it to the cookie, of this request."""
    nonce, _, mac = given.partition(".")
    secret = g.login.csrf_secret if g.get("login") else _secret_of_cookie()
    return secret is not None and hmac.compare_digest(mac.encode(), _mac(secret, nonce).encode())


def request_has_token() -> bool:
    return is_right(request.form.get(FIELD) or request.headers.get(HEADER) or "")


def field() -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token())


def init_app(app: Flask) -> None:
    """Give the templates ``csrf_token()`` and ``csrf_field()``."""
    app.jinja_env.globals.update(csrf_token=token, csrf_field=field)
    app.after_request(_set_cookie)


def _secret() -> str:
    """The secret that this visitor's tokens are made from; made for a login page when needed."""
    if g.get("login"):
        return str(g.login.csrf_secret)
    if "form_secret" not in g:
        g.form_secret = _secret_of_cookie()
        if g.form_secret is None:
            g.form_secret = g.new_form_secret = secrets.token_urlsafe(32)
    return str(g.form_secret)


def _secret_of_cookie() -> str | None:
    try:
        signed = request.cookies.get(_cookie_name(), "")
        return _signer().unsign(signed, max_age=COOKIE_AGE).decode()
    except BadSignature:
        return None


def _set_cookie(response: Response) -> Response:
    if new := g.get("new_form_secret"):
        response.set_cookie(
            _cookie_name(),
            _signer().sign(new).decode(),
            max_age=COOKIE_AGE,
            path="/",
            secure=_config().https,
            httponly=True,
            samesite="Lax",
        )
    return response


def _mac(secret: str, nonce: str) -> str:
    message = f"{secret}.{nonce}".encode()
    return hmac.new(_config().key("csrf"), message, hashlib.sha256).hexdigest()


def _signer() -> TimestampSigner:
    return TimestampSigner(_config().key("form cookie"), digest_method=hashlib.sha256)


def _cookie_name() -> str:
    return "__Host-minyi-form" if _config().https else "minyi-form"


def _config() -> Config:
    config: Config = current_app.config["MINYI"]
    return config
