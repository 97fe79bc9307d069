"""Places: listed and narrowed, made one by one, changed, revoked, and only in one's own area."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from survey import db
from survey.models import EntryPoint, Study
from survey.points.selection import Selection, State, chosen, state_of
from survey.points.service import NewPlace, create_places
from tests import markup
from tests.survey.accounts import world
from tests.survey.accounts.world import OTHER_TOWN, ROOT, TOWN
from tests.survey.points.pages import acts, change, field, id_of, read, rows, said, send

LIST, NEW = "/points/hean/places", "/points/hean/places/new"
PLACE = {"name": "农贸市场东门", "kind": "商场超市", "area": TOWN}
TODAY = datetime.now(UTC).date()


@pytest.fixture
def supervisor(app):
    return world.log_in(app, "supervisor")


def test_the_overview_counts_places_and_households(supervisor, town):
    change(town, EntryPoint, 1, status="revoked")
    root = read(supervisor, "/points/")
    assert root.by_id("study-hean") is not None
    text = root.text
    assert "共 2 个,使用中 1 个" in text
    assert "N1-home 本次: 抽中 2 户,已答 0 户,待答 2 户" in text


def test_the_list_shows_the_funnel_of_every_place(supervisor):
    text = read(supervisor, LIST).text
    assert f"QR001 QR001 公告栏 使用中 社区 区 {TOWN} 30 20 0 0" in text


def test_the_list_is_narrowed_by_area_kind_batch_and_state(supervisor, town):
    change(town, EntryPoint, 1, kind="公园", batch="20260301-1")
    change(town, EntryPoint, 2, valid_to=TODAY - timedelta(days=2))
    for query, found in (
        ("", ["QR001 QR001 公告栏", "QR002 QR002 公告栏"]),
        (f"area={ROOT}", ["QR001 QR001 公告栏", "QR002 QR002 公告栏"]),
        (f"area={OTHER_TOWN}", ["QR002 QR002 公告栏"]),
        ("kind=公园", ["QR001 QR001 公告栏"]),
        ("batch=20260301-1", ["QR001 QR001 公告栏"]),
        ("state=over", ["QR002 QR002 公告栏"]),
        ("state=used&kind=社区", []),
        ("state=nonsense&page=99", ["QR001 QR001 公告栏", "QR002 QR002 公告栏"]),
    ):
        assert rows(read(supervisor, f"{LIST}?{query}")) == found, query
    options = field(read(supervisor, f"{LIST}?kind=公园"), "kind", LIST).find_all("option")
    assert [one.text for one in options if "selected" in one.attributes] == ["公园"]
    assert supervisor.get(f"{LIST}?area=999").status_code == 404


def test_what_is_printed_is_what_is_chosen(supervisor):
    root = read(supervisor, f"{LIST}?area={TOWN}")
    buttons = [one for one in root.find_all("button") if one.get("formaction")]
    assert [one.text for one in buttons] == ["海报 A4", "海报 A3", "标签 3×8"]
    assert buttons[0].get("formaction") == "/points/hean/places/poster-a4.pdf"
    assert buttons[0].parent.parent.tag == "form"


def test_a_long_list_has_pages_that_keep_what_was_chosen(supervisor, town):
    with db.open_session(town) as session:
        study = session.get_one(Study, "hean")
        places = [NewPlace(TOWN, "公园", f"公园 {number}") for number in range(150)]
        create_places(session, study, places, datetime.now(UTC))
    first = read(supervisor, f"{LIST}?kind=公园&_external=1&endpoint=x")
    assert len(rows(first)) == 100
    (link,) = [one for one in first.find_all("a") if one.text == "下一页"]
    assert link.get("href") == f"{LIST}?kind=%E5%85%AC%E5%9B%AD&page=2"
    assert rows(read(supervisor, link.get("href")))[-1] == "P152 公园 149"


def test_a_new_place_gets_a_code_and_a_line_in_the_audit_log(supervisor, town):
    reply = send(supervisor, NEW, **PLACE, valid_from="2026-03-01", valid_to="2099-03-05")
    assert reply.status_code == 303
    root = read(supervisor, reply.location)
    assert "P003 农贸市场东门" in root.text
    assert field(root, "valid_to", reply.location).get("value") == "2099-03-05"
    assert len(world.scalar(town, "SELECT token FROM entry_points WHERE code = 'P003'")) == 8
    assert [(act, subject) for act, subject, _ in acts(town)] == [("point.create", "place P003")]


def test_a_kind_may_be_one_of_its_own(supervisor):
    reply = send(supervisor, NEW, **(PLACE | {"kind": "公园"}))
    assert "公园" in read(supervisor, reply.location).text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "  "}, "请填写地点名称。"),
        ({"name": "长" * 81}, "最多 80 个字。"),
        ({"name": "东\u202e门"}, "含有看不见的字符。"),
        ({"kind": ""}, "请填写类型。"),
        ({"kind": "宇" * 21}, "最多 20 个字。"),
        ({"area": "999999999999"}, "请选择您区域内的一个单位。"),
        ({"valid_from": "2026-02-30"}, "日期的写法是 2026-03-01。"),
        ({"valid_from": "20260301"}, "日期的写法是 2026-03-01。"),
        ({"valid_from": "2026-03-02", "valid_to": "2026-03-01"}, "结束日期早于开始日期。"),
    ],
)
def test_a_place_with_a_slip_comes_back_with_all_that_was_written(
    supervisor, town, wrong, sentence
):
    reply = send(supervisor, NEW, **(PLACE | wrong))
    assert reply.status_code == 422
    root = markup.read(reply.text)
    assert said(root) == [sentence]
    name = list(wrong)[-1]
    given = field(root, name, NEW)
    assert given.get("aria-invalid") == "true"
    assert root.by_id(given.get("aria-describedby")).text == sentence
    (link,) = root.by_class("summary")[0].find_all("a")
    assert link.get("href") == f"#{given.get('id')}"
    for other in ("name", "kind"):
        if other not in wrong:
            assert field(root, other, NEW).get("value") == PLACE[other]
    assert world.scalar(town, "SELECT count(*) FROM entry_points") == 2


def test_a_place_is_renamed_and_its_days_are_changed(supervisor, town):
    path = f"/points/place/{id_of(town, 'QR001')}"
    day = TODAY + timedelta(days=5)
    assert send(supervisor, path, name="西门", valid_from=str(day), valid_to="").status_code == 303
    root = read(supervisor, path)
    assert "QR001 西门" in root.text
    assert "未到日期" in root.text
    assert send(supervisor, path, name="西门", valid_from="", valid_to="").status_code == 303
    assert "使用中" in read(supervisor, path).text
    found = [(act, subject) for act, subject, _ in acts(town)]
    assert found == [("point.change", "place QR001")] * 2


def test_a_change_with_a_slip_changes_nothing(supervisor, town):
    path = f"/points/place/{id_of(town, 'QR001')}"
    reply = send(supervisor, path, name="", valid_from="x", valid_to="")
    assert reply.status_code == 422
    assert said(markup.read(reply.text)) == ["请填写地点名称。", "日期的写法是 2026-03-01。"]
    assert world.scalar(town, "SELECT name FROM entry_points WHERE id = 1") == "QR001 公告栏"


def test_revoking_asks_once_more_on_a_page_without_script(supervisor, town):
    path = f"/points/place/{id_of(town, 'QR001')}"
    root = read(supervisor, path)
    (form,) = [one for one in root.find_all("form") if one.get("action") == f"{path}/revoke"]
    assert form.parent.tag == "details"
    assert "open" not in form.parent.attributes
    assert send(supervisor, form.get("action")).status_code == 303
    root = read(supervisor, path)
    assert "已停用" in root.text
    assert not [one for one in root.find_all("form") if one.get("action") == f"{path}/revoke"]
    assert not [one for one in root.find_all("a") if ".pdf" in one.get("href")]
    assert [(act, subject) for act, subject, _ in acts(town)] == [("point.revoke", "place QR001")]


def test_a_supervisor_of_a_township_sees_and_makes_places_there_only(app, town):
    client = world.log_in(app, "town")
    assert rows(read(client, LIST)) == ["QR001 QR001 公告栏"]
    for path in (LIST, NEW):
        assert OTHER_TOWN not in client.get(path).text
    assert client.get(f"{LIST}?area={OTHER_TOWN}").status_code == 404
    assert send(client, NEW, **(PLACE | {"area": OTHER_TOWN})).status_code == 422
    other = f"/points/place/{id_of(town, 'QR002')}"
    for ending in ("", ".svg", ".png"):
        assert client.get(other + ending).status_code == 404
    assert send(client, other, name="x").status_code == 404
    assert send(client, f"{other}/revoke").status_code == 404
    assert world.scalar(town, "SELECT count(*) FROM audit_events WHERE act LIKE 'point.%'") == 0


def test_an_official_has_no_codes(app, town):
    client = world.log_in(app, "official")
    for path in ("/points/", LIST, NEW, f"/points/place/{id_of(town, 'QR001')}"):
        assert client.get(path).status_code == 403


def test_the_states_of_the_database_are_those_of_the_program(town):
    days = [None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
    scope = frozenset({TOWN})
    with db.open_session(town) as session:
        study = session.get_one(Study, "hean")
        new = [NewPlace(TOWN, "公园", "公园")] * 32
        made = create_places(session, study, new, datetime.now(UTC))
        cases = [(a, b, s) for a in days for b in days for s in ("active", "revoked")]
        for place, case in zip(made, cases, strict=True):
            place.valid_from, place.valid_to, place.status = case
        session.flush()  # the query below reads what was set
        session.expire_all()
        places = session.query(EntryPoint).where(EntryPoint.area_code == TOWN).all()
        assert len(places) == 33
        for state in State:
            conditions = chosen(EntryPoint, scope, Selection(state=state), TODAY)
            found = {one.id for one in session.query(EntryPoint).where(*conditions)}
            assert found == {one.id for one in places if state_of(one, TODAY) is state}, state


def test_places_made_at_once_get_codes_of_their_own(town):
    def make():
        with db.open_session(town) as session:
            study = session.get_one(Study, "hean")
            create_places(session, study, [NewPlace(TOWN, "公园", "公园")] * 5, datetime.now(UTC))

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.scalar(town, "SELECT count(DISTINCT code) FROM entry_points") == 32
    assert world.scalar(town, "SELECT max(code) FROM entry_points WHERE code LIKE 'P%'") == "P032"
