"""`minyi migrate` and `minyi tidy`."""

from datetime import UTC, datetime

import click

from survey import db, housekeeping
from survey.config import database_url_from_env


@click.command()
def migrate() -> None:
    """Bring the database of MINYI_DATABASE_URL to the newest version."""
    db.migrate(database_url_from_env())


@click.command()
def tidy() -> None:
    """Delete drafts and photographs that were never sent and are a day old, and old counters."""
    with db.open_session(database_url_from_env()) as session:
        gone = housekeeping.tidy(session, datetime.now(UTC))
    click.echo(f"{gone.drafts} drafts, {gone.images} images, {gone.counters} counters deleted")
