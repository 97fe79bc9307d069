"""Taking answers back: at the code that was scanned, or at the study's own address."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import db, withdrawal
from survey.accounts.access import own_token, public
from survey.codes import normalise
from survey.conduct import config, now
from survey.entry import find_study, local_day
from survey.errors import NotFound, SurveyError, TooManyTries
from survey.guarding.visitors import visitor
from survey.guarding.withdrawals import may_try
from survey.language import spoken
from survey.models import Study, Wave

bp = Blueprint("withdrawing", __name__)


@bp.get("/q/<code>/withdraw")
@bp.get("/withdraw/<study_id>")
@public
def withdraw(code: str = "", study_id: str = "") -> ResponseReturnValue:
    """Where a withdrawal code is entered."""
    study = find_study(db.session(), code, study_id, config().secret_key, now())
    return _page(study, _begun(study))


@bp.post("/q/<code>/withdraw")
@bp.post("/withdraw/<study_id>")
@public
@own_token
def withdrawn(code: str = "", study_id: str = "") -> ResponseReturnValue:
    """Delete the answers of a withdrawal code.

    Needs no token: whoever knows the code may do it, from wherever.
    """
    study = find_study(db.session(), code, study_id, config().secret_key, now())
    waves = _begun(study)
    wave = _chosen(waves)
    who = visitor(request, config())
    # what was read is known; on SQLite the count needs the lock that reading took
    db.session().rollback()
    try:
        with db.separate_session() as counting:
            allowed = may_try(counting, wave.id, who, now(), config().policy)
        if not allowed:
            raise TooManyTries
        withdrawal.withdraw(
            db.session(), wave.id, request.form.get("code", ""), config().secret_key, now()
        )
    except SurveyError as refusal:
        return _page(study, waves, wave, refusal), refusal.status
    where: dict[str, Any] = {"code": normalise(code)} if code else {"study_id": study_id}
    if request.args.get("elder") == "1":
        where["elder"] = 1
    return redirect(url_for(".gone", **where, lang=spoken()), 303)


@bp.get("/q/<code>/withdrawn")
@bp.get("/withdraw/<study_id>/done")
@public
def gone(code: str = "", study_id: str = "") -> ResponseReturnValue:
    """Said once the answers are deleted."""
    study = find_study(db.session(), code, study_id, config().secret_key, now())
    return render_template("answering/withdrawn.html", study=study)


def _begun(study: Study) -> list[Wave]:
    """The waves in which somebody can have answered, the newest first.

    A code is unique in its wave only, so that with several waves one says which.
    """
    today: date = local_day(study, now())
    begun = sa.select(Wave).where(Wave.study_id == study.id, Wave.opens <= today)
    session = db.session()
    waves = list(session.scalars(begun.order_by(Wave.opens.desc(), Wave.position.desc())))
    for wave in waves:
        session.expunge(wave)  # they outlive the transaction
    return waves


def _chosen(waves: list[Wave]) -> Wave:
    if not waves:
        raise NotFound
    named = request.form.get("wave", "")
    return next((wave for wave in waves if wave.code == named), waves[0])


def _page(
    study: Study, waves: list[Wave], chosen: Wave | None = None, refusal: SurveyError | None = None
) -> str:
    return render_template(
        "answering/withdraw.html", study=study, waves=waves, chosen=chosen, refusal=refusal
    )
