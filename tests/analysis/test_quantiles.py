"""Quantiles and their limits against R, by hand, and with limits that do not exist."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design_columns import build_design
from analysis.errors import DesignFaulty, MissingValues
from analysis.estimation import mean
from analysis.quantiles import IntervalOf, Rule, quantile, quantiles
from tests.analysis.r_models import API, JKN, STRAT, SYN, SYN_A2, collapsed, result, results

EXACT = 1e-10  # relative
RULES = [Rule.MATH, Rule.SCHOOL, Rule.HF4, Rule.HF5, Rule.HF6, Rule.HF7, Rule.HF8, Rule.HF9]
KINDS = [
    IntervalOf.MEAN,
    IntervalOf.XLOGIT,
    IntervalOf.ASIN,
    IntervalOf.BETA,
    IntervalOf.SCORE,
]
NUMPY = {
    Rule.MATH: "inverted_cdf",
    Rule.SCHOOL: "averaged_inverted_cdf",
    Rule.HF4: "interpolated_inverted_cdf",
    Rule.HF5: "hazen",
    Rule.HF6: "weibull",
    Rule.HF7: "linear",
    Rule.HF8: "median_unbiased",
    Rule.HF9: "normal_unbiased",
}


def table(found):
    return np.array([[q.value, q.low, q.high, q.se] for q in found], float).reshape(-1)


def close(found, expected):
    np.testing.assert_allclose(table(found), np.array(expected["values"], float), rtol=EXACT)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_and_limits_are_those_of_r(rule, kind):
    expected = results("quantiles")[RULES.index(rule) * len(KINDS) + KINDS.index(kind)]
    close(quantiles(API["api00"], STRAT, [0.1, 0.5, 0.75], rule=rule, interval=kind), expected)


def test_in_a_domain_with_normal_limits_they_are_those_of_r():
    part = SYN_A2.domain(SYN["sex"] == "F")
    found = quantiles(SYN["score"], part, [0.25, 0.5, 0.9], df=math.inf, level=0.9)
    close(found, result("quantiles_domain"))


def test_with_replicates_they_are_those_of_r():
    # Of the other kinds R 4.1 gives the limits of "mean" with replicates.
    kinds = [IntervalOf.MEAN, IntervalOf.QUANTILE]
    for kind, expected in zip(kinds, results("quantiles_jkn"), strict=True):
        close(quantiles(SYN["score"], JKN, [0.25, 0.5], interval=kind), expected)


def test_limits_that_the_sample_does_not_reach_are_none():
    lowest, median, highest = quantiles(SYN["score"], SYN_A2, [0.001, 0.5, 0.999])
    expected = np.array(result("quantiles_edge")["values"], float).reshape(3, 4)
    assert np.isnan(expected[0]).tolist() == [False, True, False, True]
    # R has the second value here; up to the first are already more than 0.001.
    assert (lowest.value, lowest.low, lowest.se) == (SYN["score"].min(), None, None)
    np.testing.assert_allclose(table([median]), expected[1])
    assert highest.value == expected[2, 0]
    highest = quantiles(SYN["score"], SYN_A2, [1.0], interval=IntervalOf.XLOGIT)[0]
    assert (highest.value, highest.low, highest.high) == (SYN["score"].max(), None, None)
    for share in (0.0, 1.0):
        end = quantiles(SYN["score"], SYN_A2, [share], interval=IntervalOf.SCORE)[0]
        assert None in {end.low, end.high}


@pytest.mark.parametrize("rule", RULES)
def test_without_weights_each_rule_is_that_of_numpy(rule):
    values = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5])
    design = build_design(rows=len(values))
    for share in (0.0, 0.03, 0.1, 0.25, 0.5, 2 / 3, 0.9, 0.97, 1.0):
        expected = np.quantile(values, share, method=NUMPY[rule])
        assert quantile(values, design, share, rule) == pytest.approx(expected)


def test_the_first_two_rules_have_two_names():
    for share in (0.1, 0.5, 0.75):
        one = quantile(API["api00"], STRAT, share, Rule.MATH)
        assert quantile(API["api00"], STRAT, share, Rule.HF1) == one
    values, design = np.array([1.0, 2, 4, 8]), build_design(rows=4)
    assert quantile(values, design, 0.5, Rule.HF2) == quantile(values, design, 0.5, Rule.SCHOOL)


def test_weighted_quantiles_by_hand():
    values, weights = np.array([10.0, 20, 30, 40]), [1.0, 3, 4, 2]
    design = build_design(weights=weights)
    for share, math_, school in [
        (0.05, 10, 10),
        (0.1, 10, 15),
        (0.4, 20, 25),
        (0.5, 30, 30),
        (0.8, 30, 35),
        (1, 40, 40),
    ]:
        assert quantile(values, design, share) == math_
        assert quantile(values, design, share, Rule.SCHOOL) == school
    # hf5 is the value at the middle of a row's weight: 0.05, 0.25, 0.6 and 0.9.
    assert quantile(values, design, 0.425, Rule.HF5) == pytest.approx(25)


def test_shares_that_differ_by_rounding_are_the_same():
    values = np.arange(10.0)
    for scale in (1.0, 0.1, 1 / 3):
        design = build_design(weights=np.full(10, scale))
        for tenth in range(1, 10):
            assert quantile(values, design, tenth / 10) == tenth - 1
            assert quantile(values, design, tenth / 10, Rule.SCHOOL) == tenth - 0.5


def test_one_respondent_or_equal_values_have_that_value():
    for rule in Rule:
        assert quantile(np.array([7.0]), build_design(rows=1), 0.3, rule) == 7
        assert quantile(np.full(3, 7.0), build_design(rows=3), 0.3, rule) == 7


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS)
def test_cells_give_the_numbers_of_their_respondents(rule, kind):
    weights = np.round(SYN["w"], -2) + 50
    cells, first = collapsed([SYN["age"]], weights, SYN["district"], SYN["community"])
    values = SYN["age"][first]
    # Respondents in the order of their cells, as equal values are read as listed.
    long = np.repeat(np.arange(len(first)), cells.counts.astype(int))
    rows = build_design(
        weights=weights[first][long],
        strata=SYN["district"][first][long],
        clusters=SYN["community"][first][long],
    )
    assert len(first) < len(weights)
    one = quantiles(values[long], rows, [0.2, 0.5, 0.8], rule=rule, interval=kind)
    two = quantiles(values, cells, [0.2, 0.5, 0.8], rule=rule, interval=kind)
    np.testing.assert_allclose(table(two), table(one), rtol=1e-9)


@pytest.mark.parametrize("rule", RULES)
def test_at_every_share_a_cell_is_its_respondents_one_after_the_other(rule):
    values, counts = np.array([4.0, 1, 2, 2, 7]), np.array([3, 2, 1, 4, 2])
    weights = np.array([1.0, 2.5, 0.5, 1.5, 3.0])
    cells = build_design(weights=weights, counts=counts)
    long = np.repeat(np.arange(5), counts)
    rows = build_design(weights=weights[long])
    for share in np.linspace(0, 1, 101):
        expected = quantile(values[long], rows, share, rule)
        assert quantile(values, cells, share, rule) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(KINDS))
def test_limits_hold_the_quantile_and_do_not_depend_on_order_or_scale(seed, kind):
    rng = np.random.default_rng(seed)
    n = 60
    values, weights = rng.integers(0, 30, n).astype(float), rng.uniform(0.5, 4, n)
    clusters, order = np.arange(n) // 4, rng.permutation(n)
    one = quantiles(
        values, build_design(weights=weights, clusters=clusters), [0.3, 0.6], interval=kind
    )
    two = quantiles(
        values[order],
        build_design(weights=weights[order] * 3, clusters=clusters[order]),
        [0.3, 0.6],
        interval=kind,
    )
    assert table(one) == pytest.approx(table(two), nan_ok=True)
    if kind is not IntervalOf.SCORE:
        assert all(q.low <= q.value <= q.high for q in one)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rule=st.sampled_from(RULES),
    low=st.floats(0, 1),
    high=st.floats(0, 1),
)
def test_a_quantile_rises_with_its_share_and_stays_within_the_values(seed, rule, low, high):
    rng = np.random.default_rng(seed)
    values, weights = rng.integers(0, 9, 25).astype(float), rng.uniform(0.1, 4, 25)
    design = build_design(weights=weights)
    low, high = sorted((low, high))
    one, two = quantile(values, design, low, rule), quantile(values, design, high, rule)
    assert values.min() <= one <= two + 1e-9
    assert two <= values.max()


def test_the_share_up_to_the_median_is_at_least_one_half():
    median = quantile(API["api00"], STRAT, 0.5)
    assert mean(API["api00"] <= median, STRAT).value[0] >= 0.5
    assert mean(API["api00"] < median, STRAT).value[0] < 0.5


def test_respondents_without_a_weight_or_outside_the_domain_count_for_nothing():
    values = np.array([1.0, 2, 3, 4, 99, np.nan])
    design = build_design(weights=[1, 1, 1, 1, 1, 0]).domain([True] * 4 + [False, True])
    plain = build_design(rows=4)
    for rule in RULES:
        for share in (0.3, 0.9):
            assert quantile(values, design, share, rule) == quantile(values[:4], plain, share, rule)


def test_what_has_no_quantile_is_refused():
    design, values = build_design(rows=4), np.array([1.0, 2, 3, 4])
    with pytest.raises(DesignFaulty, match="a probability from 0 to 1"):
        quantile(values, design, 1.1)
    with pytest.raises(DesignFaulty, match="a probability from 0 to 1"):
        quantiles(values, design, [math.nan])
    with pytest.raises(MissingValues):
        quantile(np.array([1.0, np.nan, 3, 4]), design, 0.5)
    with pytest.raises(DesignFaulty, match="one variable"):
        quantile(np.eye(4), design, 0.5)
    with pytest.raises(DesignFaulty, match="negative weights"):
        quantile(values, design.reweighted(np.array([1.0, -1, 1, 1])), 0.5)
    with pytest.raises(DesignFaulty, match="need replicates"):
        quantiles(values, design, [0.5], interval=IntervalOf.QUANTILE)
    with pytest.raises(DesignFaulty, match="degrees of freedom"):
        quantiles(values, build_design(clusters=[1, 1, 1, 1]), [0.5])
