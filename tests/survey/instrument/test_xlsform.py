"""Reading workbooks: forms of different make, every problem with its row, hostile files."""

import io
import random
import struct
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from survey.instrument.items import Group, Kind
from survey.instrument.languages import recognised
from survey.instrument.xlsform import read_xlsform
from tests.forms.make_reading import build
from tests.survey.instrument.known_forms import HEAN, READING, ROOT
from tests.survey.instrument.workbooks import form, problems, read, write

INCOMPRESSIBLE = random.Random(1).randbytes(1_000_000)
HEAD = ("type", "name", "label", "relevant", "constraint", "required", "calculation")


def test_the_forms_of_all_studies_are_read():
    for path in [*ROOT.glob("examples/*/questionnaire.xlsx"), HEAN.path, READING.path]:
        made, found = read_xlsform(path)
        assert found == []
        assert made is not None


def test_the_committed_second_form_is_what_its_script_writes(tmp_path):
    build(tmp_path / "reading.xlsx")
    made, _ = read_xlsform(tmp_path / "reading.xlsx")
    assert made == READING.form


def test_a_form_keeps_its_identity_and_its_rows():
    hean = HEAN.form
    assert (hean.form_id, hean.version) == ("hean_civil_v1", "20260101")
    assert hean.title == "和安市创建全国文明城市居民问卷(演示)"
    assert [child.name for child in hean.children[-3:]] == ["g_intro", "g_screen", "g_main"]
    consent = hean.question("s0_consent")
    assert (consent.row, consent.kind, consent.required) == (8, Kind.SELECT_ONE, "true()")
    assert hean.question("q15_open").appearance == "multiline"


def test_groups_nest_as_in_the_sheet():
    reading = READING.form.children[4]
    borrowing = reading.children[1]
    keen = borrowing.children[1]
    assert isinstance(keen, Group)
    assert (keen.name, keen.relevant) == ("keen", "${books_month} >= 10")
    assert [child.name for child in keen.children] == ["why_many"]


@pytest.mark.parametrize(
    ("name", "language"),
    [
        *(("中文 (zh)", "zh"), ("zh", "zh"), ("zh-CN", "zh"), ("zh_Hans", "zh"), ("chinese", "zh")),
        *(
            ("简体中文", "zh"),
            ("Chinese (Simplified)", "zh"),
            ("汉语", "zh"),
            ("中文(zh-Hans)", "zh"),
        ),
        *(("English (en)", "en"), ("english", "en"), ("en-GB", "en"), ("英文", "en"), ("EN", "en")),
        *(("French (fr)", None), ("default", None), ("", None), ("swahili", None)),
    ],
)
def test_languages_are_recognised_by_their_names(name, language):
    assert recognised(name) == language


def test_one_unnamed_language_serves_both(tmp_path):
    made = form(tmp_path, [("type", "name", "label"), ("select_one yn", "a", "Well?")])
    assert made.question("a").label == {"zh": "Well?", "en": "Well?"}
    assert made.question("a").choices[0].label == {"zh": "Yes", "en": "Yes"}
    assert made.form_id == "questionnaire"


def test_a_text_that_one_language_lacks_is_taken_from_the_other(tmp_path):
    made = form(
        tmp_path,
        [
            ("type", "name", "label::English (en)", "label::中文 (zh)", "label::French (fr)"),
            ("text", "a", "one", None, "un"),
            ("text", "b", None, "二", None),
            ("text", "c", None, None, "trois"),
        ],
    )
    assert [dict(question.label) for question in made.questions()] == [
        {"zh": "one", "en": "one", "fr": "un"},
        {"zh": "二", "en": "二"},
        {"zh": "trois", "en": "trois", "fr": "trois"},
    ]


def test_text_without_a_language_goes_before_the_other_language(tmp_path):
    head = ("type", "name", "label", "label::中文 (zh)", "label::French (fr)")
    made = form(tmp_path, [head, ("text", "a", "one", "一", "un")])
    assert made.question("a").label == {"zh": "一", "en": "one", "fr": "un"}


def test_texts_are_shown_as_they_were_written(tmp_path):
    made = form(tmp_path, [("type", "name", "label"), ("text", "a", "“都没有”  <b>")])
    assert made.question("a").label["zh"] == "“都没有”  <b>"


def test_required_may_be_yes_no_or_an_expression(tmp_path):
    rows = [
        ("text", name, name, None, None, word)
        for name, word in zip("abcd", ("yes", "no", "TRUE", None), strict=True)
    ]
    made = form(tmp_path, [HEAD, *rows, ("text", "e", "e", None, None, "${a} = 'x'")])
    assert [question.required for question in made.questions()] == [
        "true()",
        None,
        "true()",
        None,
        "${a} = 'x'",
    ]


def test_older_spellings_and_empty_rows_are_read(tmp_path):
    made = form(
        tmp_path,
        [
            ("Type", "Name", "Label", "Relevance"),
            (),
            ("begin group", "g", "G"),
            ("select one yn", "a", "A"),
            (),
            (),
            ("int", "b", "B", "${a} = '1'"),
            ("end group",),
        ],
    )
    assert [(question.kind, question.row) for question in made.questions()] == [
        (Kind.SELECT_ONE, 4),
        (Kind.INTEGER, 7),
    ]
    assert made.question("b").relevant == "${a} = '1'"


def test_unsupported_types_are_refused_by_name_and_row_all_at_once(tmp_path):
    kinds = (
        *("audio", "video", "file", "barcode", "geotrace", "geoshape", "datetime", "audit"),
        *("phonenumber", "username", "email", "deviceid", "simserial", "xml-external"),
        *("select_one_from_file a.csv", "select_one_external yn", "select_one ${t}", "nonsense"),
    )
    rows = [(kind, f"n{number}", "x") for number, kind in enumerate(kinds)]
    made, found = read(tmp_path, [("type", "name", "label"), *rows, ("text", "t", "x")])
    assert made is None
    assert [problem.row for problem in found] == list(range(2, 2 + len(kinds)))
    for number, (problem, kind) in enumerate(zip(found, kinds, strict=True)):
        assert problem.file == "questionnaire.xlsx:survey"
        assert problem.column == "type"
        assert problem.found == f"n{number}: {kind}"
        assert "supported types: select_one, select_multiple" in problem.expected_en
    reasons = [problem.expected_en.partition(";")[0] for problem in found]
    assert reasons[8] == reasons[9] == reasons[10] == "not collected: says who answers"
    assert reasons[-1] == "there is no such type"
    assert "there is no such type" not in reasons[:-1]


def test_a_repeat_in_a_repeat_and_a_loop_are_refused_and_their_ends_still_match(tmp_path):
    survey = [
        ("type", "name", "label"),
        ("begin_repeat", "r", "R"),
        ("begin_group", "g", "G"),
        ("begin_repeat", "inner", "I"),
        ("text", "a", "A"),
        ("end_repeat",),
        ("end_group",),
        ("end_repeat",),
        ("begin loop over yn", "l", "L"),
        ("text", "b", "B"),
        ("end loop",),
    ]
    assert problems(tmp_path, survey) == [(4, "type"), (9, "type")]


def test_all_problems_of_the_expressions_are_told_at_once(tmp_path):
    survey = [
        HEAD,
        ("text", "a", "A", "${b} =", None, None),
        (),
        ("text", "b", "B", None, "nonsense(.)", "${nobody} = 1"),
        ("calculate", "c", None, None, None, None, "../a + 1 +"),
        ("text", "d", "D", "/data/nowhere = 1", None, None),
        ("text", "e", "E", "${a} = “x”"),
    ]
    made, found = read(tmp_path, survey)
    assert made is None
    assert [(problem.row, problem.column) for problem in found] == [
        (2, "relevant"),
        (4, "constraint"),
        (4, "required"),
        (5, "calculation"),
        (6, "relevant"),
        (7, "relevant"),
    ]
    assert found[0].expected_en.startswith("character 7: ")
    assert found[0].expected_zh.startswith("第 7 个字符:")
    assert "${nobody}" in found[2].found


def test_a_reference_to_a_refused_row_is_no_second_problem(tmp_path):
    survey = [HEAD, ("barcode", "place", "P"), ("text", "a", "A ${place}", "${place} != ''")]
    assert problems(tmp_path, survey) == [(2, "type")]


def test_rules_in_a_circle_are_refused(tmp_path):
    survey = [
        HEAD,
        ("begin_group", "g", "G", "${b} = 1"),
        ("text", "a", "A"),
        ("end_group",),
        ("calculate", "b", None, None, None, None, "string-length(${a})"),
    ]
    made, found = read(tmp_path, survey)
    assert made is None
    assert [(problem.row, problem.column) for problem in found] == [(2, "relevant")]
    assert "g → b → a → g" in found[0].found


def test_a_condition_on_the_question_itself_is_a_circle(tmp_path):
    survey = [HEAD, ("text", "a", "A", "${a} = 1"), ("text", "b", "B", ". = 1")]
    made, found = read(tmp_path, survey)
    assert made is None
    assert [problem.found for problem in found] == ["a → a", "b → b"]


def test_a_question_may_read_itself_in_its_constraint(tmp_path):
    survey = [HEAD, ("integer", "a", "A", None, "${a} > 1 and ../a < 9 and . != 5")]
    assert form(tmp_path, survey).question("a").constraint is not None


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"type": "select_one none_such"}, "type"),
        ({"type": "rank yn or_other"}, "type"),
        ({"type": "select_one_from_file a.csv"}, "type"),
        ({"type": "text", "name": "1a"}, "name"),
        ({"type": "text", "name": "a b"}, "name"),
        ({"type": "text", "name": None}, "name"),
        ({"type": None}, "type"),
        ({"type": "text", "label": None}, "label"),
        ({"type": "text", "label": "Dear ${nobody}"}, "label"),
        ({"type": "text", "label": "Dear ${other"}, "label"),
        ({"type": "text", "label": "Dear ${last-saved#other}"}, "label"),
        ({"type": "text", "hint": "as ${nobody}"}, "hint"),
        ({"type": "text", "constraint": "1", "constraint_message": "${no}"}, "constraint_message"),
        ({"type": "note", "calculation": "1 + 1"}, "calculation"),
        ({"type": "calculate", "calculation": None}, "calculation"),
        ({"type": "select_one yn", "choice_filter": "x = 1"}, "choice_filter"),
        ({"type": "select_one yn", "choice_filter": "../other = name"}, "choice_filter"),
        ({"type": "select_one yn", "choice_filter": "name = ${nobody}"}, "choice_filter"),
        ({"type": "select_one yn", "choice_filter": "name = /data/nobody"}, "choice_filter"),
        ({"type": "select_one yn", "choice_filter": "name ="}, "choice_filter"),
        ({"type": "select_one yn or_other", "choice_filter": "name = 1"}, "choice_filter"),
        ({"type": "text", "choice_filter": "name = 1"}, "choice_filter"),
        ({"type": "select_one yn", "parameters": "randomize=maybe"}, "parameters"),
        ({"type": "select_one yn", "parameters": "randomize"}, "parameters"),
        ({"type": "select_one yn", "parameters": "seed=1"}, "parameters"),
        ({"type": "select_one yn", "parameters": "randomize=true seed=x"}, "parameters"),
        ({"type": "select_one yn", "parameters": "randomize=true seed=${no}"}, "parameters"),
        ({"type": "date", "parameters": "start=1"}, "parameters"),
        ({"type": "range", "parameters": "start=0 end=x"}, "parameters"),
        ({"type": "range", "parameters": "start=0 end=5 step=6"}, "parameters"),
        ({"type": "range", "parameters": "start=0 end=5 step=0"}, "parameters"),
        ({"type": "range", "parameters": "start=0 end=5 step=0.001"}, "parameters"),
        ({"type": "select_one yn", "default": "7"}, "default"),
        ({"type": "date", "default": "today("}, "default"),
        ({"type": "text", "default": "${nobody}"}, "default"),
        ({"type": "time", "default": "25:00"}, "default"),
        ({"type": "range", "default": "11"}, "default"),
        ({"type": "note", "default": "1"}, "default"),
        ({"type": "integer", "default": "many"}, "default"),
        ({"type": "text", "read_only": "${other} = 1"}, "read_only"),
        ({"type": "text", "media::image": "a.png"}, "media::image"),
        ({"type": "text", "trigger": "${other}"}, "trigger"),
        ({"type": "text", "bind::type": "int"}, "bind::type"),
        ({"type": "begin_group"}, "type"),
        ({"type": "end_group"}, "type"),
        ({"type": "text", "name": "other"}, "name"),
    ],
)
def test_a_row_out_of_order_is_named_with_its_column(tmp_path, cells, column):
    cells = {"name": "a", "label": "A"} | cells
    other = {"type": "text", "name": "other", "label": "O"}
    head = list(dict.fromkeys([*other, *cells]))
    survey = [head, [other.get(name) for name in head], [cells.get(name) for name in head]]
    assert problems(tmp_path, survey) == [(3, column)]


def test_the_choices_are_checked_with_their_rows(tmp_path):
    survey = [
        ("type", "name", "label"),
        ("select_multiple m", "a", "A"),
        ("select_one o", "b", "B"),
    ]
    choices = [
        ("list_name", "name", "label"),
        ("m", "1", "one"),
        ("m", "1", "again"),
        ("m", "two words", "x"),
        ("o", "two words", "fine here"),
        (None, "5", "no list"),
        ("o", None, "no code"),
    ]
    made, found = read(tmp_path, survey, choices=choices)
    assert made is None
    assert [(problem.file.split(":")[1], problem.row, problem.column) for problem in found] == [
        ("choices", 3, "name"),
        ("choices", 6, "list_name"),
        ("choices", 7, "name"),
        ("survey", 2, "type"),
    ]


def test_a_choice_without_label_shows_its_code(tmp_path):
    made = form(
        tmp_path,
        [("type", "name", "label"), ("select_one s", "a", "A")],
        choices=[("list_name", "name", "label"), ("s", 1.0, None), ("s", 2, "two")],
    )
    assert [(one.code, one.label["zh"]) for one in made.question("a").choices] == [
        ("1", "1"),
        ("2", "two"),
    ]


def test_what_only_pyxform_refuses_is_a_problem_too(tmp_path):
    made, found = read(
        tmp_path,
        [("type", "name", "label"), ("text", "a", "A")],
        settings=[("form_id", "name"), ("f", "1 bad")],
    )
    assert made is None
    assert len(found) == 1
    assert "pyxform" in found[0].expected_en


def test_rows_that_are_disabled_or_only_remarks_are_left_out(tmp_path):
    made = form(
        tmp_path,
        [
            ("type", "name", "label", "disabled", "remarks"),
            ("text", "a", "A", None, None),
            ("barcode", "b", "B", "yes", None),
            (None, None, None, None, "only a remark"),
        ],
    )
    assert [question.name for question in made.questions()] == ["a"]


def test_a_form_without_questions_is_refused(tmp_path):
    survey = [("type", "name", "label"), ("note", "a", "A")]
    assert problems(tmp_path, survey) == [(None, "type")]


def _not_read(path: Path) -> str:
    made, found = read_xlsform(path)
    assert made is None
    assert len(found) == 1
    return found[0].expected_en


@pytest.mark.parametrize(
    "content",
    [b"", b"type,name\ntext,a\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"PK\x03\x04"],
    ids=["empty", "csv", "xls", "cut"],
)
def test_a_file_that_is_no_xlsx_gives_one_clear_problem(tmp_path, content):
    path = tmp_path / "questionnaire.xlsx"
    path.write_bytes(content)
    assert "XLSX workbook" in _not_read(path)


def test_a_workbook_that_is_cut_or_damaged_gives_one_problem(tmp_path):
    whole = READING.path.read_bytes()
    path = tmp_path / "questionnaire.xlsx"
    path.write_bytes(whole[: len(whole) // 2])
    assert "XLSX workbook" in _not_read(path)
    middle = len(whole) // 3
    path.write_bytes(whole[:middle] + b"\xff" * 200 + whole[middle + 200 :])
    assert _not_read(path)


def test_a_missing_file_gives_one_problem(tmp_path):
    assert "can be read" in _not_read(tmp_path / "questionnaire.xlsx")
    assert "can be read" in _not_read(tmp_path)


def test_an_archive_that_is_no_workbook_gives_one_problem(tmp_path):
    path = tmp_path / "questionnaire.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "XLSX workbook" in _not_read(path)


def test_a_workbook_without_survey_sheet_gives_one_problem(tmp_path):
    book = Workbook()
    book.active.title = "first"
    book.create_sheet("second").append(("a",))
    book.save(tmp_path / "questionnaire.xlsx")
    assert _not_read(tmp_path / "questionnaire.xlsx")


def _with_member(path: Path, name: str, content: bytes, count: int = 1) -> None:
    """The second form with further members in its archive."""
    path.write_bytes(READING.path.read_bytes())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            archive.writestr(f"{name}{number}", content)


@pytest.mark.parametrize(
    ("content", "count"),
    [(b"\0" * 5_000_000, 1), (INCOMPRESSIBLE + b"\0" * 9_000_000, 6), (b"", 300)],
    ids=["ratio", "bytes", "members"],
)
def test_an_archive_that_would_unpack_too_large_is_refused_unopened(tmp_path, content, count):
    path = tmp_path / "questionnaire.xlsx"
    _with_member(path, "xl/media/m", content, count)
    assert "bytes unpacked" in _not_read(path)


def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path):
    """Python unpacks no more than the archive declares, and then the checksum is wrong."""
    content = bytearray(READING.path.read_bytes())
    source = io.BytesIO(content)
    with zipfile.ZipFile(source) as archive:
        sheet = archive.getinfo("xl/worksheets/sheet1.xml")
    at = content.index(b"PK\x01\x02")
    while content[at + 46 : at + 46 + len(sheet.filename)] != sheet.filename.encode():
        at = content.index(b"PK\x01\x02", at + 4)
    content[at + 24 : at + 28] = struct.pack("<L", 10)
    path = tmp_path / "questionnaire.xlsx"
    path.write_bytes(content)
    assert _not_read(path)


def test_entities_that_multiply_are_refused(tmp_path):
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9)
    )
    path = tmp_path / "questionnaire.xlsx"
    with zipfile.ZipFile(READING.path) as whole, zipfile.ZipFile(path, "w") as archive:
        for member in whole.infolist():
            content = whole.read(member)
            if member.filename == "xl/worksheets/sheet1.xml":
                content = laughs + b"]>" + content.replace(b"<t>hello</t>", b"<t>&j;</t>")
            archive.writestr(member.filename, content)
    assert _not_read(path)


def test_a_large_honest_form_is_read(tmp_path):
    rows = [("text", f"q{number}", f"Question {number}") for number in range(400)]
    path = write(tmp_path / "questionnaire.xlsx", [("type", "name", "label"), *rows])
    made, found = read_xlsform(path)
    assert found == []
    assert len(made.pages()[0].questions) == 400
