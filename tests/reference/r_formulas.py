"""R's formulas over data: terms, model matrices, and survey's columns and groups.

made = model_matrix(formula, frame)     # of all rows; .values, .names, .assign, .complete
names, columns, complete = analysis_columns(formula, frame)      # as svymean has them
groups = by_groups(formula, frame)      # as svyby has them: .factors, .combined, .occurring()
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.reference import r_builtins  # noqa: F401  (declares R's base functions)
from tests.reference.r_builtins_tables import as_items, counted, data_environment
from tests.reference.r_language import Environment, Interpreter, Library
from tests.reference.r_values import (
    Factor,
    Formula,
    Frame,
    Node,
    NotTranslated,
    RError,
    RList,
    RMatrix,
    as_numbers,
    as_value,
    crossed,
    deparse,
    factor_of,
    is_logical,
    is_text,
    missing,
    recycled,
    rows_of,
    text,
    texts,
    used_levels,
)

FORMULAS = Library()
TermSet = list[frozenset[str]]  # each term is the set of its variables' labels
INTERCEPT = frozenset[str]()


@dataclass(frozen=True)
class Terms:
    """A formula written out.

    Attributes
    ----------
    response : node or None
    variables : dict of label -> node
        Every variable of the right side, in order of appearance.
    terms : list of tuple of label
        By order of interaction, then by appearance; the intercept is not among them.
    intercept : bool
    """

    response: Node | None
    variables: dict[str, Node]
    terms: list[tuple[str, ...]]
    intercept: bool

    @property
    def labels(self):
        return [":".join(term) for term in self.terms]


def terms(formula: Formula, columns: list[str] = ()) -> Terms:
    """The terms of a formula; columns are what a dot means."""
    variables = {}
    response = formula.lhs
    left = set() if response is None else {deparse(response)}
    dot = [{"name": column} for column in columns if column not in left]
    found = _expanded(formula.rhs, variables, dot, [INTERCEPT])
    place = {label: position for position, label in enumerate(dict.fromkeys([*left, *variables]))}
    effects = [term for term in found if term != INTERCEPT and not term <= left]
    effects.sort(key=len)
    ordered = [tuple(sorted(term, key=place.__getitem__)) for term in effects]
    return Terms(response, variables, ordered, INTERCEPT in found)


def _expanded(node: Node, variables: dict[str, Node], dot: list[Node], start: TermSet) -> TermSet:
    """Terms of a node, added to (or taken from) those at the start."""
    operator, nodes = _operation(node)
    if operator == "+":
        for part in nodes:
            start = _expanded(part, variables, dot, start)
        return start
    if operator == "-":
        if len(nodes) == 2:
            start = _expanded(nodes[0], variables, dot, start)
        return _without(nodes[-1], variables, dot, start)
    if operator == "(":
        return _expanded(nodes[0], variables, dot, start)
    if "number" in node:
        return _with_intercept(start, present=float(node["number"]) != 0)
    return _union(start, _product(node, operator, nodes, variables, dot))


def _without(node, variables, dot, start):
    if "number" in node:
        return _with_intercept(start, present=float(node["number"]) == 0)
    gone = _expanded(node, variables, dot, [])
    return [term for term in start if term not in gone]


def _with_intercept(start, *, present):
    rest = [term for term in start if term != INTERCEPT]
    return [INTERCEPT, *rest] if present else rest


def _product(node, operator, nodes, variables, dot):
    """Terms of an interaction, a crossing or a single variable."""
    if operator in {":", "%in%", "*", "/"}:
        a, b = (_expanded(part, variables, dot, []) for part in nodes)
        if operator == "*":
            return _union(_union(a, b), _joined(a, b))
        if operator == "/":
            return _union(a, _joined([frozenset().union(*a)], b))
        return _joined(a, b)
    if operator == "^":
        base = _expanded(nodes[0], variables, dot, [])
        made = base
        for _ in range(int(nodes[1]["number"]) - 1):
            made = _union(made, _joined(made, base))
        return made
    if node.get("name") == ".":
        return [_variable(column, variables) for column in dot]
    return [_variable(node, variables)]


def _operation(node):
    operator = node.get("call")
    known = {"+", "-", "(", ":", "%in%", "*", "/", "^"}
    if not isinstance(operator, str) or operator not in known:
        return None, []
    return operator, [argument["value"] for argument in node["args"]]


def _variable(node, variables):
    label = deparse(node)
    variables.setdefault(label, node)
    return frozenset([label])


def _union(a, b):
    return list(dict.fromkeys([*a, *b]))


def _joined(a, b):
    return list(dict.fromkeys(s | t for s in a for t in b))


# --- the variables of a formula in data --------------------------------------------------------


def evaluated(node: Node, frame: Frame | RList | None, environment: Environment) -> Any:
    """A variable of a formula: looked up in the data, then where the formula was written."""
    here = environment if frame is None else data_environment(frame, environment)
    return as_value(_interpreter().evaluate(node, here))


def _interpreter():
    return Interpreter(FORMULAS)


@dataclass(frozen=True)
class ModelFrame:
    """The variables of a formula by label, all of them with all rows.

    Attributes
    ----------
    response : vector or None
    variables : dict of label -> vector, Factor or RMatrix
    complete : bool array, shape (n,)
        Rows without a missing value in any variable or in the response.
    """

    terms: Terms
    response: Any
    variables: dict[str, Any]
    complete: np.ndarray

    @property
    def nrow(self):
        return len(self.complete)


def model_frame(formula: Formula, frame=None, environment: Environment | None = None) -> ModelFrame:
    environment = environment or formula.environment or Environment()
    names = [] if frame is None else [name for name, _ in as_items(frame)]
    written = terms(formula, names)
    variables = {
        label: evaluated(node, frame, environment) for label, node in written.variables.items()
    }
    response = None
    if written.response is not None:
        response = evaluated(written.response, frame, environment)
    return ModelFrame(written, response, *_aligned(variables, response, frame))


def _aligned(variables, response, frame):
    size = frame.nrow if isinstance(frame, Frame) else 0
    sizes = [rows_of(column) for column in [*variables.values(), response] if column is not None]
    size = max([size, *sizes])
    if len(set(sizes)) > 1:
        raise RError("variable lengths differ")
    if sizes and sizes[0] != size:
        variables = {label: recycled(column, size) for label, column in variables.items()}
    complete = np.ones(size, dtype=bool)
    for column in [*variables.values(), *([] if response is None else [response])]:
        complete &= ~missing(column)
    return variables, complete


# --- model matrices ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ModelMatrix:
    """A model matrix of all rows; rows with a missing value hold nan.

    Attributes
    ----------
    values : float array, shape (n, q)
    names : list of str
        Columns as R names them.
    assign : int array, shape (q,)
        Term of each column, from 1; 0 is the intercept.
    complete : bool array, shape (n,)
    frame : ModelFrame
        With the response and the variables behind it.
    levels : dict of label -> list of str
        Of the variables that count as factors.
    """

    values: np.ndarray
    names: list[str]
    assign: np.ndarray
    complete: np.ndarray
    frame: ModelFrame
    levels: dict[str, list[str]]

    @property
    def terms(self):
        return self.frame.terms


def model_matrix(
    formula: Formula,
    frame=None,
    environment: Environment | None = None,
    *,
    drop_unused: bool = False,
    levels: dict[str, list[str]] | None = None,
) -> ModelMatrix:
    """R's model.matrix with treatment contrasts; drop_unused as in glm, levels as in predict."""
    data = model_frame(formula, frame, environment)
    columns = {
        label: coded(column, data.complete, drop_unused, (levels or {}).get(label))
        for label, column in data.variables.items()
    }
    for label, column in columns.items():
        if isinstance(column, Factor) and len(column.levels) < 2:
            raise RError(f"contrasts can be applied only to factors with 2 or more levels: {label}")
    blocks = [_block(term, full, columns) for term, full in _codings(data.terms, columns)]
    names, assign = [], []
    arrays = []
    if data.terms.intercept:
        names, assign, arrays = ["(Intercept)"], [0], [np.ones((data.nrow, 1))]
    for place, (labels, values) in enumerate(blocks):
        names += labels
        assign += [place + 1] * len(labels)
        arrays.append(values)
    values = np.hstack(arrays) if arrays else np.zeros((data.nrow, 0))
    values[~data.complete] = np.nan
    used = {label: c.levels for label, c in columns.items() if isinstance(c, Factor)}
    return ModelMatrix(values, names, np.array(assign, int), data.complete, data, used)


def coded(column, complete=None, drop_unused=False, levels=None):
    """A variable as model matrices take it: texts and logicals as factors, numbers as they are."""
    if is_logical(column) and not isinstance(column, RMatrix):
        return factor_of(column, ["FALSE", "TRUE"])
    if levels is not None:
        return factor_of(column, levels)
    if isinstance(column, Factor):
        if not drop_unused:
            return column
        kept = column.codes if complete is None else column.codes[complete]
        return factor_of(column, used_levels(Factor(kept, column.levels)).levels)
    if is_text(column):
        kept = column if complete is None else column[complete]
        return factor_of(column, factor_of(kept).levels)
    return column


def _codings(written: Terms, columns):
    """Each term with the set of its factors that get a column for every level.

    A factor is coded by contrasts when an earlier term holds all other variables of the
    term; without an intercept the first factor of all is coded in full.
    """
    first_is_full = not written.intercept
    for place, term in enumerate(written.terms):
        full = set()
        for label in term:
            others = set(term) - {label}
            held = not others or any(others <= set(before) for before in written.terms[:place])
            if isinstance(columns[label], Factor):
                if not held or first_is_full:
                    full.add(label)
                first_is_full = False
        yield term, full


def _block(term, full, columns):
    """Names and values of a term's columns; the first variable varies fastest."""
    names, values = [""], None
    for label in term:
        labels, own = dummies(label, columns[label], every_level=label in full)
        if values is None:
            names, values = labels, own
        else:
            names = [f"{a}:{b}" for b in labels for a in names]
            values = np.hstack([values * own[:, [k]] for k in range(own.shape[1])])
    return names, values


def dummies(label, column, *, every_level):
    """(names, columns) of one variable."""
    if isinstance(column, Factor):
        start = 0 if every_level else 1
        names = [f"{label}{level}" for level in column.levels[start:]]
        values = (column.codes[:, None] == np.arange(start, len(column.levels))).astype(np.float64)
        values[column.codes < 0] = np.nan
        return names, values
    if isinstance(column, RMatrix):
        several = [str(k + 1) for k in range(column.shape[1])]
        parts = column.colnames or (several if len(several) > 1 else [""])
        return [f"{label}{part}" for part in parts], as_numbers(column).reshape(
            column.shape, order="F"
        )
    return [label], as_numbers(column)[:, None]


def as_r_matrix(made: ModelMatrix, frame=None) -> RMatrix:
    """What R's model.matrix returns: complete rows, named by their numbers."""
    labels = frame.labels() if isinstance(frame, Frame) else range(1, len(made.complete) + 1)
    kept = [label for label, whole in zip(labels, made.complete, strict=True) if whole]
    return RMatrix(made.values[made.complete], kept, made.names)


# --- survey's own uses -------------------------------------------------------------------------


def analysis_columns(formula: Formula, frame, environment: Environment | None = None):
    """(names, values (n, q), complete) of svymean and svytotal.

    Every variable of the formula stands for itself, whatever joins them: a number is one column,
    a factor, text or logical one indicator for each of its levels.
    """
    data = model_frame(formula, frame, environment)
    names, arrays = [], []
    for label, column in data.variables.items():
        labels, values = dummies(label, coded(column), every_level=True)
        names += labels
        arrays.append(values)
    values = np.hstack(arrays) if arrays else np.zeros((data.nrow, 0))
    return names, values, ~np.isnan(values).any(axis=1)


@dataclass(frozen=True)
class Groups:
    """Groups of rows by one or more variables.

    Attributes
    ----------
    factors : dict of label -> Factor
    combined : Factor
        Their combinations, the first variable varying fastest, labelled like "E.1".
    """

    factors: dict[str, Factor]
    combined: Factor

    def occurring(self, counted: np.ndarray | None = None) -> list["Group"]:
        """Combinations that occur in the rows counted (all, by default), in order."""
        codes = self.combined.codes if counted is None else self.combined.codes[counted]
        return [self._group(code) for code in np.unique(codes[codes >= 0])]

    def _group(self, code):
        rows = self.combined.codes == code
        first = np.flatnonzero(rows)[0]
        keys = {label: f.levels[f.codes[first]] for label, f in self.factors.items()}
        return Group(self.combined.levels[code], keys, rows)


@dataclass(frozen=True)
class Group:
    label: str
    keys: dict[str, str]
    rows: np.ndarray  # boolean


def by_groups(by, frame, environment: Environment | None = None) -> Groups:
    """The groups of svyby's `by`: a one-sided formula, or a list (frame) of vectors."""
    if isinstance(by, Formula):
        variables = model_frame(by, frame, environment).variables
    else:
        variables = {name or f"Var{k + 1}": v for k, (name, v) in enumerate(as_items(by))}
    factors = {label: factor_of(column) for label, column in variables.items()}
    return Groups(factors, crossed(list(factors.values())))


# --- R functions -------------------------------------------------------------------------------


def data_of(data):
    return data if isinstance(data, (Frame, RList)) else None


@FORMULAS.function("model.matrix", "object", "data", "...")
def r_model_matrix(object, data=None, dots=()):
    frame = data_of(data)
    return as_r_matrix(model_matrix(object, frame), frame)


@FORMULAS.function("model.frame", "formula", "data", "...", "na.action")
def r_model_frame(formula, data=None, dots=(), na_action=None):
    made = model_frame(formula, data_of(data))
    response = {} if made.response is None else {deparse(made.terms.response): made.response}
    whole = Frame({**response, **made.variables})
    keeps = getattr(na_action, "name", None) == "na.pass"
    return whole if keeps else whole.where(made.complete)


@FORMULAS.function("na.pass", "object", "...")
def na_pass(object, dots=()):
    return object


@FORMULAS.function("model.response", "data", "type")
def model_response(data, type=None):
    return next(iter(data.columns.values()))


@FORMULAS.function("all.vars", "expr", "...")
def all_vars(expr, dots=()):
    nodes = [n for n in (expr.lhs, expr.rhs) if n] if isinstance(expr, Formula) else [expr.node]
    return texts(dict.fromkeys(name for node in nodes for name in names_in(node)))


def names_in(node: Node):
    """Names of variables in a node, in order."""
    if "name" in node:
        yield node["name"]
    for argument in node.get("args", []):
        yield from names_in(argument["value"])


@FORMULAS.function("xtabs", "formula", "data", "...")
def xtabs(formula, data=None, dots=()):
    made = model_frame(formula, data_of(data))
    factors = {label: factor_of(column) for label, column in made.variables.items()}
    weights = None if made.response is None else as_numbers(made.response)
    return counted(factors, weights)


@FORMULAS.function("as.formula", "object", "env")
def as_formula(object, env=None):
    if isinstance(object, Formula):
        return object
    sides = [side.strip() for side in text(object).split("~")]
    if not 1 < len(sides) < 3 or not all(map(SUM_OF_NAMES.fullmatch, filter(None, sides))):
        raise NotTranslated("a formula from text that is no sum of names")
    left, right = (_sum_of_names(side) if side else None for side in sides)
    return Formula(left, right, Environment())


SUM_OF_NAMES = re.compile(r"[\w.]+(\s*\+\s*[\w.]+)*")


def _sum_of_names(side):
    first, *rest = [
        {"number": float(part)} if part.isdigit() else {"name": part}
        for part in map(str.strip, side.split("+"))
    ]
    for node in rest:
        first = {"call": "+", "args": [{"value": first}, {"value": node}]}
    return first


FORMULAS.alias("formula", "as.formula")


@FORMULAS.function("update.formula", "old", "new", "...")
def update_formula(old, new, dots=()):
    change = {"left": old.lhs, "right": {"call": "(", "args": [{"value": old.rhs}]}}
    left = new.lhs and _dots_replaced(new.lhs, change["left"])
    return Formula(left, _dots_replaced(new.rhs, change["right"]), old.environment)


def _dots_replaced(node, by):
    if node.get("name") == ".":
        return by
    if "args" not in node:
        return node
    arguments = [{**a, "value": _dots_replaced(a["value"], by)} for a in node["args"]]
    return {**node, "args": arguments}


def one_sided(formula: Formula) -> list[Node]:
    """The variables of ~a + b as nodes, in order."""
    return list(terms(formula).variables.values())
