"""Whether the database of a command can be used, said in one sentence where it cannot."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from survey import db
from survey.errors import SurveyError, TooBusy

NO_FILE = ("unable to open", "not a database", "readonly")


class DatabaseAway(SurveyError):
    code = "database_away"
    status = 503
    zh = "无法打开数据库 {database}。请检查 MINYI_DATABASE_URL。"
    en = "the database {database} cannot be opened; check MINYI_DATABASE_URL."


class DatabaseUnready(SurveyError):
    code = "database_unready"
    status = 503
    zh = "数据库 {database} 尚未建立或版本不符。请先运行 minyi migrate。"
    en = "the database {database} has not been made, or is of another version; run minyi migrate."


def refuse_unready(url: str) -> None:
    """Refuse a database that is missing or not of this program's version; make no file.

    Raises
    ------
    DatabaseUnready, DatabaseAway
    """
    address = sa.make_url(url)
    on_disk = address.get_backend_name() == "sqlite"
    if on_disk and not Path(str(address.database)).is_file():
        raise DatabaseUnready(database=_shown(url))
    newest = ScriptDirectory.from_config(db.migration_config(url)).get_current_head()
    with usable(url):
        engine = db.engine_for(url)
        try:
            with engine.connect() as connection:
                found = MigrationContext.configure(connection).get_current_revision()
        finally:
            engine.dispose()
    if found != newest:
        raise DatabaseUnready(database=_shown(url))


@contextmanager
def usable(url: str) -> Iterator[None]:
    """Turn the errors of a database that is away or locked into a sentence.

    Raises
    ------
    DatabaseAway, TooBusy
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        if _is_away(error):
            raise DatabaseAway(database=_shown(url)) from error
        if db.is_busy(error):
            raise TooBusy from error
        raise


def _is_away(error: sa.exc.DBAPIError) -> bool:
    """Whether there was no connection at all: no server, no file, a file of something else."""
    if isinstance(error.orig, sqlite3.Error):
        return any(text in str(error.orig) for text in NO_FILE)
    return isinstance(error, sa.exc.OperationalError) and (
        getattr(error.orig, "sqlstate", None) is None
    )


def _shown(url: str) -> str:
    """The address without its password."""
    return sa.make_url(url).render_as_string(hide_password=True)
