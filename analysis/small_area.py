"""What the models of small areas share: checked input, the top of a likelihood, limits."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from analysis.cells import Floats
from analysis.errors import NotConverged, NotFinite, ShapesDisagree, SingularCovariates

DEPENDENT = 1e-10  # a smaller share of the largest singular value is rounding
SCAN = 100  # points between which a likelihood is taken to have one top at most
STEPS = 200  # of the search of a root; halving alone would take about 60

Function = Callable[[float], float]


def checked(name: str, values: ArrayLike, shape: tuple[int | None, ...]) -> Floats:
    """The values as floats of this shape; None stands for any length above 0.

    Raises
    ------
    ShapesDisagree
        Another number of dimensions, or another length.
    NotFinite
        A value is nan or infinite.
    """
    array = np.asarray(values, float)
    lengths = zip(array.shape, shape, strict=False)
    if array.ndim != len(shape) or any(
        found != wanted if wanted is not None else not found for found, wanted in lengths
    ):
        raise ShapesDisagree(name, array.shape, shape)
    if not np.isfinite(array).all():
        raise NotFinite(name)
    return array


def require_independent(covariates: Floats) -> None:
    """Refuse covariates, shape (K, p), that depend on each other, in whatever units they are.

    Raises
    ------
    SingularCovariates
        One is zero throughout or a combination of the others.
    """
    length = np.sqrt((covariates**2).sum(axis=0))
    if not length.all():
        raise SingularCovariates
    sizes = np.linalg.svd(covariates / length, compute_uv=False)
    if covariates.shape[0] < covariates.shape[1] or sizes[-1] < DEPENDENT * sizes[0]:
        raise SingularCovariates


def scan(first: float, last: float) -> Floats:
    """0 and then even steps of the logarithm from ``first`` to ``last`` or twice ``first``."""
    return np.concatenate(([0.0], np.geomspace(first, max(last, 2 * first), SCAN)))


def root(slope: Function, low: float, high: float) -> float:
    """Where ``slope`` passes from above to below 0, to the last digits.

    Raises
    ------
    NotConverged
    """
    try:
        found = optimize.brentq(slope, low, high, xtol=1e-15 * high, rtol=1e-14, maxiter=STEPS)
    except RuntimeError as error:
        raise NotConverged("the search of a root", STEPS) from error
    return float(found)


def highest(height: Function, slope: Function, points: Floats) -> float:
    """The argument of the highest top of ``height``, which may lie at the first point.

    Parameters
    ----------
    height, slope
        A smooth function and its derivative.
    points : float array
        Ascending. Beyond the last the function is known to fall; between two it
        is taken to have one top at most.

    Raises
    ------
    NotConverged
        It still rises at the last point.

    Notes
    -----
    A likelihood of a variance may have several tops, and one at 0 beside another
    (Rao and Molina 2015, 5.2.4), so that an iteration from one start may miss the
    highest.
    """
    slopes = [slope(float(x)) for x in points]
    tops = [float(points[0])] if slopes[0] <= 0 else []
    for (low, rise), (high, fall) in pairwise(zip(points.tolist(), slopes, strict=True)):
        if rise > 0 >= fall:
            tops.append(root(slope, low, high))
    if not tops or slopes[-1] > 0:
        raise NotConverged("the search of a maximum", len(points))
    return max(tops, key=height)


def normal_limits(estimate: Floats, mse: Floats, level: float) -> tuple[Floats, Floats]:
    """Low and high limits ``estimate -+ z sqrt(mse)``, both of shape (K,).

    They hold if the model does, and on average over the areas rather than for
    each; those of a rate are not cut at 0 and 1.
    """
    step = special.ndtri(0.5 + level / 2) * np.sqrt(mse)
    return estimate - step, estimate + step
