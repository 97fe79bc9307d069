"""The review pages: waves with their counts, held responses, decisions, freezing."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import audit, db
from survey.accounts.access import Act, current_user, needs
from survey.conduct import now
from survey.entry import local_day
from survey.errors import NotFound
from survey.language import language
from survey.models import Study, Verdict, Wave
from survey.reason_words import reason_name, reason_sentence
from survey.reviewing.answers import answer_lines
from survey.reviewing.checks import examine_wave, last_check, write_check
from survey.reviewing.chosen import Chosen
from survey.reviewing.decisions import decide_all, decide_one
from survey.reviewing.forms import Filled, filled_decision, filled_decision_on_all
from survey.reviewing.held import decisions_on, held_line, held_page, points_of
from survey.reviewing.overview import counts_of, reason_counts, wave_counts
from survey.reviewing.scope import find_wave, whole_studies
from survey.versions import form_of, newest_form
from survey.waves import freeze as freeze_wave
from survey.waves import refuse_frozen

bp = Blueprint("reviewing", __name__, url_prefix="/review")


@bp.get("/")
@needs(Act.RESPONSE_REVIEW)
def index() -> ResponseReturnValue:
    """The studies of the reviewer with the counts of their waves."""
    session = db.session()
    studies = [
        (study, wave_counts(session, study, local_day(study, now())))
        for study in whole_studies(session, current_user())
    ]
    return render_template("reviewing/index.html", studies=studies)


@bp.get("/<study_id>/<wave_code>/")
@needs(Act.RESPONSE_REVIEW)
def wave(study_id: str, wave_code: str) -> ResponseReturnValue:
    """Counts by status and reason, and the responses that the filter of the address chooses."""
    study, found = find_wave(db.session(), current_user(), study_id, wave_code)
    return _wave_page(study, found, Chosen.read(request.args), None)


@bp.post("/<study_id>/<wave_code>/all")
@needs(Act.RESPONSE_REVIEW)
def decide_filtered(study_id: str, wave_code: str) -> ResponseReturnValue:
    """One decision on all that a filter chooses."""
    session = db.session()
    study, found = find_wave(session, current_user(), study_id, wave_code)
    chosen = Chosen.read(request.form)
    sent = filled_decision_on_all(request.form)
    if sent.errors:
        return _wave_page(study, found, chosen, sent), 422
    decide_all(
        session,
        study,
        found.id,
        chosen.conditions(found.id, ZoneInfo(study.timezone)),
        sent.shown,
        Verdict(sent.verdict),
        sent.reason,
        user_id=current_user().id,
        now=now(),
    )
    audit.record(
        session,
        Act.RESPONSE_REVIEW,
        f"{study_id} {wave_code}",
        verdict=sent.verdict,
        number=sent.shown,
        filter=chosen.fields,
    )
    return redirect(_address(study, found, chosen), 303)


@bp.get("/<study_id>/<wave_code>/<int:number>")
@needs(Act.RESPONSE_REVIEW)
def response(study_id: str, wave_code: str, number: int) -> ResponseReturnValue:
    """One response with its coded answers; that it was read is recorded."""
    study, found = find_wave(db.session(), current_user(), study_id, wave_code)
    page = _response_page(study, found, number, None)
    with db.separate_session() as session:
        audit.record(session, Act.RESPONSE_READ, f"{study_id} {wave_code} no. {number}")
    return page


@bp.post("/<study_id>/<wave_code>/<int:number>")
@needs(Act.RESPONSE_REVIEW)
def decide(study_id: str, wave_code: str, number: int) -> ResponseReturnValue:
    """A decision on one response."""
    session = db.session()
    study, found = find_wave(session, current_user(), study_id, wave_code)
    sent = filled_decision(request.form)
    if sent.errors:
        return _response_page(study, found, number, sent), 422
    decide_one(
        session,
        study,
        found.id,
        number,
        Verdict(sent.verdict),
        sent.reason,
        user_id=current_user().id,
        now=now(),
    )
    audit.record(
        session,
        Act.RESPONSE_REVIEW,
        f"{study_id} {wave_code} no. {number}",
        verdict=sent.verdict,
    )
    return redirect(_address(study, found, Chosen.read(request.form)), 303)


@bp.post("/<study_id>/<wave_code>/check")
@needs(Act.RESPONSE_CHECK)
def check(study_id: str, wave_code: str) -> ResponseReturnValue:
    """Look at all opt-in answers of the wave together, and hold the suspects.

    Looking takes seconds and locks nothing: residents go on answering meanwhile.
    """
    with db.separate_session(writes=False) as reading:
        study, found = find_wave(reading, current_user(), study_id, wave_code)
        refuse_frozen(found)
        examined = examine_wave(reading, study, found)
    session = db.session()
    study, found = find_wave(session, current_user(), study_id, wave_code)
    write_check(session, study, found, examined, now())
    return redirect(_address(study, found, Chosen()), 303)


@bp.post("/<study_id>/<wave_code>/freeze")
@needs(Act.WAVE_FREEZE)
def freeze(study_id: str, wave_code: str) -> ResponseReturnValue:
    """Freeze a wave that is over; it cannot be undone."""
    session = db.session()
    study, found = find_wave(session, current_user(), study_id, wave_code)
    freeze_wave(session, study, found.id, now())
    audit.record(session, Act.WAVE_FREEZE, f"{study_id} {wave_code}")
    return redirect(_address(study, found, Chosen()), 303)


def _wave_page(study: Study, wave: Wave, chosen: Chosen, sent: Filled | None) -> str:
    session = db.session()
    form = newest_form(session, study.id).form
    page = request.args.get("page", 1, type=int)
    return render_template(
        "reviewing/wave.html",
        study=study,
        counts=counts_of(session, wave, local_day(study, now())),
        checked=last_check(session, study, wave),
        reasons=reason_counts(session, wave),
        points=points_of(session, wave),
        chosen=chosen,
        list=held_page(session, study, wave, form, chosen, page),
        sent=sent,
        name_of=_name_of,
        sentence_of=_sentence_of,
    )


def _response_page(study: Study, wave: Wave, number: int, sent: Filled | None) -> str:
    session = db.session()
    found = held_line(session, study, wave, newest_form(session, study.id).form, number)
    if found is None:
        raise NotFound
    line, row = found
    return render_template(
        "reviewing/response.html",
        study=study,
        wave=wave,
        line=line,
        answers=answer_lines(session, form_of(session, row.questionnaire_id), row.id, language()),
        decisions=decisions_on(session, row.id),
        chosen=Chosen.read(request.values),
        sent=sent,
        sentence_of=_sentence_of,
    )


def _address(study: Study, wave: Wave, chosen: Chosen) -> str:
    values: dict[str, Any] = {"study_id": study.id, "wave_code": wave.code, **chosen.fields}
    return url_for(".wave", **values)


def _name_of(code: str) -> str:
    return reason_name(code, language())


def _sentence_of(code: str, detail: dict[str, str]) -> str:
    return reason_sentence(code, detail, language())
