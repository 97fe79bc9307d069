"""AAPOR outcome rates."""

import pytest

from analysis.outcomes import outcome_rates

NUMBERS = {"I": 50, "P": 5, "R": 20, "NC": 15, "O": 10, "UH": 30, "UO": 20, "NE": 25}


def test_the_rates_by_hand():
    rates = outcome_rates(NUMBERS)
    assert rates["e"] == 100 / 125
    assert [rates[f"RR{k}"] for k in range(1, 7)] == [
        50 / 150, 55 / 150, 50 / 140, 55 / 140, 50 / 100, 55 / 100,
    ]  # fmt: skip
    assert [rates[f"COOP{k}"] for k in range(1, 5)] == [50 / 85, 55 / 85, 50 / 75, 55 / 75]
    assert [rates[f"REF{k}"] for k in range(1, 4)] == [20 / 150, 20 / 140, 20 / 100]
    assert [rates[f"CON{k}"] for k in range(1, 4)] == [85 / 150, 85 / 140, 85 / 100]


def test_a_class_not_given_is_zero_and_nothing_is_divided_by_it():
    rates = outcome_rates({"I": 10})
    assert (rates["RR1"], rates["REF1"]) == (1, 0)
    assert set(outcome_rates({}).values()) == {None}
    unknown = outcome_rates({"UH": 5})
    assert (unknown["RR1"], unknown["e"], unknown["RR3"]) == (0, None, None)


def test_refusals_contacts_and_answers_share_one_whole():
    rates = outcome_rates(NUMBERS | {"NC": 0, "O": 0, "UH": 0, "UO": 0})
    assert rates["RR2"] + rates["REF1"] == pytest.approx(1)
