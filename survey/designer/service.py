"""The versions of a study's questionnaire: listed, drafted, published, discarded."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.accounts.access import Act, Bound, visible_areas
from survey.errors import NotFound, SurveyError
from survey.instrument.questions import Form
from survey.models import (
    AuditEvent,
    Questionnaire,
    Response,
    ResponseStatus,
    Study,
    new_revision,
)

LOADED = "study.load"  # the act by which a folder brought its questionnaire


class DraftChanged(SurveyError):
    """What is to be replaced, published or discarded is not the draft that the page showed."""

    code = "draft_changed"
    status = 409
    zh = "草稿在您打开页面之后已被他人更换、发布或删除。请先查看现在的内容。"
    en = "Somebody has replaced, published or discarded the draft since. Look at it first."


class NothingNew(SurveyError):
    code = "nothing_new"
    status = 422
    zh = "这个工作簿与现行的第 {number} 版完全相同,没有可发布的内容。"
    en = "This workbook is version {number}, which is in force: there is nothing to publish."


@dataclass(frozen=True, slots=True)
class Author:
    """Who did something and when; ``by_command``: on the server, with ``minyi load``."""

    username: str
    at: datetime
    by_command: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A version in a list.

    Attributes
    ----------
    published_at
        None for the draft.
    author
        Who published it, or who uploaded the draft; None where the log does not say.
    answers
        Accepted answers that were given on it.
    """

    number: int
    form: Form
    sha256: str
    published_at: datetime | None
    author: Author | None
    answers: int

    @property
    def questions(self) -> int:
        return sum(question.kind.is_answered for question in self.form.questions())


@dataclass(frozen=True, slots=True)
class Versions:
    """A study's published versions, newest first, and its draft."""

    study: Study
    published: tuple[Version, ...]
    draft: Version | None

    @property
    def in_force(self) -> Version | None:
        return self.published[0] if self.published else None

    def find(self, number: int) -> Version:
        """The version of a number, the draft among them.

        Raises
        ------
        NotFound
        """
        both = (*self.published, self.draft)
        found = next((one for one in both if one is not None and one.number == number), None)
        if found is None:
            raise NotFound
        return found


@dataclass(frozen=True, slots=True)
class Upload:
    """A workbook that was read, as it becomes a draft."""

    content: bytes
    form: Form

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def whole_studies(session: Session, user: Bound) -> list[Study]:
    """The studies that lie in the user's area as a whole, newest first."""
    studies = session.scalars(sa.select(Study).order_by(Study.created_at.desc(), Study.id))
    return [study for study in studies if _is_whole(session, user, study)]


def whole_study(session: Session, user: Bound, study_id: str) -> Study:
    """A study whose whole area is the user's; any other is as unknown as none.

    A questionnaire is asked everywhere, so nobody changes it for a part.
    """
    study = session.get(Study, study_id)
    if study is None or not _is_whole(session, user, study):
        raise NotFound
    return study


def versions_of(session: Session, study: Study) -> Versions:
    """All versions of a study's questionnaire."""
    log = _Log(session, study.id)
    answers = _answers(session, study.id)
    rows = session.execute(
        sa.select(
            Questionnaire.id,
            Questionnaire.number,
            Questionnaire.definition,
            Questionnaire.sha256,
            Questionnaire.published_at,
        )
        .where(Questionnaire.study_id == study.id)
        .order_by(Questionnaire.number.desc())
    )
    versions = [
        Version(
            number=row.number,
            form=Form.from_json(row.definition),
            sha256=row.sha256,
            published_at=row.published_at,
            author=log.author(row.number, row.sha256, row.published_at),
            answers=answers.get(row.id, 0),
        )
        for row in rows
    ]
    return Versions(
        study=study,
        published=tuple(one for one in versions if one.published_at is not None),
        draft=next((one for one in versions if one.published_at is None), None),
    )


def workbook_of(session: Session, study: Study, number: int) -> bytes:
    """The workbook of a version as it was uploaded or loaded."""
    content = session.scalar(
        sa.select(Questionnaire.workbook).where(
            Questionnaire.study_id == study.id, Questionnaire.number == number
        )
    )
    if content is None:
        raise NotFound
    return content


def lock(session: Session, study: Study) -> None:
    """Keep other editors of this study out until the transaction ends."""
    session.execute(sa.select(Study.id).where(Study.id == study.id).with_for_update())


def save_draft(session: Session, study: Study, upload: Upload, *, replaces: str) -> int:
    """Store an upload as the draft; its number.

    Parameters
    ----------
    replaces
        SHA-256 of the draft that the editor has seen and gives up; empty for none.

    Raises
    ------
    DraftChanged
        There is another draft than the one that was to be replaced.
    NothingNew
        It is the version in force.
    """
    lock(session, study)
    draft = _draft(session, study.id)
    if (draft.sha256 if draft else "") != replaces:
        raise DraftChanged
    newest = _newest(session, study.id)
    definition = upload.form.to_json()
    if newest is not None and newest.sha256 == upload.sha256 and newest.definition == definition:
        raise NothingNew(number=newest.number)
    if draft is None:
        draft = Questionnaire(study_id=study.id, published_at=None)
        session.add(draft)
    draft.number = newest.number + 1 if newest else 1
    draft.form_id, draft.version = upload.form.form_id, upload.form.version
    draft.workbook, draft.sha256, draft.definition = upload.content, upload.sha256, definition
    return draft.number


def discard(session: Session, study: Study, sha256: str) -> int:
    """Delete the draft that the editor has seen; its number."""
    lock(session, study)
    draft = _draft(session, study.id)
    if draft is None or draft.sha256 != sha256:
        raise DraftChanged
    session.delete(draft)
    return draft.number


def publish(session: Session, study: Study, sha256: str) -> tuple[int, bool]:
    """Put the draft in force.

    Whoever answers a page made before still answers its version.

    Returns
    -------
    (int, bool)
        Its number, and whether this call did it: false when it was in force already,
        as after a double click.

    Raises
    ------
    DraftChanged
        The draft is not the one that the editor has seen.
    """
    lock(session, study)
    draft, newest = _draft(session, study.id), _newest(session, study.id)
    if draft is None and newest is not None and newest.sha256 == sha256:
        return newest.number, False
    if draft is None or draft.sha256 != sha256:
        raise DraftChanged
    draft.number = newest.number + 1 if newest else 1
    draft.published_at = datetime.now(UTC)
    study.revision = new_revision()  # the pages that are kept are of the version before
    return draft.number, True


def subject(study: Study, number: int) -> str:
    """How the audit log names a version."""
    return f"{study.id} questionnaire {number}"


def _is_whole(session: Session, user: Bound, study: Study) -> bool:
    return study.root_area in visible_areas(session, user, study.id)


def _draft(session: Session, study_id: str) -> Questionnaire | None:
    return session.scalar(
        sa.select(Questionnaire).where(
            Questionnaire.study_id == study_id, Questionnaire.published_at.is_(None)
        )
    )


def _newest(session: Session, study_id: str) -> Questionnaire | None:
    """The version in force."""
    return session.scalar(
        sa.select(Questionnaire)
        .where(Questionnaire.study_id == study_id, Questionnaire.published_at.is_not(None))
        .order_by(Questionnaire.number.desc())
        .limit(1)
    )


def _answers(session: Session, study_id: str) -> Mapping[int, int]:
    """Accepted answers by the id of the version that they were given on."""
    return dict(
        session.execute(
            sa.select(Response.questionnaire_id, sa.func.count())
            .where(Response.study_id == study_id, Response.status == ResponseStatus.ACCEPTED)
            .group_by(Response.questionnaire_id)
        ).all()
    )


class _Log:
    """What the audit log knows of a study's versions."""

    def __init__(self, session: Session, study_id: str) -> None:
        self._study_id = study_id
        prefix = f"{study_id} questionnaire "
        self._events = session.execute(
            sa.select(
                AuditEvent.act,
                AuditEvent.subject,
                AuditEvent.username,
                AuditEvent.at,
                AuditEvent.details,
            )
            .where(
                sa.or_(
                    sa.and_(
                        AuditEvent.act.in_((Act.FORM_EDIT.value, Act.FORM_PUBLISH.value)),
                        AuditEvent.subject.startswith(prefix, autoescape=True),
                    ),
                    sa.and_(AuditEvent.act == LOADED, AuditEvent.subject == study_id),
                )
            )
            .order_by(AuditEvent.id)
        ).all()

    def author(self, number: int, sha256: str, published_at: datetime | None) -> Author | None:
        """Who published a version, with a folder or here; who uploaded the draft."""
        own = [
            event
            for event in self._events
            if event.subject == f"{self._study_id} questionnaire {number}"
            and event.details.get("sha256") == sha256
        ]
        if published_at is None:
            uploaded = [one for one in own if one.act == Act.FORM_EDIT]
            return Author(uploaded[-1].username, uploaded[-1].at) if uploaded else None
        made = [one for one in own if one.act == Act.FORM_PUBLISH] or [
            one for one in self._events if one.act == LOADED and one.at >= published_at
        ]
        if not made:
            return None
        return Author(made[0].username, published_at, by_command=made[0].act == LOADED)
