"""The models of small areas give the numbers of R sae and hbsae; what both models share."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from analysis import small_area
from analysis.area_level import FitMethod, fay_herriot, fay_herriot_hb
from analysis.errors import NotConverged, NotFinite, ShapesDisagree, SingularCovariates
from analysis.small_area import checked, highest, normal_limits, require_independent, root, scan
from analysis.unit_level import unit_eblup

# Data under the GPL, which may lie beside the project and must not be in it.
REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
beside = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="GPL data of R sae are not part of the project"
)


def result(case):
    cases = json.loads((REFERENCE / "cases.json").read_text(encoding="utf-8"))["cases"]
    return next(one["result"] for one in cases if one["id"] == case)


def table(name):
    with (REFERENCE / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(rows, name):
    return np.array([float(row[name]) for row in rows])


def milk():
    rows = table("milk")
    major = column(rows, "MajorArea")
    covariates = np.column_stack([np.ones(len(rows)), *(major == level for level in (2, 3, 4))])
    return column(rows, "yi"), column(rows, "SD") ** 2, covariates


@beside
@pytest.mark.parametrize(
    ("case", "method"), [("001", FitMethod.REML), ("002", FitMethod.ML), ("003", FitMethod.FH)]
)
def test_fay_herriot_is_that_of_r_sae(case, method):
    wanted, found = result(f"fay_herriot-{case}"), fay_herriot(*milk(), method)
    assert found.eblup == pytest.approx(wanted["eblup"], rel=1e-10)
    assert found.mse == pytest.approx(wanted["mse"], rel=1e-10)
    assert found.area_variance == pytest.approx(wanted["refvar"], rel=1e-10)
    assert found.beta == pytest.approx(wanted["beta"], rel=1e-10)
    assert found.se_beta == pytest.approx(wanted["se_beta"], rel=1e-10)


@beside
def test_the_hierarchical_model_is_that_of_r_hbsae():
    wanted, found = result("fay_herriot_hb-001"), fay_herriot_hb(*milk())
    # R integrates with a relative tolerance of 1e-4 only
    assert found.mean == pytest.approx(wanted["est"]["values"], rel=1e-5)
    assert found.variance == pytest.approx(wanted["mse"]["values"], rel=1e-5)


@beside
def test_the_unit_model_is_that_of_r_sae():
    wanted = result("unit_eblup-001")
    rows, counties = table("cornsoybean"), table("cornsoybeanmeans")
    rows.pop(32)  # left out by Battese, Harter and Fuller
    means = [column(counties, f"Mean{name}PixPerSeg") for name in ("Corn", "SoyBeans")]
    found = unit_eblup(
        column(rows, "CornHec"),
        np.column_stack([np.ones(len(rows)), column(rows, "CornPix"), column(rows, "SoyBeansPix")]),
        column(rows, "County").astype(int) - 1,
        np.column_stack([np.ones(len(counties)), *means]),
        column(counties, "PopnSegments"),
    )
    # R stops before the last digits of the maximum
    assert found.eblup == pytest.approx(wanted["eblup"], rel=1e-7)
    assert found.beta == pytest.approx(wanted["fixed"], rel=1e-7)
    assert found.area_variance == pytest.approx(wanted["refvar"], rel=1e-6)
    assert found.error_variance == pytest.approx(wanted["errorvar"], rel=1e-6)


def test_of_several_tops_the_highest_is_found():
    slope = np.polynomial.Polynomial.fromroots([1, 2, 4, 5.5, 6]) * -1.0
    height = slope.integ()
    assert height(4) > max(height(1), height(6))
    assert highest(height, slope, np.linspace(0.0, 7, 48)) == pytest.approx(4, rel=1e-13)


def test_a_top_may_be_at_the_start():
    assert highest(lambda x: -x, lambda x: -1.0, scan(1e-3, 1e3)) == 0
    assert highest(lambda x: -x, lambda x: -1.0, scan(1.0, 0.0)) == 0


def test_what_still_rises_at_the_end_has_no_top():
    with pytest.raises(NotConverged, match="the search of a maximum"):
        highest(lambda x: x, lambda x: 1.0, scan(1e-3, 1e3))
    with pytest.raises(NotConverged, match="the search of a maximum"):
        highest(lambda x: x, lambda x: (x - 1) * (x - 2), np.array([0.0, 1.5, 3]))


def test_a_root_has_all_its_digits_also_near_the_start():
    assert root(lambda x: 1e-9 - x, 0.0, 1.0) == pytest.approx(1e-9, rel=1e-5)
    assert root(lambda x: 2 - x * x, 0.0, 1e3) == pytest.approx(np.sqrt(2), rel=1e-13)


def test_a_search_that_does_not_end_is_refused(monkeypatch):
    monkeypatch.setattr(small_area, "STEPS", 2)
    with pytest.raises(NotConverged, match="the search of a root did not end in 2 steps"):
        root(lambda x: 2 - x**3, 0.0, 1e3)


def test_limits_are_normal_quantiles():
    low, high = normal_limits(np.array([0.5, 3.0]), np.array([0.04, 4.0]), 0.9)
    spread = np.array([0.2, 2.0])
    assert low == pytest.approx(stats.norm([0.5, 3.0], spread).ppf(0.05))
    assert high == pytest.approx(stats.norm([0.5, 3.0], spread).ppf(0.95))


@pytest.mark.parametrize("values", [3.0, [], [1.0, 2], [[1.0, 2, 3]]])
def test_a_shape_that_does_not_fit_is_refused(values):
    with pytest.raises(ShapesDisagree, match=r"^y has shape .*, wanted \(3\)$"):
        checked("y", values, (3,))


def test_any_length_but_none_at_all():
    assert checked("x", [[1, 2]], (None, 2)).shape == (1, 2)
    with pytest.raises(ShapesDisagree, match=r"x has shape \(0,\), wanted \(any\)"):
        checked("x", [], (None,))
    with pytest.raises(ShapesDisagree, match=r"wanted \(2, any\)"):
        checked("x", np.zeros((2, 0)), (2, None))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_refused(value):
    with pytest.raises(NotFinite, match="y holds"):
        checked("y", [1.0, value], (2,))


@pytest.mark.parametrize(
    "columns",
    [
        [[1, 1, 1, 1], [0, 0, 0, 0]],
        [[1, 1, 1, 1], [1e9, 2e9, 3e9, 4e9], [3, 5, 7, 9]],
        [[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]],
    ],
)
def test_covariates_that_depend_on_each_other_are_refused(columns):
    with pytest.raises(SingularCovariates):
        require_independent(np.array(columns, float).T)


def test_covariates_may_have_any_units():
    require_independent(np.array([[1e-9, 1e-9, 1e-9, 1e-9], [1e9, 2e9, 3e9, 5e9]]).T)
    with pytest.raises(SingularCovariates):
        require_independent(np.array([[1.0, 2, 3]]))
