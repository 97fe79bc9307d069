"""Signs that a stream was made by a tool, each a standard normal deviate: large where it was."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special, stats

from analysis.cells import Floats, Ints
from analysis.suspicion.batch import Bools
from analysis.suspicion.seen import Seen
from analysis.suspicion.streams import OWN_SHARES, Stream

QUIET = 0.02  # of the history's answers come in the quiet hours
CLEARLY = 5.0  # standard errors by which people's answers depend on each other
LEAST, LEAST_PAUSES, BLOCK, LEAST_BLOCKS = 30, 20, 20, 4


class Check(StrEnum):
    """What speaks against a response."""

    COPIES = "copies"
    INDEPENDENT = "independent_answers"
    PAUSES = "even_pauses"
    STEADY = "steady_shares"
    DURATIONS = "like_durations"
    HOMES = "far_homes"
    CLOCK = "round_the_clock"
    HOUR = "rare_hour"
    STRAIGHT = "straight_lining"
    BURST = "burst"


@dataclass(frozen=True, slots=True)
class Sign:
    """What a check found of a stream.

    Attributes
    ----------
    check : Check
    z : float
        Standard normal if people had answered; large if not.
    found, expected : float
        The figures of a sentence, by check: share of those who ... and its usual value.
    """

    check: Check
    z: float
    found: float
    expected: float

    @property
    def p(self) -> float:
        return float(special.ndtr(-self.z))


def independence(
    seen: Seen, log_people: Floats, weight: Floats, stream: Stream, twin: Stream
) -> Sign | None:
    """Answers do not depend on each other, where those of people do.

    Two mixtures that differ in this alone, compared by their log-likelihoods (Vuong 1989):
    z = Σ d / sqrt(Σ d²), d the difference of a response. ``found`` is the mean of d among
    the members: how many nats nearer each is to a tool's than to a person's answers.
    Nothing is told where the people's own answers do not clearly depend on each other.
    """
    others = weight * (1 - stream.member)
    margins = seen.shares(others, seen.margins, OWN_SHARES)
    depend = others * (log_people - seen.log_independent(margins))
    if depend.sum() < CLEARLY * np.sqrt((depend**2).sum()):
        return None
    gap = weight * (stream.log_each - twin.log_each)
    z = float(gap.sum() / np.sqrt((gap**2).sum() + 1e-9))
    return Sign(Check.INDEPENDENT, z, float(gap.sum() / (weight @ stream.member)), 0.0)


def even_pauses(times: Floats, device: Ints) -> Sign | None:
    """Pauses between answers are too even, by the local variation of Shinomoto et al. (2003).

    Lv = mean of 3·((a - b)/(a + b))² over pairs of pauses a, b that follow each other: 1 for
    arrivals at random whatever their rate, more where people come in company, 0 for a
    clock. A term has variance 4/5 for arrivals at random. Answers that follow each other on
    one device are one arrival: a family, or a tablet that is handed on.
    """
    order = np.argsort(times, kind="stable")
    times, device = times[order], device[order]
    other = np.append(True, (device[1:] != device[:-1]) | (device[1:] == -1))
    pauses = np.diff(times[other])
    before, after = pauses[:-1], pauses[1:]
    if before.size < LEAST_PAUSES:
        return None
    term = 3 * ((after - before) / np.maximum(after + before, 1e-9)) ** 2
    z = float((1 - term.mean()) / np.sqrt(0.8 / term.size))
    return Sign(Check.PAUSES, z, float(term.mean()), 1.0)


def steady_shares(times: Floats, categories: Ints, size: int) -> Sign | None:
    """Shares of answers vary less from block to block than those of a random sample.

    The answers in order of time are cut in blocks of 20. X² = Σ (count - expected)² /
    expected over blocks, questions and codes is chi-squared about its degrees of freedom
    where answers are drawn at random (Lexis 1877, Cochran 1954), and more where people
    differ by hour; ``found`` is X² over its degrees of freedom.
    """
    blocks = times.size // BLOCK
    if blocks < LEAST_BLOCKS:
        return None
    order = np.argsort(times, kind="stable")[: blocks * BLOCK]
    row = np.repeat(np.arange(blocks), BLOCK * categories.shape[1])
    cell = row * size + categories[order].reshape(-1)
    counts = np.bincount(cell, minlength=blocks * size).reshape(blocks, size)
    expected = counts.mean(axis=0)
    chosen = expected > 0
    x2 = float((((counts - expected) ** 2)[:, chosen] / expected[chosen]).sum())
    df = (blocks - 1) * (int(chosen.sum()) - categories.shape[1])
    if df == 0:
        return None
    return Sign(Check.STEADY, (df - x2) / np.sqrt(2 * df), x2 / df, 1.0)


def like_durations(log_seconds: Floats, usual: Floats) -> Sign:
    """Durations vary less, as a ratio, than people's do.

    The variance of their logarithms over the usual one, with the standard error of the
    variance of a normal sample, sqrt(2/n).
    """
    ratio = float(log_seconds.var() / usual.var())
    return Sign(Check.DURATIONS, (1 - ratio) * np.sqrt(log_seconds.size / 2), ratio, 1.0)


def far_homes(seen: Seen, member: Bools) -> Sign:
    """More homes elsewhere than the points are used to.

    Counts of a point vary as Beta-binomials (Skellam 1948) of the strength that its
    history has: n·p(1 - p)·(1 + (n - 1)·rho), rho = 1/(strength + 1).
    """
    chance = seen.far_chance[member]
    many = np.bincount(seen.point[member], minlength=seen.points)[seen.point[member]]
    likeness = 1 / (seen.usual.like_kind_far + 1)
    spread = float((chance * (1 - chance) * (1 + (many - 1) * likeness)).sum())
    found, expected = float(seen.far[member].mean()), float(chance.mean())
    return Sign(Check.HOMES, (found - expected) * chance.size / np.sqrt(spread), found, expected)


def round_the_clock(seen: Seen, weight: Floats) -> Sign:
    """More answers than usual come in the hours in which people hardly answer.

    These are the quietest hours of the history, with ``QUIET`` of its answers together at
    most. Expected is the chance of these hours at each response's point and day of the
    week. The standard error adds up squared deviations by point and day, so that one burst
    of people at night is one deviation, and the error of the history's own count.
    """
    history = np.bincount(seen.usual.history.hour, minlength=24)
    order = np.argsort(history, kind="stable")
    quiet = order[np.cumsum(history[order]) <= QUIET * history.sum()]
    chance = np.exp(seen.usual.log_hours(seen.batch))[:, quiet].sum(axis=1)
    gap = np.bincount(seen.cell, weight * (np.isin(seen.hour, quiet) - chance))
    answers, expected = float(weight.sum()), float(weight @ chance)
    error = float((gap**2).sum()) + expected * answers / history.sum() + 1
    found = expected + float(gap.sum())
    return Sign(Check.CLOCK, float(gap.sum() / np.sqrt(error)), found / answers, expected / answers)


def signs(
    seen: Seen, log_people: Floats, weight: Floats, stream: Stream, twin: Stream
) -> tuple[Sign, ...]:
    """Every sign that can be told of a stream."""
    member = (stream.member > 0.5) & (weight > 0.5)
    found: list[Sign | None] = [independence(seen, log_people, weight, stream, twin)]
    if member.sum() >= LEAST:
        times = seen.batch.submitted[member]
        found.append(even_pauses(times, seen.batch.device[member]))
        size = seen.one_hot.shape[1]
        found.append(steady_shares(times, seen.categories[member], size))
        if not seen.usual.own:
            found.append(like_durations(seen.batch.log_seconds[member], seen.usual.log_seconds))
            found.append(far_homes(seen, member))
    if stream.way.steady and not seen.usual.own:
        found.append(round_the_clock(seen, weight))
    return tuple(sign for sign in found if sign is not None)


def combined(found: tuple[Sign, ...]) -> float:
    """Bound of the probability of such signs if people had answered.

    Twice the smaller of two: Fisher's (1932) of -2 Σ log p, to which weak signs add up,
    and Bonferroni's of the clearest sign, which others that are missing cannot hide: of a
    flood of one point answers are independent, but homes are near and pauses uneven.
    """
    if not found:
        return 1.0
    logs = [float(stats.norm.logsf(sign.z)) for sign in found]
    together = float(special.chdtrc(2 * len(logs), -2 * sum(logs)))
    return min(1.0, 2 * min(together, len(logs) * float(np.exp(min(logs)))))
