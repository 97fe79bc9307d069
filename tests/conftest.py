"""Fixtures that tests of several folders share: databases and a browser, all real."""

import shutil

import pytest
from flask import Flask
from hypothesis import settings

from survey import db
from tests import browsers, databases
from tests.compiled import CompiledOnce, compile_rules_once

# By default an example that takes 0.2 s fails: on a busy machine that says nothing about the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Each test makes an app of its own.
Flask.jinja_options = {"bytecode_cache": CompiledOnce()}
compile_rules_once()


# Files that take a minute and more: begun last, one process would work alone at the end.
LONG = {
    "test_accessible.py",
    "test_cut_connections.py",
    "test_every_kind.py",
    "test_hostile_posts.py",
    "test_quota_race.py",
    "test_rowwise.py",
    "test_weak_network.py",
}


def pytest_collection_modifyitems(items):
    """Begin with the long ones; mark tests by the fixtures they use, so that -m is true."""
    items.sort(key=lambda item: item.path.name not in LONG)
    for item in items:
        if "browser" in item.fixturenames:
            item.add_marker(pytest.mark.browser)
        backend = getattr(item, "callspec", None)
        on_postgres = backend is not None and any(
            str(one).startswith("postgresql") for one in backend.params.values()
        )
        if on_postgres or "postgres" in item.fixturenames:
            item.add_marker(pytest.mark.postgres)


@pytest.fixture(scope="session")
def postgres():
    """One PostgreSQL server for this test process."""
    with databases.cluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """Address of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'minyi.sqlite'}"
        return
    cluster = request.getfixturevalue("postgres")
    url = cluster.create_database()
    yield url
    cluster.drop_database(url)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory):
    """File of a SQLite database with all tables and no rows, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "minyi.sqlite"
    db.migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(migrated_sqlite, tmp_path):
    """Address of a SQLite database with all tables and no rows."""
    return f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'minyi.sqlite')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request, tmp_path):
    """Address of a database with all tables and no rows, on SQLite and on PostgreSQL.

    A copy of one that is migrated once: milliseconds instead of a whole migration.
    """
    if request.param == "sqlite":
        copy = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "minyi.sqlite")
        yield f"sqlite:///{copy}"
        return
    cluster = request.getfixturevalue("postgres")
    url = cluster.create_database(cluster.template("migrated", db.migrate))
    yield url
    cluster.drop_database(url)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for this test process; ``browser.new_context()`` is a fresh visitor."""
    with browsers.chromium() as browser:
        yield browser
