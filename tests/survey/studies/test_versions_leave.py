"""An export after a later version: its questionnaire reads the answers of every version."""

import csv
import io
from dataclasses import replace

import pytest
import sqlalchemy as sa

from survey import db
from survey.folders import read_study_folder
from survey.instrument.items import Kind
from survey.instrument.questions import Form
from survey.models import Questionnaire, Response
from survey.studies import export
from survey.studies.asked import Asked, asked_of
from survey.studies.export import export_files
from tests.survey.designer.forms import Edited
from tests.survey.studies import trip


@pytest.fixture
def site(migrated_url, tmp_path):
    """A loaded study on which a second version was published: a question and a code are gone."""
    folder = trip.small(tmp_path / "small")
    trip.load(folder, migrated_url)
    study_id = trip.id_of(folder)
    publish(migrated_url, study_id, change)
    return migrated_url, study_id, folder


def change(form):
    """Without the question ``edu`` and without the answer ``dk``, which no figure counts."""
    edited = Edited(form).drop("edu").drop_choice("did", "dk").add("zhi", "fresh", Kind.TEXT)
    return edited.form


def publish(url, study_id, edit):
    with db.open_session(url) as session:
        newest = session.scalars(
            sa.select(Questionnaire)
            .where(Questionnaire.study_id == study_id)
            .order_by(Questionnaire.number.desc())
        ).first()
        form = edit(Form.from_json(newest.definition))
        content = f"workbook {newest.number + 1}".encode()
        session.add(
            Questionnaire(
                study_id=study_id, number=newest.number + 1, form_id=form.form_id,
                version=str(newest.number + 1), workbook=content, sha256=f"{newest.number:064d}",
                definition=form.to_json(), published_at=newest.published_at,
            )
        )  # fmt: skip


def column(files, name):
    """What the exported rows have in a column, with their number."""
    rows = [
        row
        for path, data in files.items()
        if path.startswith("responses/")
        for row in csv.DictReader(io.StringIO(data.decode()))
    ]
    return [row[name] for row in rows if row.get(name)], len(rows)


def test_the_folder_is_read_and_gives_the_same_tables(site, tmp_path):
    url, study_id, folder = site
    out = trip.export_folder(url, study_id, tmp_path / "out")
    assert trip.tables_of_folder(out) == trip.tables_of_folder(folder)
    assert trip.tables_of_database(url, study_id) == trip.tables_of_folder(folder)
    form = read_study_folder(out).form
    assert {"edu", "fresh"} <= {question.name for question in form.questions()}
    assert "dk" in form.question("did").codes


def test_answers_to_what_is_no_longer_asked_leave_too(site):
    url, study_id, folder = site
    files = trip.export(url, study_id)
    before = {path.relative_to(folder).as_posix(): path.read_bytes()
              for path in (folder / "responses").iterdir()}  # fmt: skip
    for name in ("edu", "did"):
        kept, _ = column(files, name)
        given = [
            row[name]
            for data in before.values()
            for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
            if row.get("status", "") in {"", "accepted"} and row.get(name)
        ]
        assert sorted(kept) == sorted(given)
        assert kept


def test_the_newest_version_alone_would_lose_answers(site, monkeypatch):
    """Control: the answers above depend on the versions together."""
    url, study_id, _ = site

    def newest_only(session, study_id):
        asked = asked_of(session, study_id)
        row = session.scalars(
            sa.select(Questionnaire)
            .where(Questionnaire.study_id == study_id)
            .order_by(Questionnaire.number.desc())
        ).first()
        return Asked(Form.from_json(row.definition), asked.workbook, {})

    monkeypatch.setattr(export, "asked_of", newest_only)
    files = trip.export(url, study_id)
    assert column(files, "edu")[0] == []
    assert not any("dk" in text.split() for text in column(files, "did")[0])


def test_the_workbooks_of_all_versions_go_with_it(site):
    url, study_id, folder = site
    files = trip.export(url, study_id)
    assert files["questionnaires/1.xlsx"] == (folder / "questionnaire.xlsx").read_bytes()
    assert files["questionnaires/2.xlsx"] == b"workbook 2"
    assert files["questionnaire.xlsx"][:2] == b"PK"


def test_the_folder_can_be_loaded_again_and_exported_once_more(site, tmp_path, migrated_sqlite):
    url, study_id, folder = site
    out = trip.export_folder(url, study_id, tmp_path / "out")
    other = tmp_path / "other.sqlite"
    other.write_bytes(migrated_sqlite.read_bytes())
    trip.load(out, f"sqlite:///{other}")
    again = trip.export_folder(f"sqlite:///{other}", study_id, tmp_path / "again")
    assert trip.tables_of_folder(again) == trip.tables_of_folder(folder)
    assert (again / "questionnaire.xlsx").read_bytes() == (out / "questionnaire.xlsx").read_bytes()


def test_a_version_that_only_grew_leaves_as_it_was_uploaded(site):
    url, study_id, _ = site
    with db.open_session(url) as session:
        session.execute(sa.delete(Response).where(Response.study_id == study_id))
    files = {}
    with db.open_session(url) as session:
        files = export_files(session, study_id)
    assert files["questionnaire.xlsx"] == b"workbook 2"  # nobody answered the first
    assert not [path for path in files if path.startswith("questionnaires/")]


def test_a_draft_neither_leaves_nor_is_taken_for_the_version_in_force(site):
    url, study_id, folder = site
    with db.open_session(url) as session:
        form = Edited(Form.from_json(session.get(Questionnaire, 1).definition)).drop("xb").form
        session.add(
            Questionnaire(
                study_id=study_id, number=3, form_id="draft", version="3", workbook=b"draft",
                sha256="d" * 64, definition=replace(form, title="draft").to_json(),
                published_at=None,
            )
        )  # fmt: skip
    files = trip.export(url, study_id)
    assert "questionnaires/3.xlsx" not in files
    assert files["questionnaires/2.xlsx"] == b"workbook 2"
    assert trip.tables_of_database(url, study_id) == trip.tables_of_folder(folder)
