"""What was begun before a wave, a code or an area ended still comes in, for one day."""

import uuid
from datetime import datetime, timedelta

import pytest

from survey import tickets
from survey.entry import LATE
from survey.guarding.marks import AFTER_THE_WAVE
from tests.factories import DOOR, HEAN, VILLAGE
from tests.phones import Phone

KIT = HEAN


@pytest.fixture
def kit():
    return KIT


@pytest.fixture
def code(town):
    return town.place()


def ticket(town, purpose, days):
    """A ticket of an interview that began so many days ago, at noon there."""
    noon = datetime.now(town.zone).replace(hour=12, minute=0) - timedelta(days=days)
    told = [uuid.uuid4().hex, int(noon.timestamp()), purpose]
    told.append(town.ask("SELECT max(id) FROM questionnaires"))
    return tickets._signer(town.app.config["MINYI"].key("ticket")).dumps(told)


def answered(town, code, days):
    """The last page as a phone would send it that answered so many days ago; still unsent."""
    phone = town.phone(code).go_to("g_main", KIT.answers)
    data = phone.filled(KIT.answers, **{".id": ticket(town, code, days)})
    return lambda path="": phone.client.post(f"/q/{code}{path}", data=data)


def end(town, what, day):
    """Let a wave, study, place or area have its last day so many days from today."""
    columns = {"waves": "closes", "studies": "valid_until", "entry_points": "valid_to"}
    town.change(f"UPDATE {what} SET {columns.get(what, 'valid_to')} = :day", day=town.day(day))


@pytest.mark.parametrize("what", ["waves", "studies", "entry_points", "areas"])
def test_what_ended_yesterday_takes_what_was_begun_before(town, code, what):
    send, late = answered(town, code, 1), answered(town, code, 0)
    end(town, what, -1)
    assert send().status_code == 303
    assert late().status_code in {410, 422}  # begun after the end: by no page of ours
    assert town.count("responses") == 1
    assert town.app.test_client().get(f"/q/{code}").status_code == 410


@pytest.mark.parametrize("what", ["waves", "studies", "entry_points", "areas"])
def test_two_days_after_the_end_nothing_new_comes_in(town, code, what):
    send = answered(town, code, 3)
    end(town, what, -2)
    assert send().status_code in {410, 422}
    assert town.stored() == (0, 0)


def test_what_is_stored_is_repeated_however_late(town, code):
    send = answered(town, code, 3)
    first = send()
    end(town, "waves", -2)
    assert send().location == first.location
    assert town.count("responses") == 1


def test_its_thanks_are_shown_and_invite_nobody_else(town, code):
    send, client = answered(town, code, 1), town.app.test_client()
    another = "换一位家人填写"
    assert another in client.get(town.phone(code).fill_in(KIT.answers).location).text
    end(town, "waves", -1)
    thanks = client.get(send().location)
    assert thanks.status_code == 200
    assert "已收到" in thanks.text
    assert another not in thanks.text


def test_it_counts_in_the_wave_in_which_it_began(town, code):
    send = answered(town, code, 1)
    end(town, "waves", -1)
    town.change(
        "INSERT INTO waves (study_id, code, title_zh, title_en, opens, closes, position)"
        " VALUES ('live', 'NEXT', 'x', 'x', :opens, :closes, 9)",
        opens=town.day(0),
        closes=town.day(9),
    )
    wave = town.ask("SELECT id FROM waves WHERE code = 'NEXT'")
    town.change(
        "INSERT INTO samples (study_id, code, wave_id, kind, channel, position, file)"
        " VALUES ('live', 'NEXT-place', :wave, 'opt-in', 'place', 9, 'x')",
        wave=wave,
    )
    assert send().status_code == 303
    assert town.response()["wave_id"] != wave


def test_a_revoked_code_takes_nothing_more(town, code):
    send = answered(town, code, 1)
    town.change("UPDATE entry_points SET status = 'revoked'")
    assert send().status_code == 410
    assert town.count("responses") == 0


def test_a_draft_of_yesterday_is_kept_and_opened_again(town, code):
    send = answered(town, code, 1)
    end(town, "waves", -1)
    kept = send("/draft")
    assert kept.status_code == 204
    client = town.app.test_client()
    cookie = kept.headers["Set-Cookie"].partition(";")[0].partition("=")
    client.set_cookie(cookie[0], cookie[2], path=f"/q/{code}")
    assert client.get(f"/q/{code}").status_code == 200
    assert client.get(f"/q/{code}?fresh=1").status_code == 410


def test_a_forged_beginning_opens_nothing(town, code):
    send = answered(town, code, 1)
    end(town, "waves", -1)
    phone = town.phone(code)
    data = {".id": ticket(town, "OTHER", 1), ".page": "g_main", **KIT.answers}
    assert phone.client.post(f"/q/{code}", data=data).status_code in {400, 403, 410}
    assert town.count("responses") == 0
    assert send().status_code == 303


def test_a_household_has_the_same_day(town):
    home = town.household(area=VILLAGE)
    send = answered(town, home, 1)
    end(town, "waves", -1)
    assert send().status_code == 303
    assert town.ask("SELECT status FROM households") == "answered"


def test_a_volunteer_has_the_same_day(town):
    client = town.user()
    path = f"/entry/{town.samples[DOOR]}/{VILLAGE}"
    phone = Phone(client, path).go_to("g_main", KIT.answers)
    purpose = f"visit {town.samples[DOOR]} {VILLAGE} {town.ask('SELECT id FROM users')}"
    begun = [phone.filled(KIT.answers, **{".id": ticket(town, purpose, day)}) for day in (1, 0)]
    end(town, "waves", -1)
    assert client.get(path).status_code == 410
    assert client.post(path, data=begun[1]).status_code == 410
    assert client.post(path, data=begun[0]).status_code == 303


def test_marks_are_kept_as_long_as_answers_may_come():
    # a wave's last day, the late one, and the time zone that is farthest behind
    assert timedelta(days=1) + LATE + timedelta(hours=12) <= AFTER_THE_WAVE
