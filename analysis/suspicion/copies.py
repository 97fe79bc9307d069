"""Vectors of answers that come more often, alike or nearly, than people would give them."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.cells import Floats, Ints
from analysis.suspicion.batch import Bools
from analysis.suspicion.seen import Seen, expected_near

LEVEL = 0.001  # of a false cluster in the whole batch
LEAST_CLUSTER = 5
ASKED_FOR_EACH = 8  # questions for each answer in which copies may differ
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Cluster:
    """Copies of one vector.

    Attributes
    ----------
    rows : int array
    probability : float array
        That each is a copy: one less people expected over answers found at its distance.
    differ : int
        In how many answers they may differ.
    found : int
        Answers of the batch so near the vector, itself included.
    expected : float
        People who would come so near.
    p : float
        Of so many, times the vectors looked at.
    """

    rows: Ints
    probability: Floats
    differ: int
    found: int
    expected: float
    p: float


def copies(seen: Seen) -> list[Cluster]:
    """Clusters about vectors that occur twice at least, the most unlikely first.

    Of a vector v the answers within d differences, for d to one in eight questions, are
    compared with n·P(d), P by latent classes with the margins of each area; where more
    people of the history came so near to v, theirs counts. Others than v itself are
    Poisson; p is multiplied by the number of distinct vectors (Bonferroni). Rows at a
    distance where people explain less than half of them are copies, and are taken out
    before the next cluster is looked for. Kuriakose and Robbins (2016) look for near
    duplicates by the raw share of equal answers; an honest street of 97 % has many of
    those.
    """
    most = seen.categories.shape[1] // ASKED_FOR_EACH
    vectors, vector = np.unique(seen.categories, axis=0, return_inverse=True)
    vector = vector.reshape(-1)
    left = _first_of_device(seen.batch.device, seen.batch.submitted)
    centres = np.flatnonzero(np.bincount(vector[left]) > 1)
    if not centres.size:
        return []
    differences = _differences(seen, vectors[centres], vectors)
    expected = _expected(seen, vectors[centres], most)
    clusters: list[Cluster] = []
    while True:
        counts = np.bincount(vector[left], minlength=len(vectors)).astype(float)
        found = np.stack([(differences <= d) @ counts for d in range(most + 1)], axis=1)
        others = np.maximum(found - 1, 0.0)
        log_p = stats.poisson.logsf(others - 1, np.cumsum(expected, axis=1))
        log_p[counts[centres] == 0] = 0.0
        centre, d = np.unravel_index(int(log_p.argmin()), log_p.shape)
        p = float(np.exp(log_p[centre, d]) * len(vectors))
        if p > LEVEL:
            return clusters
        distance = differences[centre, vector]
        chance = np.zeros(len(seen))
        for at in range(most + 1):
            ring = left & (distance == at)
            if ring.any():
                chance[ring] = max(0.0, 1 - expected[centre, at] / ring.sum())
        rows = np.flatnonzero(chance > HALF)
        if rows.size < LEAST_CLUSTER:
            differences[centre] = seen.categories.shape[1] + 1
            continue
        total = float(np.cumsum(expected[centre])[d])
        clusters.append(Cluster(rows, chance[rows], int(d), int(found[centre, d]), total, p))
        left[rows] = False


def _first_of_device(device: Ints, submitted: Floats) -> Bools:
    """Whether a response is the first of its device: a family on one phone answers alike."""
    order = np.argsort(submitted, kind="stable")
    _, first = np.unique(device[order], return_index=True)
    found = device == -1
    found[order[first]] = True
    return np.asarray(found)


def _differences(seen: Seen, some: Ints, others: Ints) -> Ints:
    """In how many columns each pair of vectors differs."""
    coding = seen.usual.classes.coding
    same = coding.one_hot(some) @ coding.one_hot(others).T
    return np.asarray(some.shape[1] - same, np.int64)


def _expected(seen: Seen, centres: Ints, most: int) -> Floats:
    """People at each distance from each centre, by the classes or by the history."""
    model: Floats = expected_near(seen, np.ones(len(seen)), centres, most)
    if seen.usual.own:
        return model
    history = seen.usual.classes.coding(seen.usual.history.answers)
    apart = _differences(seen, centres, history)
    share = np.stack([(apart == d).mean(axis=1) for d in range(most + 1)], axis=1)
    larger: Floats = np.maximum(model, len(seen) * share)
    return larger
