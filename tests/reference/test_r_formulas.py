"""Terms, survey's columns and groups; the model matrices are among the expressions of R."""

import math

import numpy as np
import pytest

from tests.reference.r_formulas import (
    analysis_columns,
    as_r_matrix,
    by_groups,
    model_matrix,
    terms,
)
from tests.reference.r_language import Environment
from tests.reference.r_values import Factor, Formula, Frame, RError, RList, deparse, texts


def n(name):
    return {"name": name}


def number(value):
    return {"number": value}


def call(name, *arguments):
    return {"call": name, "args": [{"value": argument} for argument in arguments]}


def formula(right, left=None):
    return Formula(left, right, Environment())


A, B, C = n("a"), n("b"), n("c")

# attr(terms(formula), "term.labels") and "intercept" in R
TERMS = [
    (call("+", call("*", A, B), C), ["a", "b", "c", "a:b"], True),
    (call("-", call("*", A, B), A), ["b", "a:b"], True),
    (call("+", call(":", B, A), A), ["a", "b:a"], True),
    (call("-", call("+", A, B), number(1)), ["a", "b"], False),
    (call("+", number(0), A), ["a"], False),
    (call("+", call("+", number(0), A), number(1)), ["a"], True),
    (call("^", call("(", call("+", call("+", A, B), C)), number(2)),
     ["a", "b", "c", "a:b", "a:c", "b:c"], True),
    (call("/", A, B), ["a", "a:b"], True),
    (call("/", call("(", call("+", A, B)), C), ["a", "b", "a:b:c"], True),
    (call("*", call("*", A, B), C), ["a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"], True),
    (call("+", call("log", A), call("I", call("/", A, B))), ["log(a)", "I(a/b)"], True),
    (number(1), [], True),
    (call("-", number(1)), [], False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "labels", "intercept"), TERMS, ids=[deparse(t[0]) for t in TERMS]
)
def test_a_formula_is_written_out_as_r_does(right, labels, intercept):
    made = terms(formula(right))
    assert (made.labels, made.intercept) == (labels, intercept)


def test_the_response_is_no_term_and_comes_first_in_labels():
    made = terms(formula(call("+", A, call(":", A, B)), B))
    assert (made.labels, made.response) == (["a", "b:a"], B)
    assert terms(formula(n("."), A), ["a", "b", "c"]).labels == ["b", "c"]


# deparse(quote(…)) in R
LABELS = [
    (call("factor", A), "factor(a)"),
    (call("==", A, {"string": 'x"y'}), 'a == "x\\"y"'),
    (call("%in%", A, call(":", number(1), number(3))), "a %in% 1:3"),
    (call("-", A), "-a"),
    (call("!", call("is.na", A)), "!is.na(a)"),
    (call("/", call("(", call("+", A, number(0.5))), number(100000)), "(a + 0.5)/1e+05"),
    (call("^", A, number(2)), "a^2"),
    (call("[", A, number(1), {"empty": True}), "a[1, ]"),
    (call("[[", call("$", A, B), {"string": "c"}), 'a$b[["c"]]'),
    (n("(Intercept)"), "`(Intercept)`"),
    (call("&", call(">=", A, number(1e-10)), {"logical": True}), "a >= 1e-10 & TRUE"),
    ({"call": "cut", "args": [{"value": A}, {"key": "right", "value": {"logical": False}}]},
     "cut(a, right = FALSE)"),
    (call("~", A, B), "a ~ b"),
    (call("::", n("stats"), A), "stats::a"),
]  # fmt: skip


@pytest.mark.parametrize(("node", "label"), LABELS, ids=[label for _, label in LABELS])
def test_a_label_is_written_as_r_deparses(node, label):
    assert deparse(node) == label


DATA = Frame(
    {
        "sex": texts(["M", "F", "M", "F"]),
        "age": np.array([10.0, 2.0, 2.0, 10.0]),
        "yes": np.array([1.0, 0.0, math.nan, 1.0]),
        "edu": Factor([0, 2, 0, 2], ["low", "middle", "high"]),
        "town": texts(["T", "T", "T", "T"]),
    }
)
SEX, AGE, YES = n("sex"), n("age"), n("yes")


def test_survey_takes_a_number_as_it_is_and_a_column_for_each_level():
    names, values, complete = analysis_columns(
        formula(call("+", AGE, call("+", SEX, n("edu")))), DATA
    )
    assert names == ["age", "sexF", "sexM", "edulow", "edumiddle", "eduhigh"]
    assert values.tolist()[1] == [2, 1, 0, 0, 0, 1]
    assert complete.all()


def test_survey_takes_variables_and_not_terms():
    names, _, _ = analysis_columns(formula(call("*", AGE, SEX)), DATA)
    assert names == ["age", "sexF", "sexM"]


def test_a_missing_truth_value_leaves_its_row_incomplete():
    right = call("I", call("==", YES, number(1)))
    names, values, complete = analysis_columns(formula(right), DATA)
    assert names == ["I(yes == 1)FALSE", "I(yes == 1)TRUE"]
    assert complete.tolist() == [True, True, False, True]
    assert values[0].tolist() == [0, 1]
    assert np.isnan(values[2]).all()


def test_groups_go_by_the_first_variable_fastest_and_numbers_in_their_order():
    groups = by_groups(formula(call("+", AGE, SEX)), DATA)
    assert groups.combined.levels == ["2.F", "10.F", "2.M", "10.M"]
    found = groups.occurring()
    assert [group.label for group in found] == ["2.F", "10.F", "2.M", "10.M"]
    assert found[1].keys == {"age": "10", "sex": "F"}
    assert found[1].rows.tolist() == [False, False, False, True]


def test_groups_that_do_not_occur_are_left_out():
    assert [g.label for g in by_groups(formula(n("edu")), DATA).occurring()] == ["low", "high"]
    counted = np.array([True, False, True, False])
    assert [g.label for g in by_groups(formula(n("edu")), DATA).occurring(counted)] == ["low"]
    assert [g.label for g in by_groups(formula(YES), DATA).occurring()] == ["0", "1"]


def test_groups_may_be_a_list_of_vectors():
    groups = by_groups(RList([DATA["sex"]], ["who"]), DATA)
    assert [group.keys for group in groups.occurring()] == [{"who": "F"}, {"who": "M"}]


def test_a_model_matrix_keeps_incomplete_rows_as_nan():
    made = model_matrix(formula(call("+", SEX, YES)), DATA)
    assert made.names == ["(Intercept)", "sexM", "yes"]
    assert made.assign.tolist() == [0, 1, 2]
    assert made.complete.tolist() == [True, True, False, True]
    assert np.isnan(made.values[2]).all()
    assert as_r_matrix(made, DATA).rownames == ["1", "2", "4"]


def test_unused_levels_are_dropped_where_asked_for():
    assert model_matrix(formula(n("edu")), DATA).names == ["(Intercept)", "edumiddle", "eduhigh"]
    dropped = model_matrix(formula(n("edu")), DATA, drop_unused=True)
    assert dropped.names == ["(Intercept)", "eduhigh"]
    assert dropped.levels == {"edu": ["low", "high"]}


def test_levels_can_be_those_of_an_earlier_fit():
    few = DATA.take([1, 3])
    made = model_matrix(formula(SEX), few, levels={"sex": ["F", "M"]})
    assert made.values.tolist() == [[1, 0], [1, 0]]


def test_a_factor_of_one_level_has_no_contrasts():
    with pytest.raises(RError, match="2 or more levels: town"):
        model_matrix(formula(n("town")), DATA)


def test_a_variable_is_looked_up_in_the_data_and_then_where_the_formula_was_written():
    here = Environment(values={"other": np.array([1.0, 2.0, 3.0, 4.0]), "sex": texts(["?"])})
    made = model_matrix(Formula(None, call("+", SEX, n("other")), here), DATA)
    assert made.names == ["(Intercept)", "sexM", "other"]
