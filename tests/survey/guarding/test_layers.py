"""What is suspicious gets a reason and is kept; honest crowds get none."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Request
from werkzeug.test import EnvironBuilder

from survey.guarding import layers
from survey.guarding.layers import Code, Examined, Suspicion, Visit, answered_before, suspicions
from survey.guarding.marks import device_mark, freeze, salt_of
from survey.guarding.policy import POLICY, Alarm, Policy, Scope
from survey.guarding.proof import Verdict
from survey.guarding.visitors import visitor
from survey.guarding.withdrawals import may_try
from survey.models import Base, LimitCount, Reason, Response, ResponseStatus, Source, Wave
from tests.factories import PLACE
from tests.survey.guarding.waves import CONFIG, NOON, answer, codes, somebody

QUIET = Visit(family=False, seconds=180, asked=22, trapped=False)
PEACE = Policy(point_alarm=Alarm(10**6, 1), network_alarm=Alarm(10**6, 1))  # no proof is asked for


def visit(**more):
    facts = {"family": False, "seconds": 180.0, "asked": 22, "trapped": False, "proof": None}
    return Visit(**(facts | more))


def found(visit, counts=None):
    """Each reason and whether it holds."""
    return {str(one.code): one.holds for one in suspicions(visit, counts or {})}


def test_a_quiet_visit_has_no_reason():
    assert found(QUIET, dict.fromkeys(Scope, 1)) == {}


def test_a_device_may_answer_again_for_another_person_of_its_family():
    assert found(visit(), {Scope.DEVICE: 2}) == {"device_again": True}
    assert found(visit(family=True), {Scope.DEVICE: 2}) == {}
    assert found(visit(family=True), {Scope.DEVICE: POLICY.family}) == {}
    assert found(visit(family=True), {Scope.DEVICE: POLICY.family + 1}) == {
        "device_family_many": True
    }


@pytest.mark.parametrize(
    ("scope", "bound", "code"),
    [
        (Scope.NETWORK_HOUR, POLICY.network_hour, "network_many"),
        (Scope.NETWORK_DAY, POLICY.network_day, "network_many"),
        (Scope.POINT, POLICY.point_burst, "point_burst"),
    ],
)
def test_a_crowd_is_flagged_above_one_bound_and_held_above_another(scope, bound, code):
    assert bound.flags < bound.holds
    assert found(QUIET, {scope: bound.flags}) == {}
    assert found(QUIET, {scope: bound.flags + 1}) == {code: False}
    assert found(QUIET, {scope: bound.holds}) == {code: False}
    assert found(QUIET, {scope: bound.holds + 1}) == {code: True}


def test_of_the_hour_and_the_day_the_worse_is_told():
    def told(hour, day):
        counts = {Scope.NETWORK_HOUR: hour, Scope.NETWORK_DAY: day}
        (only,) = suspicions(QUIET, counts)
        return only.detail["window"], only.detail["n"], only.holds

    hour, day = POLICY.network_hour, POLICY.network_day
    assert told(hour.flags + 1, day.flags + 1) == ("hour", f"{hour.flags + 1}", False)
    assert told(hour.flags + 1, day.holds + 1) == ("day", f"{day.holds + 1}", True)
    assert told(hour.holds + 1, day.holds + 1) == ("hour", f"{hour.holds + 1}", True)
    assert told(1, day.flags + 1) == ("day", f"{day.flags + 1}", False)


@pytest.mark.parametrize(
    ("seconds", "asked", "expected"),
    [
        (44.0, 22, {}),
        (43.9, 22, {"too_fast": False}),
        (15.4, 22, {"too_fast": False}),
        (15.3, 22, {"too_fast": True}),
        (0.0, 22, {"too_fast": True}),
        (15.3, 5, {}),  # fewer questions were asked
        (0.0, 0, {}),
        (None, 22, {}),
        (86_400.0, 22, {}),  # a ticket of yesterday is fine
    ],
)
def test_the_least_time_grows_with_the_questions_asked(seconds, asked, expected):
    assert found(visit(seconds=seconds, asked=asked)) == expected


def test_a_field_that_no_person_sees_holds():
    assert found(visit(trapped=True)) == {"honeypot": True}


@pytest.mark.parametrize("verdict", Verdict)
def test_an_attack_wants_a_good_proof(verdict):
    reasons = suspicions(visit(proof=verdict), {})
    if verdict is Verdict.GOOD:
        assert reasons == ()
    else:
        assert reasons == (Suspicion(Code.NO_PROOF, {"why": verdict.value}, holds=True),)


def test_reasons_do_not_hide_each_other():
    worst = visit(seconds=1.0, trapped=True, proof=Verdict.MISSING)
    counts = dict.fromkeys(Scope, 10_000)
    assert found(worst, counts) == dict.fromkeys(
        ("device_again", "network_many", "point_burst", "too_fast", "honeypot", "no_proof"), True
    )


# What honest crowds do: nobody of them gets a reason.


def reasons_of(worker, wave_id, visits):
    """The codes of visits, each a visitor with more facts and minutes after noon."""
    found = []
    for who, minutes, more in visits:
        with worker.writing() as session:
            moment = NOON + timedelta(minutes=minutes)
            found.append(codes(answer(session, wave_id, who, moment, **more)))
    return found


def test_an_office_of_50_behind_one_address_passes(worker, wave_id):
    office = [(somebody(network="office"), n * 0.1, {}) for n in range(50)]
    assert reasons_of(worker, wave_id, office) == [set()] * 50


def test_families_of_four_on_one_telephone_pass(worker, wave_id):
    families = [
        (somebody(f"family{family}", f"home{family}"), 4 * family, {"family": person > 0})
        for family in range(5)
        for person in range(4)
    ]
    assert reasons_of(worker, wave_id, families) == [set()] * 20


def test_a_market_at_rush_hour_passes(worker, wave_id):
    """Two hours, 25 in ten minutes, half of them in the network of the market."""
    market = [
        (somebody(network="market" if n % 2 else f"mobile{n % 40}"), n * 0.4, {})
        for n in range(120)
    ]
    assert reasons_of(worker, wave_id, market) == [set()] * 120


# What scripts do: all of it is kept, and little of it counts.


def test_of_200_from_one_device_only_the_first_counts(worker, wave_id):
    script = somebody("script")
    with worker.writing() as session:
        held = [answer(session, wave_id, script).holds for _ in range(200)]
    assert held == [False] + [True] * 199


def test_of_200_that_press_the_button_for_families_as_many_as_a_family_count(worker, wave_id):
    script = somebody("script")
    with worker.writing() as session:
        held = [answer(session, wave_id, script, family=True).holds for _ in range(200)]
    assert held == [False] * POLICY.family + [True] * (200 - POLICY.family)


def test_of_200_new_devices_of_one_network_those_up_to_the_alarm_count(worker, wave_id):
    with worker.writing() as session:
        held = [answer(session, wave_id, somebody()).holds for _ in range(200)]
    assert held == [False] * POLICY.point_alarm.on + [True] * (200 - POLICY.point_alarm.on)


def test_without_proofs_they_count_up_to_the_bound_of_the_network(worker, wave_id):
    """Control: what the alarm adds."""
    with worker.writing() as session:
        held = [answer(session, wave_id, somebody(), policy=PEACE).holds for _ in range(200)]
    assert held == [False] * 150 + [True] * 50


def test_who_has_a_single_use_code_is_not_held_for_his_network(worker, wave_id):
    with worker.writing() as session:
        found = [answer(session, wave_id, somebody(), point_id=None) for _ in range(200)]
    assert not any(one.holds for one in found)
    assert codes(found[-1]) == {"network_many"}


# The counters themselves.


def test_an_answer_costs_one_statement(worker, wave_id):
    with worker.writing() as session:
        answer(session, wave_id, somebody())
    with worker.writing() as session:
        answer(session, wave_id, somebody())  # a committed salt is remembered from here on
        worker.statements.clear()
        for _ in range(10):
            answer(session, wave_id, somebody(), family=True)
    assert len([s for s in worker.statements if "INSERT" in s]) == 10
    assert len([s for s in worker.statements if not s.startswith("PRAGMA")]) == 10


def test_the_mark_of_a_response_is_known_before_it_is_counted(worker, wave_id):
    me = somebody("me")
    with worker.writing() as session:
        mark = layers.mark_of(session, wave_id, me, NOON)
        assert session.scalar(sa.select(sa.func.count()).select_from(LimitCount)) == 0
        assert answer(session, wave_id, me).device_mark == mark


def test_a_visit_to_no_point_counts_none(worker, wave_id):
    with worker.writing() as session:
        answer(session, wave_id, somebody(), point_id=None)
        scopes = set(session.scalars(sa.select(LimitCount.scope)))
    assert scopes == {"device", "network-hour", "network-day"}


def test_an_unknown_network_is_nobodys(worker, wave_id):
    with worker.writing() as session:
        answer(session, wave_id, somebody(network=""))
        scopes = set(session.scalars(sa.select(LimitCount.scope)))
    assert scopes == {"device", "point"}


def test_a_device_is_counted_until_its_wave_is_over(worker, wave_id):
    with worker.writing() as session:
        answer(session, wave_id, somebody())
        end = session.scalar(sa.select(LimitCount.window_end).where(LimitCount.scope == "device"))
        closes = session.get_one(Wave, wave_id).closes
    assert (end.date() - closes).days == 3  # on the day after it late answers may come
    later = NOON + timedelta(days=8)  # no window of the clock lasts so long
    with worker.writing() as session:
        answer(session, wave_id, somebody("again"), NOON)
        assert codes(answer(session, wave_id, somebody("again"), later)) == {"device_again"}


def test_marks_of_two_waves_have_nothing_in_common(worker, wave_id):
    with worker.writing() as session:
        wave = session.get_one(Wave, wave_id)
        other = Wave(
            study_id=wave.study_id,
            code="N2",
            title_zh="下期",
            title_en="",
            opens=wave.opens,
            closes=wave.closes,
            position=1,
        )
        session.add(other)
        session.flush()  # gives the id
        device = somebody("same")
        first, second = (answer(session, one, device) for one in (wave_id, other.id))
    assert first.device_mark != second.device_mark
    assert codes(second) == set()


def test_a_frozen_wave_has_no_marks(worker, wave_id):
    with worker.writing() as session:
        answer(session, wave_id, somebody())
        freeze(session, session.get_one(Wave, wave_id), NOON)
        session.execute(sa.delete(LimitCount))
        late = answer(session, wave_id, somebody("again"))
        assert late.device_mark is None
        assert layers.mark_of(session, wave_id, somebody(), NOON) is None
        assert set(session.scalars(sa.select(LimitCount.scope))) == {"point"}
        assert answered_before(session, wave_id, somebody("again"), NOON) == 0


def test_old_counters_go_beside_the_answers(worker, wave_id):
    with worker.writing() as session:
        answer(session, wave_id, somebody(), NOON)
        before = session.scalar(sa.select(sa.func.count()).select_from(LimitCount))
        answer(session, wave_id, somebody(network="other"), NOON + timedelta(days=2))
        after = session.scalars(sa.select(LimitCount.scope)).all()
    assert before == 4
    assert sorted(after) == ["device", "device", "network-day", "network-hour", "point"]


def test_no_address_no_browser_and_no_cookie_is_stored(worker, wave_id):
    """With a mark of its own in each place where one could be read off."""
    browser, cookie = "SeededBrowser/7.7", "SeededCookie_123456789"
    for address in ("198.51.100.77", "2001:db8:77:77::77"):
        request = Request(
            EnvironBuilder(
                headers={"User-Agent": browser, "Cookie": f"minyi-device={cookie}"},
                environ_base={"REMOTE_ADDR": address},
            ).get_environ()
        )
        who = visitor(request, CONFIG)
        assert (who.device, who.is_new) == (cookie, False)
        with worker.writing() as session:
            examined = answer(session, wave_id, who, honeypot=True)
            stored = response(session, wave_id, mark=examined.device_mark)
            layers.record(session, stored, examined, NOON)
            may_try(session, wave_id, who, NOON)
    with worker.reading() as session:
        tables = [table for table in Base.metadata.sorted_tables if table.name != "questionnaires"]
        everything = repr([session.execute(sa.select(table)).all() for table in tables])
    for secret in (browser, cookie, "198.51.100", "2001:db8", "20010db800770077", who.network):
        assert secret not in everything
    assert examined.device_mark in everything  # control: what is stored would have been found


# Reasons on a response.


def response(session, wave_id, *, status=ResponseStatus.ACCEPTED, mark=None):
    """A stored response of the wave; its id."""
    sample = session.execute(
        sa.text("SELECT id, study_id FROM samples WHERE code = :code"), {"code": PLACE}
    ).one()
    stored = Response(
        submission_id=uuid.uuid4(),
        study_id=sample.study_id,
        response_id=str(uuid.uuid4()),
        sample_id=sample.id,
        questionnaire_id=session.scalar(sa.text("SELECT id FROM questionnaires")),
        area_code="419099000000",
        mode="qr",
        status=status,
        source=Source.PHONE,
        received_at=NOON,
        digest="0" * 64,
        wave_id=wave_id,
        device_mark=mark,
    )
    session.add(stored)
    session.flush()  # gives the id
    return stored.id


SLOW = Suspicion(Code.NETWORK_MANY, {"n": "61", "most": "60", "window": "hour"}, holds=False)
FALSE = Suspicion(Code.HONEYPOT, {}, holds=True)


@pytest.mark.parametrize(
    ("reasons", "status", "expected"),
    [
        ((), "accepted", "accepted"),
        ((SLOW,), "accepted", "accepted"),
        ((SLOW, FALSE), "accepted", "quarantined"),
        ((FALSE,), "training", "training"),
        ((FALSE,), "rejected", "rejected"),
    ],
)
def test_reasons_are_written_and_hold_what_was_accepted(worker, wave_id, reasons, status, expected):
    with worker.writing() as session:
        stored = response(session, wave_id, status=ResponseStatus(status))
        layers.record(session, stored, Examined("m", reasons), NOON)
    with worker.reading() as session:
        assert session.get_one(Response, stored).status == expected
        rows = session.scalars(sa.select(Reason)).all()
        assert {(row.code, row.layer, str(row.detail), row.found_at) for row in rows} == {
            (one.code.value, "intake", str(dict(one.detail)), NOON) for one in reasons
        }


def test_a_device_is_told_how_often_it_has_answered(worker, wave_id):
    me = somebody("me")
    with worker.writing() as session:
        salt = salt_of(session, wave_id, NOON)
        mark = device_mark(salt.value, me.device)
        assert answered_before(session, wave_id, me, NOON) == 0
        for status in ResponseStatus:
            response(session, wave_id, status=status, mark=mark)
        response(session, wave_id, mark="of another device")
        # neither the withdrawn one nor the one of a training
        assert answered_before(session, wave_id, me, NOON) == len(ResponseStatus) - 2


def test_a_device_without_a_cookie_is_not_looked_for(worker, wave_id):
    with worker.writing() as session:
        salt_of(session, wave_id, NOON)
    with worker.reading() as session:
        session.connection()
        worker.statements.clear()
        assert answered_before(session, wave_id, somebody(is_new=True), NOON) == 0
        assert worker.statements == []
        assert answered_before(session, wave_id, somebody(), NOON) == 0
        assert worker.statements != []


def test_the_page_gets_a_challenge_under_attack_only(worker, wave_id):
    me = somebody(network="mine")
    policy = Policy(point_alarm=Alarm(3, 1), network_alarm=Alarm(100, 1))

    def asked(point_id, now):
        with worker.reading() as session:
            return layers.challenge_for(
                session,
                wave_id,
                me,
                config=CONFIG,
                point_id=point_id,
                submission_id=uuid.uuid4(),
                now=now,
                policy=policy,
            )

    assert asked(1, NOON) is None
    with worker.writing() as session:
        for _ in range(3):
            answer(session, wave_id, somebody(), NOON, policy=policy)
    assert asked(1, NOON).bits == POLICY.proof_bits
    assert asked(2, NOON) is None
    assert asked(None, NOON) is None


def test_every_bound_can_be_reached_in_order():
    for bound in (POLICY.network_hour, POLICY.network_day, POLICY.point_burst):
        assert bound.flags < bound.holds
    assert POLICY.seconds_each.holds < POLICY.seconds_each.flags
    for alarm in (POLICY.point_alarm, POLICY.network_alarm):
        assert alarm.off < alarm.on
