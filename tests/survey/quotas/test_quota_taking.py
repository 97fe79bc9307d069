"""A place in every quota or in none, never one too many, and nobody waits in a circle."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.areas import line_of
from survey.models import Quota
from survey.quotas.rules import Rule, steady_revision
from survey.quotas.taking import (
    QuotaFull,
    full_so_far,
    hold,
    record_turned_away,
    release,
    take,
)
from tests.factories import GRID, OTHER_TOWN, TOWN
from tests.survey.quotas.towns import QuotaTown

DEADLOCK, NO_LOCK = "40P01", "55P03"  # SQLSTATE of PostgreSQL


def take_in_savepoint(town, quotas):
    """As the intake does: the savepoint goes, the caller's other work stays."""
    with town.session() as session:
        session.execute(sa.text("UPDATE studies SET maker = maker || '+'"))
        try:
            with session.begin_nested():
                take(session, quotas)
        except QuotaFull as refusal:
            return refusal.details["quotas"]
    return ()


def test_a_place_is_taken_in_every_quota(town):
    quotas = [town.quota(""), town.quota(TOWN), town.quota(OTHER_TOWN)]
    assert take_in_savepoint(town, quotas[:2]) == ()
    assert take_in_savepoint(town, quotas[1:2]) == ()
    assert town.numbers() == [1, 2, 0]


def test_one_full_quota_stops_all_and_is_named(town):
    free, full, other = town.quota(""), town.quota(TOWN, most=1, taken=1), town.quota(OTHER_TOWN)
    none = town.quota(GRID, most=0)
    assert take_in_savepoint(town, [other, full, free]) == (full,)
    assert take_in_savepoint(town, [none, full, free]) == (full, none)
    assert town.numbers() == [0, 1, 0, 0]
    assert town.ask("SELECT maker FROM studies").endswith("++")


def test_nobody_without_a_quota_is_stopped_or_asks_the_database(town):
    with town.session() as session:
        asked = []
        sa.event.listen(session.get_bind().engine, "before_cursor_execute", asked.append)
        take(session, ())
        release(session, ())
        record_turned_away(session, ())
        assert full_so_far(session, (), (), {}) == ()
        assert asked == []


def test_a_deleted_quota_limits_nobody(town):
    free, gone = town.quota(""), town.quota(TOWN)
    town.change("DELETE FROM quotas WHERE id = :gone", gone=gone)
    assert take_in_savepoint(town, [free, gone]) == ()
    assert town.numbers() == [1]


def test_a_place_given_back_is_free_again_and_never_below_none(town):
    quotas = [town.quota("", most=1, taken=1), town.quota(TOWN)]
    with town.session() as session:
        release(session, quotas)
    assert town.numbers() == [0, 0]
    assert take_in_savepoint(town, quotas) == ()
    assert town.numbers() == [1, 1]


def test_who_was_turned_away_is_counted_at_the_quota_that_was_full(town):
    quotas = [town.quota("", most=1, taken=1), town.quota(TOWN)]
    with town.session() as session:
        record_turned_away(session, quotas[:1])
        record_turned_away(session, quotas[:1])
    assert town.numbers("turned_away") == [2, 0]
    assert town.numbers() == [1, 0]


def test_a_full_quota_is_found_as_soon_as_one_surely_belongs_to_it(town):
    old = Rule(town.quota(TOWN, "d1_sex", "2", most=0), TOWN, "d1_sex", frozenset("2"))
    here = Rule(town.quota(TOWN, most=3, taken=3), TOWN)
    there = Rule(town.quota(OTHER_TOWN, most=3, taken=2), OTHER_TOWN)
    with town.session() as session:
        at_home = line_of(session, "live", GRID)
        assert full_so_far(session, (old, here, there), (), {}) == ()  # he only scanned there
        assert full_so_far(session, (old, here, there), at_home, {}) == (here.id,)
        both = full_so_far(session, (old, here, there), at_home, {"d1_sex": "2"})
        assert both == (old.id, here.id)
        assert full_so_far(session, (old, there), at_home, {"d1_sex": "1"}) == ()


def test_the_schema_itself_takes_no_more_than_there_is(town):
    quota = town.quota("", most=1, taken=1)
    with pytest.raises(IntegrityError), town.session() as session:
        session.execute(sa.update(Quota).where(Quota.id == quota).values(taken=2))


def test_the_refusal_names_no_area_group_or_number():
    refusal = QuotaFull((7, 9))
    for language in ("zh", "en"):
        assert not any(sign.isdigit() for sign in refusal.sentence(language))
    assert refusal.details == {"quotas": (7, 9)}


# PostgreSQL alone locks rows one by one; SQLite lets one transaction write at a time.


@pytest.fixture
def city(postgres):
    """A town on PostgreSQL, with a way to look at its locks."""
    url = postgres.create_database(postgres.template("migrated", db.migrate))
    city = QuotaTown(url)
    yield city
    city.close()
    postgres.drop_database(url)


def backwards(city):
    """Two quotas, of which a reading of the whole table meets the second first."""
    first, second = city.quota("", most=1000), city.quota(TOWN, most=1000)
    city.change("UPDATE quotas SET turned_away = 0 WHERE id = :id", id=first)  # moves its row
    assert city.ask("SELECT id FROM quotas") == second
    return first, second


def thrown_out(act):
    """The SQLSTATE with which the database ended it; None when it went well."""
    try:
        act()
    except DBAPIError as error:
        return error.orig.sqlstate
    return None


def as_they_lie(session, quotas):
    """Control: one statement, but the rows in whatever order the database reads them."""
    session.execute(sa.update(Quota).where(Quota.id.in_(quotas)).values(taken=Quota.taken + 1))


def holds_second_while_it_waits_for_first(city, taking):
    """Whether a taking of both quotas, of which another has the first, keeps the second locked."""
    first, second = backwards(city)
    engine = db.engine_for(city.url)

    def run():
        with Session(engine) as session, session.begin():
            # no index: the rows are met as they lie
            session.execute(sa.text("SET LOCAL enable_indexscan = off"))
            session.execute(sa.text("SET LOCAL enable_bitmapscan = off"))
            taking(session, [second, first])

    waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    locking = sa.select(Quota.id).where(Quota.id == second).with_for_update(nowait=True)
    with ThreadPoolExecutor(1) as pool, Session(engine) as other, other.begin():
        other.execute(sa.select(Quota.id).where(Quota.id == first).with_for_update())
        running = pool.submit(run)
        deadline = time.monotonic() + 30
        while not other.scalar(waiting):
            assert time.monotonic() < deadline, "it never waited"
            other.execute(sa.text("SELECT pg_stat_clear_snapshot()"))
        held = thrown_out(lambda: other.execute(locking))
        other.rollback()
        running.result(30)
    engine.dispose()
    assert held in {None, NO_LOCK}
    return held is not None


def test_rows_are_locked_in_the_order_of_their_ids(city):
    assert not holds_second_while_it_waits_for_first(city, take)


def test_without_an_order_the_second_row_would_be_held(city):
    """Control: that is how two people come to wait for each other."""
    assert holds_second_while_it_waits_for_first(city, as_they_lie)


def crossing(city, taking, rounds=1):
    """Two people take the same two quotas at once, one of them backwards; who was thrown out."""
    first, second = backwards(city)
    engine = db.engine_for(city.url)
    together = threading.Barrier(2, timeout=60)

    def one(quotas):
        with Session(engine) as session, session.begin():
            together.wait()
            taking(session, quotas)

    def go(quotas):
        return [thrown_out(lambda: one(quotas)) for _ in range(rounds)]

    with ThreadPoolExecutor(2) as pool:
        found = [
            state for each in pool.map(go, [[first, second], [second, first]]) for state in each
        ]
    engine.dispose()
    return set(found)


def test_nobody_waits_in_a_circle(city):
    assert crossing(city, take, rounds=100) == {None}
    assert city.numbers() == [200, 200]


def test_who_takes_for_several_holds_their_quotas_first(city):
    """A reviewer who accepts many at once, and somebody who answers meanwhile."""

    def one_after_the_other(session, quotas):
        hold(session, quotas)
        for quota in quotas:
            take(session, [quota])

    assert crossing(city, one_after_the_other, rounds=50) == {None}
    assert city.numbers() == [100, 100]


def test_in_the_order_in_which_they_are_given_people_would_wait_in_a_circle(city):
    """Control: each has locked one row when he asks for the other's."""
    both_have_one = threading.Barrier(2, timeout=60)

    def one_by_one(session, quotas):
        as_they_lie(session, quotas[:1])
        both_have_one.wait()
        as_they_lie(session, quotas[1:])

    assert crossing(city, one_by_one) == {None, DEADLOCK}


def test_a_change_of_quotas_waits_for_answers_under_way_and_they_for_it(city):
    """The lock of ``steady_revision`` against the one that a change takes."""
    engine = db.engine_for(city.url)
    changing = sa.text("SELECT revision FROM studies FOR UPDATE NOWAIT")
    with Session(engine) as answering, Session(engine) as other, Session(engine) as setting:
        assert steady_revision(answering, "live") == steady_revision(other, "live")
        assert thrown_out(lambda: setting.execute(changing)) == NO_LOCK
        setting.rollback()
        answering.rollback()
        other.rollback()
        setting.execute(changing)
        setting.execute(sa.text("UPDATE studies SET revision = 2"))
        with ThreadPoolExecutor(1) as pool:
            later = pool.submit(steady_revision, other, "live")
            setting.commit()
            assert later.result(30) == 2
    engine.dispose()
