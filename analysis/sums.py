"""One pass over coded respondents: the sums from which rates and their errors follow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.cells import Floats, Ints
from analysis.errors import DesignFaulty

Codes = NDArray[np.integer]
CHUNK = 1 << 18  # rows that are folded at a time: their keys stay in the processor's cache
MOST_CELLS = 1 << 19  # of one table; more outcomes than fit are folded in turns
ROWS_A_CELL = 8  # with fewer rows, summing a joint table costs more than folding in turns


@dataclass(frozen=True, slots=True)
class Coded:
    """R respondents of a stratified sample of P clusters, as integer codes.

    Attributes
    ----------
    cluster : int array, shape (R,)
    stratum : int array, shape (P,)
        Stratum of each cluster; the clusters of a stratum are all that were drawn.
    domain : int array, shape (R,) or (P,)
        Domain of each respondent, or of each cluster where its respondents share it; -1 for none.
    answers : tuple of int array, each of shape (R,)
        For each of J rates 1 for yes, 0 for no, -1 for no answer.
    weight : float array, shape (R,)
        Base weights.
    count : int array, shape (R,), optional
        Respondents behind each row where a database has grouped them already;
        ``weight`` is then their sum.
    """

    cluster: Codes
    stratum: Codes
    domain: Codes
    answers: tuple[Codes, ...]
    weight: Floats
    count: Codes | None = None

    def __post_init__(self) -> None:
        rows, clusters = self.cluster.size, self.stratum.size
        if self.domain.size not in {rows, clusters} or self.weight.shape != (rows,):
            raise DesignFaulty("a domain for each respondent or cluster and a weight each expected")
        if rows == clusters and not np.array_equal(self.cluster, np.arange(clusters)):
            raise DesignFaulty("as many respondents as clusters: list them in the clusters' order")
        if not self.answers:
            raise DesignFaulty("answers to at least one question expected")
        require_codes("cluster", self.cluster, 0, clusters - 1)
        require_codes("stratum", self.stratum, 0, None)
        require_codes("domain", self.domain, -1, None)
        if rows and not (self.weight.min() > 0 and np.isfinite(self.weight.sum())):
            raise DesignFaulty("weight: finite numbers above 0 expected")
        for codes in self.answers:
            if codes.shape != (rows,):
                raise DesignFaulty(f"answers of {rows} respondents expected, found {codes.shape}")
            require_codes("answers", codes, -1, 1)

    @property
    def by_cluster(self) -> bool:
        """Whether the domains are unions of clusters."""
        return self.domain.size == self.stratum.size


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the respondents of each pair of a cluster and a domain; N pairs, J rates.

    Attributes
    ----------
    cluster, domain : int arrays, shape (N,)
    stratum : int array, shape (P,)
    yes, answered : float arrays, shape (N, J)
        Sums of weights of those who said yes, and of all who answered.
    hits, n : int arrays, shape (N, J)
        Their numbers.
    """

    cluster: Ints
    domain: Ints
    stratum: Ints
    yes: Floats
    answered: Floats
    hits: Ints
    n: Ints

    @property
    def domains(self) -> int:
        return int(self.domain.max(initial=-1)) + 1


def require_codes(name: str, codes: Codes, least: int, most: int | None) -> None:
    """Refuse codes outside a range; in a joint table they would pass for other codes.

    Raises
    ------
    DesignFaulty
        Names the column, the range and a code outside it.
    """
    if not codes.size:
        return
    low, high = int(codes.min()), int(codes.max())
    if low < least or (most is not None and high > most):
        found = low if low < least else high
        expected = f"{least} or above" if most is None else f"{least} to {most}"
        raise DesignFaulty(f"{name}: codes {expected} expected, found {found}")


def fold(axes: Sequence[tuple[Codes, int]], weight: Floats | None = None) -> Floats:
    """Sums of ``weight`` over the rows by joint codes, or their numbers; one axis for each column.

    Parameters
    ----------
    axes
        Columns of codes 0, 1, …, each of shape (R,), and the number of codes of each.

    Returns
    -------
    array with the sizes of the columns as its shape
    """
    sizes = tuple(size for _, size in axes)
    cells = int(np.prod(sizes))
    table = np.zeros(cells)
    for rows in _chunks(axes[0][0].size, cells):
        key = _keys([(codes[rows], size) for codes, size in axes])
        given = None if weight is None else weight[rows]
        table = table + np.bincount(key, weights=given, minlength=cells)
    return np.asarray(table.reshape(sizes), float)


def look_up(axes: Sequence[tuple[Codes, int]], table: Floats) -> Floats:
    """What a table with one axis for each column holds for each row, shape (R,)."""
    found = np.empty(axes[0][0].size)
    flat = table.ravel()
    for rows in _chunks(found.size, 0):
        found[rows] = flat[_keys([(codes[rows], size) for codes, size in axes])]
    return found


def _chunks(rows: int, cells: int) -> Iterator[slice]:
    step = max(CHUNK, 2 * cells)
    for start in range(0, rows, step):
        yield slice(start, start + step)


def _keys(axes: Sequence[tuple[Codes, int]]) -> Ints:
    key = axes[0][0].astype(np.int64)
    for codes, size in axes[1:]:
        key *= size
        np.add(key, codes, out=key, casting="unsafe")
    return key


def add_up(coded: Coded, weight: Floats | None = None) -> Sums:
    """The sums that rates in domains need, by one pass over the respondents.

    Parameters
    ----------
    weight : float array, shape (R,), optional
        Final weights; the base weights without it.

    Notes
    -----
    All respondents of one cluster, one domain and the same answers are counted
    and weighed together; what follows does not depend on their number.
    """
    weights = coded.weight if weight is None else weight
    pairing = _Pairing.of(coded)
    yes, answered, hits, n = [], [], [], []
    most = min(MOST_CELLS, coded.cluster.size // ROWS_A_CELL)
    for block in _blocks(coded.answers, pairing.cluster.size, most):
        sums, numbers = _fold_answers(pairing, block, weights, coded.count)
        for axis in range(len(block)):
            by_code = _of_one(sums, axis)
            yes.append(by_code[:, 1])
            answered.append(by_code[:, :2].sum(axis=1))
            by_code = _of_one(numbers, axis)
            hits.append(by_code[:, 1])
            n.append(by_code[:, :2].sum(axis=1))
    return Sums(
        pairing.cluster,
        pairing.domain,
        np.asarray(coded.stratum, np.int64),
        np.stack(yes, axis=1),
        np.stack(answered, axis=1),
        np.stack(hits, axis=1).astype(np.int64),
        np.stack(n, axis=1).astype(np.int64),
    )


def _of_one(table: Floats, axis: int) -> Floats:
    """A table by pair and joint answers, summed to pair and answer of one outcome."""
    others = tuple(k + 1 for k in range(table.ndim - 1) if k != axis)
    return np.asarray(table.sum(axis=others), float)


Block = list[tuple[Codes, int]]  # answers and their number of codes: 2, or 3 with "no answer"


def _blocks(answers: Sequence[Codes], pairs: int, most: int) -> Iterator[Block]:
    block: Block = []
    cells = pairs
    for codes in answers:
        base = 3 if codes.min(initial=0) < 0 else 2
        if block and cells * base > most:
            yield block
            block, cells = [], pairs
        block.append((codes, base))
        cells *= base
    if block:
        yield block


@dataclass(frozen=True, slots=True)
class _Pairing:
    """The pairs of a cluster and a domain that have respondents.

    Attributes
    ----------
    cluster, domain : int arrays, shape (N,)
    place : int array or None
        Pair by joint code, -1 for none; None where the cluster is the pair.
    """

    coded: Coded
    cluster: Ints
    domain: Ints
    place: Ints | None

    @classmethod
    def of(cls, coded: Coded) -> "_Pairing":
        clusters = coded.stratum.size
        domain = np.asarray(coded.domain, np.int64)
        if coded.by_cluster and (domain >= 0).all():
            return cls(coded, np.arange(clusters), domain, None)
        size = int(domain.max(initial=0)) + 1
        present = np.zeros(clusters * size + 1, bool)
        for rows in _chunks(coded.cluster.size, 0):
            present[_joint(coded, size, rows)] = True
        present[-1] = False
        found = np.flatnonzero(present)
        place = np.where(present, np.cumsum(present) - 1, -1)
        return cls(coded, found // size, found % size, place)

    def pairs(self, rows: slice) -> Ints:
        """The pair of each of these rows, -1 outside."""
        if self.place is None:
            return self.coded.cluster[rows].astype(np.int64)
        size = (self.place.size - 1) // self.coded.stratum.size
        return self.place[_joint(self.coded, size, rows)]


def _joint(coded: Coded, size: int, rows: slice) -> Ints:
    """Joint codes of cluster and domain; the last one for respondents outside."""
    cluster = coded.cluster[rows]
    domain = (coded.domain[cluster] if coded.by_cluster else coded.domain[rows]).astype(np.int64)
    key = cluster.astype(np.int64) * size + domain
    return np.where(domain < 0, coded.stratum.size * size, key)


def _fold_answers(
    pairing: _Pairing, block: Block, weights: Floats, count: Codes | None
) -> tuple[Floats, Floats]:
    """Sums of weights and numbers by pair and joint answers, shape (N, base, base, …)."""
    shape = (pairing.cluster.size, *[base for _, base in block])
    cells = int(np.prod(shape))
    sums, numbers = np.zeros(cells), np.zeros(cells)
    for rows in _chunks(weights.size, cells):
        pair = pairing.pairs(rows)
        key = pair.copy()
        for codes, base in block:
            key *= base
            answer = codes[rows] if base == 2 else codes[rows] % 3  # -1 becomes 2
            # Unsafe only for what is no code: uint64 beyond int64.
            np.add(key, answer, out=key, casting="unsafe")
        weight, times = weights[rows], None if count is None else count[rows]
        if (inside := pair >= 0).all():
            sums += np.bincount(key, weight, minlength=cells)
        else:
            key, times = key[inside], None if times is None else times[inside]
            sums += np.bincount(key, weight[inside], minlength=cells)
        numbers += np.bincount(key, times, minlength=cells)
    return sums.reshape(shape), numbers.reshape(shape)
