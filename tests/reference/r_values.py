"""R's values in Python: vectors, factors, data frames, matrices, lists and formulas.

R                        Python
numeric vector           1-D float64 array, NA = nan
logical vector           1-D bool array; with an NA a ``MaybeLogical`` (float64 of 0, 1, nan)
text vector              1-D object array of str, NA = None
vector with names        ``Named(values, names)`` around one of the three
factor                   ``Factor(codes, levels)``, code -1 = NA
matrix, table            ``RMatrix``, ``RTable``
data frame, list, NULL   ``Frame``, ``RList``, None
formula, closure         ``Formula``, ``Function``

A function may return a Python float, bool, int or str: ``as_value`` makes it a vector of length 1.
"""

import functools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Node = Mapping[str, Any]  # a node of the syntax tree, as the reference's README tells


class RError(Exception):
    """What R would refuse with an error."""


class NotFound(RError):
    """A name that means nothing: neither data nor a function."""


class NotTranslated(Exception):
    """A function of R that nobody has written here."""


class MaybeLogical(np.ndarray):
    """A logical vector with missing values: 0, 1 and nan; arithmetic gives plain arrays."""

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        plain = [np.asarray(i) if isinstance(i, MaybeLogical) else i for i in inputs]
        return getattr(ufunc, method)(*plain, **keywords)


@dataclass(eq=False)
class Named:
    """A vector whose elements have names ("" for none)."""

    values: np.ndarray
    names: list[str]

    def __post_init__(self):
        self.names = [str(name) for name in self.names]

    def __len__(self):
        return len(self.values)

    def __getitem__(self, name):
        """The element of that name as a Python scalar; for the caller's convenience."""
        return self.values[self.names.index(name)].item()


@dataclass(eq=False)
class Factor:
    codes: np.ndarray  # int64, -1 = NA
    levels: list[str]

    def __post_init__(self):
        self.codes = np.asarray(self.codes, dtype=np.int64)
        self.levels = [str(level) for level in self.levels]

    def __len__(self):
        return len(self.codes)

    def labels(self):
        """Text of each element, None where missing."""
        return np.array([*self.levels, None], dtype=object)[self.codes]

    def missing(self):
        return self.codes < 0


@dataclass(eq=False)
class RMatrix:
    values: np.ndarray  # 2-D; float64, bool or object
    rownames: list[str] | None = None
    colnames: list[str] | None = None

    def __post_init__(self):
        self.values = np.asarray(self.values)
        self.rownames = _label_list(self.rownames)
        self.colnames = _label_list(self.colnames)

    @property
    def shape(self):
        return self.values.shape

    def __len__(self):
        return self.values.size


def _label_list(labels):
    if labels is None:
        return None
    return ["NA" if label is None else str(label) for label in labels]


@dataclass(eq=False)
class RTable:
    """A contingency table: an array of counts and the levels of each of its dimensions."""

    values: np.ndarray
    dimnames: dict[str, list[str]]

    def __len__(self):
        return self.values.size


class RList:
    """An ordered list; names are "" where an element has none, None where no element has one."""

    def __init__(self, values=(), names: Sequence[str] | None = None):
        self.values = list(values)
        self.names = None if names is None or not any(names) else [str(name) for name in names]

    @classmethod
    def of(cls, parts: Mapping[str, Any]):
        return cls(parts.values(), list(parts))

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return iter(self.values)

    def get(self, name, default=None):
        if self.names is None or name not in self.names:
            return default
        return self.values[self.names.index(name)]

    def items(self):
        return list(zip(self.names or [""] * len(self), self.values, strict=True))

    def __repr__(self):
        return f"RList({self.items()!r})"


class Frame:
    """A data frame: columns of one length, by name, in order."""

    def __init__(self, columns: Mapping[str, Any], row_names: Sequence[str] | None = None, nrow=0):
        self.columns = {str(name): drop_names(column) for name, column in columns.items()}
        sizes = {rows_of(column) for column in self.columns.values()}
        if len(sizes) > 1:
            raise RError("arguments imply differing number of rows")
        self.nrow = sizes.pop() if sizes else nrow
        self.row_names = None if row_names is None else [str(name) for name in row_names]

    @property
    def names(self):
        return list(self.columns)

    def __len__(self):
        return len(self.columns)

    def __contains__(self, name):
        return name in self.columns

    def __getitem__(self, name):
        if name not in self.columns:
            raise RError(f"undefined column '{name}'")
        return self.columns[name]

    def labels(self):
        """Names of the rows; their numbers where they have none."""
        return self.row_names or [str(row + 1) for row in range(self.nrow)]

    def take(self, positions):
        """Rows at these positions from 0; -1 gives a row of missing values."""
        positions = np.asarray(positions, dtype=np.int64)
        columns = {name: take(column, positions) for name, column in self.columns.items()}
        default = self.row_names is None and np.array_equal(positions, np.arange(self.nrow))
        labels = None if default else self._taken_labels(positions)
        return Frame(columns, labels, nrow=len(positions))

    def _taken_labels(self, positions):
        own = [*self.labels(), "NA"]
        return unique_names([own[position] for position in positions], separator=".")

    def where(self, mask):
        """Rows where a boolean array holds."""
        return self.take(np.flatnonzero(mask))

    def select(self, names: Iterable[str]):
        return Frame({name: self[name] for name in names}, self.row_names, nrow=self.nrow)

    def with_column(self, name, column):
        """A copy with one column set, or removed when it is None."""
        columns = dict(self.columns)
        if column is None:
            columns.pop(name, None)
        else:
            columns[name] = recycled(column, self.nrow) if self.columns else column
        return Frame(columns, self.row_names, nrow=self.nrow)


@dataclass(eq=False)
class Formula:
    lhs: Node | None
    rhs: Node
    environment: Any


@dataclass(eq=False)
class Function:
    """A closure written in R: ``function(i) …``."""

    parameters: dict[str, Node]
    body: Node
    environment: Any


# --- kinds and conversions ---------------------------------------------------------------------


def as_value(value):
    """A Python scalar, list of scalars or tuple as an R vector; anything else as it is."""
    if isinstance(value, (bool, np.bool_)):
        return np.array([value], dtype=bool)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return np.array([value], dtype=np.float64)
    if isinstance(value, str):
        return texts([value])
    if isinstance(value, np.ndarray):
        return _array(value)
    return value


def _array(value):
    if value.ndim == 2:
        return RMatrix(value)
    if value.ndim == 0:
        return as_value(value.item())
    if isinstance(value, MaybeLogical) or value.dtype in {np.dtype(bool), np.dtype(object)}:
        return value
    return value.astype(object if value.dtype.kind == "U" else np.float64)


def texts(values: Iterable[str | None]):
    """An object array of texts; numpy would make a fixed-width one."""
    values = list(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def logicals(values):
    """A logical vector of truth values 0, 1, nan (or bools)."""
    values = np.asarray(values)
    if values.dtype == bool:
        return values
    values = values.astype(np.float64)
    if np.isnan(values).any():
        return np.where(np.isnan(values), np.nan, values != 0).view(MaybeLogical)
    return values != 0


def drop_names(value):
    return value.values if isinstance(value, Named) else as_value(value)


def plain(value):
    """The elements alone, as a 1-D array or a Factor: without names, dimensions or table."""
    value = as_value(value)
    if value is None:
        return np.zeros(0)
    if isinstance(value, Named):
        return value.values
    if isinstance(value, (RMatrix, RTable)):
        return value.values.ravel(order="F")
    if isinstance(value, RList):
        return _flattened(value)
    if isinstance(value, (np.ndarray, Factor)):
        return value
    if hasattr(value, "r_vector"):  # an estimate of ours that counts as a vector where R's does
        return plain(value.r_vector())
    raise RError(f"not a vector: {type(value).__name__}")


def _flattened(values):
    if any(length(value) != 1 for value in values):
        raise RError("a list of scalars is wanted")
    return combined([plain(value) for value in values])


def is_text(value):
    value = drop_names(value)
    kind = value.values if isinstance(value, (RMatrix, RTable)) else value
    return isinstance(kind, np.ndarray) and kind.dtype == object


def is_logical(value):
    value = drop_names(value)
    kind = value.values if isinstance(value, RMatrix) else value
    return isinstance(kind, np.ndarray) and (kind.dtype == bool or isinstance(kind, MaybeLogical))


def is_number(value):
    value = drop_names(value)
    kind = value.values if isinstance(value, (RMatrix, RTable)) else value
    return isinstance(kind, np.ndarray) and not (is_text(kind) or is_logical(kind))


def is_vector(value):
    return isinstance(as_value(value), (np.ndarray, Named))


def as_numbers(value):
    """float64 elements: codes of a factor from 1, texts as numbers, TRUE as 1."""
    value = plain(value)
    if isinstance(value, Factor):
        return np.where(value.codes < 0, np.nan, value.codes + 1.0)
    if value.dtype == object:
        return np.array([_parsed(text) for text in value], dtype=np.float64)
    return np.asarray(value).astype(np.float64)


def _parsed(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan


def as_texts(value):
    """Texts as as.character gives them; None where missing."""
    value = plain(value)
    if isinstance(value, Factor):
        return value.labels()
    if value.dtype == object:
        return value
    if is_logical(value):
        return texts({0.0: "FALSE", 1.0: "TRUE"}.get(float(v)) for v in value)
    # A vector of whole numbers stands for R's integers, which are never written as 1e+05.
    whole = bool(np.equal(np.mod(value[np.isfinite(value)], 1), 0).all())
    return texts(None if math.isnan(v) else number_text(v, whole=whole) for v in value.tolist())


def as_logicals(value):
    value = plain(value)
    if isinstance(value, Factor) or value.dtype == object:
        words = {**dict.fromkeys(("TRUE", "T", "true", "True"), 1.0)}
        words |= dict.fromkeys(("FALSE", "F", "false", "False"), 0.0)
        return logicals([words.get(text, math.nan) for text in as_texts(value)])
    return value if is_logical(value) else logicals(value)


def number(value):
    """The one number of a vector of length 1."""
    return float(_only(as_numbers(value)))


def text(value):
    """The one text of a vector of length 1."""
    return _only(as_texts(value))


def truth(value):
    """TRUE or FALSE of a condition; NA and an empty condition are errors, as in R."""
    values = as_logicals(value)
    if len(values) == 0:
        raise RError("argument is of length zero")
    if math.isnan(values[0]):
        raise RError("missing value where TRUE/FALSE needed")
    return bool(values[0])


def _only(values):
    if len(values) != 1:
        raise RError(f"one value is wanted, not {len(values)}")
    return values[0]


def number_text(value: float, *, whole=True):
    """A number as as.character and deparse write it, with at most 15 significant digits.

    ``whole`` writes every whole number in full, as R does integers; a double 100000 is "1e+05".
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    if whole and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    wanted = float(f"{value:.14e}")
    digits = next(d for d in range(15) if float(f"{value:.{d}e}") == wanted)
    scientific = f"{value:.{digits}e}"
    exponent = int(scientific.split("e")[1])
    fixed = f"{value:.{max(digits - exponent, 0)}f}"
    return fixed if len(fixed) <= len(scientific) else scientific


# --- parts and sizes ---------------------------------------------------------------------------


def length(value):
    value = as_value(value)
    if value is None:
        return 0
    return len(value) if hasattr(value, "__len__") else 1


def rows_of(column):
    column = as_value(column)
    return column.shape[0] if isinstance(column, RMatrix) else length(column)


def names_of(value):
    """Names of the elements, or None."""
    if isinstance(value, (Named, RList, Frame)):
        return value.names
    if isinstance(value, RTable) and len(value.dimnames) == 1:
        return next(iter(value.dimnames.values()))
    return names_of(value.r_vector()) if hasattr(value, "r_vector") else None


def with_names(values, names):
    """The vector with these names; as it is when names are None."""
    values = drop_names(values)
    if names is None or isinstance(values, Factor):
        return values
    return Named(values, names)


def keep_names(values, source):
    """What a function of each element does: names and dimensions stay."""
    if isinstance(source, RMatrix):
        shaped = np.asarray(values).reshape(source.shape, order="F")
        return RMatrix(shaped, source.rownames, source.colnames)
    if isinstance(source, RTable):
        return RTable(np.asarray(values).reshape(source.values.shape, order="F"), source.dimnames)
    names = names_of(source)
    return Named(values, names) if names is not None and len(names) == len(values) else values


def take(vector, positions):
    """Elements (rows of a matrix) at these positions from 0; -1 is missing."""
    positions = np.asarray(positions, dtype=np.int64)
    vector = as_value(vector)
    outside = positions < 0
    if isinstance(vector, Factor):
        return Factor(np.where(outside, -1, _picked(vector.codes, positions)), vector.levels)
    if isinstance(vector, Named):
        return Named(take(vector.values, positions), _taken_names(vector.names, positions))
    if isinstance(vector, RMatrix):
        labels = vector.rownames and [vector.rownames[position] for position in positions]
        return RMatrix(_taken(vector.values, positions), labels, vector.colnames)
    if isinstance(vector, RList):
        values = [None if position < 0 else vector.values[position] for position in positions]
        return RList(values, vector.names and _taken_names(vector.names, positions))
    return _taken(vector, positions)


def _taken_names(names, positions):
    return ["<NA>" if position < 0 else names[position] for position in positions]


def _picked(values, positions):
    return values[np.maximum(positions, 0)] if len(values) else np.zeros(len(positions), np.int64)


def _taken(values, positions):
    outside = positions < 0
    if not outside.any():
        return values[positions]
    if values.dtype == object:
        return texts([None if p < 0 else values[p] for p in positions])
    values = values if len(values) else np.full(1, np.nan)
    picked = np.asarray(values, dtype=np.float64)[np.maximum(positions, 0)]
    picked[outside] = np.nan
    return logicals(picked) if is_logical(values) else picked


def combined(vectors):
    """Vectors one after another, in the widest kind: logical, number, text. Factors join levels."""
    vectors = [plain(vector) for vector in vectors if vector is not None]
    if not vectors:
        return None
    if all(isinstance(vector, Factor) for vector in vectors):
        levels = list(dict.fromkeys(level for vector in vectors for level in vector.levels))
        return factor_of(np.concatenate([vector.labels() for vector in vectors]), levels)
    if any(is_text(vector) for vector in vectors):
        return np.concatenate([as_texts(vector) for vector in vectors])
    if all(is_logical(vector) for vector in vectors):
        return logicals(np.concatenate([np.asarray(vector) for vector in vectors]))
    return np.concatenate([as_numbers(vector) for vector in vectors])


def recycled(value, size):
    """A vector repeated to a size, as R recycles."""
    value = as_value(value)
    own = rows_of(value)
    if own == size:
        return value
    if own == 0 or size % own:
        raise RError(f"{own} elements cannot be recycled to {size}")
    return take(value, np.arange(size) % own)


def missing(value):
    """Boolean array: which elements are NA; of a matrix, which rows hold one."""
    value = as_value(value)
    if isinstance(value, Factor):
        return value.missing()
    if isinstance(value, RMatrix):
        holds = missing(value.values.ravel()).reshape(value.shape)
        return holds.any(axis=1)
    value = plain(value)
    if value.dtype == object:
        return np.array([element is None for element in value], dtype=bool)
    return np.isnan(np.asarray(value, dtype=np.float64))


# --- factors -----------------------------------------------------------------------------------

# The order of R's sort in the locale of the reference (ICU's root): marks, digits, then letters
# with the small one before the capital one. Other writing systems follow by code point.
MARKS = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"


@functools.lru_cache(maxsize=100_000)
def text_order(value: str):
    """Key that sorts texts as R does."""
    return [_rank(letter) for letter in value], [letter.isupper() for letter in value], value


def _rank(letter):
    if letter.isspace():
        return 0, 0, ""
    if letter in MARKS:
        return 1, MARKS.index(letter), ""
    return (2 if letter.isdigit() else 3), 0, letter.casefold()


def sorted_levels(value):
    """Levels that factor() would give: distinct values in order, as texts."""
    if isinstance(value, Factor):
        used = np.unique(value.codes[value.codes >= 0])
        return [value.levels[code] for code in used]
    value = plain(value)
    if is_text(value):
        return sorted({element for element in value if element is not None}, key=text_order)
    numbers = np.asarray(value, dtype=np.float64)
    distinct = np.unique(numbers[~np.isnan(numbers)])
    return list(as_texts(logicals(distinct) if is_logical(value) else distinct))


def factor_of(value, levels: Sequence[str] | None = None):
    """A factor of the values as texts; a factor stays as it is when no levels are given."""
    value = as_value(value)
    if levels is None:
        if isinstance(value, Factor):
            return value
        levels = sorted_levels(value)
    place = {level: code for code, level in enumerate(levels)}
    return Factor(np.array([place.get(label, -1) for label in as_texts(value)], int), levels)


def used_levels(value: Factor):
    """The factor with only the levels that occur."""
    return factor_of(value.labels(), sorted_levels(value))


def crossed(factors: Sequence[Factor], *, separator="."):
    """One factor of the combinations; the levels of the first vary fastest."""
    codes, levels = factors[0].codes, factors[0].levels
    for factor in factors[1:]:
        gone = (codes < 0) | (factor.codes < 0)
        codes = np.where(gone, -1, codes + len(levels) * factor.codes)
        levels = [f"{a}{separator}{b}" for b in factor.levels for a in levels]
    return Factor(codes, levels)


def unique_names(names: Sequence[str], *, separator="."):
    """make.unique: later ones of the same name get .1, .2, …"""
    taken, counts, result = set(names), dict[str, int](), []
    seen = set()
    for name in names:
        fresh = name
        while fresh in seen or (fresh != name and fresh in taken):
            counts[name] = counts.get(name, 0) + 1
            fresh = f"{name}{separator}{counts[name]}"
        seen.add(fresh)
        result.append(fresh)
    return result


# --- the syntax tree as text -------------------------------------------------------------------

SPACED = {"+", "-", "*", "==", "!=", "<", ">", "<=", ">=", "&", "&&", "|", "||", "<-", "<<-", "="}
TIGHT = {"/", "^", ":", "$", "@", "::", ":::"}
SYNTACTIC = re.compile(r"(?!\.?\d)(?![_])[\w.]+")


def deparse(node: Node) -> str:
    """A node as R's deparse writes it."""
    if "name" in node:
        return _symbol(node["name"])
    if "number" in node:
        return _number(node["number"])
    if "string" in node:
        return _quoted(node["string"])
    if "logical" in node:
        return {True: "TRUE", False: "FALSE"}.get(node["logical"], "NA")
    if "null" in node:
        return "NULL"
    return _deparsed_call(node) if "call" in node else ""


def _symbol(name):
    return name if SYNTACTIC.fullmatch(name) else f"`{name}`"


def _number(value):
    if value is None or value == "NA":
        return "NA"
    return number_text(float(value), whole=False)


def _quoted(value):
    value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value.replace(chr(10), chr(92) + "n").replace(chr(9), chr(92) + "t")}"'


def _deparsed_call(node):
    name = node["call"]
    parts = [_argument(argument) for argument in node["args"]]
    if not isinstance(name, str):
        return f"{deparse(name)}({', '.join(parts)})"
    if name == "(":
        return f"({parts[0]})"
    if name == "{":
        return f"{{{'; '.join(parts)}}}"
    if name == "[":
        return f"{parts[0]}[{', '.join(parts[1:])}]"
    if name == "[[":
        return f"{parts[0]}[[{', '.join(parts[1:])}]]"
    if name == "function":
        return f"function({_parameters(node)}) {parts[1]}"
    if name == "if":
        other = f" else {parts[2]}" if len(parts) == 3 else ""
        return f"if ({parts[0]}) {parts[1]}{other}"
    if len(parts) == 2 and (name in SPACED or name == "~" or re.fullmatch("%.*%", name)):
        return f"{parts[0]} {name} {parts[1]}"
    if len(parts) == 2 and name in TIGHT:
        return f"{parts[0]}{name}{parts[1]}"
    if len(parts) == 1 and name in {"-", "+", "!", "~"}:
        return f"{name}{parts[0]}"
    return f"{_symbol(name)}({', '.join(parts)})"


def _argument(argument):
    value = deparse(argument["value"])
    return f"{_symbol(argument['key'])} = {value}" if argument.get("key") else value


def _parameters(node):
    parameters = node["args"][0]["value"].get("pairlist", {})
    return ", ".join(
        name if "empty" in default else f"{name} = {deparse(default)}"
        for name, default in parameters.items()
    )


# --- reading data ------------------------------------------------------------------------------

CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)')
EMPTY_CELLS = {"", "NA"}


def read_csv(path: Path) -> Frame:
    """A data file: text in quotes is text (numerals too), plain cells are numbers, empty is NA."""
    header, *rows = _cells(Path(path).read_text(encoding="utf-8-sig"))
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return Frame({name: _column(cells) for (name, _), cells in zip(header, columns, strict=True)})


def _cells(content):
    """Rows of (text, whether it was quoted)."""
    rows, row = [], []
    for match in CELL.finditer(content.rstrip("\r\n") + "\n"):
        quoted, bare, end = match.groups()
        row.append((bare, False) if quoted is None else (quoted.replace('""', '"'), True))
        if end != ",":
            rows.append(row)
            row = []
            if match.end() > len(content.rstrip("\r\n")):
                break
    return rows


def _column(cells):
    if any(quoted for _, quoted in cells):
        return texts(
            value if quoted or value not in EMPTY_CELLS else None for value, quoted in cells
        )
    values = [None if value in EMPTY_CELLS else value for value, _ in cells]
    if {"TRUE", "FALSE"} >= set(values) - {None} and any(values):
        return as_logicals(texts(values))
    try:
        return np.array([math.nan if value is None else float(value) for value in values], float)
    except ValueError:
        return texts(values)
