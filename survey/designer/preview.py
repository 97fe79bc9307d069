"""A form as its reader's phone shows it: every page in every language, its rules in small words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from survey.designer.differences import Difference, Mark
from survey.designer.rules import Note, notes_of
from survey.designer.uses import Use, Words
from survey.instrument.items import Group, Item, Label, Language, Question, walk
from survey.instrument.piping import label_text
from survey.instrument.questions import Form

ZH, EN = Language("zh", "中文"), Language("en", "English")


@dataclass(frozen=True, slots=True)
class Shown:
    """A question, group or calculation on the screen.

    Attributes
    ----------
    question : Question or None
        As the macros of the resident's page take it: named for this screen alone, so
        that no name stands twice on the page, and with marks where an answer will stand.
        None for a group and for what nobody sees.
    label : Label
        The heading of a group.
    """

    name: str
    question: Question | None
    label: Label
    notes: tuple[Note, ...]
    mark: Mark | None
    children: tuple["Shown", ...] = ()


@dataclass(frozen=True, slots=True)
class Phone:
    """One page in one language."""

    language: Language
    items: tuple[Shown, ...]

    @property
    def is_english(self) -> bool:
        """Which words of the platform stand around the form's own: English or Chinese."""
        return self.language.code == EN.code

    def t(self, zh: str, en: str) -> str:
        return en if self.is_english else zh


@dataclass(frozen=True, slots=True)
class Screen:
    """A page of the form, on one phone for each language."""

    label: Label
    step: int
    steps: int
    notes: tuple[Note, ...]
    mark: Mark | None
    phones: tuple[Phone, ...]


def screens(form: Form, uses: Iterable[Use], found: Iterable[Difference]) -> tuple[Screen, ...]:
    """All pages of a form, one below the other."""
    drawer = _Drawer(form, uses, found)
    groups = {item.name: item for item in form.children if isinstance(item, Group)}
    pages = form.pages()
    return tuple(
        Screen(
            label=page.label,
            step=place,
            steps=len(pages),
            notes=drawer.notes(groups[page.name]) if page.name in groups else (),
            mark=drawer.marks.get(page.name) if page.name in groups else None,
            phones=tuple(
                Phone(language, drawer.shown(page.items, language))
                for language in languages_of(form)
            ),
        )
        for place, page in enumerate(pages, start=1)
    )


def languages_of(form: Form) -> tuple[Language, ...]:
    """The languages that a form names; without names the two of the product, if they differ."""
    if form.languages:
        return form.languages
    labels = [label for one in walk(form.children) for label in _labels(one)]
    differ = any(label.get(ZH.code) != label.get(EN.code) for label in labels)
    return (ZH, EN) if differ else (ZH,)


class _Drawer:
    """What the screens of one form have in common."""

    def __init__(self, form: Form, uses: Iterable[Use], found: Iterable[Difference]) -> None:
        self.marks: Mapping[str, Mark] = {one.name: one.mark for one in found}
        self._form = form
        self._owners: dict[str, dict[Words, None]] = {}
        for use in uses:
            self._owners.setdefault(use.question, {})[use.owner] = None
        self._piped = {
            question.name: f"<mark>{escape(question.name)}</mark>"
            for question in walk(form.children)
        }

    def shown(self, items: Iterable[Item], language: Language) -> tuple[Shown, ...]:
        return tuple(self._shown(item, language) for item in items)

    def notes(self, item: Item, language: Language = ZH) -> tuple[Note, ...]:
        owners = tuple(self._owners.get(item.name, ()))
        return notes_of(item, self._form, owners, language.code)

    def _shown(self, item: Item, language: Language) -> Shown:
        notes, mark = self.notes(item, language), self.marks.get(item.name)
        if isinstance(item, Group):
            children = self.shown(item.children, language)
            return Shown(item.name, None, self._piped_label(item.label), notes, mark, children)
        question = self._copy(item, language) if item.kind.is_shown else None
        return Shown(item.name, question, {}, notes, mark)

    def _copy(self, question: Question, language: Language) -> Question:
        return replace(
            question,
            name=f"{question.name}:{language.code}",  # no question can be named so
            label=self._piped_label(question.label),
            hint=self._piped_label(question.hint),
            choices=tuple(
                replace(choice, label=self._piped_label(choice.label))
                for choice in question.choices
            ),
        )

    def _piped_label(self, label: Label) -> Label:
        """The texts with a mark where an answer will stand."""
        if not any("${" in text for text in label.values()):
            return label
        marked = {}
        for code, text in label.items():
            # Escaped before the marks come in, which are made of names.
            marked[code] = Markup(label_text(str(escape(text)), self._piped))  # noqa: S704
        return marked


def _labels(question: Question) -> Iterator[Label]:
    yield question.label
    yield question.hint
    for choice in question.choices:
        yield choice.label
