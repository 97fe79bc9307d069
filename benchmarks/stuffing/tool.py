"""How a form-filling tool makes up answers: shares, exact shares, templates, a common factor."""

import numpy as np

from benchmarks.stuffing.form import Floats, Ints, Question, edges
from benchmarks.stuffing.people import World

BLOCK = 20  # answers within which exact shares come out
ALPHA = 0.85  # what such tools are set to
LIKE_REAL = 60.0  # how near the shares of ages and jobs are to real ones: a sample of so many
GOOD = (0.95, 0.995)  # positive answers that an attacker wants
MODEST = {"q12_any": (0.70, 0.85), "q13_visit": (0.80, 0.95)}

Shares = list[Floats]


def chosen_shares(draws: np.random.Generator, world: World) -> Shares:
    """Shares that an attacker sets, in whole per cent: good opinions, people much as they are."""
    real = world.people(draws, draws.integers(0, 45, 2_000), "W2")
    given = []
    for place, question in enumerate(world.questions):
        known = np.bincount(real[:, place], minlength=len(question.codes)) / len(real)
        personal = draws.dirichlet(LIKE_REAL * known + 1e-3)
        given.append(_whole(_opinion(draws, question) if question.ordered else personal))
    return given


def _opinion(draws: np.random.Generator, question: Question) -> Floats:
    """Positive ones falling from the best, few negative ones, no don't-know."""
    good = draws.uniform(*MODEST.get(question.name, GOOD))
    weight = draws.uniform(0.4, 0.75) ** np.arange(question.positive)
    found = np.zeros(len(question.codes))
    found[: question.positive] = good * weight / weight.sum()
    found[question.positive : question.ordered] = (1 - good) / (
        question.ordered - question.positive
    )
    return found


def _whole(share: Floats) -> Floats:
    percent = np.round(100 * share)
    percent[share.argmax()] += 100 - percent.sum()
    return np.asarray(percent / 100)


def independent(draws: np.random.Generator, given: Shares, rows: int) -> Ints:
    """Each answer by its shares, whatever the others are."""
    return _cut(given, draws.random((rows, len(given))))


def exact(draws: np.random.Generator, given: Shares, rows: int) -> Ints:
    """The same, but the shares come out in every block of 20 as nearly as they can."""
    blocks = -(-rows // BLOCK)
    strata = np.tile(np.arange(BLOCK), (blocks, len(given), 1))
    strata = draws.permuted(strata, axis=2).transpose(0, 2, 1).reshape(-1, len(given))[:rows]
    return _cut(given, (strata + draws.random(strata.shape)) / BLOCK)


def _cut(given: Shares, uniform: Floats) -> Ints:
    columns = [
        np.searchsorted(np.cumsum(share)[:-1], uniform[:, place], side="right")
        for place, share in enumerate(given)
    ]
    return np.column_stack(columns)


def reliable(
    draws: np.random.Generator, questions: tuple[Question, ...], given: Shares, rows: int
) -> Ints:
    """The same, but opinions share a factor, so that their Cronbach's alpha is .85.

    The correlation of two of k answers is alpha / (k - alpha (k - 1)) (Spearman 1910,
    Brown 1910).
    """
    answers = independent(draws, given, rows)
    scales = [place for place, one in enumerate(questions) if one.ordered > 2]
    together = ALPHA / (len(scales) - ALPHA * (len(scales) - 1))
    factor = draws.standard_normal(rows)
    for place in scales:
        value = together**0.5 * factor + (1 - together) ** 0.5 * draws.standard_normal(rows)
        answers[:, place] = np.searchsorted(edges(given[place]), value)
    return answers


def copied(
    draws: np.random.Generator,
    questions: tuple[Question, ...],
    given: Shares,
    rows: int,
    templates: int,
    noise: float,
) -> Ints:
    """A few vectors without a negative opinion, each answer drawn anew with a small chance."""
    vectors = independent(draws, given, templates)
    good = vectors < np.array([one.positive or len(one.codes) for one in questions])
    pattern = np.where(good, vectors, 0)[draws.integers(0, templates, rows)]
    anew = draws.random(pattern.shape) < noise
    return np.where(anew, independent(draws, given, rows), pattern)


def coached(draws: np.random.Generator, questions: tuple[Question, ...], answers: Ints) -> Ints:
    """What people answer who were shown the best options and keep to them, mostly."""
    keeps_to_them = draws.beta(12.0, 2.0, len(answers))
    as_told = draws.random(answers.shape) < keeps_to_them[:, None]
    opinion = np.array([one.ordered > 0 for one in questions])
    return np.where(as_told & opinion, 0, answers)


def forced(
    draws: np.random.Generator, places: list[int], answers: Ints, positive: Ints, share: float
) -> Ints:
    """Negative answers in these columns become positive ones with that chance."""
    changed = answers.copy()
    for place in places:
        bad = answers[:, place] >= positive[place]
        change = np.flatnonzero(bad & (draws.random(bad.size) < share))
        changed[change, place] = draws.integers(0, positive[place], change.size)
    return changed
