"""Which passwords are accepted, and that they are kept as argon2id only."""

import pytest

from survey.accounts import passwords
from survey.errors import AccountRefused


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("ninechars", "at least 10"),
        ("", "at least 10"),
        ("Password123", "common"),
        ("1234567890", "common"),
        ("ababababababab", "common"),
        ("my-Lihua.7-friend", "user name"),
        ("x" * 100 + "abcdefg" * 20, "at most 200"),
    ],
)
def test_a_weak_password_is_refused(password, reason):
    with pytest.raises(AccountRefused, match=reason):
        passwords.check(password, "lihua.7")


@pytest.mark.parametrize(
    "password", ["tenletters", "文明城市民意调查平台好", "correct horse battery"]
)
def test_a_long_uncommon_password_is_accepted(password):
    passwords.check(password, "lihua")


def test_a_password_is_kept_as_argon2id_with_a_salt():
    first, second = passwords.hashed("correct horse"), passwords.hashed("correct horse")
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert passwords.matches(first, "correct horse")
    assert not passwords.matches(first, "correct horsf")


def test_nobody_has_no_password_that_matches():
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches("", "nobody has this password")


def test_what_stands_after_the_longest_password_counts():
    longest = "ab3d" * 50
    assert not passwords.matches(passwords.hashed(longest), longest + "x")


def test_a_hash_of_weaker_parameters_is_outdated():
    weak = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A"
    assert passwords.is_outdated(weak)
    assert not passwords.is_outdated(passwords.hashed("x"))


def test_every_common_password_is_long_enough_to_need_the_list():
    assert all(len(word) >= passwords.SHORTEST for word in passwords.COMMON)
    assert all(word == word.lower() for word in passwords.COMMON)
