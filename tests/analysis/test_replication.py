"""Replicate weights: against R, against linearization, Hadamard's property, refusals."""

import numpy as np
import pytest

from analysis.adjustment import Known, poststratify, rake
from analysis.design_columns import build_design
from analysis.errors import DesignFaulty, EmptyCells, LonelyStrata, NothingInDomain
from analysis.estimation import answered, by_domain, contrast, mean, ratio, total
from analysis.replication import (
    Kind,
    bootstrap,
    bootstrap_factors,
    given_replicates,
    hadamard,
    half_samples,
    jackknife,
    replicate_scale,
    reweighted,
)
from analysis.strata import Lonely
from tests.analysis.samples import code, data, sample

PAIRS = {"strata": [0, 0, 1, 1, 2, 2], "clusters": [0, 1, 2, 3, 4, 5], "weights": [1.0] * 6}


@pytest.mark.parametrize("mse", [False, True])
def test_a_jackknife_is_that_of_r(mse):
    x = data("strat")
    table = np.stack([x["api00"], x["sch_wide_b"]], axis=1)
    found = mean(table, jackknife(sample("strat"), mse=mse))
    # svymean of as.svrepdesign(type = "JKn"), R survey 4.5: reference case rep_jkn-001.
    assert found.se == pytest.approx([9.40894080278458, 0.0243447801130748], rel=1e-10)


def test_a_jackknife_without_strata_shares_one_scale():
    design = jackknife(sample("clus2_1st"))
    assert design.scale == pytest.approx(39 / 40)
    assert design.rscales.tolist() == [1.0] * 40
    assert design.df == 39


def test_the_jackknife_of_a_total_is_its_linearization_also_with_a_finite_population():
    x, design = data("syn_a2"), sample("syn_a2_fpc")
    for chosen in (design, design.domain(x["sex"] == "F")):
        replicated = jackknife(design)
        part = replicated.domain(chosen.in_domain)
        assert total(x["aware"], part).se == pytest.approx(total(x["aware"], chosen).se, rel=1e-10)


def test_a_stratum_taken_whole_may_have_one_cluster():
    columns = {"strata": [0, 0, 1], "fpc": [4, 4, 1]}
    for rule in (Lonely.FAIL, Lonely.ADJUST):
        design = jackknife(build_design(**columns, lonely=rule))
        assert design.rscales.tolist() == [0.25, 0.25]


def test_replicates_keep_the_covariances_of_domains():
    x, design = data("syn_a2"), jackknife(sample("syn_a2"))
    parts = by_domain([code(x["district"])], design, lambda p: total(x["aware"], p)).estimates
    whole = total(x["aware"], design)
    assert design.joint(parts).covariance.sum() == pytest.approx(whole.covariance[0, 0])
    change = contrast(design.joint(parts), [1, -1, 0, 0, 0, 0, 0])
    assert change.replicates.shape == (len(design.rscales), 1)


def test_leaving_out_a_lonely_cluster_follows_its_rule():
    columns = {"strata": [0, 0, 1], "clusters": [0, 1, 2], "weights": [1.0, 2.0, 3.0]}
    with pytest.raises(LonelyStrata):
        jackknife(build_design(**columns))
    for rule, replicates in ((Lonely.REMOVE, 2), (Lonely.CERTAINTY, 2), (Lonely.ADJUST, 3)):
        assert len(jackknife(build_design(**columns, lonely=rule)).rscales) == replicates
    adjusted = jackknife(build_design(**columns, lonely=Lonely.ADJUST))
    assert adjusted.factors.tolist() == [[0, 2, 1], [2, 0, 1], [2, 2, 0]]
    assert adjusted.rscales.tolist() == [0.5, 0.5, 0.5]
    with pytest.raises(DesignFaulty, match="no unit can be left out"):
        jackknife(build_design(rows=1, lonely=Lonely.ADJUST))
    average = jackknife(build_design(**columns, lonely=Lonely.AVERAGE))
    assert average.scale == 1.5


@pytest.mark.parametrize("rho", [0.0, 0.3])
def test_half_samples_of_a_total_are_its_linearization(rho):
    y = np.array([1.0, 4, 2, 8, 5, 7])
    design = build_design(**PAIRS)
    found = total(y, half_samples(design, rho=rho))
    assert found.se == pytest.approx(total(y, design).se, rel=1e-12)
    assert found.value == pytest.approx(total(y, design).value)


@pytest.mark.parametrize("least", [1, 2, 3, 5, 9, 12, 13, 20, 21, 28, 30, 37, 45, 60])
def test_hadamard_matrices_are_orthogonal_and_begin_with_ones(least):
    found = hadamard(least)
    order = len(found)
    assert least <= order < max(2 * least, 5)
    assert set(np.unique(found)) <= {-1, 1}
    np.testing.assert_array_equal(found @ found.T, order * np.eye(order))
    np.testing.assert_array_equal(found[0], np.ones(order))


@pytest.mark.parametrize("strata", [1, 4, 7, 8])
def test_half_samples_balance_any_number_of_strata(strata):
    design = build_design(strata=np.repeat(np.arange(strata), 2), rows=2 * strata)
    y = np.arange(2.0 * strata) ** 2
    assert total(y, half_samples(design)).se == pytest.approx(total(y, design).se, rel=1e-12)


def test_the_unit_first_in_the_data_takes_the_ones_of_the_matrix():
    factors = half_samples(build_design(**PAIRS)).factors
    turned = {**PAIRS, "clusters": [1, 0, 3, 2, 5, 4]}
    np.testing.assert_array_equal(factors[:, ::2], hadamard(4)[1:].T + 1)
    again = half_samples(build_design(**turned))
    np.testing.assert_array_equal(again.factors[:, again.unit], factors)


def test_half_samples_balance_the_strata():
    factors = half_samples(build_design(**PAIRS)).factors
    signs = factors[:, ::2] - 1
    np.testing.assert_array_equal(signs.T @ signs, len(factors) * np.eye(3))
    np.testing.assert_array_equal(factors[:, ::2] + factors[:, 1::2], 2.0)


def test_half_samples_are_refused_for_other_designs():
    with pytest.raises(DesignFaulty, match="two units in stratum '0'"):
        half_samples(build_design(strata=[0, 0, 0], clusters=[0, 1, 2]))
    with pytest.raises(DesignFaulty, match="rho"):
        half_samples(build_design(**PAIRS), rho=1.0)


def test_a_bootstrap_draws_one_unit_less_and_keeps_the_mean_of_factors():
    stratum = np.repeat([0, 1], [4, 7])
    factors = bootstrap_factors(stratum, 4000, seed=2)
    for h, m in ((0, 4), (1, 7)):
        times = factors[:, stratum == h] * (m - 1) / m
        np.testing.assert_allclose(times.sum(axis=1), m - 1)
        np.testing.assert_allclose(times, np.round(times), atol=1e-12)
    np.testing.assert_allclose(factors.mean(axis=0), 1.0, atol=0.08)


def test_a_bootstrap_is_near_linearization_and_the_same_for_a_seed():
    x, design = data("syn_a2"), sample("syn_a2")
    one = mean(x["aware"], bootstrap(design, 1000, seed=5))
    assert one.se == pytest.approx(mean(x["aware"], design).se, rel=0.1)
    again = mean(x["aware"], bootstrap(design, 1000, seed=5))
    np.testing.assert_array_equal(one.replicates, again.replicates)
    other = mean(x["aware"], bootstrap(design, 1000, seed=6))
    assert other.se[0] != one.se[0]


def test_given_replicates_are_taken_as_they_are():
    design = jackknife(sample("clus2_1st"))
    factors = design.factors[:, design.unit].T
    y = data("clus2_1st")["api00"]
    whole = mean(y, design)
    for combined in (False, True):
        table = factors * design.weights[:, None] if combined else factors
        given = given_replicates(design.weights, table, scale=39 / 40, combined=combined)
        assert mean(y, given).se == pytest.approx(whole.se, rel=1e-12)
        assert given.df == 39


def test_a_replicate_of_scale_0_does_not_move_the_center():
    table = np.array([[0.0, 1.5, 1.5, 9.0], [1.5, 0.0, 1.5, 0.0], [1.5, 1.5, 0.0, 0.0]])
    y, weights, scale = [1.0, 4.0, 2.0], [1.0] * 3, 2 / 3
    few = given_replicates(weights, table[:, :3], scale=scale, combined=False)
    more = given_replicates(weights, table, scale=scale, rscales=[1, 1, 1, 0], combined=False)
    assert mean(y, more).se == pytest.approx(mean(y, few).se)


def test_a_row_without_a_weight_has_none_in_given_replicates():
    few = given_replicates([1.0, 1.0], [[0.0, 2.0], [2.0, 0.0]], scale=0.5, combined=True)
    table = [[0.0, 2.0], [2.0, 0.0], [0.0, 0.0]]
    more = given_replicates([1.0, 1.0, 0.0], table, scale=0.5, combined=True)
    assert mean([1.0, 3.0, np.nan], more).se == pytest.approx(mean([1.0, 3.0], few).se)
    assert more.respondents == 2


def test_an_estimate_that_one_replicate_lacks_is_refused():
    design = jackknife(build_design(rows=3))

    def statistic(weights):
        return np.array([weights.sum(), weights.sum() / weights[1]])

    with pytest.raises(DesignFaulty, match="replicate 1 leaves nobody"):
        design.estimate(statistic, lambda value: value)


def test_a_domain_of_a_domain_is_in_both():
    design = jackknife(build_design(rows=4))
    part = design.domain([True, True, True, False]).domain([False, True, True, True])
    assert part.in_domain.tolist() == [False, True, True, False]
    assert (design.df, part.df) == (3, 1)


def test_the_center_may_be_the_estimate():
    y = data("syn_a2")["score"]
    plain, mse = (jackknife(sample("syn_a2"), mse=center) for center in (False, True))
    one, two = ratio(y, y + 1, plain), ratio(y, y + 1, mse)
    bias = one.replicates.mean(axis=0) - one.value
    extra = (plain.rscales * bias**2).sum()
    between = 2 * (plain.rscales * (one.replicates[:, 0] - one.replicates.mean())).sum() * bias
    assert two.covariance[0, 0] == pytest.approx(
        one.covariance[0, 0] + extra + between[0], rel=1e-9
    )


@pytest.fixture
def towns():
    """A design in two strata of five clusters, answers, and a cell of each respondent."""
    draws = np.random.default_rng(8)
    cluster = np.concatenate([np.arange(10), draws.integers(0, 10, 190)])
    design = build_design(weights=draws.uniform(1, 4, 200), strata=cluster // 5, clusters=cluster)
    return design, (draws.random(200) < 0.8).astype(float), draws.integers(0, 2, 200)


def test_replicates_are_weighted_anew(towns):
    design, y, cell = towns
    totals = np.array([300.0, 260.0])
    plain = poststratify(design, cell, totals).design
    replicated = reweighted(jackknife(design), lambda part: poststratify(part, cell, totals))
    np.testing.assert_allclose(replicated.weights, plain.weights)
    known = total((cell[:, None] == [0, 1]).astype(float), replicated)
    np.testing.assert_allclose(known.value, totals)
    np.testing.assert_allclose(known.se, 0.0, atol=1e-9)
    # Linearization with residuals is near the jackknife that repeats the step.
    assert mean(y, replicated).se == pytest.approx(mean(y, plain).se, rel=0.05)
    assert mean(y, replicated).se[0] != pytest.approx(mean(y, jackknife(design)).se[0], rel=1e-3)


def test_each_replicate_is_weighted_from_the_weights_before():
    design, given = jackknife(build_design(weights=[1.0, 2.0, 3.0])), []

    def step(part):
        given.append(part.weights)
        return poststratify(part, [0, 0, 0], [30.0])

    reweighted(design, step)
    np.testing.assert_allclose(given, design.weights * np.vstack([np.ones(3), design.factors]))


def test_counted_rows_are_weighted_anew_as_single_rows():
    weights, clusters, cell = [1.0, 2, 1, 3, 2, 2], [0, 0, 1, 1, 2, 2], np.array([0, 1] * 3)
    times, y = [3, 1, 2, 1, 1, 2], np.array([1.0, 0, 0, 1, 1, 0])
    few = build_design(weights=weights, clusters=clusters, counts=times)
    many = build_design(weights=np.repeat(weights, times), clusters=np.repeat(clusters, times))

    def error(design, values, of):
        step = reweighted(jackknife(design), lambda part: poststratify(part, of, [9.0, 7.0]))
        return mean(values, step).se

    one, other = error(few, y, cell), error(many, np.repeat(y, times), np.repeat(cell, times))
    assert one == pytest.approx(other, rel=1e-12)


def test_a_row_without_a_weight_stays_without_one():
    few = build_design(weights=[1.0, 2.0, 3.0], clusters=[0, 1, 2])
    more = build_design(weights=[1.0, 2.0, 3.0, 0.0], clusters=[0, 1, 2, 2])
    one, other = (
        reweighted(jackknife(design), lambda p: poststratify(p, np.zeros(p.counts.size, int), [9]))
        for design in (few, more)
    )
    assert other.weights[3] == 0.0
    assert mean([1.0, 3, 7, np.nan], other).se == pytest.approx(mean([1.0, 3, 7], one).se)


def test_replicates_after_weighting_are_those_of_r():
    x, replicates = data("syn_a2"), jackknife(sample("syn_a2"))
    sex, age = (
        Known(code(x["sex"]), [15000, 14500]),
        Known(code(x["age"]), [4000, 5600, 5900, 5400, 4800, 3800]),
    )
    cells = reweighted(replicates, lambda part: poststratify(part, sex.codes, sex.totals))
    margins = reweighted(replicates, lambda part: rake(part, [sex, age]))
    # SE(svymean(~aware, p)) of R survey 4.1-1, p = postStratify(…) and rake(…) of as.svrepdesign.
    assert mean(x["aware"], cells).se[0] == pytest.approx(0.0207184876863779, rel=1e-12)
    assert mean(x["aware"], margins).se[0] == pytest.approx(0.0222684392826352, rel=1e-9)


def test_a_domain_in_one_cluster_has_no_estimate_in_its_replicate():
    design = jackknife(build_design(**PAIRS))
    with pytest.raises(DesignFaulty, match="replicate 4 leaves nobody"):
        mean(np.ones(6), design.domain([False] * 4 + [True, False]))


def test_a_part_of_the_replicates_is_not_weighted(towns):
    design, _, cell = towns
    part = jackknife(design).domain(cell == 0)
    with pytest.raises(DesignFaulty, match="weight the whole sample"):
        reweighted(part, lambda one: poststratify(one, cell, [300.0, 260.0]))


def test_a_replicate_without_respondents_in_a_cell_is_refused():
    design = build_design(weights=[1.0] * 4, clusters=[0, 0, 1, 1])
    with pytest.raises(EmptyCells):
        reweighted(jackknife(design), lambda part: poststratify(part, [0, 0, 0, 1], [30.0, 10.0]))


def test_usual_scales():
    assert replicate_scale(Kind.BRR, 8) == 1 / 8
    assert replicate_scale(Kind.FAY, 8, rho=0.5) == 0.5
    assert replicate_scale(Kind.BOOTSTRAP, 60) == 1 / 59
    assert replicate_scale(Kind.JK1, 40) == 39 / 40
    assert replicate_scale(Kind.JKN, 40) == 1.0


def test_a_domain_of_few_clusters_has_few_degrees_of_freedom():
    x = data("syn_a2")
    design = jackknife(sample("syn_a2"))
    inside = design.domain(x["district"] == "D01")
    plain = sample("syn_a2").domain(x["district"] == "D01")
    assert inside.df >= plain.df
    y = x["satisf"]
    part = design.domain(answered(y))
    assert mean(y, part).se == pytest.approx(
        mean(y, sample("syn_a2").domain(answered(y))).se, rel=0.05
    )


@pytest.mark.parametrize(
    ("act", "refusal", "told"),
    [
        (
            lambda: given_replicates([1.0, 2.0], [[1.0]], scale=1, combined=False),
            DesignFaulty,
            "2 rows",
        ),
        (
            lambda: given_replicates([1.0], [[np.nan]], scale=1, combined=False),
            DesignFaulty,
            "finite",
        ),
        (
            lambda: given_replicates([0.0, 1.0], [[1.0], [1.0]], scale=1, combined=True),
            DesignFaulty,
            "without a weight",
        ),
        (
            lambda: given_replicates([1.0], [[1.0]], scale=1, rscales=[1, 1], combined=False),
            DesignFaulty,
            "rscales",
        ),
        (lambda: bootstrap(build_design(**PAIRS), 1, seed=1), DesignFaulty, "at least 2"),
        (
            lambda: bootstrap(build_design(strata=[0, 1], clusters=[0, 1]), 9, seed=1),
            LonelyStrata,
            "stratum 0, 1",
        ),
        (
            lambda: jackknife(build_design(weights=[1.0, 1.0], counts=[2, 3])),
            DesignFaulty,
            "a row for each respondent",
        ),
        (
            lambda: jackknife(build_design(**PAIRS)).domain([False] * 6),
            NothingInDomain,
            "no respondent",
        ),
    ],
)
def test_what_is_no_set_of_replicates_is_refused(act, refusal, told):
    with pytest.raises(refusal, match=told):
        act()


def test_units_of_unequal_probability_keep_their_own_scales():
    y = [3.0, 1.0, 2.0]
    columns = {"probabilities": [0.9, 0.3, 0.5]}
    linear = total(y, build_design(**columns))
    assert total(y, jackknife(build_design(**columns))).se == pytest.approx(linear.se)
    assert total(y, jackknife(build_design(**columns, strata=[0, 0, 0]))).se == pytest.approx(
        linear.se
    )


def test_a_sample_of_all_has_no_error_of_sampling():
    design = jackknife(build_design(strata=[0, 0, 0], fpc=[3, 3, 3]))
    assert mean([1.0, 2.0, 6.0], design).se[0] == 0.0


def test_numbers_of_strata_may_have_gaps():
    stratum = np.array([0, 0, 5, 5, 5])
    np.testing.assert_array_equal(
        bootstrap_factors(stratum, 9, seed=1), bootstrap_factors(stratum // 5, 9, seed=1)
    )


def test_scales_below_zero_and_kinds_without_replicates_are_refused():
    with pytest.raises(DesignFaulty, match="scales of at least 0"):
        given_replicates([1.0], [[1.0, 1.0]], scale=-1, combined=False)
    with pytest.raises(DesignFaulty, match="scales of at least 0"):
        given_replicates([1.0], [[1.0]], scale=1, rscales=[np.nan], combined=False)
    for kind, replicates, rho in ((Kind.BOOTSTRAP, 1, 0.0), (Kind.FAY, 4, 1.0)):
        with pytest.raises(DesignFaulty, match="two replicates or more"):
            replicate_scale(kind, replicates, rho=rho)
