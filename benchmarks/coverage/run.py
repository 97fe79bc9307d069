"""Coverage of the limits of a rate in simulated samples of clusters, as tables in Markdown.

With --write the tables also replace those of docs/coverage.md, below its marker; the
text above it is written by hand and has to be read again when the tables change.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from math import isnan
from pathlib import Path

from analysis.coverage import GRID, HARDER, Coverage, District, Held, Mark, Name, coverage

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "coverage.md"
MARKER = "<!-- below: written by make coverage WRITE=1 -->\n"
SAMPLES, SEED = 200_000, 20260
WANTED, UP_TO_ICC = 0.94, 0.15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    started = time.perf_counter()
    grid = simulated(GRID, given.samples, given.seed)
    harder = simulated(HARDER, given.samples, given.seed)
    text = report(grid, harder, given.seed)
    print(text)
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    if given.write:
        above, _, _ = DOCUMENT.read_text(encoding="utf-8").partition(MARKER)
        DOCUMENT.write_text(above + MARKER + "\n" + text, encoding="utf-8")


def simulated(districts: Sequence[District], samples: int, seed: int) -> list[Coverage]:
    found = []
    for district in districts:
        found.append(coverage(district, samples, seed=seed))
        if sys.stderr.isatty():
            print(f"{len(found)} of {len(districts)}", end="\r", file=sys.stderr)
    return found


def report(grid: Sequence[Coverage], harder: Sequence[Coverage], seed: int) -> str:
    samples = grid[0].samples
    names = [str(name) for name in Name]
    error = decimal((0.25 / samples) ** 0.5, 4)
    lines = [
        f"{samples:,} samples for each row, seed {seed}. ± is the Monte Carlo standard error of",
        f"the default's coverage; that of any other share is at most {error}. Bold: below .94.",
        "",
        "## Coverage, mean width in brackets",
        "",
        *head(["ICC", "clusters", "p", "at 0/100 %", *names]),
        *[coverage_row(one) for one in grid],
        "",
        verdict(grid),
        "",
        "## What the official sees of the default",
        "",
        *marks_table(grid),
        "",
        "## Harder rates and numbers of clusters",
        "",
        *marks_table(harder),
        "",
    ]
    return "\n".join(lines)


def head(names: Sequence[str]) -> list[str]:
    return [row(names), "|" + "---|" * len(names)]


def row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def coverage_row(one: Coverage) -> str:
    """Coverage and width of each recipe; of the default with its error, bold below .94."""
    cells = [*labels(one), decimal(one.edges / one.samples)]
    for name, held in one.by_name.items():
        share = decimal(held.share)
        if name is Name.DEFAULT:
            share = f"{bold(share, held)} ± {decimal(held.se, 4)}"
        cells.append(f"{share} ({decimal(one.width[name])})")
    return row(cells)


def marks_table(results: Sequence[Coverage]) -> list[str]:
    names = ["ICC", "clusters", "p", "coverage", "shown unmarked", "coverage of these"]
    names += ["all misses", "too high", *[f"missed: {mark}" for mark in Mark]]
    return [*head(names), *[marks_row(one) for one in results]]


def marks_row(one: Coverage) -> str:
    """What is shown unmarked, and where the misses are; shares of all samples."""
    shown = one.by_mark[Mark.SHOWN]
    misses = [one.default.missed, one.too_high, *[one.by_mark[mark].missed for mark in Mark]]
    cells = [
        *labels(one),
        bold(decimal(one.default.share), one.default),
        decimal(shown.samples / one.samples),
        bold(decimal(shown.share), shown),
        *[decimal(count / one.samples) for count in misses],
    ]
    return row(cells)


def labels(one: Coverage) -> list[str]:
    district = one.district
    p = decimal(district.p, 2 if round(district.p, 2) == district.p else 3)
    return [decimal(district.icc, 2), str(district.clusters), p]


def bold(text: str, held: Held) -> str:
    return f"**{text}**" if held.share is not None and held.share < WANTED else text


def verdict(grid: Sequence[Coverage]) -> str:
    """Which rows fall short of the share wanted up to an ICC, and which beyond it."""
    required = [one for one in grid if one.district.icc <= UP_TO_ICC]
    short = [one for one in grid if one.default.share is not None and one.default.share < WANTED]
    within = [one for one in required if one in short]
    return (
        f"The default covers at least {decimal(WANTED, 2)} in {len(required) - len(within)} of"
        f" {len(required)} rows with ICC up to {decimal(UP_TO_ICC, 2)}, and in"
        f" {len(grid) - len(short)} of all {len(grid)}."
    )


def decimal(share: float | None, places: int = 3) -> str:
    """As .944, and – where there is none."""
    if share is None or isnan(share):
        return "–"
    return f"{share:.{places}f}".removeprefix("0")


if __name__ == "__main__":
    main()
