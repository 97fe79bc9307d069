"""How answers become numbers."""

import pytest

from analysis.cells import Tally
from analysis.indicators import Indicator, IndicatorKind, code_answers


def indicator(kind, questions, *, numerator="", denominator, scores=None, weights=(), multiple=()):
    return Indicator(
        code="X", name_zh="", name_en="", kind=IndicatorKind(kind), questions=tuple(questions),
        multiple=frozenset(multiple), numerator=frozenset(numerator.split()),
        denominator=frozenset(denominator.split()), scores=scores or {}, weights=weights,
        target=None, note="", lower_is_better=False,
    )  # fmt: skip


def coded(one, **columns):
    """(numerator, denominator) of each answer, in the order of the sorted tally."""
    found = code_answers(one, Tally.build(columns))
    return list(zip(found.numerator.tolist(), found.denominator.tolist(), strict=True))


def test_a_code_outside_the_denominator_is_left_out_even_if_it_is_a_numerator_code():
    one = indicator("rate", ["q"], numerator="a z", denominator="a b")
    assert coded(one, q=["a", "b", "c", "z"]) == [(1, 1), (0, 1), (0, 0), (0, 0)]


def test_a_missing_answer_is_left_out():
    one = indicator("rate", ["q"], numerator="a", denominator="a b")
    assert coded(one, q=["", "a"]) == [(0, 0), (1, 1)]


def test_of_several_answers_any_counts():
    one = indicator("rate", ["q"], numerator="x y", denominator="x y n", multiple=["q"])
    assert coded(one, q=["dk", "dk n", "n", "x y", "z y"]) == [
        (0, 0), (0, 1), (0, 1), (1, 1), (1, 1),
    ]  # fmt: skip


def test_a_score_is_the_points_of_a_denominator_code():
    one = indicator("score", ["q"], denominator="1 2", scores={"1": 100, "2": -40, "3": 7})
    assert coded(one, q=["1", "2", "3"]) == [(100, 1), (-40, 1), (0, 0)]
    assert (one.range, one.largest) == (140, 100)


def test_an_index_scales_the_weights_of_the_items_answered_to_one():
    one = indicator(
        "index", ["p", "q"], denominator="1 2", scores={"1": 100, "2": 0, "9": 5}, weights=(3, 1)
    )
    found = coded(one, p=["", "1", "1", "9"], q=["9", "2", "9", "1"])
    assert found == [(0, 0), (75, 1), (100, 1), (100, 1)]


@pytest.mark.parametrize(("kind", "target", "value"), [("rate", 90, 0.9), ("score", 80, 80)])
def test_a_target_is_in_percent_for_a_rate(kind, target, value):
    one = indicator(kind, ["q"], denominator="1")
    with_target = Indicator(
        **{name: getattr(one, name) for name in one.__slots__} | {"target": target}
    )
    assert with_target.target_value == value
    assert one.target_value is None
