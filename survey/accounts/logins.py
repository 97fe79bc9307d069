"""Logins: attempts and their limit, sessions on the server, the cookie that finds them."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug import Response

from survey import audit, db
from survey.accounts import passwords
from survey.accounts.acts import Act
from survey.config import Config
from survey.models import LoginSession, Role, User

MOST_FAILURES = 10
WINDOW = timedelta(minutes=15)
LONGEST_SESSION = timedelta(hours=12)
IDLE = timedelta(minutes=30)
IDLE_VOLUNTEER = timedelta(hours=12)  # a day at the doors, with hours without network
SEEN_EVERY = timedelta(minutes=1)  # how exactly the last request is remembered


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """Who is logged in: a copy, so that no page needs the row."""

    id: int
    username: str
    role: Role
    area_code: str
    name_badge: str


@dataclass(frozen=True, slots=True)
class Login:
    session_id: int
    user: CurrentUser
    csrf_secret: str


def authenticate(username: str, password: str) -> CurrentUser | None:
    """The user whose name and password these are, or None for whatever reason.

    The attempt is counted before the password is looked at, in a transaction of
    its own: a refused login ends in an error status, and many attempts at once
    must not pass the limit together. An unknown name, a wrong password, a
    disabled and a locked account take the same time and give the same answer.
    """
    with db.separate_session() as session:
        user = _take_attempt(session, username.strip().lower())
    right = passwords.matches(user.password_hash if user else None, password)
    return _copy(user) if user and right else None


def open_login(session: Session, user: CurrentUser, password: str) -> str:
    """Begin a new session, end the one that the browser brought; return the cookie's token."""
    now = datetime.now(UTC)
    row = session.get_one(User, user.id)
    row.failed_logins, row.failing_since, row.locked_until = 0, None, None
    if passwords.is_outdated(row.password_hash):
        row.password_hash = passwords.hashed(password)
    session.execute(sa.delete(LoginSession).where(LoginSession.expires_at <= now))
    if old := request.cookies.get(cookie_name()):
        session.execute(sa.delete(LoginSession).where(LoginSession.token_hash == _hash(old)))
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=_hash(token),
            user_id=user.id,
            csrf_secret=secrets.token_urlsafe(32),
            created_at=now,
            last_seen_at=now,
            expires_at=now + LONGEST_SESSION,
        )
    )
    audit.act_as(audit.Actor(user.id, user.username))
    audit.record(session, Act.SESSION_OPEN, user.username)
    return token


def close_login(session: Session, login: Login) -> None:
    session.execute(sa.delete(LoginSession).where(LoginSession.id == login.session_id))
    audit.record(session, Act.SESSION_CLOSE, login.user.username)


def close_all(session: Session, user_id: int) -> None:
    """End every session of a user: after a new password, or when the account is disabled."""
    session.execute(sa.delete(LoginSession).where(LoginSession.user_id == user_id))


def load_login() -> None:
    """Find out who makes this request; part of every request, before any right is checked."""
    g.login = None
    token = request.cookies.get(cookie_name())
    if not token:
        return
    now = datetime.now(UTC)
    with db.separate_session(writes=False) as session:
        query = sa.select(LoginSession, User).join(LoginSession.user)
        found = session.execute(query.where(LoginSession.token_hash == _hash(token))).first()
        if found is None:
            return
        row, user = found
        idle = IDLE_VOLUNTEER if user.role is Role.VOLUNTEER else IDLE
        if not user.active or row.expires_at <= now or row.last_seen_at + idle <= now:
            return
        login = Login(row.id, _copy(user), row.csrf_secret)
        is_stale = row.last_seen_at + SEEN_EVERY <= now
    if is_stale:
        _remember_seen(login, now)
    g.login = login
    audit.act_as(audit.Actor(login.user.id, login.user.username))


def cookie_name() -> str:
    """A name that begins with __Host- is refused by browsers unless it came by https."""
    return "__Host-minyi" if _config().https else "minyi"


def set_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(), token, path="/", secure=_config().https, httponly=True, samesite="Lax"
    )


def delete_cookie(response: Response) -> None:
    response.delete_cookie(
        cookie_name(), path="/", secure=_config().https, httponly=True, samesite="Lax"
    )


def _take_attempt(session: Session, username: str) -> User | None:
    """Count an attempt; None when there is no such account or it has none left.

    Every attempt writes one line to the audit log, so that the time of the
    commit does not tell which names exist. A name that is none of ours is not
    written down: it may be a password in the wrong field.
    """
    now = datetime.now(UTC)
    user = session.scalar(sa.select(User).where(User.username == username).with_for_update())
    audit.record(session, Act.SESSION_TRY, user.username if user else "")
    if user is None or not user.active or (user.locked_until and user.locked_until > now):
        return None
    if user.failing_since is None or user.failing_since + WINDOW <= now:
        user.failing_since, user.failed_logins = now, 0
    user.failed_logins += 1
    if user.failed_logins >= MOST_FAILURES:
        user.locked_until = now + WINDOW
    session.flush()  # the row must be complete before it leaves the session
    session.expunge(user)
    return user


def _remember_seen(login: Login, now: datetime) -> None:
    """Note the time, unless the database is busy: the request matters more than the note."""
    with suppress(SQLAlchemyError), db.separate_session(wait=500) as session:
        change = sa.update(LoginSession).where(LoginSession.id == login.session_id)
        session.execute(change.values(last_seen_at=now))


def _copy(user: User) -> CurrentUser:
    return CurrentUser(user.id, user.username, user.role, user.area_code, user.name_badge)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _config() -> Config:
    config: Config = current_app.config["MINYI"]
    return config
