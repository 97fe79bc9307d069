"""Control: the platform as it must not be, which replies first and commits afterwards."""

import time
from dataclasses import replace

from flask import g, request

from survey import db
from survey.app import create_app
from survey.config import Config
from tests.factories import UNHURRIED, UNLIMITED

LATE = 0.15  # seconds between the reply and the commit


def _commit_after_the_reply(response):
    opened = g.pop("database_session", None)
    if opened is None:
        return response

    def commit():
        time.sleep(LATE)
        if request_writes and response.status_code < 400:
            opened.commit()
        opened.close()

    request_writes = request.method not in db.SAFE_METHODS
    response.call_on_close(commit)
    return response


app = create_app(replace(Config.from_env(), policy=UNHURRIED, flow=UNLIMITED))
hooks = app.after_request_funcs[None]
hooks[hooks.index(db._commit_if_it_went_well)] = _commit_after_the_reply
