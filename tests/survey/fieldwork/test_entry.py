"""Volunteers enter answers at the door: where they may, what is asked, and who is noted."""

import re

import pytest

from survey.accounts import csrf
from survey.models import Role
from survey.sheet import STAFF_TOKEN
from tests.factories import (
    DOOR,
    GRID,
    HEAN,
    OTHER_TOWN,
    OTHER_VILLAGE,
    PLACE,
    ROOT,
    TOWN,
    VILLAGE,
)
from tests.phones import Phone


def visit(town, client, area=VILLAGE, sample=DOOR):
    return Phone(client, f"/entry/{town.samples[sample]}/{area}")


def test_a_volunteer_enters_an_answer_and_the_login_says_who(town, kit):
    client = town.user(username="wang")
    phone = visit(town, client)
    reply = phone.fill_in(kit.answers)
    assert reply.status_code == 303, reply.text
    assert "已保存" in client.get(reply.location).text
    row = town.response()
    assert (row["source"], row["volunteer"], row["mode"]) == ("volunteer", "wang", "door")
    assert row["user_id"] == town.ask("SELECT id FROM users WHERE username = 'wang'")
    assert row["sample_id"] == town.samples[DOOR]
    assert (row["area_code"], town.answers()[kit.town_column]) == (VILLAGE, TOWN)
    assert town.answers()[kit.area_question] == TOWN[:9]
    assert town.answers()[kit.hidden[1]] == "door"


@pytest.mark.parametrize("sent", ["user_id", "volunteer"])
def test_who_entered_is_never_taken_from_what_is_sent(make_town, sent):
    town = make_town(kit=HEAN)
    phone = visit(town, town.user())
    phone.open()
    while phone.paper.page:
        phone.send(HEAN.answers, **{sent: "999"})
        if phone.reply.status_code == 422:
            break
    assert phone.reply.status_code == 422  # no such question
    assert town.stored() == (0, 0)


def test_the_resident_marks_what_the_volunteer_must_not_see(town, kit):
    phone = visit(town, town.user())
    phone.open()
    while phone.paper.page:
        assert kit.at_door not in phone.paper.controls
        assert kit.area_question not in phone.paper.controls  # the visit says where
        phone.send(kit.answers, **{kit.at_door: kit.answers[kit.at_door]})
    assert phone.reply.status_code == 303
    assert kit.at_door not in town.answers()


def test_a_volunteers_page_names_the_community_and_the_volunteer(town):
    paper = visit(town, town.user(username="wang")).open()
    assert "府前第1社区" in paper.html
    assert "wang" in paper.html
    assert "/entry/" in paper.links


def test_the_start_lists_open_samples_and_the_communities_below(town):
    client = town.user(area=TOWN)
    page = client.get("/entry/").text
    areas = re.findall(r'<option value="([^"]+)"', page)
    assert areas == [VILLAGE, GRID]
    chosen = client.get(f"/entry/{town.samples[DOOR]}/?area={VILLAGE}")
    assert chosen.location == f"/entry/{town.samples[DOOR]}/{VILLAGE}"


@pytest.mark.parametrize(
    "area", [OTHER_VILLAGE, OTHER_TOWN, ROOT, TOWN, "419099009009", "-", "x/y"]
)
def test_an_area_out_of_scope_is_as_unknown_as_none(town, area):
    """A street or the city is no place to knock at a door, either."""
    client = town.user(area=TOWN)
    assert visit(town, client, area).open().page is None
    address = f"/entry/{town.samples[DOOR]}/{area}"
    token = visit(town, client).open().hidden
    data = {"csrf_token": token["csrf_token"], ".id": token[".id"]}
    replies = [client.get(address), client.post(address, data=data)]
    assert [reply.status_code for reply in replies] == [404, 404]
    never = client.get(f"/entry/{town.samples[DOOR]}/419099999999")
    assert never.data.split(b"csrf_token")[0] == replies[0].data.split(b"csrf_token")[0]
    assert town.stored() == (0, 0)


@pytest.mark.parametrize("sample", [PLACE, "none"])
def test_only_door_samples_are_entered(town, sample):
    client = town.user()
    number = town.samples.get(sample, 999)
    assert client.get(f"/entry/{number}/{VILLAGE}").status_code == 404


def test_a_supervisor_enters_and_an_official_does_not(town):
    assert visit(town, town.user(Role.SUPERVISOR)).open().page
    address = f"/entry/{town.samples[DOOR]}/{VILLAGE}"
    assert town.user(Role.OFFICIAL).get(address).status_code == 403
    assert town.app.test_client().get(address).status_code == 303


def test_without_the_token_of_the_login_nothing_goes_in(town, kit):
    phone = visit(town, town.user()).go_to(kit.pages[-1], kit.answers)
    phone.send(kit.answers, csrf_token="")
    assert phone.reply.status_code == 400
    assert town.stored() == (0, 0)


def test_the_field_of_that_token_is_no_answer(town):
    assert STAFF_TOKEN == csrf.FIELD


def test_an_id_of_another_volunteer_or_place_is_refused(town, kit):
    first, second = town.user(username="one"), town.user(username="two")
    tickets = [
        visit(town, second).open().hidden[".id"],
        visit(town, first, OTHER_VILLAGE).open().hidden[".id"],
        town.phone(town.place()).open().hidden[".id"],
    ]
    phone = visit(town, first)
    phone.open()
    for ticket in tickets:
        data = phone.filled(kit.answers, **{".id": ticket})
        reply = first.post(phone.path, data=data)
        assert reply.status_code == 400
        assert 'data-code="token_wrong"' in reply.text


def test_an_answer_sent_again_is_one_row_and_one_line_of_the_log(town, kit):
    phone = visit(town, town.user())
    first = phone.fill_in(kit.answers)
    again = phone.again()
    assert (again.status_code, again.location) == (303, first.location)
    assert town.count("responses") == 1
    entered = "SELECT count(*) FROM audit_events WHERE act = 'answer.enter'"
    assert town.ask(entered) == 1
    assert town.ask("SELECT details FROM audit_events WHERE act = 'answer.enter'") in (
        f'{{"area": "{VILLAGE}"}}',
        {"area": VILLAGE},
    )
    assert phone.again(**{kit.free_text: "别的话"}).status_code == 409


@pytest.mark.parametrize(
    ("dates", "status"), [({"opens": 1}, 403), ({"closes": -1}, 410), ({"valid": -1}, 410)]
)
def test_a_closed_wave_takes_no_visits(make_town, dates, status):
    town = make_town(kit=HEAN, **dates)
    client = town.user()
    assert client.get(f"/entry/{town.samples[DOOR]}/{VILLAGE}").status_code == status
    page = client.get("/entry/").text
    assert "今天没有开放的入户样本" in page


@pytest.mark.parametrize("area", [TOWN, VILLAGE])
def test_a_community_past_its_last_day_is_not_visited(town, area):
    town.change("UPDATE areas SET valid_to = :d WHERE code = :a", d=town.day(-1), a=area)
    client = town.user()
    assert visit(town, client).open().page is None
    assert visit(town, client).open().html.count("404")
    assert VILLAGE not in re.findall(r'<option value="([^"]+)"', client.get("/entry/").text)
    assert visit(town, client, OTHER_VILLAGE).open().page


def test_who_declines_at_the_door_leaves_nothing_and_the_volunteer_goes_on(town, kit):
    phone = visit(town, town.user())
    phone.open()
    question, no = kit.known.consent
    phone.send({question: no})
    assert town.stored() == (0, 0)
    assert f"/entry/{town.samples[DOOR]}/{VILLAGE}" in phone.paper.links
    assert "/entry/" in phone.paper.links


def test_the_list_counts_what_this_volunteer_entered(town, kit):
    first, second = town.user(username="one"), town.user(username="two")
    visit(town, first).fill_in(kit.answers)
    assert "您已录入 1 份" in first.get("/entry/").text
    assert "您已录入 0 份" in second.get("/entry/").text


def test_staff_who_scan_a_poster_answer_as_residents(town, kit):
    client = town.user()
    phone = town.phone(town.place(), client)
    assert phone.fill_in(kit.answers).status_code == 303
    row = town.response()
    assert (row["source"], row["user_id"], row["volunteer"]) == ("phone", None, "")
