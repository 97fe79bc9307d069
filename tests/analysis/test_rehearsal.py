"""Rehearsals: truth known by construction, the assessor against simulation, refusals."""

from dataclasses import replace
from math import asin, pi, sin, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from analysis.assessor import (
    Visit,
    chance,
    chance_unsure,
    mean_chance,
    mean_needed,
    rate_needed,
    reading,
)
from analysis.errors import ImpossibleInput
from analysis.fieldwork import interviewer_effect
from analysis.rehearsal import Scale, intraclass_correlation, latent_correlation, shrunken
from analysis.study.problems import StudyRefused
from analysis.study.rehearsal.output import texts, write_rehearsal
from analysis.study.rehearsal.run import rehearse
from analysis.study.rehearsal.wishes import Wishes
from analysis.study.results import CannotWrite
from analysis.study.run import estimate_study
from survey.folders import read_study_folder
from tests.analysis.small_study import TOWNS, write_small_study
from tests.analysis.small_study import replace as change
from tests.rowwise.studies import VARIANTS, write_study

EXAMPLE = Path(__file__).parents[2] / "examples" / "hean-2026"
WIDE = Wishes(copies=600, seed=5, clusters=40, per_cluster=12, response=1.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The small study, base weights published."""
    path = write_small_study(tmp_path_factory.mktemp("study") / "study")
    change(path, "study.toml", 'headline = "rake"', 'headline = "base"')
    return path


@pytest.fixture(scope="module")
def study(folder):
    return read_study_folder(folder).folder.study


@pytest.fixture(scope="module")
def raked(folder, tmp_path_factory):
    path = write_small_study(tmp_path_factory.mktemp("raked") / "study")
    return read_study_folder(path).folder.study


def city(rehearsal, indicator="KN"):
    return next(r for r in rehearsal.rows if (r.indicator, r.domain) == (indicator, "root"))


# ------------------------------------------------------------------------ likeness and its model


def test_the_correlation_of_one_stratum_is_that_of_the_interviewers():
    chance_of = np.random.default_rng(2)
    cluster = np.repeat(np.arange(12), chance_of.integers(2, 9, 12))
    value = chance_of.normal(size=12)[cluster] + chance_of.normal(size=len(cluster))
    ones, nowhere = np.ones(len(cluster), np.int64), np.zeros(len(cluster), np.int64)
    found = intraclass_correlation(cluster, nowhere, value, ones)
    assert found == pytest.approx(interviewer_effect(cluster, value).rho)


def test_strata_and_counts_by_hand():
    # two strata of two clusters of four: 4/4, 2/4; 1/4, 3/4
    stratum = np.repeat([0, 0, 1, 1], 2)
    cluster = np.repeat([0, 1, 0, 1], 2)
    value, counts = np.tile([1.0, 0.0], 4), np.array([4, 0, 2, 2, 1, 3, 3, 1])
    between = (4 * 2 * 0.25**2 + 4 * 2 * 0.25**2) / 2
    within = (0 + 1 + 0.75 + 0.75) / 12
    expected = (between - within) / (between + 3 * within)
    assert intraclass_correlation(cluster, stratum, value, counts) == pytest.approx(expected)


def test_the_correlation_is_never_below_zero_and_that_of_equal_answers_is_zero():
    cluster, nowhere, ones = np.repeat([0, 1, 2], 2), np.zeros(6, np.int64), np.ones(6, np.int64)
    assert intraclass_correlation(cluster, nowhere, np.tile([0.0, 1.0], 3), ones) == 0
    assert intraclass_correlation(cluster, nowhere, np.ones(6), ones) == 0
    assert intraclass_correlation(cluster, nowhere, (cluster == 1) * 1.0, ones) == 1


@pytest.mark.parametrize("cluster", [[0, 0, 0, 0], [0, 1, 2, 3]])
def test_one_cluster_or_persons_alone_tell_no_correlation(cluster):
    ones = np.ones(4, np.int64)
    with pytest.raises(ImpossibleInput):
        intraclass_correlation(np.array(cluster), np.zeros(4, np.int64), ones * 1.0, ones)


def test_the_correlation_behind_halves_is_that_of_the_arcsine():
    # answers split at the median: their correlation is 2/pi asin(rho)
    found = latent_correlation(np.array([0.0, 1.0]), np.array([0.5, 0.5]), 0.2)
    assert found == pytest.approx(sin(pi / 2 * 0.2), abs=1e-4)
    assert 2 / pi * asin(found) == pytest.approx(0.2, abs=1e-4)


def test_the_correlation_behind_any_rate_is_that_of_the_bivariate_normal():
    shared = latent_correlation(np.array([0.0, 1.0]), np.array([0.1, 0.9]), 0.08)
    cut = stats.norm.ppf(0.9)
    both = stats.multivariate_normal([0, 0], [[1, shared], [shared, 1]]).cdf([cut, cut])
    assert (both - 0.81) / 0.09 == pytest.approx(0.08, abs=1e-3)


def test_edges_of_the_correlation():
    points, shares = np.array([0.0, 50.0, 100.0]), np.array([0.2, 0.3, 0.5])
    assert latent_correlation(points, shares, 0.0) == 0
    assert latent_correlation(points, shares, 1.0) == 1
    assert latent_correlation(points, np.array([0.0, 0.0, 1.0]), 0.4) == 0
    with pytest.raises(ImpossibleInput):
        latent_correlation(points, shares, 1.2)


def test_a_scale_gives_back_its_shares_and_means():
    points, shares = np.array([0.0, 30.0, 100.0]), np.array([0.2, 0.3, 0.5])
    scale = Scale.of(points, shares)
    assert float(scale.mean(np.array(0.0))) == pytest.approx(59)
    assert scale.shares(np.zeros(2), np.array([1.0, 3.0])) == pytest.approx(shares)
    means = np.array([20.0, 59.0, 90.0])
    assert scale.mean(scale.shift(means)) == pytest.approx(means, abs=1e-3)
    weight = np.array([1.0, 2.0, 1.0])
    moved = scale.moved(scale.shift(means), weight, 70.0)
    assert weight @ scale.mean(moved) / 4 == pytest.approx(70)
    drawn = scale.answer(np.random.default_rng(1).standard_normal(40_000))
    assert np.bincount(drawn) / 40_000 == pytest.approx(shares, abs=0.01)


def test_deviations_within_their_noise_become_one_and_large_ones_stay():
    assert shrunken(np.array([0.1, -0.1]), np.array([1.0, 1.0])) == pytest.approx([0, 0])
    assert shrunken(np.array([3.0]), np.array([1.0])) == pytest.approx([3])
    # t² = (Q - 1) / (2 - 1) with Q = 2·10²
    kept = 199 / 200
    found = shrunken(np.array([10.0, -10.0]), np.array([1.0, 1.0]))
    assert found == pytest.approx([10 * kept, -10 * kept])


# ------------------------------------------------------------------------ the assessor


@pytest.mark.parametrize(("rate", "target"), [(0.9, 0.9), (0.88, 0.9), (0.5, 0.503)])
def test_without_likeness_the_assessor_reads_a_binomial(rate, target):
    visit = Visit(18, 25, 0.0)
    least = int(np.ceil(450 * target))
    assert chance(visit, rate, target) == pytest.approx(stats.binom.sf(least - 1, 450, rate))
    nearly = chance(Visit(18, 25, 1e-6), rate, target)
    assert nearly == pytest.approx(chance(visit, rate, target), abs=1e-4)


def test_with_likeness_he_reads_what_a_simulation_of_communities_reads():
    visit, rate, target = Visit(18, 25, 0.06), 0.88, 0.9
    random = np.random.default_rng(3)
    a = (1 - 0.06) / 0.06
    hits = random.binomial(25, random.beta(rate * a, (1 - rate) * a, (60_000, 18))).sum(axis=1)
    simulated = float((hits >= 405).mean())
    error = sqrt(simulated * (1 - simulated) / 60_000)
    assert chance(visit, rate, target) == pytest.approx(simulated, abs=4 * error)
    assert np.arange(451) @ reading(visit, rate) == pytest.approx(450 * rate)
    spread = np.arange(451) ** 2 @ reading(visit, rate) - (450 * rate) ** 2
    assert spread == pytest.approx(450 * rate * (1 - rate) * (1 + 24 * 0.06))
    normal = stats.norm.sf((404.5 - 450 * rate) / sqrt(spread))
    assert chance(visit, rate, target) == pytest.approx(normal, abs=0.03)


def test_communities_of_one_mind_are_as_many_as_persons():
    assert chance(Visit(10, 20, 1.0), 0.8, 0.85) == pytest.approx(stats.binom.sf(8, 10, 0.8))


def test_a_lower_target_is_read_from_below():
    visit = Visit(4, 10, 0.0)
    assert chance(visit, 0.1, 0.1, lower_is_better=True) == pytest.approx(
        stats.binom.cdf(4, 40, 0.1)
    )
    needed = rate_needed(visit, 0.1, lower_is_better=True)
    assert needed < 0.1
    assert chance(visit, needed, 0.1, lower_is_better=True) == pytest.approx(0.9)


def test_the_rate_needed_gives_its_chance_and_edges_are_edges():
    visit = Visit(18, 25, 0.05)
    assert chance(visit, rate_needed(visit, 0.9, 0.8), 0.9) == pytest.approx(0.8, abs=1e-6)
    assert chance(visit, 1.0, 1.0) == 1
    assert chance(visit, 0.0, 0.9) == 0
    assert rate_needed(visit, 0.0) == 0
    assert rate_needed(visit, 1.0) > 0.999


def test_not_knowing_the_rate_draws_the_chance_to_the_middle():
    visit = Visit(18, 25, 0.02)
    sure = chance(visit, 0.93, 0.9)
    random = np.random.default_rng(4)
    rates = random.beta(300 * 0.93 + 0.5, 300 * 0.07 + 0.5, 3000)
    simulated = float(np.mean([chance(visit, rate, 0.9) for rate in rates]))
    unsure = chance_unsure(visit, 0.93, 300, 0.9)
    assert 0.5 < unsure < sure
    assert unsure == pytest.approx(simulated, abs=0.02)
    assert chance_unsure(visit, 0.93, 1e7, 0.9) == pytest.approx(sure, abs=1e-3)


def test_a_mean_score_is_read_normally():
    visit = Visit(9, 16, 0.1)
    se = 20 * sqrt((1 + 15 * 0.1) / 144)
    assert mean_chance(visit, 82, 20, 80) == pytest.approx(stats.norm.cdf(2 / se))
    assert mean_chance(visit, 82, 20, 80, lower_is_better=True) == pytest.approx(
        stats.norm.cdf(-2 / se)
    )
    unsure = mean_chance(visit, 82, 20, 80, se=3)
    assert unsure == pytest.approx(stats.norm.cdf(2 / sqrt(se**2 + 9)))
    assert mean_chance(visit, 80, 0, 80) == 1
    needed = mean_needed(visit, 20, 80)
    assert mean_chance(visit, needed, 20, 80) == pytest.approx(0.9)
    assert mean_needed(visit, 20, 80, lower_is_better=True) == pytest.approx(160 - needed)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Visit(0, 25, 0.0),
        lambda: Visit(18, 0, 0.0),
        lambda: Visit(18, 25, -0.1),
        lambda: chance(Visit(18, 25, 0.0), 1.1, 0.9),
        lambda: rate_needed(Visit(18, 25, 0.0), 0.9, 1.0),
        lambda: rate_needed(Visit(18, 25, 0.0), 90),
        lambda: chance_unsure(Visit(18, 25, 0.0), 0.9, 0, 0.9),
    ],
)
def test_impossible_visits_are_refused(bad):
    with pytest.raises(ImpossibleInput):
        bad()


# ------------------------------------------------------------------------ whole rehearsals


def test_limits_cover_the_truth_as_promised(study):
    rows = rehearse(study, replace(WIDE, icc=0.05)).rows
    for row in rows:
        assert row.coverage is not None
        # Korn-Graubard limits cover more than they promise; 600 copies err by 0.9 points
        assert row.coverage > 0.95 - 3 * sqrt(0.95 * 0.05 / 600), row
        assert row.estimate == pytest.approx(row.truth, abs=2 if row.indicator == "LI" else 0.02)


@pytest.mark.slow
def test_the_example_is_covered_and_judged_as_promised():
    example = read_study_folder(EXAMPLE).folder.study
    wishes = Wishes(copies=1000, icc=0.05, rates=("AW=89.99", "SU=89.99", "SF=85", "PA=60"))
    rows = [row for row in rehearse(example, wishes).rows if row.domain == "root"]
    for row in rows:
        assert row.coverage == pytest.approx(0.95, abs=4 * row.coverage_se), row
    missed = [row.false_met for row in rows if row.indicator in ("AW", "SU")]
    reached = [row.false_not_met for row in rows if row.indicator in ("SF", "PA")]
    assert max(missed + reached) <= 0.025 + 4 * sqrt(0.025 * 0.975 / 1000)
    assert min(missed + reached) > 0


def test_few_are_said_to_meet_a_target_that_is_just_missed(study):
    row = city(rehearse(study, replace(WIDE, icc=0.05, rates=("KN=49.99",))))
    assert row.truth == pytest.approx(0.4999)
    assert row.false_met == row.met
    assert row.false_met <= 0.025 + 3 * sqrt(0.025 * 0.975 / 600)
    assert row.false_not_met is None
    reached = city(rehearse(study, replace(WIDE, icc=0.05, rates=("KN=50",))))
    assert (reached.false_met, reached.false_not_met) == (None, reached.not_met)
    assert reached.not_met <= 0.025 + 3 * sqrt(0.025 * 0.975 / 600)


def test_shares_of_verdicts_make_one(study):
    for row in rehearse(study, replace(WIDE, copies=30)).rows:
        if row.target is None:
            assert (row.met, row.not_met, row.undecided, row.false_met) == (None,) * 4
        else:
            parts = row.met, row.not_met, row.undecided, row.suppressed
            assert sum(parts) == pytest.approx(1), row


def test_more_likeness_within_clusters_widens_the_limits(study):
    widths = [city(rehearse(study, replace(WIDE, icc=icc, copies=25))).width for icc in (0, 0.1)]
    assert widths[1] > 1.25 * widths[0]


def test_without_likeness_the_limits_are_those_of_a_simple_random_sample(study):
    wishes = replace(WIDE, icc=0.0, rates=("KN=60",), copies=60)
    row = city(rehearse(study, wishes))
    # the strata have nearly the population's shares; a fifth of the answers is empty
    spread = 2 * stats.t.ppf(0.975, 38) * sqrt(0.6 * 0.4 / row.n)
    assert row.n == pytest.approx(480 * 0.8, rel=0.03)
    assert row.width == pytest.approx(spread, rel=0.06)


def test_drawn_answers_are_alike_as_wished_and_have_the_rates_wished(study):
    rehearsal = rehearse(study, replace(WIDE, icc=0.15, rates=("KN=70",), copies=2))
    population = rehearsal.population
    found, rates = [], []
    for copy in range(60):
        tally = population.draw(1, copy)
        codes = tally.columns["KN "].codes
        counts = (codes >= 0).astype(np.int64)
        town, village = tally.columns["town"].codes, tally.columns["village"].codes
        found.append(intraclass_correlation(village, town, (codes == 1) * 1.0, counts))
        rates.append((codes == 1).sum() / counts.sum())
    assert np.mean(found) == pytest.approx(0.15, abs=0.03)
    assert np.mean(rates) == pytest.approx(0.7, abs=0.02)


def test_the_truth_is_the_waves_estimate_unless_it_is_given(study, raked):
    for one in (study, raked):
        rows = {
            (row.indicator, row.area): row.estimate
            for row in estimate_study(one).estimates
            if row.sample == "W1-door" and row.domain == "root"
            and row.weighting == one.plan.estimation.headline[""]
        }  # fmt: skip
        for row in rehearse(one, Wishes(copies=2)).rows:
            if row.domain == "root":
                assert row.truth == pytest.approx(rows[row.indicator, row.area])
    given = rehearse(study, Wishes(copies=2, rates=("KN=90", "LI=70.5")))
    assert city(given).truth == pytest.approx(0.9)
    assert city(given, "LI").truth == pytest.approx(70.5)


def test_the_areas_are_those_of_the_tree_and_their_clusters_are_counted(study):
    rows = [row for row in rehearse(study, replace(WIDE, copies=3)).rows if row.indicator == "KN"]
    assert [row.area for row in rows[1:]] == list(TOWNS)
    assert [row.clusters for row in rows] == [40, 20, 20]
    assert [row.interviews for row in rows] == [480, 240, 240]


def test_non_response_costs_interviews_and_is_taken_from_the_contacts(study):
    known = rehearse(study, Wishes(copies=40))
    assert known.wishes.response == pytest.approx(72 / 92)  # of 92 contacts
    assert known.wishes.response_from == "W1-door"
    assert known.population.field.addresses.sum() == 92
    assert city(known).interviews == pytest.approx(72, abs=2)
    halved = rehearse(study, Wishes(copies=5, response=0.5))
    assert halved.population.field.addresses.sum() == 144
    silent = rehearse(replace(study, dispositions={}), Wishes(copies=3))
    assert (silent.wishes.response, city(silent).interviews) == (None, 72)


def test_costs_are_those_of_clusters_and_interviews(study):
    wishes = replace(WIDE, copies=2, cost_cluster=100, cost_interview=2.5)
    assert city(rehearse(study, wishes)).cost == 40 * 100 + 480 * 2.5
    assert city(rehearse(study, replace(wishes, cost_cluster=None))).cost == 480 * 2.5
    assert city(rehearse(study, replace(WIDE, copies=2))).cost is None


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(study, tmp_path):
    wishes = replace(WIDE, copies=12, assessor="18x25")
    first, second = (texts(rehearse(study, wishes)) for _ in range(2))
    assert first == second
    assert texts(rehearse(study, replace(wishes, seed=6))) != first
    rehearsal = rehearse(study, wishes)
    write_rehearsal(rehearsal, tmp_path / "out")
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert written == first
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite):
        write_rehearsal(rehearsal, tmp_path / "file")


def test_a_copy_is_the_same_however_many_there_are(study):
    few, many = (rehearse(study, replace(WIDE, copies=n)).population for n in (2, 5))
    one, other = few.draw(5, 1), many.draw(5, 1)
    assert all((one.columns[n].codes == other.columns[n].codes).all() for n in one.columns)


def test_empty_weighting_cells_are_joined_and_told(raked):
    rehearsal = rehearse(raked, Wishes(copies=30, per_cluster=1))
    assert sum(rehearsal.collapsed.values()) > 0
    assert all(cells.startswith(("town", "old", "sex")) for cells in rehearsal.collapsed)
    assert rehearsal.estimated + sum(rehearsal.refused.values()) == 30


def test_the_assessor_is_asked_of_every_target(study):
    first, score = rehearse(study, Wishes(copies=2, assessor="6 × 10")).assessed
    assert (first.indicator, first.communities, first.persons) == ("KN", 6, 10)
    assert score.indicator == "LI"
    visit = Visit(6, 10, first.icc)
    assert first.chance == chance(visit, first.rate, 0.5)
    assert chance(visit, first.needed, 0.5) == pytest.approx(0.9, abs=1e-6)
    assert first.low < first.rate < first.high
    given = rehearse(study, Wishes(copies=2, assessor="6x10", icc=0.0, rates=("KN=50",)))
    assert given.assessed[0].chance == pytest.approx(stats.binom.sf(29, 60, 0.5))
    assert (given.assessed[0].low, given.assessed[0].chance_unsure) == (None, None)


@pytest.mark.parametrize("variant", VARIANTS)
def test_studies_of_any_make_are_rehearsed_or_refused_as_by_estimate(tmp_path, variant):
    write_study(tmp_path / "study", seed=4, **VARIANTS[variant])
    study = read_study_folder(tmp_path / "study").folder.study
    if not any(sample.is_probability for sample in study.plan.samples):
        assert "study.toml" in {file for file, _ in refused(study)}
        return
    rehearsal = rehearse(study, Wishes(copies=3))
    assert rehearsal.estimated + sum(rehearsal.refused.values()) == 3
    assert all(0 <= row.icc <= 1 for row in rehearsal.rows)


# ------------------------------------------------------------------------ refusals


def refused(study, **wishes):
    with pytest.raises(StudyRefused) as caught:
        rehearse(study, Wishes(**{"copies": 2, **wishes}))
    return {(problem.file, problem.found) for problem in caught.value.problems}


def test_all_impossible_wishes_are_told_at_once(study):
    found = refused(
        study, copies=1, seed=-1, rates=("XX=5", "KN", "KN=101", "LI=x"), icc=float("nan"),
        response=0.0, clusters=3, per_cluster=0, cost_cluster=-1.0, cost_interview=float("inf"),
        assessor="18", sample="W1-scan",
    )  # fmt: skip
    assert found == {
        ("--copies", "1"), ("--seed", "-1"), ("--rate", "XX=5"), ("--rate", "KN"),
        ("--rate", "KN=101"), ("--rate", "LI=x"), ("--icc", "nan"), ("--response", "0.0"),
        ("--clusters", "3"), ("--per-cluster", "0"), ("--cost-cluster", "-1.0"),
        ("--cost-interview", "inf"), ("--assessor", "18"), ("--sample", "W1-scan"),
    }  # fmt: skip


def test_copies_too_large_for_a_computer_are_refused(study):
    assert refused(study, clusters=10**6) == {("--clusters", "12000000")}
    assert refused(study, per_cluster=10**6) == {("--per-cluster", "6000000")}
    assert refused(study, copies=10**6) == {("--copies", "1000000")}


def test_a_study_without_a_probability_sample_is_refused(study):
    scans = tuple(sample for sample in study.plan.samples if not sample.is_probability)
    plan = replace(study.plan, samples=scans)
    assert ("study.toml", "W1-scan: opt-in") in refused(replace(study, plan=plan))


def test_an_assessor_without_a_target_is_refused(study):
    free = tuple(replace(indicator, target=None) for indicator in study.indicators)
    free_study = replace(study, indicators=free)
    assert refused(free_study, assessor="18x25") == {("--assessor", "18x25")}
    assert {row.met for row in rehearse(free_study, Wishes(copies=2)).rows} == {None}


def bent(folder, tmp_path, *changes):
    """The small study with texts of study.toml exchanged."""
    path = write_small_study(tmp_path / "bent")
    for old, new in (('headline = "rake"', 'headline = "base"'), *changes):
        change(path, "study.toml", old, new)
    return read_study_folder(path).folder.study


def test_a_sample_of_persons_has_no_clusters_to_wish_for(folder, tmp_path):
    persons = bent(folder, tmp_path, ('cluster = "village"\n', ""))
    assert refused(persons, icc=0.1, clusters=9, per_cluster=3, cost_cluster=1.0) == {
        ("--icc", "0.1"), ("--clusters", "9"), ("--per-cluster", "3"), ("--cost-cluster", "1.0"),
    }  # fmt: skip
    row = city(rehearse(persons, Wishes(copies=30, rates=("KN=60",))))
    assert (row.icc, row.clusters) == (0, 0)
    assert row.width == pytest.approx(2 * 1.99 * sqrt(0.24 / row.n), rel=0.1)


def test_fewer_than_two_clusters_in_every_stratum_are_refused(folder, tmp_path):
    towns = bent(
        folder, tmp_path, ('cluster = "village"', 'cluster = "town"'),
        ('lonely_psu = "fail"', 'lonely_psu = "remove"'),
    )  # fmt: skip
    assert refused(towns) == {("study.toml", "town")}


def test_what_estimate_refuses_is_refused(study):
    empty = {**study.margins, "town": replace(study.margins["town"], totals={TOWNS[0]: 9000.0})}
    plan = replace(study.plan, estimation=replace(study.plan.estimation, headline={"": "rake"}))
    assert refused(replace(study, plan=plan, margins=empty)) == {("margins.csv", TOWNS[1])}


def test_an_indicator_that_nobody_answered_is_left_out(study):
    silent = replace(study.indicators[1], denominator=frozenset(), numerator=frozenset())
    bent_study = replace(study, indicators=(study.indicators[0], silent))
    rehearsal = rehearse(bent_study, Wishes(copies=2))
    assert rehearsal.left_out == ("AC",)
    assert {row.indicator for row in rehearsal.rows} == {"KN"}
    assert refused(bent_study, rates=("AC=50",)) == {("--rate", "AC=50")}


def test_a_weighting_by_cluster_is_refused(folder, tmp_path):
    same = bent(folder, tmp_path, ('headline = "base"', 'headline = "rake"'))
    towns = tuple(replace(s, cluster="town", strata=None) for s in same.plan.samples)
    found = refused(replace(same, plan=replace(same.plan, samples=towns)))
    assert ("study.toml", "town") in found


def test_strata_taken_whole_keep_their_clusters_and_have_no_effect_of_them(folder, tmp_path):
    rule = 'lonely_psu = "fail"'
    whole = bent(folder, tmp_path, (rule, f'{rule}\ncertainty_strata = ["{TOWNS[0]}"]'))
    rehearsal = rehearse(whole, Wishes(copies=3, clusters=9, icc=0.5))
    field = rehearsal.population.field
    assert np.bincount(field.stratum).tolist() == [3, 6]
    assert field.is_alike.tolist() == [False] * 3 + [True] * 6
    assert ("--clusters", "4") in refused(whole, clusters=4)
