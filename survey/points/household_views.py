"""The drawn households of a sample: listed, given codes, changed and revoked by batch."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import audit, db
from survey.accounts.access import Act, current_user, needs
from survey.conduct import config, now
from survey.errors import NotFound
from survey.models import Household, Sample, Study
from survey.points import asked, service
from survey.points.forms import Sent, read_drawing, read_listing, read_validity
from survey.points.household_list import (
    LEVELS,
    LONGEST_ADDRESS,
    MOST_LISTED,
    Fault,
    decoded,
    known_of,
    read_list,
)
from survey.points.listing import area_choices, choices, households_page
from survey.points.selection import find_sample, find_study

bp = Blueprint("households", __name__, url_prefix="/points")

MOST_FAULTS = 50  # of a list, named on the page
NO_TEXT = Fault(
    None,
    "文件不是文本。请把表格另存为 CSV。",
    "The file is no text. Save the spreadsheet as CSV.",
)
ONE_OF_TWO = Fault(
    None,
    "请粘贴列表或上传文件,二者选一。",
    "Paste the list or upload a file: one of the two.",
)


@bp.get("/households/<int:sample_id>")
@needs(Act.POINT_READ)
def index(sample_id: int) -> ResponseReturnValue:
    """The drawn households of a sample, narrowed by area, batch and state."""
    sample, _ = find_sample(db.session(), current_user(), sample_id)
    return _list_page(sample, Sent())


@bp.get("/<study_id>/households/new")
@needs(Act.POINT_CREATE)
def new(study_id: str) -> ResponseReturnValue:
    """The forms for a list of households and for a number of them."""
    study, _ = find_study(db.session(), current_user(), study_id)
    return _new_page(study)


@bp.post("/<study_id>/households/draw")
@needs(Act.POINT_CREATE)
def draw(study_id: str) -> ResponseReturnValue:
    """Codes for a number of drawn households of an area."""
    session = db.session()
    study, scope = find_study(session, current_user(), study_id)
    communities = {code for code, _ in area_choices(session, study.id, scope, LEVELS)}
    sent, drawn, validity = read_drawing(request.form, frozenset(communities))
    sample = _sample(study, sent)
    if sent.errors:
        return _new_page(study, number=sent), 422
    return _give_codes(study, sample, drawn, validity)


@bp.post("/<study_id>/households/list")
@needs(Act.POINT_CREATE)
def take_list(study_id: str) -> ResponseReturnValue:
    """Codes for the households of a list, all of them or none."""
    session = db.session()
    study, scope = find_study(session, current_user(), study_id)
    sent, validity = read_listing(request.form)
    sample = _sample(study, sent)
    service.lock(session, study)  # what the list is held against must stay so
    text = _list_text()
    drawn: list[service.Drawn] = []
    if isinstance(text, Fault):
        faults = [text]
    else:
        drawn, faults = read_list(text, known_of(session, sample, scope))
    if sent.errors or faults:
        return _new_page(study, listed=sent, faults=faults), 422
    return _give_codes(study, sample, drawn, validity)


@bp.post("/households/<int:sample_id>/batch/<batch>")
@needs(Act.POINT_CHANGE)
def change_batch(sample_id: int, batch: str) -> ResponseReturnValue:
    """The days on which the codes of a batch can be used."""
    session = db.session()
    sample, found = _batch(sample_id, batch)
    sent, validity = read_validity(request.form)
    if sent.errors:
        return _list_page(sample, sent, batch=batch), 422
    service.set_validity(found, validity)
    audit.record(
        session,
        Act.POINT_CHANGE,
        f"batch {batch} of {sample.code}",
        study=sample.study_id,
        number=len(found),
        valid_from=str(validity.first or ""),
        valid_to=str(validity.last or ""),
    )
    return redirect(url_for(".index", sample_id=sample.id, batch=batch), 303)


@bp.post("/households/<int:sample_id>/batch/<batch>/revoke")
@needs(Act.POINT_REVOKE)
def revoke_batch(sample_id: int, batch: str) -> ResponseReturnValue:
    """Take the unused codes of a batch out of use, for good."""
    sample, found = _batch(sample_id, batch)
    number = service.revoke_households(found)
    audit.record(
        db.session(),
        Act.POINT_REVOKE,
        f"batch {batch} of {sample.code}",
        study=sample.study_id,
        number=number,
    )
    return redirect(url_for(".index", sample_id=sample.id, batch=batch), 303)


def _sample(study: Study, sent: Sent) -> Sample:
    """The sample that a form names, of this study."""
    text = sent.values["sample"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    sample = db.session().get(Sample, number)
    if sample is None or sample.study_id != study.id:
        raise NotFound
    return sample


def _list_text() -> str | Fault:
    pasted, file = request.form.get("list", "").strip(), request.files.get("file")
    content = file.read() if file is not None else b""
    if bool(pasted) == bool(content):
        return ONE_OF_TWO
    text = decoded(content) if content else pasted
    return NO_TEXT if text is None or "\0" in text else text


def _give_codes(
    study: Study,
    sample: Sample,
    drawn: Sequence[service.Drawn],
    validity: service.Validity,
) -> ResponseReturnValue:
    session = db.session()
    batch = service.new_batch(session, study, now())
    service.draw_households(
        session,
        sample,
        drawn,
        secret=config().secret_key,
        validity=validity,
        batch=batch,
    )
    audit.record(
        session,
        Act.POINT_CREATE,
        f"households of {sample.code}",
        study=study.id,
        number=len(drawn),
        batch=batch,
    )
    return redirect(url_for(".index", sample_id=sample.id, batch=batch), 303)


def _batch(sample_id: int, batch: str) -> tuple[Sample, Sequence[Household]]:
    """The households of a batch in the user's areas; a batch without any is unknown."""
    session = db.session()
    sample, scope = find_sample(session, current_user(), sample_id)
    found = session.scalars(
        sa.select(Household).where(
            Household.sample_id == sample.id,
            Household.batch == batch,
            Household.area_code.in_(scope),
        )
    ).all()
    if not found or not batch:
        raise NotFound
    return sample, found


def _list_page(sample: Sample, sent: Sent, *, batch: str = "") -> str:
    session = db.session()
    study, own = find_study(session, current_user(), sample.study_id)
    selection = asked.selection()
    today = asked.today(study)
    scope = asked.scope(session, study, own)
    return render_template(
        "points/households.html",
        study=study,
        sample=sample,
        page=households_page(session, sample, scope, selection, today, asked.page()),
        asked=asked.texts(),
        batch=batch or selection.batch,
        choices=choices(session, study.id, own, Household),
        kept=asked.kept,
        sent=sent,
    )


def _new_page(
    study: Study,
    *,
    number: Sent | None = None,
    listed: Sent | None = None,
    faults: Sequence[Fault] = (),
) -> str:
    session = db.session()
    _, scope = find_study(session, current_user(), study.id)
    return render_template(
        "points/new_households.html",
        study=study,
        samples=service.drawable_samples(session, study, now()),
        areas=area_choices(session, study.id, scope, LEVELS),
        number=number,
        listed=listed,
        faults=faults[:MOST_FAULTS],
        more_faults=max(0, len(faults) - MOST_FAULTS),
        most_listed=MOST_LISTED,
        longest_address=LONGEST_ADDRESS,
    )
