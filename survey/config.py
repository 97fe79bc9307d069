"""Settings: read once, frozen, refused when missing or weak."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self
from urllib.parse import urlsplit

import sqlalchemy as sa

from survey.errors import ConfigError
from survey.guarding.buckets import FLOW, Flow
from survey.guarding.policy import POLICY, Policy

SHORTEST_SECRET = 32  # characters
FEWEST_DIFFERENT = 8  # characters: "aaaa…" is long and no secret
DEFAULT_DATABASE = "sqlite:///minyi.sqlite"
FUNNEL_DELAY = 2  # seconds that scans may wait to be counted
ENTRY_DELAY = 5  # seconds that a page may show a code as it was
MOST_PROXIES = 5  # more is a mistake, and each one too many lets a header be forged
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})
WEAK_WORDS = (
    "changeme",
    "change-me",
    "change_me",
    "secretkey",
    "secret-key",
    "secret_key",
    "password",
    "insecure",
    "default",
    "example",
    "01234567",
    "12345678",
    "abcdefgh",
    "qwertyui",
)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that differs between installations.

    Attributes
    ----------
    secret_key
        At least 32 characters; signs forms, finds and opens household codes.
    base_url
        Address of the platform as people reach it, without a slash at the end.
        QR codes carry it.
    database_url
        SQLAlchemy address of an SQLite file or a PostgreSQL database.
    trusted_proxies
        How many proxies stand in front and each add the address that they saw
        to X-Forwarded-For; with 0 that header is ignored.
    demo_mode
        True only by way of ``Config.demo``.
    funnel_delay
        Seconds after which counted scans are written, many in one statement;
        0: with each request.
    entry_delay
        Seconds that a page may be late to learn that its code was changed or
        revoked; what is sent is judged by what stands now.
    policy, flow
        What is usual of answers and of requests; beyond it they are suspicious.
    """

    secret_key: str = field(repr=False)
    base_url: str
    database_url: str = field(default=DEFAULT_DATABASE, repr=False)
    trusted_proxies: int = 0
    demo_mode: bool = False
    funnel_delay: float = 0
    entry_delay: float = 0
    policy: Policy = POLICY
    flow: Flow = FLOW

    def __post_init__(self) -> None:
        _check_secret(self.secret_key)
        _check_base_url(self.base_url)
        _check_database(self.database_url)
        _check_proxies(self.trusted_proxies)
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read SECRET_KEY, MINYI_BASE_URL, MINYI_DATABASE_URL and MINYI_TRUSTED_PROXIES.

        Raises
        ------
        ConfigError
            One sentence that names the setting and what it must be.
        """
        return cls(
            secret_key=environ.get("SECRET_KEY", ""),
            base_url=environ.get("MINYI_BASE_URL", ""),
            database_url=database_url_from_env(environ),
            funnel_delay=FUNNEL_DELAY,
            entry_delay=ENTRY_DELAY,
            trusted_proxies=_whole(environ.get("MINYI_TRUSTED_PROXIES") or "0"),
        )

    @classmethod
    def demo(cls, *, secret_key: str, database_url: str, port: int) -> Self:
        """Settings of `minyi demo`: this host only, an SQLite file, no https."""
        if not database_url.startswith("sqlite"):
            raise ConfigError(
                "MINYI_DATABASE_URL",
                "演示只用 SQLite,不使用 PostgreSQL 数据库",
                "the demo uses SQLite only, never a PostgreSQL database",
            )
        return cls(
            secret_key=secret_key,
            base_url=f"http://127.0.0.1:{port}",
            database_url=database_url,
            demo_mode=True,
        )

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    def key(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, so that no two uses share the secret itself."""
        return _key(self.secret_key, purpose)


@lru_cache(maxsize=32)
def _key(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256)


def database_url_from_env(environ: Mapping[str, str] = os.environ) -> str:
    """Where the database is, for commands that need no other setting."""
    url = environ.get("MINYI_DATABASE_URL") or DEFAULT_DATABASE
    _check_database(url)
    return url


def _check_secret(secret: str) -> None:
    if not secret:
        raise ConfigError(
            "SECRET_KEY",
            "没有设置;可用 python -c 'import secrets; print(secrets.token_hex(32))' 生成",
            "is not set; make one with python -c 'import secrets; print(secrets.token_hex(32))'",
        )
    if len(secret) < SHORTEST_SECRET:
        raise ConfigError(
            "SECRET_KEY",
            f"太短,至少需要 {SHORTEST_SECRET} 个字符",
            f"is too short: at least {SHORTEST_SECRET} characters are needed",
        )
    if len(set(secret)) < FEWEST_DIFFERENT or any(word in secret.lower() for word in WEAK_WORDS):
        raise ConfigError(
            "SECRET_KEY",
            "是众所周知或容易猜到的值,请换成随机生成的值",
            "is a well-known or easily guessed value; use a random one",
        )


def _check_base_url(base_url: str) -> None:
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port  # reading the port checks that it is a number
    except ValueError:
        parts, host = urlsplit(""), None
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or parts.username is not None
        or parts.path not in {"", "/"}
        or parts.query
        or parts.fragment
    ):
        raise ConfigError(
            "MINYI_BASE_URL",
            "须是平台的网址,例如 https://minyi.example.cn,不含路径",
            "must be the platform's address such as https://minyi.example.cn, without a path",
        )
    if parts.scheme == "http" and host not in LOCAL_HOSTS:
        raise ConfigError(
            "MINYI_BASE_URL",
            "须以 https:// 开头(只有本机 127.0.0.1 可用 http)",
            "must begin with https:// (http is for 127.0.0.1 only)",
        )


def _whole(text: str) -> int:
    """The number of proxies; -1, which is refused, for what is no whole number."""
    return int(text) if text in {str(number) for number in range(MOST_PROXIES + 1)} else -1


def _check_proxies(proxies: int) -> None:
    if not 0 <= proxies <= MOST_PROXIES:
        raise ConfigError(
            "MINYI_TRUSTED_PROXIES",
            f"须是平台前面代理服务器的台数,0 到 {MOST_PROXIES}",
            f"must be the number of proxies in front of the platform, 0 to {MOST_PROXIES}",
        )


def _check_database(database_url: str) -> None:
    try:
        url = sa.make_url(database_url)
        backend = url.get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        url, backend = None, ""
    if url is None or backend not in {"sqlite", "postgresql"} or not url.database:
        raise ConfigError(
            "MINYI_DATABASE_URL",
            "须是 sqlite:///文件 或 postgresql+psycopg://… 形式的地址",
            "must be an address like sqlite:///FILE or postgresql+psycopg://…",
        )
    if backend == "sqlite" and url.database == ":memory:":
        raise ConfigError(
            "MINYI_DATABASE_URL",
            "SQLite 须是一个文件,内存数据库不会保存任何内容",
            "SQLite must be a file: a database in memory keeps nothing",
        )
