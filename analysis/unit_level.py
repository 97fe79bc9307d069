"""Battese-Harter-Fuller: means of areas from respondents and the covariates' known means."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.cells import Floats, Ints
from analysis.errors import (
    NotFinite,
    PopulationsTooSmall,
    ShapesDisagree,
    UnknownAreas,
    VariancesNotApart,
)
from analysis.small_area import checked, highest, normal_limits, require_independent, scan

FLAT = 1e-3  # of the least curvature of the likelihood: below it, it is a line
NO_SPREAD = 1e-12  # residuals that are a smaller share of the values are rounding
NO_AREA = 1e-9  # an area of which the covariates leave a smaller share says nothing of its own


@dataclass(frozen=True, slots=True)
class UnitEblups:
    """Predicted population means of the areas under ``y = x beta + v + e``.

    Attributes
    ----------
    eblup : float array, shape (K,)
        The respondents' own part as observed, the rest predicted.
    mse : float array, shape (K,)
        Estimated mean squared error under the model; 0 where all were asked.
    gamma : float array, shape (K,)
        Weight of the area's own residuals; 0 in an area without a respondent.
    area_variance, error_variance : float
        Variances of v, exactly 0 where areas differ no more than by chance (then
        gamma is 0 and the rest of each area is the value of the regression), and
        of e, above 0.
    beta, se_beta : float arrays, shape (p,)
        Coefficients and their standard errors, the variances taken as known.
    """

    eblup: Floats
    mse: Floats
    gamma: Floats
    area_variance: float
    error_variance: float
    beta: Floats
    se_beta: Floats

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Low and high limits of the model-based interval, see ``normal_limits``."""
        return normal_limits(self.eblup, self.mse, level)


@dataclass(frozen=True, slots=True)
class _Units:
    """Respondents and populations; ``means`` and ``sizes`` are those of the population."""

    y: Floats
    x: Floats
    area: Ints
    means: Floats
    sizes: Floats

    @property
    def asked(self) -> Floats:
        """Respondents of each area, shape (K,)."""
        return np.bincount(self.area, minlength=self.sizes.size).astype(float)

    def sums(self, values: Floats) -> Floats:
        """Sums by area of values by respondent, shape (K,) or (K, columns)."""
        found = np.zeros((self.sizes.size, *values.shape[1:]))
        np.add.at(found, self.area, values)
        return found

    def averages(self, values: Floats) -> Floats:
        """Means by area, 0 where nobody was asked."""
        return (self.sums(values).T / np.maximum(self.asked, 1)).T


@dataclass(frozen=True, slots=True)
class _Spectrum:
    """The restricted likelihood of the ratio of the variances.

    In orthogonal directions free of the covariates, y has the variance
    ``error_variance * (1 + ratio * size)``.

    Attributes
    ----------
    size, square : float arrays, shape (R,)
        Of each direction that differs between areas: ``size``, and y there, squared.
    rest : float
        Sum of squares in all directions with a size of 0.
    spare : int
        Number of directions, those of size 0 included.
    """

    size: Floats
    square: Floats
    rest: float
    spare: int

    def squares(self, ratio: float) -> float:
        return self.rest + float((self.square / (1 + ratio * self.size)).sum())

    def error_variance(self, ratio: float) -> float:
        return self.squares(ratio) / self.spare

    def height(self, ratio: float) -> float:
        spread = float(np.log1p(ratio * self.size).sum())
        return -0.5 * (spread + self.spare * float(np.log(self.squares(ratio))))

    def slope(self, ratio: float) -> float:
        share = self.size / (1 + ratio * self.size)
        fall = float((self.square * share / (1 + ratio * self.size)).sum())
        return 0.5 * (self.spare * fall / self.squares(ratio) - float(share.sum()))

    def last(self) -> float:
        """A ratio beyond which the likelihood falls.

        Notes
        -----
        As ``size / (1 + ratio size)^2 <= 1 / (ratio^2 size)``, the slope is negative
        where ``R least rest ratio^2 > b (1 + ratio least)``.
        """
        least = float(self.size.min())
        a = self.size.size * least * self.rest
        b = self.spare * float((self.square / self.size).sum())
        return (b * least + float(np.sqrt((b * least) ** 2 + 4 * a * b))) / (2 * a)


def unit_eblup(
    y: ArrayLike,
    covariates: ArrayLike,
    area: Ints,
    population_means: ArrayLike,
    population_sizes: ArrayLike,
) -> UnitEblups:
    """EBLUP of the population mean of each area, the variances by REML.

    Parameters
    ----------
    y : float array, shape (n,)
        Answers, unweighted.
    covariates : float array, shape (n, p)
        Of the respondents, with a column of ones for the constant.
    area : int array, shape (n,)
        The respondent's area as a row of the populations. An area may be without
        respondents; its value is then that of the regression.
    population_means : float array, shape (K, p)
        Means of the covariates over all residents.
    population_sizes : float array, shape (K,)
        Residents, at least as many as respondents.

    Raises
    ------
    ShapesDisagree, NotFinite, SingularCovariates
    UnknownAreas
        A respondent's area is no row of the populations.
    PopulationsTooSmall
    VariancesNotApart
        No area has two respondents, the covariates determine the areas or the
        answers, or only one area was asked.
    NotConverged

    Notes
    -----
    Battese, Harter and Fuller (1988), with the finite population of Rao and Molina
    (2015, 7.1) as R sae 1.3 ``eblupBHF`` has it; the respondents' answers stand for
    themselves. The mean squared error is that of Prasad and Rao (1990) and Datta
    and Lahiri (2000) with the information of the likelihood (Rao and Molina
    7.2.12, 7.2.28). REML is maximised over the ratio of the variances alone.
    """
    units = _checked(y, covariates, area, population_means, population_sizes)
    spectrum = _spectrum(units)
    points = scan(FLAT / float(spectrum.size.max()), 2 * spectrum.last())
    ratio = highest(spectrum.height, spectrum.slope, points)
    return _predict(units, ratio, spectrum.error_variance(ratio))


def _checked(
    y: ArrayLike, covariates: ArrayLike, area: Ints, means: ArrayLike, sizes: ArrayLike
) -> _Units:
    values = checked("y", y, (None,))
    x = checked("covariates", covariates, (values.size, None))
    residents = checked("population_sizes", sizes, (None,))
    known = checked("population_means", means, (residents.size, x.shape[1]))
    places = np.asarray(area)
    if places.shape != values.shape:
        raise ShapesDisagree("area", places.shape, values.shape)
    if places.dtype.kind not in "iu":
        raise NotFinite("area")
    unknown = np.unique(places[(places < 0) | (places >= residents.size)])
    if unknown.size:
        raise UnknownAreas(unknown.tolist())
    units = _Units(values, x, places.astype(np.int64), known, residents)
    small = (residents < units.asked) | (residents <= 0)
    if small.any():
        raise PopulationsTooSmall(np.flatnonzero(small).tolist())
    require_independent(x)
    return units


def _spectrum(units: _Units) -> _Spectrum:
    """Split what the covariates leave of y into directions between and within areas."""
    basis = np.linalg.qr(units.x)[0]

    def without(values: Floats) -> Floats:
        return np.asarray(values - basis @ (basis.T @ values), float)

    shared = units.sums(basis)
    sizes, axes = np.linalg.eigh(np.diag(units.asked) - shared @ shared.T)
    own = sizes > NO_AREA * units.asked.max()
    sizes, axes = sizes[own], axes[:, own]
    residual = without(units.y)
    along = axes.T @ units.sums(residual)
    within = residual - without((axes @ (along / sizes))[units.area])
    rest, spare = float(within @ within), units.y.size - basis.shape[1]
    if not sizes.size:
        raise VariancesNotApart("the covariates determine the areas")
    if spare == sizes.size:
        raise VariancesNotApart("no respondents are left to differ within areas")
    if rest <= NO_SPREAD**2 * float(units.y @ units.y):
        raise VariancesNotApart("nobody differs within an area")
    return _Spectrum(sizes, along**2 / sizes, rest, spare)


def _predict(units: _Units, ratio: float, error_variance: float) -> UnitEblups:
    n, size = units.asked, units.sizes
    apart = 1 / (1 + n * ratio)  # 1 - gamma, with all its digits
    gamma = n * ratio * apart
    beta, root = _fixed(units, apart)
    own = units.averages(units.x)
    fraction, unseen = n / size, 1 - n / size
    # Where all were asked nothing is left to predict, whatever the means given.
    rest = np.where(unseen[:, None] > 0, units.means - fraction[:, None] * own, 0.0)
    mean = units.averages(units.y)
    residual = gamma * (mean - own @ beta)
    blup_rows = (rest - (unseen * gamma)[:, None] * own) @ root
    area_variance = ratio * error_variance
    g1 = apart * area_variance
    g2 = error_variance * (blup_rows**2).sum(axis=1)  # already times unseen squared
    g3 = _variance_cost(n, area_variance, error_variance)
    return UnitEblups(
        eblup=fraction * mean + rest @ beta + unseen * residual,
        mse=unseen**2 * (g1 + 2 * g3) + g2 + unseen * error_variance / size,
        gamma=gamma,
        area_variance=area_variance,
        error_variance=error_variance,
        beta=beta,
        se_beta=np.sqrt(error_variance * (root**2).sum(axis=1)),
    )


def _fixed(units: _Units, apart: Floats) -> tuple[Floats, Floats]:
    """Generalised least squares: beta, and a root of its covariance over the error variance.

    Notes
    -----
    Fuller and Battese (1973): taking off a part ``1 - sqrt(apart)`` of the area
    means leaves values with equal variances and no correlation.
    """
    part = (1 - np.sqrt(apart))[units.area]
    y = units.y - part * units.averages(units.y)[units.area]
    x = units.x - part[:, None] * units.averages(units.x)[units.area]
    basis, triangle = np.linalg.qr(x)
    root = np.linalg.inv(triangle)
    return root @ (basis.T @ y), np.asarray(root, float)


def _variance_cost(n: Floats, area_variance: float, error_variance: float) -> Floats:
    """g3: what estimating the variances adds to the mean squared error, shape (K,).

    ``n / alpha^3`` times the variance of ``error_variance * a - area_variance * e``,
    a and e the estimated variances and alpha = error_variance + n area_variance.
    """
    alpha = error_variance + n * area_variance
    between = 0.5 * float((n**2 / alpha**2).sum())
    both = 0.5 * float((n / alpha**2).sum())
    # An area without respondents adds 0, its alpha being the error variance.
    within = 0.5 * float(((n - 1) / error_variance**2 + 1 / alpha**2).sum())
    spread = error_variance**2 * within + area_variance**2 * between
    spread += 2 * error_variance * area_variance * both
    return np.asarray(n / alpha**3 * spread / (between * within - both**2), float)
