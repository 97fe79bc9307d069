"""What a version changes, question by question, as a person reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from survey.designer.uses import Words
from survey.designer.words import KINDS
from survey.instrument.changes import Changes, changes
from survey.instrument.described import placed_items
from survey.instrument.items import Choice, Group, Item, Label, Question, Scale
from survey.instrument.questions import Form


class Mark(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that changed, in one language where it is a text.

    ``before`` and ``after`` are empty where there was or is nothing.
    """

    what: Words
    before: str
    after: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A question or group that differs; ``label`` as it is, or as it was if it is gone.

    Without a name it is of the form as a whole.
    """

    name: str
    mark: Mark
    label: Label
    details: tuple[Detail, ...] = ()


_RULES: Mapping[str, Words] = {
    "required": ("必答", "required"),
    "relevant": ("显示条件", "shown if"),
    "constraint": ("限制", "constraint"),
    "calculation": ("公式", "formula"),
    "choice_filter": ("选项筛选", "choice filter"),
    "default": ("默认值", "default"),
    "default_expression": ("默认值(公式)", "computed default"),
    "randomize": ("选项随机排列", "choices in random order"),
    "scale": ("量表", "range"),
    "read_only": ("只读", "read only"),
    "repeats": ("可重复", "repeated"),
    "count": ("重复次数", "times repeated"),
}
# Texts beside the label, which nobody's answer depends on.
_FURTHER_TEXTS: Mapping[str, Words] = {
    "hint": ("提示", "hint"),
    "required_message": ("未答时提示", "message if missing"),
    "constraint_message": ("不符时提示", "message if not allowed"),
}
_LABEL: Words = ("文字", "text")


def differences(before: Form, after: Form) -> tuple[Difference, ...]:
    """What is new or changed in document order, then what is gone."""
    found = changes(before, after)
    old, new = _by_name(before), _by_name(after)
    details = _details(found, old, new)
    names = {*found.added, *found.renamed.values(), *(name for name in details if name)}
    return (
        *_of_the_form(found, list(old), list(new)),
        *(
            Difference(name, _mark(name, found), item.label, tuple(details.get(name, ())))
            for name, item in new.items()
            if name in names
        ),
        *(Difference(name, Mark.REMOVED, old[name].label) for name in found.removed),
    )


def _mark(name: str, found: Changes) -> Mark:
    return Mark.ADDED if name in found.added else Mark.CHANGED


def _of_the_form(found: Changes, old: list[str], new: list[str]) -> Iterator[Difference]:
    details = []
    if found.languages_added or found.languages_removed:
        gone, come = "、".join(found.languages_removed), "、".join(found.languages_added)
        details.append(Detail(("语言", "languages"), gone, come))
    if order := _moved(old, new):
        details.append(order)
    if details:
        yield Difference("", Mark.CHANGED, {}, tuple(details))


def _details(
    found: Changes, old: Mapping[str, Item], new: Mapping[str, Item]
) -> dict[str, list[Detail]]:
    """What changed in each question or group, by its name now."""
    details: dict[str, list[Detail]] = {}

    def add(name: str, *more: Detail) -> None:
        if more:
            details.setdefault(name, []).extend(more)

    for was, now in found.renamed.items():
        add(now, Detail(("名称", "name"), was, now))
    for kind in found.kinds:
        what = ("题型", "type")
        add(kind.name, Detail(what, KINDS[kind.old][0], KINDS[kind.new][0]))
    for name in found.moved:
        add(name, Detail(("位置", "place"), "", "↻"))
    for choice in found.choices:
        add(choice.name, *_of_choices(choice.name, old, new))
    for text in found.labels:
        add(text.name, *_texts(_choice(text.code) if text.code else _LABEL, text.old, text.new))
    for rule in found.rules:
        add(rule.name, Detail(_RULES[rule.rule], _said(rule.old), _said(rule.new)))
    for name, item in new.items():
        if name in old:
            add(name, *_further(old[name], item))
    return details


def _of_choices(name: str, old: Mapping[str, Item], new: Mapping[str, Item]) -> Iterator[Detail]:
    """Codes that came, went, or stand in another order."""
    before, after = _choices(old[name]), _choices(new[name])
    for code, choice in before.items():
        if code not in after:
            yield Detail(_choice(code), _text(choice), "")
    for code, choice in after.items():
        if code not in before:
            yield Detail(_choice(code), "", _text(choice))
    kept = [
        [code for code in one if code in other] for one, other in ((before, after), (after, before))
    ]
    if kept[0] != kept[1]:
        yield Detail(("选项顺序", "order of choices"), " ".join(kept[0]), " ".join(kept[1]))


def _further(before: Item, after: Item) -> Iterator[Detail]:
    """Texts that say the same question in other words around it."""
    if isinstance(before, Group) and isinstance(after, Group):
        yield from _texts(_LABEL, before.label, after.label)
    if isinstance(before, Question) and isinstance(after, Question):
        for field, what in _FURTHER_TEXTS.items():
            yield from _texts(what, getattr(before, field), getattr(after, field))
        if before.appearance != after.appearance:
            yield Detail(("外观", "appearance"), before.appearance, after.appearance)


def _texts(what: Words, before: Label, after: Label) -> Iterator[Detail]:
    changed = {
        code: (before.get(code, ""), after.get(code, ""))
        for code in dict.fromkeys([*before, *after])
        if before.get(code, "") != after.get(code, "")
    }
    # A form with one text has it under each language: that is one change.
    if len(changed) > 1 and len(set(changed.values())) == 1:
        yield Detail(what, *next(iter(changed.values())))
        return
    for code, (one, other) in changed.items():
        yield Detail(what, one, other, code)


def _moved(before: list[str], after: list[str]) -> Detail | None:
    """The names that stand elsewhere among those that both versions have."""
    old = [name for name in before if name in set(after)]
    new = [name for name in after if name in set(before)]
    apart = [place for place, name in enumerate(old) if name != new[place]]
    if not apart:
        return None
    part = slice(apart[0], apart[-1] + 1)
    return Detail(("题目顺序", "order of questions"), " ".join(old[part]), " ".join(new[part]))


def _said(value: object) -> str:
    if isinstance(value, Scale):
        return f"{value.start} – {value.end}, {value.step}"
    if isinstance(value, bool):
        return "✓" if value else ""
    return str(value or "")


def _choice(code: str) -> Words:
    return f"选项 {code}", f"choice {code}"


def _choices(item: Item) -> dict[str, Choice]:
    return {one.code: one for one in item.choices} if isinstance(item, Question) else {}


def _text(choice: Choice) -> str:
    return choice.label.get("zh", "") or choice.code


def _by_name(form: Form) -> dict[str, Item]:
    return {one.item.name: one.item for one in placed_items(form)}
