"""Simulated samples of clusters: what is drawn, what holds, and what docs/coverage.md says."""

import runpy
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from analysis import estimation
from analysis.coverage import (
    GRID,
    HARDER,
    LEVEL,
    MINIMUM_N,
    Coverage,
    District,
    Held,
    Mark,
    Name,
    coverage,
    draw,
    generator_of,
    marks_of,
    simulate,
)
from analysis.design_columns import build_design
from analysis.errors import ImpossibleInput
from analysis.intervals import Measured, effective_n, korn_graubard
from analysis.presentation import Display, present_rate

ROOT = Path(__file__).parents[2]
SAMPLES, SEED = 4000, 7


def held(district, name=Name.DEFAULT):
    return coverage(district, SAMPLES, seed=SEED).by_name[name].share


def three_errors(share):
    return 3 * sqrt(share * (1 - share) / SAMPLES)


@pytest.mark.parametrize("district", [District(0.85, 0.05, 8), District(0.95, 0.30, 20)])
def test_rate_correlation_and_weights_are_as_asked(district):
    coded = draw(district, 5000, generator_of(district, SEED))
    yes = coded.answers[0].reshape(-1, district.respondents)
    rate = yes.mean(axis=1)
    assert rate.mean() == pytest.approx(district.p, abs=4 * rate.std() / sqrt(rate.size))
    apart = yes - district.p
    pairs = (apart.sum(axis=1) ** 2 - (apart**2).sum(axis=1)) / (10 * 9)
    together = pairs / (district.p * (1 - district.p))
    error = together.std() / sqrt(together.size)
    assert error < 0.01
    assert together.mean() == pytest.approx(district.icc, abs=4 * error)
    weight = coded.weight
    assert weight.std() / weight.mean() == pytest.approx(0.4, rel=0.02)
    by_cluster = np.corrcoef(weight, np.repeat(rate, district.respondents))[0, 1]
    assert abs(by_cluster) < 4 / sqrt(weight.size)


@pytest.mark.parametrize("one", [0, 3, 19])
def test_rate_and_error_of_a_sample_are_those_of_its_rows(one):
    district = District(0.85, 0.15, 4)
    table = simulate(district, 20, generator_of(district, SEED))
    coded = draw(district, 20, generator_of(district, SEED))  # the same stream: one chunk
    rows = coded.stratum[coded.cluster] == one
    design = build_design(weights=coded.weight[rows], clusters=coded.cluster[rows])
    mean = estimation.mean(coded.answers[0][rows], design)
    assert table.rate[one, 0] == pytest.approx(mean.value[0], rel=1e-13)
    assert table.se[one, 0] == pytest.approx(mean.se[0], rel=1e-12)
    assert (table.n[one, 0], table.df[one, 0]) == (40, 3) == (40, design.df)
    assert table.hits[one, 0] == coded.answers[0][rows].sum()


def test_samples_drawn_in_chunks_are_all_there(monkeypatch):
    monkeypatch.setattr("analysis.coverage.CHUNK", 7 * 40)
    district = District(0.85, 0.15, 4)
    table = simulate(district, 100, generator_of(district, SEED))
    assert table.rate.shape == table.se.shape == (100, 1)
    assert np.unique(table.rate[table.hits < 40]).size == (table.hits < 40).sum()  # none twice


@pytest.mark.parametrize(
    "district",
    [
        District(0.85, 0.05, 4),
        District(0.95, 0.05, 8),
        District(0.95, 0.05, 20),
        District(0.99, 0.15, 4),
        District(0.99, 0.30, 20),
    ],
    ids=str,
)
def test_the_default_holds(district):
    assert held(district) > 0.94 - three_errors(0.94)


@pytest.mark.parametrize("name", [Name.WALD, Name.LOGIT, Name.WILSON])
def test_limits_that_are_empty_at_the_edges_do_not_hold(name):
    """The negative control: what tells good from bad here would also see a bad default."""
    assert held(District(0.99, 0.05, 4), name) < 0.4


def test_wald_does_not_hold_where_no_sample_is_at_the_edge():
    found = coverage(District(0.95, 0.05, 20), SAMPLES, seed=SEED)
    assert found.edges < 0.002 * SAMPLES
    assert found.by_name[Name.WALD].share < 0.94 - three_errors(0.94)


def test_an_edge_is_worth_its_samples():
    """Without limits at 0 and 100 % a recipe misses there, and has no width there."""
    found = coverage(District(0.99, 0.15, 4), SAMPLES, seed=SEED)
    for bare, full in ((Name.LOGIT, Name.LOGIT_HERE), (Name.WILSON, Name.WILSON_HERE)):
        gained = found.by_name[full].held - found.by_name[bare].held
        assert gained == found.edges  # p is above the lower limit at 100 % of each
        assert found.width[bare] > found.width[full]


def test_what_falls_short_is_marked_at_100_percent():
    found = coverage(District(0.95, 0.15, 8), SAMPLES, seed=SEED)
    assert found.default.share < 0.94 - three_errors(0.94)
    assert found.by_mark[Mark.EDGE] == Held(found.edges, 0)
    assert found.edges > 0.9 * found.default.missed
    assert found.by_mark[Mark.SHOWN].samples == 0


def test_what_falls_short_below_100_percent_is_not_marked():
    """docs/coverage.md admits it."""
    shown = coverage(District(0.95, 0.30, 20), SAMPLES, seed=SEED).by_mark[Mark.SHOWN]
    assert shown.samples > 0.85 * SAMPLES
    assert 0.87 < shown.share < 0.94 - three_errors(0.94)


@pytest.mark.parametrize("district", [District(0.95, 0.30, 20), District(0.85, 0.15, 4)], ids=str)
def test_marks_are_those_of_single_rates(district):
    table = simulate(district, 300, generator_of(district, SEED))
    expected = []
    for p, se, n, k, df in zip(
        *[x.ravel().tolist() for x in (table.rate, table.se, table.n, table.hits, table.df)],
        strict=True,
    ):
        rate = Measured(p, se, n, k, df)
        limits = korn_graubard(rate, LEVEL)
        shown = present_rate(
            p=rate.p,
            n=n,
            edge=rate.at_edge,
            df=df,
            n_eff=effective_n(rate, LEVEL),
            width=limits.high - limits.low,
            minimum_n=MINIMUM_N,
        )
        review = Mark.EDGE if shown.reason == "events=0" else Mark.FEW_DF
        marks = {Display.SHOW: Mark.SHOWN, Display.SUPPRESS: Mark.WITHHELD, Display.REVIEW: review}
        expected.append(marks[shown.display])
    assert marks_of(table).ravel().tolist() == expected
    assert len(set(expected)) >= 3


def test_the_parts_sum_to_the_whole():
    found = coverage(District(0.95, 0.30, 20), 500, seed=SEED)
    assert sum(part.samples for part in found.by_mark.values()) == found.samples == 500
    assert sum(part.held for part in found.by_mark.values()) == found.default.held
    assert 0 < found.too_high <= found.default.missed


def test_shares_and_their_errors_by_hand():
    assert Held(400, 360).share == 0.9
    assert Held(400, 360).se == pytest.approx(0.015)
    assert (Held(0, 0).share, Held(0, 0).se) == (None, None)


def test_a_seed_gives_the_same_again_and_another_does_not():
    district = District(0.85, 0.15, 8)
    once, again, other = (coverage(district, 200, seed=seed) for seed in (1, 1, 2))
    assert isinstance(once, Coverage)
    assert once == again
    assert once.width != other.width


def test_each_district_has_its_own_stream():
    firsts = {generator_of(district, 1).random() for district in GRID + HARDER}
    assert len(firsts) == len(GRID) + len(HARDER) == 39


@pytest.mark.parametrize(
    ("name", "value"),
    [("p", 1.0), ("icc", 0.0), ("clusters", 1), ("respondents", 0), ("weight_cv", -0.1)],
)
def test_impossible_districts_are_refused(name, value):
    with pytest.raises(ImpossibleInput, match=name):
        District(**{"p": 0.9, "icc": 0.1, "clusters": 4} | {name: value})


def test_no_samples_are_refused():
    with pytest.raises(ImpossibleInput, match="samples"):
        coverage(District(0.9, 0.1, 4), 0, seed=1)


def test_the_tables_of_the_document_are_those_of_the_program():
    """One row drawn again in full; the others came from the same run."""
    script = runpy.run_path(str(ROOT / "benchmarks" / "coverage" / "run.py"))
    lines = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8").splitlines()
    tables = lines[lines.index(script["MARKER"].strip()) :]
    rows = [line for line in tables if line.startswith("| .")]
    assert len(rows) == 2 * len(GRID) + len(HARDER)
    assert tables[2].startswith(
        f"{script['SAMPLES']:,} samples for each row, seed {script['SEED']}."
    )
    one = coverage(District(0.95, 0.15, 8), script["SAMPLES"], seed=script["SEED"])
    assert script["coverage_row"](one) in rows
    assert script["marks_row"](one) in rows
