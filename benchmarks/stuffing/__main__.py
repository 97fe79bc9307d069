"""How many false answers are held, how many genuine ones wrongly, how far a rate moves.

Each line is the mean over the seeds. "held out" families and the reporting seeds
were never looked at while the checks were made. At the end stands what could be caught
at best, answer by answer (``benchmarks.stuffing.bound``).
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.suspicion.batch import Batch
from analysis.suspicion.examine import examine
from analysis.suspicion.usual import learn
from benchmarks.stuffing.attacks import (
    DEVELOPMENT_SEEDS,
    FAMILIES,
    REPORTING_SEEDS,
    STRENGTHS,
    Family,
)
from benchmarks.stuffing.bound import print_bounds
from benchmarks.stuffing.form import GRID
from benchmarks.stuffing.rows import Group
from benchmarks.stuffing.wave import Kept, Wave, played, world_of

WORLDS = ("whole form", "example rows")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One wave: shares of false answers caught and of genuine ones held, and three rates.

    Caught are those that the layers at intake hold, the checks of the whole wave, or both.
    """

    at_intake: float
    by_checks: float
    caught: float
    wrong: float
    wrong_of: tuple[float, ...]
    truth: float
    stuffed: float
    cleaned: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2, help="of each kind, at most 4")
    parser.add_argument("--world", choices=WORLDS, default=WORLDS[0])
    parser.add_argument("--first", action="store_true", help="a first wave: none to learn from")
    parser.add_argument("--bound", action="store_true", help="only what could be caught at best")
    chosen = parser.parse_args()
    if not chosen.bound:
        play(chosen.seeds, chosen.world, first=chosen.first)
    print_bounds(chosen.seeds, chosen.world)


def play(seeds: int, world: str, *, first: bool) -> None:
    print(HEAD)
    for family in (None, *FAMILIES):
        for strength in STRENGTHS if family else (0,):
            for kind, chosen in (
                ("development", DEVELOPMENT_SEEDS),
                ("reporting", REPORTING_SEEDS),
            ):
                runs = [
                    outcome(played(world, seed, family, strength), world, first)
                    for seed in chosen[:seeds]
                ]
                print(line(family, strength, kind, runs), flush=True)


HEAD = (
    "family                  false  seeds        intake  checks  caught"
    "  wrongly held  office family market street"
    "   awareness: genuine  with all  without held"
)


def outcome(wave: Wave, world: str, first: bool) -> Outcome:
    """Examine a wave, unless it is the first one by what the wave before it taught."""
    usual = None if first else learn(batch(wave.before, world))
    found = examine(batch(wave.kept, world), usual).held
    held = found | wave.kept.held
    genuine = ~wave.false
    return Outcome(
        at_intake=_share(wave.kept.held, wave.false),
        by_checks=_share(found, wave.false),
        caught=_share(held, wave.false),
        wrong=float(held[genuine].mean()),
        wrong_of=tuple(float(held[wave.group == group].mean()) for group in list(Group)[1:]),
        truth=float(wave.aware[genuine].mean()),
        stuffed=float(wave.aware.mean()),
        cleaned=float(wave.aware[~held].mean()),
    )


def _share(held: NDArray[np.bool_], rows: NDArray[np.bool_]) -> float:
    return float(held[rows].mean()) if rows.any() else float("nan")


def batch(kept: Kept, world: str) -> Batch:
    """What the platform keeps, as the check may see it."""
    names = [question.name for question in world_of(world)[0].questions]
    grid = tuple(names.index(name) for name in GRID) if set(GRID) <= set(names) else ()
    return Batch(
        kept.answers,
        kept.point,
        kept.kind,
        kept.area,
        kept.home,
        kept.started,
        kept.submitted,
        kept.device,
        (grid,) if grid else (),
    )


def line(family: Family | None, strength: int, kind: str, runs: Sequence[Outcome]) -> str:
    name = "none" if family is None else family.name + (" *" if family.reporting_only else "")
    caught = "".join(
        f"{'–':>8}" if family is None else f"{100 * mean(runs, share):>7.1f}%"
        for share in ("at_intake", "by_checks", "caught")
    )
    groups = np.mean([one.wrong_of for one in runs], axis=0)
    return (
        f"{name:<23} {strength:>5}  {kind:<11}{caught}  {100 * mean(runs, 'wrong'):>11.2f}%"
        + "".join(f"{100 * share:>6.1f}%" for share in groups)
        + f"  {100 * mean(runs, 'truth'):>16.1f}% {100 * mean(runs, 'stuffed'):>8.1f}%"
        + f" {100 * mean(runs, 'cleaned'):>12.1f}%"
    )


def mean(runs: Sequence[Outcome], name: str) -> float:
    return float(np.mean([getattr(one, name) for one in runs]))


if __name__ == "__main__":
    main()
