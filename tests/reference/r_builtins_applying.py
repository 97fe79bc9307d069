"""R's functions that apply others: sapply, tapply, split, aggregate."""

import functools

import numpy as np

from tests.reference.r_builtins_operators import as_matrix, not_, numbers_of
from tests.reference.r_builtins_sets import sort_keys
from tests.reference.r_builtins_tables import _rows, as_items
from tests.reference.r_builtins_vectors import _is_atomic, c, nrow_or_length
from tests.reference.r_language import BASE, Argument, RFunction, _as_list, elements, flag
from tests.reference.r_values import (
    Factor,
    Formula,
    Frame,
    Named,
    NotTranslated,
    RList,
    RMatrix,
    as_numbers,
    as_texts,
    as_value,
    combined,
    crossed,
    factor_of,
    is_text,
    keep_names,
    length,
    names_of,
    number,
    plain,
    recycled,
    take,
    truth,
    used_levels,
    with_names,
)


def items_to_apply(x):
    """The elements that sapply goes over, and their names."""
    values = elements(x)
    own = names_of(x)
    if own is None and is_text(x) and not isinstance(x, RMatrix):
        own = list(plain(x))
    return values, own


@BASE.function("lapply", "X", "FUN", "...")
def lapply(call, X, FUN, dots=()):
    values = [_applied(call, FUN, value, dots) for value in elements(X)]
    return RList(values, names_of(X))


def _applied(call, function, value, dots):
    arguments = [Argument(None, value), *(Argument(key, other) for key, other in dots)]
    return call.interpreter.apply(function, arguments, call.environment)


@BASE.function("sapply", "X", "FUN", "...", "simplify", "USE.NAMES")
def sapply(call, X, FUN, dots=(), simplify=True, USE_NAMES=True):
    values, own = items_to_apply(X)
    results = [_applied(call, FUN, value, dots) for value in values]
    own = own if flag(USE_NAMES) else None
    return simplified(results, own) if truth(simplify) else RList(results, own)


def simplified(results, names):
    """Results as a vector or a matrix where R makes one of them."""
    sizes = {length(result) for result in results if _is_atomic(result)}
    if not all(_is_atomic(result) for result in results) or len(sizes) != 1 or sizes == {0}:
        return RList(results, names)
    values = combined([as_numbers(r) if isinstance(r, Factor) else r for r in results])
    if sizes == {1}:
        inner = [n for r in results for n in (names_of(r) or [""])]
        return with_names(values, _simplified_names(names, inner))
    return RMatrix(values.reshape(sizes.pop(), -1, order="F"), names_of(results[0]), names)


def _simplified_names(outer, inner):
    if outer is None:
        return inner if any(inner) else None
    return [
        f"{o}.{i}" if o and i else o or i
        for o, i in zip(outer, inner, strict=True)
    ]  # fmt: skip


@BASE.function("vapply", "X", "FUN", "FUN.VALUE", "...", "USE.NAMES")
def vapply(call, X, FUN, FUN_VALUE, dots=(), USE_NAMES=True):
    return sapply(call, X, FUN, dots, USE_NAMES=USE_NAMES)


@BASE.function("mapply", "FUN", "...", "MoreArgs", "SIMPLIFY", "USE.NAMES")
def mapply(call, FUN, dots, MoreArgs=None, SIMPLIFY=True, USE_NAMES=True):
    size = max(length(value) for _, value in dots)
    columns = [(key, elements(recycled(value, size))) for key, value in dots]
    more = [] if MoreArgs is None else [Argument(k, v) for k, v in MoreArgs.items()]
    results = []
    for row in range(size):
        arguments = [*(Argument(key, column[row]) for key, column in columns), *more]
        results.append(call.interpreter.apply(FUN, arguments, call.environment))
    names = items_to_apply(dots[0][1])[1] if flag(USE_NAMES) else None
    return simplified(results, names) if truth(SIMPLIFY) else RList(results, names)


@BASE.function("Map", "f", "...")
def map_(call, f, dots):
    return mapply(call, f, dots, SIMPLIFY=False)


@BASE.function("Reduce", "f", "x", "init", "...")
def reduce(call, f, x, init=None, dots=()):
    values = [*([] if init is None else [init]), *elements(x)]
    return functools.reduce(lambda a, b: call.apply(f, a, b), values)


@BASE.function("Filter", "f", "x")
def filter_(call, f, x):
    kept = [k for k, value in enumerate(elements(x)) if truth(call.apply(f, value))]
    return take(x, np.array(kept, dtype=np.int64))


@BASE.function("do.call", "what", "args", "...")
def do_call(call, what, args, dots=()):
    arguments = [Argument(key or None, value) for key, value in _as_list(args).items()]
    return call.interpreter.apply(what, arguments, call.environment)


@BASE.function("apply", "X", "MARGIN", "FUN", "...")
def apply(call, X, MARGIN, FUN, dots=()):
    matrix = as_matrix(X)
    if number(MARGIN) == 1:
        lines, inner, outer = matrix.values, matrix.colnames, matrix.rownames
    else:
        lines, inner, outer = matrix.values.T, matrix.rownames, matrix.colnames
    results = [_applied(call, FUN, with_names(line, inner), dots) for line in lines]
    bare = [plain(r) if length(r) == 1 else r for r in results]
    return simplified(bare, outer)


def grouping(f):
    """One factor from a factor, a vector, or a list of them (crossed)."""
    if isinstance(f, (RList, Frame)):
        return crossed([factor_of(value) for value in elements(f)])
    return factor_of(f)


def groups(factor):
    """Positions of the rows of each level."""
    return [np.flatnonzero(factor.codes == code) for code in range(len(factor.levels))]


@BASE.function("split", "x", "f", "drop", "...")
def split(x, f, drop=None, dots=()):
    if isinstance(f, Formula):
        raise NotTranslated("split by a formula")
    by = grouping(f)
    by = Factor(np.resize(by.codes, int(nrow_or_length(x))), by.levels)
    by = used_levels(by) if flag(drop) else by
    return RList([_rows(x, places) for places in groups(by)], by.levels)


@BASE.function("tapply", "X", "INDEX", "FUN", "...", "default", "simplify")
def tapply(call, X, INDEX, FUN, dots=(), default=None, simplify=True):
    factors = [factor_of(v) for v in (elements(INDEX) if isinstance(INDEX, RList) else [INDEX])]
    by = crossed(factors)
    results = [
        _applied(call, FUN, take(X, places), dots) if len(places) else np.array([np.nan])
        for places in groups(by)
    ]
    if any(length(result) != 1 for result in results):
        return RList(results, by.levels)
    values = combined(results)
    if len(factors) == 1:
        return Named(values, by.levels)
    shape = [len(f.levels) for f in factors]
    return RMatrix(values.reshape(shape, order="F"), *(f.levels for f in factors))


@BASE.function("aggregate", "x", "by", "FUN", "...")
def aggregate(call, x, by, FUN, dots=()):
    if isinstance(x, Formula):
        raise NotTranslated("aggregate by a formula")
    factors = [factor_of(value) for value in elements(by)]
    occurring = [places for places in groups(crossed(factors)) if len(places)]
    firsts = np.array([places[0] for places in occurring])
    names = [n or f"Group.{k + 1}" for k, n in enumerate(names_of(by) or [""] * len(factors))]
    keys = {n: take(plain(v), firsts) for n, v in zip(names, elements(by), strict=True)}
    columns = as_items(x) if isinstance(x, (Frame, RList)) else [("x", x)]
    return Frame(keys | {name: combined([_applied(call, FUN, take(column, places), dots)
        for places in occurring]) for name, column in columns})  # fmt: skip


@BASE.function("ave", "x", "...", "FUN")
def ave(call, x, dots=(), FUN="mean"):
    result = as_numbers(x).copy()
    by = (
        crossed([factor_of(value) for _, value in dots])
        if dots
        else Factor([0] * len(result), ["1"])
    )
    for places in groups(by):
        if len(places):
            result[places] = as_numbers(call.apply(as_value(FUN), take(as_numbers(x), places)))
    return result


@BASE.function("unlist", "x", "recursive", "use.names")
def unlist(x, recursive=None, use_names=True):
    if not isinstance(x, (RList, Frame)):
        return x
    parts = [
        (key, unlist(value) if isinstance(value, (RList, Frame)) else value)
        for key, value in as_items(x)
    ]
    if not all(_is_atomic(value) for _, value in parts):
        return x
    joined = c([(key or None, value) for key, value in parts])
    return joined if flag(use_names, True) else plain(joined)


@BASE.function("outer", "X", "Y", "FUN", "...")
def outer(call, X, Y, FUN="*", dots=()):
    rows, columns = length(X), length(Y)
    left = take(plain(X), np.tile(np.arange(rows), columns))
    right = take(plain(Y), np.repeat(np.arange(columns), rows))
    values = plain(call.apply(as_value(FUN), left, right))
    return RMatrix(values.reshape(rows, columns, order="F"), names_of(X), names_of(Y))


@BASE.function("by", "data", "INDICES", "FUN", "...")
def by(call, data, INDICES, FUN, dots=()):
    groups = split(data, INDICES)
    results = [_applied(call, FUN, group, dots) for group in groups]
    return simplified(results, groups.names)


@BASE.function("rowsum", "x", "group", "reorder", "na.rm", "...")
def rowsum(x, group, reorder=None, na_rm=None, dots=()):
    matrix, factor = as_matrix(x), factor_of(group)
    values = numbers_of(matrix)
    sums = np.array([values[places].sum(axis=0) for places in groups(factor)])
    return RMatrix(sums, factor.levels, matrix.colnames)


@BASE.function("merge", "x", "y", "by", "...")
def merge(x, y, by=None, dots=()):
    """Rows of two frames with the same keys, in order of the keys."""
    shared = [n for n in x.names if n in y] if by is None else list(as_texts(by))
    left, right = (list(zip(*(as_texts(f[n]) for n in shared), strict=True)) for f in (x, y))
    pairs = [(i, j) for i, a in enumerate(left) for j, b in enumerate(right) if a == b]
    keys = [sort_keys(x[n]) for n in shared]
    pairs.sort(key=lambda pair: [key[pair[0]] for key in keys])
    first, second = (
        np.array(side, int) for side in (zip(*pairs, strict=True) if pairs else ((), ()))
    )
    columns = {n: take(x[n], first) for n in [*shared, *(n for n in x.names if n not in shared)]}
    return Frame(columns | {n: take(y[n], second) for n in y.names if n not in shared})


@BASE.function("stack", "x", "...")
def stack(x, dots=()):
    names = list(x.names)
    sizes = [length(value) for value in elements(x)]
    return Frame(
        {"values": combined(elements(x)), "ind": Factor(np.repeat(range(len(names)), sizes), names)}
    )


@BASE.function("Negate", "f")
def negate(call, f):
    return RFunction("negated", ("...",), lambda dots: not_(call.interpreter.apply(
        f, [Argument(*pair) for pair in dots], call.environment)))  # fmt: skip


@BASE.function("sweep", "x", "MARGIN", "STATS", "FUN", "...")
def sweep(call, x, MARGIN, STATS, FUN="-", dots=()):
    matrix, values = as_matrix(x), plain(STATS)
    rows, columns = matrix.shape
    by_row = number(MARGIN) == 1
    spread = np.tile(values, columns) if by_row else np.repeat(values, rows)
    return keep_names(plain(call.apply(as_value(FUN), plain(matrix), spread)), matrix)
