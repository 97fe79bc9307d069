"""What residents get is compressed, in pieces that fit together; pages of staff stay plain."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.compression import Pieces
from tests.factories import HEAN, Town

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(TEXT, min_size=1, max_size=5), st.data())
def test_pieces_are_one_stream_of_the_whole_text(fixed, data):
    filled = tuple(data.draw(TEXT) for _ in fixed[1:])
    pieces = Pieces(tuple(fixed))
    whole = "".join(
        part for pair in zip(fixed, (*filled, ""), strict=True) for part in pair
    ).encode()
    assert pieces.plain(filled) == whole
    assert gzip.decompress(pieces.packed(filled)) == whole


@pytest.fixture
def town(migrated_sqlite, tmp_path):
    file = tmp_path / "minyi.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    town = Town(f"sqlite:///{file}", HEAN)
    yield town
    town.close()


def test_a_kept_page_is_the_same_compressed_and_plain_but_for_what_is_the_visitors_own(town):
    code, client = town.place(), town.app.test_client(use_cookies=False)
    plain = client.get(f"/q/{code}")
    packed = client.get(f"/q/{code}", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    unpacked = gzip.decompress(packed.data).decode()
    assert len(packed.data) < len(plain.data) / 4
    assert unpacked.split('name=".id"')[0] == plain.text.split('name=".id"')[0]
    assert unpacked != plain.text  # each has a submission id of its own


def test_pages_of_staff_are_not_compressed(town):
    reply = town.user().get("/entry/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in reply.headers
