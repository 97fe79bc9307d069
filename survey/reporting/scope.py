"""What of a study's figures a user may read: the whole, and what lies in his areas."""

from collections.abc import Sequence

from analysis.study.plan import ROOT
from analysis.study.problems import Problem
from analysis.study.rows import Estimate
from analysis.study.study import Study


def area_domains(study: Study) -> tuple[str, ...]:
    """The domain variables whose values are areas."""
    return tuple(
        domain
        for domain in study.plan.domain_variables()
        if domain not in study.plan.recodes and _is_area_domain(study, domain)
    )


def _is_area_domain(study: Study, domain: str) -> bool:
    tallies = [data.tally for data in study.data.values() if domain in data.tally.columns]
    values = {value for tally in tallies for value in tally.columns[domain].values} - {""}
    return bool(values) and values <= study.tree.areas.keys()


def visible_rows(
    study: Study, rows: Sequence[Estimate], indicator: str, scope: frozenset[str]
) -> tuple[list[Estimate], list[Estimate]]:
    """The lines of an indicator that a user may read: whole and areas, and population groups.

    The whole is for everybody, an area for those in whose subtree it lies, a
    group of the whole population for those who see the whole.
    """
    areas = area_domains(study)
    own = [row for row in rows if row.indicator == indicator]
    places = [row for row in own if row.domain == ROOT] + [
        row for row in own if row.domain in areas and row.area in scope
    ]
    sees_all = study.tree.root in scope
    groups = [row for row in own if row.domain != ROOT and row.domain not in areas and sees_all]
    return places, groups


def visible_problems(
    study: Study, problems: Sequence[Problem], scope: frozenset[str]
) -> tuple[list[Problem], int]:
    """The reasons against an estimate that a user may read, and how many lie outside his areas."""
    if study.tree.root in scope:
        return list(problems), 0
    outside = study.tree.areas.keys() - scope
    seen = [one for one in problems if not any(code in one.found for code in outside)]
    return seen, len(problems) - len(seen)
