"""Honest waves pass, each family of false answers is found, and the order of rows says nothing."""

import dataclasses

import numpy as np
import pytest

from analysis.errors import TooFewResponses
from analysis.suspicion.batch import Batch
from analysis.suspicion.examine import examine
from analysis.suspicion.usual import learn
from benchmarks.stuffing.__main__ import batch
from benchmarks.stuffing.attacks import DEVELOPMENT_SEEDS, FAMILIES
from benchmarks.stuffing.rows import Group
from benchmarks.stuffing.wave import played

WORLD = "whole form"
SEED = DEVELOPMENT_SEEDS[0]
FALSE = 300
MOST_WRONG = 0.01
LEAST_CAUGHT = 0.8  # of one seed; what is caught on the whole is in docs/stuffing.md
SLOW, LEAST_OF_SLOW = "slow drip", 0.3  # falls short of the aim, and must not fall further
TO_BE_FOUND = [one for one in FAMILIES if one.held_to_bar and not one.reporting_only]


@pytest.fixture(scope="module")
def usual():
    return learn(batch(played(WORLD, SEED).before, WORLD))


def permuted(given, order):
    columns = {
        field.name: getattr(given, field.name)[order]
        for field in dataclasses.fields(Batch)
        if field.name != "blocks"
    }
    return Batch(**columns, blocks=given.blocks)


def test_an_honest_wave_with_its_office_families_market_and_street_passes(usual):
    wave = played(WORLD, SEED)
    held = examine(batch(wave.kept, WORLD), usual).held
    assert held.mean() <= MOST_WRONG
    for group in Group:
        assert held[wave.group == group].mean() <= 0.05, group.name


@pytest.mark.parametrize("family", TO_BE_FOUND, ids=lambda one: one.name)
def test_false_answers_are_held_and_genuine_ones_are_not(usual, family):
    wave = played(WORLD, SEED, family, FALSE)
    found = examine(batch(wave.kept, WORLD), usual)
    least = LEAST_OF_SLOW if family.name == SLOW else LEAST_CAUGHT
    assert found.held[wave.false].mean() >= least
    assert found.held[~wave.false].mean() <= 1.5 * MOST_WRONG
    for row in np.flatnonzero(found.held):
        assert any(reason.holds for reason in found.reasons[row])


def test_control_shuffled_labels_miss_the_bar(usual):
    """Whoever is held is held for what he sent: by chance nobody catches four of five."""
    wave = played(WORLD, SEED, TO_BE_FOUND[0], FALSE)
    held = examine(batch(wave.kept, WORLD), usual).held
    shuffled = np.random.default_rng(1).permutation(wave.false)
    assert held[shuffled].mean() < LEAST_CAUGHT / 2


def test_the_order_of_the_rows_says_nothing(usual):
    wave = played(WORLD, SEED, TO_BE_FOUND[0], FALSE)
    given = batch(wave.kept, WORLD)
    order = np.random.default_rng(2).permutation(len(given))
    held = examine(given, usual).held
    assert (examine(permuted(given, order), usual).held == held[order]).mean() > 0.999


def test_too_few_answers_are_refused_and_not_guessed_at():
    given = batch(played(WORLD, SEED).before, WORLD)
    with pytest.raises(TooFewResponses):
        learn(permuted(given, np.arange(20)))
