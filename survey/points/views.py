"""Pages for QR codes: the overview, a single place or household, and images."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import audit, db
from survey.accounts.access import Act, current_user, needs
from survey.conduct import config, now
from survey.models import EntryPoint, Household, Sample, Study
from survey.points import asked, service
from survey.points.forms import Sent, read_household_change, read_place_change
from survey.points.listing import overviews, place_counts
from survey.points.selection import area_names, find_household, find_place, state_of
from survey.qr import address, png, svg

bp = Blueprint("points", __name__, url_prefix="/points")


@bp.get("/")
@needs(Act.POINT_READ)
def index() -> ResponseReturnValue:
    """The studies of the user's areas, each with its places, households and funnel."""
    return render_template(
        "points/index.html", studies=overviews(db.session(), current_user(), now())
    )


@bp.get("/place/<int:point_id>")
@needs(Act.POINT_READ)
def place(point_id: int) -> ResponseReturnValue:
    found = find_place(db.session(), current_user(), point_id)
    return _place_page(found, _texts_of(found, name=found.name))


@bp.post("/place/<int:point_id>")
@needs(Act.POINT_CHANGE)
def change_place(point_id: int) -> ResponseReturnValue:
    """Its name and the days on which it takes answers."""
    session = db.session()
    found = find_place(session, current_user(), point_id)
    sent, name, validity = read_place_change(request.form)
    if sent.errors:
        return _place_page(found, sent), 422
    service.change_place(found, name, validity)
    audit.record(
        session,
        Act.POINT_CHANGE,
        f"place {found.code}",
        study=found.study_id,
        valid_from=str(validity.first or ""),
        valid_to=str(validity.last or ""),
    )
    return redirect(url_for(".place", point_id=found.id), 303)


@bp.post("/place/<int:point_id>/revoke")
@needs(Act.POINT_REVOKE)
def revoke_place(point_id: int) -> ResponseReturnValue:
    """Take a place's code out of use, for good."""
    session = db.session()
    found = find_place(session, current_user(), point_id)
    service.revoke_places([found])
    audit.record(session, Act.POINT_REVOKE, f"place {found.code}", study=found.study_id)
    return redirect(url_for(".place", point_id=found.id), 303)


@bp.get("/place/<int:point_id>.svg")
@needs(Act.POINT_PRINT)
def image_svg(point_id: int) -> ResponseReturnValue:
    found = find_place(db.session(), current_user(), point_id)
    return Response(svg(_address(found), title=found.name), mimetype="image/svg+xml")


@bp.get("/place/<int:point_id>.png")
@needs(Act.POINT_PRINT)
def image_png(point_id: int) -> ResponseReturnValue:
    found = find_place(db.session(), current_user(), point_id)
    return Response(png(_address(found)), mimetype="image/png")


@bp.get("/household/<int:household_id>")
@needs(Act.POINT_READ)
def household(household_id: int) -> ResponseReturnValue:
    found = find_household(db.session(), current_user(), household_id)
    return _household_page(found, _texts_of(found, address=found.address))


@bp.post("/household/<int:household_id>")
@needs(Act.POINT_CHANGE)
def change_household(household_id: int) -> ResponseReturnValue:
    """Its address and the days on which its code can be used."""
    session = db.session()
    found = find_household(session, current_user(), household_id)
    sent, text, validity = read_household_change(request.form)
    if sent.errors:
        return _household_page(found, sent), 422
    service.change_household(found, text, validity)
    audit.record(
        session,
        Act.POINT_CHANGE,
        _named(found),
        study=found.study_id,
        valid_from=str(validity.first or ""),
        valid_to=str(validity.last or ""),
    )
    return redirect(url_for(".household", household_id=found.id), 303)


@bp.post("/household/<int:household_id>/revoke")
@needs(Act.POINT_REVOKE)
def revoke_household(household_id: int) -> ResponseReturnValue:
    """Take the code of one household out of use, for good."""
    session = db.session()
    found = find_household(session, current_user(), household_id)
    service.revoke_households([found])
    audit.record(session, Act.POINT_REVOKE, _named(found), study=found.study_id)
    return redirect(url_for(".household", household_id=found.id), 303)


def _texts_of(point: EntryPoint | Household, **texts: str) -> Sent:
    """What a form shows of a point before it is sent."""
    first, last = point.valid_from, point.valid_to
    days = {
        "valid_from": first.isoformat() if first else "",
        "valid_to": last.isoformat() if last else "",
    }
    return Sent(texts | days)


def _place_page(found: EntryPoint, sent: Sent) -> str:
    session = db.session()
    study = session.get_one(Study, found.study_id)
    return render_template(
        "points/place.html",
        study=study,
        place=found,
        area=area_names(session, study.id)[found.area_code],
        state=state_of(found, asked.today(study)),
        counts=place_counts(session, study.id, [found.id])[found.id],
        sent=sent,
    )


def _household_page(found: Household, sent: Sent) -> str:
    session = db.session()
    study = session.get_one(Study, found.study_id)
    return render_template(
        "points/household.html",
        study=study,
        sample=session.get_one(Sample, found.sample_id),
        household=found,
        area=area_names(session, study.id)[found.area_code],
        state=state_of(found, asked.today(study)),
        sent=sent,
    )


def _named(found: Household) -> str:
    """A household in the audit log: its sample and number, never its address."""
    return f"household {found.number} of {found.sample.code}"


def _address(found: EntryPoint) -> str:
    return address(config().base_url, found.token)
