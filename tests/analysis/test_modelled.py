"""Which rates of a study are given by the model, and what they never are."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from analysis.study.modelled import ModelledRate, modelled_rates
from analysis.study.run import estimate_study
from survey.folders import read_study_folder

HEAN = Path(__file__).parents[2] / "examples" / "hean-2026"
DOOR = ("W0-door", "post")


@pytest.fixture(scope="module")
def results():
    return estimate_study(read_study_folder(HEAN).folder.study)


@pytest.fixture(scope="module")
def rates(results):
    return modelled_rates(results.study, results.estimated)


def with_rows(results, change):
    """The figures of the first door sample alone, its lines changed."""
    door = results.estimated[DOOR]
    rows = tuple(row for row in map(change, door.rows) if row is not None)
    return modelled_rates(results.study, {DOOR: replace(door, rows=rows)})


def of_awareness(rates):
    return [one for one in rates if one.indicator == "AW"]


def test_only_suppressed_rates_of_areas_in_probability_samples_are_modelled(results, rates):
    areas = results.study.tree.areas
    kinds = {one.code: one.is_rate for one in results.study.indicators}
    wanted = {
        (sample, *row.key)
        for (sample, weighting), done in results.estimated.items()
        if sample.endswith("door") and weighting == "post"
        for row in done.rows
        if row.is_suppressed and row.domain == "township" and kinds[row.indicator]
    }
    assert {(one.sample, *one.key) for one in rates} == wanted
    assert len(rates) == len(wanted) > 20
    assert all(one.area in areas for one in rates)
    assert {one.weighting for one in rates} == {"post"}


def test_a_rate_has_an_interval_a_share_and_the_number_of_areas(rates):
    (one,) = [rate for rate in of_awareness(rates) if rate.sample == "W0-door"]
    assert one.estimate == pytest.approx(0.769, abs=5e-4)
    assert (one.low, one.high) == pytest.approx((0.715, 0.820), abs=5e-4)
    assert one.gamma == pytest.approx(0.38, abs=5e-3)
    assert (one.areas, one.level, one.reason) == (9, 0.95, "")


def test_it_lies_between_the_direct_rate_and_the_others(results, rates):
    (one,) = [rate for rate in of_awareness(rates) if rate.sample == "W0-door"]
    rows = {row.key: row for row in results.estimated[DOOR].rows}
    others = [
        row.estimate
        for row in rows.values()
        if (row.indicator, row.domain) == ("AW", "township") and row.area != one.area
    ]
    assert rows[one.key].estimate < one.estimate < sum(others) / len(others)


def test_nothing_of_it_could_be_a_verdict_or_a_rank():
    names = {field.name for field in fields(ModelledRate)}
    assert not names & {"target", "decision", "position", "rank", "rank_low", "tipping", "display"}


def test_it_changes_no_line_of_the_tables(results):
    before = results.estimates
    modelled_rates(results.study, results.estimated)
    again = estimate_study(results.study)
    assert again.estimates == before
    assert modelled_rates(again.study, again.estimated) == modelled_rates(
        results.study, results.estimated
    )


def test_a_model_does_not_excuse_an_interval_that_is_too_wide(rates):
    refused = [one for one in rates if one.reason]
    assert [(one.sample, one.indicator, one.reason) for one in refused] == [
        ("W0-door", "CO", "width/p>1.30")
    ]
    assert (refused[0].estimate, refused[0].low, refused[0].high, refused[0].gamma) == (None,) * 4


def test_four_areas_are_refused(results):
    kept = [f"41909900{i}000" for i in (1, 2, 3)] + ["419099100000"]
    found = with_rows(
        results, lambda row: row if row.domain != "township" or row.area in kept else None
    )
    assert {(one.reason, one.areas, one.estimate) for one in of_awareness(found)} == {
        ("areas<5", 4, None)
    }


def test_areas_of_one_cluster_each_are_refused(results):
    found = with_rows(results, lambda row: replace(row, df=0.0, se=None))
    assert {one.reason for one in of_awareness(found)} == {"df<8"}


def test_an_area_without_answers_is_refused_and_no_part_of_the_model(results):
    gone = "419099100000"
    found = with_rows(
        results, lambda row: replace(row, n=0, estimate=None, se=None, df=0.0)
        if row.area == gone else row,
    )  # fmt: skip
    (one,) = of_awareness(found)
    assert (one.area, one.reason, one.areas, one.estimate) == (gone, "n=0", 8, None)


def test_rates_of_100_percent_everywhere_are_refused(results):
    found = with_rows(
        results, lambda row: replace(row, estimate=1.0, se=0.0) if row.domain == "township" else row
    )
    assert {one.reason for one in of_awareness(found)} == {"events=0"}


def test_a_study_without_an_area_variable_has_none(results):
    estimation = replace(results.study.plan.estimation, domains=("root", "age2"))
    study = replace(results.study, plan=replace(results.study.plan, estimation=estimation))
    assert modelled_rates(study, results.estimated) == []
