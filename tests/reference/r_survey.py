"""R survey's functions for designs, estimates, domains and contrasts, by ``analysis``.

Every number comes from a public function of ``analysis``; what stands here is R's calling
conventions: formulas, names, na.rm, which rows a subset shows.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np

from analysis import estimation, proportions, replication
from analysis.design import Design, Estimate
from analysis.design_columns import build_design
from analysis.errors import LonelyStrata
from analysis.strata import Lonely
from tests.reference.r_builtins_tables import data_environment
from tests.reference.r_formulas import analysis_columns, by_groups, model_frame, one_sided
from tests.reference.r_language import Environment, Library, Quoted, as_value, some
from tests.reference.r_values import (
    Formula,
    Frame,
    Named,
    NotTranslated,
    RError,
    RList,
    RMatrix,
    as_logicals,
    as_numbers,
    as_texts,
    deparse,
    is_number,
    is_text,
    number,
    number_text,
    text,
    texts,
    truth,
)

SURVEY = Library()


@dataclass(eq=False)
class Survey:
    """A survey design object: the design of all rows, their data, and the rows it shows.

    R drops the rows of others from the subset of a plain design and keeps them, without
    weight, in that of a calibrated one.
    """

    design: Design | replication.Replicated
    data: Frame
    rows: np.ndarray

    @property
    def variables(self) -> Frame:
        return self.data.take(self.rows)

    @property
    def weights(self) -> np.ndarray:
        inside = np.where(self.design.in_domain, self.design.weights, 0.0)
        return inside[self.rows]

    @property
    def is_calibrated(self) -> bool:
        return isinstance(self.design, Design) and bool(self.design.steps)

    def full(self, values: np.ndarray) -> np.ndarray:
        """Values of the rows shown, at their places among all rows; nan elsewhere."""
        table = np.full((len(self.design.weights), *values.shape[1:]), np.nan)
        table[self.rows] = values
        return table

    def kept(self, shown: np.ndarray) -> "Survey":
        """The subset of ``shown`` (bool, one for each row shown)."""
        mask = np.zeros(len(self.design.weights), bool)
        mask[self.rows[shown]] = True
        rows = self.rows if self.is_calibrated else self.rows[shown]
        return Survey(self.design.domain(mask), self.data, rows)

    def with_design(self, design) -> "Survey":
        return Survey(design, self.data, self.rows)


@dataclass(eq=False)
class Stat:
    """svystat, svrepstat, svyratio, svyciprop, svycontrast: estimates with names."""

    kind: str
    estimate: Estimate
    names: list[str]
    deff: np.ndarray | None = None
    limits: tuple[float, float] | None = None  # of svyciprop
    level: float = 0.95  # of these limits
    parts: tuple[list[str], list[str]] | None = None  # of svyratio: numerators, denominators
    bounds: np.ndarray | None = None  # limits of svyquantile, a row for each value
    apart: bool = False  # a svyratio that was not asked for covariances

    @property
    def value(self):
        return self.estimate.value

    @property
    def se(self):
        return self.estimate.se


@dataclass(eq=False)
class By:
    """svyby: keys, the statistics of each domain, and their joint estimate where asked for."""

    keys: dict[str, list[str]]
    names: list[str]
    columns: dict[str, Any]
    labels: list[str]
    estimate: Estimate
    has_covariance: bool

    @property
    def coefficient_names(self):
        if len(self.names) == 1:
            return self.labels
        return [f"{label}:{name}" for name in self.names for label in self.labels]


# --- designs -----------------------------------------------------------------------------------


def design_of(spec, data: Frame, options) -> Survey:
    """The design that a reference file specifies, under R's options."""
    lonely = Lonely(options.get("survey.lonely.psu", "fail"))
    in_domain = bool(options.get("survey.adjust.domain.lonely", False))
    chance = [as_numbers(data[name]) for name in _listed(spec["fpc"])]
    weights = spec.get("weights")
    if weights is None and not chance:
        weights_given = np.ones(data.nrow)
    else:
        weights_given = None if weights is None else as_numbers(data[weights])
    design = build_design(
        weights=weights_given,
        strata=_columns(data, spec["strata"]),
        clusters=_columns(data, spec["ids"]),
        fpc=None if spec.get("pps") else chance or None,
        probabilities=chance[0] if spec.get("pps") else None,
        nest=bool(spec.get("nest")),
        rows=data.nrow,
        lonely=lonely,
        lonely_in_domain=in_domain,
    )
    if options.get("survey.ultimate.cluster", False):
        design = design.with_ultimate_clusters()
    return Survey(design, data, np.arange(data.nrow))


def _listed(names):
    if names is None:
        return []
    return names if isinstance(names, list) else [names]


def _columns(data, names):
    columns = [as_texts(data[name]) for name in _listed(names)]
    return columns or None


@SURVEY.method(Survey, "$")
def survey_part(survey, name):
    design = survey.design
    if name == "variables":
        return survey.variables
    if name == "prob":
        return Named(1 / survey.weights, [str(row + 1) for row in survey.rows])
    if isinstance(design, replication.Replicated):
        if name == "scale":
            return design.scale
        if name == "rscales":
            return design.rscales
        if name == "repweights":
            return RMatrix((design.factors[:, design.unit].T)[survey.rows])
        if name == "mse":
            return design.mse
    raise NotTranslated(f"part {name} of a design")


@SURVEY.method(Survey, "[")
def survey_rows(survey, rows, *_, **__):
    shown = np.zeros(len(survey.rows), bool)
    if isinstance(rows, np.ndarray) and rows.dtype == bool:
        shown = rows.copy()
    else:
        index = as_numbers(rows).astype(int)
        if (index < 0).any():
            shown[:] = True
            shown[-index - 1] = False
        else:
            shown[index - 1] = True
    return survey.kept(shown)


@SURVEY.method(Survey, "nrow", "x")
@SURVEY.method(Survey, "NROW", "x")
def survey_length(x):
    return float(len(x.rows))


@SURVEY.method(Survey, "dim", "x")
def survey_dim(x):
    return np.array([float(len(x.rows)), float(len(x.data.names))])


@SURVEY.method(Survey, "names", "x")
@SURVEY.method(Survey, "colnames", "x")
def survey_names(x):
    return as_value(np.array(x.data.names, object))


@SURVEY.method(Survey, "subset", "x", "subset", "...", lazy=True)
def survey_subset(call, x, subset, dots=()):
    survey = x.value
    inside = data_environment(survey.variables, subset.environment)
    condition = as_logicals(call.evaluate(subset.node, inside))
    chosen = np.asarray(condition, float) == 1
    if chosen.size == 1:
        chosen = np.repeat(chosen, len(survey.rows))
    return survey.kept(chosen)


@SURVEY.method(Survey, "with", "data", "expr", "...", lazy=True)
def survey_with(call, data, expr, dots=()):
    inside = data_environment(data.value.variables, expr.environment)
    return call.evaluate(expr.node, inside)


@SURVEY.method(Survey, "update", "object", "...", lazy=True)
@SURVEY.method(Survey, "transform", "object", "...", lazy=True)
def survey_update(call, object, dots=()):
    survey = object.value
    if len(survey.rows) != survey.data.nrow:
        raise NotTranslated("update of a subset")
    data = survey.data
    for name, promise in dots:
        inside = data_environment(
            Survey(survey.design, data, survey.rows).variables, promise.environment
        )
        data = data.with_column(name, call.evaluate(promise.node, inside))
    return Survey(survey.design, data, survey.rows)


@SURVEY.function("degf", "design", "...")
def degf(design, dots=()):
    return float(design.design.df)


@SURVEY.method(Survey, "weights", "object", "type", "...")
def weights(object, type=None, dots=()):
    return Named(object.weights, [str(i + 1) for i in object.rows])


@SURVEY.function("wts", "p")
def wts(p):
    w = p.weights
    short = len(w) <= 700
    parts = {"weights": w} if short else {"first20": w[:20], "min": w.min(), "max": w.max()}
    parts |= {"sum": w.sum(), "sumsq": (w**2).sum()}
    return RList.of({name: as_value(value) for name, value in parts.items()})


@SURVEY.function("as.svrepdesign", "design", "type", "fay.rho", "...", "compress", "mse")
def as_svrepdesign(design, type=None, fay_rho=None, dots=(), compress=None, mse=None):
    kind = "auto" if type is None else text(type)
    rho = 0.0 if fay_rho is None else number(fay_rho)
    center = mse is not None and truth(mse)
    plain = design.design
    if kind == "auto":
        kind = "JKn" if plain.has_strata else "JK1"
    if kind == "JK1" and plain.has_strata:
        raise RError("JK1 is for a design without strata")
    if kind in {"JKn", "BRR", "Fay"} and not plain.has_strata:
        raise RError(f"{kind} is for a design with strata")
    if kind in {"JK1", "JKn"}:
        return design.with_design(replication.jackknife(plain, mse=center))
    if kind in {"BRR", "Fay"}:
        return design.with_design(replication.half_samples(plain, rho=rho, mse=center))
    raise RError(f"replicates of type {kind} depend on a random seed")


@SURVEY.function(
    "svrepdesign",
    "variables",
    "repweights",
    "weights",
    "data",
    "degf",
    "...",
    "type",
    "combined.weights",
    "rho",
    "scale",
    "rscales",
    "fpc",
    "fpctype",
    "mse",
)
def svrepdesign(
    call,
    repweights,
    variables=None,
    data=None,
    weights=None,
    degf=None,
    dots=(),
    type=None,
    combined_weights=None,
    rho=None,
    scale=None,
    rscales=None,
    fpc=None,
    fpctype=None,
    mse=None,
):
    if fpc is not None or fpctype is not None:
        raise NotTranslated("svrepdesign with fpc")
    data = variables if data is None else data
    told = "JKn" if type is None else text(type)
    if told == "other" and (scale is None or rscales is None):
        raise NotTranslated("replicates of type 'other' without scale and rscales")
    kind = replication.Kind("bootstrap" if told == "other" else told)
    combined = True if combined_weights is None else truth(combined_weights)
    table = _replicate_columns(repweights, data)
    if weights is None:
        weight = np.ones(len(table))
    elif isinstance(weights, Formula):
        weight = analysis_columns(weights, data)[1][:, 0]
    else:
        weight = as_numbers(weights)
    usual = replication.replicate_scale(
        kind, table.shape[1], rho=0.0 if rho is None else number(rho)
    )
    design = replication.given_replicates(
        weight,
        table,
        scale=usual if scale is None else number(scale),
        rscales=None if rscales is None else as_numbers(rscales),
        mse=mse is not None and truth(mse),
        combined=combined,
    )
    return Survey(design, data, np.arange(data.nrow))


def _replicate_columns(given, data: Frame):
    """Replicate weights (n, B): a matrix, a data frame, columns by formula or by their names."""
    if isinstance(given, RMatrix):
        return np.asarray(given.values, float)
    if isinstance(given, Formula):
        return analysis_columns(given, data)[1]
    if is_text(given):
        pattern = re.compile(text(given))
        given = data.select([name for name in data.names if pattern.search(name)])
    return np.stack([as_numbers(given[name]) for name in given.names], axis=1)


@SURVEY.function(
    "svydesign", "ids", "probs", "strata", "variables", "fpc", "data", "nest", "check.strata",
    "weights", "pps", "...", "id",
)  # fmt: skip
def svydesign(
    data, ids=None, probs=None, strata=None, variables=None, fpc=None, nest=None,
    check_strata=None, weights=None, pps=None, dots=(), id=None,
):  # fmt: skip
    """A design made in the call itself, of columns that are named as they are."""
    if probs is not None or variables is not None or dots:
        raise NotTranslated("svydesign with probs, variables or further arguments")

    def columns(formula):
        if formula is None:
            return None
        if not isinstance(formula, Formula):
            raise NotTranslated("svydesign by vectors")
        nodes = [node for node in one_sided(formula) if "number" not in node]
        if any("name" not in node for node in nodes):
            raise NotTranslated("svydesign by an expression")
        names = [node["name"] for node in nodes]
        return names[0] if len(names) == 1 else names or None

    spec = {
        "ids": columns(id if ids is None else ids),
        "strata": columns(strata),
        "weights": columns(weights),
        "fpc": columns(fpc),
        "nest": nest is not None and truth(nest),
        "pps": None if pps is None else text(pps),
    }
    return design_of(spec, data, {})


@SURVEY.function("make.formula", "names")
def make_formula(names):
    nodes = [{"name": str(name)} for name in as_texts(names)]
    return Formula(None, functools.reduce(_plus, nodes), Environment())


def _plus(a, b):
    return {"call": "+", "args": [{"value": a}, {"value": b}]}


# --- columns of a formula ----------------------------------------------------------------------


def columns_of(formula, survey: Survey):
    """Names and values (rows shown, q) of what R's svymean reads from a formula or a vector."""
    if isinstance(formula, Formula):
        names, values, _ = analysis_columns(formula, survey.variables)
        return list(names), np.asarray(values, float)
    if isinstance(formula, Frame):
        return list(formula.names), np.stack([as_numbers(formula[n]) for n in formula.names], 1)
    if isinstance(formula, RMatrix):
        names = formula.colnames or [str(k + 1) for k in range(formula.shape[1])]
        return list(names), np.asarray(formula.values, float)
    values = as_numbers(formula)
    return ["x"], values[:, None]


def numbers_of_formula(formula, survey: Survey):
    """Names and values of what R's svyratio reads: each variable one column, TRUE as 1."""
    if not isinstance(formula, Formula):
        return columns_of(formula, survey)
    variables = model_frame(formula, survey.variables).variables
    return list(variables), np.stack([as_numbers(column) for column in variables.values()], axis=1)


def one_column(formula, survey: Survey):
    """Label and values of a one-sided formula of one term, a logical counting as 0 and 1."""
    names, values = columns_of(formula, survey)
    label = deparse(formula.rhs) if isinstance(formula, Formula) else names[0]
    if values.shape[1] == 2 and names == [f"{label}FALSE", f"{label}TRUE"]:
        values = values[:, 1:]
    if values.shape[1] != 1:
        raise RError(f"one variable expected, found {names}")
    return label, values[:, 0]


def answered_part(survey: Survey, values: np.ndarray, na_rm) -> Survey:
    """The design of the rows with all values, where R was asked to remove the others."""
    if na_rm is None or not truth(na_rm):
        return survey
    mask = np.zeros(len(survey.design.weights), bool)
    mask[survey.rows[np.isfinite(values).all(axis=1)]] = True
    return replace(survey, design=survey.design.domain(mask))


def _with_gaps(survey, values, estimator) -> Estimate:
    """Estimates of the columns without a missing value; nan for the others, as R has NA."""
    weighted = survey.weights > 0
    good = np.isfinite(values[weighted]).all(axis=0)
    if good.all():
        return estimator(survey.full(values), survey.design)
    q = values.shape[1]
    value, covariance = np.full(q, np.nan), np.full((q, q), np.nan)
    if good.any():
        part = estimator(survey.full(values[:, good]), survey.design)
        value[good] = part.value
        covariance[np.ix_(good, good)] = part.covariance
    return Estimate(value, covariance)


# --- statistics --------------------------------------------------------------------------------


def _kind(survey):
    return "svystat" if isinstance(survey.design, Design) else "svrepstat"


def _mean_or_total(call, x, design, na_rm, deff, of_total):
    names, values = columns_of(x, design)
    survey = answered_part(design, values, na_rm)
    estimator = estimation.total if of_total else estimation.mean
    estimate = _with_gaps(survey, values, estimator)
    effect = _effect(survey, values, estimate, deff, of_total)
    return Stat(_kind(design), estimate, names, effect)


def _effect(survey, values, estimate, deff, of_total):
    if deff is None or (isinstance(deff, np.ndarray) and deff.dtype == bool and not deff[0]):
        return None
    replacing = not isinstance(deff, (bool, np.ndarray)) or (
        isinstance(deff, np.ndarray) and deff.dtype == object and text(deff) == "replace"
    )
    reference = (
        estimation.Reference.WITH_REPLACEMENT
        if replacing
        else estimation.Reference.WITHOUT_REPLACEMENT
    )
    found = estimation.design_effect(
        estimate, survey.full(values), survey.design, of_total=of_total, reference=reference
    )
    return np.diag(found)


@SURVEY.function("svymean", "x", "design", "na.rm", "deff", "...")
def svymean(call, x, design, na_rm=None, deff=None, dots=()):
    return _mean_or_total(call, x, design, na_rm, deff, of_total=False)


@SURVEY.function("svytotal", "x", "design", "na.rm", "deff", "...")
def svytotal(call, x, design, na_rm=None, deff=None, dots=()):
    return _mean_or_total(call, x, design, na_rm, deff, of_total=True)


@SURVEY.function("svyvar", "x", "design", "na.rm", "...")
def svyvar(call, x, design, na_rm=None, dots=()):
    names, values = columns_of(x, design)
    survey = answered_part(design, values, na_rm)
    estimate = estimation.variance(survey.full(values), survey.design)
    if survey is not design and isinstance(design.design, Design):
        estimate = estimation.contrast(
            estimate, np.eye(len(estimate.value)) * _all_asked(design, survey)
        )
    if len(names) > 1:
        names = [f"{first}:{second}" for first in names for second in names]
    return Stat(_kind(design), estimate, names)


def _all_asked(asked: Survey, answered: Survey) -> float:
    """R's n / (n - 1) with na.rm counts those asked; the library's those who answered."""
    every, some = float((asked.weights != 0).sum()), float((answered.weights != 0).sum())
    return every / (every - 1) * (some - 1) / some


@SURVEY.function(
    "svyratio",
    "numerator",
    "denominator",
    "design",
    "separate",
    "na.rm",
    "formula",
    "covmat",
    "...",
)
def svyratio(
    call,
    denominator,
    design,
    numerator=None,
    separate=None,
    na_rm=None,
    formula=None,
    covmat=None,
    dots=(),
):
    top_names, top = numbers_of_formula(formula if numerator is None else numerator, design)
    bottom_names, bottom = numbers_of_formula(denominator, design)
    survey = answered_part(design, np.hstack([top, bottom]), na_rm)
    parts = [
        estimation.ratio(survey.full(top), survey.full(bottom[:, [k]]), survey.design)
        for k in range(bottom.shape[1])
    ]
    names = [f"{a}/{b}" for b in bottom_names for a in top_names]
    estimate = parts[0] if len(parts) == 1 else survey.design.joint(parts)
    apart = isinstance(survey.design, Design) and not (covmat is not None and truth(covmat))
    return Stat("svyratio", estimate, names, parts=(top_names, bottom_names), apart=apart)


@SURVEY.function("svyciprop", "formula", "design", "method", "level", "df", "...")
def svyciprop(formula, design, method=None, level=None, df=None, dots=()):
    label, values = one_column(formula, design)
    survey = answered_part(design, values[:, None], dict(dots).get("na.rm"))
    found = proportions.rate(
        survey.full(values),
        survey.design,
        proportions.RateMethod("logit" if method is None else text(method)),
        level=0.95 if level is None else number(level),
        df=None if df is None else number(df),
        asked=design.design,
    )
    share = 0.95 if level is None else number(level)
    return Stat("svyciprop", found.estimate, [label], limits=(found.low, found.high), level=share)


@SURVEY.function("unwtd.count", "x", "design", "...")
def unwtd_count(call, x, design, dots=()):
    _, values = columns_of(x, design)
    complete = np.isfinite(values).all(axis=1) & (design.weights > 0)
    zero = np.zeros((1, 1))
    return Stat("svystat", Estimate(np.array([float(complete.sum())]), zero), ["counts"])


# --- what is asked of statistics ---------------------------------------------------------------


def _as_r_names(values, stat):
    """One linearized statistic comes as a matrix, others as a named vector."""
    if len(stat.names) == 1 and stat.kind == "svystat":
        return RMatrix(values[:, None], stat.names, stat.names)
    if len(stat.names) == 1 and stat.kind == "svyciprop":
        return Named(values, [f"as.numeric({stat.names[0]})"])
    return Named(values, stat.names)


@SURVEY.method(Stat, "SE", "object", "...")
def se_of(object, dots=()):
    if object.kind == "svrepstat":
        return object.se
    return _as_r_names(object.se, object)


@SURVEY.method(By, "SE", "object", "...")
def se_of_by(object, dots=()):
    table = object.estimate.se.reshape(len(object.names), -1).T
    if table.shape[1] == 1:
        return table[:, 0]
    return RMatrix(table, object.labels, [f"se.{name}" for name in object.names])


@SURVEY.method(Stat, "coef", "object", "...")
def coef_of(object, dots=()):
    if object.kind == "svyciprop":
        return object
    return Named(object.value, object.names)


@SURVEY.method(By, "coef", "object", "...")
def coef_of_by(object, dots=()):
    return Named(object.estimate.value, object.coefficient_names)


@SURVEY.method(Stat, "vcov", "object", "...")
def vcov_of(object, dots=()):
    names = object.names
    if object.kind == "svyciprop":
        names = [f"as.numeric({name})" for name in names]
    return RMatrix(_covariance_told(object).covariance, names, names)


def _covariance_told(stat) -> Estimate:
    """The estimate as R tells it: without covariances where they were not asked for."""
    if not stat.apart or len(stat.names) == 1:
        return stat.estimate
    gaps = np.where(np.eye(len(stat.names)) == 1, stat.estimate.covariance, np.nan)
    return Estimate(stat.value, gaps)


@SURVEY.method(By, "vcov", "object", "...")
def vcov_of_by(object, dots=()):
    names = object.coefficient_names
    return RMatrix(object.estimate.covariance, names, names)


@SURVEY.method(Stat, "cv", "object", "...")
def cv_of(object, dots=()):
    if object.parts is not None:
        top, bottom = object.parts
        return RMatrix(object.estimate.cv.reshape(len(bottom), len(top)).T, top, bottom)
    return _as_r_names(object.estimate.cv, object)


@SURVEY.method(By, "cv", "object", "...")
def cv_of_by(object, dots=()):
    return Named(object.estimate.cv, object.coefficient_names)


@SURVEY.method(Stat, "deff", "object", "...")
def deff_of(object, dots=()):
    return Named(object.deff, object.names)


def percent_names(level):
    """2.5 %, 97.5 % as R names limits: three digits."""
    tail = (1 - level) / 2
    return [f"{number_text(float(f'{100 * p:.3g}'))} %" for p in (tail, 1 - tail)]


def _limits(estimate, names, parm, level, df):
    share = 0.95 if level is None else number(level)
    degrees = inf if df is None else number(df)
    bounds = estimation.wald_limits(estimate, level=share, df=degrees)
    table = np.stack([bounds.low, bounds.high], 1)
    if parm is not None:
        chosen = places_of(parm, names)
        table, names = table[chosen], [names[i] for i in chosen]
    return RMatrix(table, names, percent_names(share))


def places_of(parm, names):
    """Which coefficients confint's parm means: numbers from 1, or names."""
    if is_number(parm):
        return [int(place) - 1 for place in as_numbers(parm)]
    return [names.index(str(name)) for name in as_texts(parm)]


@SURVEY.method(Stat, "confint", "object", "parm", "level", "df", "...")
def confint_of(object, parm=None, level=None, df=None, dots=()):
    if object.bounds is not None:
        return RMatrix(object.bounds, object.names, ["l", "u"])
    if object.limits is not None:
        if level is not None:
            raise RError("need to re-run svyciprop to specify level")
        heads = [name.replace(" ", "") for name in percent_names(object.level)]
        return RMatrix(np.array([object.limits]), object.names, heads)
    return _limits(object.estimate, object.names, parm, level, df)


@SURVEY.method(By, "confint", "object", "parm", "level", "df", "...")
def confint_of_by(object, parm=None, level=None, df=None, dots=()):
    return _limits(object.estimate, object.coefficient_names, parm, level, df)


@SURVEY.method(Stat, "as.vector", "x", "...")
@SURVEY.method(Stat, "as.numeric", "x", "...")
@SURVEY.method(Stat, "c", "x", "...")
def numbers_of(x, dots=()):
    return x.value


@SURVEY.method(Stat, "[")
def parts_of(x, *indices, **further):
    return some(Named(x.value, x.names), *indices, **further)


@SURVEY.method(Stat, "[[")
def part_of(x, index, **__):
    place = (
        x.names.index(text(index)) if as_value(index).dtype == object else int(number(index)) - 1
    )
    return x.value[place]


def frame_of_by(x):
    """The data frame that a svyby is."""
    keys = {name: texts(levels) for name, levels in x.keys.items()}
    return Frame(keys | x.columns, x.labels)


@SURVEY.method(By, "as.data.frame", "x", "...")
def as_frame_of_by(x, dots=()):
    return frame_of_by(x)


@SURVEY.method(By, "[")
def part_of_by(x, *indices, **further):
    return some(frame_of_by(x), *indices, **further)


@SURVEY.method(By, "nrow", "x")
def rows_of_by(x):
    return float(len(x.labels))


@SURVEY.method(By, "names", "x")
def names_of_by(x):
    return texts([*x.keys, *x.columns])


@SURVEY.method(By, "deff", "object", "...")
def deff_of_by(object, dots=()):
    found = {k: v for k, v in object.columns.items() if k.startswith("DEff.")}
    return next(iter(found.values())) if len(found) == 1 else Frame(found, object.labels)


@SURVEY.method(Stat, "attr", "x", "which", "...")
def attribute_of(x, which, dots=()):
    if text(which) == "ci" and x.limits is not None:
        heads = [name.replace(" ", "") for name in percent_names(x.level)]
        return Named(np.array(x.limits), heads)
    if text(which) != "var":
        raise NotTranslated(f"attribute {text(which)} of an estimate")
    return vcov_of(x)


@SURVEY.method(By, "$")
def column_of_by(x, name):
    if name in x.keys:
        return texts(x.keys[name])
    return x.columns[name]


@SURVEY.method(By, "[[")
def column_of_by_named(x, name):
    return column_of_by(x, text(name))


# --- domains -----------------------------------------------------------------------------------

VARTYPES = ("se", "ci", "ci", "cv", "cvpct", "var")


@SURVEY.function(
    "svyby",
    "formula",
    "by",
    "design",
    "FUN",
    "...",
    "deff",
    "keep.var",
    "keep.names",
    "verbose",
    "vartype",
    "drop.empty.groups",
    "covmat",
    "return.replicates",
    "na.rm.by",
    "na.rm.all",
)
def svyby(
    call,
    formula,
    by,
    design,
    FUN,
    dots=(),
    deff=None,
    keep_var=None,
    keep_names=None,
    verbose=None,
    vartype=None,
    drop_empty_groups=None,
    covmat=None,
    return_replicates=None,
    na_rm_by=None,
    na_rm_all=None,
):
    groups = by_groups(by, design.variables).occurring(design.weights > 0)
    further = {key: value for key, value in dots if key}
    arguments = dict(further) | ({} if deff is None else {"deff": deff})
    found = [_of_part(call, FUN, formula, design.kept(group.rows), arguments) for group in groups]
    keys = {label: [group.keys[label] for group in groups] for label in groups[0].keys}
    labels = [group.label for group in groups]
    if keep_var is not None and not truth(keep_var):
        return _without_variances(keys, labels, found)
    wanted = ["se"] if vartype is None else [_vartype(v) for v in as_texts(vartype)]
    with_covariance = covmat is not None and truth(covmat)
    estimate = _joint(design, found) if with_covariance else _apart(found)
    columns = _by_columns(found, wanted, deff)
    return By(keys, found[0].names, columns, labels, estimate, with_covariance)


def _vartype(given):
    return next(name for name in VARTYPES if name.startswith(str(given)))


def _of_part(call, function, formula, part, arguments):
    """The statistic of one domain; where its variance is refused, its value without error."""
    try:
        found = call.apply(function, formula, part, **arguments)
        return found.as_stat() if hasattr(found, "as_stat") else found
    except LonelyStrata:
        if part.design.lonely is Lonely.FAIL:
            raise
        plain = part.with_design(part.design.with_lonely(Lonely.REMOVE))
        found = call.apply(function, formula, plain, **arguments)
        gaps = np.full_like(found.estimate.covariance, np.nan)
        estimate = Estimate(found.value, gaps, found.estimate.linearized)
        return replace(found, estimate=estimate)


def _without_variances(keys, labels, found):
    if len(found[0].names) == 1:
        columns = {"statistic": np.array([part.value[0] for part in found])}
    else:
        columns = {
            f"statistic.{name}": np.array([part.value[i] for part in found])
            for i, name in enumerate(found[0].names)
        }
    names = list(found[0].names)
    return By(keys, names, columns, labels, _apart(found), has_covariance=False)


def _joint(design, found) -> Estimate:
    """All domains with their covariances, variable by variable as R orders them."""
    joint = design.design.joint([part.estimate for part in found])
    return estimation.contrast(joint, _by_variable(len(found), len(found[0].names)))


def _by_variable(domains, variables):
    order = [d * variables + v for v in range(variables) for d in range(domains)]
    return np.eye(domains * variables)[order]


def _apart(found) -> Estimate:
    """All domains as if they did not vary together."""
    value = np.concatenate([part.value for part in found])
    variance = np.concatenate([part.se**2 for part in found])
    order = _by_variable(len(found), len(found[0].names))
    return Estimate(order @ value, np.diag(order @ variance))


def _by_columns(found, wanted, deff):
    first = found[0]
    q = len(first.names)
    columns = {
        name: _column(found, lambda p, i=i: p.value[i]) for i, name in enumerate(first.names)
    }
    for kind in wanted:
        for stem, values in _uncertainty(found, kind).items():
            for i in range(q):
                columns[_label(stem, first, i, q)] = values[:, i]
    if deff is not None and first.deff is not None:
        for i, name in enumerate(first.names):
            columns[f"DEff.{name}"] = _column(found, lambda p, i=i: p.deff[i])
    return columns


def _column(found, part: Callable):
    return np.array([part(one) for one in found])


def _uncertainty(found, kind):
    if kind == "ci":
        # svyby hands level and df to the statistic only, not to confint.
        tables = [confint_of(part).values for part in found]
        return {
            "ci_l": np.array([table[:, 0] for table in tables]),
            "ci_u": np.array([table[:, 1] for table in tables]),
        }
    se = np.array([part.se for part in found])
    value = np.array([part.value for part in found])
    with np.errstate(divide="ignore", invalid="ignore"):
        named = {"se": se, "var": se**2, "cv": se / value, "cvpct": 100 * se / value}
    return {"cv%" if kind == "cvpct" else kind: named[kind]}


def _label(stem, first, i, q):
    """How R's svyby names a column: the names that SE and confint put on their values."""
    if first.kind == "svrepstat" and stem in {"se", "var"}:
        return stem if q == 1 else f"{stem}{i + 1}"
    if first.kind in {"svyratio", "newsvyquantile"}:
        own = stem in {"se", "var"} or q > 1
        own = own or (first.kind != "svyratio" and stem.startswith("cv"))
        return f"{stem}.{first.names[i]}" if own else stem
    if first.kind == "svyciprop":
        own = stem in {"se", "var", "cv"}
        return f"{stem}.as.numeric({first.names[0]})" if own else stem
    if first.kind == "svrepstat" and stem.startswith("cv"):
        return f"{stem}.{first.names[i]}"
    return stem if q == 1 else f"{stem}.{first.names[i]}"


# --- contrasts ---------------------------------------------------------------------------------


@SURVEY.function("svycontrast", "stat", "contrasts", "...")
def svycontrast(stat, contrasts, dots=()):
    names = stat.coefficient_names if isinstance(stat, By) else stat.names
    estimate = _covariance_told(stat) if isinstance(stat, Stat) else stat.estimate
    if isinstance(contrasts, RList):
        labels = contrasts.names or [""] * len(contrasts.values)
        labels = [label or "contrast" for label in labels]
        given = contrasts.values
    else:
        labels, given = ["contrast"], [contrasts]
    if all(isinstance(one, Quoted) for one in given):
        found = estimation.function_of(estimate, _functions([one.node for one in given], names))
    else:
        found = estimation.contrast(estimate, np.stack([_row(one, names) for one in given]))
    return Stat("svrepstat" if estimate.replicates is not None else "svystat", found, labels)


def _row(coefficients, names):
    if isinstance(coefficients, Named):
        row = np.zeros(len(names))
        for name, value in zip(coefficients.names, as_numbers(coefficients.values), strict=True):
            row[names.index(name)] = value
        return row
    return as_numbers(coefficients)


SMOOTH = {
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "(": lambda x: x,
    "log2": lambda x: np.log(x) / np.log(2),
    "log10": lambda x: np.log(x) / np.log(10),
    "log1p": lambda x: np.log(1 + x),
    "qlogis": lambda x: np.log(x / (1 - x)),
    "plogis": lambda x: 1 / (1 + np.exp(-x)),
}
OPERATIONS = {
    "+": lambda a, b=None: a if b is None else a + b,
    "-": lambda a, b=None: -a if b is None else a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
}


def _functions(nodes, names):
    def values(v):
        known = dict(zip(names, v, strict=True))
        return np.array([_smooth(node, known) for node in nodes])

    return values


def _smooth(node, known):
    """An expression of estimates; the numbers may be complex."""
    if "number" in node:
        return node["number"]
    if "name" in node:
        if node["name"] == "pi":
            return np.pi
        return known[node["name"]]
    arguments = [_smooth(argument["value"], known) for argument in node["args"]]
    function = (OPERATIONS | SMOOTH).get(node["call"])
    if function is None:
        raise RError(f"{node['call']} has no derivative here")
    return function(*arguments)
