"""Places and drawn households: listed, made, revoked, counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.accounts.access import Bound, visible_areas
from survey.codes import household_code, lookup_hash, place_code, seal
from survey.entry import local_day
from survey.errors import NotFound, SurveyError
from survey.funnel import totals
from survey.models import (
    Area,
    Channel,
    EntryPoint,
    FunnelKind,
    Household,
    HouseholdStatus,
    PointStatus,
    Response,
    Sample,
    SampleKind,
    Study,
    Wave,
)

MOST_AT_ONCE = 500  # households in one drawing


class NotAProbabilitySample(SurveyError):
    code = "not_a_probability_sample"
    status = 422
    zh = "一户一码只发给概率样本中抽取的住户。"
    en = "Codes of one's own go to the drawn households of a probability sample only."


class NumberWrong(SurveyError):
    code = "number_wrong"
    status = 422
    zh = "请填写 1 到 {most} 之间的户数。"
    en = "Write a number of households from 1 to {most}."


@dataclass(frozen=True, slots=True)
class HouseholdCounts:
    """The drawn households of a sample, as a funnel; ``waiting`` can still answer."""

    sample: Sample
    wave: Wave
    drawn: int
    scans: int
    starts: int
    answered: int
    waiting: int


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """A place as a funnel; ``completes`` are its stored answers."""

    scans: int
    starts: int
    completes: int


@dataclass(frozen=True, slots=True)
class StudyPoints:
    """The points of a study that a user may see on a day; ``funnel`` is that of places by id."""

    study: Study
    today: date
    places: list[EntryPoint]
    funnel: Mapping[int, PlaceCounts]
    households: list[HouseholdCounts]
    areas: list[Area]

    def is_used(self, place: EntryPoint) -> bool:
        """Whether a place takes answers today or later, so that its poster may be printed."""
        over = place.valid_to is not None and place.valid_to < self.today
        return place.status is PointStatus.ACTIVE and not over

    @property
    def prints_places(self) -> bool:
        return any(self.is_used(place) for place in self.places)


def studies_points(session: Session, user: Bound, now: datetime) -> list[StudyPoints]:
    """All points in the user's areas, study by study."""
    found = []
    for study in session.scalars(sa.select(Study).order_by(Study.created_at.desc(), Study.id)):
        scope = visible_areas(session, user, study.id)
        if scope:
            places = [p for p in _places(session, study.id) if p.area_code in scope]
            today = local_day(study, now)
            counts = _household_counts(session, study.id, scope, today)
            areas = [a for a in _areas(session, study.id) if a.code in scope]
            funnel = _place_counts(session, study.id, places)
            found.append(StudyPoints(study, today, places, funnel, counts, areas))
    return found


def find_place(session: Session, user: Bound, point_id: int) -> EntryPoint:
    """A place in the user's areas; one elsewhere is as unknown as none."""
    place = session.get(EntryPoint, point_id)
    if place is None or place.area_code not in visible_areas(session, user, place.study_id):
        raise NotFound
    return place


def create_place(
    session: Session, user: Bound, study_id: str, *, area: str, name: str, kind: str
) -> EntryPoint:
    """A new place with a code of its own, numbered after the last."""
    if area not in visible_areas(session, user, study_id):
        raise NotFound
    number = len(_places(session, study_id)) + 1
    taken = {place.code for place in _places(session, study_id)}
    while f"P{number:03d}" in taken:
        number += 1
    place = EntryPoint(
        study_id=study_id,
        code=f"P{number:03d}",
        token=place_code(),
        area_code=area,
        name=name,
        kind=kind,
        valid_from=None,
        valid_to=None,
    )
    session.add(place)
    session.flush()  # its id names it in the audit log
    return place


def revoke_place(session: Session, user: Bound, point_id: int) -> EntryPoint:
    """Take a poster's code out of use; its answers stay."""
    place = find_place(session, user, point_id)
    place.status = PointStatus.REVOKED
    return place


def study_of_sample(session: Session, user: Bound, sample_id: int) -> str:
    """The study of a sample of which the user sees something."""
    sample = session.get(Sample, sample_id)
    if sample is None or not visible_areas(session, user, sample.study_id):
        raise NotFound
    return sample.study_id


def draw_households(
    session: Session, user: Bound, sample_id: int, *, area: str, number: int, secret: str
) -> Sample:
    """Give drawn households of an area a single-use code each.

    The sample is answered by these codes from then on.

    Raises
    ------
    NotAProbabilitySample
        Whoever was not drawn at random gets no code that says he was.
    """
    sample = session.get(Sample, sample_id)
    if sample is None or area not in visible_areas(session, user, sample.study_id):
        raise NotFound
    if sample.kind is not SampleKind.PROBABILITY:
        raise NotAProbabilitySample
    if not 1 <= number <= MOST_AT_ONCE:
        raise NumberWrong(most=MOST_AT_ONCE)
    sample.channel = Channel.HOUSEHOLD
    add_households(session, sample, [(area, number)], secret=secret)
    return sample


def add_households(
    session: Session, sample: Sample, drawn: list[tuple[str, int]], *, secret: str
) -> None:
    """Make the codes of drawn households: area and how many there."""
    last = session.scalar(
        sa.select(sa.func.max(Household.number)).where(Household.sample_id == sample.id)
    )
    number = last or 0
    for area, count in drawn:
        for _ in range(count):
            number += 1
            code = household_code()
            session.add(
                Household(
                    study_id=sample.study_id,
                    sample_id=sample.id,
                    number=number,
                    area_code=area,
                    code_hash=lookup_hash(code, secret),
                    code_cipher=seal(code, secret).encode(),
                )
            )


def drawable_samples(session: Session, study: Study, now: datetime) -> list[Sample]:
    """Probability samples of waves that have not ended."""
    today = local_day(study, now)
    return list(
        session.scalars(
            sa.select(Sample)
            .join(Wave, Wave.id == Sample.wave_id)
            .where(
                Sample.study_id == study.id,
                Sample.kind == SampleKind.PROBABILITY,
                Wave.closes >= today,
            )
            .order_by(Sample.position)
        )
    )


def _places(session: Session, study_id: str) -> list[EntryPoint]:
    return list(
        session.scalars(
            sa.select(EntryPoint).where(EntryPoint.study_id == study_id).order_by(EntryPoint.code)
        )
    )


def _place_counts(
    session: Session, study_id: str, places: list[EntryPoint]
) -> dict[int, PlaceCounts]:
    opened = totals(session, study_id, FunnelKind.PLACE)
    rows = session.execute(
        sa.select(Response.entry_point_id, sa.func.count())
        .where(Response.study_id == study_id, Response.entry_point_id.is_not(None))
        .group_by(Response.entry_point_id)
    )
    stored = {row[0]: row[1] for row in rows}
    return {
        place.id: PlaceCounts(*opened.get(place.code, (0, 0)), stored.get(place.id, 0))
        for place in places
    }


def _areas(session: Session, study_id: str) -> list[Area]:
    return list(
        session.scalars(sa.select(Area).where(Area.study_id == study_id).order_by(Area.position))
    )


def _household_counts(
    session: Session, study_id: str, scope: frozenset[str], today: date
) -> list[HouseholdCounts]:
    opened = totals(session, study_id, FunnelKind.HOUSEHOLDS)
    can_answer = (Household.status == HouseholdStatus.ACTIVE) & sa.or_(
        Household.valid_to.is_(None), Household.valid_to >= today
    )
    rows = session.execute(
        sa.select(
            Sample,
            Wave,
            sa.func.count(),
            sa.func.sum(sa.case((Household.status == HouseholdStatus.ANSWERED, 1), else_=0)),
            sa.func.sum(sa.case((can_answer, 1), else_=0)),
        )
        .join(Sample, Sample.id == Household.sample_id)
        .join(Wave, Wave.id == Sample.wave_id)
        .where(Household.study_id == study_id, Household.area_code.in_(scope))
        .group_by(Sample.id, Wave.id)
        .order_by(Sample.position)
    )
    return [
        HouseholdCounts(
            sample, wave, drawn, *opened.get(sample.code, (0, 0)), int(answered), int(waiting)
        )
        for sample, wave, drawn, answered, waiting in rows
    ]
