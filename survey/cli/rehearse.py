"""minyi rehearse: a study's design on simulated copies of its population, before the fieldwork."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from analysis.study.problems import StudyRefused, speaks_chinese
from analysis.study.rehearsal.output import write_rehearsal
from analysis.study.rehearsal.run import Rehearsal, rehearse
from analysis.study.rehearsal.wishes import Wishes
from analysis.study.results import CannotWrite
from survey.cli.estimate import REFUSED, print_problems, print_warnings
from survey.cli.progress import progress
from survey.cli.rehearsal_tables import print_rehearsal
from survey.folders import read_study_folder


@click.command("rehearse")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--sample", help="Sample to take rates from; the latest probability sample.")
@click.option("--copies", type=int, default=1000, show_default=True, help="Simulated populations.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same figures.")
@click.option(
    "--rate",
    "rates",
    multiple=True,
    metavar="INDICATOR=PERCENT",
    help="True rate of the city (points for a score); as in the sample.",
)
@click.option("--icc", type=float, help="Correlation within clusters, 0 to 1; as in the sample.")
@click.option("--response", type=float, help="Share of drawn addresses that answer, 0 to 1.")
@click.option("--clusters", type=int, help="Clusters in all, shared out as in the sample.")
@click.option("--per-cluster", type=int, help="Interviews hoped for in each cluster.")
@click.option("--cost-cluster", type=float, help="What a cluster costs, in any currency.")
@click.option("--cost-interview", type=float, help="What an interview costs.")
@click.option("--assessor", metavar="18x25", help="His communities x persons: will he read it?")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the tables as CSV.")
def rehearse_command(study: Path, out: Path | None, **wishes: Any) -> None:
    """Rehearse the study folder STUDY: draw, weigh, estimate and decide on simulated copies.

    Prints how often the verdicts would be right, undecided or withheld, how often the
    limits would hold the truth and how wide they would be; with --assessor also the
    chance that an official sample reads the target. Faults are printed on stderr, one
    tab-separated line each: option or file, row, column, found, expected.
    """
    chinese = speaks_chinese(os.environ)
    rehearsal = _rehearse_folder(study, Wishes(**wishes))
    if out is not None:
        try:
            write_rehearsal(rehearsal, out)
        except CannotWrite as error:
            click.echo(error.zh if chinese else error.en, err=True)
            sys.exit(REFUSED)
    print_rehearsal(rehearsal, chinese=chinese)
    print_warnings(rehearsal.study.warnings)


def _rehearse_folder(study: Path, wishes: Wishes) -> Rehearsal:
    """Read and rehearse a folder; print what is wrong and leave with status 2 otherwise."""
    if not os.path.isdir(study) or not os.access(study, os.R_OK | os.X_OK):
        zh, en = f"{study} 不是可读的文件夹。", f"{study} is no folder that can be read."
        click.echo(zh if speaks_chinese(os.environ) else en, err=True)
        sys.exit(REFUSED)
    try:
        with progress(study.name) as step:
            return rehearse(read_study_folder(study).folder.study, wishes, step)
    except StudyRefused as refusal:
        print_problems(refusal.problems)
        print_warnings(refusal.warnings)
        sys.exit(REFUSED)
