"""What interviewers and unequal weights cost: correlation within interviewers, Kish's effect."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.cells import Floats, Ints
from analysis.errors import ImpossibleInput


@dataclass(frozen=True, slots=True)
class InterviewerEffect:
    """How alike the answers are that one interviewer brings home.

    Attributes
    ----------
    rho : float
        Correlation of two answers to the same interviewer; below 0 only by chance.
    low, high : float
        Limits of ``rho``.
    workload : float
        Interviews of the interviewer of an average answer, ``Σ m² / Σ m``.
    interviewers, n : int
        Interviewers, and their interviews.
    is_balanced : bool
        Whether all have the same number; only then are the limits exact.
    """

    rho: float
    low: float
    high: float
    workload: float
    interviewers: int
    n: int
    is_balanced: bool

    @property
    def deff(self) -> float:
        """By what the interviewers multiply the variance of a mean: ``1 + (m - 1) rho``."""
        return 1 + (self.workload - 1) * self.rho

    @property
    def deff_limits(self) -> tuple[float, float]:
        return 1 + (self.workload - 1) * self.low, 1 + (self.workload - 1) * self.high


def interviewer_effect(interviewer: Ints, answer: Floats, level: float = 0.95) -> InterviewerEffect:
    """Correlation of answers within interviewers, by analysis of variance.

    It is the interviewers' effect only where chance decided who asks whom; otherwise it
    holds also what their areas have in common.

    Parameters
    ----------
    interviewer
        Number of the interviewer of each answer, any distinct whole numbers; shape (n,).
    answer
        The answers: points, or 0 and 1 for a rate; shape (n,).

    Raises
    ------
    ImpossibleInput
        Fewer than two interviewers, nobody with two answers, or all answers alike.

    Notes
    -----
    ``rho = (B - W) / (B + (m0 - 1) W)`` with B and W the mean squares between and within
    and ``m0 = (n - Σ m²/n) / (k - 1)``: Kish (1962); Searle (1971). The limits put
    B / W divided by F quantiles for it: exact for normal answers and equal workloads,
    near otherwise (Donner and Wells 1986).
    """
    answer = np.asarray(answer, float)
    same = len(answer) == len(interviewer) and bool(np.all(np.isfinite(answer)))
    ImpossibleInput.unless(same, "answer", answer.tolist(), "a number for each interview")
    ImpossibleInput.unless(0 < level < 1, "level", level, "a number inside (0, 1)")
    _, codes = np.unique(interviewer, return_inverse=True)
    load = np.bincount(codes).astype(float)
    k, n = len(load), len(answer)
    ImpossibleInput.unless(2 <= k < n, "interviewer", k, "two or more, one with two answers")
    mean = np.bincount(codes, weights=answer) / load
    between = float((load * (mean - answer.mean()) ** 2).sum()) / (k - 1)
    within = float(((answer - mean[codes]) ** 2).sum()) / (n - k)
    ImpossibleInput.unless(between + within > 0, "answer", answer[0], "answers that differ")
    typical = (n - float((load**2).sum()) / n) / (k - 1)
    tail = (1 - level) / 2
    by = [float(special.fdtri(k - 1, n - k, q)) for q in (1 - tail, tail)]
    low, high = (_correlation(between, within * f, typical) for f in by)
    return InterviewerEffect(
        rho=_correlation(between, within, typical),
        low=low,
        high=high,
        workload=float((load**2).sum()) / n,
        interviewers=k,
        n=n,
        is_balanced=bool(load.min() == load.max()),
    )


def kish(weights: Floats, counts: Floats | Ints | None = None) -> float:
    """Kish's design effect of unequal weights: ``n Σ w² / (Σ w)²``.

    Parameters
    ----------
    weights
        Weight of one respondent, shape (R,).
    counts
        Respondents with each weight, shape (R,); one each if not given.

    Raises
    ------
    ImpossibleInput
        A weight below 0, or none above.

    Notes
    -----
    Kish (1965), section 11.7. The weights are taken to have nothing to do with the answers.
    """
    weights = np.asarray(weights, float)
    good = weights.size and bool(np.all((weights >= 0) & np.isfinite(weights)))
    ImpossibleInput.unless(
        bool(good and weights.max() > 0), "weights", weights.tolist(), "numbers above 0"
    )
    persons = np.asarray(np.ones(len(weights)) if counts is None else counts, float)
    # Relative weights: the square of a very large one would overflow.
    relative = weights / weights.max()
    squares = (persons * relative**2).sum()
    return float(persons.sum() * squares / (persons * relative).sum() ** 2)


def weighted_size(weights: Floats, counts: Floats | Ints | None = None) -> float:
    """Respondents of equal weight that would do as well: ``(Σ w)² / Σ w²``."""
    n = len(weights) if counts is None else float(np.sum(counts))
    return n / kish(weights, counts)


def _correlation(between: float, within: float, typical: float) -> float:
    return (between - within) / (between + (typical - 1) * within)
