"""What differs between two versions of a questionnaire: questions, codes, words, rules."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from survey.designer.uses import Words
from survey.instrument.items import Choice, Group, Item, Label, Question
from survey.instrument.questions import Form


class Mark(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that changed; empty where there was or is nothing."""

    what: Words
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A question or group that differs; ``label`` as it is, or as it was if it is gone."""

    name: str
    mark: Mark
    label: Label
    details: tuple[Detail, ...] = ()


_TEXTS: Mapping[str, Words] = {
    "label": ("文字", "words"),
    "hint": ("提示", "hint"),
    "required_message": ("必答提示", "message if missing"),
    "constraint_message": ("限制提示", "message of the constraint"),
}
_RULES: Mapping[str, Words] = {
    "required": ("必答", "required"),
    "relevant": ("显示条件", "shown if"),
    "constraint": ("限制", "constraint"),
    "calculation": ("计算", "calculation"),
    "choice_filter": ("选项筛选", "choice filter"),
    "default": ("默认值", "default"),
    "default_expression": ("默认值(计算)", "computed default"),
    "appearance": ("外观", "appearance"),
    "seed": ("随机种子", "seed"),
    "count": ("重复次数", "times repeated"),
}
_FLAGS: Mapping[str, Words] = {
    "randomize": ("选项随机排列", "choices in random order"),
    "read_only": ("只读", "read only"),
    "repeats": ("重复组", "repeated"),
}
_YES = "✓"


def differences(before: Form, after: Form) -> tuple[Difference, ...]:
    """What is new or changed in document order, then what is gone."""
    old = {item.name: item for item in _items(before.children)}
    new = {item.name: item for item in _items(after.children)}
    found = [
        difference
        for name, item in new.items()
        if (difference := _difference(old.get(name), item)) is not None
    ]
    found += [
        Difference(name, Mark.REMOVED, item.label) for name, item in old.items() if name not in new
    ]
    if moved := _moved(list(old), list(new)):
        found.append(moved)
    return tuple(found)


def _difference(before: Item | None, after: Item) -> Difference | None:
    if before is None:
        return Difference(after.name, Mark.ADDED, after.label)
    details = tuple(_details(before, after))
    return Difference(after.name, Mark.CHANGED, after.label, details) if details else None


def _details(before: Item, after: Item) -> Iterator[Detail]:
    if _kind(before) != _kind(after):
        yield Detail(("题型", "type"), _kind(before), _kind(after))
    for field, what in _TEXTS.items():
        yield from _texts(what, getattr(before, field, {}), getattr(after, field, {}))
    for field, what in _RULES.items():
        one, other = getattr(before, field, None) or "", getattr(after, field, None) or ""
        if one != other:
            yield Detail(what, one, other)
    for field, what in _FLAGS.items():
        one, other = getattr(before, field, False), getattr(after, field, False)
        if one != other:
            yield Detail(what, _YES if one else "", _YES if other else "")
    if isinstance(before, Question) and isinstance(after, Question):
        yield from _choices(before.choices, after.choices)
        if before.scale != after.scale:
            yield Detail(("量表", "range"), _scale(before), _scale(after))


def _texts(what: Words, before: Label, after: Label) -> Iterator[Detail]:
    languages = dict.fromkeys([*before, *after])
    changed = {
        code: (before.get(code, ""), after.get(code, ""))
        for code in languages
        if before.get(code, "") != after.get(code, "")
    }
    # A form with one text has it under each language: that is one change.
    if len(changed) > 1 and len(set(changed.values())) == 1:
        yield Detail(what, *next(iter(changed.values())))
        return
    for code, (one, other) in changed.items():
        yield Detail((f"{what[0]}({code})", f"{what[1]} ({code})"), one, other)


def _choices(before: tuple[Choice, ...], after: tuple[Choice, ...]) -> Iterator[Detail]:
    old = {choice.code: choice for choice in before}
    new = {choice.code: choice for choice in after}
    for code, choice in old.items():
        if code not in new:
            yield Detail(_choice(code), _text(choice), "")
    for code, choice in new.items():
        if code not in old:
            yield Detail(_choice(code), "", _text(choice))
            continue
        yield from _texts(_choice(code), old[code].label, choice.label)
        if old[code].attributes != choice.attributes:
            one, other = _attributes(old[code]), _attributes(choice)
            what = (f"选项 {code} 的附加列", f"columns of choice {code}")
            yield Detail(what, one, other)
    kept_before = [code for code in old if code in new]
    kept_after = [code for code in new if code in old]
    if kept_before != kept_after:
        what = ("选项顺序", "order of choices")
        yield Detail(what, " ".join(kept_before), " ".join(kept_after))


def _moved(before: list[str], after: list[str]) -> Difference | None:
    """The questions that stand elsewhere among those that both versions have."""
    old = [name for name in before if name in set(after)]
    new = [name for name in after if name in set(before)]
    if old == new:
        return None
    first = next(place for place in range(len(old)) if old[place] != new[place])
    last = next(place for place in range(len(old) - 1, -1, -1) if old[place] != new[place])
    part = slice(first, last + 1)
    detail = Detail(("题目顺序", "order"), " ".join(old[part]), " ".join(new[part]))
    return Difference("", Mark.CHANGED, {}, (detail,))


def _choice(code: str) -> Words:
    return f"选项 {code}", f"choice {code}"


def _text(choice: Choice) -> str:
    return choice.label.get("zh", "") or choice.code


def _attributes(choice: Choice) -> str:
    return ", ".join(f"{name}={text}" for name, text in choice.attributes.items())


def _kind(item: Item) -> str:
    return "group" if isinstance(item, Group) else item.kind.value


def _scale(question: Question) -> str:
    scale = question.scale
    return f"{scale.start} – {scale.end}, {scale.step}" if scale else ""


def _items(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        if isinstance(item, Group):
            yield from _items(item.children)
