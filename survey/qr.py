"""QR images of an address: SVG and PNG to print, text for a terminal."""

from io import BytesIO, StringIO
from urllib.parse import urlsplit

import qrcode
from markupsafe import Markup
from qrcode.constants import ERROR_CORRECT_Q

QUIET_ZONE = 4  # modules of white around the code, as ISO/IEC 18004 asks
# Black on white whatever the colours of the terminal are, and back to them.
_INK_ON_PAPER = "\x1b[30;107m"
_RESET = "\x1b[0m"
_SVG = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 {size} {size}"'
    ' role="img" shape-rendering="crispEdges"><title>{title}</title>'
    '<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
)  # its format() escapes
_HALF_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def address(base_url: str, code: str) -> str:
    """Return the address that a QR image carries, in capitals as far as it stays the same address.

    A QR code packs capitals and digits into 5.5 bits instead of 8, so the picture is coarser and
    reads from farther away. Scheme and host mean the same in capitals; the path does only because
    the platform answers to ``/Q/`` as it does to ``/q/``. Below a path of its own
    (``https://host/minyi``) another server decides, so that path stays as it is.
    """
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}".upper() + path + f"/Q/{code}"


def svg(url: str, *, title: str = "") -> Markup:
    """Return an SVG image that scales to its container; ``title`` is read out in its place."""
    rows = _modules(url)
    size = len(rows)
    path = "".join(
        f"M{start} {y}h{length}v1h-{length}z"
        for y, row in enumerate(rows)
        for start, length in _runs(row)
    )
    return _SVG.format(size=size, title=title or url, path=path)


def png(url: str, *, module: int = 12) -> bytes:
    """Return a PNG image in black and white, ``module`` pixels for each module."""
    code = _code(url)
    code.box_size = module
    written = BytesIO()
    code.make_image().save(written, format="PNG")
    return written.getvalue()


def text(url: str, *, colour: bool = False) -> str:
    """Return lines of half blocks, two rows of modules a line, dark modules as ink.

    Plain text reads black on white only where the terminal is so; ``colour`` adds the sequences
    that make it so anywhere, for a terminal and not for a file.
    """
    rows = _modules(url)
    if len(rows) % 2:
        rows = [*rows, [False] * len(rows)]
    lines = StringIO()
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        line = "".join(_HALF_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        lines.write(f"{_INK_ON_PAPER}{line}{_RESET}\n" if colour else f"{line}\n")
    return lines.getvalue()


def _code(url: str) -> qrcode.QRCode:
    """Return a code at level Q, a quarter of which may be torn, faded or painted over."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=QUIET_ZONE)
    code.add_data(url, optimize=4)
    code.make(fit=True)
    return code


def _modules(url: str) -> list[list[bool]]:
    """Return the modules with their quiet zone, row by row; true is dark."""
    return [[bool(module) for module in row] for row in _code(url).get_matrix()]


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """Return start and length of every run of dark modules."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            runs.append((start, x - start))
            start = None
    return runs
