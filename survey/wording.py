"""The words for verdicts, reasons, samples, weights and variables, in both languages."""

from collections.abc import Mapping

from analysis.presentation import Decision, Display
from analysis.study.plan import Sample, Weighting
from analysis.study.rows import Estimate
from analysis.study.study import Study
from survey.instrument.questions import Form

Words = Mapping[str, str]  # language to text

SELF_ASSESSMENT: Words = {
    "zh": "本结果为自测,不代表测评结论。",
    "en": "This is a self-assessment, not the result of the official evaluation.",
}
DECISIONS: Mapping[Decision, Words] = {
    Decision.MET: {"zh": "有把握达到目标", "en": "target met"},
    Decision.NOT_MET: {"zh": "有把握未达到", "en": "target not met"},
    Decision.UNDECIDED: {"zh": "样本不足以判断", "en": "cannot be decided"},
    Decision.INDICATIVE: {"zh": "仅供参考,不判定", "en": "indicative only"},
}
REVIEW: Words = {
    "zh": "待统计人员复核,暂不用于考核",
    "en": "to be reviewed by a statistician; not for assessment yet",
}
SUPPRESSED: Words = {"zh": "暂不发布", "en": "withheld"}
DISTINGUISHABLE: Mapping[str, Words] = {
    "yes": {"zh": "差异超出抽样误差", "en": "beyond sampling error"},
    "no": {"zh": "差异未超出抽样误差", "en": "within sampling error"},
    "": {"zh": "不作比较", "en": "not compared"},
}
KINDS: Mapping[str, Words] = {
    "probability": {"zh": "概率样本", "en": "probability sample"},
    "quota": {"zh": "配额样本", "en": "quota sample"},
    "opt-in": {"zh": "自愿样本(扫码)", "en": "opt-in sample (QR)"},
}
# Levels of areas as an official says them.
LEVELS: Mapping[str, Words] = {
    "省": {"zh": "省", "en": "province"},
    "市": {"zh": "市", "en": "prefecture"},
    "县": {"zh": "县(市、区)", "en": "county"},
    "乡级": {"zh": "街道(乡镇)", "en": "township"},
    "村级": {"zh": "社区(村)", "en": "community"},
    "网格": {"zh": "网格", "en": "grid"},
}
# What a question is about, by a word in its Chinese label: shorter than the label.
TOPICS: Mapping[str, Words] = {
    "年龄": {"zh": "年龄", "en": "age"},
    "性别": {"zh": "性别", "en": "sex"},
    "文化程度": {"zh": "文化程度", "en": "education"},
    "学历": {"zh": "文化程度", "en": "education"},
    "身份": {"zh": "身份", "en": "status"},
    "职业": {"zh": "职业", "en": "occupation"},
}
LONGEST_LABEL = 24  # characters of a label that still names a variable


def variable_words(study: Study, form: Form, variable: str, language: str) -> str:
    """What a variable is called: a level of areas, a topic, a short label, or its id."""
    source = study.plan.source_of(variable)
    level = (study.plan.form.levels or {}).get(source) or _level_of_values(study, source)
    if level is not None and level in LEVELS:
        return LEVELS[level][language]
    return question_words(form, source, language) or variable


def question_words(form: Form, name: str, language: str) -> str:
    """What a question is about: its topic, or its label where that is short; else empty."""
    question = form.question(name)
    label = question.label if question else {}
    for word, words in TOPICS.items():
        if word in label.get("zh", ""):
            return words[language]
    text = label.get(language, "")
    return text if len(text) <= LONGEST_LABEL else ""


def _level_of_values(study: Study, source: str) -> str | None:
    """The one level of the areas that a column names, where it names areas."""
    areas = study.tree.areas
    values = {
        value
        for data in study.data.values()
        if source in data.tally.columns
        for value in data.tally.columns[source].values
    } - {""}
    levels = {areas[value].level if value in areas else "" for value in values}
    return levels.pop() if len(levels) == 1 else None


def weighting_words(
    study: Study, form: Form, sample: Sample, weighting: Weighting, language: str
) -> str:
    """How a sample is weighted, and to which variables."""
    zh = language == "zh"
    base = sample.base_weight
    if not weighting.margins:
        if base.population or base.column:
            return "设计权数,不作校准" if zh else "design weights, not calibrated"
        return "不加权" if zh else "not weighted"
    margins = [
        (" × " if zh else " by ").join(
            variable_words(study, form, variable, language) for variable in margin
        )
        for margin in weighting.margins
    ]
    if weighting.raked:
        text = ("迭代加权:" if zh else "raked to ") + ("、" if zh else ", ").join(margins)
    else:
        text = ("事后分层:" if zh else "post-stratified by ") + margins[0]
    if weighting.trim is not None:
        text += (
            f";权数不超过均值的 {weighting.trim:g} 倍"
            if zh
            else f"; weights capped at {weighting.trim:g} times their mean"
        )
    return text


def reason_text(row: Estimate, language: str) -> str:
    """Why a figure is withheld or to be reviewed; empty for one that is shown."""
    if row.display is Display.SHOW:
        return ""
    rule = row.reason.rpartition(" ")[2]
    head = SUPPRESSED if row.display is Display.SUPPRESS else REVIEW
    why = rule_text(rule, language)
    return f"{head[language]}({why})" if language == "zh" else f"{head[language]} ({why})"


def rule_text(rule: str, language: str) -> str:
    """A rule of presentation in plain words."""
    name, sign, limit = _split(rule)
    words = {
        "n<": (f"答卷不足 {limit} 份", f"fewer than {limit} answers"),
        "n_eff<": (f"有效样本量不足 {limit}", f"effective sample below {limit}"),
        "df=": ("只有一个抽样单元", "only one sampling unit"),
        "df<": (f"抽样单元太少,自由度不足 {limit}", f"few sampling units, df below {limit}"),
        "events=": ("结果为 0 % 或 100 %", "0 % or 100 %"),
        "n=": ("没有答卷", "no answers"),
        "areas<": (f"有答卷的区域不足 {limit} 个", f"fewer than {limit} areas with answers"),
        "fit=": ("模型无法计算", "the model cannot be fitted"),
        "width>=": (f"区间宽度不小于 {limit}", f"interval at least {limit} wide"),
        "width/p>": ("区间相对过宽", "interval too wide for the rate"),
    }
    zh, en = words.get(name + sign, (rule, rule))
    return zh if language == "zh" else en


def _split(rule: str) -> tuple[str, str, str]:
    for sign in ("<=", ">=", "<", ">", "="):
        name, found, limit = rule.partition(sign)
        if found:
            return name, sign, limit
    return rule, "", ""
