"""What is stored of an answer, and what never is: areas, columns, hidden questions, households."""

import logging

import pytest
import sqlalchemy as sa

from survey.codes import lookup_hash
from survey.models import Base
from tests.factories import (
    GRID,
    HEAN,
    HOME,
    OTHER_TOWN,
    OTHER_VILLAGE,
    PLACE,
    READING,
    ROOT,
    SECRET,
    TOWN,
    VILLAGE,
)

LIVES_HERE = ".lives_here"


def test_every_answer_and_calculation_is_stored(town, kit):
    town.phone(town.place()).fill_in(kit.answers)
    stored = town.answers()
    for name, text in kit.answers.items():
        assert stored[name] == text, name
    for name, text in kit.known.calculations.items():
        assert stored[name] == text, name
    row = town.response()
    assert (row["status"], row["source"], row["mode"]) == ("accepted", "phone", "qr")
    assert row["sample_id"] == town.samples[PLACE]


def test_the_server_fills_hidden_questions_whatever_is_sent(town, kit):
    point, mode = kit.hidden
    phone = town.phone(town.place(code="P007"))
    phone.go_to(kit.pages[-1], kit.answers)
    phone.send(kit.answers, **{point: "FORGED", mode: "door", kit.known.eligible: "0"})
    assert phone.reply.status_code == 303
    stored = town.answers()
    assert (stored[point], stored[mode]) == ("P007", "qr")
    assert stored[kit.known.eligible] == kit.known.calculations[kit.known.eligible]


def test_rows_that_nobody_is_asked_stay_empty_whatever_is_sent(town, kit):
    """Also those that the server leaves empty: a household has no entry point."""
    silent = [q.name for q in kit.known.form.questions() if str(q.kind) in {"start", "end"}]
    assert len(silent) == 2
    forged = dict.fromkeys([*silent, kit.hidden[0]], "FORGED")
    phone = town.phone(town.household()).go_to(kit.pages[-1], kit.answers)
    phone.send(kit.answers, **forged)
    assert phone.reply.status_code == 303
    assert not forged.keys() & town.answers().keys()


@pytest.mark.parametrize("sent", ["user_id", "sample_id", "status", "weight", "area_code", "mode"])
def test_a_column_of_ours_cannot_be_sent(make_town, sent):
    town = make_town(kit=HEAN)
    phone = town.phone(town.place()).go_to("g_main", HEAN.answers)
    phone.send(HEAN.answers, **{sent: "1"})
    assert phone.reply.status_code == 422
    assert town.stored() == (0, 0)


def test_answers_to_questions_that_are_not_asked_are_not_stored(make_town):
    town = make_town(kit=READING)
    answers = READING.answers | {"books_month": "9", "why_many": "不该在"}
    town.phone(town.place()).fill_in(answers)
    stored = town.answers()
    assert stored["books_month"] == "9"
    assert "why_many" not in stored
    town = make_town(kit=READING, study_id="second")
    town.change("DELETE FROM responses")
    town.phone(town.place()).fill_in(answers | {"borrows": "n", "books_month": "30"})
    assert {"books_month", "why_many"} & town.answers().keys() == set()
    assert town.answers()["habit"] == "light"


def test_an_answer_that_an_earlier_page_rules_out_later_is_not_stored(make_town):
    town = make_town(kit=HEAN)
    phone = town.phone(town.place()).go_to("g_main", HEAN.answers)
    phone.send(HEAN.answers | {"q1_know": "3"})  # q2_channel is asked of those who know
    assert phone.reply.status_code == 303
    assert "q2_channel" not in town.answers()


def stored_area(town, kit):
    """Area, its column, and the level columns."""
    answers, row = town.answers(), town.response()
    levels = list(kit.rules["levels"])
    return row["area_code"], answers[kit.area_column], [answers.get(level) for level in levels]


def test_a_household_code_fills_the_area(town, kit):
    phone = town.phone(town.household(area=GRID))
    phone.open()
    while phone.paper.page:
        assert kit.area_question not in phone.paper.controls
        phone.send(kit.answers, **{kit.area_question: OTHER_TOWN[:9]})  # nobody can change it
    assert phone.reply.status_code == 303
    assert town.answers()[kit.area_question] == TOWN[:9]
    # the area column is the level column of communities, too: a cluster stays a community
    assert stored_area(town, kit) == (GRID, VILLAGE, [TOWN, VILLAGE])
    assert town.response()["sample_id"] == town.samples[HOME]


def area_page(kit):
    pages = kit.known.form.pages()
    return next(p.name for p in pages if kit.area_question in {q.name for q in p.questions})


def test_a_community_place_asks_whether_he_lives_there(town, kit):
    answers = {k: v for k, v in kit.answers.items() if k != kit.area_question}
    phone = town.phone(town.place(area=VILLAGE, kind="社区"))
    phone.go_to(area_page(kit), answers)
    assert phone.paper.choices[LIVES_HERE] == ["1", "0"]
    assert "您住在府前第1社区吗" in phone.reply.text
    assert phone.paper.filled[LIVES_HERE] == phone.paper.filled[kit.area_question] == []
    phone.finish(answers | {LIVES_HERE: "1"})
    assert phone.reply.status_code == 303
    assert town.answers()[kit.area_question] == TOWN[:9]
    assert LIVES_HERE not in town.answers()
    assert stored_area(town, kit) == (VILLAGE, VILLAGE, [TOWN, VILLAGE])


def test_who_lives_elsewhere_says_where(town, kit):
    """Also elsewhere in the same street: then the street is all that is known."""
    phone = town.phone(town.place(area=VILLAGE, kind="社区"))
    phone.fill_in(kit.answers | {LIVES_HERE: "0", kit.area_question: TOWN[:9]})
    assert stored_area(town, kit) == (TOWN, TOWN, [TOWN, TOWN])


def test_neither_yes_nor_no_is_a_fault_at_that_question(town, kit):
    answers = {k: v for k, v in kit.answers.items() if k != kit.area_question}
    phone = town.phone(town.place(area=VILLAGE, kind="社区")).go_to(area_page(kit), answers)
    phone.send(answers)
    assert phone.reply.status_code == 422
    assert f'href="#q-{LIVES_HERE}"' in phone.reply.text
    assert f'href="#q-{kit.area_question}"' not in phone.reply.text
    phone.send(answers | {LIVES_HERE: "0"})
    assert phone.reply.status_code == 422
    assert f'href="#q-{kit.area_question}"' in phone.reply.text


def test_another_place_leaves_the_area_blank_and_asks(town, kit):
    phone = town.phone(town.place(area=VILLAGE, kind="学校")).go_to(area_page(kit), kit.answers)
    assert LIVES_HERE not in phone.paper.controls
    assert phone.paper.filled[kit.area_question] == []


def test_the_places_area_counts_only_if_it_lies_in_the_area_answered(town, kit):
    town.phone(town.place(area=VILLAGE)).fill_in(kit.answers)
    assert stored_area(town, kit) == (VILLAGE, VILLAGE, [TOWN, VILLAGE])


def test_else_the_area_answered_counts(town, kit):
    town.phone(town.place(area=OTHER_VILLAGE)).fill_in(kit.answers)
    assert stored_area(town, kit) == (TOWN, TOWN, [TOWN, TOWN])


def test_an_area_that_nobody_answered_is_the_whole_study(make_town):
    """Being at a market says nothing about where one lives."""
    town = make_town(kit=HEAN)
    town.change("UPDATE studies SET plan = replace(plan, 's3_town', 'q15_open')")
    phone = town.phone(town.place())
    answers = {k: v for k, v in HEAN.answers.items() if k != "q15_open"}
    phone.fill_in(answers | {"s3_town": TOWN[:9]})
    assert town.response()["area_code"] == ROOT


def test_at_the_door_a_question_is_hidden_and_on_the_phone_it_is_not(town, kit):
    town.phone(town.place()).fill_in(kit.answers)
    assert town.answers()[kit.at_door] == kit.answers[kit.at_door]


def everything(town):
    """Every value of every row of every table but the households' own, as text."""
    found = []
    with town.session() as session:
        for table in Base.metadata.sorted_tables:
            if table.name != "households":
                rows = session.execute(sa.select(table)).all()
                found += [(table.name, str(value)) for row in rows for value in row]
    return found


def test_nothing_of_a_household_stands_with_its_answers(town, kit):
    code = town.household(number=4711)
    town.phone(code).fill_in(kit.answers)
    with town.session() as session:
        cipher = session.scalar(sa.text("SELECT code_cipher FROM households"))
    markers = {code, lookup_hash(code, SECRET), bytes(cipher).decode(), "4711"}
    for table, text in everything(town):
        assert not any(marker in text for marker in markers), table
    row = town.response()
    assert (row["entry_point_id"], row["entry_point"], row["volunteer"]) == (None, "", "")
    assert town.ask("SELECT status FROM households") == "answered"


def test_no_address_no_browser_no_cookie_stands_in_a_row(town, kit):
    client = town.app.test_client()
    client.environ_base |= {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": "SEED-BROWSER"}
    client.set_cookie("seed", "SEED-COOKIE")
    phone = town.phone(town.place(), client)
    phone.fill_in(kit.answers)
    assert phone.reply.status_code == 303
    for table, text in everything(town):
        assert not any(mark in text for mark in ("203.0.113.77", "SEED-")), table


def test_no_log_line_names_a_code_or_an_answer(town, kit, caplog):
    caplog.set_level(logging.DEBUG)
    codes = town.place(), town.household()
    for code in codes:
        phone = town.phone(code)
        phone.open()
        phone.send({})
        phone.finish(kit.answers | {kit.free_text: "SEED-ANSWER"})
        phone.again()
        phone.again(**{kit.free_text: "SEED-OTHER"})
        phone.client.get(f"/q/{code}/nothing")
    town.change("DROP TABLE answers")  # a failure that is logged
    phone = town.phone(codes[0])
    phone.open()
    phone.finish(kit.answers | {kit.free_text: "SEED-ANSWER"})
    assert phone.reply.status_code == 500
    assert "系统出错,没有保存任何内容" in phone.reply.text
    assert "和文调1表" in phone.reply.text
    assert "/q/<code>" in caplog.text  # the log was read
    assert "Exception on" in caplog.text
    for secret in (*codes, "SEED-", kit.area_question + "', '" + TOWN[:9]):
        assert secret not in caplog.text
