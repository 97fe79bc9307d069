"""The closed questions of the example's form, and how often each code is chosen.

Shares of the questions that the example's files hold are counted in them; those of the
others are ASSUMED: made up so that they fit the wording, as no file holds them.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hean-2026"

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Question:
    """A question of which one code is chosen; an answer is the place of its code.

    Attributes
    ----------
    codes : tuple of str
        From the best answer to the worst, in the campaign's eyes; then don't-knows.
    ordered : int
        How many of them are a scale; the rest are don't-knows. 0: no opinion.
    positive : int
        How many, from the first, count as positive.
    trait : str
        What of a person drives the answer: ``satisfied``, ``engaged`` or nothing.
    loading : float
        ASSUMED: correlation of the answer (as a continuous one) with that trait. The six
        questions q5 to q10 have Cronbach's alpha .84 with it, near the .85 that tools
        which fill forms are set to. The example's own answers do not depend on each other.
    like, shift : str, float
        ASSUMED where the files lack the question: the one whose shares it takes, and by
        how many standard deviations its answers are better.
    """

    name: str
    codes: tuple[str, ...]
    ordered: int = 0
    positive: int = 0
    trait: str = ""
    loading: float = 0.0
    like: str = ""
    shift: float = 0.0


KNOW, YES = ("1", "2", "3"), ("1", "2", "9")
SCALE = ("1", "2", "3", "4", "5", "9")
OPINIONS = (
    Question("q1_know", KNOW, 3, 2, "engaged", 0.60),
    Question("q3_station", KNOW, 3, 2, "engaged", 0.60, "q1_know", -0.60),
    Question("q4_support", SCALE, 5, 2, "satisfied", 0.50),
    Question("q5_overall", SCALE, 5, 3, "satisfied", 0.75),
    Question("q6_clean", SCALE, 5, 3, "satisfied", 0.70, "q5_overall", 0.00),
    Question("q7_traffic", SCALE, 5, 3, "satisfied", 0.65, "q5_overall", -0.25),
    Question("q8_public", SCALE, 5, 3, "satisfied", 0.70, "q5_overall", -0.20),
    Question("q9_service", SCALE, 5, 3, "satisfied", 0.65, "q5_overall", 0.10),
    Question("q10_minor", SCALE, 5, 3, "satisfied", 0.65, "q5_overall", 0.05),
    Question("q11_safe", SCALE, 5, 3, "satisfied", 0.55),
    Question("q12_any", ("1", "0", "9"), 2, 1, "engaged", 0.60),
    Question("q13_visit", YES, 2, 1, "engaged", 0.50),
    Question("q14_coach", ("2", "1", "9"), 2, 1),
)
PERSONAL = (
    Question("s1_age", ("1", "2", "3", "4", "5", "6")),
    Question("d1_sex", ("1", "2")),
    Question("d2_edu", ("1", "2", "3", "4", "5", "9")),
    Question("d3_job", ("1", "2", "3", "4", "5", "6", "7", "9")),
)
TARGETS = ("q1_know", "q4_support", "q5_overall", "q11_safe")  # of the published rates
GRID = ("q5_overall", "q6_clean", "q7_traffic", "q8_public", "q9_service", "q10_minor")

# ASSUMED: education and job within the six groups of age.
EDUCATION = np.array(
    [
        [0.01, 0.06, 0.25, 0.28, 0.38, 0.02],
        [0.01, 0.12, 0.25, 0.27, 0.33, 0.02],
        [0.03, 0.25, 0.30, 0.22, 0.18, 0.02],
        [0.12, 0.42, 0.28, 0.10, 0.06, 0.02],
        [0.35, 0.40, 0.17, 0.04, 0.02, 0.02],
        [0.55, 0.30, 0.09, 0.02, 0.01, 0.03],
    ]
)
JOB = np.array(
    [
        [0.04, 0.28, 0.12, 0.02, 0.46, 0.00, 0.06, 0.02],
        [0.14, 0.48, 0.24, 0.03, 0.02, 0.00, 0.07, 0.02],
        [0.14, 0.42, 0.28, 0.06, 0.00, 0.00, 0.08, 0.02],
        [0.10, 0.32, 0.26, 0.14, 0.00, 0.08, 0.08, 0.02],
        [0.01, 0.03, 0.08, 0.18, 0.00, 0.60, 0.08, 0.02],
        [0.00, 0.00, 0.02, 0.20, 0.00, 0.70, 0.06, 0.02],
    ]
)


@cache
def read(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a file of the example."""
    with (EXAMPLE / name).open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def answered(wave: str) -> tuple[dict[str, str], ...]:
    """The QR answers of a wave of the example, ``W0`` or ``W2``."""
    return read(f"responses/{wave}_qr.csv")


def column(wave: str, question: Question) -> Ints:
    """The answers that the example holds, as places of codes."""
    return np.array([question.codes.index(row[question.name]) for row in answered(wave)])


def shares(wave: str, question: Question) -> Floats:
    """How often each code of a question is chosen in a wave."""
    if not question.like:
        counts = np.bincount(column(wave, question), minlength=len(question.codes))
        return counts / counts.sum()
    (other,) = [one for one in OPINIONS if one.name == question.like]
    given = shares(wave, other)
    scale = given[: other.ordered] / given[: other.ordered].sum()
    moved = np.diff(special.ndtr(edges(scale) + question.shift), prepend=0.0, append=1.0)
    return np.concatenate([moved * given[: other.ordered].sum(), given[other.ordered :]])


def edges(scale: Floats) -> Floats:
    """Where a standard normal value has to be cut to give these shares, best answer lowest."""
    return np.asarray(special.ndtri(np.cumsum(scale)[:-1]))
