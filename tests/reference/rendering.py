"""The values of the reference calls as the JSON structures that a cases file holds."""

import math
from functools import singledispatch
from typing import Any

import numpy as np

from tests.reference.r_models import Glm, Quantiles, TermTest, Test
from tests.reference.r_survey import By, Stat
from tests.reference.r_values import (
    Factor,
    Frame,
    MaybeLogical,
    Named,
    RList,
    RMatrix,
    RTable,
    drop_names,
)


@singledispatch
def render(value) -> Any:
    """A JSON-like structure; numbers that are missing or infinite are None."""
    raise TypeError(f"no rendering for {type(value).__name__}")


@render.register
def _(value: None):
    return None


@render.register(float)
@render.register(int)
@render.register(np.number)
def _(value):
    return float(value) if math.isfinite(value) else None


@render.register(bool)
@render.register(np.bool_)
def _(value):
    return bool(value)


@render.register
def _(value: str):
    return value


@render.register
def _(value: np.ndarray):
    items = [render(item) for item in value.tolist()] if value.ndim <= 1 else _nested(value)
    return items[0] if value.ndim == 1 and len(items) == 1 else items


@render.register
def _(value: MaybeLogical):
    items = [None if math.isnan(item) else bool(item) for item in value.tolist()]
    return items[0] if len(items) == 1 else items


def _nested(values):
    return [_nested(row) if np.ndim(row) else render(row) for row in np.asarray(values).tolist()]


def listed(values) -> list:
    """Always a list, also of one value."""
    return [render(value) for value in np.asarray(values).tolist()]


@render.register
def _(value: Named):
    return {"names": value.names, "values": listed(value.values)}


@render.register
def _(value: Factor):
    return [label if label is None else str(label) for label in value.labels()]


@render.register
def _(value: RMatrix):
    return {
        "rownames": value.rownames,
        "colnames": value.colnames,
        "values": _nested(value.values),
    }


@render.register
def _(value: RTable):
    return {"dimnames": value.dimnames, "values": _nested(value.values)}


@render.register
def _(value: Frame):
    return {name: render(value[name]) for name in value.names}


@render.register
def _(value: RList):
    names = value.names or [""] * len(value.values)
    return {
        name or str(place): render(item)
        for place, (name, item) in enumerate(zip(names, value.values, strict=True), 1)
    }


@render.register
def _(value: Stat):
    estimate = value.estimate
    if value.kind == "svyciprop":
        return {
            "est": render(estimate.value[0]),
            "se": render(estimate.se[0]),
            "ci": listed(np.array(value.limits)),
        }
    if value.kind == "svyratio":
        return {"est": listed(estimate.value), "se": listed(estimate.se)}
    found = {
        "names": list(value.names),
        "est": listed(estimate.value),
        "se": listed(estimate.se),
        "vcov": _nested(estimate.covariance),
    }
    if value.deff is not None:
        found["deff"] = listed(value.deff)
    return found


@render.register
def _(value: Test):
    return {
        "statistic": render(drop_names(value.statistic)),
        "parameter": render(drop_names(value.parameter)),
        "p_value": render(value.p_value),
        "estimate": render(value.estimate),
        "conf_int": render(value.conf_int),
    }


@render.register
def _(value: TermTest):
    parts = {"statistic": value.statistic, "df": value.df, "ddf": value.ddf, "p": value.p}
    return {name: render(part) for name, part in parts.items()}


@render.register
def _(value: Glm):
    found = value.model.coefficients
    return {
        "names": value.names,
        "est": listed(found.value),
        "se": listed(found.se),
        "vcov": _nested(found.covariance),
        "df_residual": float(value.model.df_residual),
    }


@render.register
def _(value: Quantiles):
    return {name: render(table) for name, table in zip(value.names, value.tables, strict=True)}


@render.register
def _(value: By):
    found = {"keys": value.keys, "columns": {n: listed(v) for n, v in value.columns.items()}}
    if value.has_covariance:
        found["vcov"] = _nested(value.estimate.covariance)
    return found
