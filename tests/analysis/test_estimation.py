"""Means, totals, ratios, design effects and contrasts: identities, R's numbers, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design_columns import build_design
from analysis.errors import DesignFaulty, MissingValues, NothingInDomain
from analysis.estimation import (
    Reference,
    answered,
    by_domain,
    contrast,
    design_effect,
    function_of,
    mean,
    ratio,
    total,
    variance,
    wald_limits,
    whole_codes,
)
from analysis.replication import jackknife
from tests.analysis.samples import code, data, sample

DESIGNS = ("strat", "clus2", "syn_a2", "nh")
COLUMN = {"strat": "enroll", "clus2": "api00", "syn_a2": "score", "nh": "HI_CHOL"}


def known(name):
    """The design of those who answered, and their values."""
    y = data(name)[COLUMN[name]]
    return sample(name).domain(answered(y)), y


@pytest.mark.parametrize("name", DESIGNS)
def test_a_mean_is_a_total_over_the_size(name):
    design, y = known(name)
    one = mean(y, design)
    other = ratio(y, np.ones(y.size), design)
    assert one.value == pytest.approx(total(y, design).value / total(y * 0 + 1, design).value)
    assert one.value == pytest.approx(other.value, rel=1e-13)
    assert one.se == pytest.approx(other.se, rel=1e-11)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_domain_mean_is_a_ratio_in_the_whole_sample(name):
    design, y = known(name)
    filled = np.nan_to_num(y)
    inside = design.in_domain & (np.arange(y.size) % 3 > 0)
    one = mean(y, design.domain(inside))
    other = ratio(filled * inside, inside.astype(float), sample(name))
    assert one.value == pytest.approx(other.value, rel=1e-12)
    assert one.se == pytest.approx(other.se, rel=1e-10)


def test_a_ratio_of_a_variable_to_itself_is_1_without_error():
    found = ratio(data("strat")["api00"], data("strat")["api00"], sample("strat"))
    assert found.value[0] == pytest.approx(1.0)
    assert found.se[0] == pytest.approx(0.0, abs=1e-12)


def test_shares_of_all_categories_sum_to_1_without_error():
    district = code(data("syn_a2")["district"])
    table = (district[:, None] == np.arange(district.max() + 1)).astype(float)
    found = contrast(mean(table, sample("syn_a2")), np.ones(table.shape[1]))
    assert found.value[0] == pytest.approx(1.0)
    assert found.se[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "column", "without", "replacing", "of_total"),
    [
        # R survey 4.5, reference cases deff-001 to deff-003 and deff-016 to deff-018.
        ("strat", "api00", 1.20445726853772, 1.16556617145353, 1.20445726853772),
        ("clus2", "api00", 6.25051375571258, 6.0969527027662, 225.24051038682),
    ],
)
def test_design_effects_are_those_of_r(name, column, without, replacing, of_total):
    design, y = sample(name), data(name)[column]
    found = mean(y, design)
    assert design_effect(found, y, design)[0, 0] == pytest.approx(without, rel=1e-9)
    replaced = design_effect(found, y, design, reference=Reference.WITH_REPLACEMENT)
    assert replaced[0, 0] == pytest.approx(replacing, rel=1e-9)
    sums = design_effect(total(y, design), y, design, of_total=True)
    assert sums[0, 0] == pytest.approx(of_total, rel=1e-9)


def test_a_simple_random_sample_has_no_design_effect():
    y = data("strat")["api00"]
    design = build_design(rows=y.size)
    effect = design_effect(mean(y, design), y, design, reference=Reference.WITH_REPLACEMENT)
    assert effect[0, 0] == pytest.approx(1.0)


def test_a_variance_is_that_of_numpy_for_equal_weights():
    table = np.stack([data("strat")["api00"], data("strat")["api99"]], axis=1)
    found = variance(table, build_design(rows=len(table)))
    assert found.value == pytest.approx(np.cov(table.T).ravel())


def test_a_variance_has_the_error_of_the_mean_of_its_squares():
    y, weights = np.array([1.0, 4, 2, 8, 5, 7]), np.array([1.0, 2, 1, 3, 1, 2])
    design = build_design(weights=weights)
    squares = (y - np.average(y, weights=weights)) ** 2 * 6 / 5
    found = variance(y, design)
    assert found.value == pytest.approx(mean(squares, design).value)
    assert found.se == pytest.approx(mean(squares, design).se)


def test_counted_rows_have_the_variance_and_the_design_effect_of_single_rows():
    y, times = np.array([1.0, 4.0, 2.0]), [3, 1, 2]
    few, many = build_design(weights=[2.0] * 3, counts=times), build_design(weights=[2.0] * 6)
    rows = np.repeat(y, times)
    assert variance(y, few).value == pytest.approx(variance(rows, many).value)
    for reference in Reference:
        effects = [
            design_effect(mean(values, design), values, design, reference=reference)
            for values, design in ((y, few), (rows, many))
        ]
        assert effects[0] == pytest.approx(effects[1])


@pytest.mark.parametrize("name", DESIGNS)
def test_domains_are_each_as_alone_and_their_differences_use_covariances(name):
    design, y = known(name)
    group = np.arange(y.size) % 2
    found = by_domain([group], design, lambda part: mean(y, part))
    for place, part in enumerate(found.estimates):
        alone = mean(y, design.domain(group == place))
        assert part.se == pytest.approx(alone.se, rel=1e-14)
    joint = design.joint(found.estimates)
    change = contrast(joint, [-1, 1])
    v = joint.covariance
    assert change.se[0] ** 2 == pytest.approx(v[0, 0] + v[1, 1] - 2 * v[0, 1], rel=1e-10)
    assert np.diag(v) == pytest.approx(np.concatenate([p.se for p in found.estimates]) ** 2)


def test_a_difference_of_domains_is_a_mean_of_signed_shares():
    """The difference as a function of four totals has the variance of the contrast."""
    x, design = data("syn_a2"), sample("syn_a2")
    group, y = code(x["sex"]), x["aware"]
    joint = design.joint(by_domain([group], design, lambda part: mean(y, part)).estimates)
    sums = total(
        np.stack([y * (group == 0), group == 0, y * (group == 1), group == 1], axis=1), design
    )
    other = function_of(sums, lambda t: t[2] / t[3] - t[0] / t[1])
    one = contrast(joint, [-1, 1])
    assert other.value[0] == pytest.approx(one.value[0], rel=1e-11)
    assert other.se[0] == pytest.approx(one.se[0], rel=1e-10)


def test_domains_come_in_the_order_of_their_codes_the_first_fastest():
    design = build_design(rows=6)
    first, second = np.array([1, 0, 1, 0, 0, -1]), np.array([0, 1, 1, 0, 0, 1])
    found = by_domain([first, second], design, lambda part: mean(np.ones(6), part))
    assert found.domains.tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]


def test_a_domain_of_two_variables_has_the_rows_with_both_codes():
    first, second = np.array([0, 1, 1, 0, 1, 1]), np.array([0, 0, 0, 1, 1, 1])
    found = by_domain([first, second], build_design(rows=6), lambda part: total(np.ones(6), part))
    assert [part.value[0] for part in found.estimates] == [1.0, 2.0, 1.0, 2.0]


def test_domains_are_those_of_respondents_with_a_weight_in_the_domain():
    design = build_design(weights=[1.0, 1.0, 0.0, 0.0, 1.0, 1.0]).domain([True] * 4 + [False] * 2)
    found = by_domain([np.array([0, 0, 1, 1, 2, 2])], design, lambda part: mean(np.ones(6), part))
    assert found.domains.tolist() == [[0]]


def test_a_domain_that_is_refused_leaves_the_others():
    design = build_design(rows=4, strata=[0, 0, 1, 1], clusters=[0, 1, 2, 3])
    y = np.array([1.0, 0.0, 1.0, np.nan])
    found = by_domain([np.array([0, 0, 1, 1])], design, lambda part: mean(y, part))
    assert found.parts[0].value[0] == 0.5
    assert isinstance(found.parts[1], MissingValues)
    with pytest.raises(MissingValues):
        _ = found.estimates


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_jackknife_and_linearization_agree_where_the_statistic_is_linear(seed):
    draws = np.random.default_rng(seed)
    strata = np.repeat([0, 1, 2], 12)
    clusters = strata * 10 + np.tile(np.repeat([0, 1, 2], 4), 3)
    design = build_design(weights=draws.uniform(1, 9, 36), strata=strata, clusters=clusters)
    y = draws.normal(size=36)
    assert total(y, jackknife(design)).se == pytest.approx(total(y, design).se, rel=1e-10)
    # A mean is not linear: near, not equal.
    assert mean(y, jackknife(design)).se == pytest.approx(mean(y, design).se, rel=0.35)


def test_a_function_of_estimates_has_the_slopes_of_calculus():
    y = np.stack([data("strat")["api00"], data("strat")["api99"]], axis=1)
    found = mean(y, sample("strat"))
    odds = function_of(found, lambda v: np.log(v[0] / v[1]))
    slope = np.array([1 / found.value[0], -1 / found.value[1]])
    assert odds.value[0] == pytest.approx(np.log(found.value[0] / found.value[1]))
    assert odds.se[0] ** 2 == pytest.approx(slope @ found.covariance @ slope, rel=1e-12)


def test_the_slope_of_a_function_is_exact():
    found = mean([0.5, 1.5, 1.0, 2.0], build_design(rows=4))
    raised = function_of(found, np.exp)
    assert raised.value[0] == pytest.approx(np.exp(1.25), rel=1e-15)
    assert raised.se[0] == pytest.approx(np.exp(1.25) * found.se[0], rel=1e-14)


def test_a_function_of_replicated_estimates_has_no_replicates():
    design = jackknife(build_design(rows=4))
    raised = function_of(mean([0.5, 1.5, 1.0, 2.0], design), np.exp)
    assert raised.replicates is None
    with pytest.raises(DesignFaulty, match="cannot join"):
        design.joint([raised])


@pytest.mark.parametrize("made", [lambda design: design, jackknife])
def test_contrasts_join_as_their_estimates_do(made):
    design = made(build_design(rows=6))
    y = np.array([[1.0, 2], [4, 3], [2, 2], [8, 5], [5, 9], [7, 1]])
    parts = by_domain([np.arange(6) % 2], design, lambda part: mean(y, part)).estimates
    one = design.joint(
        [contrast(part, [1, -1], (name,)) for part, name in zip(parts, "ab", strict=True)]
    )
    other = contrast(design.joint(parts), [[1, -1, 0, 0], [0, 0, 1, -1]])
    assert one.value == pytest.approx(other.value)
    assert one.covariance == pytest.approx(other.covariance)
    assert one.names == ("a", "b")


def test_limits_of_an_estimate():
    found = mean(data("strat")["api00"], sample("strat"))
    # confint(svymean(~api00, d), df = degf(d)): reference case mean_ci-001.
    limits = wald_limits(found, level=0.95, df=sample("strat").df)
    assert (limits.low[0], limits.high[0]) == pytest.approx((643.732188272086, 680.842538046555))


@pytest.mark.parametrize(
    ("act", "refusal", "told"),
    [
        (lambda d: mean([1.0, 2.0], d), DesignFaulty, "4 rows expected"),
        (lambda d: mean([1.0, np.nan, 1, 1], d), MissingValues, "1 rows"),
        (lambda d: mean([1.0, np.inf, 1, 1], d), MissingValues, "1 rows"),
        (lambda d: mean([[np.nan, np.nan], [1, 1], [1, 1], [1, 1]], d), MissingValues, "1 rows"),
        (lambda d: ratio([1.0, 2, 3, 4], [1.0, -1, 1, -1], d), DesignFaulty, "denominator is 0"),
        (lambda d: variance([1.0, 1, 1, 1], d.domain([1, 0, 0, 0])), DesignFaulty, "two resp"),
        (lambda d: mean([0.0, 0, 0, 0], d).cv, DesignFaulty, "coefficient of variation"),
        (lambda d: mean([[0.0, 1]] * 4, d).cv, DesignFaulty, "coefficient of variation"),
        (lambda d: whole_codes([0.0, 1, 0, 1], d, "sex"), DesignFaulty, "whole-number codes"),
        (lambda d: contrast(mean(np.eye(4), d), [1, 2]), DesignFaulty, "4 in each row"),
        (
            lambda d: function_of(mean([0.0] * 4, d), np.log),
            DesignFaulty,
            "no finite value",
        ),
        (
            lambda d: design_effect(mean([1.0] * 4, d), [1.0] * 4, d),
            DesignFaulty,
            "without spread",
        ),
        (lambda d: wald_limits(mean([1.0] * 4, d), level=0.95, df=0), DesignFaulty, "freedom"),
    ],
)
def test_what_cannot_be_estimated_is_refused(act, refusal, told):
    with pytest.raises(refusal, match=told):
        act(build_design(weights=[2.0] * 4))


def test_a_population_smaller_than_the_sample_has_no_design_effect():
    y, design = np.array([1.0, 0.0, 1.0, 1.0]), build_design(weights=[0.5] * 4)
    with pytest.raises(DesignFaulty, match="no more than the respondents"):
        design_effect(mean(y, design), y, design)


def test_respondents_without_a_weight_are_nobody():
    design = build_design(weights=[0.0, 0.0, 1.0])
    with pytest.raises(NothingInDomain):
        mean([1.0, 1.0, 1.0], design.domain([True, True, False]))
    assert mean([np.nan, np.nan, 1.0], design).value[0] == 1.0


def test_names_stay_with_contrasts():
    found = contrast(mean(np.eye(4), build_design(rows=4)), [1, -1, 0, 0], names=("a - b",))
    assert found.names == ("a - b",)


def test_yes_and_no_are_codes():
    codes = whole_codes([True, False, True], build_design(rows=3), "sex")
    assert codes.tolist() == [1, 0, 1]
