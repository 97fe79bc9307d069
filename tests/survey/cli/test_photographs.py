"""`minyi photographs`: each picture once with area and volunteer; no id, day or answer."""

import csv
import io
import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from survey import intake
from survey.cli import main
from survey.models import AuditEvent, Image, Response, ResponseStatus, Source, User
from survey.withdrawal import withdraw
from tests.factories import HOME, SECRET, VILLAGE, Town

MOMENT = datetime(2030, 6, 5, 18, tzinfo=UTC)


@pytest.fixture
def town(migrated_url, monkeypatch):
    monkeypatch.setenv("MINYI_DATABASE_URL", migrated_url)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    town = Town(migrated_url)
    town.user(username="volunteer-1")
    yield town
    town.close()


@pytest.fixture
def minyi():
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def entered(town, content, *, question="photo"):
    """Store a visit with a photograph."""
    token, submission = f"{uuid.uuid4().hex}.jpg", uuid.uuid4()
    wave = town.ask("SELECT id FROM waves")
    questionnaire = town.ask("SELECT id FROM questionnaires")
    with town.session() as session:
        user = session.scalars(sa.select(User.id)).one()
        session.add(
            Image(
                token=token, submission_id=submission, study_id="live", user_id=user,
                media_type="image/jpeg", content=content, taken_at=MOMENT,
            )
        )  # fmt: skip
        told = intake.Submission(
            submission_id=submission,
            secret=SECRET,
            study_id="live",
            sample_id=town.samples[HOME],
            wave_id=wave,
            questionnaire_id=questionnaire,
            area_code=VILLAGE,
            answers={"q1": "1", question: token},
            columns={},
            source=Source.VOLUNTEER,
            mode="door",
            started_at=None,
            user_id=user,
            volunteer="volunteer-1",
        )
        return intake.store(session, told)


def written(folder):
    text = (folder / "photographs.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {path.name for path in folder.iterdir()} == {
        "photographs.csv",
        *(row["file"] for row in rows),
    }
    return {(folder / row.pop("file")).read_bytes(): row for row in rows}


def test_each_photograph_comes_with_area_and_volunteer_and_no_day(town, minyi, tmp_path):
    entered(town, b"one")
    entered(town, b"two", question="children[2]/photo")
    done = minyi("photographs", "live", tmp_path / "out")
    assert (done.exit_code, done.output) == (0, f"{tmp_path / 'out'}\n")
    wave = town.ask("SELECT code FROM waves")
    own = {"wave": wave, "area_code": VILLAGE, "volunteer": "volunteer-1"}
    assert written(tmp_path / "out") == {
        b"one": {"question": "photo", **own},
        b"two": {"question": "children[2]/photo", **own},
    }


def test_the_order_tells_nothing(town, minyi, tmp_path):
    contents = [str(number).encode() for number in range(12)]
    for content in contents:
        entered(town, content)
    orders = set()
    for number in range(3):
        folder = tmp_path / str(number)
        minyi("photographs", "live", folder)
        orders.add(tuple(written(folder)))
    assert all(sorted(order) == sorted(contents) for order in orders)
    assert len(orders - {tuple(contents)}) >= 2  # of 479 million orders


def test_what_was_withdrawn_entered_for_practice_or_never_sent_stays(town, minyi, tmp_path):
    entered(town, b"stays")
    practice, withdrawn = entered(town, b"practice"), entered(town, b"withdrawn")
    with town.session() as session:
        row = session.get_one(Response, practice.response_id)
        row.status = ResponseStatus.TRAINING
        withdraw(session, row.wave_id, withdrawn.withdrawal_code, SECRET, MOMENT)
        user = session.scalars(sa.select(User.id)).one()
        session.add(
            Image(
                token="x.jpg", submission_id=uuid.uuid4(), study_id="live", user_id=user,
                media_type="image/jpeg", content=b"never sent", taken_at=MOMENT,
            )
        )  # fmt: skip
    minyi("photographs", "live", tmp_path / "out")
    assert set(written(tmp_path / "out")) == {b"stays"}


def test_a_study_without_photographs_gives_an_index_without_rows(town, minyi, tmp_path):
    assert minyi("photographs", "live", tmp_path / "out").exit_code == 0
    assert written(tmp_path / "out") == {}


def test_the_act_is_logged_without_a_token(town, minyi, tmp_path):
    entered(town, b"one")
    minyi("photographs", "live", tmp_path / "out")
    with town.session() as session:
        events = session.scalars(sa.select(AuditEvent)).all()
        told = [(one.act, one.subject, one.details) for one in events]
    assert ("photographs.export", "live", {"photographs": 1}) in told


def test_an_unknown_study_and_a_full_folder_are_refused_and_nothing_is_written(
    town, minyi, tmp_path
):
    done = minyi("photographs", "none", tmp_path / "out")
    assert done.exit_code == 2
    assert "no study none in the database" in done.output
    assert not (tmp_path / "out").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("mine")
    done = minyi("photographs", "live", tmp_path / "full")
    assert done.exit_code == 2
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["x"]
