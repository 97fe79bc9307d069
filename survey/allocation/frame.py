"""What quotas of a sample may name: the areas and groups of its study, with their words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.instrument.expressions.tree import references
from survey.instrument.questions import Form
from survey.models import Area, Indicator, Study
from survey.quotas.groups import Groups, groups_of
from survey.versions import newest_form, plan_of_text
from survey.wording import question_words

EVERYBODY = {"zh": "所有人", "en": "everybody"}
WHOLE = {"zh": "整个调查", "en": "the whole study"}


@dataclass(frozen=True, slots=True)
class Frame:
    """Areas and groups of a study.

    Attributes
    ----------
    areas
        Those that still take answers, by code, in the order of the file.
    variables
        Recodes and coded questions with their groups. Nothing that an indicator
        measures is among them: a quota of opinions would choose the result.
    """

    study: Study
    groups: Groups
    areas: Mapping[str, Area]
    variables: Mapping[str, tuple[str, ...]]

    def levels(self) -> dict[str, int]:
        """The levels below the whole study from the top, and how many areas each has."""
        found: dict[str, int] = {}
        for area in self._parts():
            found[area.level.value] = found.get(area.level.value, 0) + 1
        return found

    def at_level(self, level: str) -> list[str]:
        """Codes of the areas of a level."""
        return [area.code for area in self._parts() if area.level.value == level]

    def _parts(self) -> Iterator[Area]:
        return (one for one in self.areas.values() if one.code != self.study.root_area)

    def values_of(self, variable: str) -> tuple[str, ...]:
        """The groups of a variable; of nobody in particular, the one of everybody."""
        return self.variables[variable] if variable else ("",)

    def area_name(self, code: str, language: str) -> str:
        if not code:
            return WHOLE[language]
        return self.areas[code].name if code in self.areas else code

    def variable_name(self, variable: str, language: str) -> str:
        """What a variable is about."""
        if not variable:
            return EVERYBODY[language]
        source = self.groups.source_of(variable)
        return question_words(self.groups.form, source, language) or variable

    def group_name(self, variable: str, value: str, language: str) -> str:
        """The answers that make a group, where the questionnaire has words for them."""
        if not variable:
            return EVERYBODY[language]
        labels = self._labels(variable, value, language)
        return ("、" if language == "zh" else ", ").join(labels) or value

    def _labels(self, variable: str, value: str, language: str) -> list[str]:
        question = self.groups.form.question(self.groups.source_of(variable))
        texts = self.groups.texts_of(variable, value)
        choices = question.choices if question else ()
        return [one.label.get(language, one.code) for one in choices if one.code in texts]


def frame_of(session: Session, study: Study, today: date) -> Frame:
    """The frame of a study as quotas may name it today."""
    plan, form = plan_of_text(study.plan), newest_form(session, study.id).form
    groups = groups_of(session, plan, form)
    in_study = sa.select(Area).where(Area.study_id == study.id).order_by(Area.position)
    areas = {
        area.code: area
        for area in session.scalars(in_study)
        if area.valid_to is None or area.valid_to >= today
    }
    measured = _with_sources(form, _measured(session, study.id)) | {plan.form.consent_question}
    variables = {
        name: values
        for name, values in groups.variables().items()
        if values and groups.source_of(name) not in measured
    }
    return Frame(study, groups, areas, variables)


def _with_sources(form: Form, names: set[str]) -> set[str | None]:
    """These names, and the questions from which those among them are calculated."""
    found: set[str | None] = set()
    calculations = {rule.name: rule.calculation for rule in form.rules.in_document}
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        calculation = calculations.get(name)
        if name not in found and calculation is not None:
            ahead += references(calculation)
        found.add(name)
    return found


def _measured(session: Session, study_id: str) -> set[str]:
    """The questions that indicators count."""
    named = session.scalars(sa.select(Indicator.question).where(Indicator.study_id == study_id))
    return {question for text in named for question in text.split("|")}
