"""The withdrawal code: the same for a replay, not to be guessed, and shown for a day."""

import uuid
from datetime import date, timedelta

import pytest

from survey import receipts
from survey.codes import ALPHABET

KEY = "a secret key of the tests, 32 characters or more"
OTHER_KEY = "another secret key of the tests, as long as the first"
SUBMISSION = uuid.UUID("7f1a3d52-6b1e-4c55-9a52-0d5c2b3f8e11")
TODAY = date(2030, 6, 5)


def test_a_code_repeats_for_a_replay_and_differs_by_submission_attempt_and_key():
    made = receipts.withdrawal_code(SUBMISSION, 0, KEY)
    assert made == receipts.withdrawal_code(SUBMISSION, 0, KEY)
    assert receipts.is_withdrawal_code(made)
    others = {
        receipts.withdrawal_code(SUBMISSION, 1, KEY),
        receipts.withdrawal_code(SUBMISSION, 0, OTHER_KEY),
        receipts.withdrawal_code(uuid.uuid4(), 0, KEY),
    }
    assert made not in others
    assert len(others) == 3


def test_codes_use_the_whole_alphabet_in_every_place():
    made = [receipts.withdrawal_code(uuid.UUID(int=n), 0, KEY) for n in range(3_000)]
    for place in range(receipts.LENGTH):
        assert {code[place] for code in made} == set(ALPHABET)
    assert len(set(made)) > 2_990  # 148 million: three thousand hardly meet


def test_a_hash_is_of_one_wave_and_one_key():
    code = receipts.withdrawal_code(SUBMISSION, 0, KEY)
    hashes = {
        receipts.withdrawal_hash(code, wave, key) for wave in (1, 2) for key in (KEY, OTHER_KEY)
    }
    assert len(hashes) == 4
    assert all(len(one) == 64 and code not in one for one in hashes)


def test_an_address_shows_its_code_for_a_day_and_hides_it():
    token = receipts.receipt_token("7K4MXR", TODAY, KEY)
    assert token == receipts.receipt_token("7K4MXR", TODAY, KEY)
    assert "7K4MXR" not in token
    assert receipts.read_receipt(token, TODAY, KEY) == "7K4MXR"
    assert receipts.read_receipt(token, TODAY + timedelta(days=1), KEY) == "7K4MXR"
    assert receipts.read_receipt(token, TODAY + timedelta(days=2), KEY) is None


@pytest.mark.parametrize("text", ["", "x", "AAAA", "é", "x" * 400])
def test_what_was_not_made_here_is_no_address(text):
    with pytest.raises(receipts.ReceiptUnreadable):
        receipts.read_receipt(text, TODAY, KEY)


def test_an_altered_address_or_another_key_is_refused():
    token = receipts.receipt_token("7K4MXR", TODAY, KEY)
    altered = ("B" if token[0] != "B" else "C") + token[1:]
    for text, key in ((altered, KEY), (token, OTHER_KEY)):
        with pytest.raises(receipts.ReceiptUnreadable):
            receipts.read_receipt(text, TODAY, key)
