"""A later version of a questionnaire that takes an indicator its answers is noticed by name."""

from dataclasses import replace

import pytest

from analysis.indicators import Indicator, IndicatorKind
from survey.indicators_kept import broken_indicators
from survey.instrument.items import Choice, Group, Kind, Question
from survey.instrument.questions import Form

LABEL = {"zh": "问", "en": "Q"}


def choices(*codes):
    return tuple(Choice(code, LABEL) for code in codes)


KNOW = Question("know", Kind.SELECT_ONE, LABEL, choices=choices("1", "2", "9"))
JOIN = Question("join", Kind.SELECT_MULTIPLE, LABEL, choices=choices("0", "1", "2"))
AREA = Question("town", Kind.SELECT_ONE, LABEL, choices=choices("419099001", "419099002"))
ANY = Question("any", Kind.CALCULATE, calculation="if(${join} != '', '1', '0')")
CLEAN = Question("clean", Kind.SELECT_ONE, LABEL, choices=choices("1", "2", "3"))
OLD = Form("f", "1", "F", (KNOW, JOIN, AREA, ANY, CLEAN))


def indicator(code, questions, **options):
    kind = options.pop("kind", IndicatorKind.RATE)
    given = {"numerator": {"1"}, "denominator": {"1", "2"}, "scores": {}} | options
    return Indicator(
        code=code,
        name_zh=f"{code} 名",
        name_en=f"{code} name",
        kind=kind,
        questions=questions,
        multiple=frozenset(),
        numerator=frozenset(given["numerator"]),
        denominator=frozenset(given["denominator"]),
        scores=given["scores"],
        weights=(),
        target=None,
        note="",
        lower_is_better=False,
    )


AWARE = indicator("aware", ("know",))
JOINED = indicator("joined", ("any",), denominator={"0", "1"})
TOWN = indicator("town", ("town",), numerator={"419099001000"}, denominator={"419099001000"})
TIDY = indicator(
    "tidy",
    ("clean", "know"),
    kind=IndicatorKind.INDEX,
    denominator={"1", "2", "3"},
    scores={"1": 100.0, "2": 50.0, "3": 0.0},
)
TAKING = indicator("taking", ("join",), denominator={"0", "1", "2"})
ALL = (AWARE, JOINED, TOWN, TIDY, TAKING)


def broken(*, without=(), **changed):
    children = tuple(
        replace(one, **changed.get(one.name, {})) for one in OLD.children if one.name not in without
    )
    return broken_indicators(OLD, Form("f", "2", "F", children), ALL)


def test_the_same_form_and_one_with_more_break_nothing():
    assert broken() == ()
    more = {"choices": choices("1", "2", "7", "9", "3")}
    assert broken(know=more, clean=more) == ()


def test_a_code_that_no_indicator_counts_may_go():
    assert broken(know={"choices": choices("1", "2")}) == ()


def test_a_question_that_goes_breaks_each_indicator_that_uses_it():
    found = broken(without=("know",))
    assert [(one.code, one.question) for one in found] == [("aware", "know"), ("tidy", "know")]
    assert found[0].name_zh == "aware 名"
    assert "know" in found[0].zh
    assert "removed" in found[0].en


def test_a_question_that_is_renamed_or_put_into_a_repeat_is_gone():
    assert [one.code for one in broken(any={"name": "any2"})] == ["joined"]
    repeat = Group("r", LABEL, children=(KNOW,), repeats=True)
    new = Form("f", "2", "F", (repeat, JOIN, AREA, ANY, CLEAN))
    assert [one.code for one in broken_indicators(OLD, new, ALL)] == ["aware", "tidy"]


def test_a_code_that_goes_is_named():
    found = broken(know={"choices": choices("2", "9", "3")})
    assert [(one.code, one.question) for one in found] == [("aware", "know"), ("tidy", "know")]
    assert found[0].zh == "题目 know 不再有选项 1"
    assert found[0].en == "question know no longer has the codes 1"


def test_a_code_of_a_score_counts_though_no_numerator_names_it():
    found = broken(clean={"choices": choices("1", "2")})
    assert [(one.code, one.en[-1]) for one in found] == [("tidy", "3")]


def test_an_area_that_the_definition_writes_in_full_is_found():
    found = broken(town={"choices": choices("419099002")})
    assert [(one.code, "419099001" in one.en) for one in found] == [("town", True)]


@pytest.mark.parametrize(
    ("name", "changed", "codes"),
    [
        ("know", {"kind": Kind.INTEGER, "choices": ()}, ["aware", "tidy"]),
        ("know", {"kind": Kind.TEXT, "choices": ()}, ["aware", "tidy"]),
        ("know", {"kind": Kind.SELECT_MULTIPLE}, ["aware", "tidy"]),
        ("join", {"kind": Kind.SELECT_ONE}, ["taking"]),
        ("join", {"kind": Kind.RANK}, []),
        ("know", {"kind": Kind.CALCULATE, "choices": (), "calculation": "1"}, []),
        ("any", {"kind": Kind.SELECT_ONE, "choices": choices("0", "1")}, []),
        ("any", {"kind": Kind.SELECT_ONE, "choices": choices("1", "2")}, ["joined"]),
        ("any", {"kind": Kind.SELECT_MULTIPLE, "choices": choices("0", "1")}, ["joined"]),
    ],
)
def test_a_kind_that_gives_other_answers_breaks_it(name, changed, codes):
    found = broken(**{name: changed})
    assert [one.code for one in found] == codes
    assert all(one.zh and one.en and one.question == name for one in found)
