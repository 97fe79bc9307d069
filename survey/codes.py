"""Codes that people scan, read aloud and type: made, checked, looked up and sealed."""

import hmac
import re
import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# No two of these look alike, in print or in a hurried hand: without 0 O D Q, 1 I L, 2's Z, 5's S,
# 8's B, 6's G, and U V. That 23 is a prime is what makes the check below catch every exchange.
ALPHABET = "23456789ACEFHJKMNPRTWXY"

PLACE_LENGTH = 8  # 7 random characters (31 bits: a place is no secret) and the check
HOUSEHOLD_LENGTH = 19  # 18 random characters (81 bits) and the check

_LENGTHS = frozenset({PLACE_LENGTH, HOUSEHOLD_LENGTH})
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
# Of a pair that looks alike one character is in the alphabet: the other can only mean that one.
_LOOKS_LIKE = str.maketrans("BGSZ", "8652")
# Spaces, every kind of dash, invisible format characters and the wide dashes of Chinese input.
_FILLING = re.compile(r"[\s_\-\u2212\u30fc\u4e00]")
_NONCE_BYTES = 12


class SealBroken(ValueError):
    """A sealed code cannot be opened: the key is another one, or the text was altered."""


def place_code() -> str:
    """Return a new code for a place, 7 random characters and a check character."""
    return _with_check(_random(PLACE_LENGTH - 1))


def household_code() -> str:
    """Return a new code for one household: 81 random bits and a check character."""
    return _with_check(_random(HOUSEHOLD_LENGTH - 1))


def normalise(text: str) -> str:
    """Return the text as a code is stored: upper case, no spaces, no dashes, half width.

    A look-alike outside the alphabet becomes the character it must stand for (B is 8). Whether the
    result is a code, ``is_valid`` says.
    """
    narrow = unicodedata.normalize("NFKC", text).upper()
    kept = (c for c in narrow if unicodedata.category(c) not in {"Cf", "Pd"})
    return _FILLING.sub("", "".join(kept)).translate(_LOOKS_LIKE)


def is_valid(code: str) -> bool:
    """Say whether a normalised code has a known length and the right check character.

    Every single wrong character and every exchange of two characters is found. It says nothing
    about whether the code was ever given out.
    """
    if len(code) not in _LENGTHS or any(character not in _VALUES for character in code):
        return False
    return _weighted_sum(code) == 0


def grouped(code: str) -> str:
    """Return the code as it is printed, in groups of four: ``7K4M-9XRP``."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def lookup_hash(code: str, key: str) -> str:
    """Return the keyed hash under which a household's code is found: HMAC-SHA256, hexadecimal."""
    return hmac.digest(derived_key(key, "lookup"), code.encode(), "sha256").hex()


def seal(code: str, key: str) -> str:
    """Encrypt a code, so that its sheet can be printed again. Two seals of a code differ."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(derived_key(key, "seal")).encrypt(nonce, code.encode(), None)
    return urlsafe_b64encode(nonce + sealed).decode()


def unseal(token: str, key: str) -> str:
    """Return the code that ``seal`` hid. Raises ``SealBroken`` when it cannot be opened."""
    try:
        raw = urlsafe_b64decode(token.encode())
        return (
            AESGCM(derived_key(key, "seal"))
            .decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None)
            .decode()
        )
    except (ValueError, InvalidTag) as error:
        message = "a household code cannot be read: it was sealed with another SECRET_KEY"
        raise SealBroken(message) from error


@cache
def derived_key(key: str, purpose: str, length: int = 32) -> bytes:
    """Return a key of so many bytes for one purpose, so that no key serves two."""
    info = f"minyi/codes/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(key.encode())


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _with_check(body: str) -> str:
    """Append the character that makes the weighted sum zero; its own weight is 1."""
    check = -_weighted_sum(body + ALPHABET[0]) % len(ALPHABET)
    return body + ALPHABET[check]


def _weighted_sum(code: str) -> int:
    """Return the sum of value times place, counted from the right, modulo 23.

    The places of a code of up to 22 characters are distinct and not 0 modulo the prime 23. So one
    changed character changes the sum, and so does the exchange of any two that differ.
    """
    return sum(
        place * _VALUES[character] for place, character in enumerate(reversed(code), start=1)
    ) % len(ALPHABET)
