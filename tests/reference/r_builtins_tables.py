"""R's functions for factors, tables and data frames."""

import itertools
import math
import re

import numpy as np

from tests.reference.r_builtins_operators import transposed
from tests.reference.r_builtins_vectors import dimension_names, nrow_or_length, recycled_loosely
from tests.reference.r_language import BASE, Environment, Promise, _column_names, elements, flag
from tests.reference.r_values import (
    Factor,
    Frame,
    Named,
    RError,
    RList,
    RMatrix,
    RTable,
    as_numbers,
    as_texts,
    as_value,
    combined,
    crossed,
    deparse,
    drop_names,
    factor_of,
    is_logical,
    is_text,
    keep_names,
    length,
    missing,
    names_of,
    number,
    number_text,
    plain,
    recycled,
    rows_of,
    sorted_levels,
    take,
    text,
    texts,
    truth,
    unique_names,
    used_levels,
    with_names,
)

# --- factors --------------------------------------------------------------------------------------


@BASE.function("factor", "x", "levels", "labels", "exclude", "ordered")
def factor(x=None, levels=None, labels=None, exclude=None, ordered=None):
    own = sorted_levels(x) if levels is None else list(as_texts(levels))
    left_out = set() if exclude is None else set(as_texts(exclude))
    own = [level for level in own if level is not None and level not in left_out]
    made = factor_of(x, own)
    return made if labels is None else _relabelled(made, list(as_texts(labels)))


def _relabelled(made, labels):
    """Levels with these names; equal ones fall together."""
    if len(labels) == 1 and len(made.levels) != 1:
        labels = [f"{labels[0]}{place + 1}" for place in range(len(made.levels))]
    if len(labels) != len(made.levels):
        raise RError("invalid 'labels'; length must be 1 or that of the levels")
    distinct = list(dict.fromkeys(label for label in labels if label is not None))
    codes = [*(distinct.index(label) if label in distinct else -1 for label in labels), -1]
    return Factor(np.array(codes)[made.codes], distinct)


BASE.alias("ordered", "factor")


@BASE.function("as.factor", "x")
def as_factor(x):
    return factor_of(x)


@BASE.function("levels", "x")
def levels(x):
    return texts(x.levels) if isinstance(x, Factor) else None


@BASE.function("levels<-", "x", "value")
def set_levels(x, value):
    if not isinstance(value, RList):
        return _relabelled(x, list(as_texts(value)))
    new = {old: name for name, olds in value.items() for old in as_texts(olds)}
    return factor_of(
        texts(new.get(label) for label in x.labels()), list(dict.fromkeys(value.names))
    )


@BASE.function("nlevels", "x")
def nlevels(x):
    return float(len(x.levels)) if isinstance(x, Factor) else 0.0


@BASE.function("droplevels", "x", "...")
def droplevels(x, dots=()):
    if isinstance(x, Frame):
        columns = {name: droplevels(column) for name, column in x.columns.items()}
        return Frame(columns, x.row_names, nrow=x.nrow)
    return used_levels(x) if isinstance(x, Factor) else x


@BASE.function("relevel", "x", "ref", "...")
def relevel(x, ref, dots=()):
    first = text(ref) if is_text(ref) else x.levels[int(number(ref)) - 1]
    if first not in x.levels:
        raise RError(f"'ref' must be an existing level: {first}")
    return factor_of(x, [first, *(level for level in x.levels if level != first)])


@BASE.function("interaction", "...", "drop", "sep", "lex.order")
def interaction(dots, drop=None, sep=".", lex_order=None):
    values = [value for _, value in dots]
    if len(values) == 1 and isinstance(values[0], (RList, Frame)):
        values = elements(values[0])
    factors = [factor_of(value) for value in values]
    made = crossed(factors, separator=text(sep))
    if flag(lex_order):
        rows = itertools.product(*(f.levels for f in factors))
        made = factor_of(made.labels(), [text(sep).join(row) for row in rows])
    return used_levels(made) if flag(drop) else made


@BASE.function("cut", "x", "breaks", "labels", "include.lowest", "right", "dig.lab", "...")
def cut(x, breaks, labels=None, include_lowest=None, right=True, dig_lab=3.0, dots=()):
    values, right, lowest = as_numbers(x), truth(right), flag(include_lowest)
    edges = _edges(values, as_numbers(breaks))
    codes = np.searchsorted(edges, values, side="left" if right else "right") - 1
    if lowest:
        codes[values == (edges[0] if right else edges[-1])] = 0 if right else len(edges) - 2
    codes = np.where(np.isnan(values) | (codes < 0) | (codes > len(edges) - 2), -1, codes)
    if labels is None:
        return Factor(codes, _interval_labels(edges, right, lowest, int(number(dig_lab))))
    if is_logical(labels):
        return np.where(codes < 0, np.nan, codes + 1.0)
    return _relabelled(Factor(codes, [str(k) for k in range(len(edges) - 1)]), as_texts(labels))


def _edges(values, breaks):
    if len(breaks) > 1:
        return np.sort(breaks)
    low, high = np.nanmin(values), np.nanmax(values)
    edges = np.linspace(low, high, int(breaks[0]) + 1)
    edges[[0, -1]] = low - (high - low) / 1000, high + (high - low) / 1000
    return edges


def _interval_labels(edges, right, lowest, digits):
    for places in range(digits, max(12, digits) + 1):
        marks = [_general(edge, places) for edge in edges]
        if len(set(marks)) == len(marks):
            break
    opening, closing = ("(", "]") if right else ("[", ")")
    made = [f"{opening}{a},{b}{closing}" for a, b in itertools.pairwise(marks)]
    if lowest and right:
        made[0] = "[" + made[0][1:]
    elif lowest:
        made[-1] = made[-1][:-1] + "]"
    return made


def _general(value, digits):
    return number_text(value) if math.isinf(value) else f"{value:.{digits}g}"


@BASE.function("findInterval", "x", "vec", "rightmost.closed", "...")
def find_interval(x, vec, rightmost_closed=None, dots=()):
    return np.searchsorted(as_numbers(vec), as_numbers(x), side="right").astype(np.float64)


@BASE.special("table", "...", "useNA", "dnn")
def table(dots, useNA=None, dnn=None):
    values = [(key or _symbol_of(promise), promise.value) for key, promise in dots]
    if len(values) == 1 and isinstance(values[0][1], (Frame, RList)):
        values = as_items(values[0][1])
    factors = {name or str(k + 1): factor_of(v) for k, (name, v) in enumerate(values)}
    if useNA is not None and text(useNA.value) != "no":
        always = text(useNA.value) == "always"
        factors = {name: _with_missing_level(f, always) for name, f in factors.items()}
    return counted(factors)


def _with_missing_level(factor, always):
    if not (always or factor.missing().any()):
        return factor
    last = len(factor.levels)
    return Factor(np.where(factor.codes < 0, last, factor.codes), [*factor.levels, "<NA>"])


def _symbol_of(promise):
    return promise.node.get("name", "") if isinstance(promise, Promise) else ""


def counted(factors, weights=None):
    """RTable of how often the levels occur together, or of the sums of weights."""
    factors = dict(factors)
    shape = tuple(len(f.levels) for f in factors.values())
    known = np.all([f.codes >= 0 for f in factors.values()], axis=0)
    counts = np.zeros(shape)
    places = tuple(f.codes[known] for f in factors.values())
    np.add.at(counts, places, 1.0 if weights is None else np.asarray(weights)[known])
    return RTable(counts, {name: f.levels for name, f in factors.items()})


@BASE.function("prop.table", "x", "margin")
def prop_table(x, margin=None):
    values = numbers_of_any(x)
    axis = None if margin is None else _other_axes(values, margin)
    shares = values / values.sum(axis=axis, keepdims=True)
    return keep_names(shares.ravel(order="F"), x)


def _other_axes(values, margin):
    kept = as_numbers(as_value(margin)).astype(int) - 1
    return tuple(axis for axis in range(values.ndim) if axis not in kept)


@BASE.function("addmargins", "A", "...")
def addmargins(A, dots=()):
    values, names = A.values, {}
    for axis, (label, levels) in enumerate(A.dimnames.items()):
        values = np.concatenate([values, values.sum(axis=axis, keepdims=True)], axis=axis)
        names[label] = [*levels, "Sum"]
    return RTable(values, names)


@BASE.function("margin.table", "x", "margin")
def margin_table(x, margin=None):
    values = numbers_of_any(x)
    if margin is None:
        return values.sum()
    kept = as_numbers(margin).astype(int) - 1
    if isinstance(x, RTable):
        labels = list(x.dimnames.items())
        return RTable(values.sum(_other_axes(values, margin)), dict(labels[k] for k in kept))
    return with_names(values.sum(_other_axes(values, margin)), dimension_names(x)[kept[0]])


BASE.alias("marginSums", "margin.table")


BASE.alias("proportions", "prop.table")


def numbers_of_any(x):
    return x.values if isinstance(x, (RMatrix, RTable)) else as_numbers(x)


@BASE.function("tabulate", "bin", "nbins")
def tabulate(bin, nbins=None):
    size = int(number(nbins)) if nbins is not None else int(max(1, as_numbers(bin).max()))
    return np.bincount(as_numbers(bin).astype(int), minlength=size + 1)[1 : size + 1]


# --- frames ---------------------------------------------------------------------------------------


@BASE.special("data.frame", "...", "row.names", "check.rows", "check.names", "stringsAsFactors")
def data_frame(dots, row_names=None, check_rows=None, check_names=None, stringsAsFactors=None):
    as_factors = stringsAsFactors is not None and truth(stringsAsFactors.value)
    keep = check_names is not None and not truth(check_names.value)
    columns, labels = [], None
    for key, promise in dots:
        value = promise.value
        labels = labels or _row_labels(value)
        columns += named_columns(key or deparse(promise.node), value, own=not key)
    size = max((rows_of(column) for _, column in columns), default=0)
    names = [name if keep else checked_name(name) for name, _ in columns]
    names = names if keep else unique_names(names)
    columns = [recycled(drop_names(column), size) for _, column in columns]
    if as_factors:
        columns = [factor_of(column) if is_text(column) else column for column in columns]
    if row_names is not None and row_names.value is not None:
        labels = as_texts(row_names.value)
    labels = labels if labels is not None and len(labels) == size else None
    return Frame(dict(zip(names, columns, strict=True)), labels)


def _row_labels(value):
    if isinstance(value, Frame):
        return value.row_names
    if isinstance(value, RMatrix):
        return value.rownames
    return names_of(value) if isinstance(value, Named) else None


def named_columns(name, value, own=False):
    """Columns that a value adds to a frame."""
    if value is None:
        return []
    if isinstance(value, RTable):
        return list(frame_of_table(value).columns.items())
    if isinstance(value, Frame) or (isinstance(value, RList) and value.names):
        return [(n if own else f"{name}.{n}", v) for n, v in as_items(value)]
    if isinstance(value, RMatrix):
        labels = value.colnames or [f"{k + 1}" for k in range(value.shape[1])]
        prefix = "X" if own and not value.colnames else "" if own else f"{name}."
        return [(f"{prefix}{n}", value.values[:, k]) for k, n in enumerate(labels)]
    return [(name, value)]


def as_items(value):
    return list(value.columns.items()) if isinstance(value, Frame) else value.items()


def checked_name(name):
    """make.names."""
    name = re.sub(r"[^\w.]", ".", name)
    return f"X{name}" if not re.match(r"[^\W\d_]|\.(?!\d)", name) else name


@BASE.function("make.names", "names", "unique")
def make_names(names, unique=None):
    made = [checked_name(name) for name in as_texts(names)]
    return texts(unique_names(made) if flag(unique) else made)


@BASE.function("make.unique", "names", "sep")
def make_unique(names, sep="."):
    return texts(unique_names(list(as_texts(names)), separator=text(sep)))


def frame_of_table(table, responses="Freq"):
    """as.data.frame of a table: one row for each cell, the first variable varying fastest."""
    sizes = [len(labels) for labels in table.dimnames.values()]
    columns, repeat = {}, 1
    for (name, labels), size in zip(table.dimnames.items(), sizes, strict=True):
        codes = np.repeat(np.arange(size), repeat)
        columns[name] = Factor(np.resize(codes, math.prod(sizes)), labels)
        repeat *= size
    named = {f"Var{n}" if n.isdigit() else n: column for n, column in columns.items()}
    return Frame({**named, responses: plain(table)})


@BASE.function("as.data.frame", "x", "row.names", "optional", "...", "responseName")
def as_data_frame(x, row_names=None, optional=None, dots=(), responseName="Freq"):
    if isinstance(x, RTable):
        return frame_of_table(x, text(responseName))
    if isinstance(x, RMatrix) and x.colnames is None:
        return Frame({f"V{k + 1}": x.values[:, k] for k in range(x.shape[1])}, x.rownames)
    return x if isinstance(x, Frame) else Frame(dict(named_columns("x", x, own=True)))


@BASE.function("expand.grid", "...", "KEEP.OUT.ATTRS", "stringsAsFactors")
def expand_grid(dots, KEEP_OUT_ATTRS=None, stringsAsFactors=True):
    if len(dots) == 1 and isinstance(dots[0][1], (RList, Frame)):
        dots = as_items(dots[0][1])
    columns, total, repeat = {}, math.prod(length(value) for _, value in dots), 1
    for k, (key, value) in enumerate(dots):
        values = plain(value)
        if is_text(values) and truth(stringsAsFactors):
            values = factor_of(values, list(dict.fromkeys(values)))
        places = np.resize(np.repeat(np.arange(len(values)), repeat), total)
        columns[key or f"Var{k + 1}"] = take(values, places)
        repeat *= len(values)
    return Frame(columns)


@BASE.special("cbind", "...", "deparse.level", "stringsAsFactors")
def cbind(dots, deparse_level=None, stringsAsFactors=None):
    parts = [(key or _symbol_of(p), p.value) for key, p in dots if p.value is not None]
    if any(isinstance(value, Frame) for _, value in parts):
        columns = [pair for key, value in parts for pair in named_columns(key, value, own=True)]
        size = max(rows_of(column) for _, column in columns)
        return Frame({name: recycled(column, size) for name, column in columns})
    return bound(parts)


@BASE.special("rbind", "...", "deparse.level", "stringsAsFactors")
def rbind(dots, deparse_level=None, stringsAsFactors=None):
    parts = [(key or _symbol_of(p), p.value) for key, p in dots if p.value is not None]
    if not any(isinstance(value, Frame) for _, value in parts):
        flipped = [(k, transposed(v) if isinstance(v, RMatrix) else v) for k, v in parts]
        return transposed(bound(flipped))
    frames = [
        value if isinstance(value, Frame) else Frame(dict(as_items(value))) for _, value in parts
    ]
    names = frames[0].names
    return Frame({name: _stacked([frame[name] for frame in frames]) for name in names})


def _stacked(columns):
    if any(isinstance(column, Factor) for column in columns):
        return combined([factor_of(column) for column in columns])
    return combined(columns)


def bound(parts):
    """Vectors and matrices side by side."""
    size = max(rows_of(value) for _, value in parts)
    blocks, names = [], []
    labels = next(
        (names_or_rows(v) for _, v in parts if rows_of(v) == size and names_or_rows(v)), None
    )
    for key, value in parts:
        if isinstance(value, RMatrix):
            blocks.append(plain(value))
            names += value.colnames or [""] * value.shape[1]
        else:
            blocks.append(recycled_loosely(plain(value), size))
            names.append(key or "")
    values = combined(blocks).reshape(size, -1, order="F")
    return RMatrix(values, labels, names if any(names) else None)


def names_or_rows(value):
    return value.rownames if isinstance(value, RMatrix) else names_of(value)


def data_environment(data, parent):
    """An environment of the columns of a frame or the named parts of a list."""
    return Environment(parent, {name: value for name, value in as_items(data) if name})


@BASE.special("with", "data", "expr", "...")
def with_(call, data, expr, dots=()):
    return call.evaluate(expr.node, data_environment(data.value, expr.environment))


@BASE.special("within", "data", "expr", "...")
def within(call, data, expr, dots=()):
    frame = data.value
    here = data_environment(frame, expr.environment)
    call.evaluate(expr.node, here)
    new = [name for name in here.values if name not in frame]
    for name in [*frame.names, *reversed(new)]:
        frame = frame.with_column(name, here.values[name])
    return frame


@BASE.special("transform", "_data", "...")
def transform(call, _data, dots):
    frame = _data.value
    here = data_environment(frame, call.environment)
    for key, promise in dots:
        frame = frame.with_column(key, call.evaluate(promise.node, here))
    return frame


@BASE.special("subset", "x", "subset", "select", "drop", "...")
def subset(call, x, subset=None, select=None, drop=None, dots=()):
    frame = x.value
    if not isinstance(frame, Frame):
        mask = as_numbers(subset.value)
        return take(frame, np.flatnonzero(mask == 1))
    if subset is not None:
        mask = call.evaluate(subset.node, data_environment(frame, subset.environment))
        frame_rows = np.flatnonzero(as_numbers(recycled(mask, frame.nrow)) == 1)
    else:
        frame_rows = np.arange(frame.nrow)
    if select is not None:
        places = {name: np.array([k + 1.0]) for k, name in enumerate(frame.names)}
        chosen = call.evaluate(select.node, Environment(select.environment, places))
        frame = frame.select(_column_names(frame, chosen))
    return frame.take(frame_rows)


@BASE.function("complete.cases", "...")
def complete_cases(dots):
    columns = [
        v for _, value in dots for v in (elements(value) if isinstance(value, Frame) else [value])
    ]
    return ~np.any([missing(column) for column in columns], axis=0)


@BASE.function("na.omit", "object", "...")
def na_omit(object, dots=()):
    if isinstance(object, Frame):
        return object.where(complete_cases([(None, object)]))
    return take(object, np.flatnonzero(~missing(object)))


@BASE.function("head", "x", "n", "...")
def head(x, n=6.0, dots=()):
    size, n = nrow_or_length(x), int(number(n))
    return _rows(x, np.arange(min(n, size) if n >= 0 else max(size + n, 0)))


@BASE.function("tail", "x", "n", "...")
def tail(x, n=6.0, dots=()):
    size, n = int(nrow_or_length(x)), int(number(n))
    return _rows(x, np.arange(max(size - n, 0) if n >= 0 else min(-n, size), size))


def _rows(x, places):
    places = np.asarray(places, dtype=np.int64)
    return x.take(places) if isinstance(x, Frame) else take(x, places)
