"""Post-stratification, raking and collapsing."""

import numpy as np
import pytest

from analysis.calibration import Margin, calibrate, fit_margins
from analysis.cells import Column
from analysis.errors import EmptyCells, MarginsDisagree, MarginsNotMet, UnknownCells
from tests.analysis.r_survey import Design, result


def fit(margins, columns, collapse=False):
    counts = np.ones(len(columns[0]), np.int64)
    return fit_margins(
        margins, [Column.of(c) for c in columns], counts, counts.astype(float), collapse=collapse
    )


def test_post_stratified_weights_are_those_of_r():
    sample, expected = Design("strat"), result("poststrat-001")
    weights = sample.weights({("stype",): {"E": 4500, "H": 760, "M": 1030}}).final
    assert sorted(weights) == pytest.approx(sorted(expected["weights"]), rel=1e-13)


@pytest.mark.parametrize(
    ("case", "design", "margins"),
    [
        (
            "rake-001",
            "syn_a2",
            {
                ("sex",): {"F": 15000, "M": 14500},
                ("age",): dict(zip("123456", [4000, 5600, 5900, 5400, 4800, 3800], strict=True)),
                ("district",): dict(
                    zip(
                        ["D01", "D02", "D03", "D04", "D05", "D06", "D08"],
                        [4000, 4200, 4300, 4100, 4400, 4150, 4350],
                        strict=True,
                    )
                ),
            },
        ),
        (
            "rake-002",
            "strat",
            {
                ("stype",): {"E": 4421, "H": 755, "M": 1018},
                ("sch_wide",): {"No": 1072, "Yes": 5122},
            },
        ),
    ],
)
def test_raked_weights_are_those_of_r_and_meet_every_margin(case, design, margins):
    sample, expected = Design(design), result(case)
    weights = sample.weights(margins)
    # R stops when its weights change by less than 1e-10
    assert sorted(weights.final) == pytest.approx(sorted(expected["weights"]), rel=1e-7)
    for margin, totals in zip(weights.margins, margins.values(), strict=True):
        reached = margin.sums(weights.final)
        wanted = [totals[category] for category in margin.categories]
        assert np.abs(reached - wanted).max() <= 1e-12 * sum(wanted)


def test_raking_to_one_margin_is_post_stratification_and_adds_a_factor_for_each_category():
    fitted = fit([Margin("a", {"x": 30, "y": 10})], [list("xxxy")])
    base = np.array([1.0, 2.0, 3.0, 4.0])
    weights = calibrate(fitted, np.ones(4, int), base)
    assert weights.tolist() == [5, 10, 15, 10]


def test_margins_are_scaled_to_the_first_up_to_half_a_percent():
    columns = [list("xxyy"), list("pqpq")]
    near = fit([Margin("a", {"x": 100, "y": 100}), Margin("b", {"p": 100, "q": 101})], columns)
    assert near[1].targets.sum() == pytest.approx(200, rel=1e-15)
    with pytest.raises(MarginsDisagree) as refused:
        fit([Margin("a", {"x": 100, "y": 100}), Margin("b", {"p": 100, "q": 101.1})], columns)
    assert (refused.value.margin, refused.value.first) == ("b", "a")


def test_margins_that_no_weights_meet_are_refused_with_the_worst():
    fitted = fit(
        [Margin("a", {"x": 60, "y": 40}), Margin("b", {"p": 30, "q": 70})],
        [list("xxyy"), list("ppqq")],
    )
    with pytest.raises(MarginsNotMet) as refused:
        calibrate(fitted, np.ones(4, int), np.ones(4))
    assert (refused.value.margin, refused.value.total) == ("a", 60)
    assert refused.value.reached == pytest.approx(30)


def test_a_total_without_a_respondent_is_refused_and_a_zero_total_is_not():
    with pytest.raises(EmptyCells) as refused:
        fit([Margin("a", {"x": 1, "y": 2, "z": 0})], [list("xxx")])
    assert refused.value.cells == ("a y",)
    assert fit([Margin("a", {"x": 1, "z": 0})], [list("xxx")])[0].categories == ("x",)


def test_respondents_in_a_category_without_a_total_are_refused():
    with pytest.raises(UnknownCells) as refused:
        fit([Margin("a", {"x": 1, "y": 0})], [list("xy")])
    assert refused.value.cells == ("y",)


@pytest.mark.parametrize(
    ("present", "targets"),
    [
        ("1 2", {"1": 1, "2": 2 + 4}),  # the last goes to the one before
        ("2 3", {"2": 2 + 1, "3": 4}),  # the first to the one after
        ("1 3", {"1": 1 + 2, "3": 4}),
        ("3", {"3": 7}),  # repeated
        ("1", {"1": 7}),
    ],
)
def test_an_empty_category_is_joined_to_its_neighbour(present, targets):
    column = [f"t*{value}" for value in present.split()] + ["u*1"]
    totals = {"t*1": 1, "t*2": 2, "t*3": 4, "u*1": 8}
    fitted = fit([Margin("a*b", totals)], [column], collapse=True)[0]
    found = dict(zip(fitted.categories, fitted.targets.tolist(), strict=True))
    assert found == {**{f"t*{k}": v for k, v in targets.items()}, "u*1": 8}
    assert len(fitted.collapsed) == 4 - len(found)


def test_leading_values_without_any_respondent_cannot_be_collapsed():
    with pytest.raises(EmptyCells):
        fit([Margin("a*b", {"t*1": 1, "u*1": 2})], [["t*1"]], collapse=True)
