"""One commit per request, savepoints that undo, writers that wait, and 503 instead of 500."""

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import make_response
from sqlalchemy.orm import Session

from survey import db
from survey.accounts.access import own_token, public
from survey.app import create_app
from survey.config import Config
from survey.errors import NotFound
from survey.models import Area, Role, User
from tests.survey.accounts import world

COUNT = "SELECT count(*) FROM users"


def add_user(session, name="x"):
    world.make_user(session, Role.OFFICIAL, username=name)


@pytest.fixture
def url(migrated_url):
    with db.open_session(migrated_url) as session:
        world.make_study(session)
    return migrated_url


@pytest.fixture
def make_client(url):
    """A client of an app with one more view at /try; ``change`` may alter its engine first."""
    apps = []

    def make(view, *, change=lambda _: None, address=url):
        app = create_app(
            Config(secret_key=world.SECRET, base_url="https://minyi.test", database_url=address)
        )
        app.add_url_rule("/try", "try", own_token(public(view)), methods=["GET", "POST"])
        change(app.extensions["engine"])
        apps.append(app)
        return app.test_client()

    yield make
    for app in apps:
        app.extensions["engine"].dispose()


def view_that_answers(status):
    def view():
        add_user(db.session())
        return make_response("done", status)

    return view


@pytest.mark.parametrize("status", [200, 201, 303])
def test_a_post_that_goes_well_is_stored(url, make_client, status):
    assert make_client(view_that_answers(status)).post("/try").status_code == status
    assert world.scalar(url, COUNT) == 1


@pytest.mark.parametrize("status", [400, 409, 422, 499, 500])
def test_a_post_that_ends_in_an_error_stores_nothing(url, make_client, status):
    assert make_client(view_that_answers(status)).post("/try").status_code == status
    assert world.scalar(url, COUNT) == 0


def test_a_refusal_that_is_raised_stores_nothing(url, make_client):
    def view():
        add_user(db.session())
        raise NotFound

    assert make_client(view).post("/try").status_code == 404
    assert world.scalar(url, COUNT) == 0


def test_a_get_stores_nothing(url, make_client):
    assert make_client(view_that_answers(200)).get("/try").status_code == 200
    assert world.scalar(url, COUNT) == 0


def test_a_failing_commit_is_a_500_and_stores_nothing(url, make_client):
    def view():
        add_user(db.session())
        with db.session().begin_nested():
            add_user(db.session(), "y")
        orphan = Area(
            study_id="hean",
            code="419099009000",
            name="x",
            parent="999999999999",  # this key is checked by the commit only
            level="乡级",
            urban_rural="",
            position=9,
        )
        db.session().add(orphan)
        return "done"

    reply = make_client(view).post("/try")
    assert reply.status_code == 500
    assert "没有保存任何内容" in reply.text
    assert world.scalar(url, COUNT) == 0


def test_a_released_savepoint_is_undone_by_the_rollback(url):
    engine = db.engine_for(url)
    with Session(engine) as session:
        with session.begin_nested():
            add_user(session)
        session.rollback()
    engine.dispose()
    assert world.scalar(url, COUNT) == 0


def test_a_separate_session_stays_when_the_request_fails(url, make_client):
    def view():
        with db.separate_session() as session:
            add_user(session)
        return make_response("no", 422)

    client = make_client(view)
    assert client.post("/try").status_code == 422
    assert world.scalar(url, COUNT) == 1


def test_a_separate_session_that_fails_stores_nothing(url, make_client):
    def view():
        with db.separate_session() as session:
            add_user(session)
            raise NotFound

    make_client(view).get("/try")
    assert world.scalar(url, COUNT) == 0


def test_a_command_that_fails_stores_nothing(url):
    def fail():
        with db.open_session(url) as session:
            add_user(session)
            raise NotFound

    with pytest.raises(NotFound):
        fail()
    assert world.scalar(url, COUNT) == 0


def short_wait(url):
    """The same address with a lock time-out that a test can wait for."""
    if url.startswith("sqlite"):
        return url
    return url + "&options=-c%20lock_timeout%3D200"


def be_impatient(engine):
    if engine.dialect.name == "sqlite":
        engine.update_execution_options(wait=200)


def test_a_lock_that_is_not_to_be_had_is_a_503(url, make_client):
    with db.open_session(url) as session:
        add_user(session)

    def view():
        row = db.session().scalar(sa.select(User).with_for_update())
        row.name_badge = "new"
        return "done"

    client = make_client(view, change=be_impatient, address=short_wait(url))
    holder = db.engine_for(url)
    with holder.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
        connection.execute(sa.text("UPDATE users SET name_badge = 'held'"))
        refused = client.post("/try")
    holder.dispose()
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert "系统正忙" in refused.text
    assert client.post("/try").status_code == 200
    assert world.scalar(url, "SELECT name_badge FROM users") == "new"


def test_a_statement_that_takes_too_long_on_postgresql_is_a_503(postgres, make_client):
    def view():
        db.session().execute(sa.text("SELECT pg_sleep(10)"))
        return "done"

    slow = postgres.url("postgres") + "&options=-c%20statement_timeout%3D100"
    assert make_client(view, address=slow).get("/try").status_code == 503


def test_a_database_that_is_away_is_a_503(make_client):
    def view():
        db.session().execute(sa.text("SELECT 1"))
        return "done"

    away = "postgresql+psycopg://nobody@127.0.0.1:9/none"  # the port of "discard": nobody listens
    reply = make_client(view, address=away).get("/try")
    assert reply.status_code == 503
    assert "Retry-After" in reply.headers


def test_a_mistake_of_ours_is_a_500_and_not_a_503(make_client):
    def view():
        db.session().execute(sa.text("SELECT * FROM no_such_table"))
        return "done"

    reply = make_client(view).get("/try")
    assert reply.status_code == 500
    assert "Retry-After" not in reply.headers


def test_a_failure_does_not_tell_the_log_what_was_answered(url, make_client, caplog):
    def view():
        session = db.session()
        session.add(
            User(
                username="",  # refused by a check
                password_hash="SECRET-VALUE",
                role=Role.OFFICIAL,
                area_code=world.ROOT,
                created_at=datetime.now(UTC),
            )
        )
        session.flush()
        return "done"

    assert make_client(view).post("/try").status_code == 500
    assert "ck_users_username_not_empty" in caplog.text
    assert "SECRET-VALUE" not in caplog.text


def test_writers_that_read_first_wait_for_each_other(url, make_client):
    """A plain BEGIN fails here with "database is locked" on SQLite, however long it may wait."""
    with db.open_session(url) as session:
        add_user(session)

    def view():
        row = db.session().scalar(sa.select(User).with_for_update())
        row.failed_logins += 1
        return "done"

    client = make_client(view)
    statuses = []

    def writer():
        own = client.application.test_client()
        statuses.extend(own.post("/try").status_code for _ in range(5))

    threads = [threading.Thread(target=writer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40
    assert world.scalar(url, "SELECT failed_logins FROM users") == 40


def test_an_sqlite_connection_follows_our_rules(tmp_path):
    engine = db.engine_for(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    engine.dispose()
    assert found == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 15_000,
        "synchronous": 2,  # full: an acknowledged answer survives a power cut
    }
