"""The rules that the schema holds, whoever writes: on SQLite and on PostgreSQL."""

import uuid
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from survey import db
from survey.models import (
    Answer,
    Area,
    AuditEvent,
    Channel,
    EntryPoint,
    Household,
    Level,
    LoginSession,
    Questionnaire,
    Response,
    ResponseStatus,
    Role,
    Run,
    Sample,
    SampleKind,
    Source,
    User,
    Wave,
)
from tests.survey.accounts import world

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DIGEST = "0" * 64


@pytest.fixture
def session(migrated_url):
    """A session on a database with two studies that have the same waves and samples."""
    engine = db.engine_for(migrated_url)
    with Session(engine) as session:
        for number, study in enumerate(["hean", "yunhe"], start=101):
            world.make_study(session, study)
            session.add(wave(study, id=number))
            session.flush()
            session.add(sample(study, id=number, wave_id=number))
            session.add(questionnaire(study, id=number, published_at=NOW))
            session.add(place(study, id=number, token=f"T{number}"))
        world.make_user(session, Role.VOLUNTEER)
        session.commit()
        yield session
    engine.dispose()


def wave(study="hean", **changes):
    values = {"code": "W0", "title_zh": "基线", "title_en": "Baseline", "position": 0}
    values |= {"opens": date(2026, 3, 2), "closes": date(2026, 3, 9)}
    return Wave(study_id=study, **values | changes)


def sample(study="hean", **changes):
    values = {"code": "W0-door", "kind": SampleKind.PROBABILITY, "channel": Channel.DOOR}
    return Sample(study_id=study, position=0, file="", **values | changes)


def questionnaire(study="hean", **changes):
    values = {"number": 1, "form_id": "f", "version": "1", "workbook": b"PK", "sha256": DIGEST}
    return Questionnaire(study_id=study, definition={"b": 1, "a": 2}, **values | changes)


def place(study="hean", **changes):
    values = {"code": "QR001", "token": "T0", "area_code": world.VILLAGE}
    return EntryPoint(study_id=study, name="公告栏", kind="社区", **values | changes)


def household(**changes):
    values = {"study_id": "hean", "sample_id": 101, "number": 1, "area_code": world.VILLAGE}
    values |= {"code_hash": DIGEST, "code_cipher": b"x"}
    return Household(**values | changes)


def response(**changes):
    values = {
        "submission_id": uuid.uuid4(),
        "study_id": "hean",
        "response_id": "R1",
        "sample_id": 101,
        "questionnaire_id": 101,
    }
    values |= {"area_code": world.VILLAGE, "mode": "qr", "status": ResponseStatus.ACCEPTED}
    values |= {"source": Source.PHONE, "received_at": NOW, "digest": DIGEST}
    return Response(**values | changes)


def area(code, parent, level=Level.VILLAGE, study="hean"):
    return Area(
        study_id=study,
        code=code,
        name="x",
        parent=parent,
        level=level,
        urban_rural="",
        position=9,
    )


def user_id(session):
    return session.scalar(sa.select(User.id))


REFUSED = {
    "a wave that closes before it opens": (
        lambda: wave(code="W1", closes=date(2026, 3, 1)),
        "ck_waves_closes_after_it_opens",
    ),
    "a second wave of the same code": (wave, "uq_waves_study_id_code|waves.code"),
    "a sample in the wave of another study": (
        lambda: sample(code="W0-x", wave_id=102),
        "fk_samples_study_id_wave_id|FOREIGN KEY",
    ),
    "a place sample that calls itself a probability sample": (
        lambda: sample(code="W0-q", wave_id=101, channel=Channel.PLACE),
        "ck_samples_place_is_never_probability",
    ),
    "a response in the sample of another study": (
        lambda: response(sample_id=102),
        "fk_responses_study_id_sample_id|FOREIGN KEY",
    ),
    "a response to the questionnaire of another study": (
        lambda: response(questionnaire_id=102),
        "fk_responses_study_id_questionnaire_id|FOREIGN KEY",
    ),
    "a response from the place of another study": (
        lambda: response(entry_point_id=102),
        "fk_responses_study_id_entry_point_id|FOREIGN KEY",
    ),
    "a volunteer's entry without a volunteer": (
        lambda: response(source=Source.VOLUNTEER),
        "ck_responses_volunteer_entry_has_user",
    ),
    "a resident's answer with a user": (
        lambda: response(source=Source.PHONE, user_id=1),
        "ck_responses_volunteer_entry_has_user",
    ),
    "a place in an area that the study lacks": (
        lambda: place(code="Q9", token="T9", area_code="999999999999"),
        "fk_entry_points_study_id_area_code|FOREIGN KEY",
    ),
    "two places with one code in their address": (
        lambda: place(code="Q9", token="T102"),
        "uq_entry_points_token|entry_points.token",
    ),
    "an area code that is too short": (
        lambda: area("4190990010", world.ROOT, Level.GRID),
        "ck_areas_code_has_12_digits",
    ),
    "a suffix above the grid": (
        lambda: area("419099001001-G9", world.VILLAGE),
        "ck_areas_only_a_grid_has_a_suffix",
    ),
    "an area that is its own parent": (
        lambda: area("419099009000", "419099009000"),
        "ck_areas_not_its_own_parent",
    ),
    "an area whose parent is nowhere": (
        lambda: area("419099009000", "999999999999"),
        "fk_areas_study_id_parent|FOREIGN KEY",
    ),
    "a household numbered zero": (lambda: household(number=0), "ck_households_number_from_1"),
    "a household whose code is not hashed": (
        lambda: household(code_hash="ABC"),
        "ck_households_code_hash_in_hex",
    ),
    "a login that ends when it begins": (
        lambda: LoginSession(
            token_hash=DIGEST,
            user_id=1,
            csrf_secret="x",
            created_at=NOW,
            last_seen_at=NOW,
            expires_at=NOW,
        ),
        "ck_sessions_expires_after_it_began",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_schema_refuses(session, case):
    make, name = REFUSED[case]
    session.add(make())
    with pytest.raises(IntegrityError, match=name):
        session.commit()


@pytest.mark.parametrize("column", ["status", "source"])
def test_a_word_outside_a_closed_set_is_refused_by_the_database_too(session, column):
    session.add(response())
    session.flush()
    with pytest.raises(IntegrityError, match=f"ck_responses_{column}"):
        session.execute(sa.text(f"UPDATE responses SET {column} = 'maybe'"))


def test_what_the_schema_admits_can_be_read_back(session):
    session.add(response(answers=[Answer(name="q1", value="1 4")], entry_point_id=101))
    session.add(household())
    session.commit()
    session.expire_all()
    stored = session.scalars(sa.select(Response)).one()
    assert (stored.status, stored.source) == (ResponseStatus.ACCEPTED, Source.PHONE)
    assert stored.sample.wave.code == "W0"
    assert [(a.name, a.value) for a in stored.answers] == [("q1", "1 4")]
    assert list(stored.questionnaire.definition) == ["b", "a"]  # JSON keeps its order


def test_one_submission_id_is_one_row(session):
    first = response()
    session.add(first)
    session.commit()
    session.add(response(submission_id=first.submission_id, response_id="R2"))
    with pytest.raises(
        IntegrityError, match=r"uq_responses_submission_id|responses\.submission_id"
    ):
        session.commit()


def test_answers_go_with_their_response(session):
    session.add(response(answers=[Answer(name="q1", value="1")]))
    session.commit()
    session.execute(sa.text("DELETE FROM responses"))
    assert session.scalar(sa.text("SELECT count(*) FROM answers")) == 0


@pytest.mark.parametrize("parents_first", [True, False])
def test_the_order_of_the_area_file_does_not_matter(session, parents_first):
    rows = [area("419099009000", world.ROOT), area("419099009001", "419099009000")]
    for row in rows if parents_first else reversed(rows):
        session.add(row)
        session.flush()
    session.commit()
    assert session.get(Area, ("hean", "419099009001")).parent == "419099009000"


def test_times_are_utc_whatever_zone_they_came_in(session):
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    session.add(response(started_at=shanghai))
    session.commit()
    session.expire_all()
    stored = session.scalars(sa.select(Response)).one()
    assert stored.started_at == NOW
    assert stored.started_at.tzinfo is UTC
    assert stored.submitted_at is None


def test_a_time_without_a_zone_is_refused(session):
    session.add(response(started_at=datetime(2026, 3, 2)))  # noqa: DTZ001
    with pytest.raises(StatementError, match="without a time zone"):
        session.commit()


FROZEN = {
    "questionnaires": lambda _: questionnaire(number=2, published_at=NOW),
    "runs": lambda session: Run(
        study_id="hean",
        number=1,
        published_at=NOW,
        user_id=user_id(session),
        recipe={},
        tables={},
        sha256=DIGEST,
    ),
    "audit_events": lambda _: AuditEvent(at=NOW, username="x", act="a.b", subject="s", details={}),
}
CHANGES = {
    "questionnaires": "UPDATE questionnaires SET version = '2'",
    "runs": "UPDATE runs SET number = 2",
    "audit_events": "UPDATE audit_events SET username = 'y'",
}


@pytest.mark.parametrize("table", FROZEN)
def test_what_is_published_cannot_be_changed(session, table):
    session.add(FROZEN[table](session))
    session.commit()
    before = session.execute(sa.text(f"SELECT * FROM {table}")).all()
    session.commit()
    statements = [CHANGES[table], f"DELETE FROM {table}"]
    if session.bind.dialect.name == "sqlite":
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    else:
        statements.append(f"TRUNCATE {table} CASCADE")
    for statement in statements:
        with pytest.raises(IntegrityError, match=f"{table} cannot be changed"):
            session.execute(sa.text(statement))
        session.rollback()
    assert session.execute(sa.text(f"SELECT * FROM {table}")).all() == before


def test_a_draft_can_be_changed_published_and_deleted(session):
    draft = questionnaire(number=2, published_at=None)
    session.add(draft)
    session.commit()
    draft.version = "2"
    session.commit()
    session.delete(draft)
    session.commit()
    session.add(questionnaire(number=2, published_at=None))
    session.commit()
    session.execute(
        sa.update(Questionnaire).where(Questionnaire.number == 2).values(published_at=NOW)
    )
    session.commit()
    with pytest.raises(IntegrityError, match="cannot be changed"):
        session.execute(
            sa.update(Questionnaire).where(Questionnaire.number == 2).values(published_at=None)
        )


def test_nothing_leads_from_an_answer_to_a_household():
    """Follow every foreign key from responses and answers; no household is reached."""
    seen, ahead = set(), {"responses", "answers"}
    while ahead:
        table = ahead.pop()
        seen.add(table)
        keys = Response.metadata.tables[table].foreign_keys
        ahead |= {key.column.table.name for key in keys} - seen
    assert "samples" in seen
    assert "households" not in seen
