"""How many more answers a verdict or a new sample may take: orders of magnitude."""

import math
from functools import lru_cache

from analysis.decision import MeasuredMean, interviews_to_decide
from analysis.errors import AnalysisError
from analysis.intervals import Measured

HALF_WIDTH = 0.03  # of the interval that a new sample is to reach
DESIGN_EFFECT = 2.0  # of clustered door samples, such as those of 和安市


@lru_cache(maxsize=4096)
def answers_needed(figure: Measured | MeasuredMean, target: float) -> int | None:
    """Further answers after which the verdict falls with 80 % probability, in two digits.

    In the same design, and with the true figure as uncertain as the data leave it. None when
    twenty times the present sample would not do, or the figure has no spread.
    """
    try:
        return _in_two_digits(interviews_to_decide(figure, target))
    except AnalysisError:
        return None


def households_to_draw(targets: list[float]) -> int | None:
    """Answers of drawn households that give each rate about ± 3 points at its target.

    ``targets`` are proportions; None when there is none that an interval can reach.
    """
    variance = max((p * (1 - p) for p in targets), default=0.0)
    if not variance:
        return None
    return _in_two_digits(DESIGN_EFFECT * variance * (1.96 / HALF_WIDTH) ** 2)


def _in_two_digits(number: float) -> int:
    """Rounded up to two digits: more would pretend to know."""
    whole = max(math.ceil(number), 1)
    unit = int("1" + "0" * max(len(str(whole)) - 2, 0))
    return -(-whole // unit) * unit
