"""A batch beside what is usual: where and when each response came, and how likely it is."""

from dataclasses import dataclass

import numpy as np

from analysis.cells import Floats, Ints
from analysis.suspicion.batch import DAY, Batch, Bools
from analysis.suspicion.classes import Classes
from analysis.suspicion.usual import Usual

OWN_MARGINS = 20.0  # answers of the whole batch that its genuine ones have before their own
OWN_AREA = 50.0  # answers of all areas that an area has before its own
OWN_POINT = 20.0  # answers by the points' usual shares before their own
OWN_DAY = 6.0  # answers by the wave's days that a point has before its own
MORE = 0.1  # answers of each category beside those counted: none is impossible


@dataclass(frozen=True, slots=True)
class Seen:
    """Responses as places in tables, and what is usual for each.

    Attributes
    ----------
    batch : Batch
    usual : Usual
    categories : int array, shape (n, questions)
    one_hot : float array, shape (n, categories)
    margins : float array, shape (categories,)
        Shares of all answers of the batch.
    point, day, hour, area : int arrays, shape (n,)
        Places among the points, days and areas of the batch; hour of the day.
    points, days, areas : int
    point_share : float array, shape (points,)
        Of the history's answers.
    log_hour, log_far : float arrays, shape (n,)
        Log probability of hour and of being at home or not, at the response's point.
    far : bool array, shape (n,)
    far_chance : float array, shape (n,)
    """

    batch: Batch
    usual: Usual
    categories: Ints
    one_hot: Floats
    margins: Floats
    point: Ints
    day: Ints
    hour: Ints
    area: Ints
    points: int
    days: int
    areas: int
    point_share: Floats
    log_hour: Floats
    log_far: Floats
    far: Bools
    far_chance: Floats

    @classmethod
    def of(cls, batch: Batch, usual: Usual) -> "Seen":
        coding = usual.classes.coding
        categories = coding(batch.answers)
        one_hot = coding.one_hot(categories)
        points, point = np.unique(batch.point, return_inverse=True)
        areas, area = np.unique(batch.area, return_inverse=True)
        first = np.floor(batch.submitted.min() / DAY)
        day = np.asarray(batch.submitted // DAY - first, np.int64)
        known = dict(zip(usual.points.tolist(), usual.point_answers.tolist(), strict=False))
        counts = np.array([known.get(one, 0.0) for one in points.tolist()]) + 0.5
        far_chance = usual.far_chance(batch)
        return cls(
            batch=batch,
            usual=usual,
            categories=categories,
            one_hot=one_hot,
            margins=coding.shares(one_hot.sum(axis=0) + MORE),
            point=point,
            day=day,
            hour=batch.hour,
            area=area,
            points=points.size,
            days=int(day.max()) + 1,
            areas=areas.size,
            point_share=counts / counts.sum(),
            log_hour=usual.log_hours(batch)[np.arange(len(batch)), batch.hour],
            log_far=np.log(np.where(batch.far, far_chance, 1 - far_chance)),
            far=batch.far,
            far_chance=far_chance,
        )

    def __len__(self) -> int:
        return len(self.batch)

    @property
    def cell(self) -> Ints:
        """Point and day as one number."""
        return np.asarray(self.point * self.days + self.day)

    def shares(self, weight: Floats, before: Floats, answers: float) -> Floats:
        """Shares of the answers of these rows, beside so many answers with other shares."""
        return self.usual.classes.coding.shares(weight @ self.one_hot + answers * before)

    def log_independent(self, shares: Floats) -> Floats:
        """Log probability of each vector if its answers did not depend on each other."""
        return np.asarray(self.one_hot @ np.log(shares))


def people(seen: Seen, weight: Floats) -> tuple[Classes, Floats]:
    """Latent classes with the margins of the weighted rows, and log density of each vector.

    Each area has margins of its own, so that an honest street of 97 % is nothing odd.
    """
    wave = seen.shares(weight, seen.margins, OWN_MARGINS)
    classes = seen.usual.classes.raked(wave)
    found = np.empty(len(seen))
    for area in range(seen.areas):
        rows = seen.area == area
        own = classes.raked(seen.shares(weight * rows, wave, OWN_AREA))
        found[rows] = own.log_density(seen.categories[rows])
    return classes, found


def expected_near(seen: Seen, weight: Floats, categories: Ints, most: int) -> Floats:
    """How many of the weighted rows should differ from each vector in 0 to ``most`` answers."""
    wave = seen.shares(weight, seen.margins, OWN_MARGINS)
    classes = seen.usual.classes.raked(wave)
    found = np.zeros((len(categories), most + 1))
    for area in range(seen.areas):
        rows = weight * (seen.area == area)
        own = classes.raked(seen.shares(rows, wave, OWN_AREA))
        found += rows.sum() * own.near(categories, most)
    return found


def place_and_time(seen: Seen, weight: Floats) -> Floats:
    """Log density of point, day, hour and home of people: good and bad days are free.

    A point's share of the wave and of each day are counted in the weighted rows, beside
    ``OWN_POINT`` answers by the history and ``OWN_DAY`` by the wave; hours of the day and
    homes are the history's.
    """
    size = seen.points * seen.days
    counts = np.bincount(seen.cell, weight, minlength=size).reshape(seen.points, seen.days)
    of_point = counts.sum(axis=1)
    wave = (counts.sum(axis=0) + 1) / (counts.sum() + seen.days)
    point = (of_point + OWN_POINT * seen.point_share) / (of_point.sum() + OWN_POINT)
    day = (counts + OWN_DAY * wave) / (of_point[:, None] + OWN_DAY)
    chance = point[seen.point] * day[seen.point, seen.day]
    return np.asarray(np.log(chance) + seen.log_hour + seen.log_far)
