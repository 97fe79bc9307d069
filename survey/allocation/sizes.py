"""How many people each group has in each area, by the study's own populations and margins."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.calibration import Margin
from analysis.study.areas import padded
from analysis.study.cell_texts import is_positive
from analysis.study.definitions import read_margins
from survey.datasets import margin_table
from survey.models import Population, Study

Cell = tuple[str, str]  # area and group
JOINER = "*"  # of the variables of a margin, and of the values of a category


@dataclass(frozen=True, slots=True)
class Totals:
    """What a study knows of its population.

    ``populations`` maps a column of areas.csv to its number by area; ``levels``
    is [form] levels of the plan: the variables that are areas, with their level.
    The area "" is the whole study, that is its ``root``.
    """

    root: str
    populations: Mapping[str, Mapping[str, float]]
    margins: Mapping[str, Margin]
    levels: Mapping[str, str]

    def by_margin(self, level: str, variable: str) -> dict[Cell, float]:
        """Of the margin that crosses the areas of a level with the groups; empty without one."""
        areas = [name for name, at in self.levels.items() if at == level] if level else [""]
        for area in areas:
            for order in ((area, variable), (variable, area)):
                names = [name for name in order if name]
                margin = self.margins.get(JOINER.join(names))
                if margin is not None:
                    return dict(_cells(margin, names, area, variable))
        return {}

    def by_population(self, column: str, areas: Sequence[str], variable: str) -> dict[Cell, float]:
        """The people of each area, parted in groups as the whole study is.

        Empty where no margin knows the groups. That every area is like the whole
        is an assumption; a margin that crosses both needs none.
        """
        sizes = self.populations.get(column, {})
        shares = self._shares(variable) if variable else {"": 1.0}
        return {
            (area, value): sizes.get(area or self.root, 0.0) * share
            for area in areas
            for value, share in shares.items()
        }

    def _shares(self, variable: str) -> dict[str, float]:
        """The groups' shares of the whole, by the margin with the fewest other variables."""
        knowing = [name for name in self.margins if variable in name.split(JOINER)]
        if not knowing:
            return {}
        name = min(knowing, key=lambda one: one.count(JOINER))
        place, margin = name.split(JOINER).index(variable), self.margins[name]
        found: dict[str, float] = {}
        for category, total in margin.totals.items():
            value = category.split(JOINER)[place]
            found[value] = found.get(value, 0.0) + total
        return {value: total / margin.total for value, total in found.items()}


def totals_of(session: Session, study: Study, levels: Mapping[str, str]) -> Totals:
    """The stored totals of a study."""
    populations: dict[str, dict[str, float]] = {}
    own = sa.select(Population).where(Population.study_id == study.id).order_by(Population.name)
    for one in session.scalars(own):
        column = populations.setdefault(one.name, {})
        if is_positive(one.value):
            column[one.area_code] = float(one.value)
    margins = read_margins(margin_table(session, study.id), [])
    return Totals(study.root_area, populations, margins, levels)


def _cells(
    margin: Margin, names: Sequence[str], area: str, variable: str
) -> Iterator[tuple[Cell, float]]:
    for category, total in margin.totals.items():
        part = dict(zip(names, category.split(JOINER), strict=True))
        yield (padded(part[area]) if area else "", part[variable] if variable else ""), total
