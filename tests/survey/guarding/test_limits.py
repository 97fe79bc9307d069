"""Counters count every time once, in one statement, and are deleted when they are over."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey import db
from survey.guarding import limits
from survey.guarding.limits import Count, count, purge, purge_few, window_end
from survey.guarding.policy import WINDOWS, Scope
from survey.models import LimitCount
from tests.survey.guarding.waves import NOON, Worker

POINT = Count(Scope.POINT, "7")
HOUR = Count(Scope.NETWORK_HOUR, "n")
DAY = Count(Scope.NETWORK_DAY, "n")
WAVE_ENDS = NOON + timedelta(days=9)
DEVICE = Count(Scope.DEVICE, "d", WAVE_ENDS)
ALL = (POINT, HOUR, DAY, DEVICE)
THREADS, EACH = 5, 12


def counted(worker, counts, now=NOON):
    with worker.writing() as session:
        return count(session, counts, now)


def rows(worker):
    with worker.reading() as session:
        query = sa.select(LimitCount.scope, LimitCount.mark, LimitCount.window_end, LimitCount.n)
        return {tuple(row) for row in session.execute(query)}


def in_threads(work):
    """Run ``work(number)`` in threads at once; what they return, in no order."""
    barrier, results, failures = threading.Barrier(THREADS), [], []

    def run(number):
        barrier.wait(30)
        try:
            results.extend(work(number))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=[number]) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return results


def test_several_counters_rise_in_one_statement(worker):
    assert counted(worker, ALL) == dict.fromkeys((one.scope for one in ALL), 1)
    counted(worker, [POINT])
    worker.statements.clear()
    assert counted(worker, ALL) == {
        Scope.POINT: 3,
        Scope.NETWORK_HOUR: 2,
        Scope.NETWORK_DAY: 2,
        Scope.DEVICE: 2,
    }
    assert len([s for s in worker.statements if "limit_counts" in s]) == 1
    assert rows(worker) == {
        ("point", "7", NOON + timedelta(minutes=10), 3),
        ("network-hour", "n", NOON + timedelta(hours=1), 2),
        ("network-day", "n", NOON + timedelta(hours=12), 2),
        ("device", "d", WAVE_ENDS, 2),
    }


def test_nothing_to_count_is_no_statement(worker):
    with worker.writing() as session:
        session.connection()
        worker.statements.clear()
        assert count(session, [], NOON) == {}
    assert [s for s in worker.statements if "limit_counts" in s] == []


def test_marks_and_scopes_are_counted_apart(worker):
    counted(worker, [POINT])
    assert counted(worker, [Count(Scope.POINT, "8")]) == {Scope.POINT: 1}
    assert counted(worker, [Count(Scope.NETWORK_HOUR, "7")]) == {Scope.NETWORK_HOUR: 1}


def test_a_new_window_begins_with_one(worker):
    last = NOON + timedelta(minutes=10) - timedelta(seconds=1)
    assert counted(worker, [POINT], NOON)[Scope.POINT] == 1
    assert counted(worker, [POINT], last)[Scope.POINT] == 2
    assert counted(worker, [POINT], last + timedelta(seconds=1))[Scope.POINT] == 1


@pytest.mark.parametrize("scope", WINDOWS)
def test_a_moment_lies_in_its_window(scope):
    length = WINDOWS[scope]
    for moment in (NOON, NOON - timedelta(microseconds=1), datetime(2026, 1, 1, tzinfo=UTC)):
        end = window_end(scope, moment)
        assert end - length <= moment < end
        assert window_end(scope, end - length) == end


def test_two_counters_of_one_scope_are_refused(worker):
    with worker.writing() as session, pytest.raises(ValueError, match="one scope"):
        count(session, [POINT, Count(Scope.POINT, "8")], NOON)


def test_a_count_goes_with_its_transaction(worker):
    with worker.writing() as session:
        assert count(session, [POINT], NOON)[Scope.POINT] == 1
        session.rollback()
    assert rows(worker) == set()
    assert counted(worker, [POINT])[Scope.POINT] == 1


def test_of_many_at_once_each_gets_a_number_of_its_own(worker):
    numbers = in_threads(lambda _: [counted(worker, [POINT])[Scope.POINT] for _ in range(EACH)])
    assert sorted(numbers) == list(range(1, THREADS * EACH + 1))


def test_who_reads_before_writing_loses_some(worker):
    """Control: two who read the same number write the same number."""

    def read():
        with worker.reading() as session:
            return session.scalar(sa.select(LimitCount.n)) or 0

    counted(worker, [POINT])
    for seen in (read(), read()):
        with worker.writing() as session:
            session.execute(sa.update(LimitCount).values(n=seen + 1))
    assert read() == 2  # three were there


def test_transactions_that_name_their_counters_in_any_order_never_wait_for_each_other(worker):
    orders = [ALL, ALL[::-1], (DAY, POINT, DEVICE, HOUR), (DEVICE, HOUR), (HOUR, POINT)]
    in_threads(lambda number: [counted(worker, orders[number]) for _ in range(EACH)])
    assert counted(worker, [HOUR])[Scope.NETWORK_HOUR] == THREADS * EACH + 1


def test_a_purge_takes_what_is_long_over_and_nothing_else(worker):
    kept = limits.KEPT
    counted(worker, ALL)
    counted(worker, ALL, NOON - timedelta(days=2))
    over = NOON + timedelta(minutes=10)  # the end of POINT's window
    with worker.writing() as session:
        assert purge(session, over + kept) == 3  # of the day before yesterday; DEVICE's goes on
        assert purge(session, over + kept + timedelta(seconds=1)) == 1
    assert {row[0] for row in rows(worker)} == {"network-hour", "network-day", "device"}


def test_a_purge_beside_a_request_is_bounded(worker, monkeypatch):
    monkeypatch.setattr(limits, "FEW", 4)
    for number in range(6):
        counted(worker, [Count(Scope.POINT, str(number))], NOON - timedelta(days=1))
    just_over = NOON - limits.KEPT - timedelta(minutes=10)  # the end of its window is kept so long
    counted(worker, [POINT], just_over)
    with worker.writing() as session:
        assert [purge_few(session, NOON) for _ in range(3)] == [4, 2, 0]
        assert purge_few(session, NOON + timedelta(seconds=1)) == 1
    assert rows(worker) == set()


def test_a_purge_beside_a_request_waits_for_nobody(postgres, request):
    """On PostgreSQL, where two can delete at once."""
    worker = Worker(postgres.create_database(postgres.template("migrated", db.migrate)))
    request.addfinalizer(worker.close)
    counted(worker, [POINT, HOUR], NOON - timedelta(days=1))
    with Session(worker.engine) as first, Session(worker.engine) as second:
        first.execute(sa.delete(LimitCount).where(LimitCount.scope == "point"))
        second.execute(sa.text("SET LOCAL lock_timeout = 1"))
        assert purge_few(second, NOON) == 1  # the one that the first does not hold
        second.commit()
        first.commit()
    assert rows(worker) == set()
