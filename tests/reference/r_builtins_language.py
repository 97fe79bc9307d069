"""R's functions on expressions and the flow of a program."""

import functools

from tests.reference.r_builtins_numbers import all_
from tests.reference.r_builtins_tables import data_environment
from tests.reference.r_builtins_vectors import pasted
from tests.reference.r_language import BASE, OPERATORS, Environment, Quoted, RFunction, flag, part
from tests.reference.r_values import Formula, RError, as_texts, deparse, text, truth


@BASE.special("stopifnot", "...")
def stopifnot(dots):
    if not all(flag(all_([(None, promise.value)])) for _, promise in dots):
        raise RError("a condition of stopifnot does not hold")


@BASE.function("stop", "...")
def stop(dots):
    raise RError(text(pasted(dots, "", "")))


@BASE.special("local", "expr", "envir")
def local(call, expr, envir=None):
    return call.evaluate(expr.node, Environment(expr.environment))


@BASE.function("match.arg", "arg", "choices", "several.ok")
def match_arg(arg, choices=None, several_ok=None):
    fits = [choice for choice in as_texts(choices) if choice.startswith(as_texts(arg)[0])]
    if not fits:
        raise RError("'arg' should be one of the choices")
    return fits[0]


@BASE.function("eval", "expr", "envir", "enclos")
def eval_(call, expr, envir=None, enclos=None):
    if not isinstance(expr, Quoted):
        return expr
    here = call.environment if envir is None else data_environment(envir, call.environment)
    return call.evaluate(expr.node, here)


@BASE.special("deparse", "expr", "...")
def deparse_(expr, dots=()):
    value = expr.value
    return deparse(value.node if isinstance(value, Quoted) else expr.node)


@BASE.special("substitute", "expr", "env")
def substitute(expr, env=None):
    return Quoted(expr.node)


@BASE.function("match.fun", "FUN", "descend")
def match_fun(call, FUN, descend=None):
    return call.interpreter.callable(FUN, call.environment)


@BASE.function("reformulate", "termlabels", "response", "intercept")
def reformulate(call, termlabels, response=None, intercept=True):
    nodes = [{"name": label} for label in as_texts(termlabels)]
    if not truth(intercept):
        nodes.append({"number": 0})
    add = lambda a, b: {"call": "+", "args": [{"value": a}, {"value": b}]}  # noqa: E731
    left = None if response is None else {"name": text(response)}
    return Formula(left, functools.reduce(add, nodes), call.environment)


def _operator_function(name):
    """An operator as a function of values, for sapply(x, "[[", 1)."""
    BASE.functions[name] = RFunction(name, (), OPERATORS[name])


for _name in OPERATORS:
    _operator_function(_name)


BASE.functions["$"] = RFunction("$", (), lambda x, name: part(x, text(name)))


BASE.functions["("] = RFunction("(", ("x",), lambda x: x)
