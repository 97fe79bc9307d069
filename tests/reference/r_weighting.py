"""R survey's functions for weights, told in terms of ``analysis``."""

import functools
from dataclasses import dataclass
from math import inf

import numpy as np

from analysis import adjustment, greg
from analysis.replication import Replicated, reweighted
from tests.reference.r_builtins_tables import frame_of_table
from tests.reference.r_formulas import by_groups, model_matrix, names_in
from tests.reference.r_language import Library
from tests.reference.r_survey import Survey
from tests.reference.r_values import (
    Formula,
    Frame,
    Named,
    NotTranslated,
    RError,
    RList,
    RTable,
    as_numbers,
    as_texts,
    number,
    text,
    truth,
)

WEIGHTING = Library()


def _margin(formula, population, design: Survey) -> adjustment.Known:
    """A population table brought onto the cells of the sample; unknown cells have total 0."""
    combined = by_groups(formula, design.variables).combined
    totals = _totals(population)
    labels = list(dict.fromkeys([*totals, *combined.levels]))
    place = {label: code for code, label in enumerate(labels)}
    table = np.array([place[level] for level in combined.levels] + [-1])
    return adjustment.Known(
        codes=_all_rows(table[combined.codes], design),
        totals=np.array([totals.get(label, 0.0) for label in labels]),
        name="*".join(by_groups(formula, design.variables).factors),
        labels=tuple(labels),
    )


def _totals(population) -> dict[str, float]:
    """Totals by the label of the cell, values of the factors joined by a point."""
    if isinstance(population, Frame):
        names = [name for name in population.names if name != "Freq"]
        rows = zip(*[as_texts(population[name]) for name in names], strict=True)
        return {
            ".".join(str(part) for part in row): float(total)
            for row, total in zip(rows, as_numbers(population["Freq"]), strict=True)
        }
    if isinstance(population, RTable):
        found = {}
        levels = list(population.dimnames.values())
        for index, total in np.ndenumerate(population.values):
            label = ".".join(levels[axis][place] for axis, place in enumerate(index))
            found[label] = float(total)
        return found
    if isinstance(population, Named):
        return dict(zip(population.names, as_numbers(population.values).tolist(), strict=True))
    raise RError("population: a data frame with Freq or a table expected")


def _all_rows(codes, design: Survey):
    full = np.full(len(design.design.weights), -1, np.int64)
    full[design.rows] = codes
    return full


@dataclass(frozen=True)
class Distance:
    """cal.linear and the like: what calibrate takes as calfun."""

    name: str


for _kind in ("linear", "raking", "logit"):
    WEIGHTING.constant(f"cal.{_kind}", Distance(_kind))


@WEIGHTING.function("postStratify", "design", "strata", "population", "partial", "...")
def post_stratify(design, strata, population, partial=None, dots=()):
    cells = _margin(strata, population, design)
    step = functools.partial(
        adjustment.poststratify,
        cell=cells.codes,
        totals=cells.totals,
        partial=partial is not None and truth(partial),
        labels=cells.labels,
    )
    return _weighted(design, step)


@WEIGHTING.function("rake", "design", "sample.margins", "population.margins", "control", "compress")
def rake(design, sample_margins, population_margins, control=None, compress=None):
    margins = [
        _margin(formula, population, design)
        for formula, population in zip(
            sample_margins.values, population_margins.values, strict=True
        )
    ]
    return _weighted(design, functools.partial(adjustment.rake, margins=margins))


@WEIGHTING.function(
    "calibrate",
    "design",
    "formula",
    "population",
    "aggregate.stage",
    "stage",
    "variance",
    "bounds",
    "calfun",
    "maxit",
    "epsilon",
    "verbose",
    "force",
    "trim",
    "bounds.const",
    "sparse",
    "...",
)
def calibrate(
    design,
    formula,
    population,
    aggregate_stage=None,
    stage=None,
    variance=None,
    bounds=None,
    calfun=None,
    maxit=None,
    epsilon=None,
    verbose=None,
    force=None,
    trim=None,
    bounds_const=None,
    sparse=None,
    dots=(),
):
    if trim is not None or (bounds_const is not None and truth(bounds_const)):
        raise NotTranslated("calibrate with trim or bounds.const")
    if isinstance(formula, RList):
        columns, names, totals = _columns_of_margins(formula, population, design)
    else:
        columns, names, totals = _columns_of_formula(formula, population, design)
    within = None
    if aggregate_stage is not None:
        if isinstance(design.design, Replicated):
            raise NotTranslated("calibrate of replicates with aggregate.stage")
        within = design.design.stages[int(number(aggregate_stage)) - 1].of_row
    step = functools.partial(
        greg.calibrate,
        columns=design.full(columns),
        totals=totals,
        distance=greg.Distance(_distance(calfun)),
        bounds=(-inf, inf) if bounds is None else tuple(_bounds(bounds)),
        within=within,
        variance=None if variance is None else design.full(_variance(variance, columns)),
        names=names,
    )
    return _weighted(design, step)


def _weighted(design: Survey, step) -> Survey:
    """The design after a step; of replicates each is weighted anew."""
    if isinstance(design.design, Replicated):
        return design.with_design(reweighted(design.design, step))
    return design.with_design(step(design.design).design)


def _distance(calfun):
    if calfun is None:
        return "linear"
    return calfun.name if isinstance(calfun, Distance) else text(calfun)


def _bounds(bounds):
    if isinstance(bounds, RList):
        return [number(bounds.get("lower")), number(bounds.get("upper"))]
    return as_numbers(bounds).tolist()


def _variance(variance, columns):
    given = as_numbers(variance)
    return given if given.size == len(columns) else columns @ given


def _columns_of_formula(formula, population, design):
    made = model_matrix(formula, design.variables)
    given = as_numbers(population)
    names = list(made.names)
    if isinstance(population, Named) and set(names) <= set(population.names):
        place = {name: k for k, name in enumerate(population.names)}
        given = given[[place[name] for name in names]]
    if given.size != len(names):
        raise RError("population and sample totals are not of one length")
    return made.values, names, given


def _columns_of_margins(formulas, populations, design):
    """A list of margins: R writes one formula of them, in which numbers stay numbers."""
    totals, products = [], []
    for formula, population in zip(formulas.values, populations.values, strict=True):
        table = population if isinstance(population, Frame) else frame_of_table(population)
        product = _joined("*", [{"name": name} for name in dict.fromkeys(names_in(formula.rhs))])
        made = model_matrix(Formula(None, product, formula.environment), table)
        order = [len(made.terms.terms[term - 1]) if term else 1 for term in made.assign]
        sums = as_numbers(table["Freq"]) @ made.values
        totals += zip(order, made.names, sums.tolist(), strict=True)
        products.append(product)
    totals = sorted(totals, key=lambda total: total[0])
    known = {name: total for _, name, total in reversed(totals)}
    names = list(dict.fromkeys(name for _, name, _ in totals))
    whole = Formula(None, _joined("+", products), formulas.values[0].environment)
    given = Named(np.array([known[name] for name in names]), names)
    return _columns_of_formula(whole, given, design)


def _joined(operator, nodes):
    first, *rest = nodes
    for node in rest:
        first = {"call": operator, "args": [{"value": first}, {"value": node}]}
    return first


@WEIGHTING.function("trimWeights", "design", "upper", "lower", "strict", "...")
def trim_weights(design, upper=None, lower=None, strict=None, dots=()):
    found = adjustment.trim(
        design.design,
        lower=-inf if lower is None else number(lower),
        upper=inf if upper is None else number(upper),
        strict=strict is not None and truth(strict),
    )
    return design.with_design(found.design)


@WEIGHTING.function("svystandardize", "design", "by", "over", "population", "excluding.missing")
def svystandardize(design, by, population, over=None, excluding_missing=None):
    part = design
    if excluding_missing is not None:
        made = model_matrix(excluding_missing, design.variables)
        part = design.kept(made.complete)
    kinds = by_groups(by, part.variables).combined
    groups = None
    if isinstance(over, Formula) and "number" not in over.rhs:
        groups = _all_rows(by_groups(over, part.variables).combined.codes, part)
    shares = as_numbers(population["Freq"] if isinstance(population, Frame) else population)
    found = adjustment.standardize(
        part.design, _all_rows(kinds.codes, part), groups, shares, partial=True
    )
    return part.with_design(found.design)
