"""What a later version of a questionnaire changes: for whoever publishes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from survey.instrument.items import Group, Item, Kind, Label, Question
from survey.instrument.questions import Form

# What makes answers of two versions differ beside the wording.
_RULES = (
    "required",
    "relevant",
    "constraint",
    "calculation",
    "choice_filter",
    "default",
    "default_expression",
    "randomize",
    "scale",
    "read_only",
)


@dataclass(frozen=True, slots=True)
class KindChange:
    """A question that kept its name and is asked in another way."""

    name: str
    old: Kind
    new: Kind


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A text that was changed: of a question, or of the choice ``code`` of it."""

    name: str
    code: str
    old: Label
    new: Label


@dataclass(frozen=True, slots=True)
class ChoiceChange:
    """Codes that a question gained and lost; ``moved``: the same codes in another order."""

    name: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: bool


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A condition of a question or group; None or False where there was or is none."""

    name: str
    rule: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything in the order of the new version, what was removed in that of the old one.

    Attributes
    ----------
    added, removed : tuple of str
        Names of questions, but those that were only renamed.
    renamed : mapping
        Old name to new name: of one kind, with the same text and the same choices.
    moved : tuple of str
        Questions that went into or out of a repeat.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    moved: tuple[str, ...] = ()
    kinds: tuple[KindChange, ...] = ()
    choices: tuple[ChoiceChange, ...] = ()
    labels: tuple[LabelChange, ...] = ()
    rules: tuple[RuleChange, ...] = ()
    languages_added: tuple[str, ...] = ()
    languages_removed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == Changes()

    @property
    def lost(self) -> tuple[str, ...]:
        """Names under which no answer will come any more, the renamed ones included."""
        return (*self.removed, *self.renamed)


def changes(old: Form, new: Form) -> Changes:
    """Compare two versions of a form by the names of their questions and the codes."""
    before, after = _by_name(old.children), _by_name(new.children)
    questions = {name: item for name, item in after.items() if isinstance(item, Question)}
    added = [name for name in questions if not isinstance(before.get(name), Question)]
    removed = [
        name
        for name, item in before.items()
        if isinstance(item, Question) and not isinstance(after.get(name), Question)
    ]
    renamed = _renamed(before, after, removed, added)
    kept = [
        (was, item)
        for name, item in questions.items()
        if isinstance(was := before.get(name), Question)
    ]
    repeats = (old.rules.named, new.rules.named)
    codes = ({one.code for one in old.languages}, {one.code for one in new.languages})
    return Changes(
        added=tuple(name for name in added if name not in renamed.values()),
        removed=tuple(name for name in removed if name not in renamed),
        renamed=renamed,
        moved=tuple(
            now.name
            for _, now in kept
            if bool(repeats[0][now.name].repeat) is not bool(repeats[1][now.name].repeat)
        ),
        kinds=tuple(
            KindChange(now.name, was.kind, now.kind)
            for was, now in kept
            if was.kind is not now.kind
        ),
        choices=tuple(found for was, now in kept if (found := _choices(was, now)) is not None),
        labels=tuple(found for was, now in kept for found in _labels(was, now)),
        rules=tuple(_rules(before, after)),
        languages_added=tuple(one.name for one in new.languages if one.code not in codes[0]),
        languages_removed=tuple(one.name for one in old.languages if one.code not in codes[1]),
    )


def _by_name(items: tuple[Item, ...]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for item in items:
        found[item.name] = item
        if isinstance(item, Group):
            found |= _by_name(item.children)
    return found


def _renamed(
    before: Mapping[str, Item], after: Mapping[str, Item], removed: list[str], added: list[str]
) -> dict[str, str]:
    """Pairs that only one reading allows: the same kind, text and codes, each once."""
    old_keys = [_key(before[name]) for name in removed]
    new_keys = [_key(after[name]) for name in added]
    return {
        name: added[new_keys.index(key)]
        for name, key in zip(removed, old_keys, strict=True)
        if key is not None and old_keys.count(key) == 1 and new_keys.count(key) == 1
    }


def _key(item: Item) -> tuple[object, ...] | None:
    if not isinstance(item, Question) or not (item.label or item.calculation):
        return None
    return (item.kind, tuple(sorted(item.label.items())), item.codes, item.calculation)


def _choices(was: Question, now: Question) -> ChoiceChange | None:
    if was.codes == now.codes:
        return None
    added = tuple(code for code in now.codes if code not in was.codes)
    removed = tuple(code for code in was.codes if code not in now.codes)
    return ChoiceChange(now.name, added, removed, moved=not (added or removed))


def _labels(was: Question, now: Question) -> Iterator[LabelChange]:
    if dict(was.label) != dict(now.label):
        yield LabelChange(now.name, "", was.label, now.label)
    before = {choice.code: choice.label for choice in was.choices}
    for choice in now.choices:
        if choice.code in before and dict(before[choice.code]) != dict(choice.label):
            yield LabelChange(now.name, choice.code, before[choice.code], choice.label)


def _rules(before: Mapping[str, Item], after: Mapping[str, Item]) -> Iterator[RuleChange]:
    for name, now in after.items():
        was = before.get(name)
        if was is None or type(was) is not type(now):
            continue
        for rule in _RULES if isinstance(now, Question) else ("relevant", "repeats", "count"):
            old, new = getattr(was, rule), getattr(now, rule)
            if old != new:
                yield RuleChange(name, rule, old, new)
