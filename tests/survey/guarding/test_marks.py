"""A wave's salt is made once and destroyed once; marks are hashes that nobody can make again."""

import hmac
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from survey.guarding.marks import (
    KEPT,
    device_mark,
    freeze,
    known_salt,
    network_mark,
    network_of,
    salt_of,
)
from survey.models import Wave
from tests.survey.guarding.waves import NOON

WORKERS = 6


def salt_in(worker, wave_id, now=NOON):
    with worker.writing() as session:
        salt = salt_of(session, wave_id, now)
        return salt and salt.value


def stored(worker, wave_id):
    with worker.reading() as session:
        return session.execute(sa.select(Wave.salt, Wave.frozen_at).where(Wave.id == wave_id)).one()


def freeze_by(worker, wave_id, now=NOON):
    with worker.writing() as session:
        freeze(session, session.get_one(Wave, wave_id), now)


def test_workers_that_need_the_salt_at_once_end_with_the_same(make_worker, wave_id):
    workers = [make_worker() for _ in range(WORKERS)]
    barrier, salts = threading.Barrier(WORKERS), []

    def need(worker):
        barrier.wait(30)
        salts.append(salt_in(worker, wave_id))

    threads = [threading.Thread(target=need, args=[worker]) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(salts) == WORKERS
    assert set(salts) == {stored(workers[0], wave_id).salt}
    assert len(salts[0]) == 32


def test_who_comes_before_the_first_has_committed_gets_the_salt_of_the_first(make_worker, wave_id):
    first, second, found = make_worker(), make_worker(), []
    thread = threading.Thread(target=lambda: found.append(salt_in(second, wave_id)))
    with first.writing() as session:
        made = salt_of(session, wave_id, NOON).value
        thread.start()
        while thread.is_alive() and not any(
            text.startswith(("UPDATE", "BEGIN IMM")) for text in second.statements
        ):
            time.sleep(0.01)  # on PostgreSQL it has looked in vain, on SQLite it waits to look
    thread.join()
    assert found == [made]
    assert stored(first, wave_id).salt == made


def test_who_looks_before_writing_ends_with_another_salt(make_worker, wave_id):
    """Control: the same race with the look and the write apart."""
    workers, taken = [make_worker(), make_worker()], []
    for worker, new in zip(workers, (b"1" * 32, b"2" * 32), strict=True):
        taken.append(stored(worker, wave_id).salt or new)
    for worker, salt in zip(workers, taken, strict=True):
        with worker.writing() as session:
            session.execute(sa.update(Wave).values(salt=salt))
    assert taken[0] != stored(workers[0], wave_id).salt


def test_the_salt_stays_the_same_and_is_read_once(worker, wave_id):
    salt = salt_in(worker, wave_id)
    assert salt_in(worker, wave_id) == salt
    worker.statements.clear()
    assert salt_in(worker, wave_id) == salt
    assert [s for s in worker.statements if "waves" in s] == []


def test_a_salt_that_is_rolled_back_is_never_served(worker, wave_id):
    with worker.writing() as session:
        lost = salt_of(session, wave_id, NOON)
        assert salt_of(session, wave_id, NOON) == lost
        session.rollback()
    assert stored(worker, wave_id).salt is None
    made = salt_in(worker, wave_id)
    assert made != lost.value
    assert made == stored(worker, wave_id).salt


def test_a_page_that_only_reads_makes_no_salt(worker, wave_id):
    with worker.reading() as session:
        assert known_salt(session, wave_id, NOON) is None
    assert stored(worker, wave_id).salt is None
    salt = salt_in(worker, wave_id)
    with worker.reading() as session:
        assert known_salt(session, wave_id, NOON).value == salt


def test_freezing_destroys_the_salt_at_once(worker, wave_id):
    assert salt_in(worker, wave_id)
    assert salt_in(worker, wave_id)  # now it is in the memory
    freeze_by(worker, wave_id)
    assert stored(worker, wave_id) == (None, NOON)
    assert salt_in(worker, wave_id) is None
    with worker.reading() as session:
        assert known_salt(session, wave_id, NOON) is None
    assert stored(worker, wave_id) == (None, NOON)


def test_another_worker_serves_the_salt_of_a_frozen_wave_for_half_a_minute_at_most(
    make_worker, wave_id
):
    here, there = make_worker(), make_worker()
    salt = salt_in(here, wave_id)
    assert salt_in(there, wave_id) == salt
    freeze_by(here, wave_id, NOON + timedelta(seconds=1))
    assert salt_in(there, wave_id, NOON + KEPT - timedelta(seconds=1)) == salt
    assert salt_in(there, wave_id, NOON + KEPT) is None
    assert salt_in(there, wave_id, NOON + timedelta(seconds=2)) is None  # it has forgotten it
    assert timedelta(seconds=30) >= KEPT


def test_a_wave_is_frozen_once(worker, wave_id):
    freeze_by(worker, wave_id)
    freeze_by(worker, wave_id, NOON + timedelta(days=1))
    assert stored(worker, wave_id) == (None, NOON)


def test_a_wave_object_knows_that_it_was_frozen(worker, wave_id):
    salt_in(worker, wave_id)
    with worker.writing() as session:
        wave = session.get_one(Wave, wave_id)
        assert wave.salt
        freeze(session, wave, NOON)
        assert (wave.salt, wave.frozen_at) == (None, NOON)


def test_a_printed_salt_shows_nothing(worker, wave_id):
    with worker.writing() as session:
        salt = salt_of(session, wave_id, NOON)
    assert repr(salt.value) not in repr(salt)


def test_a_mark_is_the_keyed_hash_of_the_device_in_the_wave():
    mark = device_mark(b"s" * 32, "cookie")
    assert mark == hmac.new(b"s" * 32, b"device cookie", "sha256").hexdigest()
    assert len(mark) == 64
    assert device_mark(b"t" * 32, "cookie") != mark
    assert device_mark(b"s" * 32, "cooki") != mark
    assert network_mark(b"s" * 32, "cookie") != mark


@pytest.mark.parametrize(
    ("address", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "203.0.113.7", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("2001:db8:1:2::1", "2001:0DB8:0001:0002:0:0:0:2", True),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("::1", "0.0.0.1", False),
    ],
)
def test_a_network_is_an_ipv4_address_or_the_first_half_of_an_ipv6_address(address, other, same):
    assert (network_of(address) == network_of(other)) is same
    assert network_of(address)


@pytest.mark.parametrize("text", ["", "unknown", "203.0.113.7:80", "203.0.113", "x" * 9999, "\0"])
def test_what_is_no_address_is_no_network(text):
    assert network_of(text) == ""
