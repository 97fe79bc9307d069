"""docs/statistics.md names functions and tests that exist."""

import importlib
import re
from pathlib import Path

import pytest

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


def test_every_file_linked_is_there():
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / "docs" / link).exists(), link


def test_the_example_runs_and_gives_a_difference_with_an_error():
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names = {}
    exec(example, names)
    assert names["change"].value == pytest.approx(names["parts"][1].value - names["parts"][0].value)
    assert names["change"].se > 0
