"""study.toml to a plan: every key checked, every fault named by its dotted key."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from analysis.intervals import Method
from analysis.strata import Lonely
from analysis.study.checked import CheckedTable, Faults
from analysis.study.files import PLAN_FILE as FILE
from analysis.study.form_reader import read_form_rules
from analysis.study.plan import (
    ROOT,
    BaseWeight,
    Covariance,
    Estimation,
    Identity,
    Plan,
    Population,
    Recode,
    Sample,
    SampleKind,
    Wave,
    Weighting,
)
from analysis.study.problems import Problem

APPROVALS = ("审批", "备案", "演练")
METHODS = tuple(method.value for method in Method if method is not Method.T)

__all__ = ["FILE", "plan_of", "read_plan"]


def read_plan(text: str, faults: Faults) -> Plan | None:
    """The plan, or None when the text is no TOML; faults are collected either way.

    A plan with faults is only good for finding more of them.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.problems.append(_syntax_problem(str(error), text))
        return None
    return plan_of(document, faults)


def plan_of(document: Mapping[str, object], faults: Faults) -> Plan:
    """The plan of a parsed study.toml."""
    top = CheckedTable(document, "", faults)
    study = top.table("study", required=True) or CheckedTable({}, "study", faults)
    title_zh, title_en = _title(study)
    waves = tuple(_wave(table) for table in top.tables("wave"))
    recodes = _recodes(top)
    samples = tuple(_sample(table, waves) for table in top.tables("sample"))
    weightings = tuple(_weighting(table, samples) for table in top.tables("weighting"))
    plan = Plan(
        id=_study_id(study),
        title_zh=title_zh,
        title_en=title_en,
        identity=_identity(study),
        timezone=_timezone(study),
        root_area=study.text("root_area"),
        population=_population(top),
        form=read_form_rules(top),
        waves=waves,
        recodes=recodes,
        samples=samples,
        weightings=weightings,
        estimation=_estimation(top, waves, weightings),
        document=document,
    )
    study.warn_of_unknown()
    top.warn_of_unknown()
    _check_coverage(plan, faults)
    return plan


def _syntax_problem(message: str, text: str) -> Problem:
    """The line stands in the message, unless it is the end of the document."""
    place = re.search(r"at line ([0-9]+)", message)
    row = int(place[1]) if place else text.count("\n") + (not text.endswith("\n"))
    return Problem(FILE, row, "", message, "合法的 TOML", "valid TOML")


def _study_id(study: CheckedTable) -> str:
    value = study.text("id")
    if value and not all(c.isascii() and (c.isalnum() or c in "-_.") for c in value):
        study.fault("id", value, "ASCII 字母、数字、- _ .", "ASCII letters, digits, - _ .")
    return value


def _title(table: CheckedTable) -> tuple[str, str]:
    title = table.table("title", required=True)
    if title is None:
        return "", ""
    zh = title.text("zh")
    return zh, title.text("en", default=zh)


def _identity(study: CheckedTable) -> Identity:
    approval = study.table("approval", required=True) or CheckedTable(
        {"kind": APPROVALS[0], "by": "-", "number": ""}, study.key("approval"), study.faults
    )
    return Identity(
        form_number=study.text("form_number"),
        maker=study.text("maker"),
        approval_kind=approval.choice("kind", APPROVALS),
        approval_by=approval.text("by"),
        approval_number=approval.text("number", default="", empty=True),
        valid_until=study.day("valid_until"),
    )


def _timezone(study: CheckedTable) -> str:
    name = study.text("timezone")
    if name:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            study.fault("timezone", name, "时区,如 Asia/Shanghai", "a zone such as Asia/Shanghai")
            return "UTC"
    return name or "UTC"


def _population(top: CheckedTable) -> Population:
    table = top.table("population")
    if table is None:
        return Population()
    population = Population(
        counted_on=table.day("date") if table.has("date") else None,
        source=table.text("source", default="", empty=True),
        ages=table.text("ages", default="", empty=True),
        residents=table.text("residents", default="", empty=True),
    )
    table.warn_of_unknown()
    return population


def _wave(table: CheckedTable) -> Wave:
    title_zh, title_en = _title(table)
    wave = Wave(table.text("id"), title_zh, title_en, table.day("opens"), table.day("closes"))
    if date.min < wave.closes < wave.opens:
        table.fault("closes", wave.closes.isoformat(), "不早于 opens", "a day not before opens")
    table.warn_of_unknown()
    return wave


def _recodes(top: CheckedTable) -> dict[str, Recode]:
    tables = top.table("recode")
    recodes = {}
    for name in tables.values if tables else ():
        table = tables.table(name) if tables else None
        if table is None:
            continue
        if name == ROOT or "*" in name:
            table.fault("", name, f"不含 *、不叫 {ROOT} 的名称", f"a name without * and not {ROOT}")
        recodes[name] = Recode(name, table.text("from"), _groups(table))
        table.warn_of_unknown()
    return recodes


def _groups(table: CheckedTable) -> dict[str, str]:
    groups = table.table("groups", required=True)
    rule: dict[str, str] = {}
    for group in groups.values if groups else ():
        for code in groups.texts(group) if groups else ():
            if groups and code in rule:
                groups.fault(group, code, "只属于一组的代码", "a code of one group only")
            rule[code] = group
    return rule


def _sample(table: CheckedTable, waves: tuple[Wave, ...]) -> Sample:
    identifier, wave = table.text("id"), table.text("wave")
    if wave and wave not in {known.id for known in waves}:
        table.fault("wave", wave, "[[wave]] 中的 id", "the id of a [[wave]]")
    elif identifier and not (identifier.startswith(wave) and len(identifier) > len(wave) + 1):
        table.fault(
            "id",
            identifier,
            f"{wave} 加一个字符再加名称,如 {wave}-door",
            f"{wave}, one character and a name, such as {wave}-door",
        )
    declared = SampleKind(table.choice("kind", [kind.value for kind in SampleKind]))
    selection = _selection(table)
    cluster = table.optional_text("cluster")
    fpc = _fpc(table, cluster)
    sample = Sample(
        id=identifier,
        wave=wave,
        name=identifier[len(wave) + 1 :],
        declared=declared,
        kind=_counting_kind(declared, selection),
        selection=selection,
        responses=_path(table),
        area=table.text("area"),
        strata=table.optional_text("strata"),
        cluster=cluster,
        certainty_strata=frozenset(table.texts("certainty_strata", default=())),
        not_covered=frozenset(table.texts("not_covered", default=())),
        base_weight=_base_weight(table),
        lonely=Lonely(
            table.choice("lonely_psu", [rule.value for rule in Lonely], default=Lonely.FAIL)
        ),
        fpc=fpc,
    )
    if sample.certainty_strata and not sample.strata:
        table.fault("certainty_strata", list(sample.certainty_strata), "先有 strata", "strata")
    table.warn_of_unknown()
    return sample


def _selection(table: CheckedTable) -> dict[str, str]:
    selection = table.table("selection")
    if selection is None:
        return {}
    return {name: selection.text(name, default="", empty=True) for name in selection.values}


def _counting_kind(declared: SampleKind, selection: Mapping[str, str]) -> SampleKind:
    """A probability sample needs its selection filled in and no substitution."""
    if declared is not SampleKind.PROBABILITY:
        return declared
    filled = bool(selection) and all(text.strip() for text in selection.values())
    if filled and selection.get("substitution", "").strip().lower() == "none":
        return declared
    return SampleKind.QUOTA


def _path(table: CheckedTable) -> str:
    path = table.text("responses")
    if path.startswith("/") or "\\" in path or ".." in path.split("/"):
        table.fault("responses", path, "文件夹内的相对路径", "a path inside the folder")
        return ""
    return path


def _base_weight(table: CheckedTable) -> BaseWeight:
    base = table.table("base_weight")
    if base is None:
        return BaseWeight()
    weight = BaseWeight(
        population=base.optional_text("population"),
        factor=base.optional_text("factor"),
        factor_cap=base.number("factor_cap", above=0) if base.has("factor_cap") else None,
        column=base.optional_text("column"),
    )
    if (weight.population is None) == (weight.column is None):
        table.fault(
            "base_weight", dict(base.values), "population 或 column 之一", "population or column"
        )
    if weight.population is None and (weight.factor or weight.factor_cap is not None):
        base.fault("factor", weight.factor or "", "与 population 同用", "used with population")
    if weight.factor_cap is not None and weight.factor is None:
        base.fault("factor_cap", weight.factor_cap, "与 factor 同用", "used with factor")
    base.warn_of_unknown()
    return weight


def _fpc(table: CheckedTable, cluster: str | None) -> str | None:
    fpc = table.table("fpc")
    if fpc is None:
        return None
    if cluster is not None:
        table.fault("fpc", dict(fpc.values), "无 cluster 时才可用", "no cluster beside it")
    column = fpc.text("column")
    fpc.warn_of_unknown()
    return column


def _weighting(table: CheckedTable, samples: tuple[Sample, ...]) -> Weighting:
    identifier = table.text("id")
    ids = {sample.id for sample in samples}
    chosen = table.some("samples") if table.has("samples") else None
    for sample in chosen or ():
        if sample not in ids:
            table.fault("samples", sample, "[[sample]] 中的 id", "the id of a [[sample]]")
    poststratify = table.some("poststratify") if table.has("poststratify") else ()
    raked = _margins(table) if table.has("rake") else ()
    if table.has("poststratify") and table.has("rake"):
        table.fault("rake", "rake, poststratify", "二者之一", "one of the two")
    trim = table.table("trim")
    weighting = Weighting(
        id=identifier,
        samples=chosen,
        margins=raked or ((poststratify,) if poststratify else ()),
        raked=bool(raked),
        trim=trim.number("upper", above=1) if trim else None,
        collapse=table.flag("collapse", default=False),
        drop_missing=table.choice("missing", ("stop", "drop"), default="stop") == "drop",
    )
    if trim:
        trim.warn_of_unknown()
    table.warn_of_unknown()
    return weighting


def _margins(table: CheckedTable) -> tuple[tuple[str, ...], ...]:
    value = table.raw("rake")
    margins = [_margin(item) for item in value] if isinstance(value, list) else []
    found = tuple(margin for margin in margins if margin)
    if not found or len(found) < len(margins):
        table.fault(
            "rake", value, '边际的列表,如 [["town"], ["sex"]]', 'margins: [["town"], ["sex"]]'
        )
        return ()
    if len(set(found)) < len(found):
        table.fault("rake", value, "各边际不同", "margins that differ")
    return found


def _margin(item: object) -> tuple[str, ...]:
    """The variables of a margin, each once; () where it is none."""
    if not isinstance(item, list) or not all(isinstance(name, str) and name for name in item):
        return ()
    return tuple(item) if len(set(item)) == len(item) else ()


def _estimation(
    top: CheckedTable, waves: tuple[Wave, ...], weightings: tuple[Weighting, ...]
) -> Estimation:
    table = top.table("estimates") or CheckedTable({}, "estimates", top.faults)
    estimation = Estimation(
        headline=_headline(table, weightings),
        domains=table.texts("domains", default=(ROOT,)),
        method=Method(table.choice("interval", METHODS, default=Method.KORN_GRAUBARD)),
        level=table.number("level", above=0, below=1, default=0.95),
        minimum_n=table.integer("minimum_n", least=1, default=30),
        changes=_changes(table, {wave.id for wave in waves}),
        covariance=_covariance(table),
    )
    table.warn_of_unknown()
    return estimation


def _headline(table: CheckedTable, weightings: tuple[Weighting, ...]) -> dict[str, str]:
    value = table.raw("headline")
    if value is None:
        return {}
    headline = {"": value} if isinstance(value, str) else value
    if not isinstance(headline, dict):
        table.fault("headline", value, "[[weighting]] 的 id", "the id of a [[weighting]]")
        return {}
    ids = {weighting.id for weighting in weightings}
    kinds = {"", *(kind.value for kind in SampleKind)}
    for kind, weighting in headline.items():
        if not isinstance(weighting, str) or weighting not in ids:
            key = f"headline.{kind}" if kind else "headline"
            table.fault(key, weighting, "[[weighting]] 的 id", "the id of a [[weighting]]")
        if kind not in kinds:
            table.fault(f"headline.{kind}", kind, "样本种类", "a kind of sample")
    return {kind: str(weighting) for kind, weighting in headline.items()}


def _changes(table: CheckedTable, waves: set[str]) -> tuple[tuple[str, str], ...]:
    value = table.raw("changes")
    if value is None:
        return ()
    pairs: list[tuple[str, str]] = []
    for pair in value if isinstance(value, list) else [value]:
        if (
            isinstance(pair, list)
            and len(pair) == 2
            and all(isinstance(wave, str) and wave in waves for wave in pair)
            and pair[0] != pair[1]
        ):
            pairs.append((pair[0], pair[1]))
        else:
            table.fault("changes", pair, "两个不同波次的 id", "the ids of two different waves")
    return tuple(pairs)


def _covariance(table: CheckedTable) -> Covariance:
    value = table.raw("changes_covariance")
    if value is None:
        return Covariance.AUTO
    word = str(value).lower() if isinstance(value, bool) else value
    if not isinstance(word, str) or word not in {rule.value for rule in Covariance}:
        table.fault("changes_covariance", value, "auto | true | false", "auto | true | false")
        return Covariance.AUTO
    return Covariance(word)


def _check_coverage(plan: Plan, faults: Faults) -> None:
    """Waves without a sample, samples without a weighting."""
    for wave in plan.waves:
        if not plan.samples_of(wave.id):
            named = any(wave.id in pair for pair in plan.estimation.changes)
            problem = Problem(
                FILE, None, f"wave.{wave.id}", wave.id, "至少一个 [[sample]]", "a [[sample]] in it"
            )
            (faults.problems if named else faults.warnings).append(problem)
    for sample in plan.samples:
        if not plan.weightings_of(sample) and plan.weightings:
            faults.problems.append(
                Problem(
                    FILE,
                    None,
                    f"sample.{sample.id}",
                    sample.id,
                    "至少一个适用的 [[weighting]]",
                    "a [[weighting]] that is for it",
                )
            )
