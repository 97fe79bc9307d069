"""Model-based rates on a sample's page: labelled, without verdict, only in one's own areas."""

import re

import pytest

from tests import markup

BASELINE = "/results/hean-2026/W0/W0-door"
TOWN = "寨上镇"
LABEL = "模型估计"
BORROWS = {"zh": "借用其他区域数据·不作评判", "en": "borrows from other areas, no verdict"}


def section(clients, code="AW", who="official", path=BASELINE, language="zh"):
    reply = clients[who].get(f"{path}?lang={language}")
    assert reply.status_code == 200
    return markup.read(reply.text).by_id(f"i-{code}")


def modelled(element):
    """The model-based lines below the lines of areas, by what their heads say."""
    rows = [one for one in element.by_class("modelled") if one.tag == "tr"]
    return {row.find_all("th")[0].text: row for row in rows}


def test_a_withheld_rate_is_followed_by_a_line_of_the_model(clients):
    root = markup.read(clients["official"].get(f"{BASELINE}?lang=zh").text)
    rows = markup.table(root, "知晓率")
    names = list(rows)
    assert names[names.index(TOWN) + 1] == f"{TOWN} {LABEL}"
    line = rows[f"{TOWN} {LABEL}"]
    assert line["估计值"] == "≈ 76.9%"
    assert line["95% 置信区间"] == "71.5–82.0"
    assert line["结论"] == BORROWS["zh"]
    assert line["有效答卷"] == line["有效样本量"] == ""
    (cell,) = section(clients).by_class("share")
    assert cell.text == "自身数据约占 38%,其余借自另外 8 个区域"


def test_the_direct_rate_stays_hidden(clients):
    rows = markup.table(section(clients), "知晓率")
    assert rows[TOWN]["估计值"] == "— (样本不足)"
    assert rows[TOWN]["95% 置信区间"] == "—"
    assert "75.2" not in section(clients).text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_line_says_what_it_is_and_the_text_below_says_more(clients, language):
    part = section(clients, language=language)
    (row,) = modelled(part).values()
    assert {"zh": LABEL, "en": "model-based"}[language] in row.text
    assert BORROWS[language] in row.text
    below = " ".join(one.text for one in part.find_all("p"))
    wanted = {"zh": "不判定达标、不排名", "en": "not held against a target, ranked"}
    assert wanted[language] in below


@pytest.mark.parametrize("code", ["AW", "SU", "SA", "PA", "CO"])
def test_a_line_of_the_model_has_no_verdict_no_picture_and_no_rank(clients, code):
    found = modelled(section(clients, code))
    assert found
    for row in found.values():
        assert not row.find_all("svg")
        assert not re.search("达到|判断|仅供参考|复核|目标|名次", row.text)
        badges = [one.get("class") for one in row.by_class("badge")]
        assert badges == ["badge modelled"]


def test_no_picture_tells_it(clients):
    part = section(clients)
    titles = [str(one.parts) for svg in part.find_all("svg") for one in svg.find_all("title")]
    assert len(titles) > 9
    assert not any("76.9" in title for title in titles)


def test_it_is_told_from_a_direct_rate_without_colour(clients):
    (row,) = modelled(section(clients)).values()
    assert row.text.count("≈") == 1
    (limits,) = row.by_class("interval")
    assert "model" in limits.get("class").split()  # a dashed line below


def test_an_area_that_has_no_rate_of_the_model_either_says_why(clients):
    rows = markup.table(section(clients, "CO"), "诱导作答率")
    assert rows["临空产业园"]["结论"].endswith("也没有模型估计:区间相对过宽")
    assert f"临空产业园 {LABEL}" not in rows
    assert f"府前街道 {LABEL}" in rows


def test_an_official_reads_the_model_of_his_own_areas_only(clients):
    assert list(modelled(section(clients, who="town"))) == [f"{TOWN} {LABEL}"]
    assert modelled(section(clients, "SA"))  # of 临空产业园, for the city
    assert not modelled(section(clients, "SA", who="town"))
    assert LABEL not in section(clients, "SA", who="town").text
    for code in ("AW", "SA", "CO"):
        assert LABEL not in section(clients, code, who="village").text


@pytest.mark.parametrize("path", ["/results/hean-2026/W0/W0-qr", "/results/hean-2026/W2/W2-qr"])
def test_an_opt_in_sample_has_none(clients, path):
    assert LABEL not in clients["official"].get(f"{path}?lang=zh").text


def test_only_lines_of_areas_have_one(clients):
    root = markup.read(clients["official"].get(f"{BASELINE}?lang=zh").text)
    assert not modelled(root.find_all("table")[0])
    assert not modelled(section(clients, "SC"))  # a score
