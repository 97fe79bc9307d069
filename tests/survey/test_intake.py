"""The door in: one row however often it is sent, and nothing of a failed transaction."""

import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from survey import intake
from survey.errors import CodeUsed, SubmissionConflict
from survey.intake import Outcome, Submission
from survey.models import Source
from tests.factories import HOME, PLACE, SECRET, VILLAGE, Town


@pytest.fixture
def town(migrated_url):
    town = Town(migrated_url)
    yield town
    town.close()


@pytest.fixture
def submission(town):
    return Submission(
        submission_id=uuid.uuid4(),
        secret=SECRET,
        study_id="live",
        sample_id=town.samples[PLACE],
        wave_id=town.ask("SELECT id FROM waves"),
        questionnaire_id=town.ask("SELECT id FROM questionnaires"),
        area_code=VILLAGE,
        answers={"q1": "1", "q2": "1 8", "empty": ""},
        columns={"township": "x"},
        source=Source.PHONE,
        mode="qr",
        started_at=None,
    )


def of_household(town, submission):
    town.household()
    household = town.ask("SELECT id FROM households")
    return replace(submission, sample_id=town.samples[HOME], household_id=household)


def send(town, submission):
    with town.session() as session:
        return intake.store(session, submission).outcome


def test_the_first_is_new_and_all_others_repeat_it(town, submission):
    assert [send(town, submission) for _ in range(3)] == [
        Outcome.NEW,
        Outcome.REPEAT,
        Outcome.REPEAT,
    ]
    assert town.stored() == (1, 3)  # no empty answer


def test_a_response_and_its_answers_take_one_way_to_a_server(town, submission):
    many = {f"q{number}": "1" for number in range(80)}
    said = []
    with town.session() as session:
        connection = session.connection()
        sa.event.listen(
            connection, "before_cursor_execute", lambda *words: said.append(words[2].split()[0])
        )
        intake.store(session, replace(submission, answers=many))
    wanted = {"sqlite": ["INSERT", "INSERT"], "postgresql": ["WITH"]}
    assert said == wanted[connection.dialect.name]
    assert town.stored() == (1, 81)


def test_other_answers_under_the_id_are_a_conflict(town, submission):
    send(town, submission)
    changes = (
        {"answers": {"q1": "2", "q2": "1 8"}},
        {"answers": {"q1": "1"}},
        {"answers": submission.answers | {"q3": "1"}},
        {"area_code": "419099005001"},
        {"study_id": "other"},
        {"sample_id": 999},
    )
    for change in changes:
        with pytest.raises(SubmissionConflict):
            send(town, replace(submission, **change))
    assert town.answers() == {"q1": "1", "q2": "1 8", "township": "x"}


def test_what_the_platform_adds_makes_no_conflict(town, submission):
    send(town, submission)
    assert send(town, replace(submission, columns={"township": "y"})) is Outcome.REPEAT
    assert town.answers()["township"] == "x"


def test_the_order_of_answers_makes_no_conflict(town, submission):
    send(town, submission)
    backwards = dict(reversed(submission.answers.items()))
    assert send(town, replace(submission, answers=backwards)) is Outcome.REPEAT


def test_a_household_answers_once(town, submission):
    first = of_household(town, submission)
    assert send(town, first) is Outcome.NEW
    assert send(town, first) is Outcome.REPEAT
    with pytest.raises(CodeUsed):
        send(town, replace(first, submission_id=uuid.uuid4()))
    with pytest.raises(SubmissionConflict):
        send(town, replace(first, answers={"q1": "2"}))
    assert town.count("responses") == 1
    assert town.ask("SELECT status FROM households") == "answered"


def test_a_revoked_household_does_not_answer(town, submission):
    first = of_household(town, submission)
    town.change("UPDATE households SET status = 'revoked'")
    with pytest.raises(CodeUsed):
        send(town, first)
    assert town.stored() == (0, 0)


def test_a_row_that_breaks_another_rule_is_no_repetition(town, submission):
    with pytest.raises(IntegrityError):
        send(town, replace(submission, questionnaire_id=999))
    assert town.stored() == (0, 0)


def test_what_the_caller_rolls_back_is_gone(town, submission):
    first = of_household(town, submission)
    with town.session() as session:
        assert intake.store(session, first).outcome is Outcome.NEW
        session.rollback()
    assert town.stored() == (0, 0)
    assert town.ask("SELECT status FROM households") == "active"


def test_a_conflict_leaves_the_callers_other_work_alone(town, submission):
    send(town, submission)
    with town.session() as session:
        session.execute(sa.text("UPDATE studies SET maker = 'kept'"))
        with pytest.raises(SubmissionConflict):
            intake.store(session, replace(submission, answers={"q1": "9"}))
    assert town.ask("SELECT maker FROM studies") == "kept"


def test_the_id_of_the_row_is_not_that_of_the_receipt(town, submission):
    send(town, submission)
    assert town.response()["response_id"] != str(submission.submission_id)
