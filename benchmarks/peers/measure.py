"""What all job scripts share: the columns, the clock, and the memory of the own process.

A job script is started anew for each job, ``script FOLDER JOB``, by whatever Python
has its package, and prints one line of JSON. Loading is not counted. Only NumPy is needed.
"""

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

RUNS = 5
ENOUGH_SECONDS = 10.0  # after which a slow job is not repeated
WEIGHTS_SHOWN = 1000  # for the comparison of raked weights

Values = dict[str, np.ndarray]
Work = Callable[[], Values]


@dataclass(frozen=True, slots=True)
class Data:
    """Columns of R respondents, and the population totals of the margins by code."""

    columns: dict[str, np.ndarray]
    targets: dict[str, np.ndarray]

    @property
    def rows(self) -> int:
        return int(self.columns["weight"].size)

    @property
    def outcomes(self) -> list[str]:
        return [name for name in self.columns if name.startswith("y")]


def save(data: Data, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, column in data.columns.items():
        np.save(folder / f"{name}.npy", column)
    targets = {name: totals.tolist() for name, totals in data.targets.items()}
    (folder / "targets.json").write_text(json.dumps(targets), encoding="utf-8")


def load(folder: Path) -> Data:
    targets = json.loads((folder / "targets.json").read_text(encoding="utf-8"))
    return Data(
        columns={path.stem: np.load(path) for path in sorted(folder.glob("*.npy"))},
        targets={name: np.array(totals) for name, totals in targets.items()},
    )


def missed(data: Data, weight: np.ndarray) -> float:
    """The largest relative distance of a weighted margin from its target."""
    worst = 0.0
    for name, totals in data.targets.items():
        reached = np.bincount(data.columns[name], weight, minlength=totals.size)
        worst = max(worst, float(np.abs(reached / totals - 1).max()))
    return worst


def memory_mb(field: str) -> float:
    """``VmRSS`` or its peak ``VmHWM``; a child's ``ru_maxrss`` would begin with its parent's."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the system does not tell the memory of a process")


def clocked(work: Work) -> tuple[list[float], Values]:
    """Seconds of each run, five at most, and what the last one gave."""
    taken: list[float] = []
    while len(taken) < RUNS and sum(taken) < ENOUGH_SECONDS:
        started = time.perf_counter()
        values = work()
        taken.append(time.perf_counter() - started)
    return taken, values


def main(tool: str, packages: Sequence[str], jobs: Mapping[str, Callable[[Data], Work]]) -> None:
    """Run the job that the command line names; ``packages`` are those whose versions matter."""
    folder, job = Path(sys.argv[1]), sys.argv[2]
    data = load(folder)
    work = jobs[job](data)
    before = memory_mb("VmRSS")
    taken, values = clocked(work)
    peak = memory_mb("VmHWM")
    if "weight" in values:
        values["missed"] = np.array([missed(data, values["weight"])])
        values["weight"] = values["weight"][:WEIGHTS_SHOWN]
    line = {
        "tool": tool,
        "job": job,
        "rows": data.rows,
        "seconds": statistics.median(taken),
        "runs": len(taken),
        "before_mb": before,
        "peak_mb": peak,
        "versions": {"Python": platform.python_version()}
        | {name: version(name) for name in packages},
        "values": {name: np.ravel(found).tolist() for name, found in values.items()},
    }
    print(json.dumps(line))
