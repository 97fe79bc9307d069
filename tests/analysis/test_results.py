"""The results folder: texts of cells, the recipe, and what is never replaced."""

import json

import pytest

from analysis.study.results import CannotWrite, cell, write_results
from analysis.study.run import estimate_study
from survey.folders import read_study_folder
from tests.analysis.small_study import DOOR, replace, set_cell, write_small_study


@pytest.fixture
def study(tmp_path):
    return write_small_study(tmp_path / "study")


def estimated(study):
    return estimate_study(read_study_folder(study).folder.study)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (1.0, "1"), (-0.0, "0"), (0.1, "0.1"), (1e-17, "1e-17"), (7, "7"), ("x", "x")],
)
def test_numbers_are_written_in_full_and_whole_ones_without_a_fraction(value, text):
    assert cell(value) == text


def test_the_recipe_counts_who_has_no_weighting_variable(study, tmp_path):
    set_cell(study, DOOR, 2, "sex", "")
    replace(study, "study.toml", '["sex"]]', '["sex"]]\nmissing = "drop"')
    write_results(estimated(study), tmp_path / "out", "1.2.3")
    recipe = json.loads((tmp_path / "out" / "run.json").read_text())
    assert recipe["program"] == {"name": "minyi", "version": "1.2.3"}
    weights = {(one["sample"], one["weighting"]): one for one in recipe["weights"]}
    raked, base = weights["W1-door", "rake"], weights["W1-door", "base"]
    assert (raked["respondents"], raked["left_out"]) == (71, {"missing weighting variable": 1})
    assert (base["respondents"], base["left_out"]) == (72, {})
    for margin in raked["margins"]:
        for category in margin["categories"]:
            assert category["after"] == pytest.approx(category["target"], rel=1e-10)


def test_the_recipe_takes_any_value_of_toml(study, tmp_path):
    replace(
        study,
        "study.toml",
        "[[wave]]",
        "[note]\nat = 07:30:00\non = 2026-01-01T08:00:00Z\n\n[[wave]]",
    )
    write_results(estimated(study), tmp_path / "out", "1")
    plan = json.loads((tmp_path / "out" / "run.json").read_text())["plan"]
    assert plan["note"] == {"at": "07:30:00", "on": "2026-01-01T08:00:00+00:00"}


def test_a_folder_of_other_things_is_not_replaced(study, tmp_path):
    out = tmp_path / "home"
    out.mkdir()
    for place in range(9):
        (out / f"letter{place}.txt").write_text("dear")
    with pytest.raises(CannotWrite):
        write_results(estimated(study), out, "1")
    assert len(list(out.iterdir())) == 9


def test_a_link_to_a_results_folder_is_followed(study, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_results(estimated(study), tmp_path / "link", "1")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "run.json").exists()
