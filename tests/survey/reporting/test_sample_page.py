"""What an official reads of a sample, and what he must not."""

import re

import pytest

from analysis.decision import interviews_to_decide
from analysis.errors import TooCloseToTarget
from analysis.intervals import Measured
from analysis.study.plan import ROOT
from survey import db
from survey.reporting.page import page_of
from tests import markup

DOOR = "/results/hean-2026/W2/W2-door"
QR = "/results/hean-2026/W2/W2-qr"
EXAMPLES = [
    "/results/hean-2026/W0/W0-door",
    "/results/hean-2026/W0/W0-qr",
    DOOR,
    QR,
    "/results/yunhe-2025/S1/S1-hu",
    "/results/yunhe-2025/S2/S2-hu",
    "/results/yunhe-2025/S2/S2-scan",
]
TOWNS = [
    "府前街道",
    "南岭街道",
    "仓后街道",
    "礼和街道",
    "石桥街道",
    "东川街道",
    "西川街道",
    "临空产业园",
]
WHOLE = "和安市(全部)"


def open_page(clients, path, who=None, language="zh"):
    who = who or ("county" if "yunhe" in path else "official")
    reply = clients[who].get(f"{path}?lang={language}")
    assert reply.status_code == 200, reply.text
    return markup.read(reply.text)


def body(root):
    return root.find_all("main")[0]


def test_awareness_of_the_city_is_undecided_at_the_door(clients):
    root = open_page(clients, DOOR)
    line = markup.table(root, "全部区域的指标")["知晓率"]
    assert line["估计值"] == "88.6%"
    assert line["95% 置信区间"] == "86.2–90.7"
    assert line["结论"].startswith("? 样本不足以判断")
    assert line["目标"] == "90%"
    assert line["有效答卷"] == "1,020"
    assert markup.table(root, "知晓率")[WHOLE]["结论"].startswith("? 样本不足以判断")


def test_awareness_of_the_city_is_only_indicative_by_qr(clients):
    root = open_page(clients, QR)
    line = markup.table(root, "全部区域的指标")["知晓率"]
    assert line["估计值"] == "93.0%"
    assert line["95% 模型区间"] == "91.8–94.0"
    assert line["说明"] == "◇ 仅供参考,不判定"
    assert "结论" not in line


def test_every_verdict_of_the_baseline_is_the_reference_one(clients):
    lines = markup.table(open_page(clients, "/results/hean-2026/W0/W0-door"), "全部区域的指标")
    verdicts = {
        name: lines[name]["结论"] for name in ("知晓率", "支持率", "满意率", "参与率", "安全感")
    }
    assert verdicts.pop("知晓率") == "✕ 有把握未达到"
    assert verdicts.pop("参与率") == "✕ 有把握未达到"
    assert all(one.startswith("? 样本不足以判断") for one in verdicts.values())


@pytest.mark.parametrize(
    "path", ["/results/hean-2026/W0/W0-qr", QR, "/results/yunhe-2025/S2/S2-scan"]
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_opt_in_sample_shows_no_verdict_no_rank_and_no_sampling_error(clients, path, language):
    root = open_page(clients, path, language=language)
    text = body(root).text
    for word in ("置信区间", "±", "有把握", "样本不足以判断", "名次", "confidence", "target met"):
        assert word not in text, word
    assert "target not met" not in text
    assert not root.by_class("ranks")
    for svg in root.find_all("svg"):
        assert "置信区间" not in str([part.parts for part in svg.find_all("title")])
    assert {"zh": "模型区间", "en": "model interval"}[language] in text


def test_the_assumption_of_the_model_interval_stands_before_its_figures(clients):
    text = body(open_page(clients, QR)).text
    assumption = text.index("模型区间假定")
    assert "同一街道(乡镇)、年龄、性别的居民中,扫码的人与没扫码的人看法相同" in text
    assert "可用于: 发现问题、看点位覆盖、提前预警。" in text
    assert "不可用于: 判定达标、排名、问责。" in text
    assert assumption < text.index("91.8–94.0")


def test_an_opt_in_rate_tells_raw_and_weighted_tipping_point_and_difference(clients):
    cards = open_page(clients, QR).by_class("cards")[0].find_all("li")
    card = next(one.text for one in cards if one.text.startswith("知晓率"))
    assert "加权 93.0% ,未加权 93.9%,模型区间 91.8–94.0 ;有效答卷 6,200 份" in card
    assert "没有扫码的居民知晓率只要低于 89.9%,全市实际值就低于目标 90%" in card
    assert "W2 同期,本样本比 W2-door 高 4.3 个百分点" in card


def test_a_lower_opt_in_rate_is_said_to_be_lower(clients):
    cards = open_page(clients, QR).by_class("cards")[0].find_all("li")
    card = next(one.text for one in cards if one.text.startswith("支持率"))
    assert "低 0.4 个百分点(-2.5 至 3.0)" in card


def test_every_dashed_interval_is_a_model_interval(clients):
    for path, dashed in ((DOOR, 0), (QR, 1)):
        root = open_page(clients, path)
        boxes = root.find_all("rect")
        lines = [one for one in root.find_all("line") if "interval" in (one.get("class") or "")]
        assert bool(boxes) is bool(dashed), path
        assert bool(lines) is not bool(dashed), path
        assert all("stroke-dasharray" in one.attributes for one in boxes)


def test_withheld_figures_are_shown_as_such_with_the_reason(clients):
    rows = markup.table(open_page(clients, "/results/hean-2026/W0/W0-door"), "知晓率")
    assert rows["寨上镇"]["估计值"] == "— (样本不足)"
    assert rows["寨上镇"]["结论"] == "暂不发布(区间宽度不小于 0.30)"
    assert rows["寨上镇"]["95% 置信区间"] == "—"
    assert rows["寨上镇"]["有效样本量"] == "—"
    assert rows["寨上镇"]["有效答卷"] == "120"


def test_a_withheld_figure_is_nowhere_in_the_page(clients):
    """75.2 % and its limits, in the table, the picture or its words."""
    reply = clients["official"].get("/results/hean-2026/W0/W0-door").text
    row = re.search(r"寨上镇</th>.*?</tr>", reply[reply.index('id="i-AW"') :], re.DOTALL)[0]
    assert not re.search(r"\d+\.\d%|interval|class=\"mark", row.replace("y1=", ""))
    assert "75.2" not in row


def test_a_line_that_is_withheld_carries_no_figure_to_the_template(app):
    with app.app_context():
        figures = app.extensions["figures"].figures(db.session(), "hean-2026")
    everywhere = frozenset(figures.study.tree.areas)
    sample = next(one for one in figures.study.plan.samples if one.id == "W0-door")
    page = page_of(figures, sample, everywhere, "zh")
    lines = [one for part in page.sections for one in (*part.lines, *part.groups)]
    withheld = [one for one in (*lines, *page.summary) if one.display == "suppress"]
    assert len(withheld) > 5
    for one in withheld:
        assert (one.estimate, one.low, one.high, one.n_eff, one.needed) == (None,) * 5
        assert "mark" not in str(one.strip)


def test_an_undecided_figure_says_how_many_more_households_its_own_target_takes(clients, app):
    with app.app_context():
        figures = app.extensions["figures"].figures(db.session(), "hean-2026")
    sample = next(one for one in figures.study.plan.samples if one.id == "W2-door")
    row = figures.row(sample, "AW", ROOT, "419099000000")
    rate = Measured(row.estimate, row.se, row.n, row.hits, row.df)
    exact = interviews_to_decide(rate, 0.90)
    summary = markup.table(open_page(clients, "/results/hean-2026/W2/W2-door"), "全部区域的指标")
    shown = re.search(r"还差约 ([\d,]+) 户", summary["知晓率"]["结论"])[1]
    assert exact <= int(shown.replace(",", "")) < 1.1 * exact
    assert "离目标太近" in summary["安全感"]["结论"]
    row = figures.row(sample, "SF", ROOT, "419099000000")
    safe = Measured(row.estimate, row.se, row.n, row.hits, row.df)
    with pytest.raises(TooCloseToTarget):
        interviews_to_decide(safe, 0.85)


def test_a_figure_for_review_says_so_before_its_provisional_verdict(clients):
    rows = markup.table(open_page(clients, "/results/hean-2026/W0/W0-door"), "知晓率")
    words = next(row["结论"] for row in rows.values() if "复核" in row["结论"])
    assert words.startswith("! 待统计人员复核,暂不用于考核(抽样单元太少,自由度不足 8)")
    assert "复核前:" in words


@pytest.mark.parametrize("path", EXAMPLES)
def test_every_page_says_that_it_is_a_self_assessment(clients, path):
    assert "本结果为自测,不代表测评结论。" in body(open_page(clients, path)).text
    english = body(open_page(clients, path, language="en")).text
    assert "This is a self-assessment, not the result of the official evaluation." in english


@pytest.mark.parametrize("path", [path for path in EXAMPLES if "hean" in path])
def test_every_page_says_whom_the_totals_count_besides_those_asked(clients, path):
    text = body(open_page(clients, path)).text
    assert "年龄 15+" in text
    assert "不作答:不满 18 周岁、不满半年" in text
    assert "总体数的年龄(15+)与可以作答的人不同" in text


def test_weights_are_told_in_words(clients):
    text = body(open_page(clients, DOOR)).text
    assert "事后分层:街道(乡镇) × 年龄" in text
    assert "age2" not in text
    assert "迭代加权:街道(乡镇)、年龄、性别" in body(open_page(clients, QR)).text
    county = body(open_page(clients, "/results/yunhe-2025/S1/S1-hu")).text
    assert "迭代加权:街道(乡镇)、年龄、性别" in county


@pytest.mark.parametrize("path", EXAMPLES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_rank_stands_without_its_interval(clients, path, language):
    root = open_page(clients, path, language=language)
    ranks = root.by_class("ranks")
    assert bool(ranks) is ("door" in path or "hu" in path.rpartition("-")[2])
    for block in ranks:
        for row in block.find_all("tr")[1:]:
            cells = [cell.text for cell in row.find_all("td")]
            wanted = r"第 \d+–\d+ 名,共 \d+" if language == "zh" else r"\d+–\d+ of \d+"
            assert re.fullmatch(wanted, cells[0]), cells
    outside = body(root).text
    for block in ranks:
        outside = outside.replace(block.text, "")
    assert not re.search(r"第\s*\d+\s*名|排名第|ranked? \d|\brank \d", outside)


def test_waves_are_switched_within_the_same_sample(clients):
    root = open_page(clients, QR)
    links = {one.text: one.get("href") for one in root.by_class("tabs")[0].find_all("a")}
    assert links["W0 百日会战基线"] == "/results/hean-2026/W0/W0-qr"
    assert [one.text for one in root.find_all("a") if one.get("aria-current") == "page"] == [
        "W2 百日会战期末",
        "W2-qr 自愿样本(扫码)",
    ]


def test_differences_between_waves_are_for_probability_samples_only(clients):
    text = body(open_page(clients, DOOR)).text
    assert "+10.4" in text
    assert "差异超出抽样误差" in text
    assert "差异未超出抽样误差" in text
    scanned = body(open_page(clients, QR)).text
    assert "差异" not in scanned
    assert "本样本不作波次之间的比较" in scanned


def test_a_score_has_its_own_scale_and_no_place_on_that_of_rates(clients):
    root = open_page(clients, DOOR)
    summary = root.find_all("table")[0]
    strips = {
        row.find_all("th")[0].text: row.by_class("strip") for row in summary.find_all("tr")[1:]
    }
    assert [name for name, found in strips.items() if not found] == ["满意度得分"]
    axis = summary.find_all("thead")[0].by_class("axis")[0]
    assert [part.parts[0] for part in axis.find_all("text")] == ["0", "20", "40", "60", "80", "100"]


def test_every_indicator_links_to_its_definition_and_its_areas(clients):
    root = open_page(clients, DOOR)
    links = {one.get("href") for one in root.find_all("a")}
    for code in ("AW", "SU", "SA", "PA", "SC", "CO"):
        assert f"/results/hean-2026/indicators/{code}" in links
        assert f"#i-{code}" in links
        assert root.by_id(f"i-{code}") is not None


@pytest.mark.parametrize("path", [DOOR, QR])
def test_an_official_of_a_township_sees_it_and_the_city_and_nothing_else(clients, path):
    root = open_page(clients, path, who="town")
    assert list(markup.table(root, "知晓率")) == [WHOLE, "寨上镇"]
    raw = clients["town"].get(path).text
    for name in TOWNS:
        assert name not in raw, name
    assert "按人群" not in raw


def test_a_township_reads_its_own_rank_interval_only(clients):
    blocks = open_page(clients, DOOR, who="town").by_class("ranks")
    assert blocks
    for block in blocks:
        assert len(block.find_all("tr")) == 2


def test_an_official_below_the_estimates_sees_the_city_only(clients):
    root = open_page(clients, DOOR, who="village")
    assert list(markup.table(root, "知晓率")) == [WHOLE]
    assert "没有可显示的分区域估计" in body(root).text


def test_a_study_elsewhere_is_unknown(clients):
    for path in (
        "/results/yunhe-2025/S1/",
        "/results/yunhe-2025/indicators/KN",
        "/results/yunhe-2025/runs/",
    ):
        assert clients["official"].get(path).status_code == 404
    assert "yunhe" not in clients["official"].get("/results/").text
    assert clients["official"].get("/results/hean-2026/W9/").status_code == 404
    assert clients["official"].get("/results/hean-2026/W0/W2-door").status_code == 404


def test_the_first_sample_of_a_wave_is_the_probability_sample(clients):
    first = clients["official"].get("/results/hean-2026/W2/").text
    assert "样本不足以判断" in first
    assert "<title>W2-door" in first


def test_the_interval_is_named_by_its_own_level(clients):
    rows = markup.table(open_page(clients, "/results/yunhe-2025/S1/S1-hu"), "全部区域的指标")
    assert "90% 置信区间" in rows["知晓率"]
