"""One interview, page after page: what was answered so far decides what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from analysis.study.areas import padded
from survey.instrument.answers import MAX_TEXT, Fault, FaultCode, fault
from survey.instrument.initial import initial_answers
from survey.instrument.items import Kind, Label, walk
from survey.instrument.judge import Judgement, judge
from survey.instrument.piping import piped_label
from survey.instrument.questions import Form, Page
from survey.terms import GEO, LIVES_HERE, NO, YES, Terms


class StopReason(StrEnum):
    DECLINED = "declined"
    NOT_ELIGIBLE = "not_eligible"


@dataclass(frozen=True, slots=True)
class Ask:
    """Show a page. ``answers`` are all so far; ``faults`` those to mend on this page."""

    page: Page
    step: int
    steps: int
    judgement: Judgement
    answers: Mapping[str, str]
    faults: Mapping[str, Fault] = field(default_factory=dict)
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """The interview ends and nothing of it is stored; ``notes`` are what the form says then."""

    reason: StopReason
    notes: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Complete:
    """Every page is answered; ``values`` can be stored."""

    values: Mapping[str, str]
    area_answer: str | None
    lives_elsewhere: bool


Outcome = Ask | Stop | Complete


def begin(terms: Terms, now: datetime) -> Ask:
    """The first page."""
    return _newly(terms, {}, terms.form.pages()[0], now)


def show(terms: Terms, answers: Mapping[str, str], page: str, now: datetime) -> Ask:
    """A page again as it was: for another language or size, without a judgement of it."""
    course = _Course(terms, answers, now)
    return course.ask(course.page(page))


def back(terms: Terms, answers: Mapping[str, str], page: str, now: datetime) -> Ask:
    """The page before; the first page stays."""
    course = _Course(terms, answers, now)
    pages = terms.form.pages()
    place = pages.index(course.page(page))
    before = [one for one in course.asked_pages() if pages.index(one) < place]
    return course.ask(before[-1] if before else pages[0])


def resume(terms: Terms, answers: Mapping[str, str], now: datetime) -> Ask:
    """The first page on which something is missing or wrong; the last one when nothing is."""
    course = _Course(terms, answers, now)
    asked = course.asked_pages()
    wanting = [page for page in asked if course.faults_on(page)]
    return course.ask((wanting or asked[-1:] or list(terms.form.pages()))[0])


def judged(terms: Terms, answers: Mapping[str, str], now: datetime) -> Judgement:
    """The judgement of the answers so far, under the terms of the interview."""
    return _Course(terms, answers, now).judgement


def may_be_kept(terms: Terms, answers: Mapping[str, str], now: datetime) -> Mapping[str, str]:
    """The answers that a draft may hold: none before consent and eligibility are given."""
    course = _Course(terms, answers, now)
    for page in terms.form.pages():
        if course.declined_on(page) or course.ineligible_on(page):
            return {}
    rules = terms.rules
    if rules.consent_question and not course.judgement.values.get(rules.consent_question):
        return {}
    known = terms.form.rules.places
    return {
        name: text
        for name, text in course.answers.items()
        if text and (name in known or name.startswith((LIVES_HERE, GEO))) and len(text) <= MAX_TEXT
    }


def advance(terms: Terms, answers: Mapping[str, str], page: str, now: datetime) -> Outcome:
    """What follows when a page is sent: its faults, the next page, a stop, or the end."""
    course = _Course(terms, answers, now)
    current = course.page(page)
    pages = terms.form.pages()
    reached = pages[: pages.index(current) + 1]
    for one in reached:
        # whoever declines is asked for nothing more, not even for what is missing on the page
        if stop := course.declined_on(one):
            return stop
        if faults := course.faults_on(one):
            return course.ask(one, faults)
        if stop := course.ineligible_on(one):
            return stop
    if unknown := course.faults_of_nothing():
        return course.ask(current, unknown)
    following = [one for one in course.asked_pages() if one not in reached]
    if following:
        return _newly(terms, course.answers, following[0], now)
    return Complete(
        values=course.judgement.values,
        area_answer=course.area_answer(),
        lives_elsewhere=course.answers.get(LIVES_HERE) == NO,
    )


def area_of(terms: Terms, judgement: Judgement) -> str | None:
    """The code of the area in which the person says he lives; None as long as he does not."""
    answer = judgement.values.get(terms.area_question or "")
    return padded(answer) if answer else None


def _newly(terms: Terms, answers: Mapping[str, str], page: Page, now: datetime) -> Ask:
    """A page shown for the first time, with the answers that stand there at first."""
    first = initial_answers(terms.form, now, terms.zone, terms.seed)
    here = {question.name for question in walk(page.items)}
    stands = {name: text for name, text in first.items() if name.partition("[")[0] in here}
    return _Course(terms, {**stands, **answers}, now).ask(page)


class _Course:
    """The answers so far under their terms, judged once."""

    def __init__(self, terms: Terms, answers: Mapping[str, str], now: datetime) -> None:
        self.terms = terms
        self.answers = dict(answers)
        own = {name: text for name, text in answers.items() if not name.startswith(".")}
        own |= {**terms.given, **terms.moments}
        if terms.suggestion and terms.area_question and answers.get(LIVES_HERE) == YES:
            own[terms.area_question] = terms.suggestion
        hidden = terms.hidden | _without_consent(terms.form, answers)
        self.judgement = judge(
            terms.form, own, hidden=hidden, now=now, timezone=terms.zone, seed=terms.seed
        )

    def page(self, name: str) -> Page:
        """The page of a name; the first for a name that was tampered with."""
        pages = self.terms.form.pages()
        return next((page for page in pages if page.name == name), pages[0])

    def asked_pages(self) -> list[Page]:
        """Pages that have something to answer or to read, as answered so far."""
        shown = {name.partition("[")[0] for name in self.judgement.shown}
        shown |= self.judgement.counts.keys()
        return [page for page in self.terms.form.pages() if not shown.isdisjoint(page.names)]

    def faults_on(self, page: Page) -> dict[str, Fault]:
        here = page.names if self.judgement.faults else ()
        faults = {
            name: fault
            for name, fault in self.judgement.faults.items()
            if name.partition("[")[0] in here
        }
        area = self.terms.area_question
        lives_here = self.answers.get(LIVES_HERE)
        if area in faults and self.terms.suggestion and lives_here not in {YES, NO}:
            # he is asked whether he lives here, and the list of areas only after a no
            del faults[area]
            faults[LIVES_HERE] = fault(
                FaultCode.REQUIRED, {"zh": "请选择“是”或“不是”", "en": "Please choose yes or no"}
            )
        return faults

    def faults_of_nothing(self) -> dict[str, Fault]:
        """Faults of what is on no page: names that are no question."""
        known = self.terms.form.rules.places
        return {name: f for name, f in self.judgement.faults.items() if name not in known}

    def declined_on(self, page: Page) -> Stop | None:
        """Whether the person declined on this page."""
        rules, judgement = self.terms.rules, self.judgement
        name = rules.consent_question
        if name is None or name in judgement.faults or name not in page.everything:
            return None
        if judgement.values.get(name) in rules.consent_yes:
            return None
        return Stop(StopReason.DECLINED, ())

    def ineligible_on(self, page: Page) -> Stop | None:
        """Whether this page shows that the person is not asked for."""
        rules, judgement = self.terms.rules, self.judgement
        name = rules.eligible_question
        if name is None or name not in page.everything:
            return None
        if judgement.values.get(name) in rules.eligible_yes:
            return None
        shown = set(judgement.shown)
        notes = [q for q in page.questions if q.kind is Kind.NOTE and q.name in shown]
        texts = tuple(piped_label(note.label, judgement.values) for note in notes)
        return Stop(StopReason.NOT_ELIGIBLE, texts)

    def ask(self, page: Page, faults: Mapping[str, Fault] | None = None) -> Ask:
        pages = self.terms.form.pages()
        place = pages.index(page)
        return Ask(
            page=page,
            step=place + 1,
            steps=len(pages),
            judgement=self.judgement,
            answers=self.answers,
            faults=faults or {},
            first=not any(one in pages[:place] for one in self.asked_pages()),
            last=place == len(pages) - 1,
        )

    def area_answer(self) -> str | None:
        return area_of(self.terms, self.judgement)


def _without_consent(form: Form, answers: Mapping[str, str]) -> frozenset[str]:
    """Positions that may not be asked for, in a repeat those of each instance."""
    named = form.rules.named
    return frozenset(
        name
        for location in form.locations
        for name in named[location].names
        if answers.get(GEO + name) != YES
    )
