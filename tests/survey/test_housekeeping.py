"""What is a day old and was never sent goes; what was sent or is younger stays."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from survey.guarding.limits import Count, count
from survey.guarding.policy import Scope
from survey.housekeeping import Tidied, tidy
from survey.models import Draft, Image, User
from tests.factories import Town

NOW = datetime(2030, 6, 5, 12, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(hours=24), NOW - timedelta(hours=23)


@pytest.fixture
def town(migrated_url):
    town = Town(migrated_url)
    yield town
    town.close()


def test_old_drafts_images_and_counters_go(town):
    town.user()
    with town.session() as session:
        user = session.scalar(sa.select(User.id))
        for number, moment in enumerate((OLD, YOUNG)):
            session.add(
                Draft(submission_id=uuid.uuid4(), study_id="live", answers={}, changed_at=moment)
            )
            session.add(
                Image(
                    token=f"image-{number}.jpg", submission_id=uuid.uuid4(), study_id="live",
                    user_id=user, media_type="image/jpeg", content=b"x", taken_at=moment,
                )
            )  # fmt: skip
        count(session, [Count(Scope.POINT, "1")], NOW - timedelta(days=2))
        count(session, [Count(Scope.POINT, "1")], NOW)
    with town.session() as session:
        assert tidy(session, NOW) == Tidied(drafts=1, images=1, counters=1)
    assert (town.count("drafts"), town.count("images"), town.count("limit_counts")) == (1, 1, 1)
    with town.session() as session:
        assert tidy(session, NOW) == Tidied(drafts=0, images=0, counters=0)
