"""A real gunicorn: the access log names the rule of an address and never the path."""

import logging
import os
import signal
import socket as sockets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from survey import db
from survey.server import Lines
from tests.survey.accounts.world import SECRET

ROOT = Path(__file__).resolve().parents[2]


def get(socket, path, raw=None):
    """Ask the server behind a unix socket; the status, or None when nobody answers."""
    with sockets.socket(sockets.AF_UNIX) as connection:
        connection.settimeout(10)
        try:
            connection.connect(str(socket))
        except OSError:
            return None
        plain = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(raw or plain.encode())
        answer = connection.recv(65536)
    return int(answer.split()[1])


@pytest.fixture
def server(tmp_path):
    """gunicorn with our settings and two workers, on a socket; its log in a file."""
    url = f"sqlite:///{tmp_path / 'minyi.sqlite'}"
    db.migrate(url)
    environ = os.environ | {
        "SECRET_KEY": SECRET,
        "MINYI_BASE_URL": "https://minyi.test",
        "MINYI_DATABASE_URL": url,
    }
    socket, log = tmp_path / "s", tmp_path / "log"
    command = [sys.executable, "-m", "gunicorn", "-c", "python:survey.server"]
    command += ["--bind", f"unix:{socket}", "wsgi:app"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 60
        while get(socket, "/") != 200:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield socket, log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def test_no_log_line_names_a_code(server):
    socket, log = server
    assert get(socket, "/q/SECRETCODE") in {404, 410}
    assert get(socket, "/SECRETCODE?c=SECRETCODE") == 404
    assert get(socket, "/static/app.css?v=SECRETCODE") == 200
    assert get(socket, "", raw=b"GET /q/SECRETCODE HTTP/9.9\r\n\r\n") >= 400
    assert get(socket, "", raw=b"NOT A REQUEST /q/SECRETCODE\r\n\r\n") >= 400
    time.sleep(0.5)  # the log is written after the answer
    text = log.read_text()
    assert "minyi.access GET / 200" in text
    assert "minyi.access GET - 404" in text or "minyi.access GET /q/<code>" in text
    assert "minyi.access GET /static/<path:filename> 200" in text
    assert "SECRETCODE" not in text


def record(number):
    return logging.makeLogRecord({"msg": f"{number:04}" * 50})


def test_lines_of_many_threads_stay_whole_without_a_lock(tmp_path, monkeypatch):
    lines = Lines()
    with (tmp_path / "log").open("ab") as out, ThreadPoolExecutor(8) as pool:
        monkeypatch.setattr(sys, "stderr", out)
        list(pool.map(lines.handle, map(record, range(2_000))))
    found = (tmp_path / "log").read_text().splitlines()
    assert sorted(found) == [f"{number:04}" * 50 for number in range(2_000)]


def test_a_standard_error_that_nobody_reads_breaks_no_request(monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with os.fdopen(writing, "wb") as out:
        monkeypatch.setattr(sys, "stderr", out)
        Lines().handle(record(1))
