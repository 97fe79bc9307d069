"""R's functions of numbers: sums, statistics, rounding, distributions."""

import functools
import math

import numpy as np
from scipy import stats

from tests.reference.r_builtins_operators import as_matrix, elementwise, numbers_of
from tests.reference.r_language import BASE, elements, flag, python_name
from tests.reference.r_values import (
    Factor,
    Frame,
    Named,
    NotTranslated,
    RError,
    RMatrix,
    as_numbers,
    as_texts,
    as_value,
    combined,
    is_text,
    keep_names,
    length,
    logicals,
    number,
    text_order,
    truth,
)


def gathered(dots, na_rm):
    """All numbers of the arguments, without the missing ones where asked."""
    values = [
        v for _, value in dots for v in (elements(value) if isinstance(value, Frame) else [value])
    ]
    if any(isinstance(value, Factor) or (is_text(value) and length(value)) for value in values):
        raise RError("not meaningful for texts and factors")
    numbers = np.concatenate([as_numbers(value) for value in values]) if values else np.zeros(0)
    return numbers[~np.isnan(numbers)] if flag(na_rm) else numbers


def _summary(name, function):
    @BASE.function(name, "...", "na.rm")
    def summarise(dots, na_rm=None):
        return function(gathered(dots, na_rm))


_summary("sum", lambda values: math.fsum(values) if np.isfinite(values).all() else values.sum())


_summary("prod", np.prod)


_summary("range", lambda values: np.array([values.min(), values.max()]))


def _extreme(name, choose, of_nothing):
    @BASE.function(name, "...", "na.rm")
    def extreme(dots, na_rm=None):
        if any(is_text(value) for _, value in dots):
            return choose(as_texts(combined([value for _, value in dots])), key=text_order)
        values = gathered(dots, na_rm)
        return getattr(np, name)(values) if len(values) else of_nothing


_extreme("min", min, math.inf)


_extreme("max", max, -math.inf)


@BASE.function("any", "...", "na.rm")
def any_(dots, na_rm=None):
    values = gathered(dots, na_rm)
    found = (values[~np.isnan(values)] != 0).any()
    return logicals([1.0 if found else math.nan if np.isnan(values).any() else 0.0])


@BASE.function("all", "...", "na.rm")
def all_(dots, na_rm=None):
    values = gathered(dots, na_rm)
    failed = (values[~np.isnan(values)] == 0).any()
    return logicals([0.0 if failed else math.nan if np.isnan(values).any() else 1.0])


def _statistic(name, function):
    @BASE.function(name, "x", "na.rm", "...")
    def compute(x, na_rm=None, dots=()):
        values = gathered([(None, x)], na_rm)
        return function(values) if len(values) else math.nan


def _deviation(values):
    return np.var(values, ddof=1) if len(values) > 1 else math.nan


_statistic("sd", lambda values: math.sqrt(_deviation(values)))


_statistic("median", np.median)


_statistic("IQR", lambda values: np.subtract(*np.quantile(values, [0.75, 0.25])))


@BASE.function("mean", "x", "...", "trim", "na.rm")
def mean(x, dots=(), trim=None, na_rm=None):
    values = gathered([(None, x)], na_rm)
    return values.mean() if len(values) else math.nan


@BASE.function("var", "x", "y", "na.rm", "use")
def var(x, y=None, na_rm=None, use=None):
    if isinstance(x, (RMatrix, Frame)):
        matrix = as_matrix(x)
        values = np.atleast_2d(np.cov(numbers_of(matrix), rowvar=False))
        return RMatrix(values, matrix.colnames, matrix.colnames)
    if y is not None:
        return np.cov(as_numbers(x), as_numbers(y))[0, 1]
    return _deviation(gathered([(None, x)], na_rm))


@BASE.function("cor", "x", "y", "use", "method")
def cor(x, y=None, use=None, method=None):
    if y is None:
        matrix = as_matrix(x)
        values = np.corrcoef(numbers_of(matrix), rowvar=False)
        return RMatrix(values, matrix.colnames, matrix.colnames)
    return np.corrcoef(as_numbers(x), as_numbers(y))[0, 1]


@BASE.function("weighted.mean", "x", "w", "...", "na.rm")
def weighted_mean(x, w=None, dots=(), na_rm=None):
    values = as_numbers(x)
    weights = np.ones(len(values)) if w is None else as_numbers(w)
    kept = ~np.isnan(values) if flag(na_rm) else np.ones(len(values), dtype=bool)
    return (values * weights)[kept].sum() / weights[kept].sum()


@BASE.function("quantile", "x", "probs", "na.rm", "names", "type", "...")
def quantile(x, probs=None, na_rm=None, names=True, type=7.0, dots=()):
    if number(type) != 7:
        raise NotTranslated("quantile of another type than 7")
    values = gathered([(None, x)], na_rm)
    if np.isnan(values).any():
        raise RError("missing values and NaN's not allowed if 'na.rm' is FALSE")
    shares = np.linspace(0, 1, 5) if probs is None else as_numbers(probs)
    found = np.quantile(values, shares) if len(values) else np.full(len(shares), np.nan)
    labels = [f"{float(f'{100 * share:.7g}'):.15g}%" for share in shares]
    return Named(found, labels) if truth(names) else found


def _elementwise_function(name, function, *more):
    @BASE.function(name, "x", *more)
    def each(x, **others):
        if isinstance(x, Factor) or is_text(x):
            raise RError("non-numeric argument to mathematical function")
        numbers = [number(value) for value in others.values()]
        with np.errstate(all="ignore"):
            if isinstance(x, Frame):
                return Frame({n: function(as_numbers(v), *numbers) for n, v in x.columns.items()})
            return keep_names(function(as_numbers(x), *numbers), x)


def rounded(values, digits=0.0):
    return np.array(
        [v if not math.isfinite(v) else round(v, int(digits)) for v in values.tolist()], float
    )


def significant(values, digits=6.0):
    return np.array([float(f"{v:.{max(int(digits), 1) - 1}e}") for v in values])


for _name, _numpy_function in {
    "abs": np.abs, "sqrt": np.sqrt, "exp": np.exp, "expm1": np.expm1, "log2": np.log2,
    "log10": np.log10, "log1p": np.log1p, "floor": np.floor, "ceiling": np.ceil, "trunc": np.trunc,
    "sign": np.sign, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin,
    "acos": np.arccos, "atan": np.arctan, "tanh": np.tanh, "cumsum": np.cumsum,
    "cumprod": np.cumprod, "cummax": np.maximum.accumulate, "cummin": np.minimum.accumulate,
}.items():  # fmt: skip
    _elementwise_function(_name, _numpy_function)


@BASE.function("round", "x", "digits")
def round_(x, digits=0.0):
    return keep_names(rounded(as_numbers(x), number(digits)), x)


@BASE.function("signif", "x", "digits")
def signif(x, digits=6.0):
    return keep_names(significant(as_numbers(x), number(digits)), x)


@BASE.function("log", "x", "base")
def log(x, base=None):
    with np.errstate(all="ignore"):
        values = np.log(as_numbers(x))
        return keep_names(values if base is None else values / math.log(number(base)), x)


@BASE.function("diff", "x", "lag", "differences")
def diff(x, lag=1.0, differences=1.0):
    values, lag = as_numbers(x), int(number(lag))
    for _ in range(int(number(differences))):
        values = values[lag:] - values[:-lag]
    return values


def _parallel(name, function):
    @BASE.function(name, "...", "na.rm")
    def extreme(dots, na_rm=None):
        chosen = np.fmin if function is np.minimum else np.fmax
        chosen = chosen if flag(na_rm) else function
        values = [value for _, value in dots]
        pairs = lambda a, b: elementwise(lambda s, t: chosen(as_numbers(s), as_numbers(t)), a, b)  # noqa: E731
        return functools.reduce(pairs, values)


_parallel("pmin", np.minimum)


_parallel("pmax", np.maximum)


def _distribution(letter, family, *parameters, defaults=()):
    """d, p or q of a family, e.g. qt(p, df, ncp, lower.tail, log.p)."""
    first = {"d": "x", "p": "q", "q": "p"}[letter]
    name = f"{letter}{family}"

    @BASE.function(name, first, *parameters, "ncp", "lower.tail", "log.p")
    def compute(lower_tail=True, log_p=None, ncp=None, **given):
        value = given.pop(first)
        given = {**dict(zip(map(python_name, parameters), defaults, strict=False)), **given}
        numbers = [as_numbers(as_value(given[python_name(parameter)])) for parameter in parameters]
        upper = not flag(lower_tail, True)
        with np.errstate(all="ignore"):
            found = FAMILIES[family](letter, as_numbers(value), numbers, upper)
        return keep_names(np.log(found) if letter == "p" and flag(log_p) else found, value)


def _scipy_family(distribution, arrange=lambda *numbers: numbers):
    def compute(letter, value, numbers, upper):
        density = "pdf" if hasattr(distribution, "pdf") else "pmf"
        methods = {"d": density, "p": "sf" if upper else "cdf", "q": "isf" if upper else "ppf"}
        return getattr(distribution, methods[letter])(value, *arrange(*numbers))

    return compute


def _logistic(letter, value, numbers, upper):
    location, scale = numbers
    if letter == "q":
        odds = np.log((1 - value) / value) if upper else np.log(value / (1 - value))
        return location + scale * odds
    z = (value - location) / scale
    if letter == "p":
        return 1 / (1 + np.exp(z if upper else -z))
    return np.exp(-z) / (scale * (1 + np.exp(-z)) ** 2)


def _f_or_chi(letter, value, numbers, upper):
    first, second = numbers
    if np.isinf(second).all():
        return _scipy_family(stats.chi2)(letter, value * first, [first], upper)
    return _scipy_family(stats.f)(letter, value, [first, second], upper)


FAMILIES = {
    "norm": _scipy_family(stats.norm),
    "t": _scipy_family(stats.t),
    "chisq": _scipy_family(stats.chi2),
    "f": _f_or_chi,
    "beta": _scipy_family(stats.beta),
    "binom": _scipy_family(stats.binom),
    "pois": _scipy_family(stats.poisson),
    "gamma": _scipy_family(stats.gamma, lambda shape, rate: (shape, 0.0, 1 / rate)),
    "exp": _scipy_family(stats.expon, lambda rate: (0.0, 1 / rate)),
    "unif": _scipy_family(stats.uniform, lambda low, high: (low, high - low)),
    "logis": _logistic,
}


for _letter in "dpq":
    _distribution(_letter, "norm", "mean", "sd", defaults=(0.0, 1.0))
    _distribution(_letter, "t", "df")
    _distribution(_letter, "chisq", "df")
    _distribution(_letter, "f", "df1", "df2")
    _distribution(_letter, "beta", "shape1", "shape2")
    _distribution(_letter, "gamma", "shape", "rate", defaults=(1.0, 1.0))
    _distribution(_letter, "exp", "rate", defaults=(1.0,))
    _distribution(_letter, "unif", "min", "max", defaults=(0.0, 1.0))
    _distribution(_letter, "binom", "size", "prob")
    _distribution(_letter, "pois", "lambda")
    _distribution(_letter, "logis", "location", "scale", defaults=(0.0, 1.0))
