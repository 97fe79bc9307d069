"""The withdrawal code that a resident is given (撤回码), and the address that shows it."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from survey.codes import ALPHABET, derived_key

LENGTH = 6  # characters of 23: 148 million codes, and few tries to guess one
SHOWN_FOR = timedelta(days=1)  # a page that is opened again later shows no code
_EPOCH = date(2020, 1, 1)
_DAY_BYTES = 2
_PADDING = "=="


class ReceiptUnreadable(ValueError):
    """No address of ours: altered, or made with another key."""


def withdrawal_code(submission_id: UUID, attempt: int, key: str) -> str:
    """Return the code of a submission: the same for every repetition, and not to be guessed.

    ``attempt`` counts from 0; a further one gives another code where the wave has the first
    already.
    """
    message = submission_id.bytes + attempt.to_bytes(2)
    number = int.from_bytes(hmac.digest(derived_key(key, "withdrawal"), message, "sha256"))
    characters = []
    for _ in range(LENGTH):
        number, value = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[value])
    return "".join(characters)


def withdrawal_hash(code: str, wave_id: int, key: str) -> str:
    """Return the keyed hash under which a wave's response is found: HMAC-SHA256, hexadecimal."""
    message = f"{wave_id} {code}".encode()
    return hmac.digest(derived_key(key, "withdrawal hash"), message, "sha256").hex()


def is_withdrawal_code(code: str) -> bool:
    """Whether a normalised text could be one."""
    return len(code) == LENGTH and all(character in ALPHABET for character in code)


def receipt_token(code: str, today: date, key: str) -> str:
    """Return the code sealed for an address: the same on the same day (AES-SIV, RFC 5297)."""
    plain = code.encode() + (today - _EPOCH).days.to_bytes(_DAY_BYTES)
    return urlsafe_b64encode(_cipher(key).encrypt(plain, None)).decode().rstrip("=")


def read_receipt(token: str, today: date, key: str) -> str | None:
    """Return the code of an address; None when its time is over.

    Raises
    ------
    ReceiptUnreadable
        The address was not made here.
    """
    try:
        plain = _cipher(key).decrypt(urlsafe_b64decode(token + _PADDING), None)
    except (ValueError, InvalidTag) as error:
        raise ReceiptUnreadable from error
    made = _EPOCH + timedelta(days=int.from_bytes(plain[LENGTH:]))
    return plain[:LENGTH].decode() if today - made <= SHOWN_FOR else None


def _cipher(key: str) -> AESSIV:
    return AESSIV(derived_key(key, "receipt", 64))
