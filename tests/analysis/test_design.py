"""Designs: variances against R, algebra and each other; what no design can be is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design_columns import build_design
from analysis.errors import DesignFaulty, LonelyStrata, NothingInDomain
from analysis.estimation import by_domain, mean, total
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
    for columns in ({"clusters": clusters}, {}):
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


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, "one length above 0"),
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
        ({"rows": 2, "fpc": [[4, 4], [4]]}, "fpc: 2 values expected"),
        ({"probabilities": [0.5, 1.2]}, "probabilities"),
    ],
)
def test_columns_that_are_no_design_are_refused(columns, told):
    with pytest.raises(DesignFaulty, match=told):
        build_design(**columns)


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
