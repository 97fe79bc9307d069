"""The resident's pages: /q/CODE, one form a group, and the receipt."""

from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import db
from survey.accounts.access import own_token, public
from survey.answering.counters import count_scan, count_start
from survey.codes import grouped, is_valid, normalise
from survey.conduct import Conversation, Hooks, config, now, open_page, planned_sample, respond
from survey.entry import Entry, find_entry
from survey.errors import NotFound, WaveClosed
from survey.language import language
from survey.models import Source
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
        count_scan(entry)
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

    hooks = Hooks(done, on_start=lambda: count_start(session, entry))
    return respond(session, _conversation(entry, code), hooks)


@bp.get("/q/<code>/thanks/<receipt>")
@public
def thanks(code: str, receipt: str) -> ResponseReturnValue:
    """The receipt; the same however often the same answers were sent."""
    entry = _entry(code)
    if not is_valid(receipt):
        raise NotFound
    return render_template(
        "answering/thanks.html", study=entry.study, receipt=grouped(receipt), elder=_wants_large()
    )


def _wants_large() -> bool:
    return request.args.get("elder") == "1"


@bp.context_processor
def _whose_form() -> dict[str, Any]:
    """Also a page that refuses a code says whose form it is."""
    return {"study": g.get("study")}


def _entry(code: str) -> Entry:
    session = db.session()
    entry = find_entry(session, code, config().secret_key, now())
    session.expunge(entry.study)  # can be read on an error page, whatever becomes of the session
    g.study = entry.study
    return entry


def _conversation(entry: Entry, code: str) -> Conversation:
    if entry.sample is None:  # a place of a study that has no sample of places
        raise entry.refusal or WaveClosed
    label = entry.place.code if entry.place else ""
    return Conversation(
        study=entry.study,
        plan=entry.plan,
        sample_id=entry.sample.id,
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
