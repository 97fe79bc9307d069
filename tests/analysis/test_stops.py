"""The search for a zero ends within its tolerance, on any function that changes sign."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stops import zero

FUNCTIONS = {
    "cubic": (lambda x: x**3 - 2 * x - 5, 2.0, 3.0, 2.0945514815423265),
    "steep": (lambda x: math.tanh(50 * (x - 0.3)), 0.0, 10.0, 0.3),
    "flat": (lambda x: (x - 1) ** 9, -3.0, 2.5, 1.0),
    "poles": (lambda x: 1 / (1 - x) - 3 / (1 + x), -0.99, 0.99, 0.5),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("tolerance", [1e-3, 1e-8, 1e-14])
def test_a_zero_is_found_within_the_tolerance(name, tolerance):
    function, low, high, expected = FUNCTIONS[name]
    found = zero(function, low, high, tolerance)
    if name != "flat":
        assert found == pytest.approx(expected, abs=max(tolerance, 1e-14))
    assert abs(function(found)) <= max(abs(function(expected + s * tolerance)) for s in (-2, 2))


def test_an_end_that_is_a_zero_is_taken():
    assert zero(lambda x: x - 1.0, 0.0, 1.0, 1e-8) == 1.0


@given(st.floats(-5, 5), st.floats(0.1, 10))
def test_the_zero_of_a_line(place, slope):
    assert zero(lambda x: slope * (x - place), -6.0, 7.0, 1e-10) == pytest.approx(place, abs=1e-9)
