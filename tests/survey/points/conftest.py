"""A study under way with a place and drawn households, and clients of its people."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from survey import db
from survey.models import (
    Channel,
    EntryPoint,
    FunnelHour,
    FunnelKind,
    PointStatus,
    Role,
    Sample,
    SampleKind,
    Wave,
)
from survey.points.service import Drawn, add_households
from tests.survey.accounts import world
from tests.survey.accounts.world import OTHER_TOWN, ROOT, SECRET, TOWN, VILLAGE


@pytest.fixture
def town(migrated_url):
    """A database with an open wave: one place in each township, two drawn households."""
    today = datetime.now(UTC).date()
    with db.open_session(migrated_url) as session:
        world.make_study(session)
        wave = Wave(
            study_id="hean", code="N1", title_zh="本次", title_en="Now", position=0,
            opens=today - timedelta(days=2), closes=today + timedelta(days=30),
        )  # fmt: skip
        session.add(wave)
        session.flush()  # its id is the samples'
        for place, (code, kind) in enumerate(
            [("N1-home", SampleKind.PROBABILITY), ("N1-place", SampleKind.OPT_IN)]
        ):
            session.add(
                Sample(
                    study_id="hean", wave_id=wave.id, code=code, kind=kind, position=place,
                    channel=Channel.HOUSEHOLD if place == 0 else Channel.PLACE, file=f"{code}.csv",
                )
            )  # fmt: skip
        for code, area, token in (("QR001", TOWN, "R8FFNCET"), ("QR002", OTHER_TOWN, "C4HH2JYX")):
            session.add(
                EntryPoint(
                    study_id="hean", code=code, token=token, area_code=area, name=f"{code} 公告栏",
                    kind="社区", valid_from=None, valid_to=None, status=PointStatus.ACTIVE,
                )
            )  # fmt: skip
            session.add(
                FunnelHour(
                    study_id="hean", kind=FunnelKind.PLACE, point=code, scans=30, starts=20,
                    hour=datetime.now(UTC).replace(minute=0, second=0, microsecond=0),
                )
            )  # fmt: skip
        session.flush()  # the sample's id is the households'
        home = session.scalars(sa.select(Sample).where(Sample.code == "N1-home")).one()
        add_households(session, home, [Drawn(VILLAGE)] * 2, secret=SECRET)
        for role in Role:
            world.make_user(session, role, role.value, ROOT)
        world.make_user(session, Role.SUPERVISOR, "town", TOWN)
    return migrated_url


@pytest.fixture
def app(town):
    app = world.app_on(town)
    yield app
    app.extensions["engine"].dispose()
