"""Estimate a study: every table of the results, or every reason against it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from analysis.calibration import THIN_CELL
from analysis.errors import AnalysisError
from analysis.outcomes import outcome_rates
from analysis.study.comparisons import changes, modes, ranks
from analysis.study.estimates import Estimated, base_weights, estimate_sample
from analysis.study.files import MARGINS_FILE
from analysis.study.plan import Sample
from analysis.study.problems import Problem, StudyRefused
from analysis.study.refusals import explain
from analysis.study.rows import Change, Estimate, ModeDifference, Outcome, Rank
from analysis.study.study import Study, with_written_margins


@dataclass(frozen=True, slots=True)
class Results:
    """Everything computed from one study."""

    study: Study
    estimated: dict[tuple[str, str], Estimated]
    estimates: tuple[Estimate, ...]
    changes: tuple[Change, ...]
    modes: tuple[ModeDifference, ...]
    outcomes: tuple[Outcome, ...]
    ranks: tuple[Rank, ...]
    warnings: tuple[Problem, ...]


def estimate_study(study: Study, progress: Callable[[str], None] = lambda _: None) -> Results:
    """Estimate every sample under each of its weightings, and compare them.

    Parameters
    ----------
    progress
        Called with the name of each step as it begins.

    Raises
    ------
    StudyRefused
        With every reason, of all samples and weightings.
    """
    margins = with_written_margins(study.margins, study.plan, study.paddings)
    study = replace(study, margins=margins)
    problems: list[Problem] = []
    estimated: dict[tuple[str, str], Estimated] = {}
    for sample in study.plan.samples:
        progress(sample.id)
        done, refused = estimate_one(study, sample)
        problems += refused
        estimated |= {(sample.id, result.weighting.id): result for result in done}
    if problems:
        raise StudyRefused(problems, study.warnings)
    progress("changes")
    compared = tuple(changes(study, estimated))
    progress("ranks")
    return Results(
        study=study,
        estimated=estimated,
        estimates=tuple(row for result in estimated.values() for row in result.rows),
        changes=compared,
        modes=tuple(modes(study, estimated)),
        outcomes=tuple(outcomes(study)),
        ranks=tuple(ranks(study, estimated)),
        warnings=(*study.warnings, *_collapsed(estimated), *_thin_cells(estimated)),
    )


def estimate_one(study: Study, sample: Sample) -> tuple[list[Estimated], list[Problem]]:
    """One sample under each of its weightings, and why some cannot be."""
    if not study.data[sample.id].tally.n:
        return [], [_no_answers(sample)]
    try:
        base = base_weights(study, sample)
    except AnalysisError as error:
        return [], explain(error, sample, None)
    done: list[Estimated] = []
    problems: list[Problem] = []
    for weighting in study.plan.weightings_of(sample):
        try:
            done.append(estimate_sample(study, sample, weighting, base))
        except AnalysisError as error:
            problems += explain(error, sample, weighting)
    return done, list(dict.fromkeys(problems))


def _no_answers(sample: Sample) -> Problem:
    return Problem(sample.responses, None, "status", "0", "至少一份已接受的答卷", "an accepted row")


def outcomes(study: Study) -> list[Outcome]:
    """Outcome rates of the samples that have dispositions, in the order of the plan."""
    return [
        Outcome(sample.id, rate, value)
        for sample in study.plan.samples
        if sample.id in study.dispositions
        for rate, value in outcome_rates(study.dispositions[sample.id]).items()
    ]


def _collapsed(estimated: dict[tuple[str, str], Estimated]) -> list[Problem]:
    """Say which empty categories were joined to a neighbour."""
    return [
        Problem(
            MARGINS_FILE,
            None,
            f"{margin.name} ({sample}, {weighting})",
            empty,
            f"有答卷(已并入 {neighbour})",
            f"a respondent (joined to {neighbour})",
        )
        for (sample, weighting), result in estimated.items()
        for margin in result.weights.margins
        for empty, neighbour in margin.collapsed
    ]


def _thin_cells(estimated: dict[tuple[str, str], Estimated]) -> list[Problem]:
    """Warn of weighting cells with few respondents."""
    return [
        Problem(
            MARGINS_FILE,
            None,
            f"{margin.name} ({sample}, {weighting})",
            f"{category}: {n}",
            f"至少 {THIN_CELL} 名答卷人",
            f"at least {THIN_CELL} respondents",
        )
        for (sample, weighting), result in estimated.items()
        for margin in result.weights.margins
        for category, n in zip(margin.categories, margin.respondents.tolist(), strict=True)
        if n < THIN_CELL
    ]
