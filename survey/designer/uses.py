"""What a study needs of its questionnaire: its indicators, its plan, the settings of [form]."""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.study.areas import padded
from analysis.study.csvfile import CsvFile
from analysis.study.plan import FormRules, Plan, Sample, Weighting

Words = tuple[str, str]  # Chinese and English


@dataclass(frozen=True, slots=True)
class Use:
    """One need of one question.

    Attributes
    ----------
    owner : Words
        What needs it, such as an indicator.
    codes : frozenset of str or None
        Codes that must stay. None: all that the question ever had.
    counted : frozenset of str or None
        Codes with which the figures can be computed; an answer with another one would
        stop them. None: any.
    by_server : bool
        Whether the server fills it, so that nobody may be asked.
    may_go : bool
        Whether the platform asks it by itself where the form does not.
    by_indicator : bool
        Whether an indicator needs it: ``survey.indicators_kept`` then says what is missing.
    is_group : bool
        Whether ``question`` is the name of a group.
    """

    owner: Words
    question: str
    codes: frozenset[str] | None = frozenset()
    counted: frozenset[str] | None = None
    by_server: bool = False
    may_go: bool = False
    by_indicator: bool = False
    is_group: bool = False


def uses_of(plan: Plan, indicators: CsvFile, margins: CsvFile) -> tuple[Use, ...]:
    """All needs of a study, each once.

    Parameters
    ----------
    indicators, margins
        The stored tables: ``survey.datasets.indicator_table`` and ``margin_table``.
    """
    found = [*_of_indicators(indicators), *_of_form(plan.form)]
    for sample in plan.samples:
        found += _of_sample(sample)
    for weighting in plan.weightings:
        found += _of_weighting(plan, weighting, margins)
    for domain in plan.domain_variables():
        owner = (f"统计域 {domain}", f"domain {domain}")
        found.append(Use(owner, plan.source_of(domain), _codes_of(plan, domain)))
    return tuple(dict.fromkeys(found))


def _of_indicators(indicators: CsvFile) -> Iterator[Use]:
    for _, row in indicators.records():
        named = {
            part.partition(":")[0]
            for column in ("numerator", "denominator", "scores")
            for part in row[column].split("|")
            if part
        }
        owner = (
            f"指标 {row['code']} {row['name_zh']}",
            f"indicator {row['code']} {row['name_en'] or row['name_zh']}",
        )
        for question in row["question"].split("|"):
            yield Use(owner, question, frozenset(named), by_indicator=True)


def _of_form(rules: FormRules) -> Iterator[Use]:
    if rules.consent_question:
        owner = ("同意参加 [form] consent", "consent, [form] consent")
        yield Use(owner, rules.consent_question, frozenset(rules.consent_yes))
    if rules.eligible_question:
        owner = ("调查对象 [form] eligible", "eligibility, [form] eligible")
        yield Use(owner, rules.eligible_question, frozenset(rules.eligible_yes))
    if rules.area:
        yield Use(("居住区域 [form] area", "area, [form] area"), rules.area, None)
    if rules.entry_point:
        owner = ("点位 [form] entry_point", "entry point, [form] entry_point")
        yield Use(owner, rules.entry_point, by_server=True)
    if rules.mode:
        yield Use(("调查方式 [form] mode", "mode, [form] mode"), rules.mode, by_server=True)
    for question in rules.hidden_at_door:
        owner = ("入户时不显示 [form] hidden_at_door", "hidden at the door, [form] hidden_at_door")
        yield Use(owner, question)
    if rules.coached:
        owner = ("诱导作答 [form] coached", "coached answers, [form] coached")
        yield Use(owner, rules.coached.question, frozenset(rules.coached.yes))
    if rules.overclaim:
        owner = ("虚报知晓 [form] overclaim", "false awareness, [form] overclaim")
        yield Use(owner, rules.overclaim.question, frozenset(rules.overclaim.claims))
        yield Use(owner, rules.overclaim.item, by_server=True)
    for name in rules.rotation.choices:
        yield Use(("选项轮换 [form] rotate", "order of choices, [form] rotate"), name)
    for name in rules.rotation.questions:
        owner = ("题目轮换 [form] rotate", "order of questions, [form] rotate")
        yield Use(owner, name, is_group=True)


def _of_sample(sample: Sample) -> Iterator[Use]:
    """Columns of the design that may be questions of the form."""
    columns = {
        "area": ("区域", "area", sample.area),
        "strata": ("层", "strata", sample.strata),
        "cluster": ("初级抽样单元", "cluster", sample.cluster),
        "base_weight": ("设计权数", "base weight", sample.base_weight.column),
        "fpc": ("层内人数", "stratum sizes", sample.fpc),
    }
    for zh, en, column in columns.values():
        if column:
            yield Use((f"样本 {sample.id} 的{zh}", f"{en} of sample {sample.id}"), column, None)
    if sample.base_weight.factor:
        owner = (f"样本 {sample.id} 的家庭人数", f"household size of sample {sample.id}")
        yield Use(owner, sample.base_weight.factor, may_go=True)


def _of_weighting(plan: Plan, weighting: Weighting, margins: CsvFile) -> Iterator[Use]:
    owner = (f"加权 {weighting.id}", f"weighting {weighting.id}")
    for variables, name in zip(weighting.margins, weighting.margin_names, strict=True):
        rows = [row["category"].split("*") for _, row in margins.records() if row["margin"] == name]
        for place, variable in enumerate(variables):
            recode = plan.recodes.get(variable)
            counted: frozenset[str] | None
            if recode is None:
                counted = frozenset(padded(row[place]) for row in rows if len(row) > place)
            else:  # a code in no group is a missing answer
                counted = None if weighting.drop_missing else frozenset(recode.rule)
            codes = _codes_of(plan, variable)
            yield Use(owner, plan.source_of(variable), codes, counted)


def _codes_of(plan: Plan, variable: str) -> frozenset[str] | None:
    recode = plan.recodes.get(variable)
    return None if recode is None else frozenset(recode.rule)
