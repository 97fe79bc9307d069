"""A wave with false answers played into it, and the truth about each answer."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.stuffing.attacks import FAMILIES, Family, Setting
from benchmarks.stuffing.form import Floats, Ints
from benchmarks.stuffing.genuine import earlier_wave, genuine_wave
from benchmarks.stuffing.people import ExampleWorld, FormWorld, World, column_of
from benchmarks.stuffing.places import Places, places
from benchmarks.stuffing.rows import Sent, held_at_intake


@dataclass(frozen=True, slots=True)
class Kept:
    """What the platform keeps of the responses of a wave: all that a detector may see.

    Attributes
    ----------
    answers : int array, shape (n, questions)
    point, kind, area, home : int arrays, shape (n,)
        Of the entry point its number, kind of place and area; the area claimed as home.
    started, submitted : float arrays, shape (n,)
        Seconds of local time since 1970.
    device : int array, shape (n,)
        -1 for none.
    held : bool array, shape (n,)
        By the layers at intake.
    """

    answers: Ints
    point: Ints
    kind: Ints
    area: Ints
    home: Ints
    started: Floats
    submitted: Floats
    device: Ints
    held: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Wave:
    """A wave in the order in which its answers came, the wave before it, and the truth.

    Attributes
    ----------
    kept, before : Kept
    false : bool array, shape (n,)
    group : int array, shape (n,)
        The ``rows.Group`` of a genuine answer; -1 of a false one.
    aware : bool array, shape (n,)
    """

    kept: Kept
    before: Kept
    false: NDArray[np.bool_]
    group: Ints
    aware: NDArray[np.bool_]


def world_of(name: str) -> tuple[World, Places]:
    where = places()
    return {"whole form": FormWorld, "example rows": ExampleWorld}[name](where), where


@cache
def honest(name: str, seed: int) -> tuple[Sent, Ints, Sent, World, Places]:
    """The genuine answers of a seed: the same ones whatever is played into them."""
    world, where = world_of(name)
    draws = np.random.default_rng([seed, 0])
    world.tastes(draws, where.share.size)
    before = earlier_wave(draws, world, where)
    sent, group = genuine_wave(draws, world, where)
    return sent, group, before, world, where


def played(name: str, seed: int, family: Family | None = None, strength: int = 0) -> Wave:
    """A wave with so many false answers of a family; without one it is all genuine."""
    sent, group, before, world, where = honest(name, seed)
    if family is not None:
        draws = np.random.default_rng([seed, 1 + FAMILIES.index(family), strength])
        stuffed = family.play(Setting(draws, world, where, strength, seed))
        sent = Sent.joined([sent, stuffed])
        group = np.concatenate([group, np.full(strength, -1)])
    order = np.argsort(sent.submitted, kind="stable")
    sent, group = sent.of(order), group[order]
    know = column_of(world, "q1_know")
    aware = sent.answers[:, know] < world.questions[know].positive
    return Wave(kept(sent, where), kept(before, where), group == -1, group, aware)


def kept(sent: Sent, where: Places) -> Kept:
    return Kept(
        answers=sent.answers,
        point=sent.point,
        kind=where.kind[sent.point],
        area=where.area[sent.point],
        home=sent.home,
        started=sent.submitted - sent.seconds,
        submitted=sent.submitted,
        device=sent.device,
        held=held_at_intake(sent, sent.answers.shape[1]),
    )
