"""One interview is one row: double taps, lost replies, the back button, forged and foreign ids."""

import pytest

from tests.factories import HEAN, TOWN


@pytest.fixture(params=["place", "household"])
def code(request, town):
    return getattr(town, request.param)()


def test_an_answer_sent_again_is_one_row_and_the_same_receipt(town, kit, code):
    phone = town.phone(code)
    first = phone.fill_in(kit.answers)
    second = phone.again()
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert town.count("responses") == 1
    assert town.counts(code)[2] == 1


def test_the_back_button_and_another_submit_is_one_row(town, kit, code):
    """The browser shows the last page from its memory, and the same answers go out once more."""
    phone = town.phone(code)
    first = phone.fill_in(kit.answers)
    data, action = phone.last, phone.last_action
    thanks = phone.client.get(first.location)
    phone.client.post(action, data=data)
    assert phone.client.get(phone.client.post(action, data=data).location).data == thanks.data
    assert town.count("responses") == 1


def test_other_answers_under_the_same_id_are_refused_and_change_nothing(town, kit, code):
    phone = town.phone(code)
    phone.fill_in(kit.answers)
    before = town.answers(), town.response(), town.counts(code)
    reply = phone.again(**{kit.free_text: "别的话"})
    assert reply.status_code == 409
    assert "先前的答案保持不变" in reply.text
    assert (town.answers(), town.response(), town.counts(code)) == before


def test_every_answer_counts_for_whether_it_is_the_same(make_town):
    town = make_town(kit=HEAN)
    phone = town.phone(town.place())
    phone.fill_in(HEAN.answers)
    others = {"q1_know": "1", "q5_overall": "5", "d1_sex": "1", "s1_age": "2", "q14_coach": "1"}
    for name, other in others.items():
        assert phone.again(**{name: other}).status_code == 409, name
    assert phone.again(s3_town="419099005").status_code == 409


def test_an_answer_sent_again_gets_its_receipt_although_all_has_closed(town, kit, code):
    phone = town.phone(code)
    first = phone.fill_in(kit.answers)
    for close in (
        "UPDATE waves SET closes = :yesterday",
        "UPDATE areas SET valid_to = :yesterday",
        "UPDATE studies SET valid_until = :yesterday",
    ):
        town.change(close, yesterday=town.day(-1))
        again = phone.again()
        assert (again.status_code, again.location) == (303, first.location)
    assert town.phone(code).open().page is None  # and nobody new
    assert phone.client.get(first.location).status_code == 200
    assert town.count("responses") == 1


def test_other_answers_are_refused_as_such_when_all_has_closed(town, kit, code):
    phone = town.phone(code)
    phone.fill_in(kit.answers)
    town.change("UPDATE waves SET closes = :yesterday", yesterday=town.day(-1))
    assert phone.again(**{kit.free_text: "别的话"}).status_code == 409


def test_two_people_at_one_place_are_two_rows(town, kit):
    code = town.place()
    receipts = {town.phone(code).fill_in(kit.answers).location for _ in range(2)}
    assert len(receipts) == 2
    assert town.count("responses") == 2


@pytest.mark.parametrize("page", ["first", "last"])
@pytest.mark.parametrize("ticket", ["", "x", "WyJhIiwxLCJiIl0.c2ln", "é" * 50])
def test_a_forged_id_is_refused(town, kit, page, ticket):
    phone = town.phone(town.place())
    phone.go_to(kit.pages[0 if page == "first" else -1], kit.answers)
    phone.send(kit.answers, **{".id": ticket})
    assert phone.reply.status_code == 400
    assert 'data-code="token_wrong"' in phone.reply.text
    assert town.stored() == (0, 0)


def test_an_id_of_another_code_is_refused(town, kit, code):
    elsewhere = town.phone(town.place(code="P9")).open().hidden[".id"]
    phone = town.phone(code).go_to(kit.pages[-1], kit.answers)
    phone.send(kit.answers, **{".id": elsewhere})
    assert phone.reply.status_code == 400
    assert town.stored() == (0, 0)


def test_an_id_whose_text_was_changed_is_refused(town, kit):
    phone = town.phone(town.place()).go_to(kit.pages[-1], kit.answers)
    ticket = phone.paper.hidden[".id"]
    payload, _, signature = ticket.rpartition(".")
    for wrong in (payload[:-1] + "." + signature, payload + "." + signature[::-1]):
        phone.reply = phone.client.post(
            phone.path, data=phone.filled(kit.answers, **{".id": wrong})
        )
        assert phone.reply.status_code == 400
    assert town.stored() == (0, 0)


def test_calculations_and_areas_do_not_make_a_repetition_another_answer(make_town):
    """A level column that is new in the frame is not another answer of the resident."""
    town = make_town(kit=HEAN)
    phone = town.phone(town.place())
    first = phone.fill_in(HEAN.answers)
    town.change("UPDATE areas SET name = 'x' WHERE code = :code", code=TOWN)
    assert phone.again().location == first.location
