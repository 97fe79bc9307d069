"""What simulated answers need: how alike clusters are, spread without noise, a model of answers."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from analysis.cells import Floats, Ints
from analysis.errors import ImpossibleInput

NODES = 2000  # equally probable values of a cluster's effect in an integral over it
FARTHEST = 20.0  # standard deviations by which all answers together may be moved
REACH = np.linspace(-6.0, 6.0, 2401)  # shifts among which that of a kind of person is found


def intraclass_correlation(cluster: Ints, stratum: Ints, value: Floats, counts: Ints) -> float:
    """Correlation of two answers of one cluster, beyond what its stratum has in common.

    By analysis of variance within strata; never below 0, to where chance alone takes it
    in a half of the samples without any likeness. So it is a little too large on average
    where the truth is near 0: a rehearsal errs on the wide side.

    Parameters
    ----------
    cluster, stratum : int arrays, shape (R,)
        Numbers; a cluster is read within its stratum.
    value : float array, shape (R,)
        Points, or 0 and 1 for a rate.
    counts : int array, shape (R,)
        Respondents behind each row.

    Returns
    -------
    float
        From 0 to 1; 0 where all answers are alike.

    Raises
    ------
    ImpossibleInput
        No stratum with two clusters, or no cluster with two respondents.

    Notes
    -----
    ``(B - W) / (B + (m0 - 1) W)`` with B and W the mean squares between the K clusters
    within the H strata and within clusters, ``m0 = (n - sum_h sum_k m²/n_h) / (K - H)``:
    Searle (1971), nested analysis of variance; Kish (1965).
    """
    asked = counts > 0
    pairs = np.stack([stratum[asked], cluster[asked]])
    found, unit = np.unique(pairs, axis=1, return_inverse=True)
    unit, mass, answer = unit.reshape(-1), counts[asked].astype(float), value[asked]
    _, of_unit = np.unique(found[0], return_inverse=True)
    size = np.bincount(unit, mass)
    mean = np.bincount(unit, mass * answer) / size
    whole = np.bincount(of_unit, size)
    center = np.bincount(of_unit, size * mean) / whole
    between_df, within_df = len(size) - len(whole), float(mass.sum()) - len(size)
    ImpossibleInput.unless(between_df > 0, "cluster", len(size), "a stratum with two clusters")
    ImpossibleInput.unless(within_df > 0, "counts", len(size), "a cluster with two respondents")
    between = float((size * (mean - center[of_unit]) ** 2).sum()) / between_df
    within = float((mass * (answer - mean[unit]) ** 2).sum()) / within_df
    typical = (mass.sum() - (size**2 / whole[of_unit]).sum()) / between_df
    scale = between + (typical - 1) * within
    return float(min(max((between - within) / scale, 0.0), 1.0)) if scale > 0 else 0.0


def shrunken(deviation: Floats, variance: Floats) -> Floats:
    """Deviations of groups drawn together as far as their sampling variances explain them.

    Parameters
    ----------
    deviation, variance : float arrays, shape (L,)
        What was seen in each group, and its sampling variance, above 0.

    Notes
    -----
    Towards the mean by ``t²/(t² + v)``, t² the moment estimator of the variance between
    groups, not below 0: DerSimonian and Laird (1986).
    """
    weight = 1 / variance
    center = (weight * deviation).sum() / weight.sum()
    if len(deviation) == 1:
        return np.asarray(deviation, float)
    spread = (weight * (deviation - center) ** 2).sum() - (len(deviation) - 1)
    true = max(0.0, float(spread / (weight.sum() - (weight**2).sum() / weight.sum())))
    return np.asarray(center + true / (true + variance) * (deviation - center), float)


@dataclass(frozen=True, slots=True)
class Scale:
    """Answers in their order, as slices of a normal variable.

    Attributes
    ----------
    points : float array, shape (C,)
        Ascending; 0 and 1 for a rate.
    cuts : float array, shape (C - 1,)
        Where the variable passes from one answer to the next.
    """

    points: Floats
    cuts: Floats

    @classmethod
    def of(cls, points: Floats, shares: Floats) -> "Scale":
        """The scale on which a standard normal variable gives the shares of the answers."""
        cumulated = np.cumsum(shares)[:-1] / np.sum(shares)
        return cls(np.asarray(points, float), special.ndtri(np.clip(cumulated, 0.0, 1.0)))

    def mean(self, shift: Floats) -> Floats:
        """Expected points where the variable has the mean ``shift``, of any shape."""
        above = special.ndtr(np.asarray(shift, float)[..., None] - self.cuts)
        return np.asarray(self.points[0] + above @ np.diff(self.points), float)

    def shift(self, mean: Floats) -> Floats:
        """The shifts with the expected points ``mean``, kept within six deviations."""
        return np.asarray(np.interp(mean, self.mean(REACH), REACH), float)

    def shares(self, shift: Floats, weight: Floats) -> Floats:
        """Shares of the answers among kinds of persons with a weight each, shape (C,)."""
        above = weight @ special.ndtr(shift[:, None] - self.cuts) / weight.sum()
        return -np.diff(np.concatenate(([1.0], above, [0.0])))

    def answer(self, variable: Floats) -> Ints:
        """The number of each answer."""
        return np.searchsorted(self.cuts, variable, side="right").astype(np.int64)

    def moved(self, shift: Floats, weight: Floats, wanted: float) -> Floats:
        """Shifts, all changed by the same, with the mean ``wanted`` over persons."""

        def miss(step: float) -> float:
            return float(weight @ self.mean(shift + step) / weight.sum() - wanted)

        if miss(-FARTHEST) >= 0:
            return shift - FARTHEST
        if miss(FARTHEST) <= 0:
            return shift + FARTHEST
        return shift + float(optimize.brentq(miss, -FARTHEST, FARTHEST, xtol=1e-12))


def latent_correlation(points: Floats, shares: Floats, correlation: float) -> float:
    """Correlation of two normal variables whose answers are correlated by ``correlation``.

    Answers are slices of a normal variable: those of a cluster share a part of it, the
    root of what is returned here. A slice hides some of the likeness, so this is larger.

    Raises
    ------
    ImpossibleInput
        A correlation outside [0, 1].

    Notes
    -----
    The threshold model of correlated answers: Pearson (1900); Emrich and Piedmonte (1991).
    """
    good = 0 <= correlation <= 1
    ImpossibleInput.unless(good, "correlation", correlation, "a number from 0 to 1")
    shares = np.asarray(shares, float) / np.sum(shares)
    variance = float(shares @ points**2 - (shares @ points) ** 2)
    if variance <= 0 or correlation in (0.0, 1.0):
        return float(correlation) if variance > 0 else 0.0
    scale = Scale.of(points, shares)
    effect = special.ndtri((np.arange(NODES) + 0.5) / NODES)

    def miss(shared: float) -> float:
        inner = Scale(scale.points, scale.cuts / np.sqrt(1 - shared))
        expected = inner.mean(effect * np.sqrt(shared / (1 - shared)))
        return float(expected.var()) / variance - correlation

    highest = 1 - 1e-9
    return float(optimize.brentq(miss, 0.0, highest)) if miss(highest) > 0 else highest
