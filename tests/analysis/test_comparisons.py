"""changes, modes and ranks of whole studies, where the samples of a pair differ."""

import pytest

from analysis.study.results import write_results
from analysis.study.run import estimate_study
from survey.folders import read_study_folder
from tests.analysis.small_study import drop_lines, read_table, write_table
from tests.rowwise import rowwise
from tests.rowwise.studies import write_study

OPTIONS = {"covariance": "true", "shared": 1.0, "size": 14, "weightings": ("base",)}


def changed(study, old, new, *, sample):
    """study.toml with a text of one [[sample]] replaced."""
    path = study / "study.toml"
    before, mark, after = path.read_text(encoding="utf-8").partition(f'id = "{sample}"')
    assert old in after
    path.write_text(before + mark + after.replace(old, new, 1), encoding="utf-8")


def changes_of(study, out):
    results = estimate_study(read_study_folder(study).folder.study)
    write_results(results, out, "0")
    assert rowwise.differences(rowwise.read_tables(out), rowwise.compute(study)) == []
    return results.changes


def test_a_change_is_distinguishable_only_between_two_probability_samples(tmp_path):
    write_study(tmp_path / "study", seed=7, **OPTIONS)
    both = changes_of(tmp_path / "study", tmp_path / "one")
    assert {change.distinguishable for change in both} & {"yes", "no"}
    changed(tmp_path / "study", 'substitution = "none"', 'substitution = "next"', sample="B1-main")
    second_demoted = changes_of(tmp_path / "study", tmp_path / "two")
    assert {change.distinguishable for change in second_demoted} == {""}
    assert [change.difference for change in second_demoted] == [c.difference for c in both]


def test_a_stratum_alone_in_the_pool_follows_the_rule_of_the_wave_it_is_in(tmp_path):
    """The first wave fails on lonely clusters and has none; the second brings one."""
    study = tmp_path / "study"
    write_study(study, seed=7, lonely="adjust", lonely_strata=1, **OPTIONS)
    town = "659088004000"
    drop_lines(study, "responses/main0.csv", town)
    changed(study, 'lonely_psu = "adjust"', f'lonely_psu = "fail"\nnot_covered = ["{town}"]',
            sample="B0-main")  # fmt: skip
    results = estimate_study(read_study_folder(study).folder.study)
    assert any(change.se for change in results.changes)
    assert any(town in change.area for change in results.changes) is False


def test_a_rate_that_the_weighting_fixes_has_no_covariance(tmp_path):
    """Its residuals are rounding only; a correlation of those would be anything."""
    study = tmp_path / "study"
    write_study(study, seed=7, **OPTIONS | {"weightings": ("rake_age_sex",)})
    rows = read_table(study / "indicators.csv")
    women = ["SEX", "女性", "women", "rate", "xb", "f", "f|m", "", "", "", "", ""]
    write_table(study / "indicators.csv", [*rows, women])
    found = changes_of(study, tmp_path / "out")
    (whole,) = [c for c in found if (c.indicator, c.domain) == ("SEX", "root")]
    assert whole.se < 1e-12
    assert whole.high == pytest.approx(-whole.low, rel=0.2)
    assert whole.high > 0.05
