"""The funnel: counts in local hours, dead posters, spikes, and only of one's own area."""

import uuid
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from survey import db
from survey.models import (
    EntryPoint,
    FunnelHour,
    FunnelKind,
    Household,
    Questionnaire,
    Response,
    Source,
    Study,
    Wave,
)
from survey.points.alarms import MOST_SPIKES, silent_places, spikes_of, waves_of
from survey.points.history import Period, history_of
from survey.points.service import NewPlace, create_places
from tests import markup
from tests.survey.accounts import world
from tests.survey.accounts.world import OTHER_TOWN, TOWN, VILLAGE
from tests.survey.points.pages import change, id_of, read

FUNNEL = "/points/hean/funnel"
ZONE = ZoneInfo("Asia/Shanghai")
TODAY = datetime.now(ZONE).date()
NOW = datetime.now(UTC)


@pytest.fixture
def supervisor(app):
    return world.log_in(app, "supervisor")


@pytest.fixture
def quiet_town(town):
    """The town without its scans, in a wave of two months, with a questionnaire."""
    with db.open_session(town) as session:
        session.execute(sa.delete(FunnelHour))
        session.execute(sa.update(Wave).values(opens=TODAY - timedelta(days=60)))
        session.add(
            Questionnaire(
                study_id="hean", number=1, form_id="f", version="1", workbook=b"", sha256="0" * 64,
                definition={}, published_at=None,
            )
        )  # fmt: skip
    return town


def local(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def scan(url, code, day, hour, scans, starts=0, kind=FunnelKind.PLACE):
    with db.open_session(url) as session:
        session.add(
            FunnelHour(
                study_id="hean", kind=kind, point=code, hour=local(day, hour),
                scans=scans, starts=starts,
            )
        )  # fmt: skip


def answer(url, code, at, status="accepted", *, source=Source.PHONE):
    """An answer at a place, or of a drawn household where the code is a sample's."""
    sample, place = ("N1-home", None) if code == "N1-home" else ("N1-place", id_of(url, code))
    sample_id = id_of(url, sample)
    with db.open_session(url) as session:
        questionnaire = session.scalars(sa.select(Questionnaire.id)).one()
        session.add(
            Response(
                submission_id=uuid.uuid4(), study_id="hean", response_id=str(uuid.uuid4()),
                sample_id=sample_id, questionnaire_id=questionnaire, area_code=VILLAGE,
                entry_point_id=place, entry_point="", mode="qr", status=status, source=source,
                received_at=at, digest="0" * 64,
            )
        )  # fmt: skip


def table(root, name):
    """Cells of a table's rows by the first one; the box that scrolls carries its name."""
    (box,) = [one for one in root.by_class("scroll") if one.get("aria-label") == name]
    lines = [one for one in box.find_all("tr") if one.parent.tag == "tbody"]
    cells = [[cell.text for cell in line.find_all("th", "td")] for line in lines]
    return {first: rest for first, *rest in cells}


def asked(client, first, last=None, **more):
    query = "&".join(f"{name}={value}" for name, value in more.items())
    return read(client, f"{FUNNEL}?from={first}&to={last or first}&{query}")


def test_what_happened_is_counted_by_kind_place_and_hour(supervisor, quiet_town):
    day = TODAY - timedelta(days=3)
    change(quiet_town, EntryPoint, 2, kind="公园")
    scan(quiet_town, "QR001", day, 9, 40, 20)
    scan(quiet_town, "QR001", day, 10, 10, 5)
    scan(quiet_town, "QR002", day, 9, 7, 0)
    for status in ("accepted", "accepted", "quarantined", "rejected", "training"):
        answer(quiet_town, "QR001", local(day, 9, 59), status)
    answer(quiet_town, "QR001", local(day, 9), source=Source.FOLDER)
    root = asked(supervisor, day)
    rates = ["50%", "16%", "50%"]
    assert table(root, "按地点类型") == {
        "公园": ["1", "7", "0", "0", "0", "0%", "—", "—"],
        "社区": ["1", "50", "25", "4", "2", *rates],
        "合计": ["2", "57", "25", "4", "2", "44%", "16%", "50%"],
    }
    hours = table(root, "按小时")
    assert len(hours) == 24
    assert hours["09"][:4] == ["47", "20", "4", "2"]
    assert hours["10"][:4] == ["10", "5", "0", "0"]
    assert hours["11"][:7] == ["0", "0", "0", "0", "—", "—", "—"]
    places = table(root, "按地点")
    assert places["QR001 QR001 公告栏"] == ["使用中", "社区", "50", "25", "4", "2", *rates]


def test_days_and_hours_are_local(supervisor, quiet_town):
    day = TODAY - timedelta(days=3)
    with db.open_session(quiet_town) as session:
        for hour, scans in ((15, 3), (16, 5)):  # UTC: 23:00 of the day, 00:00 of the next
            session.add(
                FunnelHour(
                    study_id="hean", kind=FunnelKind.PLACE, point="QR001", scans=scans,
                    hour=datetime.combine(day, time(hour), UTC),
                )
            )  # fmt: skip
    answer(quiet_town, "QR001", datetime.combine(day, time(16, 1), UTC))
    assert table(asked(supervisor, day), "按小时")["23"][:4] == ["3", "0", "0", "0"]
    following = day + timedelta(days=1)
    assert table(asked(supervisor, following), "按小时")["00"][:4] == ["5", "0", "1", "1"]
    days = table(asked(supervisor, day, following), "按天")
    assert [days[str(one)][0] for one in (day, following)] == ["3", "5"]


def test_places_are_narrowed_by_area_kind_and_one(supervisor, quiet_town):
    day = TODAY - timedelta(days=1)
    scan(quiet_town, "QR001", day, 9, 4)
    scan(quiet_town, "QR002", day, 9, 5)
    for more, scans in (
        ({}, "9"),
        ({"area": TOWN}, "4"),
        ({"kind": "公园"}, "0"),
        ({"only": id_of(quiet_town, "QR002")}, "5"),
    ):
        assert table(asked(supervisor, day, **more), "按地点类型")["合计"][1] == scans, more
    links = [one.get("href") for one in asked(supervisor, day, area=TOWN).find_all("a")]
    one = f"{FUNNEL}?area={TOWN}&only={id_of(quiet_town, 'QR001')}&from={day}&to={day}"
    assert one in links


def test_drawn_households_are_counted_by_their_sample(app, supervisor, quiet_town):
    day = TODAY - timedelta(days=1)
    scan(quiet_town, "N1-home", day, 9, 6, 4, FunnelKind.HOUSEHOLDS)
    answer(quiet_town, "N1-home", local(day, 9))
    rates = ["67%", "25%", "100%"]
    home = {"N1-home": ["6", "4", "1", "1", *rates]}
    assert table(asked(supervisor, day), "抽中住户") == home
    client = world.log_in(app, "town")
    assert table(asked(client, day), "抽中住户") == home  # all of them live in the township
    change(quiet_town, Household, 2, area_code="419099003001")
    assert "N1-home" not in asked(client, day).text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=x&to=y", "日期的写法是 2026-03-01。"),
        ("from=2026-03-01", "日期的写法是 2026-03-01。"),
        ("from=2026-03-02&to=2026-03-01", "结束日期早于开始日期。"),
        ("from=2026-03-01&to=2026-05-02", "最多 62 天。"),
        ("from=0001-01-01&to=0001-01-01", "日期太早或太晚。"),
        ("from=9999-12-31&to=9999-12-31", "日期太早或太晚。"),
    ],
)
def test_days_that_cannot_be_shown_are_said(supervisor, query, sentence):
    reply = supervisor.get(f"{FUNNEL}?{query}")
    assert reply.status_code == 422
    root = markup.read(reply.text)
    (fault,) = root.by_class("fault")
    assert sentence in fault.text
    assert root.by_id("from").get("value") == str(TODAY - timedelta(days=6))


def test_the_last_week_is_shown_where_nothing_is_asked(supervisor, quiet_town):
    scan(quiet_town, "QR001", TODAY - timedelta(days=7), 9, 4)
    scan(quiet_town, "QR001", TODAY - timedelta(days=6), 9, 2)
    assert table(read(supervisor, FUNNEL), "按地点类型")["合计"][1] == "2"


def silent(url, *, days=3, now=NOW):
    with db.open_session(url) as session:
        study = session.get_one(Study, "hean")
        places = session.scalars(sa.select(EntryPoint).order_by(EntryPoint.code)).all()
        history = history_of(session, study, places, Period(TODAY, TODAY))
        found = silent_places(study, places, waves_of(session, study), history, now, days=days)
        return [place.code for place in found]


def test_a_poster_without_a_scan_for_days_is_dead(supervisor, quiet_town):
    scan(quiet_town, "QR001", TODAY - timedelta(days=20), 9, 4)
    scan(quiet_town, "QR001", TODAY - timedelta(days=2), 9, 0, 0)  # an hour without a scan
    scan(quiet_town, "QR002", TODAY - timedelta(days=1), 9, 1)
    assert silent(quiet_town) == ["QR001"]
    assert silent(quiet_town, days=30) == []
    root = read(supervisor, f"{FUNNEL}?quiet=3")
    last = f"{TODAY - timedelta(days=20)} 09:00"
    assert table(root, "沉默的海报") == {"QR001 QR001 公告栏": ["社区", f"区 {TOWN}", last]}


@pytest.mark.parametrize(
    "values",
    [
        {"status": "revoked"},
        {"valid_to": TODAY - timedelta(days=1)},
        {"valid_from": TODAY + timedelta(days=1)},
        {"valid_from": TODAY - timedelta(days=2)},
        {"created_at": NOW - timedelta(days=2)},
    ],
    ids=["revoked", "over", "ahead", "just begun", "just made"],
)
def test_a_poster_that_could_not_be_scanned_all_the_time_is_not_dead(quiet_town, values):
    assert silent(quiet_town) == ["QR001", "QR002"]
    change(quiet_town, EntryPoint, 1, **values)
    assert silent(quiet_town) == ["QR002"]


def test_between_waves_no_poster_is_dead(quiet_town):
    with db.open_session(quiet_town) as session:
        session.execute(sa.update(Wave).values(closes=TODAY - timedelta(days=1)))
    assert silent(quiet_town) == []


def test_a_flood_is_listed_with_what_was_expected(supervisor, quiet_town):
    flood = TODAY - timedelta(days=4)
    for back in range(1, 40):
        day = TODAY - timedelta(days=back)
        for hour in (8, 9, 10, 17, 18):
            scan(quiet_town, "QR001", day, hour, 3 + (back * hour) % 4)
        scan(quiet_town, "QR002", day, 9, 5)
    scan(quiet_town, "QR002", flood, 3, 90)
    for minute in range(20):
        answer(quiet_town, "QR002", local(flood, 3, minute))
    root = asked(supervisor, TODAY - timedelta(days=6), TODAY)
    (box,) = [one for one in root.by_class("scroll") if one.get("aria-label") == "异常高峰"]
    lines = [one.text for one in box.find_all("tr")[1:]]
    assert lines == [
        f"QR002 QR002 公告栏 {flood} 03:00 扫码 90 0.0",
        f"QR002 QR002 公告栏 {flood} 03:00 提交 20 0.0",
    ]
    calm = asked(supervisor, TODAY - timedelta(days=3), TODAY - timedelta(days=1))
    assert "没有异常高峰。" in calm.text


def test_without_a_history_nothing_is_compared(supervisor, quiet_town):
    with db.open_session(quiet_town) as session:
        session.execute(sa.update(Wave).values(opens=TODAY - timedelta(days=1)))
    scan(quiet_town, "QR001", TODAY - timedelta(days=1), 9, 900)
    assert "历史太短,还不能比较。" in asked(supervisor, TODAY - timedelta(days=1)).text


def test_hours_before_a_place_was_there_are_no_history(quiet_town):
    change(quiet_town, EntryPoint, 1, valid_from=TODAY - timedelta(days=20))
    change(quiet_town, EntryPoint, 2, created_at=NOW - timedelta(days=2))
    with db.open_session(quiet_town) as session:
        study = session.get_one(Study, "hean")
        places = session.scalars(sa.select(EntryPoint).order_by(EntryPoint.code)).all()
        period = Period(TODAY - timedelta(days=9), TODAY - timedelta(days=1))
        history = history_of(session, study, places, period)
        waves = waves_of(session, study)
        first, second = (spikes_of(study, [one], waves, history, period, NOW) for one in places)
    assert first.compared == 2 * 9 * 24  # scans and answers of nine days
    assert second.compared == 0  # one full day is nothing to compare with
    assert first.edge == pytest.approx(0.05 / first.compared)


def test_at_most_so_many_spikes_are_named(quiet_town):
    day = TODAY - timedelta(days=2)
    with db.open_session(quiet_town) as session:
        study = session.get_one(Study, "hean")
        made = create_places(
            session, study, [NewPlace(TOWN, "公园", "公园")] * 60, NOW - timedelta(days=50)
        )
        session.add_all(
            FunnelHour(
                study_id="hean", kind=FunnelKind.PLACE, point=place.code, hour=local(day, 9),
                scans=500,
            )
            for place in made
        )  # fmt: skip
        session.flush()  # the query below counts them
        period = Period(day, day)
        history = history_of(session, study, made, Period(day - timedelta(days=42), day))
        found = spikes_of(study, made, waves_of(session, study), history, period, NOW)
    assert len(found.found) == MOST_SPIKES


def test_a_supervisor_of_a_township_sees_the_funnel_there_only(app, quiet_town):
    day = TODAY - timedelta(days=1)
    scan(quiet_town, "QR001", day, 9, 4)
    scan(quiet_town, "QR002", day, 9, 500)
    client = world.log_in(app, "town")
    root = asked(client, day)
    assert table(root, "按地点类型")["合计"][:2] == ["1", "4"]
    assert "QR002" not in root.text
    other = asked(client, day, only=id_of(quiet_town, "QR002"))
    assert table(other, "按地点类型")["合计"][:2] == ["0", "0"]
    assert client.get(f"{FUNNEL}?area={OTHER_TOWN}").status_code == 404
    assert world.log_in(app, "official").get(FUNNEL).status_code == 403
    assert client.get("/points/no-such-study/funnel").status_code == 404


@pytest.mark.parametrize("path", [FUNNEL, "/points/hean/places"])
def test_the_number_of_statements_does_not_grow_with_the_places(app, supervisor, quiet_town, path):
    engine, asked_for = app.extensions["engine"], []
    sa.event.listen(engine, "before_cursor_execute", lambda *more: asked_for.append(more[2]))

    def statements():
        asked_for.clear()
        read(supervisor, path)
        return len(asked_for)

    before = statements()
    with db.open_session(quiet_town) as session:
        study = session.get_one(Study, "hean")
        create_places(session, study, [NewPlace(TOWN, "公园", "公园")] * 40, NOW)
    for code in ("P003", "P004"):
        scan(quiet_town, code, TODAY, 0, 3)
        answer(quiet_town, code, NOW)
    assert statements() == before
    assert before <= 20
