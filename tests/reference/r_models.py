"""R survey's tests, models and quantiles, told in terms of ``analysis``."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis import association, hypotheses, regression
from analysis import quantiles as quantile_module
from analysis.design import Estimate
from analysis.estimation import contrast, wald_limits
from analysis.stops import Stop
from tests.reference.r_formulas import (
    coded,
    dummies,
    evaluated,
    model_matrix,
    one_sided,
    terms,
)
from tests.reference.r_language import Known, Library, RFunction, as_value
from tests.reference.r_survey import (
    Stat,
    Survey,
    answered_part,
    columns_of,
    percent_names,
    places_of,
    survey_subset,
)
from tests.reference.r_values import (
    Factor,
    Formula,
    Named,
    NotTranslated,
    RError,
    RList,
    RMatrix,
    RTable,
    as_numbers,
    as_texts,
    deparse,
    factor_of,
    is_number,
    is_text,
    number,
    number_text,
    text,
    truth,
)

MODELS = Library()


@dataclass(eq=False)
class Test:
    """htest: what a test returns; each part as R gives it, None for what it lacks."""

    statistic: Any
    parameter: Any = None
    p_value: Any = None
    estimate: Any = None
    conf_int: Any = None
    labels: dict[str, str | None] = field(default_factory=dict)
    """Names that R puts on a part; None for a matrix of one cell."""
    limits: Any = None  # of svyttest: by level


@MODELS.method(Test, "$")
@MODELS.method(Test, "[[")
def part_of_test(test, name):
    name = name if isinstance(name, str) else text(name)
    found = as_value(getattr(test, name.replace(".", "_")))
    if name not in test.labels or found is None:
        return found
    label = test.labels[name]
    return RMatrix(found[:, None]) if label is None else Named(found, [label] * len(found))


def variable(node, design: Survey, formula):
    """A variable of a formula on the rows shown."""
    return evaluated(node, design.variables, formula.environment)


def factor_codes(column, design: Survey):
    """Codes on all rows, -1 for missing and for rows not shown, and the levels."""
    factor = factor_of(column)
    codes = np.full(len(design.design.weights), -1, np.int64)
    codes[design.rows] = factor.codes
    return codes, factor.levels


def numbers_on_all_rows(column, design: Survey):
    return design.full(as_numbers(column)[:, None])[:, 0]


def with_known(design: Survey, *columns) -> Survey:
    """The part of a design where all columns (codes or numbers on all rows) have values."""
    known = np.ones(len(design.design.weights), bool)
    for column in columns:
        known &= column >= 0 if column.dtype.kind == "i" else np.isfinite(column)
    return design.with_design(design.design.domain(known))


# --- tests -------------------------------------------------------------------------------------


@MODELS.function("svyttest", "formula", "design", "...")
def svyttest(formula, design, dots=()):
    if "number" in formula.rhs:
        # R takes the mean of ~left, whose operators are those of a formula, and tests 0.
        names, columns = columns_of(Formula(None, formula.lhs, formula.environment), design)
        values = design.full(columns[:, :1])[:, 0]
        part = with_known(design, values)
        return _t_test(hypotheses.t_test(values, part.design), "mean", names[0])
    values = numbers_on_all_rows(variable(formula.lhs, design, formula), design)
    group = variable(formula.rhs, design, formula)
    codes, _ = factor_codes(group, design)
    part = with_known(design, values, codes)
    found = hypotheses.t_test_two(values, codes, part.design)
    name = dummies(deparse(formula.rhs), coded(group), every_level=False)[0][-1]
    return _t_test(found, "difference in mean", name)


def _t_test(found, meaning, coefficient):
    limits = found.limits(0.95)
    labels = {"statistic": "t", "parameter": "df", "p.value": coefficient, "estimate": meaning}
    return Test(
        found.statistic,
        float(found.df),
        found.p,
        found.estimate,
        np.array([limits.low, limits.high]),
        labels,
        found.limits,
    )


@MODELS.method(Test, "confint", "object", "parm", "level", "...")
def confint_of_test(object, parm=None, level=None, dots=()):
    if level is None:
        return object.conf_int
    limits = object.limits(number(level))
    return np.array([limits.low, limits.high])


@MODELS.function("svyranktest", "formula", "design", "test", "...")
def svyranktest(formula, design, test=None, dots=()):
    values = numbers_on_all_rows(variable(formula.lhs, design, formula), design)
    codes, levels = factor_codes(variable(formula.rhs, design, formula), design)
    part = with_known(design, values, codes)
    kind = "wilcoxon" if test is None else text(test)
    scores = hypotheses.Scores.WILCOXON if kind == "KruskalWallis" else hypotheses.Scores(kind)
    options = {"scores": scores, "ties": hypotheses.Ties.LISTED}
    if len(levels) == 2:
        found = hypotheses.rank_test(values, codes, part.design, **options)
        labels = {"statistic": "t", "parameter": "df", "p.value": f"g{levels[1]}"}
        labels["estimate"] = "difference in mean rank score"
        return Test(found.statistic, float(found.df), found.p, found.estimate, labels=labels)
    many = hypotheses.rank_test_groups(values, codes, part.design, **options)
    return Test(float(many.df), many.chi_square, many.p)


@MODELS.function("svychisq", "formula", "design", "statistic", "na.rm", "...")
def svychisq(formula, design, statistic=None, na_rm=None, dots=()):
    kind = association.Association("F" if statistic is None else text(statistic))
    if kind is association.Association.EXACT:
        # The reference was made without R's CompQuadForm, which then approximates (see the
        # warning of these cases); the exact tail is tested in tests/analysis/test_hypotheses.py.
        kind = association.Association.SADDLEPOINT
    row, column = _two(formula)
    rows, _ = factor_codes(variable(row, design, formula), design)
    columns, _ = factor_codes(variable(column, design, formula), design)
    found = association.chi_square(rows, columns, design.design, kind, stop=Stop.AS_R)
    labels = {"p.value": "X-squared", "statistic": "X-squared", "parameter": "df"}
    if kind is association.Association.F:
        labels["statistic"] = "F"
    if kind in {association.Association.WALD, association.Association.ADJUSTED_WALD}:
        labels |= {"p.value": None, "statistic": None}
    if kind is association.Association.SADDLEPOINT:
        del labels["p.value"]
    if found.df is None:
        parameter = None
    elif found.ddf is None:
        parameter = float(found.df)
    else:
        parameter = Named(np.array([found.df, found.ddf]), ["ndf", "ddf"])
        del labels["parameter"]
    return Test(found.statistic, parameter, found.p, labels=labels)


def _two(formula):
    node = formula.rhs
    if node.get("call") != "+" or len(node["args"]) != 2:
        raise RError(f"two variables expected, found {deparse(node)}")
    return [argument["value"] for argument in node["args"]]


@MODELS.function("svytable", "formula", "design", "Ntotal", "round", "...")
def svytable(formula, design, Ntotal=None, round=None, dots=()):
    if formula.lhs is not None:
        raise NotTranslated("svytable with a left side")
    nodes = one_sided(formula)
    coded_columns = [factor_codes(variable(n, design, formula), design) for n in nodes]
    labels = [deparse(n) for n in nodes]
    levels = [own for _, own in coded_columns]
    # More than two variables are crossed into the columns of a table of two.
    (rows, row_levels), further = coded_columns[0], coded_columns[1:]
    columns = np.zeros_like(rows)
    for codes, own in further:
        columns = np.where((columns < 0) | (codes < 0), -1, columns * len(own) + codes)
    found = association.cross_table(rows, columns, design.design)
    width = int(np.prod([len(own) for own in levels[1:]], initial=1))
    table = np.zeros((len(row_levels), width))
    table[np.ix_(found.rows, found.columns)] = found.totals
    if Ntotal is not None:
        if np.size(as_numbers(Ntotal)) != 1:
            raise NotTranslated("Ntotal by stratum")
        table *= as_numbers(Ntotal)[0] / table.sum()
    if round is not None and truth(round):
        table = np.round(table)
    shape = [len(own) for own in levels]
    return RTable(table.reshape(shape), dict(zip(labels, levels, strict=True)))


# --- generalized linear models -----------------------------------------------------------------

FAMILIES = {
    "gaussian": regression.Family.GAUSSIAN,
    "binomial": regression.Family.BINOMIAL,
    "quasibinomial": regression.Family.BINOMIAL,
    "poisson": regression.Family.POISSON,
    "quasipoisson": regression.Family.POISSON,
}


CANONICAL = {
    regression.Family.GAUSSIAN: "identity",
    regression.Family.BINOMIAL: "logit",
    regression.Family.POISSON: "log",
}


@dataclass(eq=False)
class FamilyValue:
    """What gaussian(), quasibinomial() and the like give."""

    family: regression.Family


def _declare(name):
    @MODELS.function(name, "link")
    def family(link=None):
        if link is not None and text(link) != CANONICAL[FAMILIES[name]]:
            raise NotTranslated(f"{name} with another link than {CANONICAL[FAMILIES[name]]}")
        return FamilyValue(FAMILIES[name])


for _name in FAMILIES:
    _declare(_name)


@dataclass(eq=False)
class Glm:
    """svyglm: the model, its formula, and the design of the rows it used."""

    model: regression.Model
    formula: Formula
    names: list[str]
    design: Survey
    family: regression.Family

    @property
    def estimate(self):
        return self.model.coefficients


@MODELS.special("svyglm", "formula", "design", "subset", "family", "start", "rescale", "...")
def svyglm(call, formula, design, subset=None, family=None, start=None, rescale=None, dots=()):
    formula, design = formula.value, design.value
    kind = FAMILIES["gaussian"] if family is None else _family(family.value)
    if subset is not None:
        design = survey_subset(call, Known(design), subset)
    if any(name not in {"influence", "multicore", "return.replicates"} for name, _ in dots):
        raise NotTranslated(f"svyglm with {[name for name, _ in dots]}")
    made = model_matrix(formula, design.variables)
    outcome = made.frame.response
    if isinstance(outcome, Factor) or is_text(outcome):
        outcome = (factor_of(outcome).codes > 0).astype(float)
    part = design.kept(made.complete) if not made.complete.all() else design
    rows = made.complete if len(part.rows) != len(design.rows) else slice(None)
    labels = ["(Intercept)", *[":".join(term) for term in made.terms.terms]]
    fitted = regression.fit(
        part.full(made.values[rows]),
        part.full(as_numbers(outcome)[rows][:, None])[:, 0],
        part.design,
        kind,
        names=made.names,
        terms=[labels[place] for place in made.assign],
        stop=Stop.AS_R,
    )
    return Glm(fitted, formula, list(made.names), part, kind)


def _family(given):
    if isinstance(given, FamilyValue):
        return given.family
    if is_text(given):
        return FAMILIES[text(given)]
    if isinstance(given, RFunction) and given.name in FAMILIES:
        return FAMILIES[given.name]
    raise RError("family: a family or its name expected")


@MODELS.method(Glm, "coef", "object", "...")
@MODELS.method(Glm, "coefficients", "object", "...")
def coef_of_glm(object, dots=()):
    return Named(object.model.coefficients.value, object.names)


@MODELS.method(Glm, "SE", "object", "...")
def se_of_glm(object, dots=()):
    return Named(object.model.coefficients.se, object.names)


@MODELS.method(Glm, "vcov", "object", "...")
def vcov_of_glm(object, dots=()):
    return RMatrix(object.model.coefficients.covariance, object.names, object.names)


@MODELS.method(Glm, "confint", "object", "parm", "level", "method", "ddf", "...")
def confint_of_glm(object, parm=None, level=None, method=None, ddf=None, dots=()):
    share = 0.95 if level is None else number(level)
    df = object.model.df_residual if ddf is None else number(ddf)
    bounds = wald_limits(object.model.coefficients, level=share, df=df)
    table = np.stack([bounds.low, bounds.high], 1)
    names = object.names
    if parm is not None:
        chosen = places_of(parm, names)
        table, names = table[chosen], [names[i] for i in chosen]
    return RMatrix(table, names, percent_names(share))


@MODELS.method(Glm, "summary", "object", "...")
def summary_of_glm(object, dots=()):
    table = object.model.table()
    values = np.stack([table.estimate, table.se, table.t, table.p], 1)
    heads = ["Estimate", "Std. Error", "t value", "Pr(>|t|)"]
    return RList.of({"coefficients": RMatrix(values, object.names, heads)})


@MODELS.method(RList, "coef", "object", "...")
@MODELS.method(RList, "coefficients", "object", "...")
def coef_of_list(object, dots=()):
    return object.get("coefficients")


@MODELS.method(Glm, "$")
def part_of_glm(model, name):
    if name == "coefficients":
        return coef_of_glm(model)
    if name == "df.residual":
        return float(model.model.df_residual)
    raise NotTranslated(f"part {name} of a model")


@MODELS.function("regTermTest", "model", "test.terms", "null", "df", "method", "...")
def reg_term_test(model, test_terms, null=None, df=None, method=None, dots=()):
    if isinstance(test_terms, Formula):
        wanted = {frozenset(term) for term in terms(test_terms).terms}
    else:
        wanted = {frozenset(str(label).split(":")) for label in as_texts(test_terms)}
    places = [k for k, term in enumerate(model.model.terms) if frozenset(term.split(":")) in wanted]
    if method is not None and text(method) != "Wald":
        raise NotTranslated(f"regTermTest with method {text(method)}")
    found = regression.term_test(model.model, places)
    if df is not None or null is not None:
        coefficients = model.model.coefficients
        covariance = coefficients.covariance[np.ix_(places, places)]
        gap = coefficients.value[places] - (0 if null is None else as_numbers(null))
        degrees = model.model.df_residual if df is None else number(df)
        found = hypotheses.wald_test(gap, covariance, degrees)
    return TermTest(float(found.statistic), float(found.df), float(found.ddf), float(found.p))


@dataclass(eq=False)
class TermTest:
    """regTermTest: an F test, without ddf a chi-square test."""

    statistic: float
    df: float
    ddf: float
    p: float


@MODELS.method(TermTest, "$")
@MODELS.method(TermTest, "[[")
def part_of_term_test(test, name):
    name = name if isinstance(name, str) else text(name)
    if name in {"Ftest", "chisq"}:
        is_f = np.isfinite(test.ddf)
        if is_f != (name == "Ftest"):
            return None
        return RMatrix(np.array([[test.statistic]]))
    value = as_value(getattr(test, name))
    return RMatrix(value[:, None]) if name == "p" else value


@MODELS.function("svypredmeans", "adjustmodel", "groupfactor", "predictat")
def svypredmeans(adjustmodel, groupfactor, predictat=None):
    design = adjustmodel.design
    made = model_matrix(adjustmodel.formula, design.variables)
    group = variable(groupfactor.rhs, design, groupfactor)
    codes, levels = factor_codes(group, design)
    if is_number(group) and len(levels) > 2:
        raise NotTranslated("svypredmeans by a number: R makes it a covariate")
    part = with_known(design, codes)
    found = regression.predictive_margins(
        part.full(made.values),
        part.full(as_numbers(made.frame.response)[:, None])[:, 0],
        codes,
        part.design,
        adjustmodel.family,
    )
    place = {levels[code]: k for k, code in enumerate(found.groups.tolist())}
    if predictat is None:  # R has the groups as they come in the data
        wanted = list(dict.fromkeys(levels[code] for code in codes[design.rows] if code >= 0))
    else:
        wanted = [str(label) for label in as_texts(predictat)]
    chosen = np.eye(len(place))[[place[label] for label in wanted]]
    return Stat("svystat", contrast(found.estimate, chosen), wanted)


# --- quantiles ---------------------------------------------------------------------------------


@dataclass(eq=False)
class Quantiles:
    """svyquantile: a matrix for each variable, a row for each quantile."""

    names: list[str]
    tables: list[RMatrix]

    @property
    def has_limits(self):
        return self.tables[0].rownames is not None

    @property
    def value(self):
        columns = [t.values[:, 0] if self.has_limits else t.values[0] for t in self.tables]
        return np.concatenate(columns)

    @property
    def labels(self):
        """Names of the values: the variable, and the quantile where there are several."""
        table = self.tables[0]
        rows = table.rownames if self.has_limits else table.colnames
        return [f"{name}.{row}" if len(rows) > 1 else name for name in self.names for row in rows]

    def as_stat(self):
        """What svyby takes: values with errors and limits, nothing in common."""
        ranges = np.stack([self.column(head) for head in self.tables[0].colnames[1:3]], 1)
        estimate = Estimate(self.value, np.diag(self.column("se") ** 2))
        return Stat("newsvyquantile", estimate, self.labels, bounds=ranges)

    def column(self, head):
        return np.concatenate(
            [table.values[:, table.colnames.index(head)] for table in self.tables]
        )


@MODELS.function(
    "svyquantile",
    "x",
    "design",
    "quantiles",
    "alpha",
    "interval.type",
    "na.rm",
    "ci",
    "se",
    "qrule",
    "df",
    "...",
)
def svyquantile(
    x,
    design,
    quantiles,
    alpha=None,
    interval_type=None,
    na_rm=None,
    ci=None,
    se=None,
    qrule=None,
    df=None,
    dots=(),
):
    names, values = columns_of(x, design)
    probabilities = as_numbers(quantiles)
    tail = 0.05 if alpha is None else number(alpha)
    labels = [number_text(probability) for probability in probabilities]
    tables = []
    part = answered_part(design, values, na_rm)
    for column in values.T:
        found = quantile_module.quantiles(
            part.full(column),
            part.design,
            probabilities.tolist(),
            rule=quantile_module.Rule("math" if qrule is None else text(qrule)),
            interval=quantile_module.IntervalOf(
                "mean" if interval_type is None else text(interval_type)
            ),
            level=1 - tail,
            df=None if df is None else number(df),
        )
        rows = [[q.value, q.low, q.high, q.se] for q in found]
        heads = [
            "quantile",
            *[f"ci.{number_text(100 * p)}" for p in (tail / 2, 1 - tail / 2)],
            "se",
        ]
        table = np.array(rows, float)
        if ci is not None and not truth(ci):
            tables.append(RMatrix(table[:, :1].T, None, labels))
        else:
            tables.append(RMatrix(table, labels, heads))
    return Quantiles(names, tables)


@MODELS.method(Quantiles, "coef", "object", "...")
def coef_of_quantiles(object, dots=()):
    return Named(object.value, object.labels)


@MODELS.method(Quantiles, "SE", "object", "...")
def se_of_quantiles(object, dots=()):
    return Named(object.column("se"), object.labels)


@MODELS.method(Quantiles, "confint", "object", "...")
def confint_of_quantiles(object, dots=()):
    return RMatrix(object.as_stat().bounds, object.labels, ["l", "u"])


@MODELS.method(Quantiles, "$")
@MODELS.method(Quantiles, "[[")
def quantiles_of_one(x, name):
    return x.tables[x.names.index(name if isinstance(name, str) else text(name))]
