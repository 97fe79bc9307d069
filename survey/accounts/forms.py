"""Forms of the account pages."""

from wtforms import HiddenField, PasswordField, StringField

from survey.accounts.csrf import SafeForm


class LoginForm(SafeForm):
    username = StringField()
    password = PasswordField()
    next = HiddenField()


class PasswordForm(SafeForm):
    current = PasswordField()
    new = PasswordField()
    again = PasswordField()
