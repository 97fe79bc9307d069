"""Rates from sums: equal to the row-wise estimators, to replicates, and to a database's sums."""

import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import estimation, greg, replication
from analysis.design_columns import build_design
from analysis.errors import DesignFaulty, EmptyCells, LonelyStrata, MarginsNotMet, UnknownCells
from analysis.intervals import Measured, korn_graubard
from analysis.rates import CodedMargin, bootstrap_table, rake, raked_table, rate_table
from analysis.strata import Lonely
from analysis.sums import Coded, add_up, fold


def sample(seed=1, rows=1500, strata=6, clusters=5, domains=4, missing=0.1):
    """A sample whose domains cut across clusters; every cluster and domain has respondents."""
    draws = np.random.default_rng(seed)
    p = strata * clusters
    cluster = np.concatenate([np.arange(p), draws.integers(0, p, rows - p)])
    answers = []
    for share in (0.6, 0.9):
        codes = (draws.random(rows) < share).astype(np.int8)
        codes[draws.random(rows) < missing] = -1
        answers.append(codes)
    return Coded(
        cluster=cluster,
        stratum=np.arange(p) // clusters,
        domain=draws.integers(0, domains, rows),
        answers=tuple(answers),
        weight=draws.uniform(50, 200, rows),
    )


def design_of(coded):
    return build_design(
        weights=coded.weight, strata=coded.stratum[coded.cluster], clusters=coded.cluster
    )


def row_wise(coded, design, answers, domain):
    member = (
        coded.domain if coded.domain.size == coded.cluster.size else coded.domain[coded.cluster]
    )
    part = design.domain((member == domain) & (answers >= 0))
    return estimation.mean(answers, part), part


def of_clusters(coded):
    return replace(coded, domain=coded.stratum % 3)


def mixed(coded):
    """The clusters numbered in no order, the strata with gaps."""
    number = np.random.default_rng(9).permutation(coded.stratum.size)
    stratum = np.empty_like(coded.stratum)
    stratum[number] = 2 * coded.stratum + 1
    return replace(coded, cluster=number[coded.cluster], stratum=stratum)


def silent(coded):
    """One cluster of a stratum answers the first question, in domain 1 not even that one."""
    answers = coded.answers[0].copy()
    answers[(coded.stratum[coded.cluster] == 2) & (coded.cluster != 10)] = -1
    answers[(coded.cluster == 10) & (coded.domain == 1)] = -1
    return replace(coded, answers=(answers, coded.answers[1]))


KINDS = [lambda coded: coded, of_clusters, mixed, silent]


@pytest.mark.parametrize("kind", KINDS, ids=["crossing", "of clusters", "mixed", "silent"])
def test_a_table_of_rates_is_that_of_the_rows(kind):
    coded = kind(sample())
    table, design = rate_table(add_up(coded)), design_of(coded)
    for domain in range(len(table.rate)):
        for rate, answers in enumerate(coded.answers):
            one, part = row_wise(coded, design, answers, domain)
            assert table.rate[domain, rate] == pytest.approx(one.value[0], rel=1e-13)
            assert table.se[domain, rate] == pytest.approx(one.se[0], rel=1e-12)
            assert table.df[domain, rate] == part.df
            assert table.n[domain, rate] == part.respondents
            assert table.hits[domain, rate] == (answers[part.in_domain] == 1).sum()


def test_respondents_outside_all_domains_leave_only_their_clusters():
    coded = sample()
    outside = coded.domain.copy()
    outside[coded.domain == 3] = -1
    table = rate_table(add_up(coded))
    less = rate_table(
        add_up(Coded(coded.cluster, coded.stratum, outside, coded.answers, coded.weight))
    )
    np.testing.assert_allclose(less.se, table.se[:3], rtol=1e-13)
    np.testing.assert_array_equal(less.n, table.n[:3])


def test_respondents_outside_all_domains_are_added_nowhere():
    coded = sample()
    count = np.random.default_rng(3).integers(1, 4, coded.cluster.size)
    outside = replace(coded, domain=np.where(coded.domain == 3, -1, coded.domain), count=count)
    kept = outside.domain >= 0
    inside = Coded(
        coded.cluster[kept],
        coded.stratum,
        coded.domain[kept],
        tuple(codes[kept] for codes in coded.answers),
        coded.weight[kept],
        count[kept],
    )
    one, other = add_up(outside), add_up(inside)
    np.testing.assert_allclose(one.yes, other.yes, rtol=1e-12)
    np.testing.assert_allclose(one.answered, other.answered, rtol=1e-12)
    np.testing.assert_array_equal(one.hits, other.hits)
    np.testing.assert_array_equal(one.n, other.n)


def test_domains_of_clusters_are_those_of_their_respondents():
    coded = sample(strata=40)
    for domain in (coded.stratum % 3, coded.stratum % 3 - 1):
        one = add_up(replace(coded, domain=domain))
        small = replace(coded, cluster=coded.cluster.astype(np.uint8), domain=domain)
        other = add_up(replace(coded, domain=domain[coded.cluster]))
        for name in ("cluster", "domain", "yes", "answered", "hits", "n"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            np.testing.assert_array_equal(getattr(add_up(small), name), getattr(other, name))


def test_a_table_of_nobody_has_no_domains():
    coded = sample()
    nobody = replace(coded, domain=np.full(coded.cluster.size, -1))
    assert rate_table(add_up(nobody)).rate.shape == (0, 2)
    none = np.zeros(0, int)
    empty = Coded(none, coded.stratum, none, (none,), np.zeros(0))
    assert rate_table(add_up(empty)).rate.shape == (0, 1)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    strata=st.integers(1, 4),
    clusters=st.integers(2, 5),
    domains=st.integers(1, 3),
    missing=st.sampled_from([0.0, 0.3]),
)
def test_random_samples_agree_with_their_rows(seed, strata, clusters, domains, missing):
    coded = sample(seed, 200, strata, clusters, domains, missing)
    table, design = rate_table(add_up(coded)), design_of(coded)
    for domain in range(len(table.rate)):
        one, _ = row_wise(coded, design, coded.answers[0], domain)
        np.testing.assert_allclose(table.se[domain, 0], one.se[0], rtol=1e-10, atol=1e-14)


def margins_of(coded, seed=5):
    draws = np.random.default_rng(seed)
    margins = []
    for name, size in (("sex", 2), ("age", 4), ("district", 6)):
        codes = draws.integers(0, size, coded.cluster.size)
        if name == "district":
            codes = coded.stratum[coded.cluster]
        now = np.bincount(codes, weights=coded.weight, minlength=size)
        targets = now * draws.uniform(0.8, 1.25, size)
        margins.append(CodedMargin(name, codes, targets * coded.weight.sum() / targets.sum()))
    return margins


def test_raked_weights_meet_all_margins():
    coded = sample()
    margins = margins_of(coded)
    weight = rake(coded, margins).weight
    for margin in margins:
        reached = np.bincount(margin.codes, weights=weight)
        np.testing.assert_allclose(reached, margin.targets, rtol=1e-11)


@pytest.mark.parametrize("kind", KINDS, ids=["crossing", "of clusters", "mixed", "silent"])
def test_a_raked_table_is_that_of_calibrated_rows(kind):
    margins = margins_of(sample())
    coded = kind(sample())
    raked = rake(coded, margins)
    table = raked_table(coded, margins, raked)
    columns = [np.ones((coded.cluster.size, 1))]
    totals = [[coded.weight.sum()]]
    for margin in margins:
        columns.append((margin.codes[:, None] == np.arange(1, margin.size)).astype(float))
        totals.append(margin.targets[1:])
    calibrated = greg.calibrate(
        design_of(coded), np.hstack(columns), np.concatenate(totals), distance="raking"
    ).design
    np.testing.assert_allclose(raked.weight, calibrated.weights, rtol=1e-9)
    for domain in range(len(table.rate)):
        for rate, answers in enumerate(coded.answers):
            one, _ = row_wise(coded, calibrated, answers, domain)
            assert table.rate[domain, rate] == pytest.approx(one.value[0], rel=1e-10)
            assert table.se[domain, rate] == pytest.approx(one.se[0], rel=1e-9)


def test_a_bootstrap_of_sums_is_that_of_the_rows():
    coded = sample(missing=0.0)
    table = bootstrap_table(add_up(coded), 50, seed=3)
    design = replication.bootstrap(design_of(coded), 50, seed=3)
    for domain in range(len(table.rate)):
        one, _ = row_wise(coded, design, coded.answers[0], domain)
        assert table.se[domain, 0] == pytest.approx(one.se[0], rel=1e-11)


def test_a_bootstrap_needs_two_clusters_in_a_stratum_and_a_domain_in_each_replicate():
    coded = sample()
    alone = np.where(np.arange(30) == 0, 6, coded.stratum)
    with pytest.raises(LonelyStrata, match="stratum 6"):
        bootstrap_table(add_up(replace(coded, stratum=alone)), 9, seed=1)
    thin = replace(coded, domain=(np.arange(30) > 0).astype(int))
    with pytest.raises(DesignFaulty, match="rate 0: nobody answered in a domain of a replicate"):
        bootstrap_table(add_up(thin), 50, seed=1)


def test_bootstrap_and_linearization_are_near_each_other():
    sums = add_up(sample(rows=20_000, clusters=20))
    linear, replicated = rate_table(sums), bootstrap_table(sums, 800, seed=1)
    np.testing.assert_allclose(replicated.se, linear.se, rtol=0.12)


def test_limits_of_a_table_are_those_of_single_rates():
    coded = sample(rows=600)
    everybody = np.where(coded.domain == 0, 1, coded.answers[0]).astype(np.int8)
    table = rate_table(
        add_up(Coded(coded.cluster, coded.stratum, coded.domain, (everybody,), coded.weight))
    )
    low, high = table.limits(0.95)
    assert table.rate[0, 0] == pytest.approx(1.0)
    for domain in range(len(table.rate)):
        one = Measured(
            float(table.rate[domain, 0]),
            float(table.se[domain, 0]),
            int(table.n[domain, 0]),
            int(table.hits[domain, 0]),
            float(table.df[domain, 0]),
        )
        limits = korn_graubard(one, 0.95)
        assert (low[domain, 0], high[domain, 0]) == pytest.approx((limits.low, limits.high))


def test_a_database_can_make_the_pass():
    coded = sample()
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE rows (cluster, domain, first, second, weight)")
    columns = (coded.cluster, coded.domain, *coded.answers, coded.weight)
    database.executemany(
        "INSERT INTO rows VALUES (?, ?, ?, ?, ?)",
        zip(*[column.tolist() for column in columns], strict=True),
    )
    grouped = database.execute(
        "SELECT cluster, domain, first, second, sum(weight), count(*) FROM rows"
        " GROUP BY cluster, domain, first, second"
    ).fetchall()
    database.close()
    cluster, domain, first, second, weight, count = (
        np.array(c) for c in zip(*grouped, strict=True)
    )
    assert len(grouped) < coded.cluster.size
    again = add_up(Coded(cluster, coded.stratum, domain, (first, second), weight, count))
    sums = add_up(coded)
    np.testing.assert_allclose(again.yes, sums.yes, rtol=1e-12)
    np.testing.assert_allclose(again.answered, sums.answered, rtol=1e-12)
    np.testing.assert_array_equal(again.n, sums.n)
    np.testing.assert_array_equal(again.hits, sums.hits)


def test_the_order_of_rows_and_the_size_of_weights_do_not_matter():
    coded = sample()
    order = np.random.default_rng(2).permutation(coded.cluster.size)
    other = Coded(
        coded.cluster[order],
        coded.stratum,
        coded.domain[order],
        tuple(codes[order] for codes in coded.answers),
        3 * coded.weight[order],
    )
    np.testing.assert_allclose(
        rate_table(add_up(other)).se, rate_table(add_up(coded)).se, rtol=1e-11
    )


def test_many_rows_fold_as_few_do():
    draws = np.random.default_rng(4)
    codes = draws.integers(0, 7, 700_000).astype(np.int8)
    weight = draws.random(700_000)
    np.testing.assert_allclose(
        fold([(codes, 7)], weight), np.bincount(codes, weights=weight), rtol=1e-12
    )
    np.testing.assert_array_equal(fold([(codes, 7)]), np.bincount(codes))


def test_small_codes_of_large_tables_do_not_overflow():
    draws = np.random.default_rng(4)
    one, other = (draws.integers(0, 100, 5000).astype(np.int8) for _ in range(2))
    expected = np.zeros((100, 100))
    np.add.at(expected, (one, other), 1)
    np.testing.assert_array_equal(fold([(one, 100), (other, 100)]), expected)
    coded = sample(strata=40)
    small = replace(coded, cluster=coded.cluster.astype(np.uint8), domain=np.int8(coded.domain))
    np.testing.assert_array_equal(add_up(small).n, add_up(coded).n)


@pytest.mark.parametrize(
    "kind", [lambda coded: coded, of_clusters], ids=["crossing", "of clusters"]
)
def test_respondents_folded_piece_by_piece_are_all_there(monkeypatch, kind):
    coded = kind(sample(strata=1, clusters=2, domains=2))
    coded = replace(coded, count=np.random.default_rng(3).integers(1, 4, coded.cluster.size))
    margins = margins_of(coded)[:2]
    whole, weights = add_up(coded), rake(coded, margins).weight
    monkeypatch.setattr("analysis.sums.CHUNK", 7)
    again = add_up(coded)
    np.testing.assert_allclose(again.yes, whole.yes, rtol=1e-12)
    np.testing.assert_allclose(again.answered, whole.answered, rtol=1e-12)
    np.testing.assert_array_equal(again.hits, whole.hits)
    np.testing.assert_array_equal(again.n, whole.n)
    np.testing.assert_allclose(rake(coded, margins).weight, weights, rtol=1e-10)


def test_many_questions_are_folded_in_turns():
    coded = sample()
    many = Coded(coded.cluster, coded.stratum, coded.domain, coded.answers * 8, coded.weight)
    sums, alone = add_up(many), add_up(coded)
    for rate in range(16):
        np.testing.assert_allclose(sums.yes[:, rate], alone.yes[:, rate % 2], rtol=1e-12)


def test_inputs_stay_as_they_are():
    coded = sample()
    before = [column.copy() for column in (coded.cluster, coded.domain, coded.weight)]
    margins = margins_of(coded)
    raked_table(coded, margins, rake(coded, margins))
    for column, kept in zip((coded.cluster, coded.domain, coded.weight), before, strict=True):
        np.testing.assert_array_equal(column, kept)


def test_what_cannot_be_told_is_refused():
    coded = sample()
    nobody = tuple(np.where(coded.domain == 2, -1, codes) for codes in coded.answers)
    with pytest.raises(DesignFaulty, match="domain 2: nobody answered for rate 0"):
        rate_table(add_up(Coded(coded.cluster, coded.stratum, coded.domain, nobody, coded.weight)))
    alone = coded.stratum.copy()
    alone[0] = 6
    lonely = Coded(coded.cluster, alone, coded.domain, coded.answers, coded.weight)
    with pytest.raises(LonelyStrata, match="stratum 6"):
        rate_table(add_up(lonely))
    for rule in (Lonely.REMOVE, Lonely.CERTAINTY):
        assert (rate_table(add_up(lonely), lonely=rule).se > 0).all()
    with pytest.raises(DesignFaulty, match="adjust"):
        rate_table(add_up(lonely), lonely=Lonely.ADJUST)
    with pytest.raises(DesignFaulty, match="at least one question"):
        Coded(coded.cluster, coded.stratum, coded.domain, (), coded.weight)
    with pytest.raises(DesignFaulty, match="a domain for each respondent or cluster"):
        replace(coded, domain=np.zeros(3, int))
    with pytest.raises(DesignFaulty, match="a weight each"):
        replace(coded, weight=coded.weight[:3])
    with pytest.raises(DesignFaulty, match="1500 respondents expected"):
        Coded(coded.cluster, coded.stratum, coded.domain, (np.zeros(3, int),), coded.weight)
    one = Coded(coded.cluster, coded.stratum, coded.cluster, (coded.answers[1],), coded.weight)
    with pytest.raises(DesignFaulty, match="no degrees of freedom"):
        rate_table(add_up(one)).limits(0.95)


def test_margins_that_cannot_be_met_are_refused():
    coded = sample()
    sex, age, district = margins_of(coded)
    with pytest.raises(EmptyCells, match="sex 2"):
        rake(coded, [CodedMargin("sex", sex.codes, np.array([1.0, 1.0, 1.0])), age])
    with pytest.raises(UnknownCells, match="age 0"):
        rake(coded, [sex, CodedMargin("age", age.codes, np.array([0.0, 1.0, 1.0, 1.0]))])
    with pytest.raises(MarginsNotMet):
        rake(coded, [sex, CodedMargin("age", age.codes, 2 * age.targets), district])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"cluster": -1}, "cluster: codes 0 to 29 expected, found -1"),
        ({"cluster": 30}, "cluster: codes 0 to 29 expected, found 30"),
        ({"domain": -2}, "domain: codes -1 or above expected, found -2"),
        ({"answers": 2}, "answers: codes -1 to 1 expected, found 2"),
        ({"answers": -2}, "answers: codes -1 to 1 expected, found -2"),
        ({"weight": 0.0}, "weight: finite numbers above 0"),
        ({"weight": np.nan}, "weight: finite numbers above 0"),
        ({"weight": np.inf}, "weight: finite numbers above 0"),
    ],
)
def test_codes_that_would_pass_for_others_are_refused(changed, told):
    coded = sample()
    columns = {
        "cluster": coded.cluster.copy(),
        "domain": coded.domain.copy(),
        "answers": coded.answers[0].copy(),
        "weight": coded.weight.copy(),
    }
    ((name, value),) = changed.items()
    columns[name][40] = value
    with pytest.raises(DesignFaulty, match=told):
        Coded(
            columns["cluster"],
            coded.stratum,
            columns["domain"],
            (columns["answers"],),
            columns["weight"],
        )


def test_as_many_respondents_as_clusters_must_stand_in_their_order():
    answers, weight = (np.array([1, 0, 1, 1]),), np.ones(4)
    with pytest.raises(DesignFaulty, match="in the clusters' order"):
        Coded(np.array([2, 0, 1, 3]), np.zeros(4, int), np.array([0, 1, 0, 1]), answers, weight)
    table = rate_table(
        add_up(Coded(np.arange(4), np.zeros(4, int), np.array([0, 1, 0, 1]), answers, weight))
    )
    assert table.rate[:, 0].tolist() == [1.0, 0.5]


def test_margins_have_a_code_for_each_respondent_and_no_other():
    coded = sample()
    sex, age, _ = margins_of(coded)
    for code in (-1, 2):
        codes = sex.codes.copy()
        codes[7] = code
        with pytest.raises(DesignFaulty, match=f"sex: codes 0 to 1 expected, found {code}"):
            CodedMargin("sex", codes, sex.targets)
    with pytest.raises(DesignFaulty, match="age: a code for each respondent"):
        rake(coded, [sex, CodedMargin("age", age.codes[:-1], age.targets)])


def test_a_category_without_total_and_respondents_is_met_as_it_is():
    coded = sample()
    sex, age, _ = margins_of(coded)
    more = CodedMargin("age", age.codes, np.append(age.targets, 0.0))
    np.testing.assert_allclose(
        rake(coded, [sex, more]).weight, rake(coded, [sex, age]).weight, rtol=1e-13
    )


@pytest.mark.parametrize("kind", [np.uint64, np.int8, np.uint8])
def test_codes_of_any_width_are_the_same(kind):
    coded = sample(missing=0.0)
    narrow = Coded(
        coded.cluster.astype(kind),
        coded.stratum,
        coded.domain.astype(kind),
        tuple(codes.astype(kind) for codes in coded.answers),
        coded.weight,
    )
    np.testing.assert_array_equal(add_up(narrow).yes, add_up(coded).yes)


def test_a_level_is_a_share():
    with pytest.raises(DesignFaulty, match="level"):
        rate_table(add_up(sample())).limits(95)
