"""Designs of the reference data, and R's numbers about them."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from analysis.design_columns import build_design
from tests.reference.r_values import read_csv

DATA = Path(__file__).parent.parent / "reference" / "data"
NUMBERS = Path(__file__).parent / "reference"
FILES = {"strat": "apistrat", "nh": "nhanes", "clus2": "apiclus2", "clus2_1st": "apiclus2"}


@cache
def data(design):
    return read_csv(DATA / f"{FILES.get(design, 'syn_a2')}.csv").columns


@cache
def sample(name):
    x = data(name)
    match name:
        case "strat":
            return build_design(strata=x["stype"], weights=x["pw"], fpc=x["fpc"])
        case "clus2":
            return build_design(clusters=[x["dnum"], x["snum"]], fpc=[x["fpc1"], x["fpc2"]])
        case "clus2_1st":
            return build_design(clusters=x["dnum"], weights=x["pw"])
        case "nh":
            strata, clusters = x["SDMVSTRA"], x["SDMVPSU"]
            return build_design(strata=strata, clusters=clusters, weights=x["WTMEC2YR"], nest=True)
    fpc = x["n_comm"] if name == "syn_a2_fpc" else None
    return build_design(strata=x["district"], clusters=x["community"], weights=x["w"], fpc=fpc)


def code(labels):
    """Codes 0, 1, … of the labels in their sorted order."""
    return np.unique(np.asarray(labels), return_inverse=True)[1].reshape(-1)


@cache
def cases(name):
    return json.loads((NUMBERS / f"{name}.json").read_text(encoding="utf-8"))["cases"]
