"""Tail probabilities of sums of chi-squares with unequal coefficients."""

from dataclasses import dataclass
from math import exp, floor, inf, log, pi, sqrt

import numpy as np
from scipy import optimize, special

from analysis.cells import Floats
from analysis.errors import DesignFaulty, NotConverged
from analysis.stops import Stop, zero

TOO_CENTRAL = 1e-4  # scaled saddlepoints nearer to 0 give no approximation, as in R survey
SETTLED = 1e-12  # relative change of a quadrature at which it ends
REACH = 40.0  # of the quadrature: its integrand falls at least as exp(-v), to below 1e-17
MOST_POINTS = 2**17
NEAR_POLE = 0.99999  # of the way to a pole, where R begins to look for the saddlepoint
R_TOLERANCE = 1e-8


def saddlepoint_tail(
    x: float, coefficients: Floats, ddf: float, *, stop: Stop = Stop.CONVERGED
) -> float:
    """About the probability that ``mixture_tail`` computes.

    Near the middle of the distribution, where the approximation is not defined, it is
    Satterthwaite's.

    Notes
    -----
    Kuonen (1999) after Barndorff-Nielsen (1990), with ``ddf`` cut to a whole number.
    """
    if x <= 0:
        return 1.0
    whole = floor(ddf)
    if whole < 1:
        raise DesignFaulty("no degrees of freedom are left")
    form = _Form(np.append(coefficients, -x / ddf), np.append(np.ones(coefficients.size), whole))
    zeta = form.saddlepoint(stop)
    if abs(zeta) * coefficients.max() < TOO_CENTRAL:
        df = coefficients.sum() ** 2 / (coefficients**2).sum()
        return float(special.fdtrc(df, ddf, x / coefficients.sum()))
    w = float(np.sign(zeta)) * sqrt(-2 * form.cumulant(zeta))
    v = zeta * sqrt(form.curvature(zeta))
    return float(special.ndtr(-(w + log(v / w) / w)))


def mixture_tail(x: float, coefficients: Floats, ddf: float) -> float:
    """Probability that a sum of chi-squares over another is above ``x``.

    The sum is that of ``coefficients`` (none negative, not all 0) times independent
    chi-squares of one degree of freedom each, the other a chi-square over its
    ``ddf`` degrees of freedom, which need not be whole.

    Raises
    ------
    NotConverged
        The quadrature did not settle.

    Notes
    -----
    Inversion of the characteristic function (Imhof 1961, Davies 1980) along the line
    through the saddlepoint (Helstrom 1983), where the integrand has one hump, so
    that small probabilities keep their digits; trapezoids in ``asinh`` of the distance.
    """
    if x <= 0:
        return 1.0
    form = _Form(np.append(coefficients, -x / ddf), np.append(np.ones(coefficients.size), ddf))
    zeta = form.saddlepoint()
    away = 0.1 * min(0.5 / float(coefficients.max()), 0.5 * ddf / x)  # from the pole at 0
    center = max(zeta, away) if zeta >= 0 else min(zeta, -away)
    part = form.integral(center)
    return part if center > 0 else 1 + part


@dataclass(frozen=True, slots=True)
class _Form:
    """Sum of ``scale`` times chi-squares of ``df`` degrees of freedom, compared with 0."""

    scale: Floats
    df: Floats

    def cumulant(self, at: float) -> float:
        return float(-0.5 * self.df @ np.log1p(-2 * at * self.scale))

    def slope(self, at: float) -> float:
        return float(self.df @ (self.scale / (1 - 2 * at * self.scale)))

    def curvature(self, at: float) -> float:
        return float(2 * self.df @ (self.scale / (1 - 2 * at * self.scale)) ** 2)

    def saddlepoint(self, stop: Stop = Stop.CONVERGED) -> float:
        """Where the slope of the cumulants is 0, between their two poles."""
        low, high = 0.5 / float(self.scale.min()), 0.5 / float(self.scale.max())
        if stop is Stop.AS_R:
            top = float(self.scale.max())
            ends = (low * top * NEAR_POLE, high * top * NEAR_POLE)
            return zero(lambda at: self.slope(at / top), *ends, R_TOLERANCE) / top
        edge, fine = 1e-12, 1e-16 * (high - low)  # at 0 no relative tolerance is ever met
        return float(
            optimize.brentq(self.slope, low * (1 - edge), high * (1 - edge), xtol=fine, rtol=1e-15)
        )

    def integral(self, center: float) -> float:
        """Of exp(K(s))/s along the line through ``center``, over 2 pi i."""
        spread, top = 1 / sqrt(self.curvature(center)), self.cumulant(center)
        points, before = 2**9, inf
        while points <= MOST_POINTS:
            v = np.linspace(0, REACH, points + 1)
            s = center + 1j * spread * np.sinh(v)
            cumulants = -0.5 * np.log(1 - 2 * s[:, None] * self.scale) @ self.df
            height = (np.exp(cumulants - top) / s * spread * np.cosh(v)).real
            height[0] /= 2
            found = float(height.sum()) * (REACH / points)
            if abs(found - before) <= SETTLED * abs(found):
                return found * exp(top) / pi
            points, before = points * 2, found
        raise NotConverged("the distribution of a sum of chi-squares", MOST_POINTS)
