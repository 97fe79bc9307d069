"""Pages for quotas: how full they are, many made at once, one changed, a file up and down."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from analysis.study.problems import Problem
from survey import audit, db
from survey.accounts.access import Act, current_user, may, needs
from survey.allocation import files
from survey.allocation.listing import (
    Opened,
    open_sample,
    open_to_set,
    sample_of_quota,
    studies_with_quotas,
)
from survey.allocation.proposal import (
    NO_NUMBER,
    WHOLE_STUDY,
    Asked,
    Proposal,
    Words,
    below_cells,
    below_words,
    field_name,
    is_number,
    propose,
    read_filled,
    ways,
)
from survey.allocation.setting import (
    BelowTaken,
    Outcome,
    Wanted,
    already,
    delete_quotas,
    refuse_drawn,
    set_quotas,
)
from survey.allocation.sizes import Cell, Totals, totals_of
from survey.conduct import now
from survey.language import language
from survey.models import Quota
from survey.wording import LEVELS

bp = Blueprint("allocation", __name__, url_prefix="/quotas")
DONE = ("created", "changed", "deleted")  # what a page before this one has done, in its address


@bp.get("/")
@needs(Act.QUOTA_READ)
def index() -> ResponseReturnValue:
    """The samples in the user's areas, and how many of their quotas are full."""
    studies = studies_with_quotas(db.session(), current_user())
    return render_template("allocation/index.html", studies=studies)


@bp.get("/<int:sample_id>")
@needs(Act.QUOTA_READ)
def sample(sample_id: int) -> ResponseReturnValue:
    """The quotas of a sample, row by row."""
    opened = open_sample(db.session(), current_user(), sample_id, now())
    done = {name: request.args.get(name, type=int) for name in DONE}
    return _sample_page(opened, (), done)


@bp.get("/<int:sample_id>.csv")
@needs(Act.QUOTA_READ)
def download(sample_id: int) -> ResponseReturnValue:
    """The same as a file, which may be changed and sent back."""
    opened = open_sample(db.session(), current_user(), sample_id, now())
    return Response(
        files.written(opened.quotas, opened.frame, language()),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="quotas-{sample_id}.csv"'},
    )


@bp.get("/<int:sample_id>/new")
@needs(Act.QUOTA_SET)
def new(sample_id: int) -> ResponseReturnValue:
    """Areas by groups: what is asked for, and the table of numbers that follows from it."""
    opened = _open_to_set(sample_id)
    asked, proposal = Asked(), None
    if "level" in request.args:
        asked, proposal = propose(request.args, opened.frame, _totals(opened))
    texts = {cell: str(n) for cell, n in proposal.numbers.items()} if proposal else {}
    return _new_page(opened, asked, proposal, texts, {})


@bp.post("/<int:sample_id>")
@needs(Act.QUOTA_SET)
def create(sample_id: int) -> ResponseReturnValue:
    """The numbers of the table, all at once or none."""
    opened = _open_to_set(sample_id)
    filled = read_filled(request.form, opened.frame)
    faults = filled.faults
    if not faults:
        try:
            return _done(opened, _set(opened, filled.wanted))
        except BelowTaken as refusal:
            faults = below_cells(refusal.details["taken"])
    asked = Asked(level=filled.level, variable=filled.proposal.variable)
    return _new_page(opened, asked, filled.proposal, filled.texts, faults), 422


@bp.post("/<int:sample_id>/upload")
@needs(Act.QUOTA_SET)
def upload(sample_id: int) -> ResponseReturnValue:
    """Quotas of a file: those that are there get its numbers, the others are made."""
    opened = _open_to_set(sample_id)
    sent = request.files.get("file")
    data = sent.read() if sent is not None else b""
    name = (sent.filename if sent is not None else None) or "CSV"
    wanted, lines, problems = files.read(name, data, opened.frame)
    if not problems:
        try:
            return _done(opened, _set(opened, wanted))
        except BelowTaken as refusal:
            problems = files.below_taken(name, wanted, lines, refusal.details["taken"])
    return _sample_page(opened, problems, {}), 422


@bp.get("/quota/<int:quota_id>")
@needs(Act.QUOTA_SET)
def quota(quota_id: int) -> ResponseReturnValue:
    """One quota, to be changed or taken away."""
    opened, one = _open_quota(quota_id)
    return render_template("allocation/quota.html", opened=opened, one=one, sent=None, fault=None)


@bp.post("/quota/<int:quota_id>")
@needs(Act.QUOTA_SET)
def change(quota_id: int) -> ResponseReturnValue:
    """Another number for one quota, never below what was taken."""
    opened, one = _open_quota(quota_id)
    text = request.form.get("most", "").strip()
    fault = None if is_number(text) else NO_NUMBER
    if fault is None:
        wanted = Wanted(one.area_code, one.variable, one.value, int(text))
        try:
            return _done(opened, _set(opened, [wanted]))
        except BelowTaken as refusal:
            fault = below_words(refusal.details["taken"][wanted.key])
    page = render_template("allocation/quota.html", opened=opened, one=one, sent=text, fault=fault)
    return page, 422


@bp.post("/quota/<int:quota_id>/delete")
@needs(Act.QUOTA_SET)
def delete(quota_id: int) -> ResponseReturnValue:
    """Take one quota away."""
    opened, one = _open_quota(quota_id)
    return _deleted(opened, one.id)


@bp.post("/<int:sample_id>/delete")
@needs(Act.QUOTA_SET)
def delete_all(sample_id: int) -> ResponseReturnValue:
    """Take all quotas of a sample away."""
    return _deleted(_open_to_set(sample_id), None)


def _open_to_set(sample_id: int) -> Opened:
    opened = open_to_set(db.session(), current_user(), sample_id, now())
    refuse_drawn(opened.sample)
    return opened


def _open_quota(quota_id: int) -> tuple[Opened, Quota]:
    session = db.session()
    opened = _open_to_set(sample_of_quota(session, quota_id))
    return opened, session.get_one(Quota, quota_id)


def _totals(opened: Opened) -> Totals:
    return totals_of(db.session(), opened.study, opened.frame.groups.plan.form.levels or {})


def _set(opened: Opened, wanted: Sequence[Wanted]) -> Outcome:
    return set_quotas(db.session(), opened.sample, opened.frame.groups, wanted)


def _done(opened: Opened, outcome: Outcome) -> ResponseReturnValue:
    return _recorded(opened, created=outcome.created, changed=outcome.changed)


def _deleted(opened: Opened, quota_id: int | None) -> ResponseReturnValue:
    return _recorded(opened, deleted=delete_quotas(db.session(), opened.sample, quota_id))


def _recorded(opened: Opened, **numbers: Any) -> ResponseReturnValue:
    """A line in the audit log, and back to the quotas of the sample."""
    subject = f"quotas of {opened.sample.code}"
    audit.record(db.session(), Act.QUOTA_SET, subject, study=opened.study.id, **numbers)
    return redirect(url_for(".sample", sample_id=opened.sample.id, **numbers), 303)


def _sample_page(
    opened: Opened, problems: Sequence[Problem], done: Mapping[str, int | None]
) -> str:
    return render_template(
        "allocation/sample.html",
        opened=opened,
        may_set=opened.sees_whole
        and not opened.is_drawn
        and may(current_user().role, Act.QUOTA_SET),
        problems=problems,
        done={name: number for name, number in done.items() if number is not None},
    )


def _new_page(
    opened: Opened,
    asked: Asked,
    proposal: Proposal | None,
    texts: Mapping[Cell, str],
    faults: Mapping[Cell, Words],
) -> str:
    return render_template(
        "allocation/new.html",
        opened=opened,
        asked=asked,
        ways=ways(_totals(opened)),
        whole=WHOLE_STUDY,
        level_words=LEVELS,
        field_name=field_name,
        proposal=proposal,
        texts=texts,
        faults=faults,
        there=_there(opened, proposal) if proposal else {},
    )


def _there(opened: Opened, proposal: Proposal) -> dict[Cell, int]:
    """How many answers each cell has already."""
    cells = [(area, value) for area in proposal.areas for value in proposal.values]
    wanted = [Wanted(area, proposal.variable, value, 0) for area, value in cells]
    found = already(db.session(), opened.sample, opened.frame.groups, wanted)
    return dict(zip(cells, found, strict=True))
