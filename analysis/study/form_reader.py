"""[form] of study.toml: what the platform must know of the questionnaire."""

from collections.abc import Iterator

from analysis.codebook import Codebook
from analysis.study.checked import CheckedTable
from analysis.study.files import PLAN_FILE
from analysis.study.plan import Coached, FormRules, Overclaim, Rotation
from analysis.study.problems import Problem

_LEAST_IN_BANK = 2  # with one text everybody is asked the same, and word of it gets round


def read_form_rules(top: CheckedTable) -> FormRules:
    """The rules of [form], or those of a study without it; faults are noted in the table."""
    table = top.table("form")
    if table is None:
        return FormRules()
    consent = table.table("consent")
    eligible = table.table("eligible")
    levels = table.table("levels")
    rules = FormRules(
        consent_question=consent.text("question") if consent else None,
        consent_yes=consent.texts("yes") if consent else (),
        eligible_question=eligible.text("question") if eligible else None,
        eligible_yes=eligible.texts("yes") if eligible else (),
        area=table.optional_text("area"),
        entry_point=table.optional_text("entry_point"),
        mode=table.optional_text("mode"),
        hidden_at_door=table.texts("hidden_at_door", default=()),
        levels={name: levels.text(name) for name in levels.values} if levels else None,
        coached=_coached(table),
        overclaim=_overclaim(table),
        rotation=_rotation(table),
    )
    table.warn_of_unknown()
    return rules


def _coached(form: CheckedTable) -> Coached | None:
    table = form.table("coached")
    if table is None:
        return None
    coached = Coached(table.text("question"), table.some("yes"))
    table.warn_of_unknown()
    return coached


def _overclaim(form: CheckedTable) -> Overclaim | None:
    table = form.table("overclaim")
    if table is None:
        return None
    rule = Overclaim(
        question=table.text("question"),
        item=table.text("item"),
        claims=table.some("claims"),
        bank=_bank(table),
    )
    if rule.item and rule.item == rule.question:
        table.fault("item", rule.item, "另一道隐藏题", "a hidden question of its own")
    table.warn_of_unknown()
    return rule


def _bank(table: CheckedTable) -> tuple[str, ...]:
    """The texts without the spaces around them: they stand within a sentence."""
    bank = tuple(dict.fromkeys(text.strip() for text in table.texts("bank")))
    written = table.values.get("bank")
    is_list = isinstance(written, list) and all(isinstance(t, str) and t for t in written)
    if is_list and (len(bank) < _LEAST_IN_BANK or "" in bank):
        table.fault(
            "bank",
            written,
            f"至少 {_LEAST_IN_BANK} 个互不相同的非空文字",
            f"at least {_LEAST_IN_BANK} texts that differ and are not empty",
        )
    return bank


def _rotation(form: CheckedTable) -> Rotation:
    table = form.table("rotate")
    if table is None:
        return Rotation()
    rotation = Rotation(
        choices=table.texts("choices", default=()),
        questions=table.texts("questions", default=()),
        keep_last=table.texts("keep_last", default=()),
    )
    if rotation.keep_last and not rotation.choices:
        table.fault("keep_last", list(rotation.keep_last), "与 choices 同用", "used with choices")
    table.warn_of_unknown()
    return rotation


def check_form_rules(rules: FormRules, codebook: Codebook, problems: list[Problem]) -> None:
    """Note which questions, codes and groups of the rules the questionnaire does not have."""
    problems.extend(_missing(rules, codebook))


def _missing(rules: FormRules, codebook: Codebook) -> Iterator[Problem]:
    if rules.coached:
        yield from _codes("coached", "yes", rules.coached.question, rules.coached.yes, codebook)
    if rules.overclaim:
        rule = rules.overclaim
        yield from _codes("overclaim", "claims", rule.question, rule.claims, codebook)
        item = codebook.get(rule.item)
        if rule.item and (item is None or item.codes):
            yield _problem("overclaim.item", rule.item, "问卷中的隐藏题", "a hidden question")
    for name in rules.rotation.choices:
        variable = codebook.get(name)
        if variable is None or not variable.codes:
            yield _problem("rotate.choices", name, "问卷中的选择题", "a question with choices")
    for name in rules.rotation.questions:
        if name not in codebook.groups:
            yield _problem("rotate.questions", name, "问卷中的题组", "a group of questions")


def _codes(
    key: str, which: str, question: str, codes: tuple[str, ...], codebook: Codebook
) -> Iterator[Problem]:
    """The question must have choices, and each code be one of them."""
    variable = codebook.get(question)
    if variable is None or not variable.codes:
        if question:
            yield _problem(f"{key}.question", question, "问卷中的选择题", "a question with choices")
        return
    for code in codes:
        if code not in variable.codes:
            zh, en = f"{question} 的选项代码", f"an answer code of {question}"
            yield _problem(f"{key}.{which}", code, zh, en)


def _problem(key: str, found: str, zh: str, en: str) -> Problem:
    return Problem(PLAN_FILE, None, f"form.{key}", found, zh, en)
