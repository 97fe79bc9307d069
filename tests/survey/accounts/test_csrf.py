"""Unsafe requests need the token of a page of ours; forwarding stays on this host."""

import re

import pytest

from survey.accounts.views import local_path
from tests.survey.accounts import world


@pytest.fixture
def app(sqlite_url):
    world.settle(sqlite_url)
    app = world.app_on(sqlite_url)
    yield app
    app.extensions["engine"].dispose()


GIVEN = {"username": "official", "password": world.PASSWORD}


def test_a_login_without_a_token_is_refused(app):
    assert app.test_client().post("/login", data=GIVEN).status_code == 400


def test_a_login_with_the_token_of_another_browser_is_refused(app):
    theirs = world.token_on(app.test_client().get("/login"))
    client = app.test_client()
    client.get("/login")
    assert client.post("/login", data=GIVEN | {"csrf_token": theirs}).status_code == 400


def test_a_login_with_a_cookie_that_we_did_not_sign_is_refused(app):
    client = app.test_client()
    token = world.token_on(client.get("/login"))
    client.set_cookie("__Host-minyi-form", "forged.abc.def")
    assert client.post("/login", data=GIVEN | {"csrf_token": token}).status_code == 400


@pytest.mark.parametrize("make", ["none", "empty", "other user", "cut", "other nonce", "not ascii"])
def test_a_wrong_token_after_the_login_is_a_400_and_changes_nothing(app, make):
    client = world.log_in(app, "official")
    own = world.token_on(client.get("/"))
    nonce, _, mac = own.partition(".")
    data = {
        "none": {},
        "empty": {"csrf_token": ""},
        "other user": {"csrf_token": world.token_on(world.log_in(app, "analyst").get("/"))},
        "cut": {"csrf_token": own[:-1]},
        "other nonce": {"csrf_token": f"x{nonce}.{mac}"},
        "not ascii": {"csrf_token": f"{nonce}.民意"},
    }[make]
    reply = client.post("/logout", data=data)
    assert reply.status_code == 400
    assert 'data-code="token_wrong"' in reply.text
    assert client.get("/account/password").status_code == 200


def test_a_token_may_come_in_a_header(app):
    client = world.log_in(app, "official")
    token = world.token_on(client.get("/"))
    assert client.post("/logout", headers={"X-CSRF-Token": token}).status_code == 303


def test_a_token_of_before_the_login_is_worthless_after_it(app):
    client = app.test_client()
    before = world.token_on(client.get("/login"))
    client.post("/login", data=GIVEN | {"csrf_token": before})
    assert client.post("/logout", data={"csrf_token": before}).status_code == 400


def test_no_two_pages_carry_the_same_token(app):
    client = world.log_in(app, "official")
    assert world.token_on(client.get("/")) != world.token_on(client.get("/"))


def test_a_visitor_who_does_not_log_in_gets_no_cookie(app):
    assert app.test_client().get("/").headers.getlist("Set-Cookie") == []


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "evil.example",
    "/x\u2028//evil.example",
    "",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_login_sends_nobody_to_another_host(app, target):
    reply = world.try_login(app.test_client(), "official", next=target)
    assert (reply.status_code, reply.location) == (303, "/")
    again = world.log_in(app, "official").get("/login", query_string={"next": target})
    assert (again.status_code, again.location) == (303, "/")
    page = app.test_client().get("/login", query_string={"next": target})
    assert re.search(r'name="next" value="/"', page.text)


@pytest.mark.parametrize(
    "target", ["/users", "/users?wave=W0&x=//y", "/a/b?next=https://x.example"]
)
def test_the_login_returns_to_the_page_that_asked_for_it(app, target):
    with app.test_request_context():
        assert local_path(target) == target


def test_a_page_that_needs_a_login_leads_there_and_back(app):
    client = app.test_client()
    sent = client.get("/account/password?lang=en")
    assert sent.status_code == 303
    page = client.get(sent.location)
    data = GIVEN | {"csrf_token": world.token_on(page)}
    data["next"] = re.search(r'name="next" value="([^"]+)"', page.text)[1]
    assert client.post("/login", data=data).location == "/account/password?lang=en"
