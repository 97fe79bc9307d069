"""A submission id is made by the server, new each time, and good for one code only."""

import pytest
from itsdangerous import URLSafeSerializer

from survey import tickets
from survey.errors import TokenWrong

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def issued(key, purpose):
    return tickets.issue(key, purpose, 7)[0]


def test_a_ticket_is_read_back():
    for another in (False, True):
        text, ticket = tickets.issue(KEY, "CODE", 7, another=another)
        assert tickets.read(text, KEY, "CODE") == ticket
        assert (ticket.questionnaire_id, ticket.another) == (7, another)
        assert ticket.started_at.tzinfo is not None


def test_no_two_tickets_are_alike():
    read = {tickets.read(issued(KEY, "C"), KEY, "C").submission_id for _ in range(100)}
    assert len(read) == 100


@pytest.mark.parametrize(
    "text",
    [
        lambda: issued(KEY, "ELSEWHERE"),
        lambda: issued(OTHER_KEY, "CODE"),
        lambda: URLSafeSerializer(KEY, salt="other").dumps(["0" * 32, 0, "CODE", 7]),
        lambda: URLSafeSerializer(KEY, salt="submission").dumps(["0" * 32, 0, "CODE"]),
        lambda: issued(KEY, "CODE")[:-1],
        lambda: "",
        lambda: "a.b",
        lambda: "民意",
    ],
    ids=[
        "another code",
        "another key",
        "another use",
        "old",
        "cut off",
        "empty",
        "made up",
        "no ASCII",
    ],
)
def test_what_this_server_did_not_make_for_this_code_is_refused(text):
    wrong = text()
    with pytest.raises(TokenWrong):
        tickets.read(wrong, KEY, "CODE")
