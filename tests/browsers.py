"""The browser of the tests: Debian's Chromium without its windows, held to this host.

The same engine as ``chromium``, whose windows cost as much again as the pages: 2.1 s
of CPU instead of 5.2 for five pages with fifty clicks.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

PROGRAM = "chromium-headless-shell"
MISSING = f"Chromium is missing: as root, apt-get install {PROGRAM}"

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
    path = shutil.which(PROGRAM)
    if path is None:
        raise ChromiumMissing(MISSING)
    # Chromium's sandbox refuses root, which containers commonly are.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *sandbox])
        yield browser
        browser.close()
