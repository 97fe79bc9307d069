"""Differences of two estimates with limits of their own."""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Bounded:
    """An estimate with its limits, on one scale."""

    estimate: float
    low: float
    high: float


def mover(first: Bounded, second: Bounded, correlation: float = 0.0) -> tuple[float, float]:
    """Limits of ``second - first`` from the limits of both.

    Notes
    -----
    Method of variance estimates recovery: Zou and Donner (2008), Newcombe
    (1998); with a correlation, Zou (2008). A negative radicand, which only a
    strong correlation can give, counts as 0.
    """
    difference = second.estimate - first.estimate
    down, up = second.estimate - second.low, first.high - first.estimate
    below = down**2 + up**2 - 2 * correlation * down * up
    down, up = first.estimate - first.low, second.high - second.estimate
    above = down**2 + up**2 - 2 * correlation * down * up
    return difference - sqrt(max(below, 0.0)), difference + sqrt(max(above, 0.0))
