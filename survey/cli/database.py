"""`minyi migrate`."""

import click

from survey import db
from survey.config import database_url_from_env


@click.command()
def migrate() -> None:
    """Bring the database of MINYI_DATABASE_URL to the newest version."""
    db.migrate(database_url_from_env())
