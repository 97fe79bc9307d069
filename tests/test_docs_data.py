"""docs/data.md is true: its tables, columns and links are those of the schema."""

import re
from pathlib import Path

from survey.models import Base, ResponseStatus

DOCS = Path(__file__).resolve().parent.parent / "docs"
TEXT = (DOCS / "data.md").read_text(encoding="utf-8")
TABLES = Base.metadata.tables
LINES = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", TEXT, re.MULTILINE)
EDGES = re.findall(r"^    (\w+) ([|}][|o])--o\{ (\w+) :", TEXT, re.MULTILINE)


def test_every_table_has_its_line_and_no_other():
    assert sorted(name for name, _, _ in LINES) == sorted(TABLES)


def test_the_key_columns_are_those_that_identify_a_row():
    for name, _, keys in LINES:
        for key in keys.split(";"):
            columns = set(re.findall(r"`(\w+)`", key))
            unique = [
                {column.name for column in constraint.columns}
                for constraint in TABLES[name].constraints
                if type(constraint).__name__ in {"PrimaryKeyConstraint", "UniqueConstraint"}
            ]
            assert columns in unique, (name, columns)


def test_every_column_that_is_named_beside_a_table_is_there():
    for name, words, _ in LINES:
        for column in re.findall(r"`(\w+)`", words):
            assert column in TABLES[name].columns, (name, column)
    for table, column in re.findall(r"`(\w+)\.(\w+)`", TEXT):
        if table in TABLES:
            assert column in TABLES[table].columns, (table, column)


def test_the_picture_shows_the_foreign_keys():
    drawn = {(child, parent) for parent, _, child in EDGES}
    assert len(drawn) > 20
    keys = {
        (table.name, key.column.table.name)
        for table in TABLES.values()
        for key in table.foreign_keys
    }
    assert drawn <= keys
    # the study of a row that has a nearer parent is not drawn
    assert {(child, parent) for child, parent in keys - drawn if parent != "studies"} == set()


def test_a_line_of_the_picture_that_may_be_missing_is_a_nullable_key():
    for parent, mark, child in EDGES:
        keys = [key for key in TABLES[child].foreign_keys if key.column.table.name == parent]
        own = [key for key in keys if key.parent.name != "study_id"]
        nullable = any(key.parent.nullable for key in own)
        if (child, parent) != ("areas", "areas"):  # the root has no parent
            assert (mark == "|o") == nullable, (parent, child)


def test_the_statuses_are_those_of_the_schema():
    for status in ResponseStatus:
        assert f"`{status.value}`" in TEXT


def test_every_link_leads_to_a_file():
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert len(links) >= 2
    for link in links:
        assert (DOCS / link).is_file(), link
