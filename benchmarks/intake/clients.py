"""Visitors who answer one after the other: many connections, one process, raw HTTP/1.1."""

import asyncio
import html
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\nlocation: ([^\r]+)", re.IGNORECASE)
TICKET = re.compile(rb'name="\.id" value="([^"]+)"')


@dataclass(slots=True)
class Result:
    """What a run came to; ``seconds`` are those of each complete answer."""

    elapsed: float = 0.0
    seconds: list[float] = field(default_factory=list)
    errors: int = 0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(frozen=True, slots=True)
class Script:
    """What a visitor does: opens ``path``, sends ``body(page)`` there, reads the thanks."""

    port: int
    path: str
    body: Callable[[bytes], dict[str, object]]


async def run(script: Script, visitors: int, length: float) -> Result:
    """Let so many visitors answer for so many seconds."""
    result = Result()
    started = time.perf_counter()
    until = started + length
    await asyncio.gather(*(_visitor(script, until, result) for _ in range(visitors)))
    result.elapsed = time.perf_counter() - started
    return result


def answer_of(page: bytes, path: str, answers: dict[str, object]) -> dict[str, object]:
    """The body of the whole form of a page of ours."""
    found = TICKET.search(page)
    assert found is not None, page[:300]
    ticket = html.unescape(found[1].decode())
    return {".id": ticket, ".page": "g_main", ".begun": "1", **answers}


async def _visitor(script: Script, until: float, result: Result) -> None:
    while time.perf_counter() < until:
        reader, writer = await asyncio.open_connection("127.0.0.1", script.port)
        try:
            while time.perf_counter() < until:
                began = time.perf_counter()
                if not await _complete(script, reader, writer):
                    result.errors += 1
                    break
                result.seconds.append(time.perf_counter() - began)
        except (OSError, asyncio.IncompleteReadError):
            result.errors += 1
        finally:
            writer.close()


async def _complete(
    script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    status, _, page = await _ask(reader, writer, "GET", script.path)
    if status != 200:
        return False
    body = urlencode(script.body(page), doseq=True).encode()
    status, head, _ = await _ask(reader, writer, "POST", script.path, body)
    location = LOCATION.search(head)
    if status != 303 or location is None:
        return False
    status, _, _ = await _ask(reader, writer, "GET", location[1].decode())
    return status == 200


async def _ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    method: str,
    path: str,
    body: bytes = b"",
) -> tuple[int, bytes, bytes]:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n"
    if body:
        head += "Content-Type: application/x-www-form-urlencoded\r\n"
        head += f"Content-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"\r\n" + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    length = LENGTH.search(answer)
    content = await reader.readexactly(int(length[1])) if length else b""
    return int(answer[9:12]), answer, content
