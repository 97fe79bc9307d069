"""A study under way today, with its areas, codes and accounts: made, never read from a calendar."""

import math
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import tomli_w
from sqlalchemy.orm import Session

from survey import db, funnel
from survey.accounts import passwords
from survey.app import create_app
from survey.codes import PLACE_LENGTH, household_code, lookup_hash, place_code, seal
from survey.config import Config
from survey.guarding.buckets import Flow
from survey.guarding.policy import POLICY, Alarm, Bound
from survey.models import (
    ApprovalKind,
    Area,
    Channel,
    EntryPoint,
    FunnelKind,
    Household,
    Level,
    PointStatus,
    Questionnaire,
    Response,
    Role,
    Sample,
    SampleKind,
    Study,
    User,
    Wave,
    new_revision,
)
from tests.phones import Phone
from tests.survey.instrument import known_forms

SECRET = "vT9kq2LxW7hRb4ZsYd8nMf3JpCa6GuEo"
PASSWORD = "correct horse battery"

ROOT = "419099000000"
TOWN, OTHER_TOWN = "419099001000", "419099005000"
VILLAGE, OTHER_VILLAGE = "419099001001", "419099005001"
GRID = "419099001001-G03"
AREAS = (
    (ROOT, None, Level.COUNTY, "和安市"),
    (TOWN, ROOT, Level.TOWNSHIP, "府前街道"),
    (OTHER_TOWN, ROOT, Level.TOWNSHIP, "石桥街道"),
    (VILLAGE, TOWN, Level.VILLAGE, "府前第1社区"),
    (OTHER_VILLAGE, OTHER_TOWN, Level.VILLAGE, "石桥第1社区"),
    (GRID, VILLAGE, Level.GRID, "第3网格"),
)
# A test answers at once and asks often; what would be said of that has tests of its own.
NEVER = Bound(flags=math.inf, holds=math.inf)
UNHURRIED = replace(
    POLICY,
    seconds_each=Bound(flags=0, holds=0),
    point_burst=NEVER,
    network_hour=NEVER,
    network_day=NEVER,
    point_alarm=Alarm(on=10**9, off=10**8),
    network_alarm=Alarm(on=10**9, off=10**8),
)
UNLIMITED = Flow(burst=1e6, each_second=1e6, miss=0)
DOOR, HOME, PLACE = "N1-door", "N1-home", "N1-place"  # the samples


@dataclass(frozen=True)
class Kit:
    """A questionnaire, what the platform must know of it, and answers that it accepts.

    ``area_column`` is where the platform writes the deepest area; ``hidden`` are the
    names that the server fills, with the entry point first and the mode second.
    """

    known: known_forms.KnownForm
    rules: dict
    area_question: str
    area_column: str
    town_column: str
    hidden: tuple[str, str]
    at_door: str
    free_text: str

    @property
    def answers(self):
        """Answers of a person who lives in TOWN."""
        known = {k: v for k, v in self.known.answers.items() if k not in self.hidden}
        return known | {self.area_question: TOWN[:9]}

    @property
    def pages(self):
        return [page.name for page in self.known.form.pages()]


HEAN = Kit(
    known=known_forms.HEAN,
    rules={
        "consent": {"question": "s0_consent", "yes": ["1"]},
        "eligible": {"question": "eligible", "yes": ["1"]},
        "area": "s3_town",
        "entry_point": "qr_code_id",
        "mode": "collect_mode",
        "hidden_at_door": ["q14_coach"],
        "levels": {"township": "乡级", "community": "村级"},
    },
    area_question="s3_town",
    area_column="community",
    town_column="township",
    hidden=("qr_code_id", "collect_mode"),
    at_door="q14_coach",
    free_text="q15_open",
)
READING = Kit(
    known=known_forms.READING,
    rules={
        "consent": {"question": "consent_ok", "yes": ["yes"]},
        "eligible": {"question": "takes_part", "yes": ["Y"]},
        "area": "home_area",
        "entry_point": "desk_code",
        "mode": "channel",
        "hidden_at_door": ["hours_week"],
        "levels": {"street": "乡级", "block": "村级"},
    },
    area_question="home_area",
    area_column="block",
    town_column="street",
    hidden=("desk_code", "channel"),
    at_door="hours_week",
    free_text="remark",
)
KINDS = Kit(
    known=known_forms.KINDS,
    rules={
        "consent": {"question": "agreed", "yes": ["yes"]},
        "eligible": {"question": "fits", "yes": ["1"]},
        "area": "home",
        "entry_point": "post",
        "mode": "way",
        "overclaim": {
            "question": "heard",
            "item": "event",
            "claims": ["y"],
            "bank": ["绿荫日", "和邻周", "一米河"],
        },
        "rotate": {"choices": ["score", "city"], "questions": ["g_kinds"]},
        "levels": {"street": "乡级", "block": "村级"},
    },
    area_question="home",
    area_column="block",
    town_column="street",
    hidden=("post", "way"),
    at_door="photo",
    free_text="who",
)
KITS = {"hean": HEAN, "reading": READING}


class Town:
    """A study on a migrated database, and the app that serves it.

    ``opens``, ``closes`` and ``valid`` are days from today in the study's time zone.
    """

    def __init__(
        self,
        url,
        kit=HEAN,
        *,
        study_id="live",
        zone="Asia/Shanghai",
        opens=-10,
        closes=10,
        valid=300,
        factor=None,
        base_url="https://minyi.test",
        policy=UNHURRIED,
    ):
        self.url, self.kit, self.study_id = url, kit, study_id
        self.zone = ZoneInfo(zone)
        self.app = create_app(
            Config(
                secret_key=SECRET,
                base_url=base_url,
                database_url=url,
                policy=policy,
                flow=UNLIMITED,
            )
        )
        self._engine = db.engine_for(url)
        dates = {"opens": self.day(opens), "closes": self.day(closes), "valid": self.day(valid)}
        with self.session() as session:
            self.samples = _make_study(session, self, dates, factor)

    def day(self, away=0):
        """A day of the study's own zone, counted from today."""
        return datetime.now(self.zone).date() + timedelta(days=away)

    @contextmanager
    def session(self):
        """As ``db.open_session``, but on one engine: to connect anew each time is slow."""
        writing = self._engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        with Session(writing) as opened, opened.begin():
            yield opened

    def close(self):
        self._engine.dispose()
        self.app.extensions["engine"].dispose()

    def phone(self, code, client=None):
        """Somebody without JavaScript who scans a code."""
        return Phone(client or self.app.test_client(), f"/q/{code}")

    def place(self, *, area=VILLAGE, kind="商场超市", code="P001", **more):
        """The code on the poster of a new place."""
        more = {"valid_from": None, "valid_to": None, "status": PointStatus.ACTIVE} | more
        with self.session() as session:
            place = EntryPoint(
                study_id=self.study_id,
                code=code,
                token=place_code(),
                area_code=area,
                name=f"{kind}门口",
                kind=kind,
                **more,
            )
            session.add(place)
            session.flush()
            return place.token

    def household(self, *, area=VILLAGE, number=1, **more):
        """The single-use code of a newly drawn household."""
        code = household_code()
        with self.session() as session:
            session.add(
                Household(
                    study_id=self.study_id,
                    sample_id=self.samples[HOME],
                    number=number,
                    area_code=area,
                    code_hash=lookup_hash(code, SECRET),
                    code_cipher=seal(code, SECRET).encode(),
                    **more,
                )
            )
        return code

    def user(self, role=Role.VOLUNTEER, *, username=None, area=ROOT):
        """A client of somebody who has logged in."""
        name = username or role.value
        with self.session() as session:
            session.add(
                User(
                    username=name,
                    password_hash=PASSWORD_HASH,
                    role=role,
                    area_code=area,
                    created_at=datetime.now(UTC),
                )
            )
        client = self.app.test_client()
        log_in(client, name)
        return client

    text = staticmethod(sa.text)

    def change(self, statement, **values):
        """Change what a page is made of, as the platform does: the study gets another revision."""
        with self.session() as session:
            session.execute(sa.text(statement), values)
            session.execute(sa.update(Study).values(revision=new_revision()))

    def ask(self, query, **values):
        """The first column of the first row."""
        with self.session() as session:
            return session.scalar(sa.text(query), values)

    def statements(self, do):
        """How many statements the app sends to the database while something is done.

        One that is sent with many rows of values counts for each of them.
        """
        said = []
        engine = self.app.extensions["engine"]

        def note(_connection, _cursor, text, values, _context, many):
            said.extend([text] * (len(values) if many else 1))

        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            do()
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        return len([one for one in said if not one.startswith(("PRAGMA", "BEGIN"))])

    def count(self, table):
        with self.session() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(sa.table(table)))

    def stored(self):
        """How many responses and how many answers there are."""
        return self.count("responses"), self.count("answers")

    def answers(self):
        """What is stored of the only response."""
        with self.session() as session:
            rows = session.execute(sa.text("SELECT response_id, name, value FROM answers")).all()
        assert len({row[0] for row in rows}) == 1
        return {row.name: row.value for row in rows}

    def response(self):
        """The only response, as a mapping."""
        with self.session() as session:
            return dict(session.execute(sa.text("SELECT * FROM responses")).mappings().one())

    def counts(self, code):
        """Scans, starts and stored responses of a code; of households, of their sample."""
        with self.session() as session:
            if len(code) == PLACE_LENGTH:
                place = session.scalars(sa.select(EntryPoint).where(EntryPoint.token == code)).one()
                kind, point = FunnelKind.PLACE, place.code
                stored = Response.entry_point_id == place.id
            else:
                kind, point = FunnelKind.HOUSEHOLDS, HOME
                stored = Response.sample_id == self.samples[HOME]
            scans, starts = funnel.totals(session, self.study_id, kind).get(point, (0, 0))
            query = sa.select(sa.func.count()).select_from(Response).where(stored)
            return scans, starts, session.scalar(query)


PASSWORD_HASH = passwords.hashed(PASSWORD)


def log_in(client, username):
    token = Phone(client, "/login").open().hidden["csrf_token"]
    data = {"username": username, "password": PASSWORD, "csrf_token": token}
    assert client.post("/login", data=data).status_code == 303


def study_toml(town, dates, factor):
    selection = {"frame": "list", "household": "random", "substitution": "none"}
    design = {
        "wave": "N1",
        "kind": "probability",
        "selection": selection,
        "area": town.kit.area_column,
        "strata": town.kit.town_column,
    }
    if factor:
        design["base_weight"] = {"population": "adults", "factor": factor}
    return tomli_w.dumps(
        {
            "study": {
                "id": town.study_id,
                "title": {"zh": "居民调查", "en": "Resident survey"},
                "form_number": "和文调1表",
                "maker": "和安市文明办",
                "approval": {"kind": "备案", "by": "和安市统计局", "number": "和统备3号"},
                "valid_until": dates["valid"],
                "timezone": str(town.zone),
                "root_area": ROOT,
            },
            "form": town.kit.rules,
            "wave": [
                {
                    "id": "N1",
                    "title": {"zh": "本期", "en": "This wave"},
                    "opens": dates["opens"],
                    "closes": dates["closes"],
                }
            ],
            "sample": [
                design | {"id": DOOR, "responses": "responses/door.csv"},
                design | {"id": HOME, "responses": "responses/home.csv"},
                {
                    "id": PLACE,
                    "wave": "N1",
                    "kind": "opt-in",
                    "responses": "responses/place.csv",
                    "area": town.kit.area_column,
                },
            ],
            "weighting": [{"id": "base"}],
            "estimates": {"headline": "base", "domains": ["root"], "minimum_n": 30},
        }
    )


def _make_study(session, town, dates, factor):
    """Study, areas, wave, samples and questionnaire; the samples' ids by their codes."""
    now = datetime.now(UTC)
    session.add(
        Study(
            id=town.study_id,
            title_zh="居民调查",
            title_en="Resident survey",
            form_number="和文调1表",
            maker="和安市文明办",
            approval_kind=ApprovalKind.FILED,
            approval_by="和安市统计局",
            approval_number="和统备3号",
            valid_until=dates["valid"],
            timezone=str(town.zone),
            root_area=ROOT,
            plan=study_toml(town, dates, factor),
            folder={},
            created_at=now,
        )
    )
    session.flush()  # the rows below refer to it
    for position, (code, parent, level, name) in enumerate(AREAS):
        session.add(
            Area(
                study_id=town.study_id,
                code=code,
                name=name,
                parent=parent,
                level=level,
                urban_rural="111",
                position=position,
            )
        )
    form, workbook = town.kit.known.form, town.kit.known.path.read_bytes()
    session.add(
        Questionnaire(
            study_id=town.study_id,
            number=1,
            form_id=form.form_id,
            version=form.version,
            workbook=workbook,
            sha256=sha256(workbook).hexdigest(),
            definition=form.to_json(),
            published_at=now,
        )
    )
    wave = Wave(
        study_id=town.study_id,
        code="N1",
        title_zh="本期",
        title_en="This wave",
        opens=dates["opens"],
        closes=dates["closes"],
        position=0,
    )
    session.add(wave)
    session.flush()  # samples refer to it
    samples = [
        Sample(
            study_id=town.study_id,
            code=code,
            wave_id=wave.id,
            kind=kind,
            channel=channel,
            position=position,
            file=f"responses/{code}.csv",
        )
        for position, (code, kind, channel) in enumerate(
            (
                (DOOR, SampleKind.PROBABILITY, Channel.DOOR),
                (HOME, SampleKind.PROBABILITY, Channel.HOUSEHOLD),
                (PLACE, SampleKind.OPT_IN, Channel.PLACE),
            )
        )
    ]
    session.add_all(samples)
    session.flush()  # gives the ids
    return {sample.code: sample.id for sample in samples}
