"""Workbooks made to do harm: each is refused in one piece, none runs away or crashes."""

import io
import random
import re
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from survey.instrument import limits
from survey.instrument.xlsform import MOST_FOR_PYXFORM, read_xlsform, read_xlsform_bytes
from tests.survey.instrument.known_forms import READING
from tests.survey.instrument.old_workbooks import write_xls, xls

HEAD = ("type", "name", "label", "relevant", "calculation")
SCRIPT = '<script>alert("1")</script><img src=x onerror=alert(1)>'


def book(**sheets):
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def problems(content):
    form, found = read_xlsform_bytes("q.xlsx", content)
    assert form is None
    assert found
    return found


def only(content):
    found = problems(content)
    assert len(found) == 1
    return found[0]


def changed(member, change, source=None):
    """A whole workbook in which one member is another."""
    whole = io.BytesIO(source or READING.path.read_bytes())
    target = io.BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == member else content)
    return target.getvalue()


def filled(rows, columns):
    """A workbook whose survey sheet has so many cells, written faster than a library does."""
    chance = random.Random(1)

    def row():
        texts = (f"<is><t>{chance.randrange(10**6)}</t></is>" for _ in range(columns))
        cells = (f'<c t="inlineStr">{text}</c>' for text in texts)
        return f"<row>{''.join(cells)}</row>"

    data = "<sheetData>" + "".join(row() for _ in range(rows)) + "</sheetData>"
    whole = re.compile(rb"<dimension [^>]*>|<sheetData.*</sheetData>", re.DOTALL)

    def change(sheet):
        return whole.sub(lambda found: data.encode() if b"sheetData" in found[0] else b"", sheet)

    return changed("xl/worksheets/sheet1.xml", change, book(survey=[HEAD]))


def noise(length, seed=1):
    """Text that packs badly, so that no ratio gives it away."""
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))


def test_a_file_that_is_too_large_is_not_even_unpacked(tmp_path):
    path = tmp_path / "q.xlsx"
    path.write_bytes(READING.path.read_bytes() + b"\0" * limits.MAX_UPLOAD)
    form, found = read_xlsform(path)
    assert form is None
    assert found[0].expected_en == f"at most {limits.MAX_UPLOAD} bytes"
    assert found[0].found == f"{limits.MAX_UPLOAD + 1} bytes"  # no more was read


def test_a_hundred_thousand_rows_are_refused():
    """The counting stops where the limit is passed, not at the end of the file."""
    found = only(filled(100_000, 1))
    assert (found.file, found.found) == ("q.xlsx:survey", f"{limits.MAX_ROWS + 1} rows")
    assert found.expected_en == f"at most {limits.MAX_ROWS} rows"


def test_a_sheet_that_is_too_wide_or_has_too_many_cells_is_refused():
    assert only(filled(2, limits.MAX_COLUMNS + 9)).found == f"{limits.MAX_COLUMNS + 1} columns"
    rows = limits.MAX_CELLS // limits.MAX_COLUMNS + 1
    content = filled(rows, limits.MAX_COLUMNS)
    assert only(content).expected_en == f"at most {limits.MAX_CELLS} cells"


def test_one_long_text_in_many_cells_is_refused_before_it_is_copied():
    """The file is small: the text stands in it once."""
    content = book(survey=[HEAD, *([("text", "a", "\xa0" + noise(30_000))] * 200)])
    assert len(content) < 100_000
    assert only(content).expected_en == f"at most {limits.MAX_CHARACTERS} characters"


def test_a_header_that_is_a_number_is_named_with_its_sheet():
    found = only(book(survey=[("type", "name", "label", 2026), ("text", "a", "A")]))
    assert (found.file, found.row, found.found) == ("q.xlsx:survey", 1, "2026")


def test_xml_that_is_no_sheet_counts_too():
    styles = b"<x>" + (noise(50_000).encode() + b" " * 50_000) * 110 + b"</x>"
    found = only(changed("xl/styles.xml", lambda _: styles))
    assert f"({limits.MAX_XML_BYTES} of XML)" in found.expected_en


def test_a_row_far_below_is_where_pyxform_stops_to_read():
    content = book(survey=[HEAD, ("text", "a", "A")])
    far = changed(
        "xl/worksheets/sheet1.xml",
        lambda sheet: sheet.replace(
            b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>0</v></c></row></sheetData>'
        ),
        content,
    )
    form, found = read_xlsform_bytes("q.xlsx", far)
    assert found == []
    assert [question.name for question in form.questions()] == ["a"]


@pytest.mark.parametrize(
    "entity",
    [b'SYSTEM "file:///etc/passwd"', b'SYSTEM "http://127.0.0.1:9/x"', b'"inside"'],
    ids=["file", "address", "text"],
)
def test_entities_are_never_read(entity):
    def change(sheet):
        declared = b"<!DOCTYPE x [<!ENTITY e " + entity + b">]>"
        head, _, rest = sheet.partition(b"<worksheet")
        return head + declared + b"<worksheet" + rest.replace(b"<v>", b"<v>&e;", 1)

    found = only(changed("xl/worksheets/sheet1.xml", change))
    assert "root:" not in found.line(chinese=False)
    assert "XLSX workbook" in found.expected_en


def test_a_workbook_with_a_password_is_refused_as_one():
    found = only(xls({"EncryptedPackage": [(0, 0, "x")]}).replace(b"\xff\xfd", b"\0\0"))
    assert found.found  # its name alone does not make it encrypted
    package = "EncryptedPackage".encode("utf-16-le")
    hidden = xls({"x": [(0, 0, "y")]}).replace("Workbook".encode("utf-16-le"), package[:16])
    found = only(hidden + package)
    assert (found.found, found.expected_en) == (
        "encrypted",
        "an XLS or XLSX workbook without a password",
    )


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_file_that_is_cut_is_refused_in_one_problem(tmp_path, part):
    rows = [("type", "name", "label"), ("text", "a", "A")]
    old = write_xls(tmp_path / "q.xls", {"survey": rows}).read_bytes()
    for content in (READING.path.read_bytes(), old):
        assert len(problems(content[: int(len(content) * part)])) == 1


@given(st.integers(0, 10**9), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_a_damaged_file_never_makes_the_reader_raise(seed, count):
    chance = random.Random(seed)
    rows = [(0, 0, "type"), (0, 1, "name"), (0, 2, "label"), (1, 0, "text"), (1, 1, "a")]
    for content in (READING.path.read_bytes(), xls({"survey": rows})):
        damaged = bytearray(content)
        for _ in range(count):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        form, found = read_xlsform_bytes("q.xlsx", bytes(damaged))
        assert (form is None) is bool(found)


def test_the_reader_prints_nothing_about_a_damaged_file(capfd):
    content = xls({"survey": [(0, 0, "type"), (1, 0, "text")]})
    read_xlsform_bytes("q.xls", content[:2_000] + b"\xff" * 1_000 + content[3_000:])
    assert capfd.readouterr() == ("", "")


def test_a_single_cell_does_not_stand_for_millions():
    """Every row of an .xls is padded to the widest."""
    content = xls({"survey": [(0, 0, "type"), (65_535, 255, "x")]})
    assert len(content) < 10_000
    found = only(content)
    assert (found.found, found.expected_en) == (
        "16777216 cells",
        f"at most {limits.MAX_PADDED_CELLS} cells",
    )


def test_an_old_workbook_has_the_same_limits():
    many = [(number, 0, "text") for number in range(limits.MAX_ROWS + 1)]
    assert only(xls({"survey": many})).found == f"{limits.MAX_ROWS + 1} rows"
    long = "\xa0" + noise(3_000)
    cells = [(row, column, long) for row in range(200) for column in range(20)]
    content = xls({"survey": cells})
    assert only(content).expected_en == f"at most {limits.MAX_CHARACTERS} characters"
    sheets = {f"s{number}": [(0, 0, "x")] for number in range(limits.MAX_SHEETS + 1)}
    assert only(xls(sheets)).found == f"{limits.MAX_SHEETS + 1} sheets"


def test_an_old_workbook_is_read_like_a_new_one(tmp_path):
    survey = [HEAD, ("select_one yn", "a", "问?"), ("text", "b", "B", "${a} = '1'")]
    choices = [("list_name", "name", "label"), ("yn", "1", "是"), ("yn", "0", "否")]
    sheets = {"survey": survey, "choices": choices}
    old, found = read_xlsform(write_xls(tmp_path / "q.xls", sheets))
    assert found == []
    new, _ = read_xlsform_bytes("q.xlsx", book(**sheets))
    assert old == new


def test_groups_nested_without_end_are_refused_at_the_level_that_is_too_deep():
    count = 500
    groups = [("begin_group", f"g{number}", "G") for number in range(count)]
    survey = [HEAD, *groups, ("text", "a", "A"), *([("end_group",)] * count)]
    found = problems(book(survey=survey))
    assert len(found) == count - limits.MAX_DEPTH
    assert found[0].row == limits.MAX_DEPTH + 2
    assert found[0].expected_en == f"at most {limits.MAX_DEPTH} levels"
    assert len(problems(book(survey=[HEAD, *groups]))) >= count  # and never closed


def test_a_circle_of_hundreds_is_one_problem():
    count = limits.MAX_QUESTIONS - 1
    ring = [
        ("calculate", f"c{number}", None, None, f"${{c{(number + 1) % count}}} + 1")
        for number in range(count)
    ]
    found = only(book(survey=[HEAD, *ring, ("text", "a", "A")]))
    assert found.found.startswith("c0 → c1 → c2")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [("text", f"q{n}", "L") for n in range(limits.MAX_QUESTIONS + 1)],
            f"at most {limits.MAX_QUESTIONS} questions",
        ),
        (
            [("text", f"q{n}", "L", "1" + " + 1" * 900) for n in range(40)],
            f"at most {limits.MAX_EXPRESSIONS} characters in all expressions",
        ),
        (
            [("text", "q", noise(limits.MAX_LABEL + 1))],
            f"at most {limits.MAX_LABEL} characters",
        ),
        ([("text", "q", "L", "1" + " + 1" * 1_000)], "character 4001: the expression is longer"),
        ([("text", "q", "L", "(" * 200 + "1" + ")" * 200)], "nested more than"),
    ],
    ids=["questions", "expressions", "label", "expression", "depth"],
)
def test_a_form_beyond_a_limit_is_refused_with_the_limit(rows, expected):
    assert expected in only(book(survey=[HEAD, *rows])).expected_en


def test_choices_and_languages_have_their_limits():
    choices = [("list_name", "name", "label")]
    choices += [("c", f"c{number}", "L") for number in range(limits.MAX_CHOICES + 1)]
    survey = [HEAD, ("select_one c", "a", "A")]
    found = only(book(survey=survey, choices=choices))
    assert found.expected_en == f"at most {limits.MAX_CHOICES} choices"
    names = [f"label::Language {number}" for number in range(limits.MAX_LANGUAGES + 1)]
    found = only(book(survey=[("type", "name", *names), ("text", "a", *names)]))
    assert found.expected_en == f"at most {limits.MAX_LANGUAGES} languages"
    long = [("list_name", "name", "label"), ("c", "x" * (limits.MAX_CODE + 1), "L")]
    assert "a code of at most" in only(book(survey=survey, choices=long)).expected_en


def test_pyxform_is_not_asked_about_a_form_that_is_wrong_all_over(monkeypatch):
    asked = []
    monkeypatch.setattr("survey.instrument.workbook.convert", lambda *_a, **_k: asked.append(1))
    wrong = [("nonsense", f"q{number}", "L") for number in range(MOST_FOR_PYXFORM + 1)]
    assert len(problems(book(survey=[HEAD, *wrong]))) == MOST_FOR_PYXFORM + 1
    assert asked == []
    assert len(problems(book(survey=[HEAD, *wrong[1:]]))) == MOST_FOR_PYXFORM
    assert asked == [1]


def test_markup_and_formulas_come_back_as_plain_text():
    label = f"{SCRIPT} =1+1 ${{a}}"
    choices = [("list_name", "name", "label"), ("c", '"><b>', SCRIPT), ("c", "=cmd", "'--")]
    survey = [HEAD, ("text", "a", SCRIPT), ("select_one c", "b", label)]
    form, found = read_xlsform_bytes("q.xlsx", book(survey=survey, choices=choices))
    # openpyxl writes "=cmd" as a formula without a value: it is no code
    assert [problem.column for problem in found] == ["name"]
    form, found = read_xlsform_bytes("q.xlsx", book(survey=survey, choices=choices[:2]))
    assert found == []
    assert form.question("a").label["zh"] == SCRIPT
    assert form.question("b").label["en"] == label
    assert form.question("b").choices[0].code == '"><b>'


def test_control_characters_are_refused_and_never_printed_as_they_are():
    bad = [(0, 0, "type"), (0, 1, "name"), (0, 2, "label"), (1, 0, "text"), (1, 1, "a")]
    found = only(xls({"survey": [*bad, (1, 2, "\x1b[2J\x00!")]}))
    assert (found.row, found.column) == (2, "label")
    assert found.found == "\\x1b[2J\\x00!"
    assert found.expected_en == "text without control characters"
