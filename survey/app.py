"""The application: settings, what every request passes through, and the features."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from flask import Flask, Request, request
from flask.sessions import SessionInterface
from jinja2 import StrictUndefined

from survey import bodies, compression, db, error_pages, funnel, headers, language, server
from survey.accounts import access, navigation
from survey.accounts.views import bp as accounts
from survey.allocation.views import bp as allocation
from survey.answering.views import bp as answering
from survey.answering.withdrawing import bp as withdrawing
from survey.config import Config
from survey.designer.views import bp as designer
from survey.fieldwork.views import bp as fieldwork
from survey.guarding import visitors
from survey.points.funnel_views import bp as funnels
from survey.points.household_views import bp as households
from survey.points.place_views import bp as places
from survey.points.print_views import bp as sheets
from survey.points.views import bp as points
from survey.reporting.views import bp as reporting
from survey.reviewing.views import bp as reviewing
from survey.studies.views import bp as studies

ROOT = Path(__file__).resolve().parent.parent

FEATURES = (
    accounts,
    allocation,
    answering,
    withdrawing,
    designer,
    fieldwork,
    points,
    places,
    households,
    sheets,
    funnels,
    reporting,
    reviewing,
    studies,
)


class NoSession(SessionInterface):
    """No request opens a signed cookie: logins are rows of our own (survey.accounts.logins)."""

    def open_session(self, app: Flask, request: Request) -> None:
        return None


class Minyi(Flask):
    session_interface = NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view and no hook is asynchronous, and to look each time costs a request 5 %."""
        return func

    def log_exception(
        self,
        exc_info: tuple[type[BaseException], BaseException, TracebackType]
        | tuple[None, None, None],
    ) -> None:
        """Log a failure with the rule of its address, never the path: that may be a code."""
        rule = request.url_rule.rule if request.url_rule else "-"
        self.logger.error("Exception on %s", rule, exc_info=exc_info)


def create_app(config: Config) -> Flask:
    """Make the application for one installation."""
    app = Minyi(
        "survey", template_folder=str(ROOT / "templates"), static_folder=str(headers.STATIC)
    )
    app.config.update(
        MINYI=config,
        SECRET_KEY=config.secret_key,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    # After a request these run from the last to the first: the commit is made when the
    # answer is complete, and the line of the log tells how that ended.
    server.init_app(app)
    db.init_app(app, config.database_url)
    funnel.init_app(app)
    error_pages.init_app(app)
    visitors.init_app(app)
    bodies.init_app(app)
    compression.init_app(app)
    language.init_app(app)
    headers.init_app(app)
    access.init_app(app)
    navigation.init_app(app)
    for feature in FEATURES:
        app.register_blueprint(feature)
    return app
