"""The jobs in samplics: rates by domain with logit limits, raking."""

import warnings

import measure
import numpy as np

warnings.simplefilter("ignore")  # its notice that svy follows it
from samplics.estimation import TaylorEstimator  # noqa: E402
from samplics.utils.types import PopParam  # noqa: E402
from samplics.weighting import SampleWeight  # noqa: E402

MARGINS = ("sex", "age", "education", "district")


def table(data: measure.Data) -> measure.Work:
    columns = data.columns
    districts = range(data.targets["district"].size)

    def one(outcome: str) -> list[list[float]]:
        estimator = TaylorEstimator(PopParam.prop)
        estimator.estimate(
            y=columns[outcome],
            samp_weight=columns["weight"],
            stratum=columns["district"],
            psu=columns["cluster"],
            domain=columns["district"],
            remove_nan=False,
        )
        parts = (
            estimator.point_est,
            estimator.stderror,
            estimator.lower_ci,
            estimator.upper_ci,
        )
        return [[part[district].get(1, np.nan) for district in districts] for part in parts]

    def work() -> measure.Values:
        found = np.array([one(outcome) for outcome in data.outcomes])
        names = ("rate", "se", "logit_low", "logit_high")
        return {name: found[:, k].T for k, name in enumerate(names)}

    return work


def rake(data: measure.Data) -> measure.Work:
    margins = {name: data.columns[name] for name in MARGINS}
    control = {name: dict(enumerate(data.targets[name].tolist())) for name in MARGINS}

    def work() -> measure.Values:
        weight = SampleWeight().rake(
            samp_weight=data.columns["weight"],
            margins=margins,
            control=control,
            tol=1e-10,
            ctrl_tol=1e-10,
            max_iter=1000,
        )
        return {"weight": np.asarray(weight)}

    return work


if __name__ == "__main__":
    measure.main("samplics", ["samplics", "pandas", "numpy"], {"table": table, "rake": rake})
