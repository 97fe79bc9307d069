"""People pass, floods do not, and a flood of networks takes no more memory."""

import pytest

from survey.guarding.buckets import FLOW, Buckets, Flow

AT_ONCE, DRAFTS, PAUSE = 3, 22, 8  # requests of a person: page, script, answer; drafts, seconds


def passed(buckets, times, *, network="home", miss=False):
    """How many requests pass, made at those seconds."""
    n = 0
    for now in times:
        if buckets.take(network, now):
            n += 1
            if miss:
                buckets.charge(network, now)
    return n


def interviews(people, each):
    """Moments of all requests of people of whom one begins after each so many seconds."""
    own = [0] * AT_ONCE + [PAUSE * n for n in range(1, DRAFTS + 1)]
    return sorted(person * each + moment for person in range(people) for moment in own)


def test_an_office_of_50_that_scans_within_a_minute_passes():
    times = interviews(50, 60 / 50)
    assert passed(Buckets(), times) == len(times) == 1250


def test_an_office_of_50_that_scans_in_the_same_second_passes():
    """Its drafts come in the same seconds, too."""
    times = interviews(50, 0)
    assert passed(Buckets(), times) == len(times)


def test_a_network_of_a_mobile_operator_passes():
    """For an hour three interviews in four seconds are begun in it."""
    times = interviews(2700, 4 / 3)
    assert passed(Buckets(), times) == len(times)


def test_a_flood_passes_as_fast_as_the_bucket_fills():
    second = [n / 1000 for n in range(60_000)]  # a thousand a second for a minute
    assert passed(Buckets(), second) == pytest.approx(FLOW.burst + 60 * FLOW.each_second, abs=1)


def test_a_million_guesses_take_days():
    hour = (n / 10 for n in range(36_000))  # ten a second for an hour
    guessed = passed(Buckets(), hour, miss=True)
    at_once = FLOW.burst / (1 + FLOW.miss)
    an_hour = 3600 * FLOW.each_second / (1 + FLOW.miss)
    assert guessed == pytest.approx(at_once + an_hour, abs=2)
    assert 1e6 / guessed / 24 > 6


def test_networks_are_counted_apart():
    buckets = Buckets(Flow(burst=2, each_second=0))
    assert [buckets.take("a", 0) for _ in range(3)] == [True, True, False]
    assert buckets.take("b", 0)


def test_a_bucket_never_holds_more_than_a_burst():
    buckets = Buckets(Flow(burst=3, each_second=1))
    assert passed(buckets, [0.0, 1e6, 1e6, 1e6, 1e6]) == 4


def test_a_clock_that_stands_still_fills_nothing():
    buckets = Buckets(Flow(burst=1, each_second=1000))
    assert [buckets.take("a", 5.0) for _ in range(2)] == [True, False]


def test_a_flood_of_networks_takes_bounded_memory():
    buckets = Buckets(Flow(burst=2, each_second=0, most=100))
    buckets.take("first", 0)
    busy = []
    for number in range(1000):
        buckets.take(f"network {number}", 0)
        busy.append(buckets.take("busy", 0))
        buckets.charge(f"other {number}", 0)
    assert len(buckets) == 100
    assert busy == [True] * 2 + [False] * 998  # who asks all the time is not forgotten
    assert [buckets.take("first", 0) for _ in range(3)] == [True, True, False]  # the silent one is


def test_networks_are_kept_as_hashes_under_a_key_of_the_process():
    one, other = Buckets(), Buckets()
    for buckets in (one, other):
        buckets.take("203.0.113.7", 0)
    assert "203.0.113.7" not in repr(vars(one))
    assert set(one._buckets).isdisjoint(other._buckets)
