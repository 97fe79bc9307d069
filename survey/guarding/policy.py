"""How much is usual: every number of the guard, with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """What is counted; the mark says whose."""

    DEVICE = "device"
    NETWORK_HOUR = "network-hour"
    NETWORK_DAY = "network-day"
    POINT = "point"
    WITHDRAWAL_NETWORK = "withdrawal-network"
    WITHDRAWAL_WAVE = "withdrawal-wave"


# Windows are fixed (a day begins at 0:00 UTC), so that one row a window is enough and two
# processes count in the same row. The price: up to twice a bound around a boundary.
WINDOWS: Final[Mapping[Scope, timedelta]] = {
    Scope.NETWORK_HOUR: timedelta(hours=1),
    Scope.NETWORK_DAY: timedelta(days=1),
    Scope.POINT: timedelta(minutes=10),
    Scope.WITHDRAWAL_NETWORK: timedelta(hours=1),
    Scope.WITHDRAWAL_WAVE: timedelta(hours=1),
    # A device has no window of the clock: it is counted through the whole wave.
}


@dataclass(frozen=True, slots=True)
class Bound:
    """Above ``flags`` a response gets a reason, above ``holds`` it is held as well."""

    flags: float
    holds: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """An attack begins with ``on`` answers in a window and ends after a window with < ``off``."""

    on: int
    off: int


@dataclass(frozen=True, slots=True)
class Policy:
    """The bounds of one installation.

    Attributes
    ----------
    family
        Persons who may answer on one device in a wave, by the second-person
        button. A household has 2.62 persons on average (census of 2020), so
        parents, children and two grandparents pass. More are held: a helper
        who lends a telephone to a whole building writes so when accepting them.
    network_hour, network_day
        Answers of one network address. An office of 50 behind one address and
        the network of a market at rush hour are not even flagged. Operators
        put many subscribers behind one IPv4 address (RFC 6269), so an address
        alone is weak evidence: it only flags up to a bound that a wave of some
        thousand answers in ten days does not reach by itself. Answers with a
        single-use code are never held for it.
    point_burst
        Answers at one point within ten minutes. A meeting of 50 who all scan
        the poster at the door passes; three tables with a volunteer each make
        about 30. Held from 200 on: one answer every three seconds.
    seconds_each
        Seconds for each question asked, from the first page to the last,
        judged from below. Held under 0.7: pointing at an answer alone takes
        0.8 to 1.5 s, before anything is read (Card, Moran and Newell 1980,
        operator P). Flagged under 2.0: less than pointing after one thought
        (P and M, 0.8 + 1.35 s); who reads takes 0.3 s for each word and more
        (Zhang and Conrad 2014), so a flag finds only who does not read.
    point_alarm, network_alarm
        When a proof of work is asked for. It costs an honest phone a second
        that nobody notices, so it may begin where flags do; only who has no
        JavaScript then waits for an analyst.
    proof_bits
        Leading zero bits of a proof: 2 ** bits hashes on average, three times
        as many for one phone in twenty. proof.js makes 26,000 to 71,000 a
        second in Chromium slowed down four times, so 1 to 2.5 seconds while the
        person answers.
    proof_valid
        As long as a draft is kept: who fills in half, loses the network and
        goes on in the evening sends a proof that is still good.
    withdrawals_network
        Tries of a withdrawal code by one network in an hour: who copies six
        characters from his own receipt needs one or two.
    withdrawals_alarm
        From so many tries in a wave and hour on each network has one try only;
        few residents ever withdraw, so that many are guesses.
    withdrawals_wave
        Tries in a wave and hour after which there are none, however many
        networks join in: of the 23^6 codes, 24,000 tries in ten days find
        half an answer among 3,000.
    """

    family: int = 6
    network_hour: Bound = field(default_factory=lambda: Bound(60, 150))
    network_day: Bound = field(default_factory=lambda: Bound(200, 600))
    point_burst: Bound = field(default_factory=lambda: Bound(60, 200))
    seconds_each: Bound = field(default_factory=lambda: Bound(2.0, 0.7))
    point_alarm: Alarm = field(default_factory=lambda: Alarm(60, 20))
    network_alarm: Alarm = field(default_factory=lambda: Alarm(100, 40))
    proof_bits: int = 16
    proof_valid: timedelta = timedelta(days=1)
    withdrawals_network: int = 5
    withdrawals_alarm: int = 20
    withdrawals_wave: int = 100


POLICY: Final = Policy()
