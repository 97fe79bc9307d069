"""Whether a later version of a questionnaire still gives every indicator its answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analysis.codebook import Codebook, Variable, VariableKind
from analysis.indicators import Indicator
from analysis.study.areas import padded
from survey.instrument.questions import Form

_CODED = (VariableKind.ONE, VariableKind.MULTIPLE)
_KINDS = {
    VariableKind.ONE: ("单选", "one answer"),
    VariableKind.MULTIPLE: ("多选", "several answers"),
    VariableKind.NUMBER: ("数字", "a number"),
    VariableKind.TEXT: ("文字", "a text"),
    VariableKind.CALCULATION: ("计算", "a calculation"),
}


@dataclass(frozen=True, slots=True)
class BrokenIndicator:
    """An indicator that a version breaks: which question of it, and how."""

    code: str
    name_zh: str
    name_en: str
    question: str
    zh: str
    en: str


def broken_indicators(
    old: Form, new: Form, indicators: Iterable[Indicator]
) -> tuple[BrokenIndicator, ...]:
    """Indicators whose figure of an earlier wave could not be computed alike after ``new``.

    A question must stay, outside of repeats; so must each of its codes that the
    definition counts; and what had codes must not become a number or a text, nor one
    answer several. A calculation may take the place of a question: it gives any code.
    """
    before, after = old.codebook(), new.codebook()
    return tuple(
        BrokenIndicator(one.code, one.name_zh, one.name_en, question, zh, en)
        for one in indicators
        for question in one.questions
        for zh, en in _faults(one, question, before, after)
    )


def _faults(
    indicator: Indicator, question: str, before: Codebook, after: Codebook
) -> Iterator[tuple[str, str]]:
    was, now = before.get(question), after.get(question)
    if now is None:
        yield (
            f"题目 {question} 被删除、改名或移入重复组",
            f"question {question} is removed, renamed or put into a repeat",
        )
        return
    if not _is_computable(indicator, was, now):
        zh, en = _KINDS[now.kind]
        zh_was, en_was = _KINDS[was.kind] if was is not None else ("", "")
        yield (
            f"题目 {question} 由{zh_was}改为{zh}",
            f"question {question} asks for {en} instead of {en_was}",
        )
        return
    lost = _lost_codes(indicator, was, now)
    if lost:
        codes = "、".join(lost)
        yield (
            f"题目 {question} 不再有选项 {codes}",
            f"question {question} no longer has the codes {', '.join(lost)}",
        )


def _is_computable(indicator: Indicator, was: Variable | None, now: Variable) -> bool:
    if now.kind is VariableKind.MULTIPLE and not indicator.is_rate:
        return False
    if was is None or was.kind is now.kind or now.kind is VariableKind.CALCULATION:
        return True
    return was.kind not in _CODED and now.kind is not VariableKind.MULTIPLE


def _lost_codes(indicator: Indicator, was: Variable | None, now: Variable) -> list[str]:
    """Codes that the definition counts and the question had; an area may stand there padded."""
    if not now.codes:
        return []
    used = indicator.numerator | indicator.denominator | indicator.scores.keys()
    had = was.codes if was is not None else frozenset()
    if not had and len(indicator.questions) == 1:  # any code passed: then all that are counted
        return sorted(used - now.codes - {padded(code) for code in now.codes})
    return sorted(code for code in had - now.codes if {code, padded(code)} & used)
