"""What differs between two versions: every change is there, and nothing that did not change."""

import pytest

from survey.designer.differences import Mark, differences
from survey.instrument.items import Choice, Kind
from tests.survey.designer.forms import FIRST, Edited


def found(edited, before=FIRST):
    """Name and mark of each difference, with its details: what (English), before, after."""
    return {
        (one.name, one.mark): [
            (f"{detail.what[1]} {detail.language}".strip(), detail.before, detail.after)
            for detail in one.details
        ]
        for one in differences(before, edited.form)
    }


def test_nothing_differs_from_itself():
    assert found(Edited()) == {}


def test_questions_that_came_and_went():
    edited = Edited().add("q15_open", "q16", Kind.TEXT).drop("d3_job")
    assert found(edited) == {("q16", Mark.ADDED): [], ("d3_job", Mark.REMOVED): []}


@pytest.mark.parametrize(
    ("fields", "details"),
    [
        ({"label": {"zh": "新", "en": "Your sex?"}}, [("text zh", "您的性别?", "新")]),
        ({"label": {"zh": "新", "en": "new"}},
         [("text zh", "您的性别?", "新"), ("text en", "Your sex?", "new")]),
        ({"hint": {"zh": "提示", "en": "提示"}}, [("hint", "", "提示")]),
        ({"required_message": {"zh": "请答", "en": "Please"}},
         [("message if missing zh", "", "请答"), ("message if missing en", "", "Please")]),
        ({"constraint": ". != ''"}, [("constraint", "", ". != ''")]),
        ({"constraint_message": {"zh": "不", "en": "不"}}, [("message if not allowed", "", "不")]),
        ({"relevant": "true()"}, [("shown if", "", "true()")]),
        ({"required": None}, [("required", "true()", "")]),
        ({"appearance": "minimal"}, [("appearance", "", "minimal")]),
        ({"randomize": True}, [("choices in random order", "", "✓")]),
        ({"kind": Kind.SELECT_MULTIPLE}, [("type", "单选", "多选")]),
        ({"default": "1"}, [("default", "", "1")]),
    ],
)  # fmt: skip
def test_everything_about_a_question_that_changes_is_shown(fields, details):
    assert found(Edited().question("d1_sex", **fields)) == {("d1_sex", Mark.CHANGED): details}


def test_codes_that_came_went_changed_and_moved():
    def change(choices):
        first, second = choices
        return [second, Choice("3", {"zh": "其他", "en": "Other"}),
                Choice("1", {"zh": "男性", "en": first.label["en"]})]  # fmt: skip

    assert found(Edited().choices("d1_sex", change)) == {
        ("d1_sex", Mark.CHANGED): [
            ("choice 3", "", "其他"),
            ("order of choices", "1 2", "2 1"),
            ("choice 1 zh", "男", "男性"),
        ]
    }


def test_a_list_that_questions_share_changes_each_of_them():
    edited = Edited().add_choice("q5_overall", "7")
    assert {name for name, _ in found(edited)} == {
        "q5_overall", "q6_clean", "q7_traffic", "q8_public", "q9_service", "q10_minor",
    }  # fmt: skip


def test_a_group_that_changes():
    edited = Edited().group("g_main", relevant="true()", label={"zh": "主体", "en": "Questions"})
    assert found(edited) == {
        ("g_main", Mark.CHANGED): [
            ("shown if", "${eligible} = '1'", "true()"),
            ("text zh", "问卷", "主体"),
        ]
    }


def test_a_renamed_question_is_one_change():
    edited = Edited().question("d3_job", name="d3_work")
    assert found(edited) == {("d3_work", Mark.CHANGED): [("name", "d3_job", "d3_work")]}


def test_another_order_of_questions_is_told_once():
    edited = Edited().drop("d1_sex")
    last = FIRST.question("d1_sex")
    moved = Edited(edited.form).group("g_main", children=(*edited.form.children[-1].children, last))
    assert found(moved) == {
        ("", Mark.CHANGED): [("order of questions", "d1_sex d2_edu d3_job", "d2_edu d3_job d1_sex")]
    }


def test_languages_that_came_and_went():
    french = type(FIRST.languages[0])("fr", "français")
    (only,) = differences(FIRST, type(FIRST)(
        FIRST.form_id, FIRST.version, FIRST.title, FIRST.children, FIRST.root,
        (FIRST.languages[0], french)))  # fmt: skip
    assert [(one.what[0], one.before, one.after) for one in only.details] == [
        ("语言", FIRST.languages[1].name, "français")
    ]
