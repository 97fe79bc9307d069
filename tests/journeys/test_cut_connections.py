"""500 answers through a network that cuts, and workers that die: each is there exactly once."""

import http.client
import os
import signal
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from survey import db
from tests.factories import HEAN, Town
from tests.journeys.cutting import ENDS, cutting
from tests.journeys.servers import Client, children, free_port, serving
from tests.journeys.test_concurrency import drop_the_key
from tests.phones import Phone

ANSWERS, VISITORS = 500, 8
OFTEN = 60  # times that one answer is sent at most


@pytest.fixture
def town(postgres):
    from_template = postgres.create_database(postgres.template("migrated", db.migrate))
    town = Town(from_template)
    yield town
    town.close()
    postgres.drop_database(from_template)


class Crowd:
    """Visitors who send their last page until there is a reply."""

    def __init__(self, direct, through, code, killer):
        self.direct, self.through, self.code, self.killer = direct, through, code, killer
        self.retries = 0
        self._lock = threading.Lock()

    def answer(self, number):
        """One interview to its acknowledgement; the word that tells its row from all others."""
        word = f"w{number}-{uuid.uuid4().hex[:8]}"
        answers = HEAN.answers | {HEAN.free_text: word}
        phone = Phone(self.direct, f"/q/{self.code}").go_to("g_main", answers)
        data = phone.filled(answers)
        for attempt in range(OFTEN):
            try:
                reply = self.through.post(phone.paper.action, data)
            except (OSError, http.client.HTTPException):
                with self._lock:
                    self.retries += 1
                continue
            if reply.status_code == 303:
                self.killer.count()
                return word
            assert reply.status_code in {502, 503}, (attempt, reply.text[:300])
        raise AssertionError("never acknowledged")


class Killer:
    """Kills a worker after every so many answers, as a machine without memory does."""

    def __init__(self, gunicorn_pid, every):
        self._pid, self._every = gunicorn_pid, every
        self._lock = threading.Lock()
        self._answers = self.killed = 0

    def count(self):
        with self._lock:
            self._answers += 1
            if self._every and self._answers % self._every == 0:
                os.kill(children(self._pid)[0], signal.SIGKILL)
                self.killed += 1


def run(town, tmp_path, answers, *, app=None, kill_every=0):
    """The words that were acknowledged, and how often each is stored; retries, cuts, kills."""
    port = free_port()
    with (
        serving(town.url, tmp_path / "log", port, **({"app": app} if app else {})) as client,
        cutting(port) as proxy,
    ):
        through = Client(f"http://127.0.0.1:{proxy.port}")
        killer = Killer(client.process.pid, kill_every)
        crowd = Crowd(Patient(client), through, town.place(), killer)
        with ThreadPoolExecutor(VISITORS) as pool:
            words = list(pool.map(crowd.answer, range(answers)))
        time.sleep(0.5)  # what was accepted late is stored by now
    stored = Counter(stored_words(town))
    return words, stored, crowd.retries, proxy.cuts, killer.killed


class Patient:
    """Asks again when the worker that answered has just been killed."""

    def __init__(self, client):
        self._client = client

    def get(self, path):
        return self._again(lambda: self._client.get(path))

    def post(self, path, data):
        return self._again(lambda: self._client.post(path, data))

    @staticmethod
    def _again(ask):
        for _ in range(OFTEN):
            try:
                return ask()
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
        raise AssertionError("the server does not come back")


def stored_words(town):
    with town.session() as session:
        query = sa.text("SELECT value FROM answers WHERE name = :name")
        return list(session.scalars(query, {"name": HEAN.free_text}))


def test_each_of_500_answers_is_there_exactly_once(town, tmp_path):
    words, stored, retries, cuts, killed = run(town, tmp_path, ANSWERS, kill_every=ANSWERS // 4)
    assert stored == Counter(words)
    assert len(words) == ANSWERS
    assert retries > ANSWERS / 2  # else nothing was proved
    assert killed > 0
    assert set(cuts) == set(ENDS)
    assert min(cuts.values()) > ANSWERS / 10


def test_control_without_the_unique_key_rows_are_doubled(town, tmp_path):
    drop_the_key(town.url)
    words, stored, retries, _, _ = run(town, tmp_path, 60)
    assert retries > 0
    assert set(words) == set(stored)
    assert max(stored.values()) > 1


def test_control_with_the_commit_after_the_reply_some_are_lost(town, tmp_path):
    words, stored, _, _, killed = run(
        town, tmp_path, 60, app="tests.journeys.careless:app", kill_every=10
    )
    assert killed > 0
    assert set(words) - set(stored)
