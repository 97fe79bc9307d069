"""Logging in and out: sessions on the server, the limit of attempts, nothing told to guessers."""

import statistics
import threading
import time

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from survey import db
from survey.accounts import logins, passwords, service
from survey.models import AuditEvent, LoginSession, Role, User
from tests.survey.accounts import world

COOKIE = "__Host-minyi"


@pytest.fixture
def url(migrated_url):
    world.settle(migrated_url)
    return migrated_url


@pytest.fixture
def app(url):
    app = world.app_on(url)
    yield app
    app.extensions["engine"].dispose()


def change(url, statement, **values):
    with db.open_session(url) as session:
        session.execute(sa.text(statement), values)


def age_sessions(url, **by):
    """Make every session look as if so much time had passed since its last request."""
    column = "last_seen_at" if "idle" in by else "expires_at"
    spent = by.get("idle") or by["total"]
    with db.open_session(url) as session:
        for row in session.scalars(sa.select(LoginSession)):
            setattr(row, column, getattr(row, column) - spent)
            if column == "expires_at":
                row.created_at -= spent


def is_in(client):
    return client.get("/account/password").status_code == 200


def test_the_cookie_is_for_this_host_https_and_the_server_only(app):
    reply = world.try_login(app.test_client(), "official")
    cookie = next(c for c in reply.headers.getlist("Set-Cookie") if c.startswith(COOKIE + "="))
    parts = {part.strip() for part in cookie.split(";")[1:]}
    assert parts == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    token = cookie.partition("=")[2].partition(";")[0]
    assert len(token) >= 43  # 256 bits in base 64


def test_without_https_the_cookie_has_a_plain_name(url):
    app = world.app_on(url, base_url="http://127.0.0.1:8000")
    reply = world.try_login(app.test_client(), "official")
    cookie = next(c for c in reply.headers.getlist("Set-Cookie") if c.startswith("minyi="))
    assert "Secure" not in cookie
    assert "HttpOnly" in cookie
    app.extensions["engine"].dispose()


def test_the_database_holds_a_hash_and_never_the_token(app, url):
    client = world.log_in(app, "official")
    token = client.get_cookie(COOKIE).value
    row = dict(world_row(url, "sessions"))
    assert token not in str(row)
    assert len(row["token_hash"]) == 64


def world_row(url, table):
    with db.open_session(url) as session:
        return session.execute(sa.text(f"SELECT * FROM {table}")).mappings().one()


def test_the_token_changes_at_every_login_and_the_old_one_is_dead(app):
    client = world.log_in(app, "official")
    old = client.get_cookie(COOKIE).value
    client.set_cookie("minyi-form", "x")
    reply = world.post(client, "/login", username="official", password=world.PASSWORD)
    assert reply.status_code == 303
    assert client.get_cookie(COOKIE).value != old
    thief = app.test_client()
    thief.set_cookie(COOKIE, old)
    assert not is_in(thief)
    assert is_in(client)


def test_a_planted_token_is_not_taken_over_by_the_login(app):
    victim = app.test_client()
    victim.set_cookie(COOKIE, "planted")
    assert world.try_login(victim, "official").status_code == 303
    thief = app.test_client()
    thief.set_cookie(COOKIE, "planted")
    assert not is_in(thief)


def test_a_cookie_copied_before_the_logout_is_worthless_after_it(app):
    client = world.log_in(app, "official")
    thief = app.test_client()
    thief.set_cookie(COOKIE, client.get_cookie(COOKIE).value)
    assert is_in(thief)
    assert world.post(client, "/logout").status_code == 303
    assert not is_in(thief)
    assert not is_in(client)
    assert client.get_cookie(COOKIE) is None


@pytest.mark.parametrize(
    ("username", "idle", "stays"),
    [
        ("official", logins.IDLE * 0.9, True),
        ("official", logins.IDLE, False),
        ("administrator", logins.IDLE, False),
        ("volunteer", logins.IDLE * 2, True),
        ("volunteer", logins.IDLE_VOLUNTEER, False),
    ],
)
def test_an_idle_session_ends(app, url, username, idle, stays):
    client = world.log_in(app, username)
    age_sessions(url, idle=idle)
    assert is_in(client) is stays


def test_a_session_in_use_stays_open(app, url):
    client = world.log_in(app, "official")
    for _ in range(3):
        age_sessions(url, idle=logins.IDLE * 0.9)
        assert is_in(client)


def test_a_session_in_use_ends_after_twelve_hours_all_the_same(app, url):
    client = world.log_in(app, "volunteer")
    age_sessions(url, total=logins.LONGEST_SESSION)
    assert not is_in(client)


def test_sessions_past_their_time_are_removed_at_the_next_login(app, url):
    world.log_in(app, "volunteer")
    age_sessions(url, total=logins.LONGEST_SESSION)
    world.log_in(app, "official")
    assert world.scalar(url, "SELECT count(*) FROM sessions") == 1


def test_a_disabled_user_is_out_with_the_next_request(app, url):
    client = world.log_in(app, "official")
    change(url, "UPDATE users SET active = false WHERE username = 'official'")
    assert not is_in(client)
    assert world.try_login(app.test_client(), "official").status_code == 401


def test_a_changed_role_counts_with_the_next_request(app, url):
    client = world.log_in(app, "administrator")
    assert client.get("/users").status_code == 200
    change(url, "UPDATE users SET role = 'official' WHERE username = 'administrator'")
    assert client.get("/users").status_code == 403


def test_a_new_password_ends_every_session(app, url):
    client = world.log_in(app, "official")
    with db.open_session(url) as session:
        service.set_password(session, "official", "another long secret")
    assert not is_in(client)
    assert world.try_login(app.test_client(), "official").status_code == 401
    assert world.log_in(app, "official", "another long secret")


def test_one_changes_ones_own_password_with_the_old_one(app):
    client = world.log_in(app, "official")
    path = "/account/password"
    new = "another long secret"
    wrong = {"current": "not it at all", "new": new, "again": new}
    differ = {"current": world.PASSWORD, "new": new, "again": new + "x"}
    weak = {"current": world.PASSWORD, "new": "official-2026", "again": "official-2026"}
    for given, text in [(wrong, "当前密码不对"), (differ, "不同"), (weak, "不能包含用户名")]:
        reply = world.post(client, path, **given)
        assert reply.status_code == 422
        assert text in reply.text
    reply = world.post(client, path, current=world.PASSWORD, new=new, again=new)
    assert reply.status_code == 303
    assert not is_in(client)
    assert world.log_in(app, "official", new)


@pytest.mark.parametrize("typed", ["OFFICIAL", " official "])
def test_capitals_and_spaces_around_a_user_name_do_not_matter(app, typed):
    assert world.try_login(app.test_client(), typed).status_code == 303


def test_ten_failures_close_the_account_for_a_while(app, url):
    for _ in range(logins.MOST_FAILURES):
        assert world.try_login(app.test_client(), "official", "wrong").status_code == 401
    assert world.try_login(app.test_client(), "official").status_code == 401
    assert world.try_login(app.test_client(), "analyst").status_code == 303
    with db.open_session(url) as session:
        for row in session.scalars(sa.select(User).where(User.locked_until.is_not(None))):
            row.locked_until -= logins.WINDOW
            row.failing_since -= logins.WINDOW
    assert world.try_login(app.test_client(), "official").status_code == 303


def test_failures_of_more_than_a_quarter_of_an_hour_ago_do_not_count(app, url):
    for _ in range(logins.MOST_FAILURES - 1):
        world.try_login(app.test_client(), "official", "wrong")
    with db.open_session(url) as session:
        row = session.scalar(sa.select(User).where(User.username == "official"))
        assert row.failed_logins == logins.MOST_FAILURES - 1
        row.failing_since -= logins.WINDOW
    world.try_login(app.test_client(), "official", "wrong")
    assert world.try_login(app.test_client(), "official").status_code == 303


def test_a_good_login_forgets_the_failures_before_it(app, url):
    for _ in range(2):
        for _ in range(logins.MOST_FAILURES - 1):
            world.try_login(app.test_client(), "official", "wrong")
        assert world.try_login(app.test_client(), "official").status_code == 303
    query = "SELECT failed_logins FROM users WHERE username = 'official'"
    assert world.scalar(url, query) == 0


def test_many_guesses_at_once_do_not_pass_the_limit_together(app, url):
    """The right password is the last of forty guesses; ten are looked at."""
    clients = [app.test_client() for _ in range(40)]
    tokens = [world.token_on(client.get("/login")) for client in clients]
    statuses = []

    def guess(client, token):
        data = {"username": "official", "password": "wrong", "csrf_token": token}
        statuses.append(client.post("/login", data=data).status_code)

    threads = [
        threading.Thread(target=guess, args=pair) for pair in zip(clients, tokens, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [401] * 40
    query = "SELECT failed_logins FROM users WHERE username = 'official'"
    assert world.scalar(url, query) == logins.MOST_FAILURES


def refusal(app, username, password):
    page = world.try_login(app.test_client(), username, password).text
    start = page.index('role="alert"')
    return page[start : page.index("</p>", start)]


def test_a_refusal_never_tells_which_names_exist(app, url):
    change(url, "UPDATE users SET active = false WHERE username = 'analyst'")
    for _ in range(logins.MOST_FAILURES):
        world.try_login(app.test_client(), "supervisor", "wrong")
    said = {
        refusal(app, "nobody-of-ours", "wrong"),
        refusal(app, "official", "wrong"),
        refusal(app, "analyst", world.PASSWORD),
        refusal(app, "supervisor", world.PASSWORD),
        refusal(app, "", ""),
    }
    assert len(said) == 1


def test_an_unknown_name_takes_as_long_as_a_wrong_password(app):
    """Without the hash of nobody the difference is all that argon2 takes."""
    client = app.test_client()
    token = world.token_on(client.get("/login"))

    def log_in(username):
        data = {"username": username, "password": "wrong", "csrf_token": token}
        client.post("/login", data=data)

    def seconds(act, *given):
        start = time.perf_counter()
        act(*given)
        return time.perf_counter() - start

    log_in("nobody-of-ours")
    differences, hashing = [], []
    for role in list(Role) * (logins.MOST_FAILURES // 2):  # before any of the accounts is locked
        differences.append(seconds(log_in, role.value) - seconds(log_in, "nobody-of-ours"))
        hashing.append(seconds(passwords.matches, None, "wrong"))
    assert abs(statistics.median(differences)) < statistics.median(hashing) / 3


def test_acts_of_logging_in_are_in_the_audit_log_and_typed_names_are_not(app, url):
    world.try_login(app.test_client(), "my-password-in-the-wrong-field", "x")
    world.try_login(app.test_client(), "official", "wrong")
    world.post(world.log_in(app, "official"), "/logout")
    with db.open_session(url) as session:
        events = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [(e.username, e.act, e.subject) for e in events] == [
            ("", "session.try", ""),
            ("", "session.try", "official"),
            ("", "session.try", "official"),
            ("official", "session.open", "official"),
            ("official", "session.close", "official"),
        ]
        official = session.scalar(sa.select(User.id).where(User.role == Role.OFFICIAL))
        assert [e.user_id for e in events] == [None, None, None, official, official]


def test_a_hash_of_weaker_parameters_is_made_anew_at_the_login(app, url):
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(world.PASSWORD)
    change(url, "UPDATE users SET password_hash = :h WHERE username = 'official'", h=weak)
    world.log_in(app, "official")
    stored = world.scalar(url, "SELECT password_hash FROM users WHERE username = 'official'")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert world.log_in(app, "official")


def test_a_busy_database_does_not_stop_a_reader(app, url):
    """Noting the time of the last request is not worth a failure of the request."""
    if not url.startswith("sqlite"):
        return  # readers and writers of one row wait for nothing on PostgreSQL
    client = world.log_in(app, "official")
    age_sessions(url, idle=logins.SEEN_EVERY * 2)
    holder = db.engine_for(url)
    with holder.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin():
        assert is_in(client)
    holder.dispose()
