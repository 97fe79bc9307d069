"""Operators of R between vectors, factors and matrices."""

import math

import numpy as np

from tests.reference.r_language import BASE, _as_matrix_or_named, both, either
from tests.reference.r_values import (
    Factor,
    Frame,
    RError,
    RMatrix,
    RTable,
    as_logicals,
    as_numbers,
    as_texts,
    combined,
    crossed,
    is_text,
    keep_names,
    length,
    logicals,
    names_of,
    number,
    plain,
    text_order,
)


def repeated(values, size):
    return values if len(values) == size else values[np.arange(size) % max(len(values), 1)]


def elementwise(function, a, b):
    """A function of pairs of elements, recycled; dimensions and names as R keeps them."""
    left, right = plain(a), plain(b)
    size = max(len(left), len(right)) if len(left) and len(right) else 0
    values = function(repeated(left, size), repeated(right, size))
    for source in (a, b):
        if isinstance(source, (RMatrix, RTable)):
            return keep_names(values, source)
    for source in (a, b):
        if names_of(source) is not None and length(source) == size:
            return keep_names(values, source)
    return values


def _arithmetic(name, function):
    @BASE.function(name, "e1", "e2")
    def operator(e1, e2=None):
        if isinstance(e1, Frame):
            return Frame({n: operator(column, e2) for n, column in e1.columns.items()})
        if any(is_text(e) for e in (e1, e2)):
            raise RError("non-numeric argument to binary operator")
        if any(isinstance(e, Factor) for e in (e1, e2)):
            return logicals(np.full(max(length(e1), length(e2)), np.nan))  # R warns
        if e2 is None:
            e1, e2 = np.zeros(1), e1
        with np.errstate(all="ignore"):
            return elementwise(lambda a, b: function(as_numbers(a), as_numbers(b)), e1, e2)


for _name, _ufunc in {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power, "%%": np.mod,
    "%/%": np.floor_divide,
}.items():  # fmt: skip
    _arithmetic(_name, _ufunc)


def _comparison(name, numeric):
    @BASE.function(name, "e1", "e2")
    def operator(e1, e2):
        sides = [side.labels() if isinstance(side, Factor) else side for side in (e1, e2)]
        if any(is_text(side) for side in sides):
            sides = [keep_names(as_texts(side), side) for side in sides]
            return elementwise(_compared_texts, *sides)
        return elementwise(_compared_numbers, *sides)

    def _compared_numbers(a, b):
        a, b = as_numbers(a), as_numbers(b)
        unknown = np.isnan(a) | np.isnan(b)
        return logicals(np.where(unknown, np.nan, numeric(a, b)))

    def _compared_texts(a, b):
        keys = [(s and text_order(s), t and text_order(t)) for s, t in zip(a, b, strict=True)]
        gone = [s is None or t is None for s, t in zip(a, b, strict=True)]
        ranks = [0 if g else (s > t) - (s < t) for (s, t), g in zip(keys, gone, strict=True)]
        return logicals(np.where(gone, np.nan, numeric(np.array(ranks), 0)))


for _name, _ufunc in {
    "==": np.equal, "!=": np.not_equal, "<": np.less, ">": np.greater, "<=": np.less_equal,
    ">=": np.greater_equal,
}.items():  # fmt: skip
    _comparison(_name, _ufunc)


@BASE.function("&", "e1", "e2")
def and_(e1, e2):
    return elementwise(lambda a, b: both(as_logicals(a), as_logicals(b)), e1, e2)


@BASE.function("|", "e1", "e2")
def or_(e1, e2):
    return elementwise(lambda a, b: either(as_logicals(a), as_logicals(b)), e1, e2)


@BASE.function("!", "x")
def not_(x):
    values = np.asarray(as_logicals(x), dtype=np.float64)
    return keep_names(logicals(1 - values), x)


@BASE.function("xor", "x", "y")
def xor(x, y):
    return elementwise(lambda a, b: logicals(np.abs(as_numbers(a) - as_numbers(b))), x, y)


@BASE.function(":", "from", "to")
def colon(from_, to):
    if isinstance(from_, Factor):
        return crossed([to, from_], separator=":")
    start, end = as_numbers(from_)[0], as_numbers(to)[0]
    steps = np.arange(math.floor(abs(end - start) + 1e-10) + 1)
    return start + steps if end >= start else start - steps


@BASE.function("%in%", "x", "table")
def is_in(x, table):
    return matched_places(x, table) >= 0


def matched_places(x, table):
    """Place from 0 of the first equal element of the table; -1 where there is none."""
    as_kind = as_texts if any(is_text(v) or isinstance(v, Factor) for v in (x, table)) else as_keys
    place = {}
    for position, element in enumerate(as_kind(table)):
        place.setdefault(element, position)
    return np.array([place.get(element, -1) for element in as_kind(x)], dtype=np.int64)


def as_keys(value):
    """Elements that compare as R's do: one NaN for all, texts as they are."""
    if isinstance(value, Factor) or is_text(value):
        return list(as_texts(value))
    return [None if math.isnan(v) else v for v in as_numbers(value).tolist()]


@BASE.function("match", "x", "table", "nomatch", "incomparables")
def match(x, table, nomatch=None, incomparables=None):
    found = matched_places(x, table)
    return np.where(found < 0, np.nan if nomatch is None else number(nomatch), found + 1.0)


@BASE.function("%*%", "x", "y")
def product(x, y):
    left, right = as_matrix(x), as_matrix(y)
    if not isinstance(x, RMatrix):
        left = transposed(left) if len(left) == right.shape[0] else left
    if not isinstance(y, RMatrix) and left.shape[1] == 1 and right.shape[0] != 1:
        right = transposed(right)
    if left.shape[1] != right.shape[0]:
        raise RError("non-conformable arguments")
    return RMatrix(numbers_of(left) @ numbers_of(right), left.rownames, right.colnames)


@BASE.function("crossprod", "x", "y")
def crossprod(x, y=None):
    return product(transposed(as_matrix(x)), as_matrix(x if y is None else y))


@BASE.function("%o%", "X", "Y")
def outer_product(X, Y):
    values = np.multiply.outer(as_numbers(X), as_numbers(Y))
    return RMatrix(values, names_of(X), names_of(Y))


def as_matrix(value):
    """A matrix; a vector as its one column, a frame as its columns."""
    if isinstance(value, RMatrix):
        return value
    if isinstance(value, Frame):
        kinds = combined(list(value.columns.values())) if value.columns else np.zeros(0)
        shaped = kinds.reshape(value.nrow, -1, order="F")
        return RMatrix(shaped, value.row_names, value.names)
    if isinstance(value, RTable) and value.values.ndim == 2:
        return _as_matrix_or_named(value)
    return RMatrix(plain(value).reshape(-1, 1), names_of(value))


def numbers_of(matrix):
    return as_numbers(matrix).reshape(matrix.shape, order="F")


def transposed(matrix):
    return RMatrix(matrix.values.T, matrix.colnames, matrix.rownames)
