"""Which characters a font file has a glyph for: its table cmap, read without a library."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

COLLECTION = b"ttcf"
# (platform, encoding) of the maps from Unicode, the fullest first (OpenType, table cmap).
UNICODE = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3))
MISSING = 0  # the glyph that stands for "no glyph", mostly a box


class NoCharacterMap(ValueError):
    """A font file without a map from Unicode in format 4 or 12: nothing can be said of it."""


def characters(path: Path, index: int) -> frozenset[int]:
    """The code points of a file's only font, or of font ``index`` of a collection."""
    with path.open("rb") as file:
        table = _unicode_map(_table(file, index, b"cmap"), file.name)
    (kind,) = struct.unpack_from(">H", table)
    if kind == 12:
        return frozenset(_groups(table))
    if kind == 4:
        return frozenset(_segments(table))
    message = f"{path}: format {kind}"
    raise NoCharacterMap(message)


def _table(file: BinaryIO, index: int, name: bytes) -> bytes:
    start = 0
    if file.read(4) == COLLECTION:
        file.seek(12 + 4 * index)
        (start,) = struct.unpack(">I", file.read(4))
    file.seek(start + 4)
    (count,) = struct.unpack(">H6x", file.read(8))
    for tag, _, offset, length in struct.iter_unpack(">4sIII", file.read(16 * count)):
        if tag == name:
            file.seek(offset)
            return file.read(length)
    raise NoCharacterMap(file.name)


def _unicode_map(cmap: bytes, name: str) -> bytes:
    (count,) = struct.unpack_from(">2xH", cmap)
    records = struct.iter_unpack(">HHI", cmap[4 : 4 + 8 * count])
    found = {(platform, encoding): offset for platform, encoding, offset in records}
    for wanted in UNICODE:
        if wanted in found:
            return cmap[found[wanted] :]
    raise NoCharacterMap(name)


def _groups(table: bytes) -> Iterator[int]:
    """Format 12: runs of code points that have a run of glyphs."""
    (count,) = struct.unpack_from(">12xI", table)
    for first, last, glyph in struct.iter_unpack(">III", table[16 : 16 + 12 * count]):
        yield from range(first + (glyph == MISSING), last + 1)


def _segments(table: bytes) -> Iterator[int]:
    """Format 4: segments whose glyphs are a constant away, or stand in a list."""
    (double,) = struct.unpack_from(">6xH", table)
    words = f">{double // 2}H"
    lasts = struct.unpack_from(words, table, 14)
    firsts = struct.unpack_from(words, table, 16 + double)
    deltas = struct.unpack_from(words, table, 16 + 2 * double)
    list_at = 16 + 3 * double
    offsets = struct.unpack_from(words, table, list_at)
    for place, first in enumerate(firsts):
        for code in range(first, lasts[place] + 1):
            glyph = code
            if offsets[place]:  # counted in bytes from where the offset itself stands
                at = list_at + 2 * place + offsets[place] + 2 * (code - first)
                (glyph,) = struct.unpack_from(">H", table, at)
                if glyph == MISSING:
                    continue
            if (glyph + deltas[place]) % 0x10000 != MISSING:
                yield code
