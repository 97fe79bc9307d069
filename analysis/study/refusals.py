"""Refusals of the statistics as lines that name the place in the study folder."""

from analysis.errors import (
    AnalysisError,
    EmptyCells,
    LonelyStrata,
    MarginsDisagree,
    MarginsNotMet,
    TrimmingImpossible,
    UnknownCells,
)
from analysis.study.files import AREAS_FILE, MARGINS_FILE, PLAN_FILE
from analysis.study.plan import Sample, Weighting
from analysis.study.problems import Problem


def explain(error: AnalysisError, sample: Sample, weighting: Weighting | None) -> list[Problem]:
    """A refusal of the statistics as lines that name the place."""
    where = f"sample.{sample.id}"
    at = f"{where}, weighting.{weighting.id}" if weighting else where
    match error:
        case LonelyStrata():
            return [
                Problem(
                    PLAN_FILE,
                    None,
                    f"{where}.lonely_psu",
                    stratum or sample.id,
                    "每层至少两个初级抽样单元(或另选 lonely_psu)",
                    "two clusters in each stratum, or another lonely_psu",
                )
                for stratum in error.strata
            ]
        case EmptyCells() if weighting is None:
            return [unreached(sample, code) for code in error.cells]
        case EmptyCells():
            return [
                Problem(
                    MARGINS_FILE,
                    None,
                    cell.partition(" ")[0],
                    cell.partition(" ")[2],
                    f"该类别有答卷({at}),或 collapse = true",
                    f"a respondent in this category ({at}), or collapse = true",
                )
                for cell in error.cells
            ]
        case UnknownCells() if weighting is None:
            return [without_population(sample, code) for code in error.cells]
        case UnknownCells():
            return [
                Problem(
                    MARGINS_FILE, None, "total", cell, f"正的总数({at})", f"a total above 0 ({at})"
                )
                for cell in error.cells
            ]
        case MarginsDisagree():
            return [apart(error.margin, error.total, error.first, error.first_total)]
        case MarginsNotMet():
            return [
                Problem(
                    MARGINS_FILE,
                    None,
                    error.margin,
                    f"{error.category} = {error.reached!r}",
                    f"{error.total!r};迭代加权 5000 轮未达到({at})",
                    f"{error.total!r}; not met after 5,000 rounds of raking ({at})",
                )
            ]
        case TrimmingImpossible():
            return [
                Problem(
                    PLAN_FILE,
                    None,
                    f"weighting.{weighting.id if weighting else ''}.trim.upper",
                    repr(error.upper),
                    f"更高的上限({where})",
                    f"a higher cap ({where})",
                )
            ]
    raise error


def unreached(sample: Sample, code: str) -> Problem:
    """A stratum with a population and no respondent."""
    key = f"sample.{sample.id}.not_covered"
    return Problem(
        AREAS_FILE,
        None,
        sample.base_weight.population or "",
        code,
        f"该层有答卷,或列入 {key}",
        f"a respondent in this stratum, or {key}",
    )


def without_population(sample: Sample, code: str) -> Problem:
    """An area that base weights need the population of."""
    where = f"sample.{sample.id}"
    return Problem(
        AREAS_FILE,
        None,
        sample.base_weight.population or "",
        code,
        f"该区域的人口数({where})",
        f"a population of this area ({where})",
    )


def apart(margin: str, total: float, first: str, first_total: float) -> Problem:
    """Two margins of one weighting that differ in total."""
    return Problem(
        MARGINS_FILE,
        None,
        margin,
        repr(total),
        f"与 {first} 的总数 {first_total!r} 相差不超过 0.5 %",
        f"within 0.5 % of {first}, {first_total!r}",
    )
