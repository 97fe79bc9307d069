"""The check of a whole wave, by the command and by the page: who is held, why, and only once."""

import random

import pytest
from click.testing import CliRunner

from analysis.suspicion.findings import Reason
from analysis.suspicion.signs import Check
from survey.cli import main
from survey.guarding.layers import Code
from survey.models import Role
from survey.reason_words import REASONS, reason_name, reason_sentence
from survey.reviewing.checks import in_words
from tests import markup
from tests.factories import OTHER_TOWN, TOWN
from tests.survey.reviewing.conftest import WAVE, send

SCALE = ("q5_overall", "q6_clean", "q7_traffic", "q8_public", "q9_service", "q10_minor")
PEOPLE, COPIES = 330, 40


def person(draw):
    """Somebody whose answers depend on how content he is."""
    content = draw.random()
    scale = {name: "12345"[round(draw.gauss(4 * (1 - content), 0.8)) % 5] for name in SCALE}
    return scale | {
        "s3_town": draw.choice([TOWN[:9]] * 8 + [OTHER_TOWN[:9]]),
        "q1_know": draw.choice("123"),
        "q3_station": draw.choice("123"),
        "q4_support": draw.choice("12359"),
        "q11_safe": draw.choice("12349"),
        "q12_join": draw.choice(["0", "1", "2 3", "1 6", "9"]),
        "q13_visit": draw.choice("129"),
        "q14_coach": draw.choice("229"),
        "s1_age": draw.choice("123456"),
        "d1_sex": draw.choice("12"),
        "d2_edu": draw.choice("12345"),
        "d3_job": draw.choice("12345"),
    }


@pytest.fixture
def stuffed(wave):
    """A wave of people, one of their vectors forty times again, and people in the wave before."""
    draw = random.Random(4)
    wave.before([person(draw) for _ in range(PEOPLE)])
    people = [person(draw) for _ in range(PEOPLE)]
    wave.people = wave.fill(people)
    wave.copies = wave.fill([people[7]] * COPIES)
    return wave


def check(wave, *options, env=None):
    given = {"MINYI_DATABASE_URL": wave.town.url, "LC_ALL": "C.UTF-8", "LANG": ""} | (env or {})
    return CliRunner().invoke(main, ["check-batch", "live", *options], env=given)


def held(wave):
    with wave.town.session() as session:
        query = "SELECT id FROM responses WHERE status = 'quarantined' ORDER BY id"
        return [row[0] for row in session.connection().exec_driver_sql(query)]


def test_copies_are_held_with_their_reason_and_people_are_not(stuffed, analyst):
    result = check(stuffed)
    assert result.exit_code == 0, result.output
    found = held(stuffed)
    assert set(found) >= set(stuffed.copies)
    assert len(set(found) - set(stuffed.copies)) <= 4  # the one who was copied among them
    *before, first, last = result.output.splitlines()
    assert before == [
        f"N0-place\t{PEOPLE}\t0\tno earlier wave to compare with",
        "N0\t0 newly held, 0 new reasons",
    ]
    assert first == f"N1-place\t{PEOPLE + COPIES}\t{len(found)}\tagainst N0-place"
    assert last.startswith(f"N1\t{len(found)} newly held")
    page = markup.read(analyst.get(f"{WAVE}?reason=copies").text).text
    assert "份答卷的选项几乎相同" in page
    assert "近似复制" in page


def test_a_second_run_changes_nothing_but_the_log(stuffed):
    check(stuffed, "--wave", "N1")
    before = state(stuffed)
    assert "0 newly held, 0 new reasons" in check(stuffed, "--wave", "N1").output
    assert state(stuffed) == before
    assert stuffed.audited("response.check") == ["live N1", "live N1"]


def state(wave):
    with wave.town.session() as session:
        connection = session.connection()
        return [
            repr(connection.exec_driver_sql(query).all())
            for query in (
                "SELECT * FROM reasons ORDER BY response_id, code",
                "SELECT id, status FROM responses ORDER BY id",
            )
        ]


def test_what_an_analyst_has_accepted_stays_accepted(stuffed, analyst):
    check(stuffed)
    number = stuffed.copies[3]
    send(analyst, f"{WAVE}{number}", verdict="accepted", why="我认识这一位")
    check(stuffed)
    assert stuffed.status(number) == "accepted"


def test_the_page_checks_like_the_command_and_says_when(stuffed):
    administrator = stuffed.town.user(Role.ADMINISTRATOR)
    reply = send(administrator, f"{WAVE}check")
    assert (reply.status_code, reply.location) == (303, f"{WAVE}?state=held")
    found = held(stuffed)
    assert set(found) >= set(stuffed.copies)
    text = markup.read(administrator.get(WAVE).text).text
    assert f"UTC(administrator):看了 {PEOPLE + COPIES} 份,新隔离 {len(found)} 份" in text
    before = state(stuffed)
    check(stuffed)
    assert state(stuffed) == before


def test_too_few_answers_are_said_to_be_too_few(wave, analyst):
    wave.fill([person(random.Random(1)) for _ in range(30)])
    assert "too few to check, at least" in check(wave).output
    send(analyst, f"{WAVE}check")
    assert "答卷太少,至少需要" in markup.read(analyst.get(WAVE).text).text


def test_a_frozen_wave_is_not_checked(stuffed, analyst):
    stuffed.over()
    send(analyst, f"{WAVE}freeze")
    before = state(stuffed)
    assert "N1" not in check(stuffed).output  # the wave before it is not frozen
    refused = check(stuffed, "--wave", "N1", env={"LC_ALL": "zh_CN.UTF-8"})
    assert (refused.exit_code, refused.output) == (
        2,
        "这一波次已经冻结,不能再审核、检查或再次冻结。\n",
    )
    assert send(analyst, f"{WAVE}check").status_code == 409
    assert state(stuffed) == before


@pytest.mark.parametrize("arguments", [["live", "--wave", "N9"], ["none"]])
def test_a_wave_that_is_not_there_is_named(wave, arguments):
    environment = {"MINYI_DATABASE_URL": wave.town.url, "LC_ALL": "C.UTF-8", "LANG": ""}
    result = CliRunner().invoke(main, ["check-batch", *arguments], env=environment)
    assert result.exit_code == 2
    assert result.output.startswith("no wave ")


def test_a_volunteer_checks_nothing(stuffed):
    assert send(stuffed.town.user(Role.VOLUNTEER), f"{WAVE}check").status_code == 403
    assert held(stuffed) == []


# ------------------------------------------------------------------------ words


def test_every_reason_of_the_intake_and_of_the_batch_has_its_words():
    known = {code.value for code in Code} | {check.value for check in Check} | {"far_home"}
    assert set(REASONS) == known


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("check", Check)
def test_the_sentence_of_a_check_takes_its_numbers(check, language):
    evidence = {"answers": 41.0, "found": 0.25, "expected": 0.125, "differ": 2.0}
    for holds in (True, False):
        code, detail = in_words(Reason(check, evidence, holds=holds))
        sentence = reason_sentence(code, detail, language)
        assert "{" not in sentence
        assert "…" not in sentence
        assert any(number in sentence for number in detail.values())
        assert reason_name(code, language) == REASONS[code].short[language]


def test_a_reason_of_a_newer_version_is_shown_as_it_is():
    assert reason_name("moon_phase", "zh") == "moon_phase"
    assert reason_sentence("moon_phase", {"n": "3"}, "zh") == "moon_phase: n 3"
    assert reason_sentence("too_fast", {}, "en").startswith("… seconds for … questions")
