"""What R said of models, tests and quantiles (reference/models.json), and the same designs here."""

import csv
import json
from pathlib import Path

import numpy as np

from analysis.adjustment import poststratify
from analysis.design_columns import build_design
from analysis.replication import jackknife

FOLDER = Path(__file__).parent / "reference"
CASES = json.loads((FOLDER / "models.json").read_text(encoding="utf-8"))["cases"]


def results(case):
    return CASES[case]["result"]


def result(case):
    (found,) = results(case)
    return found


def read(name):
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("district") != "D07"]
    return {key: column([row[key] for row in rows]) for key in rows[0]}


def column(texts):
    try:
        return np.array([float(text) if text else np.nan for text in texts])
    except ValueError:
        return np.array(texts)


def coded(values):
    """0, 1, … in ascending order; -1 for nan."""
    known = np.ones(len(values), bool) if values.dtype.kind == "U" else np.isfinite(values)
    return np.where(known, np.searchsorted(np.unique(values[known]), values), -1)


def indicators(values):
    """A column for each value after the first."""
    return (values[:, None] == np.unique(values)[1:]).astype(float)


def with_intercept(*columns):
    return np.column_stack([np.ones(len(columns[0])), *columns])


API, SYN = read("apistrat"), read("syn_a")
SOME_EDU = np.where(np.arange(1, len(SYN["edu"]) + 1) % 7 == 0, np.nan, SYN["edu"])
STRAT = build_design(strata=API["stype"], weights=API["pw"], fpc=API["fpc"])
SYN_A2 = build_design(strata=SYN["district"], clusters=SYN["community"], weights=SYN["w"])
JKN = jackknife(SYN_A2)
POST = poststratify(SYN_A2, coded(SYN["sex"]), [20000, 15000]).design


def collapsed(columns, weights, strata=None, clusters=None):
    """Cells of rows alike in all columns: the design with ``counts``, and the place of each cell.

    Weights of a cell are the mean of its respondents'.
    """
    keys = [
        coded(np.asarray(column))
        for column in (*columns, strata, clusters, weights)
        if column is not None
    ]
    _, first, cell = np.unique(np.stack(keys), axis=1, return_index=True, return_inverse=True)
    counts = np.bincount(cell.reshape(-1)).astype(float)
    design = build_design(
        weights=weights[first],
        counts=counts,
        strata=None if strata is None else strata[first],
        clusters=None if clusters is None else clusters[first],
    )
    return design, first
