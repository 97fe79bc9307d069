"""From the printed QR image to the official's table: a phone's browser, with and without script."""

import io
import re
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image

from survey.demo import prepare
from tests.factories import HEAN
from tests.journeys.servers import free_port, serving
from tests.journeys.visitors import PHONE, Visitor, answer_all


class Site:
    """The demo city behind the production server."""

    def __init__(self, demo):
        self.base = demo.config.base_url
        self.passwords = dict(line.split() for line in demo.accounts.splitlines() if line)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    demo = prepare(folder / "demo", free_port())
    port = urlsplit(demo.config.base_url).port
    secret = demo.config.secret_key
    with serving(demo.config.database_url, folder / "log", port, secret=secret):
        yield Site(demo)


@pytest.fixture
def visit(browser, site):
    """Makes visitors, and sees at the end that nothing went wrong with any."""
    visitors = []

    def make(**options):
        visitors.append(Visitor(browser, site.base, **options))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.check_quiet()
        visitor.context.close()


def printed_address(administrator, site):
    """What a decoder reads off the image of the first place."""
    page = administrator.page
    page.goto(f"{site.base}/points/")
    live = page.locator("section[id^='study-hean-now']")
    live.get_by_role("link", name="地点和海报").click()
    page.locator("tbody th[scope='row'] a").first.click()
    png = page.locator("a[href$='.png']").get_attribute("href")
    image = administrator.context.request.get(site.base + png).body()
    return zxingcpp.read_barcode(Image.open(io.BytesIO(image))).text


def count_on_the_table(official, site):
    """The number of answers that the table of the place sample says the first rate has."""
    page = official.page
    page.goto(f"{site.base}/results/")
    link = page.locator("a[href*='hean-now'][href$='N1-place']").first.get_attribute("href")
    page.goto(site.base + link)
    cell = page.locator("table").first.locator("tbody tr").first.locator("[data-label='有效答卷']")
    return int(cell.inner_text().replace(",", ""))


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_scanned_code_becomes_one_more_answer_in_the_officials_table(visit, site, script):
    administrator, official = (
        visit().log_in(name, site.passwords[name]) for name in ("administrator", "official")
    )
    before = count_on_the_table(official, site)
    address = printed_address(administrator, site)
    assert re.fullmatch(re.escape(site.base.upper()) + "/Q/[0-9A-Z]{8}", address)

    resident = visit(viewport=PHONE, java_script_enabled=script, is_mobile=True, has_touch=True)
    resident.page.goto(address)
    assert len(resident.requests) <= 3  # the page, its style sheet, the icon that is in the page
    elsewhere = {".lives_here": "0"} | HEAN.answers  # in the order of the page
    last = answer_all(resident.page, elsewhere)
    receipt = resident.page.locator(".receipt").inner_text()
    again = resident.context.request.post(
        last.url,
        data=last.post_data,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        max_redirects=0,
    )
    assert again.status == 303
    resident.page.goto(site.base + again.headers["location"])
    assert resident.page.locator(".receipt").inner_text() == receipt
    assert count_on_the_table(official, site) == before + 1
