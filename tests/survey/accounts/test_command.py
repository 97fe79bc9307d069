"""`minyi user` and `minyi migrate`, as they are called."""

import pytest
from click.testing import CliRunner

from survey import db
from survey.cli import main
from survey.models import Role
from tests.survey.accounts import world


@pytest.fixture
def minyi(database_url, monkeypatch):
    """Call the command on a database that holds one study and no account."""
    monkeypatch.setenv("MINYI_DATABASE_URL", database_url)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def call(*arguments, **more):
        return CliRunner().invoke(main, arguments, **more)

    assert call("migrate").exit_code == 0
    with db.open_session(database_url) as session:
        world.make_study(session)
    return call


def add(minyi, username="li.hua", role="supervisor", area=world.TOWN, password=world.PASSWORD):
    options = ["--role", role, "--area", area, "--badge", "No. 7", "--password-stdin"]
    return minyi("user", "add", username, *options, input=password + "\n")


def test_an_account_is_added_listed_and_can_log_in(minyi, database_url):
    assert add(minyi).exit_code == 0
    listed = minyi("user", "list").output
    assert listed == f"li.hua\tsupervisor\t{world.TOWN}\tactive\tNo. 7\n"
    app = world.app_on(database_url)
    assert world.log_in(app, "li.hua")
    app.extensions["engine"].dispose()


def test_the_password_is_asked_for_twice_and_not_shown(minyi):
    options = ["--role", "official", "--area", world.ROOT]
    typed = f"{world.PASSWORD}\n{world.PASSWORD}\n"
    done = minyi("user", "add", "li.hua", *options, input=typed)
    assert done.exit_code == 0
    assert world.PASSWORD not in done.output
    assert minyi("user", "add", "wang", *options, input=f"{world.PASSWORD}\nother\n").exit_code == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"username": "Li Hua"}, "3 to 32"),
        ({"username": "ab"}, "3 to 32"),
        ({"area": "999999999999"}, "in no study"),
        ({"password": "short"}, "at least 10"),
        ({"password": "li.hua-2026-x"}, "user name"),
    ],
)
def test_what_is_refused_is_one_sentence_and_adds_nothing(minyi, given, sentence):
    refused = add(minyi, **given)
    assert refused.exit_code == 2
    assert sentence in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert minyi("user", "list").output == ""


def test_a_name_is_given_once(minyi):
    assert add(minyi).exit_code == 0
    again = add(minyi)
    assert again.exit_code == 2
    assert "is taken" in again.stderr


def test_a_refusal_is_chinese_where_the_terminal_is(minyi, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "密码至少需要" in add(minyi, password="short").stderr


def test_a_disabled_account_stays_in_the_list_and_cannot_log_in(minyi, database_url):
    add(minyi)
    assert minyi("user", "disable", "li.hua").exit_code == 0
    assert "\tdisabled\t" in minyi("user", "list").output
    app = world.app_on(database_url)
    assert world.try_login(app.test_client(), "li.hua").status_code == 401
    app.extensions["engine"].dispose()
    missing = minyi("user", "disable", "nobody")
    assert missing.exit_code == 2
    assert "no user nobody" in missing.stderr


def test_a_new_password_replaces_the_old_one(minyi, database_url):
    add(minyi)
    new = "another long secret"
    assert minyi("user", "password", "li.hua", "--password-stdin", input=new).exit_code == 0
    app = world.app_on(database_url)
    assert world.try_login(app.test_client(), "li.hua").status_code == 401
    assert world.log_in(app, "li.hua", new)
    app.extensions["engine"].dispose()


def test_each_change_is_in_the_audit_log(minyi, database_url):
    add(minyi)
    minyi("user", "password", "li.hua", "--password-stdin", input="another long secret")
    minyi("user", "disable", "li.hua")
    query = "SELECT count(*) FROM audit_events WHERE username = 'command line'"
    assert world.scalar(database_url, query) == 3
    with db.open_session(database_url) as session:
        assert world.PASSWORD not in str(
            session.connection().exec_driver_sql("SELECT * FROM audit_events").all()
        )


def test_the_help_lists_the_commands_without_importing_them(minyi):
    text = minyi("--help").output
    for name in ("estimate", "load", "export", "demo", "user", "migrate"):
        assert f"  {name} " in text
    assert minyi("no-such-command").exit_code == 2


def test_a_bad_database_address_is_one_sentence(minyi, monkeypatch):
    monkeypatch.setenv("MINYI_DATABASE_URL", "mysql://x/y")
    refused = minyi("user", "list")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("MINYI_DATABASE_URL: ")


def test_the_roles_of_the_command_are_those_of_the_schema(minyi):
    for role in Role:
        assert role.value in minyi("user", "add", "--help").output
