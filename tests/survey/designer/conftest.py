"""A study under way with its indicators, and the people who change its questionnaire."""

import csv
import hashlib
import io

import pytest
import sqlalchemy as sa

from survey import audit
from survey.accounts.access import Act
from survey.designer import service
from survey.designer.service import Upload
from survey.models import AuditEvent, Indicator, IndicatorKind, Role, Study, User
from tests import markup
from tests.factories import ROOT, TOWN, Town
from tests.phones import Phone
from tests.survey.instrument.known_forms import HEAN

LINES = list(
    csv.DictReader((HEAN.path.parent / "indicators.csv").read_text(encoding="utf-8").splitlines())
)


class Desk(Town):
    """A town whose questionnaire is worked on; drafts come without a workbook that is read."""

    def __init__(self, url):
        super().__init__(url)
        with self.session() as session:
            for position, line in enumerate(LINES):
                fields = line | {"kind": IndicatorKind(line["kind"]), "direction": ""}
                session.add(
                    Indicator(study_id=self.study_id, version=1, position=position, **fields)
                )
        self._clients = {}
        self.first_revision = self.revision

    def client(self, name, role=Role.ANALYST, area=ROOT):
        """Somebody's logged-in browser; his account is made when he first comes."""
        if name not in self._clients:
            self._clients[name] = self.user(role, username=name, area=area)
        return self._clients[name]

    def draft(self, edited, by="analyst"):
        """Store a draft as an upload would, without reading a workbook; its digest."""
        self.client(by)
        content = b"PK" + repr(edited.form).encode()
        with self.session() as session:
            study = session.get(Study, self.study_id)
            known = service.versions_of(session, study).draft
            number = service.save_draft(
                session,
                study,
                Upload(content, edited.form),
                replaces=known.sha256 if known else "",
            )
            self._record(session, by, Act.FORM_EDIT, number, content)
        return hashlib.sha256(content).hexdigest()

    def _record(self, session, by, act, number, content):
        user = session.query(User).filter_by(username=by).one()
        audit.record(
            session,
            act,
            f"{self.study_id} questionnaire {number}",
            change="upload",
            sha256=hashlib.sha256(content).hexdigest(),
        )
        for event in session.new:
            if isinstance(event, AuditEvent):
                event.user_id, event.username = user.id, by

    def path(self, rest=""):
        return f"/forms/{self.study_id}/{rest}"

    def post(self, client, rest, **data):
        """What a form of the versions page sends."""
        token = Phone(client, "/account/password").open().hidden["csrf_token"]
        return client.post(self.path(rest), data=data | {"csrf_token": token})

    def upload(self, client, content, name="questionnaire.xlsx", **data):
        token = Phone(client, "/account/password").open().hidden["csrf_token"]
        sent = {"workbook": (io.BytesIO(content), name), "csrf_token": token} | data
        return client.post(self.path("draft"), data=sent, content_type="multipart/form-data")

    def page(self, client, rest="", **query):
        reply = client.get(self.path(rest), query_string=query)
        assert reply.status_code == 200, reply.text
        return markup.read(reply.text)

    def versions(self):
        """Number, whether it is published, and digest, by number."""
        query = (
            "SELECT number, published_at IS NOT NULL, sha256 FROM questionnaires ORDER BY number"
        )
        with self.session() as session:
            return [
                (number, bool(published), digest)
                for number, published, digest in session.execute(sa.text(query))
            ]

    def acts(self):
        """The acts on questionnaires: user, act, subject, what changed."""
        with self.session() as session:
            events = session.query(AuditEvent).filter(AuditEvent.act.like("form.%"))
            return [
                (one.username, one.act, one.subject, one.details.get("change", ""))
                for one in events.order_by(AuditEvent.id)
            ]

    @property
    def revision(self):
        return self.ask("SELECT revision FROM studies")


@pytest.fixture
def desk(migrated_url):
    desk = Desk(migrated_url)
    yield desk
    desk.close()


@pytest.fixture
def analyst(desk):
    return desk.client("analyst")


@pytest.fixture
def of_town(desk):
    """An analyst of a part of the study only."""
    return desk.client("analyst-town", area=TOWN)
