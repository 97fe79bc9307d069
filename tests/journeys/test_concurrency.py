"""Forty posts of one submission at the same moment are one row, because of the unique key."""

import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import sqlalchemy as sa

from survey import db
from tests.factories import HEAN, SECRET, Town
from tests.journeys.servers import PortBusy, free_port, serving
from tests.phones import Phone

POSTS = 40
KEY = "uq_responses_submission_id"


@pytest.fixture
def town(migrated_url):
    town = Town(migrated_url)
    yield town
    town.close()


@pytest.fixture
def server(town, tmp_path):
    with serving(town.url, tmp_path / "gunicorn.log", free_port()) as client:
        yield client


def drop_the_key(url):
    """The index of withdrawal codes, too: a submission id settles them, so it is a second key."""
    engine = db.engine_for(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP INDEX uq_responses_wave_id_withdrawal_hash"))
        assert KEY in {
            key["name"] for key in sa.inspect(connection).get_unique_constraints("responses")
        }
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text(f"ALTER TABLE responses DROP CONSTRAINT {KEY}"))
        else:
            _rebuild_without_the_key(connection)
    with engine.connect() as connection:
        assert KEY not in {
            key["name"] for key in sa.inspect(connection).get_unique_constraints("responses")
        }
    engine.dispose()


def _rebuild_without_the_key(connection):
    """SQLite cannot drop a constraint: the table is made anew without it, while it is empty."""
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = 'responses' AND sql IS NOT NULL"
    statements = connection.scalars(sa.text(query)).all()
    connection.exec_driver_sql("DROP TABLE responses")
    for statement in statements:
        without = re.sub(rf",\s*CONSTRAINT {KEY} UNIQUE \(submission_id\)", "", statement)
        connection.exec_driver_sql(without)


def post_at_once(client, town, kind):
    """The last page of one interview, sent many times at the same moment; all replies."""
    code = town.place() if kind == "place" else town.household()
    phone = Phone(client, f"/q/{code}").go_to("g_main", HEAN.answers)  # our own code: our server
    data = phone.filled(HEAN.answers)
    together = threading.Barrier(POSTS)

    def post(_number):
        together.wait(30)
        return client.post(phone.paper.action, data)

    with ThreadPoolExecutor(POSTS) as pool:
        replies = list(pool.map(post, range(POSTS)))
    return code, [(reply.status_code, reply.location) for reply in replies]


@pytest.mark.parametrize("kind", ["place", "household"])
def test_forty_posts_at_once_are_one_row_and_forty_identical_replies(town, server, kind):
    code, replies = post_at_once(server, town, kind)
    assert len(replies) == POSTS
    assert {status for status, _ in replies} == {303}
    assert len(set(replies)) == 1
    assert town.count("responses") == 1
    assert town.counts(code)[2] == 1
    assert "已收到" in server.get(replies[0][1]).text


def test_without_the_unique_key_the_same_posts_double_rows(migrated_url, tmp_path):
    """Control: the run above can fail."""
    drop_the_key(migrated_url)
    town = Town(migrated_url)
    with serving(town.url, tmp_path / "gunicorn.log", free_port()) as client:
        _, replies = post_at_once(client, town, "place")
    assert {status for status, _ in replies} == {303}
    assert town.count("responses") > 1
    assert town.ask("SELECT count(DISTINCT submission_id) FROM responses") == 1
    town.close()


def test_a_busy_port_is_refused(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortBusy), serving("sqlite:///none.sqlite", tmp_path / "log", port):
            pytest.fail("it served beside another server")


def test_no_line_of_the_servers_log_names_a_code(town, tmp_path):
    log = tmp_path / "gunicorn.log"
    codes = [town.place(), town.household()]
    with serving(town.url, log, free_port()) as client:
        for code in codes:
            phone = Phone(client, f"/q/{code}")
            reply = phone.fill_in(HEAN.answers | {"q15_open": "SEED-ANSWER"})
            assert client.get(reply.location).status_code == 200
    text = log.read_text()
    assert text.count("POST /q/<code> 303") == 2
    for secret in (*codes, "SEED-ANSWER", SECRET):
        assert secret not in text
