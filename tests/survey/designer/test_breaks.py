"""What a version breaks: each kind of loss is found and named, and nothing else is."""

import dataclasses

import pytest

from analysis.study.checked import Faults
from analysis.study.csvfile import read_csv
from analysis.study.definitions import read_indicators
from analysis.study.plan_reader import read_plan
from survey.designer.breaks import breaks
from survey.designer.judging import own_columns
from survey.designer.uses import uses_of
from survey.instrument.history import all_asked
from survey.instrument.items import Kind
from tests.survey.designer.forms import FIRST, Edited
from tests.survey.instrument.known_forms import HEAN

FOLDER = HEAN.path.parent
PLAN = (FOLDER / "study.toml").read_text(encoding="utf-8")


def table(name):
    found = read_csv(name, (FOLDER / name).read_bytes(), (), problems := [])
    assert not problems
    return found


INDICATORS, MARGINS = table("indicators.csv"), table("margins.csv")


def plan_of(text=PLAN):
    plan = read_plan(text, faults := Faults())
    assert not faults.problems
    return plan


def found(edited, *, before=(FIRST,), plan=PLAN, indicators=INDICATORS, margins=MARGINS):
    """Owner (English), question and what is missing (English) of every break."""
    study = plan_of(plan)
    uses = uses_of(study, indicators, margins)
    old = all_asked(before)
    defined = read_indicators(indicators, old.codebook(), {}, [], [])
    broken = breaks(old, edited.form, uses, defined, own_columns(study))
    return [(one.owner[1], one.question, one.missing[1]) for one in broken]


def with_indicator(row):
    header = dict.fromkeys(INDICATORS.header, "")
    cells = list((header | row).values())
    return dataclasses.replace(INDICATORS, rows=[cells], lines=[2])


def test_the_same_questionnaire_breaks_nothing():
    assert found(Edited()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda form: form.question("q1_know", label={"zh": "您知道吗?", "en": "Do you know?"}),
        lambda form: form.add("q15_open", "q16_new", Kind.TEXT),
        lambda form: form.add_choice("q2_channel", "7"),
        lambda form: form.drop_choice("q2_channel", "6"),  # no figure needs it
        lambda form: form.drop("d3_job"),
        lambda form: form.relabel("q5_overall", c9="不太了解"),
    ],
)
def test_a_change_that_no_figure_needs_breaks_nothing(change):
    assert found(change(Edited())) == []


def test_a_question_that_is_gone_is_named_with_each_indicator_that_needs_it():
    assert found(Edited().drop("q5_overall")) == [
        (
            "indicator SA satisfaction rate (three positive codes)",
            "q5_overall",
            removed("q5_overall"),
        ),
        (
            "indicator SA_2 satisfaction rate (two positive codes)",
            "q5_overall",
            removed("q5_overall"),
        ),
        (
            "indicator SA_D satisfaction rate with DK in denominator",
            "q5_overall",
            removed("q5_overall"),
        ),
        ("indicator SC satisfaction score", "q5_overall", removed("q5_overall")),
    ]


GONE = "the question is gone"


def removed(question):
    return f"question {question} is removed, renamed or put into a repeat"


@pytest.mark.parametrize(
    ("code", "indicators"),
    [
        ("1", {"SA", "SA_2", "SA_D", "SC"}),  # numerator, denominator and points
        ("3", {"SA", "SA_2", "SA_D", "SC"}),  # the denominator of all of them
        ("9", {"SA_D"}),  # the only one with it in its denominator
    ],
)
def test_a_code_that_is_gone_is_named_with_the_indicators_that_count_it(code, indicators):
    broken = found(Edited().drop_choice("q5_overall", code))
    named = {owner.split()[1] for owner, _, _ in broken}
    assert named == indicators
    assert {(question, missing) for _, question, missing in broken} == {
        ("q5_overall", f"question q5_overall no longer has the codes {code}")
    }


def test_codes_of_every_item_of_an_index_are_needed():
    index = with_indicator(
        {
            "code": "IX",
            "name_zh": "指数",
            "kind": "index",
            "question": "q6_clean|q7_traffic",
            "denominator": "1|2",
            "scores": "1:100|2:0",
            "weights": "1|1",
        }
    )
    broken = found(Edited().drop_choice("q5_overall", "2"), indicators=index)
    assert broken == [
        ("indicator IX 指数", "q6_clean", "question q6_clean no longer has the codes 2"),
        ("indicator IX 指数", "q7_traffic", "question q7_traffic no longer has the codes 2"),
    ]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.SELECT_MULTIPLE, "several answers"),
        (Kind.TEXT, "a text"),
        (Kind.INTEGER, "a number"),
    ],
)
def test_another_kind_of_answer_breaks_an_indicator(kind, words):
    broken = found(Edited().question("q1_know", kind=kind))
    asks = f"question q1_know asks for {words} instead of one answer"
    assert broken == [
        ("indicator AW awareness rate", "q1_know", asks),
        ("indicator AW_S awareness (knows only)", "q1_know", asks),
    ]


def test_another_kind_of_answer_to_any_question_wants_another_name():
    broken = found(Edited().question("q15_open", kind=Kind.INTEGER))
    assert broken == [
        ("comparison of waves", "q15_open", "was text and is now a number; use a new name")
    ]


def test_a_calculation_may_take_the_place_of_a_question():
    assert found(Edited().question("q13_visit", kind=Kind.CALCULATE, calculation="'1'")) == []


def test_codes_that_change_places_are_found():
    broken = found(Edited().relabel("q1_know", c1="听说过", c2="知道"))
    assert (
        "indicator AW awareness rate",
        "q1_know",
        "choice 1 has the words that choice 2 had",
    ) in (broken)
    assert {question for _, question, _ in broken} == {"q1_know"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda form: form.drop_choice("s1_age", "3"),
            {
                ("weighting post", "s1_age", "choice 3 is gone"),
                ("domain age2", "s1_age", "choice 3 is gone"),
            },
        ),
        (
            lambda form: form.drop_choice("d1_sex", "2"),
            {
                ("weighting rake", "d1_sex", "choice 2 is gone"),
                ("domain sex", "d1_sex", "choice 2 is gone"),
            },
        ),
        (
            lambda form: form.add_choice("d1_sex", "3"),
            {
                (
                    "weighting rake",
                    "d1_sex",
                    "new choice 3 has no group or total and cannot be weighted",
                )
            },
        ),
        (lambda form: form.drop("d1_sex"), {("domain sex", "d1_sex", GONE)}),
    ],
)
def test_variables_of_weighting_and_domains_keep_their_codes(change, expected):
    assert expected <= set(found(change(Edited())))


def test_a_new_code_may_be_weighted_where_missing_answers_are_dropped():
    plan = PLAN.replace('rake = [["township", "age2"], ["sex"]]', RAKE + 'missing = "drop"')
    plan = plan.replace('rake = [["township"], ["age2"], ["sex"]]', RAKE3 + 'missing = "drop"')
    assert found(Edited().add_choice("d1_sex", "3"), plan=plan) == []


RAKE = 'rake = [["township", "age2"], ["sex"]]\n'
RAKE3 = 'rake = [["township"], ["age2"], ["sex"]]\n'


def test_a_new_code_of_a_variable_without_groups_needs_a_total():
    plan = PLAN.replace('"age2"], ["sex"]]', '"age2"], ["d1_sex"]]')
    form = Edited().add_choice("d1_sex", "3")
    sentence = "new choice 3 has no group or total and cannot be weighted"
    with_two = dataclasses.replace(
        MARGINS, rows=[*MARGINS.rows, ["d1_sex", "1", "5"], ["d1_sex", "2", "5"]]
    )
    with_two = dataclasses.replace(with_two, lines=list(range(2, len(with_two.rows) + 2)))
    assert ("weighting rake", "d1_sex", sentence) in found(form, plan=plan, margins=with_two)
    with_three = dataclasses.replace(with_two, rows=[*with_two.rows, ["d1_sex", "3", "1"]])
    with_three = dataclasses.replace(with_three, lines=list(range(2, len(with_three.rows) + 2)))
    assert found(form, plan=plan, margins=with_three) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda form: form.drop_choice("s0_consent", "1"),
            {("consent, [form] consent", "s0_consent", "choice 1 is gone")},
        ),
        (
            lambda form: form.drop_choice("s3_town", "419099003"),
            {("area, [form] area", "s3_town", "choice 419099003 is gone")},
        ),
        (
            lambda form: form.drop("qr_code_id"),
            {("entry point, [form] entry_point", "qr_code_id", GONE)},
        ),
        (
            lambda form: form.question("collect_mode", kind=Kind.TEXT),
            {
                (
                    "mode, [form] mode",
                    "collect_mode",
                    "is filled by the server (hidden), and now people would be asked",
                )
            },
        ),
        (
            lambda form: form.drop("q14_coach"),
            {
                ("hidden at the door, [form] hidden_at_door", "q14_coach", GONE),
                ("indicator CO coached-answer rate", "q14_coach", removed("q14_coach")),
            },
        ),
    ],
)
def test_settings_of_the_form_keep_their_questions(change, expected):
    assert set(found(change(Edited()))) == expected


def test_the_calculation_of_eligibility_must_stay():
    form = Edited().drop("eligible").group("g_main", relevant="${s0_consent} = '1'")
    assert found(form) == [("eligibility, [form] eligible", "eligible", GONE)]


def test_a_new_question_may_not_take_the_name_of_a_column_of_the_platform():
    for name in ("mode", "status", "township", "community"):
        assert found(Edited().add("q15_open", name, Kind.TEXT)) == [
            ("a column of the platform", name, "is named as a column of the platform")
        ]


def test_a_question_may_not_become_the_name_of_a_group():
    form = Edited().drop("d3_job").group("g_intro", name="d3_job")
    assert found(form) == [
        (
            "comparison of waves",
            "d3_job",
            "now stands in a repeat, or names a group; use a new name",
        )
    ]


def test_what_the_study_never_had_cannot_be_lost():
    plan = PLAN.replace('entry_point = "qr_code_id"', 'entry_point = "no_such_question"')
    assert found(Edited().drop("qr_code_id"), plan=plan) == []


def test_a_code_of_an_older_version_still_counts():
    second = Edited().drop("d3_job").form
    form = Edited().question("d3_job", kind=Kind.TEXT)
    assert found(form, before=(second, FIRST)) == [
        ("comparison of waves", "d3_job", "was one choice and is now text; use a new name")
    ]


def test_everything_is_found_at_once():
    form = Edited().drop("q11_safe").drop_choice("q4_support", "2").drop("qr_code_id")
    assert {owner for owner, _, _ in found(form)} == {
        "indicator SF sense of safety",
        "indicator SU support rate",
        "entry point, [form] entry_point",
    }


def test_the_household_size_may_go_because_the_platform_asks_for_it():
    plan = PLAN.replace(
        'base_weight = { population = "adult_total" }',
        'base_weight = { population = "adult_total", factor = "adults" }',
        1,
    )
    before = Edited().add("q15_open", "adults", Kind.INTEGER).form
    assert found(Edited(), before=(before,), plan=plan) == []
    text = Edited().add("q15_open", "adults", Kind.TEXT)
    assert found(text, before=(before,), plan=plan) == [
        ("household size of sample W0-door", "adults", "was a number and is now text")
    ]


RULES = """
coached = { question = "q13_visit", yes = ["1"] }
overclaim = { question = "q3_station", item = "qr_code_id", claims = ["1", "2"], bank = ["a", "b"] }
rotate = { choices = ["d2_edu"], questions = ["g_screen"] }
"""
# q13_visit and q14_coach are of indicators, too
WITH_RULES = PLAN.replace('hidden_at_door = ["q14_coach"]', RULES)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda form: form, set()),
        (
            lambda form: form.drop_choice("q13_visit", "1"),
            {("coached answers, [form] coached", "q13_visit", "choice 1 is gone")},
        ),
        (
            lambda form: form.drop("q3_station"),
            {("false awareness, [form] overclaim", "q3_station", GONE)},
        ),
        (
            lambda form: form.drop("d2_edu"),
            {("order of choices, [form] rotate", "d2_edu", GONE)},
        ),
        (
            lambda form: form.group("g_screen", name="g_other"),
            {("order of questions, [form] rotate", "g_screen", "the group is gone")},
        ),
    ],
)
def test_settings_against_coaching_keep_their_questions(change, expected):
    broken = found(change(Edited()), plan=WITH_RULES)
    assert {one for one in broken if not one[0].startswith("indicator")} == expected


def test_a_question_may_not_move_into_a_repeat():
    broken = found(Edited().group("g_main", repeats=True))
    assert ("comparison of waves", "q15_open", REPEATED) in broken
    assert ("indicator AW awareness rate", "q1_know", removed("q1_know")) in broken


REPEATED = "now stands in a repeat, or names a group; use a new name"
