"""A wave on both databases and the processes that serve it."""

import pytest

from tests.factories import HEAN
from tests.survey.guarding.waves import Worker


@pytest.fixture
def wave_id(make_town):
    return make_town(kit=HEAN).ask("SELECT id FROM waves")


@pytest.fixture
def make_worker(migrated_url):
    made = []

    def make():
        made.append(Worker(migrated_url))
        return made[-1]

    yield make
    for worker in made:
        worker.close()


@pytest.fixture
def worker(make_worker):
    return make_worker()
