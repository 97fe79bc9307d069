"""Who may import whom: the direction that keeps the core free of the web and the pages apart."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FEATURES = (
    "accounts",
    "allocation",
    "answering",
    "designer",
    "fieldwork",
    "points",
    "reporting",
    "reviewing",
    "studies",
)
TOP = {"survey.app", "survey.cli", "survey.demo"}  # what puts the features together
WEB_AND_DATABASE = {"flask", "werkzeug", "wtforms", "jinja2", "sqlalchemy", "alembic", "psycopg"}

# package or module -> everything that it may import beside the standard library
ONLY = {
    "analysis": {"analysis", "numpy", "scipy", "statsmodels"},
    "survey.models": {"survey.models", "sqlalchemy"},
    "survey.errors": set(),
}
# package or module -> what it may import of this project
OF_OURS = {
    "survey.instrument": {"survey.instrument", "analysis.codebook", "analysis.study.problems"},
    "survey.intake": {"survey.models", "survey.errors", "survey.receipts"},
    "survey.datasets": {"survey.models", "analysis"},
    "survey.printing": {"survey.printing", "survey.errors", "survey.codes", "survey.qr"},
}
PURE = ("survey.instrument", "survey.printing")


def name_of(file):
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    name_of(file): file
    for top in ("analysis", "survey")
    for file in ROOT.joinpath(top).rglob("*.py")
}
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in MODULES.items()}


def imports(tree):
    """Names as they are written; ``from a import b`` counts as a.b, so that it cannot hide b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_in(name, packages):
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


def inside(package):
    return [name for name in MODULES if is_in(name, {package})]


def from_library(name):
    return name.partition(".")[0] in sys.stdlib_module_names


def from_us(name):
    return is_in(name, {"analysis", "survey"})


@pytest.mark.parametrize("package", ONLY)
def test_the_core_imports_nothing_else(package):
    for module in inside(package):
        for target in imports(TREES[module]):
            allowed = from_library(target) or is_in(target, ONLY[package])
            assert allowed, f"{module} imports {target}"


@pytest.mark.parametrize("package", OF_OURS)
def test_the_doors_and_the_instrument_look_down_only(package):
    form = {"survey.instrument.form"}  # the one part of the instrument that knows the web
    for module in set(inside(package)) - form:
        for target in imports(TREES[module]):
            allowed = not from_us(target) or is_in(target, OF_OURS[package])
            assert allowed, f"{module} imports {target}"


@pytest.mark.parametrize("package", PURE)
def test_the_instrument_and_the_printer_know_neither_web_nor_database(package):
    for module in set(inside(package)) - {"survey.instrument.form"}:
        for target in imports(TREES[module]):
            assert not is_in(target, WEB_AND_DATABASE), f"{module} imports {target}"


@pytest.mark.parametrize("feature", FEATURES)
def test_features_never_import_each_other(feature):
    others = {f"survey.{other}" for other in FEATURES if other != feature}
    for module in inside(f"survey.{feature}"):
        for target in imports(TREES[module]):
            allowed = not is_in(target, others) or is_in(target, {"survey.accounts.access"})
            assert allowed, f"{module} imports {target}"


def test_the_core_never_imports_a_feature():
    features = {f"survey.{feature}" for feature in FEATURES}
    for module in MODULES:
        if is_in(module, features | TOP):
            continue
        for target in imports(TREES[module]):
            assert not is_in(target, features | TOP), f"{module} imports {target}"


def test_only_the_database_module_and_commands_commit():
    allowed = {"survey.db"}
    for module in set(MODULES) - allowed:
        for node in ast.walk(TREES[module]):
            if isinstance(node, ast.Attribute) and node.attr == "commit":
                pytest.fail(f"{module} line {node.lineno} commits")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_import_hides_in_a_function(module):
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert not list(imports(node)), f"{module}: {node.name}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_module_says_in_one_line_what_it_is(module):
    text = ast.get_docstring(TREES[module])
    assert text, f"{module} has no docstring"
    assert text.splitlines()[0].endswith("."), module


def test_the_package_itself_imports_nothing():
    assert len(TREES["survey"].body) == 1  # its docstring


def reached_from(module):
    """Everything that importing a module imports, directly or not, by name."""
    seen, ahead = set(), {module}
    while ahead:
        name = ahead.pop()
        while name and name not in MODULES and from_us(name):
            name = name.rpartition(".")[0]  # "survey.errors.NotFound" is in survey.errors
        if name in seen:
            continue
        seen.add(name)
        if name in MODULES:
            ahead |= set(imports(TREES[name]))
            ahead.add(name.rpartition(".")[0] or name)  # importing a.b runs a too
    return seen


def test_the_command_that_estimates_reaches_neither_web_nor_database():
    reached = reached_from("survey.cli.estimate")
    assert "analysis.study.run" in reached
    assert {name for name in reached if is_in(name, WEB_AND_DATABASE)} == set()


BLOCKED = """
import sys
for name in {blocked!r}:
    sys.modules[name] = None  # importing it fails
from survey.cli import main
main(["estimate", {study!r}, "--out", {out!r}])
"""


def test_the_command_that_estimates_runs_with_web_and_database_blocked(tmp_path):
    study = str(ROOT / "examples" / "hean-2026")
    out = tmp_path / "results"
    script = BLOCKED.format(blocked=sorted(WEB_AND_DATABASE), study=study, out=str(out))
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert (out / "estimates.csv").is_file()
