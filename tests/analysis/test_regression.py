"""Regressions against R and algebra; data that no coefficients fit are refused by name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.design_columns import build_design
from analysis.errors import ColumnsDependent, DesignFaulty, MissingValues, Separated
from analysis.estimation import mean, ratio
from analysis.hypotheses import t_test_two
from analysis.regression import Family, fit, predictive_margins, term_test
from analysis.replication import jackknife
from analysis.stops import Stop
from tests.analysis.r_models import (
    API,
    JKN,
    POST,
    STRAT,
    SYN,
    SYN_A2,
    coded,
    collapsed,
    indicators,
    result,
    results,
    with_intercept,
)

EXACT = 1e-9  # relative
LAST_STEP = 1e-8  # relative: R takes the information of its last step but one
SMALL = 1e-13  # of the largest: a covariance near 0 is only as exact as the errors it is of
SEX = coded(SYN["sex"])
MALE = SEX.astype(float)
AGES = indicators(SYN["age"])
LEVELS = indicators(API["stype"])
SEX_AND_AGE = with_intercept(MALE, AGES)


def close(found, expected, rel=EXACT):
    expected = np.asarray(expected, float)
    at = SMALL * np.abs(expected).max()
    np.testing.assert_allclose(np.ravel(found), np.ravel(expected), rtol=rel, atol=at)


def aware(design=SYN_A2, **options):
    names = ["one", "male", *(f"age {age}" for age in range(2, 7))]
    terms = ["one", "sex", *["age"] * 5]
    return fit(
        SEX_AND_AGE, SYN["aware"], design, Family.BINOMIAL, names=names, terms=terms, **options
    )


MODELS = {
    "gaussian": lambda: fit(
        with_intercept(API["ell"], API["meals"], LEVELS), API["api00"], STRAT, Family.GAUSSIAN
    ),
    "binomial": aware,
    "binomial_default": lambda: aware(stop=Stop.AS_R),
    "poisson": lambda: fit(
        with_intercept(API["meals"], LEVELS), API["enroll"], STRAT, Family.POISSON
    ),
    "poisson_default": lambda: fit(
        with_intercept(API["meals"], LEVELS),
        API["enroll"],
        STRAT,
        Family.POISSON,
        stop=Stop.AS_R,
    ),
    "binomial_domain": lambda: fit(
        with_intercept(MALE, SYN["edu"]),
        SYN["aware"],
        SYN_A2.domain(SYN["wave"] == 2),
        Family.BINOMIAL,
    ),
    "binomial_post": lambda: fit(
        with_intercept(SYN["edu"], SYN["wave"]),
        SYN["aware"],
        POST.domain(SYN["age"] > 2),
        Family.BINOMIAL,
    ),
    "binomial_jkn": lambda: fit(
        with_intercept(MALE, SYN["edu"]), SYN["aware"], JKN, Family.BINOMIAL
    ),
}


@pytest.mark.parametrize("case", MODELS)
def test_coefficients_and_their_covariances_are_those_of_r(case):
    found, expected = MODELS[case](), result(case)
    close(found.coefficients.value, expected["est"])
    close(found.coefficients.covariance, expected["vcov"], LAST_STEP)
    assert found.df_residual == expected["df"][0]


def test_the_table_limits_and_the_test_of_a_term_are_those_of_r():
    model, expected = aware(), result("summary")
    table, limits = model.table(), model.limits(0.95)
    assert table.names[:3] == ("one", "male", "age 2")
    close(np.concatenate([table.estimate, table.se, table.t, table.p]), expected["table"])
    close(np.concatenate([limits.low, limits.high]), expected["limits"])
    found = term_test(model, "age")
    close([found.statistic, found.df, found.ddf, found.p], expected["term"])
    assert term_test(model, [2, 3, 4, 5, 6]) == found


def test_predictions_are_those_of_r():
    model = fit(with_intercept(SYN["edu"]), SYN["aware"], SYN_A2, Family.BINOMIAL)
    at = with_intercept(np.arange(1.0, 4))
    close(model.predict(at).value, result("predicted")["est"])
    close(model.predict(at).se, result("predicted")["se"])
    linear = model.predict(at, link=True)
    rates = result("predicted")["est"]
    close(linear.value, np.log(rates) - np.log1p(np.negative(rates)))


def test_predictive_margins_are_those_of_r():
    x = with_intercept(indicators(SYN["edu"]))
    found = predictive_margins(x, SYN["aware"], SEX, SYN_A2, Family.BINOMIAL)
    assert found.groups.tolist() == [0, 1]
    close(found.estimate.value, result("margins")["est"])
    close(found.estimate.covariance, result("margins")["vcov"])
    # Without an intercept the groups have a column each, and the same margins.
    x = np.column_stack([SYN["edu"] == level for level in (1, 2, 3, 4)])[:, 1:]
    other = predictive_margins(x, SYN["aware"], SEX, SYN_A2, Family.BINOMIAL)
    assert other.model.x.shape[1] == x.shape[1] + 2
    close(other.estimate.value, found.estimate.value, 1e-9)


def test_margins_of_a_model_without_covariates_are_rates_of_the_groups():
    x = np.ones((len(SEX), 1))
    found = predictive_margins(x, SYN["aware"], SEX, SYN_A2, Family.BINOMIAL)
    rates = [mean(SYN["aware"], SYN_A2.domain(code == SEX)) for code in (0, 1)]
    close(found.estimate.value, [rate.value[0] for rate in rates])
    close(found.estimate.se, [rate.se[0] for rate in rates])


@pytest.mark.parametrize("family", [Family.GAUSSIAN, Family.BINOMIAL, Family.POISSON])
@pytest.mark.parametrize("design", [SYN_A2, JKN], ids=["linearized", "replicates"])
def test_a_regression_on_indicators_of_domains_alone_gives_their_means(family, design):
    member = (SYN["age"][:, None] == np.unique(SYN["age"])).astype(float)
    model = fit(member, SYN["aware"], design, family)
    parts = [mean(SYN["aware"], design.domain(column > 0)) for column in member.T]
    joint = design.joint(parts)
    links = {
        Family.GAUSSIAN: (lambda p: p, np.ones_like),
        Family.BINOMIAL: (lambda p: np.log(p / (1 - p)), lambda p: 1 / (p * (1 - p))),
        Family.POISSON: (np.log, lambda p: 1 / p),
    }
    link, slope = links[family]
    close(model.coefficients.value, link(joint.value))
    close(model.fitted[: len(SEX)], member @ joint.value)
    if design is SYN_A2:
        scale = slope(joint.value)
        close(model.coefficients.covariance, joint.covariance * np.outer(scale, scale))
    elif family is Family.GAUSSIAN:
        close(model.coefficients.covariance, joint.covariance)


def test_a_regression_on_one_indicator_is_the_t_test_of_two_groups():
    model = fit(with_intercept(MALE), SYN["score"], SYN_A2, Family.GAUSSIAN)
    test = t_test_two(SYN["score"], SEX, SYN_A2)
    table = model.table()
    close([table.estimate[1], table.t[1], table.p[1]], [test.estimate, test.statistic, test.p])
    assert model.df_residual == test.df


def test_a_regression_through_the_origin_on_a_size_has_the_residuals_of_a_ratio():
    # With x as column and y/x weighted by x the slope is the ratio of the totals.
    design = build_design(weights=API["pw"] * API["enroll"], strata=API["stype"])
    model = fit(np.ones(200), API["api00"] / API["enroll"], design, Family.GAUSSIAN)
    plain = build_design(weights=API["pw"], strata=API["stype"])
    expected = ratio(API["api00"], API["enroll"], plain)
    close(model.coefficients.value, expected.value)
    close(model.coefficients.se, expected.se)


def test_the_order_of_rows_and_the_scale_of_weights_do_not_matter():
    order = np.random.default_rng(5).permutation(len(SEX))
    other = build_design(
        strata=SYN["district"][order],
        clusters=SYN["community"][order],
        weights=SYN["w"][order] * 3,
    )
    one = aware().coefficients
    two = fit(SEX_AND_AGE[order], SYN["aware"][order], other, Family.BINOMIAL).coefficients
    close(two.value, one.value, 1e-10)
    close(two.covariance, one.covariance, 1e-10)


@pytest.mark.parametrize("stop", Stop)
@pytest.mark.parametrize("name", [None, "community"])
def test_cells_give_the_numbers_of_their_respondents(name, stop):
    clusters = SYN[name] if name else None
    weights = np.round(SYN["w"], -2) + 50
    columns = [SYN["sex"], SYN["aware"], SYN["age"]]
    cells, first = collapsed(columns, weights, SYN["district"], clusters)
    rows = build_design(weights=weights, strata=SYN["district"], clusters=clusters)
    x = with_intercept(MALE, SYN["age"])
    one = fit(x, SYN["aware"], rows, Family.BINOMIAL, stop=stop)
    two = fit(x[first], SYN["aware"][first], cells, Family.BINOMIAL, stop=stop)
    close(two.coefficients.value, one.coefficients.value, 1e-10)
    close(two.coefficients.covariance, one.coefficients.covariance, 1e-10)
    assert one.df_residual == two.df_residual


def test_another_unit_of_a_column_changes_its_coefficient_only():
    one = fit(with_intercept(SYN["edu"]), SYN["aware"], SYN_A2, Family.BINOMIAL).table()
    two = fit(with_intercept(SYN["edu"] * 1e6), SYN["aware"], SYN_A2, Family.BINOMIAL).table()
    close(two.t, one.t)
    close(two.estimate * [1, 1e6], one.estimate)


def test_columns_far_from_zero_are_fitted_to_the_last_digits():
    year = 2000 + SYN["edu"]
    plain = fit(with_intercept(SYN["edu"], SYN["edu"] ** 2), SYN["aware"], SYN_A2, Family.BINOMIAL)
    far = fit(with_intercept(year, year**2), SYN["aware"], SYN_A2, Family.BINOMIAL)
    close(far.fitted, plain.fitted, 1e-7)
    close(far.table().t[2], plain.table().t[2], 1e-5)


def test_rows_outside_the_domain_may_lack_values():
    inside = SYN["wave"] == 2
    y = np.where(inside, SYN["aware"], np.nan)
    x = with_intercept(MALE, np.where(inside, SYN["edu"], np.nan))
    model = fit(x, y, SYN_A2.domain(inside), Family.BINOMIAL)
    close(model.coefficients.value, result("binomial_domain")["est"])
    assert not model.fitted[~inside].any()
    with pytest.raises(MissingValues):
        fit(x, y, SYN_A2, Family.BINOMIAL)


def test_columns_that_are_combinations_of_earlier_ones_are_named():
    x = with_intercept(MALE, 1 - MALE, SYN["edu"], np.zeros(len(SEX)))
    names = ["one", "male", "female", "edu", "nothing"]
    with pytest.raises(ColumnsDependent) as refused:
        fit(x, SYN["aware"], SYN_A2, Family.BINOMIAL, names=names)
    assert refused.value.columns == ("female", "nothing")
    with pytest.raises(ColumnsDependent) as refused:
        fit(x[:, :3], SYN["aware"], SYN_A2, Family.BINOMIAL)
    assert refused.value.columns == ("2",)
    with pytest.raises(ColumnsDependent):
        predictive_margins(x[:, :2], SYN["aware"], SEX, SYN_A2, Family.BINOMIAL)
    with pytest.raises(ColumnsDependent):
        fit(np.eye(3)[:2], np.ones(2), build_design(rows=2), Family.GAUSSIAN)


@pytest.mark.parametrize(
    ("family", "outcome"),
    [
        (Family.BINOMIAL, [0, 0, 0, 1, 1, 1]),  # told apart by x
        (Family.BINOMIAL, [0, 0, 1, 0, 1, 1]),  # by the second column alone
        (Family.BINOMIAL, [1, 1, 1, 1, 1, 1]),
        (Family.POISSON, [0, 0, 0, 0, 0, 0]),
        (Family.POISSON, [0, 0, 5, 0, 2, 7]),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 1e5])
def test_separated_data_are_refused(family, outcome, scale):
    x = with_intercept([0.0, 0, 0, 1, 1, 1], np.array([0.0, 0, 1, 0, 1, 1]) * scale)
    with pytest.raises(Separated):
        fit(x, np.array(outcome, float), build_design(rows=6), family)


def test_a_replicate_that_is_separated_is_refused():
    x, y = with_intercept([0.0, 0, 1, 1]), np.array([0.0, 1, 0, 1])
    with pytest.raises(Separated):
        fit(x, y, jackknife(build_design(rows=4)), Family.BINOMIAL)


def test_rates_between_nothing_and_all_may_be_fitted_and_extremes_too():
    shares = np.array([0.1, 0.5, 0.0, 1.0])
    x = np.ones((4, 1))
    model = fit(x, shares, build_design(rows=4), Family.BINOMIAL)
    assert model.fitted[0] == pytest.approx(0.4)
    one_far = np.array([-40.0, 1, 2, 3, 4, 5, 6])
    y = np.array([0.0, 0, 1, 0, 1, 0, 1])
    model = fit(with_intercept(one_far), y, build_design(rows=7), Family.BINOMIAL)
    assert model.fitted.sum() == pytest.approx(3)


@pytest.mark.parametrize(
    ("family", "outcome", "words"),
    [
        (Family.BINOMIAL, [0, 2, 1], "from 0 to 1"),
        (Family.POISSON, [0, -1, 1], "at least 0"),
        (Family.GAUSSIAN, [[0, 1], [1, 1], [2, 1]], "one variable"),
    ],
)
def test_values_outside_the_range_of_the_family_are_refused(family, outcome, words):
    with pytest.raises(DesignFaulty, match=words):
        fit(np.ones(3), np.array(outcome, float), build_design(rows=3), family)


def test_without_degrees_of_freedom_there_are_coefficients_and_no_tests():
    design = build_design(clusters=[0, 0, 1, 1])
    x, y = with_intercept([0.0, 1, 2, 3]), np.array([1.0, 3, 2, 5])
    model = fit(np.column_stack([x, [1, 0, 0, 0]]), y, design, Family.GAUSSIAN)
    assert model.df_residual < 1
    for refused in (model.table, lambda: model.limits(0.95), lambda: term_test(model, "1")):
        with pytest.raises(DesignFaulty, match="degrees of freedom"):
            refused()


def test_what_a_model_does_not_have_is_refused():
    model = aware()
    with pytest.raises(DesignFaulty, match="no term 'sec'; there are one, sex, age"):
        term_test(model, "sec")
    with pytest.raises(DesignFaulty, match="no term"):
        term_test(model, [7])
    with pytest.raises(DesignFaulty, match="7 each expected"):
        fit(SEX_AND_AGE, SYN["aware"], SYN_A2, Family.BINOMIAL, names=["one"])
    with pytest.raises(DesignFaulty, match="7 in each row"):
        model.predict(np.ones(3))
    with pytest.raises(DesignFaulty, match="two groups"):
        predictive_margins(SEX_AND_AGE, SYN["aware"], SEX * 0, SYN_A2, Family.BINOMIAL)
    with pytest.raises(MissingValues):
        predictive_margins(SEX_AND_AGE, SYN["aware"], SEX - 1, SYN_A2, Family.BINOMIAL)
    with pytest.raises(DesignFaulty, match="whole-number codes"):
        predictive_margins(SEX_AND_AGE, SYN["aware"], MALE, SYN_A2, Family.BINOMIAL)
    below = SYN_A2.reweighted(np.where(SYN["edu"] == 1, -1.0, SYN["w"]))
    with pytest.raises(DesignFaulty, match="negative weights"):
        aware(below)
    flat = fit(np.ones(4), np.ones(4), build_design(rows=4), Family.GAUSSIAN)
    with pytest.raises(DesignFaulty, match="without spread"):
        flat.table()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), family=st.sampled_from(Family))
def test_a_random_fit_solves_the_score_equations(seed, family):
    rng = np.random.default_rng(seed)
    n = 120
    x = with_intercept(rng.normal(size=n), rng.uniform(0, 50, n))
    y = rng.poisson(2, n).astype(float)
    if family is Family.BINOMIAL:
        y = (y > rng.integers(0, 4, n)).astype(float)
    design = build_design(weights=rng.uniform(0.2, 9, n), clusters=np.arange(n) // 6)
    model = fit(x, y, design, family)
    scores = x * (design.weights * (y - model.fitted))[:, None]
    assert np.abs(scores.sum(axis=0)).max() <= 1e-11 * np.abs(scores).sum()
    assert np.linalg.eigvalsh(model.coefficients.covariance)[0] > 0
    linear = model.coefficients.linearized.sum(axis=0)
    assert np.abs(linear).max() <= 1e-10 * np.abs(model.coefficients.linearized).sum()


def test_the_p_values_are_those_of_the_t_distribution():
    table = aware().table()
    close(table.p, 2 * stats.t.sf(np.abs(table.t), aware().df_residual))
    assert len(results("binomial")) == 1
