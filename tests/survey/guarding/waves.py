"""A wave of a town, and what the tests of the guard do with it."""

from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey import db
from survey.config import Config
from survey.guarding import layers
from survey.guarding.marks import Visitor
from tests.factories import SECRET

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)  # where a window of an hour and one of 10 min begin
CONFIG = Config(secret_key=SECRET, base_url="https://minyi.test")


class Worker:
    """One process of the server: engines are what processes do not share."""

    def __init__(self, url):
        self.engine = db.engine_for(url)
        self.statements = []
        sa.event.listen(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, *_):
        self.statements.append(statement)

    @contextmanager
    def writing(self):
        """A transaction of a request that may write; it is committed."""
        engine = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        with Session(engine) as session, session.begin():
            yield session

    @contextmanager
    def reading(self):
        with Session(self.engine) as session:
            yield session

    def close(self):
        self.engine.dispose()


def somebody(device=None, network="home", *, is_new=False):
    """A visitor; one without a name has a device that nobody else has."""
    name = uuid4().hex[:22] if device is None else f"{device:_<22}"
    return Visitor(device=name, is_new=is_new, network=network)


def answer(session, wave_id, visitor, now=NOON, **more):
    """What the layers say about an answer that took three minutes."""
    facts = {
        "config": CONFIG,
        "point_id": 1,
        "family": False,
        "seconds": 180.0,
        "asked": 22,
        "honeypot": False,
        "proof": "",
        "submission_id": uuid4(),
    }
    return layers.examine(session, wave_id, visitor, now=now, **(facts | more))


def codes(examined):
    return {str(suspicion.code) for suspicion in examined.suspicions}
