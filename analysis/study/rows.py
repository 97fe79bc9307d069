"""The rows of the result tables."""

from dataclasses import dataclass

from analysis.presentation import Decision, Display, Position


@dataclass(frozen=True, slots=True)
class Estimate:
    """One line of estimates.csv; None is an empty cell.

    Rates, standard errors and limits are proportions, scores points; ``target``
    is as defined, in percent for a rate. ``hits`` are the respondents in the
    numerator, for a rate.
    """

    wave: str
    sample: str
    weighting: str
    indicator: str
    domain: str
    area: str
    n: int
    estimate: float | None
    se: float | None
    low: float | None
    high: float | None
    level: float
    interval: str
    interval_kind: str
    df: float
    n_eff: float | None
    deff: float | None
    cv: float | None
    display: Display
    reason: str
    target: float | None
    decision: Decision | None
    position: Position | None
    tipping: float | None
    hits: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What the estimate is about: indicator, domain, area."""
        return self.indicator, self.domain, self.area

    @property
    def is_suppressed(self) -> bool:
        return self.display is Display.SUPPRESS


@dataclass(frozen=True, slots=True)
class Change:
    """One line of changes.csv."""

    from_wave: str
    to_wave: str
    sample: str
    weighting: str
    indicator: str
    domain: str
    area: str
    n_from: int
    n_to: int
    estimate_from: float | None
    estimate_to: float | None
    difference: float | None
    se: float | None
    low: float | None
    high: float | None
    distinguishable: str


@dataclass(frozen=True, slots=True)
class ModeDifference:
    """One line of modes.csv: another sample minus the probability sample."""

    wave: str
    sample: str
    other: str
    indicator: str
    domain: str
    area: str
    estimate: float | None
    estimate_other: float | None
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Rank:
    """One line of ranks.csv."""

    wave: str
    sample: str
    weighting: str
    indicator: str
    domain: str
    area: str
    estimate: float
    rank: int
    rank_low: int
    rank_high: int
    p_top3: float
    ranked: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of outcomes.csv."""

    sample: str
    rate: str
    value: float | None
