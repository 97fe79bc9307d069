"""Rates, raking and their errors on 10 thousand to 10 million rows, beside a floor and the peers.

The floor is DuckDB's group-by of the same columns (see jobs.py); the peers are the
packages that ``make bench-peers`` has put into .peers, on sizes that take them minutes
at most (``--all``: on all but the largest). Started as a module, ``python -m
benchmarks.analysis``: as a script this file would hide the package of the same name.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import made_up
from benchmarks.jobs import JOBS
from benchmarks.peers import measure
from benchmarks.report import FLOOR, Run, Runs, render

ROOT = Path(__file__).resolve().parent.parent
PEERS, SCRIPTS = ROOT / ".peers", ROOT / "benchmarks" / "peers"
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
SIZES = [10_000, 100_000, 1_000_000, 10_000_000]
MOST_FOR_PEERS = 1_000_000  # also with --all: above it they want tens of gigabytes
PATIENCE = 1800  # seconds for one job of a peer
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Peer:
    """A script that does some of the jobs, each up to a number of rows."""

    name: str
    command: tuple[str, ...]
    most: dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="ROWS")
    parser.add_argument("--all", action="store_true", help="also what takes a peer very long")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} as well")
    chosen = parser.parse_args()
    found = list(measured(chosen.sizes, installed(), everything=chosen.all))
    text = render(Runs(found), measure.RUNS)
    print(text)
    if chosen.write:
        RESULTS.write_text(text, encoding="utf-8")


def measured(sizes: list[int], peers: list[Peer], *, everything: bool) -> Iterator[Run]:
    for rows in sorted(sizes):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            measure.save(made_up.make(rows), folder)
            for job in JOBS:
                yield ours(folder, job)
            for peer in peers:
                for job, most in peer.most.items():
                    if rows <= (MOST_FOR_PEERS if everything else most):
                        yield from theirs(peer, folder, job)


def ours(folder: Path, job: str) -> Run:
    command = [sys.executable, "-m", "benchmarks.jobs", str(folder), job]
    progress(f"minyi {job}")
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | ONE_THREAD, text=True, capture_output=True, check=True
    )
    run = Run(**json.loads(ended.stdout))
    return replace(run, tool=FLOOR) if job == "floor" else run


def theirs(peer: Peer, folder: Path, job: str) -> Iterator[Run]:
    """The run, if it comes to an end; a peer that fails is named and left out."""
    progress(f"{peer.name} {job}")
    command = [*peer.command, str(folder), job]
    try:
        ended = subprocess.run(
            command, text=True, capture_output=True, check=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        print(f"{peer.name} {job}: not done in {PATIENCE} s", file=sys.stderr)
    except subprocess.CalledProcessError as failure:
        why = (failure.stderr.strip().splitlines() or [f"status {failure.returncode}"])[-1]
        print(f"{peer.name} {job}: failed: {why}", file=sys.stderr)
    else:
        yield Run(**json.loads(ended.stdout.splitlines()[-1]))


def progress(what: str) -> None:
    if sys.stderr.isatty():
        print(what, file=sys.stderr)


def installed() -> list[Peer]:
    """The peers that ``make bench-peers`` has installed."""
    if not PEERS.is_dir():
        print("no peers: `make bench-peers` installs them", file=sys.stderr)
        return []
    small, large = 100_000, 1_000_000
    svy = {"table": large, "means": large, "rake": large, "raked": small, "bootstrap": small}
    survey = {"table": small, "rake": large, "raked": small, "bootstrap": small}
    known = [
        in_python("svy", "svy", svy),
        in_python("samplics", "svy", {"table": small, "rake": large}),
        in_python("balance", "balance", {"rake": large}),
        Peer("survey", ("Rscript", str(SCRIPTS / "survey_jobs.R")), survey),
    ]
    return [peer for peer in known if is_there(peer)]


def in_python(name: str, environment: str, most: dict[str, int]) -> Peer:
    python = PEERS / environment / "bin" / "python"
    return Peer(name, (str(python), str(SCRIPTS / f"{name}_jobs.py")), most)


def is_there(peer: Peer) -> bool:
    if peer.name == "survey":
        asked = ["Rscript", "-e", "library(survey)"]
        there = shutil.which("Rscript") is not None
        there = there and subprocess.run(asked, capture_output=True, check=False).returncode == 0
    else:
        there = Path(peer.command[0]).exists()
    if not there:
        print(f"{peer.name} is not installed: `make bench-peers`", file=sys.stderr)
    return there


if __name__ == "__main__":
    main()
