"""What the analysis benchmark found, as one text: tables, agreement, bars."""

import datetime
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

OURS, FLOOR = "minyi", "DuckDB"
BAR_ROWS = 1_000_000
TITLES = {
    "table": "Table of 4 rates in 100 districts, with errors and 95 % limits",
    "rake": "Raking to sex, age, education and district",
    "raked": "The same raking and the table, with errors that know it",
    "bootstrap": "500 Rao-Wu replicates of the table",
}
SECTION = {"floor": "table", "means": "table"}  # other jobs that are compared with one of ours
LABELS = {"floor": "floor: a group-by in DuckDB", "means": "svy, means with Wald limits"}
NAMES = {"survey": "R survey"}
INTRODUCTION = """\
# Speed of the analysis

Written by `python -m benchmarks.analysis --write`, on {date}.

{processor}, {cores} cores. {versions}.

Made-up sample: 100 districts, each a stratum of 50 clusters; 4 binary outcomes; rows in no order.
Integer codes are in memory before the clock starts, and a peer's design object is made. Each job
has a process of its own; seconds are the median of {runs} runs, fewer where one takes long. Ours
and the floor have one thread; the peers as many as they like. Raking is asked for 1e-10 of the
margins; ours stops at 1e-12. × is the time as a multiple of ours.
"""
AGREEMENT = """\
Largest relative difference from our numbers at {rows:,} rows. Errors after raking: the residuals
are fitted with the base weights in ours and in R's `calibrate`, which is the job here; with
weight 1 in svy and in R's `rake`.

"""


@dataclass(frozen=True, slots=True)
class Run:
    """One job of one tool on a number of rows, as a job script prints it."""

    tool: str
    job: str
    rows: int
    seconds: float
    runs: int
    before_mb: float
    peak_mb: float
    versions: dict[str, str]
    values: dict[str, list[float]]

    @property
    def section(self) -> str:
        return SECTION.get(self.job, self.job)

    @property
    def label(self) -> str:
        return LABELS.get(self.job) or NAMES.get(self.tool, self.tool)

    def array(self, name: str) -> np.ndarray:
        return np.array(self.values[name], float)


@dataclass(frozen=True, slots=True)
class Bar:
    what: str
    wanted: str
    measured: str
    met: bool


class Runs:
    """All that was measured."""

    def __init__(self, found: Sequence[Run]) -> None:
        self.found = found

    @property
    def sizes(self) -> list[int]:
        return sorted({run.rows for run in self.found})

    def one(self, tool: str, job: str, rows: int) -> Run | None:
        for run in self.found:
            if (run.tool, run.job, run.rows) == (tool, job, rows):
                return run
        return None

    def ours(self, job: str, rows: int) -> Run | None:
        return self.one(OURS, job, rows)

    def labels(self, section: str) -> list[str]:
        labels = [run.label for run in self.found if run.section == section]
        return list(dict.fromkeys(labels))

    def cell(self, section: str, label: str, rows: int) -> Run | None:
        for run in self.found:
            if (run.section, run.label, run.rows) == (section, label, rows):
                return run
        return None


def render(runs: Runs, most_runs: int) -> str:
    parts = [
        INTRODUCTION.format(
            date=datetime.datetime.now(datetime.UTC).date(),
            processor=processor(),
            cores=os.cpu_count(),
            versions=versions(runs),
            runs=most_runs,
        )
    ]
    for section, title in TITLES.items():
        parts.append(f"## {title}\n\n{seconds_table(runs, section)}")
    parts.append(f"## Memory\n\nPeak of the process in MB (before the job).\n\n{memory(runs)}")
    if len({run.tool for run in runs.found}) > 2:
        parts.append(f"## Agreement\n\n{agreement(runs)}")
    if BAR_ROWS in runs.sizes:
        parts.append(f"## Bars at {BAR_ROWS:,} rows\n\n{bars_table(bars(runs))}")
    return "\n".join(parts)


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "Unknown processor"


def versions(runs: Runs) -> str:
    by_tool: dict[str, str] = {}
    for run in runs.found:
        named = [f"{name} {number}" for name, number in run.versions.items()]
        by_tool.setdefault(run.tool, f"{NAMES.get(run.tool, run.tool)}: {', '.join(named)}")
    by_tool.pop(FLOOR, None)  # its version is among ours
    return "; ".join(by_tool.values())


def seconds_table(runs: Runs, section: str) -> str:
    rows = []
    for label in runs.labels(section):
        cells = []
        for size in runs.sizes:
            run, ours = runs.cell(section, label, size), runs.ours(section, size)
            cells.append("–" if run is None else duration(run.seconds) + multiple(run, ours))
        rows.append([label, *cells])
    return markdown(["rows", *(f"{size:,}" for size in runs.sizes)], rows)


def duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 0.9995 else f"{1000 * seconds:.3g} ms"


def multiple(run: Run, ours: Run | None) -> str:
    if ours is None or run is ours:
        return ""
    ratio = run.seconds / ours.seconds
    return f" ({ratio:.0f} ×)" if ratio >= 10 else f" ({ratio:.2g} ×)"


def memory(runs: Runs) -> str:
    rows = []
    for section in TITLES:
        for label in runs.labels(section):
            found = [runs.cell(section, label, size) for size in runs.sizes]
            cells = [f"{run.peak_mb:.0f} ({run.before_mb:.0f})" if run else "–" for run in found]
            rows.append([section, label, *cells])
    return markdown(["job", "tool", *(f"{size:,}" for size in runs.sizes)], rows)


def agreement(runs: Runs) -> str:
    """Peers' numbers beside ours, at the smallest size."""
    size = runs.sizes[0]
    rows = []
    for run in runs.found:
        ours = runs.ours(run.section, run.rows)
        if run.rows != size or run.tool in {OURS, FLOOR} or ours is None:
            continue
        both = [name for name in run.values if name in ours.values]
        rows += [[run.section, run.label, name, compared(name, run, ours)] for name in both]
    return AGREEMENT.format(rows=size) + markdown(["job", "tool", "numbers", "difference"], rows)


def compared(name: str, run: Run, ours: Run) -> str:
    theirs, mine = run.array(name), ours.array(name)
    if name == "missed":
        return f"margins to {theirs[0]:.0e}, ours to {mine[0]:.0e}"
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(theirs == mine, 1.0, theirs / mine)
    if run.job == "bootstrap" and name == "se":
        return f"other draws: median ratio {np.nanmedian(ratio):.3f}"
    text = f"{np.nanmax(np.abs(ratio - 1)):.0e}"
    lacking = int(np.isnan(theirs).sum())
    return f"{text}, {lacking} without a number" if lacking else text


def bars(runs: Runs) -> list[Bar]:
    found = []
    table, rake = runs.ours("table", BAR_ROWS), runs.ours("rake", BAR_ROWS)
    if table and (floor := runs.one(FLOOR, "floor", BAR_ROWS)):
        ratio = table.seconds / floor.seconds
        found.append(Bar("table", "≤ 2 × the floor", f"{ratio:.2f} ×", ratio <= 2))
    for job in ("table", "means"):
        if table and (svy := runs.one("svy", job, BAR_ROWS)):
            ratio = svy.seconds / table.seconds
            label = "svy" if job == "table" else svy.label
            found.append(
                Bar("table", f"≥ 100 × faster than {label}", f"{ratio:.0f} ×", ratio >= 100)
            )
    peers = [run for run in runs.found if run.job == "rake" and run.rows == BAR_ROWS]
    peers = [run for run in peers if run.tool != OURS]
    if rake and peers:
        best = min(peers, key=lambda run: run.seconds)
        ratio = best.seconds / rake.seconds
        wanted = f"≥ 20 × faster than the fastest peer ({best.label})"
        found.append(Bar("raking", wanted, f"{ratio:.0f} ×", ratio >= 20))
    for job, what in (("raked", "raked table with errors"), ("bootstrap", "500 replicates")):
        if run := runs.ours(job, BAR_ROWS):
            found.append(Bar(what, "≤ 0.5 s", f"{run.seconds:.2f} s", run.seconds <= 0.5))
    peak = max((run.peak_mb for job in TITLES if (run := runs.ours(job, BAR_ROWS))), default=0.0)
    found.append(Bar("memory of each job", "≤ 400 MB", f"{peak:.0f} MB at most", peak <= 400))
    return found


def bars_table(found: Sequence[Bar]) -> str:
    rows = [[bar.what, bar.wanted, bar.measured, "met" if bar.met else "not met"] for bar in found]
    return markdown(["job", "wanted", "measured", ""], rows)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
