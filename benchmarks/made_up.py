"""A made-up sample: 100 districts of 50 clusters, four rates, weights, four margins."""

import numpy as np

from analysis.rates import CodedMargin
from analysis.sums import Coded
from benchmarks.peers.measure import Data

DISTRICTS, CLUSTERS = 100, 50  # districts are strata; clusters in each
RATES = (0.85, 0.90, 0.95, 0.60)
SHARES = {
    "sex": (0.5, 0.5),
    "age": (0.10, 0.15, 0.20, 0.20, 0.20, 0.15),
    "education": (0.10, 0.25, 0.30, 0.20, 0.15),
}
CLUSTER_EFFECT = 0.5  # standard deviation on the logit scale: a correlation of about 0.05


def make(rows: int, seed: int = 20261) -> Data:
    """Rows in no order, as answers come in; nobody has refused to answer."""
    draws = np.random.default_rng(seed)
    total = DISTRICTS * CLUSTERS
    if rows < 2 * total:
        raise ValueError(f"{2 * total} rows expected at least, so that no cluster is empty")
    cluster = np.concatenate([np.arange(total), draws.integers(0, total, rows - total)])
    cluster = draws.permutation(cluster.astype(np.int16))
    columns = {"cluster": cluster, "district": (cluster // CLUSTERS).astype(np.int8)}
    for name, shares in SHARES.items():
        edges = np.cumsum(shares)[:-1]
        columns[name] = np.searchsorted(edges, draws.random(rows)).astype(np.int8)
    for number, rate in enumerate(RATES, start=1):
        logit = np.log(rate / (1 - rate)) + CLUSTER_EFFECT * draws.standard_normal(total)
        yes = draws.random(rows) < (1 / (1 + np.exp(-logit)))[cluster]
        columns[f"y{number}"] = yes.astype(np.int8)
    of_district = draws.uniform(50, 200, DISTRICTS)
    columns["weight"] = of_district[columns["district"]] * draws.uniform(0.5, 1.5, rows)
    return Data(columns, targets_of(columns, draws))


def targets_of(columns: dict[str, np.ndarray], draws: np.random.Generator) -> dict[str, np.ndarray]:
    """Totals up to a tenth from those of the weights; all margins sum to the same."""
    weight = columns["weight"]
    targets = {}
    for name in (*SHARES, "district"):
        reached = np.bincount(columns[name], weight)
        moved = reached * draws.uniform(0.9, 1.1, reached.size)
        targets[name] = moved * (weight.sum() / moved.sum())
    return targets


def coded(data: Data) -> Coded:
    """The sample as our fast path takes it: districts are unions of clusters."""
    district = np.arange(DISTRICTS * CLUSTERS) // CLUSTERS
    return Coded(
        cluster=data.columns["cluster"],
        stratum=district,
        domain=district,
        answers=tuple(data.columns[name] for name in data.outcomes),
        weight=data.columns["weight"],
    )


def margins(data: Data) -> list[CodedMargin]:
    return [CodedMargin(name, data.columns[name], data.targets[name]) for name in data.targets]
