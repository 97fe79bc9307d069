"""The row-by-row reference agrees with R: the four studies, R's numbers, and algebra."""

import csv
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pyxform.xls2xform import convert
from scipy import stats

from tests.rowwise import rowwise
from tests.rowwise.studies import EXERCISES, REFUSED, VARIANTS, write_study

ROOT = Path(__file__).resolve().parents[2]
FOUR = {
    "hean-2026": ROOT / "examples/hean-2026",
    "nhanes-2009": ROOT / "examples/nhanes-2009",
    "hean-2026-selfrep": ROOT / "tests/studies/hean-2026-selfrep",
    "yunhe-2025": ROOT / "tests/studies/yunhe-2025",
}
SEED = 7  # of r_numbers.csv


@pytest.fixture(scope="session")
def variant(tmp_path_factory):
    """The folder and the tables of a variant."""

    @cache
    def made(name):
        folder = tmp_path_factory.mktemp(name)
        write_study(folder, seed=SEED, **VARIANTS[name])
        return folder, rowwise.compute(folder)

    return made


def change_cell(path, row, column, value):
    rows = rowwise.read_csv(path)
    for each in rows if row is None else [rows[row]]:
        each[column] = value
    write_rows(path, rows)


def write_rows(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def pick(rows, **wanted):
    found = [row for row in rows if all(row[k] == v for k, v in wanted.items())]
    assert len(found) == 1, (wanted, len(found))
    return found[0]


# ------------------------------------------------------------------------- against R


@pytest.mark.slow
@pytest.mark.parametrize("name", FOUR)
def test_the_reference_gives_the_numbers_that_r_gave_for_a_whole_study(name):
    expected = rowwise.read_tables(FOUR[name] / "expected")
    assert expected["estimates"]
    assert rowwise.differences(rowwise.compute(FOUR[name]), expected) == []


def r_numbers():
    return rowwise.read_csv(Path(__file__).parent / "r_numbers.csv")


def reference_number(tables, line):
    place = {k: line[k] for k in ("weighting", "indicator", "domain", "area")}
    if line["quantity"] != "cov":
        row = pick(tables["estimates"], sample=f"{line['wave']}-main", **place)
        return row[line["quantity"]], 0.0
    one, two = (pick(tables["estimates"], sample=f"{w}-main", **place)["se"] for w in ("B0", "B1"))
    both = pick(tables["changes"], **place)["se"]
    return (one**2 + two**2 - both**2) / 2, 1e-9 * one * two


@pytest.mark.parametrize("name", sorted({line["variant"] for line in r_numbers()}))
def test_errors_covariances_and_limits_are_those_of_r_survey(name, variant):
    compared = 0
    for line in (line for line in r_numbers() if line["variant"] == name):
        got, floor = reference_number(variant(name)[1], line)
        if got is None:  # R gives a standard error in one cluster too
            continue
        assert got == pytest.approx(float(line["value"]), rel=1e-9, abs=floor), line
        compared += 1
    assert compared >= 2


def test_the_limits_of_a_change_follow_from_the_covariance_of_r(variant):
    _, tables = variant("covariance_true")
    lines = [r for r in r_numbers() if r["variant"] == "covariance_true" and r["quantity"] == "cov"]
    assert len(lines) == 16
    for line in lines:
        place = {k: line[k] for k in ("weighting", "indicator", "domain", "area")}
        one, two = (pick(tables["estimates"], sample=f"B{w}-main", **place) for w in (0, 1))
        rho = np.clip(float(line["value"]) / one["se"] / two["se"], -1, 1)
        lower = np.array([two["estimate"] - two["low"], one["high"] - one["estimate"]])
        upper = np.array([two["high"] - two["estimate"], one["estimate"] - one["low"]])
        form = np.array([[1, -rho], [-rho, 1]])
        row = pick(tables["changes"], **place)
        gap = two["estimate"] - one["estimate"]
        assert row["low"] == pytest.approx(gap - math.sqrt(lower @ form @ lower), rel=1e-9)
        assert row["high"] == pytest.approx(gap + math.sqrt(upper @ form @ upper), rel=1e-9)


# -------------------------------------------------------------------------- algebra


def test_wilson_limits_are_where_the_score_test_just_rejects(variant):
    """Each limit x solves m (p - x)² = t² x (1 - x): R has it only from survey 4.5 on."""
    _, tables = variant("wilson_90")
    solved = 0
    for row in tables["estimates"]:
        if row["interval"] != "wilson" or not row["df"]:
            continue
        p, t = row["estimate"], stats.t.ppf(0.95, row["df"])
        m = p * (1 - p) / row["se"] ** 2 if row["se"] > 1e-12 else row["n"]
        for x in (row["low"], row["high"]):
            assert m * (p - x) ** 2 == pytest.approx(t * t * x * (1 - x), abs=1e-9)
            solved += 1
        assert 0 <= row["low"] <= p + 1e-12
        assert p - 1e-12 <= row["high"] <= 1
    assert solved > 100


def test_the_chances_of_the_first_three_places_add_up_to_three(variant):
    _, tables = variant("many_ranks")
    groups = {}

    def rank(row):
        return row["rank"]

    for row in tables["ranks"]:
        groups.setdefault((row["indicator"], row["ranked"]), []).append(row)
    assert any(count > 5 for _, count in groups)
    for (_, count), rows in groups.items():
        assert len(rows) == count
        assert sum(row["p_top3"] for row in rows) == pytest.approx(min(3, count), abs=1e-3)
    for code in ("POOR", "COST"):  # lower is better
        (rows,) = (rows for (c, count), rows in groups.items() if c == code and count > 3)
        assert min(rows, key=rank)["p_top3"] > 0.5 > max(rows, key=rank)["p_top3"]


def test_ranks_turn_round_where_lower_is_better(variant, tmp_path):
    _folder, tables = variant("many_ranks")
    other = tmp_path / "turned"
    write_study(other, seed=SEED, **VARIANTS["many_ranks"])
    rows = rowwise.read_csv(other / "indicators.csv")
    for row in rows:
        row["direction"] = "lower" if row["direction"] != "lower" else "higher"
    write_rows(other / "indicators.csv", rows)
    turned = rowwise.compute(other)
    for row in tables["ranks"]:
        place = {k: row[k] for k in ("indicator", "domain", "area", "weighting")}
        back = pick(turned["ranks"], **place)
        ties = [r for r in tables["ranks"] if r["indicator"] == row["indicator"]]
        same = sum(abs(r["estimate"] - row["estimate"]) < 1e-12 for r in ties)
        assert back["rank"] == row["ranked"] + 2 - row["rank"] - same
        assert back["rank_low"] == row["ranked"] + 1 - row["rank_high"]
        assert back["rank_high"] == row["ranked"] + 1 - row["rank_low"]
    decisions = {"met": "not_met", "not_met": "met"}
    for ours, theirs in zip(tables["estimates"], turned["estimates"], strict=True):
        assert theirs["position"] == ours["position"]
        assert theirs["decision"] == decisions.get(ours["decision"], ours["decision"])


def test_dropped_people_do_not_exist_for_the_weighting(variant, tmp_path):
    """The same figures when their rows are deleted and the base weights are kept."""
    name = "missing_drop_lonely"
    folder, tables = variant(name)
    study = rowwise.read_study(folder)
    bare = tmp_path / "bare"
    write_study(bare, seed=SEED, **VARIANTS[name] | {"base": "column"})
    for plan in study.plan["sample"]:
        sample = rowwise.read_sample(study, plan)
        kept = [p for p in sample.people if p.answers["xb"] and study.value(p.answers, "ages")]
        assert len(kept) < len(sample.people)
        rows = [p.answers | {"quan": repr(p.base)} for p in kept]
        write_rows(bare / plan["responses"], rows)
    without = rowwise.compute(bare)
    for table in ("estimates", "changes"):
        ours = [r for r in tables[table] if r["weighting"] == "rake_drop_trim"]
        there = {(r.get("sample"), r["indicator"], r["area"]) for r in without[table]}
        missing = [r for r in ours if (r["sample"], r["indicator"], r["area"]) not in there]
        assert all(r.get("n", 0) == 0 for r in missing)
        ours = [r for r in ours if r not in missing]
        theirs = [r for r in without[table] if r["weighting"] == "rake_drop_trim"]
        assert ours
        assert rowwise.differences({table: ours}, {table: theirs}) == []


def test_a_value_only_of_dropped_people_has_a_row_with_nobody(variant):
    _, tables = variant("missing_drop")
    rows = [r for r in tables["estimates"] if r["sample"] == "B0-main" and r["area"] == "其他"]
    assert {(r["weighting"], r["n"] > 0) for r in rows if r["indicator"] == "POOR"} == {
        ("base", True), ("post_drop", False), ("rake_drop", False), ("rake_drop_trim", False),
    }  # fmt: skip
    empty = next(r for r in rows if r["n"] == 0)
    assert (empty["df"], empty["display"], empty["reason"]) == (0, "suppress", "n<30")
    assert all(empty[c] is None for c in ("estimate", "se", "low", "n_eff", "decision"))


def test_base_weights_of_a_stratum_add_up_to_its_population(variant):
    folder, _ = variant("factor")
    study = rowwise.read_study(folder)
    sample = rowwise.read_sample(study, study.plan["sample"][0])
    for town in {p.stratum for p in sample.people}:
        own = [p for p in sample.people if p.stratum == town]
        assert math.fsum(p.base for p in own) == pytest.approx(float(study.areas[town]["renkou"]))
        for_one = {p.base for p in own if p.answers["hukou"] == "1"}.pop()
        for person in own:
            times = min(int(person.answers["hukou"]), 3)
            assert person.base == pytest.approx(times * for_one)


def test_an_empty_cell_is_added_to_its_neighbour(variant):
    totals = {"a*x": 1.0, "a*y": 2.0, "b*x": 4.0, "b*y": 8.0, "b*z": 16.0, "b*w": 32.0}
    present = {"a*y", "b*x", "b*w"}
    assert rowwise.collapse(totals, present, True) == {"a*y": 3.0, "b*x": 28.0, "b*w": 32.0}
    present = {"a*x", "a*y", "b*x", "b*y"}
    assert rowwise.collapse(totals, present, True)["b*y"] == 8 + 16 + 32
    with pytest.raises(rowwise.CannotEstimate):
        rowwise.collapse(totals, {"a*y", "a*x"}, True)
    with pytest.raises(rowwise.CannotEstimate):
        rowwise.collapse(totals, present, False)


def test_trimming_keeps_the_total_and_passes_over_who_was_capped():
    weights = rowwise.trim([1.0, 1.0, 1.0, 1.0, 2.4, 9.0], 1.2)
    cap = 1.2 * 15.4 / 6
    assert weights == pytest.approx([2.31, 2.31, 2.31, 2.31, cap, cap])
    assert sum(weights) == pytest.approx(15.4)


def test_raking_meets_every_margin(variant):
    folder, _ = variant("margins_scaled")
    study = rowwise.read_study(folder)
    sample = rowwise.read_sample(study, study.plan["sample"][0])
    weighted = rowwise.weigh(study, sample, study.plan["weighting"][0])
    whole = sum(study.totals["xian"].values())
    for margin in ("xian", "ages", "xb"):
        given = study.totals[margin]
        for category, total in given.items():
            reached = math.fsum(
                w for w, own in zip(weighted.final, weighted.cells, strict=True)
                if (margin, category) in own
            )  # fmt: skip
            assert reached == pytest.approx(total * whole / sum(given.values()), rel=1e-11)


def test_a_sample_with_substitution_keeps_its_figures_and_loses_its_standing(variant, tmp_path):
    _, quota = variant("with_substitution")
    write_study(tmp_path, seed=SEED, **VARIANTS["with_substitution"] | {"selection": "full"})
    drawn = rowwise.compute(tmp_path)
    for ours, theirs in zip(quota["estimates"], drawn["estimates"], strict=True):
        for column in ("n", "estimate", "se", "low", "high", "df", "display", "position"):
            assert ours[column] == theirs[column]
        assert (ours["interval_kind"], theirs["interval_kind"]) == ("model", "design")
        assert ours["reason"] == f"quota {theirs['reason']}"
        assert ours["decision"] == ("indicative" if theirs["decision"] else None)
    assert drawn["ranks"]
    assert not quota["ranks"]


@pytest.mark.parametrize(
    ("name", "same_as"),
    [
        ("covariance_auto_unshared", "false"),
        ("covariance_auto_only_certainty", "false"),
        ("covariance_auto_shared", "true"),
    ],
)
def test_auto_is_true_when_cluster_ids_are_shared(name, same_as, variant, tmp_path):
    other = {"true": "false", "false": "true"}[same_as]
    for covariance, agrees in ((same_as, True), (other, False)):
        folder = tmp_path / covariance
        write_study(folder, seed=SEED, **VARIANTS[name] | {"covariance": covariance})
        found = rowwise.differences(rowwise.compute(folder), variant(name)[1])
        assert (found == []) == agrees


def test_a_demoted_sample_has_the_headline_of_its_new_kind(tmp_path):
    ids = '{ probability = "base", quota = "post" }'
    options = {"selection": "absent", "weightings": ("base", "post", "rake"), "headline": ids}
    write_study(tmp_path, seed=SEED, **options)
    study = rowwise.read_study(tmp_path)
    sample = rowwise.read_sample(study, study.plan["sample"][0])
    assert rowwise.headline(study, sample) == "post"


def test_people_left_out_by_status_change_nothing(variant, tmp_path):
    _folder, tables = variant("statuses")
    write_study(tmp_path, seed=SEED, **VARIANTS["statuses"])
    for path in sorted((tmp_path / "responses").iterdir()):
        rows = [r for r in rowwise.read_csv(path) if r["status"] in ("", "accepted")]
        assert len(rows) < len(rowwise.read_csv(path))
        write_rows(path, rows)
    assert rowwise.differences(rowwise.compute(tmp_path), tables) == []
    assert "未知" not in {row["area"] for row in tables["estimates"]}


def test_the_tipping_rate_brings_the_whole_to_the_target(variant):
    folder, tables = variant("small_population")
    study = rowwise.read_study(folder)
    given = empty = 0
    for row in tables["estimates"]:
        if row["sample"] != "B0-ma" or row["indicator"] == "FEEL" or row["display"] == "suppress":
            assert row["tipping"] is None
            continue
        totals = study.totals.get(row["domain"], {})
        people = totals.get(row["area"])
        if row["domain"] == "root" and row["weighting"] == "rake":
            people = sum(study.totals["xian"].values())
        if people is None or people <= row["n"]:
            assert row["tipping"] is None
            empty += 1
            continue
        whole = row["n"] * row["estimate"] + (people - row["n"]) * row["tipping"]
        assert whole / people == pytest.approx(row["target"] / 100)
        given += 1
    assert given > 10
    assert empty > 2


@pytest.mark.parametrize(
    ("n", "p", "se", "df", "shown"),
    [
        (29, 0.5, 0.001, 20, "suppress n<30"),
        (400, 0.5, 0.05, 0, "suppress df=0"),
        (400, 0.5, 0.11, 60, "suppress n_eff<30"),
        (400, 0.5, 0.065, 60, "show ok"),
        (400, 0.5, 0.08, 60, "suppress width>=0.30"),
        (400, 0.1, 0.028, 60, "show ok"),
        (400, 0.1, 0.034, 60, "suppress width/p>1.30"),
        (9000, 0.5, 0.01, 60, "show width<=0.05"),
        (9000, 0.5, 0.01, 8, "show width<=0.05"),
        (9000, 0.5, 0.01, 7, "review df<8"),
        (9000, 1.0, 0.0, 7, "review events=0"),
    ],
)
def test_what_is_shown_follows_the_rules_in_their_order(n, p, se, df, shown):
    rate = rowwise.Indicator({"kind": "rate"})
    fig = rowwise.Figure(None, rate, "root", "a", n=n, p=p, se=se, df=df, edge=p == 1)
    assert " ".join(rowwise.display(fig, 30)) == shown


@pytest.mark.parametrize(
    ("half", "df", "shown"),
    [(9.99, 8, "show ok"), (10.01, 8, "suppress width>=0.20"), (9.99, 7, "review df<8")],
)
def test_a_score_is_shown_when_its_limits_span_less_than_a_fifth_of_its_range(half, df, shown):
    score = rowwise.Indicator({"kind": "score", "scores": "1:120|2:80|3:20"})
    se = half / stats.t.ppf(0.975, df)
    fig = rowwise.Figure(None, score, "root", "a", n=90, p=60.0, se=se, df=df)
    assert " ".join(rowwise.display(fig, 30)) == shown


def test_the_outcome_sums_are_those_of_aapor(variant):
    folder, tables = variant("quota_and_opt_in")
    counts = {}
    for row in rowwise.read_csv(folder / "dispositions.csv"):
        counts.setdefault(row["sample"], {})[row["class"]] = int(row["n"])
    assert {row["sample"] for row in tables["outcomes"]} == {
        "B0-main", "B0-pei", "B1-main", "B1-pei",
    }  # fmt: skip
    for sample in ("B0-main", "B1-pei"):
        i, p, r, nc, o, uh, uo, ne = (
            counts[sample].get(c, 0) for c in ("I", "P", "R", "NC", "O", "UH", "UO", "NE")
        )
        e = (i + p + r + nc + o) / (i + p + r + nc + o + ne)
        wanted = {
            "e": e,
            "RR1": i / (i + p + r + nc + o + uh + uo),
            "RR4": (i + p) / (i + p + r + nc + o + e * (uh + uo)),
            "RR5": i / (i + p + r + nc + o),
            "COOP1": i / (i + p + r + o),
            "COOP4": (i + p) / (i + p + r),
            "REF2": r / (i + p + r + nc + o + e * (uh + uo)),
            "CON3": (i + p + r + o) / (i + p + r + nc + o),
        }
        for rate, value in wanted.items():
            row = pick(tables["outcomes"], sample=sample, rate=rate)
            assert row["value"] == pytest.approx(value)


# ------------------------------------------------------------------------ the variants


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_says_what_it_is_for_and_has_figures(name, variant):
    _folder, tables = variant(name)
    assert EXERCISES[name]
    waves = VARIANTS[name].get("waves", 2)
    assert len({row["wave"] for row in tables["estimates"]}) == waves
    assert any(row["display"] != "suppress" for row in tables["estimates"])
    assert bool(tables["changes"]) == (waves > 1)


def test_the_variants_reach_every_branch_of_the_tables(variant):
    rows = [row for name in VARIANTS for row in variant(name)[1]["estimates"]]
    reasons = {row["reason"].split(" ")[-1] for row in rows}
    assert reasons >= {
        "n<30", "n_eff<30", "df=0", "events=0", "width<=0.05", "width>=0.30", "width/p>1.30",
        "width>=0.20", "ok", "df<8",
    }  # fmt: skip
    assert {row["interval"] for row in rows} == {"korn-graubard", "logit", "wilson", "wald", "t"}
    assert {row["decision"] for row in rows} == {
        None, "met", "not_met", "undecided", "indicative",
    }  # fmt: skip
    assert any(row["n"] == 0 for row in rows)
    assert any(row["df"] == 0 and row["n"] for row in rows)
    assert any(row["df"] != int(row["df"]) for row in rows)
    assert {row["estimate"] for row in rows} >= {0, 1}
    changes = [row for name in VARIANTS for row in variant(name)[1]["changes"]]
    assert {row["distinguishable"] for row in changes} == {None, "yes", "no"}
    assert any(row["difference"] is not None and row["se"] is None for row in changes)


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_that_cannot_be_estimated_is_refused(name, tmp_path):
    write_study(tmp_path, seed=SEED, **REFUSED[name])
    with pytest.raises(rowwise.CannotEstimate):
        rowwise.compute(tmp_path)


def test_the_same_seed_writes_the_same_answers(tmp_path):
    for folder, seed in (("one", 3), ("two", 3), ("three", 4)):
        write_study(tmp_path / folder, seed=seed, **VARIANTS["missing_drop"])
    texts = {
        folder: {
            path.relative_to(tmp_path / folder): path.read_text(encoding="utf-8")
            for path in (tmp_path / folder).rglob("*.*") if path.suffix in (".csv", ".toml")
        }
        for folder in ("one", "two", "three")
    }  # fmt: skip
    assert len(texts["one"]) > 5
    assert texts["one"] == texts["two"]
    assert texts["one"] != texts["three"]


def test_the_questionnaire_is_an_xlsform(variant):
    folder, _ = variant("plain_clusters")
    assert "feel4" in convert(str(folder / "questionnaire.xlsx")).xform


# ---------------------------------------------------------------------- the comparison


def test_the_comparison_notices_each_kind_of_difference(variant):
    _, tables = variant("plain_clusters")
    rows = tables["estimates"]
    assert rowwise.differences(tables, tables) == []

    def against(changed):
        return rowwise.differences({"estimates": changed}, {"estimates": rows})

    first = next(k for k, row in enumerate(rows) if row["se"] and row["decision"])
    for column, value in (
        ("se", rows[first]["se"] * (1 + 2e-6)), ("se", None), ("se", math.nan), ("decision", "x"),
        ("decision", None), ("n", rows[first]["n"] + 1), ("tipping", 0.0),
    ):  # fmt: skip
        changed = [dict(row) for row in rows]
        changed[first][column] = value
        assert len(against(changed)) == 1
    assert len(against(rows[1:])) == 1
    assert len(against([*rows, rows[0]])) == 1
    assert len(against([rows[1], rows[0], *rows[2:]])) == 1
    assert len(against([*rows, {**rows[0], "area": "elsewhere"}])) == 1
