"""Pages for questionnaires: versions, upload, preview on phones, publication."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey import audit, db
from survey.accounts.access import Act, current_user, may, needs
from survey.bodies import takes_file
from survey.designer import service
from survey.designer.judging import judge_version
from survey.designer.phone_style import scoped
from survey.designer.preview import languages_of, screens
from survey.designer.reading import Reading, read_upload
from survey.designer.rules import settings_of
from survey.designer.service import DraftChanged, NothingNew, Upload, Versions
from survey.errors import SurveyError
from survey.headers import STATIC
from survey.instrument.limits import MAX_UPLOAD
from survey.instrument.writing import write_xlsform
from survey.language import t
from survey.models import Study

bp = Blueprint("designer", __name__, url_prefix="/forms")

# Thrice, so that no rule of the page around a phone outdoes one of the phone's own.
PHONE_STYLE: Final = scoped(
    (STATIC / "resident.css").read_text(encoding="utf-8"), ".screen.screen.screen"
)
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS: Final = "application/vnd.ms-excel"
OLE: Final = b"\xd0\xcf\x11\xe0"  # how an .xls begins


@bp.get("/")
@needs(Act.FORM_READ)
def index() -> ResponseReturnValue:
    """The studies whose questionnaires the user may change."""
    session = db.session()
    studies = service.whole_studies(session, current_user())
    found = [service.versions_of(session, study) for study in studies]
    return render_template("designer/index.html", studies=found, local=local)


@bp.get("/<study_id>/")
@needs(Act.FORM_READ)
def versions(study_id: str) -> ResponseReturnValue:
    """All versions of a study's questionnaire, and the place to upload a new one."""
    session = db.session()
    study = service.whole_study(session, current_user(), study_id)
    return _versions_page(service.versions_of(session, study))


@bp.post("/<study_id>/draft")
@needs(Act.FORM_EDIT)
@takes_file(MAX_UPLOAD)
def upload(study_id: str) -> ResponseReturnValue:
    """Read a workbook and keep it as the draft, or say everything that is wrong with it."""
    with db.separate_session(writes=False) as session:
        service.whole_study(session, current_user(), study_id)
    given = request.files.get("workbook")
    content = given.read() if given else b""
    # Before the request's own session is opened: no transaction waits for the reader.
    reading = read_upload(given.filename or "", content) if given and content else None
    session = db.session()
    study = service.whole_study(session, current_user(), study_id)
    if reading is None or reading.form is None:
        found = service.versions_of(session, study)
        return _versions_page(found, reading=reading, no_file=reading is None), 422
    sent = Upload(content, reading.form)
    try:
        number = service.save_draft(session, study, sent, replaces=request.form.get("replaces", ""))
    except (DraftChanged, NothingNew) as refusal:
        return _versions_page(service.versions_of(session, study), refusal), refusal.status
    audit.record(
        session,
        Act.FORM_EDIT,
        service.subject(study, number),
        change="upload",
        sha256=sent.sha256,
    )
    return redirect(url_for(".preview", study_id=study.id, number=number), 303)


@bp.get("/<study_id>/<int:number>/")
@needs(Act.FORM_READ)
def preview(study_id: str, number: int) -> ResponseReturnValue:
    """A version as it looks on a phone, and what differs from the one before."""
    session = db.session()
    study = service.whole_study(session, current_user(), study_id)
    found = service.versions_of(session, study)
    return _preview_page(session, found, number)


@bp.post("/<study_id>/publish")
@needs(Act.FORM_PUBLISH)
def publish(study_id: str) -> ResponseReturnValue:
    """Put the draft in force, unless it breaks something."""
    session = db.session()
    study = service.whole_study(session, current_user(), study_id)
    service.lock(session, study)
    found = service.versions_of(session, study)
    draft, sha256 = found.draft, request.form.get("sha256", "")
    if draft is not None and draft.sha256 == sha256:
        judged = judge_version(session, found, draft)
        if judged.breaks:
            return _preview_page(session, found, draft.number, refused=True), 422
    try:
        made, is_new = service.publish(session, study, sha256)
    except DraftChanged as refusal:
        return _versions_page(found, refusal), refusal.status
    if is_new:
        audit.record(session, Act.FORM_PUBLISH, service.subject(study, made), sha256=sha256)
    return redirect(url_for(".versions", study_id=study.id, _anchor=f"version-{made}"), 303)


@bp.post("/<study_id>/discard")
@needs(Act.FORM_EDIT)
def discard(study_id: str) -> ResponseReturnValue:
    """Delete the draft."""
    session = db.session()
    study = service.whole_study(session, current_user(), study_id)
    sha256 = request.form.get("sha256", "")
    try:
        number = service.discard(session, study, sha256)
    except DraftChanged as refusal:
        return _versions_page(service.versions_of(session, study), refusal), refusal.status
    audit.record(
        session, Act.FORM_EDIT, service.subject(study, number), change="discard", sha256=sha256
    )
    return redirect(url_for(".versions", study_id=study.id), 303)


@bp.get("/<study_id>/<int:number>/original")
@needs(Act.FORM_READ)
def original(study_id: str, number: int) -> ResponseReturnValue:
    """The workbook of a version as it was uploaded or loaded, byte for byte."""
    session = db.session()
    study = service.whole_study(session, current_user(), study_id)
    content = service.workbook_of(session, study, number)
    is_old = content.startswith(OLE)
    name = f"{study.id}-{number}.{'xls' if is_old else 'xlsx'}"
    return _download(content, name, XLS if is_old else XLSX)


@bp.get("/<study_id>/<int:number>/written")
@needs(Act.FORM_READ)
def written(study_id: str, number: int) -> ResponseReturnValue:
    """A version as an XLSForm again, written from what the platform made of the workbook."""
    session = db.session()
    study = service.whole_study(session, current_user(), study_id)
    version = service.versions_of(session, study).find(number)
    return _download(write_xlsform(version.form), f"{study.id}-{number}-written.xlsx", XLSX)


@bp.get("/phone.css")
@needs(Act.FORM_READ)
def phone_style() -> ResponseReturnValue:
    """What a resident's page looks like, for the phones of the preview."""
    return Response(PHONE_STYLE, mimetype="text/css")


def _versions_page(
    found: Versions,
    refusal: SurveyError | None = None,
    *,
    reading: Reading | None = None,
    no_file: bool = False,
) -> str:
    """The list of versions; above it why an upload or a publication was refused."""
    return render_template(
        "designer/versions.html",
        study=found.study,
        found=found,
        refusal=refusal,
        reading=reading,
        no_file=no_file,
        local=local,
        # A page that answers a form has no address of its own for the other language.
        language_url=_in_other_language(".versions", study_id=found.study.id),
        most_megabytes=MAX_UPLOAD // 1_000_000,
        may_edit=may(current_user().role, Act.FORM_EDIT),
    )


def _preview_page(session: Session, found: Versions, number: int, *, refused: bool = False) -> str:
    version = found.find(number)
    judged = judge_version(session, found, version)
    other = _in_other_language(".preview", study_id=found.study.id, number=number)
    return render_template(
        "designer/preview.html",
        study=found.study,
        version=version,
        judged=judged,
        screens=screens(version.form, judged.plan, judged.uses, judged.differences),
        languages=languages_of(version.form),
        elder=request.args.get("elder") == "1",
        settings=settings_of(judged.plan),
        refused=refused,
        local=local,
        **({"language_url": other} if refused else {}),
        may_edit=may(current_user().role, Act.FORM_EDIT),
        may_publish=may(current_user().role, Act.FORM_PUBLISH),
    )


def local(study: Study, moment: datetime) -> str:
    """A moment as the clocks of the study show it."""
    return moment.astimezone(ZoneInfo(study.timezone)).strftime("%Y-%m-%d %H:%M")


def _in_other_language(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **{**values, "lang": t("en", "zh")})


def _download(content: bytes, name: str, mimetype: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
