"""The demo city: open today, three accounts, taken up again, served on this computer only."""

import re
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from survey import db
from survey.app import create_app
from survey.cli import main
from survey.codes import unseal
from survey.demo import prepare
from survey.errors import ConfigError
from survey.models import Channel, EntryPoint, Household, Sample, SampleKind, Study, Wave
from tests.factories import HEAN
from tests.journeys.servers import Client, free_port, is_busy
from tests.phones import Phone

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("city") / "demo"


@pytest.fixture(scope="module")
def demo(folder):
    return prepare(folder, 8000)


@pytest.fixture
def session(demo):
    with db.open_session(demo.config.database_url) as session:
        yield session


@pytest.fixture
def client(demo):
    app = create_app(demo.config)
    yield app.test_client()
    app.extensions["engine"].dispose()


def log_in(client, demo, username):
    passwords = dict(line.split() for line in demo.accounts.splitlines())
    token = Phone(client, "/login").open().hidden["csrf_token"]
    data = {"username": username, "password": passwords[username], "csrf_token": token}
    return client.post("/login", data=data)


def test_a_wave_is_open_today_with_three_kinds_of_samples(session):
    today = datetime.now(UTC).date()
    study = session.scalars(sa.select(Study).where(Study.id.startswith("hean-now"))).one()
    wave = session.scalars(sa.select(Wave).where(Wave.study_id == study.id)).one()
    assert wave.opens <= today < wave.closes
    assert study.valid_until > wave.closes
    samples = session.scalars(sa.select(Sample).where(Sample.study_id == study.id)).all()
    assert {(sample.channel, sample.kind) for sample in samples} == {
        (Channel.DOOR, SampleKind.PROBABILITY),
        (Channel.HOUSEHOLD, SampleKind.PROBABILITY),
        (Channel.PLACE, SampleKind.OPT_IN),
    }


def test_the_example_is_there_beside_it(session):
    assert session.get(Study, "hean-2026") is not None


def test_three_accounts_can_log_in(client, demo):
    app = client.application
    names = [line.split()[0] for line in demo.accounts.splitlines()]
    assert names == ["official", "volunteer", "administrator"]
    for name in names:
        assert log_in(app.test_client(), demo, name).status_code == 303


def test_the_secrets_are_for_their_owner_only_and_out_of_git(demo, folder):
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("accounts.txt", "secret"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    ignored = ["git", "check-ignore", "--no-index", "-q", "var/demo/accounts.txt"]
    assert subprocess.run(ignored, cwd=ROOT, check=False).returncode == 0


def test_the_printed_code_takes_an_answer(client, demo):
    answers = {".lives_here": "1"} | HEAN.answers
    assert Phone(client, f"/q/{demo.place}").fill_in(answers).status_code == 303


def test_a_household_code_of_the_demo_takes_one_answer(client, demo, session):
    household = session.scalars(sa.select(Household).order_by(Household.id).limit(1)).one()
    code = unseal(household.code_cipher.decode(), demo.config.secret_key)
    session.rollback()
    assert Phone(client, f"/q/{code}").fill_in(HEAN.answers).status_code == 303
    assert client.get(f"/q/{code}").status_code == 410


def test_the_volunteer_has_communities_to_visit(client, demo):
    log_in(client, demo, "volunteer")
    assert client.get("/entry/").text.count("<option") > 50


def test_a_second_run_takes_up_what_is_there(demo, folder):
    again = prepare(folder, 8001)
    assert (again.accounts, again.place) == (demo.accounts, demo.place)
    assert again.config.secret_key == demo.config.secret_key
    with db.open_session(again.config.database_url) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Study)) == 2


def test_a_run_after_the_wave_has_ended_makes_a_new_one(tmp_path):
    later = datetime.now(UTC).date() + timedelta(days=100)
    first = prepare(tmp_path / "demo", 8000)
    second = prepare(tmp_path / "demo", 8000, today=later)
    assert second.place != first.place
    with db.open_session(first.config.database_url) as session:
        place = session.scalars(sa.select(EntryPoint).where(EntryPoint.token == second.place)).one()
        wave = session.scalars(sa.select(Wave).where(Wave.study_id == place.study_id)).one()
        assert wave.opens <= later < wave.closes


@pytest.mark.parametrize("lost", ["accounts.txt", "minyi.sqlite"])
def test_what_is_lost_is_made_again_and_the_passwords_are_good(tmp_path, lost):
    folder = tmp_path / "demo"
    first = prepare(folder, 8000)
    for file in folder.glob(f"{lost}*"):
        file.unlink()
    second = prepare(folder, 8000)
    assert second.accounts != first.accounts
    assert (folder / "accounts.txt").read_text() == second.accounts
    app = create_app(second.config)
    assert log_in(app.test_client(), second, "official").status_code == 303
    app.extensions["engine"].dispose()


def test_a_postgresql_address_is_refused(tmp_path):
    with pytest.raises(ConfigError):
        prepare(tmp_path / "demo", 8000, "postgresql+psycopg://survey@/minyi")
    run = CliRunner().invoke(
        main,
        ["demo", "--port", str(free_port()), "--folder", str(tmp_path / "demo")],
        env={"MINYI_DATABASE_URL": "postgresql+psycopg://survey@/minyi", "LC_ALL": "C"},
    )
    assert run.exit_code == 2
    assert run.output.count("\n") == 1
    assert "SQLite only" in run.output


@pytest.mark.parametrize(("locale", "words"), [("C", "is in use"), ("zh_CN.UTF-8", "已被占用")])
def test_a_busy_port_is_one_clear_sentence(tmp_path, locale, words):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        run = CliRunner().invoke(
            main,
            ["demo", "--port", str(port), "--folder", str(tmp_path / "demo")],
            env={"LC_ALL": locale},
        )
    assert run.exit_code == 2
    assert run.output.count("\n") == 1
    assert str(port) in run.output
    assert words in run.output
    assert not (tmp_path / "demo").exists()


def test_the_command_prints_rates_accounts_and_a_code_and_ends_with_ctrl_c(tmp_path):
    port = free_port()
    command = [sys.executable, "-c", "from survey.cli import main; main()", "demo"]
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--folder", str(tmp_path / "demo")],
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
    try:
        deadline = time.monotonic() + 120
        while not is_busy(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        text = log.read_text()
        address = re.search(rf"http://127\.0\.0\.1:{port}(/q/[0-9A-Z]+)", text)
        assert Client(f"http://127.0.0.1:{port}").get(address[1]).status_code == 200
        with socket.socket() as probe:  # this computer only
            probe.settimeout(5)
            assert probe.connect_ex(("127.0.0.2", port)) != 0
        assert (tmp_path / "demo" / "accounts.txt").read_text().strip() in text
        assert "█" in text
        assert re.search(r"\d+\.\d", text)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert "Traceback" not in log.read_text()
