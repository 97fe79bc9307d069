"""A town per test, on both databases and with both questionnaires."""

import pytest

from tests.factories import KITS, Town


@pytest.fixture(params=KITS)
def kit(request):
    return KITS[request.param]


@pytest.fixture
def make_town(migrated_url):
    """Makes a study on the database of this test."""
    made = []

    def make(**options):
        made.append(Town(migrated_url, **options))
        return made[-1]

    yield make
    for town in made:
        town.close()


@pytest.fixture
def town(make_town, kit):
    return make_town(kit=kit)
