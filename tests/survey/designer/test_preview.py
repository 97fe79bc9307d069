"""What a version looks like on a phone, and what stands beside its questions."""

import pytest

from analysis.study.checked import Faults
from analysis.study.plan_reader import read_plan
from survey.designer.differences import Mark, differences
from survey.designer.preview import languages_of, screens
from survey.designer.rules import settings_of
from survey.designer.uses import Use
from survey.designer.words import in_words
from survey.instrument.items import Choice, Group, Kind, Language, Question, Scale
from survey.instrument.questions import Form
from tests.survey.designer.forms import FIRST, Edited
from tests.survey.instrument.known_forms import HEAN

PLAN = read_plan((HEAN.path.parent / "study.toml").read_text(encoding="utf-8"), Faults())
UG = Language("ug", "ئۇيغۇرچە")
LANGUAGES = (Language("zh", "中文"), Language("en", "English"), UG)
SCALE = Scale("0", "10", "1")


def label(text):
    return {"zh": text, "en": f"{text} in English", "ug": f"{text} ئۇيغۇرچە"}


def asked(name, kind, **fields):
    return Question(name=name, kind=kind, label=label(name), **fields)


YES_NO = (Choice("1", label("是")), Choice("0", label("否")))
EVERY_KIND = [
    asked(kind.value, kind, choices=YES_NO if kind.has_choices else (), list_name="yn")
    for kind in Kind
    if kind not in {Kind.RANGE, Kind.CALCULATE}
] + [
    asked("range", Kind.RANGE, scale=SCALE),
    Question(name="calculate", kind=Kind.CALCULATE, calculation="1 + 1"),
]


def form_of(*items, languages=LANGUAGES):
    return Form("f", "1", "T", items, languages=languages)


def drawn(form, found=(), uses=()):
    """Language, name and what is drawn, of every item of every screen."""

    def flat(items):
        for one in items:
            yield one
            yield from flat(one.children)

    return [
        (phone.language.code, one.name, one)
        for screen in screens(form, PLAN, uses, found)
        for phone in screen.phones
        for one in flat(phone.items)
    ]


def notes(form, name, **options):
    """The rules beside a question on the first phone, in Chinese."""
    found = next(one for _, known, one in drawn(form, **options) if known == name)
    return {note.what[0]: note.words[0] if note.words else note.written for note in found.notes}


def test_every_page_is_drawn_in_every_language_of_the_form():
    form = form_of(
        *(Group(f"g{n}", label(f"组{n}"), None, (asked(f"q{n}", Kind.TEXT),)) for n in (1, 2))
    )
    found = screens(form, PLAN, (), ())
    assert [(screen.step, screen.steps) for screen in found] == [(1, 2), (2, 2)]
    assert [[phone.language.code for phone in screen.phones] for screen in found] == [
        ["zh", "en", "ug"]
    ] * 2


def test_every_kind_is_drawn_and_what_nobody_sees_stands_beside_it():
    everything = drawn(form_of(Group("g", label("组"), None, tuple(EVERY_KIND))))
    seen = {name: one.shown is not None for language, name, one in everything if language == "zh"}
    assert seen == {one.name: one.kind.is_shown for one in EVERY_KIND}


def test_no_control_has_the_name_of_another():
    names = [one.shown.name for _, _, one in drawn(form_of(*EVERY_KIND)) if one.shown]
    assert len(names) == len(set(names))
    assert all(":" in name for name in names)  # no question can be named so


def test_conditions_do_not_hide_a_question_and_are_said_beside_it():
    form = form_of(
        asked("a", Kind.SELECT_ONE, choices=YES_NO, list_name="yn"),
        asked("b", Kind.INTEGER, relevant="${a} = '1'", constraint=". < 9",
              constraint_message=label("太大"), required="${a} = '0'"),
    )  # fmt: skip
    assert notes(form, "b") == {
        "整数": "b",
        "显示条件": "a 是“是”",
        "必答条件": "a 是“否”",
        "限制": "答案 < 9",
        "不符时提示": "太大",
    }


def test_messages_are_in_the_language_of_the_phone():
    form = form_of(asked("a", Kind.INTEGER, constraint=". < 9", constraint_message=label("太大")))
    said = {
        language: [note.written for note in one.notes if note.what[0] == "不符时提示"]
        for language, _, one in drawn(form)
    }
    assert said == {"zh": ["太大"], "en": ["太大 in English"], "ug": ["太大 ئۇيغۇرچە"]}


def test_an_earlier_answer_is_a_mark_and_the_rest_of_the_text_is_no_markup():
    form = form_of(asked("a", Kind.TEXT), asked("b", Kind.NOTE), asked("c", Kind.TEXT))
    texts = {"zh": "<b>${a}</b> 您好", "en": "Dear ${a}", "ug": "${a}"}
    edited = Edited(form).question("b", label=texts, hint=texts).form
    (shown,) = [
        one.shown for language, name, one in drawn(edited) if (language, name) == ("zh", "b")
    ]
    assert shown.label["zh"].__html__() == "&lt;b&gt;<mark>a</mark>&lt;/b&gt; 您好"
    assert shown.hint["en"].__html__() == "Dear <mark>a</mark>"
    (plain,) = [
        one.shown for language, name, one in drawn(edited) if (language, name) == ("zh", "c")
    ]
    assert not hasattr(plain.label["zh"], "__html__")  # the template escapes it


def test_a_repeat_is_drawn_once_and_says_so():
    child = Group(
        "child", label("孩子"), None, (asked("age", Kind.INTEGER),), repeats=True, count="3"
    )
    form = form_of(Group("g", label("组"), None, (asked("a", Kind.TEXT), child)))
    everything = [name for language, name, _ in drawn(form) if language == "zh"]
    assert everything == ["a", "child", "age"]
    assert notes(form, "child")["重复"].startswith("这一组可以填写多次")
    assert notes(form, "child")["次数"] == "3"
    (age,) = [one for language, name, one in drawn(form) if (language, name) == ("zh", "age")]
    assert age.shown is not None


def test_a_repeat_that_is_a_page_is_drawn_too():
    form = form_of(Group("child", label("孩子"), None, (asked("age", Kind.INTEGER),), repeats=True))
    assert [name for language, name, _ in drawn(form) if language == "zh"] == ["age"]
    (screen,) = screens(form, PLAN, (), ())
    assert "重复" in {note.what[0] for note in screen.notes}


def test_what_differs_is_marked_where_it_stands():
    after = Edited().add("q15_open", "q16", Kind.TEXT).question("q5_overall", hint={"zh": "提示"})
    found = differences(FIRST, after.form)
    marks = {name: one.mark for _, name, one in drawn(after.form, found) if one.mark}
    assert marks == {"q16": Mark.ADDED, "q5_overall": Mark.CHANGED}


def test_what_uses_an_answer_is_said_beside_the_question():
    uses = (Use(("指标 AW", "indicator AW"), "q1_know"), Use(("加权 post", "post"), "q1_know"))
    assert notes(FIRST, "q1_know", uses=uses)["用于"] == "指标 AW、加权 post"


@pytest.mark.parametrize(
    ("form", "codes"),
    [
        (form_of(asked("a", Kind.TEXT)), ["zh", "en", "ug"]),
        (form_of(asked("a", Kind.TEXT), languages=(UG,)), ["ug"]),
        (form_of(asked("a", Kind.TEXT), languages=()), ["zh", "en"]),
        (Edited(form_of(asked("a", Kind.TEXT), languages=()))
         .question("a", label={"zh": "a", "en": "a"}).form, ["zh"]),
    ],
)  # fmt: skip
def test_the_languages_are_those_that_the_form_names_or_has(form, codes):
    assert [language.code for language in languages_of(form)] == codes


def test_the_platforms_words_are_english_on_an_english_phone_only():
    (screen,) = screens(form_of(asked("a", Kind.TEXT)), PLAN, (), ())
    assert [phone.t("下一步", "Continue") for phone in screen.phones] == [
        "下一步", "Continue", "下一步",
    ]  # fmt: skip


def test_settings_against_coaching_are_mentioned():
    text = (HEAN.path.parent / "study.toml").read_text(encoding="utf-8")
    rules = (
        'rotate = { choices = ["q4_support"], questions = ["g_main"], keep_last = ["9"] }\n'
        'overclaim = { question = "q3_station", item = "item", claims = ["1"], '
        'bank = ["a", "b"] }\n'
        'coached = { question = "q14_coach", yes = ["1"] }\nhidden_at_door'
    )
    plan = read_plan(text.replace("hidden_at_door", rules, 1), faults := Faults())
    assert not faults.problems
    said = {note.what[0]: (note.written, note.words[0]) for note in settings_of(plan)}
    assert said["选项顺序"] == ("q4_support", "对一半受访者倒序,代码 9 始终在最后")
    assert said["题组内顺序"][0] == "g_main"
    assert said["虚报题"] == ("q3_station, item", "从 2 个不存在的名称中随机抽一个填入")
    assert said["诱导题"][0] == "q14_coach"
    assert said["由本人填写"][0] == "q14_coach"


@pytest.mark.parametrize(
    ("expression", "zh", "en"),
    [
        ("${s1_age} != '0'", "s1_age 不是“不满 18 周岁”", "s1_age is not “Under 18”"),
        ("${q1_know} = '1' or ${q1_know} = '2'",
         "q1_know 是“知道” 或 q1_know 是“听说过”",
         "q1_know is “Yes, I know” or q1_know is “I have heard of it”"),
        ("${a} = '' and (${b} > 3 or ${b} <= 1)", "a 是 空 且 (b > 3 或 b ≤ 1)",
         "a is empty and (b > 3 or b ≤ 1)"),
        ("not(selected(${q12_join}, '0'))", "并非(q12_join 选了“都没有”)",
         "not (q12_join has “None”)"),
        ("string-length(.) <= 200", "答案的字数 ≤ 200", "the length of the answer ≤ 200"),
        ("count-selected(.) >= 1", "答案选中的个数 ≥ 1", "the number of choices of the answer ≥ 1"),
        ("${q1_know} = 1", "q1_know 是“知道”", "q1_know is “Yes, I know”"),
    ],
)  # fmt: skip
def test_simple_rules_are_said_in_words(expression, zh, en):
    assert in_words(expression, FIRST) == (zh, en)


def test_a_rule_speaks_of_the_choices_of_its_own_question():
    said = in_words("not(selected(., '9'))", FIRST, "q12_join")
    assert said[0] == "并非(答案 选了“说不清”)"


@pytest.mark.parametrize(
    "expression",
    ["if(${a} = 1, 2, 3)", "${a} + 1", "regex(., '^[0-9]+$')", "1 = 2 = 3", "../a", "((", "a and"],
)
def test_what_is_clearer_as_it_is_written_has_no_words(expression):
    assert in_words(expression, FIRST) is None
