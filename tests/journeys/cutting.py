"""A proxy that cuts connections: before the body, in it, after the commit before the reply."""

import contextlib
import random
import re
import socket
import threading
from collections import Counter
from contextlib import contextmanager

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
# How a POST ends; "whole" goes through.
ENDS = ("before the body", "in the body", "before the reply", "whole")


class CuttingProxy:
    """Hands one request a connection on to a server, or cuts it off somewhere."""

    def __init__(self, port, seed):
        self._server, self._random = port, random.Random(seed)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.cuts = Counter()

    def serve(self):
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:  # closed: the test is over
                return
            threading.Thread(target=self._handle, args=[visitor], daemon=True).start()

    def close(self):
        # a mere close would leave accept() waiting
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _handle(self, visitor):
        with visitor, contextlib.suppress(OSError):
            head, body = _read_request(visitor)
            end = self._end_of(head)
            if end == "before the body":
                self._send(head, wait=False)
            elif end == "in the body":
                self._send(head + body[: len(body) // 2], wait=False)
            else:
                reply = self._send(head + body, wait=True)
                if end == "whole":
                    visitor.sendall(reply)

    def _end_of(self, head):
        if not head.startswith(b"POST"):
            return "whole"
        with self._lock:
            end = self._random.choice(ENDS)
            self.cuts[end] += 1
        return end

    def _send(self, content, *, wait):
        with socket.create_connection(("127.0.0.1", self._server), timeout=60) as server:
            server.sendall(content)
            if not wait:
                return b""
            # as soon as it is whole, as a browser does: what the server does after it is too late
            reply = b""
            while not _is_whole(reply) and (piece := server.recv(65536)):
                reply += piece
            return reply


@contextmanager
def cutting(port, seed=1):
    """A proxy in front of the server on ``port``."""
    proxy = CuttingProxy(port, seed)
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.close()


def _is_whole(reply):
    head, end, body = reply.partition(b"\r\n\r\n")
    length = LENGTH.search(head + b"\r\n")
    return bool(end) and length is not None and len(body) >= int(length[1])


def _read_request(visitor):
    """Head and body; the head asks the server to close when it has replied."""
    content = b""
    while b"\r\n\r\n" not in content:
        piece = visitor.recv(65536)
        if not piece:
            raise OSError
        content += piece
    head, _, body = content.partition(b"\r\n\r\n")
    found = LENGTH.search(head)
    wanted = int(found[1]) if found else 0
    while len(body) < wanted:
        piece = visitor.recv(65536)
        if not piece:
            raise OSError
        body += piece
    return head + b"\r\nConnection: close\r\n\r\n", body
