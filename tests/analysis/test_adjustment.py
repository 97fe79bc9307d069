"""Weighting of a design: R's numbers, identities between the steps, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analysis import estimation
from analysis.adjustment import adjust_nonresponse, poststratify, rake, standardize, trim
from analysis.design_columns import build_design
from analysis.errors import (
    ColumnsDependent,
    DesignFaulty,
    EmptyCells,
    MarginsDisagree,
    MarginsNotMet,
    MissingCodes,
    NotFinite,
    NothingInDomain,
    NoWeightWithin,
    ShapesDisagree,
    TotalOutOfReach,
    TotalsNotMet,
    UnknownCells,
)
from analysis.estimation import answered
from analysis.greg import Factors, calibrate
from analysis.steps import Known
from tests.analysis.samples import cases, code, data, sample

SYN, STRAT, CLUS2 = data("syn_a2"), data("strat"), data("clus2")
SEX, AGE, DISTRICT = code(SYN["sex"]), code(SYN["age"]), code(SYN["district"])
KIND = code(STRAT["stype"])
PERSONS = np.column_stack(
    [np.ones(len(SEX)), SEX, *(age == AGE for age in range(1, 6)), SYN["score"]]
).astype(float)
PERSON_TOTALS = [29500, 14500, 5600, 5900, 5400, 4800, 3800, 29500 * 66]
SCHOOLS = np.column_stack([np.ones(200), KIND == 1, KIND == 2, STRAT["api99"]]).astype(float)
SCHOOL_TOTALS = [6194, 755, 1018, 3914069]
DISTRICTS = np.column_stack([np.ones(len(CLUS2["api99"])), CLUS2["api99"]])
AGES = [4000, 5600, 5900, 5400, 4800, 3800]
CROSSED = [2600, 2500, 3100, 3000, 2900, 3050, 2500, 2400, 1900, 1700, 1500, 1100]
SYN_MARGINS = [
    Known(SEX, [15000, 14500], "sex", ("F", "M")),
    Known(AGE, AGES, "age"),
    Known(DISTRICT, [4000, 4200, 4300, 4100, 4400, 4150, 4350], "district"),
]

# case -> design, weighting
WEIGHTINGS = {
    "poststrat-001": ("strat", lambda d: poststratify(d, KIND, [4500, 760, 1030])),
    "poststrat-002": ("syn_a2", lambda d: poststratify(d, AGE * 2 + SEX, CROSSED)),
    "poststrat-003": (
        "syn_a2",
        lambda d: poststratify(
            d, SYN["edu"].astype(int) - 1, [9000, 11000, 8000, 1200, 300], partial=True
        ),
    ),
    "rake-001": ("syn_a2", lambda d: rake(d, SYN_MARGINS)),
    "rake-002": (
        "strat",
        lambda d: rake(
            d, [Known(KIND, [4421, 755, 1018]), Known(code(STRAT["sch_wide"]), [1072, 5122])]
        ),
    ),
    "calibrate_linear-003": (
        "clus2",
        lambda d: calibrate(d, DISTRICTS, [6194, 3914069], within=CLUS2["dnum"].astype(int)),
    ),
    "trim-001": ("syn_a2", lambda d: trim(d, upper=90, lower=10)),
    "trim-002": ("syn_a2", lambda d: trim(d, upper=np.quantile(SYN["w"], 0.95), strict=True)),
    "trim-003": (
        "clus2_1st",
        lambda d: trim(
            calibrate(d, DISTRICTS, [6194, 3914069]).design, upper=70, lower=20, strict=True
        ),
    ),
}
for kind, wide, narrow in [
    ("linear", None, None),
    ("raking", None, None),
    ("logit", (0.2, 4), (0.8, 1.25)),
    ("bounded", None, (0.9, 1.1)),
]:
    distance = "linear" if kind == "bounded" else kind
    of_persons = {"distance": distance} | ({"bounds": wide} if wide else {})
    of_schools = {"distance": distance} | ({"bounds": narrow} if narrow else {})
    number = "001" if kind == "bounded" else "002"
    WEIGHTINGS[f"calibrate_{kind}-{number}"] = (
        "strat",
        lambda d, k=of_schools: calibrate(d, SCHOOLS, SCHOOL_TOTALS, **k),
    )
    if kind != "bounded":
        WEIGHTINGS[f"calibrate_{kind}-001"] = (
            "syn_a2",
            lambda d, k=of_persons: calibrate(d, PERSONS, PERSON_TOTALS, **k),
        )


def close(expected, tolerance=1e-9):
    return pytest.approx(expected, rel=tolerance, abs=1e-12)


def check(estimate, expected, tolerance=1e-9):
    assert estimate.value == close(expected["est"], tolerance)
    assert estimate.se == close(expected["se"], tolerance)


def mean(design, *variables):
    values = np.column_stack(variables)
    return estimation.mean(values, design.domain(answered(values)))


@pytest.mark.parametrize("case", WEIGHTINGS)
def test_weights_and_errors_are_those_of_r(case):
    name, weighting = WEIGHTINGS[case]
    design, expected = weighting(sample(name)).design, cases("r_weighting")[case]["result"]
    tolerance = 1e-8 if case.startswith("rake") else 1e-9  # where R stops
    weights = design.weights
    assert weights[:20] == close(expected["first20"], tolerance)
    assert (weights.sum(), (weights**2).sum()) == close(
        (expected["sum"], expected["sumsq"]), tolerance
    )
    if "min" in expected:
        assert (weights.min(), weights.max()) == close(
            (expected["min"], expected["max"]), tolerance
        )
    found = [part for key, part in expected.items() if key in {"1", "2", "3"}]
    for part in found:
        if "names" in part:
            variables = [data(name)[variable] for variable in part["names"]]
            if "total" in case or part["est"][0] > 2000:
                check(estimation.total(np.column_stack(variables), design), part, tolerance)
            else:
                check(mean(design, *variables), part, tolerance)
        else:
            variable = next(key for key in part["columns"] if key != "se")
            parts = estimation.by_domain(
                [DISTRICT], design, lambda d, v=variable: estimation.mean(SYN[v], d)
            ).parts
            assert [p.value[0] for p in parts] == close(part["columns"][variable], tolerance)
            assert [p.se[0] for p in parts] == close(part["columns"]["se"], tolerance)


def test_standardization_is_that_of_r():
    shares = [0.12, 0.2, 0.2, 0.2, 0.16, 0.12]
    design = standardize(sample("syn_a2"), AGE, DISTRICT, shares).design
    expected = cases("r_weighting")["standardize-001"]["result"]["columns"]
    for level in range(7):
        part = estimation.mean(SYN["aware"], design.domain(level == DISTRICT))
        assert part.value[0] == close(expected["aware"][level])
        assert part.se[0] == close(expected["se"][level])


def test_standardization_of_those_who_answered_is_that_of_r():
    part = sample("syn_a2").domain(answered(SYN["satisf"]))
    design = standardize(part, AGE, DISTRICT, [0.12, 0.2, 0.2, 0.2, 0.16, 0.12]).design
    found = estimation.by_domain([DISTRICT], design, lambda d: estimation.mean(SYN["satisf"], d))
    expected = cases("r_adjustment")["standardize_missing"]
    assert [p.value[0] for p in found.parts] == close(expected["est"])
    assert [p.se[0] for p in found.parts] == close(expected["se"])
    left = ~part.in_domain
    assert (design.weights[left] == part.weights[left]).all()


def test_standardization_of_the_whole_sample_is_that_of_r():
    design = standardize(sample("syn_a2"), AGE, None, [1, 2, 2, 2, 2, 1]).design
    check(mean(design, SYN["aware"]), cases("r_adjustment")["standardize_whole"])


@pytest.mark.parametrize(
    ("case", "arguments"),
    [
        ("variance", {"variance": STRAT["api99"]}),
        ("raking_bounded", {"distance": "raking", "bounds": (0.9, 1.1)}),
        ("weights_bounded", {"bounds": (15 / STRAT["pw"], 46 / STRAT["pw"])}),
    ],
)
def test_variances_and_other_bounds_are_those_of_r(case, arguments):
    design = calibrate(sample("strat"), SCHOOLS, SCHOOL_TOTALS, **arguments).design
    expected = cases("r_adjustment")[case]
    assert design.weights[:20] == close(expected["weights"])
    check(mean(design, STRAT["api00"]), expected["mean"])
    check(estimation.total(STRAT["enroll"], design), expected["total"])


# --- identities ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"distance": "raking"},
        {"distance": "logit", "bounds": (0.1, 6)},
        {"bounds": (0.3, 2.5)},
        {"bounds": (0, 3)},
    ],
)
def test_a_total_that_was_calibrated_to_is_known(arguments):
    found = calibrate(sample("syn_a2"), PERSONS, PERSON_TOTALS, **arguments)
    totals = estimation.total(PERSONS, found.design)
    assert totals.value == pytest.approx(PERSON_TOTALS, rel=1e-12)
    assert totals.se == pytest.approx(np.zeros(8), abs=1e-6)
    (reached,) = found.trace.margins
    assert reached.after == pytest.approx(PERSON_TOTALS, rel=1e-12)
    assert reached.before == pytest.approx(sample("syn_a2").weights @ PERSONS)
    low, high = arguments.get("bounds", (-np.inf, np.inf))
    assert low <= found.trace.smallest_factor <= found.trace.largest_factor <= high


def test_margins_that_were_met_are_known():
    crossed = poststratify(sample("syn_a2"), AGE * 2 + SEX, CROSSED).design
    assert estimation.total(np.eye(12)[AGE * 2 + SEX], crossed).se == pytest.approx(
        np.zeros(12), abs=1e-8
    )
    raked = rake(sample("syn_a2"), SYN_MARGINS).design
    assert estimation.total(np.eye(6)[AGE], raked).se == pytest.approx(np.zeros(6), abs=1e-8)


def test_poststratification_is_linear_calibration_to_the_cells():
    cells = np.eye(12)[AGE * 2 + SEX]
    one = poststratify(sample("syn_a2"), AGE * 2 + SEX, CROSSED).design
    for distance in ("linear", "raking"):
        other = calibrate(sample("syn_a2"), cells, CROSSED, distance=distance).design
        assert other.weights == pytest.approx(one.weights, rel=1e-12)
        assert mean(other, SYN["aware"]).se == pytest.approx(mean(one, SYN["aware"]).se, rel=1e-12)


def test_raking_is_calibration_by_the_raking_distance():
    one = rake(sample("syn_a2"), SYN_MARGINS[:2]).design
    columns, totals = PERSONS[:, :7], [29500, 14500, *AGES[1:]]
    other = calibrate(sample("syn_a2"), columns, totals, distance="raking").design
    assert other.weights == pytest.approx(one.weights, rel=1e-11)
    assert mean(other, SYN["aware"]).value == pytest.approx(mean(one, SYN["aware"]).value)


def test_one_factor_in_each_cluster_is_calibration_of_the_clusters():
    cluster = code(CLUS2["dnum"])
    weights = sample("clus2_1st").weights * (1 + code(CLUS2["stype"]))
    whole = np.bincount(cluster, weights=weights)
    totals = np.stack([np.bincount(cluster, weights=weights * x) for x in DISTRICTS.T], axis=1)
    alone = build_design(weights=whole)
    design = build_design(clusters=CLUS2["dnum"], weights=weights)
    for arguments in ({}, {"distance": "raking"}, {"distance": "logit", "bounds": (0.2, 3)}):
        target = design.weights @ DISTRICTS * [1.1, 1.12]
        found = calibrate(design, DISTRICTS, target, within=cluster, **arguments)
        means = totals / whole[:, None]
        expected = calibrate(alone, means, target, **arguments).design
        factor = expected.weights / alone.weights
        assert found.design.weights == pytest.approx(design.weights * factor[cluster], rel=1e-9)
        assert found.design.weights @ DISTRICTS == pytest.approx(target, rel=1e-12)
        assert estimation.total(DISTRICTS, found.design).se == pytest.approx([0, 0], abs=1e-4)


def test_standardization_keeps_the_groups_and_gives_them_the_shares():
    shares = np.array([3, 1, 1, 1, 1, 1])
    found = standardize(sample("syn_a2"), AGE, DISTRICT, shares)
    before, after = sample("syn_a2").weights, found.design.weights
    for level in range(7):
        group = level == DISTRICT
        assert after[group].sum() == pytest.approx(before[group].sum())
        kinds = np.bincount(AGE[group], weights=after[group]) / after[group].sum()
        assert kinds == pytest.approx(shares / shares.sum())


def test_a_group_that_lacks_a_category_is_refused_or_shrinks():
    by, over = np.array([0, 1, 0, 0]), np.array([0, 0, 1, 1])
    design = build_design(weights=[1.0, 3.0, 2.0, 2.0])
    with pytest.raises(EmptyCells) as refused:
        standardize(design, by, over, [1, 3])
    assert refused.value.cells == ("1*1",)
    found = standardize(design, by, over, [1, 3], partial=True)
    assert found.design.weights == pytest.approx([1, 3, 0.5, 0.5])
    assert found.trace.margins[0].after == pytest.approx([1, 3, 1, 0])


def test_one_class_of_nonresponse_is_a_ratio():
    design, responded = sample("syn_a2"), SYN["edu"] != 1
    found = adjust_nonresponse(design, np.zeros(len(AGE), int), responded)
    factor = design.weights.sum() / design.weights[responded].sum()
    assert found.design.weights == pytest.approx(design.weights * responded * factor)
    total = estimation.total(SYN["score"], found.design)
    share = estimation.ratio(SYN["score"] * responded, responded.astype(float), design)
    size = estimation.total(np.ones(len(AGE)), design)
    joint = design.joint([share, size])
    product = estimation.function_of(joint, lambda v: v[0] * v[1])
    assert total.value == pytest.approx(product.value)
    assert total.se == pytest.approx(product.se, rel=1e-12)


def test_where_all_responded_nothing_changes():
    design = sample("syn_a2")
    found = adjust_nonresponse(design, AGE, np.ones(len(AGE), bool)).design
    assert found.weights == pytest.approx(design.weights, rel=1e-14)
    assert mean(found, SYN["aware"]).se == pytest.approx(mean(design, SYN["aware"]).se, rel=1e-12)


# --- errors know of the steps: against estimates made anew with every cluster's weight moved -----

RESPONDED = (np.arange(len(AGE)) * 7 % 10) < 5 + AGE % 3
CLUSTER = code(SYN["community"])
STEPS = {
    "response": lambda d: adjust_nonresponse(d, AGE, RESPONDED).design,
    "cells": lambda d: poststratify(d, AGE * 2 + SEX, CROSSED).design,
    "linear": lambda d: calibrate(d, PERSONS, PERSON_TOTALS).design,
    "standard": lambda d: poststratify(d, AGE, AGES).design,
    "twice": lambda d: poststratify(STEPS["cells"](d), DISTRICT, np.arange(1, 8) * 900.0).design,
    "response and cells": lambda d: STEPS["cells"](
        adjust_nonresponse(d, DISTRICT, RESPONDED).design
    ),
    "response and linear": lambda d: STEPS["linear"](
        adjust_nonresponse(d, DISTRICT, RESPONDED).design
    ),
}


def remade_errors(weighting, statistics):
    """Standard errors from the slopes of the remade estimates by each cluster's weight."""
    design = sample("syn_a2")
    slopes = []
    for cluster in range(CLUSTER.max() + 1):
        ends = []
        for step in (1e-4, -1e-4):
            weights = np.where(cluster == CLUSTER, design.weights * (1 + step), design.weights)
            moved = weighting(replace(design, weights=weights)).weights
            ends.append(np.array([statistic(moved) for statistic in statistics]))
        slopes.append((ends[0] - ends[1]) / 2e-4)
    slopes = np.array(slopes)
    total = 0
    stratum = np.array([DISTRICT[cluster == CLUSTER][0] for cluster in range(len(slopes))])
    for h in range(7):
        part = slopes[stratum == h]
        total += len(part) / (len(part) - 1) * ((part - part.mean(axis=0)) ** 2).sum(axis=0)
    return np.sqrt(total)


@pytest.mark.parametrize("steps", STEPS)
def test_errors_are_those_of_estimates_with_the_steps_made_anew(steps):
    design = STEPS[steps](sample("syn_a2"))
    aware, support = SYN["aware"], SYN["support"]
    expected = remade_errors(
        STEPS[steps], [lambda w: w @ aware / w.sum(), lambda w: w @ (support * (SEX == 1))]
    )
    assert mean(design, aware).se == pytest.approx(expected[:1], rel=1e-6)
    part = estimation.total(support, design.domain(SEX == 1))
    assert part.se == pytest.approx(expected[1:], rel=1e-6, abs=1e-6)


def test_response_errors_are_near_the_jackknife_that_adjusts_each_replicate():
    design, aware, squares = sample("syn_a2"), SYN["aware"], 0.0

    def estimate(weights):
        found = adjust_nonresponse(replace(design, weights=weights), AGE, RESPONDED).design.weights
        return found @ aware / found.sum()

    for h in range(7):
        clusters = np.unique(CLUSTER[h == DISTRICT])
        m = len(clusters)
        for cluster in clusters:
            weights = np.where(h == DISTRICT, design.weights * m / (m - 1), design.weights)
            weights[cluster == CLUSTER] = 0
            squares += (m - 1) / m * (estimate(weights) - estimate(design.weights)) ** 2
    found = mean(adjust_nonresponse(design, AGE, RESPONDED).design, aware)
    assert found.se[0] == pytest.approx(np.sqrt(squares), rel=0.03)


# --- any design ----------------------------------------------------------------------------------

STEPS_OF_ANY = {
    "response": lambda d, x: adjust_nonresponse(d, x["kind"], x["kind"] != x["other"]),
    "cells": lambda d, x: poststratify(d, x["kind"], [30.0, 50.0, 20.0]),
    "rake": lambda d, x: rake(
        d, [Known(x["kind"], [30.0, 50.0, 20.0]), Known(x["other"], [60.0, 40.0])]
    ),
    "raking": lambda d, x: calibrate(d, x["columns"], x["totals"], distance="raking"),
    "linear": lambda d, x: calibrate(d, x["columns"], x["totals"]),
    "bounded": lambda d, x: calibrate(d, x["columns"], x["totals"], bounds=(0.3, 3)),
    "logit": lambda d, x: calibrate(
        d, x["columns"], x["totals"], distance="logit", bounds=(0.2, 4)
    ),
    "within": lambda d, x: calibrate(d, x["columns"], x["totals"], within=x["cluster"]),
    "trim": lambda d, x: trim(d, lower=1.0, upper=4.0),
    "strict": lambda d, x: trim(d, lower=1.0, upper=4.0, strict=True),
    "standard": lambda d, x: standardize(d, x["other"], x["kind"], [2, 1]),
}


@some.composite
def samples(draw):
    """Columns of a sample with each combination of kind and other in it, and totals near it."""
    seed = draw(some.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    rows = draw(some.integers(24, 50))
    x = {
        "kind": np.concatenate([np.tile([0, 1, 2], 4), rng.integers(0, 3, rows - 12)]),
        "other": np.concatenate([np.repeat([0, 1], 6), rng.integers(0, 2, rows - 12)]),
        "cluster": rng.permutation(np.arange(rows) % 8),
        "counts": rng.integers(1, 4, rows),
        "weight": rng.uniform(1, 3, rows),
        "y": rng.normal(10, 3, rows),
    }
    x["columns"] = np.column_stack([np.ones(rows), x["kind"] == 1, rng.normal(5, 1, rows)])
    near = x["weight"] * x["counts"] * rng.uniform(0.6, 1.6, rows)
    x["totals"] = near @ x["columns"]
    return x


def counted(x, rows=slice(None), *, single=False):
    """The design of some rows; ``single`` with one row for each respondent."""
    order = np.arange(len(x["y"]))[rows]
    if single:
        order = np.repeat(order, x["counts"][order])
    part = {key: column[order] for key, column in x.items() if key != "totals"}
    part["totals"] = x["totals"]
    counts = None if single else part["counts"]
    design = build_design(
        strata=part["cluster"] % 2, clusters=part["cluster"], weights=part["weight"], counts=counts
    )
    return part, design


@settings(max_examples=25, deadline=None)
@given(samples(), some.sampled_from(list(STEPS_OF_ANY)))
def test_neither_order_nor_counting_of_rows_matters(x, name):
    step = STEPS_OF_ANY[name]
    part, design = counted(x)
    before = design.weights.copy()
    found = step(design, part)
    expected = estimation.mean(part["y"], found.design)
    assert (design.weights == before).all()
    assert design.steps == ()
    for rows, single in [(slice(None, None, -1), False), (slice(None), True)]:
        other, changed = counted(x, rows, single=single)
        again = step(changed, other)
        estimate = estimation.mean(other["y"], again.design)
        assert estimate.value == pytest.approx(expected.value, rel=1e-9)
        assert estimate.se == pytest.approx(expected.se, rel=1e-8)
        assert again.design.respondents == found.design.respondents
        for field in ("deff_before", "deff_after", "smallest", "largest", "largest_factor"):
            assert getattr(again.trace, field) == pytest.approx(getattr(found.trace, field))
        assert again.trace.trimmed == found.trace.trimmed


@settings(max_examples=25, deadline=None)
@given(samples(), some.sampled_from(list(STEPS_OF_ANY)))
def test_targets_are_met_and_the_trace_tells_what_happened(x, name):
    part, design = counted(x)
    found = STEPS_OF_ANY[name](design, part)
    for margin in found.trace.margins:
        assert margin.after == pytest.approx(margin.target, rel=1e-9)
    single = found.design.weights / design.counts
    held = single != 0
    assert (found.trace.smallest, found.trace.largest) == pytest.approx(
        (single[held].min(), single[held].max())
    )
    kish = np.repeat(single[held], part["counts"][held])
    assert found.trace.deff_after == pytest.approx(len(kish) * (kish @ kish) / kish.sum() ** 2)
    if name == "strict":
        assert 1 <= found.trace.smallest <= found.trace.largest <= 4
    if name in {"trim", "strict"}:
        assert found.design.weights.sum() == pytest.approx(design.weights.sum())
        outside = (part["weight"] < 1) | (part["weight"] > 4)
        assert found.trace.trimmed >= part["counts"][outside].sum()


def test_twenty_columns_of_many_rows_are_calibrated_to_in_a_few_steps(monkeypatch):
    calls = []
    at = Factors.at
    monkeypatch.setattr(Factors, "at", lambda self, u: calls.append(1) or at(self, u))
    rng = np.random.default_rng(1)
    columns = np.column_stack([np.ones(100_000), rng.gamma(2, 1e4, (100_000, 19))])
    design = build_design(weights=rng.uniform(1, 3, 100_000))
    target = (design.weights * rng.uniform(0.8, 1.4, 100_000)) @ columns
    for arguments in (
        {},
        {"distance": "raking"},
        {"bounds": (0.9, 1.3)},
        {"distance": "logit", "bounds": (0.5, 2)},
    ):
        found = calibrate(design, columns, target, **arguments)
        assert found.design.weights @ columns == pytest.approx(target, rel=1e-12)
        assert len(calls) < 20
        calls.clear()


def test_a_column_far_from_zero_is_calibrated_to_beside_an_intercept():
    years = 2020 + np.arange(50) % 3
    columns = np.column_stack([np.ones(50), years, years**2 / 7])
    design = build_design(rows=50)
    target = np.linspace(0.7, 1.4, 50) @ columns
    found = calibrate(design, columns, target, distance="raking").design
    assert found.weights @ columns == pytest.approx(target, rel=1e-12)


LOWS, HIGHS = np.array([0.4, 0.2, 0.5, 0.4, 0.1]), np.array([3.0, 4, 3, 2, 5])


@pytest.mark.parametrize(
    ("arguments", "inverse"),
    [
        ({}, lambda g: g - 1),
        ({"distance": "raking"}, np.log),
        (
            {"distance": "logit", "bounds": (LOWS, HIGHS)},
            lambda g: (
                np.log((g - LOWS) * (HIGHS - 1) / ((HIGHS - g) * (1 - LOWS)))
                * ((HIGHS - 1) * (1 - LOWS) / (HIGHS - LOWS))
            ),
        ),
    ],
)
def test_factors_are_the_function_of_their_distance_without_an_intercept(arguments, inverse):
    column = np.array([1.0, -2, 3, 5, 2])
    spread = np.array([1.0, 2, 1, 3, 1])
    found = calibrate(
        build_design(rows=5), column[:, None], [11], variance=spread, **arguments
    ).design
    slope = inverse(found.weights) * spread / column
    assert slope == pytest.approx(np.full(5, slope[0]), rel=1e-9)
    assert slope[0] > 0.01


def test_a_far_total_is_reached():
    design = build_design(rows=4)
    found = calibrate(design, [[1], [1], [1], [1]], [4e6], distance="raking")
    assert found.design.weights == pytest.approx([1e6] * 4)
    lesser = calibrate(design, [[1], [1], [1], [1]], [4e-6], distance="raking")
    assert lesser.design.weights == pytest.approx([1e-6] * 4)


# --- trimming by hand ----------------------------------------------------------------------------


def test_trimming_once_may_lift_others_over_the_bound_and_strict_does_not():
    design = build_design(weights=[10.0, 4.9, 0.05], counts=[1, 1, 2])
    once = trim(design, upper=5.0)
    assert once.design.weights == pytest.approx([5, 4.9 + 5 / 3, 0.1 + 10 / 3])
    assert once.trace.trimmed == 1
    strict = trim(design, upper=5.0, strict=True)
    assert strict.design.weights == pytest.approx([5, 5, 5])
    assert strict.trace.trimmed == 2


def test_a_lower_bound_takes_from_the_others():
    found = trim(build_design(weights=[1.0, 5.0, 7.0]), lower=3.0, strict=True)
    assert found.design.weights == pytest.approx([3, 4, 6])
    assert found.trace.smallest_factor == pytest.approx(0.8)
    assert found.trace.largest_factor == pytest.approx(3)


def test_weights_at_the_bounds_stay_to_the_last_bit():
    design = build_design(weights=[0.1, 0.2, 0.3], counts=[3, 3, 3])
    found = trim(design, lower=0.01, upper=0.4, strict=True)
    assert (found.design.weights == design.weights).all()
    assert found.trace.trimmed == 0


@pytest.mark.parametrize("bounds", [{"upper": 1.0}, {"lower": 9.0}])
def test_bounds_that_leave_no_weight_are_refused(bounds):
    with pytest.raises(NoWeightWithin):
        trim(build_design(weights=[2.0, 3.0]), **bounds)


@pytest.mark.parametrize("bounds", [(3.0, 2.0), (np.nan, 2.0), (1.0, np.nan)])
def test_bounds_that_are_none_are_refused(bounds):
    with pytest.raises(DesignFaulty, match="lower"):
        trim(build_design(weights=[2.0, 3.0]), lower=bounds[0], upper=bounds[1])


# --- refusals ------------------------------------------------------------------------------------

FOUR = build_design(weights=[1.0, 2.0, 3.0, 4.0])
AB = np.array([0, 0, 1, 1])


def test_a_total_without_respondents_is_refused_by_its_label():
    with pytest.raises(EmptyCells) as refused:
        poststratify(FOUR, AB, [5, 5, 5], labels=("a", "b", "c"))
    assert refused.value.cells == ("c",)
    with pytest.raises(EmptyCells, match="age c"):
        rake(FOUR, [Known(AB, [5, 5, 5], "age", ("a", "b", "c"))])


@pytest.mark.parametrize("totals", [[5.0, 0.0], [5.0, -1.0]])
@pytest.mark.parametrize("partial", [True, False])
def test_respondents_without_a_total_are_refused(totals, partial):
    with pytest.raises(UnknownCells) as refused:
        poststratify(FOUR, AB, totals, partial=partial, labels=("a", "b"))
    assert refused.value.cells == ("b",)
    with pytest.raises(UnknownCells):
        rake(FOUR, [Known(AB, totals)])


def test_a_cell_without_total_and_respondents_is_left_out():
    expected = poststratify(FOUR, AB, [5, 9]).design.weights
    assert (poststratify(FOUR, AB * 2, [5, 0, 9]).design.weights == expected).all()
    margins = [Known(AB * 2, [5, 0, 9]), Known([0, 1, 0, 1], [7, 7])]
    found = rake(FOUR, margins)
    assert [margin.categories for margin in found.trace.margins] == [("0", "2"), ("0", "1")]
    assert mean(found.design, [1.0, 0, 0, 0]).se[0] > 0


def test_respondents_without_a_category_are_refused_by_their_row():
    for codes in ([0, 0, -1, 1], [0, 0, 2, 1]):
        with pytest.raises(MissingCodes) as refused:
            poststratify(FOUR, codes, [5, 5])
        assert refused.value.rows == (2,)
    with pytest.raises(MissingCodes):
        adjust_nonresponse(FOUR, [0, -1, 0, 0], np.array([True, False, True, True]))
    with pytest.raises(MissingCodes, match="over"):
        standardize(FOUR, AB, [0, 0, -1, 0], [1, 1])
    without_weight = build_design(weights=[1.0, 2.0, 0.0, 4.0])
    weights = poststratify(without_weight, [0, 0, -1, 1], [6, 5]).design.weights
    assert weights == pytest.approx([2, 4, 0, 5])


def test_margins_that_cannot_be_met_together_are_refused():
    crossed = [Known([0, 0, 1, 1], [9, 1], "sex"), Known([0, 0, 1, 1], [5, 5], "age")]
    with pytest.raises(MarginsNotMet, match="wanted"):
        rake(FOUR, crossed)


def test_margins_that_sum_to_different_totals_are_refused_and_near_ones_scaled():
    sex = Known([0, 1, 0, 1], [6, 4], "sex")
    with pytest.raises(MarginsDisagree, match="age"):
        rake(FOUR, [sex, Known(AB, [6, 5], "age")])
    found = rake(FOUR, [sex, Known(AB, [6.012, 4.008], "age")])
    assert found.trace.margins[1].target == pytest.approx([6, 4])
    assert found.design.weights.sum() == pytest.approx(10)


def test_a_class_without_respondents_is_refused():
    with pytest.raises(EmptyCells) as refused:
        adjust_nonresponse(FOUR, AB, np.array([True, True, False, False]), labels=("a", "b"))
    assert refused.value.cells == ("b",)


def test_a_domain_is_not_weighted():
    part = FOUR.domain([True, True, False, True])
    for step in (
        lambda: poststratify(part, AB, [1, 1]),
        lambda: rake(part, [Known(AB, [1, 1])]),
        lambda: calibrate(part, np.ones((4, 1)), [3]),
        lambda: trim(part, upper=3.0),
        lambda: adjust_nonresponse(part, AB, np.ones(4, bool)),
    ):
        with pytest.raises(DesignFaulty, match="domain"):
            step()


def test_what_has_another_shape_or_is_no_number_is_refused():
    with pytest.raises(ShapesDisagree, match="cell"):
        poststratify(FOUR, [0, 1], [1, 1])
    with pytest.raises(ShapesDisagree, match="totals"):
        poststratify(FOUR, AB, [[1, 1]])
    with pytest.raises(ShapesDisagree, match="labels"):
        poststratify(FOUR, AB, [1, 1], labels=("a",))
    with pytest.raises(NotFinite, match="totals"):
        poststratify(FOUR, AB, [1, np.nan])
    with pytest.raises(DesignFaulty, match="whole numbers"):
        poststratify(FOUR, AB * 1.0, [1, 1])
    with pytest.raises(DesignFaulty, match="truth"):
        adjust_nonresponse(FOUR, AB, AB)
    with pytest.raises(DesignFaulty, match="shares"):
        standardize(FOUR, AB, None, [0, 0])
    with pytest.raises(DesignFaulty, match="margins"):
        rake(FOUR, [])
    with pytest.raises(NothingInDomain):
        poststratify(build_design(weights=[0.0, 0.0]), [0, 0], [1])


def test_weights_below_zero_are_not_shared_out():
    negative = calibrate(FOUR, [[1, 0], [1, 0], [1, 1], [1, 2]], [10, -15]).design
    assert negative.weights.min() < 0
    with pytest.raises(DesignFaulty, match="do not sum"):
        poststratify(negative, AB, [5, 5])
    with pytest.raises(DesignFaulty, match="below 0"):
        calibrate(negative, np.ones((4, 1)), [3])


def test_columns_that_depend_on_others_are_refused_by_name():
    columns = np.column_stack([np.ones(4), AB, 1 - AB])
    with pytest.raises(ColumnsDependent) as refused:
        calibrate(FOUR, columns, [10, 5, 5], names=("all", "a", "b"))
    assert refused.value.columns == ("b",)
    with pytest.raises(ColumnsDependent) as refused:
        calibrate(FOUR, np.arange(20.0).reshape(4, 5) ** 2, np.ones(5))
    assert "column 4" in refused.value.columns


def test_a_column_of_zeros_has_no_other_total():
    columns = np.column_stack([np.ones(4), np.zeros(4)])
    found = calibrate(FOUR, columns, [12, 0])
    assert found.design.weights == pytest.approx(FOUR.weights * 1.2)
    with pytest.raises(TotalOutOfReach, match="none: 3"):
        calibrate(FOUR, columns, [12, 3], names=("all", "none"))
    with pytest.raises(DesignFaulty, match="other than 0"):
        calibrate(FOUR, columns[:, 1:], [0])


@pytest.mark.parametrize(
    "arguments",
    [
        {"bounds": (0.9, 1.1)},
        {"distance": "raking", "bounds": (0.9, 1.1)},
        {"distance": "logit", "bounds": (0.9, 1.1)},
    ],
)
def test_bounds_within_which_a_total_cannot_be_are_refused_by_its_column(arguments):
    columns = np.column_stack([np.ones(4), AB])
    with pytest.raises(TotalOutOfReach) as refused:
        calibrate(FOUR, columns, [10.5, 9], names=("all", "b"), **arguments)
    assert refused.value.column == "b"
    assert (refused.value.low, refused.value.high) == pytest.approx((6.3, 7.7))


@pytest.mark.parametrize(
    "arguments",
    [
        {"bounds": (0.5, 1.5)},
        {"distance": "raking", "bounds": (0.5, 1.5)},
        {"distance": "logit", "bounds": (0.5, 1.5)},
    ],
)
def test_totals_that_only_together_are_out_of_reach_are_refused(arguments):
    columns = np.column_stack([np.ones(4), AB])  # 10.4 and 4 leave 6.4 for rows with 1.5 to 4.5
    with pytest.raises(TotalsNotMet, match="wanted"):
        calibrate(FOUR, columns, [10.4, 4], **arguments)


def test_raking_cannot_reach_a_total_of_the_other_sign():
    with pytest.raises(TotalOutOfReach):
        calibrate(FOUR, np.ones((4, 1)), [-1], distance="raking")


@pytest.mark.parametrize(
    "arguments",
    [
        {"distance": "logit"},
        {"distance": "logit", "bounds": (1.0, 2.0)},
        {"distance": "logit", "bounds": (0.5, 0.9)},
        {"bounds": (2.0, 1.0)},
        {"bounds": (np.nan, 1.0)},
        {"distance": "raking", "bounds": (-2.0, 0.0)},
        {"variance": [1, 1, 0, 1]},
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments):
    with pytest.raises(DesignFaulty):
        calibrate(FOUR, np.ones((4, 1)), [12], **arguments)


def test_arrays_of_another_shape_are_refused():
    ones = np.ones((4, 1))
    for arguments in (
        {"columns": np.ones(4), "totals": [3]},
        {"columns": np.ones((3, 1)), "totals": [3]},
        {"columns": ones, "totals": [3, 3]},
        {"columns": ones, "totals": [3], "names": ("a", "b")},
        {"columns": ones, "totals": [3], "bounds": ([1, 1], 2)},
        {"columns": ones, "totals": [3], "variance": [1]},
        {"columns": ones, "totals": [3], "within": [1]},
    ):
        with pytest.raises(ShapesDisagree):
            calibrate(FOUR, **arguments)
    with pytest.raises(NotFinite, match="age"):
        calibrate(FOUR, [[1, 1], [1, 2], [1, np.nan], [1, 4]], [3, 3], names=("all", "age"))
    with pytest.raises(NotFinite, match="totals"):
        calibrate(FOUR, ones, [np.inf])
    with pytest.raises(DesignFaulty, match="one or more"):
        calibrate(FOUR, np.ones((4, 0)), [])
