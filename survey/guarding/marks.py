"""Marks of devices and networks: keyed hashes that mean nothing once the wave is frozen."""

import hmac
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.guarding.memory import Memory, Salt, memory_of
from survey.models import Base, Wave

SALT_BYTES: Final = 32
KEPT: Final = timedelta(seconds=30)  # that a process serves a salt without looking at the wave
# The day on which late answers may come ends within them, whatever the time zone.
AFTER_THE_WAVE: Final = timedelta(days=3)
IPV6_PREFIX: Final = 64  # the part of an address that its owner cannot choose (RFC 4291)

_WAVES: Final = Base.metadata.tables[Wave.__tablename__]
_READ: Final = sa.select(_WAVES.c.salt, _WAVES.c.frozen_at, _WAVES.c.closes).where(
    _WAVES.c.id == sa.bindparam("wave")
)
# Two who come first at once: the second waits for the first, and then finds a salt to keep.
_MAKE: Final = (
    sa.update(_WAVES)
    .where(_WAVES.c.id == sa.bindparam("wave"), _WAVES.c.frozen_at.is_(None))
    .values(salt=sa.func.coalesce(_WAVES.c.salt, sa.bindparam("new", type_=sa.LargeBinary())))
    .returning(_WAVES.c.salt, _WAVES.c.closes)
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who makes a request, as far as it is known.

    Attributes
    ----------
    device
        What the device's cookie says, or the new one that it is to get.
    is_new
        Whether the device brought no cookie.
    network
        Keyed hash of the network's address, never stored as it is; empty when
        the address is unknown. The address itself goes no further.
    """

    device: str
    is_new: bool
    network: str


def salt_of(session: Session, wave_id: int, now: datetime) -> Salt | None:
    """The salt of a wave, made at its first need; None when the wave is frozen.

    A process may serve a salt for up to ``KEPT`` after another process has frozen
    the wave.
    """
    salt = known_salt(session, wave_id, now)
    if salt is not None:
        return salt
    row = session.execute(_MAKE, {"wave": wave_id, "new": secrets.token_bytes(SALT_BYTES)}).first()
    if row is None:
        return None
    _made_in(session).add(wave_id)
    return _salt(row)


def known_salt(session: Session, wave_id: int, now: datetime) -> Salt | None:
    """The salt of a wave if there is one. Writes nothing, so a GET may call it."""
    memory = memory_of(session)
    kept = memory.salts.get(wave_id)
    if kept is not None and now - KEPT < kept[0] <= now:
        return kept[1]
    _forget_old(memory, now)
    row = session.execute(_READ, {"wave": wave_id}).first()
    if row is None or row.salt is None or row.frozen_at is not None:
        return None
    salt = _salt(row)
    if wave_id not in _made_in(session):  # else a rollback could still take it away
        memory.salts[wave_id] = (now, salt)
    return salt


def freeze(session: Session, wave: Wave, now: datetime) -> None:
    """Destroy the salt of a wave and note when; a wave that is frozen stays as it is.

    The marks stay on the responses: equal ones still tell that answers came
    from one device, but nobody can make the mark of a device again.
    """
    session.execute(
        sa.update(_WAVES)
        .where(_WAVES.c.id == wave.id, _WAVES.c.frozen_at.is_(None))
        .values(salt=None, frozen_at=now)
    )
    session.expire(wave, ["salt", "frozen_at"])
    memory_of(session).salts.pop(wave.id, None)


def device_mark(salt: bytes, cookie_id: str) -> str:
    """The mark of a device in a wave: HMAC-SHA256, hexadecimal."""
    return hmac.digest(salt, b"device " + cookie_id.encode(), "sha256").hex()


def network_mark(salt: bytes, network: str) -> str:
    """The mark of a network in a wave: HMAC-SHA256, hexadecimal."""
    return hmac.digest(salt, b"network " + network.encode(), "sha256").hex()


def network_of(address: str) -> str:
    """The network that an address speaks for: an IPv4 address, or the /64 of an IPv6 address.

    Empty for what is no address (a unix socket, a word of a proxy).
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{int(parsed) >> (128 - IPV6_PREFIX):016x}"
    return str(parsed)


def is_inside(address: str) -> bool:
    """Whether an address is one of this host or of a private network; a unix socket has none."""
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return not address


def _salt(row: sa.Row[*tuple[Any, ...]]) -> Salt:
    last = datetime.combine(row.closes, datetime.min.time(), UTC)
    return Salt(row.salt, last + AFTER_THE_WAVE)


def _made_in(session: Session) -> set[int]:
    """Waves whose salt this session has made and not yet committed."""
    made: set[int] = session.info.setdefault("salts_made", set())
    return made


def _forget_old(memory: Memory, now: datetime) -> None:
    for wave_id, (read_at, _) in list(memory.salts.items()):
        if read_at <= now - KEPT:
            memory.salts.pop(wave_id, None)
