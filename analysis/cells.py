"""Distinct combinations of the columns a plan uses, with counts: the sufficient data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """A text column, coded.

    Attributes
    ----------
    codes : int array, shape (R,)
        Position in ``values``; -1 where the value is missing.
    values : tuple of str
        The distinct values that are present, sorted as text, without "".
    """

    codes: Ints
    values: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Column":
        """Code a column of texts; "" is missing."""
        values = tuple(sorted(set(texts) - {""}))
        position = {value: code for code, value in enumerate(values)} | {"": -1}
        return cls(np.fromiter((position[text] for text in texts), np.int64, len(texts)), values)

    def mapped(self, rule: Mapping[str, str]) -> "Column":
        """The column with each value replaced by ``rule``; a value not in it is missing."""
        values = tuple(sorted({rule[value] for value in self.values if value in rule} - {""}))
        position = {value: code for code, value in enumerate(values)}
        table = np.array(
            [position.get(rule.get(value, ""), -1) for value in self.values] + [-1], np.int64
        )
        return Column(table[self.codes], values)

    def lookup(self, table: Mapping[str, float], missing: float) -> Floats:
        """Numbers for the values; ``missing`` where the value is missing or not in ``table``."""
        numbers = [table.get(value, missing) for value in self.values]
        return np.array([*numbers, missing], float)[self.codes]

    def take(self, keep: NDArray[np.bool_]) -> "Column":
        """The rows of ``keep``; values stay as they are."""
        return Column(self.codes[keep], self.values)


@dataclass(frozen=True, slots=True)
class Tally:
    """Distinct combinations of columns and how many respondents have each.

    The rows are sorted, so the same respondents give the same tally whatever
    their order and wherever they are stored; every sum over it is then the
    same to the last bit.
    """

    columns: Mapping[str, Column]
    counts: Ints

    @classmethod
    def build(
        cls, columns: Mapping[str, Sequence[str]], counts: Sequence[int] | None = None
    ) -> "Tally":
        """Tally rows given by column; ``counts`` when the rows are counted already."""
        names = sorted(columns)
        coded = [Column.of(columns[name]) for name in names]
        length = len(columns[names[0]])
        given = np.ones(length, np.int64) if counts is None else np.asarray(counts, np.int64)
        if not length:
            return cls(dict(zip(names, coded, strict=True)), given)
        matrix = np.stack([column.codes for column in coded])
        order = np.lexsort(matrix[::-1])
        ordered = matrix[:, order]
        starts = np.flatnonzero(
            np.concatenate(([True], (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)))
        )
        totals = np.add.reduceat(given[order], starts)
        distinct = ordered[:, starts]
        tallied = {
            name: Column(distinct[i], column.values)
            for i, (name, column) in enumerate(zip(names, coded, strict=True))
        }
        return cls(tallied, totals)

    @property
    def n(self) -> int:
        """Respondents."""
        return int(self.counts.sum())

    def take(self, keep: NDArray[np.bool_]) -> "Tally":
        """The combinations of ``keep``."""
        return Tally(
            {name: column.take(keep) for name, column in self.columns.items()}, self.counts[keep]
        )


def joint(columns: Sequence[Column]) -> Column:
    """The crossed column, values joined by ``*``; missing where any part is missing."""
    if len(columns) == 1:
        return columns[0]
    codes = columns[0].codes
    size = 1
    values: list[str] = list(columns[0].values)
    missing = codes < 0
    for column in columns[1:]:
        size = max(len(column.values), 1)
        missing = missing | (column.codes < 0)
        codes = codes * size + column.codes
        values = [f"{left}*{right}" for left in values for right in column.values]
    present = np.unique(codes[~missing])
    texts = [values[code] for code in present.tolist()]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), np.int64)
    rank[order] = np.arange(len(texts))
    found = np.full(codes.shape, -1, np.int64)
    found[~missing] = rank[np.searchsorted(present, codes[~missing])]
    return Column(found, tuple(texts[i] for i in order))
