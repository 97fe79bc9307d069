"""A form as its reader's phone shows it: every page in every language, its rules in small words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from analysis.study.plan import Plan
from survey.designer.differences import Difference, Mark
from survey.designer.rules import Note, notes_of
from survey.designer.uses import Use, Words
from survey.instrument.items import Group, Item, Label, Language, Question, walk
from survey.instrument.judge import judge
from survey.instrument.piping import label_text
from survey.instrument.questions import Form, Page
from survey.shown import Showing, Shown
from survey.terms import Terms

ZH, EN = Language("zh", "中文"), Language("en", "English")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question, group or calculation on a screen.

    Attributes
    ----------
    shown : Shown or None
        As the macros of the resident's page take it: named for this screen alone, so
        that no name stands twice on the page, and with marks where an answer will stand.
        None for what nobody sees.
    """

    name: str
    shown: Shown | None
    notes: tuple[Note, ...]
    mark: Mark | None
    children: tuple["Drawn", ...] = ()

    @property
    def is_group(self) -> bool:
        return self.shown is not None and self.shown.is_group


@dataclass(frozen=True, slots=True)
class Phone:
    """One page in one language."""

    language: Language
    items: tuple[Drawn, ...]

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


def screens(
    form: Form, plan: Plan, uses: Iterable[Use], found: Iterable[Difference]
) -> tuple[Screen, ...]:
    """All pages of a form, one below the other, as they stand before the first answer."""
    drawer = _Drawer(form, plan, uses, found)
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
                Phone(language, drawer.drawn(page, language)) for language in languages_of(form)
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

    def __init__(
        self, form: Form, plan: Plan, uses: Iterable[Use], found: Iterable[Difference]
    ) -> None:
        self.marks: Mapping[str, Mark] = {one.name: one.mark for one in found}
        self._form = form
        self._owners: dict[str, dict[Words, None]] = {}
        for use in uses:
            self._owners.setdefault(use.question, {})[use.owner] = None
        self._piped = {
            question.name: f"<mark>{escape(question.name)}</mark>"
            for question in walk(form.children)
        }
        terms = Terms(plan.id, form, plan.form, ZoneInfo(plan.timezone), {})
        now = datetime.now(UTC)
        nothing = judge(form, {}, now=now, timezone=terms.zone)
        # Variant 0: the order of the form itself.
        showing = Showing(terms, nothing, now=now, seed=0, variant=0)
        self._shown = {
            shown.item.name: shown for page in form.pages() for shown in _flat(showing.other(page))
        }

    def drawn(self, page: Page, language: Language) -> tuple[Drawn, ...]:
        return tuple(self._draw(item, language) for item in page.items)

    def notes(self, item: Item, language: Language = ZH) -> tuple[Note, ...]:
        owners = tuple(self._owners.get(item.name, ()))
        return notes_of(item, self._form, owners, language.code)

    def _draw(self, item: Item, language: Language) -> Drawn:
        notes, mark = self.notes(item, language), self.marks.get(item.name)
        shown = self._shown.get(item.name)
        if shown is not None:
            shown = replace(
                shown,
                name=f"{item.name}:{language.code}",  # no question can be named so
                label=self._marked(item.label),
                hint=self._marked(item.hint) if isinstance(item, Question) else {},
                maybe=False,
            )
        children = item.children if isinstance(item, Group) else ()
        drawn = tuple(self._draw(child, language) for child in children)
        return Drawn(item.name, shown, notes, mark, drawn)

    def _marked(self, label: Label) -> Label:
        """The texts with a mark where an answer will stand."""
        if not any("${" in text for text in label.values()):
            return label
        # Escaped before the marks come in, which are made of names.
        return {
            code: Markup(label_text(str(escape(text)), self._piped))  # noqa: S704
            for code, text in label.items()
        }


def _flat(items: Iterable[Shown]) -> Iterator[Shown]:
    for shown in items:
        yield shown
        yield from _flat((*shown.children, *shown.pattern))


def _labels(question: Question) -> Iterator[Label]:
    yield question.label
    yield question.hint
    for choice in question.choices:
        yield choice.label
