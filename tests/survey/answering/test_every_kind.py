"""A question of every kind, page by page without a script: what is shown and what is stored."""

import re
from datetime import datetime

import pytest

from survey.instrument.presented import shuffled
from survey.rotation import VARIANTS, drawn_of
from tests.factories import KINDS, TOWN

RANKS = {".rank.wishes.bus": "1", ".rank.wishes.own": "2", ".rank.wishes.park": "3"}
CONSENTS = {".geo.spot": "1", ".geo.school[2]": "1"}
BANK = KINDS.rules["overclaim"]["bank"]
SENT = {**KINDS.answers, **RANKS, **CONSENTS}


@pytest.fixture
def town(make_town):
    return make_town(kit=KINDS)


@pytest.fixture
def phone(town):
    return town.phone(town.place())


def at_the_children(phone):
    phone.go_to("child", SENT)
    for _ in range(2):
        phone.send(SENT, press=(".more", "child"))
    return phone


def test_everything_that_is_answered_is_stored(town, phone):
    at_the_children(phone).finish(SENT)
    assert phone.reply.status_code == 303, phone.reply.text
    stored = town.answers()
    wanted = KINDS.known.answers | KINDS.known.calculations
    wanted |= {"spot": "30.5 114.3 0 0", "school[2]": "30.6 114.4 0 0"}  # as they were sent
    wanted |= {"day": datetime.now(town.zone).date().isoformat(), "half": "2", "stamp": "N5"}
    wanted |= {"people": "3", "street": TOWN, "block": stored["block"]}
    assert stored.pop("event") in BANK
    assert stored == {**wanted, "home": TOWN[:9], "post": "P001", "way": "qr"}


def test_times_of_start_and_end_are_known_to_rules_and_not_stored(town, phone):
    at_the_children(phone).finish(SENT)
    assert not {"began", "finished"} & town.answers().keys()
    assert town.response()["started_at"]


def test_what_was_answered_stands_in_texts_choices_and_the_last_word(phone):
    phone.go_to("g_kinds", SENT)
    assert "您好,。" in phone.reply.text
    phone.go_to("child", SENT)
    phone.send(SENT, press=(".back", "1"))
    assert "您好,小王。" in phone.reply.text
    assert "小王自己的想法" in phone.reply.text
    assert "您选了和安。" in phone.reply.text
    phone.open()
    phone.send({"agreed": "yes", "years": "12"})
    assert "您 12 岁,本次只问成年人。" in phone.reply.text


def test_a_choice_filter_offers_what_belongs_to_the_answer(phone):
    phone.go_to("g_kinds", SENT)
    phone.send(SENT | {"part": "ping1"})
    assert phone.reply.status_code == 422
    assert 'id="f-part"' in phone.reply.text


def test_a_position_is_stored_with_its_own_consent_only(town, phone):
    without = {name: text for name, text in SENT.items() if not name.startswith(".geo.spot")}
    at_the_children(phone)
    phone.open()
    for _ in range(2):
        phone.send(without)
    for _ in range(2):
        phone.send(without, press=(".more", "child"))
    assert phone.finish(without).status_code == 303
    stored = town.answers()
    assert "spot" not in stored
    assert "school[1]" not in stored
    assert stored["school[2]"] == "30.6 114.4 0 0"


def test_a_rank_with_one_place_left_out_is_told(phone):
    phone.go_to("g_kinds", SENT)
    phone.send(SENT | {".rank.wishes.park": ""})
    assert phone.reply.status_code == 422
    assert 'id="f-wishes"' in phone.reply.text


def test_defaults_of_the_pages_that_follow_come_along_for_the_script(phone):
    phone.open()
    last = phone.reply.text.partition('<template data-page="g_end">')[2]
    assert re.search(r'value="3" id="c-people"', last)


def test_what_the_server_fills_cannot_be_sent(town, phone):
    at_the_children(phone)
    forged = {"stamp": "N9", "half": "9", "day": "2000-01-01", "began": "x"}
    while phone.paper.page:
        phone.send(SENT, **forged)
    assert phone.reply.status_code == 303
    stored = town.answers()
    assert (stored["stamp"], stored["half"]) == ("N5", "2")
    assert stored["day"] != "2000-01-01"


def test_the_steps_are_counted(phone):
    phone.open()
    assert "第 1 步,共 4 步" in phone.reply.text
    phone.send(SENT)
    assert "第 2 步,共 4 步" in phone.reply.text


def test_an_invented_event_is_drawn_and_stays_for_the_interview(town):
    """The page asks for what is stored; others get others."""
    code, drawn = town.place(), set()
    for _ in range(12):
        phone = town.phone(code, town.app.test_client(use_cookies=False))
        phone.go_to("g_kinds", SENT)
        asked = re.search(r">您听说过“([^”]+)”吗", phone.reply.text)[1]
        phone.send(SENT, **{".rank.wishes.bus": ""})  # a fault: the page comes again
        assert f">您听说过“{asked}”吗" in phone.reply.text
        drawn.add(asked)
    assert drawn <= set(BANK)
    assert len(drawn) > 1


def test_choices_and_questions_stand_in_other_orders_for_others(town):
    code, orders = town.place(), set()
    for _ in range(12):
        phone = town.phone(code, town.app.test_client(use_cookies=False))
        names = [name for name in phone.go_to("g_kinds", SENT).paper.controls if name[0] != "."]
        orders.add((*names, *phone.paper.choices["score"]))
    assert {order[-5:] for order in orders} == {tuple("12345"), tuple("54321")}
    assert len({order[:-5] for order in orders}) > 2


def test_what_is_stored_is_the_seed_of_the_order(town, phone):
    at_the_children(phone).finish(SENT)
    stored = town.response()["seed"]
    assert town.answers()["event"] == drawn_of(stored, BANK)


def test_a_random_order_is_that_of_the_seed_and_not_of_a_page_that_was_kept(town):
    """More visitors than there are orders of questions: a kept page would come again."""
    code = town.place()
    for _ in range(VARIANTS + 8):
        phone = town.phone(code, town.app.test_client(use_cookies=False))
        phone.open()
        seed = int(re.search(r'"seed":"(\d+)"', phone.reply.text)[1])
        page = phone.reply.text.partition('data-page="g_kinds"')[2]
        order = tuple(re.findall(r'name="hobbies" value="(\w+)"', page))
        assert order == shuffled(("read", "walk", "other"), seed)
