"""minyi estimate, the command: what the contract asks of good and of bad study folders."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from survey.cli import main
from tests.analysis.bad_folders import (
    BAD,
    SECOND_WAVE,
    VILLAGE,
    column_added,
    empty_cell,
    one_cluster,
    raw,
)
from tests.analysis.small_study import (
    DOOR,
    SCAN,
    TOWNS,
    read_table,
    replace,
    set_cell,
    write_small_study,
    write_table,
)

TABLES = {"estimates.csv", "changes.csv", "modes.csv", "outcomes.csv", "ranks.csv", "run.json"}
MINYI = Path(sys.executable).parent / "minyi"
ENGLISH = {"LC_ALL": "C.UTF-8", "LANG": ""}
# refuses what the command must do without, then runs it
BLOCKED = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"flask", "sqlalchemy", "werkzeug", "wtforms", "jinja2"}:
            raise ImportError(f"{name} is not to be imported")
sys.meta_path.insert(0, Refuse())
from survey.cli import main
main(["estimate", sys.argv[1], "--table"])
"""
# the first run, with --out, also loads every module, which another user may not read
READ_ONLY = """
import os, sys
from survey.cli import main
main(["estimate", sys.argv[1], "--out", sys.argv[2]], standalone_mode=False)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
main(["estimate", sys.argv[1]])
"""


@pytest.fixture
def study(tmp_path):
    return write_small_study(tmp_path / "study")


def estimate(study, *options, env=None):
    return CliRunner().invoke(main, ["estimate", str(study), *options], env=env or ENGLISH)


def faults(result):
    """(file, row, column, found) of each line that is no warning."""
    lines = [line.split("\t") for line in result.stderr.splitlines()]
    assert all(len(line) == 5 + (line[0] == "warning") for line in lines), result.stderr
    return [tuple(line[:4]) for line in lines if line[0] != "warning"]


def warnings(result):
    lines = [line.split("\t") for line in result.stderr.splitlines()]
    return [tuple(line[1:5]) for line in lines if line[0] == "warning"]


def written(study):
    return {path.name: path.read_bytes() for path in (study / "results").iterdir()}


# ------------------------------------------------------------------------ a good folder


def test_a_good_folder_gives_all_tables_and_the_recipe(study):
    result = estimate(study)
    assert (result.exit_code, result.stderr, result.stdout) == (0, "", "")
    assert set(written(study)) == TABLES
    recipe = json.loads(written(study)["run.json"])
    assert set(recipe["files"]) == {
        str(path.relative_to(study)) for path in study.rglob("*.*") if "results" not in path.parts
    }
    assert recipe["rows"]["W1-door"] == {"used": 72, "left_out": {}}
    assert str(study) not in written(study)["run.json"].decode()


def test_two_runs_write_the_same_bytes(study):
    estimate(study)
    first = written(study)
    estimate(study)
    assert written(study) == first


def test_the_tables_are_the_same_bytes_when_the_rows_are_shuffled(study):
    estimate(study)
    first = written(study)
    for name in (DOOR, SCAN):
        header, *rows = read_table(study / name)
        write_table(study / name, [header, *rows[::2][::-1], *rows[1::2]])
    estimate(study)
    second = written(study)
    assert first.pop("run.json") != second.pop("run.json")  # it names the files' SHA-256
    assert second == first


def test_it_runs_where_flask_and_sqlalchemy_cannot_be_imported(study):
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(study)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert set(written(study)) == TABLES


def test_the_command_is_installed_and_answers_as_a_process(study):
    set_cell(study, DOOR, 5, "know", "q")
    env = {**os.environ, **ENGLISH}
    done = subprocess.run(
        [MINYI, "estimate", study], capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 2
    assert done.stderr == f"{DOOR}\t5\tknow\tq\tan answer code of know\n"
    assert not (study / "results").exists()


def test_a_byte_order_mark_crlf_and_an_unknown_column_are_accepted(study):
    estimate(study)
    first = written(study)
    for path in [*study.glob("*.csv"), *study.glob("responses/*.csv")]:
        text = "".join(f"{line},外,\r\n" for line in path.read_text().splitlines())
        text = text.replace(",外,", ",surplus,", 1).replace(",surplus,", ",surplus,surplus2", 1)
        path.write_bytes("\ufeff".encode() + text.encode())
    plan = study / "study.toml"
    plan.write_bytes("\ufeff".encode() + plan.read_bytes().replace(b"\n", b"\r\n"))
    result = estimate(study)
    assert (result.exit_code, result.stderr) == (0, "")
    second = written(study)
    first.pop("run.json"), second.pop("run.json")
    assert second == first


def test_files_that_nothing_needs_may_be_absent(study):
    replace(study, "study.toml", 'headline = "rake"\n', "")
    for weighting in ('poststratify = ["town", "old"]', 'rake = [["town"], ["old"], ["sex"]]'):
        replace(study, "study.toml", weighting, "")
    for name in ("margins.csv", "dispositions.csv", "points.csv", "volunteers.csv"):
        (study / name).unlink()
    result = estimate(study)
    assert (result.exit_code, result.stderr) == (0, "")
    assert written(study)["outcomes.csv"] == b"sample,rate,value\n"


# ------------------------------------------------------------------------- bad folders


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_with_its_place_and_nothing_is_written(name, study):
    bend, expected = BAD[name]
    bend(study)
    result = estimate(study)
    assert result.exit_code == 2, result.output
    found = faults(result)
    if callable(expected):
        expected(found)
    else:
        assert found == expected
    assert not (study / "results").exists()
    assert {path.name for path in study.parent.iterdir()} == {"study"}
    assert not [path for path in study.iterdir() if path.name.startswith(".")]


def test_everything_wrong_is_reported_in_one_run(study):
    (study / "volunteers.csv").write_bytes(b"code,area\n\xff\xfe,1\n")
    set_cell(study, "areas.csv", 5, "level", "村")
    set_cell(study, "indicators.csv", 2, "target", "120")
    set_cell(study, DOOR, 3, "know", "d")
    set_cell(study, DOOR, 2, "like", "5")
    set_cell(study, SCAN, 41, "acts", "none")
    replace(study, "study.toml", 'lonely_psu = "fail"', 'lonely_psu = "ignore"')
    result = estimate(study)
    assert faults(result) == [
        ("study.toml", "-", "sample.W1-door.lonely_psu", "ignore"),
        ("areas.csv", "5", "level", "村"),
        ("indicators.csv", "2", "target", "120"),
        (DOOR, "2", "like", "5"),
        (DOOR, "3", "know", "d"),
        (SCAN, "41", "acts", "none"),
        ("volunteers.csv", "2", "-", "ff"),
    ]
    assert "UTF-8" in result.stderr


def test_other_files_are_checked_when_study_toml_is_no_toml(study):
    (study / "study.toml").write_text("[study\n")
    set_cell(study, "indicators.csv", 2, "target", "120")
    set_cell(study, "margins.csv", 2, "total", "-1")
    assert {line[0] for line in faults(estimate(study))} == {
        "study.toml", "indicators.csv", "margins.csv",
    }  # fmt: skip


def test_statistical_checks_wait_until_reading_finds_nothing(study):
    one_cluster(study)
    set_cell(study, DOOR, 2, "know", "d")
    assert faults(estimate(study)) == [(DOOR, "2", "know", "d")]
    set_cell(study, DOOR, 2, "know", "a")
    assert faults(estimate(study)) == [("study.toml", "-", "sample.W1-door.lonely_psu", TOWNS[1])]


def test_rows_are_physical_lines_when_a_cell_has_several(study):
    raw(DOOR, "D001,", '"D0\n01",')(study)
    raw(DOOR, "\nD010,", "\n\nD010,")(study)
    rows = (study / DOOR).read_text().splitlines()
    place = next(k for k, line in enumerate(rows, 1) if line.startswith("D020,"))
    raw(
        DOOR,
        rows[place - 1],
        rows[place - 1].replace(",x y,", ",q,").replace(",y,", ",q,").replace(",z,", ",q,"),
    )(study)
    assert faults(estimate(study)) == [(DOOR, str(place), "acts", "q")]
    assert place == 23  # one more for the cell of two lines, one for the empty line


def test_tabs_and_newlines_of_a_cell_are_printed_as_escapes(study):
    set_cell(study, DOOR, 2, "know", "a\tb\nc")
    assert faults(estimate(study)) == [(DOOR, "2", "know", "a\\tb\\nc")]


@pytest.mark.parametrize(
    ("env", "chinese"),
    [
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": ""}, True),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, True),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, True),
        ({"LC_ALL": "", "LANG": "en_US.UTF-8"}, False),
    ],
)
def test_messages_are_chinese_when_lc_all_or_lang_begins_with_zh(env, chinese, study):
    set_cell(study, DOOR, 2, "know", "d")
    line = estimate(study, env=env).stderr.rstrip("\n")
    expected = "know 的选项代码" if chinese else "an answer code of know"
    assert line == f"{DOOR}\t2\tknow\td\t{expected}"


# ------------------------------------------------------------------------------ warnings


def test_warnings_come_last_and_stand_in_the_recipe(study):
    replace(study, "study.toml", "[recode.old]", SECOND_WAVE + "[recode.old]")
    set_cell(study, "dispositions.csv", 2, "n", "69")
    set_cell(study, "areas.csv", 5, "valid_to", "2026-02-01")
    column_added(SCAN, "started_at", "2026-03-11 00:10")(study)
    result = estimate(study)
    assert result.exit_code == 0
    assert faults(result) == []
    assert warnings(result) == [
        ("study.toml", "-", "wave.W2", "W2"),
        (DOOR, "2", "village", f"{VILLAGE} (+11)"),
        (SCAN, "2", "started_at", "2026-03-11 00:10 (+39)"),
        (SCAN, "2", "village", f"{VILLAGE} (+6)"),
        ("dispositions.csv", "-", "W1-door", "I + P = 71"),
    ]
    recipe = json.loads(written(study)["run.json"])
    assert recipe["warnings"] == [
        line.removeprefix("warning\t") for line in result.stderr.splitlines()
    ]


def test_warnings_follow_the_faults_of_a_refused_folder(study):
    replace(study, "study.toml", "[recode.old]", SECOND_WAVE + "[recode.old]")
    set_cell(study, DOOR, 2, "know", "d")
    lines = estimate(study).stderr.splitlines()
    assert [line.split("\t")[0] for line in lines] == [DOOR, "warning"]


def test_collapsed_and_thin_cells_are_warned_of(study):
    empty_cell(study)
    replace(
        study,
        "study.toml",
        'poststratify = ["town", "old"]',
        'poststratify = ["town", "old"]\ncollapse = true',
    )
    result = estimate(study)
    assert result.exit_code == 0
    assert ("margins.csv", "-", "town*old (W1-door, post)", f"{TOWNS[1]}*年长") in warnings(result)
    rows = read_table(study / SCAN)
    for size, expected in ((9, ["年长: 9"]), (10, [])):
        old = [row for row in rows[1:] if row[4] == "3"][:size]
        write_table(study / SCAN, [rows[0], *(r for r in rows[1:] if r[4] != "3"), *old])
        found = [line for line in warnings(estimate(study)) if line[2] == "old (W1-scan, rake)"]
        assert [line[3] for line in found] == expected


# ------------------------------------------------------------------------ where it is written


def test_results_are_replaced_as_a_whole(study):
    estimate(study)
    (study / "results" / "old.csv").write_text("x")
    assert estimate(study).exit_code == 0
    assert set(written(study)) == TABLES


def test_a_failed_run_leaves_the_old_results_and_no_temporary_folder(study):
    estimate(study)
    before = written(study)
    set_cell(study, DOOR, 2, "know", "d")
    assert estimate(study).exit_code == 2
    assert written(study) == before
    assert not [path for path in study.iterdir() if path.name.startswith(".")]


def test_out_names_another_folder_and_makes_its_parents(study, tmp_path):
    out = tmp_path / "a" / "b"
    assert estimate(study, "--out", str(out)).exit_code == 0
    assert {path.name for path in out.iterdir()} == TABLES
    assert not (study / "results").exists()


@pytest.mark.parametrize("place", [".", "responses", ".."])
def test_a_folder_that_holds_the_study_is_never_replaced(place, study):
    before = sorted(path for path in study.parent.rglob("*"))
    result = estimate(study, "--out", str(study / place))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert sorted(path for path in study.parent.rglob("*")) == before


def test_a_study_that_cannot_be_written_to_is_one_clear_sentence():
    """As another user where we are root, who may write everywhere.

    Not under ``tmp_path``: pytest closes that to other users whenever a run begins.
    """
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o777)
        study = write_small_study(place / "study")
        study.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, study, place / "elsewhere"],
            capture_output=True, text=True, check=False,
            env={**os.environ, **ENGLISH, "TMPDIR": name},
        )  # fmt: skip
        study.chmod(0o755)
        assert done.returncode == 2, done.stderr
        assert "--out" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert {path.name for path in (place / "elsewhere").iterdir()} == TABLES


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    result = estimate(tmp_path / "nothing")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


# ------------------------------------------------------------------------------ the table


@pytest.mark.parametrize("language", ["zh_CN.UTF-8", "en_US.UTF-8"])
def test_the_table_fits_its_lines_and_says_verdicts(language, study):
    result = estimate(study, "--table", env={"LC_ALL": language})
    lines = result.stdout.splitlines()
    wide = [sum(2 if ord(c) > 0x2E7F else 1 for c in line) for line in lines]
    assert max(wide) <= 100
    chinese = language.startswith("zh")
    assert any(line.startswith("知晓率" if chinese else "awareness") for line in lines)
    assert ("暂不发布" if chinese else "withheld") in result.stdout
    assert ("自测" if chinese else "self-assessment") in result.stdout


def test_the_table_shows_every_verdict_of_a_real_study(tmp_path):
    study = Path(__file__).parents[3] / "examples" / "hean-2026"
    out = str(tmp_path / "out")
    result = estimate(study, "--out", out, "--table", env={"LC_ALL": "zh_CN.UTF-8"})
    for word in ("达标", "未达标", "未定", "参考", "暂不发布", "复核"):
        assert word in result.stdout
    assert "模型区间" in result.stdout
