"""Honest waves pass, each family of false answers is found, and the order of rows says nothing."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from analysis.errors import TooFewResponses
from analysis.suspicion.batch import Batch
from analysis.suspicion.examine import examine
from analysis.suspicion.signs import Check, Sign, combined
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


def test_a_flood_of_a_hundred_is_held(usual):
    """Its answers are clearly independent, and all its other signs are missing."""
    flood = next(family for family in FAMILIES if family.name == "one point flooded")
    wave = played(WORLD, SEED, flood, 100)
    found = examine(batch(wave.kept, WORLD), usual).held
    assert found[wave.false].mean() >= LEAST_CAUGHT
    assert found[~wave.false].mean() <= MOST_WRONG


def of(*deviates):
    return tuple(Sign(Check.PAUSES, z, 0.0, 0.0) for z in deviates)


def fisher(*deviates):
    return stats.combine_pvalues(stats.norm.sf(deviates), method="fisher").pvalue


def test_a_clear_sign_is_not_hidden_by_signs_that_are_missing():
    flood = (5.7, -0.8, 0.1, -0.8, -3.6)
    assert combined(of(*flood)) == pytest.approx(2 * 5 * stats.norm.sf(5.7))
    assert fisher(*flood) > 1e-5


def test_weak_signs_add_up():
    assert combined(of(2, 2, 2, 2)) == pytest.approx(2 * fisher(2, 2, 2, 2))
    assert combined(of(2, 2, 2, 2)) < stats.norm.sf(2) / 10


def test_people_give_such_signs_no_more_often_than_it_says():
    found = [
        combined(of(*deviates)) for deviates in np.random.default_rng(4).normal(size=(20_000, 4))
    ]
    for level in (0.05, 0.01):
        assert 0.4 * level < np.mean(np.array(found) <= level) <= level


def test_without_signs_nothing_is_told():
    assert combined(()) == 1.0
    assert combined(of(-9.0)) == 1.0


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
