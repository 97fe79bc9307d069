"""Distinct combinations and crossed columns."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analysis.cells import Column, Tally, joint

TEXTS = st.lists(st.tuples(*[st.sampled_from(["", "甲", "b", "10", "9"])] * 3), min_size=1)


def spelled(column):
    return [column.values[code] if code >= 0 else "" for code in column.codes.tolist()]


def combinations(tally):
    names = sorted(tally.columns)
    texts = zip(*(spelled(tally.columns[name]) for name in names), strict=True)
    return dict(zip(texts, tally.counts.tolist(), strict=True))


@given(TEXTS, st.randoms(use_true_random=False))
def test_a_tally_counts_each_combination_whatever_the_order(rows, random):
    def tally(of):
        return Tally.build(dict(zip("abc", map(list, zip(*of, strict=True)), strict=True)))

    shuffled = list(rows)
    random.shuffle(shuffled)
    found = combinations(tally(rows))
    assert found == {row: rows.count(row) for row in set(rows)}
    assert list(found) == list(combinations(tally(shuffled)))
    assert tally(rows).n == len(rows)


def test_counted_rows_add_up():
    tally = Tally.build({"a": ["x", "y", "x"]}, [2, 3, 4])
    assert combinations(tally) == {("x",): 6, ("y",): 3}


@given(TEXTS)
def test_a_crossed_column_joins_values_and_is_missing_where_a_part_is(rows):
    columns = [Column.of(list(texts)) for texts in zip(*rows, strict=True)]
    found = joint(columns)
    assert spelled(found) == ["*".join(row) if all(row) else "" for row in rows]
    assert all(left < right for left, right in pairwise(found.values))
    assert set(found.values) == set(spelled(found)) - {""}


def test_a_mapped_column_is_missing_where_the_rule_is_silent():
    column = Column.of(["1", "2", "3", ""]).mapped({"1": "young", "2": "young", "4": "old"})
    assert spelled(column) == ["young", "young", "", ""]
    assert column.lookup({"young": 1.0}, -1.0).tolist() == [1, 1, -1, -1]
