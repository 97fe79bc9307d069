"""A real gunicorn on a port of this computer, and a client that speaks HTTP to it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.factories import SECRET

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
UNHURRIED = "tests.journeys.unhurried:app"


class PortBusy(Exception):
    """Somebody else's server listens: what it answers would prove nothing."""


@dataclass(frozen=True)
class Reply:
    status_code: int
    headers: Mapping[str, str]
    text: str

    @property
    def location(self):
        return self.headers.get("Location")


class Client:
    """As much of a browser as a page without JavaScript and cookies needs."""

    def __init__(self, base, process=None):
        self.host, self.process = urlsplit(base).netloc, process

    def get(self, path):
        return self._send("GET", path)

    def post(self, path, data):
        body = urlencode(list(data.items(multi=True)))
        return self._send("POST", path, body)

    def _send(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, body, form if body is not None else {})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_busy(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def environment(database_url, port, secret):
    return os.environ | {
        "SECRET_KEY": secret,
        "MINYI_BASE_URL": f"http://127.0.0.1:{port}",
        "MINYI_DATABASE_URL": database_url,
    }


@contextmanager
def serving(database_url, log, port, *, secret=SECRET, app=UNHURRIED):
    """Run the production server with two workers; ``log`` is a file for what it says.

    The caller must see for himself that a code of his database is known to
    what answers: no other server knows it.
    """
    if is_busy(port):
        raise PortBusy(port)
    command = [sys.executable, "-m", "gunicorn", "-c", "python:survey.server"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS), app]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(database_url, port, secret), stdout=out, stderr=out
        )
    try:
        deadline = time.monotonic() + 60
        while len(children(process.pid)) < WORKERS or not is_busy(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield Client(f"http://127.0.0.1:{port}", process)
        assert process.poll() is None, log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def at_hand(app, port):
    """Serve an app from a thread of this process: no start of workers, for what a page does.

    What depends on the server itself (workers, proxies, a kill) asks for ``serving``.
    """
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        """Nothing: the test says what it saw."""


def children(pid):
    """The processes that a process has started: gunicorn's workers."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except OSError:  # it has ended meanwhile
            continue
        if int(parent) == pid:
            found.append(int(stat.parent.name))
    return found
