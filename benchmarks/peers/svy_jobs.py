"""The jobs in svy: Korn-Graubard limits as ours, errors that know the raking, Rao-Wu replicates."""

import measure
import numpy as np
import polars as pl
import svy

MARGINS = ("sex", "age", "education", "district")


def sample_of(data: measure.Data) -> svy.Sample:
    return svy.Sample(
        pl.DataFrame(data.columns), svy.Design(wgt="weight", stratum="district", psu="cluster")
    )


def controls(data: measure.Data) -> dict[str, dict[int, float]]:
    return {name: dict(enumerate(data.targets[name].tolist())) for name in MARGINS}


def table(data: measure.Data) -> measure.Work:
    sample = sample_of(data)

    def work() -> measure.Values:
        found = sample.estimation.prop(y=data.outcomes, by="district", ci_method="korn-graubard")
        return side_by_side([of_yes(one, y) for one, y in zip(found, data.outcomes, strict=True)])

    return work


def means(data: measure.Data) -> measure.Work:
    """The cheapest table that svy has: means of 0 and 1, with Wald limits."""
    sample = sample_of(data)

    def work() -> measure.Values:
        found = sample.estimation.mean(y=data.outcomes, by="district")
        return without_limits([one.to_polars().sort("district") for one in found])

    return work


def rake(data: measure.Data) -> measure.Work:
    sample, totals = sample_of(data), controls(data)

    def work() -> measure.Values:
        raked = sample.weighting.rake(controls=totals, tol=1e-10, max_iter=1000)
        return {"weight": raked.data["rk_wgt"].to_numpy()}

    return work


def raked(data: measure.Data) -> measure.Work:
    sample, totals = sample_of(data), controls(data)

    def work() -> measure.Values:
        weighted = sample.weighting.rake(controls=totals, tol=1e-10, max_iter=1000)
        found = weighted.estimation.mean(y=data.outcomes, by="district")
        return without_limits([one.to_polars().sort("district") for one in found])

    return work


def bootstrap(data: measure.Data) -> measure.Work:
    sample = sample_of(data)

    def work() -> measure.Values:
        replicated = sample.weighting.create_bs_wgts(500, rstate=1)
        found = replicated.estimation.mean(y=data.outcomes, by="district", method="replication")
        return without_limits([one.to_polars().sort("district") for one in found])

    return work


def of_yes(found: svy.Estimate, outcome: str) -> pl.DataFrame:
    """The rows of "yes"; a district where nobody said it has none and is left empty."""
    rows = found.to_polars()
    yes = rows.filter(pl.col(outcome).cast(pl.Int64) == 1)
    return rows.select("district").unique().join(yes, on="district", how="left").sort("district")


def side_by_side(tables: list[pl.DataFrame]) -> measure.Values:
    names = {"rate": "est", "se": "se", "low": "lci", "high": "uci"}
    return {
        ours: np.stack([table[theirs].to_numpy() for table in tables], axis=1)
        for ours, theirs in names.items()
    }


def without_limits(tables: list[pl.DataFrame]) -> measure.Values:
    found = side_by_side(tables)
    return {"rate": found["rate"], "se": found["se"]}


if __name__ == "__main__":
    measure.main(
        "svy",
        ["svy", "polars", "numpy"],
        {"table": table, "means": means, "rake": rake, "raked": raked, "bootstrap": bootstrap},
    )
