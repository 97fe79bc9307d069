"""What may be shown, and what a figure decides: the written rules."""

from dataclasses import dataclass
from enum import StrEnum

MAX_WIDTH_SHOWN = 0.05
MIN_WIDTH_SUPPRESSED = 0.30
MAX_RELATIVE_WIDTH = 1.30
MAX_SCORE_WIDTH = 0.20  # of the range of the scores
MIN_DF = 8


class Display(StrEnum):
    SHOW = "show"
    REVIEW = "review"
    SUPPRESS = "suppress"


class Position(StrEnum):
    ABOVE = "above"
    BELOW = "below"
    STRADDLES = "straddles"


class Decision(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"
    INDICATIVE = "indicative"


@dataclass(frozen=True, slots=True)
class Presentation:
    display: Display
    reason: str


def present_rate(
    *, p: float, n: int, edge: bool, df: float, n_eff: float, width: float, minimum_n: int
) -> Presentation:
    """Whether a rate may be shown, from its 95 % Korn-Graubard limits.

    Notes
    -----
    NCHS Data Presentation Standards for Proportions (Parker et al. 2017,
    Series 2 no. 175), with the study's minimum n.
    """
    if n < minimum_n:
        return Presentation(Display.SUPPRESS, f"n<{minimum_n}")
    if n_eff < minimum_n:
        return Presentation(Display.SUPPRESS, f"n_eff<{minimum_n}")
    if edge:
        return Presentation(Display.REVIEW, "events=0")
    if width <= MAX_WIDTH_SHOWN:
        return _unless_few_df(df, "width<=0.05")
    if width >= MIN_WIDTH_SUPPRESSED:
        return Presentation(Display.SUPPRESS, "width>=0.30")
    if width / p > MAX_RELATIVE_WIDTH:
        return Presentation(Display.SUPPRESS, "width/p>1.30")
    return _unless_few_df(df, "ok")


def present_score(*, n: int, df: float, width: float, scale: float, minimum_n: int) -> Presentation:
    """Whether a mean score may be shown; ``width`` and ``scale`` in points."""
    if n < minimum_n:
        return Presentation(Display.SUPPRESS, f"n<{minimum_n}")
    if width >= MAX_SCORE_WIDTH * scale:
        return Presentation(Display.SUPPRESS, "width>=0.20")
    return _unless_few_df(df, "ok")


def present_without_spread(*, n: int, minimum_n: int) -> Presentation:
    """A domain without respondents, or in one cluster: never shown."""
    reason = f"n<{minimum_n}" if n < minimum_n else "df=0"
    return Presentation(Display.SUPPRESS, reason)


def _unless_few_df(df: float, reason: str) -> Presentation:
    if df < MIN_DF:
        return Presentation(Display.REVIEW, "df<8")
    return Presentation(Display.SHOW, reason)


def position(low: float, high: float, target: float) -> Position:
    """Where 95 % limits lie against a target on the same scale."""
    if low >= target:
        return Position.ABOVE
    return Position.BELOW if high < target else Position.STRADDLES


def decide(where: Position, *, lower_is_better: bool, probability: bool) -> Decision:
    """The verdict of a probability sample; any other sample only indicates."""
    if not probability:
        return Decision.INDICATIVE
    if where is Position.STRADDLES:
        return Decision.UNDECIDED
    return Decision.MET if (where is Position.ABOVE) != lower_is_better else Decision.NOT_MET


def tipping_point(target: float, p: float, n: int, population: float) -> float | None:
    """The rate among those who did not answer below which the whole is below the target.

    ``(T - f p)/(1 - f)`` with f = n / population; None when f >= 1.
    """
    f = n / population
    return None if f >= 1 else (target - f * p) / (1 - f)
