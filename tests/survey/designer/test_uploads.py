"""Workbooks as they are sent: a draft, or everything that is wrong and nothing stored."""

import io
import zipfile

import pytest

from survey.instrument.limits import MAX_UPLOAD
from tests import markup
from tests.survey.designer.workbooks import HEAN_BYTES, Book, made, packed

PAYLOADS = (
    "<script>document.title='x'</script>",
    '"><img src=x onerror="document.title=1">',
    "<svg/onload=document.title=1>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% for x in y %}",
    "</textarea></select></template><b>",
    "' onmouseover='document.title=1",
    "&lt;script&gt;",
    "${q1}<b>${q1}</b>",
)


def changed():
    return (
        Book()
        .question("q3_station", zh="您去过文明实践站吗?")
        .add_question("q15_open", type="integer", name="q0_years", zh="几年?", en="Years?")
        .version("20260601")
        .bytes()
    )


def test_a_workbook_becomes_a_draft_and_then_a_version(desk, analyst):
    content = changed()
    reply = desk.upload(analyst, content)
    assert (reply.status_code, reply.location) == (303, desk.path("2/"))
    assert desk.acts() == [("analyst", "form.edit", "live questionnaire 2", "upload")]
    assert desk.revision == desk.first_revision
    page = desk.page(analyst, "2/")
    assert "第 2 版 草稿" in page.text
    assert "analyst 于" in page.text
    assert "可以发布" in page.text
    (form,) = [
        one
        for one in page.find_all("form")
        if one.get(
            "action",
        )
        == desk.path("publish")
    ]
    fields = {one.get("name"): one.get("value") for one in form.find_all("input")}
    assert desk.post(analyst, "publish", sha256=fields["sha256"]).status_code == 303
    assert [version[:2] for version in desk.versions()] == [(1, True), (2, True)]
    assert analyst.get(desk.path("2/original")).data == content


def test_every_problem_is_listed_with_its_place_and_nothing_is_stored(desk, analyst):
    content = made(
        [
            ["type", "name", "label::中文 (zh)", "relevant"],
            ["text", "q1", "", ""],
            ["nonsense", "q2", "题", ""],
            ["select_one nolist", "q3", "题", "${none} = 1"],
            ["text", "1q", "题", "(("],
        ]
    )
    reply = desk.upload(analyst, content)
    assert reply.status_code == 422
    root = markup.read(reply.text)
    rows = root.by_class("problems")[0].find_all("tr")[1:]
    places = {tuple(cell.text for cell in row.find_all("th", "td")[:3]) for row in rows}
    assert {
        ("survey", "2", "label"),
        ("survey", "3", "type"),
        ("survey", "4", "type"),
        ("survey", "5", "name"),
        ("survey", "5", "relevant"),
    } <= places
    for row in rows:
        expected = row.find_all("td")[-1]
        assert expected.find_all("small")[0].text, "the other language"
        assert expected.text != expected.find_all("small")[0].text
    assert root.by_class("fault")[0].get("role") == "alert"
    assert [version[:2] for version in desk.versions()] == [(1, True)]
    assert desk.acts() == []


@pytest.mark.parametrize("content", [b"", b"not a workbook"])
def test_what_is_no_workbook_is_refused_in_words(desk, analyst, content):
    reply = desk.upload(analyst, content)
    assert reply.status_code == 422
    assert "工作簿" in markup.read(reply.text).by_class("fault")[0].parent.text
    assert len(desk.versions()) == 1


def test_a_post_without_a_file_is_refused_in_words(desk, analyst):
    reply = desk.post(analyst, "draft")
    assert reply.status_code == 422
    assert "请选择一个工作簿" in reply.text


def test_a_file_above_the_limit_is_refused_before_it_is_read(desk, analyst):
    size = MAX_UPLOAD + 600_000
    reply = analyst.post(
        desk.path("draft"),
        content_type="multipart/form-data; boundary=edge",
        environ_overrides={"CONTENT_LENGTH": str(size)},
    )
    assert reply.status_code == 413
    assert "最多 10 MB" in reply.text
    assert len(desk.versions()) == 1


def test_a_draft_is_replaced_only_by_who_says_so(desk, analyst):
    colleague = desk.client("colleague")
    assert desk.upload(colleague, changed()).status_code == 303
    (_, _, first) = desk.versions()[-1]
    other = Book().drop_question("d3_job").bytes()
    refused = desk.upload(analyst, other)
    assert refused.status_code == 409
    assert "colleague 于" in refused.text
    assert desk.versions()[-1][2] == first
    root = markup.read(refused.text)
    (box,) = [one for one in root.find_all("input") if one.get("name") == "replaces"]
    assert box.get("value") == first
    assert "checked" not in box.attributes
    assert desk.upload(analyst, other, replaces=first).status_code == 303
    assert [version[:2] for version in desk.versions()] == [(1, True), (2, False)]
    assert desk.versions()[-1][2] != first
    assert "analyst 于" in desk.page(analyst).text
    late = desk.upload(colleague, changed(), replaces=first)  # the box of a page of before
    assert late.status_code == 409


def test_the_version_in_force_again_is_refused(desk, analyst):
    reply = desk.upload(analyst, HEAN_BYTES)
    assert reply.status_code == 422
    assert "与现行的第 1 版完全相同" in reply.text
    assert len(desk.versions()) == 1


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>.xlsx', "a\r\nSet-Cookie: x=1.xlsx"])
def test_a_hostile_file_name_is_text_on_the_page(desk, analyst, name):
    reply = desk.upload(analyst, b"nothing", name=name)
    assert reply.status_code == 422
    assert "Set-Cookie" not in reply.headers
    assert not markup.read(reply.text).find_all("script")
    assert len(desk.versions()) == 1


def hostile():
    """A form with the payloads in every text that a page may show."""
    zh = "::中文 (zh)"
    names = ("label", "hint", "constraint_message", "required_message")
    head = ["type", "name", *(name + zh for name in names), "constraint", "appearance", "relevant"]
    survey, choices = [head, ["integer", "q1", "数", "", "", "", "", "", ""]], []
    for number, payload in enumerate(PAYLOADS):
        texts = [payload] * 4
        quoted = payload.replace("'", "").replace("${", "")
        survey += [
            ["text", f"a{number}", *texts, "string-length(.) < 9", "", f"${{q1}} = '{quoted}'"],
            [f"select_one l{number}", f"b{number}", *texts, "", "minimal", ""],
            [f"select_multiple l{number}", f"c{number}", *texts, "", "", ""],
        ]
        choices += [[f"l{number}", "1", payload], [f"l{number}", "2", "二"]]
    title = PAYLOADS[0]
    return made(
        survey,
        [["list_name", "name", "label" + zh], *choices],
        [["form_title", "form_id", "version"], [title, title, title]],
    )


def test_texts_of_cells_come_out_as_text(desk, analyst):
    assert desk.upload(analyst, hostile()).status_code == 303
    pages = [analyst.get(desk.path(rest)).text for rest in ("2/", "", "2/?lang=en")]
    pages.append(analyst.get("/forms/").text)
    shown = markup.read(pages[0]).text
    for payload in PAYLOADS[:-1]:
        assert " ".join(payload.split()) in shown
    assert "<b> q1 </b>" in shown  # the last one: what stands for the answer is marked
    for text in pages:
        root = markup.read(text)
        assert {one.tag for one in root.walk()}.isdisjoint({"img", "svg", "script", "iframe"})
        for one in root.walk():
            assert not [name for name in one.attributes if name.startswith("on")], one.tag
            assert one.tag != "b" or one.text in {"居民调查", "Resident survey"}
            for name in ("href", "src", "action"):
                assert "javascript:" not in (one.get(name) or "").lower()


def test_a_formula_is_no_text(desk, analyst):
    content = Book().question("q3_station", zh='=HYPERLINK("http://x","y")').bytes()
    assert desk.upload(analyst, content).status_code == 303
    assert "http://x" not in analyst.get(desk.path("2/")).text


def test_an_escaped_zero_byte_stays_as_it_is_written(desk, analyst):
    with zipfile.ZipFile(io.BytesIO(HEAN_BYTES)) as old:
        members = {name: old.read(name) for name in old.namelist()}
    settings = "xl/worksheets/sheet3.xml"
    members[settings] = members[settings].replace(b"20260101", b"v_x0000_1")
    assert desk.upload(analyst, packed(members)).status_code == 303
    page = analyst.get(desk.path("2/")).text
    assert "v_x0000_1" in page
    assert "\0" not in page


def test_the_page_of_a_refused_upload_leads_on_in_the_other_language(desk, analyst):
    reply = desk.upload(analyst, b"nothing")
    root = markup.read(reply.text)
    (link,) = root.by_class("who")[0].find_all("a")
    assert analyst.get(link.get("href")).status_code == 200
