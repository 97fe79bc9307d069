"""Functions of R sae, hbsae, PracTools and sampling, and the reference's own, by ``analysis``."""

from dataclasses import dataclass
from math import inf, nan

import numpy as np

from analysis import estimation, planning, ranking, selection
from analysis.area_level import AreaPosterior, FitMethod, fay_herriot, fay_herriot_hb
from analysis.intervals import Measured, effective_n, korn_graubard
from analysis.presentation import Display, present_rate
from analysis.unit_level import unit_eblup
from tests.reference.r_builtins_tables import data_environment
from tests.reference.r_formulas import model_matrix
from tests.reference.r_language import Library, as_value
from tests.reference.r_survey import answered_part
from tests.reference.r_values import (
    Formula,
    Frame,
    Named,
    RError,
    RList,
    as_numbers,
    as_texts,
    factor_of,
    logicals,
    number,
    text,
    texts,
)

PACKAGES = Library()


def _listed(**parts):
    return RList.of({name: as_value(value) for name, value in parts.items()})


# --- ranks and the presentation standard -------------------------------------------------------


@PACKAGES.function("kww", "est", "se", "level", "how")
def kww(est, se, level, how):
    found = ranking.normal_rank_intervals(
        as_numbers(est),
        as_numbers(se),
        level=number(level),
        adjustment=ranking.Adjustment(text(how)),
        lowest_first=True,
    )
    return _listed(
        z=found.z, lower_rank=found.low.astype(float), upper_rank=found.high.astype(float)
    )


MINIMUM_N = 30
FLAG_WIDTH = 1.30  # width over 1 - p, by which the standard flags the complement


@PACKAGES.function("nchs", "v", "by", "d", "level")
def nchs(v, by, d, level=None):
    share = 0.95 if level is None else number(level)
    values = as_numbers(d.variables[text(v)])
    survey = answered_part(d, values[:, None], logicals([True]))
    groups = factor_of(d.variables[text(by)])
    full = survey.full(values[:, None])[:, 0]
    rows = []
    for code, label in enumerate(groups.levels):
        shown = np.zeros(len(survey.design.weights), bool)
        shown[survey.rows[groups.codes == code]] = True
        if not (shown & survey.design.in_domain).any():
            continue
        part = survey.design.domain(shown)
        rows.append(_standard(label, full, part, share))
    return RList.of({name: _column([row[name] for row in rows]) for name in rows[0]})


def _standard(label, values, part, level):
    estimate = estimation.mean(values, part)
    n = part.respondents
    k = int(part.counts[part.in_domain & (values == 1)].sum())
    rate = Measured(float(estimate.value[0]), float(estimate.se[0]), n, k, float(part.df)).settled()
    limits = korn_graubard(rate, level)
    edge = rate.at_edge
    width = 0.0 if edge else limits.high - limits.low
    size = effective_n(rate, level)
    shown = present_rate(
        p=rate.p, n=n, edge=edge, df=rate.df, n_eff=size, width=width, minimum_n=MINIMUM_N
    )
    present = shown.display is not Display.SUPPRESS
    return {
        "level": label,
        "n": float(n),
        "k": float(k),
        "p": rate.p,
        "se": rate.se,
        "df": rate.df,
        "n_eff": size,
        "lower": nan if edge else limits.low,
        "upper": nan if edge else limits.high,
        "width": width,
        "rel_width": width / rate.p if rate.p else nan,
        "present": present,
        "flag_complement": bool(
            present and rate.p < 1 and width > 0.05 and width / (1 - rate.p) > FLAG_WIDTH
        ),
        "flag_df": bool(present and rate.df < 8),
        "flag_0_or_1": bool(present and edge),
    }


def _column(items):
    if isinstance(items[0], str):
        return texts(items)
    return logicals(items) if isinstance(items[0], bool) else np.array(items, float)


# --- sample sizes and allocation ---------------------------------------------------------------


def _given(value, default):
    return default if value is None else number(value)


def _is_relative(moe_sw):
    return moe_sw is not None and number(moe_sw) == 2


@PACKAGES.function("nProp", "CV0", "V0", "pU", "N")
def n_prop(pU, CV0=None, V0=None, N=None):
    population = _given(N, inf)
    if (CV0 is None) == (V0 is None):
        raise RError("either CV0 or V0")
    if CV0 is not None:
        return planning.n_for_cv(number(pU), number(CV0), population=population).exact
    return planning.n_for_variance(number(pU), number(V0), population=population).exact


@PACKAGES.function("nPropMoe", "moe.sw", "e", "alpha", "CV0", "V0", "pU", "N")
def n_prop_moe(e, moe_sw=None, alpha=None, CV0=None, V0=None, pU=None, N=None):
    return planning.n_for_margin(
        number(pU),
        number(e),
        relative=_is_relative(moe_sw),
        level=1 - _given(alpha, 0.05),
        population=_given(N, inf),
    ).exact


@PACKAGES.function("nWilson", "moe.sw", "alpha", "pU", "e")
def n_wilson(pU, e, moe_sw=None, alpha=None):
    found = planning.n_for_wilson(
        number(pU), number(e), relative=_is_relative(moe_sw), level=1 - _given(alpha, 0.05)
    )
    return RList.of(
        {
            "n.sam": as_value(found.exact),
            "CI lower limit": as_value(found.low),
            "CI upper limit": as_value(found.high),
            "length of CI": as_value(found.length),
        }
    )


@PACKAGES.function("strAlloc", "n.tot", "Nh", "Sh", "cost", "ch", "V0", "CV0", "ybarU", "alloc")
def str_alloc(
    n_tot=None, Nh=None, Sh=None, cost=None, ch=None, V0=None, CV0=None, ybarU=None, alloc=None
):
    kind, sizes = text(alloc), as_numbers(Nh)
    spreads = None if Sh is None else as_numbers(Sh)
    if kind == "prop":
        found = planning.proportional(number(n_tot), sizes, capped=False)
    elif kind == "neyman":
        found = planning.neyman(number(n_tot), sizes, spreads, capped=False)
    elif kind == "totcost":
        found = planning.cost_optimal(number(cost), sizes, spreads, as_numbers(ch), capped=False)
    elif kind == "totvar":
        wanted = number(V0) if V0 is not None else (number(CV0) * number(ybarU)) ** 2
        found = planning.variance_optimal(wanted, sizes, spreads, as_numbers(ch), capped=False)
    else:
        raise RError("alloc: prop, neyman, totcost or totvar")
    parts = {"allocation": texts([kind]), "Nh": sizes}
    if spreads is not None:
        parts["Sh"] = spreads
    parts["nh"] = found.exact
    parts["nh/n"] = found.exact / found.exact.sum()
    if spreads is not None:
        error = planning.anticipated_se(sizes, spreads, found.exact)
        parts["anticipated SE of estimated mean"] = as_value(error)
    return RList.of(parts)


@PACKAGES.function("inclusionprobabilities", "a", "n")
def inclusion_probabilities(a, n):
    return selection.inclusion_probabilities(as_numbers(a), number(n))


# --- small areas -------------------------------------------------------------------------------


def _regression(formula, data):
    frame = data if isinstance(data, Frame) else None
    made = model_matrix(formula, frame)
    return as_numbers(made.frame.response), made.values, made.names


def _in_data(call, promise, data):
    """An argument that may name a column of data."""
    if data is None:
        return promise.value
    return call.evaluate(promise.node, data_environment(data.value, promise.environment))


@PACKAGES.special("mseFH", "formula", "vardir", "method", "MAXITER", "PRECISION", "B", "data")
def mse_fh(call, formula, vardir, method=None, MAXITER=None, PRECISION=None, B=None, data=None):
    direct, covariates, names = _regression(formula.value, data and data.value)
    kind = FitMethod("REML" if method is None else text(method.value))
    found = fay_herriot(direct, as_numbers(_in_data(call, vardir, data)), covariates, kind)
    coefficients = Frame({"beta": found.beta, "std.error": found.se_beta}, names)
    fit = RList.of(
        {
            "method": texts([str(kind)]),
            "estcoef": coefficients,
            "refvar": as_value(found.area_variance),
        }
    )
    return RList.of({"est": RList.of({"eblup": found.eblup, "fit": fit}), "mse": found.mse})


@PACKAGES.special("eblupFH", "formula", "vardir", "method", "MAXITER", "PRECISION", "B", "data")
def eblup_fh(call, formula, vardir, method=None, MAXITER=None, PRECISION=None, B=None, data=None):
    return mse_fh(call, formula, vardir, method, MAXITER, PRECISION, B, data).get("est")


@dataclass(eq=False)
class AreaFit:
    """What fSAE.Area returns: the posterior of the areas and their names."""

    posterior: AreaPosterior
    names: list[str]


@PACKAGES.function("fSAE.Area", "est.init", "var.init", "X", "x", "...", "silent")
def fsae_area(est_init, var_init, X, x=None, dots=(), silent=None):
    names = est_init.names if isinstance(est_init, Named) else X.rownames
    found = fay_herriot_hb(as_numbers(est_init), as_numbers(var_init), np.asarray(X.values, float))
    return AreaFit(found, [str(name) for name in names])


@PACKAGES.method(AreaFit, "EST", "x", "...")
def est_of(x, dots=()):
    return Named(x.posterior.mean, x.names)


@PACKAGES.method(AreaFit, "MSE", "x", "...")
def mse_of(x, dots=()):
    return Named(x.posterior.variance, x.names)


@PACKAGES.method(AreaFit, "SE", "object", "...")
def se_of(object, dots=()):
    return Named(np.sqrt(object.posterior.variance), object.names)


@PACKAGES.special(
    "eblupBHF", "formula", "dom", "selectdom", "meanxpop", "popnsize", "method", "data"
)
def eblup_bhf(call, formula, dom, meanxpop, popnsize, selectdom=None, method=None, data=None):
    dom = _in_data(call, dom, data)
    formula, meanxpop, popnsize = formula.value, meanxpop.value, popnsize.value
    selectdom, method = selectdom and selectdom.value, method and method.value
    data = data and data.value
    if method is not None and text(method) != "REML":
        raise RError("the unit-level model is fitted by REML")
    answers, covariates, _ = _regression(formula, data)
    area = _texts_of(dom if not isinstance(dom, Formula) else data[dom.rhs["name"]])
    known = {label: row for row, label in enumerate(_texts_of(meanxpop[meanxpop.names[0]]))}
    sizes_of = dict(
        zip(
            _texts_of(popnsize[popnsize.names[0]]),
            as_numbers(popnsize[popnsize.names[1]]),
            strict=True,
        )
    )
    wanted = list(known) if selectdom is None else _texts_of(selectdom)
    order = [*wanted, *[label for label in known if label not in wanted]]
    means = np.stack([as_numbers(meanxpop[name]) for name in meanxpop.names[1:]], axis=1)
    means = np.hstack([np.ones((len(means), 1)), means])[[known[label] for label in order]]
    place = {label: row for row, label in enumerate(order)}
    found = unit_eblup(
        answers,
        covariates,
        np.array([place[label] for label in area]),
        means,
        np.array([sizes_of[label] for label in order]),
    )
    domains = Frame(
        {
            "domain": as_value(np.array([float(label) for label in wanted])),
            "eblup": found.eblup[: len(wanted)],
        }
        if all(label.replace(".", "", 1).isdigit() for label in wanted)
        else {"domain": texts(wanted), "eblup": found.eblup[: len(wanted)]}
    )
    fit = RList.of(
        {
            "fixed": found.beta,
            "refvar": as_value(found.area_variance),
            "errorvar": as_value(found.error_variance),
        }
    )
    return RList.of({"eblup": domains, "fit": fit})


def _texts_of(values):
    return [str(value) for value in as_texts(values)]
