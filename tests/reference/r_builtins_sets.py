"""R's functions for order, sets and choices."""

import math

import numpy as np
from scipy import stats

from tests.reference.r_builtins_operators import as_keys, matched_places
from tests.reference.r_builtins_tables import _rows, as_data_frame
from tests.reference.r_builtins_vectors import recycled_loosely
from tests.reference.r_language import BASE, _as_matrix_or_named, flag
from tests.reference.r_values import (
    Factor,
    Frame,
    NotTranslated,
    RList,
    RMatrix,
    RTable,
    as_logicals,
    as_numbers,
    as_texts,
    combined,
    is_text,
    keep_names,
    logicals,
    names_of,
    plain,
    take,
    text,
    text_order,
    with_names,
)


def sort_keys(value, decreasing=False):
    """Numbers that order the elements as R does; nan where missing."""
    if isinstance(value, Factor) or not is_text(value):
        numbers = as_numbers(value)
        return -numbers if decreasing else numbers
    ranks = {
        t: k
        for k, t in enumerate(sorted({t for t in as_texts(value) if t is not None}, key=text_order))
    }
    numbers = np.array([ranks.get(t, math.nan) for t in as_texts(value)], dtype=np.float64)
    return -numbers if decreasing else numbers


@BASE.function("order", "...", "na.last", "decreasing", "method")
def order(dots, na_last=None, decreasing=None, method=None):
    down = as_logicals(decreasing) if decreasing is not None else np.array([False])
    keys = [sort_keys(value, down[k % len(down)]) for k, (_, value) in enumerate(dots)]
    return np.lexsort(keys[::-1]) + 1.0


@BASE.function("sort", "x", "decreasing", "na.last", "...")
def sort(x, decreasing=None, na_last=None, dots=()):
    keys = sort_keys(plain(x), flag(decreasing))
    places = np.argsort(keys, kind="stable")
    places = places[: int((~np.isnan(keys)).sum())]
    if isinstance(x, RTable):
        x = _as_matrix_or_named(x)
    return take(x, places)


@BASE.function("rank", "x", "na.last", "ties.method")
def rank(x, na_last=None, ties_method="average"):
    method = {"average": "average", "min": "min", "max": "max", "first": "ordinal"}[
        text(as_texts(ties_method)[0])
    ]
    return keep_names(stats.rankdata(sort_keys(x), method=method), x)


def first_places(x):
    """Position of the first of each distinct element (row of a frame)."""
    if isinstance(x, (Frame, RMatrix)):
        frame = x if isinstance(x, Frame) else as_data_frame(x)
        keys = list(zip(*(as_keys(column) for column in frame.columns.values()), strict=True))
    elif isinstance(x, RList):
        raise NotTranslated("unique of a list")
    else:
        keys = as_keys(x)
    firsts = {}
    for place, key in enumerate(keys):
        firsts.setdefault(key, place)
    return np.array(list(firsts.values()), dtype=np.int64), len(keys)


@BASE.function("unique", "x", "...")
def unique(x, dots=()):
    return _rows(x if isinstance(x, (Frame, RMatrix)) else plain(x), first_places(x)[0])


@BASE.function("duplicated", "x", "...")
def duplicated(x, dots=()):
    firsts, size = first_places(x)
    return ~np.isin(np.arange(size), firsts)


@BASE.function("setdiff", "x", "y")
def setdiff(x, y):
    left = unique(plain(x))
    return take(left, np.flatnonzero(matched_places(left, y) < 0))


@BASE.function("intersect", "x", "y")
def intersect(x, y):
    left = unique(plain(x))
    return take(left, np.flatnonzero(matched_places(left, y) >= 0))


@BASE.function("union", "x", "y")
def union(x, y):
    return unique(combined([plain(x), plain(y)]))


@BASE.function("which", "x", "arr.ind", "useNames")
def which(x, arr_ind=None, useNames=None):
    places = np.flatnonzero(as_numbers(x) == 1)
    own = names_of(x)
    return with_names(places + 1.0, None if own is None else [own[place] for place in places])


def _which_extreme(name, function):
    @BASE.function(name, "x")
    def which_one(x):
        place = int(function(as_numbers(x)))
        own = names_of(x)
        return with_names(np.array([place + 1.0]), None if own is None else [own[place]])


_which_extreme("which.min", np.nanargmin)


_which_extreme("which.max", np.nanargmax)


@BASE.function("ifelse", "test", "yes", "no")
def ifelse(test, yes, no):
    mask = np.asarray(as_logicals(test), dtype=np.float64)
    size = len(mask)
    sides = [plain(side) for side in (yes, no)]
    sides = [as_numbers(side) if isinstance(side, Factor) else side for side in sides]
    sides = [recycled_loosely(side, size) if len(side) else side for side in sides]
    used = [side for side, hit in zip(sides, (mask == 1, mask == 0), strict=True) if hit.any()]
    if not used:
        return keep_names(logicals(mask), test)
    pool = combined(used)
    starts = (0, size if len(used) == 2 else 0)
    places = np.where(mask == 1, np.arange(size) + starts[0], np.arange(size) + starts[1])
    return keep_names(take(pool, np.where(np.isnan(mask), -1, places)), test)
