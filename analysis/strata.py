"""What each stratum adds to a variance: deviations of units, finite populations, lonely units."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analysis.cells import Floats, Ints
from analysis.errors import LonelyStrata

Flags = NDArray[np.bool_]
WHOLE = 1e-7  # a stratum with a smaller share left out is taken whole, as in R survey


class Lonely(StrEnum):
    """What a stratum with one cluster adds to a variance."""

    FAIL = "fail"
    REMOVE = "remove"
    CERTAINTY = "certainty"
    ADJUST = "adjust"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of selection: U units in H strata.

    Attributes
    ----------
    of_row : int array, shape (R,)
        Unit of each row.
    stratum : int array, shape (U,)
        Stratum of each unit; at a later stage a stratum lies in one unit of the stage before.
    labels : tuple of str, length H
    parent : int array, shape (H,)
        Unit of the stage before; 0 at the first.
    fraction : float array, shape (U,)
        Share of its stratum's units that was drawn; 0 for units drawn with replacement,
        the probability of the unit itself when probabilities are unequal.
    multiplicity : float array, shape (U,)
        Units alike that one stands for: persons counted together, else 1.
    """

    of_row: Ints
    stratum: Ints
    labels: tuple[str, ...]
    parent: Ints
    fraction: Floats
    multiplicity: Floats

    @property
    def sampled(self) -> Floats:
        """Units in the sample by stratum, shape (H,)."""
        sizes = np.bincount(self.stratum, weights=self.multiplicity, minlength=len(self.labels))
        return np.asarray(sizes, float)


@dataclass(frozen=True, slots=True)
class _Rule:
    """How the units of a stage count, whatever is estimated.

    Attributes
    ----------
    stage : Stage
    weight : float array, shape (U,)
        Of a unit's squared deviation; 0 in a stratum that adds nothing.
    to_grand : bool array, shape (H,)
        Strata whose units deviate from the mean of all units, not from their own.
    present, known : bool arrays, shape (H,)
        Strata with a unit reached, and of these the ones whose spread is known.
    """

    stage: Stage
    weight: Floats
    to_grand: Flags
    present: Flags
    known: Flags

    @classmethod
    def of(
        cls,
        stage: Stage,
        lonely: Lonely,
        reached: Flags,
        share: Floats,
        *,
        lonely_in_domain: bool,
        number: int,
    ) -> "_Rule":
        m, strata = stage.sampled, len(stage.labels)
        left = 1 - stage.fraction
        is_open = np.bincount(stage.stratum, weights=left > WHOLE, minlength=strata) > 0
        units = np.bincount(stage.stratum, weights=reached * stage.multiplicity, minlength=strata)
        present = units > 0
        alone = present & is_open & (m == 1)
        if alone.any() and lonely is Lonely.FAIL:
            raise LonelyStrata([stage.labels[h] for h in np.flatnonzero(alone)], number)
        if lonely_in_domain and lonely in {Lonely.ADJUST, Lonely.AVERAGE}:
            alone |= present & is_open & (m > 1) & (units == 1)
        known = present & ~alone
        to_grand = alone & (lonely is Lonely.ADJUST)
        counts = is_open & (known | to_grand)
        scale = np.where(m > 1, m / np.maximum(m - 1, 1), 1.0) * np.where(counts, share, 0.0)
        weight = scale[stage.stratum] * left * stage.multiplicity
        return cls(stage, weight, to_grand, present, known)

    def deviations(self, totals: Floats) -> Floats:
        """Of single units from the mean they are compared with, shape (U, Q)."""
        stage = self.stage
        mean = by_group(totals, stage.stratum, len(stage.labels)) / stage.sampled[:, None]
        if self.to_grand.any():
            mean[self.to_grand] = self._grand_means(totals)[self.to_grand]
        return np.asarray(totals / stage.multiplicity[:, None] - mean[stage.stratum], float)

    def _grand_means(self, totals: Floats) -> Floats:
        """Mean total of the units of each stratum's parent, shape (H, Q)."""
        stage = self.stage
        parents = int(stage.parent.max()) + 1
        inside = self.present[stage.stratum]
        of_unit = stage.parent[stage.stratum]
        units = np.bincount(of_unit, weights=stage.multiplicity * inside, minlength=parents)
        sums = by_group(totals * inside[:, None], of_unit, parents)
        return np.asarray((sums / np.maximum(units, 1)[:, None])[stage.parent], float)

    def average_factor(self) -> Floats:
        """Strata over strata whose spread is known, by parent; shape (H,).

        Raises
        ------
        LonelyStrata
            No stratum has a known spread.
        """
        stage = self.stage
        parents = int(stage.parent.max()) + 1
        strata = np.bincount(stage.parent, weights=self.present, minlength=parents)
        known = np.bincount(stage.parent, weights=self.known, minlength=parents)
        if (known[strata > 0] == 0).any():
            raise LonelyStrata([stage.labels[h] for h in np.flatnonzero(self.present)])
        return np.asarray((strata / np.maximum(known, 1))[stage.parent], float)


def stage_covariance(
    totals: Floats,
    stage: Stage,
    reached: Flags,
    share: Floats,
    lonely: Lonely,
    *,
    lonely_in_domain: bool = False,
    number: int = 1,
) -> Floats:
    """What one stage adds to the covariance of totals, shape (Q, Q).

    Parameters
    ----------
    totals : array, shape (U, Q)
        Unit totals of linearized values.
    reached : bool array, shape (U,)
        Units with a row in the domain; only their strata are judged for lonely units.
    share : array, shape (H,)
        Sampled share of the stages above each stratum.
    number : int
        Of the stage, for the refusal.

    Raises
    ------
    LonelyStrata
        A stratum with one unit under ``fail``; none with two under ``average``.

    Notes
    -----
    In each stratum (1 - f) m/(m - 1) times the products of deviations from the
    mean of all m units; a lonely unit deviates from the mean of its stage under
    ``adjust``; ``average`` raises the sum of the others by strata / (strata that count).
    """
    rule = _Rule.of(stage, lonely, reached, share, lonely_in_domain=lonely_in_domain, number=number)
    weight = rule.weight
    if lonely is Lonely.AVERAGE:
        weight = weight * rule.average_factor()[stage.stratum]
    deviation = rule.deviations(totals)
    return np.asarray((deviation * weight[:, None]).T @ deviation, float)


def stratum_products(left: Floats, right: Floats, stage: Stage, lonely: Lonely) -> Floats:
    """What each stratum adds to the covariances of totals column by column, shape (H, Q).

    As ``stage_covariance`` of the whole sample at its first stage; under ``average`` a
    lonely stratum has the mean of the others. ``left`` and ``right`` hold the unit totals
    of single persons where a unit stands for several.
    """
    every = np.ones(stage.stratum.size, bool)
    rule = _Rule.of(
        stage, lonely, every, np.ones(len(stage.labels)), lonely_in_domain=False, number=1
    )
    times = stage.multiplicity[:, None]
    first = rule.deviations(left * times)
    second = first if right is left else rule.deviations(right * times)
    found = by_group(first * second * rule.weight[:, None], stage.stratum, len(stage.labels))
    if lonely is Lonely.AVERAGE and not rule.known.all():
        rule.average_factor()
        found[~rule.known] = found[rule.known].mean(axis=0)
    return found


def by_group(values: Floats | Ints, group: Ints, groups: int) -> Floats:
    """Sums of (R, Q) values by group, shape (groups, Q)."""
    sums = np.empty((groups, values.shape[1]))
    for column in range(values.shape[1]):
        sums[:, column] = np.bincount(group, weights=values[:, column], minlength=groups)
    return sums
