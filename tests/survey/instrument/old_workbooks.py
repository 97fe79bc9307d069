"""Writes small .xls workbooks (BIFF8 in an OLE2 container): texts only, one list a row."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
CONTINUED = 8_000  # bytes after which a string begins a CONTINUE record; the format allows 8224

Cell = tuple[int, int, str]  # row and column from 0


def write_xls(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """Rows from the first on; None is an empty cell."""
    cells = {
        title: [
            (number, place, str(text))
            for number, row in enumerate(rows)
            for place, text in enumerate(row)
            if text is not None
        ]
        for title, rows in sheets.items()
    }
    path.write_bytes(xls(cells))
    return path


def xls(sheets: Mapping[str, Sequence[Cell]]) -> bytes:
    """The bytes of a workbook with these cells."""
    return _container(_workbook(sheets))


def _workbook(sheets: Mapping[str, Sequence[Cell]]) -> bytes:
    texts = {
        text: place
        for place, text in enumerate(
            dict.fromkeys(text for cells in sheets.values() for _, _, text in cells)
        )
    }
    total = sum(map(len, sheets.values()))
    strings = _strings(list(texts), total)
    bodies = [
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 6))
        + b"".join(
            _record(0x00FD, struct.pack("<HHHI", row, column, 0, texts[text]))
            for row, column, text in cells
        )
        + _record(0x000A, b"")
        for cells in sheets.values()
    ]
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 6))
    begin += _record(0x0042, struct.pack("<H", 1200))
    bounds = [title.encode("utf-16-le") for title in sheets]
    at = len(begin) + sum(4 + 8 + len(name) for name in bounds) + len(strings) + 4
    globals_ = begin
    for name, body in zip(bounds, bodies, strict=True):
        data = struct.pack("<IBBBB", at, 0, 0, len(name) // 2, 1) + name
        globals_ += _record(0x0085, data)
        at += len(body)
    return globals_ + strings + _record(0x000A, b"") + b"".join(bodies)


def _strings(texts: Sequence[str], total: int) -> bytes:
    """The shared strings; one that does not fit begins a CONTINUE record."""
    code, data = 0x00FC, struct.pack("<II", total, len(texts))
    written = b""
    for text in texts:
        string = struct.pack("<HB", len(text), 1) + text.encode("utf-16-le", "surrogatepass")
        if len(data) + len(string) > CONTINUED:
            written += _record(code, data)
            code, data = 0x003C, b""
        data += string
    return written + _record(code, data)


def _record(code: int, data: bytes) -> bytes:
    return struct.pack("<HH", code, len(data)) + data


def _container(stream: bytes) -> bytes:
    """An OLE2 file whose one stream is ``Workbook``."""
    stream = stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\0")
    used = len(stream) // SECTOR
    fats = -(-(used + 1) // (SECTOR // 4 - 1))
    chain = [*range(1, used), END, END, *([FAT] * fats)]
    table = struct.pack(f"<{len(chain)}I", *chain)
    table = table.ljust(fats * SECTOR, b"\xff")
    directory = _entry("Root Entry", 5, END, 0, child=1) + _entry("Workbook", 2, 0, len(stream))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH6xIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, used)
    header += struct.pack("<IIIIII", 0, 4096, END, 0, END, 0)
    header += struct.pack(f"<{fats}I", *range(used + 1, used + 1 + fats))
    return header.ljust(SECTOR, b"\xff") + stream + directory.ljust(SECTOR, b"\0") + table


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    entry = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    entry += struct.pack("<III", FREE, FREE, child) + b"\0" * 36
    return entry + struct.pack("<III", start, size, 0)
