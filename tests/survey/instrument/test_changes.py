"""Two versions of a form: what came, went, was renamed, reworded or asked in another way."""

from dataclasses import replace

from survey.instrument.changes import ChoiceChange, KindChange, LabelChange, RuleChange, changes
from survey.instrument.items import Choice, Group, Kind, Language, Question
from survey.instrument.questions import Form
from tests.survey.instrument.known_forms import HEAN, READING


def label(text):
    return {"zh": text, "en": text}


def choices(*codes):
    return tuple(Choice(code, label(f"label {code}")) for code in codes)


KNOW = Question("know", Kind.SELECT_ONE, label("know?"), choices=choices("1", "2", "9"))
WHY = Question("why", Kind.TEXT, label("why?"), relevant="${know} = '1'")
AGE = Question("age", Kind.INTEGER, label("age?"))


def form(*children, **options):
    return Form("f", "1", "F", children, **options)


OLD = form(Group("g", label("group"), children=(KNOW, WHY)), AGE)


def with_(*, know=KNOW, why=WHY, age=AGE):
    return form(Group("g", label("group"), children=(know, why)), age)


def test_a_version_that_is_the_same_changes_nothing():
    for made in (OLD, HEAN.form, READING.form):
        assert changes(made, made).is_empty
        assert changes(made, Form.from_json(made.to_json())).is_empty
    moved = form(AGE, Group("g", label("group"), children=(replace(KNOW, row=9), WHY)))
    assert changes(OLD, moved).is_empty  # a page may stand elsewhere


def test_what_came_and_went_is_named_in_order():
    new = Question("new", Kind.NOTE, label("new"))
    found = changes(OLD, form(new, KNOW))
    assert (found.added, found.removed, dict(found.renamed)) == (("new",), ("why", "age"), {})
    assert found.lost == ("why", "age")
    assert not found.is_empty


def test_a_question_with_another_name_alone_is_renamed():
    found = changes(OLD, with_(age=replace(AGE, name="years")))
    assert (found.added, found.removed, dict(found.renamed)) == ((), (), {"age": "years"})
    assert found.lost == ("age",)
    reworded = replace(AGE, name="years", label=label("how old?"))
    found = changes(OLD, with_(age=reworded))
    assert (found.added, found.removed, dict(found.renamed)) == (("years",), ("age",), {})


def test_two_that_could_be_the_one_are_no_renaming():
    twice = form(KNOW, WHY, replace(AGE, name="a"), replace(AGE, name="b"))
    found = changes(OLD, twice)
    assert (found.added, found.removed) == (("a", "b"), ("age",))


def test_codes_and_their_labels_are_compared():
    more = replace(KNOW, choices=(*choices("2", "1"), Choice("3", label("x"))))
    assert changes(OLD, with_(know=more)).choices == (
        ChoiceChange("know", added=("3",), removed=("9",), moved=False),
    )
    turned = replace(KNOW, choices=choices("9", "2", "1"))
    found = changes(OLD, with_(know=turned))
    assert found.choices == (ChoiceChange("know", (), (), moved=True),)
    assert found.labels == ()
    said = replace(KNOW, choices=(Choice("1", label("yes")), *choices("2", "9")))
    found = changes(OLD, with_(know=said))
    assert found.choices == ()
    assert found.labels == (LabelChange("know", "1", label("label 1"), label("yes")),)


def test_wording_kind_and_rules_are_compared():
    new = replace(WHY, label=label("because?"), relevant=None, required="true()")
    number = replace(AGE, kind=Kind.SELECT_ONE, choices=choices("1"))
    found = changes(OLD, with_(why=new, age=number))
    assert found.labels == (LabelChange("why", "", label("why?"), label("because?")),)
    assert found.kinds == (KindChange("age", Kind.INTEGER, Kind.SELECT_ONE),)
    assert found.rules == (
        RuleChange("why", "required", None, "true()"),
        RuleChange("why", "relevant", "${know} = '1'", None),
    )


def test_a_group_that_becomes_a_repeat_moves_its_questions():
    new = form(Group("g", label("group"), children=(KNOW, WHY), repeats=True, count="2"), AGE)
    found = changes(OLD, new)
    assert found.moved == ("know", "why")
    assert found.rules == (
        RuleChange("g", "repeats", False, True),
        RuleChange("g", "count", None, "2"),
    )
    assert (found.added, found.removed) == ((), ())


def test_languages_are_compared_by_their_codes():
    one = form(AGE, languages=(Language("zh", "中文 (zh)"), Language("fr", "French")))
    two = form(AGE, languages=(Language("ug", "维语"), Language("zh", "Chinese (zh)")))
    found = changes(one, two)
    assert (found.languages_added, found.languages_removed) == (("维语",), ("French",))
