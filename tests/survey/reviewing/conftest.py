"""A wave with responses as the platform keeps them, some under suspicion, and its reviewers."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from survey.models import (
    Answer,
    Channel,
    EntryPoint,
    Layer,
    Questionnaire,
    Reason,
    Response,
    ResponseStatus,
    Role,
    Sample,
    SampleKind,
    Source,
    Wave,
)
from survey.studies.storing import fill_answers
from tests.factories import HEAN, PLACE, Town
from tests.survey.accounts import world

WAVE = "/review/live/N1/"
OWN_FORM = sa.select(Questionnaire.id).where(Questionnaire.study_id == "live")


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
                questionnaire_id=session.scalars(OWN_FORM).one(),
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

    def fill(self, answers, *, sample=PLACE, start=None):
        """Many responses at once, one every two minutes; ``answers`` are those that differ."""
        start = start or datetime.now(UTC) - timedelta(days=2)
        with self.town.session() as session:
            identifier = self.town.samples[sample]
            wave_id = session.get_one(Sample, identifier).wave_id
            questionnaire = session.scalars(OWN_FORM).one()
            place_id = session.scalars(sa.select(EntryPoint.id)).first()
            first = (session.scalar(sa.select(sa.func.max(Response.id))) or 0) + 1
            session.execute(
                sa.insert(Response),
                [
                    {
                        "id": first + place,
                        "submission_id": uuid.uuid4(),
                        "study_id": "live",
                        "response_id": uuid.uuid4().hex,
                        "sample_id": identifier,
                        "questionnaire_id": questionnaire,
                        "area_code": "419099001001",
                        "entry_point": "P001",
                        "entry_point_id": place_id,
                        "mode": "qr",
                        "status": ResponseStatus.ACCEPTED,
                        "source": Source.PHONE,
                        "started_at": start + timedelta(seconds=120 * place),
                        "submitted_at": start + timedelta(seconds=120 * place + 60 + place % 97),
                        "received_at": start + timedelta(seconds=120 * place + 60 + place % 97),
                        "digest": "0" * 64,
                        "wave_id": wave_id,
                    }
                    for place in range(len(answers))
                ],
            )
            rows = (
                (first + place, name, text)
                for place, own in enumerate(answers)
                for name, text in (self.town.kit.answers | own).items()
                if text
            )
            fill_answers(session.connection(), rows)
            if session.get_bind().dialect.name == "postgresql":
                session.execute(
                    sa.text("SELECT setval('responses_id_seq', max(id)) FROM responses")
                )
        numbers = list(range(first, first + len(answers)))
        self.numbers += numbers
        return numbers

    def before(self, answers):
        """An earlier wave with such answers at the same places."""
        with self.town.session() as session:
            now = session.scalars(sa.select(Wave)).one()
            wave = Wave(
                study_id="live", code="N0", title_zh="前期", title_en="Before", position=-1,
                opens=now.opens - timedelta(days=90), closes=now.opens - timedelta(days=80),
            )  # fmt: skip
            session.add(wave)
            session.flush()  # its id is that of the sample
            sample = Sample(
                study_id="live", wave_id=wave.id, code="N0-place", kind=SampleKind.OPT_IN,
                channel=Channel.PLACE, position=-1, file="responses/N0-place.csv",
            )  # fmt: skip
            session.add(sample)
            session.flush()  # its id is that of the responses
            self.town.samples["N0-place"] = sample.id
        start = datetime.now(UTC) - timedelta(days=85)
        return self.fill(answers, sample="N0-place", start=start)

    def status(self, number):
        return self.town.ask("SELECT status FROM responses WHERE id = :n", n=number)

    def statuses(self):
        return [self.status(number) for number in self.numbers]

    def over(self, days=3):
        """The wave ended some days ago."""
        last = self.town.day(-days)
        with self.town.session() as session:
            session.execute(
                sa.update(Wave).where(Wave.code == "N1").values(closes=last, salt=b"salt")
            )

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
