"""What is kept by browsers and what never, the one inline script, the language of a page."""

import hashlib
import re

import pytest

from survey import headers
from tests.survey.accounts import world


@pytest.fixture
def app(sqlite_url):
    app = world.app_on(sqlite_url)
    yield app
    app.extensions["engine"].dispose()


def test_a_static_file_is_kept_for_ever_under_the_name_of_its_content(app):
    client = app.test_client()
    address = re.search(r'href="(/static/app\.css\?v=[0-9a-f]{16})"', client.get("/").text)[1]
    reply = client.get(address, buffered=True)
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    content = (headers.STATIC / "app.css").read_bytes()
    assert reply.data == content
    assert address.endswith(hashlib.sha256(content).hexdigest()[:16])


@pytest.mark.parametrize("query", ["", "?v=0000000000000000"])
def test_a_static_file_of_another_content_is_asked_for_again(app, query):
    reply = app.test_client().get(f"/static/app.css{query}", buffered=True)
    assert reply.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/static/none.css", "/static/..%2fconfig.py", "/static/../db.py"])
def test_nothing_but_static_files_is_served_as_such(app, path):
    reply = app.test_client().get(path)
    assert reply.status_code == 404
    assert reply.headers["Cache-Control"] == "no-store"


def test_the_policy_allows_files_of_ours_and_nothing_inline():
    policy = dict(part.split(" ", 1) for part in headers.CONTENT_SECURITY_POLICY.split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["style-src"] == "'self'"


def test_without_https_nothing_binds_the_browser_to_it(sqlite_url):
    app = world.app_on(sqlite_url, base_url="http://127.0.0.1:8000")
    assert "Strict-Transport-Security" not in app.test_client().get("/").headers
    app.extensions["engine"].dispose()


def test_a_page_is_chinese_until_english_is_asked_for_and_remembers_it(app):
    client = app.test_client()
    assert 'lang="zh-Hans"' in client.get("/", headers={"Accept-Language": "en"}).text
    assert '<html lang="en"' in client.get("/?lang=en").text
    assert '<html lang="en"' in client.get("/").text
    assert client.get("/?lang=zh").text == client.get("/").text
    assert '<html lang="en"' not in client.get("/?lang=fr").text


def test_the_link_to_the_other_language_keeps_the_rest_of_the_address(app):
    page = app.test_client().get("/login", query_string={"next": "/a?b=<c>&d", "lang": "zh"}).text
    assert 'href="?next=%2Fa%3Fb%3D%3Cc%3E%26d&amp;lang=en"' in page
