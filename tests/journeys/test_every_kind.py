"""A question of every kind in a browser: the script stores what pages without it do."""

import io
import shutil
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.factories import KINDS, PASSWORD, TOWN, Town
from tests.journeys.servers import at_hand, free_port
from tests.journeys.visitors import PHONE, Visitor, answer_page
from tests.survey.answering.test_every_kind import SENT

WISHES = ("公交", "小王自己的想法", "公园")
FILLED = {"event", "day", "half", "stamp", "people", "street", "block", "home", "post", "way"}


@pytest.fixture
def town(migrated_sqlite, tmp_path):
    file = shutil.copy(migrated_sqlite, tmp_path / "minyi.sqlite")
    town = Town(f"sqlite:///{file}", kit=KINDS, base_url=f"http://127.0.0.1:{free_port()}")
    yield town
    town.close()


@pytest.fixture
def visitor(town, browser):
    base = town.app.config["MINYI"].base_url
    with at_hand(town.app, urlsplit(base).port):
        visitor = Visitor(browser, base, viewport=PHONE)
        visitor.context.grant_permissions(["geolocation"])
        visitor.context.set_geolocation({"latitude": 30.5, "longitude": 114.3})
        yield visitor
        visitor.check_quiet()
        visitor.context.close()


def following(page):
    page.locator("form#answers .actions .button:not(.plain)").click()
    assert page.locator("#faults").count() == 0, page.locator("#faults").inner_text()


def through_the_kinds(page):
    """The second page, from top to bottom."""
    answer_page(page, {"who": SENT["who"]})
    assert page.locator(".note:visible").first.inner_text() == "您好,小王。"
    page.locator("[name='share']").fill("35")
    answer_page(page, {name: SENT[name] for name in ("score", "hours", "born", "hobbies")})
    page.locator("[name='wakes']").fill(SENT["wakes"])
    answer_page(page, {"hobbies_other": SENT["hobbies_other"]})
    for wish in WISHES:
        page.get_by_role("button", name=wish).click()
    assert page.locator("input[name='part']:visible").count() == 0
    page.locator("select[name='city']").select_option("an")
    assert page.locator("input[name='part']:visible").count() == 2
    assert page.get_by_text("您选了和安。").is_visible()
    answer_page(page, {"part": "an2", "heard": "y", "read_it": "OK"})


def through_the_children(page):
    for number in (1, 2):
        page.get_by_role("button", name="再加一个").click()
        answer_page(page, {f"child_name[{number}]": SENT[f"child_name[{number}]"]})
        answer_page(page, {f"child_age[{number}]": SENT[f"child_age[{number}]"]})
    assert page.get_by_text("小宝几岁?").is_visible()
    page.locator("[name='.geo.school[2]']").check()
    page.locator("[name='school[2]']").fill("30.6 114.4 0 0")


def begin(page):
    answer_page(page, {"agreed": "yes", "years": "40"})
    following(page)
    through_the_kinds(page)


def test_the_script_stores_what_pages_without_it_do(town, visitor):
    page = visitor.page
    page.goto(f"{visitor.base}/Q/{town.place()}")
    begin(page)
    page.locator("[name='.geo.spot']").check()
    page.locator("[data-item='spot'] [data-locate]").click()
    page.wait_for_function("document.querySelector('[name=spot]').value != ''")
    following(page)
    through_the_children(page)
    following(page)
    assert page.locator("[name='people']").input_value() == "3"  # a default of a later page
    answer_page(page, {"home": TOWN[:9], "dated": "y"})
    page.locator("form#answers .actions .button:not(.plain)").click()
    page.wait_for_url("**/thanks/**")
    stored = town.answers()
    assert stored.pop("spot").startswith("30.5")
    wanted = KINDS.known.answers | KINDS.known.calculations
    assert {name: text for name, text in stored.items() if name not in FILLED} == {
        name: text for name, text in wanted.items() if name not in FILLED | {"spot"}
    }
    assert (stored["stamp"], stored["half"], stored["people"]) == ("N5", "2", "3")


def a_photograph():
    """Wide as it lies in the file, upright as the phone was held."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "maker of the camera"
    out = io.BytesIO()
    Image.new("RGB", (80, 40), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_volunteer_takes_a_photograph_at_the_door(town, visitor):
    town.user(username="volunteer-1")
    visitor.log_in("volunteer-1", PASSWORD)
    page = visitor.page
    page.goto(f"{visitor.base}/entry/")
    page.get_by_role("button", name="开始访问").click()
    begin(page)
    following(page)
    through_the_children(page)
    following(page)
    answer_page(page, {"home": TOWN[:9], "dated": "y"})
    submit = page.locator("form#answers .actions .button:not(.plain)")
    submit.click()
    assert "门牌照片" in page.locator("#faults").inner_text()  # it is asked for
    file = {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": a_photograph()}
    page.locator("input[type='file']").set_input_files(file)
    submit.click()
    page.wait_for_url("**/entered/**")
    assert town.answers()["photo"].endswith(".jpg")
    stored = Image.open(io.BytesIO(town.ask("SELECT content FROM images")))
    assert stored.size == (40, 80)
    assert not stored.getexif()
