"""What the statistics refuse, and why."""

from collections.abc import Sequence


class AnalysisError(Exception):
    """A figure that cannot be given; never replaced by nan, zero or a guess."""


class LonelyStrata(AnalysisError):
    """Strata with one cluster under ``lonely_psu = "fail"``, or nothing to average."""

    def __init__(self, strata: Sequence[str], stage: int = 1) -> None:
        self.strata, self.stage = tuple(strata), stage
        where = "" if stage == 1 else f" at stage {stage}"
        super().__init__(f"one cluster in stratum {', '.join(self.strata)}{where}")


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


class DesignFaulty(AnalysisError):
    """A design, or what is asked of it, that cannot be; says what was expected."""


class NothingInDomain(AnalysisError):
    """A subpopulation without a row."""

    def __init__(self) -> None:
        super().__init__("no respondent in the domain")


class MissingValues(AnalysisError):
    """Values that are missing in the domain; drop these rows by a domain first."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        super().__init__(f"{rows} rows of the domain have no value; ask for the domain that has")


class ShapesDisagree(AnalysisError):
    """An array whose shape does not fit the others of the same call; None is any length."""

    def __init__(self, name: str, shape: Sequence[int], wanted: Sequence[int | None]) -> None:
        self.name, self.shape, self.wanted = name, tuple(shape), tuple(wanted)
        lengths = ", ".join("any" if length is None else str(length) for length in self.wanted)
        super().__init__(f"{name} has shape {self.shape}, wanted ({lengths})")


class NotFinite(AnalysisError):
    """An array with a value that is nan or infinite."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} holds nan or an infinite value")


class VariancesNotPositive(AnalysisError):
    """Areas, by their place, whose sampling variance is not above 0."""

    def __init__(self, areas: Sequence[int]) -> None:
        self.areas = tuple(areas)
        super().__init__(f"no positive sampling variance in areas {self.areas}")


class SingularCovariates(AnalysisError):
    """Covariates of which one is zero throughout or a combination of the others."""

    def __init__(self) -> None:
        super().__init__("the covariates are not linearly independent")


class TooFewAreas(AnalysisError):
    """Fewer areas than the model needs for its covariates."""

    def __init__(self, areas: int, needed: int) -> None:
        self.areas, self.needed = areas, needed
        super().__init__(f"{areas} areas, at least {needed} needed")


class NotConverged(AnalysisError):
    """A search or a quadrature that ended without its result."""

    def __init__(self, what: str, steps: int) -> None:
        self.what, self.steps = what, steps
        super().__init__(f"{what} did not end in {steps} steps")


class MseNotPositive(AnalysisError):
    """Areas, by their place, whose estimated mean squared error is not above 0."""

    def __init__(self, areas: Sequence[int]) -> None:
        self.areas = tuple(areas)
        super().__init__(f"no positive mean squared error in areas {self.areas}")


class TooFewUnits(AnalysisError):
    """Degrees of freedom too few to tell a design effect."""

    def __init__(self, df: float, needed: float) -> None:
        self.df, self.needed = df, needed
        super().__init__(f"{df:g} degrees of freedom, at least {needed:g} needed")


class NoSpread(AnalysisError):
    """Rates of 0 or 100 % wherever there is a standard error: they tell no design effect."""

    def __init__(self) -> None:
        super().__init__("every rate with a standard error is 0 or 100 %")


class UnknownAreas(AnalysisError):
    """Respondents in areas, by their place, that have no population."""

    def __init__(self, areas: Sequence[int]) -> None:
        self.areas = tuple(areas)
        super().__init__(f"no population for areas {self.areas}")


class PopulationsTooSmall(AnalysisError):
    """Areas, by their place, with more respondents than residents, or without residents."""

    def __init__(self, areas: Sequence[int]) -> None:
        self.areas = tuple(areas)
        super().__init__(f"fewer residents than respondents in areas {self.areas}")


class VariancesNotApart(AnalysisError):
    """Data that cannot tell the spread between areas from the spread within them."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"spread between and within areas cannot be told apart: {why}")


class ImpossibleInput(AnalysisError):
    """An argument that no sample or rate can have."""

    def __init__(self, name: str, value: object, expected: str) -> None:
        self.name, self.value, self.expected = name, value, expected
        super().__init__(f"{name} is {value!r}: expected {expected}")

    @classmethod
    def unless(cls, possible: bool, name: str, value: object, expected: str) -> None:
        """Raise unless ``possible``."""
        if not possible:
            raise cls(name, value, expected)


class TooCloseToTarget(AnalysisError):
    """So many interviews would still not decide on which side of its target a rate is."""

    def __init__(self, target: float, further: int, probability: float) -> None:
        self.target, self.further, self.probability = target, further, probability
        super().__init__(
            f"{further} further interviews would decide against {target!r} "
            f"with probability {probability:.2f} only"
        )


class EqualRates(AnalysisError):
    """Two areas with the same rate, which no sample can tell apart."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        super().__init__(f"both rates are {rate!r}")


class MissingCodes(AnalysisError):
    """Respondents, by their row, whose category is unknown or does not exist."""

    def __init__(self, name: str, rows: Sequence[int]) -> None:
        self.name, self.rows = name, tuple(rows)
        super().__init__(f"{name}: no category for {len(self.rows)} rows, the first {self.rows[0]}")


class NoWeightWithin(AnalysisError):
    """Trimming that leaves no weight between the bounds to take the excess."""

    def __init__(self, lower: float, upper: float) -> None:
        self.lower, self.upper = lower, upper
        super().__init__(f"no weight is left between {lower!r} and {upper!r}")


class ColumnsDependent(AnalysisError):
    """Calibration columns that are combinations of the columns before them."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        super().__init__(f"combinations of the other columns: {', '.join(self.columns)}")


class TotalOutOfReach(AnalysisError):
    """A total that no weights within the bounds have."""

    def __init__(self, column: str, low: float, high: float, total: float) -> None:
        self.column, self.low, self.high, self.total = column, low, high, total
        super().__init__(f"{column}: {total!r} wanted, within the bounds {low!r} to {high!r}")


class TotalsNotMet(AnalysisError):
    """Calibration that ended without its totals; names the one missed most."""

    def __init__(self, column: str, reached: float, total: float) -> None:
        self.column, self.reached, self.total = column, reached, total
        super().__init__(f"{column}: {reached!r} reached, {total!r} wanted")


class Separated(AnalysisError):
    """A model whose columns tell exactly who has none (or all): no finite coefficients."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        super().__init__(
            "a combination of these columns tells exactly who has 0 or 1,"
            f" so no coefficients are best: {', '.join(self.columns)}"
        )


class TooFewResponses(AnalysisError):
    """Fewer responses than tell what is usual in a wave, or who deviates from it."""

    def __init__(self, responses: int, needed: int) -> None:
        self.responses, self.needed = responses, needed
        super().__init__(f"{responses} responses, at least {needed} needed")
