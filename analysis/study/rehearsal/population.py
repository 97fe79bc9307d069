"""The population that a rehearsal draws from: kinds of persons, their clusters, their answers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.cells import Column, Floats, Ints, Tally
from analysis.planning import proportional
from analysis.study.plan import ROOT
from analysis.study.rehearsal.answers import Answers, labels, make_answers
from analysis.study.rehearsal.wave import Flags, Wave, area_domains, kind_columns, numbered
from analysis.study.rehearsal.wishes import FEWEST, Checked
from analysis.study.study import variable_column


@dataclass(frozen=True, slots=True)
class Kinds:
    """Persons who are alike in all that design, weighting and areas know of them.

    Attributes
    ----------
    columns : mapping of name to Column, T rows
        The response columns that are the same for a kind.
    respondents : float array, shape (T,)
        Those of the wave: in a copy, whoever answers is one of them by chance, so that
        the kinds that answered less in the wave answer less again.
    persons : float array, shape (T,)
        Those of the population, by the wave's calibrated weights.
    group : int array, shape (T,)
        Part of the population in which clusters lie wholly.
    """

    columns: Mapping[str, Column]
    respondents: Floats
    persons: Floats
    group: Ints


@dataclass(frozen=True, slots=True)
class Field:
    """The planned fieldwork, one entry a cluster; a sample of persons has one a stratum.

    Attributes
    ----------
    stratum : int array, shape (K,)
    groups : tuple of int arrays, length K
        The groups that the cluster may lie in, each as often as in the wave.
    interviews : int array, shape (K,)
        Answers hoped for.
    addresses : int array, shape (K,)
        Drawn for them; as many as the answers where no share of response is known.
    response : float or None
    is_alike : bool array, shape (K,)
        Whether its persons share an effect: not where persons are the units.
    """

    stratum: Ints
    groups: tuple[Ints, ...]
    interviews: Ints
    addresses: Ints
    response: float | None
    is_alike: Flags

    @property
    def clusters(self) -> int:
        return len(self.stratum)


@dataclass(frozen=True, slots=True)
class Population:
    """Everything that does not change between the copies."""

    kinds: Kinds
    field: Field
    answers: tuple[Answers, ...]
    cluster: str | None
    order: Ints
    edges: Floats

    def draw(self, seed: int, copy: int) -> Tally:
        """The respondents of one copy, the same for the same numbers."""
        chance = np.random.default_rng([seed, copy])
        field = self.field
        pick = chance.random(field.clusters)
        group = np.array(
            [of[int(u * len(of))] for of, u in zip(field.groups, pick.tolist(), strict=True)]
        )
        size = field.addresses
        if field.response is not None:
            size = chance.binomial(field.addresses, field.response)
        cluster = np.repeat(np.arange(field.clusters), size)
        place = np.searchsorted(self.edges, group[cluster] + chance.random(len(cluster)), "right")
        kind = self.order[np.minimum(place, len(self.order) - 1)]
        columns = {
            name: Column(column.codes[kind], column.values)
            for name, column in self.kinds.columns.items()
        }
        if self.cluster:
            columns[self.cluster] = Column(cluster, labels(field.clusters))
        for answer in self.answers:
            column = answer.draw(kind, cluster, field.is_alike, chance)
            columns[answer.stand_in.questions[0]] = column
        return Tally(columns, np.ones(len(kind), np.int64))


def make_kinds(wave: Wave) -> tuple[Kinds, Ints]:
    """The kinds of persons, and that of each row of the wave."""
    plan, sample, tally = wave.study.plan, wave.sample, wave.tally
    areas = area_domains(wave.study, sample)
    names = sorted(kind_columns(plan, sample, wave.weighting, areas))
    codes = [tally.columns[name].codes for name in names] or [wave.stratum]
    kind = numbered([wave.stratum, *codes])
    _, first = np.unique(kind, return_index=True)
    columns = {n: Column(tally.columns[n].codes[first], tally.columns[n].values) for n in names}
    unit = wave.unit
    common = [wave.stratum]
    if unit is not None:
        common += [c for c in codes if _is_common(c, unit)]
    kinds = Kinds(
        columns=columns,
        respondents=np.asarray(np.bincount(kind, weights=tally.counts), float),
        persons=np.asarray(np.bincount(kind, weights=wave.mass), float),
        group=numbered(common)[first],
    )
    return kinds, kind


def _is_common(codes: Ints, unit: Ints) -> bool:
    """Whether all persons of each cluster have the same value."""
    return len(np.unique(np.stack([codes, unit]), axis=1).T) == int(unit.max()) + 1


def make_field(wave: Wave, kind: Ints, kinds: Kinds, wish: Checked) -> Field:
    """The fieldwork as in the wave, or with another number of clusters or of interviews.

    Other numbers of clusters are in proportion to those of the wave, with at least two
    in a stratum; strata taken whole keep theirs.
    """
    unit = wave.unit if wave.unit is not None else wave.stratum
    _, first = np.unique(unit, return_index=True)
    size = np.bincount(unit, weights=wave.tally.counts).astype(np.int64)
    stratum, group = wave.stratum[first], kinds.group[kind[first]]
    whole = wave.is_whole[first]
    chosen = _chosen_clusters(stratum, whole, wish.clusters)
    interviews = size[chosen]
    if wish.per_cluster is not None:
        interviews = np.full(len(chosen), wish.per_cluster)
    addresses = interviews
    if wish.response is not None:
        # rounded so that the sum is right too
        drawn = np.rint(np.cumsum(interviews / wish.response)).astype(np.int64)
        addresses = np.diff(drawn, prepend=0)
    return Field(
        stratum=stratum[chosen],
        groups=tuple(
            group[[place]] if whole[place] else group[(stratum == stratum[place]) & ~whole]
            for place in chosen.tolist()
        ),
        interviews=interviews,
        addresses=addresses,
        response=wish.response,
        is_alike=~whole[chosen] & (wave.unit is not None),
    )


def _chosen_clusters(stratum: Ints, whole: Flags, clusters: int | None) -> Ints:
    """Which of the wave's clusters a copy repeats, in the order of strata."""
    everyone = np.arange(len(stratum))
    if clusters is None or whole.all():
        return everyone
    drawn = everyone[~whole]
    strata, size = np.unique(stratum[drawn], return_counts=True)
    least = min(FEWEST, int(size.min()))
    total = clusters - int(whole.sum())
    wanted = proportional(total, size.astype(float), minimum=least, capped=False).whole
    parts = [
        np.resize(drawn[stratum[drawn] == h], m)
        for h, m in zip(strata.tolist(), wanted.tolist(), strict=True)
    ]
    return np.sort(np.concatenate([everyone[whole], *parts]))


def make_population(wave: Wave, wish: Checked) -> Population:
    """The population of a wave, changed as wished, and the planned fieldwork in it."""
    kinds, kind = make_kinds(wave)
    answers = [
        make_answers(
            wave,
            indicator,
            kind,
            kinds.persons,
            wanted=wish.rates.get(indicator.code),
            correlation=wish.icc,
        )
        for indicator in wave.study.indicators
    ]
    order = np.lexsort((np.arange(len(kinds.group)), kinds.group))
    return Population(
        kinds=kinds,
        field=make_field(wave, kind, kinds, wish),
        answers=tuple(answer for answer in answers if answer is not None),
        cluster=wave.sample.cluster,
        order=order,
        edges=_edges(kinds, order),
    )


def _edges(kinds: Kinds, order: Ints) -> Floats:
    """Where each kind ends on a line on which every group has the length 1, shape (T,)."""
    group, respondents = kinds.group[order], kinds.respondents[order]
    total = np.bincount(group, weights=respondents)
    before = np.concatenate(([0.0], np.cumsum(total)))[group]
    edges = group + (np.cumsum(respondents) - before) / total[group]
    # the sum of a group's shares may miss 1 by rounding
    last = np.append(group[1:] != group[:-1], True)
    return np.where(last, group + 1.0, edges)


def domain_members(wave: Wave, kinds: Kinds) -> dict[tuple[str, str], Floats]:
    """For the city and each area: the persons of each kind in it, shape (T,)."""
    study = wave.study
    found = {(ROOT, study.tree.root): kinds.persons}
    table = Tally(kinds.columns, np.ones(len(kinds.persons), np.int64))
    for domain in area_domains(study, wave.sample):
        column = variable_column(study.plan, table, domain)
        for code, value in enumerate(column.values):
            found[domain, value] = np.where(column.codes == code, kinds.persons, 0.0)
    return found
