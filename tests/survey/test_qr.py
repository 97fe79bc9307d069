"""QR images: each is read back by a decoder that knows nothing of how it was made."""

import io
import re
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image

from survey import codes, qr

URL = "HTTPS://MINYI.HEAN.GOV.CN/Q/7K4M9XRP"
LONG_URL = f"HTTPS://MINYI.HEAN.GOV.CN/Q/{'7K4M9XRP' * 2}NNN"
EVERY_URL = pytest.mark.parametrize(
    "url", [URL, LONG_URL, "http://127.0.0.1:8000/q/7K4M9XRP", "https://a.cn/minyi/Q/7K4M9XRP"]
)


def decoded(image):
    found = zxingcpp.read_barcodes(image.convert("L"))
    assert len(found) == 1
    return found[0]


def picture(rows, *, scale=8):
    image = Image.new("L", (len(rows[0]), len(rows)), 255)
    image.putdata([0 if dark else 255 for row in rows for dark in row])
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def rows_of_text(text):
    rows = []
    for line in text.splitlines():
        rows.append([character in "▀█" for character in line])
        rows.append([character in "▄█" for character in line])
    return rows


def rows_of_svg(markup):
    svg = ElementTree.fromstring(str(markup))
    size = int(svg.get("viewBox").split()[2])
    rows = [[False] * size for _ in range(size)]
    path = svg.find("{http://www.w3.org/2000/svg}path").get("d")
    for x, y, width, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path):
        assert width == back
        for column in range(int(x), int(x) + int(width)):
            rows[int(y)][column] = True
    return rows


@EVERY_URL
def test_a_png_is_read_back(url):
    found = decoded(Image.open(io.BytesIO(qr.png(url))))
    assert found.text == url


@EVERY_URL
def test_the_text_of_a_terminal_is_read_back(url):
    assert decoded(picture(rows_of_text(qr.text(url)))).text == url


@EVERY_URL
def test_an_svg_is_read_back(url):
    assert decoded(picture(rows_of_svg(qr.svg(url)))).text == url


def test_colours_for_a_terminal_change_no_module():
    plain = re.sub(r"\x1b\[[0-9;]*m", "", qr.text(URL, colour=True))
    assert plain == qr.text(URL)
    assert all(
        line.startswith("\x1b[30;107m") and line.endswith("\x1b[0m")
        for line in qr.text(URL, colour=True).splitlines()
    )


def test_a_poster_survives_a_torn_patch():
    image = Image.open(io.BytesIO(qr.png(URL))).convert("L")
    side = image.width
    patch = (int(side * 0.55), int(side * 0.55), int(side * 0.72), int(side * 0.72))
    image.paste(255, patch)
    found = decoded(image)
    assert found.text == URL
    assert found.ec_level == "Q"


def test_the_quiet_zone_is_four_modules_of_white():
    rows = rows_of_svg(qr.svg(URL))
    border = [*rows[:4], *rows[-4:], *(row[:4] for row in rows), *(row[-4:] for row in rows)]
    assert not any(dark for row in border for dark in row)
    assert any(rows[4])


def test_capitals_make_the_picture_coarser():
    assert len(rows_of_svg(qr.svg(URL))) < len(rows_of_svg(qr.svg(URL.lower())))


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://minyi.hean.gov.cn", "HTTPS://MINYI.HEAN.GOV.CN/Q/7K4M9XRP"),
        ("https://minyi.hean.gov.cn/", "HTTPS://MINYI.HEAN.GOV.CN/Q/7K4M9XRP"),
        ("http://127.0.0.1:8000", "HTTP://127.0.0.1:8000/Q/7K4M9XRP"),
        ("https://hean.gov.cn/minyi/", "HTTPS://HEAN.GOV.CN/minyi/Q/7K4M9XRP"),
    ],
)
def test_an_address_is_in_capitals_where_it_stays_the_same_address(base_url, expected):
    assert qr.address(base_url, "7K4M9XRP") == expected


def test_a_household_code_fits_a_picture_of_33_modules():
    url = qr.address("https://minyi.hean.gov.cn", codes.household_code())
    assert len(rows_of_svg(qr.svg(url))) <= 33 + 2 * qr.QUIET_ZONE


def test_an_svg_carries_no_style_and_escapes_its_title():
    markup = str(qr.svg(URL, title='<script>"门"</script>'))
    assert "style" not in markup
    assert "<script>" not in markup
    title = ElementTree.fromstring(markup).find("{http://www.w3.org/2000/svg}title")
    assert title.text == '<script>"门"</script>'


def test_the_same_address_gives_the_same_bytes():
    assert qr.png(URL) == qr.png(URL)
