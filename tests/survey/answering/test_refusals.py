"""Codes that take no answers: a polite page, the same for every unknown code, nothing stored."""

import pytest
import sqlalchemy as sa

from survey.codes import household_code, place_code
from survey.models import HouseholdStatus, PointStatus
from tests.factories import GRID, HEAN, OTHER_TOWN, PLACE, ROOT, TOWN, VILLAGE


def refused(town, code, status, words):
    """The page of a code says why, politely."""
    phone = town.phone(code)
    phone.open()
    assert phone.reply.status_code == status
    assert words in phone.reply.text
    assert "和文调1表" in phone.reply.text  # whose form it was
    assert town.stored() == (0, 0)


def closed_meanwhile(town, code, kit, close, status, words):
    """The last page was open when the code was closed."""
    phone = town.phone(code).go_to(kit.pages[-1], kit.answers)
    close()
    phone.finish(kit.answers)
    assert phone.reply.status_code == status
    assert words in phone.reply.text
    assert town.stored() == (0, 0)


def test_a_revoked_place(town):
    refused(town, town.place(status=PointStatus.REVOKED), 410, "已经停用")


def test_a_revoked_household(town):
    refused(town, town.household(status=HouseholdStatus.REVOKED), 410, "已经停用")


def test_a_place_that_is_not_yet_valid_or_no_more(town):
    refused(town, town.place(code="P1", valid_from=town.day(1)), 403, "还没有开始")
    refused(town, town.place(code="P2", valid_to=town.day(-1)), 410, "已经停用")
    for number, days in enumerate(({"valid_from": town.day()}, {"valid_to": town.day()})):
        assert town.phone(town.place(code=f"Q{number}", **days)).open().page


@pytest.mark.parametrize("point", ["place", "household"])
@pytest.mark.parametrize(
    ("dates", "status", "words"),
    [
        ({"opens": 1, "closes": 9}, 403, "还没有开始"),
        ({"opens": -9, "closes": -1}, 410, "已经结束"),
        ({"valid": -1}, 410, "已过有效期"),
    ],
    ids=["not open yet", "closed", "past its validity"],
)
def test_a_wave_or_study_that_is_not_open(make_town, point, dates, status, words):
    town = make_town(**dates)
    refused(town, getattr(town, point)(), status, words)


@pytest.mark.parametrize("dates", [{"opens": 0, "closes": 0}, {"valid": 0}])
def test_the_first_and_the_last_day_are_open(make_town, dates):
    town = make_town(**dates)
    assert town.phone(town.place()).open().page


def test_a_day_ends_where_the_study_is(make_town):
    """West of the date line it is an earlier day than east of it, at every moment."""
    west = make_town(study_id="west", zone="Etc/GMT+12")
    east = make_town(study_id="east", zone="Pacific/Kiritimati")
    codes = west.place(), east.place()
    last_day = west.day()
    assert last_day < east.day()
    for change in ("UPDATE studies SET valid_until = :day", "UPDATE waves SET closes = :day"):
        west.change(change, day=last_day)
        assert west.phone(codes[0]).open().page
        assert east.phone(codes[1]).open().page is None
        west.change(change, day=east.day(9))


@pytest.mark.parametrize(
    ("close", "status", "words"),
    [
        ("UPDATE entry_points SET status = 'revoked'", 410, "已经停用"),
        ("UPDATE waves SET closes = :yesterday", 410, "已经结束"),
        ("UPDATE studies SET valid_until = :yesterday", 410, "已过有效期"),
        ("UPDATE areas SET valid_to = :yesterday", 410, "已经撤销"),
    ],
)
def test_what_is_closed_between_two_pages_stores_nothing(town, kit, close, status, words):
    def change():
        values = {"yesterday": town.day(-1)} if ":" in close else {}
        town.change(close, **values)

    closed_meanwhile(town, town.place(), kit, change, status, words)


def test_unknown_codes_are_all_alike(town, kit):
    never_issued, mistyped = place_code(), town.place()[:-1] + "!"
    codes = [never_issued, mistyped, household_code(), "X" * 400, "%00x", "民意", "../login"]
    replies = [town.app.test_client().get(f"/q/{code}") for code in codes]
    assert {reply.status_code for reply in replies[:-1]} <= {404, 400}
    assert replies[0].data == replies[1].data == replies[2].data
    phone = town.phone(never_issued)
    assert phone.post(kit.answers).page is None
    assert phone.reply.status_code == 404


def test_a_household_code_is_used_once(town, kit):
    code = town.household()
    first, second = town.phone(code), town.phone(code)
    first.open()
    second.go_to(kit.pages[-1], kit.answers)
    assert first.finish(kit.answers).status_code == 303
    assert second.finish(kit.answers).status_code == 410
    assert "已经用过" in second.reply.text
    assert town.phone(code).open().page is None
    assert town.count("responses") == 1
    assert town.counts(code)[2] == 1


@pytest.mark.parametrize("area", [TOWN, VILLAGE])
def test_an_area_past_its_last_day_closes_the_codes_in_it(town, area):
    codes = town.place(), town.household(area=GRID)
    town.change("UPDATE areas SET valid_to = :day WHERE code = :area", day=town.day(), area=area)
    for code in codes:
        assert town.phone(code).open().page  # its last valid day
    town.change("UPDATE areas SET valid_to = :day WHERE code = :area", day=town.day(-1), area=area)
    for code in codes:
        refused(town, code, 410, "已经撤销")


def test_an_area_past_its_last_day_is_refused_at_its_question(town, kit):
    page = next(
        page.name
        for page in kit.known.form.pages()
        if kit.area_question in {question.name for question in page.questions}
    )
    town.change(
        "UPDATE areas SET valid_to = :day WHERE code = :area", day=town.day(-1), area=OTHER_TOWN
    )
    answers = kit.answers | {kit.area_question: OTHER_TOWN[:9]}
    phone = town.phone(town.place()).go_to(page, answers)
    phone.send(answers)
    assert phone.reply.status_code == 422
    assert phone.paper.page == page
    assert f'href="#q-{kit.area_question}"' in phone.reply.text
    assert f'id="f-{kit.area_question}"' in phone.reply.text
    phone.finish(kit.answers)
    assert town.count("responses") == 1


def test_an_area_that_closes_before_the_last_page_is_refused_at_its_question(make_town):
    town = make_town(kit=HEAN)
    answers = HEAN.answers | {"s3_town": OTHER_TOWN[:9]}
    phone = town.phone(town.place()).go_to("g_main", answers)
    town.change("UPDATE areas SET valid_to = :day WHERE code = :a", day=town.day(-1), a=OTHER_TOWN)
    phone.send(answers)
    assert (phone.reply.status_code, phone.paper.page) == (422, "g_screen")
    assert town.stored() == (0, 0)


def test_a_study_without_a_sample_of_places_refuses_its_places_politely(town):
    code = town.place()
    with town.session() as session:
        session.execute(sa.text("DELETE FROM samples WHERE code = :code"), {"code": PLACE})
    refused(town, code, 410, "已经结束")


def test_an_entry_point_of_the_whole_city_works(town, kit):
    phone = town.phone(town.place(area=ROOT))
    phone.fill_in(kit.answers)
    assert town.response()["area_code"] == TOWN
