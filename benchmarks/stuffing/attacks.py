"""Seven families of false answers; two of them, and half of the seeds, are for reporting only.

A detector must not be tuned on what is marked ``reporting_only``, nor on ``REPORTING_SEEDS``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.stuffing import tool
from benchmarks.stuffing.form import TARGETS, Floats, Ints
from benchmarks.stuffing.genuine import at_posters, passers_by
from benchmarks.stuffing.people import World, column_of
from benchmarks.stuffing.places import (
    DAY,
    DAYS,
    HOUR,
    Places,
    arrivals,
    durations,
    marks,
    opening,
)
from benchmarks.stuffing.rows import Sent

STRENGTHS = (100, 300, 1_000)
DEVELOPMENT_SEEDS = (1, 2, 3, 4)
REPORTING_SEEDS = (101, 102, 103, 104)
FEW_NETWORKS = 100  # the first of the numbers of an attacker's networks


@dataclass(frozen=True, slots=True)
class Setting:
    """What an attacker plays in, and how many answers; his ways differ by ``seed``."""

    draws: np.random.Generator
    world: World
    where: Places
    rows: int
    seed: int


@dataclass(frozen=True, slots=True)
class Family:
    """A way of stuffing.

    Attributes
    ----------
    play : callable
    reporting_only : bool
        Held out: no check may be chosen or tuned by it.
    held_to_bar : bool
        Whether 90 % of it should be caught; not of people who answer themselves.
    """

    name: str
    play: Callable[[Setting], Sent]
    reporting_only: bool = False
    held_to_bar: bool = True


def fixed(given: Setting) -> Sent:
    """Shares set for each option, at some posters, in the daytime of a few days.

    With an even seed the tool keeps the shares exactly, with an odd one on average.
    """
    draws = given.draws
    shares = tool.chosen_shares(draws, given.world)
    answers = (tool.exact if given.seed % 2 == 0 else tool.independent)(draws, shares, given.rows)
    point = _some(draws, given, draws.integers(1, 9))
    seconds = draws.uniform(60.0, 240.0, given.rows)
    return _sent(given, answers, point, sessions(given, days=draws.integers(1, 5)), seconds)


def copied(given: Setting) -> Sent:
    """Three to eight vectors with little noise, at some posters, in one to three days."""
    draws = given.draws
    shares = tool.chosen_shares(draws, given.world)
    templates, noise = draws.integers(3, 9), draws.uniform(0.02, 0.06)
    answers = tool.copied(draws, given.world.questions, shares, given.rows, templates, noise)
    point = _some(draws, given, draws.integers(1, 6))
    seconds = np.maximum(150 + 30 * draws.standard_normal(given.rows), 45)
    return _sent(given, answers, point, sessions(given, days=draws.integers(1, 4)), seconds)


def drip(given: Setting) -> Sent:
    """A few an hour at all posters around the clock, over many addresses, in human-like time.

    With an even seed the opinions have a common factor, with an odd one the nights are thinned.
    """
    draws = given.draws
    shares = tool.chosen_shares(draws, given.world)
    even = given.seed % 2 == 0
    if even:
        answers = tool.reliable(draws, given.world.questions, shares, given.rows)
    else:
        answers = tool.independent(draws, shares, given.rows)
    weight = np.ones(24) if even else np.where(np.arange(24) < 6, 0.3, 1.0)
    hour = draws.choice(24, given.rows, p=weight / weight.sum())
    day = draws.integers(0, DAYS, given.rows)
    submitted = opening("W2") + day * DAY + (hour + draws.random(given.rows)) * HOUR
    point = draws.integers(0, given.where.share.size, given.rows)
    seconds = durations(draws, np.zeros(given.rows, int))
    return _sent(given, answers, point, submitted, seconds, prefilled=0.85)


def flood(given: Setting) -> Sent:
    """One poster in one to four hours, fast; with an even seed from three networks only."""
    draws = given.draws
    answers = tool.independent(draws, tool.chosen_shares(draws, given.world), given.rows)
    point = _some(draws, given, 1)
    start = draws.integers(0, DAYS) * DAY + draws.uniform(8, 20) * HOUR
    within = draws.uniform(1, 4) * HOUR
    submitted = opening("W2") + start + np.sort(draws.random(given.rows)) * within
    sent = _sent(given, answers, point, submitted, draws.uniform(30.0, 110.0, given.rows))
    if given.seed % 2 == 0:
        return sent.with_(network=FEW_NETWORKS + draws.integers(0, 3, given.rows))
    return sent


def coached(given: Setting) -> Sent:
    """Residents at their own hours on their own phones, who were shown the best options."""
    draws = given.draws
    point = _some(draws, given, draws.integers(5, 11))
    sent = at_posters(draws, given.world, given.where, "W2", point)
    return sent.with_(answers=tool.coached(draws, given.world.questions, sent.answers))


def replayed(given: Setting) -> Sent:
    """Answers of 400 real people, again and again, their targets made positive."""
    draws = given.draws
    pool = passers_by(draws, given.world, given.where, "W2", 400)
    again = pool.of(draws.integers(0, len(pool), given.rows))
    places, positive = _targets(given.world)
    return again.with_(
        answers=tool.forced(draws, places, again.answers, positive, 1.0),
        submitted=arrivals(draws, given.where, again.point, "W2"),
        seconds=durations(draws, np.zeros(given.rows, int)),
        device=marks(draws, given.rows),
    )


def crowd(given: Setting) -> Sent:
    """People paid elsewhere, who scan a picture of a poster or three in two or three evenings."""
    draws = given.draws
    point = _some(draws, given, draws.integers(1, 4))
    sent = at_posters(draws, given.world, given.where, "W2", point)
    places, positive = _targets(given.world)
    evening = (10 + 14 * draws.beta(3, 1.5, given.rows)) * HOUR
    day = (draws.integers(0, DAYS - 3) + draws.integers(0, draws.integers(2, 4), given.rows)) * DAY
    age = sent.answers[:, column_of(given.world, "s1_age")]
    return sent.with_(
        answers=tool.forced(draws, places, sent.answers, positive, 0.9),
        home=draws.integers(0, given.where.residents.size, given.rows),
        submitted=opening("W2") + day + np.minimum(evening, DAY - 1),
        seconds=durations(draws, age, typical=95.0),
    )


FAMILIES = (
    Family("fixed proportions", fixed),
    Family("copied vectors", copied),
    Family("slow drip", drip),
    Family("one point flooded", flood),
    Family("coached but human", coached, held_to_bar=False),
    Family("replayed genuine", replayed, reporting_only=True),
    Family("paid crowd elsewhere", crowd, reporting_only=True),
)


def sessions(given: Setting, days: int) -> Floats:
    """From 8 to 22 h of some days in a row, one after another with uneven pauses."""
    draws = given.draws
    pauses = np.cumsum(draws.uniform(0.3, 1.7, given.rows))
    into = pauses / pauses[-1] * days * 14 * HOUR * 0.999
    first = draws.integers(0, DAYS - days + 1)
    return opening("W2") + (first + into // (14 * HOUR)) * DAY + 8 * HOUR + into % (14 * HOUR)


def _some(draws: np.random.Generator, given: Setting, posters: int) -> Ints:
    return draws.choice(draws.choice(given.where.share.size, posters, replace=False), given.rows)


def _targets(world: World) -> tuple[list[int], Ints]:
    """Columns of the published rates, and how many codes of each column are positive."""
    places = [place for place, one in enumerate(world.questions) if one.name in TARGETS]
    return places, np.array([one.positive for one in world.questions])


def _sent(
    given: Setting,
    answers: Ints,
    point: Ints,
    submitted: Floats,
    seconds: Floats,
    prefilled: float = 0.97,
) -> Sent:
    """By a tool: the home that the poster fills in stands mostly, each answer is a new phone."""
    draws = given.draws
    home = np.where(
        draws.random(given.rows) < prefilled,
        given.where.area[point],
        draws.choice(given.where.residents.size, given.rows, p=given.where.residents),
    )
    device, network = marks(draws, given.rows), np.full(given.rows, -1)
    return Sent(answers, point, home, submitted, seconds, device, network)
