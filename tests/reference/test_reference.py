"""``python -m tests.reference``: R's numbers, and that the runner tells when others differ."""

import copy
import json
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from tests.reference.disguise import STAYING, write_disguised
from tests.reference.own_copy import ELSEWHERE, allowed, written
from tests.reference.runner import CaseFile, run_case, run_file

HERE = Path(__file__).parent
FIRST, SECOND = HERE / "cases.json", HERE / "second/cases.json"
SHARED = HERE.parents[2] / "shared/reference/cases.json"


@cache
def content(path):
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def outcomes(path):
    found = defaultdict(list)
    for outcome in run_file(path):
        found[outcome.capability].append(outcome)
    return found


def capabilities(path):
    return sorted({case["capability"] for case in content(path)["cases"]})


def failed(found):
    return [f"{outcome.case}: {outcome.message}" for outcome in found if not outcome.passed]


@pytest.mark.parametrize("capability", capabilities(FIRST))
def test_the_numbers_are_those_of_the_reference(capability):
    assert failed(outcomes(FIRST)[capability]) == []


@pytest.mark.parametrize("capability", capabilities(SECOND))
def test_the_numbers_of_other_calls_are_those_of_r(capability):
    assert failed(outcomes(SECOND)[capability]) == []


def test_the_files_have_what_they_are_for():
    assert len(content(FIRST)["cases"]) == 353
    assert len(content(SECOND)["cases"]) > 400
    assert not any(ELSEWHERE.search(case["r"]) for case in content(FIRST)["cases"])
    refused = [case["id"] for case in content(SECOND)["cases"] if "error" in case]
    assert refused == ["lonely_psu-019"]


def test_the_whole_reference_passes():
    if not SHARED.is_file():
        pytest.skip("the reference folder is not beside the project")
    assert written(allowed(content(SHARED))) == FIRST.read_text(encoding="utf-8")
    cases = CaseFile(SHARED)
    rest = [case for case in cases.content["cases"] if ELSEWHERE.search(case["r"])]
    assert len(rest) == len(cases.content["cases"]) - 353
    assert failed([run_case(cases, case) for case in rest]) == []


def command(file):
    return subprocess.run(
        [sys.executable, "-m", "tests.reference", str(file)],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )


def test_names_order_and_scale_do_not_matter(tmp_path):
    told = write_disguised(content(FIRST), HERE, tmp_path)
    assert {case["capability"] for case in told["cases"]} == STAYING
    found = command(tmp_path / "cases.json")
    assert [line for line in found.stdout.splitlines() if line.startswith("FAILED")] == []
    assert found.returncode == 0, found.stderr
    assert f"{len(told['cases'])} of {len(told['cases'])} cases" in found.stdout


def without_result(node):
    """A case as the evaluator has to see it: nothing of the text and of what is expected."""
    return {**node, "id": "", "r": ""}


def test_only_the_tree_and_the_design_are_evaluated():
    cases = CaseFile(FIRST)
    for case in cases.content["cases"][:40]:
        bare = {key: case[key] for key in ("ast", "design")}
        found = cases.evaluate(bare["ast"], bare["design"], case.get("options") or {})
        blind = run_case(cases, without_result(case))
        assert blind.passed
        assert found is not None


def spoilt_file(tmp_path):
    """Cases that must fail, each for one reason, and one that is right."""
    whole = content(FIRST)
    by_id = {case["id"]: case for case in whole["cases"]}
    one, other = copy.deepcopy(by_id["mean-001"]), copy.deepcopy(by_id["mean-002"])
    off = copy.deepcopy(one) | {"id": "off-by-a-millionth"}
    off["result"]["se"][1] *= 1 + 1e-6
    unknown = copy.deepcopy(one) | {"id": "unknown-function"}
    unknown["ast"]["call"] = "svymeanoid"
    swapped = copy.deepcopy(one) | {"id": "swapped", "result": other["result"]}
    refused = copy.deepcopy(one) | {"id": "number-for-a-refusal", "error": "no such thing"}
    del refused["result"]
    unnamed = copy.deepcopy(one) | {"id": "unknown-name"}
    unnamed["ast"]["args"][1]["value"] = {"name": "nobody"}
    short = copy.deepcopy(one) | {"id": "a-name-too-many"}
    short["result"]["names"].append("more")
    spoilt = [off, unknown, swapped, refused, unnamed, short]
    paths = {
        name: spec | {"data": str(HERE / spec["data"])} for name, spec in whole["designs"].items()
    }
    told = {**whole, "matrices": {}, "designs": paths, "cases": [one, *spoilt]}
    file = tmp_path / "cases.json"
    file.write_text(written(told), encoding="utf-8")
    return file, [case["id"] for case in spoilt]


def test_what_differs_fails_and_is_named(tmp_path):
    file, wanted = spoilt_file(tmp_path)
    found = command(file)
    assert found.returncode == 1
    lines = [line for line in found.stdout.splitlines() if line.startswith("FAILED")]
    assert [line.split()[1].rstrip(":") for line in lines] == wanted
    assert found.stdout.splitlines()[-1].startswith("1 of 7 cases")
    assert "se[1]" in lines[0]
    assert "not translated: svymeanoid" in lines[1]
    assert "a refusal expected" in lines[3]


def test_a_file_that_cannot_be_read_is_no_success(tmp_path):
    assert command(tmp_path / "none.json").returncode != 0
