"""The plan that study.toml becomes."""

import shutil
from pathlib import Path

from analysis.study.checked import Faults
from analysis.study.plan import Coached, Overclaim, Rotation, SampleKind
from analysis.study.plan_reader import read_plan
from survey.folders import read_study_folder
from tests.analysis.small_study import PLAN, replace

HEADLINES = 'headline = { probability = "base", quota = "post", opt-in = "post" }'


EXAMPLE = Path(__file__).parents[2] / "examples" / "hean-2026"


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


FORM = """[form]
coached = { question = "q14_coach", yes = ["1"] }
overclaim = { question = "q_oc", item = "oc_item", claims = ["1", "2"], bank = ["九星", " 六和 "] }
rotate = { choices = ["q4", "q5"], questions = ["g_sat"], keep_last = ["8", "9"] }

"""


def test_the_rules_against_coaching_are_read_as_they_stand():
    form = plan_of(FORM + PLAN).form
    assert form.coached == Coached("q14_coach", ("1",))
    assert form.overclaim == Overclaim("q_oc", "oc_item", ("1", "2"), ("九星", "六和"))
    assert form.rotation == Rotation(("q4", "q5"), ("g_sat",), ("8", "9"))


def test_a_form_without_rules_against_coaching_has_none():
    for text in (PLAN, '[form]\narea = "town"\n' + PLAN):
        form = plan_of(text).form
        assert (form.coached, form.overclaim, form.rotation) == (None, None, Rotation())


def test_a_key_that_no_rule_knows_is_warned_of():
    faults = Faults()
    read_plan(FORM.replace("keep_last", "keep_end").replace("yes", "ja") + PLAN, faults)
    assert [problem.column for problem in faults.problems] == ["form.coached.yes"]
    warned = [warning.column for warning in faults.warnings]
    assert warned == ["form.coached.ja", "form.rotate.keep_end"]


def test_groups_and_choices_of_a_questionnaire_can_be_rotated(tmp_path):
    folder = shutil.copytree(EXAMPLE, tmp_path / "study")
    replace(
        folder,
        "study.toml",
        "[form]",
        '[form]\nrotate = { choices = ["q4_support", "q5_overall"], questions = ["g_main"] }',
    )
    rotation = read_study_folder(folder).folder.study.plan.form.rotation
    assert rotation.questions == ("g_main",)
