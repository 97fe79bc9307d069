"""Many decisions at once while people answer: nobody waits in a circle."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from survey import db
from survey.models import Role
from tests.factories import HEAN, TOWN
from tests.survey.quotas.towns import QuotaTown
from tests.survey.reviewing.conftest import WAVE, Field, send

RESIDENTS = 3
LONGEST = 10  # seconds, less than a transaction waits for a lock
KNOWS, KNOWS_NOT = {"q1_know": "1"}, {"q1_know": "3"}
REJECT = {"verdict": "rejected", "why": "成批复制的答卷"}
ACCEPT = {"verdict": "accepted", "why": "核对后认为是真的"}
DEADLOCK = "40P01"  # SQLSTATE of PostgreSQL
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def wave(postgres):
    """On PostgreSQL, which locks rows one by one; SQLite lets one transaction write at a time."""
    url = postgres.create_database(postgres.template("migrated", db.migrate))
    town = QuotaTown(url)
    yield Field(town)
    town.close()
    postgres.drop_database(url)


@pytest.fixture
def residents(wave):
    """People who have only their last page to send; one before them made the wave's salt."""
    code = wave.town.place()
    assert wave.town.phone(code).fill_in(HEAN.answers).status_code == 303
    opened = [wave.town.phone(code) for _ in range(RESIDENTS)]
    return [one.go_to("g_main", HEAN.answers) for one in opened]


@contextmanager
def once_quotas_are_locked(engine, act):
    """Do something in the middle of this thread's decision: after its first lock on quotas."""
    done = []

    def note(_connection, _cursor, text, *_rest):
        deciding = threading.current_thread() is threading.main_thread()
        if deciding and not done and "quotas" in text and "FOR UPDATE" in text:
            done.append(text)
            act()

    sa.event.listen(engine, "after_cursor_execute", note)
    yield
    sa.event.remove(engine, "after_cursor_execute", note)
    assert done


def wait_for_waiting(town):
    deadline = time.monotonic() + LONGEST
    while town.ask(WAITING) < RESIDENTS:
        assert time.monotonic() < deadline, "not everybody came to wait"
        time.sleep(0.01)


def decide(client, sent, state="held"):
    return send(client, f"{WAVE}all", shown="2", sure="1", state=state, **sent).status_code


def meet(wave, residents, sent):
    """All send when a decision on two responses has its first lock; statuses, the reviewer's first.

    The first response has a place in the second quota, the second one in both, as residents.
    These lock the first quota and ask for the second; a reviewer who locked them in the
    order of the responses would by then have the second, and ask for the first.
    """
    town, analyst = wave.town, wave.town.user(Role.ANALYST)
    town.quota("", "q1_know", "1", most=100)
    town.quota(TOWN, most=100)
    for answers in (KNOWS_NOT, KNOWS):
        wave.add(answers=answers, status="quarantined", reasons=["x"])
    if sent is ACCEPT:
        assert decide(analyst, REJECT) == 303
    town.change("UPDATE quotas SET taken = 5")
    coming = []
    with ThreadPoolExecutor(RESIDENTS) as pool:

        def come():
            coming.extend(pool.submit(one.send, HEAN.answers | KNOWS) for one in residents)
            wait_for_waiting(town)

        with once_quotas_are_locked(town.app.extensions["engine"], come):
            decided = decide(analyst, sent, "rejected" if sent is ACCEPT else "held")
        for one in coming:
            one.result(LONGEST)
    return [decided, *(one.reply.status_code for one in residents)]


@pytest.mark.parametrize(("sent", "numbers"), [(REJECT, [7, 6]), (ACCEPT, [9, 10])])
def test_residents_wait_for_a_decision_on_many_and_all_is_stored(
    wave, residents, monkeypatch, sent, numbers
):
    monkeypatch.setattr("survey.reviewing.chosen.AT_ONCE", 1)  # also of what is read in parts
    assert meet(wave, residents, sent) == [303] * (1 + RESIDENTS)
    assert wave.town.numbers() == numbers


@pytest.mark.parametrize("sent", [REJECT, ACCEPT])
def test_who_locked_quotas_one_response_after_the_other_would_throw_somebody_out(
    wave, residents, monkeypatch, sent
):
    """Control: the circle is there, and the database breaks it."""
    states = []
    sa.event.listen(
        wave.town.app.extensions["engine"],
        "handle_error",
        lambda context: states.append(context.original_exception.sqlstate),
    )
    monkeypatch.setattr("survey.reviewing.places.hold", lambda *_: None)
    assert set(meet(wave, residents, sent)) == {303, 503}
    assert set(states) == {DEADLOCK}
