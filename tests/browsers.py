"""The browser of the tests: Debian's Chromium, held to this host."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

MISSING = "Chromium is missing: as root, apt-get install chromium"

QUIET = [  # a browser that asks its maker nothing
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


class ChromiumMissing(Exception):
    """No Chromium on the PATH."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium without a window; each test makes a context of its own in it."""
    path = shutil.which("chromium")
    if path is None:
        raise ChromiumMissing(MISSING)
    # Chromium's sandbox refuses root, which containers commonly are.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *sandbox])
        yield browser
        browser.close()
