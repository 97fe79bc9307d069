"""Designs: variances against R, algebra and each other; what no design can be is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design_columns import build_design
from analysis.errors import DesignFaulty, LonelyStrata, NothingInDomain
from analysis.estimation import by_domain, mean, total
from analysis.replication import jackknife
from analysis.strata import Lonely
from tests.analysis.samples import data, sample

TWO_STAGE = {
    "clusters": [["a", "a", "a", "b", "b", "b"], [1, 2, 3, 1, 2, 3]],
    "fpc": [[10] * 6, [5] * 6],
}


def random_design(seed, **options):
    draws = np.random.default_rng(seed)
    strata = draws.integers(0, 3, 60)
    clusters = strata * 10 + draws.integers(0, 4, 60)
    design = build_design(
        weights=draws.uniform(1, 5, 60), strata=strata, clusters=clusters, **options
    )
    return design, draws


@pytest.mark.parametrize(
    ("name", "column", "value", "se"),
    [
        # svymean of R survey 4.5, reference cases mean-001, mean-003 and mean-004.
        ("strat", "api00", 662.287363159321, 9.40894080278458),
        ("clus2", "api00", 670.811808118081, 30.0990273768366),
    ],
)
def test_means_of_one_and_two_stages_are_those_of_r(name, column, value, se):
    found = mean(data(name)[column], sample(name))
    assert found.value[0] == pytest.approx(value, rel=1e-12)
    assert found.se[0] == pytest.approx(se, rel=1e-12)


def test_a_simple_random_sample_has_the_error_of_the_textbook():
    y = np.array([1.0, 4, 2, 8, 5, 7])
    found = mean(y, build_design(rows=6))
    assert found.se[0] == pytest.approx(y.std(ddof=1) / np.sqrt(6))
    half = mean(y, build_design(fpc=[12] * 6))
    assert half.se[0] == pytest.approx(y.std(ddof=1) / np.sqrt(6) * np.sqrt(0.5))


def test_two_stages_by_hand():
    y = np.array([1.0, 2, 3, 5, 5, 8])
    design = build_design(**TWO_STAGE)
    assert design.weights == pytest.approx([25 / 3] * 6)
    # Cochran (1977), 10.3: between clusters, then within clusters times the first fraction.
    totals = 5 * np.array([2.0, 6.0])
    between = 10**2 * (1 - 0.2) * totals.var(ddof=1) / 2
    within = 10 / 2 * sum(5**2 * (1 - 3 / 5) * part.var(ddof=1) / 3 for part in (y[:3], y[3:]))
    assert total(y, design).covariance[0, 0] == pytest.approx(between + within)
    assert total(y, design.with_ultimate_clusters()).covariance[0, 0] == pytest.approx(between)


def test_three_stages_by_hand():
    y = np.array([1.0, 2, 3, 5, 5, 8, 13, 21])
    clusters = [np.repeat([0, 1], 4), np.repeat([0, 1, 2, 3], 2), np.arange(8)]
    design = build_design(clusters=clusters, fpc=[[10] * 8, [4] * 8, [6] * 8])
    z = y * 5 * 2 * 3
    first = 0.8 * 2 * squares(z.reshape(2, 4).sum(axis=1))
    second = 0.5 * 2 * sum(squares(part) for part in z.reshape(2, 2, 2).sum(axis=2))
    third = 2 / 3 * 2 * sum(squares(part) for part in z.reshape(4, 2))
    expected = first + 0.2 * second + 0.2 * 0.5 * third
    assert total(y, design).covariance[0, 0] == pytest.approx(expected)


def squares(values):
    return ((values - values.mean()) ** 2).sum()


def test_fractions_and_sizes_of_a_population_are_the_same():
    design, _ = random_design(1)
    y = np.arange(60.0) % 7
    sizes = np.array([12.0, 16.0, 20.0])[design.stages[0].stratum[design.stages[0].of_row]]
    clusters = design.stages[0].sampled[design.stages[0].stratum[design.stages[0].of_row]]
    strata, units = design.stages[0].stratum[design.stages[0].of_row], design.stages[0].of_row
    of_sizes = build_design(weights=design.weights, strata=strata, clusters=units, fpc=sizes)
    of_shares = build_design(
        weights=design.weights, strata=strata, clusters=units, fpc=clusters / sizes
    )
    assert mean(y, of_sizes).se == pytest.approx(mean(y, of_shares).se, rel=1e-14)
    assert (mean(y, of_sizes).se < mean(y, design).se).all()


def test_a_stratum_taken_whole_adds_nothing():
    y = np.array([1.0, 9, 2, 3, 4])
    strata = ["whole", "whole", "drawn", "drawn", "drawn"]
    design = build_design(strata=strata, fpc=[2, 2, 6, 6, 6])
    part = y[2:]
    expected = 6**2 * (1 - 0.5) * part.var(ddof=1) / 3
    assert total(y, design).covariance[0, 0] == pytest.approx(expected)


def test_a_stratum_taken_whole_but_for_rounding_is_neither_drawn_nor_lonely():
    y, strata = [1.0, 3, 2, 9, 7], [0, 0, 1, 1, 2]
    one, other = (
        build_design(weights=[1.0] * 5, strata=strata, fpc=[0.5, 0.5, share, share, share])
        for share in (1.0, 1 - 1e-8)
    )
    assert total(y, one).covariance[0, 0] == pytest.approx(2.0)
    assert total(y, other).covariance[0, 0] == total(y, one).covariance[0, 0]


def test_sizes_of_1_are_the_whole_of_any_stratum():
    design = build_design(rows=3, fpc=[1, 1, 1])
    assert design.weights.tolist() == [1.0] * 3
    assert total([1.0, 5, 2], design).covariance[0, 0] == 0.0


def test_probabilities_are_those_of_the_first_stage():
    clusters = [[0, 0, 1, 1], [0, 1, 2, 3]]
    design = build_design(clusters=clusters, probabilities=[0.5, 0.5, 0.25, 0.25])
    assert design.weights.tolist() == [2.0, 2.0, 4.0, 4.0]


def test_unequal_probabilities_by_hand():
    y, p = np.array([3.0, 1.0, 2.0]), np.array([0.9, 0.3, 0.5])
    design = build_design(probabilities=p)
    expanded = y / p
    deviation = expanded - expanded.mean()
    expected = ((1 - p) * 3 / 2 * deviation**2).sum()
    assert total(y, design).covariance[0, 0] == pytest.approx(expected)


def test_clusters_outside_the_domain_stay_in_the_design():
    y = np.array([1.0, 0, 1, 1])
    design = build_design(weights=[1.0] * 4, clusters=[0, 1, 2, 3])
    inside = np.array([True, True, False, False])
    z = np.array([0.25, -0.25, 0, 0])
    expected = 4 / 3 * ((z - z.mean()) ** 2).sum()
    found = mean(y, design.domain(inside))
    assert found.covariance[0, 0] == pytest.approx(expected)
    alone = build_design(weights=[1.0] * 2, clusters=[0, 1])
    assert found.se[0] != pytest.approx(mean(y[:2], alone).se[0], rel=1e-3)


def test_values_outside_the_domain_are_no_part_of_a_variance():
    part = build_design(rows=4).domain([True, True, True, False])
    values = np.array([[1.0], [4.0], [2.0], [100.0]])
    found = part.estimate(lambda weights: weights @ values, lambda _: values)
    assert found.linearized[:, 0].tolist() == [1.0, 4.0, 2.0, 0.0]
    assert part.covariance(values) == pytest.approx(found.covariance)


def test_a_domain_of_a_domain_is_in_both():
    part = build_design(rows=4).domain([True, True, True, False]).domain([False, True, True, True])
    assert part.in_domain.tolist() == [False, True, True, False]


def test_a_cluster_without_weights_has_no_respondents_and_adds_no_degree_of_freedom():
    design = build_design(weights=[1.0, 1.0, 1.0, 0.0], clusters=[0, 1, 2, 3])
    assert (design.df, design.respondents) == (2, 3)


def test_a_design_counts_its_degrees_of_freedom_in_the_domain():
    design = build_design(weights=[1.0] * 6, strata=[0, 0, 0, 1, 1, 1], clusters=[0, 1, 2, 3, 3, 4])
    assert design.df == 3
    assert design.domain([True, True, False, True, True, False]).df == 1
    assert design.domain([False, False, False, True, True, True]).df == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_rows_counted_together_are_the_rows_themselves(seed):
    """Cells with counts, in clusters and as single persons, give what their rows give."""
    draws = np.random.default_rng(seed)
    strata = np.repeat([0, 1], 10)
    clusters = strata * 5 + draws.integers(0, 3, 20)
    clusters[[0, 1, 10, 11]] = [0, 1, 5, 6]
    times = draws.integers(1, 5, 20)
    y, weight = draws.integers(0, 2, 20).astype(float), draws.uniform(1, 3, 20)
    for columns in ({"clusters": clusters}, {}, {"fpc": 100 + 20 * strata}):
        few = build_design(weights=weight, strata=strata, counts=times, **columns)
        many = build_design(
            weights=np.repeat(weight, times),
            strata=np.repeat(strata, times),
            **{name: np.repeat(column, times) for name, column in columns.items()},
        )
        assert few.df == many.df
        assert few.respondents == many.respondents
        one, other = mean(y, few), mean(np.repeat(y, times), many)
        assert one.value == pytest.approx(other.value, rel=1e-12)
        assert one.se == pytest.approx(other.se, rel=1e-9, abs=1e-15)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_order_and_scale_of_the_rows_do_not_matter(seed):
    design, draws = random_design(seed)
    y = draws.normal(size=60)
    order = draws.permutation(60)
    stage = design.stages[0]
    other = build_design(
        weights=3 * design.weights[order],
        strata=stage.stratum[stage.of_row][order],
        clusters=stage.of_row[order],
    )
    lonely = Lonely.REMOVE
    one, two = mean(y, design.with_lonely(lonely)), mean(y[order], other.with_lonely(lonely))
    assert one.se == pytest.approx(two.se, rel=1e-11)


def test_a_variance_splits_into_domains_and_their_covariances():
    x, design = data("syn_a2"), sample("syn_a2")
    district = np.unique(x["district"], return_inverse=True)[1]
    parts = by_domain([district], design, lambda part: total(x["aware"], part)).estimates
    joint = design.joint(parts)
    whole = total(x["aware"], design)
    assert joint.value.sum() == pytest.approx(whole.value[0])
    assert joint.covariance.sum() == pytest.approx(whole.covariance[0, 0], rel=1e-10)


LONELY = {"strata": [0, 0, 1], "clusters": [0, 1, 2], "weights": [1.0, 2.0, 3.0]}


def test_a_lonely_cluster_follows_its_rule():
    y = np.array([1.0, 3.0, 7.0])
    z = np.array([1.0, 6.0, 21.0])
    pair = 2 * ((z[:2] - z[:2].mean()) ** 2).sum()
    expected = {
        Lonely.REMOVE: pair,
        Lonely.CERTAINTY: pair,
        Lonely.ADJUST: pair + (z[2] - z.mean()) ** 2,
        Lonely.AVERAGE: 2 * pair,
    }
    for rule, variance in expected.items():
        found = total(y, build_design(**LONELY, lonely=rule))
        assert found.covariance[0, 0] == pytest.approx(variance), rule
    with pytest.raises(LonelyStrata, match="one cluster in stratum 1"):
        total(y, build_design(**LONELY))


def test_a_lonely_cluster_outside_the_domain_does_no_harm():
    inside = build_design(**LONELY).domain([True, True, False])
    assert total([1.0, 3.0, np.nan], inside).se[0] > 0
    only = build_design(**LONELY, lonely=Lonely.AVERAGE).domain([False, False, True])
    with pytest.raises(LonelyStrata):
        total([1.0, 3.0, 7.0], only)


@pytest.mark.parametrize("rule", [Lonely.ADJUST, Lonely.AVERAGE])
def test_strata_outside_the_domain_do_nothing_for_a_lonely_cluster(rule):
    y = [1.0, 3.0, 7.0]
    more = {name: [*column, *{"strata": [2, 2], "clusters": [3, 4]}.get(name, [1.0, 1.0])]
            for name, column in LONELY.items()}  # fmt: skip
    part = build_design(**more, lonely=rule).domain([True] * 3 + [False] * 2)
    alone = total(y, build_design(**LONELY, lonely=rule))
    assert total([*y, 8.0, 9.0], part).covariance == pytest.approx(alone.covariance)


def test_a_lonely_unit_of_a_later_stage_follows_its_rule_within_its_cluster():
    y = np.array([1.0, 3.0, 7.0, 2.0, 4.0])
    columns = {
        "weights": [1.0] * 5,
        "strata": [[0] * 5, ["s", "s", "t", "s", "s"]],
        "clusters": [["a", "a", "a", "b", "b"], [1, 2, 3, 4, 5]],
        "fpc": [[4] * 5, [6] * 5],
    }
    first = 0.5 * 2 * squares(np.array([11.0, 6.0]))
    one, other = (0.5 * 2 / 3 * 2 * squares(part) for part in (y[:2], y[3:]))
    expected = {
        Lonely.REMOVE: first + one + other,
        Lonely.ADJUST: first + one + other + 0.5 * 5 / 6 * (7 - 11 / 3) ** 2,
        Lonely.AVERAGE: first + 2 * one + other,
    }
    for rule, variance in expected.items():
        found = total(y, build_design(**columns, lonely=rule))
        assert found.covariance[0, 0] == pytest.approx(variance), rule
    with pytest.raises(LonelyStrata, match="stratum t at stage 2"):
        total(y, build_design(**columns))


def test_a_cluster_whose_only_unit_is_lonely_has_nothing_to_average():
    columns = {"clusters": [["a", "a", "b"], [1, 2, 3]], "fpc": [[4] * 3, [6] * 3]}
    with pytest.raises(LonelyStrata):
        total([1.0, 3.0, 7.0], build_design(**columns, lonely=Lonely.AVERAGE))


def test_a_lonely_unit_below_clusters_drawn_with_replacement_is_not_judged():
    design = build_design(weights=[1.0] * 3, clusters=[["a", "a", "b"], [1, 2, 3]])
    assert total([1.0, 3.0, 7.0], design).covariance[0, 0] == pytest.approx(2 * 2 * 1.5**2)


@pytest.mark.parametrize(
    ("rule", "sizes"),
    [
        (Lonely.AVERAGE, [4, 4, 2, 2]),
        (Lonely.REMOVE, [4, 4, 4, 4]),
        (Lonely.CERTAINTY, [4, 4, 4, 4]),
    ],
)
def test_a_domain_is_not_lonely_in_a_stratum_taken_whole_nor_where_lonely_adds_nothing(rule, sizes):
    columns = {"strata": [0, 0, 1, 1], "clusters": [0, 1, 2, 3], "fpc": sizes, "lonely": rule}
    y, inside = [1.0, 5.0, 2.0, 4.0], [True, True, True, False]
    plain, strict = (
        build_design(**columns, lonely_in_domain=told).domain(inside) for told in (False, True)
    )
    assert total(y, strict).covariance == pytest.approx(total(y, plain).covariance)


def test_persons_counted_together_are_no_lonely_unit_of_a_domain():
    rule = {"lonely": Lonely.AVERAGE, "lonely_in_domain": True}
    few = build_design(weights=[1.0] * 4, strata=[0, 0, 1, 1], counts=[3, 1, 2, 2], **rule)
    many = build_design(weights=[1.0] * 8, strata=[0] * 4 + [1] * 4, **rule)
    one = total([1.0, 5, 2, 4], few.domain([True, False, True, True]))
    other = total([1.0, 1, 1, 5, 2, 2, 4, 4], many.domain([True] * 3 + [False] + [True] * 4))
    assert one.covariance == pytest.approx(other.covariance)


def test_a_domain_in_one_of_two_clusters_can_count_as_lonely():
    columns = {"strata": [0, 0, 1, 1], "clusters": [0, 1, 2, 3], "weights": [1.0] * 4}
    y, inside = np.array([1.0, 5.0, 2.0, 4.0]), [True, True, True, False]
    plain = total(y, build_design(**columns, lonely=Lonely.AVERAGE).domain(inside))
    strict = build_design(**columns, lonely=Lonely.AVERAGE, lonely_in_domain=True)
    first = 2 * ((y[:2] - 3.0) ** 2).sum()
    assert plain.covariance[0, 0] == pytest.approx(first + 2 * (1.0 + 1.0))
    assert total(y, strict.domain(inside)).covariance[0, 0] == pytest.approx(2 * first)


def test_labels_of_clusters_are_read_in_their_stratum_only_when_told():
    columns = {"weights": [1.0] * 4, "strata": ["a", "a", "b", "b"], "clusters": [1, 2, 1, 2]}
    with pytest.raises(DesignFaulty, match="clusters: 1 is in several strata"):
        build_design(**columns)
    assert build_design(**columns, nest=True).df == 2
    with pytest.raises(DesignFaulty, match="clusters: 2 is in several strata"):
        build_design(**{**columns, "clusters": [1, 2, 3, 2]})


def test_labels_of_a_later_stage_are_read_in_their_stratum_and_cluster():
    design = build_design(
        strata=[[0] * 8, list("ssttsstt")],
        clusters=[[0] * 4 + [1] * 4, [1, 2, 1, 2, 1, 2, 1, 2]],
        fpc=[[4] * 8, [5] * 8],
    )
    assert design.stages[1].sampled.tolist() == [2.0] * 4


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, "one length above 0"),
        ({"weights": []}, "one length above 0"),
        ({"weights": [1.0, 2.0], "strata": [1]}, "one length"),
        ({"weights": [1.0, -2.0]}, "weights"),
        ({"weights": [1.0, np.nan]}, "weights"),
        ({"rows": 2, "strata": ["a", None]}, "strata: row 1 has no label"),
        ({"rows": 2, "clusters": [1.0, np.nan]}, "clusters: row 1 has no label"),
        ({"rows": 2, "fpc": [1.5, 0.5]}, "fpc: either"),
        ({"rows": 2, "fpc": [0.0, 0.5]}, "fpc: numbers above 0"),
        ({"rows": 3, "fpc": [2, 2, 2]}, "3 units in the sample and 2 in the population"),
        ({"clusters": [1, 1, 2], "fpc": [4, 5, 4]}, "one value for all rows of a unit"),
        ({"rows": 2, "fpc": [4]}, "one length"),
        ({"rows": 2, "fpc": [[4, 4], [4]]}, "at most a column for each stage"),
        ({"rows": 2, "strata": [[1, 1], [1, 2]]}, "at most a column for each stage"),
        ({"clusters": [[1, 2], [1, 2]], "fpc": [[4, 4], [4]]}, "fpc: 2 values expected"),
        ({"counts": [1, 0]}, "counts: finite numbers"),
        ({"counts": [1, np.nan]}, "counts: finite numbers"),
        ({"clusters": [1, 1, 2], "probabilities": [0.5, 0.4, 0.5]}, "one value for all rows"),
        ({"strata": ["a", np.nan]}, "strata: row 1 has no label"),
        ({"strata": np.array(["a", np.nan], object)}, "strata: row 1 has no label"),
        ({"strata": np.array(["2026-01-01", "NaT"], "M8[D]")}, "strata: row 1 has no label"),
        ({"strata": np.ma.array([1, 2], mask=[False, True])}, "masked"),
        ({"probabilities": [0.5, 1.2]}, "probabilities"),
    ],
)
def test_columns_that_are_no_design_are_refused(columns, told):
    with pytest.raises(DesignFaulty, match=told):
        build_design(**columns)


def test_a_text_that_reads_nan_is_a_label():
    assert build_design(strata=np.array(["nan", "a"], object)).stages[0].labels == ("a", "nan")


@pytest.mark.parametrize(
    ("rows", "told"),
    [([True], "3 truth values"), ([0, 2, 5], "not the numbers"), ([[1], [0], [1]], "3 truth")],
)
def test_a_domain_is_told_by_truth_values(rows, told):
    for design in (build_design(rows=3), jackknife(build_design(rows=3))):
        with pytest.raises(DesignFaulty, match=told):
            design.domain(rows)


def test_an_empty_domain_is_refused():
    with pytest.raises(NothingInDomain):
        build_design(rows=3).domain([False, False, False])


def test_a_design_is_never_changed():
    weights = np.array([1.0, 2.0, 3.0])
    design = build_design(weights=weights)
    before = design.weights.copy()
    design.domain([True, True, False])
    design.reweighted(design.weights * 2)
    mean([1.0, 2.0, 3.0], design)
    np.testing.assert_array_equal(design.weights, before)
    weights[0] = 100
    np.testing.assert_array_equal(design.weights, before)
