"""Decisions: written down for good, one or all of a filter, never on a frozen wave."""

import threading

import pytest
import sqlalchemy as sa

from survey.models import Quota, Review, Role
from tests import markup
from tests.factories import OTHER_TOWN, PLACE, TOWN
from tests.survey.reviewing.conftest import WAVE, send

ACCEPT = {"verdict": "accepted", "why": "是一家人用同一部手机"}
REJECT = {"verdict": "rejected", "why": "成批复制的答卷"}


def reviews(wave):
    with wave.town.session() as session:
        rows = session.execute(
            sa.select(Review.response_id, Review.verdict, Review.reason).order_by(Review.id)
        )
        return [(number, verdict.value, reason) for number, verdict, reason in rows]


def held(wave, *reasons, **more):
    return wave.add(status="quarantined", reasons=reasons or ["x"], **more)


@pytest.mark.parametrize(("sent", "status"), [(ACCEPT, "accepted"), (REJECT, "rejected")])
def test_a_decision_changes_the_status_and_no_answer(wave, analyst, sent, status):
    number = held(wave)
    before = wave.town.answers()
    reply = send(analyst, f"{WAVE}{number}", **sent, reason="x")
    assert (reply.status_code, reply.location) == (303, f"{WAVE}?state=held&reason=x")
    assert wave.status(number) == status
    assert reviews(wave) == [(number, sent["verdict"], sent["why"])]
    assert wave.town.answers() == before
    assert wave.audited("response.review") == [f"live N1 no. {number}"]


def test_a_decision_is_revised_by_a_further_one(wave, analyst):
    number = held(wave)
    send(analyst, f"{WAVE}{number}", **ACCEPT)
    send(analyst, f"{WAVE}{number}", **REJECT)
    assert wave.status(number) == "rejected"
    assert [row[1] for row in reviews(wave)] == ["accepted", "rejected"]
    page = markup.read(analyst.get(f"{WAVE}{number}").text).text
    assert page.index(ACCEPT["why"]) < page.index(REJECT["why"])


def test_a_response_that_was_noted_and_not_held_may_be_decided(wave, analyst):
    number = wave.add(reasons=["x"])
    assert send(analyst, f"{WAVE}{number}", **REJECT).status_code == 303
    assert wave.status(number) == "rejected"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"why": "是一家人用的"}, "请选择采用或不予采用。"),
        ({"verdict": "maybe", "why": "是一家人用的"}, "请选择采用或不予采用。"),
        ({"verdict": "accepted"}, "请写明理由,至少 4 个字。"),
        ({"verdict": "accepted", "why": " 好的 "}, "请写明理由,至少 4 个字。"),
        ({"verdict": "accepted", "why": "长" * 501}, "理由最多 500 个字。"),
    ],
)
def test_a_decision_without_its_parts_comes_back_as_it_was_written(wave, analyst, sent, sentence):
    number = held(wave)
    reply = send(analyst, f"{WAVE}{number}", **sent)
    assert reply.status_code == 422
    root = markup.read(reply.text)
    assert sentence in root.text
    assert root.by_id("why").text == sent.get("why", "").strip()
    assert wave.status(number) == "quarantined"
    assert reviews(wave) == []


def decide_all(client, shown, **more):
    return send(client, f"{WAVE}all", shown=str(shown), sure="1", **(REJECT | more))


def test_all_of_a_filter_are_decided_at_once(wave, analyst):
    some = [held(wave, "x"), held(wave, "y"), held(wave, "x", "y"), wave.add(reasons=["x"])]
    reply = decide_all(analyst, 2, reason="x")
    assert (reply.status_code, reply.location) == (303, f"{WAVE}?state=held&reason=x")
    assert wave.statuses() == ["rejected", "quarantined", "rejected", "accepted"]
    assert [row[0] for row in reviews(wave)] == [some[0], some[2]]
    assert wave.audited("response.review") == ["live N1"]


def test_more_than_one_statement_holds_are_decided_at_once(wave, analyst, monkeypatch):
    monkeypatch.setattr("survey.reviewing.chosen.AT_ONCE", 3)
    for _ in range(7):
        held(wave)
    assert decide_all(analyst, 7).status_code == 303
    assert set(wave.statuses()) == {"rejected"}


def test_all_are_decided_only_when_they_are_as_many_as_the_page_said(wave, analyst):
    held(wave)
    held(wave)
    reply = decide_all(analyst, 1)
    assert reply.status_code == 409
    assert "页面显示 1 份,现在是 2 份" in reply.text
    assert reviews(wave) == []
    assert set(wave.statuses()) == {"quarantined"}


@pytest.mark.parametrize("sent", [{"sure": ""}, {"shown": "0"}, {"shown": "x"}, {"why": ""}])
def test_all_are_decided_only_when_it_was_confirmed(wave, analyst, sent):
    held(wave)
    reply = send(analyst, f"{WAVE}all", **({"shown": "1", "sure": "1"} | REJECT | sent))
    assert reply.status_code == 422
    assert "没有作出决定,请补充:" in reply.text
    assert wave.statuses() == ["quarantined"]


def test_what_was_withdrawn_meanwhile_is_not_decided(wave, analyst):
    number = held(wave)
    wave.town.change("UPDATE responses SET status = 'withdrawn'")
    assert send(analyst, f"{WAVE}{number}", **ACCEPT).status_code == 404
    assert wave.status(number) == "withdrawn"
    assert reviews(wave) == []


def test_two_decisions_on_all_at_once_are_not_both_taken(wave, analyst):
    for _ in range(20):
        held(wave)
    other = wave.town.user(Role.ADMINISTRATOR)
    gate, replies = threading.Barrier(2), []

    def decide(client, sent):
        gate.wait()
        replies.append(decide_all(client, 20, **sent).status_code)

    threads = [
        threading.Thread(target=decide, args=pair) for pair in ((analyst, ACCEPT), (other, REJECT))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(replies) == [303, 409]
    assert len(reviews(wave)) == 20
    assert len(set(wave.statuses())) == 1


@pytest.mark.parametrize("change", ["UPDATE reviews SET reason = 'x'", "DELETE FROM reviews"])
def test_nothing_changes_a_review(wave, analyst, change):
    send(analyst, f"{WAVE}{held(wave)}", **ACCEPT)
    with pytest.raises(sa.exc.DBAPIError):
        wave.town.change(change)
    assert len(reviews(wave)) == 1


# ------------------------------------------------------------------------ quotas


def quota(wave, *, most, taken, **whom):
    with wave.town.session() as session:
        session.add(
            Quota(
                study_id="live", sample_id=wave.town.samples[PLACE], most=most, taken=taken, **whom
            )
        )  # fmt: skip


def taken(wave):
    with wave.town.session() as session:
        return list(session.scalars(sa.select(Quota.taken).order_by(Quota.id)))


def test_a_rejected_answer_gives_its_places_in_quotas_back_and_takes_them_again(wave, analyst):
    quota(wave, most=9, taken=4)
    quota(wave, most=9, taken=4, variable="q1_know", value="1")
    quota(wave, most=9, taken=4, area_code=TOWN)
    quota(wave, most=9, taken=4, area_code=OTHER_TOWN)
    number = held(wave, answers={"q1_know": "1"})
    send(analyst, f"{WAVE}{number}", **ACCEPT)
    assert taken(wave) == [4, 4, 4, 4]  # it had them while it was held
    send(analyst, f"{WAVE}{number}", **REJECT)
    assert taken(wave) == [3, 3, 3, 4]
    send(analyst, f"{WAVE}{number}", **REJECT)
    assert taken(wave) == [3, 3, 3, 4]
    send(analyst, f"{WAVE}{number}", **ACCEPT)
    assert taken(wave) == [4, 4, 4, 4]


def test_an_answer_whose_quota_filled_up_meanwhile_is_not_accepted_again(wave, analyst):
    quota(wave, most=3, taken=2)
    quota(wave, most=2, taken=2, area_code=TOWN)
    numbers = [held(wave), held(wave)]
    decide_all(analyst, 2)
    assert taken(wave) == [0, 0]
    wave.town.change("UPDATE quotas SET taken = 1")
    reply = decide_all(analyst, 2, state="rejected", **ACCEPT)
    assert reply.status_code == 409
    assert "配额已经收满" in reply.text
    assert taken(wave) == [1, 1]
    assert wave.statuses() == ["rejected", "rejected"]
    assert len(reviews(wave)) == 2
    assert send(analyst, f"{WAVE}{numbers[0]}", **ACCEPT).status_code == 303
    assert taken(wave) == [2, 2]


# ------------------------------------------------------------------------ freezing


def test_a_wave_that_is_over_is_frozen_and_its_salt_destroyed(wave, analyst):
    number = held(wave)
    wave.over()
    assert send(analyst, f"{WAVE}freeze").status_code == 303
    assert wave.town.ask("SELECT frozen_at FROM waves") is not None
    assert wave.town.ask("SELECT salt FROM waves") is None
    assert wave.audited("wave.freeze") == ["live N1"]
    assert wave.status(number) == "quarantined"


def test_a_wave_is_not_frozen_while_late_answers_may_come(wave, analyst):
    for days in (0, 1):
        wave.over(days=days)
        reply = send(analyst, f"{WAVE}freeze")
        assert reply.status_code == 409
        assert f"到 {wave.town.day(1 - days)} 为止" in reply.text
        page = analyst.get(WAVE).text
        assert f"{wave.town.day(1 - days)} 过后才能冻结" in page
        assert f'max="{wave.town.day(1 - days)}"' in page  # of the days to choose from
    assert wave.town.ask("SELECT salt FROM waves") is not None
    wave.over(days=2)
    assert send(analyst, f"{WAVE}freeze").status_code == 303


def test_a_frozen_wave_takes_no_more_decisions(wave, analyst):
    one, two = held(wave), held(wave)
    send(analyst, f"{WAVE}{one}", **REJECT)
    wave.over()
    send(analyst, f"{WAVE}freeze")
    for path, data in (
        (f"{WAVE}{one}", ACCEPT),
        (f"{WAVE}{two}", ACCEPT),
        (f"{WAVE}all", ACCEPT | {"shown": "1", "sure": "1"}),
        (f"{WAVE}freeze", {}),
    ):
        reply = send(analyst, path, **data)
        assert reply.status_code == 409, path
        assert "这一波次已经冻结" in reply.text
    assert wave.statuses() == ["rejected", "quarantined"]
    assert len(reviews(wave)) == 1
    page = markup.read(analyst.get(WAVE).text)
    assert [form.get("method") for form in page.find_all("form") if form.get("action")][1:] == [
        "get"
    ]
    assert "这一波次已经冻结" in analyst.get(f"{WAVE}{two}").text


def test_a_supervisor_freezes_nothing(wave):
    wave.over()
    assert send(wave.town.user(Role.SUPERVISOR), f"{WAVE}freeze").status_code == 403
    assert wave.town.ask("SELECT frozen_at FROM waves") is None
