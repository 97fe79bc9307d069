"""Battese-Harter-Fuller: nlme, analysis of variance, the full matrices, simulation."""

import numpy as np
import pytest
from scipy import optimize

from analysis.errors import (
    NotFinite,
    PopulationsTooSmall,
    ShapesDisagree,
    SingularCovariates,
    UnknownAreas,
    VariancesNotApart,
)
from analysis.unit_level import unit_eblup

# Our own numbers.
AREA = np.array([1, 1, 2, 2, 2, 3, 4, 4, 4, 4, 5, 5, 6, 6, 6, 7, 8, 8, 8, 8]) - 1
X = np.column_stack([np.ones(20), [2, 5, 1, 4, 7, 3, 6, 2, 8, 5, 1, 9, 4, 6, 2, 7, 3, 5, 8, 1]])
Y = np.array(
    [
        [14.1, 20.3, 9.2, 16.4, 20.9, 17.5, 19.8, 11.7, 24.1, 17.2],
        [12.6, 28.9, 13.1, 18.2, 10.4, 24.6, 12.2, 16.1, 23.3, 7.9],
    ]
).ravel()
MEANS = np.column_stack([np.ones(8), [4.5, 3.8, 4.1, 5.2, 4.9, 4.4, 6.0, 3.9]])
SIZES = np.array([30.0, 50, 20, 45, 60, 25, 35, 40])
GIVEN = {
    "y": Y,
    "covariates": X,
    "area": AREA,
    "population_means": MEANS,
    "population_sizes": SIZES,
}


def covariance(area_variance, error_variance):
    return area_variance * (AREA[:, None] == AREA) + error_variance * np.eye(20)


def restricted(area_variance, error_variance):
    """Twice the restricted log likelihood, without its constant, with the full matrices."""
    v = covariance(area_variance, error_variance)
    inverse = np.linalg.inv(v)
    information = X.T @ inverse @ X
    residual = Y - X @ np.linalg.solve(information, X.T @ inverse @ Y)
    spread = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
    return -spread - residual @ inverse @ residual


def test_the_fit_is_that_of_nlme():
    # lme(y ~ x, random = ~1 | area, method = "REML"), R nlme 3.1-162
    found = unit_eblup(**GIVEN)
    assert found.beta == pytest.approx([8.5085038680004867, 2.0612062863545386], rel=1e-10)
    assert found.se_beta == pytest.approx([0.807437784268358105, 0.054259252525154], rel=1e-10)
    assert found.area_variance == pytest.approx(4.5747434912657416, rel=1e-10)
    assert found.error_variance == pytest.approx(0.32007144531839415, rel=1e-10)


def test_the_areas_effects_are_those_of_nlme():
    # ranef(); in a population without end nothing of an area is known
    found = unit_eblup(**GIVEN | {"population_sizes": np.full(8, 1e15)})
    effects = [1.4273422063805890, -1.2247654841599629, 2.6242704668219101, -1.1104143654051306]
    assert (found.eblup - MEANS @ found.beta)[:4] == pytest.approx(effects, rel=1e-9)


def test_the_restricted_likelihood_is_highest_at_the_variances():
    found = unit_eblup(**GIVEN)
    top = np.array([found.area_variance, found.error_variance])
    slope = optimize.approx_fprime(top, lambda v: restricted(*v), 1e-7 * top)
    assert slope * top == pytest.approx([0, 0], abs=1e-5)
    grid = np.geomspace(0.05, 20, 25)
    assert restricted(*top) >= max(restricted(a, e) for a in grid for e in grid)


def test_the_prediction_is_that_of_the_full_matrices():
    found = unit_eblup(**GIVEN)
    inverse = np.linalg.inv(covariance(found.area_variance, found.error_variance))
    beta = np.linalg.solve(X.T @ inverse @ X, X.T @ inverse @ Y)
    for k in range(8):
        own = k == AREA
        effect = found.area_variance * own @ inverse @ (Y - X @ beta)
        unseen = SIZES[k] - own.sum()
        mean = (SIZES[k] * MEANS[k] - X[own].sum(axis=0)) / unseen
        total = Y[own].sum() + unseen * (mean @ beta + effect)
        assert found.eblup[k] == pytest.approx(total / SIZES[k], rel=1e-12)


def test_the_mse_is_that_of_the_full_matrices():
    found = unit_eblup(**GIVEN)
    a, e = found.area_variance, found.error_variance
    v = covariance(a, e)
    inverse = np.linalg.inv(v)
    parts = [covariance(1, 0), covariance(0, 1)]
    information = [[np.trace(inverse @ p @ inverse @ q) / 2 for p in parts] for q in parts]
    spread, var_beta = np.linalg.inv(information), np.linalg.inv(X.T @ inverse @ X)
    for k in range(8):
        own = (k == AREA).astype(float)
        part = 1 - own.sum() / SIZES[k]
        mean = (SIZES[k] * MEANS[k] - own @ X) / (SIZES[k] - own.sum())
        weights = a * inverse @ own
        # how the weights move with each variance
        moves = np.array([inverse @ own - a * inverse @ p @ inverse @ own for p in parts])
        moves[1] -= inverse @ own
        g1 = a - a * own @ weights
        g2 = (mean - X.T @ weights) @ var_beta @ (mean - X.T @ weights)
        g3 = np.trace(moves @ v @ moves.T @ spread)
        wanted = part**2 * (g1 + g2 + 2 * g3) + part * e / SIZES[k]
        assert found.mse[k] == pytest.approx(wanted, rel=1e-9)


def balanced(between):
    area = np.repeat(np.arange(6), 4)
    y = np.random.default_rng(2).normal(10, 1, 24) + between * np.array([1, -2, 0, 3, -1, 2])[area]
    return area, y


def squares(area, y):
    """Mean squares between and within the six areas."""
    means = y.reshape(6, 4).mean(axis=1)
    return 4 * means.var(ddof=1), ((y - means[area]) ** 2).sum() / 18


def test_balanced_areas_have_the_analysis_of_variance():
    area, y = balanced(1)
    found = unit_eblup(y, np.ones((24, 1)), area, np.ones((6, 1)), np.full(6, 40))
    between, within = squares(area, y)
    assert found.error_variance == pytest.approx(within)
    assert found.area_variance == pytest.approx((between - within) / 4)
    gamma, means = 1 - within / between, y.reshape(6, 4).mean(axis=1)
    assert found.gamma == pytest.approx(np.full(6, gamma))
    assert found.beta == pytest.approx([y.mean()])
    assert found.se_beta == pytest.approx([np.sqrt(between / 24)])
    shrunk = gamma * means + (1 - gamma) * y.mean()
    assert found.eblup == pytest.approx(0.1 * means + 0.9 * shrunk)


def test_areas_that_differ_by_chance_only_get_the_regression():
    area, y = balanced(0)
    y = y - 0.9 * (y.reshape(6, 4).mean(axis=1) - y.mean())[area]
    found = unit_eblup(y, np.ones((24, 1)), area, np.ones((6, 1)), np.full(6, 1e12))
    between, within = squares(area, y)
    assert between < within
    assert found.area_variance == 0
    assert found.error_variance == pytest.approx(y.var(ddof=1))
    assert found.gamma.tolist() == [0.0] * 6
    assert found.eblup == pytest.approx(np.full(6, y.mean()))
    assert (found.mse > 0).all()


def test_where_all_were_asked_the_mean_is_known():
    sizes = SIZES.copy()
    sizes[3] = 4
    found = unit_eblup(**GIVEN | {"population_sizes": sizes})
    assert found.eblup[3] == pytest.approx(Y[AREA == 3].mean())
    assert found.mse[3] == 0


def test_an_area_without_respondents_gets_the_regression():
    found = unit_eblup(
        **GIVEN
        | {
            "population_means": np.vstack([MEANS, [1, 5.5]]),
            "population_sizes": np.append(SIZES, 33),
        }
    )
    alone = unit_eblup(**GIVEN)
    assert found.gamma[8] == 0
    assert found.eblup[8] == pytest.approx(found.beta @ [1, 5.5])
    assert found.eblup[:8] == pytest.approx(alone.eblup, rel=1e-12)
    assert found.mse[:8] == pytest.approx(alone.mse, rel=1e-12)
    assert found.mse[8] > found.area_variance + found.error_variance / 33


def test_the_order_of_respondents_and_of_areas_does_not_matter():
    rng = np.random.default_rng(4)
    order, place = rng.permutation(20), rng.permutation(8)
    found = unit_eblup(**GIVEN)
    mixed = unit_eblup(
        Y[order], X[order], np.argsort(place)[AREA[order]], MEANS[place], SIZES[place]
    )
    assert mixed.eblup == pytest.approx(found.eblup[place], rel=1e-12)
    assert mixed.mse == pytest.approx(found.mse[place], rel=1e-10)


def test_the_zero_and_the_unit_of_answers_and_covariates_do_not_matter():
    found = unit_eblup(**GIVEN)
    units = np.array([1, 1e5])
    moved = unit_eblup(7 + Y * 1e-3, X * units, AREA, MEANS * units, SIZES)
    assert moved.eblup == pytest.approx(7 + found.eblup * 1e-3, rel=1e-11)
    assert moved.mse == pytest.approx(found.mse * 1e-6, rel=1e-7)
    assert moved.area_variance == pytest.approx(found.area_variance * 1e-6, rel=1e-7)


def test_the_limits_are_about_the_eblup():
    found = unit_eblup(**GIVEN)
    low, high = found.limits(0.95)
    assert (low + high) / 2 == pytest.approx(found.eblup)
    assert high - low == pytest.approx(2 * 1.959963985 * np.sqrt(found.mse))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"y": Y[:, None]}, ShapesDisagree),
        ({"covariates": X[:19]}, ShapesDisagree),
        ({"covariates": X[:, :0]}, ShapesDisagree),
        ({"area": AREA[:19]}, ShapesDisagree),
        ({"population_means": MEANS[:7]}, ShapesDisagree),
        ({"population_means": MEANS[:, :1]}, ShapesDisagree),
        ({"population_sizes": SIZES[:7]}, ShapesDisagree),
        ({"y": np.where(Y > 28, np.nan, Y)}, NotFinite),
        ({"covariates": X * [1, np.inf]}, NotFinite),
        ({"population_means": MEANS * np.nan}, NotFinite),
        ({"population_sizes": SIZES * np.inf}, NotFinite),
        ({"area": AREA + 0.5}, NotFinite),
        ({"covariates": X * [1, 0]}, SingularCovariates),
    ],
)
def test_bad_input_is_refused_by_name(change, refusal):
    with pytest.raises(refusal):
        unit_eblup(**GIVEN | change)


def test_areas_without_a_population_are_named():
    with pytest.raises(UnknownAreas, match=r"areas \(-1,\)"):
        unit_eblup(**GIVEN | {"area": np.where(AREA == 7, -1, AREA)})
    with pytest.raises(UnknownAreas, match=r"areas \(8, 9\)"):
        unit_eblup(**GIVEN | {"area": np.where(AREA > 5, AREA + 2, AREA)})


def test_areas_with_more_respondents_than_residents_are_named():
    sizes = SIZES.copy()
    sizes[[3, 7]] = 3, 3.9
    with pytest.raises(PopulationsTooSmall, match=r"areas \(3, 7\)"):
        unit_eblup(**GIVEN | {"population_sizes": sizes})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"area": np.zeros(20, int)}, "the covariates determine the areas"),
        ({"covariates": (AREA[:, None] == np.arange(8)).astype(float)}, "determine the areas"),
        ({"y": X @ [2.0, 3]}, "nobody differs within an area"),
        ({"y": X @ [2.0, 3] + AREA}, "nobody differs within an area"),
        ({"y": np.zeros(20)}, "nobody differs within an area"),
    ],
)
def test_variances_that_cannot_be_told_apart_are_refused(change, why):
    populations = {"population_means": np.ones((8, 8)) / 8} if "covariates" in change else {}
    with pytest.raises(VariancesNotApart, match=why):
        unit_eblup(**GIVEN | {"population_sizes": SIZES * 9} | populations | change)


def test_one_respondent_in_each_area_is_refused():
    first = np.unique(AREA, return_index=True)[1]
    with pytest.raises(VariancesNotApart, match="no respondents are left"):
        unit_eblup(Y[first], X[first], AREA[first], MEANS, SIZES)


def test_the_mse_and_the_limits_hold_in_a_simulation():
    rng = np.random.default_rng(12)
    size, residents, rounds = 25, 40, 300
    asked = rng.integers(2, 7, size)
    member = np.arange(residents) < asked[:, None]
    area = np.nonzero(member)[0]
    x = rng.normal(size=(size, residents))
    error, mse, inside = [], [], []
    for _ in range(rounds):
        effect = rng.normal(size=(size, 1))
        y = 3 + 2 * x + effect + rng.normal(scale=1.5, size=x.shape)
        found = unit_eblup(
            y[member],
            np.column_stack([np.ones(area.size), x[member]]),
            area,
            np.column_stack([np.ones(size), x.mean(axis=1)]),
            np.full(size, residents),
        )
        truth = y.mean(axis=1)
        low, high = found.limits(0.9)
        error.append(found.eblup - truth)
        mse.append(found.mse)
        inside.append((low < truth) & (truth < high))
    assert np.mean(mse) == pytest.approx(np.mean(np.square(error)), rel=0.05)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.02)
