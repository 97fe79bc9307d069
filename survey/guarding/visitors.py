"""Who makes a request: his device by a cookie, his network; the only part that knows Flask."""

import hashlib
import hmac
import logging
import re
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Final

from flask import Flask, Request, Response, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from survey.config import Config
from survey.db import SAFE_METHODS
from survey.errors import TooManyRequests
from survey.guarding.buckets import Buckets
from survey.guarding.marks import Visitor, is_inside, network_of

COOKIE: Final = "minyi-device"
# A path is compared letter by letter, and printed codes lead to /Q/ (survey.qr).
PATHS: Final = ("/q", "/Q")
DEVICE_BYTES: Final = 16
LONGEST: Final = timedelta(days=100)
LOG: Final = logging.getLogger(__name__)
_DEVICE: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def visitor(request: Request, config: Config) -> Visitor:
    """The visitor of a request; one whose cookie is none of ours counts as new.

    Ask once a request: each call makes another id for a new device.
    """
    given = request.cookies.get(COOKIE, "")
    known = _DEVICE.fullmatch(given) is not None
    network = network_of(request.remote_addr or "")
    key = config.key("network")
    return Visitor(
        device=given if known else _new_device(),
        is_new=not known,
        network=hmac.digest(key, network.encode(), hashlib.sha256).hex() if network else "",
    )


def set_device_cookie(
    response: AnyResponse, visitor: Visitor, config: Config, *, last_day: date, now: datetime
) -> None:
    """Give a new visitor's device its cookie, until the study's last day is over everywhere.

    It says nothing but which device it is, and only the resident's pages get it.
    """
    if not visitor.is_new:
        return
    until = datetime.combine(last_day, time(), UTC) + timedelta(days=2)
    age = max(min(until - now, LONGEST), timedelta())
    for path in PATHS:
        response.set_cookie(
            COOKIE,
            visitor.device,
            max_age=age,
            path=path,
            secure=config.https,
            httponly=True,
            samesite="Lax",
        )


def init_app(app: Flask) -> None:
    """Believe the proxies that the settings name and no other, and turn floods away.

    Comes first of all that looks at a request: a flood is to cost little.
    """
    config: Config = app.config["MINYI"]
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    else:
        app.before_request(_report_proxy)
    app.extensions["buckets"] = Buckets(config.flow)
    app.before_request(_refuse_flood)
    app.after_request(_charge_miss)


def _refuse_flood() -> None:
    """Refuse a resident's page, or anything that writes, to a network that asks too often."""
    if not (_is_code() or request.method not in SAFE_METHODS):
        return
    buckets: Buckets = current_app.extensions["buckets"]
    if not buckets.take(network_of(request.remote_addr or ""), monotonic()):
        raise TooManyRequests


def _charge_miss(response: Response) -> Response:
    """Let a code that does not exist cost more: a person mistypes seldom, a guesser always."""
    if response.status_code == 404 and _is_code():
        buckets: Buckets = current_app.extensions["buckets"]
        buckets.charge(network_of(request.remote_addr or ""), monotonic())
    return response


def _report_proxy() -> None:
    """Say once that a proxy is there which the settings do not name.

    Whoever comes through it counts as one network, which soon looks like an attack.
    """
    if "X-Forwarded-For" not in request.headers or "proxy_reported" in current_app.extensions:
        return
    if is_inside(request.remote_addr or ""):
        current_app.extensions["proxy_reported"] = True
        LOG.warning(
            "a proxy forwards addresses, but MINYI_TRUSTED_PROXIES is 0: "
            "all its visitors count as one network"
        )


def _is_code() -> bool:
    return request.path.startswith(("/q/", "/Q/"))


def _new_device() -> str:
    return urlsafe_b64encode(secrets.token_bytes(DEVICE_BYTES)).rstrip(b"=").decode()
