"""`minyi user`: accounts from the command line, the only way to make one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from survey import db
from survey.accounts import service
from survey.cli.ready import refuse_unready, usable
from survey.config import database_url_from_env
from survey.models import Role


@contextmanager
def _accounts() -> Iterator[Session]:
    """The session of a command, on a database that is there and of this version."""
    url = database_url_from_env()
    refuse_unready(url)
    with usable(url), db.open_session(url) as session:
        yield session


@click.group()
def user() -> None:
    """Add, list and disable the accounts of MINYI_DATABASE_URL."""


@user.command()
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--area", required=True, help="Code of the area whose subtree the account covers.")
@click.option(
    "--badge", default="", help="What an interviewer's page shows, for instance a number."
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(username: str, role: str, area: str, badge: str, password_stdin: bool) -> None:
    """Add the account USERNAME; its password is asked for."""
    password = _ask_password(password_stdin)
    with _accounts() as session:
        service.add_user(
            session,
            username,
            role=Role(role),
            area_code=area,
            password=password,
            name_badge=badge,
        )


@user.command("list")
def list_users() -> None:
    """Print a tab-separated line per account: name, role, area, state, badge."""
    with _accounts() as session:
        for row in service.all_users(session):
            state = "active" if row.active else "disabled"
            click.echo("\t".join([row.username, row.role, row.area_code, state, row.name_badge]))


@user.command()
@click.argument("username")
def disable(username: str) -> None:
    """Close the account USERNAME; whoever uses it is out with the next request."""
    with _accounts() as session:
        service.disable(session, username)


@user.command()
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def password(username: str, password_stdin: bool) -> None:
    """Give USERNAME a new password, unlock it and end its sessions."""
    new = _ask_password(password_stdin)
    with _accounts() as session:
        service.set_password(session, username, new)


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password 密码", hide_input=True, confirmation_prompt=True)
    return answer
