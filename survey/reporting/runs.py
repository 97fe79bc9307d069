"""Published runs: figures given out once, with their recipe, and never changed."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.presentation import Display
from analysis.study.plan import ROOT
from analysis.study.results import ESTIMATES, RECIPE, recipe, tables
from analysis.study.run import estimate_study
from survey.datasets import load_study
from survey.errors import NotFound
from survey.models import Response, ResponseStatus, Run, Sample, Study, User
from survey.versions import newest_form

# What the tables say of a figure, whatever the figure is.
_ABOUT = frozenset(
    {
        "wave", "from", "to", "sample", "other", "weighting", "indicator", "domain", "area",
        "n", "n_from", "n_to", "level", "interval", "interval_kind", "display", "reason", "target",
    }
)  # fmt: skip
_BARE_RANK = "rank"  # readers get rank_low and rank_high
WITHDRAWN_SINCE = "withdrawn_since"
LATER_FILE = "later/withdrawn.json"  # in the archive, but none of the files of the digest


@dataclass(frozen=True, slots=True)
class RunLine:
    """A published run in a list.

    ``withdrawn_since`` are answers that had come in by then and were withdrawn later.
    """

    number: int
    published_at: datetime
    username: str
    sha256: str
    withdrawn_since: int


def publish(session: Session, study_id: str, user_id: int) -> tuple[Run, bool]:
    """Store the figures as they are now under the next number.

    Returns
    -------
    (Run, bool)
        The new run and true; the newest one and false when it holds these very figures.

    Raises
    ------
    StudyRefused
        A sample cannot be estimated; nothing is stored.
    """
    # Two publications at once would take the same number.
    study = session.scalar(sa.select(Study).where(Study.id == study_id).with_for_update())
    if study is None:
        raise NotFound
    codebook = newest_form(session, study_id).form.codebook()
    results = estimate_study(load_study(session, study_id, codebook))
    texts = tables(results)
    made_from = json.loads(recipe(results, version("minyi")))
    digest = digest_of(made_from, texts)
    newest = session.scalar(
        sa.select(Run).where(Run.study_id == study_id).order_by(Run.number.desc()).limit(1)
    )
    if newest is not None and newest.sha256 == digest:
        return newest, False
    run = Run(
        study_id=study_id,
        number=newest.number + 1 if newest else 1,
        published_at=datetime.now(UTC),
        user_id=user_id,
        recipe=made_from,
        tables=texts,
        sha256=digest,
    )
    session.add(run)
    return run, True


def evidence(run_recipe: Mapping[str, object], texts: Mapping[str, str]) -> dict[str, str]:
    """The files of a run: its tables and run.json, whose bytes the digest covers."""
    written = json.dumps(run_recipe, ensure_ascii=False, indent=1) + "\n"
    return dict(sorted({**texts, RECIPE: written}.items()))


def later(withdrawn: int) -> dict[str, str]:
    """What an archive says beside the files of a run: nothing while nothing was withdrawn."""
    if not withdrawn:
        return {}
    return {LATER_FILE: json.dumps({WITHDRAWN_SINCE: withdrawn}, indent=1) + "\n"}


def digest_of(run_recipe: Mapping[str, object], texts: Mapping[str, str]) -> str:
    """SHA-256 of the lines that ``sha256sum`` prints for the files in the order of their names."""
    lines = "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
        for name, text in evidence(run_recipe, texts).items()
    )
    return hashlib.sha256(lines.encode()).hexdigest()


def list_runs(session: Session, study_id: str) -> list[RunLine]:
    """The runs of a study, newest first."""
    withdrawals = _withdrawals(session, study_id)
    rows = session.execute(
        sa.select(Run.number, Run.published_at, User.username, Run.sha256)
        .join(User, User.id == Run.user_id)
        .where(Run.study_id == study_id)
        .order_by(Run.number.desc())
    )
    return [
        RunLine(number, at, username, sha256, _count(withdrawals, at))
        for number, at, username, sha256 in rows
    ]


def newest_publication(session: Session, study_id: str) -> tuple[int, datetime] | None:
    """Number and time of the newest run."""
    row = session.execute(
        sa.select(Run.number, Run.published_at)
        .where(Run.study_id == study_id)
        .order_by(Run.number.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.number, row.published_at)


def withdrawn_since(session: Session, run: Run) -> int:
    """How many answers that had come in when a run was published were withdrawn after it."""
    return _count(_withdrawals(session, run.study_id), run.published_at)


def _withdrawals(session: Session, study_id: str) -> list[tuple[datetime, datetime]]:
    """When each withdrawn answer had come in and when it was withdrawn.

    Some were held in between, and not counted: nobody can say which, so all are told.
    """
    rows = session.execute(
        sa.select(Response.received_at, Response.withdrawn_at)
        .join(Sample, Sample.id == Response.sample_id)
        .where(
            Sample.study_id == study_id,
            Response.status == ResponseStatus.WITHDRAWN,
            Response.withdrawn_at.is_not(None),
        )
    )
    return [(came, went) for came, went in rows if went is not None]


def _count(withdrawals: list[tuple[datetime, datetime]], published_at: datetime) -> int:
    return sum(came <= published_at < went for came, went in withdrawals)


def find_run(session: Session, study_id: str, number: int) -> Run:
    run = session.scalar(sa.select(Run).where(Run.study_id == study_id, Run.number == number))
    if run is None:
        raise NotFound
    return run


def reading_copy(
    run: Run, name: str, *, root: str, scope: frozenset[str], withdrawn: int = 0
) -> str:
    """A table of a run as a user may read it; NotFound for a table that the run has not.

    Only the whole and his areas; groups of the whole for those who see the whole;
    no figure that is suppressed, and no bare rank. The last column says how many
    answers were withdrawn since it was published: a copy is read without its page.
    """
    if name not in run.tables:
        raise NotFound
    withheld = _withheld(run)
    reader = csv.DictReader(io.StringIO(run.tables[name]))
    kept = [column for column in reader.fieldnames or () if column != _BARE_RANK]
    buffer = io.StringIO()
    header = [*kept, WITHDRAWN_SINCE]
    writer = csv.DictWriter(buffer, header, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in reader:
        if "area" in row and not _is_visible(row, root, scope):
            continue
        if "display" in row:
            hidden = row["display"] == Display.SUPPRESS.value
        else:
            hidden = "area" in row and not withheld.isdisjoint(_keys(run, row))
        shown = {name: text if not hidden or name in _ABOUT else "" for name, text in row.items()}
        writer.writerow({**shown, WITHDRAWN_SINCE: withdrawn})
    return buffer.getvalue()


def _is_visible(row: Mapping[str, str], root: str, scope: frozenset[str]) -> bool:
    return row["domain"] == ROOT or row["area"] in scope or root in scope


def _withheld(run: Run) -> frozenset[tuple[str, ...]]:
    """What is withheld under some weighting: sample, indicator, domain, area."""
    return frozenset(
        key
        for row in csv.DictReader(io.StringIO(run.tables[ESTIMATES]))
        if row["display"] == Display.SUPPRESS.value
        for key in _keys(run, row)
    )


def _keys(run: Run, row: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The estimates that a row tells of; changes.csv names samples without their wave."""
    about = (row["indicator"], row["domain"], row["area"])
    if "from" in row:
        waves = (row["from"], row["to"])
        samples = [
            one["id"]
            for one in run.recipe["plan"]["sample"]
            if one["wave"] in waves and one["id"][len(one["wave"]) + 1 :] == row["sample"]
        ]
    else:
        samples = [row["sample"], row["other"]] if "other" in row else [row["sample"]]
    return [(sample, *about) for sample in samples]
