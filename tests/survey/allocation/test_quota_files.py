"""Quotas as a file: what is given out comes back as it was; every fault is said at once."""

import csv
import io

import pytest

from tests import markup
from tests.factories import GRID, OTHER_TOWN, ROOT, TOWN
from tests.survey.allocation.setters import stored
from tests.survey.quotas.answers import send

HEADER = "area,variable,value,most\n"


def faults(reply):
    (box,) = markup.read(reply.text).by_class("summary")
    return [one.text for one in box.find_all("li")]


def test_what_is_downloaded_can_be_uploaded_again(town, analyst):
    for group in (("", "", ""), (TOWN, "age2", "60plus"), (OTHER_TOWN, "q2_channel", "8")):
        town.quota(*group, most=30, taken=4, turned_away=2)
    before = stored(town)
    data = analyst.get(".csv").data
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert data.startswith(b"\xef\xbb\xbf")  # so that a spreadsheet reads the Chinese
    assert [one["left"] for one in lines] == ["26"] * 3
    assert [one["turned_away"] for one in lines] == ["2"] * 3
    assert lines[1]["area_name"] == "府前街道"
    assert lines[1]["group"] == "60–69 岁、70 岁及以上"
    done = analyst.upload(io.BytesIO(data))
    assert "新建 0 条,修改 0 条" in analyst.client.get(done.location).text
    assert stored(town) == before


def test_a_file_changes_what_is_there_makes_what_is_new_and_leaves_the_rest(town, analyst):
    send(town, {"s1_age": "6"}, GRID, taking=False)
    town.quota("", most=30, taken=4)
    town.quota(OTHER_TOWN, most=30)
    text = HEADER + f"{ROOT},,,50\n419099001,age2,60plus,5\n,s3_town,{TOWN},7\n"
    done = analyst.upload(io.BytesIO(text.encode()))
    assert "新建 2 条,修改 1 条" in analyst.client.get(done.location).text
    assert stored(town) == [
        ("", "", "", 50, 4),
        (OTHER_TOWN, "", "", 30, 0),
        (TOWN, "age2", "60plus", 5, 1),
        ("", "s3_town", TOWN, 7, 0),
    ]
    details = town.ask("SELECT details FROM audit_events WHERE act = 'quota.set'")
    assert "changed" in str(details)


def test_all_faults_of_a_file_are_said_with_line_and_column(town, analyst):
    text = HEADER + (
        "999999999999,,,5\n"
        ",q5_overall,1,5\n"
        ",age2,children,5\n"
        f"{TOWN},,1,5\n"
        f"{TOWN},d1_sex,1,-5\n"
        f"{OTHER_TOWN},d1_sex,1,5\n"
        f"419099005,d1_sex,1,6\n"
        "too,few\n"
    )
    reply = analyst.upload(io.BytesIO(text.encode()))
    assert reply.status_code == 422
    found = faults(reply)
    for start in (
        "第 9 行 是“2”,应为:4 个单元格",
        "第 2 行 area 是“999999999999”",
        "第 3 行 variable 是“q5_overall”",
        "第 4 行 value 是“children”,应为:15_59 | 60plus",
        "第 5 行 value 是“1”,应为:留空",
        "第 6 行 most 是“-5”",
        "第 8 行",
    ):
        (line,) = [one for one in found if one.startswith(start)]
        found.remove(line)
    assert found == []
    assert "已在第 7 行" in reply.text
    assert stored(town) == []
    assert "expected" in analyst.post("/upload?lang=en", file=(io.BytesIO(b"x"), "q.csv")).text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "表头"),
        (HEADER.encode(), "至少一行配额"),
        ((HEADER + "府前,,,5\n").encode("gbk"), "UTF-8 编码"),
        (b"area,variable,most\n,,5\n", "必需的列"),
        (HEADER.encode() + b",,,5\x00\n", "无 NUL 字符的文本"),
        (b"PK\x03\x04\xff", "UTF-8 编码"),
        (HEADER.encode() + b',"a\n', "合法的 CSV"),
    ],
)
def test_what_is_no_table_of_quotas_is_refused(town, analyst, data, sentence):
    reply = analyst.upload(io.BytesIO(data))
    assert reply.status_code == 422
    assert any(sentence in one for one in faults(reply))
    assert stored(town) == []


def test_a_post_without_a_file_is_refused(analyst):
    assert analyst.post("/upload").status_code == 422


def test_a_file_below_what_was_taken_names_its_lines_and_changes_nothing(town, analyst):
    for _ in range(3):
        send(town, {"d1_sex": "2"}, GRID, taking=False)
    town.quota(TOWN, most=9, taken=3)
    before, revision = stored(town), town.ask("SELECT revision FROM studies")
    text = HEADER + f",,,100\n{TOWN},,,2\n,d1_sex,2,1\n"
    reply = analyst.upload(io.BytesIO(text.encode()))
    assert reply.status_code == 422
    assert faults(reply) == [
        "第 3 行 most 是“2”,应为:不小于 3(已收的答卷)",
        "第 4 行 most 是“1”,应为:不小于 3(已收的答卷)",
    ]
    assert stored(town) == before
    assert town.ask("SELECT revision FROM studies") == revision


def test_no_name_becomes_a_formula(town, analyst):
    town.change("UPDATE areas SET name = '=1+1' WHERE code = :code", code=TOWN)
    town.quota(TOWN)
    assert "'=1+1" in analyst.get(".csv").data.decode("utf-8-sig")
