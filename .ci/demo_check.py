"""Start the demo, answer its questionnaire once over HTTP, start it again, stop it."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from forms import Form, Page

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/q/[0-9A-Z-]+")
START, STOP = 300.0, 20.0  # seconds allowed; the first start loads the example city
MOST_PAGES = 30
RECEIPT = "您的撤回码"  # shown only after the answers are kept


class DemoCheckFailed(Exception):
    """The demo does not do what it promises."""


class Demo:
    """`make demo` in a process group of its own, as in a terminal of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.output: list[str] = []
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
        self._process = subprocess.Popen(
            ["make", "demo", f"PORT={self.port}"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self.output.extend(iter(self._process.stdout.readline, ""))

    def wait(self) -> str:
        """Wait for the page / and for the printed QR address, and return the address."""
        end = time.monotonic() + START
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise DemoCheckFailed(f"make demo ended with {self._process.returncode}")
            found = ADDRESS.search("".join(self.output))
            if found and self._answers():
                return found[0]
            time.sleep(0.2)
        raise DemoCheckFailed(f"no page / or no printed QR address after {START:.0f} s")

    def _answers(self) -> bool:
        try:
            with build_opener().open(f"http://127.0.0.1:{self.port}/", timeout=10) as reply:
                return bool(reply.status == 200)
        except HTTPError as error:
            raise DemoCheckFailed(f"the page / answers {error.code}") from error
        except (URLError, ConnectionError, TimeoutError):
            return False

    def stop(self) -> None:
        """Press Ctrl-C and see that everything ends and nothing is said to have gone wrong."""
        os.killpg(self._process.pid, signal.SIGINT)
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired as error:
            raise DemoCheckFailed(f"still running {STOP:.0f} s after Ctrl-C") from error
        self._reader.join(STOP)  # ends when the last process that can write has ended
        if self._reader.is_alive():
            raise DemoCheckFailed("a process of the demo survives Ctrl-C")
        if "Traceback" in "".join(self.output):
            raise DemoCheckFailed("the demo printed an error")

    def end(self) -> None:
        """Leave nothing behind, whatever has happened."""
        if self._process.poll() is None or self._reader.is_alive():
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(address: str) -> int:
    """Fill in one page after the other until there is a receipt; return the number of pages."""
    visitor = build_opener(HTTPCookieProcessor(CookieJar()))
    url, page = fetch(visitor, address)
    for number in range(1, MOST_PAGES):
        form = page.form()
        if form is None:
            if RECEIPT not in page.text():
                raise DemoCheckFailed(f"no receipt on the last page: {page.text()[:300]}")
            return number
        url, page = fetch(visitor, urljoin(url, form.action or url), form)
    raise DemoCheckFailed(f"no end after {MOST_PAGES} pages")


def fetch(visitor: OpenerDirector, url: str, form: Form | None = None) -> tuple[str, Page]:
    body = None if form is None else urlencode(form.filled()).encode()
    try:
        reply: HTTPResponse = visitor.open(url, body, timeout=30)
    except HTTPError as error:
        said = Page.read(error.read().decode("utf-8", "replace")).text()
        raise DemoCheckFailed(f"{error.code} from {url} for {body!r}: {said[:300]}") from error
    with reply:
        return reply.url, Page.read(reply.read().decode("utf-8"))


def known(address: str, port: int) -> None:
    """See that a code of the first run is known to the second: it runs on the same database."""
    moved = re.sub(r":\d+/", f":{port}/", address, count=1)
    try:
        build_opener().open(moved, timeout=30).close()
    except HTTPError as error:
        error.close()
        if error.code not in {403, 409, 410}:  # a household's code is used up by its answer
            raise DemoCheckFailed(
                f"the first run's code answers {error.code} in the second"
            ) from error


def main() -> None:
    demo = Demo()
    try:
        address = demo.wait()
        print(f"demo-check: started, {address}", flush=True)
        print(f"demo-check: answered on {answer(address)} pages, receipt shown", flush=True)
        demo.stop()
        demo.end()
        demo = Demo()
        demo.wait()
        known(address, demo.port)
        demo.stop()
        print("demo-check: started again on the same data and stopped: all well", flush=True)
    except DemoCheckFailed as failure:
        print("".join(demo.output[-40:]), file=sys.stderr)
        sys.exit(f"demo-check: {failure}")
    finally:
        demo.end()


if __name__ == "__main__":
    main()
