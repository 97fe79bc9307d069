"""A form written as an XLSForm: pyxform accepts it, reading it gives the same form back."""

import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from survey.instrument.items import Choice, Group, Kind, Language, Question, Scale
from survey.instrument.languages import Languages
from survey.instrument.questions import Form
from survey.instrument.writing import write_xlsform
from survey.instrument.xlsform import read_xlsform_bytes
from tests.survey.instrument.known_forms import FORMS
from tests.survey.instrument.workbooks import YES_NO, form

NAMES = ("中文 (zh)", "English (en)", "French (fr)", "ئۇيغۇرچە (ug)")


def without_rows(made):
    def of(item):
        children = {"children": tuple(map(of, item.children))} if isinstance(item, Group) else {}
        return replace(item, row=0, **children)

    return replace(made, children=tuple(map(of, made.children)))


def again(made):
    """What reading gives; it asks pyxform too."""
    read, problems = read_xlsform_bytes("q.xlsx", write_xlsform(made))
    assert problems == []
    return without_rows(read)


@pytest.mark.parametrize("known", FORMS.values(), ids=FORMS)
def test_the_known_forms_come_back(known):
    assert again(known.form) == without_rows(known.form)


def test_everything_that_a_sheet_may_hold_comes_back(tmp_path):
    head = (
        *("type", "name", "label::中文 (zh)", "label::English (en)", "label::ئۇيغۇرچە (ug)"),
        *("hint::English (en)", "relevant", "constraint", "constraint_message::中文 (zh)"),
        *("required", "required_message::English (en)", "calculation", "choice_filter"),
        *("default", "read_only", "appearance", "parameters", "repeat_count"),
    )

    def row(kind, name="", zh=None, en=None, ug=None, **cells):
        given_ = {"type": kind, "name": name, head[2]: zh, head[3]: en, head[4]: ug} | cells
        return [given_.get(column) for column in head]

    survey = [
        head,
        row("start", "began"),
        row("today", "day"),
        row("hidden", "code", default="k1"),
        row("note", None, "您好 ${code}", "Hello ${code}"),
        row("begin_group", "g", "组", "Group", appearance="field-list", relevant="${code} != ''"),
        row("select_one c or_other", "fruit", "水果", "Fruit", "مېۋە", required="yes"),
        row("select_multiple c", "more", "更多", parameters="randomize=true seed=7"),
        row("rank c", "best", "排序", "Rank", parameters="randomize=true seed=${n}"),
        row("select_one t", "town", "乡镇", "Town", choice_filter="county = ${fruit}"),
        row("end_group"),
        row("integer", "n", "数", "N", default="1 + 1", **{head[5]: "a hint"}),
        row("range", "r", "刻度", "Scale", parameters="start=0 end=5 step=0.5", default="2.5"),
        row("decimal", "twice", "两倍", "Twice", calculation="${n} * 2"),
        row("date", "d", "日期", "Date", default="today()"),
        row("time", "t", "时间", "Time", default="09:30"),
        row("acknowledge", "ok", "知道了", "OK", required="${n} > 1", **{head[10]: "Confirm"}),
        row("geopoint", "place", "位置", "Place"),
        row("image", "photo", "照片", "Photo"),
        row("begin_repeat", "child", "孩子", "Child", repeat_count="${n}"),
        row("text", "name", "姓名", "Name", constraint=". != '=1'", **{head[8]: "=不对"}),
        row("text", "said", "${name} 说", "${name} said", read_only="yes", default="@x"),
        row("end_repeat"),
        row("calculate", "sum", calculation="count(${child})"),
        row("end", "ended"),
    ]
    choices = [
        ("list_name", "name", "label::中文 (zh)", "label::English (en)", "county"),
        ("c", "=1+1", "=公式", "+1"),
        ("c", "#N/A", "-减", "@at"),
        ("c", "3", "3", "3"),
        ("t", "t1", "东", "East", "3"),
        ("t", "t0", None, None, "3"),
        ("t", "t2", "西 ${fruit}", "West", "=1+1"),
    ]
    settings_ = [
        ("form_title", "form_id", "version", "default_language", "name"),
        ("题目", "id-1", "2026-01", "中文 (zh)", "root"),
    ]
    made = _read(survey, choices, settings_)
    assert again(made) == without_rows(made)
    assert made.question("fruit").codes == ("=1+1", "#N/A", "3", "other")
    assert made.root == "root"
    assert [one.code for one in made.languages] == ["zh", "en", "ug"]


def _read(survey, choices, settings_):
    """Through strings alone, so that no cell of the source is a formula."""
    book = write_xlsform(Form("f", "1", "F", (Question("x", Kind.TEXT, {"zh": "x", "en": "x"}),)))
    made = load_workbook(io.BytesIO(book))
    made.remove(made["survey"])
    made.remove(made["settings"])
    for title, rows in (("survey", survey), ("choices", choices), ("settings", settings_)):
        sheet = made.create_sheet(title)
        for number, row in enumerate(rows, start=1):
            for place, text in enumerate(row, start=1):
                if text is not None:
                    sheet.cell(number, place, text).data_type = "s"
    target = io.BytesIO()
    made.save(target)
    form_, problems = read_xlsform_bytes("q.xlsx", target.getvalue())
    assert problems == []
    return form_


def test_no_cell_is_a_formula_or_anything_but_text():
    texts = ("=1+1", "+1", "-1", "@x", "#N/A", "TRUE", "1", "2026-01-01", "=HYPERLINK(1)")
    questions = tuple(
        Question(f"q{n}", Kind.TEXT, {"zh": text, "en": text}, default=text)
        for n, text in enumerate(texts)
    )
    book = load_workbook(io.BytesIO(write_xlsform(Form("=1", "@1", "=t", questions))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {"=1+1", "#N/A", "1", "=t"} <= {cell.value for cell in cells}


def test_a_character_that_no_workbook_takes_is_left_out():
    question = Question("q", Kind.TEXT, {"zh": "a\x00b\x1b", "en": "a\x00b\x1b"})
    made = again(Form("f", "1", "F", (question,)))
    assert made.question("q").label["zh"] == "ab"


def test_a_form_that_was_stored_without_languages_keeps_both_texts():
    label = {"zh": "问", "en": "Ask"}
    made = again(Form("f", "1", "F", (Question("q", Kind.TEXT, label),)))
    assert made.question("q").label == label
    assert [one.code for one in made.languages] == ["zh", "en"]


@pytest.mark.parametrize(
    "header",
    [
        ("label",),
        ("label::English (en)",),
        ("label::French (fr)", "label"),
        ("label::French (fr)", "label::中文 (zh)"),
        ("label", "label::中文 (zh)", "label::French (fr)"),
        ("label:English", "label:Kiswahili"),
        ("label::fr-CA", "label::fr-FR", "label::Klingon"),
    ],
    ids=" ".join,
)
def test_any_mixture_of_named_and_unnamed_texts_comes_back(tmp_path, header):
    width = len(header)
    rows = [
        ("text", f"q{bits}", *(f"t{n}" if bits >> n & 1 else None for n in range(width)))
        for bits in range(1, 2**width)
    ]
    survey = [("type", "name", *header), *rows, ("select_one yn or_other", "s", *header)]
    made = form(tmp_path, survey, choices=YES_NO)
    assert again(made) == without_rows(made)


_WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S"), exclude_characters="$"),
    min_size=1,
    max_size=12,
)
_LANGUAGES = st.lists(st.sampled_from(NAMES), unique=True, max_size=4)


@st.composite
def labels(draw, names):
    texts = draw(st.dictionaries(st.sampled_from(names or ("",)), _WORDS, min_size=1))
    return Languages(names, "").label(texts)


@st.composite
def forms(draw):
    names = draw(_LANGUAGES)
    languages = tuple(Languages(names, "").found)
    label = labels(names)
    codes = draw(st.lists(st.from_regex(r"[A-Za-z0-9=+@-]{1,6}", fullmatch=True), min_size=1,
                          max_size=5, unique=True))  # fmt: skip
    choices = tuple(
        Choice(code, draw(label), draw(st.dictionaries(st.just("county"), _WORDS)))
        for code in codes
    )
    used = iter(range(100))

    def question():
        kind = draw(st.sampled_from([*Kind]))
        options = {}
        if kind.has_choices:
            options |= {"choices": choices, "list_name": "c", "randomize": draw(st.booleans())}
            options |= {"choice_filter": draw(st.sampled_from([None, "name != 'x'"]))}
        if kind is Kind.RANGE:
            options |= {
                "scale": draw(st.sampled_from([Scale("1", "5", "1"), Scale("0", "-1", "0.5")]))
            }
        if kind is Kind.CALCULATE:
            options |= {"calculation": "1 + 1"}
        elif kind is Kind.TEXT:
            options |= {
                "read_only": draw(st.booleans()),
                "default": draw(st.none() | st.just("=x")),
            }
        return Question(
            f"q{next(used)}",
            kind,
            draw(label) if kind.is_shown else {},
            hint=draw(st.just({}) | label),
            relevant=draw(st.sampled_from([None, "today() > '2020-01-01'", "=1".replace("=", "")])),
            required=draw(st.sampled_from([None, "true()", "1 = 1"])) if kind.is_answered else None,
            constraint=draw(st.sampled_from([None, ". != 'no'"])) if kind.is_answered else None,
            constraint_message=draw(st.just({}) | label),
            appearance=draw(st.sampled_from(["", "minimal"])),
            **options,
        )

    def items(depth):
        return tuple(
            Group(
                f"g{next(used)}",
                draw(label),
                children=items(depth + 1),
                repeats=depth == 0 and draw(st.booleans()),
                relevant=draw(st.sampled_from([None, "1 = 1"])),
            )
            if depth < 2 and draw(st.integers(0, 3)) == 0
            else question()
            for _ in range(draw(st.integers(1, 3)))
        )

    first = Question("first", Kind.TEXT, draw(label))
    return Form(draw(_WORDS), draw(_WORDS), draw(_WORDS), (first, *items(0)), languages=languages)


@given(forms())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_form_comes_back(made):
    found = again(made)
    if found.languages != made.languages:  # a language in which there is no text is none
        kept = [one for one in made.languages if one in found.languages]
        assert list(found.languages) == kept
        return
    assert found == without_rows(made)


def test_languages_keep_their_order_where_one_stands_in_the_choices_alone():
    languages = tuple(Language(name[-3:-1], name) for name in (NAMES[0], *NAMES[2:]))
    choices = (Choice("1", {"zh": "一", "en": "一", "fr": "un"}),)
    label = {"zh": "问", "en": "问", "ug": "u"}
    question = Question("q", Kind.SELECT_ONE, label, choices=choices, list_name="c")
    made = Form("f", "1", "F", (question,), languages=languages)
    assert again(made) == made


def test_a_language_keeps_its_name_and_its_place():
    languages = (Language("fr", "Français (fr)"), Language("zh", "汉语"))
    question = Question("q", Kind.TEXT, {"zh": "问", "en": "问", "fr": "quoi"})
    made = again(Form("f", "1", "F", (question,), languages=languages))
    assert made.languages == languages
