"""Drawn households: given codes by number or by list, changed, revoked, in one's own area only."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from survey.models import Household
from tests import markup
from tests.survey.accounts import world
from tests.survey.accounts.world import GRID, TOWN, VILLAGE
from tests.survey.points.pages import acts, change, id_of, read, rows, said, send

NEW, DRAW, BY_LIST = (f"/points/hean/households/{end}" for end in ("new", "draw", "list"))
OTHER_VILLAGE = "419099003001"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def supervisor(app):
    return world.log_in(app, "supervisor")


@pytest.fixture
def listed(town):
    return f"/points/households/{id_of(town, 'N1-home')}"


def wish(url, sample="N1-home", **more):
    return {"sample": id_of(url, sample), "area": VILLAGE, "number": "3"} | more


def number_of_households(url):
    return world.scalar(url, "SELECT count(*) FROM households")


def codes(url):
    return world.scalar(url, "SELECT count(DISTINCT code_hash) FROM households")


def test_drawn_households_get_codes_and_are_listed(supervisor, town):
    reply = send(supervisor, DRAW, **wish(town, valid_to="2099-01-01"))
    assert reply.status_code == 303
    root = read(supervisor, reply.location)
    assert rows(root) == ["第 3 户", "第 4 户", "第 5 户"]
    assert f"使用中 区 {TOWN}区 {VILLAGE}" in root.text
    assert "2099-01-01" in root.text
    assert codes(town) == 5
    ((act, subject, _),) = acts(town)
    assert (act, subject) == ("point.create", "households of N1-home")


@pytest.mark.parametrize("number", ["", "0", "-3", "501", "zwölf", "1e2", "١٢"])
def test_a_wrong_number_of_households_is_said_at_its_field(supervisor, town, number):
    reply = send(supervisor, DRAW, **wish(town, number=number))
    assert reply.status_code == 422
    root = markup.read(reply.text)
    assert said(root) == ["请填写 1 到 500 之间的整数。"]
    given = root.by_id("number")
    assert (given.get("value"), given.get("aria-invalid")) == (number, "true")
    assert number_of_households(town) == 2


@pytest.mark.parametrize("area", [TOWN, "999", ""])
def test_households_live_in_communities(supervisor, town, area):
    reply = send(supervisor, DRAW, **wish(town, area=area))
    assert reply.status_code == 422
    assert said(markup.read(reply.text)) == ["请选择您区域内的社区(村)。"]
    assert number_of_households(town) == 2


def test_no_code_of_ones_own_goes_to_a_sample_that_selects_itself(supervisor, town):
    assert send(supervisor, DRAW, **wish(town, "N1-place")).status_code == 422
    data = {"sample": id_of(town, "N1-place"), "list": VILLAGE}
    assert send(supervisor, BY_LIST, **data).status_code == 422
    assert number_of_households(town) == 2


@pytest.mark.parametrize("sample", ["", "x", "999", "99999999999999999999"])
def test_a_sample_that_is_not_there_is_not_found(supervisor, town, sample):
    assert send(supervisor, DRAW, **wish(town) | {"sample": sample}).status_code == 404
    assert send(supervisor, BY_LIST, sample=sample, list=VILLAGE).status_code == 404


LINES = f"{VILLAGE},幸福路 2 号 502 室,20\n{GRID},幸福路 3 号\n{VILLAGE}\n"


@pytest.mark.parametrize("how", ["pasted", "uploaded", "from a spreadsheet"])
def test_a_list_of_households_gets_codes(supervisor, town, how):
    data = {"sample": id_of(town, "N1-home"), "valid_from": "2026-01-01"}
    if how == "pasted":
        reply = send(supervisor, BY_LIST, **data, list=LINES)
    else:
        content = LINES.encode("utf-8" if how == "uploaded" else "gb18030")
        file = (io.BytesIO(content), "households.csv")
        reply = send(supervisor, BY_LIST, {"file": file}, **data)
    assert reply.status_code == 303
    root = read(supervisor, reply.location)
    assert rows(root) == ["第 20 户", "第 21 户", "第 22 户"]
    assert "幸福路 2 号 502 室" in root.text
    assert codes(town) == 5


def test_a_list_with_faults_gives_no_code_and_comes_back(supervisor, town):
    text = f"{VILLAGE},一号\n{TOWN},二号\n{VILLAGE},一号,1"
    reply = send(supervisor, BY_LIST, sample=id_of(town, "N1-home"), list=text)
    assert reply.status_code == 422
    root = markup.read(reply.text)
    assert said(root) == [
        f"第 2 行: “{TOWN}”不是社区(村)或网格。",
        "第 3 行: 与第 1 行是同一地址。",
        "第 3 行: 户号 1 在这个样本中已有。",
    ]
    assert root.by_id("list").text == " ".join(text.split())
    assert number_of_households(town) == 2


def test_many_faults_are_counted(supervisor, town):
    reply = send(supervisor, BY_LIST, sample=id_of(town, "N1-home"), list="1,x\n" * 70)
    told = said(markup.read(reply.text))
    # each line has a wrong area, and all but the first the same address
    assert len(told) == 51
    assert told[-1] == "另有 89 处。"


@pytest.mark.parametrize(
    ("pasted", "content", "sentence"),
    [
        ("", b"", "请粘贴列表或上传文件,二者选一。"),
        (VILLAGE, VILLAGE.encode(), "请粘贴列表或上传文件,二者选一。"),
        ("", b"\x89PNG\x00\xff\xfe\xfa", "文件不是文本。请把表格另存为 CSV。"),
        ("", b"41909\x009001001", "文件不是文本。请把表格另存为 CSV。"),
    ],
)
def test_one_list_is_wanted_and_it_is_text(supervisor, town, pasted, content, sentence):
    file = (io.BytesIO(content), "list.csv")
    data = {"sample": id_of(town, "N1-home"), "list": pasted}
    reply = send(supervisor, BY_LIST, {"file": file}, **data)
    assert reply.status_code == 422
    assert said(markup.read(reply.text)) == [sentence]
    assert number_of_households(town) == 2


def test_a_file_that_is_too_large_is_not_read(supervisor, town):
    file = (io.BytesIO(b"x" * 300_000), "list.csv")
    reply = send(supervisor, BY_LIST, {"file": file}, sample=id_of(town, "N1-home"))
    assert reply.status_code == 413


def test_the_list_is_narrowed(supervisor, town, listed):
    change(town, Household, 1, status="answered", batch="20260301-1")
    change(town, Household, 2, valid_from=TODAY + timedelta(days=3), area_code=OTHER_VILLAGE)
    for query, found in (
        ("", ["第 1 户", "第 2 户"]),
        ("state=answered", ["第 1 户"]),
        ("state=ahead", ["第 2 户"]),
        ("batch=20260301-1", ["第 1 户"]),
        (f"area={TOWN}", ["第 1 户"]),
    ):
        assert rows(read(supervisor, f"{listed}?{query}")) == found, query


def test_a_household_is_changed_and_its_code_is_nowhere_on_the_page(supervisor, town):
    path = "/points/household/1"
    data = {"address": "幸福路 9 号", "valid_from": "", "valid_to": "2098-01-01"}
    assert send(supervisor, path, **data).status_code == 303
    page = supervisor.get(path).text
    assert "幸福路 9 号" in page
    assert "2098-01-01" in page
    assert "/q/" not in page.lower()
    reply = send(supervisor, path, **(data | {"address": "长" * 81}))
    assert reply.status_code == 422
    assert said(markup.read(reply.text)) == ["最多 80 个字。"]
    subjects = [(act, subject) for act, subject, _ in acts(town)]
    assert subjects == [("point.change", "household 1 of N1-home")]
    assert "幸福路" not in str(acts(town))


def test_one_code_is_revoked_for_good(supervisor, town):
    root = read(supervisor, "/points/household/1")
    (form,) = [one for one in root.find_all("form") if one.get("action").endswith("/revoke")]
    assert form.parent.tag == "details"
    assert send(supervisor, form.get("action")).status_code == 303
    root = read(supervisor, "/points/household/1")
    assert "已停用" in root.text
    assert not [one for one in root.find_all("a") if ".pdf" in one.get("href")]
    assert world.scalar(town, "SELECT status FROM households WHERE id = 2") == "active"


def test_a_used_code_stays_used(supervisor, town):
    change(town, Household, 1, status="answered")
    assert send(supervisor, "/points/household/1/revoke").status_code == 303
    assert world.scalar(town, "SELECT status FROM households WHERE id = 1") == "answered"


def test_a_batch_is_changed_and_revoked_but_for_used_codes(supervisor, town, listed):
    batch = send(supervisor, DRAW, **wish(town)).location.partition("batch=")[2]
    change(town, Household, 3, status="answered")
    path = f"{listed}/batch/{batch}"
    assert send(supervisor, path, valid_from="", valid_to="2098-01-01").status_code == 303
    query = "SELECT count(*) FROM households WHERE valid_to = '2098-01-01'"
    assert world.scalar(town, query) == 3
    assert send(supervisor, path, valid_from="x", valid_to="").status_code == 422
    assert send(supervisor, f"{path}/revoke").status_code == 303
    assert world.scalar(town, "SELECT count(*) FROM households WHERE status = 'revoked'") == 2
    assert world.scalar(town, "SELECT count(*) FROM households WHERE status = 'answered'") == 1
    act, subject, details = acts(town)[-1]
    assert (act, subject) == ("point.revoke", f"batch {batch} of N1-home")
    assert "2" in str(details)


def test_an_address_may_be_given_a_new_code_when_the_old_one_is_revoked(supervisor, town):
    data = {"sample": id_of(town, "N1-home"), "list": f"{VILLAGE},一号"}
    assert send(supervisor, BY_LIST, **data).status_code == 303
    assert send(supervisor, BY_LIST, **data).status_code == 422
    assert send(supervisor, "/points/household/3/revoke").status_code == 303
    assert send(supervisor, BY_LIST, **data).status_code == 303
    assert number_of_households(town) == 4


def test_a_supervisor_of_a_township_sees_and_makes_codes_there_only(app, town, listed):
    change(town, Household, 2, area_code=OTHER_VILLAGE, batch="20260301-1", address="别处")
    client = world.log_in(app, "town")
    assert rows(read(client, listed)) == ["第 1 户"]
    assert OTHER_VILLAGE not in client.get(NEW).text
    assert "别处" not in client.get(listed).text
    for path in ("/points/household/2", f"{listed}?area={OTHER_VILLAGE}"):
        assert client.get(path).status_code == 404
    for path in (
        "/points/household/2",
        "/points/household/2/revoke",
        f"{listed}/batch/20260301-1",
        f"{listed}/batch/20260301-1/revoke",
    ):
        assert send(client, path, address="x").status_code == 404
    assert send(client, DRAW, **wish(town, area=OTHER_VILLAGE)).status_code == 422
    data = {"sample": id_of(town, "N1-home"), "list": f"{OTHER_VILLAGE},x"}
    assert send(client, BY_LIST, **data).status_code == 422
    assert acts(town) == []


def test_an_official_has_no_households(app, listed):
    client = world.log_in(app, "official")
    for path in (NEW, listed, "/points/household/1"):
        assert client.get(path).status_code == 403
