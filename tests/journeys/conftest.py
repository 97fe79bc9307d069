"""A poster in a lift lobby, and a phone in front of it."""

import shutil

import pytest

from tests.factories import HEAN, Town
from tests.journeys.servers import at_hand, free_port
from tests.journeys.visitors import PHONE, Visitor, answer_page


@pytest.fixture
def lobby(request, migrated_sqlite, tmp_path, browser):
    """A study that is served, and a phone that has scanned its poster.

    An indirect parameter has what is other than usual in the town.
    """
    file = shutil.copy(migrated_sqlite, tmp_path / "minyi.sqlite")
    port = free_port()
    options = getattr(request, "param", {})
    town = Town(f"sqlite:///{file}", base_url=f"http://127.0.0.1:{port}", **options)
    code = town.place()
    with at_hand(town.app, port):
        visitor = Visitor(browser, f"http://127.0.0.1:{port}", viewport=PHONE)
        yield Lobby(town, visitor, code)
        visitor.context.close()
    town.close()


class Lobby:
    def __init__(self, town, visitor, code):
        self.town, self.visitor = town, visitor
        self.code = code
        self.address = f"{visitor.base}/q/{code}"
        self.page = visitor.page

    def open(self):
        self.page = self.visitor.context.new_page()
        self.page.goto(self.address)
        return self.page

    def offline(self, gone):
        self.visitor.context.set_offline(gone)

    def go_to_the_end(self):
        """Answer page after page; the last is filled in and not sent."""
        while True:
            answer_page(self.page, HEAN.answers)
            button = self.page.locator("form#answers .actions .button:not(.plain)")
            if button.inner_text() == "提交":
                return button
            button.click()
            assert self.page.locator("#faults").count() == 0

    def wait_for_worker(self):
        """Until the page lies in the cache from which it is opened without a network."""
        self.page.wait_for_function(
            """async () => {
                const pages = await caches.open('minyi-pages');
                return !!await pages.match(location.pathname.toUpperCase());
            }"""
        )

    def scan(self):
        """From now on the address is the one in the printed code."""
        self.address = f"{self.visitor.base}/Q/{self.code}"

    def answered(self):
        return self.town.ask("SELECT value FROM answers WHERE name = 'q1_know'")
