"""The product against the row-by-row computation of ``tests/rowwise``, on every variant."""

import pytest

from analysis.study.problems import StudyRefused
from analysis.study.results import write_results
from analysis.study.run import estimate_study
from survey.folders import read_study_folder
from tests.rowwise import rowwise
from tests.rowwise.studies import REFUSED, VARIANTS, write_study

RELATIVE = 1e-9  # the contract asks for 1e-6; what is left is the order of summation


@pytest.mark.parametrize("seed", [7, 11])
@pytest.mark.parametrize("name", VARIANTS)
def test_all_five_tables_agree(name, seed, tmp_path):
    write_study(tmp_path / "study", seed=seed, **VARIANTS[name])
    try:
        expected = rowwise.compute(tmp_path / "study")
    except rowwise.CannotEstimate:
        with pytest.raises(StudyRefused):
            estimate_study(read_study_folder(tmp_path / "study").folder.study)
        return
    results = estimate_study(read_study_folder(tmp_path / "study").folder.study)
    write_results(results, tmp_path / "results", "0")
    found = rowwise.read_tables(tmp_path / "results")
    assert rowwise.differences(found, expected, relative=RELATIVE) == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_other_computation_refuses_is_refused(name, tmp_path):
    write_study(tmp_path, seed=7, **REFUSED[name])
    with pytest.raises(StudyRefused):
        estimate_study(read_study_folder(tmp_path).folder.study)
