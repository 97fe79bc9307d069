"""What people usually answer, when, how fast and how far from home: learnt from a wave."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.cells import Floats, Ints
from analysis.errors import TooFewResponses
from analysis.suspicion.batch import Batch
from analysis.suspicion.classes import Classes, Coding, fit

LEAST_TO_LEARN = 300
STRENGTHS = (10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0)  # how much points are like their kind
ALL_KINDS, ALL_HOURS = 5.0, 15.0  # answers of all places that each kind has before its own
TAILS = 0.005  # of the durations, left out at either end: phones put aside, slips


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual, from a wave that nobody is known to have stuffed.

    Attributes
    ----------
    history : Batch
    own : bool
        Whether it is the batch to be examined itself: then it cannot tell what is unusual
        of hours, homes and durations.
    classes : Classes
    kinds, points : int arrays
        Ascending, as known from the history.
    hours : float array, shape (kinds + 1, 2, 24)
        Shares of the hours of a day, on working days and weekends; last of all kinds.
    point_hours : float array, shape (points + 1, 24)
        Answers of each point; none for a point that is new.
    far, point_far, point_answers : float arrays
        Share of other homes by kind, and counts by point, in the same order.
    like_kind_hours, like_kind_far : float
        How many answers the kind's shares weigh beside the point's own ones.
    log_seconds : float array
        Ascending.
    halves : tuple of Half
        The same learnt from every second response, to be tried on the others.
    """

    history: Batch
    own: bool
    classes: Classes
    kinds: Ints
    points: Ints
    hours: Floats
    point_hours: Floats
    far: Floats
    point_far: Floats
    point_answers: Floats
    like_kind_hours: float
    like_kind_far: float
    log_seconds: Floats
    halves: "tuple[Half, ...]" = ()

    def log_hours(self, batch: Batch) -> Floats:
        """Log share of each hour at the point of a response, that day of the week: (n, 24)."""
        kind, point = place(self.kinds, batch.kind), place(self.points, batch.point)
        weight = self.like_kind_hours
        shares = self.point_hours[point] + weight * self.hours[kind, batch.weekend]
        return np.asarray(np.log(shares / (self.point_answers[point] + weight)[:, None]))

    def far_chance(self, batch: Batch) -> Floats:
        """Probability that a response at its point claims a home in another area."""
        kind, point = place(self.kinds, batch.kind), place(self.points, batch.point)
        weight = self.like_kind_far
        own = self.point_far[point] + weight * self.far[kind]
        return np.asarray(own / (self.point_answers[point] + weight))


@dataclass(frozen=True, slots=True)
class Half:
    """What half of a wave says of the other half."""

    usual: Usual
    others: Batch


def learn(history: Batch, *, own: bool = False) -> Usual:
    """Learn what is usual.

    A point's hours are its own counts beside those of its kind, and its homes likewise: a
    Dirichlet-multinomial, whose strength is the one of ``STRENGTHS`` with the largest
    likelihood (Mosimann 1962, Minka 2000).

    Raises
    ------
    TooFewResponses
        Fewer than ``LEAST_TO_LEARN``.
    """
    if len(history) < LEAST_TO_LEARN:
        raise TooFewResponses(len(history), LEAST_TO_LEARN)
    coding = Coding.of(history.answers)
    whole = _learn(history, coding, own)
    if own:
        return whole
    second = np.zeros(len(history), bool)
    second[np.argsort(history.submitted, kind="stable")[1::2]] = True
    halves = tuple(
        Half(_learn(history.part(rows), coding, own), history.part(~rows))
        for rows in (~second, second)
    )
    return replace(whole, halves=halves)


def _learn(history: Batch, coding: Coding, own: bool) -> Usual:
    kinds, points = np.unique(history.kind), np.unique(history.point)
    kind, point = place(kinds, history.kind), place(points, history.point)
    hours = _hours(kind, history, kinds.size)
    point_hours = _table(point, history.hour, points.size + 1, 24)
    answers = np.bincount(point, minlength=points.size + 1).astype(float)
    far = history.far.astype(float)
    many = np.bincount(kind, minlength=kinds.size + 1)
    far_of_kind = (np.bincount(kind, far, minlength=many.size) + ALL_KINDS * (far.mean())) / (
        many + ALL_KINDS
    )
    point_far = np.bincount(point, far, minlength=points.size + 1).astype(float)
    kind_of = np.full(points.size + 1, kinds.size)
    kind_of[point] = kind
    weekend = np.bincount(kind, history.weekend, minlength=many.size) / np.maximum(many, 1)
    week = np.stack([1 - weekend, weekend], axis=1)
    mean_hours = np.einsum("kw,kwh->kh", week, hours)[kind_of]
    both = np.stack([point_far, answers - point_far], axis=1)
    mean_far = np.stack([far_of_kind, 1 - far_of_kind], axis=1)[kind_of]
    seconds = np.sort(history.log_seconds)
    cut = int(TAILS * seconds.size)
    return Usual(
        history=history,
        own=own,
        classes=fit(coding, coding(history.answers)),
        kinds=kinds,
        points=points,
        hours=hours,
        point_hours=point_hours,
        far=far_of_kind,
        point_far=point_far,
        point_answers=answers,
        like_kind_hours=strength(point_hours, mean_hours),
        like_kind_far=strength(both, mean_far),
        log_seconds=seconds[cut : seconds.size - cut],
    )


def strength(counts: Floats, mean: Floats) -> float:
    """How much the rows of counts are like the mean: the likeliest of ``STRENGTHS``.

    log L = Σ_rows log Γ(s)/Γ(s + n) + Σ log Γ(s·m + c)/Γ(s·m) of a Dirichlet-multinomial.
    """

    def likelihood(s: float) -> float:
        inside = special.gammaln(s * mean + counts) - special.gammaln(s * mean)
        rows = special.gammaln(s) - special.gammaln(s + counts.sum(axis=1))
        return float(rows.sum() + inside.sum())

    return max(STRENGTHS, key=likelihood)


def place(values: Ints, given: Ints) -> Ints:
    """Where each is among the values; after the last where it is none of them."""
    spot = np.minimum(np.searchsorted(values, given), values.size - 1)
    return np.where(values[spot] == given, spot, values.size)


def _hours(kind: Ints, history: Batch, kinds: int) -> Floats:
    """Each kind's hours, drawn to those of all its days, and these to all places'."""
    counts = np.zeros((kinds + 1, 2, 24))
    np.add.at(counts, (kind, history.weekend, history.hour), 1.0)
    everywhere = counts.sum(axis=(0, 1)) + 0.5
    everywhere /= everywhere.sum()
    of_kind = counts.sum(axis=1) + ALL_HOURS * everywhere
    of_kind /= of_kind.sum(axis=1, keepdims=True)
    drawn = counts + ALL_HOURS * of_kind[:, None, :]
    return np.asarray(drawn / drawn.sum(axis=2, keepdims=True))


def _table(row: Ints, column: Ints, rows: int, columns: int) -> Floats:
    cell = row * columns + column
    return np.bincount(cell, minlength=rows * columns).reshape(rows, columns).astype(float)
