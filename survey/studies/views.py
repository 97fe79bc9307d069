"""The study folder as a download: the evidence, for analysts and administrators."""

import io
import zipfile

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from survey import audit, db
from survey.accounts.access import Act, current_user, needs, visible_areas
from survey.errors import NotFound
from survey.models import Study
from survey.studies.export import export_files

bp = Blueprint("studies", __name__, url_prefix="/studies")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the archive tells nothing about when it was made


@bp.post("/<study_id>/export")
@needs(Act.STUDY_EXPORT)
def export(study_id: str) -> ResponseReturnValue:
    """A ZIP archive of the study folder; only for those whose area is the whole study."""
    session = db.session()
    study = session.get(Study, study_id)
    if study is None or study.root_area not in visible_areas(session, current_user(), study_id):
        raise NotFound
    files = export_files(session, study_id)
    audit.record(session, Act.STUDY_EXPORT, study_id, files=len(files))
    return Response(
        _archive(study_id, files),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{study_id}.zip"'},
    )


def _archive(study_id: str, files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(f"{study_id}/{name}", EPOCH), data)
    return buffer.getvalue()
