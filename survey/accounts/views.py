"""The start page, log in and out, one's password, the accounts and the audit log."""

from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import db
from survey.accounts import logins, passwords, service
from survey.accounts.access import Act, current_user, needs, public
from survey.accounts.forms import LoginForm, PasswordForm
from survey.errors import AccountRefused
from survey.language import language, t

bp = Blueprint("accounts", __name__)

LINES_OF_LOG = 200


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    return render_template("accounts/home.html")


@bp.get("/login")
@public
def login() -> ResponseReturnValue:
    target = local_path(request.args.get("next", ""))
    if g.login is not None:
        return redirect(target, 303)
    return render_template("accounts/login.html", form=LoginForm(data={"next": target}))


@bp.post("/login")
@public
def log_in() -> ResponseReturnValue:
    """Log in. Why it failed is not said: that would tell which names exist."""
    form = LoginForm(request.form)
    given = form.password.data or ""
    user = logins.authenticate(form.username.data or "", given)
    if user is None:
        return render_template("accounts/login.html", form=form, refused=True), 401
    response = redirect(local_path(form.next.data or ""), 303)
    logins.set_cookie(response, logins.open_login(db.session(), user, given))
    return response


@bp.post("/logout")
@needs(Act.ACCOUNT_USE)
def logout() -> ResponseReturnValue:
    logins.close_login(db.session(), g.login)
    response = redirect(url_for(".home"), 303)
    logins.delete_cookie(response)
    return response


@bp.get("/account/password")
@needs(Act.ACCOUNT_USE)
def password() -> ResponseReturnValue:
    return _password_page(None)


@bp.post("/account/password")
@needs(Act.ACCOUNT_USE)
def change_password() -> ResponseReturnValue:
    """Change one's own password; every session ends, this one too."""
    form = PasswordForm(request.form)
    user = current_user()
    new = form.new.data or ""
    if new != form.again.data:
        return _password_page(t("两次输入的新密码不同。", "The new passwords differ.")), 422
    try:
        passwords.check(new, user.username)
    except AccountRefused as refusal:
        return _password_page(refusal.sentence(language())), 422
    # whoever guesses the old password in a borrowed session is slowed down like at the login
    if logins.authenticate(user.username, form.current.data or "") is None:
        return _password_page(t("当前密码不对。", "The current password is wrong.")), 422
    service.set_password(db.session(), user.username, new)
    response = redirect(url_for(".login"), 303)
    logins.delete_cookie(response)
    return response


@bp.get("/users")
@needs(Act.USER_MANAGE)
def users() -> ResponseReturnValue:
    found = service.users_under(db.session(), current_user())
    return render_template("accounts/users.html", users=found)


@bp.get("/audit")
@needs(Act.AUDIT_READ)
def audit_log() -> ResponseReturnValue:
    found = service.newest_acts(db.session(), current_user(), limit=LINES_OF_LOG)
    return render_template("accounts/audit_log.html", events=found)


def local_path(target: str) -> str:
    """The path to go on to after the login: on this host, or the start page.

    Browsers read a backslash as a slash, drop tabs and newlines, and take //
    for the beginning of a host.
    """
    is_plain = target.isprintable() and "\\" not in target and not target.startswith("//")
    if not is_plain or not target.startswith("/"):
        return url_for("accounts.home")
    parts = urlsplit(target)
    return url_for("accounts.home") if parts.scheme or parts.netloc else target


def _password_page(fault: str | None) -> str:
    return render_template("accounts/password.html", fault=fault, shortest=passwords.SHORTEST)
