"""The XLSForm that a version is downloaded as: to pyxform it asks what the uploaded one asks."""

import io
from xml.etree import ElementTree

import pytest
from pyxform.xls2xform import convert

from tests.factories import HEAN
from tests.survey.designer.forms import Edited
from tests.survey.designer.workbooks import HEAN_BYTES, Book

XFORMS = "{http://www.w3.org/2002/xforms}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def downloaded(desk, analyst, number):
    reply = analyst.get(desk.path(f"{number}/written"))
    assert reply.status_code == 200
    name = f"live-{number}-written.xlsx"
    assert reply.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert reply.mimetype.endswith("spreadsheetml.sheet")
    return reply.data


def asked(workbook):
    """What pyxform makes of a workbook: rules, texts, lists and the questions in their order.

    Lists and texts by their names: pyxform has them in the order of the sheet, and
    nobody is shown that.
    """
    converted = convert(io.BytesIO(workbook), file_type=".xlsx")
    assert converted.warnings == []
    root = ElementTree.fromstring(converted.xform)
    binds = {bind.get("nodeset"): bind.attrib for bind in root.iter(f"{XFORMS}bind")}
    return {
        # What names an answer in a list of answers (instance_name) is passed over.
        "rules": {path: rules for path, rules in binds.items() if "/meta/" not in path},
        "texts": {
            (language.get("lang"), text.get("id")): "".join(text.itertext()).strip()
            for language in root.iter(f"{XFORMS}translation")
            for text in language
        },
        "lists": {
            one.get("id"): ["".join(item.itertext()) for item in one.iter(f"{XFORMS}item")]
            for one in root.iter(f"{XFORMS}instance")
        },
        "body": ElementTree.canonicalize(ElementTree.tostring(root.find(f"{XHTML}body"))),
        "title": root.findtext(f"{XHTML}head/{XHTML}title"),
    }


def without_job():
    """The example without a question and its list: one that nothing uses is not written."""
    book = Book().drop_question("d3_job")
    for code in HEAN.known.form.question("d3_job").codes:
        book.drop_choice("job", code)
    return book


def changed():
    return (
        without_job()
        .question("q3_station", zh="您去过文明实践站吗?", relevant="${d1_sex} = '1'")
        .add_question("q15_open", type="integer", name="q0_years", zh="几年?", en="Years?")
        .version("20260601")
        .bytes()
    )


def test_the_version_in_force_asks_what_its_workbook_asks(desk, analyst):
    written = asked(downloaded(desk, analyst, 1))
    assert written == asked(HEAN_BYTES)
    assert len(written["rules"]) > 20
    assert len(written["texts"]) > 100


def test_a_workbook_that_was_uploaded_comes_back_as_one_that_asks_the_same(desk, analyst):
    content = changed()
    assert desk.upload(analyst, content).status_code == 303
    written = asked(downloaded(desk, analyst, 2))
    assert written == asked(content)
    assert "/data/g_main/q0_years" in written["rules"]
    assert written != asked(downloaded(desk, analyst, 1))


def test_the_written_form_can_be_uploaded_again(desk, analyst):
    assert desk.upload(analyst, downloaded(desk, analyst, 1)).status_code == 303
    page = desk.page(analyst, "2/")
    assert "可以发布" in page.text
    assert not page.by_class("differs")


def test_a_version_that_was_made_of_a_stored_form_is_written_from_it(desk, analyst):
    """The bytes of such a draft are no workbook at all."""
    desk.draft(Edited().drop("d3_job"))
    written = asked(downloaded(desk, analyst, 2))
    assert written == asked(without_job().bytes())


@pytest.mark.parametrize("number", [2, 99])
def test_a_version_that_is_not_there_cannot_be_downloaded(desk, analyst, number):
    assert analyst.get(desk.path(f"{number}/written")).status_code == 404


def test_nobody_else_downloads_it(desk, of_town):
    assert of_town.get(desk.path("1/written")).status_code == 404
    reply = desk.app.test_client().get(desk.path("1/written"))
    assert (reply.status_code, reply.location.split("?")[0]) == (303, "/login")
