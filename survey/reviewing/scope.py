"""Which waves a reviewer may open: those of studies whose whole area is his."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.accounts.access import Bound, visible_areas
from survey.errors import NotFound
from survey.models import Study, Wave


def whole_studies(session: Session, user: Bound) -> list[Study]:
    """The studies that lie within the user's area, newest first."""
    query = sa.select(Study).order_by(Study.created_at.desc(), Study.id)
    return [study for study in session.scalars(query) if _sees_all(session, user, study)]


def find_wave(session: Session, user: Bound, study_id: str, code: str) -> tuple[Study, Wave]:
    """A wave of such a study; any other is as unknown as none."""
    study = session.get(Study, study_id)
    if study is None or not _sees_all(session, user, study):
        raise NotFound
    query = sa.select(Wave).where(Wave.study_id == study_id, Wave.code == code)
    wave = session.scalar(query)
    if wave is None:
        raise NotFound
    return study, wave


def _sees_all(session: Session, user: Bound, study: Study) -> bool:
    return study.root_area in visible_areas(session, user, study.id)
