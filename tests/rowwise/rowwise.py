"""The contract's estimates, computed respondent by respondent; slow and plain on purpose.

Nothing here is shared with the product: no sufficient statistics, no cells, no code. It reads
a *valid* study folder and does not check it. Every step says which sentence of the contract
(the study folder's document) it follows; ``README.md`` lists what was read into open words.

Interface
---------
``compute(folder)``                  the five tables: name -> list of rows; None is an empty cell
``read_tables(results)``             the same from a results folder (texts to numbers)
``differences(found, expected)``     one line for each disagreement, empty when there is none
"""

import csv
import math
import tomllib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy import stats

Row = dict[str, float | int | str | None]
Tables = dict[str, list[Row]]
Unit = tuple[Hashable, ...]

ZERO_SE = 1e-12
JOINT_LEVEL = 0.90
PANELS = 40  # of twelve nodes each, for p_top3

COLUMNS = {
    "estimates": "wave sample weighting indicator domain area n estimate se low high level "
    "interval interval_kind df n_eff deff cv display reason target decision position tipping",
    "changes": "from to sample weighting indicator domain area n_from n_to estimate_from "
    "estimate_to difference se low high distinguishable",
    "ranks": "wave sample weighting indicator domain area estimate rank rank_low rank_high "
    "p_top3 ranked",
    "modes": "wave sample other indicator domain area estimate estimate_other difference low high",
    "outcomes": "sample rate value",
}
KEYS = {
    "estimates": 6,
    "changes": 7,
    "ranks": 6,
    "modes": 6,
    "outcomes": 2,
}
NUMBERS = (
    "n estimate se low high level df n_eff deff cv target tipping n_from n_to estimate_from "
    "estimate_to difference rank rank_low rank_high p_top3 ranked estimate_other value"
)


class CannotEstimate(Exception):
    """A refusal of the contract: a lonely cluster under "fail", an empty cell, no convergence."""


# ------------------------------------------------------------------------------- reading


def read_csv(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{k: v or "" for k, v in row.items() if k} for row in csv.DictReader(file)]


@dataclass(slots=True)
class Study:
    """What the folder says; ``totals[margin][category]`` keeps the order of margins.csv."""

    plan: dict
    folder: Path
    areas: dict[str, dict[str, str]]
    totals: dict[str, dict[str, float]]
    indicators: list[dict[str, str]]

    def value(self, person: Mapping[str, str], variable: str) -> str:
        """The person's value of a recode or a column; empty when missing."""
        recode = self.plan.get("recode", {}).get(variable)
        if recode is None:
            return self.padded(person[variable])
        answer = person[recode["from"]]
        for group, codes in recode["groups"].items():
            if answer in codes:
                return group
        return ""

    def padded(self, code: str) -> str:
        """The 12 digits of an area code that a question's choices have shortened."""
        whole = code.ljust(12, "0")
        return whole if code.isdigit() and whole in self.areas else code


def read_study(folder: Path) -> Study:
    plan = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8-sig"))
    totals: dict[str, dict[str, float]] = {}
    for row in read_csv(folder / "margins.csv"):
        totals.setdefault(row["margin"], {})[row["category"]] = float(row["total"])
    areas = {row["code"]: row for row in read_csv(folder / "areas.csv")}
    return Study(plan, folder, areas, totals, read_csv(folder / "indicators.csv"))


# --------------------------------------------------------------------- a sample's design


@dataclass(slots=True)
class Person:
    answers: dict[str, str]
    stratum: str
    unit: Unit  # primary sampling unit within its stratum: a cluster, or the person
    base: float = 1.0  # base weight


@dataclass(slots=True)
class Sample:
    plan: dict
    kind: str  # after "a probability sample without selection … is treated as quota"
    people: list[Person]
    population: dict[str, float]  # fpc: persons in the stratum; empty without fpc

    @property
    def name(self) -> str:
        """The name after the wave id and one character."""
        return self.plan["id"][len(self.plan["wave"]) + 1 :]

    @property
    def lonely(self) -> str:
        return self.plan.get("lonely_psu", "fail")


def effective_kind(plan: Mapping) -> str:
    if plan["kind"] != "probability":
        return plan["kind"]
    selection = plan.get("selection") or {}
    return "probability" if selection.get("substitution") == "none" else "quota"


def read_sample(study: Study, plan: dict) -> Sample:
    rows = read_csv(study.folder / plan["responses"])
    accepted = [row for row in rows if row.get("status", "") in ("", "accepted")]
    people = []
    for row in accepted:
        stratum = study.padded(row[plan["strata"]]) if "strata" in plan else ""
        unit: Unit = ("person", row["response_id"])
        if "cluster" in plan and stratum not in plan.get("certainty_strata", []):
            unit = ("cluster", row[plan["cluster"]])
        people.append(Person(row, stratum, unit))
    set_base_weights(study, plan, people)
    population = {}
    if "fpc" in plan:
        population = {p.stratum: float(p.answers[plan["fpc"]["column"]]) for p in people}
    return Sample(plan, effective_kind(plan), people, population)


def set_base_weights(study: Study, plan: Mapping, people: list[Person]) -> None:
    rule = plan.get("base_weight")
    if rule is None:
        return
    if "column" in rule:
        for person in people:
            person.base = float(person.answers[rule["column"]])
        return
    root = study.plan["study"]["root_area"]
    for stratum in {person.stratum for person in people}:
        members = [person for person in people if person.stratum == stratum]
        area = stratum if "strata" in plan else root
        population = float(study.areas[area][rule["population"]])
        factors = [1.0] * len(members)
        if "factor" in rule:
            cap = rule.get("factor_cap", math.inf)
            factors = [min(float(m.answers[rule["factor"]]), cap) for m in members]
        for person, factor in zip(members, factors, strict=True):
            person.base = population * factor / math.fsum(factors)


# ------------------------------------------------------------------------------ weighting


@dataclass(slots=True)
class Weighted:
    """A sample under one weighting: who is in it, and his weights.

    ``before`` is the weight before trimming, ``final`` the one of the figures; ``cells[i]``
    the margin categories person i is in (empty without calibration).
    """

    sample: Sample
    id: str
    people: list[Person]
    base: list[float]
    before: list[float]
    final: list[float]
    cells: list[tuple[tuple[str, str], ...]]
    first_total: float | None  # margins.csv: total of the first margin
    design_matrix: np.ndarray | None = None
    units: dict[str, list[Unit]] = field(default_factory=dict)  # by stratum


def margin_variables(plan: Mapping) -> list[list[str]]:
    if "poststratify" in plan:
        return [plan["poststratify"]]
    return plan.get("rake", [])


def weigh(study: Study, sample: Sample, plan: Mapping) -> Weighted:
    margins = margin_variables(plan)
    values = [
        [tuple(study.value(p.answers, v) for v in variables) for variables in margins]
        for p in sample.people
    ]
    kept = [all(all(one) for one in own) for own in values]
    if not all(kept) and plan.get("missing", "stop") != "drop":
        raise CannotEstimate("a respondent has an empty weighting variable")
    people = [p for p, keep in zip(sample.people, kept, strict=True) if keep]
    names = ["*".join(variables) for variables in margins]
    categories = [
        ["*".join(one) for one in own] for own, keep in zip(values, kept, strict=True) if keep
    ]

    targets: list[dict[str, float]] = []
    for k, name in enumerate(names):
        present = {own[k] for own in categories}
        if not present <= set(study.totals[name]):
            raise CannotEstimate(f"{name}: a category that margins.csv lacks")
        targets.append(collapse(study.totals[name], present, bool(plan.get("collapse"))))
    for k in range(1, len(targets)):  # scaled to the first in the weighting's list
        factor = sum(targets[0].values()) / sum(targets[k].values())
        if abs(1 / factor - 1) > 0.005:
            raise CannotEstimate(f"{names[k]}: the totals differ by more than 0.5 %")
        targets[k] = {category: total * factor for category, total in targets[k].items()}

    base = [p.base for p in people]
    before = rake(base, categories, targets)
    final = list(before)
    if "trim" in plan:
        final = trim(final, plan["trim"]["upper"])
    cells = [tuple(zip(names, own, strict=True)) for own in categories]
    first = sum(study.totals[names[0]].values()) if names else None
    weighted = Weighted(sample, plan["id"], people, base, before, final, cells, first)
    for person in people:
        units = weighted.units.setdefault(person.stratum, [])
        if person.unit not in units[-1:] and person.unit not in units:
            units.append(person.unit)
    if names:
        columns = sorted({cell for own in cells for cell in own})
        weighted.design_matrix = np.array(
            [[1.0 if column in own else 0.0 for column in columns] for own in cells]
        )
    return weighted


def collapse(totals: Mapping[str, float], present: set[str], allowed: bool) -> dict[str, float]:
    """Add the total of an empty category to the one before it within the leading values."""
    groups: dict[str, list[str]] = defaultdict(list)
    for category in totals:
        groups[category.rpartition("*")[0]].append(category)
    result = dict(totals)
    for group in groups.values():
        while empty := [c for c in group if c not in present]:
            if not allowed or len(group) == 1:
                raise CannotEstimate(f"empty cell {empty[0]}")
            at = group.index(empty[0])
            neighbour = group[at - 1] if at > 0 else group[1]
            result[neighbour] += result.pop(empty[0])
            group.remove(empty[0])
    return result


def rake(
    base: Sequence[float], categories: list[list[str]], targets: list[dict[str, float]]
) -> list[float]:
    """Scale each person to one margin after the other until all are met to 1e-12."""
    weights = list(base)
    for _ in range(5000):
        worst = 0.0
        for k, target in enumerate(targets):
            reached = dict.fromkeys(target, 0.0)
            for own, weight in zip(categories, weights, strict=True):
                reached[own[k]] += weight
            whole = sum(target.values())
            worst = max([worst, *(abs(reached[c] - target[c]) / whole for c in target)])
            weights = [
                weight * target[own[k]] / reached[own[k]]
                for own, weight in zip(categories, weights, strict=True)
            ]
        if worst <= 1e-13:
            return weights
        if len(targets) == 1:
            return weights
    raise CannotEstimate("raking did not meet its margins")


def trim(weights: list[float], upper: float) -> list[float]:
    cap = upper * math.fsum(weights) / len(weights)
    weights, capped = list(weights), [False] * len(weights)
    while any(w > cap and not c for w, c in zip(weights, capped, strict=True)):
        excess = 0.0
        for i, weight in enumerate(weights):
            if not capped[i] and weight > cap:
                excess += weight - cap
                weights[i], capped[i] = cap, True
        free = [i for i, c in enumerate(capped) if not c]
        for i in free:
            weights[i] += excess / len(free)
    return weights


# ----------------------------------------------------------------------------- indicators


def split(text: str) -> list[str]:
    return text.split("|") if text else []


@dataclass(slots=True)
class Indicator:
    row: dict[str, str]

    @property
    def code(self) -> str:
        return self.row["code"]

    @property
    def is_rate(self) -> bool:
        return self.row["kind"] == "rate"

    @property
    def lower_is_better(self) -> bool:
        return self.row.get("direction", "") == "lower"

    @property
    def target(self) -> float | None:
        return float(self.row["target"]) if self.row["target"] else None

    @property
    def unit(self) -> float:
        """A target is in percent for a rate, in points otherwise."""
        return 100.0 if self.is_rate else 1.0

    @property
    def scores(self) -> dict[str, float]:
        pairs = [pair.split(":") for pair in split(self.row["scores"])]
        return {code: float(score) for code, score in pairs}

    @property
    def score_range(self) -> float:
        return max(self.scores.values()) - min(self.scores.values())

    def measure(self, answers: Mapping[str, str]) -> float | None:
        """What the person counts; None when he is left out of the indicator."""
        denominator = set(split(self.row["denominator"]))
        if self.row["kind"] == "index":
            total = weight_sum = 0.0
            items = split(self.row["question"])
            for item, weight in zip(items, split(self.row["weights"]), strict=True):
                if answers[item] in denominator:
                    total += float(weight) * self.scores[answers[item]]
                    weight_sum += float(weight)
            return total / weight_sum if weight_sum else None
        answer = answers[self.row["question"]]
        if self.row["kind"] == "score":
            return self.scores[answer] if answer in denominator else None
        chosen = set(answer.split(" ")) - {""}  # one code, or those of a select-multiple
        if not chosen & denominator:
            return None
        return 1.0 if chosen & set(split(self.row["numerator"])) else 0.0


# -------------------------------------------------------------------------------- figures


@dataclass(slots=True)
class Figure:
    """One rate or mean with its linearised cluster totals."""

    weighted: Weighted
    indicator: Indicator
    domain: str
    area: str
    n: int = 0
    p: float = math.nan
    edge: bool = False  # a rate of 0 or 1 by the counts
    se: float = math.nan
    df: float = 0
    totals: dict[tuple[str, Unit], float] = field(default_factory=dict)
    row: Row = field(default_factory=dict)

    def t(self, level: float, df: float) -> float:
        return float(stats.t.ppf(1 - (1 - level) / 2, df))

    def n_eff(self, level: float) -> float:
        if self.edge or self.se <= ZERO_SE:
            return float(self.n)
        srs = self.p * (1 - self.p) / self.se**2
        return min(float(self.n), srs * (self.t(level, self.n - 1) / self.t(level, self.df)) ** 2)

    def limits(self, interval: str, level: float) -> tuple[float, float]:
        p, se, t = self.p, self.se, self.t(level, self.df)
        if interval in ("t", "wald"):
            return p - t * se, p + t * se
        if interval == "korn-graubard":
            x, y, tail = self.n_eff(level) * p, self.n_eff(level) * (1 - p), (1 - level) / 2
            low = 0.0 if p == 0 else float(stats.beta.ppf(tail, x, y + 1))
            high = 1.0 if p == 1 else float(stats.beta.ppf(1 - tail, x + 1, y))
            return low, high
        if interval == "logit":
            middle, half = math.log(p / (1 - p)), t * se / (p * (1 - p))
            return 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle))
        m = self.n if self.edge or se <= ZERO_SE else p * (1 - p) / se**2  # wilson
        centre, half = p + t * t / (2 * m), t * math.sqrt(p * (1 - p) / m + t * t / (4 * m * m))
        scale = 1 + t * t / m
        return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def covariance_terms(
    units: Mapping[str, Iterable[Unit]],
    one: Mapping[tuple[str, Unit], float],
    two: Mapping[tuple[str, Unit], float],
    lonely: str,
    population: Mapping[str, float],
) -> dict[str, tuple[float, int]]:
    """What each stratum contributes, and its number of clusters m; a lonely one by its rule."""
    everyone = [(stratum, unit) for stratum in units for unit in units[stratum]]
    mean_one = math.fsum(one.get(key, 0.0) for key in everyone) / len(everyone)
    mean_two = math.fsum(two.get(key, 0.0) for key in everyone) / len(everyone)
    terms: dict[str, tuple[float, int]] = {}
    alone: list[str] = []
    for stratum in units:
        own = [(stratum, unit) for unit in units[stratum]]
        m = len(own)
        open_share = 1 - m / population[stratum] if population else 1.0
        a = [one.get(key, 0.0) for key in own]
        b = [two.get(key, 0.0) for key in own]
        if m > 1:
            a_mean, b_mean = math.fsum(a) / m, math.fsum(b) / m
            products = [(x - a_mean) * (y - b_mean) for x, y in zip(a, b, strict=True)]
            terms[stratum] = (open_share * m / (m - 1) * math.fsum(products), m)
        elif lonely == "fail":
            raise CannotEstimate(f"stratum {stratum} has one cluster")
        elif lonely == "adjust":
            terms[stratum] = (open_share * (a[0] - mean_one) * (b[0] - mean_two), 1)
        else:
            terms[stratum] = (0.0, 1)
            alone.append(stratum)
    if lonely == "average" and alone:
        others = [value for value, m in terms.values() if m > 1]
        for stratum in alone:
            terms[stratum] = (math.fsum(others) / len(others), 1)
    return terms


def figure(
    weighted: Weighted, indicator: Indicator, place: tuple[str, str], measured: list[float | None]
) -> Figure:
    """Point estimate, cluster totals of z, standard error and degrees of freedom.

    ``measured`` is None for who is outside the place or left out of the indicator.
    """
    result = Figure(weighted, indicator, *place)
    counted = [y is not None for y in measured]
    result.n = sum(counted)
    if result.n == 0:
        return result
    y = np.array([y or 0.0 for y in measured])
    count = np.array(counted, dtype=float)
    w = np.array(weighted.final)
    size = math.fsum(w * count)
    result.p = math.fsum(w * y * count) / size
    ones = sum(1 for value, c in zip(y, counted, strict=True) if c and value == 1)
    if indicator.is_rate and ones in (0, result.n):
        result.edge, result.p = True, ones / result.n

    u = (y - result.p) * count / size
    z = w * u
    if weighted.design_matrix is not None:
        w0, root = np.array(weighted.before), np.sqrt(np.array(weighted.base))
        wanted = u * w / w0
        x = weighted.design_matrix
        slope = np.linalg.lstsq(x * root[:, None], wanted * root, rcond=None)[0]
        z = w0 * (wanted - x @ slope)
    totals: dict[tuple[str, Unit], float] = defaultdict(float)
    for person, own in zip(weighted.people, z.tolist(), strict=True):
        totals[person.stratum, person.unit] += own
    result.totals = dict(totals)

    sample = weighted.sample
    terms = covariance_terms(weighted.units, totals, totals, sample.lonely, sample.population)
    variance = math.fsum(value for value, _ in terms.values())
    result.se = 0.0 if result.edge else math.sqrt(variance)
    clusters = {(p.stratum, p.unit) for p, c in zip(weighted.people, counted, strict=True) if c}
    result.df = len(clusters) - len({stratum for stratum, _ in clusters})
    if sample.plan.get("certainty_strata") and result.se > ZERO_SE:
        below = math.fsum(v**2 / (m - 1) for v, m in terms.values() if m > 1)
        if below > 0:
            result.df = min(result.df, variance**2 / below)
    return result


# -------------------------------------------------------------------------- estimates.csv


@dataclass(slots=True)
class Rules:
    interval: str
    level: float
    minimum_n: int


def display(fig: Figure, minimum_n: int) -> tuple[str, str]:
    """show, review or suppress with the reason, from 95 % limits whatever the plan's are."""
    if fig.n < minimum_n:
        return "suppress", f"n<{minimum_n}"
    if fig.df == 0:
        return "suppress", "df=0"
    if not fig.indicator.is_rate:
        low, high = fig.limits("t", 0.95)
        if high - low >= 0.20 * fig.indicator.score_range:
            return "suppress", "width>=0.20"
        shown = "ok"
    else:
        low, high = fig.limits("korn-graubard", 0.95)
        if fig.n_eff(0.95) < minimum_n:
            return "suppress", f"n_eff<{minimum_n}"
        if fig.edge:
            return "review", "events=0"
        if high - low <= 0.05:
            shown = "width<=0.05"
        elif high - low >= 0.30:
            return "suppress", "width>=0.30"
        elif (high - low) / fig.p > 1.30:
            return "suppress", "width/p>1.30"
        else:
            shown = "ok"
    return ("review", "df<8") if fig.df < 8 else ("show", shown)


def tipping(study: Study, fig: Figure) -> float | None:
    population = fig.weighted.first_total
    if fig.domain != "root":
        population = study.totals.get(fig.domain, {}).get(fig.area)
    target = fig.indicator.target
    if population is None or target is None or fig.n >= population:
        return None
    f = fig.n / population
    return (target / 100 - f * fig.p) / (1 - f)


def estimate_row(study: Study, fig: Figure, rules: Rules) -> Row:
    sample, indicator = fig.weighted.sample, fig.indicator
    shown, reason = display(fig, rules.minimum_n)
    interval = rules.interval if indicator.is_rate else "t"
    if fig.edge and interval in ("logit", "wald"):
        interval = "korn-graubard"
    row: Row = dict.fromkeys(COLUMNS["estimates"].split())
    row |= {
        "wave": sample.plan["wave"],
        "sample": sample.plan["id"],
        "weighting": fig.weighted.id,
        "indicator": indicator.code,
        "domain": fig.domain,
        "area": fig.area,
        "n": fig.n,
        "level": rules.level,
        "interval": interval,
        "interval_kind": "design" if sample.kind == "probability" else "model",
        "df": fig.df,
        "display": shown,
        "reason": reason if sample.kind == "probability" else f"{sample.kind} {reason}",
        "target": indicator.target,
    }
    if fig.n == 0:
        return row
    row["estimate"] = fig.p
    if fig.df == 0:
        return row
    row["se"] = fig.se
    row["low"], row["high"] = fig.limits(interval, rules.level)
    row["cv"] = fig.se / fig.p if fig.p != 0 else None
    if indicator.is_rate:
        row["n_eff"] = fig.n_eff(rules.level)
        if not fig.edge:
            row["deff"] = fig.se**2 / (fig.p * (1 - fig.p) / (fig.n - 1))
    if indicator.target is not None and shown != "suppress":
        low, high = fig.limits("korn-graubard" if indicator.is_rate else "t", 0.95)
        bound = indicator.target / indicator.unit
        position = "above" if low >= bound else "below" if high < bound else "straddles"
        row["position"] = position
        row["decision"] = "indicative"
        if sample.kind == "probability":
            verdict = {"above": "met", "below": "not_met", "straddles": "undecided"}
            if indicator.lower_is_better:
                verdict |= {"above": "not_met", "below": "met"}
            row["decision"] = verdict[position]
        if sample.kind == "opt-in" and indicator.is_rate:
            row["tipping"] = tipping(study, fig)
    return row


def domain_value(study: Study, person: Person, domain: str) -> str:
    if domain == "root":
        return study.plan["study"]["root_area"]
    return study.value(person.answers, domain)


def applies(weighting: Mapping, sample: Mapping) -> bool:
    return "samples" not in weighting or sample["id"] in weighting["samples"]


Key = tuple[str, str, str, str, str]  # sample, weighting, indicator, domain, area


def all_figures(study: Study, samples: list[Sample], rules: Rules) -> dict[Key, Figure]:
    figures: dict[Key, Figure] = {}
    indicators = [Indicator(row) for row in study.indicators]
    domains = study.plan["estimates"].get("domains", ["root"])
    for sample in samples:
        places = [  # "each value that occurs among the accepted rows has a row"
            (domain, area)
            for domain in domains
            for area in sorted({domain_value(study, p, domain) for p in sample.people} - {""})
        ]
        for plan in study.plan["weighting"]:
            if not applies(plan, sample.plan):
                continue
            weighted = weigh(study, sample, plan)
            values = {d: [domain_value(study, p, d) for p in weighted.people] for d in domains}
            for indicator in indicators:
                measured = [indicator.measure(p.answers) for p in weighted.people]
                for domain, area in places:
                    own = [
                        y if value == area else None
                        for y, value in zip(measured, values[domain], strict=True)
                    ]
                    fig = figure(weighted, indicator, (domain, area), own)
                    fig.row = estimate_row(study, fig, rules)
                    figures[sample.plan["id"], plan["id"], indicator.code, domain, area] = fig
    return figures


def headline(study: Study, sample: Sample) -> str:
    own = [plan["id"] for plan in study.plan["weighting"] if applies(plan, sample.plan)]
    named = study.plan["estimates"].get("headline", own[-1])
    if isinstance(named, dict):
        named = named.get(sample.kind, own[-1])
    return named if named in own else own[-1]


# ---------------------------------------------------------------- changes.csv, modes.csv


def mover(one: Figure, two: Figure, rho: float) -> tuple[float, float]:
    """Limits of two - one from the two rows' low and high."""
    d = two.p - one.p
    l1, u1, l2, u2 = (float(f.row[c]) for f in (one, two) for c in ("low", "high"))
    below, above = two.p - l2, u1 - one.p
    low = below**2 + above**2 - 2 * rho * below * above
    below, above = one.p - l1, u2 - two.p
    high = above**2 + below**2 - 2 * rho * above * below
    return d - math.sqrt(max(low, 0.0)), d + math.sqrt(max(high, 0.0))


def shares_clusters(one: Weighted, two: Weighted) -> bool:
    ours = {(s, u) for s, units in one.units.items() for u in units if u[0] == "cluster"}
    return any((s, u) in ours for s, units in two.units.items() for u in units)


def pooled_covariance(one: Figure, two: Figure) -> float:
    """Cov of the pooled design: same stratum and id in both waves is one cluster."""
    units: dict[str, list[Unit]] = {}
    for fig in (one, two):
        for stratum, own in fig.weighted.units.items():
            known = units.setdefault(stratum, [])
            known.extend(unit for unit in own if unit not in set(known))
    sample = one.weighted.sample
    terms = covariance_terms(units, one.totals, two.totals, sample.lonely, sample.population)
    return math.fsum(value for value, _ in terms.values())


def change_row(one: Figure, two: Figure, waves: tuple[str, str], covary: bool) -> Row:
    row: Row = dict.fromkeys(COLUMNS["changes"].split())
    row |= {
        "from": waves[0],
        "to": waves[1],
        "sample": one.weighted.sample.name,
        "weighting": one.weighted.id,
        "indicator": one.indicator.code,
        "domain": one.domain,
        "area": one.area,
        "n_from": one.n,
        "n_to": two.n,
        "estimate_from": one.row["estimate"],
        "estimate_to": two.row["estimate"],
    }
    if one.n == 0 or two.n == 0:
        return row
    row["difference"] = two.p - one.p
    if one.df == 0 or two.df == 0:
        return row
    covariance = rho = 0.0
    if covary and one.se > ZERO_SE and two.se > ZERO_SE:
        covariance = pooled_covariance(one, two)
        rho = max(-1.0, min(1.0, covariance / (one.se * two.se)))
    row["se"] = math.sqrt(max(one.se**2 + two.se**2 - 2 * covariance, 0.0))
    low, high = mover(one, two, rho)
    row["low"], row["high"] = low, high
    kinds = {one.weighted.sample.kind, two.weighted.sample.kind}
    hidden = "suppress" in (one.row["display"], two.row["display"])
    if kinds == {"probability"} and not hidden:
        row["distinguishable"] = "yes" if low > 0 or high < 0 else "no"
    return row


def changes(study: Study, samples: list[Sample], figures: Mapping[Key, Figure]) -> list[Row]:
    rows = []
    wish = study.plan["estimates"].get("changes_covariance", "auto")
    for start, end in study.plan["estimates"].get("changes", []):
        for first in (s for s in samples if s.plan["wave"] == start):
            for second in (s for s in samples if s.plan["wave"] == end):
                if first.name != second.name:
                    continue
                covary: dict[str, bool] = {}
                for key, one in figures.items():
                    two = figures.get((second.plan["id"], *key[1:]))
                    if key[0] != first.plan["id"] or two is None:
                        continue
                    if key[1] not in covary:
                        shared = shares_clusters(one.weighted, two.weighted)
                        covary[key[1]] = shared if wish == "auto" else bool(wish)
                    rows.append(change_row(one, two, (start, end), covary[key[1]]))
    return rows


def modes(study: Study, samples: list[Sample], figures: Mapping[Key, Figure]) -> list[Row]:
    rows = []
    for wave in study.plan["wave"]:
        inside = [s for s in samples if s.plan["wave"] == wave["id"]]
        for drawn in (s for s in inside if s.kind == "probability"):
            for other in (s for s in inside if s is not drawn):
                for key, one in figures.items():
                    two = figures.get((other.plan["id"], headline(study, other), *key[2:]))
                    if key[:2] != (drawn.plan["id"], headline(study, drawn)) or two is None:
                        continue
                    row: Row = dict.fromkeys(COLUMNS["modes"].split())
                    row |= {
                        "wave": wave["id"],
                        "sample": drawn.plan["id"],
                        "other": other.plan["id"],
                        "indicator": key[2],
                        "domain": key[3],
                        "area": key[4],
                        "estimate": one.row["estimate"],
                        "estimate_other": two.row["estimate"],
                    }
                    if one.n and two.n:
                        row["difference"] = two.p - one.p
                        if one.df and two.df:
                            row["low"], row["high"] = mover(one, two, 0.0)
                    rows.append(row)
    return rows


# ------------------------------------------------------------------------------ ranks.csv


def top3_probabilities(group: Sequence[Figure], level: float) -> list[float]:
    """P(at most two others are better), by quadrature over each area's own quantiles."""
    if len(group) <= 3:
        return [1.0] * len(group)
    spread = []
    for fig in group:
        if fig.indicator.is_rate:
            n = fig.n_eff(level)
            spread.append(stats.beta(n * fig.p + 0.5, n * (1 - fig.p) + 0.5))
        else:
            spread.append(stats.norm(fig.p, max(fig.se, ZERO_SE)))
    nodes, node_weights = np.polynomial.legendre.leggauss(12)
    panels = np.linspace(0, 1, PANELS + 1)
    u = np.concatenate([(b - a) / 2 * nodes + (a + b) / 2 for a, b in pairwise(panels)])
    weight = np.tile(node_weights / 2 / PANELS, PANELS)
    result = []
    for k, own in enumerate(spread):
        x = own.ppf(u)
        exactly = [np.ones_like(x), np.zeros_like(x), np.zeros_like(x)]  # 0, 1, 2 others better
        for j, other in enumerate(spread):
            if j == k:
                continue
            better = other.cdf(x) if group[k].indicator.lower_is_better else other.sf(x)
            exactly = [
                exactly[0] * (1 - better),
                exactly[1] * (1 - better) + exactly[0] * better,
                exactly[2] * (1 - better) + exactly[1] * better,
            ]
        result.append(float(weight @ sum(exactly)))
    return result


def ranks(
    study: Study, samples: list[Sample], figures: Mapping[Key, Figure], rules: Rules
) -> list[Row]:
    groups: dict[tuple[str, str, str, str], list[Figure]] = defaultdict(list)
    for key, fig in figures.items():
        groups[key[:4]].append(fig)
    kinds = {s.plan["id"]: (s.kind, headline(study, s)) for s in samples}
    rows = []
    for (sample_id, weighting, _code, domain), members in groups.items():
        if kinds[sample_id] != ("probability", weighting):
            continue
        if not all(fig.area in study.areas for fig in members):
            continue
        group = [fig for fig in members if fig.row["display"] != "suppress"]
        count = len(group)
        if count < 2:
            continue
        rate = group[0].indicator.is_rate
        sign = -1.0 if group[0].indicator.lower_is_better else 1.0
        worth = [sign * fig.p for fig in group]
        joint = JOINT_LEVEL ** (1 / count)
        bounds = [
            sorted(sign * v for v in fig.limits("korn-graubard" if rate else "t", joint))
            for fig in group
        ]
        top3 = top3_probabilities(group, rules.level)
        for k, fig in enumerate(group):
            others = [j for j in range(count) if j != k]
            better = sum(bounds[j][0] >= bounds[k][1] for j in others)
            worse = sum(bounds[j][1] <= bounds[k][0] for j in others)
            rows.append(
                {
                    "wave": fig.row["wave"],
                    "sample": sample_id,
                    "weighting": weighting,
                    "indicator": fig.indicator.code,
                    "domain": domain,
                    "area": fig.area,
                    "estimate": fig.p,
                    "rank": 1 + sum(worth[j] > worth[k] + ZERO_SE for j in others),
                    "rank_low": 1 + better,
                    "rank_high": count - worse,
                    "p_top3": top3[k],
                    "ranked": count,
                }
            )
    return rows


# --------------------------------------------------------------------------- outcomes.csv


def outcomes(study: Study, samples: list[Sample]) -> list[Row]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in read_csv(study.folder / "dispositions.csv"):
        counts[row["sample"]][row["class"]] = int(row["n"])
    rows: list[Row] = []
    for sample in samples:
        if sample.plan["id"] not in counts or sample.kind == "opt-in":
            continue
        c = counts[sample.plan["id"]]
        known = c["I"] + c["P"] + c["R"] + c["NC"] + c["O"]
        unknown = c["UH"] + c["UO"]
        e = known / (known + c["NE"])
        bases = [known + unknown, known + e * unknown, known]
        asked = [c["I"] + c["P"] + c["R"] + c["O"], c["I"] + c["P"] + c["R"]]
        parts = [c["I"], c["I"] + c["P"]]
        rates = {"e": (e, 1)}
        rates |= {f"RR{k}": (parts[(k - 1) % 2], bases[(k - 1) // 2]) for k in range(1, 7)}
        rates |= {f"COOP{k}": (parts[(k - 1) % 2], asked[(k - 1) // 2]) for k in range(1, 5)}
        rates |= {f"REF{k}": (c["R"], bases[k - 1]) for k in range(1, 4)}
        rates |= {f"CON{k}": (known - c["NC"], bases[k - 1]) for k in range(1, 4)}
        rows.extend(
            {"sample": sample.plan["id"], "rate": name, "value": part / whole if whole else None}
            for name, (part, whole) in rates.items()
        )
    return rows


# ----------------------------------------------------------------------------- the tables


def compute(folder: Path) -> Tables:
    """All five tables of a valid study folder, unrounded; None is an empty cell."""
    study = read_study(folder)
    wishes = study.plan["estimates"]
    rules = Rules(
        wishes.get("interval", "korn-graubard"),
        wishes.get("level", 0.95),
        wishes.get("minimum_n", 30),
    )
    samples = [read_sample(study, plan) for plan in study.plan["sample"]]
    figures = all_figures(study, samples, rules)
    return {
        "estimates": [fig.row for fig in figures.values()],
        "changes": changes(study, samples, figures),
        "ranks": ranks(study, samples, figures, rules),
        "modes": modes(study, samples, figures),
        "outcomes": outcomes(study, samples),
    }


def read_tables(results: Path) -> Tables:
    """The tables of a results folder; a missing file is an absent table."""
    tables: Tables = {}
    for name in COLUMNS:
        if (results / f"{name}.csv").exists():
            tables[name] = [
                {c: read_cell(c, text) for c, text in row.items()}
                for row in read_csv(results / f"{name}.csv")
            ]
    return tables


def read_cell(column: str, text: str) -> float | str | None:
    if column not in NUMBERS.split():
        return text
    return float(text) if text else None


def differences(
    found: Tables, expected: Tables, *, relative: float = 1e-6, absolute: float = 1e-9
) -> list[str]:
    """Disagreements of the tables that ``expected`` has: rows, their order, texts, numbers.

    None and an empty text are the same. p_top3 may differ by 1e-3, as the contract says.
    """
    lines = []
    for table, rows in expected.items():
        width = KEYS[table]
        names = COLUMNS[table].split()
        ours = {tuple(r[c] for c in names[:width]): r for r in found.get(table, [])}
        theirs = {tuple(r[c] for c in names[:width]): r for r in rows}
        lines += [f"{table}: row lacking {key}" for key in theirs if key not in ours]
        lines += [f"{table}: row too many {key}" for key in ours if key not in theirs]
        if list(ours) != list(theirs) and set(ours) == set(theirs):
            lines.append(f"{table}: rows in another order")
        if len(ours) != len(found.get(table, [])):
            lines.append(f"{table}: a row is given twice")
        for key in (key for key in theirs if key in ours):
            for column in names[width:]:
                got, want = ours[key][column], theirs[key][column]
                floor = 1e-3 if column == "p_top3" else absolute
                if not agree(got, want, relative, floor):
                    lines.append(f"{table}: {key} {column}: {got!r}, expected {want!r}")
    return lines


def agree(
    got: float | str | None, want: float | str | None, relative: float, absolute: float
) -> bool:
    if want in (None, "") or got in (None, ""):
        return want in (None, "") and got in (None, "")
    if isinstance(want, str) or isinstance(got, str):
        return got == want
    return math.isfinite(got) and abs(got - want) <= max(relative * abs(want), absolute)
