"""Where an iteration ends: at the last digits, or where R's ends."""

from collections.abc import Callable
from enum import StrEnum

EPSILON = 2.0**-52


class Stop(StrEnum):
    """Where the steps of a computation end.

    ``converged``: at the last digits. ``as R``: where R's own end. A logistic model (R ``glm``)
    when the deviance changes by less than 1e-8 of itself, with the errors taken from the step
    before: they differ by about 1e-6 of a standard error, and by more of a covariance that
    is small. A saddlepoint (R ``uniroot``) within 1e-8, which moves small probabilities by 1e-8.
    """

    CONVERGED = "converged"
    AS_R = "as R"


def zero(function: Callable[[float], float], low: float, high: float, tolerance: float) -> float:
    """A point within ``tolerance`` of a zero of the function, which changes sign between the ends.

    Notes
    -----
    Brent (1973), chapter 4: a secant or an inverse parabola where it shrinks the bracket
    well enough, else its middle; the step is never less than the tolerance. R ``uniroot``.
    """
    before, best, other = low, high, low
    at_before, at_best, at_other = function(low), function(high), function(low)
    while True:
        step = best - before
        if abs(at_other) < abs(at_best):
            before, best, other = best, other, best
            at_before, at_best, at_other = at_best, at_other, at_best
        least = 2 * EPSILON * abs(best) + tolerance / 2
        move = (other - best) / 2
        if abs(move) <= least or at_best == 0:
            return best
        if abs(step) >= least and abs(at_before) > abs(at_best):
            move = _interpolated((before, best, other), (at_before, at_best, at_other), step, least)
        if abs(move) < least:
            move = least if move > 0 else -least
        before, at_before = best, at_best
        best += move
        at_best = function(best)
        if (at_best > 0) == (at_other > 0):
            other, at_other = before, at_before


def _interpolated(
    points: tuple[float, float, float],
    values: tuple[float, float, float],
    step: float,
    least: float,
) -> float:
    """The move to the zero of the curve through the points, or half the bracket."""
    before, best, other = points
    at_before, at_best, at_other = values
    width, ratio = other - best, at_best / at_before
    if before == other:
        numerator, denominator = width * ratio, 1 - ratio
    else:
        q, r = at_before / at_other, at_best / at_other
        numerator = ratio * (width * q * (q - r) - (best - before) * (r - 1))
        denominator = (q - 1) * (r - 1) * (ratio - 1)
    if numerator > 0:
        denominator = -denominator
    numerator = abs(numerator)
    inside = numerator < 0.75 * width * denominator - abs(least * denominator) / 2
    if inside and numerator < abs(step * denominator / 2):
        return numerator / denominator
    return width / 2
