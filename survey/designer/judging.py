"""A version held against what its study needs and against the version before."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from analysis.study.plan import Plan
from survey.datasets import RESPONSE_COLUMNS, indicator_table, margin_table, stored_indicators
from survey.designer.breaks import Break, breaks
from survey.designer.differences import Difference, Mark, differences
from survey.designer.service import Version, Versions
from survey.designer.uses import Use, Words, uses_of
from survey.instrument.history import all_asked
from survey.instrument.questions import Form
from survey.instrument.rules import used_names
from survey.versions import plan_of_text


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be known of a version before it is published.

    Attributes
    ----------
    against : Version or None
        The version that it is compared with; None for the first.
    breaks : tuple of Break
        Why it cannot be published; nothing for one that is.
    remarks : tuple of Words
        What forbids nothing and may make waves hard to compare.
    uses : tuple of Use
        What the study needs of its questions.
    """

    against: Version | None
    differences: tuple[Difference, ...]
    breaks: tuple[Break, ...]
    remarks: tuple[Words, ...]
    uses: tuple[Use, ...]
    plan: Plan


def judge_version(session: Session, found: Versions, version: Version) -> Judged:
    """Judge the draft for its publication, or show what a published version changed."""
    study = found.study
    plan = plan_of_text(study.plan)
    uses = uses_of(plan, indicator_table(session, study.id), margin_table(session, study.id))
    earlier = [one for one in found.published if one.number < version.number]
    if not earlier:
        return Judged(None, (), (), (), with_sources(uses, version.form), plan)
    changed = differences(earlier[0].form, version.form)
    broken: tuple[Break, ...] = ()
    if version.published_at is None:
        before = all_asked([one.form for one in earlier])
        indicators = stored_indicators(session, study.id, before.codebook())
        broken = breaks(before, version.form, uses, indicators, own_columns(plan))
    all_uses = with_sources(uses, version.form)
    return Judged(
        against=earlier[0],
        differences=changed,
        breaks=broken,
        remarks=tuple(_remarks(earlier[0].form, version.form, all_uses, changed)),
        uses=all_uses,
        plan=plan,
    )


def own_columns(plan: Plan) -> frozenset[str]:
    """Names of columns that the platform fills beside the answers."""
    design = {
        column
        for sample in plan.samples
        for column in (sample.area, sample.strata, sample.cluster, sample.base_weight.column)
        if column
    }
    return frozenset(RESPONSE_COLUMNS) | design | frozenset(plan.form.levels or {})


def with_sources(uses: Iterable[Use], form: Form) -> tuple[Use, ...]:
    """The uses, and for each calculation among them those of the questions that it reads."""
    reads = {
        rule.name: used_names(rule.calculation, rule.path, form.rules.paths) - {rule.name}
        for rule in form.rules.in_document
        if rule.calculation is not None
    }
    found = dict.fromkeys(uses)
    for use in tuple(found):
        ahead, seen = [use.question], {use.question}
        while ahead:
            for name in sorted(reads.get(ahead.pop(), frozenset()) - seen):
                seen.add(name)
                ahead.append(name)
                via = (f"{use.owner[0]}(经 {use.question})", f"{use.owner[1]} (by {use.question})")
                found[Use(via, name)] = None
    return tuple(found)


def _remarks(
    before: Form, form: Form, uses: Iterable[Use], changed: Iterable[Difference]
) -> Iterator[Words]:
    owners = _owners(uses)
    for one in changed:
        if one.mark is Mark.CHANGED and one.name in owners:
            what = _listed(detail.what for detail in one.details)
            whose = _listed(owners[one.name])
            yield (
                f"{one.name} 改了{what[0]}(用于{whose[0]}),与以前各期比较时请注意。",
                f"{one.name}: {what[1]} differs; mind this when waves are compared ({whose[1]}).",
            )
    for use in uses:
        old, new = before.question(use.question), form.question(use.question)
        if not use.codes or old is None or new is None or use.counted is not None:
            continue
        fresh = [code for code in new.codes if code not in old.codes and code not in use.codes]
        if fresh:
            codes = _listed((code, code) for code in fresh)
            yield (
                f"{use.question} 的新选项 {codes[0]} 不计入{use.owner[0]}。",
                f"{use.question}: the new choice {codes[1]} does not count in {use.owner[1]}.",
            )


def _listed(words: Iterable[Words]) -> Words:
    once = tuple(dict.fromkeys(words))
    return "、".join(one[0] for one in once), ", ".join(one[1] for one in once)


def _owners(uses: Iterable[Use]) -> Mapping[str, list[Words]]:
    owners: dict[str, dict[Words, None]] = {}
    for use in uses:
        owners.setdefault(use.question, {})[use.owner] = None
    return {question: list(found) for question, found in owners.items()}
