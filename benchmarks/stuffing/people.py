"""Genuine people and what they answer, in two worlds.

``FormWorld`` has all closed questions of the form, dependent as in real surveys: a person is
more or less satisfied and engaged, and so is a place. ``ExampleWorld`` has the nine columns of
the example's file. There the answers of a person do not depend on each other, which leaves a
detector little to go by; no real survey is known to be so. Each person is two rows of a township
crossed: rows drawn again and again as they are would be copies, which people are not.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from benchmarks.stuffing.form import (
    EDUCATION,
    GRID,
    JOB,
    OPINIONS,
    PERSONAL,
    TARGETS,
    Floats,
    Ints,
    Question,
    answered,
    column,
    edges,
    shares,
)
from benchmarks.stuffing.places import KINDS, Places, read

PLACE_ICC = 0.04  # ASSUMED: of satisfaction and engagement within a poster
PLACE_ITEM_SD = 0.15  # ASSUMED: of each question by itself
BOTH_TRAITS = 0.40  # ASSUMED: correlation of satisfaction and engagement
OLD, YOUNG = 0.15, -0.10  # ASSUMED: satisfaction of those from 60, and below 25
STRAIGHT = 0.08  # ASSUMED: people who give the whole block of satisfaction one answer
SLIP = 0.015  # ASSUMED: answers that a finger gave
JOB_AT = {"机关": (0, 4.0), "企业": (1, 2.0), "商场超市": (2, 1.5)}


class World(Protocol):
    """A population that can be asked.

    Attributes
    ----------
    name : str
    questions : tuple of Question
        The columns of the answers: opinions, then what a person is.
    """

    name: str
    questions: tuple[Question, ...]

    def people(
        self, draws: np.random.Generator, point: Ints, wave: str, lifted: float | None = None
    ) -> Ints:
        """Answers of people who meet these posters; ``lifted``: share positive on the targets."""

    def tastes(self, draws: np.random.Generator, points: int) -> None:
        """Let places differ anew."""


@dataclass(slots=True)
class FormWorld:
    where: Places
    name: str = "whole form"
    questions: tuple[Question, ...] = OPINIONS + PERSONAL
    place_traits: Floats | None = None
    place_items: Floats | None = None

    def tastes(self, draws: np.random.Generator, points: int) -> None:
        self.place_traits = _two(draws, points) * PLACE_ICC**0.5
        self.place_items = PLACE_ITEM_SD * draws.standard_normal((points, len(OPINIONS)))

    def people(
        self, draws: np.random.Generator, point: Ints, wave: str, lifted: float | None = None
    ) -> Ints:
        who = self._who(draws, point)
        traits = self._traits(draws, point, who[:, 0])
        opinions = [
            self._opinion(draws, place, question, traits, point, wave, lifted)
            for place, question in enumerate(OPINIONS)
        ]
        answers = np.column_stack([*opinions, who])
        block = [place for place, one in enumerate(OPINIONS) if one.name in GRID]
        straight = draws.random(point.size) < STRAIGHT
        answers[np.ix_(straight, block)] = answers[straight][:, block[:1]]
        return slips(draws, self.questions, answers)

    def _who(self, draws: np.random.Generator, point: Ints) -> Ints:
        row = draws.integers(0, len(answered("W2")), point.size)
        age, sex = (column("W2", one)[row] for one in PERSONAL[:2])
        weights = JOB[age].copy()
        for kind, (job, times) in JOB_AT.items():
            weights[self.where.kind[point] == KINDS.index(kind), job] *= times
        return np.column_stack([age, sex, picked(draws, EDUCATION[age]), picked(draws, weights)])

    def _traits(self, draws: np.random.Generator, point: Ints, age: Ints) -> Floats:
        assert self.place_traits is not None
        own = _two(draws, point.size) * (1 - PLACE_ICC) ** 0.5
        own[:, 0] += np.where(age >= 4, OLD, np.where(age == 0, YOUNG, 0.0))
        return own + self.place_traits[point]

    def _opinion(
        self,
        draws: np.random.Generator,
        place: int,
        question: Question,
        traits: Floats,
        point: Ints,
        wave: str,
        lifted: float | None,
    ) -> Ints:
        """A scale cut where the wave's shares have it; don't-knows come of little engagement."""
        assert self.place_items is not None
        chosen = shares(wave, question)
        scale = chosen[: question.ordered] / chosen[: question.ordered].sum()
        better = (
            self.place_items[point, place]
            + draws.standard_normal(point.size)
            * (1 - question.loading**2 - PLACE_ITEM_SD**2) ** 0.5
        )
        if question.trait:
            better = better + question.loading * traits[:, int(question.trait == "engaged")]
        if lifted is not None and question.name in (*TARGETS, *GRID):
            cut = edges(scale)[question.positive - 1]
            better = better - cut - np.quantile(better, 1 - lifted - SLIP / 2)
        answer = np.searchsorted(edges(scale), -better)
        unsure = chosen[question.ordered :].sum() * np.exp(-0.7 * traits[:, 1] - 0.245)
        if question.ordered == len(question.codes):
            return answer
        return np.where(draws.random(point.size) < unsure, question.ordered, answer)


@dataclass(slots=True)
class ExampleWorld:
    where: Places
    name: str = "example rows"
    questions: tuple[Question, ...] = (
        *(one for one in OPINIONS if not one.like),
        *PERSONAL[:2],
    )

    def tastes(self, draws: np.random.Generator, points: int) -> None:
        """Nothing: townships differ as in the file."""

    def people(
        self, draws: np.random.Generator, point: Ints, wave: str, lifted: float | None = None
    ) -> Ints:
        table = np.column_stack([column(wave, one) for one in self.questions])
        towns = [row["code"] for row in read("areas.csv") if row["level"] == "乡级"]
        town = np.array([towns.index(row["township"]) for row in answered(wave)])
        answers = np.empty((point.size, len(self.questions)), np.int64)
        for one in np.unique(self.where.area[point]):
            rows = np.flatnonzero(self.where.area[point] == one)
            pair = table[draws.choice(np.flatnonzero(town == one), (2, rows.size))]
            answers[rows] = np.where(draws.random(pair[0].shape) < 0.5, pair[0], pair[1])
        if lifted is not None:
            self._lift(draws, answers, table, lifted)
        return answers

    def _lift(self, draws: np.random.Generator, answers: Ints, table: Ints, share: float) -> None:
        """Negative answers to the targets become positive ones until that share is."""
        for place, question in enumerate(self.questions):
            if question.name in TARGETS:
                good = table[:, place] < question.positive
                keeps = (1 - share) / (1 - good.mean())
                bad = answers[:, place] >= question.positive
                change = np.flatnonzero(bad & (draws.random(bad.size) >= keeps))
                answers[change, place] = draws.choice(table[good, place], change.size)


def picked(draws: np.random.Generator, weights: Floats) -> Ints:
    """One place a row, with chances in proportion to the row's weights."""
    upto = np.cumsum(weights, axis=1)
    return (draws.random((len(weights), 1)) * upto[:, -1:] >= upto).sum(axis=1)


def slips(draws: np.random.Generator, questions: tuple[Question, ...], answers: Ints) -> Ints:
    slipped = draws.random(answers.shape) < SLIP
    codes = np.array([len(one.codes) for one in questions])
    return np.where(slipped, (draws.random(answers.shape) * codes).astype(np.int64), answers)


def column_of(world: World, name: str) -> int:
    return [one.name for one in world.questions].index(name)


def opinions_of(world: World) -> Ints:
    """The columns that hold opinions."""
    return np.array([place for place, one in enumerate(world.questions) if one.ordered])


def _two(draws: np.random.Generator, rows: int) -> Floats:
    """Two standard normal traits with their correlation, as columns."""
    first, second = draws.standard_normal((2, rows))
    return np.column_stack([first, BOTH_TRAITS * first + (1 - BOTH_TRAITS**2) ** 0.5 * second])
