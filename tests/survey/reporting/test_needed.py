"""How many more answers: an order of magnitude that errs on the wide side."""

import pytest

from survey.reporting.needed import answers_needed, households_to_draw


def test_an_interval_twice_as_wide_as_the_gap_needs_four_times_the_answers():
    assert answers_needed(estimate=0.88, low=0.80, high=0.92, n=100, target=0.90) == 300
    assert answers_needed(estimate=0.92, low=0.88, high=0.94, n=100, target=0.90) == 300


def test_the_side_of_the_interval_that_holds_the_target_counts():
    above = answers_needed(estimate=0.92, low=0.88, high=0.99, n=100, target=0.90)
    assert above == answers_needed(estimate=0.92, low=0.88, high=0.93, n=100, target=0.90)


def test_two_digits_are_all_that_is_known_and_they_round_up():
    number = answers_needed(estimate=0.8862, low=0.862, high=0.9075, n=1020, target=0.9)
    assert number == 1500
    exact = 1020 * ((0.9075 - 0.8862) / (0.9 - 0.8862)) ** 2 - 1020
    assert exact == pytest.approx(1410, abs=5)


def test_a_figure_at_its_target_never_gets_a_promise():
    assert answers_needed(estimate=0.9, low=0.88, high=0.92, n=100, target=0.9) is None
    assert answers_needed(estimate=0.8999, low=0.88, high=0.92, n=100, target=0.9) is None


def test_the_hardest_target_sets_the_size_of_a_new_sample():
    variance = 0.6 * 0.4
    assert households_to_draw([0.9, 0.6, 1.0]) == pytest.approx(
        2 * variance * (1.96 / 0.03) ** 2, abs=100
    )
    assert households_to_draw([]) is None
    assert households_to_draw([1.0]) is None
