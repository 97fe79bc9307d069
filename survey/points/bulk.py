"""Many places at once: areas by kinds, how many of each, and what they will be called."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.models import Area, EntryPoint, Study
from survey.points.service import NewPlace

MOST_PLACES = 500  # at once: as many as one file of posters holds
MOST_AREAS = 100  # with seven kinds 700 fields; a form may have 1,000
MOST_EACH = 20  # places of one kind in one area


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be made, and a fingerprint by which what was shown is known again."""

    places: tuple[NewPlace, ...]

    @property
    def fingerprint(self) -> str:
        told = json.dumps([[place.area, place.kind, place.name] for place in self.places])
        return hashlib.sha256(told.encode()).hexdigest()


def areas_at(session: Session, study: Study, scope: frozenset[str], level: str) -> Sequence[Area]:
    """The areas of a scope that stand on a level, in the order of the frame."""
    return session.scalars(
        sa.select(Area)
        .where(Area.study_id == study.id, Area.code.in_(scope), Area.level == level)
        .order_by(Area.position)
    ).all()


def plan(
    session: Session,
    study: Study,
    areas: Sequence[Area],
    kinds: Sequence[str],
    counts: Mapping[tuple[str, str], int],
) -> Plan:
    """Places named after their area and kind, with numbers where there are several.

    ``counts`` maps an area's code and a kind to how many; what it does not name is none. The
    numbers go on after the places of that area and kind that there are.
    """
    rows = session.execute(
        sa.select(EntryPoint.area_code, EntryPoint.kind, sa.func.count())
        .where(EntryPoint.study_id == study.id)
        .group_by(EntryPoint.area_code, EntryPoint.kind)
    )
    there = Counter({(area, kind): number for area, kind, number in rows})
    return Plan(
        tuple(
            NewPlace(area.code, kind, name)
            for area in areas
            for kind in kinds
            for name in _names(
                f"{area.name}{kind}", there[area.code, kind], counts.get((area.code, kind), 0)
            )
        )
    )


def _names(stem: str, there: int, wanted: int) -> list[str]:
    if there == 0 and wanted == 1:
        return [stem]
    return [f"{stem} {number}" for number in range(there + 1, there + wanted + 1)]
