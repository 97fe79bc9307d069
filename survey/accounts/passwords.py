"""Passwords: what is accepted, and how they are kept."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from survey.errors import AccountRefused

SHORTEST = 10
LONGEST = 200  # characters: hashing takes time by length, so length is limited
COMMON = frozenset({
    "0123456789", "1111111111", "1234567890", "12345678910", "123456789a", "1q2w3e4r5t",
    "987654321a", "9876543210", "a123456789", "aa12345678", "aa123456789", "abc1234567",
    "abc123456789", "abcd123456", "abcd1234567", "abcdefghij", "admin12345", "admin123456",
    "administrator", "asdfghjkl1", "asdfghjkl;", "changeme123", "iloveyou12", "iloveyou123",
    "letmein123", "minyi12345", "minyi123456", "minyiminyi", "p@ssw0rd123", "passw0rd123",
    "password01", "password12", "password123", "password1234", "qazwsxedc1", "qazwsxedcrfv",
    "qq123456789", "qwer123456", "qwerasdfzxcv", "qwerty1234", "qwerty12345", "qwerty123456",
    "qwertyuiop", "qwertyuiop1", "wang123456", "welcome123", "woaini1314", "woaini1314520",
    "wenming123", "wenming2026", "zaq12wsxcde3", "zhang123456", "zxcvbnm123",
})  # fmt: skip

# OWASP's minimum for argon2id: 19 MiB, 2 rounds; eight logins at once stay below 200 MiB.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _HASHER.hash("nobody has this password")


def check(password: str, username: str) -> None:
    """Refuse a password that is short, common, or contains the user name."""
    if len(password) < SHORTEST:
        raise AccountRefused(
            f"密码至少需要 {SHORTEST} 个字符。", f"A password needs at least {SHORTEST} characters."
        )
    if len(password) > LONGEST:
        raise AccountRefused(
            f"密码最多 {LONGEST} 个字符。", f"A password has at most {LONGEST} characters."
        )
    lowered = password.lower()
    if lowered in COMMON or len(set(lowered)) < 4:
        raise AccountRefused(
            "这个密码太常见,请换一个。", "This password is too common. Choose another one."
        )
    if username.lower() in lowered:
        raise AccountRefused("密码不能包含用户名。", "A password must not contain the user name.")


def hashed(password: str) -> str:
    return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; for nobody (``None``) it takes as long to say no."""
    try:
        _HASHER.verify(_NOBODY if password_hash is None else password_hash, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None and len(password) <= LONGEST


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with older parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)
