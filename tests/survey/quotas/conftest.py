"""The town of these tests, on both databases."""

import pytest

from tests.survey.quotas.towns import QuotaTown


@pytest.fixture
def town(migrated_url):
    town = QuotaTown(migrated_url)
    yield town
    town.close()
