"""The photographs of a study as files: what volunteers took at doors, for who checks their work.

They leave apart from the answers. An export gives responses new ids, and nothing here
leads to one: the picture of a door names a home, and the answers given there must not.
"""

import csv
import io
import secrets
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.models import Answer, Image, Response, ResponseStatus, Study, Wave
from survey.studies.export import StudyUnknown

INDEX = "photographs.csv"
HEAD = ("file", "question", "wave", "area_code", "volunteer", "day")
_STANDS = [status for status in ResponseStatus if status is not ResponseStatus.TRAINING]
_PHOTOGRAPHS = (
    sa.select(
        Image.content,
        Answer.name,
        Wave.code,
        Response.area_code,
        Response.volunteer,
        Image.taken_at,
    )
    .join(Response, Response.submission_id == Image.submission_id)
    .join(Answer, (Answer.response_id == Response.id) & (Answer.value == Image.token))
    .outerjoin(Wave, Wave.id == Response.wave_id)
    .where(Image.study_id == sa.bindparam("study"), Response.status.in_(_STANDS))
)


def photograph_files(session: Session, study_id: str) -> dict[str, bytes]:
    """Name to content: a file for each photograph of an answer that was stored, and an index.

    In random order. What was never sent, what was withdrawn (its photographs are
    deleted) and what was entered for practice is not among them.

    Raises
    ------
    StudyUnknown
    """
    study = session.get(Study, study_id)
    if study is None:
        raise StudyUnknown(study=study_id)
    rows = list(session.execute(_PHOTOGRAPHS, {"study": study_id}))
    secrets.SystemRandom().shuffle(rows)
    digits = len(str(len(rows)))
    files: dict[str, bytes] = {}
    index = io.StringIO(newline="")
    writer = csv.writer(index, lineterminator="\n")
    writer.writerow(HEAD)
    for number, (content, question, wave, area, volunteer, taken_at) in enumerate(rows, 1):
        name = f"{number:0{digits}}.jpg"
        files[name] = content
        day = taken_at.astimezone(ZoneInfo(study.timezone)).date()
        writer.writerow([name, question, wave or "", area, volunteer, day])
    return files | {INDEX: index.getvalue().encode("utf-8-sig")}
