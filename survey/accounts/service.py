"""Making and changing accounts: the same for the command line and the pages."""

import re
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey import audit
from survey.accounts import passwords
from survey.accounts.access import Act, Bound
from survey.accounts.logins import close_all
from survey.errors import AccountRefused
from survey.models import Area, AuditEvent, Role, User

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")


def add_user(
    session: Session,
    username: str,
    *,
    role: Role,
    area_code: str,
    password: str,
    name_badge: str = "",
) -> User:
    """Make an account.

    Raises
    ------
    AccountRefused
        The name is malformed or taken, the area is in no study, the password is weak.
    """
    if not USERNAME.fullmatch(username):
        raise AccountRefused(
            "用户名须为 3–32 个小写字母、数字或 . _ -,以字母或数字开头。",
            "A user name has 3 to 32 lower-case letters, digits or . _ - and begins with "
            "a letter or digit.",
        )
    if session.scalar(sa.select(User.id).where(User.username == username)) is not None:
        raise AccountRefused(f"用户名 {username} 已经存在。", f"The name {username} is taken.")
    if session.scalar(sa.select(Area.code).where(Area.code == area_code).limit(1)) is None:
        raise AccountRefused(
            f"区划代码 {area_code} 不在任何已导入的调查中。",
            f"The area {area_code} is in no study that was loaded.",
        )
    passwords.check(password, username)
    user = User(
        username=username,
        password_hash=passwords.hashed(password),
        role=role,
        area_code=area_code,
        name_badge=name_badge,
        created_at=datetime.now(UTC),
    )
    session.add(user)
    audit.record(session, Act.USER_MANAGE, username, change="add", role=role.value, area=area_code)
    return user


def set_password(session: Session, username: str, password: str) -> None:
    """Give an account a new password, unlock it, and end all its sessions."""
    user = _find(session, username)
    passwords.check(password, username)
    user.password_hash = passwords.hashed(password)
    user.failed_logins, user.failing_since, user.locked_until = 0, None, None
    close_all(session, user.id)
    audit.record(session, Act.PASSWORD_CHANGE, username)


def disable(session: Session, username: str) -> None:
    """Close an account and end all its sessions; it stays as the author of its acts."""
    user = _find(session, username)
    user.active = False
    close_all(session, user.id)
    audit.record(session, Act.USER_MANAGE, username, change="disable")


def all_users(session: Session) -> list[User]:
    return list(session.scalars(sa.select(User).order_by(User.username)))


def users_under(session: Session, user: Bound) -> list[User]:
    """The accounts whose area lies in the user's subtree, in whichever study."""
    query = sa.select(User).where(User.area_code.in_(_areas_under(user))).order_by(User.username)
    return list(session.scalars(query))


def newest_acts(session: Session, user: Bound, *, limit: int) -> list[AuditEvent]:
    """The newest acts of those accounts, newest first."""
    authors = sa.select(User.id).where(User.area_code.in_(_areas_under(user)))
    query = sa.select(AuditEvent).where(AuditEvent.user_id.in_(authors))
    return list(session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)))


def _areas_under(user: Bound) -> sa.Select[tuple[str]]:
    """Codes of the user's area and all below it, in the frames of all studies together."""
    top = sa.select(Area.study_id, Area.code).where(Area.code == user.area_code)
    below = top.cte("below", recursive=True)
    is_child = (Area.study_id == below.c.study_id) & (Area.parent == below.c.code)
    tree = below.union(sa.select(Area.study_id, Area.code).join(below, is_child))
    return sa.select(tree.c.code)


def _find(session: Session, username: str) -> User:
    user = session.scalar(sa.select(User).where(User.username == username))
    if user is None:
        raise AccountRefused(f"没有用户 {username}。", f"There is no user {username}.")
    return user
