"""A study counted from the database is the study counted from its folder, to the byte."""

import pytest
import sqlalchemy as sa

from survey import db
from survey.datasets import load_study
from survey.models import Answer, Response, ResponseStatus, Sample
from survey.versions import newest_form
from tests.rowwise import rowwise
from tests.survey.studies import trip

MADE = ["made", "area_prefixes", "person_fpc", "odd_weights"]


@pytest.mark.parametrize(
    ("migrated_url", "name"), trip.on_databases(MADE), indirect=["migrated_url"]
)
def test_every_table_is_the_same_bytes_from_the_database(name, migrated_url, tmp_path):
    folder = trip.study(name, tmp_path)
    wanted = trip.tables_of_folder(folder)
    trip.load(folder, migrated_url)
    assert trip.tables_of_database(migrated_url, trip.id_of(folder)) == wanted
    assert len(wanted["estimates.csv"].splitlines()) > 10


@pytest.mark.parametrize(
    ("migrated_url", "name"), trip.on_databases(trip.FOLDERS), indirect=["migrated_url"]
)
def test_the_tables_from_the_database_are_those_expected_and_those_of_the_folder(
    name, migrated_url, tmp_path
):
    folder = trip.study(name, tmp_path)
    trip.load(folder, migrated_url)
    found = trip.tables_of_database(migrated_url, trip.id_of(folder))
    assert found == trip.tables_of_folder(folder)
    results = tmp_path / "results"
    results.mkdir()
    for table, text in found.items():
        (results / table).write_text(text, encoding="utf-8")
    expected = rowwise.read_tables(folder / "expected")
    assert expected["estimates"]
    assert rowwise.differences(rowwise.read_tables(results), expected) == []


def test_the_order_of_the_rows_does_not_matter(migrated_url, tmp_path):
    folder = trip.study("made", tmp_path)
    wanted = trip.tables_of_folder(folder)
    trip.load(trip.shuffled(folder, tmp_path / "shuffled"), migrated_url)
    assert trip.tables_of_database(migrated_url, trip.id_of(folder)) == wanted


@pytest.fixture
def made(migrated_url, tmp_path):
    """A small study that is loaded: its address, its folder and its id."""
    folder = trip.small(tmp_path / "small")
    trip.load(folder, migrated_url)
    return migrated_url, folder, trip.id_of(folder)


def loaded(session, study_id):
    return load_study(session, study_id, newest_form(session, study_id).form.codebook())


def test_rows_that_are_not_accepted_are_counted_by_status_only(made):
    url, folder, study_id = made
    statuses = {}
    for path in (folder / "responses").glob("*.csv"):
        header, rows = trip.rows_of(path)
        for row in rows:
            status = row[header.index("status")] or "accepted"
            statuses[status] = statuses.get(status, 0) + 1
    assert len(statuses) == 5
    with db.open_session(url) as session:
        data = loaded(session, study_id).data["B0-main"]
    assert data.statuses == statuses
    assert data.tally.n == statuses["accepted"]


def test_a_sample_is_counted_by_one_statement_of_integers(made):
    url, _, study_id = made
    seen = []
    with db.open_session(url) as session:
        engine = session.get_bind()
        sa.event.listen(engine, "before_cursor_execute", lambda _c, _u, text, *_: seen.append(text))
        data = loaded(session, study_id).data["B0-main"]
    counting = [text for text in seen if "answers" in text]
    assert len(counting) == 1
    assert "GROUP BY" in counting[0]
    assert data.tally.counts.dtype.kind == "i"
    assert len(data.tally.counts) < data.tally.n


def test_a_weight_is_kept_as_the_text_that_was_read(migrated_url, tmp_path):
    folder = trip.study("odd_weights", tmp_path)
    trip.load(folder, migrated_url)
    with db.open_session(migrated_url) as session:
        values = session.scalars(sa.select(Answer.value).where(Answer.name == "quan")).all()
    assert {"1.50", "2e0", "0.750"} <= set(values)


def test_an_answer_with_spaces_or_without_text_counts_as_in_a_file(made):
    url, _, study_id = made
    with db.open_session(url) as session:
        before = loaded(session, study_id).data["B0-main"].tally
        accepted = sa.select(Response.id).where(Response.status == ResponseStatus.ACCEPTED)
        one = session.scalars(accepted.limit(1)).one()
        answer = session.get_one(Answer, (one, "zhi"))
        answer.value = f" {answer.value}\n"
        session.flush()  # the statement below reads it
        assert repr(loaded(session, study_id).data["B0-main"].tally) == repr(before)
        session.delete(answer)
        session.flush()
        without = loaded(session, study_id).data["B0-main"].tally
        session.add(Answer(response_id=one, name="zhi", value=" "))
        session.flush()
        empty = loaded(session, study_id).data["B0-main"].tally
    assert repr(empty) == repr(without) != repr(before)
    assert without.n == before.n


def test_a_sample_without_an_accepted_answer_is_empty_and_no_error(made):
    url, _, study_id = made
    with db.open_session(url) as session:
        session.execute(sa.update(Response).values(status=ResponseStatus.WITHDRAWN))
        data = loaded(session, study_id).data["B0-main"]
        assert data.tally.n == 0
        assert set(data.statuses) == {"withdrawn"}


def test_another_study_in_the_database_changes_nothing(made, tmp_path):
    url, folder, study_id = made
    wanted = trip.tables_of_folder(folder)
    trip.load(trip.FOLDERS["yunhe-2025"], url)
    assert trip.tables_of_database(url, study_id) == wanted
    with db.open_session(url) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Sample)) == 4


def test_counting_follows_an_index_from_the_sample_to_its_answers(made):
    url, _, study_id = made
    plans = []
    with db.open_session(url) as session:
        engine = session.get_bind()
        if engine.dialect.name == "postgresql":
            session.execute(sa.text("SET enable_seqscan = off"))  # so few rows would be scanned

        def explain(connection, cursor, text, parameters, _context, _many):
            if "answers" in text and "EXPLAIN" not in text:
                word = (
                    "EXPLAIN QUERY PLAN" if cursor.__class__.__module__ == "sqlite3" else "EXPLAIN"
                )
                plans.append(connection.exec_driver_sql(f"{word} {text}", parameters).all())

        sa.event.listen(engine, "before_cursor_execute", explain)
        loaded(session, study_id)
    text = str(plans)
    assert "ix_responses_sample_id_status" in text
    assert "pk_answers" in text or "autoindex_answers" in text
    assert "SCAN answers" not in text
