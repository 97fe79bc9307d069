"""minyi rehearse, the command: what it prints and writes, and what it refuses."""

import csv
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from survey.cli import main
from tests.analysis.small_study import TABLES, drop_lines, replace, set_cell, write_small_study

MINYI = Path(sys.executable).parent / "minyi"
ENGLISH = {"LC_ALL": "C.UTF-8", "LANG": ""}
CHINESE = {"LC_ALL": "zh_CN.UTF-8", "LANG": ""}


@pytest.fixture
def study(tmp_path):
    return write_small_study(tmp_path / "study")


def rehearse(study, *options, env=None):
    command = ["rehearse", str(study), "--copies", "8", *map(str, options)]
    return CliRunner().invoke(main, command, env=env or ENGLISH)


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_prints_the_design_the_outcomes_and_that_it_is_no_official_result(study):
    result = rehearse(study, "--cost-cluster", 100, "--cost-interview", 10, "--response", 1)
    assert (result.exit_code, result.stderr) == (0, "")
    text = " ".join(result.stdout.split())
    assert "Rehearsal small-1 · W1-door · rake · 8 simulated populations" in text
    assert (
        "2 strata, 6 clusters, 72 interviews hoped for; 72 addresses drawn, 100.0% answer" in text
    )
    assert "cost 1,320." in text
    assert "东镇" in text
    assert "not the result of the official evaluation" in text
    assert "assessor" not in text
    assert not (study / "results").exists()


def test_chinese_lines_of_the_table_are_all_as_wide(study):
    result = rehearse(study, "--assessor", "18x25", env=CHINESE)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "预演 small-1 · W1-door · rake · 8 份模拟总体"
    assert "应答率 78.3%(取自 W1-door)" in result.stdout
    table = [line for line in lines if line.startswith(("知晓率", "  东镇", "指标", "得分"))]
    outcomes, chances = table[:5], table[5:]
    assert [line.split()[0] for line in outcomes] == ["指标", "知晓率", "东镇", "得分", "东镇"]
    assert [line.split()[0] for line in chances] == ["指标", "知晓率", "得分"]
    assert [len(set(map(cell_len, part))) for part in (outcomes, chances)] == [1, 1]
    assert any(line.startswith("测评样本 18 × 25") for line in lines)


def test_out_holds_both_tables_with_the_same_bytes_for_the_same_seed(study, tmp_path):
    for name in ("a", "b"):
        result = rehearse(study, "--assessor", "18x25", "--seed", 9, "--out", tmp_path / name)
        assert result.exit_code == 0, result.stderr
    for name in ("rehearsal.csv", "assessor.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    found = rows(tmp_path / "a" / "rehearsal.csv")
    assert {row["seed"] for row in found} == {"9"}
    assert found[0]["area"] == "530099000000"
    assert [row["indicator"] for row in rows(tmp_path / "a" / "assessor.csv")] == ["KN", "LI"]
    rehearse(study, "--seed", 9, "--out", tmp_path / "a")
    assert rows(tmp_path / "a" / "assessor.csv") == []  # nothing stale is left


def test_the_wishes_reach_the_figures(study, tmp_path):
    result = rehearse(
        study, "--rate", "KN=90", "--rate", "LI=70", "--icc", 0.2, "--clusters", 10,
        "--per-cluster", 9, "--response", 1, "--sample", "W1-door", "--out", tmp_path,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    found = rows(tmp_path / "rehearsal.csv")
    city = {row["indicator"]: row for row in found if row["domain"] == "root"}
    assert float(city["KN"]["truth"]) == pytest.approx(0.9)
    assert float(city["LI"]["truth"]) == pytest.approx(70)
    assert {row["icc"] for row in found} == {"0.2"}
    assert (city["KN"]["interviews"], city["KN"]["clusters"]) == ("90", "10")


def test_every_fault_is_told_at_once_and_nothing_is_written(study, tmp_path):
    result = rehearse(
        study, "--rate", "KN=-3", "--icc", 7, "--clusters", 2, "--assessor", "many",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert (result.exit_code, result.stdout) == (2, "")
    lines = [line.split("\t") for line in result.stderr.splitlines()]
    assert {line[0] for line in lines} == {"--rate", "--icc", "--clusters", "--assessor"}
    assert all(len(line) == 5 for line in lines)
    assert not (tmp_path / "out").exists()
    chinese = rehearse(study, "--icc", 7, env=CHINESE)
    assert chinese.stderr == "--icc\t-\t-\t7.0\t0 到 1 的数\n"


def test_a_study_without_a_probability_sample_is_refused(study):
    replace(study, "study.toml", 'substitution = "none"', 'substitution = "next"')
    result = rehearse(study)
    assert result.exit_code == 2
    assert result.stderr.startswith("study.toml\t-\tsample.kind\tW1-door: quota, W1-scan: opt-in")


def test_a_bad_folder_or_place_is_refused_as_by_estimate(study, tmp_path):
    assert rehearse(tmp_path / "nowhere").exit_code == 2
    (tmp_path / "file").write_text("")
    result = rehearse(study, "--out", tmp_path / "file")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"cannot write to {tmp_path / 'file'}")
    set_cell(study, "responses/door.csv", 5, "know", "q")
    assert rehearse(study).stderr == "responses/door.csv\t5\tknow\tq\tan answer code of know\n"


def test_without_targets_only_widths_are_printed(study):
    for line in range(2, len(TABLES["indicators.csv"]) + 1):
        set_cell(study, "indicators.csv", line, "target", "")
    result = rehearse(study)
    assert result.exit_code == 0, result.stderr
    heading = result.stdout.partition("indicator / area")[2].splitlines()[0]
    assert "width" in heading
    assert "met" not in heading
    assert "东镇" in result.stdout


def test_warnings_of_the_study_come_last(study):
    drop_lines(study, "dispositions.csv", "P")
    result = rehearse(study)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1].startswith("warning\tdispositions.csv")


def test_progress_is_shown_on_a_terminal_only(study):
    env = {**os.environ, **ENGLISH, "TERM": "xterm"}
    command = [MINYI, "rehearse", study, "--copies", "20000", "--clusters", "60"]
    parent, child = pty.openpty()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=child, env=env)
    os.close(child)
    seen = b""
    try:
        while b"/ 20,000" not in seen and (data := os.read(parent, 4096)):
            seen += data
    finally:
        process.kill()
        process.wait()
        os.close(parent)
    assert b"/ 20,000" in seen
    assert rehearse(study).stderr == ""
