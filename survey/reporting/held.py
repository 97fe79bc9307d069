"""What held answers would change: each rate without them, as published, and with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.cells import Tally
from analysis.errors import AnalysisError
from analysis.study.estimates import base_weights, estimate_sample
from analysis.study.plan import ROOT
from analysis.study.rows import Estimate
from analysis.study.study import Study
from survey.datasets import is_held
from survey.models import Reason, Response, Sample


@dataclass(frozen=True, slots=True)
class WithHeld:
    """A sample estimated as if all that is held were accepted.

    Attributes
    ----------
    respondents : int
        Accepted and held together.
    rows : mapping of indicator to Estimate
        Of the whole, under the published weighting; empty where it cannot be estimated.
    """

    respondents: int
    rows: Mapping[str, Estimate]


def with_held(study: Study, tallies: Mapping[str, Tally]) -> dict[str, WithHeld]:
    """The samples that have held answers, by the estimation of every other figure.

    Only the whole, and only what is published: nothing else of it is shown.
    """
    plan = study.plan
    whole = replace(plan, estimation=replace(plan.estimation, domains=(ROOT,)))
    found = {}
    for sample in plan.samples:
        tally = tallies.get(sample.id)
        if tally is None:
            continue
        data = replace(study.data[sample.id], tally=tally)
        together = replace(study, plan=whole, data={sample.id: data})
        try:
            weights = base_weights(together, sample)
            done = estimate_sample(together, sample, plan.headline_of(sample), weights)
        except AnalysisError:
            rows: dict[str, Estimate] = {}  # the page says so
        else:
            rows = {row.indicator: row for row in done.rows}
        found[sample.id] = WithHeld(tally.n, rows)
    return found


def held_by_reason(session: Session, study_id: str, sample: str) -> list[tuple[str, int]]:
    """How many held responses of a sample have each reason, the most frequent first."""
    n = sa.func.count()
    rows = session.execute(
        sa.select(Reason.code, n)
        .join(Response, Response.id == Reason.response_id)
        .join(Sample, Sample.id == Response.sample_id)
        .where(Sample.study_id == study_id, Sample.code == sample, is_held())
        .group_by(Reason.code)
        .order_by(n.desc(), Reason.code)
    )
    return [(code, count) for code, count in rows]
