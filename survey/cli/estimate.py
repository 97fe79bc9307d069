"""minyi estimate: a study folder to its results, without database or server."""

import os
import sys
from importlib.metadata import version
from pathlib import Path

import click

from analysis.study.problems import Problem, StudyRefused, speaks_chinese
from analysis.study.results import CannotWrite, write_results
from analysis.study.run import Results, estimate_study
from survey.cli.progress import progress
from survey.cli.tables import print_tables
from survey.folders import read_study_folder

REFUSED = 2  # exit status; 1 is an internal error


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Results folder; STUDY/results.")
@click.option("--table", is_flag=True, help="Print the figures as a table, too.")
def estimate(study: Path, out: Path | None, table: bool) -> None:
    """Estimate the study folder STUDY and write its results.

    Everything wrong with the folder is printed on stderr, one tab-separated
    line each: file, row, column, found, expected.
    """
    results = estimate_folder(study)
    chinese = speaks_chinese(os.environ)
    inputs = [study / name for name in results.study.files]
    try:
        write_results(results, out or study / "results", version("minyi"), inputs)
    except CannotWrite as error:
        click.echo(error.zh if chinese else error.en, err=True)
        sys.exit(REFUSED)
    if table:
        print_tables(results, chinese=chinese)
    print_warnings(results.warnings)


def estimate_folder(study: Path) -> Results:
    """Read and estimate a folder; print what is wrong and leave with status 2 otherwise."""
    if not os.path.isdir(study) or not os.access(study, os.R_OK | os.X_OK):
        zh, en = f"{study} 不是可读的文件夹。", f"{study} is no folder that can be read."
        click.echo(zh if speaks_chinese(os.environ) else en, err=True)
        sys.exit(REFUSED)
    try:
        with progress(study.name) as step:
            return estimate_study(read_study_folder(study).folder.study, step)
    except StudyRefused as refusal:
        print_problems(refusal.problems)
        print_warnings(refusal.warnings)
        sys.exit(REFUSED)


def print_problems(problems: tuple[Problem, ...]) -> None:
    chinese = speaks_chinese(os.environ)
    for problem in problems:
        click.echo(problem.line(chinese), err=True)


def print_warnings(warnings: tuple[Problem, ...]) -> None:
    """Print warnings; they come last."""
    chinese = speaks_chinese(os.environ)
    for warning in warnings:
        click.echo(f"warning\t{warning.line(chinese)}", err=True)
