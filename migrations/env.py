"""Run migrations on one connection and in one transaction, with SQLite and PostgreSQL."""

import os

import sqlalchemy as sa
from alembic import context

from survey.db import engine_for
from survey.models import Base

ONE_AT_A_TIME = 20261122  # key of the advisory lock: two deployers wait for each other


def run() -> None:
    """Upgrade or downgrade.

    PostgreSQL gives up soon when a lock is not to be had: the old version is
    still serving and must not queue behind a migration.
    """
    url = context.config.attributes.get("database_url") or os.environ["MINYI_DATABASE_URL"]
    engine = engine_for(url)
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                transactional_ddl=True,
                render_as_batch=connection.dialect.name == "sqlite",
                compare_server_default=True,
            )
            with context.begin_transaction():
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.text("SET LOCAL lock_timeout = '4s'"))
                    connection.execute(sa.text("SET LOCAL statement_timeout = '60s'"))
                    lock = sa.text("SELECT pg_advisory_xact_lock(:key)")
                    connection.execute(lock, {"key": ONE_AT_A_TIME})
                context.run_migrations()
    finally:
        engine.dispose()


run()
