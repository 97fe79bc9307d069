"""Whom a quota counts, and the quotas of a sample, read once for each revision of its study."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.plan import Plan
from survey.areas import Line
from survey.instrument.questions import Form
from survey.models import Base, Quota, Study
from survey.quotas.groups import Groups, groups_of


@dataclass(frozen=True, slots=True)
class Rule:
    """A quota without its numbers.

    Attributes
    ----------
    area
        Code of the area, which counts all that lies in it; "" for the whole study.
    question
        The question or column that decides; "" for everybody.
    texts
        The answers that belong to the group.
    several
        Whether an answer is a list of codes, of which any may belong to it.
    """

    id: int
    area: str = ""
    question: str = ""
    texts: frozenset[str] = frozenset()
    several: bool = False

    def counts(self, areas: frozenset[str], values: Mapping[str, str]) -> bool:
        """Whether somebody in all of ``areas`` with these answers belongs to it."""
        is_there = not self.area or self.area in areas
        return is_there and self.has(values.get(self.question, ""))

    def has(self, answer: str) -> bool:
        """Whether whoever gave this answer to the question belongs to the group."""
        if not self.question:
            return True
        codes = answer.split() if self.several else (answer,)
        return not self.texts.isdisjoint(codes)


Rules = tuple[Rule, ...]

_STUDIES = Base.metadata.tables[Study.__tablename__]
_STEADY = (
    sa.select(_STUDIES.c.revision)
    .where(_STUDIES.c.id == sa.bindparam("study"))
    .with_for_update(read=True, key_share=True)
)
# Of each database (its pool of connections), by sample: the revision, and the rules as they were.
_known: "WeakKeyDictionary[sa.Pool, dict[int, tuple[int, Rules]]]" = WeakKeyDictionary()


def steady_revision(session: Session, study_id: str) -> int:
    """The study's revision, which no change of quotas raises before this transaction ends.

    Whoever stores or takes away an answer reads it first. A change of quotas
    counts the answers that are there: it waits for such a transaction, and the
    transactions that come later wait for it (``allocation.service``). Storing an
    answer takes the same lock by its foreign key, so it is taken but once. On
    SQLite the write lock of the whole file does the same.
    """
    revision: int = session.scalars(_STEADY, {"study": study_id}).one()
    return revision


def current_rules(session: Session, sample_id: int, revision: int, plan: Plan, form: Form) -> Rules:
    """The rules of a sample; no query as long as the study's revision is the same."""
    by_sample = _known.setdefault(session.get_bind().engine.pool, {})
    known = by_sample.get(sample_id)
    if known is None or known[0] != revision:
        known = by_sample[sample_id] = (revision, rules_of(session, sample_id, plan, form))
    return known[1]


def rules_of(session: Session, sample_id: int, plan: Plan, form: Form) -> Rules:
    """The rules of a sample, in the order of their ids."""
    columns = (Quota.id, Quota.area_code, Quota.variable, Quota.value)
    stored = session.execute(
        sa.select(*columns).where(Quota.sample_id == sample_id).order_by(Quota.id)
    ).all()
    if not stored:
        return ()
    groups = groups_of(session, plan, form)
    return tuple(rule_of(groups, *row) for row in stored)


def rule_of(groups: Groups, quota_id: int, area: str, variable: str, value: str) -> Rule:
    """The rule of one quota; a group that the study does not know has nobody in it."""
    if not variable:
        return Rule(quota_id, area)
    source = groups.source_of(variable)
    return Rule(
        quota_id,
        area,
        source,
        groups.texts_of(variable, value),
        several=groups.has_several(source),
    )


def belonging(rules: Iterable[Rule], line: Line, values: Mapping[str, str]) -> tuple[int, ...]:
    """Ids of the quotas to which somebody surely belongs.

    Parameters
    ----------
    line
        An area in which he surely lives, and those above it: that of a place
        where he only scanned a code is none.
    values
        Answers, calculations and columns of the design so far; with a part of
        the answers only such quotas are found as further ones cannot undo.
    """
    areas = frozenset(place.code for place in line)
    return tuple(rule.id for rule in rules if rule.counts(areas, values))
