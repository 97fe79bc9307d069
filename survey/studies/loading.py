"""Put a study folder into the database, whole or not at all."""

from collections.abc import Callable, Mapping
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.problems import StudyRefused
from survey import models
from survey.errors import SurveyError
from survey.folders import ReadFolder
from survey.studies.room import too_large
from survey.studies.storing import Poster, Storing


class Loaded(StrEnum):
    NEW = "new"
    SAME = "same"
    REPLACED = "replaced"


class StudyExists(SurveyError):
    code = "study_exists"
    status = 409
    zh = "数据库中已有研究 {study},内容不同:{differs}。没有载入任何内容。"
    en = "study {study} is in the database and differs in: {differs}. Nothing was loaded."


class StudyInUse(SurveyError):
    code = "study_in_use"
    status = 409
    zh = "研究 {study} 已有平台收集的答案、已发布的结果、已抽取的住户或配额,不能替换。"
    en = (
        "study {study} has answers of the platform, a published run, drawn households or quotas"
        " and is not replaced."
    )


def load_folder(
    session: Session,
    read: ReadFolder,
    plan_text: str,
    *,
    replace: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Store a checked folder. The caller's transaction decides whether it stays.

    Parameters
    ----------
    plan_text
        study.toml as it stands.
    replace
        Whether a study of the same id with other files may be taken out first.
        Points that keep their code keep the address on their poster.

    Raises
    ------
    StudyExists
        The id is there with other files, and ``replace`` is False.
    StudyInUse
        It has answers that came in by the platform, a published run, households
        whose codes may be printed, or quotas, which no folder holds.
    StudyRefused
        A text or a number that no database takes.
    """
    study = read.folder.study
    # The lock keeps answers out that would else arrive while the study is replaced.
    known = session.get(models.Study, study.plan.id, with_for_update=True)
    if known is not None:
        if known.folder == dict(study.files):
            return Loaded.SAME
        if not replace:
            raise StudyExists(study=known.id, differs=_differences(known.folder, study.files))
    if problems := too_large(read.folder):
        raise StudyRefused(problems, study.warnings)
    posters = {} if known is None else _take_out(session, known.id)
    Storing(session, read, plan_text, posters, progress).store()
    return Loaded.NEW if known is None else Loaded.REPLACED


def _differences(stored: Mapping[str, str], given: Mapping[str, str]) -> str:
    names = sorted(set(stored) | set(given))
    return ", ".join(name for name in names if stored.get(name) != given.get(name))


def _take_out(session: Session, study_id: str) -> dict[str, Poster]:
    """Delete a study, but for its questionnaires: a published version is never deleted.

    Returns what its printed posters lead to.
    """
    response = models.Response
    decided = sa.exists().where(models.Review.response_id == response.id)
    from_platform = sa.select(response.id).where(
        response.study_id == study_id, sa.or_(response.source != models.Source.FOLDER, decided)
    )
    published = sa.select(models.Run.id).where(models.Run.study_id == study_id)
    drawn = sa.select(models.Household.id).where(models.Household.study_id == study_id)
    limited = sa.select(models.Quota.id).where(models.Quota.study_id == study_id)
    for used in (from_platform, published, drawn, limited):
        if session.scalar(used.limit(1)) is not None:
            raise StudyInUse(study=study_id)
    posters = {
        point.code: Poster(point.token)
        for point in session.scalars(
            sa.select(models.EntryPoint).where(models.EntryPoint.study_id == study_id)
        )
    }
    own_samples = sa.select(models.Sample.id).where(models.Sample.study_id == study_id)
    own_responses = sa.select(response.id).where(response.study_id == study_id)
    session.execute(sa.delete(models.Answer).where(models.Answer.response_id.in_(own_responses)))
    session.execute(
        sa.delete(models.Disposition).where(models.Disposition.sample_id.in_(own_samples))
    )
    for table in (
        models.Response,
        models.EntryPoint,
        models.Volunteer,
        models.Sample,
        models.Wave,
        models.Indicator,
        models.Margin,
        models.Population,
        models.Area,
    ):
        session.execute(sa.delete(table).where(table.study_id == study_id))
    session.expunge_all()  # what was read of it is gone
    return posters
