"""Taylor linearization: cluster totals, their covariance and the degrees of freedom."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.calibration import indicators_of
from analysis.cells import Column, Floats, Ints, Tally
from analysis.indicators import Coded
from analysis.intervals import SMALLEST_SE
from analysis.strata import Lonely, Stage, by_group, stratum_products
from analysis.weighting import Weights


@dataclass(frozen=True, slots=True)
class Units:
    """Primary sampling units of a sample: clusters, or persons where there are none.

    Persons of one row of a tally are alike, so they share a unit with a
    multiplicity.

    Attributes
    ----------
    of_row : int array, shape (R,)
        Unit of each row.
    share : float array, shape (R,)
        What a row adds to its unit's total: its count in a cluster, 1 for a person.
    stratum : int array, shape (P,)
    multiplicity : int array, shape (P,)
        Persons behind a unit; 1 for a cluster.
    labels : tuple of (str, str) or None, length P
        Stratum and cluster, which two waves can have in common; None for persons.
    strata : tuple of str, length H
    remaining : float array, shape (H,)
        1 - n/N of the stratum; 1 without a finite population correction.
    has_certainty : bool
        Whether strata were declared as taken whole.
    """

    of_row: Ints
    share: Floats
    stratum: Ints
    multiplicity: Ints
    labels: tuple[tuple[str, str] | None, ...]
    strata: tuple[str, ...]
    remaining: Floats
    has_certainty: bool

    @property
    def stage(self) -> Stage:
        """The units as the one stage of a design."""
        return Stage(
            of_row=self.of_row,
            stratum=self.stratum,
            labels=self.strata,
            parent=np.zeros(len(self.strata), np.int64),
            fraction=(1 - self.remaining)[self.stratum],
            multiplicity=self.multiplicity.astype(float),
        )


def build_units(
    tally: Tally,
    *,
    stratum: str | None,
    cluster: str | None,
    certainty: frozenset[str],
    stratum_population: str | None,
) -> Units:
    """Sort the rows of a tally into primary sampling units.

    Parameters
    ----------
    stratum, cluster, stratum_population
        Names of columns; a cluster is read within its stratum, and
        ``stratum_population`` holds the persons of the stratum.
    certainty
        Strata taken whole: there the person is the unit.
    """
    rows = len(tally.counts)
    strata = _occurring(tally.columns[stratum]) if stratum else _one_stratum(rows)
    clusters = tally.columns[cluster] if cluster else None
    whole = np.array([value in certainty for value in strata.values], bool)
    person = whole[strata.codes] if clusters is not None else np.ones(rows, bool)
    width = rows + (len(clusters.values) if clusters is not None else 0)
    inner = np.arange(rows)
    if clusters is not None:
        inner = np.where(person, inner + len(clusters.values), clusters.codes)
    _, first, of_row = np.unique(
        strata.codes * width + inner, return_index=True, return_inverse=True
    )
    is_person = person[first]
    labels = tuple(
        None
        if alone or clusters is None
        else (strata.values[strata.codes[row]], clusters.values[clusters.codes[row]])
        for alone, row in zip(is_person.tolist(), first.tolist(), strict=True)
    )
    return Units(
        of_row=of_row.reshape(-1),
        share=np.where(person, 1.0, tally.counts),
        stratum=strata.codes[first],
        multiplicity=np.where(is_person, tally.counts[first], 1),
        labels=labels,
        strata=strata.values,
        remaining=_remaining(tally, strata, stratum_population),
        has_certainty=bool(certainty),
    )


def _one_stratum(rows: int) -> Column:
    return Column(np.zeros(rows, np.int64), ("",))


def _occurring(column: Column) -> Column:
    """The column without values that no row has."""
    present, codes = np.unique(column.codes, return_inverse=True)
    return Column(codes.reshape(-1), tuple(column.values[code] for code in present.tolist()))


def _remaining(tally: Tally, strata: Column, population: str | None) -> Floats:
    if population is None:
        return np.ones(len(strata.values))
    sizes = tally.columns[population]
    size_of_row = sizes.lookup({value: float(value) for value in sizes.values}, np.nan)
    n = np.bincount(strata.codes, weights=tally.counts, minlength=len(strata.values))
    size = np.ones(len(strata.values))
    size[strata.codes] = size_of_row
    return 1 - n / size


@dataclass(frozen=True, slots=True)
class Domains:
    """All domains of a sample side by side.

    Attributes
    ----------
    names : tuple of (str, str), length D
        Domain variable and value.
    of_row : tuple of (int array of shape (R,), int, int)
        For each variable: the value's number (-1 missing), first domain, number of domains.
    """

    names: tuple[tuple[str, str], ...]
    of_row: tuple[tuple[Ints, int, int], ...]

    @classmethod
    def of(cls, columns: Sequence[tuple[str, Column]]) -> "Domains":
        names: list[tuple[str, str]] = []
        members = []
        for name, column in columns:
            members.append((column.codes, len(names), len(column.values)))
            names += [(name, value) for value in column.values]
        return cls(tuple(names), tuple(members))

    def sums(self, group: Ints, groups: int, values: Floats) -> Floats:
        """Sums of row values by group and domain, shape (groups, D)."""
        table = np.zeros((groups, len(self.names)))
        for codes, start, size in self.of_row:
            inside = codes >= 0
            cell = group[inside] * size + codes[inside]
            sums = np.bincount(cell, weights=values[inside], minlength=groups * size)
            table[:, start : start + size] = sums.reshape(groups, size)
        return table


@dataclass(frozen=True, slots=True)
class Linearized:
    """Estimates of all domains with their linearized unit totals.

    Attributes
    ----------
    estimate : float array, shape (D,)
        Proportion or mean; nan where n is 0 (such a row is never computed with).
    n, hits : int arrays, shape (D,)
        Respondents in the denominator; for a rate, of these in the numerator.
    totals : float array, shape (P, D)
        Linearized total of each unit (of one person where units are persons).
    df : int array, shape (D,)
        Units with a respondent minus strata with one.
    """

    estimate: Floats
    n: Ints
    hits: Ints
    totals: Floats
    df: Ints


class Linearizer:
    """Linearizes the indicators of one sample under one weighting.

    Holds what the indicators share: unit sums of the margin indicators and the
    inverse of their weighted products.
    """

    def __init__(self, tally: Tally, units: Units, domains: Domains, weights: Weights) -> None:
        self.tally, self.units, self.domains, self.weights = tally, units, domains, weights
        self._member: Ints | None = None
        if weights.margins:
            self._member, self._categories = indicators_of(weights.margins)
            self._unit_margin = self._by_unit_and_category(weights.calibrated * units.share)
            self._inverse = self._inverse_gram()

    def __call__(self, coded: Coded) -> Linearized:
        """Estimates and unit totals of one indicator in every domain.

        Notes
        -----
        Binder (1983); after calibration the residuals of Deville and Särndal
        (1992), fitted with the base weights as R ``calibrate`` does.
        """
        counts = self.tally.counts.astype(float)
        weight = self.weights.final
        numerator, denominator = coded.numerator, coded.denominator
        units, domains = self.units, self.domains
        size = len(units.multiplicity)
        shared = weight * units.share
        unit_numerator = domains.sums(units.of_row, size, shared * numerator)
        unit_denominator = domains.sums(units.of_row, size, shared * denominator)
        multiplicity = units.multiplicity[:, None]
        total = (unit_denominator * multiplicity).sum(axis=0)
        everybody = np.zeros(len(counts), np.int64)
        n = domains.sums(everybody, 1, counts * denominator)[0]
        hits = domains.sums(everybody, 1, counts * (numerator * denominator > 0))[0]
        with np.errstate(invalid="ignore"):
            estimate = (unit_numerator * multiplicity).sum(axis=0) / total
        known, divisor = np.nan_to_num(estimate), np.where(total > 0, total, 1.0)
        score = unit_numerator - known * unit_denominator
        if self._member is not None:
            score = score - self._unit_margin @ self._slope(coded, known)
        return Linearized(
            estimate=estimate,
            n=n.astype(np.int64),
            hits=hits.astype(np.int64),
            totals=score / divisor,
            df=self._degrees(coded),
        )

    def _slope(self, coded: Coded, estimate: Floats) -> Floats:
        """Fit of the linearized value on the margin indicators, shape (C, D)."""
        assert self._member is not None
        weights = self.weights
        fit = weights.base * self.tally.counts * weights.final / weights.calibrated
        product = np.zeros((self._categories, len(estimate)))
        for axis in range(self._member.shape[1]):
            member = self._member[:, axis]
            product += self.domains.sums(member, self._categories, fit * coded.numerator)
            product -= estimate * self.domains.sums(
                member, self._categories, fit * coded.denominator
            )
        return self._inverse @ product

    def _inverse_gram(self) -> Floats:
        assert self._member is not None
        mass = self.weights.base * self.tally.counts
        gram = np.zeros((self._categories, self._categories))
        for left in self._member.T:
            for right in self._member.T:
                cell = left * self._categories + right
                gram += np.bincount(cell, weights=mass, minlength=gram.size).reshape(gram.shape)
        # The margins share the total, so the products are singular by design.
        return np.asarray(np.linalg.pinv(gram, rcond=1e-12, hermitian=True), float)

    def _by_unit_and_category(self, values: Floats) -> Floats:
        assert self._member is not None
        size = len(self.units.multiplicity)
        table = np.zeros((size, self._categories))
        for member in self._member.T:
            cell = self.units.of_row * self._categories + member
            table += np.bincount(cell, weights=values, minlength=table.size).reshape(table.shape)
        return table

    def _degrees(self, coded: Coded) -> Ints:
        units = self.units
        size = len(units.multiplicity)
        reached = self.domains.sums(units.of_row, size, coded.denominator) > 0
        count = (reached * units.multiplicity[:, None]).sum(axis=0)
        strata = by_group(reached.astype(float), units.stratum, len(units.strata)) > 0
        return np.asarray(count - strata.sum(axis=0), np.int64)


def stratum_variances(totals: Floats, units: Units, lonely: Lonely) -> Floats:
    """What each stratum contributes to the variance, shape (H, D).

    Each stratum: m/(m-1) times the squared deviations of its m unit totals,
    times 1 - n/N; a stratum with one unit by the rule of ``lonely``.

    Raises
    ------
    LonelyStrata
        With ``fail``; with ``average`` when no stratum has two units.
    """
    return stratum_products(totals, totals, units.stage, lonely)


def covariance(
    first: Linearized,
    first_units: Units,
    second: Linearized,
    second_units: Units,
    lonely: Lonely,
) -> Floats:
    """Covariance of the domains of two samples in one pooled design, shape (D,).

    A cluster with the same stratum and label in both is one; absent from one,
    its total there is 0. Persons are never shared. The domains of both must be
    the same, in the same order. With a finite population correction the two
    sampled shares of a stratum add up.

    Raises
    ------
    LonelyStrata
        As ``stratum_variances``, for the pooled strata.
    """
    pool, places = _pool(first_units, second_units)
    size = len(pool.multiplicity)
    left = np.zeros((size, first.totals.shape[1]))
    right = np.zeros((size, second.totals.shape[1]))
    left[places[0]], right[places[1]] = first.totals, second.totals
    return np.asarray(stratum_products(left, right, pool.stage, lonely).sum(axis=0), float)


def shares_clusters(first: Units, second: Units) -> bool:
    """Whether a cluster of the same stratum and label is in both."""
    return bool((set(first.labels) & set(second.labels)) - {None})


def _pool(first: Units, second: Units) -> tuple[Units, tuple[Ints, Ints]]:
    """The units of two samples as one design, and where the units of each stand in it."""
    strata = tuple(sorted(set(first.strata) | set(second.strata)))
    number = {label: i for i, label in enumerate(strata)}
    known: dict[tuple[str, str], int] = {}
    stratum: list[int] = []
    multiplicity: list[int] = []
    places: list[list[int]] = [[], []]
    for units, place in zip((first, second), places, strict=True):
        rows = zip(units.labels, units.stratum.tolist(), units.multiplicity.tolist(), strict=True)
        for label, of, count in rows:
            at = known.get(label, len(stratum)) if label else len(stratum)
            place.append(at)
            if at == len(stratum):
                stratum.append(number[units.strata[of]])
                multiplicity.append(count)
            if label:
                known[label] = at
    remaining = np.ones(len(strata))
    for units in (first, second):
        remaining[[number[label] for label in units.strata]] -= 1 - units.remaining
    pool = Units(
        of_row=np.zeros(0, np.int64),
        share=np.zeros(0),
        stratum=np.array(stratum, np.int64),
        multiplicity=np.array(multiplicity, np.int64),
        labels=(),
        strata=strata,
        remaining=np.maximum(remaining, 0.0),
        has_certainty=first.has_certainty or second.has_certainty,
    )
    return pool, (np.array(places[0], np.int64), np.array(places[1], np.int64))


def satterthwaite(contributions: Floats, units: Units) -> Floats:
    """Effective degrees of freedom of a sum of stratum variances, shape (D,).

    ``(sum V)^2 / sum(V^2/(m-1))`` over strata with more than one unit in the
    denominator; infinite where the variance vanishes but for rounding.

    Notes
    -----
    Satterthwaite (1946), with each stratum's V on m - 1 degrees of freedom.
    """
    m = units.stage.sampled
    several = m > 1
    denominator = (contributions[several] ** 2 / (m[several] - 1)[:, None]).sum(axis=0)
    total = contributions.sum(axis=0)
    varies = (total > SMALLEST_SE**2) & (denominator > 0)
    return np.where(varies, total**2 / np.where(varies, denominator, 1.0), np.inf)
