"""Where a user may look: his area and what lies below it, in the frame of one study."""

import pytest

from survey import db
from survey.accounts.access import RIGHTS, Act, in_scope, may, visible_areas
from survey.accounts.service import newest_acts, users_under
from survey.models import Level, Role
from tests.survey.accounts import world
from tests.survey.accounts.world import GRID, OTHER_TOWN, ROOT, TOWN, VILLAGE


@pytest.fixture
def session(migrated_url):
    with db.open_session(migrated_url) as session:
        world.make_study(session)
        yield session


@pytest.mark.parametrize(
    ("area", "seen"),
    [
        (ROOT, {code for code, _, _ in world.TREE}),
        (TOWN, {TOWN, VILLAGE, GRID}),
        (VILLAGE, {VILLAGE, GRID}),
        (GRID, {GRID}),
        ("419000000000", set()),  # above the frame
        ("", set()),
    ],
)
def test_a_user_sees_his_area_and_all_below_it(session, area, seen):
    user = world.make_user(session, Role.OFFICIAL, area_code=area)
    assert visible_areas(session, user, "hean") == seen
    for code, _, _ in world.TREE:
        assert in_scope(session, user, "hean", code) is (code in seen)


def test_the_frame_of_another_study_gives_nothing(session):
    """The same town has other villages there; a study that is not there has none at all."""
    moved = [(ROOT, None, Level.COUNTY), (VILLAGE, ROOT, Level.VILLAGE)]
    moved.append((f"{VILLAGE}-G99", VILLAGE, Level.GRID))
    world.make_study(session, "yunhe", moved)
    user = world.make_user(session, Role.OFFICIAL, area_code=TOWN)
    assert visible_areas(session, user, "yunhe") == set()
    assert visible_areas(session, user, "none") == set()
    city = world.make_user(session, Role.OFFICIAL, "city", area_code=ROOT)
    below = world.make_user(session, Role.VOLUNTEER, "below", area_code=VILLAGE)
    world.make_user(session, Role.VOLUNTEER, "elsewhere", area_code=f"{VILLAGE}-G99")
    assert users_under(session, _bound(OTHER_TOWN)) == []
    assert users_under(session, user) == [below, user]
    assert visible_areas(session, city, "yunhe") == {code for code, _, _ in moved}


def test_an_area_of_no_study_is_in_nobodys_scope(session):
    user = world.make_user(session, Role.ADMINISTRATOR)
    assert not in_scope(session, user, "hean", "999999999999")


def test_an_administrator_of_a_town_sees_its_accounts_and_acts_only(migrated_url):
    world.settle(migrated_url)
    with db.open_session(migrated_url) as session:
        world.make_user(session, Role.ADMINISTRATOR, "town", area_code=TOWN)
        world.make_user(session, Role.VOLUNTEER, "below", area_code=VILLAGE)
        world.make_user(session, Role.VOLUNTEER, "beside", area_code=OTHER_TOWN)
    app = world.app_on(migrated_url)
    for name in ("town", "below", "beside", "administrator"):
        world.log_in(app, name)
    with db.open_session(migrated_url) as session:
        town, *_ = [user for user in users_under(session, _bound(TOWN)) if user.username == "town"]
        assert [user.username for user in users_under(session, town)] == ["below", "town"]
        assert {e.username for e in newest_acts(session, town, limit=99)} == {"below", "town"}
        assert len(users_under(session, _bound(ROOT))) == len(Role) + 3
    page = world.log_in(app, "town").get("/users").text
    assert "below" in page
    assert "beside" not in page
    assert "beside" not in world.log_in(app, "town").get("/audit").text
    app.extensions["engine"].dispose()


def _bound(area_code):
    class Somebody:
        pass

    somebody = Somebody()
    somebody.area_code = area_code
    return somebody


def test_each_role_may_what_the_contract_says():
    """The table as a reader would write it; whoever gives a right to more roles changes it here."""
    assert {act: {role.value for role in Role if may(role, act)} for act in Act} == {
        Act.SESSION_TRY: set(),
        Act.SESSION_OPEN: set(),
        Act.SESSION_CLOSE: set(),
        Act.PASSWORD_CHANGE: set(),
        Act.ACCOUNT_USE: {"administrator", "analyst", "supervisor", "volunteer", "official"},
        Act.USER_MANAGE: {"administrator"},
        Act.AUDIT_READ: {"administrator"},
        Act.STUDY_LOAD: {"administrator"},
        Act.STUDY_EXPORT: {"administrator", "analyst"},
        Act.FORM_READ: {"administrator", "analyst"},
        Act.FORM_EDIT: {"administrator", "analyst"},
        Act.FORM_PUBLISH: {"administrator", "analyst"},
        Act.RESULT_PUBLISH: {"administrator", "analyst"},
        Act.RESULT_READ: {"administrator", "analyst", "supervisor", "official"},
        Act.POINT_READ: {"administrator", "supervisor"},
        Act.POINT_CREATE: {"administrator", "supervisor"},
        Act.POINT_CHANGE: {"administrator", "supervisor"},
        Act.POINT_PRINT: {"administrator", "supervisor"},
        Act.POINT_REVOKE: {"administrator", "supervisor"},
        Act.ANSWER_ENTER: {"administrator", "supervisor", "volunteer"},
        Act.QUOTA_READ: {"administrator", "analyst", "supervisor"},
        Act.QUOTA_SET: {"administrator", "analyst"},
        Act.RESPONSE_READ: {"administrator", "analyst"},
        Act.RESPONSE_REVIEW: {"administrator", "analyst"},
        Act.RESPONSE_CHECK: {"administrator", "analyst"},
        Act.WAVE_FREEZE: {"administrator", "analyst"},
    }
    assert set(RIGHTS) == set(Role)
