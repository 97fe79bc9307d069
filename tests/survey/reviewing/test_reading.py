"""A sample as arrays: what the checks over a batch are given of each response."""

from datetime import UTC, datetime

import sqlalchemy as sa

from analysis.study.checked import Faults
from analysis.study.plan_reader import read_plan
from survey.models import Sample, Source, Study
from survey.reviewing.reading import NONE, SampleReader
from survey.versions import newest_form
from tests.factories import OTHER_TOWN, OTHER_VILLAGE, PLACE, TOWN


def reader_on(session):
    plan = read_plan(session.get_one(Study, "live").plan, Faults())
    return SampleReader(session, plan, newest_form(session, "live").form)


def read_sample(wave, sample=PLACE, **more):
    with wave.town.session() as session:
        found = session.get_one(Sample, wave.town.samples[sample])
        return reader_on(session).read(found, **more)


def read(wave, sample=PLACE):
    return read_sample(wave, sample).batch


def columns(wave):
    """The column of answers of each question, of several answers that of each option."""
    with wave.town.session() as session:
        return [
            one.question if one.option is None else f"{one.question}={one.option}"
            for one in reader_on(session).columns
        ]


def at_point(wave, number, code):
    wave.town.change(
        "UPDATE responses SET entry_point_id ="
        " (SELECT id FROM entry_points WHERE code = :code) WHERE id = :n",
        code=code,
        n=number,
    )


def test_codes_are_places_among_the_choices_and_each_option_has_its_column(wave):
    wave.add(answers={"q1_know": "3", "q2_channel": "4 1", "q12_join": "0"})
    wave.add(answers={"q1_know": "1", "q12_join": "1 6"})
    wave.town.change(
        "DELETE FROM answers WHERE response_id = :n AND name = 'q2_channel'", n=wave.numbers[1]
    )
    found = dict(zip(columns(wave), read(wave).answers.T.tolist(), strict=True))
    assert found["q1_know"] == [2, 0]
    assert [found[f"q2_channel={code}"][0] for code in "12345678".replace("7", "")] == [
        1, 0, 0, 1, 0, 0, 0,
    ]  # fmt: skip
    assert found["q2_channel=1"][1] == NONE
    assert found["q12_join=6"] == [0, 1]
    names = {name.partition("=")[0] for name in found}
    assert {"q15_open", "qr_code_id", "q12_any", "eligible", "s3_town"}.isdisjoint(names)


def test_a_question_that_was_not_asked_and_a_code_that_is_none_are_unknown(wave):
    number = wave.add(answers={"q1_know": "77"})
    wave.town.change("DELETE FROM answers WHERE response_id = :n AND name = 'q4_support'", n=number)
    found = dict(zip(columns(wave), read(wave).answers[0].tolist(), strict=True))
    assert (found["q1_know"], found["q4_support"]) == (NONE, NONE)


def test_questions_below_each_other_on_one_scale_are_a_block(wave):
    names = columns(wave)
    blocks = [[names[place] for place in block] for block in read(wave).blocks]
    assert blocks == [
        ["q5_overall", "q6_clean", "q7_traffic", "q8_public", "q9_service", "q10_minor"]
    ]


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
    assert batch.home[2] == NONE  # so nobody can say that it is elsewhere
    assert [batch.point[3], batch.kind[3], batch.area[3]] == [NONE, NONE, NONE]


def test_the_home_is_what_was_claimed(wave):
    for town in (TOWN[:9], OTHER_TOWN[:9], "999"):
        at_point(wave, wave.add(answers={"s3_town": town}), "P001")
    home = read(wave).home.tolist()
    assert home[0] != home[1]
    assert NONE not in home[:2]
    assert home[2] == NONE


def test_times_are_seconds_of_the_studys_own_clock(wave):
    at = datetime(2026, 6, 3, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai
    wave.add(at=at, seconds=90)
    batch = read(wave)
    assert batch.submitted[0] % 86_400 == 30 * 60
    assert batch.submitted[0] - batch.started[0] == 90


def test_responses_without_times_are_counted_and_left_out(wave):
    numbers = [wave.add() for _ in range(4)]
    for number, change in zip(
        numbers, ("started_at = NULL", "submitted_at = NULL", "started_at = submitted_at"),
        strict=False,
    ):  # fmt: skip
        wave.town.change(f"UPDATE responses SET {change} WHERE id = :n", n=number)
    found = read_sample(wave)
    assert found.numbers.tolist() == numbers[3:]
    assert len(found.batch) == 1
    assert found.untimed == 3


def test_devices_are_numbers_and_no_marks(wave):
    for device in ("a", None, "b", "a"):
        wave.add(device=device)
    assert read(wave).device.tolist() == [0, NONE, 1, 0]


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
    assert read_sample(wave).numbers.tolist() == kept
    counting = read_sample(wave, accepted_only=True).numbers.tolist()
    assert counting == [kept[0], kept[2]]


def test_an_empty_sample_is_an_empty_batch(wave):
    batch = read(wave)
    assert batch.answers.shape == (0, len(columns(wave)))
    assert batch.point.shape == batch.submitted.shape == (0,)


def test_a_batch_is_read_by_as_many_statements_however_many_answers(wave):
    counts = []

    def statements():
        with wave.town.session() as session:
            said = []
            engine = session.get_bind()
            sa.event.listen(engine, "before_cursor_execute", lambda *a: said.append(a[2]))
            reader_on(session).read(session.get_one(Sample, wave.town.samples[PLACE]))
            return len(said)

    wave.add()
    counts.append(statements())
    for _ in range(12):
        wave.add(reasons=["too_fast"], device="d")
    counts.append(statements())
    assert counts[0] == counts[1]
