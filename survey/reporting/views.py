"""The officials' pages: rates with their intervals, by wave and sample, never mixed."""

import io
import zipfile
from datetime import date

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from analysis.study.problems import StudyRefused
from analysis.study.results import TABLES
from survey import audit, db
from survey.accounts.access import Act, current_user, may, needs, visible_areas
from survey.conduct import now
from survey.entry import local_day
from survey.errors import NotFound
from survey.language import language
from survey.models import Sample, Study, Wave
from survey.reporting import runs
from survey.reporting.definition import definition_of
from survey.reporting.held import held_by_reason
from survey.reporting.lines import name_of
from survey.reporting.page import like_in_wave, page_of, samples_in_order
from survey.reporting.service import Figures, FigureStore
from survey.wording import KINDS, SELF_ASSESSMENT

bp = Blueprint("reporting", __name__, url_prefix="/results")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the archive is the same whenever it is made


@bp.record
def _keep_figures(state: BlueprintSetupState) -> None:
    """Each app keeps its own figures: it has a database of its own."""
    state.app.extensions["figures"] = FigureStore()


@bp.get("/")
@needs(Act.RESULT_READ)
def index() -> ResponseReturnValue:
    """The studies in whose area the user's lies, with their waves and samples."""
    session = db.session()
    studies = [
        (study, _waves(session, study), study.root_area in scope)
        for study in session.scalars(sa.select(Study).order_by(Study.created_at.desc(), Study.id))
        if (scope := visible_areas(session, current_user(), study.id))
    ]
    return render_template("reporting/index.html", studies=studies, kinds=KINDS)


@bp.get("/<study_id>/<wave_code>/")
@needs(Act.RESULT_READ)
def wave(study_id: str, wave_code: str) -> ResponseReturnValue:
    """The first sample of a wave: the probability sample where there is one."""
    figures, _ = _open(study_id)
    plan = figures.study.plan
    found = next((one for one in plan.waves if one.id == wave_code), None)
    if found is None:
        raise NotFound
    samples = samples_in_order(plan, wave_code)
    if samples:
        return sample(study_id, wave_code, samples[0].id)
    return render_template("reporting/empty_wave.html", plan=plan, wave=found)


@bp.get("/<study_id>/<wave_code>/<sample_id>")
@needs(Act.RESULT_READ)
def sample(study_id: str, wave_code: str, sample_id: str) -> ResponseReturnValue:
    """One sample: the whole by indicator, then each indicator by area."""
    figures, scope = _open(study_id)
    plan = figures.study.plan
    chosen = next((one for one in plan.samples_of(wave_code) if one.id == sample_id), None)
    if chosen is None:
        raise NotFound
    session = db.session()
    is_held = chosen.id in figures.with_held
    reasons = held_by_reason(session, study_id, chosen.id) if is_held else ()
    _record_reading(f"{study_id} {sample_id}")
    return render_template(
        "reporting/sample.html",
        plan=plan,
        page=page_of(figures, chosen, scope, language(), reasons),
        samples=samples_in_order(plan, wave_code),
        waves=[(one, like_in_wave(plan, chosen, one.id)) for one in plan.waves],
        left_out=figures.left_out,
        areas=figures.study.tree.areas,
        root_name=figures.study.tree.areas[figures.study.tree.root].name,
        newest_run=runs.newest_publication(session, study_id),
        kinds=KINDS,
        self_assessment=SELF_ASSESSMENT,
    )


@bp.get("/<study_id>/indicators/<code>")
@needs(Act.RESULT_READ)
def indicator(study_id: str, code: str) -> ResponseReturnValue:
    """The definition of an indicator: wording, codes, who is left out, target, version."""
    figures, _ = _open(study_id)
    found = next((one for one in figures.study.indicators if one.code == code), None)
    if found is None:
        raise NotFound
    return render_template(
        "reporting/indicator.html",
        plan=figures.study.plan,
        definition=definition_of(db.session(), figures, found, language()),
        name=name_of(found, language()),
        form=figures.form,
        left_out=figures.left_out,
        self_assessment=SELF_ASSESSMENT,
    )


@bp.get("/<study_id>/runs/")
@needs(Act.RESULT_READ)
def run_list(study_id: str) -> ResponseReturnValue:
    """The published runs of a study; a button to publish for those who may."""
    return _runs_page(study_id, refused=None)


@bp.post("/<study_id>/runs/")
@needs(Act.RESULT_PUBLISH)
def publish(study_id: str) -> ResponseReturnValue:
    """Publish the figures as they are now: for those whose area is the whole study."""
    session = db.session()
    _, whole = _published_study(session, study_id)
    if not whole:
        raise NotFound
    try:
        run, is_new = runs.publish(session, study_id, current_user().id)
    except StudyRefused as refusal:
        return _runs_page(study_id, refused=refusal), 422
    if is_new:
        audit.record(session, Act.RESULT_PUBLISH, f"{study_id} run {run.number}", sha256=run.sha256)
    return redirect(url_for(".run_list", study_id=study_id, _anchor=f"run-{run.number}"), 303)


@bp.get("/<study_id>/runs/<int:number>/<name>")
@needs(Act.RESULT_READ)
def run_table(study_id: str, number: int, name: str) -> ResponseReturnValue:
    """A table of a published run, as far as the user may read it."""
    session = db.session()
    study, _ = _published_study(session, study_id)
    scope = visible_areas(session, current_user(), study_id)
    run = runs.find_run(session, study_id, number)
    withdrawn = runs.withdrawn_since(session, run)
    text = runs.reading_copy(run, name, root=study.root_area, scope=scope, withdrawn=withdrawn)
    _record_reading(f"{study_id} run {number} {name}")
    return _download(text.encode("utf-8-sig"), f"{study_id}-{number}-{name}", "text/csv")


@bp.get("/<study_id>/runs/<int:number>.zip")
@needs(Act.RESULT_PUBLISH)
def run_evidence(study_id: str, number: int) -> ResponseReturnValue:
    """All files of a published run, the very bytes that its number stands for."""
    session = db.session()
    _, whole = _published_study(session, study_id)
    if not whole:
        raise NotFound
    run = runs.find_run(session, study_id, number)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        files = runs.evidence(run.recipe, run.tables)
        for name, text in {**files, **runs.later(runs.withdrawn_since(session, run))}.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text)
    _record_reading(f"{study_id} run {number}, all files")
    return _download(buffer.getvalue(), f"{study_id}-{number}.zip", "application/zip")


def _open(study_id: str) -> tuple[Figures, frozenset[str]]:
    """The figures and the user's areas; a study out of scope is unknown."""
    session = db.session()
    scope = visible_areas(session, current_user(), study_id)
    if not scope:
        raise NotFound
    store: FigureStore = current_app.extensions["figures"]
    return store.figures(session, study_id), scope


def _published_study(session: Session, study_id: str) -> tuple[Study, bool]:
    """A study of which the user sees something, and whether he sees the whole."""
    study = session.get(Study, study_id)
    scope = visible_areas(session, current_user(), study_id)
    if study is None or not scope:
        raise NotFound
    return study, study.root_area in scope


def _runs_page(study_id: str, *, refused: StudyRefused | None) -> str:
    session = db.session()
    study, whole = _published_study(session, study_id)
    return render_template(
        "reporting/runs.html",
        study=study,
        runs=runs.list_runs(session, study_id),
        tables=list(TABLES),
        may_publish=whole and may(current_user().role, Act.RESULT_PUBLISH),
        refused=refused.problems if refused else (),
        self_assessment=SELF_ASSESSMENT,
    )


def _waves(session: Session, study: Study) -> list[tuple[Wave, list[Sample], str]]:
    """The waves of a study with their samples, and whether each is ahead, open or over."""
    samples: dict[int, list[Sample]] = {}
    for one in session.scalars(
        sa.select(Sample).where(Sample.study_id == study.id).order_by(Sample.position)
    ):
        samples.setdefault(one.wave_id, []).append(one)
    today = local_day(study, now())
    waves = session.scalars(
        sa.select(Wave).where(Wave.study_id == study.id).order_by(Wave.position)
    )
    return [(one, samples.get(one.id, []), _stage(one, today)) for one in waves]


def _stage(one: Wave, today: date) -> str:
    if today < one.opens:
        return "ahead"
    return "open" if today <= one.closes else "over"


def _record_reading(subject: str) -> None:
    """Reading is an act of a GET, whose own transaction is rolled back."""
    with db.separate_session() as session:
        audit.record(session, Act.RESULT_READ, subject)


def _download(data: bytes, name: str, mimetype: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, mimetype=mimetype, headers=headers)
