"""minyi photographs: what volunteers took at doors, as files."""

from pathlib import Path

import click

from survey import audit, db
from survey.cli.ready import refuse_unready, usable
from survey.config import database_url_from_env
from survey.studies.export import refuse_existing, write_folder
from survey.studies.photographs import photograph_files

ACT = "photographs.export"


@click.command()
@click.argument("study_id")
@click.argument("folder", type=click.Path(path_type=Path))
def photographs(study_id: str, folder: Path) -> None:
    """Write the photographs of the study STUDY-ID to the new folder FOLDER, with an index.

    The index says question, wave, area and volunteer, and no day: an export
    tells area and day of each response. Keep the two apart. The act is logged.
    """
    url = database_url_from_env()
    refuse_unready(url)
    refuse_existing(folder)
    with usable(url):
        with db.open_session(url) as session:
            files = photograph_files(session, study_id)
            # Logged before anything leaves: a line too many is better than one too few.
            audit.record(session, ACT, study_id, photographs=len(files) - 1)
        write_folder(files, folder)
    click.echo(str(folder))
