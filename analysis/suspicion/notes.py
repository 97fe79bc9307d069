"""What is noted on a response by itself; none of it holds a response."""

import numpy as np
from scipy import stats

from analysis.cells import Floats
from analysis.suspicion.batch import Bools
from analysis.suspicion.seen import Seen

LEAST_BLOCK = 4  # questions asked of a block
RARE_HOUR = 0.002  # of a point's answers
LEVEL = 0.001  # of a false burst in the whole batch
VARIED = 4.0  # shape of the gamma by which days of a point differ


def straight_lines(seen: Seen) -> Bools:
    """Whether a block of four questions or more, all on one scale, has one answer only."""
    found = np.zeros(len(seen), bool)
    for block in seen.batch.blocks:
        answers = seen.batch.answers[:, list(block)]
        asked = answers != -1
        highest = np.where(asked, answers, answers.max()).min(axis=1)
        same = (~asked | (answers == highest[:, None])).all(axis=1)
        found |= same & (asked.sum(axis=1) >= LEAST_BLOCK)
    return found


def rare_hours(seen: Seen) -> Bools:
    """Whether people hardly ever answer at that hour at the point, by its history."""
    return np.asarray(seen.log_hour < np.log(RARE_HOUR))


def bursts(seen: Seen) -> tuple[Bools, Floats, Floats]:
    """Whether an hour has more answers at its point than its history and its week explain.

    Expected are the point's answers of the batch, spread over days alike and over hours as
    usual; counts are negative binomial, as days differ by a gamma of shape 4. Bonferroni
    over the hours that have answers. Also the count and what was expected, by response.
    """
    hours = seen.cell * 24 + seen.hour
    place, count = np.unique(hours, return_inverse=True, return_counts=True)[1:]
    of_point = np.bincount(seen.point, minlength=seen.points)[seen.point]
    expected = of_point / seen.days * np.exp(seen.log_hour)
    found = count[place].astype(float)
    p = stats.nbinom.sf(found - 1, VARIED, VARIED / (VARIED + expected))
    return np.asarray(p * count.size < LEVEL), found, expected
