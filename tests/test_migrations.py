"""Migrations give what the models say, in both directions, on both databases."""

import re

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from survey import db
from survey.models import Base


@pytest.fixture
def engine(database_url):
    engine = db.engine_for(database_url)
    yield engine
    engine.dispose()


def differences(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True, "compare_type": True}
        )
        return compare_metadata(context, Base.metadata)


def checks(engine):
    """Table and name -> text of each CHECK, which compare_metadata does not look at."""
    inspector = sa.inspect(engine)
    return {
        (table, check["name"]): re.sub(r"\s+", " ", check["sqltext"])
        for table in inspector.get_table_names()
        for check in inspector.get_check_constraints(table)
    }


def triggers(engine):
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with engine.connect() as connection:
        return set(connection.scalars(sa.text(catalogue[engine.dialect.name])))


def test_upgrade_gives_the_models_and_downgrade_gives_nothing(database_url, engine):
    config = db.migration_config(database_url)
    command.upgrade(config, "head")
    assert differences(engine) == []
    command.downgrade(config, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    assert triggers(engine) == set()
    command.upgrade(config, "head")
    assert differences(engine) == []


def test_upgrade_gives_the_checks_of_the_models(database_url, engine):
    db.migrate(database_url)
    migrated = checks(engine)
    command.downgrade(db.migration_config(database_url), "base")
    Base.metadata.create_all(engine)
    assert migrated == checks(engine)
    assert len(migrated) > 20


def test_every_constraint_has_a_name_of_ours(database_url, engine):
    db.migrate(database_url)
    inspector = sa.inspect(engine)
    for table in set(inspector.get_table_names()) - {"alembic_version"}:
        constraints = [
            *inspector.get_check_constraints(table),
            *inspector.get_foreign_keys(table),
            *inspector.get_unique_constraints(table),
            inspector.get_pk_constraint(table),
        ]
        for constraint in constraints:
            assert re.match(rf"(ck|fk|uq|pk)_{table}", constraint["name"] or ""), constraint


def test_a_second_upgrade_changes_nothing(database_url, engine):
    db.migrate(database_url)
    before = triggers(engine)
    db.migrate(database_url)
    assert differences(engine) == []
    assert triggers(engine) == before


def test_a_failing_upgrade_leaves_nothing_behind(database_url, engine):
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE answers (id INTEGER)"))  # the name is taken
    with pytest.raises(sa.exc.DBAPIError):
        db.migrate(database_url)
    assert sa.inspect(engine).get_table_names() == ["answers"]


def test_versions_follow_one_line_and_their_files_are_named_by_time():
    files = sorted((db.MIGRATIONS / "versions").glob("*.py"))
    assert files
    for file in files:
        assert re.fullmatch(r"\d{8}_\d{4}_[a-z0-9_]+\.py", file.name)
