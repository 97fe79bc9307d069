"""The command line `minyi`. A command's module is imported when the command is called.

So `minyi estimate` needs neither Flask nor SQLAlchemy.
"""

import importlib
import os
from dataclasses import dataclass
from typing import Any, Final

import click

from analysis.study.problems import speaks_chinese
from survey.errors import SurveyError


@dataclass(frozen=True, slots=True)
class Lazy:
    """Where a command is defined, and its line in the list of commands."""

    path: str
    help: str


COMMANDS: Final = {
    "estimate": Lazy("survey.cli.estimate:estimate", "Estimate the rates of a study folder."),
    "rehearse": Lazy(
        "survey.cli.rehearse:rehearse_command", "Rehearse a study on simulated populations."
    ),
    "xlsform": Lazy(
        "survey.cli.xlsform:xlsform", "Say what a questionnaire holds, or why it is refused."
    ),
    "load": Lazy("survey.cli.load:load", "Load a study folder into the database."),
    "export": Lazy("survey.cli.export:export", "Write a study of the database to a folder."),
    "photographs": Lazy(
        "survey.cli.photographs:photographs", "Write what volunteers photographed to a folder."
    ),
    "check-batch": Lazy(
        "survey.cli.check_batch:check_batch", "Check a wave's opt-in answers for false ones."
    ),
    "demo": Lazy("survey.cli.demo:demo", "Serve a city to try, on this computer only."),
    "user": Lazy("survey.cli.accounts:user", "Add, list and disable accounts."),
    "tidy": Lazy(
        "survey.cli.database:tidy", "Delete old drafts now; the server does it by itself."
    ),
    "migrate": Lazy("survey.cli.database:migrate", "Bring the database to the newest version."),
}


class LazyGroup(click.Group):
    """Commands named by import path."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].path.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Say an expected mistake in one sentence, with exit status 2."""
        try:
            return super().invoke(ctx)
        except SurveyError as error:
            language = "zh" if speaks_chinese(os.environ) else "en"
            click.echo(error.sentence(language), err=True)
            ctx.exit(2)


@click.group(cls=LazyGroup)
@click.version_option(package_name="minyi")
def main() -> None:
    """Minyi 民意: resident surveys, from a QR code to a rate with an honest interval."""
