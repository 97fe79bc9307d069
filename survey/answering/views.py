"""The resident's pages: /q/CODE, one form a group, and the receipt."""

from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import db
from survey.accounts.access import own_token, public
from survey.codes import normalise
from survey.conduct import Conversation, Hooks, config, now, open_page, planned_sample, respond
from survey.entry import Entry, find_entry, local_day
from survey.errors import NotFound, WaveClosed
from survey.funnel import Step, note
from survey.language import language
from survey.models import Source
from survey.receipts import ReceiptUnreadable, read_receipt
from survey.terms import terms_of

bp = Blueprint("answering", __name__)
MODE = "qr"


@bp.get("/q/<code>")
@bp.get("/Q/<code>")
@public
def scan(code: str) -> ResponseReturnValue:
    """The first page of a code."""
    entry = _entry(code)
    page = open_page(_conversation(entry, code), large=_wants_large())
    if not {"lang", "elder"} & request.args.keys():  # the page in another look is no new scan
        note(entry.point, Step.SCANS, now())
    return page


@bp.post("/q/<code>")
@bp.post("/Q/<code>")
@public
@own_token
def answer(code: str) -> ResponseReturnValue:
    """One page sent."""
    entry = _entry(code)
    session = db.session()

    def done(receipt: str, large: bool) -> str:
        address = url_for(".thanks", code=normalise(code), receipt=receipt, lang=language())
        return f"{address}&elder=1" if large else address

    hooks = Hooks(done, on_start=lambda: note(entry.point, Step.STARTS, now()))
    return respond(session, _conversation(entry, code), hooks)


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
        "answering/thanks.html", study=entry.study, withdrawal_code=shown, elder=_wants_large()
    )


def _wants_large() -> bool:
    return request.args.get("elder") == "1"


@bp.context_processor
def _whose_form() -> dict[str, Any]:
    """Also a page that refuses a code says whose form it is."""
    return {"study": g.get("study")}


def _entry(code: str) -> Entry:
    entry = find_entry(db.session(), code, config().secret_key, now())
    g.study = entry.study
    return entry


def _conversation(entry: Entry, code: str) -> Conversation:
    if (
        entry.sample is None or entry.wave is None
    ):  # a place of a study that has no sample of places
        raise entry.refusal or WaveClosed
    label = entry.place.code if entry.place else ""
    return Conversation(
        study=entry.study,
        plan=entry.plan,
        sample_id=entry.sample.id,
        wave_id=entry.wave.id,
        sample_code=entry.sample.code,
        published=entry.published,
        terms=terms_of(
            entry.plan,
            entry.published.form,
            planned_sample(entry.plan, entry.sample.code),
            entry.line,
            entry_point=label,
            mode=MODE,
            home_is_known=entry.household is not None,
            suggests=entry.suggests_area,
        ),
        line=entry.line,
        closed=entry.closed,
        purpose=normalise(code),
        refusal=entry.refusal,
        template="answering/page.html",
        stopped="answering/stopped.html",
        source=Source.PHONE,
        mode=MODE,
        entry_point_id=entry.place.id if entry.place else None,
        entry_point=label,
        household_id=entry.household.id if entry.household else None,
    )
