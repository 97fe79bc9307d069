"""Complete answers a second (form, answers, thanks) on PostgreSQL, with gunicorn's 2 workers.

The floor is a minimal Flask app of the same run, with the same server, workers,
threads and database. Both are measured in turn, several times, since the speed of a
core changes from minute to minute. CPU is that of the workers and of PostgreSQL's
processes, from /proc; the visitors share the same cores, so that the rates are lower
bounds.
"""

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from benchmarks.intake.clients import Result, Script, answer_of, run
from survey import db
from survey.config import FUNNEL_DELAY
from tests import databases
from tests.factories import HEAN, SECRET, Town

ROOT = Path(__file__).resolve().parent.parent.parent
VISITORS = (1, 8, 32)
SECONDS, WARM_UP = 3.0, 2.0  # of a round
ROUNDS = 3
SETTLED = FUNNEL_DELAY + 0.3  # seconds after which all that a request left behind is written
PLACES = 10
TICKS = os.sysconf("SC_CLK_TCK")
AIM_RATIO, AIM_RATE, AIM_P99 = 1.5, 300, 0.200


@dataclass(frozen=True, slots=True)
class Round:
    """What visitors met, and CPU seconds of the server and of the database."""

    result: Result
    server: float
    database: float


@dataclass(frozen=True, slots=True)
class Line:
    """The rounds of an app: completes a second, seconds, CPU milliseconds a complete."""

    name: str
    visitors: int
    rate: float
    p50: float
    p95: float
    p99: float
    server: float
    database: float
    errors: int

    @property
    def cpu(self) -> float:
        return self.server + self.database


@dataclass(slots=True)
class App:
    """A served app, and what its rounds came to so far, by the number of visitors."""

    name: str
    process: subprocess.Popen[bytes]
    scripts: list[Script]
    rounds: dict[int, list[Round]] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(databases.cluster())
        apps = [
            App(name, *stack.enter_context(serve(cluster, scratch)))
            for name, serve in (("floor", serve_floor), ("minyi", serve_ours))
        ]
        for app in apps:
            measure(app, cluster, 8, WARM_UP)
        for visitors in VISITORS:
            for _ in range(chosen.rounds):
                for app in apps:
                    found = measure(app, cluster, visitors, chosen.seconds)
                    app.rounds.setdefault(visitors, []).append(found)
    lines = [line(app.name, n, rounds) for app in apps for n, rounds in app.rounds.items()]
    print(table(lines))


def measure(app: App, cluster: databases.Cluster, visitors: int, seconds: float) -> Round:
    """Let visitors answer, spread over the scripts, and say what it cost."""
    before = cpu_of(app.process.pid), cpu_of(postmaster(cluster))
    result = asyncio.run(together(app.scripts, visitors, seconds))
    time.sleep(SETTLED)  # what is counted beside the requests belongs to them
    after = cpu_of(app.process.pid), cpu_of(postmaster(cluster))
    if not result.seconds:
        raise SystemExit(f"{app.name}: nothing was answered, {result.errors} errors")
    return Round(result, after[0] - before[0], after[1] - before[1])


def line(name: str, visitors: int, rounds: list[Round]) -> Line:
    """All rounds of an app together."""
    whole = Result(
        sum(one.result.elapsed for one in rounds),
        [second for one in rounds for second in one.result.seconds],
        sum(one.result.errors for one in rounds),
    )
    done = len(whole.seconds)
    return Line(
        name=name,
        visitors=visitors,
        rate=done / whole.elapsed,
        p50=whole.percentile(0.50),
        p95=whole.percentile(0.95),
        p99=whole.percentile(0.99),
        server=1000 * sum(one.server for one in rounds) / done,
        database=1000 * sum(one.database for one in rounds) / done,
        errors=whole.errors,
    )


async def together(scripts: list[Script], visitors: int, seconds: float) -> Result:
    shares = [visitors // len(scripts) + (n < visitors % len(scripts)) for n in range(len(scripts))]
    results = await asyncio.gather(
        *(run(one, share, seconds) for one, share in zip(scripts, shares, strict=True) if share)
    )
    return Result(
        max(one.elapsed for one in results),
        [second for one in results for second in one.seconds],
        sum(one.errors for one in results),
    )


@contextmanager
def serve_floor(
    cluster: databases.Cluster, scratch: Path
) -> Iterator[tuple[subprocess.Popen[bytes], list[Script]]]:
    url = cluster.create_database()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TABLE answers_of_the_floor (id uuid PRIMARY KEY, content text NOT NULL)"
            )
        )
    engine.dispose()
    port = free_port()
    body = {f"q{number}": "2" for number in range(1, 23)}
    settings = {"FLOOR_DATABASE_URL": url}
    with gunicorn("benchmarks.intake.floor:app", port, settings, scratch) as process:
        yield process, [Script(port, "/form", lambda _page: body)]


@contextmanager
def serve_ours(
    cluster: databases.Cluster, scratch: Path
) -> Iterator[tuple[subprocess.Popen[bytes], list[Script]]]:
    url = cluster.create_database(cluster.template("migrated", db.migrate))
    town = Town(url, HEAN)
    codes = [town.place(code=f"P{number:03d}") for number in range(PLACES)]
    town.close()
    port = free_port()
    answers: dict[str, object] = {
        name: text.split() if " " in text else text for name, text in HEAN.answers.items()
    }
    settings = {
        "SECRET_KEY": SECRET,
        "MINYI_BASE_URL": f"http://127.0.0.1:{port}",
        "MINYI_DATABASE_URL": url,
    }
    with gunicorn("tests.journeys.unhurried:app", port, settings, scratch) as process:
        yield process, [script(port, f"/q/{code}", answers) for code in codes]
        check(url)


def script(port: int, path: str, answers: dict[str, object]) -> Script:
    return Script(port, path, lambda page: answer_of(page, path, answers))


def check(url: str) -> None:
    """What was measured are answers that count: none is held, and each is there with its texts."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        stored, held, texts = connection.execute(
            sa.text(
                "SELECT count(*), count(*) FILTER (WHERE status <> 'accepted'), "
                "(SELECT count(*) FROM answers) FROM responses"
            )
        ).one()
    engine.dispose()
    if held or texts < 20 * stored:
        raise SystemExit(f"{stored} responses, {held} held, {texts} answers: not what was meant")


@contextmanager
def gunicorn(
    app: str, port: int, settings: dict[str, str], scratch: Path
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "gunicorn", "-c", "python:survey.server"]
    command += ["--bind", f"127.0.0.1:{port}", "--max-requests", "0", app]
    log = scratch / f"{app}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings, stdout=out, stderr=out
        )
    try:
        deadline = time.monotonic() + 60
        while not is_open(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and its children, ended ones included."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        number = int(stat.parent.name)
        parents.setdefault(int(fields[1]), []).append(number)
        used[number] = sum(map(int, fields[11:15])) / TICKS
    waiting, total = [pid], 0.0
    while waiting:
        one = waiting.pop()
        total += used.get(one, 0.0)
        waiting += parents.get(one, [])
    return total


def postmaster(cluster: databases.Cluster) -> int:
    return int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def table(lines: list[Line]) -> str:
    head = (
        "app    visitors  complete/s   p50 ms   p95 ms   p99 ms   CPU ms server  database  errors"
    )
    rows = [
        f"{one.name:<6} {one.visitors:>8} {one.rate:>11.0f} {1000 * one.p50:>8.1f}"
        f" {1000 * one.p95:>8.1f} {1000 * one.p99:>8.1f} {one.server:>15.2f}"
        f" {one.database:>9.2f} {one.errors:>7}"
        for one in lines
    ]
    floor, ours = (
        next(x for x in lines if (x.name, x.visitors) == (n, 32)) for n in ("floor", "minyi")
    )
    ratio = ours.cpu / floor.cpu
    return "\n".join(
        [
            head,
            *rows,
            "",
            f"CPU a complete at 32 visitors: {ratio:.2f} x the floor (aim {AIM_RATIO})",
            f"completes a second at 32 visitors: {ours.rate:.0f} (aim {AIM_RATE})",
            f"p99 at 32 visitors: {1000 * ours.p99:.0f} ms (aim {1000 * AIM_P99:.0f})",
        ]
    )


if __name__ == "__main__":
    main()
