"""One person, one answer: the device that has answered, the family button, reasons, proofs."""

from dataclasses import replace

import pytest

from survey.guarding.policy import POLICY, Alarm
from survey.guarding.proof import Challenge
from tests.factories import HEAN, UNHURRIED, Town
from tests.phones import Phone
from tests.survey.guarding.test_proof import solved

ALARMED = replace(UNHURRIED, point_alarm=Alarm(on=3, off=2), proof_bits=8)


@pytest.fixture
def town(migrated_url):
    town = Town(migrated_url)
    yield town
    town.close()


def reasons(town):
    with town.session() as session:
        rows = session.execute(town.text("SELECT code FROM reasons ORDER BY code"))
        return [row.code for row in rows]


def statuses(town):
    with town.session() as session:
        rows = session.execute(town.text("SELECT status FROM responses ORDER BY id"))
        return [row.status for row in rows]


def test_a_phone_that_has_answered_is_told_so_and_may_be_lent_to_the_family(town):
    code = town.place()
    phone = town.phone(code)
    phone.fill_in(HEAN.answers)
    page = phone.open()
    assert page.page is None
    assert "您已填写过" in page.html
    lent = Phone(phone.client, f"/q/{code}")
    lent.open("?another=1")
    lent.finish(HEAN.answers)
    assert statuses(town) == ["accepted", "accepted"]
    assert reasons(town) == []


def test_the_same_device_again_without_the_button_is_held_with_a_reason(town):
    code = town.place()
    phone = town.phone(code)
    phone.open()
    second = Phone(phone.client, f"/q/{code}")
    second.open()  # two pages of one phone, opened before either was sent
    phone.finish(HEAN.answers)
    second.finish(HEAN.answers)
    assert statuses(town) == ["accepted", "quarantined"]
    assert reasons(town) == ["device_again"]


def test_a_repetition_is_not_a_second_answer_of_the_device(town):
    phone = town.phone(town.place())
    phone.fill_in(HEAN.answers)
    for _ in range(3):
        assert phone.again().status_code == 303
    assert statuses(town) == ["accepted"]
    assert reasons(town) == []


def test_the_field_that_no_person_sees_holds_whoever_fills_it(town):
    phone = town.phone(town.place())
    phone.go_to("g_main", HEAN.answers)
    phone.send(HEAN.answers, **{".website": "http://x"})
    assert phone.reply.status_code == 303
    assert statuses(town) == ["quarantined"]
    assert reasons(town) == ["honeypot"]


def test_an_answer_in_no_time_is_held_and_thanked_like_any_other(migrated_url):
    town = Town(migrated_url, policy=POLICY)
    phone = town.phone(town.place())
    phone.fill_in(HEAN.answers)
    assert "已收到" in phone.client.get(phone.reply.location).text
    assert statuses(town) == ["quarantined"]
    assert reasons(town) == ["too_fast"]
    town.close()


def test_nothing_of_a_browser_or_an_address_is_stored_with_an_answer(town):
    client = town.app.test_client()
    phone = town.phone(town.place(), client)
    phone.open()
    cookie = client.get_cookie("minyi-device", path="/q").value
    phone.finish(HEAN.answers)
    row = town.response()
    assert len(row["device_mark"]) == 64
    everything = " ".join(str(value) for value in row.values())
    assert cookie not in everything
    assert "127.0.0.1" not in everything


def test_a_frozen_wave_marks_no_device(town):
    phone = town.phone(town.place())
    phone.open()
    town.change("UPDATE waves SET frozen_at = :now, salt = NULL", now="2030-01-01 00:00:00+00")
    phone.finish(HEAN.answers)
    assert town.response()["device_mark"] is None


@pytest.fixture
def flooded(migrated_url):
    """A town whose only poster is under attack, and its code."""
    town = Town(migrated_url, policy=ALARMED)
    code = town.place()
    for _ in range(ALARMED.point_alarm.on):
        town.phone(code, town.app.test_client()).fill_in(HEAN.answers)
    town.app.extensions["engine"].dispose()  # what a process remembers is with its connections
    yield town, code
    town.close()


def last_page(town, code):
    phone = town.phone(code, town.app.test_client())
    phone.go_to("g_main", HEAN.answers)
    return phone


def by_script(phone, **more):
    headers = {"Accept": "application/json"}
    data = phone.filled(HEAN.answers, **{".js": "1"}, **more)
    return phone.client.post(phone.paper.action, data=data, headers=headers)


def test_under_attack_the_script_solves_a_task_and_is_taken(flooded):
    town, code = flooded
    phone = last_page(town, code)
    before = len(statuses(town))
    asked = by_script(phone).json
    assert asked["bits"] == ALARMED.proof_bits
    assert len(statuses(town)) == before  # nothing is stored until it is solved
    taken = by_script(phone, **{".proof": solved(Challenge(asked["solve"], asked["bits"]))})
    assert "/thanks/" in taken.json["next"]
    assert statuses(town)[-1] == "accepted"
    assert reasons(town) == []


@pytest.mark.parametrize("proof", ["", "made up"])
def test_under_attack_an_answer_without_the_solution_is_kept_and_held(flooded, proof):
    town, code = flooded
    phone = last_page(town, code)
    phone.send(HEAN.answers, **({".proof": proof} if proof else {}))
    assert phone.reply.status_code == 303  # thanked like everybody
    assert statuses(town)[-1] == "quarantined"
    assert reasons(town) == ["no_proof"]  # and none on the one that set the alarm off


def test_in_peace_nothing_is_asked(town):
    phone = last_page(town, town.place())
    assert "/thanks/" in by_script(phone).json["next"]
    assert reasons(town) == []


def test_the_usual_policy_is_used_where_no_test_says_otherwise():
    assert UNHURRIED != POLICY
    assert POLICY.seconds_each.holds > 0
