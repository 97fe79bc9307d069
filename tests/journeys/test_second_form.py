"""Another questionnaire in a real browser: nested groups and a three-step relevance."""

import pytest

from tests.factories import READING, Town
from tests.journeys.servers import at_hand, free_port
from tests.journeys.visitors import PHONE, Visitor, answer_all, answer_page


@pytest.fixture
def site(migrated_sqlite, tmp_path):
    """A town with the second form, and its address."""
    file = tmp_path / "minyi.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    town = Town(f"sqlite:///{file}", kit=READING, base_url=base)
    with at_hand(town.app, port):
        yield town, base
    town.close()


def seen(page):
    """Which of the three steps can be seen."""
    names = ("borrows", "books_month", "why_many")
    return [name for name in names if page.locator(f"[name='{name}']:visible").count()]


def open_reading(visitor, base, code):
    visitor.page.goto(f"{base}/q/{code}")
    answer_page(visitor.page, READING.answers)
    with visitor.page.expect_navigation():
        visitor.page.locator("form#answers .actions button").first.click()
    assert visitor.page.locator("[name='.page']").input_value() == "reading"
    return visitor.page


def test_with_a_script_each_answer_brings_up_the_next_question(browser, site):
    town, base = site
    visitor = Visitor(browser, base, viewport=PHONE)
    page = open_reading(visitor, base, town.place())
    assert seen(page) == ["borrows"]
    page.locator("input[name='borrows'][value='y']").check()
    assert seen(page) == ["borrows", "books_month"]
    page.locator("input[name='books_month']").fill("12")
    page.locator("input[name='books_month']").blur()
    assert seen(page) == ["borrows", "books_month", "why_many"]
    page.locator("input[name='borrows'][value='n']").check()
    assert seen(page) == ["borrows"]  # what rests on a hidden question is hidden, too
    visitor.check_quiet()
    visitor.context.close()


def test_without_a_script_all_three_are_there(browser, site):
    town, base = site
    visitor = Visitor(browser, base, viewport=PHONE, java_script_enabled=False)
    assert seen(open_reading(visitor, base, town.place())) == ["borrows", "books_month", "why_many"]
    visitor.check_quiet()
    visitor.context.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_same_is_stored_with_and_without_a_script(browser, site, script):
    town, base = site
    visitor = Visitor(browser, base, viewport=PHONE, java_script_enabled=script)
    visitor.page.goto(f"{base}/q/{town.place()}")
    answer_all(visitor.page, READING.answers)
    assert "已收到" in visitor.page.inner_text("main")
    stored = town.answers()
    for name, text in (READING.answers | READING.known.calculations).items():
        assert stored[name] == text, name
    assert town.count("responses") == 1
    visitor.check_quiet()
    visitor.context.close()
