"""Where and when people answer: the example's posters, and hours of the day by kind of place.

All hours, and where people live who scan a poster, are ASSUMED: the example has no times,
and in it everybody lives in the township of the poster.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from benchmarks.stuffing.form import Floats, Ints, answered, read

DAY, HOUR, MINUTE = 86_400.0, 3_600.0, 60.0
DAYS = 8
OPENS = {"W0": date(2026, 3, 2), "W2": date(2026, 6, 2)}
KINDS = ("机关", "学校", "企业", "社区", "商场超市")

# Weights of the 24 hours of a day at each kind of place.
AT_PLACE = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0, 4, 9, 10, 7, 2, 2, 7, 9, 8, 3, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 9, 4, 1, 1, 2, 2, 1, 1, 3, 11, 9, 3, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 2, 1, 1, 1, 8, 12, 3, 1, 1, 1, 5, 6, 2, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 1, 3, 5, 6, 6, 5, 5, 4, 3, 4, 5, 5, 6, 8, 8, 7, 4, 1, 0],
        [0, 0, 0, 0, 0, 1, 4, 6, 7, 8, 7, 5, 3, 3, 4, 5, 6, 7, 6, 5, 3, 1, 0, 0],
    ],
    dtype=float,
)
LATER = np.array([4, 1, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 5, 5, 3, 3, 3, 4, 6, 9, 11, 11, 9, 5.0])
ANSWER_LATER = 0.12
WEEKEND = np.array([0.1, 0.1, 0.3, 1.2, 1.4])
AT_HOME = np.array([0.85, 0.90, 0.75, 0.95, 0.82])  # live in the township of the poster
FOLLOWERS, FOLLOW = 0.20, 6 * MINUTE  # they answer soon after another at the same poster
LEAVES_MARK = 0.88


@dataclass(frozen=True, slots=True)
class Places:
    """The posters: township and kind of each, how many scan it; residents of townships."""

    area: Ints
    kind: Ints
    share: Floats
    residents: Floats


def places() -> Places:
    towns = [row for row in read("areas.csv") if row["level"] == "乡级"]
    code = {row["code"][:9]: number for number, row in enumerate(towns)}
    posters = [row for row in read("points.csv") if row["kind"] in KINDS]
    scans = [sum(one["entry_point"] == row["code"] for one in answered("W2")) for row in posters]
    residents = np.array([float(row["adult_total"]) for row in towns])
    return Places(
        area=np.array([code[row["area"][:9]] for row in posters]),
        kind=np.array([KINDS.index(row["kind"]) for row in posters]),
        share=np.array(scans) / sum(scans),
        residents=residents / residents.sum(),
    )


def opening(wave: str) -> float:
    """Local midnight of a wave's first day, in seconds after 1970-01-01 00:00 local time."""
    return (OPENS[wave] - date(1970, 1, 1)).days * DAY


def arrivals(draws: np.random.Generator, where: Places, point: Ints, wave: str) -> Floats:
    """When each of these people submits: the hours of the place, good and bad days, company."""
    times = np.empty(point.size)
    days = np.arange(DAYS)
    weekend = (OPENS[wave].weekday() + days) % 7 >= 5
    for one in np.unique(point):
        kind = where.kind[one]
        rows = np.flatnonzero(point == one)
        weight = np.exp(-0.08 * days) * np.where(weekend, WEEKEND[kind], 1.0)
        weight = weight * draws.gamma(4.0, 0.25, DAYS)
        day = draws.choice(DAYS, rows.size, p=weight / weight.sum())
        hour = np.where(
            draws.random(rows.size) < ANSWER_LATER,
            draws.choice(24, rows.size, p=LATER / LATER.sum()),
            draws.choice(24, rows.size, p=AT_PLACE[kind] / AT_PLACE[kind].sum()),
        )
        time = day * DAY + (hour + draws.random(rows.size)) * HOUR
        follows = draws.random(rows.size) < FOLLOWERS
        leader = draws.integers(0, rows.size, rows.size)
        times[rows] = np.where(follows, time[leader] + draws.exponential(FOLLOW, rows.size), time)
    return opening(wave) + np.clip(times, 0, DAYS * DAY - 1)


def homes(draws: np.random.Generator, where: Places, point: Ints) -> Ints:
    """The township that each claims to live in."""
    elsewhere = draws.choice(where.residents.size, point.size, p=where.residents)
    near = draws.random(point.size) < AT_HOME[where.kind[point]]
    return np.where(near, where.area[point], elsewhere)


def durations(draws: np.random.Generator, age: Ints, typical: float = 170.0) -> Floats:
    """Seconds from opening the form to sending it; older people take longer, some are disturbed."""
    slower = 1 + 0.15 * (age == 4) + 0.30 * (age == 5)
    seconds = typical * slower * np.exp(0.40 * draws.standard_normal(age.size))
    disturbed = draws.random(age.size) < 0.02
    return np.clip(seconds + disturbed * draws.exponential(600.0, age.size), 35.0, HOUR)


def marks(draws: np.random.Generator, people: int) -> Ints:
    """A device mark of its own for each phone that keeps one, else -1."""
    fresh = draws.integers(1, 2**62, people)
    return np.where(draws.random(people) < LEAVES_MARK, fresh, -1)
