"""A wave with responses as the platform keeps them, some under suspicion, and its reviewers."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from survey.models import (
    Answer,
    Layer,
    Questionnaire,
    Reason,
    Response,
    ResponseStatus,
    Role,
    Sample,
    Source,
    Wave,
)
from tests.factories import HEAN, PLACE, Town
from tests.survey.accounts import world

WAVE = "/review/live/N1/"


@dataclass
class Field:
    """A town, and what is put into its wave behind the pages."""

    town: Town
    numbers: list = field(default_factory=list)

    def add(
        self, *, answers=None, status="accepted", reasons=(), point="P001", device=None,
        source=Source.PHONE, seconds=200, at=None, sample=PLACE,
    ):  # fmt: skip
        """One response; ``reasons`` are codes, or a mapping of codes to their numbers."""
        given = self.town.kit.answers | (answers or {})
        at = at or datetime.now(UTC) - timedelta(hours=1)
        details = reasons if isinstance(reasons, dict) else {code: {} for code in reasons}
        with self.town.session() as session:
            identifier = self.town.samples[sample]
            row = Response(
                submission_id=uuid.uuid4(),
                study_id="live",
                response_id=uuid.uuid4().hex,
                sample_id=identifier,
                questionnaire_id=session.scalars(sa.select(Questionnaire.id)).one(),
                area_code="419099001001",
                entry_point=point,
                mode="qr",
                status=ResponseStatus(status),
                source=source,
                started_at=at - timedelta(seconds=seconds),
                submitted_at=at,
                received_at=at,
                digest="0" * 64,
                wave_id=session.get_one(Sample, identifier).wave_id,
                device_mark=device,
            )
            row.answers = [Answer(name=name, value=text) for name, text in given.items()]
            session.add(row)
            session.flush()  # its id is that of the reasons
            session.add_all(
                Reason(
                    response_id=row.id, code=code, layer=Layer.INTAKE, detail=detail,
                    found_at=at,
                )
                for code, detail in details.items()
            )  # fmt: skip
            self.numbers.append(row.id)
            return row.id

    def status(self, number):
        return self.town.ask("SELECT status FROM responses WHERE id = :n", n=number)

    def statuses(self):
        return [self.status(number) for number in self.numbers]

    def over(self, days=3):
        """The wave ended some days ago."""
        last = self.town.day(-days)
        with self.town.session() as session:
            session.execute(sa.update(Wave).values(closes=last, salt=b"salt"))

    def audited(self, act):
        """Subjects of an act, in order."""
        with self.town.session() as session:
            query = "SELECT subject FROM audit_events WHERE act = :act ORDER BY id"
            return list(session.scalars(sa.text(query), {"act": act}))


@pytest.fixture
def wave(make_town):
    town = make_town(kit=HEAN)
    town.place(code="P001")
    return Field(town)


@pytest.fixture
def analyst(wave):
    return wave.town.user(Role.ANALYST)


def send(client, path, **data):
    """Post as a page of ours would."""
    return world.post(client, path, **data)
