"""What a batch check writes: reasons and quarantine, once, never over an analyst's decision."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from survey.models import Layer, Reason, Wave
from survey.reviewing.findings import Found, Written, write_findings
from survey.waves import WaveFrozen
from tests.survey.reviewing.conftest import WAVE, send


def write(wave, *findings):
    with wave.town.session() as session:
        identifier = session.scalars(sa.select(Wave.id)).one()
        return write_findings(session, identifier, findings, datetime.now(UTC))


def same(number, n="3", *, holds=True):
    return Found(number, "same_answers", {"n": n}, holds)


def reasons(wave):
    with wave.town.session() as session:
        query = sa.select(Reason).order_by(Reason.response_id, Reason.code)
        return [
            (one.response_id, one.code, one.layer, one.detail) for one in session.scalars(query)
        ]


def test_suspects_get_their_reasons_and_are_held(wave):
    one, two, three = wave.add(), wave.add(), wave.add()
    written = write(wave, same(one), Found(one, "night", {}, holds=False), same(two, holds=False))
    assert written == Written(reasons=3, held=1)
    assert reasons(wave) == [
        (one, "night", Layer.BATCH, {}),
        (one, "same_answers", Layer.BATCH, {"n": "3"}),
        (two, "same_answers", Layer.BATCH, {"n": "3"}),
    ]
    assert [wave.status(n) for n in (one, two, three)] == ["quarantined", "accepted", "accepted"]


def test_the_same_findings_again_change_nothing(wave):
    one = wave.add()
    write(wave, same(one))
    before = rows(wave)
    assert write(wave, same(one)) == Written(reasons=0, held=0)
    assert rows(wave) == before


def rows(wave):
    with wave.town.session() as session:
        found = session.execute(sa.text("SELECT * FROM reasons")).all()
    return [repr(row) for row in found], wave.statuses()


def test_a_reason_that_is_found_again_takes_the_newer_numbers(wave):
    one = wave.add()
    write(wave, same(one, "3"))
    assert write(wave, same(one, "9")) == Written(reasons=1, held=0)
    assert reasons(wave) == [(one, "same_answers", Layer.BATCH, {"n": "9"})]


def test_a_reason_that_is_not_found_again_stays(wave):
    one, two = wave.add(), wave.add()
    write(wave, same(one))
    write(wave, same(two))
    assert [row[0] for row in reasons(wave)] == [one, two]
    assert wave.statuses() == ["quarantined", "quarantined"]


def test_reasons_of_the_intake_stay_beside_those_of_the_batch(wave):
    one = wave.add(status="quarantined", reasons={"too_fast": {"seconds": "9"}})
    assert write(wave, same(one)) == Written(reasons=1, held=0)
    assert reasons(wave)[1] == (one, "too_fast", Layer.INTAKE, {"seconds": "9"})


@pytest.mark.parametrize("verdict", ["accepted", "rejected"])
def test_what_an_analyst_has_decided_is_never_touched(wave, analyst, verdict):
    one = wave.add(status="quarantined", reasons=["too_fast"])
    send(analyst, f"{WAVE}{one}", verdict=verdict, why="我看过这一份")
    before = rows(wave)
    assert write(wave, same(one)) == Written(reasons=0, held=0)
    assert rows(wave) == before
    assert wave.status(one) == verdict


@pytest.mark.parametrize("status", ["withdrawn", "rejected", "training"])
def test_what_does_not_count_gets_no_reason(wave, status):
    one = wave.add(status=status)
    assert write(wave, same(one)) == Written(reasons=0, held=0)
    assert (reasons(wave), wave.status(one)) == ([], status)


def test_more_findings_than_one_statement_holds(wave, monkeypatch):
    monkeypatch.setattr("survey.reviewing.chosen.AT_ONCE", 2)
    numbers = [wave.add() for _ in range(5)]
    assert write(wave, *(same(number) for number in numbers)) == Written(5, 5)
    assert set(wave.statuses()) == {"quarantined"}
    assert write(wave, *(same(number) for number in numbers)) == Written(0, 0)


def test_a_frozen_wave_takes_no_findings(wave):
    one = wave.add()
    wave.town.change("UPDATE waves SET frozen_at = closes")
    with pytest.raises(WaveFrozen):
        write(wave, same(one))
    assert (reasons(wave), wave.status(one)) == ([], "accepted")
