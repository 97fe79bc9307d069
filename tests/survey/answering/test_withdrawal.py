"""Taking answers back: deleted, never revived, out of every figure, and not to be guessed."""

import re
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa

from survey import intake
from survey.models import Response, Wave
from survey.receipts import withdrawal_code, withdrawal_hash
from tests.factories import HEAN, SECRET, Town
from tests.phones import Phone
from tests.survey.test_intake import submission  # noqa: F401 - a fixture


@pytest.fixture
def town(migrated_url):
    town = Town(migrated_url)
    yield town
    town.close()


def answered(town, code):
    """A phone that has answered, and the code that it was shown."""
    phone = town.phone(code)
    phone.fill_in(HEAN.answers)
    page = phone.client.get(phone.reply.location).text
    return phone, re.search(r'class="receipt">([0-9A-Z]{6})<', page)[1]


def withdraw(town, code, text, client=None):
    client = client or town.app.test_client()
    return client.post(f"/q/{code}/withdraw", data={"code": text})


@pytest.mark.parametrize("kind", ["place", "household"])
def test_the_code_deletes_the_answers_and_leaves_a_counted_tombstone(town, kind):
    code = getattr(town, kind)()
    _, secret = answered(town, code)
    reply = withdraw(town, code, f" {secret[:3].lower()}-{secret[3:]} ")
    assert reply.status_code == 303
    assert "您的回答已经删除" in town.app.test_client().get(reply.location).text
    assert town.stored() == (1, 0)
    row = town.response()
    assert row["status"] == "withdrawn"
    assert row["withdrawn_at"] is not None
    kept = {"area_code", "entry_point", "entry_point_id", "started_at", "submitted_at", "seed"}
    assert not any(row[name] for name in kept)
    assert row["device_mark"] is None
    assert row["digest"] == "0" * 64


def test_a_repetition_does_not_revive_it(town):
    code = town.place()
    phone, secret = answered(town, code)
    withdraw(town, code, secret)
    reply = phone.again()
    assert reply.status_code == 410
    assert "已按您的要求撤回" in reply.text
    assert town.stored() == (1, 0)


def test_it_is_no_accepted_answer_any_more(town):
    code = town.place()
    answered(town, code)
    _, secret = answered(town, code)
    withdraw(town, code, secret)
    assert town.ask("SELECT count(*) FROM responses WHERE status = 'accepted'") == 1


@pytest.mark.parametrize("text", ["", "AAAAA", "AAAAAAA", "ZZZZZZ", "%", "'; DROP", "民意民意民意"])
def test_a_code_that_is_none_is_refused_politely_and_changes_nothing(town, text):
    code = town.place()
    answered(town, code)
    reply = withdraw(town, code, text)
    assert reply.status_code == 404
    assert 'id="code"' in reply.text
    assert town.stored()[1] > 0


def test_a_code_works_once_and_in_its_own_wave_only(town):
    code = town.place()
    _, secret = answered(town, code)
    assert withdraw(town, code, secret).status_code == 303
    assert withdraw(town, code, secret).status_code == 404
    with town.session() as session:
        other = session.execute(sa.select(Response.withdrawal_hash)).scalar_one()
    wave = town.ask("SELECT id FROM waves")
    assert other == withdrawal_hash(secret, wave, SECRET)
    assert other != withdrawal_hash(secret, wave + 1, SECRET)


def test_few_tries_are_left_to_a_network_and_the_right_code_is_then_refused_too(town):
    code = town.place()
    _, secret = answered(town, code)
    statuses = [withdraw(town, code, f"AAAAA{letter}").status_code for letter in "ACEFHJ"]
    assert statuses == [404] * 5 + [429]
    assert withdraw(town, code, secret).status_code == 429
    assert town.stored()[1] > 0


def test_two_responses_with_the_same_code_get_different_ones(town, submission, monkeypatch):  # noqa: F811
    """The wave has the code already: the unique key says so, and the next attempt is taken."""
    first = withdrawal_code(submission.submission_id, 0, SECRET)

    def colliding(submission_id, attempt, key):
        return first if attempt == 0 else withdrawal_code(submission_id, attempt, key)

    monkeypatch.setattr(intake, "withdrawal_code", colliding)
    other = replace(submission, submission_id=uuid.uuid4())
    with town.session() as session:
        one, two = intake.store(session, submission), intake.store(session, other)
    assert one.withdrawal_code == first
    assert two.withdrawal_code == withdrawal_code(other.submission_id, 1, SECRET)
    with town.session() as session:
        again = intake.find_stored(session, other)
    assert again.withdrawal_code == two.withdrawal_code  # a lost reply gives the same one


def next_wave(town):
    """The wave of the answers is over, and another one has begun."""
    town.change(
        "UPDATE waves SET opens = :first, closes = :last", first=town.day(-20), last=town.day(-5)
    )
    with town.session() as session:
        wave = Wave(
            study_id=town.study_id,
            code="N2",
            title_zh="下一期",
            title_en="The next wave",
            opens=town.day(-1),
            closes=town.day(5),
            position=1,
        )
        session.add(wave)
    town.change("UPDATE studies SET valid_until = valid_until")


def test_answers_of_an_earlier_wave_can_still_be_taken_back(town):
    code = town.place()
    _, secret = answered(town, code)
    next_wave(town)
    client = town.app.test_client()
    page = client.get(f"/q/{code}/withdraw").text
    assert page.index("下一期") < page.index("本期")  # the newest is chosen
    assert client.post(f"/q/{code}/withdraw", data={"code": secret}).status_code == 404
    sent = {"code": secret, "wave": "N1"}
    refused = client.post(f"/q/{code}/withdraw", data={**sent, "code": "AAAAAA"}).text
    assert 'value="N1" selected' in refused
    assert client.post(f"/q/{code}/withdraw", data=sent).status_code == 303
    assert town.stored() == (1, 0)


def test_one_wave_is_not_asked_for(town):
    page = town.app.test_client().get(f"/q/{town.place()}/withdraw").text
    assert 'name="wave"' not in page


def test_a_resident_who_was_asked_at_the_door_takes_back_at_the_address_he_was_told(make_town):
    town = make_town(kit=HEAN)
    client = town.user()
    area = "419099001001"
    phone = Phone(client, f"/entry/1/{area}")
    phone.fill_in({**HEAN.answers, "csrf_token": ""})
    told = client.get(phone.reply.location).text
    secret = re.search(r'class="receipt">([0-9A-Z]{6})<', told)[1]
    address = re.search(r"https://minyi.test(/withdraw/[a-z]+)<", told)[1]
    stranger = town.app.test_client()
    assert "撤回码" in stranger.get(address).text
    reply = stranger.post(address, data={"code": secret})
    assert reply.status_code == 303
    assert "您的回答已经删除" in stranger.get(reply.location).text
    assert town.stored() == (1, 0)


def test_a_study_that_does_not_exist_takes_nothing_back(town):
    client = town.app.test_client()
    for address in ("/withdraw/none", "/withdraw/none/done"):
        assert client.get(address).status_code == 404
    assert client.post("/withdraw/none", data={"code": "AAAAAA"}).status_code == 404


def test_its_pages_are_small_on_a_weak_network(town):
    client = town.app.test_client()
    reply = client.get(f"/q/{town.place()}/withdraw", headers={"Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"
