"""The shared cases on both engines, and the runner that counts them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.expressions.__main__ import main
from tests.expressions.cases import read_cases
from tests.expressions.engines import on_page, on_server
from tests.expressions.report import judged, table

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "tests/survey/instrument/expressions.json"


@pytest.fixture(scope="module")
def cases():
    return read_cases(SHARED)


def case(**changes):
    return {
        "id": "sum-1",
        "function": "sum",
        "expression": "sum(/d/n)",
        "nodes": {"/d/n": ["1", "2"]},
        "this": None,
        "type": "number",
        "expected": 3,
    } | changes


def write(tmp_path, *entries):
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(entries), "utf-8")
    return path


def test_all_cases_are_there(cases):
    assert len(cases) == 269
    assert len({case.function for case in cases}) > 60


def test_the_server_gives_each_case_its_value(cases):
    outcomes = judged(cases, on_server(cases))
    assert table(outcomes).endswith("269 / 269"), table(outcomes)


def test_the_page_gives_each_case_its_value(cases, browser):
    outcomes = judged(cases, on_page(browser, cases))
    assert table(outcomes).endswith("269 / 269"), table(outcomes)


WRONG = [
    case(id="wrong number", expected=4),
    case(id="wrong nan", expected="NaN"),
    case(id="wrong text", type="string", expected="3.0"),
    case(id="wrong truth", type="boolean", expected=False),
    case(id="wrong syntax", expression="sum(/d/n) + "),
    case(id="wrong argument", expression="sum(if(1, 1, /d/n))"),
    case(id="wrong decimals", expected=3.00001, decimals=5),
]


def test_a_wrong_value_fails_and_is_named_on_both_engines(browser, tmp_path):
    cases = read_cases(write(tmp_path, case(), *WRONG, case()))
    for found in (on_server(cases), on_page(browser, cases)):
        outcomes = judged(cases, found)
        assert [one.case.id for one in outcomes if one.passed()] == ["sum-1", "sum-1"]
        lines = table(outcomes).splitlines()
        assert lines[-2:] == ["sum    2 / 9", "total  2 / 9"]
        for one in outcomes[1:8]:
            named = [line for line in lines if line.startswith(f"FAILED {one.case.id} in ")]
            assert len(named) == 3
            assert all(line.endswith(f"expected {one.case.expected!r}") for line in named)


def test_a_case_in_another_zone_is_told_with_its_zone(tmp_path):
    entry = case(expression="date('2026-03-05')", type="number", expected=20517)
    outcomes = judged(cases := read_cases(write(tmp_path, entry)), on_server(cases))
    assert [list(one.wrong) for one in outcomes] == [["America/Phoenix", "Asia/Shanghai"]]
    entry["timezone"] = "UTC"
    outcomes = judged(cases := read_cases(write(tmp_path, entry)), on_server(cases))
    assert outcomes[0].passed()


def test_the_command_prints_the_counts_and_its_status_tells(tmp_path, capsys):
    good = write(tmp_path, case())
    assert main([str(good)]) == 0
    assert capsys.readouterr().out == "server\nsum    1 / 1\ntotal  1 / 1\n"
    bad = write(tmp_path, case(expected=4))
    assert main([str(bad)]) == 1
    assert "FAILED sum-1 in UTC: sum(/d/n) found 3.0, expected 4\n" in capsys.readouterr().out


@pytest.mark.browser
@pytest.mark.parametrize(("expected", "status"), [(3, 0), (4, 1)])
def test_with_the_browser_the_command_counts_both_engines(expected, status, tmp_path):
    path = write(tmp_path, case(), case(id="second", expected=expected))
    command = [sys.executable, "-m", "tests.expressions", str(path), "--browser"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    server, page = done.stdout.split("page\n")
    assert server.endswith(f"total  {2 - status} / 2\n")
    assert page.endswith(f"total  {2 - status} / 2\n")
    assert page.count("FAILED second in ") == 3 * status


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("{}", "a JSON list of cases was expected"),
        ("[]", "a JSON list of cases was expected"),
        ("[1]", "case 1 (None): an object was expected"),
        ('[{"id": "x"}]', "case 1 (x): without expected, expression"),
        (json.dumps([case(), case(type="date")]), "case 2 (sum-1): type is 'date'"),
        (json.dumps([case(expected="3")]), "expected is no number"),
        (json.dumps([case(expected=True)]), "expected is no number"),
        (json.dumps([case(nodes={"/a": [1]})]), "the nodes of /a are no texts"),
        (json.dumps([case(nodes={"a": "1"})]), "the path 'a' does not begin with /"),
        (json.dumps([case(nodes=[])]), "nodes is no object"),
        (json.dumps([case(timezone="Mars/Base")]), "there is no time zone 'Mars/Base'"),
        (json.dumps([case(timezone="../../etc/passwd")]), "there is no time zone"),
        (json.dumps([case(decimals=1.5)]), "decimals is no whole number"),
        (json.dumps([case(expression=1)]), "expression is no text"),
    ],
)
def test_a_file_that_is_no_list_of_cases_is_refused_with_the_reason(text, words, tmp_path, capsys):
    path = tmp_path / "cases.json"
    path.write_text(text, "utf-8")
    assert main([str(path)]) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(tmp_path, capsys):
    assert main([str(tmp_path / "none.json")]) == 2
    assert "none.json: No such file" in capsys.readouterr().err
