"""`minyi load`: whole or not at all, once, and every refusal in clear words."""

import hashlib
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from openpyxl import load_workbook
from sqlalchemy.exc import IntegrityError

from survey import db
from survey.cli import main
from survey.cli.load import load_study_folder
from survey.codes import is_valid
from survey.models import (
    Answer,
    EntryPoint,
    Household,
    Questionnaire,
    Quota,
    Response,
    ResponseStatus,
    Role,
    Run,
    Sample,
    Source,
    Study,
)
from survey.studies import storing
from tests.survey.accounts import world
from tests.survey.studies import trip

DIGEST = "0" * 64
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def minyi(migrated_url, monkeypatch):
    monkeypatch.setenv("MINYI_DATABASE_URL", migrated_url)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path):
    """A small folder with points and volunteers."""
    made = trip.small(tmp_path / "small", dispositions=True)
    add_points(made, ["P1", "P2"])
    (made / "volunteers.csv").write_text(f"code,area\nV1,{area_of(made)}\n", encoding="utf-8")
    return made


def add_points(folder, codes):
    names = ["code", "area", "name", "kind", "valid_from", "valid_to", "status"]
    rows = [[c, area_of(folder), f"楼 {c}", "社区", "2026-03-01", "", "active"] for c in codes]
    trip.write_rows(folder / "points.csv", names, rows)


def area_of(folder):
    header, rows = trip.rows_of(folder / "areas.csv")
    return rows[-1][header.index("code")]


def answers(folder):
    return next(iter((folder / "responses").glob("*.csv")))


def everything(url):
    """All rows of all tables, as they stand."""
    engine = db.engine_for(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(sa.select(table)).all()))
            for table in Study.metadata.sorted_tables
        }
    engine.dispose()
    return found


def test_the_same_folder_again_is_nothing_to_do(minyi, folder, migrated_url):
    first = minyi("load", folder)
    assert (first.exit_code, first.stdout) == (0, f"{folder}: loaded\n"), first.output
    before = everything(migrated_url)
    again = minyi("load", folder)
    assert (again.exit_code, again.stdout) == (0, f"{folder}: already there, the same\n")
    assert minyi("load", folder, "--replace").exit_code == 0
    assert everything(migrated_url) == before
    assert len(before["audit_events"]) == 1


def test_another_content_is_refused_with_the_files_that_differ(minyi, folder, migrated_url):
    minyi("load", folder)
    before = everything(migrated_url)
    (folder / "volunteers.csv").unlink()
    path = folder / "margins.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    refused = minyi("load", folder)
    assert refused.exit_code == 2
    assert "differs in: margins.csv, volunteers.csv." in refused.stderr
    assert everything(migrated_url) == before


def change(folder):
    """One more point, one answer fewer."""
    add_points(folder, ["P2", "P3"])
    path = answers(folder)
    header, rows = trip.rows_of(path)
    trip.write_rows(path, header, rows[1:])
    return len(rows) - 1


def test_replacing_takes_the_old_one_out_and_keeps_what_posters_lead_to(
    minyi, folder, migrated_url
):
    minyi("load", folder)
    with db.open_session(migrated_url) as session:
        old = dict(session.execute(sa.select(EntryPoint.code, EntryPoint.token)).all())
    left = change(folder)
    done = minyi("load", folder, "--replace")
    assert (done.exit_code, done.stdout) == (0, f"{folder}: replaced\n"), done.output
    with db.open_session(migrated_url) as session:
        new = dict(session.execute(sa.select(EntryPoint.code, EntryPoint.token)).all())
        assert new.keys() == {"P2", "P3"}
        assert new["P2"] == old["P2"]
        assert new["P3"] not in old.values()
        assert is_valid(new["P3"])
        assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == left
    wanted = trip.tables_of_folder(folder)
    assert trip.tables_of_database(migrated_url, trip.id_of(folder)) == wanted


def used_by_phone(session, study_id):
    sample = session.scalars(sa.select(Sample)).first()
    session.add(
        Response(
            submission_id=uuid.uuid4(), study_id=study_id, response_id="phone", area_code="",
            sample_id=sample.id, questionnaire_id=session.scalar(sa.select(Questionnaire.id)),
            mode="qr", status=ResponseStatus.REJECTED, source=Source.PHONE, received_at=NOW,
            digest=DIGEST,
        )
    )  # fmt: skip


def used_by_run(session, study_id):
    user = world.make_user(session, Role.ANALYST)
    session.add(
        Run(
            study_id=study_id, number=1, published_at=NOW, user_id=user.id, recipe={}, tables={},
            sha256=DIGEST,
        )
    )  # fmt: skip


def used_by_households(session, study_id):
    sample = session.scalars(sa.select(Sample)).first()
    area = session.scalar(sa.select(EntryPoint.area_code))
    session.add(
        Household(
            study_id=study_id, sample_id=sample.id, number=1, area_code=area, code_hash=DIGEST,
            code_cipher=b"x",
        )
    )  # fmt: skip


def used_by_quotas(session, study_id):
    sample = session.scalars(sa.select(Sample)).first()
    session.add(Quota(study_id=study_id, sample_id=sample.id, most=7))


@pytest.mark.parametrize("use", [used_by_phone, used_by_run, used_by_households, used_by_quotas])
def test_a_study_in_use_is_not_replaced(use, minyi, folder, migrated_url):
    minyi("load", folder)
    with db.open_session(migrated_url) as session:
        use(session, trip.id_of(folder))
    before = everything(migrated_url)
    change(folder)
    refused = minyi("load", folder, "--replace")
    assert refused.exit_code == 2
    assert "is not replaced" in refused.stderr
    assert everything(migrated_url) == before


class Broken(Exception):
    """What a test raises in the middle of a load."""


def in_the_margins(monkeypatch, steps):
    """Break off when the targets of a weighting are written."""

    def break_off(_connection, _cursor, text, *_):
        if text.startswith("INSERT INTO margins"):
            steps.append(text)
            raise Broken

    sa.event.listen(sa.Engine, "after_cursor_execute", break_off)
    return lambda: sa.event.remove(sa.Engine, "after_cursor_execute", break_off)


def in_the_answers(monkeypatch, steps):
    """Break off when the answers of the first sample are there, however a database takes them."""
    fill = storing.fill_answers

    def break_off(connection, rows):
        fill(connection, rows)
        steps.append(connection.scalar(sa.text("SELECT count(*) FROM answers")))
        raise Broken

    monkeypatch.setattr(storing, "fill_answers", break_off)
    return lambda: None


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("where", [in_the_margins, in_the_answers])
def test_a_load_that_breaks_off_leaves_everything_as_it_was(
    where, there, folder, migrated_url, monkeypatch
):
    if there:
        trip.load(folder, migrated_url)
        change(folder)
    before = everything(migrated_url)
    steps = []
    undo = where(monkeypatch, steps)
    try:
        with pytest.raises(Broken):
            load_study_folder(folder, migrated_url, replace=there)
    finally:
        undo()
    assert len(steps) == 1
    assert steps[0]
    assert everything(migrated_url) == before


def test_a_fault_in_the_folder_gives_the_lines_of_estimate_and_touches_nothing(
    folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    file = tmp_path / "none.sqlite"
    monkeypatch.setenv("MINYI_DATABASE_URL", f"sqlite:///{file}")

    def spoil(rows):
        rows[0]["cun"], rows[0]["status"] = "nowhere", ""
        rows[1]["zhi"], rows[1]["status"] = "Q", ""

    trip.edit(answers(folder), spoil)
    runner = CliRunner()
    loaded = runner.invoke(main, ["load", str(folder)])
    estimated = runner.invoke(main, ["estimate", str(folder), "--out", str(tmp_path / "out")])
    assert loaded.exit_code == estimated.exit_code == 2
    assert loaded.stderr == estimated.stderr
    assert loaded.stderr.count("\t") >= 8
    assert not file.exists()


def test_no_folder_is_one_sentence(minyi, tmp_path):
    refused = minyi("load", tmp_path / "nothing")
    assert refused.exit_code == 2
    assert refused.stderr == f"{tmp_path / 'nothing'} is no folder.\n"


def test_rows_outside_the_wave_are_loaded_and_warned_of(minyi, folder, migrated_url):
    def date(rows):
        for row in rows:
            row["submitted_at"] = "2031-01-01T09:30"

    trip.edit(answers(folder), date)
    done = minyi("load", folder)
    assert done.exit_code == 0
    assert "submitted_at\t2031-01-01T09:30 (+" in done.stderr
    assert done.stderr.startswith("warning\t")
    with db.open_session(migrated_url) as session:
        moments = set(session.scalars(sa.select(Response.submitted_at)))
    assert moments == {datetime(2031, 1, 1, 1, 30, tzinfo=UTC)}


GARBAGE = {
    "cun": "王家村后面", "zhi": "x" * 9000, "submitted_at": "yesterday", "started_at": "0001-01-01",
    "entry_point": "no such point", "volunteer": "某人", "mode": "m" * 3000, "feel": "'; --\n\"",
}  # fmt: skip


@pytest.mark.parametrize("extreme", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_rows_that_are_not_accepted_may_hold_anything(extreme, folder, migrated_url):
    def spoil(rows):
        for row in rows:
            if row["status"] in {"quarantined", "withdrawn"}:
                row.update(GARBAGE, submitted_at=extreme)
            else:
                row.update(dict.fromkeys(GARBAGE.keys() - row.keys(), ""))

    trip.edit(answers(folder), spoil)
    wanted = trip.tables_of_folder(folder)
    trip.load(folder, migrated_url)
    study_id = trip.id_of(folder)
    assert trip.tables_of_database(migrated_url, study_id) == wanted
    with db.open_session(migrated_url) as session:
        held = sa.select(Response).where(Response.status == ResponseStatus.WITHDRAWN)
        one = session.scalars(held).first()
        assert (one.area_code, one.entry_point_id) == ("王家村后面", None)
        assert (one.submitted_at, one.submitted_text) == (None, extreme)
        assert session.get_one(Answer, (one.id, "zhi")).value == "x" * 9000


TOO_LARGE = {
    "a response id of 3000 letters": (
        lambda folder: trip.edit(answers(folder), lambda rows: rows[0].update(long_id())),
        "response_id",
    ),
    "a column of that length": (
        lambda folder: trip.edit(answers(folder), lambda rows: rows[0].update({noise(3000): "1"})),
        "at most 500 bytes",
    ),
    "a count beyond the integers": (
        lambda folder: trip.edit(
            folder / "dispositions.csv", lambda rows: rows[0].update(n="9" * 30)
        ),
        "dispositions.csv\t2\tn\t",
    ),
    "a NUL in the plan": (
        lambda folder: replace_text(folder / "study.toml", '"参照组"', '"a\\u0000b"'),
        "study.toml\t-\tstudy.maker\tNUL",
    ),
    "a NUL in an answer": (
        lambda folder: trip.edit(answers(folder), lambda rows: rows[0].update(zhi="a\0b")),
        "\tNUL\t",
    ),
}


def noise(length):
    """A text that no compression makes short."""
    return "".join(uuid.UUID(int=n * 7919**9 % 2**128).hex for n in range(length // 32 + 1))


def long_id():
    return {"response_id": noise(3000)}


def replace_text(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("case", TOO_LARGE)
def test_what_no_table_has_room_for_is_refused_by_its_place(case, minyi, folder, migrated_url):
    spoil, words = TOO_LARGE[case]
    before = everything(migrated_url)
    spoil(folder)
    refused = minyi("load", folder)
    assert refused.exit_code == 2, refused.output
    assert words in refused.stderr
    assert everything(migrated_url) == before


def test_points_get_addresses_and_responses_their_points(minyi, folder, migrated_url):
    trip.edit(answers(folder), lambda rows: [row.update(entry_point="P1") for row in rows[:5]])
    minyi("load", folder)
    with db.open_session(migrated_url) as session:
        point = session.scalars(sa.select(EntryPoint).where(EntryPoint.code == "P1")).one()
        assert is_valid(point.token)
        linked = sa.select(sa.func.count()).where(Response.entry_point_id == point.id)
        assert session.scalar(linked) == 5


def test_the_area_of_a_response_is_written_out(migrated_url, tmp_path):
    folder = trip.study("area_prefixes", tmp_path)
    replace_text(folder / "study.toml", 'area = "cun"', 'area = "zhen"')
    trip.load(folder, migrated_url)
    with db.open_session(migrated_url) as session:
        assert {len(code) for code in session.scalars(sa.select(Response.area_code))} == {12}


def versions(url):
    with db.open_session(url) as session:
        rows = session.execute(sa.select(Questionnaire.number, Questionnaire.sha256)).all()
        used = set(session.scalars(sa.select(Response.questionnaire_id)))
        newest = session.scalar(
            sa.select(Questionnaire.id).order_by(Questionnaire.number.desc()).limit(1)
        )
    return [sha for _, sha in sorted(rows)], used == {newest}


def test_a_questionnaire_is_taken_up_again_while_it_is_the_newest(folder, migrated_url, tmp_path):
    other = shutil.copytree(folder, tmp_path / "other")
    shutil.copy(trip.FOLDERS["yunhe-2025"] / "questionnaire.xlsx", tmp_path)
    trip.load(folder, migrated_url)
    change(folder)
    trip.load(folder, migrated_url, replace=True)
    stored, all_newest = versions(migrated_url)
    assert (len(stored), all_newest) == (1, True)
    add_question(other / "questionnaire.xlsx")
    trip.load(other, migrated_url, replace=True)
    trip.load(folder, migrated_url, replace=True)
    stored, all_newest = versions(migrated_url)
    assert stored[0] == stored[2] != stored[1]
    assert all_newest
    exported = trip.export(migrated_url, trip.id_of(folder))
    assert exported["questionnaire.xlsx"] == (folder / "questionnaire.xlsx").read_bytes()


def test_a_draft_is_no_version_and_stays_behind_what_is_loaded(folder, migrated_url, tmp_path):
    """Even a draft of the very workbook that is loaded: nobody has published it."""
    other = shutil.copytree(folder, tmp_path / "other")
    add_question(other / "questionnaire.xlsx")
    trip.load(folder, migrated_url)
    study = trip.id_of(folder)
    workbook = (other / "questionnaire.xlsx").read_bytes()
    with db.open_session(migrated_url) as session:
        session.add(
            Questionnaire(
                study_id=study, number=2, form_id="f", version="2", workbook=workbook,
                sha256=hashlib.sha256(workbook).hexdigest(), definition={}, published_at=None,
            )
        )  # fmt: skip
    trip.load(other, migrated_url, replace=True)
    with db.open_session(migrated_url) as session:
        rows = session.scalars(sa.select(Questionnaire).order_by(Questionnaire.number)).all()
        found = [(one.number, one.published_at is not None, one.definition == {}) for one in rows]
        used = set(session.scalars(sa.select(Response.questionnaire_id)))
        assert used == {rows[1].id}
    assert found == [(1, True, False), (2, True, False), (3, False, True)]


def add_question(path):
    book = load_workbook(path)
    book["survey"].append(["note", "extra", "说明", "A note"])
    book.save(path)


def test_a_loaded_questionnaire_is_published_and_cannot_be_changed(folder, migrated_url):
    trip.load(folder, migrated_url)
    with (
        pytest.raises(IntegrityError, match="questionnaires cannot be changed"),
        db.open_session(migrated_url) as session,
    ):
        session.execute(sa.update(Questionnaire).values(version="9"))


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nonexistent/folder/minyi.sqlite",
        "postgresql+psycopg://nobody:s3cret@/none?host=/nonexistent",
    ],
)
def test_a_database_that_is_away_is_one_sentence(url, folder, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("MINYI_DATABASE_URL", url)
    refused = CliRunner().invoke(main, ["load", str(folder)])
    assert refused.exit_code == 2, refused.output
    assert re.fullmatch(r"the database \S+ cannot be opened; check .*\n", refused.stderr)
    assert "s3cret" not in refused.stderr


# progress ----------------------------------------------------------------

SLOW = """
import sys, time
from survey.cli.progress import progress
with progress("study") as step:
    step("sample")
    time.sleep(float(sys.argv[1]))
print("done")
"""


def on_terminal(seconds):
    """What a program prints on a terminal, and when it first did, in seconds."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", SLOW, str(seconds)]
    environment = os.environ | {"TERM": "xterm"}
    text, first = b"", None
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.PIPE, env=environment) as run:
        os.close(theirs)
        started = time.monotonic()
        while select.select([ours], [], [], 30)[0]:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other end is closed: this is how a terminal says so
                break
            if not part:
                break
            first = time.monotonic() - started if first is None else first
            text += part
    os.close(ours)
    assert run.returncode == 0
    return text.decode(), first


def test_progress_is_shown_on_a_terminal_after_two_seconds():
    text, first = on_terminal(3.5)
    assert "study: sample" in text
    assert first >= 2


def test_nothing_is_shown_when_it_takes_less():
    assert on_terminal(0.2) == ("", None)


def test_nothing_is_shown_in_a_pipe():
    command = [sys.executable, "-c", SLOW, "2.6"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert (done.stdout, done.stderr) == ("done\n", "")
