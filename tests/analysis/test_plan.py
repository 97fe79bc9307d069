"""The plan that study.toml becomes."""

from analysis.study.checked import Faults
from analysis.study.plan import SampleKind
from analysis.study.plan_reader import read_plan
from tests.analysis.small_study import PLAN

HEADLINES = 'headline = { probability = "base", quota = "post", opt-in = "post" }'


def plan_of(text):
    faults = Faults()
    plan = read_plan(text, faults)
    assert faults.problems == []
    return plan


def test_a_sample_with_substitution_has_the_headline_of_a_quota_sample():
    text = PLAN.replace('headline = "rake"', HEADLINES)
    door = plan_of(text).samples[0]
    assert plan_of(text).headline_of(door).id == "base"
    plan = plan_of(text.replace('substitution = "none"', 'substitution = "next door"'))
    door, scan = plan.samples
    assert (door.declared, door.kind) == (SampleKind.PROBABILITY, SampleKind.QUOTA)
    assert plan.headline_of(door).id == "post"
    assert plan.headline_of(scan).id == "rake"  # "post" is not for it: its last


def test_a_sample_is_called_by_what_follows_the_wave_and_one_character():
    assert [sample.name for sample in plan_of(PLAN).samples] == ["door", "scan"]


def test_a_selection_that_is_not_filled_in_is_none():
    text = PLAN.replace('frame = "名册"', 'frame = " "')
    assert plan_of(text).samples[0].kind is SampleKind.QUOTA
