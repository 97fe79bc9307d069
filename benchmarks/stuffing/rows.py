"""What the platform keeps of a response, and what the intake recorded on it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from benchmarks.stuffing.form import Floats, Ints
from benchmarks.stuffing.places import HOUR

NETWORK_LIMIT = 20  # answers of one network within an hour
TOO_FAST = 40.0  # seconds


class Flag(IntEnum):
    """What a layer of the intake records on a response; none of them drops it."""

    DEVICE = 0
    NETWORK = 1
    TOO_FAST = 2
    HONEYPOT = 3


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


def flags(sent: Sent) -> NDArray[np.bool_]:
    """What the intake records, shape (n, 4): a column each ``Flag``."""
    found = np.zeros((len(sent), len(Flag)), bool)
    order = np.argsort(sent.submitted, kind="stable")
    seen: set[int] = set()
    recent: dict[int, list[float]] = {}
    for row in order.tolist():
        device, network, now = sent.device[row], sent.network[row], sent.submitted[row]
        if device != -1:
            found[row, Flag.DEVICE] = device in seen
            seen.add(device)
        if network != -1:
            within = [time for time in recent.get(network, []) if time > now - HOUR]
            found[row, Flag.NETWORK] = len(within) >= NETWORK_LIMIT
            recent[network] = [*within, now]
    found[:, Flag.TOO_FAST] = sent.seconds < TOO_FAST
    return found
