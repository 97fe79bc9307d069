"""Whom a form turns away, found by asking it."""

from dataclasses import replace

import pytest

from survey.folders import read_study_folder
from survey.instrument.items import Kind, Question
from survey.reporting.population import left_out
from tests.survey.reporting.conftest import HEAN, YUNHE


@pytest.fixture(scope="module")
def hean():
    read = read_study_folder(HEAN)
    return read.folder.study.plan, read.form


def with_ages(plan, ages):
    return replace(plan, population=replace(plan.population, ages=ages))


def test_the_answers_that_end_the_interview_are_named_in_order(hean):
    plan, form = hean
    assert [label["zh"] for label in left_out(plan, form).labels] == ["不满 18 周岁", "不满半年"]
    assert all(label["en"] for label in left_out(plan, form).labels)


@pytest.mark.parametrize(("ages", "differs"), [("15+", True), ("18+", False), ("", False)])
def test_the_ages_of_the_totals_are_compared_with_them(hean, ages, differs):
    plan, form = hean
    assert left_out(with_ages(plan, ages), form).differs is differs


def test_a_form_without_a_rule_turns_nobody_away():
    read = read_study_folder(YUNHE)
    assert left_out(read.folder.study.plan, read.form).labels == ()


def test_a_limit_on_a_number_is_found(hean):
    """An age that is typed in, and a rule two calculations away."""
    plan, form = hean
    asked = Question("years", Kind.INTEGER, {"zh": "年龄", "en": "Age"})
    adult = Question("adult", Kind.CALCULATE, calculation="if(${years} >= 16, 'y', 'n')")
    last = Question("eligible", Kind.CALCULATE, calculation="if(${adult} = 'y', '1', '0')")
    rules = replace(plan.form, consent_question=None, consent_yes=())
    found = left_out(
        with_ages(replace(plan, form=rules), "15+"), replace(form, children=(asked, adult, last))
    )
    assert [label["zh"] for label in found.labels] == ["年龄小于 16"]
    assert found.differs
