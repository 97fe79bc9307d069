"""The list of held responses: what it counts, filters, shows and keeps back."""

from datetime import UTC, datetime, timedelta

import pytest

from survey.models import Role, Source
from tests import markup
from tests.factories import DOOR, TOWN
from tests.survey.reviewing.conftest import WAVE


def read(client, path=WAVE):
    reply = client.get(path)
    assert reply.status_code == 200, reply.text
    return markup.read(reply.text)


def listed(root):
    """The numbers of the responses of a list."""
    return [int(one.text.split()[1]) for one in root.by_class("cards")[0].find_all("h3")]


def test_the_first_page_counts_the_waves_of_whole_studies(wave, analyst):
    wave.add(status="quarantined", reasons=["x"])
    wave.add()
    row = markup.read(analyst.get("/review/").text).find_all("tr")[1].text
    assert row == "N1 本期 未结束 1 1 0 0"


def test_a_wave_counts_by_status_and_by_reason(wave, analyst):
    wave.add(status="quarantined", reasons=["x", "y"])
    wave.add(status="quarantined", reasons=["x"])
    wave.add(status="withdrawn", reasons=["x"])
    wave.add(status="rejected")
    wave.add(reasons=["y"])
    root = read(analyst)
    assert "待审(已隔离) 2 计入结果 1 (审核后采用 0,有提示未隔离 1) 不予采用 1 撤回 1" in root.text
    table = markup.table(root, "原因(一份可有几个)")
    assert table["x"]["待审"] == "2"
    assert table["y"]["待审"] == "1"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2]),
        ("?reason=x", [0, 2]),
        ("?point=P002", [1]),
        ("?reason=x&point=P002", []),
        ("?state=noted", [3]),
        ("?state=rejected", []),
        ("?day={yesterday}", [2]),
        ("?day=9999-12-31", [0, 1, 2]),
        ("?day=0001-01-01", [0, 1, 2]),
        ("?state=nonsense&day=1&page=-4", [0, 1, 2]),
    ],
)
def test_the_list_is_filtered_by_state_reason_point_and_day(wave, analyst, query, found):
    noon = datetime.combine(wave.town.day(), datetime.min.time(), wave.town.zone)
    wave.add(status="quarantined", reasons=["x"])
    wave.add(status="quarantined", reasons=["y"], point="P002")
    wave.add(status="quarantined", reasons=["x"], at=noon - timedelta(minutes=1))
    wave.add(reasons=["x"])
    wave.add()
    root = read(analyst, WAVE + query.format(yesterday=wave.town.day(-1)))
    numbers = listed(root) if root.by_class("cards") else []
    assert numbers == [wave.numbers[place] for place in reversed(found)]


def test_the_list_comes_in_pages_of_twenty(wave, analyst):
    for _ in range(45):
        wave.add(status="quarantined", reasons=["x"])
    first, last = read(analyst), read(analyst, f"{WAVE}?page=3")
    assert "共 45 份,第 1 页,共 3 页" in first.text
    assert listed(first) == wave.numbers[:24:-1]
    assert listed(last) == wave.numbers[4::-1]
    assert listed(read(analyst, f"{WAVE}?page=99")) == listed(last)
    ahead = [one.get("href") for one in first.find_all("a") if one.text == "下一页"]
    assert listed(read(analyst, ahead[0])) == wave.numbers[24:4:-1]


def test_a_response_shows_its_point_hour_duration_and_others_like_it(wave, analyst):
    at = datetime.now(UTC).replace(minute=47, second=13, microsecond=0) - timedelta(hours=2)
    first = wave.add(status="quarantined", reasons=["x"], device="d", at=at, seconds=62)
    second = wave.add(device="d", answers={"q1_know": "3"})
    third = wave.add(answers={"q15_open": "一句话"})
    card = read(analyst).by_class("cards")[0].find_all("li")[0].text
    local = at.astimezone(wave.town.zone)
    assert f"{PLACE_TEXT} · {local:%Y-%m-%d} {local.hour} 时 · 用时 1 分 02 秒" in card
    assert ":47" not in card
    assert f"另有 1 份选项完全相同:{third}" in card  # the free text is no code
    assert f"另有 1 份来自同一设备:{second}" in card
    assert f"第 {first} 号 待审" in card


PLACE_TEXT = "N1-place · P001 商场超市门口"


def test_an_analyst_reads_codes_and_nothing_that_somebody_wrote(wave, analyst):
    number = wave.add(status="quarantined", reasons=["x"], answers={"q15_open": "我住三楼"})
    page = read(analyst, f"{WAVE}{number}")
    assert "我住三楼" not in page.text
    assert "q1_know" in page.text
    assert "q15_open" not in page.text
    assert "qr_code_id" not in page.text
    assert "很满意" in page.text
    assert wave.audited("response.read") == [f"live N1 no. {number}"]


def test_each_repetition_of_a_question_is_shown(wave, analyst):
    number = wave.add(
        status="quarantined", reasons=["x"], answers={"d1_sex[1]": "1", "d1_sex[2]": "2"}
    )
    text = read(analyst, f"{WAVE}{number}").text
    assert "d1_sex[1] 1 男" in text
    assert "d1_sex[2] 2 女" in text


def test_no_response_beyond_suspicion_can_be_opened(wave, analyst):
    for number in (
        wave.add(),
        wave.add(status="withdrawn", reasons=["x"]),
        wave.add(status="training", reasons=["x"]),
        wave.add(status="quarantined", source=Source.FOLDER),
        wave.add(status="rejected"),
    ):
        assert analyst.get(f"{WAVE}{number}").status_code == 404, number
        reply = analyst.post(f"{WAVE}{number}")
        assert reply.status_code == 400  # no token


def test_a_row_that_a_folder_brought_in_quarantine_is_counted_and_not_listed(wave, analyst):
    wave.add(status="quarantined", source=Source.FOLDER)
    root = read(analyst)
    assert "导入时已隔离 1" in root.text
    assert not root.by_class("cards")


def test_a_drawn_household_has_no_point(wave, analyst):
    wave.add(status="quarantined", reasons=["x"], point="", sample=DOOR)
    card = read(analyst).by_class("cards")[0].find_all("li")[0].text
    assert "N1-door · 2" in card


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.ANALYST, 200),
        (Role.ADMINISTRATOR, 200),
        (Role.SUPERVISOR, 403),
        (Role.OFFICIAL, 403),
        (Role.VOLUNTEER, 403),
    ],
)
def test_only_analysts_and_administrators_see_the_pages(wave, role, status):
    client = wave.town.user(role)
    for path in ("/review/", WAVE):
        assert client.get(path).status_code == status


def test_an_analyst_of_a_part_sees_nothing(wave):
    client = wave.town.user(Role.ANALYST, username="part", area=TOWN)
    assert "没有整个研究都在您区域内的研究" in client.get("/review/").text
    assert client.get(WAVE).status_code == 404
    assert client.get("/review/live/N7/").status_code == 404
    assert client.get("/review/other/N1/").status_code == 404


def test_a_list_asks_as_often_for_many_as_for_few(wave, analyst):
    def statements():
        return wave.town.statements(lambda: analyst.get(WAVE))

    wave.add(status="quarantined", reasons=["x"])
    analyst.get(WAVE)
    few = statements()
    for _ in range(15):
        wave.add(status="quarantined", reasons=["x", "y"], device="d")
    assert statements() == few
