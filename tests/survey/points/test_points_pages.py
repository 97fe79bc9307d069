"""The list of places and households, and its forms."""

import pytest

from tests import markup
from tests.survey.accounts import world
from tests.survey.accounts.world import OTHER_TOWN, TOWN, VILLAGE

PLACE = {"name": "农贸市场东门", "kind": "商场超市", "area": TOWN}


@pytest.fixture
def supervisor(app):
    return world.log_in(app, "supervisor")


def send(client, path, **data):
    token = world.token_on(client.get("/points/"))
    return client.post(path, data=data | {"csrf_token": token})


def sample_id(url, code="N1-home"):
    return world.scalar(url, f"SELECT id FROM samples WHERE code = '{code}'")


def field(root, name, form):
    forms = [one for one in root.find_all("form") if one.get("action") == form]
    return next(one for one in forms[0].walk() if one.get("name") == name)


def test_the_list_shows_the_funnel_of_every_place_and_sample(supervisor):
    text = markup.read(supervisor.get("/points/").text).text
    assert "QR001 QR001 公告栏 社区 30 20 0" in text
    assert "N1-home 本次 2 0 0 0" in text


def test_a_new_place_gets_a_code_and_a_line_in_the_audit_log(supervisor, town):
    assert send(supervisor, "/points/hean", **PLACE).status_code == 303
    assert "农贸市场东门" in supervisor.get("/points/").text
    assert len(world.scalar(town, "SELECT token FROM entry_points WHERE kind = '商场超市'")) == 8
    acts = "SELECT count(*) FROM audit_events WHERE act = 'point.create'"
    assert world.scalar(town, acts) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "  "}, "请填写地点名称。"),
        ({"name": "长" * 81}, "最多 80 个字。"),
        ({"kind": "宇宙飞船"}, "请选择类型。"),
        ({"area": "999999999999"}, "请选择您区域内的一个单位。"),
    ],
)
def test_a_place_with_a_slip_comes_back_with_all_that_was_written(
    supervisor, town, wrong, sentence
):
    reply = send(supervisor, "/points/hean", **(PLACE | wrong))
    assert reply.status_code == 422
    root = markup.read(reply.text)
    (name,) = wrong
    given = field(root, name, "/points/hean")
    assert given.get("aria-invalid") == "true"
    assert root.by_id(given.get("aria-describedby")).text == sentence
    (link,) = root.by_class("summary")[0].find_all("a")
    assert (link.get("href"), link.text) == (f"#{given.get('id')}", sentence)
    if name != "name":
        assert field(root, "name", "/points/hean").get("value") == PLACE["name"]
    if name != "kind":
        chosen = [
            one
            for one in field(root, "kind", "/points/hean").walk()
            if "selected" in one.attributes
        ]
        assert [one.get("value") for one in chosen] == [PLACE["kind"]]
    opened = [one for one in root.find_all("details") if "open" in one.attributes]
    assert len(opened) == 1
    assert world.scalar(town, "SELECT count(*) FROM entry_points") == 2


@pytest.mark.parametrize("number", ["", "0", "-3", "501", "zwölf", "1e2", "١٢"])
def test_a_wrong_number_of_households_is_said_at_its_field(supervisor, town, number):
    data = {"sample": sample_id(town), "area": VILLAGE, "number": number}
    reply = send(supervisor, "/points/households", **data)
    assert reply.status_code == 422
    given = field(markup.read(reply.text), "number", "/points/households")
    assert given.get("value") == number
    assert given.get("aria-invalid") == "true"
    assert world.scalar(town, "SELECT count(*) FROM households") == 2


def test_drawn_households_are_listed(supervisor, town):
    data = {"sample": sample_id(town), "area": VILLAGE, "number": "3"}
    assert send(supervisor, "/points/households", **data).status_code == 303
    assert world.scalar(town, "SELECT count(*) FROM households") == 5
    assert "N1-home 本次 5 0 0 0" in markup.read(supervisor.get("/points/").text).text


def test_no_code_of_ones_own_goes_to_a_sample_that_selects_itself(supervisor, town):
    data = {"sample": sample_id(town, "N1-place"), "area": VILLAGE, "number": "3"}
    assert send(supervisor, "/points/households", **data).status_code == 422
    assert world.scalar(town, "SELECT count(*) FROM households") == 2


def test_revoking_asks_once_more_on_a_page_without_script(supervisor, town):
    root = markup.read(supervisor.get("/points/").text)
    forms = [one for one in root.find_all("form") if (one.get("action") or "").endswith("/revoke")]
    assert len(forms) == 2
    assert all(one.parent.tag == "details" and "open" not in one.parent.attributes for one in forms)
    assert send(supervisor, forms[0].get("action")).status_code == 303
    assert world.scalar(town, "SELECT status FROM entry_points WHERE code = 'QR001'") == "revoked"
    page = supervisor.get("/points/").text
    assert "已停用" in page


def test_a_supervisor_of_a_township_sees_and_makes_points_there_only(app, town):
    client = world.log_in(app, "town")
    page = client.get("/points/").text
    assert "QR001" in page
    assert "QR002" not in page
    assert OTHER_TOWN not in page
    assert send(client, "/points/hean", **(PLACE | {"area": OTHER_TOWN})).status_code == 422
    other = world.scalar(town, "SELECT id FROM entry_points WHERE code = 'QR002'")
    assert send(client, f"/points/place/{other}/revoke").status_code == 404
    for ending in (".svg", ".png"):
        assert client.get(f"/points/place/{other}{ending}").status_code == 404


def test_an_official_has_no_codes(app):
    assert world.log_in(app, "official").get("/points/").status_code == 403
