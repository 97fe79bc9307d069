"""A page of an interview as HTML; the first one is rendered once for all who get the same."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Response, render_template
from markupsafe import Markup

from survey.headers import KEPT_PAGE_POLICY
from survey.instrument.answers import Fault
from survey.instrument.initial import initial_answers
from survey.instrument.items import Item, Kind, Question
from survey.interview import Ask, begin
from survey.kept_pages import kept_page
from survey.page_model import page_model
from survey.page_script import script_address
from survey.rotation import variant_of
from survey.shown import Showing, questions_of
from survey.terms import LIVES_HERE, Terms


@dataclass(frozen=True, slots=True)
class Own:
    """What a page has of one interview only.

    Attributes
    ----------
    ticket
        The signed submission id.
    path
        Where the page is sent.
    save
        Where its draft is saved; empty where no draft is kept.
    seed
        Of the response, as text.
    """

    ticket: str
    path: str
    save: str
    seed: str


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is shown, beside what it asks.

    Attributes
    ----------
    version
        Id of the questionnaire: a draft of another version is not taken up.
    switches
        Whether language and size are buttons that send what was answered.
    scripted
        Whether the pages around it come along, for the script.
    restored
        Whether the answers are those of an earlier visit.
    extras
        For the template of the feature.
    """

    template: str
    lang: str
    version: int
    elder: bool = False
    begun: bool = False
    switches: bool = False
    scripted: bool = False
    restored: bool = False
    extras: Mapping[str, object] = field(default_factory=dict)


def first_page(
    key: tuple[object, ...], terms: Terms, look: Look, own: Own, now: datetime
) -> Response:
    """The first page, rendered once for all whose ``key`` and ``look`` are the same."""
    seed = int(own.seed)
    return kept_page(
        (*key, look.template, look.lang, look.elder),
        {"ticket": own.ticket, "path": own.path, "save": own.save, "seed": own.seed},
        lambda marks: render(terms, begin(terms, now), look, Own(**marks), now, seed=seed),
    )


def render(
    terms: Terms,
    ask: Ask,
    look: Look,
    own: Own,
    now: datetime,
    *,
    seed: int,
    faults: Mapping[str, Fault] | None = None,
) -> str:
    """The page of an interview under way, with what was answered and what is wrong."""
    showing = Showing(terms, ask.judgement, now=now, seed=seed, variant=variant_of(seed))
    items = showing.current(ask.page)
    questions = tuple(questions_of(items))
    shown = [
        (page, items if page == ask.page else showing.other(page))
        for page in (terms.form.pages() if look.scripted else (ask.page,))
    ]
    return render_template(
        look.template,
        ask=ask,
        lang=look.lang,
        pages=shown,
        coming=_coming(terms, ask, now) if look.scripted else {},
        page_questions=questions,
        faults=faults or {},
        own=own,
        elder=look.elder,
        begun=look.begun,
        restored=look.restored,
        switches=look.switches,
        others=_other_languages(terms, look.lang),
        files=any(_is_image(one.item) for _, there in shown for one in questions_of(there)),
        carried=_carried(terms, ask, {question.name for question in questions}),
        model=_model(terms, look, own) if look.scripted else None,
        script=script_address(terms.form),
        **look.extras,
    )


def _coming(terms: Terms, ask: Ask, now: datetime) -> dict[str, str]:
    """What stands at first on the pages that follow: the script shows them without asking."""
    pages = terms.form.pages()
    following = {name for page in pages[pages.index(ask.page) + 1 :] for name in page.names}
    first = initial_answers(terms.form, now, terms.zone, terms.seed)
    return {name: text for name, text in first.items() if name.partition("[")[0] in following}


def _is_image(item: Item) -> bool:
    return isinstance(item, Question) and item.kind is Kind.IMAGE


def _other_languages(terms: Terms, current: str) -> list[tuple[str, str]]:
    """Code and name of each other language that the page can be read in."""
    names = {"zh": "中文", "en": "English"}
    for language in terms.form.languages:
        names.setdefault(language.code, language.name.partition("(")[0].strip() or language.code)
    return [(code, name) for code, name in names.items() if code != current]


def _model(terms: Terms, look: Look, own: Own) -> Markup:
    """The model as JSON for a script element: no text in it can end the element."""
    told: dict[str, Any] = page_model(terms, look.lang) | {
        "version": look.version,
        "save": own.save,
        "seed": own.seed,
        "policy": KEPT_PAGE_POLICY,
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - JSON without "<" is safe there


def _carried(terms: Terms, ask: Ask, here: set[str]) -> dict[str, str]:
    """Answers that this page has no control for and keeps in hidden fields."""
    places = terms.form.rules.places
    return {
        name: text
        for name, text in ask.answers.items()
        if text and name not in here and (name.startswith((LIVES_HERE, ".geo.")) or name in places)
    }
