"""docs/statistics.md names functions and tests that exist."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import analysis

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
FUNCTIONS = sorted(set(re.findall(r"`(analysis(?:\.\w+)+)`", TEXT)))
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))


def test_every_function_named_exists():
    assert len(FUNCTIONS) > 20
    for name in FUNCTIONS:
        module, _, attribute = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), attribute)), name


def test_every_test_named_exists():
    assert len(TESTS) > 30
    for file, test in TESTS:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), (file, test)


def test_every_module_that_computes_is_named():
    modules = {path.stem for path in (ROOT / "analysis").glob("*.py")}
    named = {name.split(".")[1] for name in FUNCTIONS}
    assert modules - named == {"__init__", "errors", "codebook"}


# Functions without a formula: they read, check and rearrange arrays, or are a step of one named.
PLUMBING = {
    "calibration": {"raking_factors", "indicators_of"},
    "cells": {"joint"},
    "coverage": {"generator_of", "simulate", "draw", "at_edge", "marks_of"},
    "design": {"row_flags"},
    "design_columns": {"coded"},
    "estimation": {"columns", "whole_codes"},
    "intervals": {"quantile", "effective_sizes"},
    "planning": {"within_bounds", "largest_remainder"},
    "presentation": {"present_without_spread"},
    "quantiles": {"quantile"},
    "ranking": {"single_level"},
    "replication": {"bootstrap_factors"},
    "residuals": {"inverse_of_pairs", "with_rows", "group_sums"},
    "small_area": {"checked", "require_independent", "scan", "root", "highest"},
    "steps": {
        "adjusted", "taking_part", "refuse_domain", "totals_of", "codes_of", "names_of",
        "refuse_unknown", "refuse_empty", "refuse_without_weight",
    },
    "strata": {"by_group"},
    "sums": {"look_up", "require_codes"},
    "variance": {"build_units", "shares_clusters"},
    "weighting": {"bounded"},
}  # fmt: skip


@pytest.mark.parametrize("path", sorted((ROOT / "analysis").glob("*.py")), ids=lambda p: p.stem)
def test_every_function_with_a_formula_is_named(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    named = {name.split(".")[2] for name in FUNCTIONS if name.startswith(f"analysis.{path.stem}.")}
    missing = public - named - PLUMBING.get(path.stem, set())
    assert not missing, f"docs/statistics.md does not name {sorted(missing)}"


def test_the_package_tells_where_each_module_belongs():
    told = set(re.findall(r"\w+", analysis.__doc__))
    modules = {path.stem for path in (ROOT / "analysis").glob("*.py")} - {"__init__"}
    assert modules <= told, modules - told


def test_every_file_linked_is_there():
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / "docs" / link).exists(), link


def test_the_example_runs_and_gives_a_difference_with_an_error():
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names = {}
    exec(example, names)
    assert names["change"].value == pytest.approx(names["parts"][1].value - names["parts"][0].value)
    assert names["change"].se > 0
