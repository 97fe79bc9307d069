"""Token buckets in the memory of a process: how many requests a network may make."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final


@dataclass(frozen=True, slots=True)
class Flow:
    """How fast one network may ask one process.

    Attributes
    ----------
    burst
        Requests at once. An office of 50 that scans in the same second sends
        150, for the page, its script and the first answer.
    each_second
        Requests a second in the long run. An interview is about 25, most of
        them drafts that are saved as answers are given; the office makes 7 a
        second, and the phones behind one address of a mobile operator may
        finish 0.8 interviews a second at each worker.
    miss
        What a code that does not exist costs beside the request. With 11 for
        each guess a process answers less than two a second, and a million
        guesses take six days.
    most
        Networks that are remembered, about 250 bytes each. The one that was
        silent for longest is forgotten first; by then its bucket is full again
        unless as many others came within half a minute.
    """

    burst: float = 600.0
    each_second: float = 20.0
    miss: float = 10.0
    most: int = 20_000


FLOW: Final = Flow()


class Buckets:
    """The buckets of one process.

    Networks are kept as a hash under a key that ends with the process.
    """

    def __init__(self, flow: Flow = FLOW) -> None:
        self._flow = flow
        self._key = secrets.token_bytes(16)
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, network: str, now: float) -> bool:
        """Take a token, or say that there is none. ``now`` is in seconds of any clock."""
        with self._lock:
            mark, tokens = self._filled(network, now)
            if tokens >= 1:
                tokens -= 1
                self._put(mark, tokens, now)
                return True
            self._put(mark, tokens, now)
            return False

    def charge(self, network: str, now: float) -> None:
        """Take what a miss costs, even if it is not there: the network waits for it later."""
        with self._lock:
            mark, tokens = self._filled(network, now)
            self._put(mark, tokens - self._flow.miss, now)

    def __len__(self) -> int:
        return len(self._buckets)

    def _filled(self, network: str, now: float) -> tuple[bytes, float]:
        # short texts are hashed without letting other threads in, which would cost more
        mark = blake2b(network.encode(), key=self._key, digest_size=16).digest()
        tokens, then = self._buckets.get(mark, (self._flow.burst, now))
        return mark, min(self._flow.burst, tokens + (now - then) * self._flow.each_second)

    def _put(self, mark: bytes, tokens: float, now: float) -> None:
        self._buckets[mark] = (tokens, now)
        self._buckets.move_to_end(mark)
        if len(self._buckets) > self._flow.most:
            self._buckets.popitem(last=False)
