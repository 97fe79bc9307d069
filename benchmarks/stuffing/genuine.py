"""A wave of 3,000 genuine answers, with the people whom a careless detector would hold."""

import numpy as np

from benchmarks.stuffing.form import Ints
from benchmarks.stuffing.people import World, column_of, opinions_of
from benchmarks.stuffing.places import (
    DAY,
    HOUR,
    KINDS,
    MINUTE,
    Places,
    arrivals,
    durations,
    homes,
    marks,
    opening,
)
from benchmarks.stuffing.rows import Group, Sent

GENUINE = 3_000
OFFICE, MARKET, STREET, HOMES = 50, 180, 300, 110  # answers; of HOMES, 2 to 4 answers each
BEFORE = 2_000  # answers of the wave before, which nobody attacked
STREET_POSITIVE = 0.97
OFFICE_LIKE, FAMILY_LIKE = 0.35, 0.45  # ASSUMED: opinions taken over from others in the room
OFFICE_NETWORK, MARKET_NETWORK = 1, 2


def genuine_wave(draws: np.random.Generator, world: World, where: Places) -> tuple[Sent, Ints]:
    """3,000 answers of the last wave, and the ``Group`` of each."""
    special = {
        Group.OFFICE: office(draws, world, where),
        Group.FAMILIES: families(draws, world, where),
        Group.MARKET: market(draws, world, where),
        Group.STREET: street(draws, world, where),
    }
    rest = GENUINE - sum(map(len, special.values()))
    parts = {Group.OTHERS: passers_by(draws, world, where, "W2", rest), **special}
    group = np.repeat(list(map(int, parts)), list(map(len, parts.values())))
    return Sent.joined(list(parts.values())), group


def earlier_wave(draws: np.random.Generator, world: World, where: Places) -> Sent:
    """The wave before, with its own rates and without the special people."""
    return passers_by(draws, world, where, "W0", BEFORE)


def passers_by(
    draws: np.random.Generator, world: World, where: Places, wave: str, people: int
) -> Sent:
    point = draws.choice(where.share.size, people, p=where.share)
    return at_posters(draws, world, where, wave, point)


def at_posters(
    draws: np.random.Generator,
    world: World,
    where: Places,
    wave: str,
    point: Ints,
    lifted: float | None = None,
) -> Sent:
    """People who answer on their own phones at the hours of the place."""
    answers = world.people(draws, point, wave, lifted)
    return Sent(
        answers=answers,
        point=point,
        home=homes(draws, where, point),
        submitted=arrivals(draws, where, point, wave),
        seconds=durations(draws, answers[:, column_of(world, "s1_age")]),
        device=marks(draws, point.size),
        network=np.full(point.size, -1),
    )


def street(draws: np.random.Generator, world: World, where: Places) -> Sent:
    """A township where 97 % are positive on each target, honestly."""
    town = draws.choice(np.flatnonzero(np.bincount(where.area) == 5))
    point = draws.choice(np.flatnonzero(where.area == town), STREET)
    return at_posters(draws, world, where, "W2", point, STREET_POSITIVE)


def office(draws: np.random.Generator, world: World, where: Places) -> Sent:
    """Colleagues behind one address in one lunch hour, rather alike."""
    point = np.full(OFFICE, draws.choice(np.flatnonzero(where.kind == KINDS.index("机关"))))
    sent = at_posters(draws, world, where, "W2", point)
    answers = sent.answers.copy()
    for place in opinions_of(world):
        usual = np.bincount(answers[:, place]).argmax()
        answers[draws.random(OFFICE) < OFFICE_LIKE, place] = usual
    age = column_of(world, "s1_age")
    answers[:, age] = np.minimum(answers[:, age], 3)  # nobody of 60 or over
    if "d3_job" in [one.name for one in world.questions]:
        answers[draws.random(OFFICE) < 0.9, column_of(world, "d3_job")] = 0
    lunch = opening("W2") + draws.integers(1, 3) * DAY + 12 * HOUR
    return sent.with_(
        answers=answers,
        submitted=lunch + draws.random(OFFICE) * HOUR,
        network=np.full(OFFICE, OFFICE_NETWORK),
    )


def families(draws: np.random.Generator, world: World, where: Places) -> Sent:
    """Two to four at home on one phone, one after the other, with related opinions."""
    size = draws.choice([2, 3, 4], HOMES, p=[0.6, 0.25, 0.15])
    family = np.repeat(np.arange(HOMES), size)
    first = np.flatnonzero(np.diff(family, prepend=-1))[family]
    point = draws.choice(where.share.size, HOMES, p=where.share)[family]
    sent = at_posters(draws, world, where, "W2", point)
    answers = sent.answers.copy()
    columns = opinions_of(world)
    alike = draws.random((family.size, columns.size)) < FAMILY_LIKE
    answers[:, columns] = np.where(alike, answers[np.ix_(first, columns)], answers[:, columns])
    gap = sent.seconds + draws.uniform(15, 240, family.size)
    gap[first] = 0.0
    after = np.cumsum(gap) - np.cumsum(gap)[first]
    device = np.where(sent.device == -1, first + 1, sent.device)[first]
    return sent.with_(
        answers=answers,
        home=sent.home[first],
        submitted=sent.submitted[first] + after,
        device=device,
    )


def market(draws: np.random.Generator, world: World, where: Places) -> Sent:
    """Quick answers at one market within two hours, a third of them by its own network."""
    point = np.full(MARKET, draws.choice(np.flatnonzero(where.kind == KINDS.index("商场超市"))))
    sent = at_posters(draws, world, where, "W2", point)
    morning = opening("W2") + 4 * DAY + 7.5 * HOUR  # a Saturday
    age = sent.answers[:, column_of(world, "s1_age")]
    return sent.with_(
        submitted=morning + draws.beta(2, 2, MARKET) * 120 * MINUTE,
        seconds=durations(draws, age, typical=85.0),
        network=np.where(draws.random(MARKET) < 1 / 3, MARKET_NETWORK, -1),
    )
