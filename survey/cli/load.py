"""minyi load: a study folder into the database."""

import os
import sys
from pathlib import Path

import click

from analysis.study.plan_reader import FILE as PLAN_FILE
from analysis.study.problems import Problem, StudyRefused, speaks_chinese
from survey import audit, db
from survey.cli.estimate import REFUSED, print_problems, print_warnings
from survey.cli.progress import progress
from survey.cli.ready import usable
from survey.config import database_url_from_env
from survey.folders import read_study_folder
from survey.studies.loading import Loaded, load_folder

ACT = "study.load"


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Replace a study that has no platform answers.")
def load(study: Path, replace: bool) -> None:
    """Load the study folder STUDY into the database (MINYI_DATABASE_URL)."""
    chinese = speaks_chinese(os.environ)
    if not study.is_dir():
        click.echo(f"{study} 不是文件夹。" if chinese else f"{study} is no folder.", err=True)
        sys.exit(REFUSED)
    try:
        loaded, warnings = load_study_folder(study, database_url_from_env(), replace=replace)
    except StudyRefused as refusal:
        print_problems(refusal.problems)
        print_warnings(refusal.warnings)
        sys.exit(REFUSED)
    words = {
        Loaded.NEW: ("已载入", "loaded"),
        Loaded.SAME: ("已在数据库中,内容相同", "already there, the same"),
        Loaded.REPLACED: ("已替换", "replaced"),
    }[loaded]
    click.echo(f"{study}: {words[0 if chinese else 1]}")
    print_warnings(warnings)


def load_study_folder(
    study: Path, url: str, *, replace: bool = False
) -> tuple[Loaded, tuple[Problem, ...]]:
    """Bring the database up to date and load a folder into it."""
    with progress(f"{study.name}") as step:
        read = read_study_folder(study)
        plan_text = (study / PLAN_FILE).read_text(encoding="utf-8-sig")
        with usable(url):
            db.migrate(url)
        with usable(url), db.open_session(url) as session:
            loaded = load_folder(session, read, plan_text, replace=replace, progress=step)
            if loaded is not Loaded.SAME:
                audit.record(session, ACT, read.folder.study.plan.id, outcome=loaded.value)
    return loaded, read.folder.study.warnings
