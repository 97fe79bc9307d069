"""A small interpreter of R's expressions over syntax trees, with R's base functions.

    interpreter = Interpreter(SURVEY)                     # a Library of further functions
    interpreter.evaluate(tree, Environment(values={"d": design}))

Functions are declared with R's formal arguments; a Library collects them:

    SURVEY = Library()

    @SURVEY.function("svymean", "x", "design", "na.rm", "...")
    def svymean(x, design, na_rm=False, dots=()): …       # values; dots: pairs (key or None, value)

    @SURVEY.special("update", "object", "...")
    def update(call, object, dots): …                     # promises: .node, .environment, .value

    @SURVEY.method(Design, "nrow", "x")                   # by the type of the first argument
    def rows(x): …
"""

import functools
import inspect
import keyword
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from tests.reference.r_values import (
    Factor,
    Formula,
    Frame,
    Function,
    Named,
    Node,
    NotFound,
    NotTranslated,
    RError,
    RList,
    RMatrix,
    RTable,
    as_logicals,
    as_numbers,
    as_texts,
    as_value,
    combined,
    drop_names,
    factor_of,
    is_logical,
    is_text,
    length,
    logicals,
    names_of,
    number,
    plain,
    recycled,
    take,
    text,
    texts,
    truth,
    used_levels,
    with_names,
)

# --- environments, promises and functions ------------------------------------------------------


class Environment:
    """Names and their values, with those of the parent behind them."""

    def __init__(self, parent: "Environment | None" = None, values: Mapping[str, Any] = {}):
        self.parent = parent
        self.values = dict(values)

    def chain(self):
        here = self
        while here is not None:
            yield here
            here = here.parent

    def find(self, name):
        """(whether it is there, its value)."""
        for here in self.chain():
            if name in here.values:
                value = here.values[name]
                return True, value.value if isinstance(value, Promise) else value
        return False, None

    def set(self, name, value):
        self.values[name] = value


@dataclass(eq=False)
class Promise:
    """An argument that has not been evaluated."""

    node: Node
    environment: Environment
    interpreter: "Interpreter"
    known: list = field(default_factory=list)

    @property
    def value(self):
        if not self.known:
            self.known.append(self.interpreter.evaluate(self.node, self.environment))
        return self.known[0]


@dataclass(eq=False)
class Known:
    """An argument given as a value where a promise is wanted, as from sapply."""

    value: Any
    node: Node = field(default_factory=lambda: {"name": "x"})
    environment: Any = None


class Argument(NamedTuple):
    key: str | None
    value: Any


class Empty:
    """The omitted index of x[i, ]."""


EMPTY = Empty()


@dataclass(frozen=True)
class Call:
    """Where a function is called: for those that evaluate nodes or call functions."""

    interpreter: "Interpreter"
    environment: Environment

    def apply(self, function, *values, **named):
        arguments = [Argument(None, value) for value in values]
        arguments += [Argument(key, value) for key, value in named.items()]
        return self.interpreter.apply(function, arguments, self.environment)

    def evaluate(self, node, environment=None):
        return self.interpreter.evaluate(node, environment or self.environment)


@dataclass(frozen=True, eq=False)
class RFunction:
    """A function in Python with R's formal arguments; without formals it takes any."""

    name: str
    formals: tuple[str, ...]
    body: Callable
    lazy: bool = False

    @functools.cached_property
    def parameters(self):
        return inspect.signature(self.body).parameters

    @functools.cached_property
    def required(self):
        named = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
        return [
            name
            for name, parameter in self.parameters.items()
            if parameter.kind in named and parameter.default is inspect.Parameter.empty
        ]

    def run(self, arguments, call):
        if not self.formals:
            named = {a.key: a.value for a in arguments if a.key}
            return self.body(*[a.value for a in arguments if not a.key], **named)
        matched = match_arguments(self.formals, arguments, self.name)
        given = {python_name(formal): value for formal, value in matched.items()}
        if "call" in self.parameters:
            given["call"] = call
        for name in self.required:
            if name not in given:
                raise RError(f'{self.name}: argument "{name}" is missing, with no default')
        return self.body(**given)


def python_name(formal):
    """na.rm -> na_rm, ... -> dots, lambda -> lambda_."""
    name = "dots" if formal == "..." else formal.replace(".", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


def match_arguments(formals, arguments, name="function"):
    """R's matching: exact names, then beginnings of names before the dots, then by position."""
    matched, left = {}, []
    for argument in arguments:
        exact = argument.key in formals and argument.key not in matched
        if exact and argument.key != "...":
            matched[argument.key] = argument.value
        else:
            left.append(argument)
    dots = formals.index("...") if "..." in formals else len(formals)
    left = _match_beginnings(formals[:dots], left, matched, name)
    return _match_positions(formals, left, matched, name)


def _match_beginnings(formals, arguments, matched, name):
    left = []
    for argument in arguments:
        free = [formal for formal in formals if formal not in matched]
        fits = [formal for formal in free if argument.key and formal.startswith(argument.key)]
        if len(fits) > 1:
            raise RError(f"{name}: argument {argument.key} matches multiple formal arguments")
        if fits:
            matched[fits[0]] = argument.value
        else:
            left.append(argument)
    return left


def _match_positions(formals, arguments, matched, name):
    rest = list(arguments)
    for formal in formals:
        if formal == "...":
            matched["..."] = [(argument.key, argument.value) for argument in rest]
            return matched
        unnamed = next((a for a in rest if not a.key), None)
        if formal not in matched and unnamed is not None:
            matched[formal] = unnamed.value
            rest.remove(unnamed)
    if rest:
        raise RError(f"{name}: unused argument {rest[0].key or ''}")
    return {formal: value for formal, value in matched.items() if value is not EMPTY}


class Library:
    """Functions by name, and methods by name and type of the first argument."""

    def __init__(self):
        self.functions: dict[str, RFunction] = {}
        self.methods: dict[str, dict[type, RFunction]] = {}
        self.constants: dict[str, Any] = {}

    def constant(self, name, value):
        """Declare what a name means that is no function."""
        self.constants[name] = value

    def function(self, name, *formals):
        """Declare a function of evaluated arguments; one with a parameter `call` gets a Call."""
        return self._declared([name], formals, lazy=False)

    def special(self, name, *formals):
        """Declare a function of promises; it gets a Call as `call` when it asks for it."""
        return self._declared([name], formals, lazy=True)

    def alias(self, new, old):
        self.functions[new] = self.functions[old]

    def _declared(self, names, formals, lazy):
        def declare(body):
            for name in names:
                self.functions[name] = RFunction(name, formals, body, lazy)
            return body

        return declare

    def method(self, kind: type, name, *formals, lazy=False):
        """Declare what `name` does for a first argument of this Python type.

        The operators `$`, `[`, `[[` (and `$<-`, `[<-`, `[[<-`) are declared without formals and
        called as body(x, *indices, **named), an omitted index being EMPTY.
        """

        def declare(body):
            self.methods.setdefault(name, {})[kind] = RFunction(name, formals, body, lazy)
            return body

        return declare


class Returned(Exception):
    def __init__(self, value):
        self.value = value


class Interpreter:
    """Evaluates syntax trees with the base functions and those of the libraries."""

    def __init__(self, *libraries: Library):
        self.functions, self.methods, self.constants = {}, {}, dict(CONSTANTS)
        for library in (BASE, *libraries):
            self.functions |= library.functions
            self.constants |= library.constants
            for name, methods in library.methods.items():
                self.methods.setdefault(name, {}).update(methods)

    def evaluate(self, node: Node, environment: Environment):
        if "call" in node:
            return as_value(self._evaluate_call(node, environment))
        if "name" in node:
            return self._named(node["name"], environment)
        if "number" in node:
            return _literal_number(node["number"])
        if "string" in node:
            return texts([node["string"]])
        if "logical" in node:
            value = node["logical"]
            return logicals([value if isinstance(value, bool) else math.nan])
        if "null" in node:
            return None
        raise RError("argument is missing, with no default")

    def _named(self, name, environment):
        found, value = environment.find(name)
        if found:
            return value
        if name in self.constants:
            return self.constants[name]
        if name in self.functions or name in self.methods:
            return self.function(name, environment)
        raise NotFound(f"object '{name}' not found")

    def function(self, name, environment):
        """What a name means before a parenthesis; values that cannot be called are passed over."""
        for here in environment.chain():
            value = here.values.get(name)
            value = value.value if isinstance(value, Promise) else value
            if isinstance(value, (Function, RFunction)):
                return value
        if name in self.functions:
            return self.functions[name]
        if name in self.methods:
            return next(iter(self.methods[name].values()))
        raise NotTranslated(name)

    def _evaluate_call(self, node, environment):
        head = node["call"]
        if isinstance(head, str) and head in SYNTAX:
            return SYNTAX[head](self, node["args"], environment)
        if isinstance(head, str):
            function = self.function(head, environment)
        else:
            function = self.evaluate(head, environment)
        return self.apply(function, self._promises(node["args"], environment), environment)

    def _promises(self, arguments, environment):
        promises = []
        for argument in arguments:
            if argument["value"] == {"name": "..."}:
                _, dots = environment.find("...")
                promises += [Argument(key, Known(value)) for key, value in dots or []]
            elif "empty" in argument["value"]:
                promises.append(Argument(argument.get("key"), Known(EMPTY)))
            else:
                promise = Promise(argument["value"], environment, self)
                promises.append(Argument(argument.get("key"), promise))
        return promises

    def apply(self, function, arguments: Iterable[Argument], environment: Environment):
        """Call a function of R or of Python, or one given by its name as text."""
        function = self.callable(function, environment)
        arguments = [Argument(key, _promise(value)) for key, value in arguments]
        if isinstance(function, RFunction):
            function = self._dispatched(function, arguments)
            if not function.lazy:
                arguments = [Argument(key, promise.value) for key, promise in arguments]
            return as_value(function.run(arguments, Call(self, environment)))
        return self._run(function, [Argument(key, promise.value) for key, promise in arguments])

    def callable(self, function, environment):
        """match.fun: a function as it is, a text as the function of that name."""
        if isinstance(function, (Function, RFunction)):
            return function
        if is_text(function):
            return self.function(text(function), environment)
        raise RError("attempt to apply non-function")

    def _dispatched(self, function, arguments):
        methods = self.methods.get(function.name)
        if not methods or not arguments:
            return function
        first = arguments[0].value
        if function.formals and function.formals[0] != "...":
            matched = match_arguments((*function.formals, "..."), arguments, function.name)
            first = matched.get(function.formals[0], first)
        found = self.method(function.name, first.value)
        if found is None and function.name not in self.functions:
            raise NotTranslated(f"{function.name} of {type(first.value).__name__}")
        return found or function

    def method(self, name, value):
        """The method of that name for this value, or None."""
        methods = self.methods.get(name, {})
        return next((methods[kind] for kind in type(value).__mro__ if kind in methods), None)

    def _run(self, function, arguments):
        here = Environment(function.environment)
        matched = match_arguments(tuple(function.parameters), arguments)
        for name, default in function.parameters.items():
            if name in matched:
                here.set(name, matched[name])
            elif "empty" not in default:
                here.set(name, Promise(default, here, self))
        try:
            return self.evaluate(function.body, here)
        except Returned as returned:
            return returned.value

    def operate(self, name, target, /, *indices, **named):
        """An operator `$`, `[`, `[[` or its assigning form, by the type of the value."""
        found = self.method(name, target)
        body = found.body if found else OPERATORS[name]
        return as_value(body(target, *indices, **named))


def _promise(value):
    return value if isinstance(value, (Promise, Known)) else Known(value)


def _literal_number(value):
    words = {"Inf": math.inf, "-Inf": -math.inf, "NA": math.nan, "NaN": math.nan, None: math.nan}
    return np.array([words.get(value, value)], dtype=np.float64)


CONSTANTS = {
    "T": np.array([True]),
    "F": np.array([False]),
    "pi": np.array([math.pi]),
    "Inf": np.array([math.inf]),
    "NaN": np.array([math.nan]),
    "NA": logicals([math.nan]),
    "NA_real_": np.array([math.nan]),
    "NA_integer_": np.array([math.nan]),
    "NA_character_": texts([None]),
    "letters": texts("abcdefghijklmnopqrstuvwxyz"),
    "LETTERS": texts("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
}

# --- syntax: what does not evaluate all its arguments ------------------------------------------

SYNTAX: dict[str, Callable] = {}


def syntax(*names):
    def declare(body):
        SYNTAX.update(dict.fromkeys(names, body))
        return body

    return declare


def nodes_of(arguments):
    return [argument["value"] for argument in arguments]


@syntax("~")
def _formula(_, arguments, environment):
    *left, right = nodes_of(arguments)
    return Formula(left[0] if left else None, right, environment)


@syntax("quote")
def _quote(_, arguments, environment):
    return Quoted(arguments[0]["value"])


@dataclass(eq=False)
class Quoted:
    """An expression as a value: quote(log(E / H))."""

    node: Node


@syntax("function")
def _function(_, arguments, environment):
    parameters, body = nodes_of(arguments)[:2]
    return Function(parameters.get("pairlist") or {}, body, environment)


@syntax("{")
def _block(interpreter, arguments, environment):
    value = None
    for node in nodes_of(arguments):
        value = interpreter.evaluate(node, environment)
    return value


@syntax("(")
def _parentheses(interpreter, arguments, environment):
    return interpreter.evaluate(arguments[0]["value"], environment)


@syntax("if")
def _if(interpreter, arguments, environment):
    condition, *branches = nodes_of(arguments)
    if truth(interpreter.evaluate(condition, environment)):
        return interpreter.evaluate(branches[0], environment)
    return interpreter.evaluate(branches[1], environment) if len(branches) > 1 else None


@syntax("for")
def _for(interpreter, arguments, environment):
    name, values, body = nodes_of(arguments)
    for value in elements(interpreter.evaluate(values, environment)):
        environment.set(name["name"], drop_names(value))
        if not goes_on(interpreter, body, environment):
            break


class LoopEnd(Exception):
    """break (stops) or next."""

    def __init__(self, stops):
        self.stops = stops


@syntax("break")
def _break(*_):
    raise LoopEnd(True)


@syntax("next")
def _next(*_):
    raise LoopEnd(False)


def goes_on(interpreter, body, environment):
    """Run a loop's body once; whether the loop goes on."""
    try:
        interpreter.evaluate(body, environment)
    except LoopEnd as end:
        return not end.stops
    return True


@syntax("repeat")
def _repeat(interpreter, arguments, environment):
    while goes_on(interpreter, arguments[0]["value"], environment):
        pass


@syntax("while")
def _while(interpreter, arguments, environment):
    condition, body = nodes_of(arguments)
    while truth(interpreter.evaluate(condition, environment)):
        if not goes_on(interpreter, body, environment):
            break


@syntax("return")
def _return(interpreter, arguments, environment):
    nodes = nodes_of(arguments)
    raise Returned(interpreter.evaluate(nodes[0], environment) if nodes else None)


@syntax("switch")
def _switch(interpreter, arguments, environment):
    chosen, *cases = arguments
    value = interpreter.evaluate(chosen["value"], environment)
    if not is_text(value):
        place = int(number(value)) - 1
        fits = 0 <= place < len(cases)
        return interpreter.evaluate(cases[place]["value"], environment) if fits else None
    keys = [case.get("key") for case in cases]
    start = keys.index(text(value)) if text(value) in keys else None
    if start is None:
        start = keys.index(None) if None in keys else len(cases)
    filled = [case["value"] for case in cases[start:] if "empty" not in case["value"]]
    return interpreter.evaluate(filled[0], environment) if filled else None


@syntax("&&")
def _and_then(interpreter, arguments, environment):
    left, right = nodes_of(arguments)
    first = as_logicals(interpreter.evaluate(left, environment))[:1]
    if first[0] == 0:
        return False
    return both(first, as_logicals(interpreter.evaluate(right, environment))[:1])


@syntax("||")
def _or_else(interpreter, arguments, environment):
    left, right = nodes_of(arguments)
    first = as_logicals(interpreter.evaluate(left, environment))[:1]
    if first[0] == 1:
        return True
    return either(first, as_logicals(interpreter.evaluate(right, environment))[:1])


@syntax("::", ":::")
def _of_package(interpreter, arguments, environment):
    return interpreter.function(_label(arguments[1]["value"]), environment)


@syntax("missing")
def _is_missing(_, arguments, environment):
    return not environment.find(arguments[0]["value"]["name"])[0]


@syntax("$", "@")
def _part(interpreter, arguments, environment):
    value = interpreter.evaluate(arguments[0]["value"], environment)
    return interpreter.operate("$", value, _label(arguments[1]["value"]))


def _label(node):
    return node.get("name", node.get("string"))


@syntax("[")
def _some(interpreter, arguments, environment):
    value = interpreter.evaluate(arguments[0]["value"], environment)
    indices, named = _indices(interpreter, arguments[1:], environment)
    return interpreter.operate("[", value, *indices, **named)


@syntax("[[")
def _one(interpreter, arguments, environment):
    value = interpreter.evaluate(arguments[0]["value"], environment)
    indices, named = _indices(interpreter, arguments[1:], environment)
    return interpreter.operate("[[", value, *indices, **named)


def _indices(interpreter, arguments, environment):
    indices, named = [], {}
    for argument in arguments:
        node = argument["value"]
        value = EMPTY if "empty" in node else interpreter.evaluate(node, environment)
        if argument.get("key") in {"drop", "exact"}:
            named[argument["key"]] = truth(value)
        else:
            indices.append(value)
    named.pop("exact", None)
    return indices, named


@syntax("<-", "=", "<<-")
def _assign(interpreter, arguments, environment):
    target, node = nodes_of(arguments)
    value = interpreter.evaluate(node, environment)
    assign(interpreter, target, value, environment)
    return value


def assign(interpreter, target, value, environment):
    """f(x, i) <- value is x <- `f<-`(x, i, value), and so on inwards."""
    if "call" not in target:
        environment.set(_label(target), value)
        return
    inner, *rest = target["args"]
    current = _current(interpreter, inner["value"], environment)
    changed = _replaced(interpreter, target["call"], current, rest, value, environment)
    assign(interpreter, inner["value"], changed, environment)


def _current(interpreter, node, environment):
    """The value to change; one that is not there yet is NULL, as in t$a$b <- 1."""
    return interpreter.evaluate(node, environment)


def _replaced(interpreter, name, current, arguments, value, environment):
    if name in {"$", "@"}:
        return interpreter.operate("$<-", current, _label(arguments[0]["value"]), value=value)
    if name in {"[", "[["}:
        indices, _ = _indices(interpreter, arguments, environment)
        return interpreter.operate(f"{name}<-", current, *indices, value=value)
    function = interpreter.function(f"{name}<-", environment)
    others = interpreter._promises(arguments, environment)
    given = [Argument(None, current), *others, Argument("value", value)]
    return interpreter.apply(function, given, environment)


# --- indexing ----------------------------------------------------------------------------------


def positions(index, size, names=None, *, extend=False):
    """Positions from 0 that an index means; -1 where it finds nothing or is missing.

    With ``extend`` (for assignment), names that are not there get places behind the end.
    """
    if index is EMPTY:
        return np.arange(size)
    index = plain(index)
    if isinstance(index, Factor):
        index = as_numbers(index)
    if is_text(index):
        return _named_positions(index, size, names, extend)
    if is_logical(index):
        return _logical_positions(index, size)
    whole = np.trunc(as_numbers(index))
    if (whole < 0).any():
        return np.setdiff1d(np.arange(size), -whole.astype(np.int64) - 1)
    whole = whole[whole != 0]
    gone = np.isnan(whole) if extend else np.isnan(whole) | (whole > size)
    return np.where(gone, 0, whole).astype(np.int64) - 1


def _named_positions(index, size, names, extend):
    place = {}
    for position, name in enumerate(names or []):
        place.setdefault(name, position)
    for name in index if extend else []:
        place.setdefault(name, size + len([p for p in place.values() if p >= size]))
    return np.array([place.get(name, -1) for name in index], dtype=np.int64)


def _logical_positions(index, size):
    mask = np.asarray(index, dtype=np.float64)
    if len(mask) < size:
        mask = np.resize(mask, size) if len(mask) else np.zeros(size)
    return np.where(np.isnan(mask), -1, np.arange(len(mask)))[mask != 0]


def elements(value):
    """The elements of a vector or list, each as a value; columns of a frame."""
    value = as_value(value)
    if value is None:
        return []
    if isinstance(value, Frame):
        return list(value.columns.values())
    if isinstance(value, RList):
        return value.values
    vector = plain(value)
    return [take(vector, [position]) for position in range(len(vector))]


def part(value, name):
    """x$name: NULL when it is not there; the only name that begins so is enough."""
    if value is None:
        return None
    if not isinstance(value, (Frame, RList)):
        raise RError("$ operator is invalid for atomic vectors")
    names = value.names or []
    held = value.columns.values() if isinstance(value, Frame) else value.values
    fits = [n for n in names if n == name] or [n for n in names if n.startswith(name)]
    return dict(reversed(list(zip(names, held, strict=True)))).get(fits[0]) if fits else None


def some(value, *indices, drop=None):
    """x[i] and x[i, j]."""
    if isinstance(value, Frame):
        return _some_of_frame(value, indices, drop)
    if isinstance(value, RTable):
        value = _as_matrix_or_named(value)
    if isinstance(value, RMatrix):
        return _some_of_matrix(value, indices, drop is not False)
    if len(indices) > 1:
        raise RError("incorrect number of dimensions")
    if value is None or not indices:
        return value
    picked = take(_indexable(value), positions(indices[0], length(value), names_of(value)))
    return used_levels(picked) if drop and isinstance(picked, Factor) else picked


def _indexable(value):
    if isinstance(value, RTable):
        return _as_matrix_or_named(value)
    if hasattr(value, "r_vector"):
        return value.r_vector()
    return as_value(value)


def _as_matrix_or_named(table):
    labels = list(table.dimnames.values())
    if len(labels) == 1:
        return Named(table.values, labels[0])
    return RMatrix(table.values, *labels)


def _some_of_frame(frame, indices, drop):
    if len(indices) == 1:
        if isinstance(indices[0], RMatrix):
            raise NotTranslated("data frame indexed by a matrix")
        return frame.select(_column_names(frame, indices[0]))
    rows, columns = indices
    picked = frame if columns is EMPTY else frame.select(_column_names(frame, columns))
    if rows is not EMPTY:
        picked = picked.take(positions(rows, frame.nrow, frame.labels()))
    single = len(picked.columns) == 1 and columns is not EMPTY
    drop = single if drop is None else drop
    return next(iter(picked.columns.values())) if drop and len(picked.columns) == 1 else picked


def _column_names(frame, index):
    found = positions(index, len(frame.columns), frame.names)
    if (found < 0).any():
        raise RError("undefined columns selected")
    return [frame.names[position] for position in found]


def _some_of_matrix(matrix, indices, drop):
    if len(indices) == 1:
        return _some_elements(matrix, indices[0])
    rows, columns = (
        positions(index, size, names)
        for index, size, names in zip(
            indices, matrix.shape, (matrix.rownames, matrix.colnames), strict=True
        )
    )
    if (rows < 0).any() or (columns < 0).any():
        raise RError("subscript out of bounds")
    picked = RMatrix(
        matrix.values[np.ix_(rows, columns)],
        matrix.rownames and [matrix.rownames[row] for row in rows],
        matrix.colnames and [matrix.colnames[column] for column in columns],
    )
    return dropped(picked) if drop else picked


def _some_elements(matrix, index):
    if isinstance(index, RMatrix) and is_logical(index):
        index = plain(index)
    return take(plain(matrix), positions(index, len(matrix)))


def dropped(matrix):
    """A matrix of one row or one column as a vector."""
    rows, columns = matrix.shape
    if rows != 1 and columns != 1:
        return matrix
    names = matrix.colnames if rows == 1 and columns != 1 else matrix.rownames
    names = None if rows == columns == 1 else names
    return with_names(matrix.values.ravel(), names)


def one(value, *indices):
    """x[[i]]."""
    if len(indices) == 2:
        return drop_names(some(value, *indices))
    index = indices[0]
    if value is None:
        return None
    size, names = length(value), names_of(value)
    place = positions(index, size, names)
    if len(place) != 1:
        raise RError("subscript out of bounds")
    if place[0] < 0:
        if isinstance(value, (RList, Frame)) and is_text(index):
            return None
        raise RError("subscript out of bounds")
    if isinstance(value, (RList, Frame)):
        return elements(value)[place[0]]
    return drop_names(take(_indexable(value), place))


def set_part(target, name, *, value):
    """x$name <- value."""
    if isinstance(target, Frame):
        return target.with_column(name, value)
    return set_one(_as_list(target), texts([name]), value=value)


def _as_list(value):
    if value is None:
        return RList()
    if isinstance(value, RList):
        return value
    if isinstance(value, Frame):
        return RList.of(value.columns)
    return RList(elements(value), names_of(value))


def set_some(target, *indices, value):
    """x[i] <- value and x[i, j] <- value."""
    if isinstance(target, Frame):
        return _set_frame(target, indices, value)
    if isinstance(target, RMatrix):
        return _set_matrix(target, indices, value)
    if isinstance(target, RList):
        return _set_list(target, indices[0], value)
    if isinstance(target, Factor):
        places = positions(indices[0], len(target))
        labels = target.labels()
        labels[places] = as_texts(recycled(value, len(places)))
        return factor_of(labels, target.levels)
    return _set_vector(target, indices[0], value)


def _set_vector(target, index, value):
    names = names_of(target)
    size = length(target)
    places = positions(index, size, names, extend=True)
    total = max(size, int(places.max(initial=-1)) + 1)
    values = take(plain(target), np.where(np.arange(total) < size, np.arange(total), -1))
    values, new = _same_kind(values, recycled(plain(value), len(places)))
    values = values.copy()
    values[places] = new
    if is_text(index):
        names = [*(names or [""] * size), *[""] * (total - size)]
        for place, name in zip(places, plain(index), strict=True):
            names[place] = name
    elif names is not None:
        names = [*names, *[""] * (total - size)]
    return with_names(values if is_text(values) else _kept_kind(values, target, value), names)


def _same_kind(values, new):
    both_kinds = combined([values, new])
    return both_kinds[: len(values)], both_kinds[len(values) :]


def _kept_kind(values, target, value):
    return logicals(values) if is_logical(target) and is_logical(value) else values


def _set_list(target, index, value):
    places = positions(index, len(target), target.names, extend=True)
    values, names = list(target.values), list(target.names or [""] * len(target))
    new = elements(recycled(value, len(places)))
    for k, place in enumerate(places):
        while len(values) <= place:
            values.append(None)
            names.append("")
        values[place] = new[k]
        names[place] = plain(index)[k] if is_text(index) else names[place]
    return RList(values, names)


def _set_matrix(target, indices, value):
    values, new = _same_kind(plain(target), plain(value))
    grid = values.reshape(target.shape, order="F").copy()
    if len(indices) == 1:
        flat = grid.ravel(order="F")
        places = positions(indices[0], flat.size)
        flat[places] = recycled(new, len(places))
        return RMatrix(flat.reshape(grid.shape, order="F"), target.rownames, target.colnames)
    rows = positions(indices[0], grid.shape[0], target.rownames)
    columns = positions(indices[1], grid.shape[1], target.colnames)
    size = len(rows) * len(columns)
    grid[np.ix_(rows, columns)] = recycled(new, size).reshape(len(rows), -1, order="F")
    return RMatrix(grid, target.rownames, target.colnames)


def _set_frame(frame, indices, value):
    columns = indices[-1]
    rows = indices[0] if len(indices) == 2 else EMPTY
    places = positions(columns, len(frame.columns), frame.names, extend=True)
    names = [*frame.names, *(plain(columns) if is_text(columns) else [])]
    names = list(dict.fromkeys(names))
    new = list(value.columns.values()) if isinstance(value, Frame) else elements_by_column(value)
    for k, place in enumerate(places):
        name = names[place]
        column = new[k % len(new)]
        if rows is not EMPTY:
            found = positions(rows, frame.nrow, frame.labels()) + 1.0
            blank = logicals(np.full(frame.nrow, np.nan))
            column = set_some(frame.columns.get(name, blank), found, value=column)
        frame = frame.with_column(name, column)
    return frame


def elements_by_column(value):
    if isinstance(value, RList):
        return value.values
    return [value]


def set_one(target, *indices, value):
    """x[[i]] <- value."""
    if len(indices) == 2:
        return set_some(target, *indices, value=value)
    if isinstance(target, Frame):
        name = (
            text(indices[0]) if is_text(indices[0]) else target.names[int(number(indices[0])) - 1]
        )
        return target.with_column(name, value)
    if isinstance(target, RList) or target is None or length(value) != 1:
        parts = _as_list(target)
        if value is None:
            gone = positions(indices[0], len(parts), parts.names)
            return take(parts, np.setdiff1d(np.arange(len(parts)), gone))
        return _set_list(parts, indices[0], RList([value]))
    return set_some(target, indices[0], value=value)


OPERATORS = {
    "$": part,
    "[": some,
    "[[": one,
    "$<-": set_part,
    "[<-": set_some,
    "[[<-": set_one,
}

# --- base functions: the others are in r_builtins_*.py ------------------------------------------

BASE = Library()


def flag(value, default=False):
    """A TRUE/FALSE argument; the default when it is not given."""
    return default if value is None else truth(value)


def both(a, b):
    """Three-valued and."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    unknown = np.where(np.isnan(a) | np.isnan(b), np.nan, 1.0)
    return logicals(np.where((a == 0) | (b == 0), 0.0, unknown))


def either(a, b):
    """Three-valued or."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    unknown = np.where(np.isnan(a) | np.isnan(b), np.nan, 0.0)
    return logicals(np.where((a == 1) | (b == 1), 1.0, unknown))
