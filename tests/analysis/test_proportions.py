"""Limits of rates: R's numbers, both ends of the scale, and what is refused."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.adjustment import poststratify
from analysis.design_columns import build_design
from analysis.errors import DesignFaulty, LonelyStrata, MissingValues, NothingInDomain
from analysis.estimation import answered
from analysis.intervals import Measured, Method, rate_limits
from analysis.proportions import RateMethod, rate
from analysis.replication import jackknife
from tests.analysis.samples import cases, code, data, sample

CASES = {key: case for key, case in cases("r_weighting").items() if key.startswith("prop_ci")}
# R's iterations stop early, and its likelihood limits are read off a spline.
TOLERANCES = {"logit": 1e-5, "likelihood": 1e-4}
TWENTY = {"strata": np.repeat([1, 2], 10), "clusters": np.repeat(np.arange(10), 2)}


def of(case):
    """Values, design with all who were asked, method, level and df of a call of svyciprop."""
    call = case["r"]
    variable = re.search(r"I\((\w+)==1\)", call)[1]
    x, design = data(case["design"]), sample(case["design"])
    if "subset" in call:
        second = "wave" in call
        rows = (x["wave"] == 2) & (x["sex"] == "F") if second else x["district"] == "D02"
        design = design.domain(rows)
    method, level = re.search(r"method='(\w+)'", call)[1], re.search(r"level=([\d.]+)", call)[1]
    return x[variable], design, method, float(level), np.inf if "df=Inf" in call else None


@pytest.mark.parametrize("case", CASES)
def test_limits_are_those_of_r(case):
    values, asked, method, level, df = of(CASES[case])
    design = asked.domain(answered(values))
    found = rate(values, design, method, level=level, df=df, asked=asked)
    expected, tolerance = CASES[case]["result"], TOLERANCES.get(method, 1e-10)
    assert (found.p, found.se) == pytest.approx((expected["est"], expected["se"]), rel=tolerance)
    assert [found.low, found.high] == pytest.approx(expected["ci"], rel=tolerance)
    assert found.method == method


@pytest.mark.parametrize(
    ("case", "variable", "by", "method"),
    [
        ("domain_prop_ci-010", "HI_CHOL", ["race"], "beta"),
        ("domain_prop_ci-022", "satisf", ["district", "wave"], "beta"),
        ("domain_prop_ci-028", "satisf", ["age"], "wilson"),
    ],
)
def test_limits_in_domains_are_those_of_r(case, variable, by, method):
    name = cases("r_weighting")[case]["design"]
    columns = list(cases("r_weighting")[case]["result"]["columns"].values())
    x, design = data(name), sample(name)
    codes = [code(x[key]) for key in by]
    domains = np.unique(np.stack(codes[::-1]), axis=1)[::-1].T
    assert len(domains) == len(columns[0])
    for place, domain in enumerate(domains):
        asked = design.domain((np.stack(codes, axis=1) == domain).all(axis=1))
        found = rate(x[variable], asked.domain(answered(x[variable])), method, asked=asked)
        expected = [column[place] for column in columns]
        assert [found.p, found.se, found.low, found.high] == pytest.approx(expected, rel=1e-9)


def test_those_who_did_not_answer_count_in_what_r_takes_from_them():
    values = data("nh")["HI_CHOL"]
    asked = sample("nh").domain(data("nh")["race"] == 4)
    part = asked.domain(answered(values))
    assert (asked.df, part.df) == (15, 14)
    with_all, alone = rate(values, part, "beta", asked=asked), rate(values, part, "beta")
    assert (with_all.df, alone.df) == (15, 14)
    assert with_all.low > alone.low
    assert with_all.high < alone.high


@pytest.mark.parametrize(
    ("variable", "district", "p"), [("aware", "D03", 1), ("particip", "D05", 0)]
)
@pytest.mark.parametrize("method", RateMethod)
def test_at_the_ends_there_are_limits(variable, district, p, method):
    x = data("syn_a2")
    design = sample("syn_a2").domain(x["district"] == district)
    found = rate(x[variable], design, method)
    n = design.respondents
    assert (found.p, found.se, found.n, found.k) == (p, 0, n, n * p)
    assert 0 <= found.low < found.high <= 1
    if method is RateMethod.WILSON:
        t = stats.t.ppf(0.975, design.df)
        level = 1 - 2 * stats.norm.sf(t)
        low, high = proportion_confint(n * p, n, alpha=1 - level, method="wilson")
    else:
        low, high = proportion_confint(n * p, n, method="beta")
        assert found.method is RateMethod.KORN_GRAUBARD
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("method", RateMethod)
def test_clusters_that_are_all_alike_leave_a_width(method):
    found = rate(np.tile([0.0, 1.0], 10), build_design(**TWENTY, nest=True), method)
    assert found.se == pytest.approx(0, abs=1e-15)
    assert found.low < 0.4
    assert found.high > 0.6


@pytest.mark.parametrize("method", RateMethod)
def test_one_cluster_is_refused(method):
    values = np.array([1.0, 0, 1, 0])
    with pytest.raises(DesignFaulty, match="degrees of freedom"):
        rate(values, build_design(clusters=[1, 1, 2, 2]).domain([True, True, False, False]), method)
    with pytest.raises(LonelyStrata):
        rate(values, build_design(clusters=[1, 1, 1, 1]), method)


def test_korn_graubard_is_that_of_the_product():
    values = data("strat")["sch_wide_b"]
    found = rate(values, sample("strat"))
    same = rate_limits(
        Measured(found.p, found.se, found.n, found.k, found.df), Method.KORN_GRAUBARD, 0.95
    )
    assert (found.low, found.high) == (same.low, same.high)
    assert (found.n, found.k) == (200, int(values.sum()))


def test_the_cap_on_the_effective_size_holds_for_korn_graubard_only():
    x = data("strat")
    design = poststratify(sample("strat"), code(x["sch_wide"]), [1072, 5122]).design
    values = x["sch_wide_b"] * (x["stype"] == "E")
    capped, free = rate(values, design), rate(values, design, "beta")
    assert free.high - free.low < capped.high - capped.low
    n = 200 * capped.p
    assert capped.low == pytest.approx(stats.beta.ppf(0.025, n, 200 - n + 1))


def test_likelihood_limits_have_the_deviance_of_the_quantile():
    found = rate(data("strat")["sch_wide_b"], sample("strat"), "likelihood", df=np.inf)
    p, effect = found.p, found.se**2 / (found.p * (1 - found.p) / found.n)
    for limit in (found.low, found.high):
        deviance = 2 * (p * np.log(p / limit) + (1 - p) * np.log((1 - p) / (1 - limit)))
        scaled = found.n * deviance / effect * (found.n - 1) / found.n
        assert stats.chi2.sf(scaled, 1) == pytest.approx(0.05, rel=1e-9)


def test_arcsine_limits_do_not_turn_back():
    values = np.array([1.0] + [0.0] * 19)
    design = build_design(**TWENTY, nest=True)
    found = rate(values, design, "asin")
    assert found.low == 0
    assert found.p < found.high < 0.3
    mirrored = rate(1 - values, design, "asin")
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1))


@settings(max_examples=50, deadline=None)
@given(
    some.lists(some.booleans(), min_size=20, max_size=20),
    some.sampled_from(list(RateMethod)),
    some.floats(0.5, 0.99),
    some.integers(1, 3),
)
def test_limits_hold_the_rate_mirror_and_do_not_depend_on_counting(hits, method, level, times):
    values = np.array(hits, float)
    design = build_design(**TWENTY, nest=True, counts=[times] * 20)
    found = rate(values, design, method, level=level)
    assert found.low < found.high
    assert found.low - 1e-12 <= found.p <= found.high + 1e-12
    if method is not RateMethod.MEAN:
        assert 0 <= found.low < found.high <= 1
    other = rate(1 - values, design, method, level=level)
    assert (1 - other.high, 1 - other.low) == pytest.approx((found.low, found.high), abs=1e-9)
    rows = np.repeat(np.arange(20), times)
    spread = build_design(
        strata=TWENTY["strata"][rows], clusters=TWENTY["clusters"][rows], nest=True
    )
    again = rate(values[rows], spread, method, level=level)
    assert (again.low, again.high) == pytest.approx((found.low, found.high), abs=1e-12)
    assert (again.n, again.k) == (found.n, found.k)


def test_replicates_give_limits_by_the_same_formulas():
    values, design = data("syn_a2")["aware"], sample("syn_a2")
    replicated = jackknife(design)
    for method in RateMethod:
        one, other = rate(values, replicated, method), rate(values, design, method)
        assert one.p == pytest.approx(other.p, rel=1e-12)
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.005)
        assert one.se != other.se


def test_what_is_no_rate_is_refused():
    design = build_design(rows=4)
    with pytest.raises(DesignFaulty, match="0 and 1"):
        rate([0, 1, 2, 1], design)
    with pytest.raises(DesignFaulty, match="0 and 1"):
        rate(np.eye(4), design)
    with pytest.raises(MissingValues):
        rate([0, 1, np.nan, 1], design)
    with pytest.raises(NothingInDomain):
        rate([0, 1], build_design(weights=[0.0, 0.0]))
    for level in (0.0, 1.0, np.nan):
        with pytest.raises(DesignFaulty, match="level"):
            rate([0, 1, 0, 1], design, level=level)
    for df in (0.0, -1.0, np.nan):
        with pytest.raises(DesignFaulty, match="degrees"):
            rate([0, 1, 0, 1], design, df=df)
    with pytest.raises(ValueError, match="exact"):
        rate([0, 1, 0, 1], design, "exact")


def test_beta_needs_the_degrees_of_freedom_of_the_design():
    design = build_design(clusters=[1, 2, 3, 4], strata=[1, 1, 2, 2])
    part = design.domain([True, False, True, False])  # one cluster of each stratum
    assert rate([1, 0, 0, 0], part, "xlogit", df=np.inf).se > 0
    with pytest.raises(DesignFaulty, match="degrees"):
        rate([1, 0, 0, 0], part, "beta", df=np.inf)
