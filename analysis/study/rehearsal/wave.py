"""The respondents of a wave, weighted, as a rehearsal reads them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.cells import Floats, Ints, Tally
from analysis.study.estimates import weigh
from analysis.study.plan import Plan, Sample, Weighting
from analysis.study.study import Study, variable_column
from analysis.weighting import Weights

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Wave:
    """The respondents that a population is made from, under the headline weighting."""

    study: Study
    sample: Sample
    weighting: Weighting
    tally: Tally
    weights: Weights

    @classmethod
    def of(cls, study: Study, sample: Sample, weighting: Weighting, base: Floats) -> "Wave":
        """Weigh the sample; respondents that the weighting leaves out are not among them.

        Raises
        ------
        AnalysisError
            As ``weigh``.
        """
        tally, weights = weigh(study, sample, weighting, base)
        return cls(study, sample, weighting, tally, weights)

    @property
    def mass(self) -> Floats:
        """Persons behind each row, before trimming: what trimming does is to be seen."""
        return self.weights.calibrated * self.tally.counts

    @property
    def stratum(self) -> Ints:
        """Number of each row's stratum."""
        rows = len(self.tally.counts)
        name = self.sample.strata
        return self.tally.columns[name].codes if name else np.zeros(rows, np.int64)

    @property
    def unit(self) -> Ints | None:
        """Number of each row's cluster, different in each stratum; None without clusters."""
        if self.sample.cluster is None:
            return None
        clusters = self.tally.columns[self.sample.cluster]
        return numbered([self.stratum, clusters.codes])

    @property
    def is_whole(self) -> Flags:
        """Rows in strata taken whole, where the person is the unit."""
        rows = len(self.tally.counts)
        if self.sample.strata is None:
            return np.zeros(rows, bool)
        column = self.tally.columns[self.sample.strata]
        return np.array([v in self.sample.certainty_strata for v in column.values])[column.codes]

    def factors(self) -> list[Ints]:
        """What the rates may differ by: strata, areas, weighting variables."""
        names = [self.sample.strata, *area_domains(self.study, self.sample)]
        plan = self.study.plan
        chosen = dict.fromkeys(n for n in (*names, *self.weighting.variables) if n)
        return [variable_column(plan, self.tally, name).codes for name in chosen]


def area_domains(study: Study, sample: Sample) -> list[str]:
    """The plan's domains that are areas, but for clusters: a copy draws other ones."""
    plan, tally = study.plan, study.data[sample.id].tally
    return [
        domain
        for domain in plan.domain_variables()
        if plan.source_of(domain) != sample.cluster
        and all(v in study.tree.areas for v in variable_column(plan, tally, domain).values)
    ]


def kind_columns(
    plan: Plan, sample: Sample, weighting: Weighting, areas: Iterable[str]
) -> set[str]:
    """The response columns that decide weight, stratum and area of a person."""
    base = sample.base_weight
    wanted = {sample.strata, base.column, base.factor, sample.fpc}
    wanted |= {plan.source_of(v) for v in (*weighting.variables, *areas)}
    return {name for name in wanted if name}


def numbered(codes: Sequence[Ints]) -> Ints:
    """A number for each different combination, from 0."""
    _, number = np.unique(np.stack(codes), axis=1, return_inverse=True)
    return number.reshape(-1).astype(np.int64)
