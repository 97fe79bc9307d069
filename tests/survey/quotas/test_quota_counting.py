"""What is counted of the stored answers is what was taken while they came in."""

import random

import pytest
import sqlalchemy as sa

from survey.models import Answer, Response, ResponseStatus
from survey.quotas.counting import counted
from survey.quotas.stored import give_back
from tests.factories import GRID, HOME, OTHER_VILLAGE, PLACE, ROOT, TOWN, VILLAGE
from tests.survey.quotas.answers import rules, send

HOMES = (GRID, VILLAGE, OTHER_VILLAGE, TOWN, ROOT)
ASKED = {
    "s1_age": "123456",
    "d1_sex": ["1", "2", ""],
    "q2_channel": ["1", "8", "1 8", "2 5", ""],
    "s3_town": ["419099001", "419099005"],
}
GROUPS = (
    ("", "", ""), (TOWN, "", ""), (GRID, "", ""), ("", "age2", "60plus"), (TOWN, "age2", "15_59"),
    (VILLAGE, "d1_sex", "2"), (ROOT, "q2_channel", "8"), ("", "part", "centre"),
    ("", "s3_town", TOWN), (OTHER_VILLAGE, "age2", "15_59"), ("", "gone", "1"),
)  # fmt: skip


@pytest.fixture
def quotas(town):
    return [town.quota(*group, most=1000) for group in GROUPS]


def withdraw(town, response_id):
    with town.session() as session:
        response = session.get_one(Response, response_id)
        give_back(session, response)
        response.status = ResponseStatus.WITHDRAWN
        session.execute(sa.delete(Answer).where(Answer.response_id == response_id))


def count(town):
    with town.session() as session:
        return counted(session, "live", town.samples[PLACE], rules(session, town))


def test_counting_finds_what_was_taken_and_not_given_back(town, quotas):
    chance = random.Random(4)
    sent = [
        send(town, {name: chance.choice(texts) for name, texts in ASKED.items()}, home)
        for home in chance.choices(HOMES, k=30)
    ]
    assert count(town) == town.numbers()
    assert count(town)[0] == 30
    assert all(count(town)[:-1])  # every group was met, but for the one that does not exist
    for response_id in chance.sample(sent, 10):
        withdraw(town, response_id)
    assert count(town) == town.numbers()
    assert count(town)[0] == 20


@pytest.mark.parametrize(
    ("status", "counts"),
    [("accepted", 1), ("quarantined", 1), ("rejected", 0), ("withdrawn", 0), ("training", 0)],
)
def test_an_answer_that_is_held_has_its_place_until_it_is_rejected(town, quotas, status, counts):
    send(town, {"s1_age": "1"}, GRID)
    town.change("UPDATE responses SET status = :status", status=status)
    assert count(town)[0] == counts


@pytest.mark.parametrize("status", ["rejected", "withdrawn", "training"])
def test_an_answer_without_places_gives_none_back(town, quotas, status):
    response_id = send(town, {"s1_age": "1"}, GRID)
    town.change("UPDATE responses SET status = :status", status=status)
    before = town.numbers()
    withdraw(town, response_id)
    assert town.numbers() == before
    assert before[0] == 1


def test_the_answers_of_another_sample_are_not_counted(town, quotas):
    send(town, {"s1_age": "1"}, GRID, sample=HOME, taking=False)
    assert set(count(town)) == {0}


def test_the_number_of_statements_is_that_of_the_questions(town, quotas):
    for _ in range(5):
        send(town, {"s1_age": "1", "d1_sex": "2"}, GRID)
    asked = []
    with town.session() as session:
        known = rules(session, town)
        engine = session.get_bind().engine
        sa.event.listen(engine, "before_cursor_execute", lambda *more: asked.append(more[2]))
        counted(session, "live", town.samples[PLACE], known)
    questions = {rule.question for rule in known}
    assert len(asked) == len(questions) + 1  # and the areas
