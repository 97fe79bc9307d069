"""minyi xlsform, the command: what a form holds, or every reason against it, as text or JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from survey.cli import main
from tests.survey.instrument.known_forms import FORMS, HEAN, READING
from tests.survey.instrument.workbooks import write
from tests.test_architecture import WEB_AND_DATABASE, is_in, reached_from

ENGLISH = {"LC_ALL": "C.UTF-8", "LANG": ""}
CHINESE = {"LC_ALL": "zh_CN.UTF-8"}
HEAD = ("type", "name", "label", "relevant", "parameters", "repeat_count")
BAD = [
    HEAD,
    ("barcode", "code", "C"),
    ("text", "a\tb", "A"),
    ("text", "c", "C", "${nobody} = 1"),
]
DOCUMENT = Path(__file__).parents[3] / "docs" / "xlsform.md"


def run(*arguments, environment=ENGLISH):
    return CliRunner().invoke(main, ["xlsform", *map(str, arguments)], env=environment)


@pytest.mark.parametrize("known", FORMS.values(), ids=FORMS)
def test_a_form_is_described_row_by_row(known):
    found = run(known.path)
    assert (found.exit_code, found.stderr) == (0, "")
    assert known.form.title in found.stdout
    for question in known.form.questions():
        assert f"{question.row}  {question.name}  <{question.kind.value}" in found.stdout


def test_the_text_says_languages_counts_and_conditions_in_the_readers_language():
    english, chinese = run(HEAN.path).stdout, run(HEAN.path, environment=CHINESE).stdout
    assert "languages: 中文 (zh), English (en)" in english
    assert "30 questions: 19 select_one, 2 calculate" in english
    assert "relevant: ${s0_consent} = '1'" in english
    assert "<select_one consent, 2 choices>  Do you agree to take part?" in english
    assert "语言: 中文 (zh), English (en)" in chinese
    assert "显示条件: ${s0_consent} = '1'" in chinese
    assert "您是否同意参加本次调查?" in chinese


def test_groups_repeats_ranges_and_orders_are_described(tmp_path):
    survey = [
        HEAD,
        ("begin_repeat", "child", "Child", None, None, "3"),
        ("range", "r", "R", None, "start=0 end=4 step=2"),
        ("select_one yn", "a", "A", None, "randomize=true seed=7"),
        ("end_repeat",),
    ]
    found = run(write(tmp_path / "q.xlsx", survey)).stdout
    assert "<repeat>  Child\n      count: 3" in found
    assert "  <range 0..4 / 2>  R" in found
    assert "choices in random order: seed 7" in found
    assert "languages: not named" in found


def test_every_reason_is_a_line_of_five_fields_on_stderr(tmp_path):
    path = write(tmp_path / "q.xlsx", BAD)
    found = run(path)
    assert (found.exit_code, found.stdout) == (2, "")
    lines = [line.split("\t") for line in found.stderr.splitlines()]
    assert [line[:4] for line in lines] == [
        ["q.xlsx:survey", "2", "type", "code: barcode"],
        ["q.xlsx:survey", "3", "name", "a\\tb"],
        ["q.xlsx:survey", "4", "relevant", "c: ${nobody}"],
    ]
    assert lines[2][4] == "the name of a question of the form"
    chinese = run(path, environment=CHINESE).stderr.splitlines()
    assert chinese[2].split("\t")[4] == "问卷中一道题的名称"


def test_a_file_that_is_none_is_one_line(tmp_path):
    (tmp_path / "q.xls").write_bytes(b"nothing")
    for name in ("q.xls", "absent.xlsx", ".", "\udcff.xlsx"):
        found = run(tmp_path / name)
        assert found.exit_code == 2
        assert len(found.stderr.splitlines()) == 1


def documented(prefix):
    """The keys that the document lists for an object."""
    text = DOCUMENT.read_text("utf-8")
    row = next(line for line in text.splitlines() if line.startswith(f"| `{prefix}` | list of"))
    cell = row.split(" | ", 1)[1]
    for inner in ("(list of `code`, `label`, `attributes`)", "(`start`, `end`, `step`, or null)"):
        cell = cell.replace(inner, "")
    return set(cell.split("`")[1::2])


def test_the_json_has_the_keys_that_are_documented(tmp_path):
    form = json.loads(run(READING.path, "--json").stdout)
    assert list(form) == ["file", "accepted", "form", "problems"]
    assert (form["file"], form["accepted"], form["problems"]) == ("reading.xlsx", True, [])
    assert set(form["form"]["questions"][0]) == documented("form.questions")
    assert set(form["form"]["groups"][0]) == documented("form.groups")
    assert set(form["form"]["languages"][0]) == documented("form.languages")
    path = write(tmp_path / "q.xlsx", BAD)
    refused = run(path, "--json")
    assert (refused.exit_code, refused.stderr) == (2, "")
    found = json.loads(refused.stdout)
    assert (found["accepted"], found["form"], len(found["problems"])) == (False, None, 3)
    assert set(found["problems"][0]) == documented("problems")


def test_the_json_holds_the_whole_form():
    form = json.loads(run(HEAN.path, "--json").stdout)["form"]
    assert sum(form["counts"].values()) == len(form["questions"]) == 30
    town = next(one for one in form["questions"] if one["name"] == "s3_town")
    assert town["groups"] == ["g_screen"]
    assert town["relevant"] == "${s1_age} != '0' and ${s2_live} != '0'"
    assert len(town["choices"]) == 9
    assert set(town["label"]) == {"zh", "en"}


def test_the_command_needs_neither_web_nor_database():
    reached = reached_from("survey.cli.xlsform")
    assert "survey.instrument.xlsform" in reached
    assert {name for name in reached if is_in(name, WEB_AND_DATABASE)} == set()


def test_the_installed_command_ends_with_the_status(tmp_path):
    command = [sys.executable, "-c", "from survey.cli import main; main()", "xlsform"]
    root = Path(__file__).parents[3]
    for path, status in ((HEAN.path, 0), (write(tmp_path / "q.xlsx", BAD), 2)):
        done = subprocess.run(
            [*command, str(path)],
            cwd=root,
            env={**os.environ, **ENGLISH},
            capture_output=True,
            check=False,
        )
        assert done.returncode == status
