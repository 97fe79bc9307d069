"""The page that says what a figure counts."""

import pytest

from tests import markup


def facts(root):
    block = root.by_class("facts")[0]
    names = [one.text for one in block.find_all("dt")]
    return dict(zip(names, [one.text for one in block.find_all("dd")], strict=True))


def definition(clients, path, who="official"):
    reply = clients[who].get(path)
    assert reply.status_code == 200
    return markup.read(reply.text)


def codes(root, place=0):
    table = root.by_class("codes")[place]
    return {
        row.find_all("th")[0].text: [cell.text for cell in row.find_all("td")]
        for row in table.find_all("tr")[1:]
    }


def test_satisfaction_leaves_dont_know_out_and_says_so(clients):
    root = definition(clients, "/results/hean-2026/indicators/SA")
    assert "总的来说,您对本市文明城市创建工作满意吗?" in root.text
    assert codes(root)["3 基本满意"] == ["计入", "计入"]
    assert codes(root)["4 不太满意"] == ["–", "计入"]
    assert codes(root)["9 不了解"] == ["–", "不计"]
    found = facts(root)
    assert found["“不知道”怎么算"] == "不计入分母:9 不了解。"
    assert found["目标"] == "85%"
    assert found["代码"] == "SA · 定义第 1 版"
    assert found["问卷"] == "hean_civil_v1 版本 20260101"
    assert found["加权(概率样本)"] == "事后分层:街道(乡镇) × 年龄"


def test_its_variants_differ_and_each_prints_its_own(clients):
    narrow = definition(clients, "/results/hean-2026/indicators/SA_2")
    assert codes(narrow)["3 基本满意"] == ["–", "计入"]
    kept = definition(clients, "/results/hean-2026/indicators/SA_D")
    assert codes(kept)["9 不了解"] == ["–", "计入"]
    assert facts(kept)["“不知道”怎么算"] == "计入分母:9 不了解。"
    score = definition(clients, "/results/hean-2026/indicators/SC")
    assert codes(score) == {
        "1 很满意": ["100"], "2 满意": ["80"], "3 基本满意": ["60"], "4 不太满意": ["30"],
        "5 不满意": ["0"], "9 不了解": ["不计"],
    }  # fmt: skip
    assert facts(score)["目标"] == "80 分"


def test_awareness_says_that_having_heard_of_it_counts(clients):
    assert codes(definition(clients, "/results/hean-2026/indicators/AW"))["2 听说过"] == [
        "计入",
        "计入",
    ]


def test_a_calculation_shows_its_formula_and_the_question_behind_it(clients):
    root = definition(clients, "/results/hean-2026/indicators/PA")
    assert "selected(${q12_join}, '0')" in root.text
    assert "最近三个月,您参加过下列哪些活动?" in root.text
    assert codes(root) == {"0": ["–", "计入"], "1": ["计入", "计入"], "9": ["–", "计入"]}


def test_an_index_shows_every_item_with_its_weight(clients):
    root = definition(clients, "/results/yunhe-2025/indicators/IX", who="county")
    assert len(root.by_class("codes")) == 5
    for weight in ("0.3", "0.25", "0.2", "0.15", "0.1"):
        assert f"权重 {weight}" in root.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_unknown_indicator_is_not_found(clients, language):
    reply = clients["official"].get(f"/results/hean-2026/indicators/XX?lang={language}")
    assert reply.status_code == 404
