"""Comparing results: what agrees, what does not, and how the place is told."""

import math

import numpy as np
import pytest

from tests.reference.results import check_edge, compare


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (1.0, 1.0 + 5e-9),
        (None, None),
        (None, math.nan),
        (None, -math.inf),
        (3, [3.0]),
        ([3], 3.0),
        ([[3]], 3.0),
        (3, [[3]]),
        ([[3]], [3]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"1": 4}, {1: 4}),
        (["1", "2"], [1, 2.0]),
        ("0.5", 0.5),
        (True, True),
        ([], []),
        ([1e6, 0], [1e6, 9e-7]),
    ],
)
def test_what_agrees(expected, found):
    assert compare(expected, found, 1e-8).ok


@pytest.mark.parametrize(
    ("expected", "found", "message"),
    [
        (1.0, 1.0 + 2e-8, "result: expected 1.0"),
        (1.0, None, "result: expected 1.0, found None"),
        (None, 1.0, "result: expected None, found 1.0"),
        ([1, 2], [1], "result: expected 2 elements, found 1"),
        ([1, 2], 1, "result: expected [1, 2], found 1"),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5]], "[1][1]: expected 4.0"),
        ([[1, 2]], [1, 2], "result: expected 1 elements, found 2"),
        ({"a": 1}, {"b": 1}, "a: is missing; found ['b']"),
        ({"a": {"b": [1]}}, {"a": {"b": [2]}}, "a.b[0]: expected 1.0, found 2.0"),
        ({"a": 1}, [1], "result: expected the keys ['a'], found [1]"),
        ("x", "y", "result: expected 'x', found 'y'"),
        (True, 1, "result: expected True, found 1"),
        (True, False, "result: expected True, found False"),
        (1, {"a": 1}, "result: expected 1, found {'a': 1}"),
    ],
)
def test_what_disagrees_is_told_with_its_place(expected, found, message):
    comparison = compare(expected, found, 1e-8)
    assert not comparison.ok
    assert comparison.message.startswith(message)


def test_the_worst_relative_error_is_reported():
    assert compare([1.0, 4.0], [1.0, 4.0 + 4e-9], 1e-8).worst == pytest.approx(1e-9, rel=1e-6)
    assert compare([1.0], [1.0, 2.0], 1e-8).worst == math.inf


def test_rounding_beside_a_large_value_is_no_error():
    assert compare([1e8, 1e-6], [1e8, 2e-6], 1e-8) == compare([1.0], [1.0], 1e-8)


def test_arrays_count_as_lists():
    assert compare([[1, 2]], np.array([[1.0, 2.0]]), 1e-8).ok
    assert check_edge({"ci": np.array([0.9, 1.0])}).ok


@pytest.mark.parametrize("found", [{"ci": [0, 0.2]}, {"ci": [[0.9, 1.0]]}, [0.1, 0.2]])
def test_an_interval_at_the_edge_is_finite_and_wide(found):
    assert check_edge(found).ok


@pytest.mark.parametrize(
    "found",
    [{"ci": [0, 0]}, {"ci": [None, None]}, {"ci": [-0.1, 0.2]}, {"ci": [0.2, math.inf]}, {}],
)
def test_an_interval_at_the_edge_is_refused(found):
    assert not check_edge(found).ok
