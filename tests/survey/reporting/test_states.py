"""Samples of other kinds and in other states: quota, empty, a wave without a sample."""

import re
import shutil

import pytest
import sqlalchemy as sa

from analysis.study.run import estimate_study
from survey import db
from survey.folders import read_study_folder
from survey.models import Role
from survey.reporting.service import compute
from tests import markup
from tests.survey.accounts import world
from tests.survey.reporting.conftest import COUNTY, HEAN, YUNHE, load

QUOTA = ('id = "S2-hu"', 'substitution = "none"', 'substitution = "next door"')
WAVE = """
[[wave]]
id = "S3"
title = { zh = "补充", en = "Extra" }
opens = 2025-11-01
closes = 2025-11-09
"""


def changed(folder, change):
    target = folder / "yunhe"
    shutil.copytree(YUNHE, target)
    file = target / "study.toml"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    return target


@pytest.fixture
def county(migrated_url):
    """Loads a folder and gives the county's official."""
    apps = []

    def made(folder, statement=None):
        with db.open_session(migrated_url) as session:
            load(session, folder)
            if statement:
                session.execute(sa.text(statement))
            world.make_user(session, Role.OFFICIAL, "county", COUNTY)
        apps.append(world.app_on(migrated_url))
        return world.log_in(apps[-1], "county")

    yield made
    for app in apps:
        app.extensions["engine"].dispose()


def test_a_quota_sample_has_a_model_interval_and_no_tipping_point(county, tmp_path):
    def with_substitution(text):
        head, mark, tail = text.partition(QUOTA[0])
        return head + mark + tail.replace(*QUOTA[1:], 1)

    client = county(changed(tmp_path, with_substitution))
    text = markup.read(client.get("/results/yunhe-2025/S2/S2-hu").text).find_all("main")[0].text
    assert "配额样本" in text
    assert "这是配额样本,不是随机样本" in text
    assert "受访的人与没受访的人看法相同" in text
    assert "90% 模型区间" in text
    assert "尚无入户对照" in text
    assert "按配额样本处理" in text
    for word in ("翻转点", "置信区间", "有把握", "样本不足以判断", "名次区间", "±", "扫码的人"):
        assert word not in text, word


def test_a_sample_without_an_answer_says_so_and_shows_no_figure(county):
    reject = (
        "UPDATE responses SET status = 'withdrawn' WHERE sample_id IN "
        "(SELECT id FROM samples WHERE code = 'S2-scan')"
    )
    client = county(YUNHE, reject)
    root = markup.read(client.get("/results/yunhe-2025/S2/S2-scan").text)
    main = root.find_all("main")[0]
    assert "这个样本还没有有效答卷,所以没有数字。" in main.text
    assert "撤回" in main.text
    assert not main.find_all("table")
    assert "知晓率" in markup.read(client.get("/results/yunhe-2025/S2/S2-hu").text).text


def test_a_wave_without_a_sample_says_so(county, tmp_path):
    client = county(
        changed(tmp_path, lambda text: text.replace("\n[recode.age3]", f"{WAVE}\n[recode.age3]"))
    )
    reply = client.get("/results/yunhe-2025/S3/")
    assert reply.status_code == 200
    assert "这一波次没有样本" in reply.text
    assert "没有样本" in client.get("/results/").text
    tabs = markup.read(client.get("/results/yunhe-2025/S1/S1-hu").text).by_class("tabs")[0]
    links = {one.text: one.get("href") for one in tabs.find_all("a")}
    assert links["S3 补充"] == "/results/yunhe-2025/S3/"


def test_an_opt_in_sample_alone_has_no_door_to_compare_with(county, tmp_path):
    def only_scans(text):
        head, _, tail = text.partition('[[sample]]\nid = "S1-hu"')
        scans = tail[tail.index('[[sample]]\nid = "S2-scan"') :]
        return (
            (head + scans)
            .replace('samples = ["S1-hu", "S2-hu"]', 'samples = ["S2-scan"]')
            .replace('changes = [["S1", "S2"]]', "changes = []")
        )

    folder = changed(tmp_path, only_scans)
    for name in ("responses/S1_hu.csv", "responses/S2_hu.csv", "dispositions.csv"):
        (folder / name).unlink()
    client = county(folder)
    text = markup.read(client.get("/results/yunhe-2025/S2/").text).text
    assert "尚无入户对照。" in text
    assert "90% 模型区间" in text
    assert "翻转点" in text


def with_short_codes(folder):
    """The city as if its township were the question, answered and counted by 9 digits."""
    target = folder / "hean"
    shutil.copytree(HEAN, target)
    for file in [target / "study.toml", target / "margins.csv", *target.glob("responses/*.csv")]:
        text = file.read_text(encoding="utf-8-sig").replace("township", "s3_town")
        if file.suffix == ".csv":
            text = re.sub(r"(?<!\d)(419099\d{3})000(?!\d)", r"\1", text)
        text = text.replace('levels = { s3_town = "乡级", ', "levels = { ")
        file.write_text(text, encoding="utf-8")
    return target


def test_totals_of_areas_may_be_written_in_nine_digits(migrated_url, tmp_path):
    folder = with_short_codes(tmp_path)
    with db.open_session(migrated_url) as session:
        load(session, folder)
    with db.open_session(migrated_url) as session:
        figures = compute(session, "hean-2026")
    assert figures.refused == {}
    wanted = estimate_study(read_study_folder(HEAN).folder.study).estimates
    found = [row for result in figures.estimated.values() for row in result.rows]
    assert [row.estimate for row in found] == pytest.approx(
        [row.estimate for row in wanted], abs=1e-9
    )
    assert {row.area for row in found} == {row.area for row in wanted}
