"""The one job that balance has: raking."""

import logging
from functools import reduce

import measure
import numpy as np
import pandas as pd

logging.disable(logging.WARNING)
from balance.weighting_methods.rake import rake as rake_in_balance  # noqa: E402

MARGINS = ("sex", "age", "education", "district")


def target_of(data: measure.Data) -> tuple[pd.DataFrame, pd.Series]:
    """Joint categories with weights that have the margins exactly; its own way to them rounds."""
    totals = [data.targets[name] for name in MARGINS]
    codes = np.indices([part.size for part in totals]).reshape(len(MARGINS), -1)
    shares = reduce(np.multiply.outer, [part / part.sum() for part in totals])
    frame = pd.DataFrame(dict(zip(MARGINS, codes.astype(str), strict=True)))
    return frame, pd.Series(shares.ravel() * totals[0].sum())


def rake(data: measure.Data) -> measure.Work:
    # It makes texts of all codes itself: given as texts, this is not counted.
    frame = pd.DataFrame({name: data.columns[name].astype(str) for name in MARGINS})
    weight = pd.Series(data.columns["weight"])
    target, target_weight = target_of(data)

    def work() -> measure.Values:
        found = rake_in_balance(
            frame,
            weight,
            target,
            target_weight,
            transformations=None,
            max_iteration=1000,
            convergence_rate=1e-10,
            rate_tolerance=0.0,
        )
        return {"weight": found["weight"].to_numpy()}

    return work


if __name__ == "__main__":
    measure.main("balance", ["balance", "pandas", "numpy"], {"rake": rake})
