"""The submission id that the server makes with a page, signed and bound to where it is used."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadSignature, URLSafeSerializer

from survey.errors import TokenWrong


@dataclass(frozen=True, slots=True)
class Ticket:
    """One interview under way; ``started_at`` is when its first page was made."""

    submission_id: uuid.UUID
    started_at: datetime


def issue(key: bytes, purpose: str) -> str:
    """A new ticket for a code or a sample, as text for the form.

    A page that carries one must never be kept by a cache: two people would
    share a submission id.
    """
    moment = int(datetime.now(UTC).timestamp())
    return _signer(key).dumps([uuid.uuid4().hex, moment, purpose])


def read(text: str, key: bytes, purpose: str) -> Ticket:
    """The ticket of a form.

    Raises
    ------
    TokenWrong
        Not made by this server, or for another code or sample.
    """
    try:
        identifier, moment, bound = _signer(key).loads(text)
    except BadSignature as error:
        raise TokenWrong from error
    if bound != purpose:
        raise TokenWrong
    return Ticket(uuid.UUID(identifier), datetime.fromtimestamp(moment, UTC))


def _signer(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="submission")
