"""Engine, sessions, and the one commit per request."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask, Response, current_app, g, has_request_context, request
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
WAIT = 15_000  # milliseconds that a transaction waits for another one
TRUSTED = 5.0  # seconds after its last use in which a connection is taken to live
LONGEST_STATEMENT = 60_000  # milliseconds, of a request on PostgreSQL
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOCKED = ("database is locked", "database table is locked", "database is busy")
# SQLSTATE: no connection, no resources, deadlock, lock time-out, statement time-out or shutdown
BUSY_STATES = ("08", "53", "40", "55P03", "57")


def engine_for(url: str | sa.URL, *, longest_statement: int | None = None) -> sa.Engine:
    """Make the engine of an SQLite file or a PostgreSQL database.

    Values never stand in error messages (``hide_parameters``): they may be
    answers or codes. ``longest_statement`` is in milliseconds, for PostgreSQL.
    """
    url = sa.make_url(url)
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": WAIT / 1000})
        _prepare_sqlite(engine)
        return engine
    settings = {"timezone": "UTC", "lock_timeout": WAIT}
    if longest_statement is not None:
        settings["statement_timeout"] = longest_statement
    given = url.query.get("options", "")
    options = [f"-c {name}={value}" for name, value in settings.items()]
    options.append(given if isinstance(given, str) else " ".join(given))  # the last one counts
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        connect_args={"options": " ".join(options).strip(), "connect_timeout": 5},
    )
    sa.event.listen(engine, "handle_error", _hide_details)
    sa.event.listen(engine, "checkin", _note_use)
    sa.event.listen(engine, "checkout", _ask_whether_it_lives)
    return engine


def _note_use(_connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
    record.info["used"] = monotonic()


def _ask_whether_it_lives(
    connection: psycopg.Connection[Any], record: sa.pool.ConnectionPoolEntry, _proxy: object
) -> None:
    """Replace a connection that broke while it was idle; one just used is not asked first.

    To ask at each checkout would cost every request a round trip.
    """
    if monotonic() - record.info.get("used", 0.0) < TRUSTED:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.OperationalError as error:
        raise sa.exc.DisconnectionError from error


def _hide_details(context: sa.ExceptionContext) -> None:
    """Cut PostgreSQL's "Failing row contains (…)" off its messages: that row is an answer."""
    error, seen = context.original_exception, context.sqlalchemy_exception
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        error.args = (error.diag.message_primary,)
        if seen is not None:
            seen.args = (f"({type(error).__name__}) {error.diag.message_primary}",)


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Let SQLAlchemy, not pysqlite, open transactions; and hold SQLite to our rules.

    pysqlite sends no BEGIN before SAVEPOINT, so releasing a savepoint would
    commit it, and a later rollback would undo nothing. A transaction that reads
    first and writes later fails at once when another has written meanwhile,
    however long it may wait: who may write says so with the execution option
    ``sqlite_begin``.
    """

    @sa.event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # REPLACE deletes rows silently unless this is on: the triggers must see it
        connection.execute("PRAGMA recursive_triggers = ON")

    @sa.event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        wait = int(options.get("wait", WAIT))
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait}")
        connection.exec_driver_sql(options.get("sqlite_begin", "BEGIN"))


def init_app(app: Flask, url: str) -> None:
    """Give an app its engine and its one commit per request."""
    app.extensions["engine"] = engine_for(url, longest_statement=LONGEST_STATEMENT)
    app.after_request(_commit_if_it_went_well)
    app.teardown_appcontext(_close)


def session() -> Session:
    """The session of this request, opened at its first use.

    A request that may write takes SQLite's write lock when the session is first
    used; ``_commit_if_it_went_well`` ends it.
    """
    if "database_session" not in g:
        writes = has_request_context() and request.method not in SAFE_METHODS
        g.database_session = Session(_engine(writes=writes))
    opened: Session = g.database_session
    return opened


@contextmanager
def separate_session(*, writes: bool = True, wait: int = WAIT) -> Iterator[Session]:
    """A short transaction of its own, committed at the end or rolled back.

    For what must stay whatever becomes of the request: the counter of a GET, a
    failed login. On SQLite a writing one must not be opened while the request's
    own session is writing. ``wait`` is in milliseconds.
    """
    engine = _engine(writes=writes).execution_options(wait=wait)
    with Session(engine) as opened, opened.begin():
        if engine.dialect.name == "postgresql":
            opened.execute(
                sa.text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": str(wait)}
            )
        yield opened


@contextmanager
def open_session(url: str | sa.URL) -> Iterator[Session]:
    """Give a command its session: committed at the end, or rolled back on any error."""
    engine = engine_for(url)
    writing = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
    try:
        with Session(writing) as opened, opened.begin():
            yield opened
    finally:
        engine.dispose()


def is_busy(error: BaseException | None) -> bool:
    """Whether the database was only busy or away, so that the same request may succeed later."""
    if isinstance(error, sa.exc.TimeoutError):  # no connection of the pool became free
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return any(text in str(error.orig) for text in LOCKED)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, sa.exc.OperationalError)  # no connection at all
    return str(state).startswith(BUSY_STATES)


def migration_config(url: str | sa.URL) -> AlembicConfig:
    """Alembic's configuration for the database at ``url``."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database_url"] = sa.make_url(url)
    return config


def migrate(url: str | sa.URL) -> None:
    """Bring the database at ``url`` to the newest version; nothing when it is there."""
    command.upgrade(migration_config(url), "head")


def _engine(*, writes: bool) -> sa.Engine:
    engine: sa.Engine = current_app.extensions["engine"]
    return engine.execution_options(sqlite_begin="BEGIN IMMEDIATE") if writes else engine


def _commit_if_it_went_well(response: Response) -> Response:
    """Commit writes that end in 2xx or 3xx; roll everything else back.

    Runs before the response leaves, so a client that sees success has its data
    stored. A failing commit raises here and becomes a 500, or a 503 when the
    database was only busy.
    """
    opened: Session | None = g.get("database_session")
    if opened is None:
        return response
    if request.method not in SAFE_METHODS and response.status_code < 400:
        opened.commit()
    else:
        opened.rollback()
    return response


def _close(_error: BaseException | None) -> None:
    opened: Any = g.pop("database_session", None)
    if opened is not None:
        opened.close()
