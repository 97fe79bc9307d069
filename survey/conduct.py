"""One turn of an interview over HTTP, the same for a resident's phone and a volunteer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from flask import (
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from analysis.study.plan import Plan
from analysis.study.plan import Sample as PlannedSample
from survey import drafts, intake, sheet, tickets
from survey.areas import Line, home_line, level_columns
from survey.config import Config
from survey.entry import local_day
from survey.errors import AreaClosed, SurveyError
from survey.guarding.proof import Challenge
from survey.headers import asset_url
from survey.instrument.answers import Fault, FaultCode
from survey.instrument.items import walk
from survey.instrument.judge import Judgement
from survey.interview import (
    Ask,
    Complete,
    Stop,
    advance,
    area_of,
    back,
    begin,
    judged,
    resume,
    show,
)
from survey.language import spoken
from survey.models import Source, Study
from survey.pages import Look, Own, first_page, render
from survey.quotas.rules import Rules as QuotaRules
from survey.quotas.rules import belonging, current_rules, steady_revision
from survey.quotas.taking import QuotaFull, full_so_far, record_turned_away, take
from survey.receipts import receipt_token
from survey.rotation import variant_of
from survey.sheet import Sheet
from survey.terms import Terms, terms_of
from survey.tickets import Ticket
from survey.versions import Published, published_form


@dataclass(frozen=True, slots=True)
class Conversation:
    """An interview and where its answers will belong.

    Attributes
    ----------
    published
        The newest version, of which a new interview is made.
    line
        The area of the code or of the visit and those above it.
    line_at
        The same of any area of the study.
    closed
        Areas that take no answers (``entry.judged_day``).
    purpose
        What the ticket is bound to.
    refusal
        Why nothing new is taken; a repetition of what is stored still is.
    home_is_known, suggests
        Whether the person surely, or probably, lives there.
    template, stopped, full
        Show a page of questions, its end, and that no more answers of its kind are
        wanted; they get ``extras``, too.
    save
        Where the script saves drafts; empty for none.
    """

    study: Study
    plan: Plan
    sample_id: int
    wave_id: int
    sample_code: str
    published: Published
    line: Line
    line_at: Callable[[Session, str], Line]
    closed: frozenset[str]
    purpose: str
    refusal: SurveyError | None
    template: str
    stopped: str
    full: str
    source: Source
    mode: str
    path: str
    home_is_known: bool
    suggests: bool = False
    at_door: bool = False
    save: str = ""
    entry_point_id: int | None = None
    entry_point: str = ""
    household_id: int | None = None
    user_id: int | None = None
    volunteer: str = ""
    extras: Mapping[str, object] = field(default_factory=dict)

    @property
    def planned(self) -> PlannedSample:
        return planned_sample(self.plan, self.sample_code)

    def terms(self, published: Published, ticket: Ticket) -> Terms:
        """The terms of one interview, under the version that its page was made of."""
        return terms_of(
            self.plan,
            published,
            self.planned,
            self.line,
            entry_point=self.entry_point,
            mode=self.mode,
            seed=ticket.seed,
            began=ticket.started_at,
            now=now(),
            home_is_known=self.home_is_known,
            suggests=self.suggests,
            at_door=self.at_door,
        )


@dataclass(frozen=True, slots=True)
class Sitting:
    """One interview of a conversation: its ticket, and the terms under which it is judged."""

    conversation: Conversation
    published: Published
    ticket: Ticket
    terms: Terms


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
        Called when an answer is new, not when it is sent again, with how many questions it answers.
    device_mark
        Gives the mark that a new answer is stored with.
    attach
        Stores the files of a page; gives the answers that stand for them.
    challenge
        What the script must solve before an answer is taken; None: nothing.
    """

    done: Callable[[str, bool], str]
    on_start: Callable[[], None] = lambda: None
    on_stored: Callable[[intake.Stored, Sheet, Sitting, int], None] = lambda *_: None
    device_mark: Callable[[], str | None] = lambda: None
    attach: Callable[[Sitting, Mapping[str, str]], Mapping[str, str]] = lambda _, answers: answers
    challenge: Callable[[Sheet, Sitting], Challenge | None] = lambda *_: None


def planned_sample(plan: Plan, code: str) -> PlannedSample:
    """The sample of a plan; a stored sample is always in its plan."""
    return next(sample for sample in plan.samples if sample.id == code)


def open_page(
    conversation: Conversation, *, large: bool = False, another: bool = False
) -> Response:
    """The first page, with a new submission id.

    Raises
    ------
    SurveyError
        The conversation's refusal.
    """
    _refuse_if_closed(conversation)
    text, ticket = tickets.issue(
        config().key("ticket"), conversation.purpose, conversation.published.id, another=another
    )
    sitting = _sitting(conversation, conversation.published, ticket)
    moment = now()
    own = _own(conversation, text, ticket)
    look = _look(conversation, conversation.published, elder=large, scripted=True)
    if sitting.terms.form.has_random_choices:  # in an order of one's own: nothing to keep
        ask = begin(sitting.terms, moment)
        return make_response(render(sitting.terms, ask, look, own, moment, seed=ticket.seed))
    key = (
        another,
        conversation.published.id,
        conversation.sample_code,
        variant_of(ticket.seed) if sitting.terms.varies else 0,
        sitting.terms.key,
        local_day(conversation.study, moment),
        conversation.study.revision,
    )
    return first_page(key, sitting.terms, look, own, moment)


def reopen_page(
    session: Session, conversation: Conversation, text: str, *, large: bool = False
) -> str | None:
    """The page of an earlier visit with the answers of its draft; None when there is none.

    Raises
    ------
    SurveyError
        The conversation's refusal, or no ticket of this code.
    """
    _refuse_if_closed(conversation)
    sitting = _read_sitting(session, conversation, text)
    answers = drafts.find(session, sitting.ticket.submission_id, now())
    if answers is None:
        return None
    ask = resume(sitting.terms, answers, now())
    look = _look(
        conversation, sitting.published, elder=large, scripted=True, switches=True, restored=True
    )
    own = _own(conversation, text, sitting.ticket)
    return render(sitting.terms, ask, look, own, now(), seed=sitting.ticket.seed)


def save_draft(session: Session, conversation: Conversation, hooks: Hooks) -> str | None:
    """Keep the answers of an interview under way, once consent and eligibility are given.

    Returns where to go instead when no answers of this kind are wanted any more.

    Raises
    ------
    SurveyError
        The conversation's refusal, or no ticket of this code.
    """
    _refuse_if_closed(conversation)
    text = request.form.get(sheet.TICKET, "")
    sitting = _read_sitting(session, conversation, text)
    sent = sheet.read_sheet(sitting.terms.form)
    judgement = judged(sitting.terms, sent.answers, now())
    if turned_away(session, sitting, judgement):
        drafts.drop(session, sitting.ticket.submission_id)
        return _full_address(conversation, large=sent.large)
    kept = drafts.save(session, sitting.terms, sitting.ticket, sent.answers, now())
    if kept and not sent.begun:
        hooks.on_start()
    return None


def respond(session: Session, conversation: Conversation, hooks: Hooks) -> ResponseReturnValue:
    """Answer one sent page: the next, the same with its faults, a stop, or the receipt."""
    sitting = _read_sitting(session, conversation, request.form.get(sheet.TICKET, ""))
    terms = sitting.terms
    sent = sheet.read_sheet(terms.form)
    sent = replace(sent, answers=hooks.attach(sitting, sent.answers))
    if sent.changes_view:
        _refuse_if_closed(conversation)
        turn = back if sent.goes_back else show
        return _page(sitting, turn(terms, sent.answers, sent.page, now()), sent)
    outcome = advance(terms, sent.answers, sent.page, now())
    if isinstance(outcome, Complete):
        return _finish(session, sitting, outcome, sent, hooks)
    _refuse_if_closed(conversation)
    if isinstance(outcome, Stop):
        drafts.drop(session, sitting.ticket.submission_id)
        return render_template(
            conversation.stopped,
            study=conversation.study,
            stop=outcome,
            elder=sent.large,
            home=conversation.line,
            **conversation.extras,
        )
    if outcome.faults:
        return _faulty(sitting, outcome, sent, outcome.faults)
    if area_of(terms, outcome.judgement) in conversation.closed:
        return _faulty_area(sitting, sent)
    if turned_away(session, sitting, outcome.judgement):
        drafts.drop(session, sitting.ticket.submission_id)
        return _full(conversation, sent)
    if not sent.begun:
        hooks.on_start()
    return _page(sitting, outcome, sent, begun=True)


def _finish(
    session: Session, sitting: Sitting, complete: Complete, sent: Sheet, hooks: Hooks
) -> ResponseReturnValue:
    """Store the answers and show the receipt: the same one however often they come."""
    conversation = sitting.conversation
    submission = _submission(session, sitting, complete)
    refused = conversation.refusal is not None or complete.area_answer in conversation.closed
    stored = intake.find_stored(session, submission) if refused else None
    if stored is None:
        _refuse_if_closed(conversation)
        if refused:
            return _faulty_area(sitting, sent)
        if challenge := hooks.challenge(sent, sitting):
            return jsonify(solve=challenge.text, bits=challenge.bits, solver=asset_url("proof.js"))
        submission = replace(submission, device_mark=hooks.device_mark(), has_draft=sent.has_script)
        try:
            stored = _store(session, sitting, submission)
        except QuotaFull as full:
            record_turned_away(session, full.details["quotas"])
            return _full(conversation, sent)
    if stored.outcome is intake.Outcome.NEW:
        hooks.on_stored(stored, sent, sitting, len(submission.answers))
        if not sent.begun:
            hooks.on_start()
    today = local_day(conversation.study, now())
    token = receipt_token(stored.withdrawal_code, today, config().secret_key)
    address = hooks.done(token, sent.large)
    return jsonify(next=address) if sent.by_script else redirect(address, 303)


def _store(session: Session, sitting: Sitting, submission: intake.Submission) -> intake.Stored:
    """Store an answer and take its places in quotas, or neither."""
    counted = _quotas_of(session, sitting, submission)
    if not counted:
        return intake.store(session, submission)
    with session.begin_nested():
        stored = intake.store(session, submission)
        if stored.outcome is intake.Outcome.NEW:
            take(session, counted)
    return stored


def turned_away(session: Session, sitting: Sitting, judgement: Judgement) -> bool:
    """Whether a quota is full to which somebody belongs by what he has answered so far.

    He is told before he answers the rest, and counted.
    """
    known = _quota_rules(session, sitting)
    if not known:
        return False
    conversation, code = sitting.conversation, area_of(sitting.terms, judgement)
    line = conversation.line if sitting.terms.home_is_known else ()
    if not line and code:
        line = conversation.line_at(session, code)
    full = full_so_far(session, known, line, judgement.values)
    record_turned_away(session, full)
    return bool(full)


def _quota_rules(session: Session, sitting: Sitting) -> QuotaRules:
    """No query as long as the study's revision is the same."""
    conversation = sitting.conversation
    return current_rules(
        session,
        conversation.sample_id,
        conversation.study.revision,
        conversation.plan,
        sitting.published.form,
    )


def _quotas_of(
    session: Session, sitting: Sitting, submission: intake.Submission
) -> tuple[int, ...]:
    """The quotas that count an answer."""
    conversation = sitting.conversation
    if not _quota_rules(session, sitting):
        return ()
    # with a lock, so that no change of quotas misses this answer (see ``steady_revision``)
    revision = steady_revision(session, conversation.study.id)
    known = current_rules(
        session, conversation.sample_id, revision, conversation.plan, sitting.published.form
    )
    line = conversation.line_at(session, submission.area_code)
    return belonging(known, line, {**submission.columns, **submission.answers})


def _full(conversation: Conversation, sent: Sheet) -> ResponseReturnValue:
    """Said politely; nothing is stored. The script goes to a page that says so."""
    if sent.by_script:
        return jsonify(next=_full_address(conversation, large=sent.large))
    return render_template(
        conversation.full,
        study=conversation.study,
        elder=sent.large,
        home=conversation.line,
        **conversation.extras,
    )


def _full_address(conversation: Conversation, *, large: bool) -> str:
    """That of the page that says so to a script, in the language and size of the form."""
    size = "&elder=1" if large else ""
    return f"{conversation.path}/full?lang={spoken()}{size}"


def _submission(session: Session, sitting: Sitting, complete: Complete) -> intake.Submission:
    conversation = sitting.conversation
    answers: dict[str, str] = {}
    columns: dict[str, str] = {}
    named = sitting.terms.form.answered_names
    for name, text in complete.values.items():
        if name in sitting.terms.moments:
            continue  # the response has its own times, which leave the house as days only
        (answers if name in named else columns)[name] = text
    home = _home(session, sitting, complete)
    # A column that is both keeps its level: clusters of communities must not become their grids.
    columns[conversation.planned.area] = home[0].code
    columns |= level_columns(home, conversation.plan.form.levels or {})
    return intake.Submission(
        submission_id=sitting.ticket.submission_id,
        secret=config().secret_key,
        study_id=conversation.study.id,
        sample_id=conversation.sample_id,
        wave_id=conversation.wave_id,
        questionnaire_id=sitting.published.id,
        area_code=home[0].code,
        answers=answers,
        columns=columns,
        source=conversation.source,
        mode=conversation.mode,
        started_at=sitting.ticket.started_at,
        seed=sitting.ticket.seed,
        entry_point_id=conversation.entry_point_id,
        entry_point=conversation.entry_point,
        household_id=conversation.household_id,
        user_id=conversation.user_id,
        volunteer=conversation.volunteer,
    )


def _home(session: Session, sitting: Sitting, complete: Complete) -> Line:
    """The deepest area known for where the person lives; the study's root when none is."""
    terms, conversation = sitting.terms, sitting.conversation
    entry = conversation.line
    if terms.home_is_known or terms.area_question is None:
        return entry
    code = complete.area_answer
    named = conversation.line_at(session, code) if code else ()
    if not named:
        return conversation.line_at(session, conversation.study.root_area)
    return home_line(entry, named, lives_elsewhere=complete.lives_elsewhere)


def _sitting(conversation: Conversation, published: Published, ticket: Ticket) -> Sitting:
    return Sitting(conversation, published, ticket, conversation.terms(published, ticket))


def _read_sitting(session: Session, conversation: Conversation, text: str) -> Sitting:
    """The interview of a ticket, on the version that it began on."""
    ticket = tickets.read(text, config().key("ticket"), conversation.purpose)
    published = conversation.published
    if ticket.questionnaire_id != published.id:
        published = (
            published_form(session, conversation.study.id, ticket.questionnaire_id) or published
        )
    return _sitting(conversation, published, ticket)


def _faulty_area(sitting: Sitting, sent: Sheet) -> ResponseReturnValue:
    """The page that asks where the person lives, with what is wrong there."""
    terms = sitting.terms
    asking = str(terms.area_question)
    pages = terms.form.pages()
    page = next((p for p in pages if asking in {q.name for q in walk(p.items)}), pages[0])
    ask = show(terms, sent.answers, page.name, now())
    fault = Fault(FaultCode.NO_SUCH_CHOICE, AreaClosed.zh, AreaClosed.en)
    return _faulty(sitting, ask, sent, {asking: fault})


def _faulty(
    sitting: Sitting, ask: Ask, sent: Sheet, faults: Mapping[str, Fault]
) -> ResponseReturnValue:
    if not sent.by_script:
        return _page(sitting, ask, sent, faults), 422
    english = spoken() == "en"
    told = {name: fault.en if english else fault.zh for name, fault in faults.items()}
    return jsonify(page=ask.page.name, faults=told), 422


def _page(
    sitting: Sitting,
    ask: Ask,
    sent: Sheet,
    faults: Mapping[str, Fault] | None = None,
    *,
    begun: bool = False,
) -> str:
    look = _look(
        sitting.conversation,
        sitting.published,
        elder=sent.large,
        begun=begun or sent.begun,
        switches=bool(sent.page),  # on a page that was not sent yet links lose nothing
        scripted=sent.has_script,
    )
    own = _own(sitting.conversation, sent.ticket, sitting.ticket)
    return render(sitting.terms, ask, look, own, now(), seed=sitting.ticket.seed, faults=faults)


def _look(
    conversation: Conversation,
    published: Published,
    *,
    elder: bool,
    scripted: bool,
    begun: bool = False,
    switches: bool = False,
    restored: bool = False,
) -> Look:
    return Look(
        conversation.template,
        spoken(),
        published.id,
        elder=elder,
        begun=begun,
        switches=switches,
        scripted=scripted,
        restored=restored,
        extras={"study": conversation.study, "home": conversation.line, **conversation.extras},
    )


def _own(conversation: Conversation, text: str, ticket: Ticket) -> Own:
    return Own(text, conversation.path, conversation.save, str(ticket.seed))


def _refuse_if_closed(conversation: Conversation) -> None:
    if conversation.refusal is not None:
        raise conversation.refusal


def config() -> Config:
    found: Config = current_app.config["MINYI"]
    return found


def now() -> datetime:
    return datetime.now(UTC)
