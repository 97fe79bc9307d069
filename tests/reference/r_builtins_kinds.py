"""R's functions that ask for kinds, convert and compare."""

import math

import numpy as np

from tests.reference.r_builtins_operators import as_matrix, is_in
from tests.reference.r_builtins_tables import droplevels
from tests.reference.r_builtins_vectors import _is_atomic
from tests.reference.r_language import BASE, Quoted, RFunction, _as_list, elements
from tests.reference.r_values import (
    Factor,
    Formula,
    Frame,
    Function,
    RList,
    RMatrix,
    RTable,
    as_logicals,
    as_numbers,
    as_texts,
    deparse,
    is_logical,
    is_number,
    is_text,
    keep_names,
    length,
    logicals,
    missing,
    names_of,
    number,
    plain,
    text,
    texts,
)


@BASE.function("is.na", "x")
def is_na(x):
    if isinstance(x, Frame):
        columns = [missing(column) for column in x.columns.values()]
        return RMatrix(np.column_stack(columns), x.row_names, x.names)
    if isinstance(x, RList):
        return logicals([length(v) == 1 and _is_atomic(v) and bool(missing(v)[0]) for v in x])
    return keep_names(missing(plain(x)), x)


BASE.alias("is.nan", "is.na")


@BASE.function("is.finite", "x")
def is_finite(x):
    return keep_names(np.isfinite(as_numbers(x)), x)


def _is_kind(name, test):
    @BASE.function(name, "x")
    def is_kind(x):
        return bool(test(x))


_is_kind("is.null", lambda x: x is None)


_is_kind("is.numeric", lambda x: x is not None and is_number(x))


_is_kind("is.character", is_text)


_is_kind("is.logical", is_logical)


_is_kind("is.factor", lambda x: isinstance(x, Factor))


_is_kind("is.list", lambda x: isinstance(x, (RList, Frame)))


_is_kind("is.data.frame", lambda x: isinstance(x, Frame))


_is_kind("is.matrix", lambda x: isinstance(x, RMatrix))


_is_kind("is.function", lambda x: isinstance(x, (Function, RFunction)))


def _conversion(name, convert):
    @BASE.function(name, "x", "...")
    def conversion(x=None, dots=()):
        return convert(x)


_conversion("as.numeric", as_numbers)


_conversion("as.double", as_numbers)


_conversion("as.integer", lambda x: np.trunc(as_numbers(x)))


_conversion("as.logical", as_logicals)


_conversion("as.matrix", as_matrix)


_conversion("identity", lambda x: x)


_conversion("invisible", lambda x: x)


_conversion("suppressWarnings", lambda x: x)


_conversion("suppressMessages", lambda x: x)


_conversion("force", lambda x: x)


_conversion("I", lambda x: x)


_conversion("droplevels.factor", droplevels)


@BASE.function("as.character", "x", "...")
def as_character(x, dots=()):
    if isinstance(x, Quoted):
        return deparse(x.node)
    if isinstance(x, RList):
        return texts(as_texts(value)[0] for value in x)
    return as_texts(x)


@BASE.function("as.vector", "x", "mode")
def as_vector(x, mode="any"):
    wanted = text(mode)
    if wanted == "list":
        return _as_list(x)
    if wanted == "character":
        return as_texts(x)
    if wanted == "numeric":
        return as_numbers(x)
    if isinstance(x, (RList, Frame)):
        return x
    return as_texts(x) if isinstance(x, Factor) else plain(x)


@BASE.function("as.list", "x", "...")
def as_list(x, dots=()):
    return _as_list(x)


def classes_of(x):
    """class(x), as far as whole numbers need not be told from others."""
    kinds = {Factor: ["factor"], Frame: ["data.frame"], RMatrix: ["matrix", "array"],
             RTable: ["table"], RList: ["list"], Formula: ["formula"], type(None): ["NULL"],
             Function: ["function"], RFunction: ["function"], Quoted: ["call"]}  # fmt: skip
    if type(x) in kinds:
        return kinds[type(x)]
    return ["character" if is_text(x) else "logical" if is_logical(x) else "numeric"]


@BASE.function("class", "x")
def class_(x):
    return texts(classes_of(x))


@BASE.function("mode", "x")
def mode(x):
    kind = classes_of(x)[0]
    vectors = {"factor": "numeric", "data.frame": "list", "formula": "call"}
    return classes_of(plain(x))[0] if kind in {"matrix", "table"} else vectors.get(kind, kind)


@BASE.function("inherits", "x", "what", "which")
def inherits(x, what, which=None):
    return bool(set(classes_of(x)) & set(as_texts(what)))


@BASE.function("attr", "x", "which", "exact")
def attr(call, x, which, exact=None):
    asked = text(which)
    if asked not in {"levels", "names", "dim", "dimnames", "class"}:
        return None
    return call.apply(BASE.functions[asked], x)


@BASE.function("identical", "x", "y", "...")
def identical(x, y, dots=()):
    return same_values(x, y, lambda a, b: a == b or (math.isnan(a) and math.isnan(b)))


@BASE.function("all.equal", "target", "current", "...", "tolerance")
def all_equal(target, current, dots=(), tolerance=1.5e-8):
    limit = number(tolerance)
    return same_values(target, current, lambda a, b: math.isclose(a, b, rel_tol=limit))


def same_values(x, y, agree):
    """Whether two values have the same kind, names and elements."""
    if classes_of(x) != classes_of(y) or names_of(x) != names_of(y) or length(x) != length(y):
        return False
    if isinstance(x, (RList, Frame)):
        return all(same_values(a, b, agree) for a, b in zip(elements(x), elements(y), strict=True))
    if isinstance(x, Factor) or is_text(x):
        return list(as_texts(x)) == list(as_texts(y))
    return all(map(agree, as_numbers(x), as_numbers(y)))


@BASE.function("isTRUE", "x")
def is_true(x):
    return is_logical(x) and length(x) == 1 and bool(plain(x)[0] == 1)


@BASE.function("isFALSE", "x")
def is_false(x):
    return is_logical(x) and length(x) == 1 and bool(plain(x)[0] == 0)


@BASE.function("is.element", "el", "table")
def is_element(el, table):
    return is_in(el, table)
