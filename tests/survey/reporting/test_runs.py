"""Published runs: given out once, never changed, read within one's area."""

import csv
import hashlib
import io
import json
import shutil
import zipfile

import pytest
import sqlalchemy as sa

from analysis.study.results import recipe, tables
from analysis.study.run import estimate_study
from survey import db
from survey.folders import read_study_folder
from survey.models import Response, ResponseStatus, Run, Sample
from survey.studies.loading import load_folder
from tests import markup
from tests.survey.accounts import world
from tests.survey.reporting.conftest import CITY, HEAN, TOWN

RUNS = "/results/hean-2026/runs/"


@pytest.fixture
def own_app(own_url):
    app = world.app_on(own_url)
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def analyst(own_app):
    return world.log_in(own_app, "analyst")


def publish(client):
    token = world.token_on(client.get("/results/"))
    return client.post(RUNS, data={"csrf_token": token})


def rows(reply):
    assert reply.status_code == 200, reply.text
    return list(csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig"))))


def count(url):
    return world.scalar(url, "SELECT count(*) FROM runs")


def reject_one(url):
    with db.open_session(url) as session:
        query = sa.select(Response).join(Sample, Sample.id == Response.sample_id)
        one = session.scalars(query.where(Sample.code == "W2-qr").limit(1)).one()
        one.status = ResponseStatus.REJECTED


def test_an_analyst_publishes_what_the_command_computes(own_app, own_url, analyst):
    reply = publish(analyst)
    assert (reply.status_code, reply.location) == (303, f"{RUNS}#run-1")
    results = estimate_study(read_study_folder(HEAN).folder.study)
    with db.open_session(own_url) as session:
        run = session.scalars(sa.select(Run)).one()
        assert run.tables == tables(results)
        assert run.number == 1
        assert run.recipe["rows"]["W2-qr"]["used"] == 6200
        assert set(run.recipe) == set(json.loads(recipe(results, "0")))
    page = markup.read(analyst.get(RUNS).text)
    assert page.by_id("run-1").find_all("code")[0].text == run_hash(own_url)
    assert "analyst" in page.by_id("run-1").text
    act = "SELECT subject FROM audit_events WHERE act = 'result.publish'"
    assert world.scalar(own_url, act) == "hean-2026 run 1"


def run_hash(url):
    return world.scalar(url, "SELECT sha256 FROM runs ORDER BY number DESC LIMIT 1")


def test_the_hash_is_that_of_the_files_that_are_handed_out(own_url, analyst):
    publish(analyst)
    archive = zipfile.ZipFile(io.BytesIO(analyst.get(f"{RUNS}1.zip").data))
    names = sorted(archive.namelist())
    assert names == [
        "changes.csv",
        "estimates.csv",
        "modes.csv",
        "outcomes.csv",
        "ranks.csv",
        "run.json",
    ]
    lines = "".join(f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}\n" for name in names)
    assert hashlib.sha256(lines.encode()).hexdigest() == run_hash(own_url)


def test_the_same_figures_are_published_once_and_others_under_the_next_number(own_url, analyst):
    publish(analyst)
    first = run_hash(own_url)
    assert publish(analyst).location == f"{RUNS}#run-1"
    assert count(own_url) == 1
    reject_one(own_url)
    assert publish(analyst).location == f"{RUNS}#run-2"
    assert run_hash(own_url) != first
    assert "第 2 号" in markup.read(analyst.get("/results/hean-2026/W2/").text).text


def test_a_published_run_does_not_move_with_the_answers(own_url, analyst):
    publish(analyst)
    before = analyst.get(f"{RUNS}1/estimates.csv").data
    reject_one(own_url)
    assert analyst.get(f"{RUNS}1/estimates.csv").data == before
    live = markup.read(analyst.get("/results/hean-2026/W2/W2-qr").text)
    assert markup.table(live, "全部区域的指标")["知晓率"]["有效答卷"] == "6,199"
    assert "未发布 · 实时" in live.text


@pytest.mark.parametrize("change", ["UPDATE runs SET number = 7", "DELETE FROM runs"])
def test_nothing_changes_a_run(own_url, analyst, change):
    publish(analyst)
    with pytest.raises(sa.exc.DBAPIError), db.open_session(own_url) as session:
        session.execute(sa.text(change))
    assert count(own_url) == 1


def test_a_study_with_a_run_is_not_replaced(own_url, analyst, tmp_path):
    publish(analyst)
    other = tmp_path / "hean"
    shutil.copytree(HEAN, other)
    text = (other / "study.toml").read_text(encoding="utf-8")
    (other / "study.toml").write_text(text.replace("minimum_n = 30", "minimum_n = 31"), "utf-8")
    read = read_study_folder(other)
    with pytest.raises(Exception, match="published run"), db.open_session(own_url) as session:
        load_folder(session, read, (other / "study.toml").read_text("utf-8"), replace=True)
    assert count(own_url) == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("official", 403),
        ("town", 403),
        ("town-analyst", 404),
        ("county", 403),
        ("administrator", 303),
    ],
)
def test_only_those_who_may_and_see_the_whole_publish(own_app, own_url, who, status):
    client = world.log_in(own_app, who)
    assert publish(client).status_code == status
    assert count(own_url) == (status == 303)


def test_a_sample_that_cannot_be_estimated_forbids_a_publication(own_url, analyst):
    with db.open_session(own_url) as session:
        park = (
            sa.select(Response)
            .join(Sample, Sample.id == Response.sample_id)
            .where(Sample.code == "W2-door", Response.area_code.startswith("419099400"))
        )
        for one in session.scalars(park):
            one.status = ResponseStatus.REJECTED
    reply = publish(analyst)
    assert reply.status_code == 422
    assert "没有发布" in reply.text
    assert count(own_url) == 0
    page = markup.read(analyst.get("/results/hean-2026/W2/W2-door").text)
    assert "这个样本现在还不能估计" in page.text
    assert "临空产业园" in page.text
    assert "估计值" not in page.text


def test_an_official_reads_his_area_and_the_whole_of_a_run(own_app, analyst):
    publish(analyst)
    town = world.log_in(own_app, "town")
    for name in ("estimates.csv", "changes.csv", "modes.csv", "ranks.csv"):
        areas = {(row["domain"], row["area"]) for row in rows(town.get(f"{RUNS}1/{name}"))}
        assert areas <= {("root", CITY), ("township", TOWN)}, name
        assert areas, name
    whole = {row["area"] for row in rows(analyst.get(f"{RUNS}1/estimates.csv"))}
    assert len(whole) > 10
    assert town.get(f"{RUNS}1.zip").status_code == 403
    assert world.log_in(own_app, "town-analyst").get(f"{RUNS}1.zip").status_code == 404


def test_a_run_gives_no_withheld_figure_and_no_bare_rank_away(own_app, analyst):
    publish(analyst)
    official = world.log_in(own_app, "official")
    estimates = rows(official.get(f"{RUNS}1/estimates.csv"))
    withheld = [row for row in estimates if row["display"] == "suppress"]
    assert len(withheld) > 10
    for row in withheld:
        assert row["reason"]
        assert not any(
            row[name] for name in ("estimate", "se", "low", "high", "n_eff", "deff", "cv")
        )
    assert all(row["estimate"] for row in estimates if row["display"] != "suppress")
    hidden = {(row["sample"], row["indicator"], row["domain"], row["area"]) for row in withheld}
    for row in rows(official.get(f"{RUNS}1/changes.csv")):
        about = (row["indicator"], row["domain"], row["area"])
        if any((f"{wave}-{row['sample']}", *about) in hidden for wave in (row["from"], row["to"])):
            assert not any(
                row[name] for name in ("estimate_from", "estimate_to", "difference", "low")
            )
    for row in rows(official.get(f"{RUNS}1/modes.csv")):
        about = (row["indicator"], row["domain"], row["area"])
        if (row["sample"], *about) in hidden:
            assert not any(row[name] for name in ("estimate", "difference", "low", "high"))
    ranks = rows(official.get(f"{RUNS}1/ranks.csv"))
    assert ranks
    assert "rank" not in ranks[0]
    assert {"rank_low", "rank_high"} <= ranks[0].keys()


def test_what_is_not_there_is_not_found(own_app, analyst):
    publish(analyst)
    for path in (
        f"{RUNS}2/estimates.csv",
        f"{RUNS}1/nothing.csv",
        f"{RUNS}2.zip",
        "/results/none/runs/",
    ):
        assert analyst.get(path).status_code == 404, path
    assert world.log_in(own_app, "county").get(f"{RUNS}1/estimates.csv").status_code == 404
