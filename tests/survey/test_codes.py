"""Codes: what a slip of the pen or the finger can do to them, and what a thief of rows can read."""

import math
import string
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey import codes

KEY = "a secret key of the tests, 32 characters or more"
OTHER_KEY = "another secret key of the tests, as long as the first"
# Computed with hmac and hashlib alone (HKDF of RFC 5869 by hand).
LOOKUP_OF_TWOS = "060866d3daf274f9c7b77f126192b01f8ea5e79b3e1dda3db8eba55f14890e55"

EVERY_KIND = pytest.mark.parametrize(
    "make",
    [codes.place_code, codes.household_code],
    ids=["place", "household"],
)


def test_the_alphabet_has_no_look_alikes_and_fits_the_compact_mode_of_a_qr_code():
    assert not set(codes.ALPHABET) & set("0ODQ1ILUVZSBG")
    assert set(codes.ALPHABET) <= set(string.digits + string.ascii_uppercase)
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET)


def test_the_check_needs_a_prime_alphabet_longer_than_any_code():
    size = len(codes.ALPHABET)
    assert all(size % divisor for divisor in range(2, size))
    assert max(codes.PLACE_LENGTH, codes.HOUSEHOLD_LENGTH) < size


def test_a_household_code_carries_at_least_80_random_bits():
    assert (codes.HOUSEHOLD_LENGTH - 1) * math.log2(len(codes.ALPHABET)) >= 80


@EVERY_KIND
def test_a_new_code_is_valid_and_already_normal(make):
    for _ in range(200):
        code = make()
        assert codes.is_valid(code)
        assert codes.normalise(code) == code


def test_codes_do_not_repeat_and_use_the_whole_alphabet():
    made = [codes.household_code() for _ in range(2_000)]
    assert len(set(made)) == len(made)
    for position in range(codes.HOUSEHOLD_LENGTH):
        assert {code[position] for code in made} == set(codes.ALPHABET)


@EVERY_KIND
def test_every_single_wrong_character_is_found(make):
    code = make()
    for position, right in enumerate(code):
        for wrong in set(codes.ALPHABET) - {right}:
            assert not codes.is_valid(code[:position] + wrong + code[position + 1 :])


@EVERY_KIND
def test_every_exchange_of_two_characters_is_found_adjacent_or_not(make):
    for _ in range(50):
        code = make()
        for first, second in combinations(range(len(code)), 2):
            swapped = list(code)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            assert codes.is_valid("".join(swapped)) == (code[first] == code[second])


@pytest.mark.parametrize("length", [0, 1, 7, 9, 11, 13, 18, 20, 500])
def test_another_length_is_no_code_even_when_its_sum_is_right(length):
    assert not codes.is_valid(codes.ALPHABET[0] * length)


def test_the_lowest_code_is_valid_so_the_length_alone_refused_the_others():
    assert codes.is_valid(codes.ALPHABET[0] * codes.PLACE_LENGTH)


@pytest.mark.parametrize("stranger", ["0", "O", "I", "L", "U", "é", "中", " ", "-", "\ud800"])
def test_a_character_outside_the_alphabet_is_refused(stranger):
    code = codes.place_code()
    assert not codes.is_valid(stranger + code[1:])


@pytest.mark.parametrize(
    "typed",
    [
        "7k4m9xrp",
        " 7K4M-9XRP ",
        "7K4M 9XRP",
        "7K4M–9XRP",
        "7K4M—9XRP",
        "7K4M－9XRP",
        "7K4M−9XRP",
        "7K4Mー9XRP",
        "7K4M一9XRP",
        "７Ｋ４Ｍ９ＸＲＰ",
        "７ｋ４ｍ　９ｘｒｐ",
        "7K4M\u200b9XRP\ufeff",
        "7K4M_9XRP\r\n",
    ],
)
def test_case_spaces_dashes_and_full_width_forms_do_not_matter(typed):
    assert codes.normalise(typed) == "7K4M9XRP"


def test_a_look_alike_is_read_as_the_character_it_must_stand_for():
    assert codes.normalise("bgsz") == "8652"


@given(st.text(st.characters(), max_size=60))
def test_any_text_can_be_normalised_and_judged(text):
    code = codes.normalise(text)
    assert not codes.is_valid(code) or codes.normalise(code) == code


def test_the_printed_form_is_in_groups_of_four_and_reads_back():
    code = codes.household_code()
    assert [len(group) for group in codes.grouped(code).split("-")] == [4, 4, 4, 4, 3]
    assert codes.normalise(codes.grouped(code)) == code


def test_the_lookup_hash_is_keyed_and_repeats():
    code = codes.household_code()
    assert codes.lookup_hash(code, KEY) == codes.lookup_hash(code, KEY)
    assert codes.lookup_hash(code, KEY) != codes.lookup_hash(code, OTHER_KEY)
    assert codes.lookup_hash(code, KEY) != codes.lookup_hash(codes.household_code(), KEY)
    assert len(codes.lookup_hash(code, KEY)) == 64


def test_a_lookup_hash_of_today_finds_the_household_tomorrow():
    # A changed derivation would lose every household printed before it.
    assert codes.lookup_hash("2" * 19, KEY) == LOOKUP_OF_TWOS


def test_a_sealed_code_is_read_with_its_key_only():
    code = codes.household_code()
    token = codes.seal(code, KEY)
    assert codes.unseal(token, KEY) == code
    assert code not in token
    with pytest.raises(codes.SealBroken, match="another SECRET_KEY"):
        codes.unseal(token, OTHER_KEY)


def test_two_seals_of_one_code_differ():
    code = codes.household_code()
    assert codes.seal(code, KEY) != codes.seal(code, KEY)


@pytest.mark.parametrize("token", ["", "AAAA", "not base64 at all", "编号", "A" * 80])
def test_an_altered_seal_is_refused_in_one_sentence(token):
    with pytest.raises(codes.SealBroken):
        codes.unseal(token, KEY)


def test_every_changed_character_of_a_seal_is_noticed():
    token = codes.seal(codes.household_code(), KEY)
    for position, right in enumerate(token.rstrip("=")[:-1]):
        wrong = "A" if right != "A" else "B"
        with pytest.raises(codes.SealBroken):
            codes.unseal(token[:position] + wrong + token[position + 1 :], KEY)
