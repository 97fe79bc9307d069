"""Fay-Herriot and its hierarchical form: algebra, optimality, simulation, nlme."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from analysis import area_level
from analysis.area_level import FitMethod, fay_herriot, fay_herriot_hb
from analysis.errors import (
    MseNotPositive,
    NotConverged,
    NotFinite,
    ShapesDisagree,
    SingularCovariates,
    TooFewAreas,
    VariancesNotPositive,
)

METHODS = list(FitMethod)
# Our own numbers, of areas that differ much and of areas that hardly differ.
APART = np.array([6.2, 12.4, 7.9, 11.1, 12.8, 5.1, 15.9, 8.3, 9.6, 15.2])
ALIKE = np.array([8.2, 9.9, 7.1, 12.4, 10.8, 6.3, 14.2, 11.1, 9.0, 13.5])
VARIANCE = np.array([0.5, 1.2, 0.8, 2.5, 0.3, 0.9, 1.6, 0.7, 1.1, 2.0])
X = np.column_stack([np.ones(10), [1, 2, 1, 4, 3, 1, 5, 3, 2, 4]])


def hat(x, w):
    """Of the weighted regression: (X'WX)^-1 X'W, and (X'WX)^-1."""
    inverse = np.linalg.inv(x.T @ (x * w[:, None]))
    return inverse @ (x.T * w), inverse


def log_likelihood(area_variance, direct, variance, x, *, restricted):
    """Of the normal distribution, with the full matrices."""
    v = np.diag(area_variance + variance)
    beta = hat(x, 1 / v.diagonal())[0] @ direct
    found = stats.multivariate_normal(x @ beta, v).logpdf(direct)
    if restricted:
        found -= np.linalg.slogdet(x.T @ np.linalg.inv(v) @ x)[1] / 2
    return found


def test_maximum_likelihood_is_that_of_nlme():
    # lme(d ~ z, random = ~1 | a, weights = varFixed(~D), method = "ML",
    #     control = lmeControl(sigma = 1)), R nlme 3.1-162; its REML with a fixed sigma is not
    # the maximum of the restricted likelihood, which the next test holds ours to
    found = fay_herriot(APART, VARIANCE, X, FitMethod.ML)
    assert found.area_variance == pytest.approx(2.4604117543079824, rel=1e-7)
    assert found.beta == pytest.approx([4.7676328549690972, 2.1892811295092942], rel=1e-8)
    assert found.eblup[:3] == pytest.approx(
        [6.3278393087341538, 11.3332987310459146, 7.6685970762985960], rel=1e-8
    )


@pytest.mark.parametrize("method", [FitMethod.REML, FitMethod.ML])
def test_the_likelihood_is_highest_at_the_area_variance(method):
    found = fay_herriot(APART, VARIANCE, X, method).area_variance

    def height(a):
        restricted = method is FitMethod.REML
        return log_likelihood(a, APART, VARIANCE, X, restricted=restricted)

    slope = (height(found + 1e-4) - height(found - 1e-4)) / 2e-4
    assert slope == pytest.approx(0, abs=1e-8)
    assert height(found) > max(height(a) for a in np.linspace(0, 20, 200))


def test_the_moments_of_fay_and_herriot_are_met():
    found = fay_herriot(APART, VARIANCE, X, FitMethod.FH)
    w = 1 / (found.area_variance + VARIANCE)
    assert w @ (APART - X @ found.beta) ** 2 == pytest.approx(10 - 2, rel=1e-12)


def test_of_two_tops_of_the_likelihood_the_higher_is_taken():
    direct = np.array([-3.55, 0.08, -2.12, -1.05, -0.21, -0.78])
    variance = np.array([10.94, 0.498, 0.173, 8.408, 0.103, 0.002])
    x = np.ones((6, 1))

    def height(a):
        return log_likelihood(a, direct, variance, x, restricted=False)

    assert height(0) > height(1e-6)  # 0 is a top too
    found = fay_herriot(direct, variance, x, FitMethod.ML).area_variance
    assert found > 0.1
    assert height(found) > height(0)


@pytest.mark.parametrize("method", METHODS)
def test_with_equal_variances_all_is_in_closed_form(method):
    psi, size = 0.7, 10
    found = fay_herriot(APART, np.full(size, psi), X, method)
    to_beta, inverse = hat(X, np.ones(size))
    fitted = X @ (to_beta @ APART)
    squares = float(((APART - fitted) ** 2).sum())
    area_variance = squares / (size if method is FitMethod.ML else size - 2) - psi
    gamma = area_variance / (area_variance + psi)
    leverage = np.einsum("ij,jk,ik->i", X, inverse, X)
    assert found.area_variance == pytest.approx(area_variance, rel=1e-11)
    assert found.gamma == pytest.approx(np.full(size, gamma))
    assert found.beta == pytest.approx(to_beta @ APART)
    assert found.se_beta == pytest.approx(np.sqrt((area_variance + psi) * inverse.diagonal()))
    assert found.eblup == pytest.approx(gamma * APART + (1 - gamma) * fitted)
    g1, g2 = gamma * psi, (1 - gamma) * psi * leverage
    g3 = 2 * psi * (1 - gamma) / size
    # Only maximum likelihood is biased here, by -p/K of the total variance.
    bias = -2 / size * (area_variance + psi) if method is FitMethod.ML else 0.0
    assert found.mse == pytest.approx(g1 + g2 + 2 * g3 - bias * (1 - gamma) ** 2)


@pytest.mark.parametrize("method", METHODS)
def test_a_variance_of_nearly_nothing_leaves_the_direct_estimates(method):
    found = fay_herriot(APART, VARIANCE * 1e-10, X, method)
    assert found.eblup == pytest.approx(APART, abs=1e-8)
    assert found.mse == pytest.approx(VARIANCE * 1e-10, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_areas_that_differ_vastly_keep_their_direct_estimates(method):
    direct = APART + 1e6 * np.array([1, -1, 3, -2, 0, 2, -3, 1, 0, -1])
    found = fay_herriot(direct, VARIANCE, X, method)
    assert found.eblup == pytest.approx(direct, abs=1e-4)
    assert found.mse == pytest.approx(VARIANCE, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_areas_that_differ_by_chance_only_get_the_regression(method):
    found = fay_herriot(ALIKE, VARIANCE, X, method)
    to_beta, inverse = hat(X, 1 / VARIANCE)
    assert found.area_variance == 0
    assert found.gamma.tolist() == [0.0] * 10
    assert found.eblup == pytest.approx(X @ (to_beta @ ALIKE))
    assert found.se_beta == pytest.approx(np.sqrt(inverse.diagonal()))
    assert (found.mse > 0).all()


def test_the_mse_at_an_area_variance_of_zero():
    found = fay_herriot(ALIKE, VARIANCE, X)
    g2 = np.einsum("ij,jk,ik->i", X, hat(X, 1 / VARIANCE)[1], X)
    spread = 2 / (1 / VARIANCE**2).sum()
    assert found.mse == pytest.approx(g2 + 2 * spread / VARIANCE)


@pytest.mark.parametrize("method", METHODS)
def test_data_on_the_regression_are_returned(method):
    found = fay_herriot(X @ [2.0, 3], VARIANCE, X, method)
    assert found.area_variance == 0
    assert found.eblup == pytest.approx(X @ [2.0, 3])


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_areas_the_zero_and_the_unit_do_not_matter(method):
    order = np.random.default_rng(3).permutation(10)
    found = fay_herriot(APART, VARIANCE, X, method)
    mixed = fay_herriot(APART[order], VARIANCE[order], X[order], method)
    assert mixed.eblup == pytest.approx(found.eblup[order], rel=1e-12)
    assert mixed.mse == pytest.approx(found.mse[order], rel=1e-11)
    moved = fay_herriot(APART * 1e-3 + 5, VARIANCE * 1e-6, X * [1, 1e4], method)
    assert moved.eblup == pytest.approx(found.eblup * 1e-3 + 5, rel=1e-11)
    assert moved.mse == pytest.approx(found.mse * 1e-6, rel=1e-9)
    assert moved.area_variance == pytest.approx(found.area_variance * 1e-6, rel=1e-9)


def test_one_area_more_than_covariates_is_enough():
    found = fay_herriot(APART[:3], VARIANCE[:3], X[:3])
    assert np.isfinite(found.mse).all()
    with pytest.raises(TooFewAreas, match="2 areas, at least 3 needed"):
        fay_herriot(APART[:2], VARIANCE[:2], X[:2])


def test_a_method_may_be_named_and_no_other_passes():
    assert fay_herriot(APART, VARIANCE, X, "FH").method is FitMethod.FH
    with pytest.raises(ValueError, match="reml"):
        fay_herriot(APART, VARIANCE, X, "reml")


def test_the_limits_are_about_the_eblup():
    found = fay_herriot(APART, VARIANCE, X)
    low, high = found.limits(0.95)
    assert (low + high) / 2 == pytest.approx(found.eblup)
    assert high - low == pytest.approx(2 * 1.959963985 * np.sqrt(found.mse))


def test_a_correction_that_leaves_no_mse_is_refused():
    direct, variance = [1.65, 0.59, 0.17, 0.09, 1.0, -0.55], [7.8, 2.285, 0.039, 9.617, 3.053, 0.26]
    with pytest.raises(MseNotPositive) as caught:
        fay_herriot(direct, variance, np.ones((6, 1)), FitMethod.FH)
    assert caught.value.areas == (0, 1, 3, 4, 5)
    assert (fay_herriot(direct, variance, np.ones((6, 1))).mse > 0).all()


@pytest.mark.parametrize("estimate", [fay_herriot, fay_herriot_hb])
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"direct": APART[:, None]}, ShapesDisagree),
        ({"variance": VARIANCE[:9]}, ShapesDisagree),
        ({"covariates": X[:9]}, ShapesDisagree),
        ({"covariates": X[:, 0]}, ShapesDisagree),
        ({"covariates": X[:, :0]}, ShapesDisagree),
        ({"direct": [], "variance": [], "covariates": np.ones((0, 1))}, ShapesDisagree),
        ({"direct": np.where(APART > 15, np.nan, APART)}, NotFinite),
        ({"variance": np.where(VARIANCE > 2, np.inf, VARIANCE)}, NotFinite),
        ({"covariates": X * [1, np.nan]}, NotFinite),
        ({"covariates": np.column_stack([X, X[:, 1] - 3])}, SingularCovariates),
        ({"covariates": np.column_stack([X, np.zeros(10)])}, SingularCovariates),
        ({"covariates": np.eye(10)}, TooFewAreas),
    ],
)
def test_bad_input_is_refused_by_name(estimate, change, refusal):
    with pytest.raises(refusal):
        estimate(**{"direct": APART, "variance": VARIANCE, "covariates": X} | change)


@pytest.mark.parametrize("estimate", [fay_herriot, fay_herriot_hb])
def test_areas_without_a_sampling_variance_are_named(estimate):
    variance = VARIANCE.copy()
    variance[[2, 7]] = 0, -1
    with pytest.raises(VariancesNotPositive, match=r"areas \(2, 7\)"):
        estimate(APART, variance, X)


@pytest.mark.parametrize("method", METHODS)
def test_the_mse_and_the_limits_hold_in_a_simulation(method):
    rng = np.random.default_rng(11)
    size, rounds = 30, 300
    x = np.column_stack([np.ones(size), rng.normal(size=size)])
    variance = rng.uniform(0.5, 2, size)
    truth = x @ [3.0, 1] + rng.normal(size=(rounds, size))
    direct = truth + rng.normal(size=(rounds, size)) * np.sqrt(variance)
    found = [fay_herriot(one, variance, x, method) for one in direct]
    error = np.array([one.eblup for one in found]) - truth
    mse = np.array([one.mse for one in found])
    assert mse.mean() == pytest.approx((error**2).mean(), rel=0.05)
    assert mse.mean() < 0.75 * variance.mean()
    low, high = np.array([one.limits(0.9) for one in found]).transpose(1, 0, 2)
    assert ((low < truth) & (truth < high)).mean() == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("size", [5, 6, 10])
def test_with_equal_variances_the_posterior_is_an_incomplete_gamma(size):
    direct, x, psi = APART[:size], X[:size], 0.7
    found = fay_herriot_hb(direct, np.full(size, psi), x)
    to_beta, inverse = hat(x, np.ones(size))
    residual = direct - x @ (to_beta @ direct)
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    # 1 - gamma has the density b^(s - 1) exp(-r b) on (0, 1)
    r, s = residual @ residual / (2 * psi), (size - 2) / 2 - 1
    first = s / r * special.gammainc(s + 1, r) / special.gammainc(s, r)
    second = s * (s + 1) / r**2 * special.gammainc(s + 2, r) / special.gammainc(s, r)
    assert found.gamma == pytest.approx(np.full(size, 1 - first), rel=1e-9)
    assert found.mean == pytest.approx(direct - first * residual, rel=1e-9)
    variance = psi * (1 - first * (1 - leverage)) + (second - first**2) * residual**2
    assert found.variance == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("apart", [True, False])
def test_the_posterior_is_that_of_an_adaptive_quadrature(apart):
    direct = APART if apart else ALIKE
    found = fay_herriot_hb(direct, VARIANCE, X)
    top = log_likelihood(1.0, direct, VARIANCE, X, restricted=True)

    def given(a):
        w = 1 / (a + VARIANCE)
        to_beta, inverse = hat(X, w)
        mean = a * w * direct + VARIANCE * w * (X @ (to_beta @ direct))
        g2 = (VARIANCE * w) ** 2 * np.einsum("ij,jk,ik->i", X, inverse, X)
        density = np.exp(log_likelihood(a, direct, VARIANCE, X, restricted=True) - top)
        return density * np.concatenate(([1], mean, a * w * VARIANCE + g2 + mean**2))

    sums = integrate.quad_vec(given, 0, np.inf, epsrel=1e-11)[0]
    mean, square = sums[1:11] / sums[0], sums[11:] / sums[0]
    assert found.mean == pytest.approx(mean, rel=1e-8)
    assert found.variance == pytest.approx(square - mean**2, rel=1e-6)


def test_the_quadrature_has_converged_whatever_its_first_step(monkeypatch):
    rng = np.random.default_rng(8)
    unequal = np.exp(rng.normal(0, 3, 12))
    direct, x = rng.normal(size=12) * np.sqrt(unequal + 1), np.ones((12, 1))
    found = fay_herriot_hb(direct, unequal, x)
    monkeypatch.setattr(area_level, "STEP", 0.07)
    monkeypatch.setattr(area_level, "NEGLIGIBLE", 60.0)
    fine = fay_herriot_hb(direct, unequal, x)
    assert found.mean == pytest.approx(fine.mean, rel=1e-9)
    assert found.variance == pytest.approx(fine.variance, rel=1e-9)


def test_a_narrow_posterior_of_many_areas_is_found_too():
    rng = np.random.default_rng(9)
    variance = rng.uniform(0.5, 2, 1500)
    direct, x = rng.normal(3, np.sqrt(1 + variance)), np.ones((1500, 1))
    found = fay_herriot_hb(direct, variance, x)
    a = np.linspace(0.3, 2.5, 1101)[:, None]  # more than ten standard deviations each way
    w = 1 / (a + variance)
    mean = (w @ direct / w.sum(axis=1))[:, None]
    log = np.log(w).sum(axis=1) - np.log(w.sum(axis=1)) - (w * (direct - mean) ** 2).sum(axis=1)
    mass = np.exp((log - log.max()) / 2)
    mass /= mass.sum()
    values = a * w * direct + variance * w * mean
    given = a * w * variance + (variance * w) ** 2 / w.sum(axis=1)[:, None]
    assert found.gamma == pytest.approx(mass @ (a * w), rel=1e-8)
    assert found.mean == pytest.approx(mass @ values, rel=1e-8)
    spread = mass @ (given + (values - mass @ values) ** 2)
    assert found.variance == pytest.approx(spread, rel=1e-8)


def test_a_quadrature_that_does_not_end_is_refused(monkeypatch):
    monkeypatch.setattr(area_level, "AGREEMENT", -1.0)
    monkeypatch.setattr(area_level, "HALVINGS", 2)
    with pytest.raises(NotConverged, match="the quadrature of the posterior did not end in 2"):
        fay_herriot_hb(APART, VARIANCE, X)


def test_the_posterior_needs_three_areas_more_than_covariates():
    assert np.isfinite(fay_herriot_hb(APART[:5], VARIANCE[:5], X[:5]).variance).all()
    with pytest.raises(TooFewAreas, match="4 areas, at least 5 needed"):
        fay_herriot_hb(APART[:4], VARIANCE[:4], X[:4])


def test_the_posterior_does_not_depend_on_order_zero_or_unit():
    order = np.random.default_rng(3).permutation(10)
    found = fay_herriot_hb(APART, VARIANCE, X)
    mixed = fay_herriot_hb(APART[order], VARIANCE[order], X[order])
    assert mixed.mean == pytest.approx(found.mean[order], rel=1e-10)
    moved = fay_herriot_hb(APART * 1e-3 + 5, VARIANCE * 1e-6, X)
    assert moved.mean == pytest.approx(found.mean * 1e-3 + 5, rel=1e-10)
    assert moved.variance == pytest.approx(found.variance * 1e-6, rel=1e-8)


def test_areas_alike_are_not_given_up_to_the_regression_by_the_posterior():
    found = fay_herriot_hb(ALIKE, VARIANCE, X)
    assert (found.gamma > 0.1).all()
    low, high = found.limits(0.95)
    assert high - low == pytest.approx(2 * 1.959963985 * np.sqrt(found.variance))


def test_a_variance_of_nearly_nothing_leaves_the_direct_estimates_to_the_posterior():
    found = fay_herriot_hb(APART, VARIANCE * 1e-10, X)
    assert found.mean == pytest.approx(APART, abs=1e-8)
    assert found.variance == pytest.approx(VARIANCE * 1e-10, rel=1e-6)
