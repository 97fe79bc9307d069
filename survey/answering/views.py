"""The resident's pages: /q/CODE, one form a group, the receipt, and taking answers back."""

from typing import Any

from flask import (
    Blueprint,
    Response,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from survey import db, withdrawal
from survey.accounts.access import own_token, public
from survey.answering.guard import Guard
from survey.codes import normalise
from survey.conduct import (
    Conversation,
    Hooks,
    config,
    now,
    open_page,
    reopen_page,
    respond,
    save_draft,
)
from survey.entry import Entry, find_entry, local_day
from survey.errors import NotFound, SurveyError, TokenWrong, TooManyTries, WaveClosed
from survey.funnel import Step, note
from survey.guarding.visitors import set_device_cookie, visitor
from survey.guarding.withdrawals import may_try
from survey.headers import SERVICE_WORKER
from survey.language import spoken
from survey.models import Source
from survey.page_script import script_text
from survey.receipts import ReceiptUnreadable, read_receipt
from survey.sheet import TICKET

bp = Blueprint("answering", __name__)
MODE = "qr"
DRAFT_COOKIE = "minyi-draft"
DRAFT_AGE = 24 * 3600  # seconds


@bp.get("/q/<code>")
@bp.get("/Q/<code>")
@public
def scan(code: str) -> ResponseReturnValue:
    """The first page of a code, or that of an earlier visit with its answers."""
    entry = _entry(code)
    conversation = _conversation(entry, code)
    guard = _guard(entry)
    drafted = request.cookies.get(DRAFT_COOKIE, "")
    anew = {"fresh", "another"} & request.args.keys()
    page: str | Response | None = _drafted(conversation, drafted) if drafted and not anew else None
    if page is None and not anew and guard.has_answered():
        page = _again(entry, code)
    if page is None:
        another = "another" in request.args
        page = open_page(conversation, large=_wants_large(), another=another)
    if not {"lang", "elder", "fresh"} & request.args.keys():  # another look is no new scan
        note(entry.point, Step.SCANS, now())
    answer = make_response(page)
    set_device_cookie(answer, guard.visitor, config(), last_day=entry.study.valid_until, now=now())
    if drafted and anew:
        answer.delete_cookie(DRAFT_COOKIE, path=conversation.path)
    return answer


@bp.post("/q/<code>")
@bp.post("/Q/<code>")
@public
@own_token
def answer(code: str) -> ResponseReturnValue:
    """One page sent."""
    entry = _entry(code)

    def done(receipt: str, large: bool) -> str:
        address = url_for(".thanks", code=normalise(code), receipt=receipt, lang=spoken())
        return f"{address}&elder=1" if large else address

    guard = _guard(entry)
    hooks = Hooks(
        done,
        on_start=lambda: note(entry.point, Step.STARTS, now()),
        on_stored=guard.examine,
        device_mark=guard.device_mark,
        challenge=guard.challenge,
    )
    conversation = _conversation(entry, code)
    reply = make_response(respond(db.session(), conversation, hooks))
    if DRAFT_COOKIE in request.cookies and reply.status_code < 400:
        reply.delete_cookie(DRAFT_COOKIE, path=conversation.path)
    return reply


@bp.post("/q/<code>/draft")
@public
@own_token
def draft(code: str) -> ResponseReturnValue:
    """The answers so far, kept for a day."""
    entry = _entry(code)
    conversation = _conversation(entry, code)
    hooks = Hooks(lambda *_: "", on_start=lambda: note(entry.point, Step.STARTS, now()))
    if elsewhere := save_draft(db.session(), conversation, hooks):
        return jsonify(next=elsewhere)
    reply = Response(status=204)
    reply.set_cookie(
        DRAFT_COOKIE,
        request.form.get(TICKET, ""),
        max_age=DRAFT_AGE,
        path=conversation.path,
        secure=config().https,
        httponly=True,
        samesite="Lax",
    )
    return reply


@bp.get("/q/<code>/thanks/<receipt>")
@public
def thanks(code: str, receipt: str) -> ResponseReturnValue:
    """The withdrawal code; the same however often the same answers were sent."""
    entry = _entry(code)
    try:
        shown = read_receipt(receipt, local_day(entry.study, now()), config().secret_key)
    except ReceiptUnreadable as error:
        raise NotFound from error
    return render_template(
        "answering/thanks.html",
        study=entry.study,
        withdrawal_code=shown,
        elder=_wants_large(),
        withdraw_url=url_for(".withdraw", code=normalise(code)),
        another_url=url_for(".scan", code=normalise(code), another=1) if entry.place else None,
    )


@bp.get("/q/<code>/full")
@public
def full(code: str) -> ResponseReturnValue:
    """Said to whoever belongs to a group that has enough answers."""
    return render_template("answering/full.html", study=_entry(code).study, standing=True)


@bp.get("/q/<code>/withdraw")
@public
def withdraw(code: str) -> ResponseReturnValue:
    """Where a withdrawal code is entered."""
    entry = _entry(code)
    return _withdrawing(entry)


@bp.post("/q/<code>/withdraw")
@public
@own_token
def withdrawn(code: str) -> ResponseReturnValue:
    """Delete the answers of a withdrawal code.

    Needs no token: whoever knows the code may do it, from wherever.
    """
    entry = _entry(code)
    if entry.wave is None:
        raise NotFound
    who, wave_id = visitor(request, config()), entry.wave.id
    # what was read is known; on SQLite the count needs the lock that reading took
    db.session().rollback()
    try:
        with db.separate_session() as counting:
            allowed = may_try(counting, wave_id, who, now(), config().policy)
        if not allowed:
            raise TooManyTries
        withdrawal.withdraw(
            db.session(), wave_id, request.form.get("code", ""), config().secret_key, now()
        )
    except SurveyError as refusal:
        return _withdrawing(entry, refusal), refusal.status
    return redirect(url_for(".gone", code=normalise(code), lang=spoken()), 303)


@bp.get("/q/<code>/withdrawn")
@public
def gone(code: str) -> ResponseReturnValue:
    """Said once the answers are deleted."""
    return render_template("answering/withdrawn.html", study=_entry(code).study)


@bp.get("/q/script/<parts>/<version>.js")
@public
def script(parts: str, version: str) -> ResponseReturnValue:
    """The page's script with as much of the expression engine as a form uses."""
    text = script_text(parts, version)
    if text is None:
        raise NotFound
    return Response(text, mimetype="text/javascript")


@bp.get("/q/sw.js")
@public
def service_worker() -> ResponseReturnValue:
    """Lies above the codes, so that it may open their pages without a network."""
    return Response(SERVICE_WORKER, mimetype="text/javascript")


def _drafted(conversation: Conversation, text: str) -> str | None:
    try:
        return reopen_page(db.session(), conversation, text, large=_wants_large())
    except TokenWrong:  # of an older key: the cookie is as good as none
        return None


def _withdrawing(entry: Entry, refusal: SurveyError | None = None) -> str:
    return render_template("answering/withdraw.html", study=entry.study, refusal=refusal)


def _wants_large() -> bool:
    return request.args.get("elder") == "1"


def _guard(entry: Entry) -> Guard:
    return Guard(db.session(), entry, visitor(request, config()))


def _again(entry: Entry, code: str) -> str:
    """For a device that has answered: somebody else of the family may, on purpose."""
    return render_template(
        "answering/again.html",
        study=entry.study,
        elder=_wants_large(),
        another_url=url_for(".scan", code=normalise(code), another=1),
        withdraw_url=url_for(".withdraw", code=normalise(code)),
    )


@bp.context_processor
def _whose_form() -> dict[str, Any]:
    """Also a page that refuses a code says whose form it is."""
    return {"study": g.get("study")}


def _entry(code: str) -> Entry:
    settings = config()
    delay = settings.entry_delay if request.method in db.SAFE_METHODS else 0
    entry = find_entry(db.session(), code, settings.secret_key, now(), delay=delay)
    g.study = entry.study
    return entry


def _conversation(entry: Entry, code: str) -> Conversation:
    if entry.sample is None or entry.wave is None:  # a study without a sample of places
        raise entry.refusal or WaveClosed
    path = f"/q/{normalise(code)}"
    return Conversation(
        study=entry.study,
        plan=entry.plan,
        sample_id=entry.sample.id,
        wave_id=entry.wave.id,
        sample_code=entry.sample.code,
        published=entry.published,
        line=entry.line,
        closed=entry.closed,
        purpose=normalise(code),
        refusal=entry.refusal,
        template="answering/page.html",
        stopped="answering/stopped.html",
        source=Source.PHONE,
        mode=MODE,
        path=path,
        save=f"{path}/draft",
        home_is_known=entry.household is not None,
        suggests=entry.suggests_area,
        entry_point_id=entry.place.id if entry.place else None,
        entry_point=entry.place.code if entry.place else "",
        household_id=entry.household.id if entry.household else None,
    )
