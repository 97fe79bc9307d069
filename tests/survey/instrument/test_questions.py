"""A form as a whole: pages, codebook, JSON; the same for both questionnaires."""

import json

import pytest

from analysis.codebook import VariableKind
from survey.instrument.items import Choice, Group, Kind, Question
from survey.instrument.questions import Form
from tests.survey.instrument.known_forms import FORMS, HEAN, READING


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def known(request):
    return request.param


def test_a_form_survives_the_trip_through_json(known):
    stored = json.loads(json.dumps(known.form.to_json(), ensure_ascii=False))
    again = Form.from_json(stored)
    assert again == known.form
    assert again.to_json() == stored


def test_a_form_from_json_judges_the_same(known):
    again = Form.from_json(known.form.to_json())
    assert again.rules == known.form.rules


def test_every_shown_question_stands_on_one_page(known):
    on_pages = [question for page in known.form.pages() for question in page.questions]
    assert on_pages == [one for one in known.form.questions() if one.kind.is_shown]
    names = [page.name for page in known.form.pages()]
    assert len(set(names)) == len(names)


def test_pages_follow_the_top_level_groups():
    assert [page.name for page in HEAN.form.pages()] == ["g_intro", "g_screen", "g_main"]
    assert [page.name for page in READING.form.pages()] == ["welcome", "reading", "remark"]
    assert HEAN.form.pages()[1].label == {"zh": "筛选", "en": "Screening"}
    assert READING.form.pages()[2].label == {}


def test_questions_between_groups_are_a_page_of_their_own():
    one = Question("one", Kind.TEXT, {"zh": "一", "en": "1"})
    hidden = Question("code", Kind.HIDDEN)
    inner = Group("inner", children=(Question("two", Kind.NOTE, {"zh": "二", "en": "2"}),))
    three = Question("three", Kind.DATE, {"zh": "三", "en": "3"})
    silent = Group("silent", children=(Question("sum", Kind.CALCULATE, calculation="1"),))
    form = Form("f", "1", "F", (hidden, one, Group("outer", children=(inner,)), three, silent))
    assert [page.name for page in form.pages()] == ["one", "outer", "three"]
    assert [question.name for question in form.pages()[1].questions] == ["two"]


def test_the_codebook_has_every_named_row_but_the_groups(known):
    codebook = known.form.codebook()
    names = [variable.name for variable in codebook.variables()]
    assert names == [question.name for question in known.form.questions()]
    for question in known.form.questions():
        variable = codebook.get(question.name)
        assert variable.codes == frozenset(question.codes)
    assert codebook.get("no such name") is None


def test_the_codebook_says_what_kind_each_row_is():
    codebook = READING.form.codebook()
    kinds = {
        "consent_ok": VariableKind.ONE,
        "genres": VariableKind.MULTIPLE,
        "books_month": VariableKind.NUMBER,
        "hours_week": VariableKind.NUMBER,
        "last_visit": VariableKind.TEXT,
        "remark": VariableKind.TEXT,
        "desk_code": VariableKind.TEXT,
        "began": VariableKind.TEXT,
        "hello": VariableKind.TEXT,
        "habit": VariableKind.CALCULATION,
    }
    assert {name: codebook.get(name).kind for name in kinds} == kinds
    assert codebook.get("habit").codes == frozenset()


def test_a_question_is_found_by_its_name(known):
    for question in known.form.questions():
        assert known.form.question(question.name) is question
    assert known.form.question("no such name") is None


def test_choices_keep_their_codes_and_both_languages():
    question = READING.form.question("home_area")
    assert question.choices[1] == Choice("419099005", {"zh": "石桥街道", "en": "Shiqiao"})
