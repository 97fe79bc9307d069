"""Many places at once: the preview says what is made, and all of it is made or nothing."""

import pytest

from survey.models import EntryPoint
from tests import markup
from tests.survey.accounts import world
from tests.survey.accounts.world import OTHER_TOWN, ROOT, TOWN
from tests.survey.points.pages import acts, change, read, rows, said, send

BULK, TABLE, LIST = "/points/hean/places/bulk", "/points/hean/places/table", "/points/hean/places"
NONE = {f"count{number}": "0" for number in range(7)}
VILLAGES = ("419099001001", "419099003001")
WISH = NONE | {
    "within": ROOT, "level": "村级", "count1": "1", "count2": "2", "kind5": "公园", "count5": "1",
    "valid_from": "2026-03-01", "valid_to": "2099-06-01",
}  # fmt: skip

EMPTY = {f"n{row}-{column}": "0" for row in (0, 1) for column in (0, 1, 2)}


@pytest.fixture
def supervisor(app):
    return world.log_in(app, "supervisor")


def fields(root):
    """The table's form as a browser would send it, without its buttons."""
    (form,) = [one for one in root.find_all("form") if one.get("action") == TABLE]
    return {
        one.get("name"): one.get("value") or ""
        for one in form.find_all("input")
        if one.get("name") != "csrf_token"
    }


def preview(client, **wish):
    reply = send(client, BULK, **(WISH | wish))
    assert reply.status_code == 200, said(markup.read(reply.text))
    return markup.read(reply.text)


def make(client):
    """Make what the preview shows; the batch."""
    reply = send(client, TABLE, **fields(preview(client)), make="1")
    assert reply.status_code == 303
    return reply.location.partition("batch=")[2]


def names(root):
    return [one.text for one in root.by_class("names")[0].find_all("li")]


def number_of_places(url):
    return world.scalar(url, "SELECT count(*) FROM entry_points")


def test_the_preview_names_every_place_and_makes_none(supervisor, town):
    root = preview(supervisor)
    assert "将生成 8 个地点" in root.text
    assert names(root) == [
        f"区 {village}{rest}"
        for village in VILLAGES
        for rest in ("商场超市", "学校 1", "学校 2", "公园")
    ]
    assert number_of_places(town) == 2


def test_what_was_shown_is_made_as_one_batch(supervisor, town):
    root = preview(supervisor)
    reply = send(supervisor, TABLE, **fields(root), make="1")
    assert reply.status_code == 303
    batch = reply.location.partition("batch=")[2]
    made = read(supervisor, reply.location)
    assert [name.partition(" ")[2] for name in rows(made)] == names(root)
    assert "2026-03-01 – 2099-06-01" in made.text
    query = f"SELECT count(DISTINCT token) FROM entry_points WHERE batch = '{batch}'"
    assert world.scalar(town, query) == 8
    ((act, subject, details),) = acts(town)
    assert (act, subject) == ("point.create", f"batch {batch}")
    assert "8" in str(details)


def test_numbers_can_be_changed_cell_by_cell_and_are_shown_again_before(supervisor, town):
    sent = fields(preview(supervisor)) | {"n0-1": "0", "n1-2": "3"}
    reply = send(supervisor, TABLE, **sent, make="1")  # not what was shown
    assert reply.status_code == 200
    assert number_of_places(town) == 2
    root = markup.read(reply.text)
    assert names(root) == [
        f"区 {VILLAGES[0]}商场超市",
        f"区 {VILLAGES[0]}公园",
        f"区 {VILLAGES[1]}商场超市",
        f"区 {VILLAGES[1]}学校 1",
        f"区 {VILLAGES[1]}学校 2",
        *(f"区 {VILLAGES[1]}公园 {number}" for number in (1, 2, 3)),
    ]
    assert send(supervisor, TABLE, **fields(root), make="1").status_code == 303
    assert number_of_places(town) == 10


def test_a_second_batch_goes_on_counting(supervisor, town):
    for _ in range(2):
        reply = send(supervisor, TABLE, **fields(preview(supervisor)), make="1")
        assert reply.status_code == 303
    assert number_of_places(town) == 18
    second = rows(read(supervisor, reply.location))
    assert [name.partition(" ")[2] for name in second[:4]] == [
        f"区 {VILLAGES[0]}{rest}" for rest in ("商场超市 2", "学校 3", "学校 4", "公园 2")
    ]
    assert (
        world.scalar(town, "SELECT count(DISTINCT batch) FROM entry_points WHERE batch <> ''") == 2
    )


def test_the_same_preview_sent_twice_is_shown_again(supervisor, town):
    sent = fields(preview(supervisor))
    assert send(supervisor, TABLE, **sent, make="1").status_code == 303
    assert send(supervisor, TABLE, **sent, make="1").status_code == 200
    assert number_of_places(town) == 10


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"within": "999"}, "请选择您区域内的一个单位。"),
        ({"level": "星系"}, "请选择层级。"),
        ({"level": "县", "within": TOWN}, "这个单位内没有这一层级的区域。"),
        ({"count1": "21"}, "请填写 0 到 20 之间的整数。"),
        ({"count1": "-1"}, "请填写 0 到 20 之间的整数。"),
        ({"count6": "2"}, "请填写类型。"),
        ({"kind5": "学校"}, "这个类型已在上面。"),
        ({"kind5": "公\u200b园"}, "含有看不见的字符。"),
        ({"count1": "0", "count2": "0", "count5": "0"}, "请至少填写一个数量。"),
        ({"valid_to": "2025-01-01"}, "结束日期早于开始日期。"),
    ],
)
def test_a_slip_in_the_first_step_is_said_at_its_field(supervisor, town, wrong, sentence):
    reply = send(supervisor, BULK, **(WISH | wrong))
    assert reply.status_code == 422
    root = markup.read(reply.text)
    assert said(root) == [sentence]
    (link,) = root.by_class("summary")[0].find_all("a")
    control = root.by_id(link.get("href")[1:])
    assert control.get("aria-invalid") == "true"
    assert number_of_places(town) == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"n0-0": "x"}, "第 1 行“商场超市”: 请填写 0 到 20 之间的整数。"),
        ({"n1-1": "21"}, "第 2 行“学校”: 请填写 0 到 20 之间的整数。"),
        (
            {f"n{row}-{column}": "0" for row in (0, 1) for column in (0, 1, 2)},
            "表中没有要生成的地点。",
        ),
        ({"valid_to": "2025-01-01"}, "结束日期早于开始日期。"),
    ],
)
def test_a_slip_in_the_table_makes_nothing(supervisor, town, wrong, sentence):
    sent = fields(preview(supervisor)) | wrong
    reply = send(supervisor, TABLE, **sent, make="1")
    assert reply.status_code == 422
    assert said(markup.read(reply.text)) == [sentence]
    assert number_of_places(town) == 2


def test_more_than_the_most_is_refused(supervisor, town, app):
    cells = {f"kind{number}": f"类{number}" for number in range(14)}
    cells |= {f"area{row}": village for row, village in enumerate(VILLAGES)}
    cells |= {f"n{row}-{column}": "20" for row in (0, 1) for column in range(14)}
    reply = send(supervisor, TABLE, **cells, make="1")
    assert reply.status_code == 422
    assert said(markup.read(reply.text)) == ["一次最多 500 个地点,现在是 560 个。"]
    assert number_of_places(town) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"area0": "999"},
        {"area1": VILLAGES[0]},
        {"kind1": "商场超市"},
        {"kind1": ""},
        {"kind1": "\u202e"},
        {"area0": None},
        {"kind0": None},
    ],
)
def test_a_table_that_no_page_of_ours_sends_is_refused_whole(supervisor, town, wrong):
    sent = {
        name: value
        for name, value in (fields(preview(supervisor)) | wrong).items()
        if value is not None
    }
    reply = send(supervisor, TABLE, **sent, make="1")
    assert reply.status_code == 422
    assert said(markup.read(reply.text)) == ["表格不完整,请重新开始。"]
    assert number_of_places(town) == 2


def test_a_supervisor_of_a_township_makes_places_there_only(app, town):
    client = world.log_in(app, "town")
    assert send(client, BULK, **WISH).status_code == 422
    assert send(client, BULK, **(WISH | {"within": OTHER_TOWN})).status_code == 422
    root = preview(client, within=TOWN)
    assert len(names(root)) == 4
    foreign = fields(root) | {"area0": VILLAGES[1]}
    assert send(client, TABLE, **foreign, make="1").status_code == 422
    assert number_of_places(town) == 2


def test_the_days_of_a_whole_batch_are_changed(supervisor, town):
    batch = send(supervisor, TABLE, **fields(preview(supervisor)), make="1").location.partition(
        "="
    )[2]
    path = f"/points/hean/places/batch/{batch}"
    assert send(supervisor, path, valid_from="", valid_to="2098-01-01").status_code == 303
    query = "SELECT count(*) FROM entry_points WHERE valid_to = '2098-01-01'"
    assert world.scalar(town, query) == 8
    reply = send(supervisor, path, valid_from="2098-02-01", valid_to="2098-01-01")
    assert reply.status_code == 422
    assert said(markup.read(reply.text)) == ["结束日期早于开始日期。"]
    assert acts(town)[-1][:2] == ("point.change", f"batch {batch}")


def test_a_whole_batch_is_revoked_but_for_what_lies_elsewhere(app, supervisor, town):
    batch = send(supervisor, TABLE, **fields(preview(supervisor)), make="1").location.partition(
        "="
    )[2]
    client = world.log_in(app, "town")
    path = f"/points/hean/places/batch/{batch}/revoke"
    assert send(client, path).status_code == 303
    revoked = "SELECT count(*) FROM entry_points WHERE status = 'revoked'"
    assert world.scalar(town, revoked) == 4
    assert send(supervisor, path).status_code == 303
    assert world.scalar(town, revoked) == 8
    assert [subject for act, subject, _ in acts(town) if act == "point.revoke"] == [
        f"batch {batch}"
    ] * 2


def test_a_batch_that_is_not_there_is_not_found(app, supervisor, town):
    change(town, EntryPoint, 2, batch="20260301-1")
    client = world.log_in(app, "town")
    for who, batch in ((supervisor, "20260301-9"), (client, "20260301-1")):
        for ending in ("", "/revoke"):
            assert send(who, f"/points/hean/places/batch/{batch}{ending}").status_code == 404
