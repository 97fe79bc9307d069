"""A questionnaire as a whole: its pages, its codebook, its stored form."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from analysis.codebook import Codebook, Variable, VariableKind
from survey.instrument.items import Choice, Group, Item, Kind, Label, Question, walk
from survey.instrument.rules import Rules

__all__ = ["Choice", "Form", "Group", "Item", "Kind", "Label", "Page", "Question"]

_VARIABLE_KINDS = {
    Kind.SELECT_ONE: VariableKind.ONE,
    Kind.SELECT_MULTIPLE: VariableKind.MULTIPLE,
    Kind.INTEGER: VariableKind.NUMBER,
    Kind.DECIMAL: VariableKind.NUMBER,
    Kind.CALCULATE: VariableKind.CALCULATION,
}


@dataclass(frozen=True, slots=True)
class Page:
    """What one screen shows: a top-level group, or questions that are in none.

    Attributes
    ----------
    name : str
        The group's name, or that of the first question: unique in the form.
    items : tuple
        The group's children as they nest.
    """

    name: str
    label: Label
    items: tuple[Item, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the page shows, in order: questions that are answered, and notes."""
        return tuple(question for question in walk(self.items) if question.kind.is_shown)


@dataclass(frozen=True)
class Form:
    """A questionnaire as published: frozen, and the same after a trip through JSON.

    Attributes
    ----------
    root : str
        Name of the outermost element in absolute paths (``/data/…``).
    """

    form_id: str
    version: str
    title: str
    children: tuple[Item, ...]
    root: str = "data"

    def questions(self) -> Iterator[Question]:
        """All questions, notes and calculations, in document order."""
        return walk(self.children)

    def question(self, name: str) -> Question | None:
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Question]:
        return {question.name: question for question in self.questions()}

    @cached_property
    def rules(self) -> Rules:
        """The parsed expressions and the order in which they are computed, made once."""
        return Rules.of(self.root, self.children)

    def pages(self) -> tuple[Page, ...]:
        """The pages that show something, in order."""
        pages: list[Page] = []
        loose: list[Question] = []
        for child in self.children:
            if isinstance(child, Question):
                loose.append(child)
                continue
            pages += _loose_page(loose)
            loose = []
            pages.append(Page(child.name, child.label, child.children))
        pages += _loose_page(loose)
        return tuple(page for page in pages if page.questions)

    def codebook(self) -> Codebook:
        """Every named row; without a code list any text passes."""
        variables = (
            Variable(
                question.name,
                _VARIABLE_KINDS.get(question.kind, VariableKind.TEXT),
                frozenset(question.codes),
            )
            for question in self.questions()
        )
        return Codebook(variables, _group_names(self.children))

    def to_json(self) -> dict[str, Any]:
        return {
            "form_id": self.form_id,
            "version": self.version,
            "title": self.title,
            "root": self.root,
            "children": [_item_to_json(child) for child in self.children],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Form":
        return cls(
            form_id=stored["form_id"],
            version=stored["version"],
            title=stored["title"],
            root=stored["root"],
            children=tuple(_item_from_json(child) for child in stored["children"]),
        )


def _loose_page(questions: list[Question]) -> list[Page]:
    """A page of the questions between two groups, named after the first that shows."""
    shown = [question.name for question in questions if question.kind.is_shown]
    return [Page(shown[0], {}, tuple(questions))] if shown else []


def _group_names(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Group):
            yield item.name
            yield from _group_names(item.children)


def _item_to_json(item: Item) -> dict[str, Any]:
    if isinstance(item, Group):
        return {
            "name": item.name,
            "label": dict(item.label),
            "relevant": item.relevant,
            "row": item.row,
            "children": [_item_to_json(child) for child in item.children],
        }
    return {
        "name": item.name,
        "kind": item.kind.value,
        "label": dict(item.label),
        "hint": dict(item.hint),
        "choices": [{"code": one.code, "label": dict(one.label)} for one in item.choices],
        "required": item.required,
        "required_message": dict(item.required_message),
        "relevant": item.relevant,
        "constraint": item.constraint,
        "constraint_message": dict(item.constraint_message),
        "calculation": item.calculation,
        "appearance": item.appearance,
        "default": item.default,
        "row": item.row,
    }


def _item_from_json(stored: Mapping[str, Any]) -> Item:
    if "children" in stored:
        children = tuple(_item_from_json(child) for child in stored["children"])
        return Group(**{**stored, "children": children})
    choices = tuple(Choice(one["code"], one["label"]) for one in stored["choices"])
    return Question(**{**stored, "kind": Kind(stored["kind"]), "choices": choices})
