"""R's functions that make, join, cut and name vectors."""

import math
import re

import numpy as np

from tests.reference.r_language import BASE, RFunction, elements, flag
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
    is_number,
    is_text,
    keep_names,
    length,
    logicals,
    names_of,
    number,
    number_text,
    plain,
    recycled,
    take,
    text,
    texts,
    with_names,
)

# --- making vectors -------------------------------------------------------------------------------


@BASE.function("c", "...")
def c(dots):
    parts = [(key, value) for key, value in dots if key not in {"recursive", "use.names"}]
    if any(isinstance(value, RList) or not _is_atomic(value) for _, value in parts):
        return _joined_lists(parts)
    values = combined([value for _, value in parts])
    names = [name for key, value in parts for name in joined_names(key, value)]
    return with_names(values, names) if any(names) else values


def _is_atomic(value):
    kinds = (np.ndarray, Named, Factor, RMatrix, RTable)
    return value is None or isinstance(value, kinds) or hasattr(value, "r_vector")


def _joined_lists(parts):
    values, names = [], []
    for key, value in parts:
        held = (
            elements(value) if _is_atomic(value) or isinstance(value, (RList, Frame)) else [value]
        )
        values += held
        own = value.names if isinstance(value, (RList, Frame)) else names_of(value)
        names += joined_names(key, RList(held, own))
    return RList(values, names)


def joined_names(key, value):
    """Names of c(key = value): key, key1, key2 … or key.name."""
    size, own = length(value), names_of(value)
    own = own or [""] * size
    if not key:
        return own
    numbered = [key if size == 1 else f"{key}{place + 1}" for place in range(size)]
    return [f"{key}.{name}" if name else n for name, n in zip(own, numbered, strict=True)]


@BASE.function("list", "...")
def list_(dots):
    return RList([value for _, value in dots], [key or "" for key, _ in dots])


@BASE.function("vector", "mode", "length")
def vector(mode=None, length=0.0):
    size = int(number(length))
    kind = "logical" if mode is None else text(mode)
    return RList([None] * size) if kind == "list" else blank(kind, size)


def blank(kind, size):
    if kind == "character":
        return texts([""] * size)
    return np.zeros(size, dtype=bool if kind == "logical" else np.float64)


def _blank_maker(kind):
    @BASE.function(kind, "length")
    def make(length=0.0):
        return blank(kind, int(number(length)))


for _name in ("numeric", "character", "logical", "integer", "double"):
    _blank_maker(_name)


@BASE.function("seq_len", "length.out")
def seq_len(length_out):
    return np.arange(1.0, number(length_out) + 1)


@BASE.function("seq_along", "along.with")
def seq_along(along_with):
    return np.arange(1.0, length(along_with) + 1)


@BASE.function("seq", "from", "to", "by", "length.out", "along.with", "...")
def seq(from_=None, to=None, by=None, length_out=None, along_with=None, dots=()):
    size = length(along_with) if along_with is not None else None
    size = size if length_out is None else math.ceil(number(length_out))
    if from_ is not None and to is None and by is None and size is None:
        return np.arange(1.0, (number(from_) if length(from_) == 1 else length(from_)) + 1)
    if size is not None:
        return _sequence_of_size(from_, to, by, size)
    start, end = (1.0 if value is None else number(value) for value in (from_, to))
    step = (1.0 if end >= start else -1.0) if by is None else number(by)
    if step == 0 or (end - start) / step < 0:
        if start == end:
            return np.array([start])
        raise RError("wrong sign in 'by' argument")
    return start + step * np.arange(math.floor((end - start) / step + 1e-10) + 1)


def _sequence_of_size(from_, to, by, size):
    steps = np.arange(float(size))
    if from_ is not None and to is not None:
        return np.linspace(number(from_), number(to), size)
    step = 1.0 if by is None else number(by)
    if to is not None:
        return number(to) - step * steps[::-1]
    return (1.0 if from_ is None else number(from_)) + step * steps


BASE.alias("seq.int", "seq")


@BASE.function("rep", "x", "times", "each", "length.out", "...")
def rep(x, times=None, each=None, length_out=None, dots=()):
    places = np.arange(length(x))
    if each is not None:
        places = np.repeat(places, int(number(each)))
    if length_out is not None:
        return take(as_value(x), np.resize(places, int(number(length_out))))
    if times is not None and length(times) > 1:
        return take(as_value(x), np.repeat(places, as_numbers(times).astype(int)))
    return take(as_value(x), np.tile(places, 1 if times is None else int(number(times))))


BASE.alias("rep.int", "rep")


@BASE.function("rep_len", "x", "length.out")
def rep_len(x, length_out):
    return rep(x, length_out=length_out)


@BASE.function("rev", "x")
def rev(x):
    return take(x, np.arange(length(x))[::-1])


@BASE.function("append", "x", "values", "after")
def append(x, values, after=None):
    return c([(None, x), (None, values)])


def _filled(value, size):
    return [element or "" for element in as_texts(recycled_loosely(as_texts(value), size))]


def recycled_loosely(values, size):
    return values[np.arange(size) % len(values)]


def pasted(dots, separator, collapse):
    parts = [["NA" if t is None else t for t in as_pasted(value)] for _, value in dots]
    parts = [part for part in parts if part]
    size = max(map(len, parts), default=0)
    rows = [separator.join(part[row % len(part)] for part in parts) for row in range(size)]
    return texts(rows) if collapse is None else texts([text(collapse).join(rows)])


def as_pasted(value):
    if isinstance(value, RList):
        return [text(element) for element in value]
    return as_texts(value) if value is not None else []


@BASE.function("paste", "...", "sep", "collapse")
def paste(dots, sep=" ", collapse=None):
    return pasted(dots, text(sep), collapse)


@BASE.function("paste0", "...", "collapse")
def paste0(dots, collapse=None):
    return pasted(dots, "", collapse)


@BASE.function("sprintf", "fmt", "...")
def sprintf(fmt, dots):
    size = max([length(fmt), *(length(value) for _, value in dots)])
    formats = as_texts(recycled(fmt, size))
    columns = [elements(recycled(value, size)) for _, value in dots]
    rows = zip(formats, *columns, strict=True)
    return texts(form % tuple(_formatted(value) for value in row) for form, *row in rows)


def _formatted(value):
    return text(value) if is_text(value) or isinstance(value, Factor) else number(value)


def _text_function(name, function):
    @BASE.function(name, "x")
    def each(x):
        return keep_names(texts(s if s is None else function(s) for s in as_texts(x)), x)


_text_function("toupper", str.upper)


_text_function("tolower", str.lower)


_text_function("trimws", str.strip)


@BASE.function("nchar", "x", "type")
def nchar(x, type=None):
    return np.array([2 if s is None else len(s) for s in as_texts(x)], dtype=np.float64)


@BASE.function("substr", "x", "start", "stop")
def substr(x, start, stop=1000000.0):
    values = as_texts(x)
    starts, stops = (as_numbers(recycled(v, len(values))).astype(int) for v in (start, stop))
    pieces = zip(values, starts, stops, strict=True)
    return texts(None if s is None else s[max(a - 1, 0) : b] for s, a, b in pieces)


BASE.functions["substring"] = RFunction("substring", ("text", "first", "last"), lambda text, first,
    last=1000000.0: substr(text, first, last))  # fmt: skip


@BASE.function("strsplit", "x", "split", "fixed", "perl", "...")
def strsplit(x, split, fixed=None, perl=None, dots=()):
    found = pattern_of(split, fixed)
    return RList([texts(found.split(s) if text(split) else list(s)) for s in as_texts(x)])


@BASE.function("format", "x", "trim", "digits", "nsmall", "...")
def format_(x, trim=None, digits=7.0, nsmall=0.0, dots=()):
    if not is_number(x):
        return as_texts(x)
    wanted, least = int(number(digits)), int(number(nsmall))
    values = as_numbers(x)
    places = max([least, *(_decimals(value, wanted) for value in values)])
    made = [number_text(v) if not math.isfinite(v) else f"{v:.{places}f}" for v in values]
    width = 0 if flag(trim) else max(map(len, made), default=0)
    return keep_names(texts(each.rjust(width) for each in made), x)


def _decimals(value, digits):
    """Decimal places that show a number with so many significant digits."""
    shown = number_text(float(f"{value:.{digits}g}"))
    return len(shown.partition(".")[2]) if "e" not in shown else 0


@BASE.function("formatC", "x", "width", "digits", "format", "flag", "...")
def format_c(x, width=0.0, digits=None, format=None, flag="", dots=()):
    kind = text(format) if format is not None else "s" if is_text(x) else "g"
    places = "" if digits is None else f".{int(number(digits))}"
    size = int(number(width)) or ""
    if kind == "d" or (kind == "g" and (as_numbers(x) % 1 == 0).all() and digits is None):
        return texts(f"%{text(flag)}{size}d" % round(v) for v in as_numbers(x))
    held = as_texts(x) if kind == "s" else as_numbers(x)
    return texts(f"%{text(flag)}{size}{places}{kind}" % v for v in held)


@BASE.function("startsWith", "x", "prefix")
def starts_with(x, prefix):
    return logicals([s.startswith(text(prefix)) for s in as_texts(x)])


@BASE.function("endsWith", "x", "suffix")
def ends_with(x, suffix):
    return logicals([s.endswith(text(suffix)) for s in as_texts(x)])


def pattern_of(pattern, fixed, ignore_case=None):
    source = re.escape(text(pattern)) if flag(fixed) else text(pattern)
    for name, letters in {"digit": "0-9", "alpha": "A-Za-z", "space": r"\s"}.items():
        source = source.replace(f"[:{name}:]", letters)
    return re.compile(source, re.IGNORECASE if flag(ignore_case) else 0)


@BASE.function("grepl", "pattern", "x", "ignore.case", "perl", "fixed")
def grepl(pattern, x, ignore_case=None, perl=None, fixed=None):
    found = pattern_of(pattern, fixed, ignore_case)
    return logicals([s is not None and bool(found.search(s)) for s in as_texts(x)])


@BASE.function("grep", "pattern", "x", "ignore.case", "perl", "value", "fixed")
def grep(pattern, x, ignore_case=None, perl=None, value=None, fixed=None):
    places = np.flatnonzero(grepl(pattern, x, ignore_case, perl, fixed))
    return take(x, places) if flag(value) else places + 1.0


def _substitution(name, count):
    @BASE.function(name, "pattern", "replacement", "x", "ignore.case", "perl", "fixed")
    def substitute(pattern, replacement, x, ignore_case=None, perl=None, fixed=None):
        found, new = pattern_of(pattern, fixed, ignore_case), text(replacement)
        new = new.replace("\\", "\\\\") if flag(fixed) else new
        return texts(s if s is None else found.sub(new, s, count=count) for s in as_texts(x))


_substitution("sub", 1)


_substitution("gsub", 0)


# --- names and dimensions -------------------------------------------------------------------------


@BASE.function("names", "x")
def names(x):
    found = names_of(x)
    return None if found is None else texts(found)


@BASE.function("names<-", "x", "value")
def set_names(x, value):
    names = None if value is None else list(as_texts(value))
    if names is not None:
        names = ["<NA>" if name is None else name for name in names]
        names += ["<NA>"] * (length(x) - len(names))
    if isinstance(x, Frame):
        columns = dict(zip(names, x.columns.values(), strict=True))
        return Frame(columns, x.row_names, nrow=x.nrow)
    return RList(x.values, names) if isinstance(x, RList) else with_names(plain(x), names)


@BASE.function("setNames", "object", "nm")
def set_names_of(object=None, nm=None):
    return set_names(nm if object is None else object, nm)


@BASE.function("unname", "obj", "force")
def unname(obj, force=None):
    if isinstance(obj, RMatrix):
        return RMatrix(obj.values)
    return RList(obj.values) if isinstance(obj, RList) else plain(obj)


@BASE.function("rownames", "x", "...")
def rownames(x, dots=()):
    found = x.labels() if isinstance(x, Frame) else dimension_names(x)[0]
    return None if found is None else texts(found)


@BASE.function("colnames", "x", "...")
def colnames(x, dots=()):
    found = x.names if isinstance(x, Frame) else dimension_names(x)[1]
    return None if found is None else texts(found)


BASE.alias("row.names", "rownames")


def dimension_names(x):
    if isinstance(x, RMatrix):
        return [x.rownames, x.colnames]
    return [*x.dimnames.values(), None][:2] if isinstance(x, RTable) else [None, None]


def _labels_or_none(value):
    return None if value is None else list(as_texts(value))


@BASE.function("rownames<-", "x", "value")
def set_rownames(x, value):
    if isinstance(x, Frame):
        return Frame(x.columns, _labels_or_none(value), nrow=x.nrow)
    return RMatrix(x.values, _labels_or_none(value), x.colnames)


BASE.alias("row.names<-", "rownames<-")


@BASE.function("colnames<-", "x", "value")
def set_colnames(x, value):
    if isinstance(x, Frame):
        return set_names(x, value)
    return RMatrix(x.values, x.rownames, _labels_or_none(value))


@BASE.function("dimnames", "x")
def dimnames(x):
    if isinstance(x, RTable):
        return RList.of({name: texts(labels) for name, labels in x.dimnames.items()})
    parts = [x.labels(), x.names] if isinstance(x, Frame) else dimension_names(x)
    return RList([None if p is None else texts(p) for p in parts]) if any(parts) else None


@BASE.function("dimnames<-", "x", "value")
def set_dimnames(x, value):
    rows, columns = value.values if value is not None else (None, None)
    return RMatrix(x.values, _labels_or_none(rows), _labels_or_none(columns))


@BASE.function("length", "x")
def length_(x):
    return length(x)


@BASE.function("lengths", "x", "use.names")
def lengths(x, use_names=None):
    sizes = np.array([length(element) for element in elements(x)], dtype=np.float64)
    return with_names(sizes, names_of(x))


@BASE.function("dim", "x")
def dim(x):
    if isinstance(x, Frame):
        return np.array([x.nrow, len(x)], dtype=np.float64)
    if isinstance(x, (RMatrix, RTable)):
        return np.array(x.values.shape, dtype=np.float64)
    return None


@BASE.function("dim<-", "x", "value")
def set_dim(x, value):
    return RMatrix(plain(x).reshape(as_numbers(value).astype(int), order="F"))


@BASE.function("nrow", "x")
def nrow(x):
    size = dim(x)
    return None if size is None else size[0]


@BASE.function("ncol", "x")
def ncol(x):
    size = dim(x)
    return None if size is None else size[1]


@BASE.function("NROW", "x")
def nrow_or_length(x):
    return float(length(x)) if dim(x) is None else nrow(x)


@BASE.function("NCOL", "x")
def ncol_or_one(x):
    return 1.0 if dim(x) is None else ncol(x)
