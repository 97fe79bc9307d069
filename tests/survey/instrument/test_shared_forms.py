"""Thirty forms of public projects: as pyxform has them, or docs/xlsform.md says why not."""

import json
import re
from functools import cache

import pytest

from survey.instrument.described import placed_items
from survey.instrument.items import Question
from survey.instrument.kinds import KINDS, SELECTS
from survey.instrument.writing import write_xlsform
from survey.instrument.xlsform import read_xlsform, read_xlsform_bytes
from tests.survey.instrument.known_forms import ROOT
from tests.survey.instrument.test_writing import without_rows

# Files of other projects, which lie beside this one and are not part of it.
FOLDER = ROOT.parent / "shared" / "xforms" / "xlsforms"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="forms of other projects are not part of this one"
)
DOCUMENT = ROOT / "docs" / "xlsform.md"
CASES = json.loads((FOLDER / "manifest.json").read_text("utf-8")) if FOLDER.is_dir() else []
ROW = re.compile(r"\| `([^`]+\.xlsx?)` \| (\w+) \| (\w+) \| ([^|]+) \| ([^|]+) \|")


@cache
def read_file(name):
    return read_xlsform(FOLDER / name)


def read(case):
    return read_file(case["file"])


def places(problems):
    """Sheet, row and column of each problem."""
    return ", ".join(
        f"{one.file.partition(':')[2]} {one.row or '-'} {one.column or '-'}" for one in problems
    )


@pytest.fixture(params=CASES, ids=[case["file"] for case in CASES])
def case(request):
    return request.param


def test_a_file_is_imported_or_refused_with_reasons(case):
    form, problems = read(case)
    assert (form is None) is bool(problems)
    for problem in problems:
        assert problem.expected_zh
        assert problem.expected_en
        assert problem.row is not None or problem.found


def test_the_table_of_differences_is_the_truth():
    """A difference that is not in the table fails, and so does a row that is none."""
    found = set()
    for one in CASES:
        form, problems = read(one)
        if one["pyxform"]["converts"] is not (form is not None):
            theirs = "converts" if one["pyxform"]["converts"] else "refused"
            ours = "imported" if form is not None else "refused"
            found.add((one["file"], theirs, ours, places(problems)))
    rows = [match.groups() for match in ROW.finditer(DOCUMENT.read_text("utf-8"))]
    assert found == {(file, theirs, ours, where.strip()) for file, theirs, ours, where, _ in rows}
    assert all(why.strip() for *_, why in rows)
    assert found


def test_what_is_imported_has_the_questions_that_pyxform_finds(case):
    form, _ = read(case)
    if form is None or not case["pyxform"]["converts"]:
        return
    types = KINDS | SELECTS
    theirs = [
        {
            "name": one["name"],
            "kind": types[one["type"]],
            **{key: one[key] for key in ("relevant", "constraint", "calculation", "choice_filter")},
            "in_repeat": one.get("in_repeat", False),
        }
        for one in case["questions"]
    ]
    ours = [
        {
            "name": one.item.name,
            "kind": one.item.kind,
            "relevant": one.item.relevant is not None,
            "constraint": one.item.constraint is not None,
            "calculation": one.item.calculation is not None,
            "choice_filter": one.item.choice_filter is not None,
            "in_repeat": one.repeat is not None,
        }
        for one in placed_items(form)
        if isinstance(one.item, Question)
    ]
    assert ours == theirs
    assert {language.name for language in form.languages} == set(case["languages"])


def test_what_is_imported_comes_back_when_it_is_written(case):
    form, _ = read(case)
    if form is None:
        return
    again, problems = read_xlsform_bytes("again.xlsx", write_xlsform(form))
    assert problems == []
    assert without_rows(again) == without_rows(form)


def test_half_of_the_files_are_imported():
    """So that the tests above have something to compare."""
    assert sum(read(one)[0] is not None for one in CASES) >= len(CASES) // 2
