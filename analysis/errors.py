"""What the statistics refuse, and why."""

from collections.abc import Sequence


class AnalysisError(Exception):
    """A figure that cannot be given; never replaced by nan, zero or a guess."""


class LonelyStrata(AnalysisError):
    """Strata with one cluster under ``lonely_psu = "fail"``, or nothing to average."""

    def __init__(self, strata: Sequence[str]) -> None:
        self.strata = tuple(strata)
        super().__init__(f"one cluster in stratum {', '.join(self.strata)}")


class EmptyCells(AnalysisError):
    """Margin categories or strata with a population and no respondent."""

    def __init__(self, cells: Sequence[str]) -> None:
        self.cells = tuple(cells)
        super().__init__(f"no respondent in {', '.join(self.cells)}")


class UnknownCells(AnalysisError):
    """Respondents in a category without a positive total."""

    def __init__(self, cells: Sequence[str]) -> None:
        self.cells = tuple(cells)
        super().__init__(f"no positive total for {', '.join(self.cells)}")


class MarginsDisagree(AnalysisError):
    """Two margins of one weighting whose totals differ by more than 0.5 %."""

    def __init__(self, margin: str, total: float, first: str, first_total: float) -> None:
        self.margin, self.total = margin, total
        self.first, self.first_total = first, first_total
        super().__init__(f"{margin} sums to {total!r}, {first} to {first_total!r}")


class MarginsNotMet(AnalysisError):
    """Raking ended without meeting every margin."""

    def __init__(self, margin: str, category: str, reached: float, total: float) -> None:
        self.margin, self.category = margin, category
        self.reached, self.total = reached, total
        super().__init__(f"{margin} {category}: {reached!r} reached, {total!r} wanted")


class TrimmingImpossible(AnalysisError):
    """Every weight would have to be capped: the cap is not above the mean weight."""

    def __init__(self, upper: float) -> None:
        self.upper = upper
        super().__init__(f"no weight is left below {upper!r} times the mean weight")
