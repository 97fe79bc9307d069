"""The resident's pages: /q/CODE, one form a group, and the receipt."""

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    g,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from survey import db, tickets
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
from survey.errors import NotFound, TokenWrong, WaveClosed
from survey.funnel import Step, note
from survey.guarding.visitors import set_device_cookie, visitor
from survey.headers import SERVICE_WORKER
from survey.kept_pages import kept_page
from survey.language import page_url, spoken
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
    drafted = request.cookies.get(DRAFT_COOKIE, "")
    anew = {"fresh", "another"} & request.args.keys()
    page: str | Response | None = _drafted(code, drafted) if drafted and not anew else None
    entry = _entry(code)
    conversation = _conversation(entry, code)
    guard = _guard(entry)
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
        _forget_draft(answer, conversation)
    return answer


@bp.post("/q/<code>")
@bp.post("/Q/<code>")
@public
@own_token
def answer(code: str) -> ResponseReturnValue:
    """One page sent."""
    entry = _entry(code, request.form.get(TICKET, ""))

    def done(receipt: str, large: bool) -> str:
        size: dict[str, Any] = {"elder": 1} if large else {}
        return url_for(".thanks", code=normalise(code), receipt=receipt, lang=spoken(), **size)

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
        _forget_draft(reply, conversation)
    return reply


@bp.post("/q/<code>/draft")
@public
@own_token
def draft(code: str) -> ResponseReturnValue:
    """The answers so far, kept for a day."""
    entry = _entry(code, request.form.get(TICKET, ""))
    conversation = _conversation(entry, code)
    hooks = Hooks(lambda *_: "", on_start=lambda: note(entry.point, Step.STARTS, now()))
    if elsewhere := save_draft(db.session(), conversation, hooks):
        return jsonify(next=elsewhere)
    reply = Response(status=204)
    for path in _addresses(conversation):
        reply.set_cookie(
            DRAFT_COOKIE,
            request.form.get(TICKET, ""),
            max_age=DRAFT_AGE,
            path=path,
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
    own = {"withdraw": url_for("withdrawing.withdraw", code=normalise(code), **_size())}
    if shown:
        own["receipt"] = shown
    if entry.place and entry.refusal is None:
        own["another"] = url_for(".scan", code=normalise(code), another=1, **_size())

    def make(words: Mapping[str, str]) -> str:
        return render_template(
            "answering/thanks.html",
            study=entry.study,
            withdrawal_code=words.get("receipt"),
            withdraw_url=words["withdraw"],
            another_url=words.get("another"),
        )

    key = ("thanks", entry.study.id, entry.study.revision, *own, page_url())
    return kept_page(key, own, make)


@bp.get("/q/<code>/full")
@public
def full(code: str) -> ResponseReturnValue:
    """Said to whoever belongs to a group that has enough answers."""
    return render_template("answering/full.html", study=_entry(code).study, standing=True)


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
    """Opens the pages of codes without a network."""
    # printed codes lead to /Q/, and a path is compared letter by letter
    headers = {"Service-Worker-Allowed": "/"}
    return Response(SERVICE_WORKER, mimetype="text/javascript", headers=headers)


def _addresses(conversation: Conversation) -> tuple[str, str]:
    """Those of a code: as it is typed, and as it is printed (survey.qr)."""
    return conversation.path, conversation.path.upper()


def _forget_draft(reply: Response, conversation: Conversation) -> None:
    for path in _addresses(conversation):
        reply.delete_cookie(DRAFT_COOKIE, path=path)


def _drafted(code: str, text: str) -> str | None:
    try:
        conversation = _conversation(_entry(code, text), code)
        return reopen_page(db.session(), conversation, text, large=_wants_large())
    except TokenWrong:  # of an older key: the cookie is as good as none
        return None


def _wants_large() -> bool:
    return request.args.get("elder") == "1"


def _size() -> dict[str, Any]:
    """What keeps the text large behind a link."""
    return {"elder": 1} if _wants_large() else {}


def _guard(entry: Entry) -> Guard:
    return Guard(db.session(), entry, visitor(request, config()))


def _again(entry: Entry, code: str) -> str:
    """For a device that has answered: somebody else of the family may, on purpose."""
    return render_template(
        "answering/again.html",
        study=entry.study,
        another_url=url_for(".scan", code=normalise(code), another=1, **_size()),
        withdraw_url=url_for("withdrawing.withdraw", code=normalise(code), **_size()),
    )


def _entry(code: str, ticket: str = "") -> Entry:
    """What the code stands for, to a new visitor or to the interview of a ticket."""
    settings = config()
    delay = settings.entry_delay if request.method in db.SAFE_METHODS else 0
    begun = tickets.began(ticket, settings.key("ticket"), normalise(code)) if ticket else None
    entry = find_entry(db.session(), code, settings.secret_key, now(), begun=begun, delay=delay)
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
        line_at=entry.snapshot.line,
        closed=entry.closed,
        purpose=normalise(code),
        refusal=entry.refusal,
        template="answering/page.html",
        stopped="answering/stopped.html",
        full="answering/full.html",
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
