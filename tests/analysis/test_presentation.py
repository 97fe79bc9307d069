"""What may be shown, and what a figure decides."""

import pytest

from analysis.presentation import (
    Decision,
    Display,
    Position,
    decide,
    position,
    present_rate,
    present_score,
    present_without_spread,
    tipping_point,
)
from tests.analysis.r_survey import result

GOOD = {"p": 0.5, "n": 100, "edge": False, "df": 20.0, "n_eff": 90.0, "width": 0.2}


@pytest.mark.parametrize(
    ("change", "display", "reason"),
    [
        ({}, "show", "ok"),
        ({"n": 29}, "suppress", "n<30"),
        ({"n": 29, "n_eff": 20.0, "edge": True}, "suppress", "n<30"),
        ({"n": 30, "n_eff": 30.0}, "show", "ok"),
        ({"n_eff": 29.9, "edge": True}, "suppress", "n_eff<30"),
        ({"edge": True, "width": 0.01, "df": 3.0}, "review", "events=0"),
        ({"width": 0.05, "p": 0.01}, "show", "width<=0.05"),
        ({"width": 0.05, "df": 7.9}, "review", "df<8"),
        ({"width": 0.30, "df": 3.0}, "suppress", "width>=0.30"),
        ({"width": 0.299, "p": 0.299 / 1.301}, "suppress", "width/p>1.30"),
        ({"width": 0.13, "p": 0.1}, "show", "ok"),
        ({"df": 7.99}, "review", "df<8"),
        ({"df": 8.0}, "show", "ok"),
    ],
)
def test_a_rate_is_shown_by_the_rules_in_their_order(change, display, reason):
    shown = present_rate(**(GOOD | change), minimum_n=30)
    assert (shown.display, shown.reason) == (display, reason)


def test_the_study_may_ask_for_another_number():
    assert present_rate(**(GOOD | {"n": 24}), minimum_n=25).reason == "n<25"


def test_the_rules_agree_with_an_independent_program_of_the_standard():
    expected = result("nchs-001")
    for k, shown in enumerate(expected["present"]):
        width = expected["width"][k]
        found = present_rate(
            p=expected["p"][k], n=expected["n"][k], edge=expected["flag_0_or_1"][k],
            df=expected["df"][k], n_eff=expected["n_eff"][k], width=width, minimum_n=30,
        )  # fmt: skip
        assert (found.display is not Display.SUPPRESS) == shown


@pytest.mark.parametrize(
    ("change", "display", "reason"),
    [
        ({}, "show", "ok"),
        ({"n": 29}, "suppress", "n<30"),
        ({"width": 20.0}, "suppress", "width>=0.20"),
        ({"width": 19.9, "df": 7.0}, "review", "df<8"),
    ],
)
def test_a_score_is_shown_by_the_width_of_its_range(change, display, reason):
    shown = present_score(**({"n": 100, "df": 9.0, "width": 5.0} | change), scale=100, minimum_n=30)
    assert (shown.display, shown.reason) == (display, reason)


def test_one_cluster_is_never_shown():
    assert present_without_spread(n=29, minimum_n=30).reason == "n<30"
    assert present_without_spread(n=30, minimum_n=30).reason == "df=0"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.9, 1.0, "above"), (0.8, 0.9, "straddles"), (0.8, 0.89, "below"), (0.89, 0.91, "straddles")],
)
def test_a_limit_on_the_target_is_not_below_it(low, high, expected):
    assert position(low, high, 0.9) == expected


def test_verdicts_change_places_where_lower_is_better_and_only_probability_samples_have_them():
    def verdict(where, lower, probability=True):
        return decide(where, lower_is_better=lower, probability=probability)

    assert verdict(Position.ABOVE, lower=False) is Decision.MET
    assert verdict(Position.BELOW, lower=False) is Decision.NOT_MET
    assert verdict(Position.ABOVE, lower=True) is Decision.NOT_MET
    assert verdict(Position.BELOW, lower=True) is Decision.MET
    assert verdict(Position.STRADDLES, lower=True) is Decision.UNDECIDED
    for where in Position:
        assert verdict(where, lower=False, probability=False) is Decision.INDICATIVE


def test_at_the_tipping_point_the_whole_is_at_the_target():
    rest = tipping_point(0.9, 0.95, 200, 1000)
    assert 0.2 * 0.95 + 0.8 * rest == pytest.approx(0.9, rel=1e-15)
    assert tipping_point(0.9, 0.95, 1000, 1000) is None
