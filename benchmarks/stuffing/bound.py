"""What a judge could catch who has seen 10,000 answers of the attacker and of people, labelled.

A reference for the checks and no check: nobody has labels. It judges each answer by itself, by
the likelihood ratio, which no test of the same size beats where answers do not depend on each
other (Neyman and Pearson 1933). Both densities are learnt from one half of the answers and tried
on the other: latent classes for the vector; tables for hour, day and home by kind of place, for
the poster and the duration. What lies in the order of a stream it does not see.
"""

from dataclasses import dataclass

import numpy as np

from analysis.suspicion.classes import Classes, Coding, fit
from benchmarks.stuffing.attacks import DEVELOPMENT_SEEDS, FAMILIES, REPORTING_SEEDS, Setting
from benchmarks.stuffing.form import Floats, Ints
from benchmarks.stuffing.genuine import GENUINE, genuine_wave
from benchmarks.stuffing.people import World
from benchmarks.stuffing.places import DAY, DAYS, HOUR, KINDS, Places, opening
from benchmarks.stuffing.rows import Sent
from benchmarks.stuffing.wave import honest

ROWS = 20_000
WRONG = (0.01, 0.05)  # of the genuine answers, held at the bound of each column
PARTS = 20  # of the durations
BEFORE = 0.5  # answers that each cell of a table has before its own


@dataclass(frozen=True, slots=True)
class Sorting:
    """How responses fall into categories and cells."""

    coding: Coding
    where: Places
    durations: Floats

    @classmethod
    def of(cls, sent: Sent, where: Places) -> "Sorting":
        parts = np.arange(1, PARTS) / PARTS
        return cls(Coding.of(sent.answers), where, np.quantile(sent.seconds, parts))

    def cells(self, sent: Sent) -> tuple[tuple[Ints, Ints, int, int], ...]:
        """Row, column, and numbers of both, in each table: the columns are what is likely."""
        kind, alike = self.where.kind[sent.point], np.zeros(len(sent), np.int64)
        into = sent.submitted - opening("W2")
        day = np.clip(into // DAY, 0, DAYS - 1).astype(np.int64)
        far = (sent.home != self.where.area[sent.point]).astype(np.int64)
        kinds = len(KINDS)
        return (
            (kind, (into % DAY // HOUR).astype(np.int64), kinds, 24),
            (kind, day, kinds, DAYS),
            (kind, far, kinds, 2),
            (alike, sent.point, 1, self.where.share.size),
            (alike, np.searchsorted(self.durations, sent.seconds), 1, PARTS),
        )


@dataclass(frozen=True, slots=True)
class Habits:
    """The density of one sort of responses: the vector, and when, where and how fast."""

    sorting: Sorting
    classes: Classes
    tables: tuple[Floats, ...]

    @classmethod
    def learnt(cls, sorting: Sorting, sent: Sent) -> "Habits":
        tables = []
        for row, column, rows, columns in sorting.cells(sent):
            counts = np.full((rows, columns), BEFORE)
            np.add.at(counts, (row, column), 1)
            tables.append(counts / counts.sum(axis=1, keepdims=True))
        classes = fit(sorting.coding, sorting.coding(sent.answers))
        return cls(sorting, classes, tuple(tables))

    def log_density(self, sent: Sent) -> Floats:
        """Of each response, but for factors that are the same for every sort."""
        found = self.classes.log_density(self.sorting.coding(sent.answers))
        for table, (row, column, _, _) in zip(self.tables, self.sorting.cells(sent), strict=True):
            found = found + np.log(table[row, column])
        return found


def caught(draws: np.random.Generator, people: Sent, false: Sent, where: Places) -> list[float]:
    """Shares of the false answers held where so many genuine ones are held as ``WRONG`` says."""
    sorting = Sorting.of(Sent.joined([people, false]), where)
    (known_people, people), (known_false, false) = _halves(draws, people), _halves(draws, false)
    honestly, falsely = (Habits.learnt(sorting, one) for one in (known_people, known_false))

    def score(sent: Sent) -> Floats:
        return falsely.log_density(sent) - honestly.log_density(sent)

    bounds = np.quantile(score(people), [1 - wrong for wrong in WRONG])
    return [float((score(false) > bound).mean()) for bound in bounds]


def many_people(draws: np.random.Generator, world: World, where: Places, rows: int) -> Sent:
    """Genuine answers of several waves, each with its office, families, market and street."""
    waves = -(-rows // GENUINE)
    return Sent.joined([genuine_wave(draws, world, where)[0] for _ in range(waves)])


def print_bounds(seeds: int, name: str) -> None:
    """A line for each attacker; ``seeds``: of each kind."""
    print("family                  seed   caught where 1 % of genuine are held    5 %")
    for seed in (*DEVELOPMENT_SEEDS[:seeds], *REPORTING_SEEDS[:seeds]):
        _, _, _, world, where = honest(name, seed)
        people = many_people(np.random.default_rng([seed, 99]), world, where, ROWS)
        for number, family in enumerate(FAMILIES):
            draws = np.random.default_rng([seed, 1 + number, ROWS])
            false = family.play(Setting(draws, world, where, ROWS, seed))
            few, more = caught(draws, people, false, where)
            line = f"{family.name:<23} {seed:>4}  {100 * few:>36.1f}% {100 * more:>5.1f}%"
            print(line, flush=True)


def _halves(draws: np.random.Generator, sent: Sent) -> tuple[Sent, Sent]:
    order = draws.permutation(len(sent))
    return sent.of(order[::2]), sent.of(order[1::2])
