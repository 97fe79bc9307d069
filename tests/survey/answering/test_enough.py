"""Whoever belongs to a group that has enough answers is told politely, as early as can be."""

import pytest

from tests.factories import HEAN, OTHER_TOWN, TOWN
from tests.phones import Phone
from tests.survey.quotas.towns import QuotaTown

SAID = "您这一部分已经收够了"


@pytest.fixture
def town(migrated_url):
    town = QuotaTown(migrated_url)
    yield town
    town.close()


def full(town, **group):
    town.quota(most=1, taken=1, **group)
    town.change("UPDATE quotas SET turned_away = 0")  # with it the study gets another revision


def turned_away(town):
    return town.ask("SELECT turned_away FROM quotas")


def test_he_is_told_after_the_screening_and_not_after_the_whole_form(town):
    full(town, area=TOWN)
    phone = town.phone(town.place())
    phone.go_to("g_screen", HEAN.answers)
    phone.send(HEAN.answers)
    assert phone.reply.status_code == 200
    assert SAID in phone.reply.text
    assert phone.paper.page is None
    assert turned_away(town) == 1
    assert town.stored() == (0, 0)


def test_another_area_goes_on(town):
    full(town, area=OTHER_TOWN)
    assert town.phone(town.place()).fill_in(HEAN.answers).status_code == 303
    assert turned_away(town) == 0


def test_a_place_that_was_taken_meanwhile_is_noticed_when_all_is_sent(town):
    quota = town.quota(area=TOWN, most=1)
    town.change("UPDATE quotas SET turned_away = 0")
    phone = town.phone(town.place())
    phone.go_to("g_main", HEAN.answers)
    town.change("UPDATE quotas SET taken = most WHERE id = :id", id=quota)
    phone.send(HEAN.answers)
    assert phone.reply.status_code == 200
    assert SAID in phone.reply.text
    assert town.stored() == (0, 0)
    assert turned_away(town) == 1


def test_the_last_place_is_taken_by_one_answer_however_often_it_is_sent(town):
    town.quota(area=TOWN, most=1)
    town.change("UPDATE quotas SET turned_away = 0")
    phone = town.phone(town.place())
    phone.fill_in(HEAN.answers)
    assert [phone.again().status_code for _ in range(3)] == [303] * 3
    assert town.count("responses") == 1
    assert town.ask("SELECT taken FROM quotas") == 1


def test_the_script_is_sent_to_a_page_that_says_so_when_it_saves_a_draft(town):
    code = town.place()
    phone = town.phone(code)
    phone.open()
    full(town, area=TOWN)
    data = dict(phone.paper.hidden) | HEAN.answers
    reply = phone.client.post(f"/q/{code}/draft", data=data)
    assert reply.json == {"next": f"/q/{code}/full?lang=zh"}
    assert town.count("drafts") == 0
    assert SAID in phone.client.get(reply.json["next"]).text


def test_a_draft_is_saved_where_there_is_room_and_taken_up_again(town):
    code = town.place()
    phone = Phone(town.app.test_client(), f"/q/{code}")
    phone.open()
    answers = {name: HEAN.answers[name] for name in ("s0_consent", "s1_age", "s2_live", "s3_town")}
    data = dict(phone.paper.hidden) | answers
    assert phone.client.post(f"/q/{code}/draft", data=data).status_code == 204
    assert town.count("drafts") == 1
    ticket = phone.paper.hidden[".id"]
    again = phone.open()
    assert again.hidden[".id"] == ticket  # the same submission, so that it cannot become two
    assert again.page == "g_main"
    assert "已恢复" in again.html
    fresh = phone.open("?fresh=1")
    assert fresh.hidden[".id"] != ticket
    phone.client.post(f"/q/{code}/draft", data=data | {"s0_consent": "0"})
    assert town.count("drafts") == 0  # who refuses leaves nothing
