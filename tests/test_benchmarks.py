"""What make bench times gives the numbers it should; nothing is timed here."""

import dataclasses
import json
import sys

import numpy as np
import pytest

from analysis import estimation
from analysis.design_columns import build_design
from analysis.sums import add_up
from benchmarks import jobs, made_up
from benchmarks.peers import measure
from benchmarks.report import Run, Runs, bars, duration, render


@pytest.fixture(scope="module")
def data():
    return made_up.make(20_000, seed=3)


@pytest.fixture
def saved(data, tmp_path):
    measure.save(data, tmp_path)
    return tmp_path


def of_rows(data, outcome, district):
    columns = data.columns
    design = build_design(
        weights=columns["weight"], strata=columns["district"], clusters=columns["cluster"]
    )
    return estimation.mean(columns[outcome], design.domain(columns["district"] == district))


def test_the_table_is_that_of_the_rows(data):
    found = jobs.table(data)()
    for district in (0, 57, 99):
        for rate, outcome in enumerate(data.outcomes):
            one = of_rows(data, outcome, district)
            assert found["rate"][district, rate] == pytest.approx(one.value[0], rel=1e-13)
            assert found["se"][district, rate] == pytest.approx(one.se[0], rel=1e-12)
    assert (found["low"] < found["rate"]).all()
    assert (found["rate"] < found["high"]).all()


def test_the_floor_has_the_sums_of_the_table(data):
    floor, ours = jobs.floor(data)(), add_up(made_up.coded(data))
    order = np.argsort(floor["cluster"])
    np.testing.assert_array_equal(floor["cluster"][order], ours.cluster)
    np.testing.assert_array_equal(floor["district"][order], ours.domain)
    np.testing.assert_array_equal(floor["n"][order], ours.n[:, 0])
    np.testing.assert_allclose(floor["weights"][order], ours.answered[:, 0], rtol=1e-13)
    for rate, outcome in enumerate(data.outcomes):
        np.testing.assert_allclose(floor[outcome][order], ours.yes[:, rate], rtol=1e-13)


def test_raking_meets_the_margins_and_is_no_free_lunch(data):
    assert measure.missed(data, jobs.raking(data)()["weight"]) < 1e-11
    assert measure.missed(data, data.columns["weight"]) > 0.01


def test_errors_after_raking_are_near_those_before(data):
    before, after = jobs.table(data)(), jobs.raked(data)()
    assert np.median(after["se"] / before["se"]) == pytest.approx(1, abs=0.05)
    assert np.abs(after["rate"] - before["rate"]).max() > 1e-4


def test_replicates_give_the_linearized_errors(data):
    table, replicated = jobs.table(data)(), jobs.bootstrap(data)()
    np.testing.assert_array_equal(replicated["rate"], table["rate"])
    assert np.median(replicated["se"] / table["se"]) == pytest.approx(1, abs=0.02)


def test_a_saved_sample_is_loaded_as_it_was(data, saved):
    again = measure.load(saved)
    assert again.rows == data.rows
    assert again.columns.keys() == data.columns.keys()
    for name, column in data.columns.items():
        np.testing.assert_array_equal(again.columns[name], column)
    for name, totals in data.targets.items():
        np.testing.assert_array_equal(again.targets[name], totals)


def test_a_job_prints_one_line(saved, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["jobs", str(saved), "rake"])
    measure.main("minyi", ["numpy"], jobs.JOBS)
    run = Run(**json.loads(capsys.readouterr().out))
    assert (run.tool, run.job, run.rows) == ("minyi", "rake", 20_000)
    assert run.values["missed"][0] < 1e-11
    assert len(run.values["weight"]) == measure.WEIGHTS_SHOWN
    assert 0 < run.before_mb <= run.peak_mb


def test_too_few_rows_for_the_clusters_are_refused():
    with pytest.raises(ValueError, match="10000 rows"):
        made_up.make(9_999)


def run(tool, job, seconds, rows=1_000_000, peak_mb=100.0, **values):
    versions = {tool: "1.0"}
    return Run(tool, job, rows, seconds, 5, peak_mb, peak_mb, versions, values)


MEASURED = [
    run("minyi", "table", 0.02, rate=[0.5, 0.25]),
    run("minyi", "rake", 0.01),
    run("minyi", "raked", 0.3),
    run("minyi", "bootstrap", 0.2),
    run("DuckDB", "floor", 0.01),
    run("svy", "table", 2.0, rate=[0.5, 0.5]),
    run("svy", "rake", 0.4),
    run("balance", "rake", 0.2),
]


def test_bars_are_met_at_their_edge():
    found = bars(Runs(MEASURED))
    assert [bar.measured for bar in found[:3]] == ["2.00 ×", "100 ×", "20 ×"]
    assert "balance" in found[2].wanted
    assert all(bar.met for bar in found)


@pytest.mark.parametrize("number", range(5))
def test_each_bar_can_be_missed(number):
    slow = [0.021, 0.011, 0.51, 0.51, None][number]
    one = MEASURED[min(number, 3)]
    worse = dataclasses.replace(one, seconds=slow or one.seconds, peak_mb=100 if slow else 401)
    found = bars(Runs([worse, *(other for other in MEASURED if other is not one)]))
    assert not all(bar.met for bar in found)


def test_the_report_names_ratio_and_difference():
    text = render(Runs(MEASURED), most_runs=5)
    assert "| svy | 2.0 s (100 ×) |" in text
    assert "| table | svy | rate | 5e-01 |" not in text
    assert "| table | svy | rate | 1e+00 |" in text
    assert "svy 1.0" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.00129, "1.29 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (47.5, "47.5 s")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
