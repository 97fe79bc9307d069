"""What the questionnaire of 和安市 weighs on a slow phone: bytes and requests, in Chromium.

The seconds that follow from it are measured by `make bench PART=page`: a test is never timed.
"""

import re

import pytest

from tests.factories import HEAN
from tests.journeys.visitors import PHONE

FIRST, FIRST_REQUESTS = 15 * 1024, 2
WHOLE, WHOLE_REQUESTS = 20 * 1024, 3


class Weighed:
    """A visitor's first page: each response's size as it came over the wire, head included."""

    def __init__(self, browser, address, **options):
        self.context = browser.new_context(viewport=PHONE, **options)
        self.page = self.context.new_page()
        self.wire = self.context.new_cdp_session(self.page)
        self.wire.send("Network.enable")
        self.loaded = []  # address and bytes of each response, also of one that comes twice
        names = {}
        self.wire.on(
            "Network.requestWillBeSent",
            lambda e: names.update({e["requestId"]: e["request"]["url"]}),
        )
        self.wire.on(
            "Network.loadingFinished",
            lambda e: self.loaded.append((names.get(e["requestId"], ""), e["encodedDataLength"])),
        )
        self.page.goto(address, wait_until="networkidle")

    def of_network(self):
        return [(url, size) for url, size in self.loaded if url.startswith("http")]


@pytest.fixture
def weigh(browser):
    weighed = []

    def make(address, **options):
        weighed.append(Weighed(browser, address, **options))
        return weighed[-1]

    yield make
    for one in weighed:
        one.context.close()


def test_the_first_page_without_its_script(lobby, weigh):
    found = weigh(lobby.address, java_script_enabled=False).of_network()
    found = [(url, size) for url, size in found if "/script/" not in url]
    assert len(found) <= FIRST_REQUESTS
    assert sum(size for _, size in found) <= FIRST


def test_the_whole_form_with_its_script(lobby, weigh):
    one = weigh(lobby.address)
    found = one.of_network()
    assert len(found) == WHOLE_REQUESTS
    assert sum(size for _, size in found) <= WHOLE
    asked = {name for name in HEAN.answers if re.fullmatch(r"[sq]\d+_\w+", name)}
    there = one.page.evaluate(
        "Array.from(document.querySelectorAll('[data-item]'), e => e.dataset.item)"
    )
    assert asked <= set(there)  # it is the whole questionnaire


def test_nothing_more_is_loaded_while_it_is_answered(lobby, weigh):
    one = weigh(lobby.address)
    one.page.check("input[name='s0_consent'][value='1']")
    one.page.locator("form#answers .actions .button:not(.plain)").click()
    one.page.wait_for_timeout(2500)  # longer than a change waits to be saved
    later = [url for url, size in one.of_network()[WHOLE_REQUESTS:] if size]  # not from its cache
    # the service worker, once something is worth keeping, and the saved draft
    assert all(url.endswith(("/q/sw.js", "/draft")) for url in later)
