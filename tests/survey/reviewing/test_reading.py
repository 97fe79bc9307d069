"""A sample as arrays: what the checks over a batch are given of each response."""

from datetime import UTC, datetime

import numpy as np
import sqlalchemy as sa

from analysis.study.checked import Faults
from analysis.study.plan_reader import read_plan
from survey.models import Sample, Source, Study
from survey.reviewing.reading import NONE, BatchReader
from survey.versions import newest_form
from tests.factories import OTHER_TOWN, OTHER_VILLAGE, PLACE, TOWN


def read(wave, sample=PLACE):
    with wave.town.session() as session:
        plan = read_plan(session.get_one(Study, "live").plan, Faults())
        reader = BatchReader(session, plan, newest_form(session, "live").form)
        found = session.get_one(Sample, wave.town.samples[sample])
        return reader.batch(found)


def at_point(wave, number, code):
    wave.town.change(
        "UPDATE responses SET entry_point_id ="
        " (SELECT id FROM entry_points WHERE code = :code) WHERE id = :n",
        code=code,
        n=number,
    )


def test_codes_are_places_among_the_choices_and_several_are_bits(wave):
    wave.add(answers={"q1_know": "3", "q2_channel": "4 1", "q12_join": "0"})
    wave.add(answers={"q1_know": "1", "q2_channel": "", "q12_join": "1 6"})
    batch = read(wave)
    column = {name: batch.answers[:, place].tolist() for place, name in enumerate(batch.questions)}
    assert column["q1_know"] == [2, 0]
    assert column["q2_channel"] == [0b1001, 0]
    assert column["q12_join"] == [1 << 6, 0b100001]
    assert {"q15_open", "qr_code_id", "q12_any", "eligible"}.isdisjoint(batch.questions)


def test_a_question_that_was_not_asked_and_a_code_that_is_none_are_unknown(wave):
    number = wave.add(answers={"q1_know": "77"})
    wave.town.change("DELETE FROM answers WHERE response_id = :n AND name = 'q4_support'", n=number)
    batch = read(wave)
    places = [batch.questions.index(name) for name in ("q1_know", "q4_support")]
    assert batch.answers[0, places].tolist() == [NONE, NONE]


def test_points_have_their_kind_and_the_area_among_which_people_choose(wave):
    wave.town.place(area=OTHER_VILLAGE, kind="学校", code="P002")
    wave.town.place(area="419099000000", kind="学校", code="P003")
    numbers = [wave.add(answers={"s3_town": TOWN[:9]}) for _ in range(4)]
    for number, code in zip(numbers, ("P001", "P002", "P003"), strict=False):
        at_point(wave, number, code)
    batch = read(wave)
    assert len(set(batch.point.tolist())) == 4
    assert batch.kind[1] == batch.kind[2] != batch.kind[0]
    assert batch.area[0] == batch.home[0]  # a village of the township that he lives in
    assert batch.area[1] != batch.home[1]
    assert batch.area[2] == NONE  # the whole city is no township
    assert [batch.point[3], batch.kind[3], batch.area[3]] == [NONE, NONE, NONE]


def test_the_home_is_what_was_claimed(wave):
    wave.add(answers={"s3_town": TOWN[:9]})
    wave.add(answers={"s3_town": OTHER_TOWN[:9]})
    wave.add(answers={"s3_town": "999"})
    home = read(wave).home.tolist()
    assert home[0] != home[1]
    assert NONE not in home[:2]
    assert home[2] == NONE


def test_times_are_seconds_of_the_studys_own_clock(wave):
    at = datetime(2026, 6, 3, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai
    wave.add(at=at, seconds=90)
    wave.add()
    wave.town.change("UPDATE responses SET started_at = NULL WHERE id = :n", n=wave.numbers[1])
    batch = read(wave)
    assert batch.submitted[0] % 86_400 == 30 * 60
    assert batch.submitted[0] - batch.started[0] == 90
    assert np.isnan(batch.started[1])


def test_devices_are_numbers_and_no_marks(wave):
    for device in ("a", None, "b", "a"):
        wave.add(device=device)
    assert read(wave).device.tolist() == [0, NONE, 1, 0]


def test_reasons_of_the_intake_are_flags(wave):
    wave.add(reasons=["too_fast"])
    wave.add(status="quarantined", reasons=["too_fast", "honeypot"])
    number = wave.add(reasons=["same_answers"])
    wave.town.change("UPDATE reasons SET layer = 'batch' WHERE response_id = :n", n=number)
    flags = {code: found.tolist() for code, found in read(wave).flags.items()}
    assert flags == {"too_fast": [True, True, False], "honeypot": [False, True, False]}


def test_all_that_was_checked_and_not_withdrawn_is_read_in_its_order(wave):
    kept = [
        wave.add(),
        wave.add(status="quarantined"),
        wave.add(source=Source.FOLDER),
        wave.add(status="quarantined", source=Source.FOLDER, reasons=["same_answers"]),
    ]
    wave.add(status="withdrawn")
    wave.add(status="training")
    wave.add(status="quarantined", source=Source.FOLDER)
    wave.add(status="rejected", source=Source.FOLDER)
    wave.add(sample="N1-door")
    assert read(wave).numbers.tolist() == kept


def test_an_empty_sample_is_an_empty_batch(wave):
    batch = read(wave)
    assert batch.answers.shape == (0, len(batch.questions))
    assert batch.point.shape == batch.submitted.shape == (0,)


def test_a_batch_is_read_by_as_many_statements_however_many_answers(wave):
    counts = []

    def statements():
        with wave.town.session() as session:
            said = []
            engine = session.get_bind()
            sa.event.listen(engine, "before_cursor_execute", lambda *a: said.append(a[2]))
            plan = read_plan(session.get_one(Study, "live").plan, Faults())
            form = newest_form(session, "live").form
            BatchReader(session, plan, form).batch(
                session.get_one(Sample, wave.town.samples[PLACE])
            )
            return len(said)

    wave.add()
    counts.append(statements())
    for _ in range(12):
        wave.add(reasons=["too_fast"], device="d")
    counts.append(statements())
    assert counts[0] == counts[1]
