"""How many more answers: an order of magnitude with the promise of analysis.decision."""

import pytest

from analysis.decision import MeasuredMean, interviews_to_decide
from analysis.intervals import Measured
from survey.reporting.needed import answers_needed, households_to_draw

AWARE = Measured(p=0.8862, se=0.0115, n=1020, k=904, df=40)


def test_the_number_is_that_of_the_decision_in_two_digits_rounded_up():
    exact = interviews_to_decide(AWARE, 0.9)
    shown = answers_needed(AWARE, 0.9)
    assert exact <= shown < 1.1 * exact
    assert str(shown).rstrip("0") == str(shown)[:2]


def test_a_figure_at_its_target_never_gets_a_promise():
    assert answers_needed(AWARE, 0.8862) is None
    assert answers_needed(AWARE, 0.887) is None


def test_a_score_has_a_number_of_its_own():
    assert answers_needed(MeasuredMean(68.0, 1.0, 1000, 40), 70.0) > 0


def test_a_target_that_no_interval_excludes_has_none():
    assert answers_needed(AWARE, 1.0) is None


def test_the_hardest_target_sets_the_size_of_a_new_sample():
    variance = 0.6 * 0.4
    assert households_to_draw([0.9, 0.6, 1.0]) == pytest.approx(
        2 * variance * (1.96 / 0.03) ** 2, abs=100
    )
    assert households_to_draw([]) is None
    assert households_to_draw([1.0]) is None
