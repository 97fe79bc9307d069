"""A sample design: weights, strata, clusters in stages, finite populations, subpopulations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from analysis.cells import Floats
from analysis.errors import DesignFaulty, NothingInDomain
from analysis.strata import Flags, Lonely, Stage, by_group, stage_covariance


def row_flags(rows: ArrayLike, size: int) -> Flags:
    """Truth values of R rows; 0 and 1 are such too.

    Raises
    ------
    DesignFaulty
        Another number of rows, or numbers of rows in place of truth values.
    """
    given = np.asarray(rows)
    if given.shape != (size,):
        raise DesignFaulty(f"rows: {size} truth values expected, found shape {given.shape}")
    if given.dtype != bool and not np.isin(given, (0, 1)).all():
        raise DesignFaulty("rows: truth values expected, not the numbers of rows")
    return given.astype(bool)


class Residuals(Protocol):
    """What a weighting step does to linearized values: it takes its model's fit away."""

    def __call__(self, linearized: Floats) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimates of Q quantities from one sample, and how they vary together.

    Attributes
    ----------
    value : float array, shape (Q,)
    covariance : float array, shape (Q, Q)
    linearized : float array, shape (R, Q), or None
        Weighted linearized values, whose totals vary as the estimates do; None with replicates.
    replicates : float array, shape (B, Q), or None
        The estimates from each set of replicate weights; None with linearization.
    names : tuple of str
        What is estimated; empty where the caller has no use for names.
    """

    value: Floats
    covariance: Floats
    linearized: Floats | None = None
    replicates: Floats | None = None
    names: tuple[str, ...] = ()

    @property
    def se(self) -> Floats:
        """Standard errors, shape (Q,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    @property
    def cv(self) -> Floats:
        """Standard errors as shares of the estimates, shape (Q,); an estimate of 0 has none."""
        if not self.value.all():
            raise DesignFaulty("an estimate of 0 has no coefficient of variation")
        return self.se / self.value


class Sampled(Protocol):
    """What estimators need of a design, be its errors from linearization or from replicates."""

    @property
    def weights(self) -> Floats: ...

    @property
    def counts(self) -> Floats: ...

    @property
    def in_domain(self) -> Flags: ...

    @property
    def df(self) -> int: ...

    def domain(self, rows: ArrayLike) -> Self: ...

    def estimate(
        self, statistic: Callable[[Floats], Floats], linearize: Callable[[Floats], Floats]
    ) -> Estimate: ...

    def joint(self, parts: Sequence[Estimate]) -> Estimate: ...


@dataclass(frozen=True, slots=True)
class Design:
    """R rows of a sample as drawn and weighted; errors by linearization.

    A row is a respondent, or ``counts`` respondents who are alike in all that is
    asked of the design. Make one with ``build_design``; each change gives a new one.

    Attributes
    ----------
    weights : float array, shape (R,)
        Weight of a row: the sum over the respondents behind it.
    counts : float array, shape (R,)
    stages : tuple of Stage
        The first is that of the primary sampling units.
    in_domain : bool array, shape (R,)
        Rows of the subpopulation asked for; the others stay in the design.
    lonely : Lonely
    lonely_in_domain : bool
        Whether a stratum of which the domain reaches one cluster counts as lonely
        (with ``adjust`` and ``average``).
    steps : tuple of Residuals
        The calibrations, in their order.
    has_strata : bool
    """

    weights: Floats
    counts: Floats
    stages: tuple[Stage, ...]
    in_domain: Flags
    lonely: Lonely
    lonely_in_domain: bool
    steps: tuple[Residuals, ...]
    has_strata: bool

    @property
    def df(self) -> int:
        """Degrees of freedom: primary units with a row in the domain minus such strata."""
        first = self.stages[0]
        reached = self._units_reached(first)
        strata = np.unique(first.stratum[reached]).size
        return int(first.multiplicity[reached].sum()) - strata

    @property
    def respondents(self) -> int:
        """Respondents of the domain with a weight."""
        return int(self.counts[self.in_domain & (self.weights != 0)].sum())

    def domain(self, rows: ArrayLike) -> "Design":
        """The subpopulation of ``rows`` (bool, shape (R,)) within the present one.

        Raises
        ------
        NothingInDomain
            No row is left.
        """
        inside = self.in_domain & row_flags(rows, self.weights.size)
        if not inside.any():
            raise NothingInDomain
        return replace(self, in_domain=inside)

    def with_lonely(self, lonely: Lonely, *, in_domain: bool = False) -> "Design":
        """The same design with another rule for strata with one cluster."""
        return replace(self, lonely=lonely, lonely_in_domain=in_domain)

    def with_ultimate_clusters(self) -> "Design":
        """The same design with the variance of its first stage only."""
        return replace(self, stages=self.stages[:1])

    def reweighted(self, weights: Floats, step: Residuals | None = None) -> "Design":
        """The same design with new weights, and what the step does to linearized values."""
        steps = self.steps if step is None else (*self.steps, step)
        return replace(self, weights=weights, steps=steps)

    def estimate(
        self, statistic: Callable[[Floats], Floats], linearize: Callable[[Floats], Floats]
    ) -> Estimate:
        """An estimate with its covariance.

        Parameters
        ----------
        statistic
            From weights of shape (R,), 0 outside the domain, to the estimates, shape (Q,).
        linearize
            From the estimates to weighted linearized values, shape (R, Q).
        """
        value = statistic(np.where(self.in_domain, self.weights, 0.0))
        linearized = np.where(self.in_domain[:, None], linearize(value), 0.0)
        return Estimate(value, self.covariance(linearized), linearized)

    def joint(self, parts: Sequence[Estimate]) -> Estimate:
        """Estimates of several domains of this design side by side, with all covariances."""
        linearized = np.hstack([_linearized(part) for part in parts])
        value = np.concatenate([part.value for part in parts])
        names = tuple(name for part in parts for name in part.names)
        return Estimate(value, self.covariance(linearized), linearized, names=names)

    def covariance(self, linearized: Floats) -> Floats:
        """Covariance of the totals of weighted linearized values of shape (R, Q).

        Raises
        ------
        LonelyStrata
            A stratum with one cluster under ``fail``; none with two under ``average``.

        Notes
        -----
        Särndal, Swensson and Wretman (1992), with the residuals of Deville and
        Särndal (1992) after calibration; after it all strata contribute.
        """
        values = np.where(self.in_domain[:, None], linearized, 0.0)
        for step in reversed(self.steps):  # the last step works on what the others made
            values = step(values)
        present = np.ones(len(values), bool) if self.steps else self.in_domain
        size = values.shape[1]
        total = np.zeros((size, size))
        share = np.ones(1)
        for number, stage in enumerate(self.stages, 1):
            total += self._of_stage(stage, values, present, share, number)
            share = share[stage.parent][stage.stratum] * stage.fraction
        return total

    def _of_stage(
        self, stage: Stage, values: Floats, present: Flags, share: Floats, number: int
    ) -> Floats:
        reached = np.zeros(len(stage.stratum), bool)
        reached[stage.of_row[present]] = True
        return stage_covariance(
            by_group(values, stage.of_row, len(stage.stratum)),
            stage,
            reached,
            share[stage.parent],
            self.lonely,
            lonely_in_domain=self.lonely_in_domain,
            number=number,
        )

    def _units_reached(self, stage: Stage) -> Flags:
        reached = np.zeros(len(stage.stratum), bool)
        reached[stage.of_row[self.in_domain & (self.weights != 0)]] = True
        return reached


def _linearized(part: Estimate) -> Floats:
    if part.linearized is None:
        raise DesignFaulty("an estimate from replicates cannot join linearized ones")
    return part.linearized
