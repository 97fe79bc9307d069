"""The quotas that a user may see: studies with their samples, and one sample row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.accounts.access import Bound, visible_areas
from survey.allocation.frame import Frame, frame_of
from survey.entry import local_day
from survey.errors import NotAllowed, NotFound
from survey.models import Quota, Sample, SampleKind, Study, Wave


@dataclass(frozen=True, slots=True)
class SampleLine:
    """A sample in the list; the numbers are those of the quotas that the user sees."""

    sample: Sample
    wave: Wave
    quotas: int
    full: int
    turned_away: int

    @property
    def is_drawn(self) -> bool:
        return self.sample.kind is SampleKind.PROBABILITY


@dataclass(frozen=True, slots=True)
class StudyLine:
    """A study with its samples."""

    study: Study
    samples: Sequence[SampleLine]
    sees_whole: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A sample and those of its quotas that lie in the user's areas."""

    frame: Frame
    sample: Sample
    wave: Wave
    quotas: Sequence[Quota]
    scope: frozenset[str]

    @property
    def study(self) -> Study:
        return self.frame.study

    @property
    def sees_whole(self) -> bool:
        """Whether the user's area is the whole study: whoever sets quotas must see it."""
        return self.study.root_area in self.scope

    @property
    def is_drawn(self) -> bool:
        return self.sample.kind is SampleKind.PROBABILITY


def studies_with_quotas(session: Session, user: Bound) -> list[StudyLine]:
    """The studies in the user's areas, the newest first."""
    found = []
    for study in session.scalars(sa.select(Study).order_by(Study.created_at.desc(), Study.id)):
        scope = visible_areas(session, user, study.id)
        if scope:
            sees_whole = study.root_area in scope
            found.append(StudyLine(study, _samples(session, study, scope), sees_whole))
    return found


def open_sample(session: Session, user: Bound, sample_id: int, now: datetime) -> Opened:
    """A sample of which the user sees something.

    Raises
    ------
    NotFound
        No such sample, or none of his areas is in its study.
    """
    sample = session.get(Sample, sample_id)
    if sample is None:
        raise NotFound
    study = session.get_one(Study, sample.study_id)
    scope = visible_areas(session, user, study.id)
    if not scope:
        raise NotFound
    frame = frame_of(session, study, local_day(study, now))
    order = {code: place for place, code in enumerate(["", *frame.areas])}
    own = sa.select(Quota).where(Quota.sample_id == sample.id).order_by(Quota.id)
    quotas = sorted(
        (one for one in session.scalars(own) if _is_visible(one, study, scope)),
        key=lambda one: order.get(one.area_code, len(order)),
    )
    return Opened(frame, sample, session.get_one(Wave, sample.wave_id), quotas, scope)


def open_to_set(session: Session, user: Bound, sample_id: int, now: datetime) -> Opened:
    """A sample whose quotas the user may set: his area is the whole study.

    Raises
    ------
    NotAllowed
        He sees only a part of it.
    """
    opened = open_sample(session, user, sample_id, now)
    if not opened.sees_whole:
        raise NotAllowed
    return opened


def sample_of_quota(session: Session, quota_id: int) -> int:
    """The sample of a quota."""
    sample_id = session.scalar(sa.select(Quota.sample_id).where(Quota.id == quota_id))
    if sample_id is None:
        raise NotFound
    return sample_id


def _is_visible(quota: Quota, study: Study, scope: frozenset[str]) -> bool:
    return (quota.area_code or study.root_area) in scope


def _samples(session: Session, study: Study, scope: frozenset[str]) -> list[SampleLine]:
    rows = session.execute(
        sa.select(Sample, Wave)
        .join(Wave, Wave.id == Sample.wave_id)
        .where(Sample.study_id == study.id)
        .order_by(Wave.opens.desc(), Sample.position)
    ).all()
    quotas: dict[int, list[Quota]] = {}
    for quota in session.scalars(sa.select(Quota).where(Quota.study_id == study.id)):
        if _is_visible(quota, study, scope):
            quotas.setdefault(quota.sample_id, []).append(quota)
    return [_line(sample, wave, quotas.get(sample.id, [])) for sample, wave in rows]


def _line(sample: Sample, wave: Wave, quotas: Sequence[Quota]) -> SampleLine:
    return SampleLine(
        sample,
        wave,
        quotas=len(quotas),
        full=sum(one.taken >= one.most for one in quotas),
        turned_away=sum(one.turned_away for one in quotas),
    )
