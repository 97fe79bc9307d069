"""A page that is kept for many shows each his own words, escaped, and nobody another's."""

import gzip
import re

import pytest
from flask import Flask, request

from survey import kept_pages
from survey.kept_pages import kept_page
from tests.factories import HEAN, Town

RECEIPT = re.compile(r'<p class="receipt">(\w{6})</p>')


@pytest.fixture
def rendered(monkeypatch):
    """Asks for a page in a request of its own; how often it was rendered stands in ``made``."""
    monkeypatch.setattr(kept_pages, "_kept", type(kept_pages._kept)())
    app, made = Flask("kept"), []

    def make(own):
        made.append(own)
        return f"<p>{own['name']}</p><b>{own['name']} {own['code']}</b>{request.path}"

    def ask(key, packs=False, **own):
        headers = {"Accept-Encoding": "gzip"} if packs else {}
        with app.test_request_context("/x", headers=headers):
            return kept_page((key,), own, make)

    ask.made = made
    return ask


def test_it_is_rendered_once_for_a_key_and_each_reads_his_own(rendered):
    first = rendered("one", name="A", code="1").get_data(as_text=True)
    second = rendered("one", name="B & <b>", code="2").get_data(as_text=True)
    assert first == "<p>A</p><b>A 1</b>/x"
    assert second == "<p>B &amp; &lt;b&gt;</p><b>B &amp; &lt;b&gt; 2</b>/x"
    assert len(rendered.made) == 1
    rendered("two", name="A", code="1")
    assert len(rendered.made) == 2


def test_packed_and_plain_are_one_text(rendered):
    plain = rendered("one", name="字", code="1")
    packed = rendered("one", packs=True, name="字", code="1")
    assert gzip.decompress(packed.data).decode() == plain.get_data(as_text=True)
    assert (plain.headers.get("Content-Encoding"), packed.headers["Content-Encoding"]) == (
        None,
        "gzip",
    )
    assert packed.headers["Vary"] == "Accept-Encoding"


def test_what_somebody_writes_is_never_taken_for_a_mark(rendered):
    rendered("one", name="A", code="1")
    mark = rendered.made[0]["code"]
    found = rendered("one", name=mark, code="2").get_data(as_text=True)
    assert found == f"<p>{mark}</p><b>{mark} 2</b>/x"


def test_only_so_many_are_kept(rendered, monkeypatch):
    monkeypatch.setattr(kept_pages, "MOST_KEPT", 2)
    for key in ("one", "two", "three", "one"):
        rendered(key, name="A", code="1")
    assert len(rendered.made) == 4
    assert len(kept_pages._kept) == 2


@pytest.fixture
def town(sqlite_url):
    town = Town(sqlite_url, HEAN)
    yield town
    town.close()


def finished(town, code):
    return town.phone(code).fill_in(HEAN.answers).location


def test_the_thanks_of_two_people_differ_by_their_codes_only(town):
    code, client = town.place(), town.app.test_client(use_cookies=False)
    first, second = (client.get(finished(town, code)).text for _ in range(2))
    assert RECEIPT.search(first)[1] != RECEIPT.search(second)[1]
    assert RECEIPT.sub("", first) == RECEIPT.sub("", second)


def test_the_thanks_follow_language_size_code_and_a_changed_study(town):
    code, other = town.place(), town.place(code="P002")
    client = town.app.test_client(use_cookies=False)
    thanks = finished(town, code).partition("?")[0]
    shown = RECEIPT.search(client.get(thanks).text)[1]
    english, large = (client.get(f"{thanks}?{query}").text for query in ("lang=en", "elder=1"))
    assert "Received. Thank you!" in english
    assert 'class="elder"' in large
    assert f"/q/{code}/withdraw?elder=1" in large
    many = len(kept_pages._kept)
    elsewhere = client.get(thanks.replace(code, other)).text
    assert len(kept_pages._kept) == many  # the code is everybody's own: one page for all places
    assert f"/q/{other}/withdraw" in elsewhere
    assert f"/q/{code}/withdraw" not in elsewhere
    town.change("UPDATE studies SET title_zh = '改了名的调查'")
    renamed = client.get(thanks).text
    assert "改了名的调查" in renamed
    for page in (english, large, elsewhere, renamed):
        assert RECEIPT.search(page)[1] == shown
