"""The photographs of a study as files: what volunteers took at doors, for who checks their work.

They leave apart from the answers, without an id and without a day: the picture of a door
names a home. An export tells area and day of each response, so where an area has few visits
a picture may still be matched with one. Whoever has the pictures must not have the export.
"""

import csv
import io
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.models import Answer, Image, Response, ResponseStatus, Study, Wave
from survey.studies.export import StudyUnknown

INDEX = "photographs.csv"
HEAD = ("file", "question", "wave", "area_code", "volunteer")
_STANDS = [status for status in ResponseStatus if status is not ResponseStatus.TRAINING]
_PHOTOGRAPHS = (
    sa.select(Image.content, Answer.name, Wave.code, Response.area_code, Response.volunteer)
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
    if session.get(Study, study_id) is None:
        raise StudyUnknown(study=study_id)
    rows = list(session.execute(_PHOTOGRAPHS, {"study": study_id}))
    secrets.SystemRandom().shuffle(rows)
    digits = len(str(len(rows)))
    files: dict[str, bytes] = {}
    index = io.StringIO(newline="")
    writer = csv.writer(index, lineterminator="\n")
    writer.writerow(HEAD)
    for number, (content, question, wave, area, volunteer) in enumerate(rows, 1):
        name = f"{number:0{digits}}.jpg"
        files[name] = content
        writer.writerow([name, question, wave or "", area, volunteer])
    return files | {INDEX: index.getvalue().encode("utf-8-sig")}
