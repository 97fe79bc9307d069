"""How many more answers a verdict may take: an order of magnitude, not a promise."""

import math

MOST = 20  # times the present sample; beyond it the figure lies too close to its target
HALF_WIDTH = 0.03  # of the interval that a new sample is to reach
DESIGN_EFFECT = 2.0  # of clustered door samples, such as those of 和安市


def answers_needed(
    *, estimate: float, low: float, high: float, n: int, target: float
) -> int | None:
    """Answers beyond ``n`` after which the interval would end at the target, in two digits.

    As if the estimate stayed where it is and the interval shrank with the root of
    n, in the same design. None when the estimate is too close to the target.
    """
    reach = estimate - low if estimate > target else high - estimate
    gap = abs(estimate - target)
    if gap * math.sqrt(MOST) <= reach:
        return None
    return _in_two_digits(n * (reach / gap) ** 2 - n)


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
