"""A withdrawal code can be tried a few times; guesses slow everybody down and shut nobody out."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from survey.guarding.marks import freeze
from survey.guarding.policy import POLICY
from survey.guarding.withdrawals import may_try
from survey.models import LimitCount, Wave
from tests.survey.guarding.waves import NOON, somebody


@pytest.fixture
def tried(worker, wave_id):
    """Whether each of some tries by a network may look."""

    def tries(network, times=1, now=NOON, wave=wave_id):
        found = []
        for _ in range(times):
            with worker.writing() as session:
                found.append(may_try(session, wave, somebody(network=network), now))
        return found

    return tries


def test_a_network_has_five_tries_an_hour(tried):
    assert tried("a", 7) == [True] * 5 + [False] * 2
    assert tried("a", 1, NOON + timedelta(hours=1)) == [True]
    assert tried("b") == [True]


def test_many_tries_in_a_wave_leave_each_network_one(tried, wave_id):
    for network in "abcd":
        assert tried(network, 5) == [True] * 5
    assert tried("e", 3) == [True, False, False]
    assert tried("f", 2) == [True, False]
    assert tried("f", 2, wave=wave_id + 1) == [True, True]  # another wave knows nothing of it


def test_guesses_from_many_networks_end(tried):
    found = [tried(f"network {number}")[0] for number in range(POLICY.withdrawals_wave + 20)]
    assert found == [True] * POLICY.withdrawals_wave + [False] * 20


def test_one_network_cannot_shut_the_others_out(tried):
    tried("a", 150)
    assert tried("b", 5) == [True] * 5


def test_a_frozen_wave_is_withdrawn_from_as_well(worker, wave_id, tried):
    with worker.writing() as session:
        freeze(session, session.get_one(Wave, wave_id), NOON)
    assert tried("a", 6) == [True] * 5 + [False]


def test_networks_of_two_hours_cannot_be_told_to_be_the_same(worker, tried):
    tried("a")
    tried("a", now=NOON + timedelta(hours=1))
    with worker.reading() as session:
        query = sa.select(LimitCount.mark).where(LimitCount.scope == "withdrawal-network")
        marks = session.scalars(query).all()
    assert len(set(marks)) == 2
