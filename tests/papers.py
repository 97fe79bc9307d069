"""Printed sheets as their readers have them: pages, texts, pictures, by poppler's programs."""

import io
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import zxingcpp
from PIL import Image

MISSING = "poppler is missing: as root, apt-get install poppler-utils"
POINTS = 72 / 25.4  # a millimetre


class PopplerMissing(Exception):
    """No pdftoppm on the PATH."""


class Font(NamedTuple):
    name: str
    embedded: bool
    subset: bool
    has_texts: bool


class Paper:
    """A PDF. Millimetres are counted from the upper left corner of a page."""

    def __init__(self, pdf):
        self.pdf = pdf

    def _run(self, program, *arguments, out=("-",)):
        if shutil.which(program) is None:
            raise PopplerMissing(MISSING)
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(self.pdf)
            file.flush()
            command = [program, *map(str, arguments), file.name, *out]
            return subprocess.run(command, capture_output=True, check=True).stdout

    def sizes(self):
        """Width and height of each page in whole millimetres."""
        told = self._run("pdfinfo", "-f", 1, "-l", -1, out=()).decode()
        found = re.findall(r"^Page +\d+ size: +([\d.]+) x ([\d.]+) pts", told, re.MULTILINE)
        return [(round(float(w) / POINTS), round(float(h) / POINTS)) for w, h in found]

    def fonts(self):
        lines = self._run("pdffonts", out=()).decode().splitlines()[2:]
        return [Font(line.split()[0], *(w == "yes" for w in line.split()[-5:-2])) for line in lines]

    def text(self, page, box=None):
        """What stands on a page, or in a box (left, top, width, height), without white space."""
        area = () if box is None else ("-r", 254, *_crop([side * 10 for side in box]))
        text = self._run("pdftotext", "-raw", "-f", page, "-l", page, *area).decode()
        return "".join(text.split())

    def pictures(self, dpi):
        """Each page as a picture in shades of grey."""
        with tempfile.TemporaryDirectory() as folder:
            self._run("pdftoppm", "-gray", "-r", dpi, out=(f"{folder}/page",))
            files = sorted(Path(folder).iterdir())
            return [Image.open(io.BytesIO(file.read_bytes())) for file in files]


def _crop(box):
    return [part for name, side in zip("xyWH", map(round, box), strict=True)
            for part in (f"-{name}", side)]  # fmt: skip


def cut(picture, dpi, box):
    """A box of a page's picture: left, top, width and height in millimetres."""
    left, top, width, height = (round(side * dpi / 25.4) for side in box)
    return picture.crop((left, top, left + width, top + height))


def ink(picture, dpi):
    """Left, top, right and bottom of what is not white, in millimetres; None for none."""
    box = picture.point(lambda shade: 255 if shade < 250 else 0).getbbox()
    return box and tuple(side * 25.4 / dpi for side in box)


def codes(picture):
    """What the QR codes of a picture say, to a decoder that knows nothing of us."""
    return sorted(one.text for one in zxingcpp.read_barcodes(picture))
