"""The glossary: every identifier that it names is in the code, every term stands once."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| 中文")
]


def names_in_code():
    """Every name that the product's code gives, and every word that it writes as data."""
    for package in ("analysis", "survey"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                for attribute in ("id", "attr", "name", "arg"):
                    yield getattr(node, attribute, None)
                if isinstance(node, ast.Constant):
                    yield node.value


def test_every_identifier_is_in_the_code():
    known = {name for name in names_in_code() if isinstance(name, str)}
    named = [name for row in ROWS for name in re.findall(r"`([^`]+)`", row[2])]
    assert len(named) > 40
    assert [name for name in named if name not in known] == []


def test_every_term_has_its_row_once_and_all_four_cells():
    assert all(len(row) == 4 and all(row) for row in ROWS)
    terms = Counter(row[0] for row in ROWS)
    assert [term for term, times in terms.items() if times > 1] == []


def test_every_term_names_an_identifier():
    assert [row[0] for row in ROWS if not re.search(r"`\w+`", row[2])] == []
