"""Places and drawn households: made one by one, changed, taken out of use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.codes import household_code, lookup_hash, place_code, seal
from survey.entry import local_day
from survey.errors import SurveyError
from survey.models import (
    Channel,
    EntryPoint,
    Household,
    HouseholdStatus,
    PointStatus,
    Sample,
    SampleKind,
    Study,
    Wave,
    new_revision,
)
from survey.points.selection import Point

MOST_AT_ONCE = 500  # households in one drawing


class NotAProbabilitySample(SurveyError):
    code = "not_a_probability_sample"
    status = 422
    zh = "一户一码只发给概率样本中抽取的住户。"
    en = "Codes of one's own go to the drawn households of a probability sample only."


@dataclass(frozen=True, slots=True)
class Validity:
    """First and last day on which a code takes answers, local, both included; None is open."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class NewPlace:
    area: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A household that was drawn; without a number it gets the next one."""

    area: str
    address: str = ""
    number: int | None = None


def create_places(
    session: Session,
    study: Study,
    places: Sequence[NewPlace],
    now: datetime,
    *,
    validity: Validity = Validity(),
    batch: str = "",
) -> list[EntryPoint]:
    """New places, each with a code of its own, numbered after the last one."""
    lock(session, study)
    taken = set(session.scalars(sa.select(EntryPoint.code).where(EntryPoint.study_id == study.id)))
    codes = _free_codes(taken, len(places))
    made = [
        EntryPoint(
            study_id=study.id,
            code=code,
            token=token,
            area_code=place.area,
            name=place.name,
            kind=place.kind,
            valid_from=validity.first,
            valid_to=validity.last,
            batch=batch,
            created_at=now,
        )
        for code, token, place in zip(codes, _new_tokens(session, len(places)), places, strict=True)
    ]
    session.add_all(made)
    session.flush()  # their ids are in the addresses of their pages
    return made


def change_place(place: EntryPoint, name: str, validity: Validity) -> None:
    place.name = name
    set_validity([place], validity)


def change_household(household: Household, address: str, validity: Validity) -> None:
    household.address = address
    set_validity([household], validity)


def set_validity(points: Iterable[Point], validity: Validity) -> None:
    for point in points:
        point.valid_from, point.valid_to = validity.first, validity.last


def revoke_places(places: Iterable[EntryPoint]) -> int:
    """Take posters out of use; their answers stay. How many were in use until now."""
    active = [place for place in places if place.status is PointStatus.ACTIVE]
    for place in active:
        place.status = PointStatus.REVOKED
    return len(active)


def revoke_households(households: Iterable[Household]) -> int:
    """Take codes that were not used out of use; how many these are."""
    active = [one for one in households if one.status is HouseholdStatus.ACTIVE]
    for household in active:
        household.status = HouseholdStatus.REVOKED
    return len(active)


def draw_households(
    session: Session,
    sample: Sample,
    drawn: Sequence[Drawn],
    *,
    secret: str,
    validity: Validity = Validity(),
    batch: str = "",
) -> None:
    """Give drawn households a single-use code each.

    The sample is answered by these codes from then on.

    Raises
    ------
    NotAProbabilitySample
        Whoever was not drawn at random gets no code that says he was.
    """
    if sample.kind is not SampleKind.PROBABILITY:
        raise NotAProbabilitySample
    study = session.get_one(Study, sample.study_id)
    lock(session, study)
    if sample.channel is not Channel.HOUSEHOLD:
        sample.channel = Channel.HOUSEHOLD
        study.revision = new_revision()
    add_households(session, sample, drawn, secret=secret, validity=validity, batch=batch)


def add_households(
    session: Session,
    sample: Sample,
    drawn: Sequence[Drawn],
    *,
    secret: str,
    validity: Validity = Validity(),
    batch: str = "",
) -> None:
    """Make the codes of drawn households."""
    last = session.scalar(
        sa.select(sa.func.max(Household.number)).where(Household.sample_id == sample.id)
    )
    number = max(last or 0, *(one.number or 0 for one in drawn), 0)
    for one in drawn:
        number += one.number is None
        code = household_code()
        session.add(
            Household(
                study_id=sample.study_id,
                sample_id=sample.id,
                number=one.number or number,
                area_code=one.area,
                address=one.address,
                code_hash=lookup_hash(code, secret),
                code_cipher=seal(code, secret).encode(),
                valid_from=validity.first,
                valid_to=validity.last,
                batch=batch,
            )
        )


def new_batch(session: Session, study: Study, now: datetime) -> str:
    """A name for points that are made together: the day and a number."""
    day = f"{local_day(study, now):%Y%m%d}"
    names = set()
    for table in (EntryPoint, Household):
        names |= set(
            session.scalars(
                sa.select(table.batch)
                .where(table.study_id == study.id, table.batch.startswith(f"{day}-"))
                .distinct()
            )
        )
    number = 1
    while f"{day}-{number}" in names:
        number += 1
    return f"{day}-{number}"


def drawable_samples(session: Session, study: Study, now: datetime) -> list[Sample]:
    """Probability samples of waves that have not ended, those that have codes already first."""
    found = session.scalars(
        sa.select(Sample)
        .join(Wave, Wave.id == Sample.wave_id)
        .where(
            Sample.study_id == study.id,
            Sample.kind == SampleKind.PROBABILITY,
            Wave.closes >= local_day(study, now),
        )
        .order_by(Sample.position)
    )
    return sorted(found, key=lambda sample: sample.channel is not Channel.HOUSEHOLD)


def lock(session: Session, study: Study) -> None:
    """Let nobody else number points of the study before this transaction is over.

    SQLite has one writer anyway. Answers, which only refer to the study, are not kept waiting.
    """
    session.execute(sa.select(Study.id).where(Study.id == study.id).with_for_update(key_share=True))


def _free_codes(taken: set[str], wanted: int) -> list[str]:
    found: list[str] = []
    number = len(taken)
    while len(found) < wanted:
        number += 1
        if f"P{number:03d}" not in taken:
            found.append(f"P{number:03d}")
    return found


def _new_tokens(session: Session, wanted: int) -> list[str]:
    """Short codes that no place has: 31 random bits do meet now and then."""
    tokens: dict[str, None] = {}
    while len(tokens) < wanted:
        made = {place_code() for _ in range(wanted - len(tokens))}
        taken = session.scalars(sa.select(EntryPoint.token).where(EntryPoint.token.in_(made)))
        tokens |= dict.fromkeys(made.difference(taken))
    return list(tokens)
