"""What a supervisor prints: whose codes are on it, read back from the paper, and the record."""

from datetime import UTC, datetime, timedelta

import pytest

from survey import db
from survey.codes import is_valid
from survey.models import EntryPoint, Household
from tests import papers
from tests.survey.accounts import world
from tests.survey.accounts.world import OTHER_TOWN, TOWN, VILLAGE

POSTERS = "/points/hean/places/poster-a4.pdf"
URLS = ["HTTPS://MINYI.TEST/Q/R8FFNCET", "HTTPS://MINYI.TEST/Q/C4HH2JYX"]
TODAY = datetime.now(UTC).date()


@pytest.fixture
def supervisor(app):
    return world.log_in(app, "supervisor")


@pytest.fixture
def sheets(town):
    """Addresses of the sheets of the drawn households, by kind."""
    sample = world.scalar(town, "SELECT id FROM samples WHERE code = 'N1-home'")
    return {kind: f"/points/households/{sample}/{kind}.pdf" for kind in ("labels", "letters")}


def printed(client, path):
    reply = client.get(path, buffered=True)
    assert reply.status_code == 200, reply.text
    assert reply.mimetype == "application/pdf"
    return papers.Paper(reply.data)


def codes_on(paper):
    return [papers.codes(picture) for picture in paper.pictures(100)]


def change(url, model, number, **values):
    with db.open_session(url) as session:
        for name, value in values.items():
            setattr(session.get_one(model, number), name, value)


def acts(url):
    return world.scalar(url, "SELECT count(*) FROM audit_events WHERE act = 'point.print'")


def test_every_place_has_a_poster_with_its_code_and_the_survey(supervisor):
    paper = printed(supervisor, POSTERS)
    assert codes_on(paper) == [[url] for url in URLS]
    for page, code in ((1, "R8FF-NCET"), (2, "C4HH-2JYX")):
        text = paper.text(page)
        for words in (code, "公告栏", "表号Form1表", "制定机关Issuedby市文明办", "2030-12-31"):
            assert words in text


def test_the_printed_addresses_lead_to_the_form_and_to_withdrawing(app, supervisor):
    text = printed(supervisor, POSTERS).text(1)
    for printed_path, endpoint in (
        ("/q/R8FFNCET", "answering.scan"),
        ("/q/R8FFNCET/withdraw", "withdrawing.withdraw"),
    ):
        assert f"minyi.test{printed_path}" in text
        assert app.url_map.bind("minyi.test").match(printed_path)[0] == endpoint


def test_a_poster_may_be_of_a3_and_of_one_place(supervisor, town):
    place = world.scalar(town, "SELECT id FROM entry_points WHERE code = 'QR002'")
    paper = printed(supervisor, f"/points/hean/places/poster-a3.pdf?only={place}")
    assert paper.sizes() == [(297, 420)]
    assert codes_on(paper) == [URLS[1:]]


def test_places_are_chosen_by_area_and_kind(supervisor, town):
    assert codes_on(printed(supervisor, f"{POSTERS}?area={TOWN}")) == [URLS[:1]]
    assert len(printed(supervisor, f"{POSTERS}?kind=社区").sizes()) == 2
    assert supervisor.get(f"{POSTERS}?kind=学校").status_code == 422
    assert supervisor.get(f"{POSTERS}?area=999").status_code == 404


def test_labels_of_places_carry_their_codes(supervisor):
    paper = printed(supervisor, "/points/hean/places/labels.pdf")
    assert codes_on(paper) == [sorted(URLS)]


@pytest.mark.parametrize(("kind", "pages"), [("labels", 1), ("letters", 2)])
def test_every_drawn_household_has_a_label_and_a_letter(supervisor, sheets, kind, pages):
    paper = printed(supervisor, sheets[kind])
    assert len(paper.sizes()) == pages
    found = [url.rpartition("/")[2] for page in codes_on(paper) for url in page]
    assert len(set(found)) == 2
    assert all(is_valid(code) and len(code) == 19 for code in found)
    assert f"区{TOWN}区{VILLAGE}第1户" in paper.text(1)


def test_a_letter_has_the_address_of_its_household(supervisor, town, sheets):
    change(town, Household, 1, address="幸福路 18 号 502 室")
    assert "幸福路18号502室" in printed(supervisor, sheets["letters"]).text(1)


def test_codes_that_take_no_more_answers_are_not_printed(supervisor, town, sheets):
    change(town, EntryPoint, 1, status="revoked")
    change(town, EntryPoint, 2, valid_to=TODAY - timedelta(days=2))
    change(town, Household, 1, status="answered")
    assert supervisor.get(POSTERS).status_code == 422
    assert len(printed(supervisor, sheets["letters"]).sizes()) == 1
    change(town, Household, 2, valid_to=TODAY - timedelta(days=2))
    reply = supervisor.get(sheets["letters"])
    assert reply.status_code == 422
    assert "没有可以打印的码" in reply.text


def test_a_code_that_will_be_valid_is_printed_with_its_last_day(supervisor, town):
    last = TODAY + timedelta(days=9)
    change(town, EntryPoint, 1, valid_from=TODAY + timedelta(days=3), valid_to=last)
    assert f"此码有效期至Thiscodeisvaliduntil{last}" in printed(supervisor, POSTERS).text(1)


def test_whoever_answers_questions_is_named_when_he_is_given(supervisor):
    assert "联系单位" not in printed(supervisor, POSTERS).text(1)
    text = printed(supervisor, f"{POSTERS}?contact=创建科 0379-1234").text(1)
    assert "联系单位Contact创建科0379-1234" in text


def test_a_supervisor_of_a_township_prints_what_lies_there(app, town, sheets):
    client = world.log_in(app, "town")
    assert codes_on(printed(client, POSTERS)) == [URLS[:1]]
    assert client.get(f"{POSTERS}?area={OTHER_TOWN}").status_code == 404
    other = world.scalar(town, "SELECT id FROM entry_points WHERE code = 'QR002'")
    assert client.get(f"{POSTERS}?only={other}").status_code == 422
    change(town, Household, 2, area_code="419099003001")
    assert len(printed(client, sheets["letters"]).sizes()) == 1


def test_an_official_prints_nothing(app, sheets):
    client = world.log_in(app, "official")
    for path in (POSTERS, *sheets.values()):
        assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/points/hean/places/letters.pdf",
        "/points/hean/places/X.pdf",
        "/points/no-such-study/places/labels.pdf",
        "/points/households/999/labels.pdf",
        "/points/households/1/poster-a4.pdf",
    ],
)
def test_a_sheet_that_does_not_exist_is_not_found(supervisor, path):
    assert supervisor.get(path).status_code == 404


def test_printing_is_recorded_and_a_refusal_is_not(supervisor, town):
    supervisor.get(f"{POSTERS}?kind=学校")
    assert acts(town) == 0
    supervisor.get(POSTERS)
    assert acts(town) == 1
    details = world.scalar(town, "SELECT details FROM audit_events WHERE act = 'point.print'")
    assert "R8FFNCET" not in str(details)


def test_a_place_with_a_character_that_no_font_has_is_named(supervisor, town):
    change(town, EntryPoint, 1, name="<b>𓀀野家</b>")
    reply = supervisor.get(POSTERS)
    assert reply.status_code == 422
    assert "U+13000" in reply.text
    assert "&lt;b&gt;𓀀野家&lt;/b&gt;" in reply.text


def test_the_file_is_kept_by_nobody_on_the_way(supervisor):
    headers = supervisor.get(POSTERS).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Disposition"] == "attachment; filename=hean-poster-a4.pdf"
