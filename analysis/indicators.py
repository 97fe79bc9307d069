"""What a rate, score or index counts: answers to numerator and denominator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analysis.cells import Column, Floats, Tally


class IndicatorKind(StrEnum):
    RATE = "rate"
    SCORE = "score"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Indicator:
    """The stored definition of one figure.

    Attributes
    ----------
    questions : tuple of str
        One question, or the items of an index.
    multiple : frozenset of str
        Those of ``questions`` whose answers are codes joined by a space.
    numerator, denominator : frozenset of str
        Answer codes; a respondent without a denominator code is left out.
    scores : mapping of code to points
    weights : tuple of float
        Item weights of an index, else ``()``.
    target : float or None
        Percent for a rate, points otherwise.
    lower_is_better : bool
    """

    code: str
    name_zh: str
    name_en: str
    kind: IndicatorKind
    questions: tuple[str, ...]
    multiple: frozenset[str]
    numerator: frozenset[str]
    denominator: frozenset[str]
    scores: Mapping[str, float]
    weights: tuple[float, ...]
    target: float | None
    note: str
    lower_is_better: bool

    @property
    def is_rate(self) -> bool:
        return self.kind is IndicatorKind.RATE

    @property
    def target_value(self) -> float | None:
        """The target on the scale of the estimate: a proportion for a rate, else points."""
        if self.target is None:
            return None
        return self.target / 100 if self.is_rate else self.target

    @property
    def range(self) -> float:
        """Distance from the lowest to the highest score, in points."""
        return max(self.scores.values()) - min(self.scores.values())

    @property
    def largest(self) -> float:
        """The score farthest from 0, in points."""
        return max(map(abs, self.scores.values()))


@dataclass(frozen=True, slots=True)
class Coded:
    """One indicator on the rows of a tally.

    Attributes
    ----------
    numerator : float array, shape (R,)
        1 or 0 for a rate, points otherwise; 0 where ``denominator`` is 0.
    denominator : float array, shape (R,)
        1 where the respondent counts, else 0.
    """

    numerator: Floats
    denominator: Floats


def code_answers(indicator: Indicator, tally: Tally) -> Coded:
    """Code the answers of a tally; the only place where an answer becomes a number."""
    if indicator.kind is IndicatorKind.RATE:
        return _rate(indicator, tally.columns[indicator.questions[0]])
    items = [_points(indicator, tally.columns[question]) for question in indicator.questions]
    weights = indicator.weights or (1.0,)
    return _weighted_mean(items, weights)


def _rate(indicator: Indicator, answers: Column) -> Coded:
    multiple = indicator.questions[0] in indicator.multiple
    numerator, denominator = {}, {}
    for value in answers.values:
        chosen = set(value.split()) if multiple else {value}
        denominator[value] = float(bool(chosen & indicator.denominator))
        numerator[value] = denominator[value] * bool(chosen & indicator.numerator)
    return Coded(answers.lookup(numerator, 0.0), answers.lookup(denominator, 0.0))


def _points(indicator: Indicator, answers: Column) -> Floats:
    counted = {code: indicator.scores[code] for code in indicator.denominator}
    return answers.lookup(counted, np.nan)


def _weighted_mean(items: Sequence[Floats], weights: Sequence[float]) -> Coded:
    """The person's mean over the items answered, their weights scaled to one."""
    points = np.stack(items)
    answered = np.isfinite(points)
    shares = np.asarray(weights, float)[:, None] * answered
    total = shares.sum(axis=0)
    counts = total > 0
    mean = np.where(answered, points * shares, 0.0).sum(axis=0) / np.where(counts, total, 1.0)
    return Coded(np.where(counts, mean, 0.0), counts.astype(float))
