"""The figures behind the pages: computed once, again when an answer comes, cheap to show."""

import threading
import time
import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from survey import db
from survey.models import Answer, Response, ResponseStatus, Sample, Source
from survey.reporting import service
from survey.reporting.service import FigureStore
from tests import markup
from tests.survey.accounts import world

DOOR = "/results/hean-2026/W2/W2-door"
MOST_STATEMENTS = 6


@pytest.fixture
def own_app(own_url):
    app = world.app_on(own_url)
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def computed(monkeypatch):
    """Counts computations; the computation itself stays what it is."""
    calls = []
    real = service.compute

    def counted(session, study_id):
        calls.append(study_id)
        time.sleep(0.2)  # long enough for others to come meanwhile
        return real(session, study_id)

    monkeypatch.setattr(service, "compute", counted)
    return calls


def add_answer(url, status=ResponseStatus.ACCEPTED):
    """One more scan at a place of the city, like one that is there."""
    with db.open_session(url) as session:
        sample = session.scalars(sa.select(Sample).where(Sample.code == "W2-qr")).one()
        like = session.scalars(
            sa.select(Response).where(
                Response.sample_id == sample.id, Response.status == ResponseStatus.ACCEPTED
            )
        ).first()
        new = Response(
            submission_id=uuid.uuid4(),
            study_id=like.study_id,
            response_id=uuid.uuid4().hex,
            sample_id=sample.id,
            questionnaire_id=like.questionnaire_id,
            area_code=like.area_code,
            mode=like.mode,
            status=status,
            source=Source.PHONE,
            received_at=datetime.now(UTC),
            digest="0" * 64,
        )
        new.answers = [Answer(name=one.name, value=one.value) for one in like.answers]
        session.add(new)


def answers_shown(client):
    root = markup.read(client.get("/results/hean-2026/W2/W2-qr").text)
    return markup.table(root, "全部区域的指标")["知晓率"]["有效答卷"]


def test_one_more_answer_is_one_more_in_the_table(own_app, own_url):
    client = world.log_in(own_app, "official")
    assert answers_shown(client) == "6,200"
    add_answer(own_url)
    assert answers_shown(client) == "6,201"


def test_an_answer_that_is_not_accepted_is_said_beside_and_counts_in_nothing(own_app, own_url):
    client = world.log_in(own_app, "official")
    add_answer(own_url, ResponseStatus.QUARANTINED)
    assert answers_shown(client) == "6,200"
    assert "隔离 1" in markup.read(client.get("/results/hean-2026/W2/W2-qr").text).text


def test_two_answers_that_change_places_are_noticed(own_app, own_url):
    """As many accepted and rejected as before, and the same newest ones."""

    def figures_with(**statuses):
        with db.open_session(own_url) as session:
            for place, status in statuses.items():
                session.get_one(Response, scans[place]).status = ResponseStatus(status)
        with own_app.app_context():
            return own_app.extensions["figures"].figures(db.session(), "hean-2026")

    with db.open_session(own_url) as session:
        query = sa.select(Response.id).join(Sample, Sample.id == Response.sample_id)
        three = session.scalars(query.where(Sample.code == "W2-qr").order_by(Response.id).limit(3))
        scans = dict(zip(("first", "second", "third"), three, strict=True))
    before = figures_with(first="rejected", third="rejected")
    assert figures_with(first="accepted", second="rejected") is not before


def test_a_second_view_computes_nothing(own_app, computed):
    client = world.log_in(own_app, "official")
    for _ in range(3):
        assert client.get(DOOR).status_code == 200
    assert computed == ["hean-2026"]


def test_first_views_at_once_compute_once(own_app, computed):
    store = own_app.extensions["figures"]
    found, gate = [], threading.Barrier(4)

    def view():
        with own_app.app_context():
            session = db.session()
            gate.wait()
            found.append(store.figures(session, "hean-2026"))

    threads = [threading.Thread(target=view) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert computed == ["hean-2026"]
    assert len(found) == 4
    assert len({id(one) for one in found}) == 1


def test_each_app_keeps_its_own_figures(own_url, filled_sqlite):
    one, two = world.app_on(own_url), world.app_on(f"sqlite:///{filled_sqlite}")
    assert isinstance(one.extensions["figures"], FigureStore)
    assert one.extensions["figures"] is not two.extensions["figures"]
    for app in (one, two):
        app.extensions["engine"].dispose()


@pytest.mark.parametrize("path", [DOOR, "/results/hean-2026/W2/W2-qr"])
def test_a_view_of_known_figures_needs_few_statements(own_app, path):
    client = world.log_in(own_app, "official")
    client.get(path)
    said = []
    sa.event.listen(
        own_app.extensions["engine"],
        "before_cursor_execute",
        lambda *arguments: said.append(arguments[2]),
    )
    client.get(path)
    housekeeping = ("PRAGMA", "BEGIN", "SELECT set_config")
    work = [one for one in said if not one.startswith(housekeeping)]
    assert len(work) <= MOST_STATEMENTS, work


def test_reading_leaves_one_line_a_page_in_the_audit_log(own_app, own_url):
    client = world.log_in(own_app, "official")
    query = "SELECT count(*) FROM audit_events WHERE act = 'result.read' AND username = 'official'"
    client.get(DOOR)
    client.get("/results/hean-2026/W2/")
    client.get("/results/hean-2026/W2/nothing")
    assert world.scalar(own_url, query) == 2
    subject = "SELECT max(subject) FROM audit_events WHERE act = 'result.read'"
    assert world.scalar(own_url, subject) == "hean-2026 W2-door"
