"""What a new version of a questionnaire would break: indicators, the plan, settings of [form]."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from analysis.codebook import VariableKind
from analysis.indicators import Indicator
from analysis.study.areas import padded
from survey.designer.uses import Use, Words
from survey.indicators_kept import BrokenIndicator, broken_indicators
from survey.instrument.described import placed_items
from survey.instrument.history import asked_once
from survey.instrument.items import Question
from survey.instrument.questions import Form

MOST_NAMED = 12  # codes in one sentence

VARIABLE_KINDS: Mapping[VariableKind, Words] = {
    VariableKind.ONE: ("单选", "one choice"),
    VariableKind.MULTIPLE: ("多选", "several choices"),
    VariableKind.NUMBER: ("数字", "a number"),
    VariableKind.TEXT: ("文字", "text"),
    VariableKind.CALCULATION: ("计算", "a calculation"),
}
COMPARISON: Words = ("各期可比", "comparison of waves")
OWN_COLUMN: Words = ("平台的列名", "a column of the platform")


@dataclass(frozen=True, slots=True)
class Break:
    """What a version breaks, and by what: a question and what is missing of it."""

    owner: Words
    question: str
    missing: Words


def breaks(
    before: Form,
    form: Form,
    uses: Iterable[Use],
    indicators: Iterable[Indicator],
    columns: Collection[str],
) -> tuple[Break, ...]:
    """Everything that forbids to publish a version, all at once.

    Only what was in order and would no longer be: a study that never had a
    question cannot lose it.

    Parameters
    ----------
    before
        All that earlier versions asked: ``survey.instrument.history.all_asked``.
    columns
        Names that the platform has columns of: the design, levels of areas, the response.
    """
    change = _Change(before, form)
    found = [
        Break(_owner_of(one), one.question, (one.zh, one.en))
        for one in broken_indicators(before, form, indicators)
    ]
    found += [
        Break(use.owner, use.question, missing) for use in uses for missing in change.missing(use)
    ]
    reported = {one.question for one in found}
    found += [Break(COMPARISON, *one) for one in change.other_meanings() if one[0] not in reported]
    found += [Break(OWN_COLUMN, *one) for one in change.taken(columns)]
    return tuple(found)


def _owner_of(broken: BrokenIndicator) -> Words:
    return f"指标 {broken.code} {broken.name_zh}", f"indicator {broken.code} {broken.name_en}"


class _Change:
    """The questions of two forms side by side; ``old`` and ``new`` are those asked once."""

    def __init__(self, before: Form, form: Form) -> None:
        self.old = {question.name: question for question in asked_once(before)}
        self.new = {question.name: question for question in asked_once(form)}
        self.old_names = {one.item.name for one in placed_items(before)}
        self.new_names = {one.item.name for one in placed_items(form)}
        self._old_groups = before.codebook().groups
        self._new_groups = form.codebook().groups
        self.old_kinds = {one.name: one.kind for one in before.codebook().variables()}
        self.new_kinds = {one.name: one.kind for one in form.codebook().variables()}

    def missing(self, use: Use) -> Iterator[Words]:
        """What is wrong with a question, or a group, for one of its uses."""
        name = use.question
        if use.is_group:
            if name in self._old_groups and name not in self._new_groups:
                yield "题组没有了", "the group is gone"
        elif name in self.old and name in self.new:
            yield from _swapped(self.old[name], self.new[name])
            if not use.by_indicator:
                yield from self._kept(use)
        elif name in self.old and not use.by_indicator and self._is_missed(use):
            yield self._gone(name)

    def _is_missed(self, use: Use) -> bool:
        return not use.may_go or use.question in self.new_names

    def _kept(self, use: Use) -> Iterator[Words]:
        """What is wrong with a question that is still there."""
        name = use.question
        old, new = self.old[name], self.new[name]
        if kinds := self._kinds(name):
            yield kinds
            return
        if use.by_server and new.kind.is_answered:
            yield (
                "应由系统填写(hidden),现在会问受访者",
                "is filled by the server (hidden), and now people would be asked",
            )
        needed = set(old.codes) if use.codes is None else use.codes
        lost = [one for one in old.codes if {one, padded(one)} & needed and one not in new.codes]
        if lost:
            yield f"缺少选项 {_named(lost, '、')}", f"choice {_named(lost, ', ')} is gone"
        if odd := _uncounted(use, old, new):
            yield (
                f"新选项 {_named(odd, '、')} 没有分组或总体数,选它的人无法加权",
                f"new choice {_named(odd, ', ')} has no group or total and cannot be weighted",
            )

    def other_meanings(self) -> Iterator[tuple[str, Words]]:
        """Names whose column would hold two kinds of answers."""
        for name in self.old:
            if name not in self.new_names:
                continue
            words = self._kinds(name) if name in self.new else self._gone(name)
            if words:
                yield name, (f"{words[0]};请改用新的名称", f"{words[1]}; use a new name")

    def taken(self, columns: Collection[str]) -> Iterator[tuple[str, Words]]:
        """New names that the platform has columns of."""
        for name in sorted(self.new_names & set(columns) - self.old_names):
            yield name, ("与平台自己的列同名,请改名", "is named as a column of the platform")

    def _gone(self, name: str) -> Words:
        if name in self.new_names:
            return "现在在重复组内,或成了组名", "now stands in a repeat, or names a group"
        return "题目没有了", "the question is gone"

    def _kinds(self, name: str) -> Words | None:
        one, other = self.old_kinds.get(name), self.new_kinds.get(name)
        # A calculation gives any code: it may take the place of a question.
        if one is None or other in {None, one, VariableKind.CALCULATION}:
            return None
        assert other is not None
        was, now = VARIABLE_KINDS[one], VARIABLE_KINDS[other]
        return f"题型由{was[0]}变为{now[0]}", f"was {was[1]} and is now {now[1]}"


def _uncounted(use: Use, old: Question, new: Question) -> list[str]:
    """New choices with which the figures cannot be computed."""
    if use.counted is None:
        return []
    fresh = [code for code in new.codes if code not in old.codes]
    return [code for code in fresh if not {code, padded(code)} & use.counted]


def _swapped(old: Question, new: Question) -> Iterator[Words]:
    """Codes that took over the words of another code, which now says something else."""
    said = {choice.label.get("zh", ""): choice.code for choice in old.choices}
    says = {choice.code: choice.label.get("zh", "") for choice in new.choices}
    for code, text in says.items():
        other = said.get(text) if text else None
        if other is not None and other != code and says.get(other, text) != text:
            yield (
                f"选项 {code} 用了原来选项 {other} 的文字",
                f"choice {code} has the words that choice {other} had",
            )


def _named(codes: list[str], comma: str) -> str:
    more = "…" if len(codes) > MOST_NAMED else ""
    return comma.join(codes[:MOST_NAMED]) + more
