"""10,000 generated posts: no failure of the server, and no row that breaks a rule of the form."""

import random
import re
import string
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from survey import db
from survey.instrument.judge import judge
from survey.models import Answer, Response
from tests.factories import KITS, TOWN, UNHURRIED, Town

TICKET = re.compile(r'name="\.id" value="([^"]+)"')
POSTS_EACH, EXAMPLES = 25, 200  # for each of two forms: 10,000 posts
NASTY = (
    "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "1e308", "-1e999", "NaN", "Infinity",
    "9" * 400, "0x1F", "１２", "٣", "-0", "1.0", "1 1 1", "1 2 3 4 5 6 7 8 9", "1\n2", "\r\n",
    "\u202e1", "\u2028", "\ufeff1", "𠮷", "龘", "e\u0301", "<script>x</script>", "' OR 1=1 --",
    "{{7*7}}", "${q1_know}", "../../etc/passwd", "%00", "a" * 2_001, "字" * 5_000, "True", "null",
    "[]", "{}", "2030-02-30", "2030-13-01", "25:61", "=1+1", "@x", "\t", "\x1b[31m", "🙂" * 50,
)  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite-hean", "postgresql-reading"])
def town(request, tmp_path_factory):
    """One form on each database: what one of them stores the other may refuse."""
    backend, _, kit = request.param.partition("-")
    if backend == "sqlite":
        file = tmp_path_factory.mktemp("hostile") / "minyi.sqlite"
        file.write_bytes(request.getfixturevalue("migrated_sqlite").read_bytes())
        url = f"sqlite:///{file}"
    else:
        cluster = request.getfixturevalue("postgres")
        url = cluster.create_database(cluster.template("migrated", db.migrate))
    often = dict.fromkeys(("withdrawals_network", "withdrawals_alarm", "withdrawals_wave"), 10**9)
    policy = replace(UNHURRIED, **often)  # else nearly all that is withdrawn meets the limit alone
    town = Town(url, KITS[kit], policy=policy)
    town.codes = [town.place(), *(town.household(number=n) for n in range(1, 400))]
    yield town
    town.close()


class Attacker:
    """Sends what no page of ours sends, from tickets that are ours, once used or made up."""

    def __init__(self, town, seed):
        self.town, self.kit = town, town.kit
        self.chance = random.Random(seed)
        self.client = town.app.test_client(use_cookies=False)
        self.names = [q.name for q in town.kit.known.form.questions()]

    def ticket(self, code):
        draw = self.chance.random()
        if draw < 0.1:
            return self.chance.choice(NASTY)
        page = self.client.get(f"/q/{code}").text
        found = TICKET.search(page)
        ticket = found[1] if found else "none"
        return ticket if draw < 0.9 else ticket[:-1] + self.chance.choice(string.ascii_letters)

    def post(self):
        code = self.chance.choice(self.town.codes[:1] * 300 + self.town.codes)
        fields = [(".id", self.ticket(code)), (".page", self.kit.pages[-1])]
        fields += [(name, part) for name, text in self.kit.answers.items() for part in text.split()]
        for _ in range(self.chance.randrange(6)):
            self.spoil(fields)
        self.chance.shuffle(fields)
        path = f"/q/{code}" + self.chance.choice(["", "", "", "/draft", "/withdraw"])
        headers = {"Accept": self.chance.choice(["text/html", "application/json", "*/*"])}
        return self.client.post(path, data=encoded(fields), headers=headers, content_type=FORM)

    def spoil(self, fields):
        kind = self.chance.randrange(6)
        place = self.chance.randrange(len(fields))
        name, text = fields[place]
        if kind == 0:
            fields[place] = (name, self.chance.choice(NASTY))
        elif kind == 1:
            fields.append((name, self.chance.choice(NASTY)))  # a key that is there twice
        elif kind == 2:
            del fields[place]
            fields.append((".page", "x"))
        elif kind == 3:
            fields.append((self.chance.choice([*NASTY, "weight", "status", ".js"]), text))
        elif kind == 4:
            fields.append((self.chance.choice(self.names), self.chance.choice(NASTY)))
        else:
            extra = (".lives_here", ".back", ".lang", ".elder", ".more", ".geo.x", ".rank.q.1")
            fields.append((self.chance.choice(extra), self.chance.choice(["1", *NASTY])))


FORM = "application/x-www-form-urlencoded"


def encoded(fields):
    """As a client that knows no rules would: halves of surrogate pairs become bytes, too."""
    return b"&".join(quoted(name) + b"=" + quoted(text) for name, text in fields)


def quoted(text):
    raw = text.encode("utf-8", "surrogatepass")
    return b"".join(b"%%%02X" % byte for byte in raw)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=True,
)
@given(seed=st.integers(0, 2**32))
def test_no_post_breaks_the_server(town, seed):
    attacker = Attacker(town, seed)
    for _ in range(POSTS_EACH):
        reply = attacker.post()
        assert reply.status_code < 500, reply.text[:500]


def test_every_row_that_was_stored_keeps_the_rules(town):
    """After the attack: what is stored is what the whole form accepts, and some was."""
    form = town.kit.known.form
    with town.session() as session:
        stored = session.execute(sa.select(Response.id, Response.area_code)).all()
        assert len(stored) > POSTS_EACH * EXAMPLES / 50  # honest answers came through as well
        for number, area in stored:
            assert area.startswith(TOWN[:6])
            rows = session.execute(
                sa.select(Answer.name, Answer.value).where(Answer.response_id == number)
            )
            given = dict(rows.all())
            known = {name: text for name, text in given.items() if form.question(name)}
            found = judge(form, known, now=datetime.now(UTC), timezone=ZoneInfo("Asia/Shanghai"))
            assert found.faults == {}, number
            assert not any("\0" in text for text in given.values())


def test_control_the_judge_is_needed(town):
    """A post that breaks a rule is there when nobody judges it: the check above would see it."""
    form = town.kit.known.form
    answers = dict.fromkeys(town.kit.answers, "9" * 400)
    found = judge(form, answers, now=datetime.now(UTC), timezone=ZoneInfo("Asia/Shanghai"))
    assert found.faults


def test_a_body_that_is_no_form_is_refused_or_empty(town):
    client = town.app.test_client(use_cookies=False)
    for content_type in ("application/json", "multipart/form-data", "text/plain", ""):
        reply = client.post(f"/q/{town.codes[0]}", data=b"\xff\x00{", content_type=content_type)
        assert 400 <= reply.status_code < 500
    fields = MultiDict([(f"x{n}", "1") for n in range(1_200)])
    assert client.post(f"/q/{town.codes[0]}", data=fields).status_code == 413
