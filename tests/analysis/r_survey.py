"""Numbers of R survey 4.5 and the designs that they are about."""

import csv
import json
from pathlib import Path

import numpy as np

from analysis.calibration import Margin, calibrate, fit_margins
from analysis.cells import Column, Tally
from analysis.indicators import Coded
from analysis.variance import Domains, Linearizer, build_units
from analysis.weighting import Weights

FOLDER = Path(__file__).parent / "reference"
CASES = json.loads((FOLDER / "r_survey.json").read_text(encoding="utf-8"))["cases"]
DESIGNS = {
    "strat": {
        "file": "apistrat",
        "stratum": "stype",
        "cluster": None,
        "weight": "pw",
        "fpc": "fpc",
    },
    "strat_nofpc": {"file": "apistrat", "stratum": "stype", "cluster": None, "weight": "pw"},
    "syn_a": {"file": "syn_a", "stratum": "district", "cluster": "community", "weight": "w"},
    "syn_a2": {"file": "syn_a", "stratum": "district", "cluster": "community", "weight": "w"},
}


def result(case: str) -> dict:
    return CASES[case]["result"]


def rows_of(design: str) -> list[dict[str, str]]:
    with (FOLDER / f"{DESIGNS[design]['file']}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if design != "syn_a2" or row["district"] != "D07"]


class Design:
    """One of the designs, each person a row of its tally."""

    def __init__(self, name: str) -> None:
        self.plan, rows = DESIGNS[name], rows_of(name)
        columns = {key: [row[key] for row in rows] for key in rows[0]}
        columns["person"] = [f"{place:05d}" for place in range(len(rows))]
        self.tally = Tally.build(columns)
        self.base = self.number(self.plan["weight"])
        self.units = build_units(
            self.tally,
            stratum=self.plan["stratum"],
            cluster=self.plan["cluster"],
            certainty=frozenset(),
            stratum_population=self.plan.get("fpc"),
        )

    def number(self, name: str) -> np.ndarray:
        column = self.tally.columns[name]
        return column.lookup({text: float(text) for text in column.values}, np.nan)

    def coded(self, name: str) -> Coded:
        """A mean: missing answers are left out, and stay in the design."""
        values = self.number(name)
        present = np.isfinite(values)
        return Coded(np.where(present, values, 0.0), present.astype(float))

    def weights(self, margins: dict[tuple[str, ...], dict[str, float]] | None = None) -> Weights:
        """Base weights, or calibrated to margins given by variable."""
        if not margins:
            return Weights(self.base, self.base, self.base, (), 0)
        fitted = fit_margins(
            [Margin("*".join(name), totals) for name, totals in margins.items()],
            [joined(self.tally, name) for name in margins],
            self.tally.counts,
            self.base,
            collapse=False,
        )
        calibrated = calibrate(fitted, self.tally.counts, self.base)
        return Weights(self.base, calibrated, calibrated, fitted, 0)

    def linearizer(self, weights: Weights, by: str | None = None) -> Linearizer:
        whole = Column(np.zeros(len(self.tally.counts), np.int64), ("all",))
        columns = [("root", whole)] + ([(by, self.tally.columns[by])] if by else [])
        return Linearizer(self.tally, self.units, Domains.of(columns), weights)


def joined(tally: Tally, names: tuple[str, ...]) -> Column:
    from_parts = [
        [tally.columns[name].values[code] for code in tally.columns[name].codes.tolist()]
        for name in names
    ]
    return Column.of(["*".join(parts) for parts in zip(*from_parts, strict=True)])
