"""Setting quotas while people answer: counted and written in one step, or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.errors import SurveyError
from survey.models import Quota, Sample, SampleKind, Study, new_revision
from survey.quotas.counting import counted
from survey.quotas.groups import Groups
from survey.quotas.rules import rule_of

MOST = 9_999_999  # answers; more than a city has people
Key = tuple[str, str, str]  # area, variable, value


class DrawnPeople(SurveyError):
    """Quotas for a probability sample: whoever was drawn would be turned away."""

    code = "quota_of_drawn_people"
    status = 422
    zh = "概率样本不设配额:抽中的人都要访问,拒收就不再是概率样本。"
    en = "A probability sample has no quotas: whoever was drawn is asked, or it is none any more."


class BelowTaken(SurveyError):
    """``details["taken"]`` has, by key, how many answers there are already."""

    code = "quota_below_taken"
    status = 422
    zh = "配额不能小于已经收到的答卷数。没有保存任何内容。"
    en = "A quota cannot be below the answers that are there. Nothing was saved."

    def __init__(self, taken: Mapping[Key, int]) -> None:
        super().__init__(taken=taken)


@dataclass(frozen=True, slots=True)
class Wanted:
    """At most ``most`` answers of a group in an area."""

    area: str
    variable: str
    value: str
    most: int

    @property
    def key(self) -> Key:
        return self.area, self.variable, self.value


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many quotas were made, and how many got another number."""

    created: int
    changed: int


def refuse_drawn(sample: Sample) -> None:
    """Raise for a sample whose people were drawn."""
    if sample.kind is SampleKind.PROBABILITY:
        raise DrawnPeople


def hold_answers(session: Session, study_id: str) -> None:
    """Keep answers out until this transaction ends, and make the next ones read the rules anew.

    The other side of ``quotas.rules.steady_revision``: what is counted now is
    all that came in without the new rules.
    """
    study = session.get_one(Study, study_id, with_for_update=True, populate_existing=True)
    study.revision = new_revision()


def set_quotas(
    session: Session, sample: Sample, groups: Groups, wanted: Sequence[Wanted]
) -> Outcome:
    """Make the quotas that are not there, with the answers that are; change the others.

    Raises
    ------
    DrawnPeople
        The sample is a probability sample.
    BelowTaken
        Some would be smaller than what was taken; nothing is changed.
    """
    refuse_drawn(sample)
    hold_answers(session, sample.study_id)
    there = {_key(quota): quota for quota in _locked(session, sample.id)}
    new = [one for one in wanted if one.key not in there]
    taken = {key: quota.taken for key, quota in there.items()}
    taken |= zip((one.key for one in new), already(session, sample, groups, new), strict=True)
    if below := {one.key: taken[one.key] for one in wanted if one.most < taken[one.key]}:
        raise BelowTaken(below)
    changed = 0
    for one in wanted:
        if one.key in there:
            changed += there[one.key].most != one.most
            there[one.key].most = one.most
        else:
            session.add(_quota(sample, one, taken[one.key]))
    return Outcome(len(new), changed)


def already(
    session: Session, sample: Sample, groups: Groups, wanted: Iterable[Wanted]
) -> list[int]:
    """How many stored answers belong to each."""
    rules = [rule_of(groups, 0, one.area, one.variable, one.value) for one in wanted]
    return counted(session, sample.study_id, sample.id, rules)


def delete_quotas(session: Session, sample: Sample, quota_id: int | None = None) -> int:
    """Take one quota of a sample away, or all; its answers stay. How many went."""
    hold_answers(session, sample.study_id)
    gone = [one for one in _locked(session, sample.id) if quota_id in {None, one.id}]
    for quota in gone:
        session.delete(quota)
    return len(gone)


def _locked(session: Session, sample_id: int) -> Iterable[Quota]:
    """The quotas as they are now, in the order in which answers lock them."""
    own = sa.select(Quota).where(Quota.sample_id == sample_id).order_by(Quota.id)
    return session.scalars(own.with_for_update(), execution_options={"populate_existing": True})


def _key(quota: Quota) -> Key:
    return quota.area_code, quota.variable, quota.value


def _quota(sample: Sample, wanted: Wanted, taken: int) -> Quota:
    return Quota(
        study_id=sample.study_id,
        sample_id=sample.id,
        area_code=wanted.area,
        variable=wanted.variable,
        value=wanted.value,
        most=wanted.most,
        taken=taken,
    )
