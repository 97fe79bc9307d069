"""What the rows of a sheet become: languages, other, repeats, defaults, orders, piping."""

import json

import pytest

from survey.instrument.items import Choice, Group, Kind, Language, Scale
from survey.instrument.questions import Form
from tests.survey.instrument.workbooks import YES_NO, form, problems, read

HEAD = (
    "type",
    "name",
    "label",
    "relevant",
    "default",
    "parameters",
    "choice_filter",
    "calculation",
)


def row(kind, name=None, label=None, **cells):
    return (kind, name, label, *(cells.get(column) for column in HEAD[3:]))


@pytest.mark.parametrize(
    ("headers", "default", "codes"),
    [
        (["English (en)", "中文 (zh)"], None, ["en", "zh"]),
        (["English (en)", "中文 (zh)"], "中文 (zh)", ["zh", "en"]),
        (["Français (fr)", "维吾尔语", "Swahili"], None, ["fr", "ug", "sw"]),
        (["Klingon", "世界语"], None, ["x-klingon", "x-2"]),
        (["中文 (zh)", "繁體中文 (zh-Hant)"], None, ["zh", "zh-hant"]),
        (["French (fr)", "Français (fr)"], None, ["fr", "x-2"]),
        (["English (en)"], "Absent (xx)", ["en"]),
    ],
)
def test_languages_have_codes_and_the_default_comes_first(tmp_path, headers, default, codes):
    names = [f"label::{name}" for name in headers]
    settings = [("form_id", "default_language"), ("f", default)]
    survey = [("type", "name", *names), ("text", "a", *headers)]
    made = form(tmp_path, survey, choices=(), settings=settings)
    assert [language.code for language in made.languages] == codes
    assert sorted(language.name for language in made.languages) == sorted(headers)
    label = made.question("a").label
    assert {"zh", "en", *codes} == label.keys()
    for language in made.languages:
        assert label[language.code] == language.name


def test_languages_stand_in_the_order_of_all_headers_but_without_a_text_they_are_none(tmp_path):
    names = ("label::中文 (zh)", "label::French (fr)", "label::Klingon", "label::ug")
    survey = [("type", "name", *names, "hint::French (fr)"),
              ("text", "a", "问", None, None, "u", "indice")]  # fmt: skip
    made = form(tmp_path, survey, choices=())
    assert [language.code for language in made.languages] == ["zh", "fr", "ug"]


def test_a_form_without_named_languages_has_none(tmp_path):
    assert form(tmp_path, [HEAD, row("text", "a", "A")]).languages == ()


def test_unnamed_text_is_that_of_the_default_language(tmp_path):
    settings = [("form_id", "default_language"), ("f", "French (fr)")]
    survey = [("type", "name", "label", "label::中文 (zh)"), ("text", "a", "un", "一")]
    made = form(tmp_path, survey, settings=settings)
    assert made.languages == (Language("fr", "French (fr)"), Language("zh", "中文 (zh)"))
    assert made.question("a").label == {"zh": "一", "en": "un", "fr": "un"}


def test_some_languages_are_written_from_right_to_left():
    assert Language("ug", "").is_right_to_left
    assert not Language("zh", "").is_right_to_left


@pytest.mark.parametrize("written", ["select_one yn or_other", "select_multiple yn or_other"])
def test_or_other_adds_a_choice_and_a_question_for_it(tmp_path, written):
    made = form(tmp_path, [HEAD, row(written, "a", "A"), row("select_one yn", "b", "B")])
    question, other, plain = made.questions()
    assert question.codes == ("1", "0", "other")
    assert question.choices[-1].label == {"zh": "其他", "en": "Other"}
    assert (other.name, other.kind, other.relevant, other.row) == (
        "a_other",
        Kind.TEXT,
        "selected(${a}, 'other')",
        2,
    )
    assert plain.codes == ("1", "0")
    assert question.list_name != plain.list_name


def test_or_other_keeps_a_code_that_the_list_has(tmp_path):
    choices = [*YES_NO, ("yn", "other", "Something else")]
    made = form(tmp_path, [HEAD, row("select_one yn or_other", "a", "A")], choices=choices)
    assert made.question("a").codes == ("1", "0", "other")
    assert made.question("a").choices[-1].label["en"] == "Something else"
    assert made.question("a_other") is not None


def test_the_question_for_other_must_have_its_name_alone(tmp_path):
    survey = [HEAD, row("select_one yn or_other", "a", "A"), row("text", "a_other", "B")]
    assert problems(tmp_path, survey) == [(3, "name")]


def test_a_repeat_is_read_with_its_count(tmp_path):
    head = (*HEAD, "repeat_count")
    survey = [
        head,
        row("integer", "n", "N"),
        (*row("begin_repeat", "child", "Child", relevant="${n} > 0"), "${n}"),
        row("begin_group", "g", "G"),
        row("text", "name", "Name"),
        row("calculate", "inner", calculation="position(../..)"),
        row("end_group"),
        row("calculate", "place", calculation="position(..)"),
        row("end_repeat"),
        row("calculate", "children", calculation="count(${child}) + count-non-empty(${name})"),
    ]
    repeat = form(tmp_path, survey).children[1]
    assert isinstance(repeat, Group)
    assert (repeat.repeats, repeat.count, repeat.relevant) == (True, "${n}", "${n} > 0")
    assert [child.name for child in repeat.children] == ["g", "place"]
    assert not repeat.children[0].repeats


def test_a_count_is_for_repeats_only_and_may_not_read_what_is_repeated(tmp_path):
    head = (*HEAD, "repeat_count")
    survey = [
        head,
        (*row("begin_group", "g", "G"), "2"),
        row("text", "a", "A"),
        row("end_group"),
    ]
    assert problems(tmp_path, survey) == [(2, "repeat_count")]
    survey = [
        head,
        (*row("begin_repeat", "r", "R"), "${a}"),
        row("integer", "a", "A"),
        row("end_repeat"),
    ]
    made, found = read(tmp_path, survey)
    assert made is None
    assert "r → a → r" in found[0].found


def test_defaults_are_constants_or_computed(tmp_path):
    made = form(
        tmp_path,
        [
            HEAD,
            row("date", "a", "A", default="2026-03-05"),
            row("date", "b", "B", default="today()"),
            row("text", "c", "C", default="a plain text"),
            row("text", "d", "D", default="concat(${c}, '!')"),
            row("integer", "e", "E", default="1 + 1"),
            row("select_multiple yn", "f", "F", default="0 1"),
            row("geopoint", "g", "G", default="-1.5 -2 0 0"),
        ],
    )
    assert [(one.default, one.default_expression) for one in made.questions()] == [
        ("2026-03-05", None),
        (None, "today()"),
        ("a plain text", None),
        (None, "concat(${c}, '!')"),
        (None, "1 + 1"),
        ("0 1", None),
        ("-1.5 -2 0 0", None),
    ]


def test_parameters_say_the_order_and_the_scale(tmp_path):
    made = form(
        tmp_path,
        [
            HEAD,
            row("select_one yn", "a", "A", parameters="randomize=true"),
            row("rank yn", "b", "B", parameters="Randomize = true; seed=${n}"),
            row("select_one yn", "c", "C", parameters="randomize=false"),
            row("integer", "n", "N"),
            row("range", "r", "R"),
            row("range", "s", "S", parameters="start=-1,end=1,step=0.5 tick_interval=0.5"),
            row("text", "t", "T", parameters="rows=4"),
            row("image", "i", "I", parameters="max-pixels=640"),
        ],
    )
    orders = [(one.randomize, one.seed) for one in made.questions()][:3]
    assert orders == [(True, None), (True, "${n}"), (False, None)]
    assert made.question("r").scale == Scale("1", "10", "1")
    assert made.question("s").scale == Scale("-1", "1", "0.5")


def test_columns_of_the_choices_are_kept_for_filters(tmp_path):
    choices = [("list_name", "name", "label", "county", "area code"), ("t", "1", "One", "e", "7")]
    survey = [HEAD, row("select_one t", "a", "A", choice_filter="county = 'e' or name = ${b}")]
    made = form(tmp_path, [*survey, row("text", "b", "B")], choices=choices)
    assert made.question("a").choices == (
        Choice("1", {"zh": "One", "en": "One"}, {"county": "e", "area code": "7"}),
    )


def test_a_computed_answer_is_read_only(tmp_path):
    made = form(tmp_path, [HEAD, row("integer", "a", "A", calculation="1 + 1")])
    assert made.question("a").read_only


def test_texts_may_show_answers_of_their_own_repeat_and_of_none(tmp_path):
    head = (*HEAD, "hint", "constraint", "constraint_message")
    survey = [
        head,
        row("text", "who", "Who?"),
        row("begin_repeat", "child", "Child ${name}"),
        row("text", "name", "Name, ${who}?"),
        (*row("text", "more", "More of ${name}"), "As ${who}", ". != ''", "No, ${name}"),
        row("end_repeat"),
        row("note", "bye", "Bye, ${who}"),
    ]
    assert form(tmp_path, survey)
    outside = [*survey, row("note", "wrong", "Bye, ${name}")]
    assert problems(tmp_path, outside) == [(8, "label")]
    other = [
        *survey,
        row("begin_repeat", "pet", "Pet"),
        row("text", "wrong", "${name}"),
        row("end_repeat"),
    ]
    assert problems(tmp_path, other) == [(9, "label")]
    assert problems(tmp_path, [*survey, row("note", "wrong", "${child}")]) == [(8, "label")]


def test_a_choice_that_shows_what_it_cannot_is_named_with_its_own_row(tmp_path):
    choices = [*YES_NO, ("yn", "2", "As ${name}"), ("yn", "3", "As ${nobody}"), ("yn", "4", "${")]
    survey = [
        HEAD,
        row("begin_repeat", "child", "Child"),
        row("text", "name", "Name"),
        row("end_repeat"),
        row("select_one yn", "a", "A"),
        row("select_one yn", "b", "B"),
    ]
    made, found = read(tmp_path, survey, choices=choices)
    assert made is None
    places = [(problem.file.partition(":")[2], problem.row, problem.column) for problem in found]
    assert places == [("choices", 4, "label"), ("choices", 5, "label"), ("choices", 6, "label")]
    inside = [HEAD, *survey[1:3], row("select_one yn", "a", "A"), survey[3]]
    assert form(tmp_path, inside, choices=choices[:4])


def test_pictures_of_choices_are_refused_where_the_list_is_used(tmp_path):
    choices = [("list_name", "name", "label", "image"), ("c", "1", "One", "a.png")]
    choices += [("yn", "1", "Yes", None)]
    survey = [HEAD, row("select_one yn", "a", "A")]
    assert form(tmp_path, survey, choices=choices)
    made, found = read(tmp_path, [*survey, row("select_one c", "b", "B")], choices=choices)
    assert made is None
    assert [(problem.row, problem.column) for problem in found] == [(2, "media::image")]


@pytest.mark.parametrize(("column", "value"), [("public_key", "MIIB"), ("add_none_option", "yes")])
def test_settings_that_change_what_is_stored_are_refused(tmp_path, column, value):
    survey = [HEAD, row("text", "a", "A")]
    made, found = read(tmp_path, survey, settings=[("form_id", column), ("f", value)])
    assert made is None
    assert [(one.file, one.column) for one in found] == [("questionnaire.xlsx:settings", column)]


def test_everything_survives_the_trip_through_json(tmp_path):
    head = (*HEAD, "repeat_count", "read_only")
    survey = [
        head,
        row("select_one yn", "a", "A", parameters="randomize=true seed=3", choice_filter="name=1"),
        row("range", "r", "R", default="1 + 1"),
        (*row("begin_repeat", "child", "Child"), "2", None),
        (*row("text", "t", "T"), None, "yes"),
        row("end_repeat"),
    ]
    choices = [
        ("list_name", "name", "label", "x"),
        ("yn", "1", "Yes", "e"),
        ("yn", "0", "No", None),
    ]
    made = form(tmp_path, survey, choices=choices)
    stored = json.loads(json.dumps(made.to_json(), ensure_ascii=False))
    assert Form.from_json(stored) == made
    assert Form.from_json(stored).rules == made.rules


def test_what_an_older_version_stored_is_read_with_defaults():
    question = {
        "name": "a",
        "kind": "select_one",
        "label": {"zh": "问", "en": "Q"},
        "hint": {},
        "choices": [{"code": "1", "label": {"zh": "是", "en": "Yes"}}],
        "required": "true()",
        "required_message": {},
        "relevant": None,
        "constraint": None,
        "constraint_message": {},
        "calculation": None,
        "appearance": "",
        "default": None,
        "row": 3,
    }
    group = {"name": "g", "label": {}, "relevant": None, "row": 2, "children": [question]}
    stored = {"form_id": "f", "version": "1", "title": "F", "root": "data", "children": [group]}
    made = Form.from_json(stored)
    assert made.languages == ()
    assert not made.children[0].repeats
    read_again = made.question("a")
    assert (read_again.randomize, read_again.read_only, read_again.choice_filter) == (
        False,
        False,
        None,
    )
    assert read_again.choices == (Choice("1", {"zh": "是", "en": "Yes"}),)
    assert Form.from_json(made.to_json()) == made
