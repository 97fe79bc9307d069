"""An attack begins at one bound and ends below another, in every process."""

from datetime import timedelta

import pytest

from survey.guarding.attacks import LOOK_BACK, LOOK_EVERY, goes_on, note_attack, under_attack
from survey.guarding.limits import Count, count
from survey.guarding.policy import Alarm, Policy, Scope
from tests.survey.guarding.waves import NOON

TEN, HOUR = timedelta(minutes=10), timedelta(hours=1)
POLICY = Policy(point_alarm=Alarm(6, 2), network_alarm=Alarm(5, 3))
HERE = {Scope.POINT: "7"}


@pytest.mark.parametrize(
    ("levels", "on"),
    [
        ([0], False),
        ([5], False),
        ([6], True),
        ([6, 0], True),  # the current window is not over yet
        ([6, 1, 0], False),
        ([6, 2, 0], True),
        ([6, 2, 2, 0], True),
        ([6, 2, 1, 5], False),  # begins at 6 only
        ([5, 5, 5, 5], False),
        ([0, 9, 0, 6], True),
    ],
)
def test_an_attack_has_two_bounds(levels, on):
    assert goes_on(levels, Alarm(6, 2)) is on


def add(worker, n, now, scope=Scope.POINT, mark="7"):
    with worker.writing() as session:
        for _ in range(n):
            counts = count(session, [Count(scope, mark)], now)
    return counts


def attacked(worker, now, marks=HERE):
    with worker.reading() as session:
        return under_attack(session, marks, now, policy=POLICY)


def noted(worker, marks, counts):
    with worker.reading() as session:
        note_attack(session, marks, counts, POLICY)


def test_an_attack_on_a_point_begins_and_ends(worker):
    add(worker, 5, NOON)
    assert not attacked(worker, NOON)
    add(worker, 1, NOON)
    assert attacked(worker, NOON + LOOK_EVERY)
    assert not attacked(worker, NOON + LOOK_EVERY, {Scope.POINT: "8"})
    add(worker, 2, NOON + TEN)
    assert attacked(worker, NOON + TEN)  # the window before was one
    assert attacked(worker, NOON + 2 * TEN)  # 2 in a window do not end it
    assert not attacked(worker, NOON + 3 * TEN)  # none in a window do
    add(worker, 5, NOON + 3 * TEN)
    assert not attacked(worker, NOON + 3 * TEN + LOOK_EVERY)


def test_an_attack_between_its_bounds_is_over_in_the_end(worker):
    add(worker, 6, NOON)
    for window in range(1, LOOK_BACK + 2):
        assert attacked(worker, NOON + window * TEN) is (window <= LOOK_BACK)
        add(worker, 2, NOON + window * TEN)


def test_a_network_is_watched_by_the_hour(worker):
    marks = HERE | {Scope.NETWORK_HOUR: "net", Scope.NETWORK_DAY: "net"}
    add(worker, 5, NOON, Scope.NETWORK_HOUR, "net")
    assert attacked(worker, NOON, marks)
    assert attacked(worker, NOON + HOUR, marks)
    assert not attacked(worker, NOON + 2 * HOUR, marks)
    assert not attacked(worker, NOON, HERE)


def test_counters_that_are_not_watched_make_no_attack(worker):
    add(worker, 9, NOON, Scope.NETWORK_DAY, "net")
    assert not attacked(worker, NOON, {Scope.NETWORK_DAY: "net"})
    noted(worker, {Scope.NETWORK_DAY: "net"}, {Scope.NETWORK_DAY: 9})
    assert not attacked(worker, NOON, {Scope.NETWORK_DAY: "net"})


def test_who_has_just_counted_knows_at_once_and_others_soon(make_worker):
    here, there = make_worker(), make_worker()
    assert not attacked(here, NOON)
    assert not attacked(there, NOON)
    counts = add(here, 6, NOON)
    assert not attacked(here, NOON)  # the answer that was counted had not been asked for a proof
    noted(here, HERE, counts)
    assert attacked(here, NOON)
    assert not attacked(there, NOON + LOOK_EVERY - timedelta(seconds=1))
    assert attacked(there, NOON + LOOK_EVERY)
    assert timedelta(seconds=10) >= LOOK_EVERY


def test_in_between_nothing_is_read(worker):
    attacked(worker, NOON)
    worker.statements.clear()
    for second in range(10):
        attacked(worker, NOON + timedelta(seconds=second), {Scope.POINT: str(second)})
    assert [s for s in worker.statements if "limit_counts" in s] == []
    attacked(worker, NOON + LOOK_EVERY)
    assert len([s for s in worker.statements if "limit_counts" in s]) == 1
