"""Where streams may be: first guesses from which they are followed."""

from collections.abc import Iterator

import numpy as np

from analysis.cells import Floats
from analysis.suspicion.classes import Classes
from analysis.suspicion.seen import Seen, place_and_time
from analysis.suspicion.streams import Way

POINTS, BURSTS = 2, 3
WINDOW = 3  # hours of a burst
HERE, ELSEWHERE = 0.8, 0.02


def starts(
    seen: Seen, weight: Floats, classes: Classes, log_people: Floats
) -> Iterator[tuple[Way, Floats]]:
    """Ways and memberships to begin with.

    Rows whose answers look drawn without regard to each other: everywhere, at the points
    and on the day that have most of them; rows in the windows of three hours that hold
    most answers over the point's mean; and a stream that is the same at all hours.
    """
    free = Way(homes=False)
    gain = seen.log_independent(classes.margins()) - log_people
    mean = float(weight @ gain / weight.sum())
    odd = (gain - mean) / np.sqrt(weight @ (gain - mean) ** 2 / weight.sum())
    likely = 1 / (1 + np.exp(1.5 - 1.5 * odd))
    yield free, likely / 2
    for point in _largest(_excess(seen.point, seen.points, weight, odd), POINTS):
        yield free, np.where(seen.point == point, 0.3 + likely / 2, ELSEWHERE * likely)
    for day in _largest(_excess(seen.day, seen.days, weight, odd), 1):
        yield free, np.where(seen.day == day, HERE * likely, ELSEWHERE * likely)
    window = seen.cell * (24 // WINDOW) + seen.hour // WINDOW
    size = seen.points * seen.days * (24 // WINDOW)
    usual = np.repeat(
        np.bincount(seen.point, weight, minlength=seen.points) / seen.days / 4,
        size // seen.points,
    )
    found = np.bincount(window, weight, minlength=size)
    for place in _largest((found - usual - 1) / np.sqrt(usual + 1), BURSTS):
        yield free, np.where(window == place, HERE, ELSEWHERE * likely)
    everywhere = gain - np.log(seen.points * seen.days * 24) - place_and_time(seen, weight)
    yield Way(steady=True, homes=False), 0.3 / (1 + np.exp(-2 * everywhere - 4))


def _excess(value: np.ndarray, values: int, weight: Floats, odd: Floats) -> Floats:
    """Standardized sum of oddness by value."""
    total = np.bincount(value, weight * odd, minlength=values)
    return np.asarray(total / np.sqrt(np.bincount(value, weight, minlength=values) + 1))


def _largest(score: Floats, many: int) -> list[int]:
    largest: list[int] = np.argsort(-score, kind="stable")[:many].tolist()
    return largest
