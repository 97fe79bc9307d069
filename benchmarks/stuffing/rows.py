"""Responses as they are sent, and which of them the layers at intake hold."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from benchmarks.stuffing.form import Floats, Ints
from survey.guarding.layers import Visit, suspicions
from survey.guarding.policy import WINDOWS, Scope


class Group(IntEnum):
    """Genuine people whom a careless detector would take for a tool, and all others."""

    OTHERS = 0
    OFFICE = 1
    FAMILIES = 2
    MARKET = 3
    STREET = 4


@dataclass(frozen=True, slots=True)
class Sent:
    """Responses as they are sent.

    Attributes
    ----------
    answers : int array, shape (n, questions)
        Places of codes.
    point, home : int arrays, shape (n,)
    submitted, seconds : float arrays, shape (n,)
        Local time of sending, and how long it took.
    device : int array, shape (n,)
        -1 where the phone keeps no mark.
    network : int array, shape (n,)
        Seen by the limits only and never kept; -1: one that nobody else has.
    """

    answers: Ints
    point: Ints
    home: Ints
    submitted: Floats
    seconds: Floats
    device: Ints
    network: Ints

    def __len__(self) -> int:
        return self.point.size

    def of(self, rows: NDArray[np.bool_] | Ints) -> "Sent":
        return Sent(*(getattr(self, one.name)[rows] for one in fields(self)))

    def with_(self, **changed: NDArray[np.generic]) -> "Sent":
        return replace(self, **changed)

    @classmethod
    def joined(cls, parts: Sequence["Sent"]) -> "Sent":
        return cls(*(np.concatenate([getattr(p, one.name) for p in parts]) for one in fields(cls)))


def held_at_intake(sent: Sent, asked: int) -> NDArray[np.bool_]:
    """Which responses the platform's layers hold when they come, by its own policy.

    Genuine people who share a telephone press the second-person button; no false
    answer of these families comes from a telephone that was seen before. A tool is
    taken to solve its proofs of work and to leave the trap alone: both are cheap.
    """
    found = np.zeros(len(sent), bool)
    seen: Counter[tuple[Scope, int, int]] = Counter()
    for row in np.argsort(sent.submitted, kind="stable").tolist():
        counts = {}
        for scope, mark, window in _marks(sent, row):
            seen[scope, mark, window] += 1
            counts[scope] = seen[scope, mark, window]
        visit = Visit(
            family=counts.get(Scope.DEVICE, 0) > 1,
            seconds=float(sent.seconds[row]),
            asked=asked,
            trapped=False,
        )
        found[row] = any(one.holds for one in suspicions(visit, counts))
    return found


def _marks(sent: Sent, row: int) -> Iterator[tuple[Scope, int, int]]:
    """The counters of a response: what, whose, and in which window."""
    if sent.device[row] != -1:
        yield Scope.DEVICE, int(sent.device[row]), 0
    for scope, length in WINDOWS.items():
        mark = int(sent.point[row] if scope is Scope.POINT else sent.network[row])
        if scope in {Scope.POINT, Scope.NETWORK_HOUR, Scope.NETWORK_DAY} and mark != -1:
            yield scope, mark, int(sent.submitted[row] // length.total_seconds())
