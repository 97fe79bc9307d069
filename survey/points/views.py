"""Pages for QR codes: the list, its forms, and images."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import audit, db
from survey.accounts.access import Act, current_user, needs, visible_areas
from survey.conduct import config, now
from survey.errors import NotFound
from survey.models import EntryPoint
from survey.points import service
from survey.points.forms import KINDS, Filled, filled_drawing, filled_place
from survey.qr import address, png, svg

bp = Blueprint("points", __name__, url_prefix="/points")


@bp.get("/")
@needs(Act.POINT_READ)
def index() -> ResponseReturnValue:
    """Places and households in the user's areas, with scans, starts and completes."""
    return _list_page(None)


@bp.post("/<study_id>")
@needs(Act.POINT_CREATE)
def create(study_id: str) -> ResponseReturnValue:
    """A new place."""
    session = db.session()
    scope = visible_areas(session, current_user(), study_id)
    if not scope:
        raise NotFound
    form = filled_place(study_id, request.form, scope)
    if form.errors:
        return _list_page(form), 422
    place = service.create_place(session, current_user(), study_id, **form.values)
    audit.record(session, Act.POINT_CREATE, f"place {place.code}", study=study_id)
    return redirect(url_for(".index", _anchor=f"study-{study_id}"), 303)


@bp.post("/place/<int:point_id>/revoke")
@needs(Act.POINT_REVOKE)
def revoke(point_id: int) -> ResponseReturnValue:
    """Take a place's code out of use."""
    session = db.session()
    place = service.revoke_place(session, current_user(), point_id)
    audit.record(session, Act.POINT_REVOKE, f"place {place.code}", study=place.study_id)
    return redirect(url_for(".index", _anchor=f"study-{place.study_id}"), 303)


@bp.post("/households")
@needs(Act.POINT_CREATE)
def draw() -> ResponseReturnValue:
    """Codes for drawn households."""
    session = db.session()
    sample_id = request.form.get("sample", 0, type=int)
    study_id = service.study_of_sample(session, current_user(), sample_id)
    scope = visible_areas(session, current_user(), study_id)
    form = filled_drawing(study_id, request.form, scope)
    if form.errors:
        return _list_page(form), 422
    sample = service.draw_households(
        session,
        current_user(),
        sample_id,
        area=form.values["area"],
        number=int(form.values["number"]),
        secret=config().secret_key,
    )
    audit.record(session, Act.POINT_CREATE, f"households of {sample.code}", study=sample.study_id)
    return redirect(url_for(".index", _anchor=f"study-{sample.study_id}"), 303)


@bp.get("/place/<int:point_id>.svg")
@needs(Act.POINT_PRINT)
def image_svg(point_id: int) -> ResponseReturnValue:
    place = service.find_place(db.session(), current_user(), point_id)
    return Response(svg(_address(place), title=place.name), mimetype="image/svg+xml")


@bp.get("/place/<int:point_id>.png")
@needs(Act.POINT_PRINT)
def image_png(point_id: int) -> ResponseReturnValue:
    place = service.find_place(db.session(), current_user(), point_id)
    return Response(png(_address(place)), mimetype="image/png")


def _list_page(form: Filled | None) -> str:
    """The list; with a form that was refused, open and as it was sent."""
    session = db.session()
    studies = service.studies_points(session, current_user(), now())
    samples = {one.study.id: service.drawable_samples(session, one.study, now()) for one in studies}
    return render_template(
        "points/index.html", studies=studies, samples=samples, kinds=KINDS, form=form
    )


def _address(place: EntryPoint) -> str:
    return address(config().base_url, place.token)
