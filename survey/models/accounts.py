"""Accounts of staff and the sessions they are logged in with."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, closed


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    ANALYST = "analyst"
    SUPERVISOR = "supervisor"
    VOLUNTEER = "volunteer"
    OFFICIAL = "official"


class User(Base):
    """A member of staff, bound to the area ``area_code`` and all below it.

    Never deleted, only made inactive: acts in the audit log keep their author.
    ``failed_logins`` counts since ``failing_since``; nobody gets in before
    ``locked_until``.
    """

    __tablename__ = "users"
    __table_args__ = (
        sa.CheckConstraint("username <> ''", "username_not_empty"),
        sa.CheckConstraint("failed_logins >= 0", "failed_logins_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[Role] = mapped_column(closed(Role, "role"))
    area_code: Mapped[str]
    name_badge: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LoginSession(Base):
    """A login. The cookie holds the token, this row only its SHA-256."""

    __tablename__ = "sessions"
    __table_args__ = (
        sa.CheckConstraint("length(token_hash) = 64", "token_hash_in_hex"),
        sa.CheckConstraint("expires_at > created_at", "expires_after_it_began"),
        sa.Index(None, "user_id"),
        sa.Index(None, "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    csrf_secret: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()
