"""The submission id that the server makes with a page, signed and bound to where it is used."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from itsdangerous import BadSignature, URLSafeSerializer

from survey.errors import TokenWrong

MOST_SEEDS = 2**31 - 1  # the modulus of the generator that orders choices


@dataclass(frozen=True, slots=True)
class Ticket:
    """One interview under way.

    Attributes
    ----------
    started_at
        When its first page was made.
    questionnaire_id
        The version that its page was made of, which also judges it.
    another
        Whether it is that of another person on the same phone.
    """

    submission_id: uuid.UUID
    started_at: datetime
    questionnaire_id: int
    another: bool = False

    @property
    def seed(self) -> int:
        """Of the order of questions and choices; the same for every page of the interview."""
        return self.submission_id.int % MOST_SEEDS


def issue(
    key: bytes, purpose: str, questionnaire_id: int, *, another: bool = False
) -> tuple[str, Ticket]:
    """A new ticket for a code or a sample: as text for the form, and what it says.

    A page that carries one must never be kept by a cache: two people would
    share a submission id.
    """
    moment = datetime.now(UTC).replace(microsecond=0)
    ticket = Ticket(uuid.uuid4(), moment, questionnaire_id, another)
    told = [ticket.submission_id.hex, int(moment.timestamp()), purpose, questionnaire_id]
    return _signer(key).dumps([*told, 1] if another else told), ticket


def read(text: str, key: bytes, purpose: str) -> Ticket:
    """The ticket of a form.

    Raises
    ------
    TokenWrong
        Not made by this server, or for another code or sample.
    """
    try:
        identifier, moment, bound, questionnaire_id, *another = _signer(key).loads(text)
    except (BadSignature, ValueError) as error:  # the latter of the version before: out of date
        raise TokenWrong from error
    if bound != purpose:
        raise TokenWrong
    started = datetime.fromtimestamp(moment, UTC)
    return Ticket(uuid.UUID(identifier), started, questionnaire_id, bool(another))


def began(text: str, key: bytes, purpose: str) -> datetime | None:
    """When the interview of a form began; None where ``read`` would refuse."""
    try:
        return read(text, key, purpose).started_at
    except TokenWrong:
        return None


@lru_cache(maxsize=4)
def _signer(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="submission")
