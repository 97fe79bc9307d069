"""Base weights and trimming."""

import numpy as np
import pytest

from analysis.cells import Column
from analysis.errors import TrimmingImpossible
from analysis.weighting import population_weights, trim
from tests.analysis.r_survey import Design, result


def test_population_weights_by_hand_and_their_sum():
    stratum = Column.of(["a", "a", "b"])
    counts = np.array([2, 1, 4])
    weights = population_weights(stratum, {"a": 30.0, "b": 8.0}, counts, None)
    assert weights.tolist() == [10, 10, 2]
    factor = population_weights(stratum, {"a": 30.0, "b": 8.0}, counts, np.array([1.0, 3.0, 2.0]))
    assert factor.tolist() == [6, 18, 2]
    for found in (weights, factor):
        assert (found * counts)[:2].sum() == 30


def test_trimming_is_that_of_r_strict():
    sample, expected = Design("syn_a2"), result("trim-002")
    cap = max(expected["weights"])
    trimmed, capped = trim(sample.base, sample.tally.counts, cap / sample.base.mean())
    assert sorted(trimmed) == pytest.approx(sorted(expected["weights"]), rel=1e-12)
    assert capped == sum(weight == cap for weight in expected["weights"])
    assert trimmed.sum() == pytest.approx(sample.base.sum(), rel=1e-14)


def test_trimming_is_repeated_while_the_excess_lifts_others_over_the_cap():
    counts = np.array([1, 1, 2])
    trimmed, capped = trim(np.array([10.0, 4.9, 0.05]), counts, 4 / 3)
    assert trimmed == pytest.approx([5.0, 5.0, 2.5])
    assert capped == 2


def test_weights_at_the_cap_are_not_capped():
    trimmed, capped = trim(np.array([3.0, 1.0, 1.0, 1.0]), np.ones(4, int), 2.0)
    assert (trimmed.tolist(), capped) == ([3, 1, 1, 1], 0)


def test_a_cap_that_all_are_above_is_refused():
    with pytest.raises(TrimmingImpossible):
        trim(np.array([1.0, 2.0]), np.ones(2, int), 0.5)
