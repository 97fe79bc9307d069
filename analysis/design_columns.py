"""A design from plain columns: labels to stages, populations to sampled shares, weights."""

from collections.abc import Sequence
from math import isnan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.cells import Floats, Ints
from analysis.design import Design
from analysis.errors import DesignFaulty
from analysis.strata import Lonely, Stage


def build_design(
    *,
    weights: ArrayLike | None = None,
    strata: ArrayLike | Sequence[ArrayLike] | None = None,
    clusters: ArrayLike | Sequence[ArrayLike] | None = None,
    fpc: ArrayLike | Sequence[ArrayLike] | None = None,
    probabilities: ArrayLike | None = None,
    nest: bool = False,
    rows: int | None = None,
    counts: ArrayLike | None = None,
    lonely: Lonely = Lonely.FAIL,
    lonely_in_domain: bool = False,
) -> Design:
    """A design from plain columns of R rows; stage by stage where there are several.

    Parameters
    ----------
    weights
        Weight of one respondent of each row. Without it weights follow from ``fpc`` or
        ``probabilities``; without all three they are 1.
    strata, clusters
        Labels; a sequence of columns for several stages. Without clusters each
        respondent is a unit.
    fpc
        Population sizes of the strata (all at least 1), or sampled fractions (all at
        most 1), for the first stages; without it units count as drawn with replacement.
    probabilities
        Inclusion probabilities of the units, drawn without replacement with unequal
        probabilities; the variance is Brewer's approximation.
    nest
        Whether equal cluster labels in different strata are different clusters.
    rows, counts
        Number of rows when no column tells it; respondents behind each row (1).

    Raises
    ------
    DesignFaulty
        Columns of different lengths, missing labels, weights that are negative or not
        finite, clusters across strata, a population smaller than its sample.

    Notes
    -----
    Brewer (1975): each unit's squared deviation times 1 minus its probability.
    """
    stratum_columns, cluster_columns = _columns(strata), _columns(clusters)
    fpc_columns = [np.asarray(column, float) for column in _columns(fpc)]
    size = _rows(
        rows, weights, counts, probabilities, *stratum_columns, *cluster_columns, *fpc_columns[:1]
    )
    repeated = np.ones(size) if counts is None else _numbers(counts, size, "counts")
    if not (np.isfinite(repeated).all() and (repeated >= 1).all()):
        raise DesignFaulty("counts: finite numbers of at least 1 expected")
    chance = None if probabilities is None else _numbers(probabilities, size, "probabilities")
    if chance is not None and not ((chance > 0) & (chance <= 1)).all():
        raise DesignFaulty("probabilities: above 0 and at most 1 expected")
    if max(len(stratum_columns), len(fpc_columns)) > max(len(cluster_columns), 1):
        raise DesignFaulty("strata and fpc: at most a column for each stage of clusters expected")
    for column in fpc_columns:
        _same_length(column, size, "fpc")
    stages = _stages(stratum_columns, cluster_columns, fpc_columns, chance, repeated, nest)
    if weights is not None:
        weight = _numbers(weights, size, "weights")
    else:
        weight = 1.0 / np.prod([_drawn(stage) for stage in stages], axis=0)
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise DesignFaulty("weights: finite numbers of at least 0 expected")
    # Below units that were drawn with replacement no stage adds to the variance.
    keep = 1
    while keep < len(stages) and stages[keep - 1].fraction.any():
        keep += 1
    return Design(
        weights=weight * repeated,
        counts=repeated,
        stages=stages[:keep],
        in_domain=np.ones(size, bool),
        lonely=lonely,
        lonely_in_domain=lonely_in_domain,
        steps=(),
        has_strata=bool(stratum_columns),
    )


def _columns(given: ArrayLike | Sequence[ArrayLike] | None) -> list[NDArray[np.generic]]:
    if given is None:
        return []
    if isinstance(given, (list, tuple)) and given and not np.isscalar(given[0]):
        return [_column(column) for column in given]
    return [_column(given)]


def _column(given: object) -> NDArray[np.generic]:
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):
        raise DesignFaulty("masked values are missing labels")
    # A list of texts with nan in it would become the text "nan".
    return np.asarray(given, object if isinstance(given, (list, tuple)) else None)


def _rows(rows: int | None, *columns: ArrayLike | None) -> int:
    sizes = {np.asarray(column).size for column in columns if column is not None}
    if rows is not None:
        sizes.add(rows)
    if len(sizes) != 1 or 0 in sizes:
        raise DesignFaulty(f"columns of one length above 0 expected, found {sorted(sizes)}")
    return sizes.pop()


def _numbers(given: ArrayLike, size: int, name: str) -> Floats:
    column = np.array(given, float)
    _same_length(column, size, name)
    return column


def _same_length(column: NDArray[np.generic], size: int, name: str) -> None:
    if column.shape != (size,):
        raise DesignFaulty(f"{name}: {size} values expected, found shape {column.shape}")


def coded(labels: NDArray[np.generic], name: str) -> tuple[Ints, tuple[str, ...]]:
    """Numbers 0, 1, … for the labels of a column, in sorted order, and the labels as text.

    Raises
    ------
    DesignFaulty
        A label is missing (None or nan).
    """
    plain = np.asarray(labels)
    if plain.dtype == object:
        missing = np.array([_is_missing(label) for label in plain], bool)
        plain = plain.astype(str)
    elif plain.dtype.kind == "f":
        missing = np.isnan(plain)
    elif plain.dtype.kind in "mM":
        missing = np.isnat(plain)
    else:
        missing = np.zeros(plain.size, bool)
    if missing.any():
        raise DesignFaulty(f"{name}: row {int(missing.argmax())} has no label")
    values, codes = np.unique(plain, return_inverse=True)
    return codes.reshape(-1).astype(np.int64), tuple(str(value) for value in values.tolist())


def _is_missing(label: object) -> bool:
    return label is None or (isinstance(label, float) and isnan(label))


def _stages(
    strata: list[NDArray[np.generic]],
    clusters: list[NDArray[np.generic]],
    fpc: list[Floats],
    chance: Floats | None,
    counts: Floats,
    nest: bool,
) -> tuple[Stage, ...]:
    size = counts.size
    outer = np.zeros(size, np.int64)
    stages: list[Stage] = []
    for number in range(max(len(clusters), 1)):
        if number < len(strata):
            inner, names = coded(strata[number], "strata")
        else:
            inner, names = np.zeros(size, np.int64), ("",)
        stratum_keys, stratum = np.unique(outer * len(names) + inner, return_inverse=True)
        stratum = stratum.reshape(-1)
        if clusters:
            unit = _units_of(clusters[number], outer, stratum, number, nest)
            multiplicity = np.ones(int(unit.max()) + 1)
        else:
            unit, multiplicity = np.arange(size), counts
        stage = _stage(
            unit,
            stratum,
            tuple(names[key % len(names)] for key in stratum_keys.tolist()),
            (stratum_keys // len(names)).astype(np.int64),
            multiplicity,
            fpc[number] if number < len(fpc) else None,
            chance if number == 0 else None,
        )
        stages.append(stage)
        outer = unit
    return tuple(stages)


def _units_of(
    labels: NDArray[np.generic], outer: Ints, stratum: Ints, number: int, nest: bool
) -> Ints:
    """Units numbered over the whole stage; a label is read within the unit above it."""
    inner, names = coded(labels, "clusters")
    above = stratum if nest or number else outer
    _, unit = np.unique(above * len(names) + inner, return_inverse=True)
    unit = unit.reshape(-1).astype(np.int64)
    pairs = np.unique(np.stack([unit, stratum]), axis=1)
    if pairs.shape[1] > int(unit.max()) + 1:
        twice = int(pairs[0, np.flatnonzero(np.diff(pairs[0]) == 0)[0]])
        label = names[int(inner[unit == twice][0])]
        raise DesignFaulty(
            f"clusters: {label} is in several strata; nest=True reads a label in its stratum"
        )
    return np.asarray(unit, np.int64)


def _stage(
    unit: Ints,
    stratum: Ints,
    labels: tuple[str, ...],
    parent: Ints,
    multiplicity: Floats,
    fpc: Floats | None,
    chance: Floats | None,
) -> Stage:
    _, first = np.unique(unit, return_index=True)
    of_unit = stratum[first]
    sampled = np.asarray(np.bincount(of_unit, weights=multiplicity)[of_unit], float)
    fraction = np.zeros(first.size)
    if chance is not None:
        if (chance != chance[first][unit]).any():
            raise DesignFaulty("probabilities: one value for all rows of a unit expected")
        fraction = chance[first]
    elif fpc is not None:
        fraction = _fractions(fpc, first, unit, sampled, [labels[h] for h in of_unit.tolist()])
    return Stage(unit, of_unit, labels, parent, fraction, multiplicity)


def _fractions(
    fpc: Floats, first: Ints, unit: Ints, sampled: Floats, labels: Sequence[str]
) -> Floats:
    if not (fpc > 0).all():
        raise DesignFaulty("fpc: numbers above 0 expected")
    as_sizes = bool((fpc >= 1).all())
    if not as_sizes and (fpc > 1).any():
        raise DesignFaulty("fpc: either all at least 1 (sizes) or all at most 1 (fractions)")
    if (fpc != fpc[first][unit]).any():
        raise DesignFaulty("fpc: one value for all rows of a unit expected")
    # All ones are fractions of the whole where a stratum has several units, as in R survey.
    all_whole = as_sizes and bool((fpc == 1).all())
    given = fpc[first]
    fraction = given if not as_sizes or all_whole else sampled / given
    if (fraction > 1 + 1e-12).any():
        worst = int(np.argmax(fraction))
        raise DesignFaulty(
            f"fpc: stratum {labels[worst]!r} has {sampled[worst]:g} units in the sample"
            f" and {given[worst]:g} in the population"
        )
    return np.minimum(fraction, 1.0)


def _drawn(stage: Stage) -> Floats:
    """Inclusion probability of each row at this stage; 1 without a finite population."""
    fraction = np.where(stage.fraction > 0, stage.fraction, 1.0)
    return fraction[stage.of_row]
