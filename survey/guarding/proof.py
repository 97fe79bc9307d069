"""A light proof of work, asked for under attack only: no puzzle, no picture, no third party."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from survey.config import Config
from survey.guarding.policy import POLICY, Policy

MAC_BYTES: Final = 16
# Expiry (seconds, hexadecimal), bits, MAC, nonce: at most 55 bytes, one block of SHA-256.
_PROOF: Final = re.compile(r"([0-9a-f]{8})-([0-9]{1,2})-([A-Za-z0-9_-]{22})-([0-9a-z]{1,16})")


class Verdict(StrEnum):
    """What a proof is worth."""

    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a page is asked to solve: text + "-" + nonce, whose SHA-256 begins with zero bits."""

    text: str
    bits: int


def challenge(
    config: Config, submission_id: UUID, now: datetime, policy: Policy = POLICY
) -> Challenge:
    """A challenge for one submission. Nothing is stored: its MAC says what was asked."""
    expires = int((now + policy.proof_valid).timestamp())
    mac = _mac(config, submission_id, policy.proof_bits, expires)
    return Challenge(f"{expires:08x}-{policy.proof_bits}-{mac}", policy.proof_bits)


def verify(text: str, config: Config, submission_id: UUID, now: datetime) -> Verdict:
    """What a proof is worth for a submission: one MAC and one hash."""
    if not text:
        return Verdict.MISSING
    found = _PROOF.fullmatch(text)
    if found is None:
        return Verdict.WRONG
    expires, bits = int(found[1], 16), int(found[2])
    right = _mac(config, submission_id, bits, expires)
    if not hmac.compare_digest(right.encode(), found[3].encode()):
        return Verdict.WRONG
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest())
    if digest >> (256 - bits):
        return Verdict.WRONG
    return Verdict.EXPIRED if datetime.fromtimestamp(expires, UTC) < now else Verdict.GOOD


def _mac(config: Config, submission_id: UUID, bits: int, expires: int) -> str:
    message = b"%s %d %d" % (submission_id.bytes, bits, expires)
    mac = hmac.digest(config.key("proof of work"), message, "sha256")[:MAC_BYTES]
    return urlsafe_b64encode(mac).rstrip(b"=").decode()
