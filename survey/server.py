"""Settings of gunicorn (`gunicorn -c python:survey.server wsgi:app`) and the access log.

No log line carries a path: the path of a QR code is the code. Each names the
rule of the address instead (`/q/<code>`).
"""

import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

ACCESS = logging.getLogger("minyi.access")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class PathlessLogger(Logger):
    """gunicorn's log without addresses, which it names when a request fails early."""

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Error handling request"):
            msg, args = "Error handling a request", ()
        super().exception(msg, *args, **kwargs)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Invalid request"):
            msg, args = "Invalid request", ()
        super().warning(msg, *args, **kwargs)


class Lines(logging.Handler):
    """Writes each line to standard error by one call of the system, which keeps it whole.

    That needs no lock; with one, the threads of a worker wait for each other's lines.
    """

    def handle(self, record: logging.LogRecord) -> bool:
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        try:
            os.write(sys.stderr.fileno(), f"{self.format(record)}\n".encode())
        except OSError:
            self.handleError(record)


def _log_to_stderr(_server: object, _worker: object) -> None:
    handler = Lines()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    ACCESS.addHandler(handler)
    ACCESS.setLevel(logging.INFO)


# gunicorn reads the names of its settings from this module.
bind = "127.0.0.1:8000"
workers = 2
worker_class = "gthread"
threads = 4
timeout = 60  # seconds
graceful_timeout = 30  # seconds
keepalive = 5  # seconds
max_requests = 20_000
max_requests_jitter = 2_000
accesslog = None
logger_class = PathlessLogger
control_socket_disable = True
post_fork = _log_to_stderr

SETTINGS = {
    "worker_class": worker_class,
    "threads": threads,
    "timeout": timeout,
    "graceful_timeout": graceful_timeout,
    "keepalive": keepalive,
    "accesslog": accesslog,
    "logger_class": logger_class,
    "control_socket_disable": control_socket_disable,
    "post_fork": post_fork,
}


class _Server(BaseApplication):
    def __init__(self, make_app: Callable[[], Flask], settings: dict[str, Any]) -> None:
        self._make_app = make_app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()


def serve(make_app: Callable[[], Flask], *, bind: str, workers: int = 2, **settings: Any) -> None:
    """Serve until a signal ends it. Each worker makes its own app after the fork.

    ``settings`` are gunicorn's, over ours (for instance ``loglevel="warning"``).
    """
    _Server(make_app, {**SETTINGS, "bind": bind, "workers": workers, **settings}).run()


def init_app(app: Flask) -> None:
    """Write a line per request: method, rule, status, milliseconds."""
    app.before_request(_start_clock)
    app.after_request(_log)


def _start_clock() -> None:
    g.started = time.perf_counter()


def _log(response: Response) -> Response:
    method = request.method if request.method in METHODS else "-"
    rule = request.url_rule.rule if request.url_rule else "-"
    spent = 1000 * (time.perf_counter() - g.get("started", time.perf_counter()))
    ACCESS.info("%s %s %d %.0f ms", method, rule, response.status_code, spent)
    return response
