"""The examination of a wave's responses for answers that no resident gave."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.cells import Floats
from analysis.errors import TooFewResponses
from analysis.suspicion.batch import Batch, Bools
from analysis.suspicion.copies import Cluster, copies
from analysis.suspicion.findings import Findings, Group, Reason
from analysis.suspicion.notes import bursts, rare_hours, straight_lines
from analysis.suspicion.seen import Seen, people
from analysis.suspicion.signs import Check, Sign, combined, signs
from analysis.suspicion.starts import starts
from analysis.suspicion.streams import Stream, grow, in_history, step
from analysis.suspicion.usual import Usual, learn

LEAST_RESPONSES = 200
MOST_STREAMS = 4
LEVEL = 0.001  # of a false stream, for all starts of a round together
TRIED, FIRST_ROUNDS, LAST_ROUNDS = 3, 19, 40
GONE = 1e-3  # what a response counts once another group has it
LIKELY = 0.5
HELD_OF_HISTORY = 0.005  # of people that a stream without a place may hold
CLEAR = 0.01  # a sign with a smaller p is given as a reason


def examine(batch: Batch, usual: Usual | None = None) -> Findings:
    """Look for copies and for streams made by a tool, and note what is odd of each response.

    Parameters
    ----------
    batch : Batch
        All responses of a wave, or of its open entry points.
    usual : Usual, optional
        Of an earlier wave of the same form and points, by ``learn``. Without it the batch
        is taken for usual itself: hours, homes and durations cannot be checked, and fewer
        false answers are found.

    Raises
    ------
    TooFewResponses
        Fewer than ``LEAST_RESPONSES``, or than ``learn`` needs where it has to.

    Notes
    -----
    Copies are taken out first. Then streams are followed from several starts; the one
    with the most improbable signs is kept if their p, times the number of starts, is
    below ``LEVEL`` (Bonferroni, so that the false discovery rate is below it too), its
    members are taken out, and the search begins anew. A response is held if it is more
    likely a copy or a member than not. No random number is drawn: the same batch gives
    the same findings.
    """
    if len(batch) < LEAST_RESPONSES:
        raise TooFewResponses(len(batch), LEAST_RESPONSES)
    seen = Seen.of(batch, usual or learn(batch, own=True))
    found = [_of_cluster(len(batch), cluster) for cluster in copies(seen)]
    weight = np.ones(len(batch))
    for one in found:
        weight[one.held] = GONE
    for _ in range(MOST_STREAMS):
        stream = _next_stream(seen, weight)
        if stream is None:
            break
        found.append(stream)
        weight = np.maximum(weight * (1 - stream.probability), GONE)
    return _findings(seen, found)


@dataclass(frozen=True, slots=True)
class _Found:
    """A group with what it means for every response of the batch."""

    probability: Floats
    held: Bools
    p: float
    signs: tuple[Sign, ...]
    reasons: tuple[Reason, ...]


def _of_cluster(rows: int, cluster: Cluster) -> _Found:
    probability = np.zeros(rows)
    probability[cluster.rows] = cluster.probability
    evidence = {
        "found": float(cluster.found),
        "expected": cluster.expected,
        "differ": float(cluster.differ),
    }
    reason = Reason(Check.COPIES, evidence, holds=True)
    return _Found(probability, probability > 0, cluster.p, (), (reason,))


def _next_stream(seen: Seen, weight: Floats) -> _Found | None:
    """The stream with the clearest signs of a tool, if they are clear enough."""
    classes, log_people = people(seen, weight)
    candidates = []
    for way, member in starts(seen, weight, classes, log_people):
        stream = grow(seen, log_people, weight, member, way, FIRST_ROUNDS)
        twin = step(seen, log_people, weight, stream, replace(way, dependent=True))
        candidates.append((combined(signs(seen, log_people, weight, stream, twin)), stream))
    candidates.sort(key=lambda one: one[0])
    for p, stream in candidates[:TRIED]:
        if p * len(candidates) > LEVEL:
            break
        found = _followed(seen, weight, stream, len(candidates))
        if found is not None:
            return found
    return None


def _followed(seen: Seen, weight: Floats, stream: Stream, tried: int) -> _Found | None:
    """The stream once people are without it, if its signs stand against a twin of people."""
    for _ in range(2):
        _, log_people = people(seen, weight * (1 - stream.member))
        stream = grow(seen, log_people, weight, stream.member, stream.way, LAST_ROUNDS)
    dependent = replace(stream.way, dependent=True)
    twin = grow(seen, log_people, weight, stream.member, dependent, FIRST_ROUNDS)
    found = signs(seen, log_people, weight, stream, twin)
    p = combined(found) * tried
    if p > LEVEL:
        return None
    with_homes = replace(stream.way, homes=True)
    stream = grow(seen, log_people, weight, stream.member, with_homes, LAST_ROUNDS)
    held = (stream.member > _threshold(seen, weight, stream)) & (weight > GONE)
    reasons = tuple(
        Reason(sign.check, _evidence(sign, int(held.sum())), holds=True)
        for sign in found
        if sign.p < CLEAR
    )
    return _Found(stream.member, held, p, found, reasons)


def _evidence(sign: Sign, answers: int) -> dict[str, float]:
    return {"answers": float(answers), "found": sign.found, "expected": sign.expected}


def _threshold(seen: Seen, weight: Floats, stream: Stream) -> float:
    """From which probability on members are held.

    One half; of a stream that comes everywhere at all hours so much that not more than
    ``HELD_OF_HISTORY`` of an earlier wave's people would be held by it.
    """
    if not stream.way.steady or seen.usual.own:
        return LIKELY
    before, likeness = in_history(seen, weight, stream)
    order = np.argsort(-before, kind="stable")
    upto = np.cumsum(likeness[order]) / likeness.sum()
    last = int(np.searchsorted(upto, HELD_OF_HISTORY))
    return max(LIKELY, float(before[order][last]))


def _findings(seen: Seen, found: list[_Found]) -> Findings:
    rows = len(seen)
    held = np.zeros(rows, bool)
    probability = np.zeros(rows)
    reasons: list[list[Reason]] = [[] for _ in range(rows)]
    for one in found:
        held |= one.held
        probability = np.maximum(probability, one.probability)
        for row in _rows(one.held):
            reasons[row].extend(one.reasons)
    for row, reason in _notes(seen):
        if all(reason.check != other.check for other in reasons[row]):
            reasons[row].append(reason)
    return Findings(
        held=held,
        probability=probability,
        reasons=tuple(map(tuple, reasons)),
        groups=tuple(Group(np.flatnonzero(one.held), one.p, one.signs) for one in found),
        unchecked=(Check.CLOCK, Check.HOMES, Check.DURATIONS, Check.HOUR) if seen.usual.own else (),
    )


def _notes(seen: Seen) -> Iterator[tuple[int, Reason]]:
    """What is odd of single responses, with the row of each."""
    straight = straight_lines(seen)
    usual = float(straight.mean())
    for row in _rows(straight):
        yield row, Reason(Check.STRAIGHT, {"expected": usual}, holds=False)
    burst, found, expected = bursts(seen)
    for row in _rows(burst):
        evidence = {"found": float(found[row]), "expected": float(expected[row])}
        yield row, Reason(Check.BURST, evidence, holds=False)
    if seen.usual.own:
        return
    for row in _rows(seen.far):
        evidence = {"expected": float(seen.far_chance[row])}
        yield row, Reason(Check.HOMES, evidence, holds=False)
    for row in _rows(rare_hours(seen)):
        evidence = {"expected": float(np.exp(seen.log_hour[row]))}
        yield row, Reason(Check.HOUR, evidence, holds=False)


def _rows(found: Bools) -> list[int]:
    where: list[int] = np.flatnonzero(found).tolist()
    return where
