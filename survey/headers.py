"""Headers that every answer carries, and the addresses of static files."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

from survey.config import Config

STATIC = Path(__file__).resolve().parent / "static"
ONE_YEAR = 365 * 24 * 3600  # seconds

SERVICE_WORKER = (STATIC / "sw.js").read_text(encoding="utf-8")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# What the script gives a page that it keeps for opening without a network; short, as it is sent.
KEPT_PAGE_POLICY = "default-src 'self'; img-src data:; base-uri 'none'"

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


_ALWAYS = list(ALWAYS.items())
# A style sheet or script is no page: what a page may do says nothing about it, and on a weak
# network each header costs.
FILES = frozenset({"static", "answering.script"})
_OF_FILES = [
    (name, ALWAYS[name]) for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")
]


def asset_url(name: str) -> str:
    """The address of a static file; it changes with the content, so it may be kept for ever."""
    return url_for("static", filename=name, v=_version(name))


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(asset_url=asset_url)
    app.after_request(_set)


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:16]


def _set(response: Response) -> Response:
    # nothing else sets them, so none need be looked for
    response.headers.extend(_OF_FILES if request.endpoint in FILES else _ALWAYS)
    config: Config = current_app.config["MINYI"]
    if config.https and request.endpoint not in FILES:
        response.headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}"
    response.headers["Cache-Control"] = _caching(response)
    return response


def _caching(response: Response) -> str:
    """Pages are never kept: a page kept by a cache would give two residents one submission id."""
    if request.endpoint == "answering.script" and response.status_code == 200:
        return f"public, max-age={ONE_YEAR}, immutable"  # its address has a digest of its text
    if request.endpoint != "static" or response.status_code >= 400:
        return "no-store"
    if request.args.get("v") == _version(str((request.view_args or {})["filename"])):
        return f"public, max-age={ONE_YEAR}, immutable"
    return "no-cache"
