"""The simulator of stuffing plays what it says, on genuine answers like those of the example."""

from dataclasses import fields

import numpy as np
import pytest

from benchmarks.stuffing.attacks import (
    DEVELOPMENT_SEEDS,
    FAMILIES,
    REPORTING_SEEDS,
    STRENGTHS,
)
from benchmarks.stuffing.form import GRID, shares
from benchmarks.stuffing.people import column_of
from benchmarks.stuffing.places import DAY, HOUR
from benchmarks.stuffing.rows import Group, held_at_intake
from benchmarks.stuffing.wave import Kept, honest, played, world_of

WORLDS = ["whole form", "example rows"]
BY_NAME = {family.name: family for family in FAMILIES}


def false_answers(name, seed=1, strength=300, world="whole form"):
    wave = played(world, seed, BY_NAME[name], strength)
    return {one.name: getattr(wave.kept, one.name)[wave.false] for one in fields(Kept)}


@pytest.mark.parametrize("world", WORLDS)
def test_genuine_answers_have_the_rates_of_the_example(world):
    _, _, before, population, _ = honest(world, 1)
    for place, question in enumerate(population.questions):
        if question.ordered:
            found = (before.answers[:, place] < question.positive).mean()
            wanted = shares("W0", question)[: question.positive].sum()
            assert found == pytest.approx(wanted, abs=0.05), question.name


def test_satisfaction_is_as_reliable_as_tools_are_set_to():
    wave = played("whole form", 1)
    world, _ = world_of("whole form")
    block = wave.kept.answers[:, [column_of(world, name) for name in GRID]]
    known = block[(block < 5).all(axis=1)]
    alpha = 6 / 5 * (1 - known.var(axis=0).sum() / known.sum(axis=1).var())
    assert 0.78 < alpha < 0.88


@pytest.mark.parametrize("world", WORLDS)
def test_the_special_people_are_there(world):
    wave = played(world, 2)
    of = {group: wave.group == group for group in Group}
    assert len(wave.false) == 3_000
    assert not wave.false.any()
    office = of[Group.OFFICE]
    assert office.sum() == 50
    assert np.ptp(wave.kept.submitted[office]) < HOUR
    assert not wave.kept.held.any()  # by the layers at intake, by their own policy
    family = of[Group.FAMILIES]
    per_phone = np.unique(wave.kept.device[family], return_counts=True)[1]
    assert set(per_phone.tolist()) == {2, 3, 4}
    market = of[Group.MARKET]
    assert np.unique(wave.kept.point[market]).size == 1
    assert np.ptp(wave.kept.submitted[market]) < 2 * HOUR
    street = wave.kept.answers[of[Group.STREET]]
    population, _ = world_of(world)
    for name in ("q1_know", "q4_support", "q5_overall", "q11_safe"):
        question = population.questions[column_of(population, name)]
        answers = street[:, column_of(population, name)]
        known = answers[answers < question.ordered]
        assert (known < question.positive).mean() == pytest.approx(0.97, abs=0.025)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("world", WORLDS)
def test_the_genuine_answers_are_the_same_whatever_is_played(family, world):
    alone, stuffed = played(world, 3), played(world, 3, family, 100)
    assert stuffed.false.sum() == 100
    for one in fields(Kept):
        if one.name != "held":
            genuine = getattr(stuffed.kept, one.name)[~stuffed.false]
            np.testing.assert_array_equal(genuine, getattr(alone.kept, one.name))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_false_answers_move_the_rate_up(family):
    stuffed = [played("whole form", seed, family, 1_000) for seed in (1, 2, 3, 4)]
    moved = [wave.aware.mean() - wave.aware[~wave.false].mean() for wave in stuffed]
    assert np.mean(moved) > 0.005


@pytest.mark.parametrize(("network", "held"), [(7, 250), (-1, 0)])
def test_the_layers_hold_what_one_network_sends_beyond_their_bound(network, held):
    sent = honest("whole form", 1)[0].of(np.arange(400))
    hour = np.sort(np.linspace(0, HOUR - 1, 400)) + sent.submitted.min() // DAY * DAY
    one = sent.with_(
        submitted=hour,
        network=np.full(400, network),
        device=np.full(400, -1),
        point=np.arange(400),
    )
    assert held_at_intake(one, 22).sum() == held


def test_what_is_kept_names_no_network():
    assert {one.name for one in fields(Kept)} == {
        "answers", "point", "kind", "area", "home", "started", "submitted", "device", "held",
    }  # fmt: skip


def test_two_families_and_half_of_the_seeds_are_for_reporting_only():
    assert [family.name for family in FAMILIES if family.reporting_only] == [
        "replayed genuine",
        "paid crowd elsewhere",
    ]
    assert len(FAMILIES) == 7
    assert len(STRENGTHS) == 3
    assert len(REPORTING_SEEDS) == len(DEVELOPMENT_SEEDS)
    assert not set(REPORTING_SEEDS) & set(DEVELOPMENT_SEEDS)


def test_exact_shares_vary_less_than_those_of_chance():
    def spread(seed):
        answers = false_answers("fixed proportions", seed, 1_000)["answers"]
        block = (answers[:, 2] == 0).reshape(50, 20).sum(axis=1)
        share = block.mean() / 20
        return block.var() / (20 * share * (1 - share))

    assert spread(2) < 0.4
    assert spread(1) > 0.6


def test_copied_vectors_are_few():
    answers = false_answers("copied vectors")["answers"]
    assert np.unique(answers, axis=0, return_counts=True)[1].max() > 15


def test_the_drip_goes_on_at_night_and_everywhere():
    kept = false_answers("slow drip", 2)
    night = kept["submitted"] % DAY < 6 * HOUR
    assert night.mean() == pytest.approx(0.25, abs=0.08)
    assert np.unique(kept["point"]).size > 40


def test_a_flood_is_at_one_poster_within_hours():
    kept = false_answers("one point flooded")
    assert np.unique(kept["point"]).size == 1
    assert np.ptp(kept["submitted"]) < 4 * HOUR


def test_the_coached_give_the_best_answers_at_human_hours():
    kept = false_answers("coached but human")
    assert (kept["answers"][:, :12] == 0).mean() > 0.8
    assert (kept["submitted"] % DAY < 5 * HOUR).mean() < 0.05


def test_the_crowd_claims_homes_anywhere():
    kept = false_answers("paid crowd elsewhere")
    assert (kept["home"] == kept["area"]).mean() < 0.3


def test_a_seed_gives_the_same_wave():
    honest.cache_clear()
    first = played("whole form", 4, FAMILIES[0], 100)
    honest.cache_clear()
    again = played("whole form", 4, FAMILIES[0], 100)
    np.testing.assert_array_equal(first.kept.answers, again.kept.answers)
    np.testing.assert_array_equal(first.kept.submitted, again.kept.submitted)
