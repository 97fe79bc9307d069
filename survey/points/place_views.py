"""The places of a study: listed, made one by one or in bulk, changed and revoked by batch."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import audit, db
from survey.accounts.access import Act, current_user, needs
from survey.conduct import now
from survey.errors import NotFound
from survey.models import Area, EntryPoint, Level, Study
from survey.points import asked, service
from survey.points.bulk import MOST_AREAS, MOST_PLACES, Plan, areas_at, plan
from survey.points.forms import (
    FREE_KINDS,
    KINDS,
    LONGEST_NAME,
    BulkWish,
    Matrix,
    Sent,
    Words,
    read_bulk,
    read_matrix,
    read_place,
    read_validity,
)
from survey.points.listing import area_choices, choices, places_page
from survey.points.selection import find_study, narrowed

bp = Blueprint("places", __name__, url_prefix="/points/<study_id>/places")

LEVELS = (Level.VILLAGE, Level.TOWNSHIP, Level.GRID, Level.COUNTY)
NOTHING: Words = ("表中没有要生成的地点。", "There is no place to make in the table.")


@bp.get("")
@needs(Act.POINT_READ)
def index(study_id: str) -> ResponseReturnValue:
    """The places of the user's areas, narrowed by area, kind, batch and state."""
    study, _ = find_study(db.session(), current_user(), study_id)
    return _list_page(study, Sent())


@bp.get("/new")
@needs(Act.POINT_CREATE)
def new(study_id: str) -> ResponseReturnValue:
    """The forms for one place and for many."""
    study, _ = find_study(db.session(), current_user(), study_id)
    return _new_page(study)


@bp.post("/new")
@needs(Act.POINT_CREATE)
def create(study_id: str) -> ResponseReturnValue:
    """One place."""
    session = db.session()
    study, scope = find_study(session, current_user(), study_id)
    sent, place, validity = read_place(request.form, scope)
    if sent.errors:
        return _new_page(study, one=sent), 422
    (made,) = service.create_places(session, study, [place], now(), validity=validity)
    audit.record(session, Act.POINT_CREATE, f"place {made.code}", study=study.id)
    return redirect(url_for("points.place", point_id=made.id), 303)


@bp.post("/bulk")
@needs(Act.POINT_CREATE)
def bulk(study_id: str) -> ResponseReturnValue:
    """First step of many places: areas of a level and numbers by kind; then the table of them."""
    session = db.session()
    study, scope = find_study(session, current_user(), study_id)
    sent, wish = read_bulk(request.form, scope, frozenset(LEVELS))
    if sent.errors:
        return _new_page(study, many=sent), 422
    areas = areas_at(session, study, narrowed(session, study.id, scope, wish.within), wish.level)
    fault = _fault_of_areas(areas)
    if fault:
        return _new_page(study, many=Sent(sent.values, {"level": fault})), 422
    return _table_page(study, areas, _matrix(areas, wish), sent)


@bp.post("/table")
@needs(Act.POINT_CREATE)
def table(study_id: str) -> ResponseReturnValue:
    """Second step: the numbers as they were set. What was shown is made, all of it or nothing."""
    session = db.session()
    study, scope = find_study(session, current_user(), study_id)
    sent, matrix = read_matrix(request.form, scope)
    if "" in sent.errors:
        return _new_page(study, many=Sent({}, {"within": sent.errors[""]})), 422
    areas = _areas_of(study, matrix)
    planned = plan(session, study, areas, matrix.kinds, matrix.counts)
    errors = dict(sent.errors)
    if not errors and not planned.places:
        errors[""] = NOTHING
    if not errors:
        errors |= _faults_of_plan(planned)
    if errors:
        return _table_page(study, areas, matrix, Sent(sent.values, errors)), 422
    if "make" not in request.form or matrix.shown != planned.fingerprint:
        return _table_page(study, areas, matrix, sent)
    batch = service.new_batch(session, study, now())
    made = service.create_places(
        session, study, planned.places, now(), validity=matrix.validity, batch=batch
    )
    audit.record(session, Act.POINT_CREATE, f"batch {batch}", study=study.id, number=len(made))
    return redirect(url_for(".index", study_id=study.id, batch=batch), 303)


@bp.post("/batch/<batch>")
@needs(Act.POINT_CHANGE)
def change_batch(study_id: str, batch: str) -> ResponseReturnValue:
    """The days on which the places of a batch take answers."""
    session = db.session()
    study, places = _batch(study_id, batch)
    sent, validity = read_validity(request.form)
    if sent.errors:
        return _list_page(study, sent, batch=batch), 422
    service.set_validity(places, validity)
    audit.record(
        session,
        Act.POINT_CHANGE,
        f"batch {batch}",
        study=study.id,
        number=len(places),
        valid_from=str(validity.first or ""),
        valid_to=str(validity.last or ""),
    )
    return redirect(url_for(".index", study_id=study.id, batch=batch), 303)


@bp.post("/batch/<batch>/revoke")
@needs(Act.POINT_REVOKE)
def revoke_batch(study_id: str, batch: str) -> ResponseReturnValue:
    """Take all places of a batch out of use, for good."""
    study, places = _batch(study_id, batch)
    number = service.revoke_places(places)
    audit.record(db.session(), Act.POINT_REVOKE, f"batch {batch}", study=study.id, number=number)
    return redirect(url_for(".index", study_id=study.id, batch=batch), 303)


def _batch(study_id: str, batch: str) -> tuple[Study, Sequence[EntryPoint]]:
    """The places of a batch in the user's areas; a batch without any is unknown."""
    session = db.session()
    study, scope = find_study(session, current_user(), study_id)
    places = session.scalars(
        sa.select(EntryPoint).where(
            EntryPoint.study_id == study.id,
            EntryPoint.batch == batch,
            EntryPoint.area_code.in_(scope),
        )
    ).all()
    if not places or not batch:
        raise NotFound
    return study, places


def _list_page(study: Study, sent: Sent, *, batch: str = "") -> str:
    session = db.session()
    _, own = find_study(session, current_user(), study.id)
    selection = asked.selection()
    today = asked.today(study)
    scope = asked.scope(session, study, own)
    return render_template(
        "points/places.html",
        study=study,
        page=places_page(session, study, scope, selection, today, asked.page()),
        asked=asked.texts(),
        batch=batch or selection.batch,
        choices=choices(session, study.id, own, EntryPoint),
        kept=asked.kept,
        sent=sent,
    )


def _new_page(study: Study, *, one: Sent | None = None, many: Sent | None = None) -> str:
    session = db.session()
    _, scope = find_study(session, current_user(), study.id)
    return render_template(
        "points/new_places.html",
        study=study,
        areas=area_choices(session, study.id, scope),
        levels=LEVELS,
        kinds=KINDS,
        free_kinds=FREE_KINDS,
        one=one,
        many=many,
    )


def _table_page(study: Study, areas: Sequence[Area], matrix: Matrix, sent: Sent) -> str:
    planned = plan(db.session(), study, areas, matrix.kinds, matrix.counts)
    return render_template(
        "points/new_table.html",
        study=study,
        areas=areas,
        matrix=matrix,
        planned=planned,
        sent=sent,
    )


def _matrix(areas: Sequence[Area], wish: BulkWish) -> Matrix:
    kinds = tuple(wish.counts)
    codes = tuple(area.code for area in areas)
    counts = {(code, kind): wish.counts[kind] for code in codes for kind in kinds}
    return Matrix(codes, kinds, counts, wish.validity, shown="")


def _areas_of(study: Study, matrix: Matrix) -> list[Area]:
    """The rows of the table, in its order; all are in the user's areas."""
    rows = db.session().scalars(
        sa.select(Area).where(Area.study_id == study.id, Area.code.in_(matrix.areas))
    )
    found = {area.code: area for area in rows}
    return [found[code] for code in matrix.areas]


def _fault_of_areas(areas: Sequence[Area]) -> Words | None:
    if not areas:
        return ("这个单位内没有这一层级的区域。", "There is no area of this level in that unit.")
    if len(areas) > MOST_AREAS:
        return (
            f"一次最多 {MOST_AREAS} 个区域,这里有 {len(areas)} 个;请选择较小的单位。",
            f"At most {MOST_AREAS} areas at once, not {len(areas)}. Choose a smaller unit.",
        )
    return None


def _faults_of_plan(planned: Plan) -> dict[str, Words]:
    if len(planned.places) > MOST_PLACES:
        return {
            "": (
                f"一次最多 {MOST_PLACES} 个地点,现在是 {len(planned.places)} 个。",
                f"At most {MOST_PLACES} places at once, and these are {len(planned.places)}.",
            )
        }
    long = [place.name for place in planned.places if len(place.name) > LONGEST_NAME]
    if long:
        return {
            "": (
                f"名称超过 {LONGEST_NAME} 个字:{long[0]}",
                f"A name is longer than {LONGEST_NAME} characters: {long[0]}",
            )
        }
    return {}
