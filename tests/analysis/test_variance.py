"""Standard errors against R survey, and lonely clusters, certainty strata and covariances."""

import numpy as np
import pytest

from analysis.calibration import Margin, calibrate, fit_margins
from analysis.cells import Column, Tally
from analysis.errors import LonelyStrata
from analysis.indicators import Coded
from analysis.strata import Lonely
from analysis.variance import (
    Domains,
    Linearized,
    Linearizer,
    build_units,
    covariance,
    satterthwaite,
    shares_clusters,
    stratum_variances,
)
from analysis.weighting import Weights
from tests.analysis.r_survey import Design, result

EXACT = 1e-11  # relative; R printed 15 digits


def errors(design, weights, variable, by=None, lonely=Lonely.FAIL):
    line = design.linearizer(weights, by)(design.coded(variable))
    variance = stratum_variances(line.totals, design.units, lonely).sum(axis=0)
    return line, np.sqrt(variance)


@pytest.mark.parametrize(
    ("case", "design", "variables"),
    [
        ("mean-001", "strat", ["api00", "enroll", "sch_wide_b"]),
        ("mean-002", "strat_nofpc", ["meals", "hi"]),
    ],
)
def test_a_mean_of_persons_with_and_without_fpc_is_that_of_r(case, design, variables):
    sample = Design(design)
    for place, variable in enumerate(variables):
        line, se = errors(sample, sample.weights(), variable)
        assert line.estimate[0] == pytest.approx(result(case)["est"][place], rel=EXACT)
        assert se[0] == pytest.approx(result(case)["se"][place], rel=EXACT)


def test_a_mean_in_domains_that_cross_strata_is_that_of_r():
    sample = Design("strat")
    line, se = errors(sample, sample.weights(), "hi", by="awards")
    expected = result("domain-005")
    assert expected["keys"]["awards"] == [area for _, area in line_names(sample, "awards")][1:]
    np.testing.assert_allclose(line.estimate[1:], expected["columns"]["hi"], rtol=EXACT)
    np.testing.assert_allclose(se[1:], expected["columns"]["se"], rtol=EXACT)


def line_names(sample, by):
    return sample.linearizer(sample.weights(), by).domains.names


def test_a_post_stratified_mean_with_fpc_is_that_of_r():
    sample = Design("strat")
    weights = sample.weights({("stype",): {"E": 4500, "H": 760, "M": 1030}})
    line, se = errors(sample, weights, "api00")
    expected = result("poststrat-001")["1"]
    assert line.estimate[0] == pytest.approx(expected["est"][0], rel=EXACT)
    assert se[0] == pytest.approx(expected["se"][0], rel=EXACT)


def test_post_stratified_cells_that_cross_strata_are_those_of_r():
    sample = Design("syn_a2")
    totals = [2600, 2500, 3100, 3000, 2900, 3050, 2500, 2400, 1900, 1700, 1500, 1100]
    cells = [f"{sex}*{age}" for age in range(1, 7) for sex in "FM"]
    weights = sample.weights({("sex", "age"): dict(zip(cells, totals, strict=True))})
    expected = result("poststrat-002")
    line, se = errors(sample, weights, "support", by="district")
    np.testing.assert_allclose(line.estimate[1:], expected["2"]["columns"]["support"], rtol=EXACT)
    np.testing.assert_allclose(se[1:], expected["2"]["columns"]["se"], rtol=EXACT)


@pytest.mark.parametrize(
    ("rule", "mean", "domains"),
    [
        ("remove", "lonely_psu-004", "lonely_psu-006"),
        ("certainty", "lonely_psu-007", "lonely_psu-009"),
        ("adjust", "lonely_psu-010", "lonely_psu-012"),
        ("average", "lonely_psu-013", "lonely_psu-015"),
    ],
)
def test_a_lonely_cluster_counts_as_in_r(rule, mean, domains):
    sample = Design("syn_a")
    line, se = errors(sample, sample.weights(), "aware", by="district", lonely=Lonely(rule))
    assert line.estimate[0] == pytest.approx(result(mean)["est"][0], rel=EXACT)
    assert se[0] == pytest.approx(result(mean)["se"][0], rel=EXACT)
    np.testing.assert_allclose(line.estimate[1:], result(domains)["columns"]["aware"], rtol=EXACT)
    for found, expected in zip(se[1:], result(domains)["columns"]["se"], strict=True):
        if lonely_counts_in_domains(rule) and expected:
            # R subsets first; here the lonely stratum is in every domain's design, and adds
            # the mean over the seven others, of which the domain's own is the only one not 0
            assert found == pytest.approx(expected * (8 / 7) ** 0.5, rel=EXACT)
        elif expected is not None:
            assert found == pytest.approx(expected, rel=EXACT, abs=1e-15)


def lonely_counts_in_domains(rule):
    return rule == "average"


def test_a_lonely_cluster_fails_by_name():
    sample = Design("syn_a")
    with pytest.raises(LonelyStrata) as refused:
        errors(sample, sample.weights(), "aware")
    assert refused.value.strata == ("D07",)


def test_nothing_to_average_is_refused():
    tally = Tally.build({"s": ["a", "a", "b"], "c": ["1", "1", "2"], "y": ["0", "1", "1"]})
    units = units_of(tally)
    with pytest.raises(LonelyStrata):
        stratum_variances(np.ones((2, 1)), units, Lonely.AVERAGE)


def units_of(tally, certainty=(), population=None):
    return build_units(
        tally,
        stratum="s",
        cluster="c",
        certainty=frozenset(certainty),
        stratum_population=population,
    )


def test_a_cluster_is_read_within_its_stratum_and_persons_are_units_of_certainty_strata():
    tally = Tally.build(
        {"s": ["a", "a", "a", "b", "b", "b"], "c": ["1", "1", "2", "1", "2", "2"],
         "y": ["0", "1", "1", "0", "1", "1"]},
    )  # fmt: skip
    assert units_of(tally).stage.sampled.tolist() == [2, 2]
    certain = units_of(tally, ["b"])
    assert certain.stage.sampled.tolist() == [2, 3]
    assert [label for label in certain.labels if label] == [("a", "1"), ("a", "2")]
    assert certain.has_certainty
    assert units_of(tally, ["a"]).stage.sampled.tolist() == [3, 2]


def test_a_stratum_that_no_row_has_is_none():
    tally = Tally.build({"s": list("aab"), "c": list("123"), "y": list("011")})
    kept = tally.take(tally.columns["s"].codes == 0)
    assert units_of(kept).strata == ("a",)


def test_a_row_without_a_domain_is_in_none():
    domains = Domains.of([("d", Column(np.array([0, -1, 1]), ("x", "y")))])
    sums = domains.sums(np.array([0, 1, 1]), 2, np.array([1.0, 2.0, 4.0]))
    assert sums.tolist() == [[1.0, 0.0], [0.0, 4.0]]


def test_counted_rows_give_what_single_rows_give():
    """Two alike persons in one row of a tally are two units."""
    texts = {"s": list("aaaabbbb"), "y": list("00111100"), "d": list("xxyyxyxy")}
    alike = Tally.build(texts)
    single = Tally.build(texts | {"person": list("12345678")})
    assert alike.counts.max() == 2
    errors_of = []
    for tally in (alike, single):
        units = build_units(
            tally, stratum="s", cluster=None, certainty=frozenset(), stratum_population=None
        )
        ones = np.ones(len(tally.counts))
        column = tally.columns["y"]
        coded = Coded(column.lookup({"0": 0.0, "1": 1.0}, 0.0), ones)
        domains = Domains.of([("d", tally.columns["d"])])
        line = Linearizer(tally, units, domains, Weights(ones, ones, ones, (), 0))(coded)
        errors_of.append(
            [*stratum_variances(line.totals, units, Lonely.FAIL).sum(axis=0), *line.df]
        )
    assert errors_of[0] == pytest.approx(errors_of[1], rel=1e-14)


def linearizer(tally, by, *, trimmed=1.0):
    """Persons in strata of known size, calibrated to ``x``; two weights of each row's own."""
    units = build_units(
        tally, stratum="s", cluster=None, certainty=frozenset(), stratum_population="n"
    )
    base = tally.columns["w"].lookup({"1": 1.0, "2": 2.0}, np.nan)
    margin, member = Margin("x", {"x": 20.0, "y": 30.0}), tally.columns["x"]
    fitted = fit_margins([margin], [member], tally.counts, base, collapse=False)
    calibrated = calibrate(fitted, tally.counts, base)
    final = np.where(tally.columns["y"].codes == 0, trimmed, 1.0) * calibrated
    domains = Domains.of([(by, tally.columns[by])])
    return Linearizer(tally, units, domains, Weights(base, calibrated, final, fitted, 0))


def yes(tally):
    numerator = tally.columns["y"].lookup({"0": 0.0, "1": 1.0}, 0.0)
    return Coded(numerator, np.ones(len(tally.counts)))


PERSONS = {
    "s": list("aaaaabbbbb"),
    "n": ["9"] * 5 + ["40"] * 5,
    "w": list("1122211122"),
    "x": list("xxyyyxyyxy"),
    "y": list("0001101110"),
}


def test_counted_rows_have_the_errors_of_single_rows_after_calibration_in_known_strata():
    alike, single = Tally.build(PERSONS), Tally.build(PERSONS | {"person": list("0123456789")})
    assert alike.counts.max() == 2
    found = []
    for tally in (alike, single):
        shared = linearizer(tally, "s")
        line = shared(yes(tally))
        variance = stratum_variances(line.totals, shared.units, Lonely.FAIL).sum(axis=0)
        found.append([*line.estimate, *variance, *line.df])
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert found[1][-2:] == [4, 4]


def test_a_trimmed_weight_has_the_residual_of_what_it_weighs():
    """Fitted with base weights on the value times trimmed over calibrated weight."""
    tally = Tally.build(PERSONS | {"all": ["1"] * 10, "person": list("0123456789")})
    shared = linearizer(tally, "all", trimmed=0.5)
    coded, weights, member = yes(tally), shared.weights, tally.columns["x"].codes
    line = shared(coded)
    z = (coded.numerator - line.estimate[0]) * weights.final / weights.calibrated
    fit = np.bincount(member, weights.base * z) / np.bincount(member, weights.base)
    residuals = weights.calibrated * (z - fit[member]) / weights.final.sum()
    assert line.totals[shared.units.of_row, 0] == pytest.approx(residuals, rel=1e-12)


def test_satterthwaite_of_equal_strata_is_their_sum_and_of_one_is_its_own():
    tally = Tally.build({"s": list("aaabbb"), "c": list("123123"), "y": list("012345")})
    units = units_of(tally)
    equal = np.array([[2.0, 2.0, 0.0], [2.0, 0.0, 1e-30]])
    assert satterthwaite(equal, units).tolist() == [4.0, 2.0, np.inf]


def test_what_a_lonely_stratum_adds_has_no_degrees_of_freedom_of_its_own():
    units = units_of(Tally.build({"s": list("aaab"), "c": list("1231"), "y": list("0123")}))
    assert satterthwaite(np.array([[2.0], [1.0]]), units).tolist() == [3.0**2 / (2.0**2 / 2)]


def linearized(totals):
    size = totals.shape[1]
    zeros = np.zeros(size, np.int64)
    return Linearized(np.zeros(size), zeros, zeros, totals, zeros)


def test_the_covariance_of_a_wave_with_itself_is_its_variance():
    tally = Tally.build({"s": list("aaabbb"), "c": list("123123"), "y": list("012345")})
    units = units_of(tally)
    totals = np.random.default_rng(3).normal(size=(6, 2))
    same = covariance(linearized(totals), units, linearized(totals), units, Lonely.FAIL)
    variance = stratum_variances(totals, units, Lonely.FAIL).sum(axis=0)
    assert same == pytest.approx(variance, rel=1e-14)
    assert shares_clusters(units, units)


def test_the_covariance_by_hand_with_one_shared_cluster():
    one = units_of(Tally.build({"s": list("aa"), "c": list("12"), "y": list("00")}))
    two = units_of(Tally.build({"s": list("aa"), "c": list("23"), "y": list("00")}))
    left, right = np.array([1.0, 4.0, 0.0]), np.array([0.0, 2.0, 5.0])
    wanted = 3 / 2 * ((left - left.mean()) * (right - right.mean())).sum()
    found = covariance(
        linearized(left[:2, None]), one, linearized(right[1:, None]), two, Lonely.FAIL
    )
    assert found[0] == pytest.approx(wanted, rel=1e-15)


def test_persons_are_never_shared_and_their_sampled_shares_add_up():
    def persons(size):
        tally = Tally.build({"s": list("aa"), "p": list("12"), "n": [size] * 2})
        return build_units(
            tally, stratum="s", cluster=None, certainty=frozenset(), stratum_population="n"
        )

    one, two = persons("8"), persons("16")
    assert one.remaining.tolist() == [0.75]
    assert not shares_clusters(one, two)
    left, right = np.array([1.0, 4.0, 0, 0]), np.array([0, 0, 2.0, 5.0])
    wanted = 4 / 3 * ((left - left.mean()) * (right - right.mean())).sum() * (1 - 2 / 8 - 2 / 16)
    found = covariance(
        linearized(left[:2, None]), one, linearized(right[2:, None]), two, Lonely.FAIL
    )
    assert found[0] == pytest.approx(wanted, rel=1e-15)


def test_two_waves_of_more_than_a_whole_stratum_leave_nothing_out():
    tally = Tally.build({"s": list("aa"), "p": list("12"), "n": ["3"] * 2})
    units = build_units(
        tally, stratum="s", cluster=None, certainty=frozenset(), stratum_population="n"
    )
    totals = linearized(np.array([[1.0], [4.0]]))
    assert covariance(totals, units, totals, units, Lonely.FAIL).tolist() == [0.0]
