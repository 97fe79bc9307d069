"""What is printed is read back from its picture, by a decoder that knows nothing of us."""

import io
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image

from survey.codes import place_code
from tests.survey.accounts import world

A4 = {"width": 794, "height": 1123}  # CSS pixels


@pytest.fixture
def printed(browser, app):
    """Opens a page of ours as it is printed; nothing leaves the process."""
    client = world.log_in(app, "supervisor")
    context = browser.new_context(viewport=A4)

    def answer(route):
        parts = urlsplit(route.request.url)
        reply = client.get(f"{parts.path}?{parts.query}", buffered=True)
        route.fulfill(
            status=reply.status_code,
            headers={name: value for name, value in reply.headers if name != "Set-Cookie"},
            body=reply.data,
        )

    context.route("**/*", answer)

    def opened(path):
        page = context.new_page()
        page.emulate_media(media="print")
        page.goto(f"https://minyi.test{path}")
        return page

    yield opened
    context.close()


def codes_on(picture):
    return sorted(
        one.text for one in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("L"))
    )


def test_every_poster_is_read_back_and_carries_code_and_place_in_print(printed):
    page = printed("/points/hean/posters")
    posters = page.query_selector_all(".poster")
    assert len(posters) == 2
    read = [codes_on(poster.screenshot()) for poster in posters]
    assert read == [["HTTPS://MINYI.TEST/Q/R8FFNCET"], ["HTTPS://MINYI.TEST/Q/C4HH2JYX"]]
    for poster, words in zip(posters, ("R8FF-NCET", "C4HH-2JYX"), strict=True):
        assert words in poster.inner_text()
        assert "公告栏" in poster.inner_text()
        assert "表号 1表 · 制定机关 市文明办" in poster.inner_text()
        assert "备案机关 市统计局 · 文号 3号 · 有效期至 2030-12-31" in poster.inner_text()


def test_a_poster_is_one_sheet_of_a4(printed):
    pdf = printed("/points/hean/posters").pdf(format="A4")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page>") == 2


def test_every_label_is_read_back_with_its_own_code(printed, town):
    sample = world.scalar(town, "SELECT id FROM samples WHERE code = 'N1-home'")
    page = printed(f"/points/households/{sample}/labels")
    labels = page.query_selector_all(".labels li")
    assert len(labels) == 2
    found = []
    for label in labels:
        (text,) = codes_on(label.screenshot())
        assert text.startswith("HTTPS://MINYI.TEST/Q/")
        code = text.rpartition("/")[2]
        assert code in label.inner_text().replace("-", "")
        found.append(code)
    assert len(set(found)) == 2
    assert all(len(code) > len(place_code()) for code in found)


def test_printing_is_recorded(printed, town):
    printed("/points/hean/posters")
    acts = "SELECT count(*) FROM audit_events WHERE act = 'point.print'"
    assert world.scalar(town, acts) == 1


def test_nothing_but_the_sheet_is_printed(printed):
    page = printed("/points/hean/posters")
    for selector in (".top", "footer", ".screen-only", ".skip"):
        assert not page.is_visible(selector), selector
