"""Fay-Herriot: direct estimates of areas strengthened by a regression on known covariates."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from analysis.cells import Floats
from analysis.errors import MseNotPositive, NotConverged, TooFewAreas, VariancesNotPositive
from analysis.small_area import (
    checked,
    highest,
    normal_limits,
    require_independent,
    root,
    scan,
)

FLAT = 1e-3  # of the least sampling variance: below it a likelihood is a line
STEP = 0.5  # first step of the quadrature, on the logarithm of the area variance
NEGLIGIBLE = 46.0  # exp(-46) = 1e-20: the logarithm of what a quadrature may leave out
HALVINGS = 8
AGREEMENT = 1e-9  # of two quadratures, in posterior standard deviations and variances


class FitMethod(StrEnum):
    """How the area variance is estimated."""

    REML = "REML"
    ML = "ML"
    FH = "FH"  # the moments of Fay and Herriot


@dataclass(frozen=True, slots=True)
class AreaEblups:
    """Empirical best linear unbiased predictions under ``direct = X beta + v + e``.

    Attributes
    ----------
    eblup : float array, shape (K,)
        ``gamma`` times the direct estimate plus ``1 - gamma`` times the regression.
    mse : float array, shape (K,)
        Estimated mean squared error under the model, above 0.
    gamma : float array, shape (K,)
        Weight of the direct estimate, ``area_variance / (area_variance + variance)``.
    area_variance : float
        Variance of ``v``; exactly 0 where the sampling variances explain all the
        spread around the regression. Then gamma is 0, every ``eblup`` is the value
        of the regression, and ``mse`` remains an estimate above 0.
    beta, se_beta : float arrays, shape (p,)
        Coefficients and their standard errors, ``area_variance`` taken as known.
    """

    eblup: Floats
    mse: Floats
    gamma: Floats
    area_variance: float
    beta: Floats
    se_beta: Floats
    method: FitMethod

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Low and high limits of the model-based interval, see ``normal_limits``."""
        return normal_limits(self.eblup, self.mse, level)


@dataclass(frozen=True, slots=True)
class AreaPosterior:
    """What is known of the areas after the data, under flat priors.

    Attributes
    ----------
    mean, variance : float arrays, shape (K,)
        Of the area's true value.
    gamma : float array, shape (K,)
        Posterior mean of the weight of the direct estimate.
    """

    mean: Floats
    variance: Floats
    gamma: Floats

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Low and high limits of the normal distribution with this mean and variance."""
        return normal_limits(self.mean, self.variance, level)


@dataclass(frozen=True, slots=True)
class _Areas:
    direct: Floats
    variance: Floats
    covariates: Floats

    @classmethod
    def checked(
        cls, direct: ArrayLike, variance: ArrayLike, covariates: ArrayLike, *, spare: int
    ) -> "_Areas":
        """The input, or why it is refused; ``spare`` is how many areas beyond the covariates."""
        y = checked("direct", direct, (None,))
        psi = checked("variance", variance, (y.size,))
        x = checked("covariates", covariates, (y.size, None))
        if (psi <= 0).any():
            raise VariancesNotPositive(np.flatnonzero(psi <= 0).tolist())
        if y.size < x.shape[1] + spare:
            raise TooFewAreas(y.size, x.shape[1] + spare)
        require_independent(x)
        return cls(y, psi, x)

    @property
    def spare(self) -> int:
        """Areas beyond the covariates: the degrees of freedom of the residuals."""
        return int(self.direct.size - self.covariates.shape[1])

    def residual_squares(self) -> float:
        """Sum of squares around the unweighted regression."""
        basis = np.linalg.qr(self.covariates)[0]
        residual = self.direct - basis @ (basis.T @ self.direct)
        return float(residual @ residual)

    def at(self, area_variance: float) -> "_Given":
        """Weighted least squares with the weights ``1 / (area_variance + variance)``."""
        w = 1 / (area_variance + self.variance)
        scale = np.sqrt(w)
        basis, triangle = np.linalg.qr(self.covariates * scale[:, None])
        # scipy's solve_triangular starts threads for a few numbers: 100 times slower when busy
        inverse = np.linalg.inv(triangle)
        beta = inverse @ (basis.T @ (self.direct * scale))
        return _Given(
            w=w,
            gamma=area_variance * w,
            rest=self.variance * w,
            leverage=(basis**2).sum(axis=1),
            beta=beta,
            var_beta=(inverse**2).sum(axis=1),
            log_det=-2 * float(np.log(np.abs(triangle.diagonal())).sum()),
            residual=self.direct - self.covariates @ beta,
        )


@dataclass(frozen=True, slots=True)
class _Given:
    """The regression for one value of the area variance.

    ``rest`` is 1 - gamma, with all its digits; ``leverage`` is the diagonal of the
    hat matrix, w_i x_i' Q x_i with Q = (X'WX)^-1; ``log_det`` is the logarithm of
    the determinant of Q.
    """

    w: Floats
    gamma: Floats
    rest: Floats
    leverage: Floats
    beta: Floats
    var_beta: Floats
    log_det: float
    residual: Floats

    @property
    def squares(self) -> float:
        return float(self.w @ self.residual**2)

    @property
    def pull(self) -> Floats:
        """From the direct estimate towards the regression."""
        return -self.rest * self.residual

    @property
    def known_mse(self) -> Floats:
        """g1 + g2: the mean squared error if the area variance were known."""
        return (self.gamma * self.rest + self.rest**2 * self.leverage) / self.w

    @property
    def ml(self) -> float:
        return 0.5 * float(np.log(self.w).sum() - self.squares)

    @property
    def ml_slope(self) -> float:
        return 0.5 * float((self.w * self.residual) @ (self.w * self.residual) - self.w.sum())

    @property
    def reml(self) -> float:
        return self.ml + 0.5 * self.log_det

    @property
    def reml_slope(self) -> float:
        return self.ml_slope + 0.5 * float(self.w @ self.leverage)


def fay_herriot(
    direct: ArrayLike,
    variance: ArrayLike,
    covariates: ArrayLike,
    method: FitMethod = FitMethod.REML,
) -> AreaEblups:
    """EBLUP of each area from its direct estimate, sampling variance and covariates.

    Parameters
    ----------
    direct : float array, shape (K,)
        Direct estimates, for example rates in [0, 1].
    variance : float array, shape (K,)
        Their sampling variances, taken as known, in squared units of ``direct``.
        A rate of 0 or 1 has none and must be left out or given a smoothed one.
    covariates : float array, shape (K, p)
        Known without error, with a column of ones for the constant.

    Raises
    ------
    ShapesDisagree, NotFinite
    VariancesNotPositive
        A sampling variance is 0 or below.
    TooFewAreas
        K < p + 1.
    SingularCovariates
    MseNotPositive
        The correction for bias of ``ML`` or ``FH`` exceeds the rest in an area; it
        can with ``FH`` and very unequal variances. ``REML`` has none.
    NotConverged

    Notes
    -----
    Fay and Herriot (1979); the mean squared error g1 + g2 + 2 g3 with the
    correction of each method by Prasad and Rao (1990), Datta and Lahiri (2000) and
    Datta, Rao and Smith (2005), as R sae 1.3 has it. The area variance is the
    highest point of the likelihood above or at 0, not the end of an iteration.
    """
    method = FitMethod(method)  # a plain text would pass for REML below
    areas = _Areas.checked(direct, variance, covariates, spare=1)
    area_variance = _area_variance(areas, method)
    given = areas.at(area_variance)
    return AreaEblups(
        eblup=areas.direct + given.pull,
        mse=_mse(given, method),
        gamma=given.gamma,
        area_variance=area_variance,
        beta=given.beta,
        se_beta=np.sqrt(given.var_beta),
        method=method,
    )


def _area_variance(areas: _Areas, method: FitMethod) -> float:
    squares, spare = areas.residual_squares(), areas.spare
    mean = squares / spare
    first = FLAT * float(areas.variance.min())
    if method is FitMethod.FH:
        return _moments(areas, max(2 * mean, first))
    # At a larger variance both scores are negative, as RSS (A + max psi) < (K - p) A^2 there.
    last = mean / 2 + np.sqrt(mean**2 / 4 + mean * areas.variance.max())
    height, slope = _likelihood(areas, method)
    return highest(height, slope, scan(first, 2 * float(last)))


def _likelihood(
    areas: _Areas, method: FitMethod
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    if method is FitMethod.ML:
        return lambda a: areas.at(a).ml, lambda a: areas.at(a).ml_slope
    return lambda a: areas.at(a).reml, lambda a: areas.at(a).reml_slope


def _moments(areas: _Areas, last: float) -> float:
    """Where the weighted residual squares, which fall with the variance, are K - p."""

    def excess(area_variance: float) -> float:
        return areas.at(area_variance).squares - areas.spare

    return root(excess, 0.0, last) if excess(0.0) > 0 else 0.0


def _mse(given: _Given, method: FitMethod) -> Floats:
    """g1 + g2 + 2 g3 - bias (1 - gamma)^2, the bias that of the area variance."""
    first, second, size = float(given.w.sum()), float(given.w @ given.w), given.w.size
    spread, bias = 2 / second, 0.0
    if method is FitMethod.ML:
        bias = -float(given.w @ given.leverage) / second
    if method is FitMethod.FH:
        spread = 2 * size / first**2
        bias = 2 * (size * second - first**2) / first**3
    g3 = given.rest**2 * given.w * spread
    mse = given.known_mse + 2 * g3 - bias * given.rest**2
    if (mse <= 0).any():
        raise MseNotPositive(np.flatnonzero(mse <= 0).tolist())
    return np.asarray(mse, float)


def fay_herriot_hb(direct: ArrayLike, variance: ArrayLike, covariates: ArrayLike) -> AreaPosterior:
    """Posterior mean and variance of each area, flat priors on beta and the area variance.

    Parameters
    ----------
    direct, variance, covariates
        As for ``fay_herriot``.

    Raises
    ------
    ShapesDisagree, NotFinite, VariancesNotPositive, SingularCovariates
        As for ``fay_herriot``.
    TooFewAreas
        K < p + 3: the posterior would not be a distribution.
    NotConverged
        Halving the step of the quadrature still changes the result.

    Notes
    -----
    Rao and Molina (2015, 10.3); R hbsae 1.2 ``fSAE.Area`` takes the variance within
    areas as 1 and a flat prior on the ratio of the variances, which is a flat prior
    on the area variance A. Given A the posterior is normal, and the density of A
    is the restricted likelihood. Nothing is said of beta, whose variance is not
    finite with K = p + 3 or p + 4. The trapezoidal rule on log A has an error that
    falls exponentially with 1 / step, the integrand being smooth and vanishing
    at both ends.
    """
    areas = _Areas.checked(direct, variance, covariates, spare=3)
    step = STEP
    logs = _range(areas, step)
    points = _Points.of(areas, logs)
    found = points.moments(areas.direct)
    for _ in range(HALVINGS):
        points = points.joined(_Points.of(areas, logs[:-1] + step / 2))
        logs, step = np.arange(2 * logs.size - 1) * (step / 2) + logs[0], step / 2
        coarse, found = found, points.moments(areas.direct)
        if _agree(found, coarse):
            return found
    raise NotConverged("the quadrature of the posterior", HALVINGS)


def _agree(one: AreaPosterior, other: AreaPosterior) -> bool:
    apart = np.abs(one.mean - other.mean) / np.sqrt(other.variance)
    ratio = np.abs(one.variance / other.variance - 1)
    return bool(max(apart.max(), ratio.max()) <= AGREEMENT)


@dataclass(frozen=True, slots=True)
class _Points:
    """Values of log A with the log density there and the moments that A gives, row by row."""

    log_density: Floats
    pull: Floats
    variance: Floats
    gamma: Floats

    @classmethod
    def of(cls, areas: _Areas, logs: Floats) -> "_Points":
        given = [areas.at(float(np.exp(log))) for log in logs]
        return cls(
            log_density=np.array([one.reml for one in given]) + logs,
            pull=np.array([one.pull for one in given]),
            variance=np.array([one.known_mse for one in given]),
            gamma=np.array([one.gamma for one in given]),
        )

    def joined(self, other: "_Points") -> "_Points":
        return _Points(
            np.append(self.log_density, other.log_density),
            np.concatenate((self.pull, other.pull)),
            np.concatenate((self.variance, other.variance)),
            np.concatenate((self.gamma, other.gamma)),
        )

    def moments(self, direct: Floats) -> AreaPosterior:
        mass = np.exp(self.log_density - self.log_density.max())
        mass /= mass.sum()
        pull = mass @ self.pull
        variance = mass @ (self.variance + (self.pull - pull) ** 2)
        return AreaPosterior(direct + pull, variance, mass @ self.gamma)


def _range(areas: _Areas, step: float) -> Floats:
    """Values of log A, one step apart, outside of which the density is negligible."""
    mean = areas.residual_squares() / areas.spare
    # A density falls as A^(1 - (K - p) / 2) on the right and, on this scale, as A on the left.
    tail = NEGLIGIBLE / min(1.0, areas.spare / 2 - 1)
    low = np.log(areas.variance.min()) - NEGLIGIBLE
    high = np.log(max(areas.variance.max(), mean)) + tail
    logs = np.arange(low, high + step, step)
    density = np.array([areas.at(float(np.exp(log))).reml for log in logs]) + logs
    wanted = np.flatnonzero(density > density.max() - NEGLIGIBLE)
    return np.asarray(logs[max(wanted[0] - 1, 0) : wanted[-1] + 2], float)
