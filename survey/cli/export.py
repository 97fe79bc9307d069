"""minyi export: a study folder from the database."""

from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy.orm import Session

from survey import audit, db
from survey.cli.progress import progress
from survey.cli.ready import refuse_unready, usable
from survey.config import database_url_from_env
from survey.studies.export import export_files, refuse_existing, write_folder

ACT = "study.export"


@click.command()
@click.argument("study_id")
@click.argument("folder", type=click.Path(path_type=Path))
def export(study_id: str, folder: Path) -> None:
    """Write the study STUDY-ID to the new folder FOLDER.

    Response ids are new and in random order, times are days, and there is no
    free text in it. The act is logged.
    """
    url = database_url_from_env()
    refuse_unready(url)
    refuse_existing(folder)
    with progress(study_id) as step, usable(url):
        files = _read(url, study_id, step)
        # Logged before anything leaves: a line too many is better than one too few.
        with db.open_session(url) as session:
            audit.record(session, ACT, study_id, files=len(files))
        write_folder(files, folder)
    click.echo(str(folder))


def _read(url: str, study_id: str, step: Callable[[str], None]) -> dict[str, bytes]:
    """Every file as of one moment, without the lock that keeps residents from answering."""
    engine = db.engine_for(url)
    if engine.dialect.name == "postgresql":  # SQLite's transactions are of one moment anyway
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    try:
        with Session(engine) as session:
            return export_files(session, study_id, step)
    finally:
        engine.dispose()
