"""`minyi export`: figures survive the trip to the byte, and persons stay behind."""

import csv
import io
import json
import re
import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from survey import db
from survey.cli import main
from survey.models import (
    Answer,
    AuditEvent,
    EntryPoint,
    Household,
    Questionnaire,
    Response,
    ResponseStatus,
    Role,
    Sample,
    Source,
)
from tests.survey.accounts import world
from tests.survey.studies import trip

MARKER = "悄悄话-marker"
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def minyi(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def on_sqlite(migrated_sqlite, tmp_path, monkeypatch):
    """An empty SQLite database that the command uses."""
    file = tmp_path / "one.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    monkeypatch.setenv("MINYI_DATABASE_URL", f"sqlite:///{file}")
    return f"sqlite:///{file}"


def empty(url):
    """Drop every table and make them again, empty."""
    engine = db.engine_for(url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    if url.startswith("sqlite"):
        file = sa.make_url(url).database
        for end in ("", "-wal", "-shm"):
            trip.Path(file + end).unlink(missing_ok=True)
    db.migrate(url)


@pytest.mark.parametrize(
    ("migrated_url", "name"),
    trip.on_databases([*trip.FOLDERS, "made", "area_prefixes", "missing_drop"]),
    indirect=["migrated_url"],
)
def test_load_export_drop_load_export_gives_the_same_tables(name, migrated_url, tmp_path):
    folder = trip.study(name, tmp_path)
    wanted = trip.tables_of_folder(folder)
    study_id = trip.id_of(folder)
    trip.load(folder, migrated_url)
    first = trip.export_folder(migrated_url, study_id, tmp_path / "first")
    assert trip.tables_of_folder(first) == wanted
    empty(migrated_url)
    trip.load(trip.shuffled(first, tmp_path / "shuffled"), migrated_url)
    assert trip.tables_of_database(migrated_url, study_id) == wanted
    second = trip.export_folder(migrated_url, study_id, tmp_path / "second")
    assert trip.tables_of_folder(second) == wanted


def statuses(folder):
    found = {}
    for path in (folder / "responses").glob("*.csv"):
        header, rows = trip.rows_of(path)
        for row in rows:
            status = row[header.index("status")] or "accepted"
            found[path.name, status] = found.get((path.name, status), 0) + 1
    return found


def test_rows_that_are_not_accepted_leave_with_their_status_and_nothing_else(
    migrated_url, tmp_path
):
    folder = trip.small(tmp_path / "small", others=("opt-in",))
    trip.load(folder, migrated_url)
    out = trip.export_folder(migrated_url, trip.id_of(folder), tmp_path / "out")
    assert statuses(out) == statuses(folder)
    for path in (out / "responses").glob("*.csv"):
        header, rows = trip.rows_of(path)
        left_out = [row for row in rows if row[header.index("status")]]
        left_out = [row for row in left_out if row[header.index("status")] != "accepted"]
        assert left_out
        assert {len(list(filter(None, row))) for row in left_out} == {2}


def marked(folder, name):
    """A study with a text in every place where somebody may have typed one."""
    header, rows = trip.rows_of(folder / "responses" / name)
    held = {"quarantined", "rejected", "withdrawn", "training"}

    def mark(records):
        for record in records:
            record |= {
                "k_say": f"{MARKER} 1", "stranger": f"{MARKER} 2", "disposition": f"{MARKER} 3",
                "volunteer": f"{MARKER} 4", "entry_point": f"{MARKER} 5", "mode": f"{MARKER} 6",
                "started_at": "2025-09-05T23:41:07+08:00", "submitted_at": f"{MARKER} 7",
            }  # fmt: skip
            if record["status"] in held:
                record.update(dict.fromkeys(["gender", "s_age", "g1", "k_act"], f"{MARKER} 8"))

    trip.edit(folder / "responses" / name, mark)
    trip.edit(folder / "areas.csv", lambda rows: [row.update(remark=f"{MARKER} 9") for row in rows])
    notes = folder / "dispositions.csv"
    trip.edit(notes, lambda rows: [row.update(note=f"{MARKER} 10") for row in rows])
    return {row[header.index("response_id")] for row in rows}


@pytest.fixture
def exported(migrated_url, tmp_path):
    """A study full of marks: the ids it had, its tables, its exported files."""
    source = trip.FOLDERS["yunhe-2025"]
    folder = tmp_path / "marked"
    trip.shutil.copytree(source, folder)
    ids = marked(folder, "S1_hu.csv")
    wanted = trip.tables_of_folder(folder)
    trip.load(folder, migrated_url)
    with db.open_session(migrated_url) as session:
        held = session.scalar(
            sa.select(sa.func.count())
            .select_from(Answer)
            .join(Response, Response.id == Answer.response_id)
            .where(Answer.value.contains(MARKER))
            .where(Response.status != ResponseStatus.ACCEPTED)
        )
    assert held  # there are rows that are not accepted, and they are marked
    return ids, wanted, trip.export(migrated_url, trip.id_of(folder)), migrated_url


def test_no_text_that_somebody_typed_is_anywhere_in_the_export(exported):
    _, _, files, _ = exported
    for name, data in files.items():
        assert MARKER.encode() not in data, name


def test_the_figures_are_the_same_without_the_texts(exported, tmp_path):
    _, wanted, files, _ = exported
    trip.write_folder(files, tmp_path / "out")
    assert trip.tables_of_folder(tmp_path / "out") == wanted


def table_of(files, name):
    return list(csv.DictReader(io.StringIO(files[name].decode())))


def test_ids_are_new_random_numbers_in_random_order(exported):
    ids, _, files, url = exported
    rows = table_of(files, "responses/S1_hu.csv")
    new = [row["response_id"] for row in rows]
    assert all(re.fullmatch(r"[0-9]{20}", one) for one in new)
    assert len(set(new)) == len(rows) == len(ids)
    assert not set(new) & ids
    again = table_of(trip.export(url, "yunhe-2025"), "responses/S1_hu.csv")
    assert not {row["response_id"] for row in again} & set(new)
    answers = [tuple(row.values())[1:] for row in rows]
    answers_again = [tuple(row.values())[1:] for row in again]
    assert answers != answers_again
    assert sorted(answers) == sorted(answers_again)


def test_times_are_local_days(exported):
    _, _, files, _ = exported
    accepted = [r for r in table_of(files, "responses/S1_hu.csv") if r["status"] == ""]
    assert {row["started_at"] for row in accepted} == {"2025-09-05"}
    assert b"23:41" not in b"".join(files.values())


def test_a_time_in_another_zone_is_the_day_of_the_study(migrated_url, tmp_path):
    folder = trip.small(tmp_path / "small", statuses=False)
    path = next((folder / "responses").glob("*.csv"))
    trip.edit(path, lambda rows: [r.update(submitted_at="2026-03-04T17:30:00Z") for r in rows])
    trip.load(folder, migrated_url)
    files = trip.export(migrated_url, trip.id_of(folder))
    rows = table_of(files, f"responses/{path.name}")
    assert {row["submitted_at"] for row in rows} == {"2026-03-05"}


def test_labels_leave_only_where_they_are_known_codes(migrated_url, tmp_path):
    folder = trip.small(tmp_path / "small", statuses=False)
    header, rows = trip.rows_of(folder / "areas.csv")
    area = rows[-1][header.index("code")]
    (folder / "volunteers.csv").write_text(f"code,area\nV1,{area}\n", encoding="utf-8")
    path = next((folder / "responses").glob("*.csv"))

    def label(records):
        for record in records:
            record |= {"volunteer": "li.hua", "mode": "door", "entry_point": "XYZ"}
        records[0]["volunteer"] = "V1"

    trip.edit(path, label)
    trip.load(folder, migrated_url)
    rows = table_of(trip.export(migrated_url, trip.id_of(folder)), f"responses/{path.name}")
    assert sorted(row["volunteer"] for row in rows)[-2:] == ["", "V1"]
    assert {row["mode"] for row in rows} == {"door"}
    assert "entry_point" not in rows[0]


def test_answers_of_the_platform_leave_without_receipt_code_or_address(migrated_url, tmp_path):
    folder = trip.shutil.copytree(trip.FOLDERS["hean-2026"], tmp_path / "hean")
    trip.load(folder, migrated_url)
    submission = uuid.uuid4()
    with db.open_session(migrated_url) as session:
        sample = session.scalars(sa.select(Sample).where(Sample.code == "W2-door")).one()
        user = world.make_user(session, Role.VOLUNTEER, "li.hua", area_code="419099000000")
        like = session.scalars(
            sa.select(Response).where(
                Response.sample_id == sample.id, Response.status == ResponseStatus.ACCEPTED
            )
        ).first()
        texts = {answer.name: answer.value for answer in like.answers}
        session.add(
            Response(
                submission_id=submission, study_id="hean-2026", response_id=f"A-{submission}",
                sample_id=sample.id, area_code=like.area_code, mode="door", volunteer="li.hua",
                questionnaire_id=session.scalar(sa.select(Questionnaire.id)), user_id=user.id,
                status=ResponseStatus.ACCEPTED, source=Source.VOLUNTEER, received_at=NOW,
                submitted_at=NOW, digest="ab12" * 16,
                answers=[
                    Answer(name=name, value=text)
                    for name, text in (texts | {"qr_code_id": MARKER}).items()
                ],
            )
        )  # fmt: skip
        session.add(
            Household(
                study_id="hean-2026", sample_id=sample.id, number=1, area_code=like.area_code,
                code_hash="cd34" * 16, code_cipher=b"sealed-code",
            )
        )  # fmt: skip
        tokens = session.scalars(sa.select(EntryPoint.token)).all()
    wanted = trip.tables_of_database(migrated_url, "hean-2026")
    files = trip.export(migrated_url, "hean-2026")
    everything = b"\n".join(files.values())
    secret = [str(submission), submission.hex, "li.hua", MARKER, "ab12ab12", "cd34cd34"]
    for text in [*secret, "sealed-code", *tokens]:
        assert text.encode() not in everything, text
    trip.write_folder(files, tmp_path / "out")
    assert trip.tables_of_folder(tmp_path / "out") == wanted
    assert wanted != trip.tables_of_folder(folder)


def test_a_calculation_leaves_only_where_a_figure_needs_it(migrated_url, tmp_path):
    """A calculation may repeat what a text question was told."""
    folder = trip.small(tmp_path / "small", statuses=False)
    path = next((folder / "responses").glob("*.csv"))
    trip.edit(path, lambda rows: [row.update(band=MARKER) for row in rows])
    trip.load(folder, migrated_url)
    assert MARKER.encode() not in b"".join(trip.export(migrated_url, trip.id_of(folder)).values())


# the command -------------------------------------------------------------


def test_the_command_writes_the_folder_and_one_line_of_audit(minyi, on_sqlite, tmp_path):
    folder = trip.small(tmp_path / "small")
    trip.load(folder, on_sqlite)
    done = minyi("export", trip.id_of(folder), tmp_path / "out")
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'out'}\n"), done.output
    assert trip.tables_of_folder(tmp_path / "out") == trip.tables_of_folder(folder)
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    with db.open_session(on_sqlite) as session:
        events = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [event.act for event in events] == ["study.load", "study.export"]
        assert events[1].subject == trip.id_of(folder)
        assert json.dumps(events[1].details) == '{"files": 6}'


def test_what_cannot_be_exported_is_one_sentence_and_leaves_nothing(minyi, on_sqlite, tmp_path):
    folder = trip.small(tmp_path / "small")
    trip.load(folder, on_sqlite)
    unknown = minyi("export", "nowhere", tmp_path / "out")
    assert (unknown.exit_code, unknown.stderr) == (2, "no study nowhere in the database.\n")
    full = minyi("export", trip.id_of(folder), folder)
    assert full.exit_code == 2
    assert "is not overwritten" in full.stderr
    (tmp_path / "file").write_text("", encoding="utf-8")
    closed = minyi("export", trip.id_of(folder), tmp_path / "file" / "out")
    assert closed.exit_code == 2, closed.output
    assert closed.stderr.startswith("cannot write ")
    assert {path.name for path in tmp_path.iterdir()} <= {
        "small", "file", "one.sqlite", "one.sqlite-wal", "one.sqlite-shm",
    }  # fmt: skip


def test_a_missing_database_is_one_sentence_and_no_file(minyi, tmp_path, monkeypatch):
    file = tmp_path / "none.sqlite"
    monkeypatch.setenv("MINYI_DATABASE_URL", f"sqlite:///{file}")
    refused = minyi("export", "x", tmp_path / "out")
    assert refused.exit_code == 2
    assert "run minyi migrate" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_was_never_migrated_is_one_sentence(
    minyi, database_url, monkeypatch, tmp_path
):
    engine = db.engine_for(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE other (x integer)"))
    engine.dispose()
    monkeypatch.setenv("MINYI_DATABASE_URL", database_url)
    refused = minyi("export", "x", tmp_path / "out")
    assert refused.exit_code == 2
    assert "run minyi migrate" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
