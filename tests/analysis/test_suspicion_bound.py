"""What could be caught by who knows both sides: nothing of people, all of copies."""

import numpy as np
import pytest

from benchmarks.stuffing.attacks import FAMILIES, Setting
from benchmarks.stuffing.bound import WRONG, Habits, Sorting, caught, many_people
from benchmarks.stuffing.wave import honest

ROWS = 6_000
BY_NAME = {family.name: family for family in FAMILIES}


@pytest.fixture(scope="module")
def given():
    _, _, _, world, where = honest("whole form", 1)
    return world, where, many_people(np.random.default_rng(7), world, where, ROWS)


def found(given, name):
    world, where, people = given
    draws = np.random.default_rng(8)
    false = BY_NAME[name].play(Setting(draws, world, where, ROWS, 1))
    return caught(draws, people, false, where)


def test_people_cannot_be_told_from_people(given):
    world, where, people = given
    others = many_people(np.random.default_rng(9), world, where, ROWS)
    shares = caught(np.random.default_rng(8), people, others, where)
    for share, wrong in zip(shares, WRONG, strict=True):
        assert share == pytest.approx(wrong, abs=0.03)


def test_copies_are_all_caught_and_of_a_drip_not_nine_in_ten(given):
    assert found(given, "copied vectors")[0] > 0.97
    few, more = found(given, "slow drip")
    assert 0.3 < few < 0.8
    assert few < more < 0.9


def test_the_tables_are_shares_within_a_kind_of_place(given):
    _, where, people = given
    sorting = Sorting.of(people, where)
    habits = Habits.learnt(sorting, people)
    assert [table.shape for table in habits.tables] == [
        (5, 24), (5, 8), (5, 2), (1, where.share.size), (1, 20)
    ]  # fmt: skip
    for table in habits.tables:
        np.testing.assert_allclose(table.sum(axis=1), 1.0)
        assert (table > 0).all()
