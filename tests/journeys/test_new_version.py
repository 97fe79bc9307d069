"""A workbook on its way to the residents: uploaded, looked at, published, answered."""

import time

import pytest
import sqlalchemy as sa

from survey import db
from survey.designer import service
from survey.designer.service import Upload
from survey.models import Role, Study
from tests.factories import PASSWORD, Town
from tests.journeys.servers import free_port, serving
from tests.journeys.visitors import PHONE, Visitor
from tests.survey.designer.forms import Edited
from tests.survey.designer.workbooks import HEAN

GONE = "d3_job"  # the version in force does not ask it


@pytest.fixture
def site(migrated_url, tmp_path):
    """A town whose questionnaire in force lacks a question of the example's."""
    town = Town(migrated_url)
    with town.session() as session:
        study = session.get(Study, town.study_id)
        older = Upload(b"older", Edited().drop(GONE).form)
        service.save_draft(session, study, older, replaces="")
        session.flush()  # the draft is looked up by the next step
        service.publish(session, study, older.sha256)
    town.user(Role.ANALYST)
    port = free_port()
    with serving(town.url, tmp_path / "log", port):
        yield town, f"http://127.0.0.1:{port}"
    town.close()


def asks(visitor, base, code, name):
    """Whether the resident's page has a question, on this page or on a later one."""
    reply = visitor.context.request.get(f"{base}/q/{code}")
    assert reply.status == 200
    return f'name="{name}"' in reply.text()


def wait_until(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_the_example_is_uploaded_previewed_published_and_asked(browser, site):
    town, base = site
    code = town.place()
    resident = Visitor(browser, base, viewport=PHONE)
    assert not asks(resident, base, code, GONE)

    analyst = Visitor(browser, base, viewport={"width": 1280, "height": 800})
    analyst.log_in("analyst", PASSWORD)
    page = analyst.page
    page.click("nav a:has-text('问卷')")
    page.click("text=版本、上传和预览")
    page.set_input_files("#workbook", HEAN)
    page.click(".upload button")
    page.wait_for_url("**/forms/live/3/")

    assert "可以发布" in page.inner_text("main")
    assert GONE in page.inner_text("#differences")
    frames = page.locator(".phone")
    assert frames.count() == 3 * 2  # three pages in two languages
    assert page.locator("iframe").count() == 0
    assert "您目前的身份?" in frames.nth(4).inner_text()
    assert "Your current status?" in frames.nth(5).inner_text()
    assert not asks(resident, base, code, GONE)  # a draft is asked of nobody

    page.click("#publish button.button:not(.danger)")
    page.wait_for_url("**/forms/live/#version-3")
    row = page.locator("#version-3").inner_text()
    assert "现行" in row
    assert "analyst" in row
    fresh = town.place(code="P002")
    for _ in range(4):  # whichever of the two workers answers
        assert asks(resident, base, fresh, GONE)
    wait_until(lambda: asks(resident, base, code, GONE))  # a popular code is remembered a while

    download = page.locator("#version-3 a:has-text('原始工作簿')").get_attribute("href")
    assert analyst.context.request.get(base + download).body() == HEAN.read_bytes()
    with db.open_session(town.url) as session:
        acts = session.scalars(
            sa.text("SELECT act FROM audit_events WHERE act LIKE 'form.%' ORDER BY id")
        ).all()
    assert acts == ["form.edit", "form.publish"]
    analyst.check_quiet()
    for visitor in (analyst, resident):
        visitor.context.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_a_workbook_with_faults_comes_back_with_their_places(browser, site, tmp_path, javascript):
    town, base = site
    file = tmp_path / "broken.xlsx"
    file.write_bytes(b"PK this is no workbook")
    analyst = Visitor(browser, base, viewport=PHONE, java_script_enabled=javascript)
    analyst.log_in("analyst", PASSWORD)
    page = analyst.page
    page.goto(f"{base}/forms/{town.study_id}/")
    page.set_input_files("#workbook", file)
    page.click(".upload button")
    page.wait_for_selector(".problems")
    assert "没有保存" in page.inner_text("main")
    assert "broken.xlsx" in page.inner_text(".problems")
    assert town.count("questionnaires") == 2
    analyst.context.close()  # a refusal is an error to the console, so it is not quiet
