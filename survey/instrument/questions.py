"""A questionnaire as a whole: its pages, its codebook, its stored form."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from analysis.codebook import Codebook, Variable, VariableKind
from survey.instrument.answers import ACKNOWLEDGED
from survey.instrument.items import Choice, Group, Item, Kind, Label, Language, Question, walk
from survey.instrument.rules import Rules
from survey.instrument.stored import (
    item_from_json,
    item_to_json,
    language_from_json,
    language_to_json,
)

__all__ = ["Choice", "Form", "Group", "Item", "Kind", "Label", "Page", "Question"]

_VARIABLE_KINDS = {
    Kind.SELECT_ONE: VariableKind.ONE,
    Kind.SELECT_MULTIPLE: VariableKind.MULTIPLE,
    # Its codes are checked, and whoever answers has all of them; who is first is a calculation's.
    Kind.RANK: VariableKind.MULTIPLE,
    Kind.ACKNOWLEDGE: VariableKind.ONE,
    Kind.INTEGER: VariableKind.NUMBER,
    Kind.DECIMAL: VariableKind.NUMBER,
    Kind.RANGE: VariableKind.NUMBER,
    Kind.CALCULATE: VariableKind.CALCULATION,
}


@dataclass(frozen=True)
class Page:
    """What one screen shows: a top-level group or repeat, or questions that are in none.

    Attributes
    ----------
    name : str
        The group's name, or that of the first question: unique in the form.
    items : tuple
        The group's children as they nest.
    repeat : Group or None
        The group itself where it is asked several times.
    """

    name: str
    label: Label
    items: tuple[Item, ...]
    repeat: Group | None = None

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What the page shows, in order: questions that are answered, and notes."""
        return tuple(question for question in walk(self.items) if question.kind.is_shown)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of its questions, and of the repeats: how often they are asked is an answer."""
        return frozenset((*(question.name for question in self.questions), *_repeats(self.whole)))

    @cached_property
    def everything(self) -> frozenset[str]:
        """The names of all its questions, notes and calculations: what is known after it."""
        return frozenset(question.name for question in walk(self.items))

    @property
    def whole(self) -> tuple[Item, ...]:
        """The items with the repeat around them, where there is one."""
        return (self.repeat,) if self.repeat else self.items


@dataclass(frozen=True)
class Form:
    """A questionnaire as published: frozen, and the same after a trip through JSON.

    Attributes
    ----------
    root : str
        Name of the outermost element in absolute paths (``/data/…``).
    languages : tuple of Language
        Those that the form names, its default first; none where its one text serves
        every reader.
    """

    form_id: str
    version: str
    title: str
    children: tuple[Item, ...]
    root: str = "data"
    languages: tuple[Language, ...] = ()

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

    @cached_property
    def answered_names(self) -> frozenset[str]:
        """Every name under which a respondent's answer is sent, that of each instance included."""
        rules = self.rules
        repeats = (rule.name for rule in rules.in_order if rule.repeats and rule.count is None)
        asked = (name for rule in rules.in_document if rule.is_asked for name in rule.names)
        return frozenset((*asked, *repeats))

    @cached_property
    def images(self) -> frozenset[str]:
        return self._of_kind(Kind.IMAGE)

    @cached_property
    def locations(self) -> frozenset[str]:
        return self._of_kind(Kind.GEOPOINT)

    @cached_property
    def has_random_choices(self) -> bool:
        return any(question.randomize for question in self.questions())

    @cached_property
    def filled(self) -> tuple[Question, ...]:
        """What no respondent writes but start and end: the server fills it."""
        return tuple(q for q in self.questions() if q.kind is Kind.HIDDEN or _is_computed(q))

    @cached_property
    def has_computed(self) -> bool:
        """Whether the server computes something that it fills."""
        return any(_is_computed(question) for question in self.filled)

    @cached_property
    def moments(self) -> tuple[Question, ...]:
        """Rows for the start and the end of an interview."""
        return tuple(q for q in self.questions() if q.kind in {Kind.START, Kind.END})

    def _of_kind(self, kind: Kind) -> frozenset[str]:
        return frozenset(question.name for question in self.questions() if question.kind is kind)

    def pages(self) -> tuple[Page, ...]:
        """The pages that show something, in order."""
        return self._pages

    @cached_property
    def _pages(self) -> tuple[Page, ...]:
        pages: list[Page] = []
        loose: list[Question] = []
        for child in self.children:
            if isinstance(child, Question):
                loose.append(child)
                continue
            pages += _loose_page(loose)
            loose = []
            repeat = child if child.repeats else None
            pages.append(Page(child.name, child.label, child.children, repeat))
        pages += _loose_page(loose)
        return tuple(page for page in pages if page.questions)

    def codebook(self) -> Codebook:
        """Every named row but groups and what is repeated; without codes any text passes.

        Groups are known by name only: what rotates questions names them.
        """
        variables = (_variable(question) for question in _asked_once(self.children))
        return Codebook(variables, _group_names(self.children))

    def to_json(self) -> dict[str, Any]:
        return {
            "form_id": self.form_id,
            "version": self.version,
            "title": self.title,
            "root": self.root,
            "languages": [language_to_json(language) for language in self.languages],
            "children": [item_to_json(child) for child in self.children],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Form":
        return cls(
            form_id=stored["form_id"],
            version=stored["version"],
            title=stored["title"],
            root=stored["root"],
            languages=tuple(language_from_json(one) for one in stored.get("languages", ())),
            children=tuple(item_from_json(child) for child in stored["children"]),
        )


def _is_computed(question: Question) -> bool:
    if question.kind is Kind.TODAY:
        return True
    is_fixed = question.kind is Kind.HIDDEN or question.read_only
    return is_fixed and question.default_expression is not None


def _loose_page(questions: list[Question]) -> list[Page]:
    """A page of the questions between two groups, named after the first that shows."""
    shown = [question.name for question in questions if question.kind.is_shown]
    return [Page(shown[0], {}, tuple(questions))] if shown else []


def _repeats(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Group):
            if item.repeats:
                yield item.name
            yield from _repeats(item.children)


def _group_names(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Group):
            yield item.name
            yield from _group_names(item.children)


def _asked_once(items: Iterable[Item]) -> Iterator[Question]:
    for item in items:
        if isinstance(item, Question):
            yield item
        elif not item.repeats:
            yield from _asked_once(item.children)


def _variable(question: Question) -> Variable:
    codes = (ACKNOWLEDGED,) if question.kind is Kind.ACKNOWLEDGE else question.codes
    kind = _VARIABLE_KINDS.get(question.kind, VariableKind.TEXT)
    return Variable(question.name, kind, frozenset(codes))
