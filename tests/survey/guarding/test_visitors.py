"""A device has a cookie that says nothing; only the proxies of the settings are believed."""

from datetime import date, timedelta
from http.cookies import SimpleCookie

import pytest
from flask import Flask, make_response, request

from survey import error_pages, headers, language
from survey.config import Config
from survey.guarding.buckets import FLOW, Buckets, Flow
from survey.guarding.visitors import COOKIE, init_app, set_device_cookie, visitor
from tests.factories import SECRET
from tests.survey.guarding.waves import NOON

LAST_DAY = date(2026, 6, 30)
TIGHT = Flow(burst=10, each_second=0)
BEHIND = "10.0.0.2"  # the address of our own proxy


def make_app(*, proxies=0, flow=FLOW, base_url="https://minyi.test", last_day=LAST_DAY, fix=None):
    """An app with a page for codes, one for others, and the guard in front of them."""
    config = Config(secret_key=SECRET, base_url=base_url, trusted_proxies=proxies, flow=flow)
    app = Flask("small", template_folder="../../../templates")
    app.config["MINYI"] = config
    error_pages.init_app(app)
    init_app(app)
    language.init_app(app)
    headers.init_app(app)

    @app.route("/q/<code>", methods=["GET", "POST"])
    @app.route("/Q/<code>", methods=["GET", "POST"])
    def page(code):
        if code == "nothing":
            return "no such code", 404
        who = visitor(request, config)
        response = make_response(f"{who.device} {who.is_new} {who.network}")
        set_device_cookie(response, who, config, last_day=last_day, now=NOON)
        return response

    @app.route("/other", methods=["GET", "POST"])
    def other():
        return "other"

    if fix:
        app.wsgi_app = fix(app.wsgi_app)
    return app


def seen(response):
    """What the page knew: device, whether it is new, network."""
    return response.text.split(" ")


def cookies(response):
    found = []
    for line in response.headers.getlist("Set-Cookie"):
        found += SimpleCookie(line).values()
    return found


# The cookie.


def test_a_new_device_gets_a_cookie_that_says_nothing():
    response = make_app().test_client().get("/q/code")
    given = cookies(response)
    assert {cookie.key for cookie in given} == {COOKIE}
    assert {cookie["path"] for cookie in given} == {"/q", "/Q"}  # printed codes lead to /Q/
    assert len({cookie.value for cookie in given}) == 1
    for cookie in given:
        assert len(cookie.value) == 22  # 128 bits
        assert cookie["httponly"]
        assert cookie["secure"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["domain"]
        assert int(cookie["max-age"]) == (date(2026, 7, 2) - NOON.date()).days * 86_400 - 43_200


def test_without_https_the_cookie_works_as_well():
    response = make_app(base_url="http://127.0.0.1:8000").test_client().get("/q/code")
    assert [bool(cookie["secure"]) for cookie in cookies(response)] == [False, False]


@pytest.mark.parametrize(
    ("last_day", "days"),
    [(date(2027, 6, 30), 100), (date(2026, 5, 19), 0.5), (date(2026, 5, 1), 0)],
)
def test_the_cookie_ends_with_the_study_and_after_100_days(last_day, days):
    response = make_app(last_day=last_day).test_client().get("/q/code")
    assert {int(cookie["max-age"]) for cookie in cookies(response)} == {int(days * 86_400)}


def test_a_device_is_known_again_at_both_addresses_and_gets_no_other_cookie():
    client = make_app().test_client()
    device, is_new, _ = seen(client.get("/q/code"))
    assert is_new == "True"
    for address in ("/q/code", "/Q/CODE", "/q/other"):
        response = client.get(address)
        assert seen(response)[:2] == [device, "False"]
        assert cookies(response) == []


def test_other_pages_never_see_the_cookie():
    client = make_app().test_client()
    client.get("/q/code")
    assert client.get_cookie(COOKIE, path="/q") is not None
    assert client.get_cookie(COOKIE, path="/") is None


def test_two_devices_differ():
    app = make_app()
    devices = {seen(app.test_client().get("/q/code"))[0] for _ in range(50)}
    assert len(devices) == 50


@pytest.mark.parametrize(
    "text", ["", "short", "x" * 23, "x" * 21 + "%", "x" * 5000, "x" * 21 + "é"]
)
def test_a_cookie_that_is_none_of_ours_is_replaced(text):
    client = make_app().test_client()
    response = client.get("/q/code", headers={"Cookie": f"{COOKIE}={text}"})
    assert seen(response)[1] == "True"
    assert len(cookies(response)) == 2


def test_a_network_is_known_by_a_keyed_hash():
    client = make_app().test_client()

    def network(address):
        return seen(client.get("/q/code", environ_overrides={"REMOTE_ADDR": address}))[2]

    one = network("203.0.113.7")
    assert len(one) == 64
    assert network("203.0.113.7") == one
    assert network("203.0.113.8") != one
    assert network("2001:db8::1") == network("2001:db8::2")
    assert network("") == network("no address") == ""


# Proxies: as many addresses are believed as proxies stand in front, from the right.


def forged(app, *, requests=200, behind=None):
    """How many of 200 requests with an address of their own each pass.

    ``behind``: our proxy's address; it appends the address that it saw.
    """
    client, n = app.test_client(), 0
    for number in range(requests):
        header = f"198.51.100.{number}"
        address = "203.0.113.7"
        if behind:
            header, address = f"{header}, {address}", behind
        response = client.get(
            "/q/code",
            headers={"X-Forwarded-For": header},
            environ_overrides={"REMOTE_ADDR": address},
        )
        assert response.status_code in {200, 429}
        n += response.status_code == 200
    return n


def test_forged_addresses_pass_at_most_the_limit():
    assert forged(make_app(flow=TIGHT)) == 10


def test_forged_addresses_through_our_proxy_pass_at_most_the_limit():
    assert forged(make_app(flow=TIGHT, proxies=1), behind=BEHIND) == 10


def test_two_proxies_in_front_are_two_addresses_from_the_right():
    app = make_app(flow=TIGHT, proxies=2)
    client, n = app.test_client(), 0
    for number in range(200):
        header = f"198.51.100.{number}, 203.0.113.7, 10.0.0.3"
        response = client.get(
            "/q/code",
            headers={"X-Forwarded-For": header},
            environ_overrides={"REMOTE_ADDR": BEHIND},
        )
        n += response.status_code == 200
    assert n == 10


def leftmost(wsgi_app):
    def application(environ, start_response):
        environ["REMOTE_ADDR"] = environ["HTTP_X_FORWARDED_FOR"].split(",")[0].strip()
        return wsgi_app(environ, start_response)

    return application


@pytest.mark.parametrize("behind", [None, BEHIND])
def test_who_believes_the_leftmost_address_lets_all_pass(behind):
    """Control."""
    assert forged(make_app(flow=TIGHT, fix=leftmost), behind=behind) == 200


def test_who_expects_a_proxy_and_is_reached_directly_lets_all_pass():
    """Control: why the port must not be reached but through the proxy."""
    assert forged(make_app(flow=TIGHT, proxies=1)) == 200


@pytest.mark.parametrize(
    ("proxies", "header"), [(1, "203.0.113.{}"), (2, "203.0.113.{}, 10.0.0.3")]
)
def test_people_behind_our_proxies_are_not_one_network(proxies, header):
    client = make_app(flow=TIGHT, proxies=proxies).test_client()
    for number in range(200):
        response = client.get(
            "/q/code",
            headers={"X-Forwarded-For": header.format(number)},
            environ_overrides={"REMOTE_ADDR": BEHIND},
        )
        assert response.status_code == 200


def test_a_proxy_that_is_not_in_the_settings_is_reported_once(caplog):
    client = make_app().test_client()
    for _ in range(3):
        client.get("/q/code", headers={"X-Forwarded-For": "203.0.113.7"})
    (record,) = caplog.records
    assert "MINYI_TRUSTED_PROXIES is 0" in record.message
    assert "203.0.113.7" not in caplog.text


@pytest.mark.parametrize("address", ["119.4.0.1", "2400:3200::1", "no address"])
def test_the_header_of_a_stranger_is_not_reported(caplog, address):
    make_app().test_client().get(
        "/q/code",
        headers={"X-Forwarded-For": "10.0.0.1"},
        environ_overrides={"REMOTE_ADDR": address},
    )
    assert caplog.records == []


def test_a_proxy_on_a_socket_is_reported_too(caplog):
    make_app().test_client().get(
        "/q/code",
        headers={"X-Forwarded-For": "203.0.113.7"},
        environ_overrides={"REMOTE_ADDR": ""},
    )
    assert len(caplog.records) == 1


# Floods.


def statuses(app, times, method="GET", path="/q/code", **more):
    client = app.test_client()
    return [client.open(path, method=method, **more).status_code for _ in range(times)]


def test_a_flood_gets_a_page_in_both_languages_that_says_when_to_come_back():
    app = make_app(flow=TIGHT)
    assert statuses(app, 12) == [200] * 10 + [429] * 2
    response = app.test_client().get("/q/code")
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert "请求太频繁" in response.text
    assert "Too many requests" in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert app.test_client().get("/q/code", headers={"Accept": "application/json"}).json[
        "error"
    ] == ("too_many")


@pytest.mark.parametrize(
    ("method", "path", "limited"),
    [
        ("GET", "/q/code", True),
        ("POST", "/q/code", True),
        ("GET", "/Q/CODE", True),
        ("GET", "/q/nothing", True),
        ("GET", "/q/code/no/such/page", True),
        ("POST", "/other", True),
        ("POST", "/no/such/page", True),
        ("GET", "/other", False),
        ("GET", "/static/resident.css", False),
    ],
)
def test_what_residents_open_and_whatever_writes_is_limited(method, path, limited):
    found = statuses(make_app(flow=TIGHT), 30, method, path)
    assert (429 in found) is limited
    assert found[0] != 429


def test_another_network_is_not_shut_out():
    app = make_app(flow=TIGHT)
    statuses(app, 20)
    assert statuses(app, 1, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}) == [200]


def test_guessing_codes_ends_soon():
    """A code that does not exist costs eleven requests."""
    flow = Flow(each_second=0)
    assert statuses(make_app(flow=flow), 100, path="/q/nothing").count(404) == 55
    assert statuses(make_app(flow=flow), 100).count(200) == 100


def test_a_flood_from_no_address_at_all_is_one_network():
    app = make_app(flow=TIGHT)
    assert statuses(app, 20, environ_overrides={"REMOTE_ADDR": ""}).count(200) == 10


def test_the_whole_app_is_guarded(make_town):
    app = make_town().app
    app.extensions["buckets"] = Buckets(Flow(burst=22, each_second=0))
    assert statuses(app, 4, path="/q/22222222") == [404, 404, 429, 429]
    assert statuses(app, 1, "POST", "/login") == [429]
    assert statuses(app, 1, path="/login") == [200]


@pytest.mark.parametrize("days", [1, 60, 101])
def test_the_cookie_never_outlives_100_days(days):
    response = make_app(last_day=NOON.date() + timedelta(days=days)).test_client().get("/q/code")
    assert all(int(cookie["max-age"]) <= 100 * 86_400 for cookie in cookies(response))
