"""A throw-away PostgreSQL server and empty databases on it, for tests only."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

OLDEST = 15
PORT = 54329  # names the socket file only: the server listens on no network address
MISSING = f"PostgreSQL {OLDEST} or newer is missing: as root, apt-get install postgresql"
LONGEST_SOCKET = 107  # bytes of a unix socket's path that the kernel takes


class PostgresMissing(Exception):
    """No server programs of a version that the product supports."""


class Cluster:
    """A running server of our own, reached through a socket in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._templates: set[str] = set()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://survey@/{database}?host={self.folder}&port={PORT}"

    def create_database(self, template: str = "template1") -> str:
        """Make a database as a copy of a template and return its address.

        By its files, not page by page through the log: that and the drop then cost half.
        """
        name = f"test_{next(self._numbers)}"
        self._command("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop it even when a test has left a connection open."""
        name = url.partition("@/")[2].partition("?")[0]
        self._command("DROP DATABASE {} WITH (FORCE)", name)

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """Make a template once by filling an empty database; ``fill`` closes its connections."""
        if name not in self._templates:
            self._command("CREATE DATABASE {}", name)
            fill(self.url(name))
            self._templates.add(name)
        return name

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _command(self, statement: str, *names: str) -> None:
        if self._connection is None:
            self._connection = psycopg.connect(
                host=str(self.folder), port=PORT, user="survey", dbname="postgres", autocommit=True
            )
        self._connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Start a server in a temporary folder, and stop and remove it afterwards.

    With ``durable`` it writes to the disk before it acknowledges, as in production:
    for tests that kill it.
    """
    programs = server_programs()
    folder = _folder()
    as_server: list[str] = []
    if os.geteuid() == 0:  # initdb refuses to run as root
        shutil.chown(folder, "postgres")
        as_server = ["runuser", "-u", "postgres", "--"]
    settings = f"-c listen_addresses='' -k {folder} -p {PORT}"
    if not durable:
        settings += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"

    def run(program: str, *arguments: str) -> None:
        command = [*as_server, str(programs / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    try:
        run(
            "initdb",
            *("--username=survey", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"),
            *([] if durable else ["--no-sync"]),
        )
        log = folder / "log"
        try:
            run("pg_ctl", "--wait", f"--log={log}", f"--options={settings}", "start")
        except subprocess.CalledProcessError as error:
            error.add_note(log.read_text(encoding="utf-8"))  # the folder is about to go
            raise
        made = Cluster(folder)
        try:
            yield made
        finally:
            made.close()
            run("pg_ctl", "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder)


def server_programs() -> Path:
    """Folder of the newest server programs, where Debian puts them or on the PATH."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    version, programs = max(((_version(path), path) for path in found), default=(0, Path()))
    if version < OLDEST:
        raise PostgresMissing(MISSING)
    return programs


def _version(programs: Path) -> int:
    answer = subprocess.run(
        [str(programs / "postgres"), "--version"], check=True, capture_output=True, text=True
    )
    return int(answer.stdout.split()[2].partition(".")[0])  # "postgres (PostgreSQL) 15.18 (…"


def _folder() -> Path:
    """Make a folder that the server's user can reach and whose socket path is short enough."""
    parent = Path(tempfile.gettempdir()).resolve()
    everybody_passes = all(path.stat().st_mode & 0o001 for path in (parent, *parent.parents))
    if not everybody_passes or len(os.fsencode(parent)) > LONGEST_SOCKET - 40:
        parent = Path("/tmp")
    return Path(tempfile.mkdtemp(prefix="minyi-pg-", dir=parent))
