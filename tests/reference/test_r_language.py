"""The interpreter of R's expressions against R's own values (made by r_ast.R)."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.reference.r_formulas import FORMULAS
from tests.reference.r_language import (
    EMPTY,
    Environment,
    Interpreter,
    Library,
    elements,
    match_arguments,
)
from tests.reference.r_language import Argument as Given
from tests.reference.r_values import (
    Factor,
    Frame,
    NotTranslated,
    RError,
    RList,
    RMatrix,
    RTable,
    as_numbers,
    as_texts,
    deparse,
    is_logical,
    is_text,
    names_of,
    number,
    plain,
    read_csv,
    texts,
)

FILE = json.loads(Path(__file__).with_name("r_language_cases.json").read_text(encoding="utf-8"))
CASES = FILE["cases"]


def column(values):
    if any(isinstance(value, str) for value in values):
        return texts(values)
    return np.array([math.nan if value is None else value for value in values], dtype=float)


def run(tree, *libraries, **values):
    frame = Frame({name: column(held) for name, held in FILE["data"].items()})
    environment = Environment(values={"x": frame, **values})
    return Interpreter(FORMULAS, *libraries).evaluate(tree, environment)


def scalars(value):
    """Elements as JSON has them: missing and infinite ones are None."""
    if is_text(value):
        return as_texts(value).tolist()
    finite = [float(v) if math.isfinite(v) else None for v in as_numbers(value)]
    return [None if v is None else bool(v) for v in finite] if is_logical(value) else finite


def kind_of(value):
    return "text" if is_text(value) else "logical" if is_logical(value) else "number"


def shown(value):
    """What r_ast.R writes of a value."""
    if value is None:
        return {"kind": "NULL"}
    if isinstance(value, Frame):
        columns = {name: shown(held) for name, held in value.columns.items()}
        return {"kind": "frame", "rows": value.labels(), "columns": columns}
    if isinstance(value, Factor):
        return {"kind": "factor", "values": value.labels().tolist(), "levels": value.levels}
    if isinstance(value, RTable) and value.values.ndim == 2:
        value = RMatrix(value.values, *value.dimnames.values())
    if isinstance(value, RMatrix):
        return {
            "kind": f"matrix {kind_of(value)}",
            "values": scalars(plain(value)),
            "dim": list(value.shape),
            "rownames": value.rownames,
            "colnames": value.colnames,
        }
    if isinstance(value, RList):
        held = [shown(element) for element in elements(value)]
        return {"kind": "list", "values": held, "names": value.names}
    values = plain(value)
    names = names_of(value)
    names = names and [None if name == "<NA>" else name for name in names]
    return {"kind": kind_of(values), "values": scalars(values), "names": names}


def same(expected, found):
    """Equal, numbers to 1e-12."""
    if isinstance(expected, dict):
        return expected.keys() == found.keys() and all(
            same(expected[k], found[k]) for k in expected
        )
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    number = isinstance(expected, (int, float)) and isinstance(found, (int, float))
    if number and not isinstance(expected, bool) and not isinstance(found, bool):
        return math.isclose(expected, found, rel_tol=1e-12, abs_tol=1e-14)
    return type(expected) is type(found) and expected == found


@pytest.mark.parametrize("case", CASES, ids=[case["r"] for case in CASES])
def test_an_expression_has_the_value_that_r_gives(case):
    if "error" in case:
        with pytest.raises(RError):
            run(case["ast"])
    else:
        found = shown(run(case["ast"]))
        assert same(case["result"], found), found


# --- the parts that R's own values do not reach ------------------------------------------------


def call(name, *arguments):
    return {"call": name, "args": [{"value": argument} for argument in arguments]}


X, ONE = {"name": "d"}, {"number": 1}


@dataclass
class Shape:
    sides: int


SHAPES = Library()


@SHAPES.method(Shape, "$")
def part_of_shape(shape, name):
    return {"sides": shape.sides}[name]


@SHAPES.method(Shape, "[")
def some_of_shape(shape, *indices):
    return ["all" if index is EMPTY else "some" for index in indices][-1]


@SHAPES.method(Shape, "nrow", "x")
def rows_of_shape(x):
    return x.sides


@SHAPES.method(Shape, "subset", "x", "subset", lazy=True)
def subset_of_shape(x, subset):
    return deparse(subset.node)


@SHAPES.method(Shape, "area", "x", "scale")
def area_of_shape(x, scale=2.0):
    return x.sides * number(scale)


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        (call("$", X, {"name": "sides"}), 4.0),
        (call("[", X, ONE, {"empty": True}), "all"),
        (call("nrow", X), 4.0),
        (call("area", X), 8.0),
        (call("area", X, {"number": 3}), 12.0),
        (call("subset", X, call("==", {"name": "a"}, ONE)), "a == 1"),
        (call("sapply", call("list", X, X), {"name": "nrow"}), [4.0, 4.0]),
    ],
    ids=str,
)
def test_methods_go_by_the_type_of_the_first_argument(tree, value):
    found = plain(run(tree, SHAPES, d=Shape(4))).tolist()
    assert found == (value if isinstance(value, list) else [value])


def test_a_function_nobody_wrote_is_named():
    with pytest.raises(NotTranslated, match="svyolr"):
        run(call("svyolr", ONE))
    with pytest.raises(NotTranslated, match="area of ndarray"):
        run(call("area", ONE), SHAPES)


def test_a_missing_or_unused_argument_is_an_error_of_r():
    with pytest.raises(RError, match='"to" is missing'):
        run(call(":", ONE))
    with pytest.raises(RError, match="unused argument"):
        run(call("nrow", ONE, ONE))


FORMALS = ("x", "design", "na.rm", "...", "level")


@pytest.mark.parametrize(
    ("given", "matched"),
    [
        ([(None, 1), (None, 2)], {"x": 1, "design": 2, "...": []}),
        ([("des", 1), (None, 2)], {"design": 1, "x": 2, "...": []}),
        ([("na", 1), (None, 2), ("lev", 3)], {"na.rm": 1, "x": 2, "...": [("lev", 3)]}),
        ([("level", 1), ("x", 2), (None, 3)], {"level": 1, "x": 2, "design": 3, "...": []}),
        (
            [(None, 1), (None, 2), (None, 3), (None, 4)],
            {"x": 1, "design": 2, "na.rm": 3, "...": [(None, 4)]},
        ),
    ],
    ids=str,
)
def test_arguments_are_matched_as_r_does(given, matched):
    assert match_arguments(FORMALS, [Given(*pair) for pair in given]) == matched


def test_a_data_file_keeps_quoted_numerals_as_text(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text('"a","b","c","d"\n1.5,"01","x, ""y""",\n,"2",,\n', encoding="utf-8")
    frame = read_csv(file)
    assert frame.names == ["a", "b", "c", "d"]
    assert scalars(frame["a"]) == [1.5, None]
    assert scalars(frame["b"]) == ["01", "2"]
    assert scalars(frame["c"]) == ['x, "y"', None]
    assert scalars(frame["d"]) == [None, None]
