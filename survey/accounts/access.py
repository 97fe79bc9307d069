"""Who may do what, and where: the one place that features ask."""

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

import sqlalchemy as sa
from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from survey import bodies
from survey.accounts import csrf
from survey.accounts.acts import RIGHTS, Act, may
from survey.accounts.csrf import SafeForm
from survey.accounts.logins import CurrentUser, load_login
from survey.db import SAFE_METHODS
from survey.errors import LoginRequired, NotAllowed, TokenWrong
from survey.models import Area

__all__ = [
    "PUBLIC",
    "RIGHTS",
    "Act",
    "Bound",
    "CurrentUser",
    "SafeForm",
    "current_user",
    "in_scope",
    "may",
    "needs",
    "own_token",
    "permission",
    "public",
    "visible_areas",
]

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC: Final = "public"


class Bound(Protocol):
    """Anybody who is bound to an area: a ``User`` or a ``CurrentUser``."""

    @property
    def area_code(self) -> str: ...


class Undeclared(Exception):
    """A view without a declared permission: a mistake of the program, never served."""


def public(view: View) -> View:
    """Declare that anybody may see a view."""
    view.permission = PUBLIC  # type: ignore[attr-defined]
    return view


def needs(act: Act) -> Callable[[View], View]:
    """Declare the right that a view needs."""

    def declare(view: View) -> View:
        view.permission = act  # type: ignore[attr-defined]
        return view

    return declare


def own_token(view: View) -> View:
    """Declare that a public view checks a token of its own instead of ours.

    For the resident's form, whose signed submission id is its token.
    """
    view.own_token = True  # type: ignore[attr-defined]
    return view


def permission(view: Callable[..., Any] | None) -> Act | str | None:
    """What a view was declared to need: an ``Act``, ``PUBLIC``, or None for nothing declared."""
    declared: Act | str | None = getattr(view, "permission", None)
    return declared


def current_user() -> CurrentUser:
    """Who is logged in; a refusal where nobody is."""
    if g.get("login") is None:
        raise LoginRequired
    user: CurrentUser = g.login.user
    return user


def visible_areas(session: Session, user: Bound, study_id: str) -> frozenset[str]:
    """Codes of the user's area and all below it, in the frame of that study.

    Empty when the user's area is not in the frame: a right without a place is
    no right.
    """
    at_top = (Area.study_id == study_id) & (Area.code == user.area_code)
    below = sa.select(Area.code).where(at_top).cte("below", recursive=True)
    children = sa.select(Area.code).where(Area.study_id == study_id, Area.parent == below.c.code)
    return frozenset(session.scalars(sa.select(below.union(children).c.code)))


def in_scope(session: Session, user: Bound, study_id: str, area_code: str) -> bool:
    """Whether an area of a study lies in the user's subtree."""
    return area_code in visible_areas(session, user, study_id)


def init_app(app: Flask) -> None:
    """Guard every view of an app, its static files included."""
    csrf.init_app(app)
    public(app.view_functions["static"])
    app.before_request(load_login)
    app.before_request(_guard)
    app.context_processor(
        lambda: {"current_user": g.login.user if g.get("login") else None, "may": _user_may}
    )


def _guard() -> None:
    """Refuse what is not declared, not allowed, or not sent from a page of ours."""
    if request.endpoint is None:  # no such address: the router's own answer follows
        return
    view = current_app.view_functions[request.endpoint]
    needed = permission(view)
    if needed is None:
        raise Undeclared(request.endpoint)
    if isinstance(needed, Act) and not may(current_user().role, needed):
        raise NotAllowed
    bodies.admit_file()
    if request.method in SAFE_METHODS or getattr(view, "own_token", False):
        return
    if not csrf.request_has_token():
        raise TokenWrong


def _user_may(act: str) -> bool:
    return g.get("login") is not None and may(g.login.user.role, Act(act))
