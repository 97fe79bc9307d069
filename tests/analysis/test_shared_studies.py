"""The studies with expected tables: equal to R survey 4.5 in every cell."""

from pathlib import Path

import pytest

from analysis.study.results import write_results
from analysis.study.run import estimate_study
from survey.folders import read_study_folder
from tests.rowwise import rowwise

ROOT = Path(__file__).parents[2]
STUDIES = [
    "examples/hean-2026",
    "examples/nhanes-2009",
    "tests/studies/yunhe-2025",
    "tests/studies/hean-2026-selfrep",
]


@pytest.mark.parametrize("study", STUDIES)
def test_the_tables_are_the_expected_ones(study, tmp_path):
    results = estimate_study(read_study_folder(ROOT / study).folder.study)
    write_results(results, tmp_path / "results", "0")
    found = rowwise.read_tables(tmp_path / "results")
    expected = rowwise.read_tables(ROOT / study / "expected")
    assert expected
    # the expected numbers are printed with ten digits
    lines = rowwise.differences(found, expected, relative=1e-6)
    assert [line for line in lines if "row too many" not in line] == []
