"""The example city in a database: loaded once on each, for tests that only read it."""

from pathlib import Path

import pytest

from survey import db
from survey.folders import read_study_folder
from survey.models import Role
from survey.studies.loading import load_folder
from tests.survey.accounts import world

ROOT = Path(__file__).resolve().parents[3]
HEAN = ROOT / "examples" / "hean-2026"
YUNHE = ROOT / "tests" / "studies" / "yunhe-2025"
CITY, TOWN, VILLAGE = "419099000000", "419099100000", "419099100001"
COUNTY = "349028000000"
PEOPLE = [
    ("official", Role.OFFICIAL, CITY),
    ("town", Role.OFFICIAL, TOWN),
    ("village", Role.OFFICIAL, VILLAGE),
    ("analyst", Role.ANALYST, CITY),
    ("town-analyst", Role.ANALYST, TOWN),
    ("administrator", Role.ADMINISTRATOR, CITY),
    ("county", Role.OFFICIAL, COUNTY),
]


def load(session, folder):
    load_folder(
        session,
        read_study_folder(folder),
        (folder / "study.toml").read_text(encoding="utf-8"),
    )


def fill(url):
    db.migrate(url)
    with db.open_session(url) as session:
        load(session, HEAN)
        load(session, YUNHE)
        for name, role, area in PEOPLE:
            world.make_user(session, role, name, area)


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory):
    """The file that the others are copied from; nobody opens it."""
    file = tmp_path_factory.mktemp("filled") / "minyi.sqlite"
    fill(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def read_only_url(request, tmp_path_factory):
    """A database with both studies, which no test may change but for its audit log."""
    if request.param == "sqlite":
        copy = tmp_path_factory.mktemp("read") / "minyi.sqlite"
        copy.write_bytes(request.getfixturevalue("filled_sqlite").read_bytes())
        yield f"sqlite:///{copy}"
        return
    cluster = request.getfixturevalue("postgres")
    url = cluster.create_database(cluster.template("two_studies", fill))
    yield url
    cluster.drop_database(url)


@pytest.fixture(scope="session")
def app(read_only_url):
    app = world.app_on(read_only_url)
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture(scope="session")
def clients(app):
    """A client for each account, by name."""
    return {name: world.log_in(app, name) for name, _, _ in PEOPLE}


@pytest.fixture(params=["sqlite", "postgresql"])
def own_url(request, tmp_path):
    """A copy with both studies, for a test that changes it."""
    if request.param == "sqlite":
        source = request.getfixturevalue("filled_sqlite")
        copy = tmp_path / "minyi.sqlite"
        copy.write_bytes(source.read_bytes())
        yield f"sqlite:///{copy}"
        return
    cluster = request.getfixturevalue("postgres")
    url = cluster.create_database(cluster.template("two_studies", fill))
    yield url
    cluster.drop_database(url)
