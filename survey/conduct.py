"""One turn of an interview over HTTP, the same for a resident's phone and a volunteer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import current_app, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from analysis.study.plan import Plan
from analysis.study.plan import Sample as PlannedSample
from survey import intake, sheet, tickets
from survey.areas import Line, home_line, level_columns, line_of
from survey.config import Config
from survey.entry import local_day
from survey.errors import AreaClosed, SurveyError
from survey.instrument.answers import Fault, FaultCode
from survey.instrument.items import Question, walk
from survey.interview import Ask, Complete, Stop, advance, area_of, back, begin, show
from survey.models import Source, Study
from survey.receipts import receipt_token
from survey.sheet import Sheet
from survey.shown import page_rules, visible_items
from survey.terms import LIVES_HERE, Terms
from survey.tickets import Ticket
from survey.versions import Published


@dataclass(frozen=True, slots=True)
class Conversation:
    """An interview and where its answers will belong.

    Attributes
    ----------
    line
        The area of the code or of the visit and those above it.
    closed
        Areas that take no answers today.
    purpose
        What the ticket is bound to.
    refusal
        Why nothing new is taken; a repetition of what is stored still is.
    template, stopped
        Show a page of questions and its end; they get ``extras``, too.
    """

    study: Study
    plan: Plan
    sample_id: int
    wave_id: int
    sample_code: str
    published: Published
    terms: Terms
    line: Line
    closed: frozenset[str]
    purpose: str
    refusal: SurveyError | None
    template: str
    stopped: str
    source: Source
    mode: str
    entry_point_id: int | None = None
    entry_point: str = ""
    household_id: int | None = None
    user_id: int | None = None
    volunteer: str = ""
    extras: Mapping[str, object] = field(default_factory=dict)

    @property
    def planned(self) -> PlannedSample:
        return planned_sample(self.plan, self.sample_code)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a feature does at the turns of an interview.

    Attributes
    ----------
    done
        The address of the last page, from the sealed receipt and whether the text is large.
    on_start
        Called when the first page was sent and there is more to come, or all is stored.
    on_stored
        Called when an answer is new, not when it is sent again.
    """

    done: Callable[[str, bool], str]
    on_start: Callable[[], None] = lambda: None
    on_stored: Callable[[], None] = lambda: None


def planned_sample(plan: Plan, code: str) -> PlannedSample:
    """The sample of a plan; a stored sample is always in its plan."""
    return next(sample for sample in plan.samples if sample.id == code)


def open_page(conversation: Conversation, *, large: bool = False) -> str:
    """The first page, with a new submission id.

    Raises
    ------
    SurveyError
        The conversation's refusal.
    """
    _refuse_if_closed(conversation)
    text, _ = tickets.issue(config().key("ticket"), conversation.purpose, conversation.published.id)
    sent = Sheet({}, text, "", goes_back=False, switches=False, large=large, begun=False)
    return _page(conversation, begin(conversation.terms, now()), sent)


def respond(session: Session, conversation: Conversation, hooks: Hooks) -> ResponseReturnValue:
    """Answer one sent page: the next, the same with its faults, a stop, or the receipt."""
    terms = conversation.terms
    sent = sheet.read_sheet(terms.form)
    ticket = tickets.read(sent.ticket, config().key("ticket"), conversation.purpose)
    if sent.switches or sent.goes_back:
        _refuse_if_closed(conversation)
        turn = back if sent.goes_back else show
        return _page(conversation, turn(terms, sent.answers, sent.page, now()), sent)
    outcome = advance(terms, sent.answers, sent.page, now())
    if isinstance(outcome, Complete):
        return _finish(session, conversation, ticket, outcome, sent, hooks)
    _refuse_if_closed(conversation)
    if isinstance(outcome, Stop):
        return render_template(
            conversation.stopped,
            study=conversation.study,
            stop=outcome,
            elder=sent.large,
            home=conversation.line,
            **conversation.extras,
        )
    if outcome.faults:
        return _page(conversation, outcome, sent, outcome.faults), 422
    if area_of(terms, outcome.judgement) in conversation.closed:
        return _page_of_area(conversation, sent), 422
    if not sent.begun:
        hooks.on_start()
    return _page(conversation, outcome, sent, begun=True)


def _finish(
    session: Session,
    conversation: Conversation,
    ticket: Ticket,
    complete: Complete,
    sent: Sheet,
    hooks: Hooks,
) -> ResponseReturnValue:
    """Store the answers and show the receipt: the same one however often they come."""
    submission = _submission(session, conversation, ticket, complete)
    refused = conversation.refusal is not None or complete.area_answer in conversation.closed
    stored = intake.find_stored(session, submission) if refused else None
    if stored is None:
        _refuse_if_closed(conversation)
        if refused:
            return _page_of_area(conversation, sent), 422
        stored = intake.store(session, submission)
    if stored.outcome is intake.Outcome.NEW:
        hooks.on_stored()
        if not sent.begun:
            hooks.on_start()
    today = local_day(conversation.study, now())
    token = receipt_token(stored.withdrawal_code, today, config().secret_key)
    return redirect(hooks.done(token, sent.large), 303)


def _submission(
    session: Session, conversation: Conversation, ticket: Ticket, complete: Complete
) -> intake.Submission:
    form = conversation.terms.form
    answers: dict[str, str] = {}
    columns: dict[str, str] = {}
    for name, text in complete.values.items():
        question = form.question(name)
        answered = question is not None and question.kind.is_answered
        (answers if answered else columns)[name] = text
    home = _home(session, conversation, complete)
    # A column that is both keeps its level: clusters of communities must not become their grids.
    columns[conversation.planned.area] = home[0].code
    columns |= level_columns(home, conversation.plan.form.levels or {})
    return intake.Submission(
        submission_id=ticket.submission_id,
        secret=config().secret_key,
        study_id=conversation.study.id,
        sample_id=conversation.sample_id,
        wave_id=conversation.wave_id,
        questionnaire_id=conversation.published.id,
        area_code=home[0].code,
        answers=answers,
        columns=columns,
        source=conversation.source,
        mode=conversation.mode,
        started_at=ticket.started_at,
        seed=ticket.seed,
        entry_point_id=conversation.entry_point_id,
        entry_point=conversation.entry_point,
        household_id=conversation.household_id,
        user_id=conversation.user_id,
        volunteer=conversation.volunteer,
    )


def _home(session: Session, conversation: Conversation, complete: Complete) -> Line:
    """The deepest area known for where the person lives; the study's root when none is."""
    terms, entry = conversation.terms, conversation.line
    if terms.home_is_known or terms.area_question is None:
        return entry
    study, code = conversation.study, complete.area_answer
    named = line_of(session, study.id, code) if code else ()
    if not named:
        return line_of(session, study.id, study.root_area)
    return home_line(entry, named, lives_elsewhere=complete.lives_elsewhere)


def _page_of_area(conversation: Conversation, sent: Sheet) -> str:
    """The page that asks where the person lives, with what is wrong there."""
    terms = conversation.terms
    asking = str(terms.area_question)
    pages = terms.form.pages()
    page = next((p for p in pages if asking in {q.name for q in p.questions}), pages[0])
    ask = show(terms, sent.answers, page.name, now())
    fault = Fault(FaultCode.NO_SUCH_CHOICE, AreaClosed.zh, AreaClosed.en)
    return _page(conversation, ask, sent, {asking: fault})


def _page(
    conversation: Conversation,
    ask: Ask,
    sent: Sheet,
    faults: Mapping[str, Fault] | None = None,
    *,
    begun: bool = False,
) -> str:
    terms = conversation.terms
    items = visible_items(terms, ask, now())
    questions = tuple(walk(items))
    return render_template(
        conversation.template,
        study=conversation.study,
        ask=ask,
        items=items,
        page_questions=questions,
        rules=page_rules(terms, ask),
        faults=faults or {},
        ticket=sent.ticket,
        elder=sent.large,
        begun=begun or sent.begun,
        switches=bool(sent.page),  # on a page that was not sent yet links lose nothing
        home=conversation.line,
        carried=_carried(terms, ask, questions),
        **conversation.extras,
    )


def _carried(terms: Terms, ask: Ask, here: tuple[Question, ...]) -> dict[str, str]:
    """Answers that this page has no control for and keeps in hidden fields."""
    names = {question.name for question in here}
    return {
        name: text
        for name, text in ask.answers.items()
        if text and name not in names and (name == LIVES_HERE or terms.form.question(name))
    }


def _refuse_if_closed(conversation: Conversation) -> None:
    if conversation.refusal is not None:
        raise conversation.refusal


def config() -> Config:
    found: Config = current_app.config["MINYI"]
    return found


def now() -> datetime:
    return datetime.now(UTC)
