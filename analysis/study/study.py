"""A study ready to be estimated: the plan and the tallied answers, wherever they were stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis.calibration import Margin
from analysis.cells import Column, Tally
from analysis.indicators import Indicator
from analysis.study.areas import AreaTree
from analysis.study.plan import Plan, Sample
from analysis.study.problems import Problem

STATUSES = ("accepted", "quarantined", "rejected", "withdrawn", "training")
ACCEPTED = STATUSES[0]


@dataclass(frozen=True, slots=True)
class SampleData:
    """The accepted answers of a sample, tallied, and how many rows have each status."""

    tally: Tally
    statuses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that a figure depends on, checked.

    Attributes
    ----------
    paddings : mapping
        Questions whose choices are area codes: answer to 12-digit code.
    dispositions : mapping of sample id to class to number
    data : mapping of sample id to its tallied answers
    files : mapping of path to SHA-256, empty when the study is no folder
    """

    plan: Plan
    tree: AreaTree
    margins: Mapping[str, Margin]
    indicators: tuple[Indicator, ...]
    paddings: Mapping[str, Mapping[str, str]]
    dispositions: Mapping[str, Mapping[str, int]]
    data: Mapping[str, SampleData]
    files: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()


def columns_of(plan: Plan, sample: Sample, indicators: Sequence[Indicator]) -> dict[str, str]:
    """The response columns that a sample's figures use, and what uses each.

    This is the one list by which the folder and the database tally answers.
    """
    used: dict[str, str] = {}

    def use(column: str | None, where: str) -> None:
        if column:
            used.setdefault(column, where)

    at = f"sample.{sample.id}"
    use(sample.strata, f"{at}.strata")
    use(sample.cluster, f"{at}.cluster")
    use(sample.base_weight.column, f"{at}.base_weight.column")
    use(sample.base_weight.factor, f"{at}.base_weight.factor")
    use(sample.fpc, f"{at}.fpc.column")
    for weighting in plan.weightings_of(sample):
        for variable in weighting.variables:
            use(plan.source_of(variable), f"weighting.{weighting.id}")
    for domain in plan.domain_variables():
        use(plan.source_of(domain), "estimates.domains")
    for indicator in indicators:
        for question in indicator.questions:
            use(question, f"indicators.csv {indicator.code}")
    return used


def with_written_recodes(plan: Plan, paddings: Mapping[str, Mapping[str, str]]) -> Plan:
    """The plan with the area codes in its recodes and strata written out to 12 digits."""
    recodes = {}
    for name, recode in plan.recodes.items():
        known = paddings.get(recode.source, {})
        rule = {known.get(code, code): group for code, group in recode.rule.items()}
        recodes[name] = replace(recode, rule=rule)
    samples = []
    for sample in plan.samples:
        known = paddings.get(sample.strata or "", {})
        whole = frozenset(known.get(code, code) for code in sample.certainty_strata)
        left = frozenset(known.get(code, code) for code in sample.not_covered)
        samples.append(replace(sample, certainty_strata=whole, not_covered=left))
    return replace(plan, recodes=recodes, samples=tuple(samples))


def with_written_margins(
    margins: Mapping[str, Margin], plan: Plan, paddings: Mapping[str, Mapping[str, str]]
) -> dict[str, Margin]:
    """The margins with the area codes in their categories written out to 12 digits.

    A category that has not one value for each variable was refused where the
    file was read; it stays as it is.
    """
    written = {}
    for name, margin in margins.items():
        rules = [
            {} if variable in plan.recodes else paddings.get(variable, {})
            for variable in name.split("*")
        ]
        totals = {
            _written_category(category, rules): total for category, total in margin.totals.items()
        }
        written[name] = Margin(name, totals)
    return written


def _written_category(category: str, rules: Sequence[Mapping[str, str]]) -> str:
    parts = category.split("*")
    if len(parts) != len(rules):
        return category
    return "*".join(rule.get(part, part) for rule, part in zip(rules, parts, strict=True))


def unreached_strata(tree: AreaTree, sample: Sample, strata: Collection[str]) -> list[str]:
    """Areas at the level of the sample's strata with a population and no respondent.

    Those that the plan does not cover on purpose are not among them. For samples
    with ``base_weight.population``; ``strata`` are the codes that respondents have.
    """
    levels = {tree.areas[code].level for code in strata}
    return [
        code
        for code in sorted(tree.populations(sample.base_weight.population or ""))
        if tree.areas[code].level in levels
        and code not in strata
        and code not in sample.not_covered
    ]


def tally_answers(
    study_columns: Mapping[str, Sequence[str]],
    paddings: Mapping[str, Mapping[str, str]],
    counts: Sequence[int] | None = None,
) -> Tally:
    """Tally answers, answers that are area codes written out to 12 digits."""
    written = {
        name: [paddings[name].get(text, text) for text in texts] if name in paddings else texts
        for name, texts in study_columns.items()
    }
    return Tally.build(written, counts)


def variable_column(plan: Plan, tally: Tally, variable: str) -> Column:
    """A column of the tally, or the grouping that a recode makes of one."""
    recode = plan.recodes.get(variable)
    if recode is None:
        return tally.columns[variable]
    return tally.columns[recode.source].mapped(recode.rule)
