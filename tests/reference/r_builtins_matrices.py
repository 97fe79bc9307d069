"""R's functions for matrices."""

import math

import numpy as np

from tests.reference.r_builtins_operators import as_matrix, numbers_of, transposed
from tests.reference.r_builtins_vectors import _labels_or_none, recycled_loosely
from tests.reference.r_language import BASE, flag
from tests.reference.r_values import (
    Named,
    NotTranslated,
    RError,
    RMatrix,
    RTable,
    as_numbers,
    as_value,
    length,
    logicals,
    number,
    plain,
    truth,
    with_names,
)


@BASE.function("matrix", "data", "nrow", "ncol", "byrow", "dimnames")
def matrix(data=None, nrow=None, ncol=None, byrow=None, dimnames=None):
    values = logicals([math.nan]) if data is None else plain(data)
    rows, columns = (None if v is None else int(number(v)) for v in (nrow, ncol))
    if rows is None and columns is None:
        rows, columns = len(values), 1
    rows = math.ceil(len(values) / columns) if rows is None else rows
    columns = math.ceil(len(values) / rows) if columns is None else columns
    filled = recycled_loosely(values, rows * columns)
    shaped = filled.reshape(rows, columns, order="C" if flag(byrow) else "F")
    labels = (None, None) if dimnames is None else map(_labels_or_none, dimnames.values)
    return RMatrix(np.asarray(shaped), *labels)


@BASE.function("array", "data", "dim", "dimnames")
def array(data=None, dim=None, dimnames=None):
    sizes = [length(data)] if dim is None else as_numbers(dim)
    if len(sizes) > 2:
        raise NotTranslated("array of more than two dimensions")
    if len(sizes) == 1:
        return recycled_loosely(plain(data), int(sizes[0]))
    return matrix(data, *sizes, dimnames=dimnames)


@BASE.function("scale", "x", "center", "scale")
def scale(x, center=True, scale=True):
    made = as_matrix(x)
    values = numbers_of(made)
    values = values - values.mean(axis=0) if truth(center) else values
    spread = np.sqrt((values**2).sum(axis=0) / (len(values) - 1)) if truth(scale) else 1.0
    return RMatrix(values / spread, made.rownames, made.colnames)


@BASE.function("t", "x")
def t(x):
    if isinstance(x, RTable) and x.values.ndim == 2:
        return RTable(x.values.T, dict(reversed(x.dimnames.items())))
    return transposed(as_matrix(x))


@BASE.function("diag", "x", "nrow", "ncol")
def diag(x=1.0, nrow=None, ncol=None):
    if isinstance(x, RMatrix):
        values = np.diag(x.values).copy()
        same = x.rownames is not None and x.rownames == x.colnames
        return Named(values, x.rownames) if same else values
    values = as_numbers(as_value(x))
    if len(values) == 1 and nrow is None:
        return RMatrix(np.eye(int(values[0])))
    size = len(values) if nrow is None else int(number(nrow))
    return RMatrix(np.diag(np.resize(values, size)))


@BASE.function("solve", "a", "b")
def solve(a, b=None):
    values = numbers_of(as_matrix(a))
    try:
        if b is None:
            return RMatrix(np.linalg.inv(values), a.colnames, a.rownames)
        found = np.linalg.solve(values, numbers_of(as_matrix(b)))
    except np.linalg.LinAlgError as error:
        raise RError("system is exactly singular") from error
    return RMatrix(found) if isinstance(b, RMatrix) else found.ravel()


def _by_line(name, function, axis):
    @BASE.function(name, "x", "na.rm")
    def compute(x, na_rm=None):
        matrix = as_matrix(x)
        chosen = getattr(np, f"nan{function}") if flag(na_rm) else getattr(np, function)
        values = chosen(numbers_of(matrix), axis=axis)
        return with_names(values, matrix.rownames if axis else matrix.colnames)


_by_line("rowSums", "sum", 1)


_by_line("colSums", "sum", 0)


_by_line("rowMeans", "mean", 1)


_by_line("colMeans", "mean", 0)
