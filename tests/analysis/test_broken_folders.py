"""Whatever stands in a cell or under a key, a folder is estimated or refused by name."""

import csv
import random
import tomllib

import pytest
import tomli_w

from analysis.study.problems import StudyRefused
from analysis.study.results import tables
from analysis.study.run import estimate_study
from survey.folders import read_study_folder
from tests.rowwise.studies import VARIANTS, write_study

TIMES = 40  # damaged folders for each seed
TEXTS = ("", "0", "-1", "nan", "1e400", "abc", "中文", "*", "a*b", "|", " ", "2026-02-30", "=1")
VALUES = ("", 0, -1, 1.5, True, [], {}, [""], ["x"], {"a": 1}, [["a", "b"]], "root", 10**20)


def damage_plan(study, rnd):
    """Take out a key of study.toml, or put something else there."""
    document = tomllib.loads((study / "study.toml").read_text(encoding="utf-8"))
    *way, last = rnd.choice(list(_ways(document)))
    table = document
    for step in way:
        table = table[step]
    if rnd.random() < 0.3:
        del table[last]
    else:
        table[last] = rnd.choice(VALUES)
    (study / "study.toml").write_text(tomli_w.dumps(document), encoding="utf-8")
    return "study.toml", way, last


def damage_table(study, rnd):
    """Take out a row or a column of a table, or change a cell."""
    path = rnd.choice(sorted(study.rglob("*.csv")))
    rows = rows_of(path)
    row, column = rnd.randrange(len(rows)), rnd.randrange(len(rows[0]))
    what = rnd.random()
    if what < 0.15:
        del rows[row]
    elif what < 0.3:
        rows = [cells[:column] + cells[column + 1 :] for cells in rows]
    else:
        rows[row][column] = rnd.choice(TEXTS)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path.name, row, column


def rows_of(path):
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


def _ways(table, way=()):
    for key, value in table.items() if isinstance(table, dict) else enumerate(table):
        yield (*way, key)
        if isinstance(value, dict | list):
            yield from _ways(value, (*way, key))


@pytest.mark.parametrize("name", ["missing_drop", "quota_and_opt_in", "collapse", "certainty"])
def test_a_damaged_folder_never_ends_in_a_crash(name, tmp_path):
    rnd = random.Random(name)
    ends = set()
    for time in range(TIMES):
        study = tmp_path / str(time)
        write_study(study, seed=7, **VARIANTS[name])
        done = [rnd.choice((damage_plan, damage_table))(study, rnd) for _ in range(2)]
        try:
            texts = tables(estimate_study(read_study_folder(study).folder.study))
        except StudyRefused as refusal:
            ends.add("refused")
            lines = [problem.line(chinese=True) for problem in refusal.problems]
            assert all(line.count("\t") == 4 for line in lines), done
        else:
            ends.add("estimated")
            assert not any(cell in ("nan", "inf") for cell in _cells(texts)), done
    assert ends == {"refused", "estimated"}


def _cells(texts):
    return [
        cell for text in texts.values() for line in text.splitlines() for cell in line.split(",")
    ]


@pytest.fixture
def study(tmp_path):
    write_study(tmp_path / "study", seed=7, **VARIANTS["collapse"])
    return tmp_path / "study"


def refusal_of(study):
    with pytest.raises(StudyRefused) as refusal:
        read_study_folder(study)
    return {(problem.file, problem.column) for problem in refusal.value.problems}


def change_cell(path, row, column, text):
    rows = rows_of(path)
    rows[row][rows[0].index(column)] = text
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def test_a_category_with_too_many_parts_is_named(study):
    change_cell(study / "margins.csv", 1, "category", "a*b*c")
    assert ("margins.csv", "category") in refusal_of(study)


def test_a_day_that_does_not_exist_is_named(study):
    change_cell(study / "areas.csv", 2, "valid_to", "2026-02-30")
    assert ("areas.csv", "valid_to") in refusal_of(study)


@pytest.mark.parametrize("key", ["headline", "changes_covariance"])
def test_a_list_where_a_word_belongs_is_named(study, key):
    document = tomllib.loads((study / "study.toml").read_text(encoding="utf-8"))
    document["estimates"][key] = {"opt-in": ["x"]} if key == "headline" else ["x"]
    (study / "study.toml").write_text(tomli_w.dumps(document), encoding="utf-8")
    places = {column for file, column in refusal_of(study) if file == "study.toml"}
    assert any(column.startswith(f"estimates.{key}") for column in places)
