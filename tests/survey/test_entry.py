"""A wave opens and closes at midnight of its study's own time zone; a place finds its sample."""

from datetime import UTC, date, datetime

import pytest

from survey.entry import closed_reason, find_entry, judged_day, local_day
from survey.errors import NotOpenYet, StudyExpired, WaveClosed
from survey.models import Study, Wave
from tests.factories import PLACE, SECRET, VILLAGE, Town


def study(zone="Asia/Shanghai", valid_until=date(2030, 6, 30)):
    return Study(timezone=zone, valid_until=valid_until)


WAVE = Wave(opens=date(2030, 6, 1), closes=date(2030, 6, 9))


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        (datetime(2030, 5, 31, 15, 59, tzinfo=UTC), NotOpenYet),  # 23:59 of the day before
        (datetime(2030, 5, 31, 16, 1, tzinfo=UTC), None),  # 00:01 of the first day
        (datetime(2030, 6, 9, 15, 59, tzinfo=UTC), None),  # 23:59 of the last day
        (datetime(2030, 6, 9, 16, 1, tzinfo=UTC), WaveClosed),  # 00:01 of the day after
    ],
)
def test_a_wave_is_open_from_midnight_to_midnight_in_the_city(moment, reason):
    assert type(closed_reason(study(), WAVE, local_day(study(), moment))) is (reason or type(None))


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        (datetime(2030, 6, 5, 15, 59, tzinfo=UTC), None),
        (datetime(2030, 6, 5, 16, 1, tzinfo=UTC), StudyExpired),
    ],
)
def test_the_questionnaire_closes_at_the_end_of_its_last_valid_day(moment, reason):
    expiring = study(valid_until=date(2030, 6, 5))
    found = closed_reason(expiring, WAVE, local_day(expiring, moment))
    assert type(found) is (reason or type(None))


def test_the_day_is_that_of_the_zone():
    moment = datetime(2030, 1, 1, 20, 0, tzinfo=UTC)
    assert local_day(study(), moment) == date(2030, 1, 2)
    assert local_day(study("America/New_York"), moment) == date(2030, 1, 1)


@pytest.mark.parametrize(
    ("begun", "day"),
    [
        (None, 10),
        (datetime(2030, 6, 10, 1, tzinfo=UTC), 10),  # today
        (datetime(2030, 6, 9, 15, 59, tzinfo=UTC), 9),  # a minute before midnight
        (datetime(2030, 6, 4, 1, tzinfo=UTC), 9),  # days ago: what ended yesterday still takes it
        (datetime(2030, 6, 11, 1, tzinfo=UTC), 10),  # by a clock that is ahead
    ],
)
def test_an_interview_under_way_is_judged_by_yesterday_if_it_had_begun(begun, day):
    now = datetime(2030, 6, 10, 12, tzinfo=UTC)
    assert judged_day(study(), now, begun) == date(2030, 6, day)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([(-40, -30)], "N1"),  # one that has ended
        ([(-9, -1), (20, 30)], "N1"),  # the one that is open, between two that are not
    ],
)
def test_a_place_belongs_to_the_wave_that_is_open(migrated_url, others, expected):
    town = Town(migrated_url)
    for number, (opens, closes) in enumerate(others):
        town.change(
            "INSERT INTO waves (study_id, code, title_zh, title_en, opens, closes, position)"
            " VALUES ('live', :code, 'x', 'x', :opens, :closes, 9)",
            code=f"X{number}",
            opens=town.day(opens),
            closes=town.day(closes),
        )
        wave = town.ask("SELECT id FROM waves WHERE code = :code", code=f"X{number}")
        town.change(
            "INSERT INTO samples (study_id, code, wave_id, kind, channel, position, file)"
            " VALUES ('live', :code, :wave, 'opt-in', 'place', 9, 'x')",
            code=f"X{number}-place",
            wave=wave,
        )
    code = town.place()
    with town.session() as session:
        entry = find_entry(session, code, SECRET, datetime.now(UTC))
        assert (entry.sample.code, entry.refusal) == (PLACE, None)
        assert PLACE.startswith(expected)
        assert entry.line[0].code == VILLAGE
    town.close()
