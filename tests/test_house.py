"""The house: locked packages, nothing of a machine or a secret in git, scripts that run."""

import os
import re
import runpy
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ["requirements.lock", "requirements-dev.lock"]
WANTED = {
    "requirements.lock": [
        *PROJECT["project"]["dependencies"],
        *PROJECT["build-system"]["requires"],
    ],
    "requirements-dev.lock": PROJECT["project"]["optional-dependencies"]["dev"],
}
LOCKED = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[\w.]+)(?: --hash=sha256:[0-9a-f]{64})+")
# A folder of one machine: this checkout, or somebody's home. A longer path that ends alike is fine.
MACHINE = re.compile(rf"(?<![\w.}}-])(?:{re.escape(str(ROOT))}|/root|/work|/(?:home|Users)/\w+)/")


def locked(lock):
    """Name -> version; every line that is not a comment must be a pin with hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "")
    lines = [" ".join(line.split()) for line in text.splitlines() if line[:1] not in {"", "#"}]
    found = [LOCKED.fullmatch(line) for line in lines]
    assert all(found), [line[:80] for line, match in zip(lines, found, strict=True) if not match]
    return {match["name"]: match["version"] for match in found}


def git(*arguments, check=True):
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=check)


def files():
    """Every file that is in git or would be added, as a path from the root."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = [Path(name) for name in listed.stdout.split("\0") if name]
    return [name for name in names if (ROOT / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_exact_versions_with_hashes(lock):
    assert len(locked(lock)) > 30


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_carries_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"//|index-url|find-links|trusted-host| @ ", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_the_project_asks_for(lock):
    pins = locked(lock)
    for requirement in map(Requirement, WANTED[lock]):
        version = pins.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {lock}: make lock"
        assert requirement.specifier.contains(version), f"{requirement} but {version}: make lock"


def test_development_runs_on_the_versions_of_production():
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_no_file_names_a_folder_of_one_machine():
    for name in files():
        text = (ROOT / name).read_bytes().decode("utf-8", "ignore")
        found = MACHINE.search(text)
        assert not found, f"{name} names {found[0]}"


@pytest.mark.parametrize(
    "name",
    [
        ".venv/bin/python",
        "var/demo/minyi.sqlite",
        "var/demo/accounts.txt",
        "anywhere/minyi.sqlite-wal",
        ".env",
        "survey/__pycache__/app.pyc",
        "examples/hean-2026/results/estimates.csv",
    ],
)
def test_data_and_secrets_stay_out_of_git(name):
    assert git("check-ignore", "--no-index", name, check=False).returncode == 0


def test_nothing_ignored_is_in_git():
    assert git("ls-files", "--cached", "--ignored", "--exclude-standard").stdout == ""


def test_every_rule_that_is_ignored_has_its_reason():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if re.match(r'  "[A-Z]+\d{3}"', line)]
    assert rules
    assert [line for line in rules if "  # " not in line] == []


@pytest.mark.parametrize("script", [".ci/run", ".ci/system-packages"])
def test_a_script_can_be_run(script):
    assert os.access(ROOT / script, os.X_OK)
    assert (ROOT / script).read_text(encoding="utf-8").startswith("#!")


def test_every_test_file_has_its_line_in_the_readme():
    readme = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    tests = [name for name in files() if name.match("tests/**/test_*.py")]
    tests += [name for name in files() if name.match("tests/test_*.py")]
    missing = [name for name in tests if f"`{name.relative_to('tests')}`" not in readme]
    assert missing == []


PAGE = """
<form method="get"><button name="lang" value="en">English</button></form>
<form method="post" action="/next">
  <input type="hidden" name="id" value="7">
  <input type="radio" name="age" value="0"> Under 18 <input type="radio" name="age" value="1"> 18
  <input type="checkbox" name="join" value="0"> None <input type="checkbox" name="join" value="3">
  <select name="town"><option value="">-</option><option value="1">A</option>
    <option value="2" selected>B</option></select>
  <input type="number" name="adults" required> <textarea name="wish"></textarea>
  <button name="go" value="on">Next</button><button name="go" value="back">Back</button>
</form>
"""


def test_the_demo_check_fills_in_a_form_as_a_willing_person_does():
    form = runpy.run_path(str(ROOT / ".ci" / "forms.py"))["Page"].read(PAGE).form()
    assert form.action == "/next"
    assert form.filled() == [
        ("id", "7"),
        ("age", "1"),
        ("join", "3"),
        ("town", "2"),
        ("adults", "1"),
        ("wish", ""),
        ("go", "on"),
    ]
