"""Forty people at once on ten places: exactly ten get one, a hundred times, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey import db
from survey.models import Quota
from survey.quotas.taking import QuotaFull, take
from survey.sheet import TICKET
from tests.factories import HEAN, PLACE, Town
from tests.journeys.servers import free_port, serving
from tests.phones import Phone

PEOPLE, PLACES, ROUNDS = 40, 10, 100


@pytest.fixture
def town(migrated_url):
    town = Town(migrated_url)
    yield town
    town.close()


@pytest.fixture
def people(town):
    """Forty connections of their own, as requests that may write have them."""
    engines = [db.engine_for(town.url) for _ in range(PEOPLE)]
    writing = [one.execution_options(sqlite_begin="BEGIN IMMEDIATE") for one in engines]
    connections = [one.connect() for one in writing]
    if town.url.startswith("sqlite"):
        for one in connections:  # no power fails here: commits need not wait for the disk
            one.connection.cursor().execute("PRAGMA synchronous = OFF")
    yield connections
    for connection, engine in zip(connections, engines, strict=True):
        connection.close()
        engine.dispose()


def new_quotas(town, number, area=None):
    with town.session() as session:
        made = [
            Quota(
                study_id=town.study_id,
                sample_id=town.samples[PLACE],
                area_code=f"{place}" if area is None else area,
                most=PLACES,
            )
            for place in range(number)
        ]
        session.add_all(made)
        session.flush()  # gives the ids
        return [one.id for one in made]


def rush(people, quotas, taking):
    """All go for the first quota at the same moment, then for the next; how many got each."""
    together = threading.Barrier(PEOPLE, timeout=120)

    def go(connection):
        got = []
        for quota in quotas:
            together.wait()
            got.append(taking(connection, quota))
        return got

    with ThreadPoolExecutor(PEOPLE) as pool:
        return [sum(one) for one in zip(*pool.map(go, people), strict=True)]


def take_one(connection, quota):
    try:
        with Session(connection) as session, session.begin():
            take(session, [quota])
    except QuotaFull:
        return 0
    return 1


def taken(town):
    with town.session() as session:
        return list(session.scalars(sa.select(Quota.taken)))


def test_forty_at_once_on_ten_places_are_ten_a_hundred_times(town, people):
    quotas = new_quotas(town, ROUNDS)
    assert rush(people, quotas, take_one) == [PLACES] * ROUNDS
    assert taken(town) == [PLACES] * ROUNDS


def test_who_reads_first_and_writes_then_lets_too_many_in(town, people):
    """Control: the same rush goes wrong when the number is looked at before it is raised."""
    all_have_read = threading.Barrier(PEOPLE, timeout=120)

    def read_then_write(connection, quota):
        with Session(connection) as session, session.begin():
            found = session.scalars(sa.select(Quota.taken).where(Quota.id == quota)).one()
        if found >= PLACES:
            return 0
        all_have_read.wait()
        with Session(connection) as session, session.begin():
            session.execute(sa.update(Quota).where(Quota.id == quota).values(taken=found + 1))
        return 1

    assert rush(people, new_quotas(town, 1), read_then_write)[0] > PLACES


def test_forty_residents_at_once_on_ten_places_are_ten_answers(town, tmp_path):
    """The same through the whole platform: a page of thanks for thirty, and nothing of them."""
    (quota,) = new_quotas(town, 1, area="")
    code = town.place()
    with serving(town.url, tmp_path / "gunicorn.log", free_port()) as client:
        last = Phone(client, f"/q/{code}").go_to("g_main", HEAN.answers)
        opened = [Phone(client, f"/q/{code}").open() for _ in range(PEOPLE)]
        together = threading.Barrier(PEOPLE, timeout=60)

        def send(phone):
            data = last.filled(HEAN.answers, **{TICKET: phone.hidden[TICKET]})
            together.wait()
            return client.post(last.paper.action, data)

        with ThreadPoolExecutor(PEOPLE) as pool:
            replies = list(pool.map(send, opened))
    thanked = [reply for reply in replies if reply.status_code == 303]
    let_go = [reply for reply in replies if reply.status_code == 200]
    assert (len(thanked), len(let_go)) == (PLACES, PEOPLE - PLACES)
    assert all("已经收够" in reply.text for reply in let_go)
    assert town.count("responses") == PLACES
    assert town.ask("SELECT taken FROM quotas WHERE id = :id", id=quota) == PLACES
    assert town.ask("SELECT turned_away FROM quotas WHERE id = :id", id=quota) == PEOPLE - PLACES
