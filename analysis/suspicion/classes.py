"""Latent classes of respondents: how likely a vector of answers, and one near it, is."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.cells import Floats, Ints

NUMBERS = (1, 2, 4, 6, 8)  # of classes, tried in turn
ROUNDS, RAKING_ROUNDS = 80, 60
SETTLED = 1e-6  # change of the log-likelihood, as a share of it
NEAR_ENOUGH = 1e-4  # of a raked margin to its target
PRIOR = 2.0  # answers of the whole that each class has before it has its own


@dataclass(frozen=True, slots=True)
class Coding:
    """Categories of the columns of answers, side by side; those never seen share one a column.

    Attributes
    ----------
    values : tuple of int arrays
        The codes of each column, ascending.
    first : int array, shape (columns + 1,)
        Where the categories of each column begin, and the number of all.
    """

    values: tuple[Ints, ...]
    first: Ints

    @classmethod
    def of(cls, answers: Ints) -> "Coding":
        values = tuple(np.unique(column) for column in answers.T)
        sizes = [column.size + 1 for column in values]
        return cls(values, np.cumsum([0, *sizes]))

    def __call__(self, answers: Ints) -> Ints:
        """The category of each answer, shape (n, columns)."""
        found = np.empty(answers.shape, np.int64)
        for place, values in enumerate(self.values):
            spot = np.minimum(np.searchsorted(values, answers[:, place]), values.size - 1)
            known = values[spot] == answers[:, place]
            found[:, place] = np.where(known, spot, values.size) + self.first[place]
        return found

    def one_hot(self, categories: Ints) -> Floats:
        """1 for each category of a row, shape (n, categories)."""
        found = np.zeros((len(categories), int(self.first[-1])))
        np.put_along_axis(found, categories, 1.0, axis=1)
        return found

    def shares(self, counts: Floats) -> Floats:
        """Shares within each column, along the last axis."""
        whole = np.add.reduceat(counts, self.first[:-1], axis=-1)
        return np.asarray(counts / np.repeat(whole, np.diff(self.first), axis=-1))


@dataclass(frozen=True, slots=True)
class Classes:
    """A latent class model (Lazarsfeld and Henry 1968): within a class answers are independent.

    Attributes
    ----------
    coding : Coding
    weight : float array, shape (C,)
    share : float array, shape (C, categories)
    """

    coding: Coding
    weight: Floats
    share: Floats

    def log_density(self, categories: Ints) -> Floats:
        """Log probability of each vector, shape (n,)."""
        return np.asarray(special.logsumexp(self.by_class(categories), axis=1))

    def by_class(self, categories: Ints) -> Floats:
        """Log probability of class and vector, shape (n, C)."""
        shares = np.log(self.share).T
        found = np.tile(np.log(self.weight), (len(categories), 1))
        for column in categories.T:
            found += shares[column]
        return found

    def margins(self) -> Floats:
        return np.asarray(self.weight @ self.share)

    def raked(self, target: Floats) -> "Classes":
        """The distribution nearest to this one that has these margins.

        Kullback's minimum discrimination information: every odds ratio of answers stays,
        margins become the target's (Deming and Stephan 1940, Csiszár 1975). Raking a joint
        distribution by a factor for each answer is raking each class by it and its weight
        by the sum that it changes to.
        """
        weight, share = np.log(self.weight), self.share.copy()
        for _ in range(RAKING_ROUNDS):
            worst = 0.0
            for low, high in zip(self.coding.first[:-1], self.coding.first[1:], strict=True):
                part = slice(low, high)
                mean = special.softmax(weight) @ share[:, part]
                worst = max(worst, float(np.abs(target[part] - mean).max()))
                tilted = share[:, part] * (target[part] / mean)
                sums = tilted.sum(axis=1)
                share[:, part] = tilted / sums[:, None]
                weight = weight + np.log(sums)
            if worst < NEAR_ENOUGH:
                break
        return Classes(self.coding, np.asarray(special.softmax(weight)), share)

    def near(self, categories: Ints, most: int) -> Floats:
        """P(another vector differs from each of these in d columns), d to ``most``: (n, most + 1).

        The number of differences within a class is a sum of independent ones of unequal
        chance; its distribution is built column by column (Wang 1993).
        """
        chance = np.zeros((len(categories), most + 1))
        for weight, share in zip(self.weight, self.share, strict=True):
            within = np.zeros_like(chance)
            within[:, 0] = weight
            for column in categories.T:
                same = share[column][:, None]
                moved = np.roll(within, 1, axis=1)
                moved[:, 0] = 0.0
                within = same * within + (1 - same) * moved
            chance += within
        return chance


def fit(coding: Coding, categories: Ints) -> Classes:
    """As many classes as the criterion AIC3 wants, -2 log L + 3 for each free share.

    AIC3 (Bozdogan 1994) finds the number of latent classes of categorical answers more
    often than BIC or AIC (Andrews and Currim 2003). Maximum a posteriori by EM (Dempster,
    Laird and Rubin 1977), with a Dirichlet prior of ``PRIOR`` answers of the whole. The
    start is no random one: rows are parted by their first two scores of correspondence
    analysis, which do not depend on the order of rows or on what the codes are called.
    """
    best, lowest = None, np.inf
    one_hot = coding.one_hot(categories)
    scores = _scores(one_hot)
    free = int(coding.first[-1] - 2 * len(coding.values))
    for number in NUMBERS:
        found, likelihood = _em(coding, one_hot, _parted(scores, number))
        criterion = 3 * (number * free + number - 1) - 2 * likelihood
        if criterion >= lowest:
            break
        best, lowest = found, criterion
    assert best is not None
    return best


def _em(coding: Coding, one_hot: Floats, member: Floats) -> tuple[Classes, float]:
    whole = coding.shares(one_hot.sum(axis=0) + 0.5)
    rows, number = member.shape
    likelihood = -np.inf
    for _ in range(ROUNDS):
        before = likelihood
        model = Classes(
            coding,
            (member.sum(axis=0) + 1) / (rows + number),
            coding.shares(member.T @ one_hot + PRIOR * whole),
        )
        joint = one_hot @ np.log(model.share).T + np.log(model.weight)
        each = special.logsumexp(joint, axis=1)
        member = np.exp(joint - each[:, None])
        likelihood = float(each.sum())
        if likelihood - before < SETTLED * abs(likelihood):
            break
    return model, likelihood


def _scores(one_hot: Floats) -> Floats:
    """Row scores on the first two axes, their longer tail positive (Greenacre 1984)."""
    mean = one_hot.mean(axis=0)
    scaled = (one_hot - mean) / np.sqrt(np.where(mean > 0, mean, 1.0))
    _, axes = np.linalg.eigh(scaled.T @ scaled)
    scores = scaled @ axes[:, [-1, -2]]
    return np.asarray(scores * np.where((scores**3).sum(axis=0) < 0, -1.0, 1.0))


def _parted(scores: Floats, number: int) -> Floats:
    """Memberships: the first axis in parts of equal size, each halved by the second."""
    if number == 1:
        return np.ones((len(scores), 1))
    parts = number // 2
    cuts = np.quantile(scores[:, 0], np.arange(1, parts) / parts)
    place = 2 * np.searchsorted(cuts, scores[:, 0]) + (scores[:, 1] > np.median(scores[:, 1]))
    member = np.full((len(scores), number), 0.3 / number)
    member[np.arange(len(scores)), place] += 0.7
    return member
