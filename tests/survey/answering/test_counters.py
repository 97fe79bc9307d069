"""Scans, starts and completes of a code; a page never waits for its counter."""

import threading
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from survey import db
from tests.factories import HEAN


@pytest.fixture(params=["place", "household"])
def code(request, town):
    return getattr(town, request.param)()


def test_scans_starts_and_completes_are_counted(town, kit, code):
    phone = town.phone(code)
    phone.open()
    assert town.counts(code) == (1, 0, 0)
    phone.send()  # nothing filled in
    assert town.counts(code) == (1, 0, 0)
    phone.send(kit.answers)
    assert town.counts(code) == (1, 1, 0)
    phone.finish(kit.answers)
    assert town.counts(code) == (1, 1, 1)
    phone.again()
    assert town.counts(code) == (1, 1, 1)


def test_going_back_and_on_again_is_one_start(town, kit, code):
    phone = town.phone(code).go_to(kit.pages[1], kit.answers)
    phone.send(press=(".back", "1"))
    phone.send(kit.answers)
    phone.send(press=(".lang", "en"))
    phone.finish(kit.answers)
    assert town.counts(code) == (1, 1, 1)


def test_the_first_page_in_another_look_is_no_other_scan(town, code):
    phone = town.phone(code)
    for query in ("", "?lang=en", "?elder=1"):
        assert phone.open(query).page
    assert town.counts(code) == (1, 0, 0)


def test_who_declines_has_not_started(town, kit, code):
    phone = town.phone(code)
    phone.open()
    question, no = kit.known.consent
    phone.send({question: no})
    assert town.counts(code) == (1, 0, 0)


def taking_the_counts(engine):
    """A statement after which nobody else can count: SQLite's lock is on the whole file."""
    if engine.dialect.name == "postgresql":
        return "LOCK TABLE funnel_hours IN EXCLUSIVE MODE"
    return "UPDATE entry_points SET name = 'x'"


def test_a_locked_database_still_serves_the_page(make_town):
    town = make_town(kit=HEAN)
    code = town.place()
    engine = db.engine_for(town.url)
    locked, done = threading.Event(), threading.Event()

    def hold():
        with engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection:
            connection.execute(sa.text(taking_the_counts(engine)))
            locked.set()
            done.wait(30)
            connection.rollback()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert locked.wait(10)
        began = time.monotonic()
        assert town.phone(code).open().page == "g_intro"
        assert time.monotonic() - began < 10  # a quarter of a second where nothing else runs
    finally:
        done.set()
        holder.join()
        engine.dispose()
    assert town.counts(code) == (0, 0, 0)  # nobody was kept waiting for the count
    town.phone(code).open()
    assert town.counts(code) == (2, 0, 0)  # the first one had waited


def test_the_lock_of_that_test_holds(make_town):
    """Control: a writer with less patience than the holder has is refused."""
    town = make_town(kit=HEAN)
    engine = db.engine_for(town.url)
    with engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection:
        connection.execute(sa.text(taking_the_counts(engine)))
        with town.app.app_context(), pytest.raises(OperationalError):
            count_impatiently()
        connection.rollback()
    engine.dispose()


def count_impatiently():
    with db.separate_session(wait=50) as session:
        session.execute(sa.text("UPDATE funnel_hours SET scans = scans + 1"))
