"""The figures of a study, computed from the stored answers and kept until these change."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.errors import AnalysisError
from analysis.study.comparisons import changes, modes, ranks
from analysis.study.estimates import Estimated
from analysis.study.modelled import ModelledRate, modelled_rates
from analysis.study.plan import Sample
from analysis.study.problems import Problem
from analysis.study.rows import Change, Estimate, ModeDifference, Outcome, Rank
from analysis.study.run import estimate_one, outcomes
from analysis.study.study import Study, with_written_margins
from survey import models
from survey.datasets import load_board
from survey.errors import NotFound
from survey.instrument.questions import Form
from survey.reporting.held import WithHeld, with_held
from survey.reporting.population import LeftOut, left_out
from survey.versions import newest_form

KEPT = 4  # studies whose figures are kept


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything a page can show of a study; a sample that cannot be estimated says why.

    ``modelled`` is by sample, indicator, domain and area: of suppressed rates of areas only.
    ``with_held`` is of the samples that have held answers: nothing of it is published.
    """

    study: Study
    form: Form
    left_out: LeftOut
    estimated: Mapping[tuple[str, str], Estimated]
    refused: Mapping[str, tuple[Problem, ...]]
    changes: tuple[Change, ...]
    modes: tuple[ModeDifference, ...]
    ranks: tuple[Rank, ...]
    outcomes: tuple[Outcome, ...]
    modelled: Mapping[tuple[str, str, str, str], ModelledRate]
    with_held: Mapping[str, WithHeld]

    def headline(self, sample: Sample) -> Estimated | None:
        """The published weighting of a sample."""
        return self.estimated.get((sample.id, self.study.plan.headline_of(sample).id))

    def base(self, sample: Sample) -> Estimated | None:
        """The sample without calibration, where the plan has such a weighting."""
        plain = [w for w in self.study.plan.weightings_of(sample) if not w.margins]
        return self.estimated.get((sample.id, plain[0].id)) if plain else None

    def row(self, sample: Sample, indicator: str, domain: str, area: str) -> Estimate | None:
        headline = self.headline(sample)
        key = (indicator, domain, area)
        return next((row for row in headline.rows if row.key == key), None) if headline else None


@dataclass(slots=True)
class _Kept:
    """The figures of one study and the state of the answers that they were computed from."""

    lock: Lock
    state: object = None
    figures: Figures | None = None


class FigureStore:
    """Figures of one database by study, kept while the answers stay the same.

    Of several first views at once one computes and the others wait for it.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def figures(self, session: Session, study_id: str) -> Figures:
        """The figures of a study as its answers are now."""
        state = _state(session, study_id)
        kept = self._slot(study_id)
        with kept.lock:
            if kept.figures is None or kept.state != state:
                kept.figures = compute(session, study_id)
                kept.state = state
            return kept.figures

    def _slot(self, study_id: str) -> _Kept:
        with self._lock:
            kept = self._kept.setdefault(study_id, _Kept(Lock()))
            self._kept.move_to_end(study_id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return kept


def compute(session: Session, study_id: str) -> Figures:
    """Estimate what can be estimated; one sample's refusal leaves the others."""
    form = newest_form(session, study_id).form
    board = load_board(session, study_id, form.codebook())
    study = board.study
    margins = with_written_margins(study.margins, study.plan, study.paddings)
    study = replace(study, margins=margins)
    estimated: dict[tuple[str, str], Estimated] = {}
    refused: dict[str, tuple[Problem, ...]] = {}
    for sample in study.plan.samples:
        done, problems = estimate_one(study, sample)
        estimated |= {(sample.id, result.weighting.id): result for result in done}
        if problems:
            refused[sample.id] = tuple(problems)
    try:
        compared = tuple(changes(study, estimated))
    except AnalysisError:
        compared = ()  # the page then shows no differences; the command says why
    return Figures(
        study=study,
        form=form,
        left_out=left_out(study.plan, form),
        estimated=estimated,
        refused=refused,
        changes=compared,
        modes=tuple(modes(study, estimated)),
        ranks=tuple(ranks(study, estimated)),
        outcomes=tuple(outcomes(study)),
        modelled={(one.sample, *one.key): one for one in modelled_rates(study, estimated)},
        with_held=with_held(study, board.with_held),
    )


def _state(session: Session, study_id: str) -> object:
    """What changes whenever an answer comes, goes or changes its status, or a form is published.

    One statement. The sum of the ids tells two answers that change places, the newest
    decision those of an analyst, however many he changed.
    """
    response, form = models.Response, models.Questionnaire
    decided = sa.select(sa.func.max(models.Review.id)).scalar_subquery()
    newest = (
        sa.select(sa.func.max(form.number))
        .where(form.study_id == study_id, form.published_at.is_not(None))
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            models.Study.created_at,
            newest,
            decided,
            response.sample_id,
            response.status,
            sa.func.count(response.id),
            sa.func.max(response.id),
            sa.func.sum(response.id),
        )
        .join(response, response.study_id == models.Study.id, isouter=True)
        .where(models.Study.id == study_id)
        .group_by(models.Study.created_at, response.sample_id, response.status)
        .order_by(response.sample_id, response.status)
    ).all()
    if not rows:
        raise NotFound
    return tuple(tuple(row) for row in rows)
