"""Our jobs and their floor, one in a process of its own: ``python -m benchmarks.jobs FOLDER JOB``.

The floor is what any table of rates costs at least: DuckDB's group-by of the same
columns to the sums of each cluster, with all of them in its memory already.
"""

import duckdb

from analysis.rates import RateTable, bootstrap_table, rake, raked_table, rate_table
from analysis.sums import add_up
from benchmarks import made_up
from benchmarks.peers import measure
from benchmarks.peers.measure import Data, Values, Work

LEVEL = 0.95
REPLICATES = 500


def table(data: Data) -> Work:
    coded = made_up.coded(data)

    def work() -> Values:
        rates = rate_table(add_up(coded))
        low, high = rates.limits(LEVEL)
        return numbers(rates) | {"low": low, "high": high}

    return work


def raking(data: Data) -> Work:
    coded, margins = made_up.coded(data), made_up.margins(data)
    return lambda: {"weight": rake(coded, margins).weight}


def raked(data: Data) -> Work:
    coded, margins = made_up.coded(data), made_up.margins(data)
    return lambda: numbers(raked_table(coded, margins, rake(coded, margins)))


def bootstrap(data: Data) -> Work:
    coded = made_up.coded(data)
    return lambda: numbers(bootstrap_table(add_up(coded), REPLICATES, seed=1))


def floor(data: Data) -> Work:
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    wanted = ["district", "cluster", "weight", *data.outcomes]
    rows = {name: data.columns[name] for name in wanted}
    connection.register("given", rows)
    connection.execute("CREATE TABLE respondents AS SELECT * FROM given")
    connection.unregister("given")
    sums = ", ".join(f"sum(weight * {name}) AS {name}" for name in data.outcomes)
    query = (
        f"SELECT district, cluster, count(*) AS n, sum(weight) AS weights, {sums} "  # noqa: S608
        "FROM respondents GROUP BY district, cluster"
    )
    return lambda: dict(connection.execute(query).fetchnumpy())


def numbers(rates: RateTable) -> Values:
    return {"rate": rates.rate, "se": rates.se}


JOBS = {"table": table, "rake": raking, "raked": raked, "bootstrap": bootstrap, "floor": floor}


if __name__ == "__main__":
    measure.main("minyi", ["numpy", "scipy", "duckdb"], JOBS)
