"""Tests of means, ranks and tables against R and algebra; what cannot be tested is refused."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.association import Association, Within, chi_square, cross_table, table_shares
from analysis.design_columns import build_design
from analysis.errors import DesignFaulty, MissingValues, NothingInDomain
from analysis.estimation import contrast, mean
from analysis.hypotheses import (
    Scores,
    Ties,
    rank_test,
    rank_test_groups,
    t_test,
    t_test_two,
    wald_test,
)
from analysis.quadratic_forms import mixture_tail, saddlepoint_tail
from analysis.replication import jackknife
from tests.analysis.r_models import (
    API,
    JKN,
    POST,
    SOME_EDU,
    STRAT,
    SYN,
    SYN_A2,
    coded,
    collapsed,
    result,
    results,
)

EXACT = 1e-10  # relative
ROOT = 1e-7  # relative: R looks for the saddlepoint up to 1e-8
KINDS = [
    Association.F,
    Association.CHISQ,
    Association.WALD,
    Association.ADJUSTED_WALD,
    Association.SADDLEPOINT,
]
SEX = coded(SYN["sex"])


def close(found, expected, rel=EXACT):
    np.testing.assert_allclose(found, expected, rtol=rel)


def simple(n, **columns):
    return build_design(rows=n, **columns)


TABLES = {
    "chisq_strat": (coded(API["stype"]), coded(API["awards"]), STRAT),
    "chisq_missing": (coded(SOME_EDU), SEX, SYN_A2),
    "chisq_domain": (coded(SYN["age"]), coded(SYN["aware"]), SYN_A2.domain(SYN["wave"] == 2)),
    "chisq_post": (coded(SYN["edu"]), coded(SYN["wave"]), POST.domain(SYN["age"] > 2)),
    "chisq_jkn": (coded(SYN["edu"]), SEX, JKN),
}


@pytest.mark.parametrize("case", TABLES)
def test_each_chi_square_statistic_is_that_of_r(case):
    row, column, design = TABLES[case]
    for kind, expected in zip(KINDS, results(case), strict=False):
        found = chi_square(row, column, design, kind)
        freedom = [df for df in (found.df, found.ddf) if df is not None]
        # After calibration R's Pearson statistic is for all rows, also those outside the domain.
        whole = len(SEX) / (SYN["age"] > 2).sum() if case == "chisq_post" else 1
        scale = whole if kind in {Association.CHISQ, Association.SADDLEPOINT} else 1
        close(found.statistic * scale, expected["statistic"][0])
        close(freedom, expected.get("parameter", []))
        close(found.p, expected["p"][0], ROOT if kind is Association.SADDLEPOINT else EXACT)


def test_replicates_have_the_denominator_that_r_leaves_out():
    row, column = coded(SYN["edu"]), SEX
    one = chi_square(row, column, JKN, Association.EXACT).p
    close(one, chi_square(row, column, SYN_A2, Association.EXACT).p, 1e-2)
    assert JKN.df == SYN_A2.df


def test_without_a_design_the_chi_square_is_pearsons():
    rng = np.random.default_rng(1)
    row, column = rng.integers(0, 3, 400), rng.integers(0, 2, 400)
    found = chi_square(row, column, simple(400), Association.CHISQ)
    table = np.histogram2d(row, column, bins=(3, 2))[0]
    expected = stats.chi2_contingency(table, correction=False)
    close(found.statistic, expected.statistic)
    # Only the factor n/(n - 1) of the design's variance stands between the two.
    close(found.p, stats.chi2.sf(expected.statistic * 399 / 400, 2))


def test_codes_that_are_missing_count_in_the_size_of_pearsons_statistic_only():
    row, column = coded(SOME_EDU), SEX
    whole = chi_square(row, column, SYN_A2, Association.CHISQ)
    part = chi_square(row, column, SYN_A2.domain(row >= 0), Association.CHISQ)
    known = (row >= 0).mean()
    close(whole.statistic * known, part.statistic)
    close(whole.p, part.p)


def test_the_order_of_rows_and_the_scale_of_weights_do_not_matter():
    order = np.random.default_rng(2).permutation(len(SEX))
    other = build_design(
        strata=SYN["district"][order],
        clusters=SYN["community"][order],
        weights=SYN["w"][order] * 3,
    )
    for kind in Association:
        one = chi_square(coded(SYN["age"]), SEX, SYN_A2, kind)
        two = chi_square(coded(SYN["age"])[order], SEX[order], other, kind)
        close([two.statistic, two.p], [one.statistic, one.p], 1e-9)
    one = rank_test(SYN["score"], SEX, SYN_A2)
    two = rank_test(SYN["score"][order], SEX[order], other)
    close([two.estimate, two.se, two.p], [one.estimate, one.se, one.p])


@pytest.mark.parametrize("name", [None, "community"])
def test_cells_give_the_numbers_of_their_respondents(name):
    clusters = SYN[name] if name else None
    weights = np.round(SYN["w"], -2) + 50
    columns = [SYN["sex"], SYN["aware"], SYN["age"]]
    cells, first = collapsed(columns, weights, SYN["district"], clusters)
    rows = build_design(weights=weights, strata=SYN["district"], clusters=clusters)
    assert len(first) < len(weights)
    row, column = coded(SYN["age"]), coded(SYN["aware"])
    for kind in Association:
        one = chi_square(row, column, rows, kind)
        two = chi_square(row[first], column[first], cells, kind)
        close([two.statistic, two.p], [one.statistic, one.p], 1e-9)
    one, two = cross_table(row, column, rows), cross_table(row[first], column[first], cells)
    close(two.totals, one.totals)
    close(two.respondents, one.respondents)
    one = rank_test(SYN["age"], SEX, rows)
    two = rank_test(SYN["age"][first], SEX[first], cells)
    close([two.estimate, two.se], [one.estimate, one.se])
    one = t_test_two(SYN["age"], SEX, rows)
    two = t_test_two(SYN["age"][first], SEX[first], cells)
    close([two.estimate, two.se], [one.estimate, one.se])


def test_listed_ties_of_cells_are_those_of_respondents_one_after_the_other():
    values = np.array([1.0, 2.0, 2.0, 3.0, 3.0, 4.0])
    group, counts = np.array([0, 1, 0, 1, 1, 0]), np.array([1, 2, 3, 1, 2, 2])
    weights = np.array([1.0, 4.0, 2.0, 3.0, 1.5, 1.0])
    cells = simple(6, weights=weights, counts=counts)
    long = np.repeat(np.arange(6), counts)
    rows = simple(long.size, weights=weights[long])
    one = rank_test(values[long], group[long], rows, ties=Ties.LISTED)
    two = rank_test(values, group, cells, ties=Ties.LISTED)
    close([two.estimate, two.se], [one.estimate, one.se])


def test_shares_of_a_row_are_those_of_its_domain_in_r():
    found = table_shares(coded(SYN["age"]), coded(SYN["aware"]), SYN_A2, Within.ROW)
    expected = result("shares_row")
    close(found.value[1::2], expected["factor(aware)1"])
    close(found.se[0::2], expected["se.factor(aware)0"])


def test_shares_within_a_column_are_those_of_the_turned_table():
    row, column = coded(SYN["age"]), SEX
    one = table_shares(row, column, SYN_A2, Within.COLUMN)
    two = table_shares(column, row, SYN_A2, Within.ROW)
    close(one.value.reshape(6, 2).T.reshape(-1), two.value)
    close(one.se.reshape(6, 2).T.reshape(-1), two.se)
    whole = table_shares(row, column, SYN_A2)
    assert whole.value.sum() == pytest.approx(1)


def test_t_tests_are_those_of_r():
    two, one, replicated = results("ttest")
    for found, expected in [
        (t_test_two(SYN["score"], SEX, SYN_A2), two),
        (t_test(API["api00"] - API["api99"], STRAT), one),
        (t_test_two(SYN["score"], SEX, JKN), replicated),
    ]:
        close(found.statistic, expected["statistic"][0])
        assert found.df == expected["parameter"][0]
        close(found.p, expected["p"][0])


def test_two_groups_differ_by_the_contrast_of_their_domains():
    parts = [mean(SYN["score"], SYN_A2.domain(code == SEX)) for code in (0, 1)]
    expected = contrast(SYN_A2.joint(parts), [-1, 1])
    found = t_test_two(SYN["score"], SEX, SYN_A2)
    close([found.estimate, found.se], [expected.value[0], expected.se[0]])


def test_a_t_test_against_a_value_is_that_of_the_shifted_values():
    one = t_test(SYN["score"], SYN_A2, mu=70)
    two = t_test(SYN["score"] - 70, SYN_A2)
    close([one.statistic, one.p], [two.statistic, two.p])
    inside = one.limits(1 - two.p)
    nearer = inside.high if one.statistic < 0 else inside.low
    assert nearer == pytest.approx(70)


def test_rank_tests_of_two_groups_are_those_of_r():
    for scores, expected in zip(Scores, results("ranks"), strict=True):
        found = rank_test(SYN["score"], SEX, SYN_A2, scores=scores, ties=Ties.LISTED)
        close(found.statistic, expected["statistic"][0])
        assert found.df == expected["parameter"][0]
        close(found.p, expected["p"][0])
    found = rank_test(SYN["score"], SEX, JKN, ties=Ties.LISTED)
    close(found.statistic, result("ranks_jkn")["statistic"][0])


def test_rank_tests_of_several_groups_are_those_of_r():
    # R calls the quadratic form its parameter, and its degrees of freedom the statistic.
    for scores, expected in zip(Scores, results("ranks_many"), strict=True):
        found = rank_test_groups(
            API["api00"], coded(API["stype"]), STRAT, scores=scores, ties=Ties.LISTED
        )
        close(found.chi_square, expected["parameter"][0])
        assert found.df == expected["statistic"][0]
        close(found.p, expected["p"][0])


def test_the_rank_test_of_a_simple_sample_compares_mean_midranks():
    values = np.array([1.0, 2, 2, 3, 5, 8, 8, 9])
    group = np.array([0, 0, 1, 0, 1, 0, 1, 1])
    found = rank_test(values, group, simple(8))
    share = (stats.rankdata(values) - 0.5) / 8
    assert found.estimate == pytest.approx(share[group == 1].mean() - share[group == 0].mean())


def test_two_groups_have_one_rank_test():
    one = rank_test(SYN["score"], SEX, SYN_A2)
    both = rank_test_groups(SYN["score"], SEX, SYN_A2)
    close([both.statistic, both.p], [one.statistic**2, one.p])


@pytest.mark.parametrize("x", [0.01, 1.0, 7.0, 60.0])
@pytest.mark.parametrize("ddf", [1.5, 9.0, 371.3])
def test_equal_coefficients_make_an_f_distribution(x, ddf):
    for terms in (1, 2, 5):
        found = mixture_tail(x, np.full(terms, 0.7), ddf)
        assert found == pytest.approx(stats.f.sf(x / terms / 0.7, terms, ddf), rel=1e-10)


@pytest.mark.parametrize("x", [0.5, 4.0, 30.0])
def test_coefficients_in_pairs_make_a_sum_of_exponentials(x):
    # Over many degrees of freedom: P(sum > x) = (3 exp(-x/6) - exp(-x/2)) / 2, coefficients 3, 1.
    coefficients = np.array([3.0, 3.0, 1.0, 1.0])
    ddf = 40.0
    scale = np.array([6.0, 2.0])
    # Its mean over the denominator: E exp(-x Y / s) with Y chi-square over ddf.
    mixed = (1 + 2 * x / scale / ddf) ** (-ddf / 2)
    expected = (3 * mixed[0] - mixed[1]) / 2
    assert mixture_tail(x, coefficients, ddf) == pytest.approx(expected, rel=1e-10)


def test_probabilities_of_a_sum_lie_near_its_simulation_and_saddlepoint():
    rng = np.random.default_rng(3)
    coefficients = np.array([2.0, 1.0, 0.3])
    sums = rng.chisquare(1, (200_000, 3)) @ coefficients / (rng.chisquare(12, 200_000) / 12)
    for x in (1.0, 3.3, 10.0):
        exact = mixture_tail(x, coefficients, 12.0)
        assert exact == pytest.approx((sums > x).mean(), abs=5 * 0.5 / math.sqrt(200_000))
        assert saddlepoint_tail(x, coefficients, 12.0) == pytest.approx(exact, rel=0.08)


def test_in_the_middle_the_saddlepoint_gives_way_to_satterthwaite():
    # The saddlepoint is at 0 where x is the sum of the coefficients.
    coefficients = np.array([2.0, 1.0])
    expected = stats.f.sf(1.0, 9 / 5, 20)
    assert saddlepoint_tail(3.0, coefficients, 20.0) == pytest.approx(expected, rel=1e-12)
    assert saddlepoint_tail(0.0, coefficients, 20.0) == 1
    assert mixture_tail(0.0, coefficients, 20.0) == 1


@settings(max_examples=60, deadline=None)
@given(
    coefficients=st.lists(st.floats(0.01, 20), min_size=1, max_size=6),
    multiple=st.floats(0.001, 40),
    ddf=st.floats(1, 500),
)
@example(coefficients=[5.0, 5.5, 5.0], multiple=1.0, ddf=1.0000000000000002)
def test_a_tail_probability_falls_from_one_to_zero(coefficients, multiple, ddf):
    x = multiple * sum(coefficients)
    one = mixture_tail(x, np.array(coefficients), ddf)
    two = mixture_tail(x * 1.5, np.array(coefficients), ddf)
    assert 0 < two < one < 1


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), clusters=st.integers(6, 20))
def test_statistics_of_a_random_sample_are_proportions_and_positive(seed, clusters):
    rng = np.random.default_rng(seed)
    n = clusters * 12
    row, column = np.arange(n) % 3, rng.integers(0, 2, n)
    design = build_design(weights=rng.uniform(1, 5, n), clusters=np.arange(n) // 12)
    found = {kind: chi_square(row, column, design, kind) for kind in Association}
    for test in found.values():
        assert 0 <= test.p <= 1
        assert test.statistic >= 0
    f, wald = found[Association.F], found[Association.WALD]
    assert f.ddf == pytest.approx(f.df * design.df)
    assert wald.df == 2


def test_a_wald_test_of_one_estimate_is_its_squared_t():
    found = wald_test(np.array([2.0]), np.array([[4.0]]), 7)
    assert found.statistic == pytest.approx(1)
    assert found.p == pytest.approx(2 * stats.t.sf(1, 7))
    normal = wald_test(np.array([2.0, 0.0]), np.eye(2), math.inf)
    assert normal.p == pytest.approx(stats.chi2.sf(4, 2))
    assert normal.chi_square == pytest.approx(4)


def test_a_table_by_hand():
    row, column = np.array([5, 5, 7, 7, -1]), np.array([0, 2, 2, 2, 0])
    design = simple(5, weights=[1, 2, 3, 4, 5], counts=[1, 1, 2, 1, 1])
    found = cross_table(row, column, design)
    assert found.rows.tolist() == [5, 7]
    assert found.columns.tolist() == [0, 2]
    assert found.totals.tolist() == [[1, 2], [0, 10]]
    assert found.respondents.tolist() == [[1, 1], [0, 3]]


def test_what_cannot_be_tested_is_refused():
    small = simple(4)
    two = np.array([0, 0, 1, 1])
    values = np.array([1.0, 2, 3, 5])
    with pytest.raises(MissingValues):
        t_test(np.array([1.0, np.nan, 3, 4]), small)
    with pytest.raises(MissingValues):
        t_test_two(values, np.array([0, 1, -1, 1]), small)
    with pytest.raises(DesignFaulty, match="two groups expected, found 3"):
        t_test_two(values, np.array([0, 1, 2, 2]), small)
    with pytest.raises(DesignFaulty, match="two groups expected, found 4"):
        rank_test(values, np.arange(4), small)
    with pytest.raises(DesignFaulty, match="at least two groups"):
        rank_test_groups(values, np.zeros(4, int), small)
    with pytest.raises(DesignFaulty, match="whole-number codes"):
        t_test_two(values, np.array(["a", "a", "b", "b"]), small)
    with pytest.raises(DesignFaulty, match="one variable"):
        t_test(np.eye(4), small)
    with pytest.raises(DesignFaulty, match="without spread"):
        t_test(np.ones(4), small)
    with pytest.raises(DesignFaulty, match="2 degrees of freedom"):
        t_test(values[:2], simple(2))
    with pytest.raises(DesignFaulty, match="at least two categories"):
        chi_square(two, np.zeros(4, int), small)
    with pytest.raises(NothingInDomain):
        chi_square(two, np.full(4, -1), small)
    with pytest.raises(DesignFaulty, match="no degrees of freedom"):
        chi_square(two, np.array([0, 1, 0, 1]), simple(4, clusters=np.ones(4)))
    with pytest.raises(DesignFaulty, match="negative weights"):
        rank_test(values, two, small.reweighted(np.array([1.0, -1, 1, 1])))
    with pytest.raises(DesignFaulty, match="no degrees of freedom"):
        wald_test(np.ones(1), np.eye(1), 0)
    with pytest.raises(DesignFaulty, match="fewer directions"):
        wald_test(np.ones(2), np.ones((2, 2)), 5)
    with pytest.raises(DesignFaulty, match="without spread"):
        wald_test(np.ones(2), np.zeros((2, 2)), 5)


def test_a_table_with_more_cells_than_degrees_of_freedom_has_no_adjusted_wald_test():
    row, column = np.tile(np.arange(3), 12), np.repeat(np.arange(3), 12)
    rng = np.random.default_rng(4)
    design = build_design(clusters=rng.permutation(36) % 4, weights=rng.uniform(1, 2, 36))
    with pytest.raises(DesignFaulty):
        chi_square(row, column, design, Association.ADJUSTED_WALD)


def test_a_replicate_without_one_of_the_groups_is_refused():
    values, group = np.array([1.0, 2, 3, 5, 4, 4]), np.array([1, 1, 0, 0, 0, 0])
    design = jackknife(build_design(clusters=np.array([0, 0, 1, 1, 2, 2])))
    with pytest.raises(DesignFaulty, match="none in a replicate"):
        t_test_two(values, group, design)
