"""Every route with every role and without a login, made from the map of addresses itself."""

import re
import shutil
import uuid

import pytest

from survey.accounts.access import PUBLIC, Act, may, permission
from survey.db import SAFE_METHODS
from survey.headers import FILES
from survey.models import Role
from tests.survey.accounts import world

VALUES = {"int": 1, "float": 1.0, "uuid": uuid.UUID(int=7), "path": "app.css", "default": "X"}
# Posts that begin or end a login: tests/survey/accounts/test_logins.py does these.
LOGINS = {"accounts.log_in", "accounts.logout", "accounts.change_password"}


@pytest.fixture(scope="module")
def app(tmp_path_factory, migrated_sqlite):
    file = tmp_path_factory.mktemp("routes") / "minyi.sqlite"
    url = f"sqlite:///{shutil.copy(migrated_sqlite, file)}"
    world.settle(url)
    app = world.app_on(url)
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture(scope="module")
def clients(app):
    return {role: world.log_in(app, role.value) for role in Role}


def routes(app):
    """Endpoint, method and an address with made-up values, for every rule and method."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:([^<>:(]+)[^<>:]*:)?[^<>]+>", _made_up, rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


def _made_up(part):
    return str(VALUES[part[1] or "default"])


def view_of(app, endpoint):
    return app.view_functions[endpoint]


def undeclared(app):
    return {rule.endpoint for rule in app.url_map.iter_rules()} - {
        endpoint for endpoint, view in app.view_functions.items() if permission(view) is not None
    }


def test_every_route_declares_who_may_use_it(app):
    assert undeclared(app) == set()
    assert len(list(routes(app))) >= 9


def test_a_route_that_declares_nothing_is_found_and_never_served(sqlite_url):
    app = world.app_on(sqlite_url)
    app.add_url_rule("/new", "new", lambda: "secret")
    assert undeclared(app) == {"new"}
    reply = app.test_client().get("/new")
    assert reply.status_code == 500
    assert "secret" not in reply.text
    app.extensions["engine"].dispose()


def test_without_a_login_only_public_pages_answer(app):
    for endpoint, method, path in routes(app):
        reply = app.test_client().open(path, method=method, buffered=True)
        is_public = permission(view_of(app, endpoint)) == PUBLIC
        if is_public:
            assert reply.status_code != 401, (endpoint, method)
            assert "/login" not in (reply.location or ""), (endpoint, method)
        elif method in SAFE_METHODS:
            assert (reply.status_code, reply.location.split("?")[0]) == (303, "/login"), endpoint
        else:
            assert reply.status_code == 401, (endpoint, method)
        assert reply.status_code < 500, (endpoint, method)


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_what_it_may_and_nothing_else(app, clients, role):
    client = clients[role]
    for endpoint, method, path in routes(app):
        needed = permission(view_of(app, endpoint))
        allowed = needed == PUBLIC or (isinstance(needed, Act) and may(role, needed))
        if allowed and endpoint in LOGINS:
            continue
        data = {"csrf_token": world.token_on(client.get("/"))} if method != "GET" else None
        reply = client.open(path, method=method, data=data, buffered=True)
        if allowed:
            assert reply.status_code not in {401, 403}, (endpoint, method, role)
        else:
            assert reply.status_code == 403, (endpoint, method, role)
        assert reply.status_code < 500, (endpoint, method, role, reply.text)


def test_no_unsafe_request_goes_through_without_its_token(app, clients):
    unsafe = [route for route in routes(app) if route[1] not in SAFE_METHODS]
    assert len(unsafe) >= 3
    for endpoint, method, path in unsafe:
        view = view_of(app, endpoint)
        reply = clients[Role.ADMINISTRATOR].open(path, method=method)
        if getattr(view, "own_token", False):
            assert permission(view) == PUBLIC, endpoint  # staff are always held to our token
            assert reply.status_code >= 400, (endpoint, method)
        else:
            assert reply.status_code == 400, (endpoint, method)
            assert 'data-code="token_wrong"' in reply.text, (endpoint, method)


def test_every_answer_carries_the_security_headers(app, clients):
    for client in (app.test_client(), clients[Role.ADMINISTRATOR]):
        for endpoint, method, path in [*routes(app), ("none", "GET", "/no/such/page")]:
            headers = client.open(path, method=method, buffered=True).headers
            assert headers["X-Content-Type-Options"] == "nosniff", endpoint
            if endpoint in FILES:
                continue  # a style sheet or script is no page
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none';"), endpoint
            assert "unsafe" not in policy, endpoint
            assert "frame-ancestors 'none'" in policy, endpoint
            assert headers["Strict-Transport-Security"].startswith("max-age=31536000"), endpoint
            assert headers["Referrer-Policy"] == "same-origin", endpoint
            assert headers["Cache-Control"] == "no-store", endpoint
