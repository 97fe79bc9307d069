"""The first page on a slow phone: 390 x 844, processor slowed 4 times, 400 kbit/s, 400 ms.

The cache is empty each time; the page is the whole questionnaire of the example
(22 questions) as gunicorn serves it. The floor of the same run is a page that
holds one sentence: what connection and browser take by themselves.
"""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from survey import db
from tests import browsers
from tests.factories import HEAN, Town
from tests.journeys.servers import free_port, serving
from tests.journeys.visitors import PHONE

ROUNDS = 5
SLOWER = 4
NETWORK = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
AIM_PAINT, AIM_COMPLETE = 1.6, 2.0
PAINTED = """() => new Promise(done => {
  const found = () => performance.getEntriesByName("first-contentful-paint")[0];
  const look = () => found() ? done(found().startTime) : setTimeout(look, 20);
  look();
})"""
COMPLETE = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, browsers.chromium() as browser:
        url = f"sqlite:///{scratch}/minyi.sqlite"
        db.migrate(url)
        town = Town(url, HEAN)
        code, port = town.place(), free_port()
        with serving(url, Path(scratch) / "log", port):
            base = f"http://127.0.0.1:{port}"
            report("floor: one sentence", browser, f"{base}/q/none")
            paint, complete = report("questionnaire", browser, f"{base}/q/{code}")
        town.close()
    print(f"first paint {paint:.2f} s (aim {AIM_PAINT} s)")
    print(f"complete {complete:.2f} s (aim {AIM_COMPLETE} s)")


def report(name: str, browser: Browser, address: str) -> tuple[float, float]:
    """Medians of first contentful paint and load, in seconds."""
    runs = [visit(browser, address) for _ in range(ROUNDS)]
    paint, complete = (statistics.median(run[part] for run in runs) for part in (0, 1))
    print(f"{name:<22} paint {paint:5.2f} s   complete {complete:5.2f} s   of {ROUNDS}")
    return paint, complete


def visit(browser: Browser, address: str) -> tuple[float, float]:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", NETWORK)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="load")
    paint, complete = page.evaluate(PAINTED), page.evaluate(COMPLETE)
    context.close()
    return paint / 1000, complete / 1000


if __name__ == "__main__":
    main()
