"""A line of progress on a terminal for what takes more than two seconds; nothing in a pipe."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

PATIENCE = 2.0  # seconds


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """Give a function that names the step under way."""
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    status = console.status(what)
    timer = threading.Timer(PATIENCE, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda step: status.update(f"{what}: {step}")
    finally:
        timer.cancel()
        timer.join()  # else it could start the line after it was stopped
        status.stop()
