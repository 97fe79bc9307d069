"""The export as a download: for analysts and administrators of the whole study, and logged."""

import io
import zipfile

import pytest
import sqlalchemy as sa

from survey import db
from survey.models import AuditEvent, Role
from tests.survey.accounts import world
from tests.survey.studies import trip

TOWN = "659088001000"


@pytest.fixture
def site(migrated_url, tmp_path):
    """The app on a loaded study, with accounts of the city and of a township."""
    folder = trip.small(tmp_path / "small")
    trip.load(folder, migrated_url)
    study_id = trip.id_of(folder)
    with db.open_session(migrated_url) as session:
        for role in Role:
            world.make_user(session, role, area_code="659088000000")
        for role in (Role.ANALYST, Role.ADMINISTRATOR):
            world.make_user(session, role, f"{role.value}-town", area_code=TOWN)
    app = world.app_on(migrated_url)
    yield app, migrated_url, study_id, folder
    app.extensions["engine"].dispose()


def exports(url):
    with db.open_session(url) as session:
        query = sa.select(AuditEvent.username).where(AuditEvent.act == "study.export")
        return session.scalars(query).all()


@pytest.mark.parametrize("username", ["analyst", "administrator"])
def test_whoever_sees_the_whole_study_gets_the_folder(site, username, tmp_path):
    app, url, study_id, folder = site
    reply = world.post(world.log_in(app, username), f"/studies/{study_id}/export")
    assert reply.status_code == 200
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{study_id}.zip"'
    with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
        archive.extractall(tmp_path / "out")
    assert trip.tables_of_folder(tmp_path / "out" / study_id) == trip.tables_of_folder(folder)
    assert exports(url) == [username]


@pytest.mark.parametrize(
    ("username", "status"),
    [
        ("analyst-town", 404),
        ("administrator-town", 404),
        ("supervisor", 403),
        ("volunteer", 403),
        ("official", 403),
    ],
)
def test_nobody_else_gets_it_and_nothing_is_logged(site, username, status):
    app, url, study_id, _ = site
    reply = world.post(world.log_in(app, username), f"/studies/{study_id}/export")
    assert reply.status_code == status
    assert b"PK" not in reply.data[:4]
    assert exports(url) == []


def test_an_unknown_study_is_not_found(site):
    app, url, _, _ = site
    assert world.post(world.log_in(app, "analyst"), "/studies/none/export").status_code == 404
    assert exports(url) == []
