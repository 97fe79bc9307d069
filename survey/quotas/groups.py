"""The groups that quotas count: what a recode of the plan or a question puts a respondent in."""

from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.codebook import VariableKind
from analysis.study.areas import area_questions
from analysis.study.plan import Plan
from survey.instrument.items import Group, Item, Question
from survey.instrument.questions import Form
from survey.models import Area

CODED = (VariableKind.ONE, VariableKind.MULTIPLE)


class Groups:
    """The variables of a study that put people in groups, as its figures do.

    ``paddings`` are those of ``analysis.study.areas.area_questions``: an answer
    that is an area's code may be given short, and counts as the whole code.
    """

    def __init__(self, plan: Plan, form: Form, paddings: Mapping[str, Mapping[str, str]]) -> None:
        self.plan, self.form, self._paddings = plan, form, paddings
        self._asked_once = {question.name for question in _asked_once(form.children)}
        self._codebook = form.codebook()

    def variables(self) -> dict[str, tuple[str, ...]]:
        """Recodes of the plan and coded questions, each with its groups in order."""
        found = {
            name: tuple(dict.fromkeys(recode.rule.values()))
            for name, recode in self.plan.recodes.items()
            if self._codebook.get(recode.source) is None or recode.source in self._asked_once
        }
        for variable in self._codebook.variables():
            name = variable.name
            if variable.kind in CODED and name in self._asked_once and name not in found:
                question, pads = self.form.question(name), self._paddings.get(name, {})
                codes = question.codes if question else ()
                found[name] = tuple(dict.fromkeys(pads.get(code, code) for code in codes))
        return found

    def source_of(self, variable: str) -> str:
        """The answer behind a variable."""
        return self.plan.source_of(variable)

    def has_several(self, source: str) -> bool:
        """Whether an answer is a list of codes."""
        variable = self._codebook.get(source)
        return variable is not None and variable.kind is VariableKind.MULTIPLE

    def texts_of(self, variable: str, value: str) -> frozenset[str]:
        """Every answer that is in the group: for a recode by its rule, else the value itself."""
        recode = self.plan.recodes.get(variable)
        codes = (
            {value}
            if recode is None
            else {code for code, group in recode.rule.items() if group == value}
        )
        pads = self._paddings.get(self.source_of(variable), {})
        whole = {pads.get(code, code) for code in codes}
        return frozenset(whole | {short for short, full in pads.items() if full in whole})


def groups_of(session: Session, plan: Plan, form: Form) -> Groups:
    """The groups of a stored study."""
    codes = session.scalars(sa.select(Area.code).where(Area.study_id == plan.id))
    return Groups(plan, form, area_questions(form.codebook(), dict.fromkeys(codes)))


def _asked_once(items: tuple[Item, ...]) -> Iterator[Question]:
    """Questions outside repeats: one person may be in one group of theirs."""
    for item in items:
        if isinstance(item, Question):
            yield item
        elif isinstance(item, Group) and not item.repeats:
            yield from _asked_once(item.children)
