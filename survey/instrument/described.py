"""What a form holds, as plain data: for the command and for the page that imports one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from survey.instrument.items import Choice, Group, Item, Question
from survey.instrument.questions import Form

# What a row may be bound to, in the order of the sheet's columns.
CONDITIONS = (
    "required",
    "relevant",
    "constraint",
    "calculation",
    "choice_filter",
    "default",
    "default_expression",
)


@dataclass(frozen=True, slots=True)
class Placed:
    """An item with the groups around it, the outermost first, and the repeat it is in."""

    item: Item
    groups: tuple[str, ...]
    repeat: str | None


def placed_items(form: Form) -> Iterator[Placed]:
    """Groups and questions in the order of the sheet."""
    return _placed(form.children, (), None)


def describe(form: Form) -> dict[str, Any]:
    """The form as JSON can hold it; documented in docs/xlsform.md and kept stable."""
    placed = list(placed_items(form))
    questions = [one for one in placed if isinstance(one.item, Question)]
    return {
        "form_id": form.form_id,
        "version": form.version,
        "title": form.title,
        "root": form.root,
        "languages": [{"code": one.code, "name": one.name} for one in form.languages],
        "counts": counts(form),
        "groups": [_group(one, one.item) for one in placed if isinstance(one.item, Group)],
        "questions": [
            _question(one, one.item) for one in questions if isinstance(one.item, Question)
        ],
    }


def counts(form: Form) -> dict[str, int]:
    """How many questions there are of each type, the most frequent first."""
    found = Counter(question.kind.value for question in form.questions())
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _placed(
    items: tuple[Item, ...], groups: tuple[str, ...], repeat: str | None
) -> Iterator[Placed]:
    for item in items:
        yield Placed(item, groups, repeat)
        if isinstance(item, Group):
            inside = item.name if item.repeats else repeat
            yield from _placed(item.children, (*groups, item.name), inside)


def _group(placed: Placed, group: Group) -> dict[str, Any]:
    return {
        "row": group.row,
        "name": group.name,
        "label": dict(group.label),
        "groups": list(placed.groups),
        "relevant": group.relevant,
        "repeats": group.repeats,
        "repeat_count": group.count,
        "appearance": group.appearance,
    }


def _question(placed: Placed, question: Question) -> dict[str, Any]:
    scale = question.scale
    return {
        "row": question.row,
        "name": question.name,
        "type": question.kind.value,
        "label": dict(question.label),
        "hint": dict(question.hint),
        "groups": list(placed.groups),
        "repeat": placed.repeat,
        **{name: getattr(question, name) for name in CONDITIONS},
        "constraint_message": dict(question.constraint_message),
        "required_message": dict(question.required_message),
        "list_name": question.list_name,
        "choices": [_choice(choice) for choice in question.choices],
        "randomize": question.randomize,
        "seed": question.seed,
        "range": {"start": scale.start, "end": scale.end, "step": scale.step} if scale else None,
        "read_only": question.read_only,
        "appearance": question.appearance,
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "code": choice.code,
        "label": dict(choice.label),
        "attributes": dict(choice.attributes),
    }
