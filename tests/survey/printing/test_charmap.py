"""The characters of a font file: hand-made tables, and Typst's own judgement of real fonts."""

import random
import struct
from dataclasses import replace

import pytest
import typst

from survey.printing import charmap, fonts
from survey.printing.sheets import PressFailed, Sheet
from tests.survey.printing import values

IDEOGRAPHS = range(0x4E00, 0xA000)  # every Chinese font has most of them
HIEROGLYPHS = range(0x13000, 0x13400)  # and none of these


def font(table, *, platform=(3, 10), collection=False, name=b"cmap"):
    """A file with one table, after a directory of one record."""
    head = struct.pack(">4sI4x4x", b"ttcf", 0x10000)[:12] + struct.pack(">II", 0, 20)
    head = head if collection else b""
    cmap = struct.pack(">HHHHI", 0, 1, *platform, 12) + table
    start = len(head)
    directory = struct.pack(">4sHHHH", b"\0\1\0\0", 1, 0, 0, 0)
    record = struct.pack(">4sIII", name, 0, start + 28, len(cmap))
    return head + directory + record + cmap


def groups(*ranges):
    body = b"".join(struct.pack(">III", *one) for one in ranges)
    return struct.pack(">HHIII", 12, 0, 16 + len(body), 0, len(ranges)) + body


def segments(*rows, glyphs=()):
    """Rows of (first, last, delta, offset); ``glyphs`` is the list that offsets lead into."""
    rows = [*rows, (0xFFFF, 0xFFFF, 1, 0)]
    double = 2 * len(rows)
    firsts, lasts, deltas, offsets = zip(*rows, strict=True)
    words = [*lasts, 0, *firsts, *deltas, *offsets, *glyphs]
    return struct.pack(f">7H{len(words)}H", 4, 0, 0, double, 0, 0, 0, *words)


@pytest.fixture
def read(tmp_path):
    def reading(content, index=0):
        file = tmp_path / "font.ttf"
        file.write_bytes(content)
        return charmap.characters(file, index)

    return reading


def test_runs_of_characters_are_read(read):
    assert read(font(groups((65, 67, 5), (0x20BB7, 0x20BB7, 9)))) == {65, 66, 67, 0x20BB7}


def test_the_glyph_for_missing_is_none(read):
    assert read(font(groups((65, 67, 0)))) == {66, 67}
    assert read(font(segments((65, 67, 0x10000 - 66, 0)), platform=(3, 1))) == {65, 67}


def test_segments_lead_to_glyphs_by_a_constant_or_a_list(read):
    # two rows and the last one: the list begins three words after the offset of the first row
    table = segments((65, 66, 0, 6), (97, 99, 10, 0), glyphs=(0, 3))
    assert read(font(table, platform=(0, 3))) == {66, 97, 98, 99}


def test_a_font_of_a_collection_is_read(read):
    assert read(font(groups((65, 65, 5)), collection=True), index=1) == {65}


@pytest.mark.parametrize(
    "content",
    [
        font(groups((65, 65, 5)), platform=(1, 0)),
        font(struct.pack(">H", 2)),
        font(groups((65, 65, 5)), name=b"glyf"),
    ],
    ids=["a map from another code", "another format", "no map"],
)
def test_a_font_of_which_nothing_can_be_said_is_refused(read, content):
    with pytest.raises(charmap.NoCharacterMap):
        read(content)


def test_typst_agrees_on_what_the_fonts_of_this_computer_can_show():
    found = fonts.choose(typst.Fonts())
    chance = random.Random(20261126)
    shown = chance.sample(sorted(found.shown.intersection(IDEOGRAPHS)), 400)
    names = ["".join(map(chr, shown[start : start + 40])) for start in range(0, 400, 40)]
    assert values.printed(Sheet.POSTER_A4, [values.place(name) for name in names])
    unchecked = replace(found, shown=frozenset(range(0x110000)))
    for code in chance.sample(sorted(set(HIEROGLYPHS) - found.shown), 5):
        with pytest.raises(PressFailed, match="could not be displayed"):
            values.printed(Sheet.POSTER_A4, [values.place(chr(code))], fonts=unchecked)
