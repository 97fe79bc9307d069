"""The line above an area, units that have ended, and the deepest area known for a home."""

from datetime import date

import pytest

from survey.areas import choice_on, closed_areas, home_line, level_columns, line_of
from tests.factories import GRID, OTHER_TOWN, OTHER_VILLAGE, ROOT, TOWN, VILLAGE, Town


@pytest.fixture
def session(migrated_url):
    town = Town(migrated_url)
    with town.session() as session:
        yield session
    town.close()


def codes(line):
    return [place.code for place in line]


def test_a_line_runs_from_the_area_to_the_root(session):
    assert codes(line_of(session, "live", GRID)) == [GRID, VILLAGE, TOWN, ROOT]
    assert line_of(session, "live", GRID)[1].name == "府前第1社区"


@pytest.mark.parametrize(("study", "code"), [("live", "419099999999"), ("other", TOWN)])
def test_an_area_of_no_or_another_study_has_no_line(session, study, code):
    assert line_of(session, study, code) == ()


def test_the_deepest_area_known_is_where_a_person_lives(session):
    entry, town, other = (line_of(session, "live", code) for code in (VILLAGE, TOWN, OTHER_TOWN))
    assert home_line(entry, town, lives_elsewhere=False) == entry
    assert home_line(entry, entry, lives_elsewhere=False) == entry
    assert home_line(entry, other, lives_elsewhere=False) == other
    assert home_line(entry, town, lives_elsewhere=True) == town
    assert home_line((), town, lives_elsewhere=False) == town


def test_levels_are_read_off_the_line(session):
    levels = {"street": "乡级", "block": "村级", "province": "省"}
    found = level_columns(line_of(session, "live", GRID), levels)
    assert found == {"street": TOWN, "block": VILLAGE}
    assert level_columns(line_of(session, "live", ROOT), levels) == {}


@pytest.mark.parametrize("offered", [TOWN[:9], TOWN, TOWN[:9] + "0"])
def test_a_choice_may_be_a_prefix(session, offered):
    assert choice_on(line_of(session, "live", GRID), (OTHER_TOWN[:9], offered)) == offered
    assert choice_on(line_of(session, "live", OTHER_VILLAGE), (offered,)) is None


def test_a_unit_is_closed_after_its_last_valid_day_with_all_below(migrated_url):
    town = Town(migrated_url)
    town.change("UPDATE areas SET valid_to = '2030-06-05' WHERE code = :code", code=TOWN)
    with town.session() as session:
        assert closed_areas(session, "live", date(2030, 6, 5)) == frozenset()
        assert closed_areas(session, "live", date(2030, 6, 6)) == {TOWN, VILLAGE, GRID}
        assert closed_areas(session, "other", date(2030, 6, 6)) == frozenset()
    town.close()
