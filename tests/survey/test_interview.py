"""Page after page: what comes next, what stops, what the page and its script show."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from analysis.study.plan import FormRules
from survey.instrument.items import Choice, Group, Kind, Question
from survey.instrument.questions import Form
from survey.interview import (
    Ask,
    Complete,
    Stop,
    StopReason,
    advance,
    back,
    begin,
    may_be_kept,
    resume,
    show,
)
from survey.shown import Showing, questions_of
from survey.terms import Terms

NOW = datetime(2030, 6, 5, tzinfo=UTC)
YES_NO = (Choice("1", {"zh": "是"}), Choice("0", {"zh": "否"}))


def ask(name, **more):
    return Question(name, Kind.SELECT_ONE, {"zh": name}, choices=YES_NO, **more)


def form(*children):
    return Form("f", "1", "f", children)


def terms(*children, given=None, hidden=(), rules=None, **more):
    return Terms(
        study_id="s",
        form=form(*children),
        rules=rules or FormRules(),
        zone=ZoneInfo("Asia/Shanghai"),
        given=given or {},
        hidden=frozenset(hidden),
        **more,
    )


def page(name, *children, **more):
    return Group(name, {}, children=children, **more)


def showing(settled, asked):
    return Showing(settled, asked.judgement, now=NOW, seed=0, variant=0)


def seen(settled, asked):
    """What stands on the page for everybody, with or without its script."""
    return list(not_waiting(showing(settled, asked).current(asked.page)))


def not_waiting(items):
    for item in items:
        if not item.later:
            yield from not_waiting(item.children) if item.is_group else [item.name]


THREE = (
    page("one", ask("a", required="true()")),
    page("two", ask("b"), relevant="${a} = '1'"),
    page("three", ask("c")),
)


def test_a_page_that_is_not_asked_is_passed_over_both_ways():
    settled = terms(*THREE)
    asked = advance(settled, {"a": "0"}, "one", NOW)
    assert (asked.page.name, asked.last, asked.first) == ("three", True, False)
    assert back(settled, {"a": "0"}, "three", NOW).page.name == "one"
    assert advance(settled, {"a": "1"}, "one", NOW).page.name == "two"


def test_the_first_page_stays_the_first():
    settled = terms(*THREE)
    assert begin(settled, NOW).first
    assert back(settled, {}, "one", NOW).page.name == "one"
    assert back(settled, {}, "nowhere", NOW).page.name == "one"


def test_the_end_needs_every_page_before_it():
    settled = terms(*THREE)
    missing = advance(settled, {"c": "1"}, "three", NOW)
    assert (missing.page.name, list(missing.faults)) == ("one", ["a"])
    assert isinstance(advance(settled, {"a": "0", "c": "1"}, "three", NOW), Complete)


def test_looking_at_a_page_again_judges_nothing():
    assert show(terms(*THREE), {}, "one", NOW).faults == {}


RULES = FormRules(consent_question="ok", consent_yes=("1",))


def test_a_missing_consent_is_no_refusal_but_a_fault():
    settled = terms(page("one", ask("ok", required="true()"), ask("x")), rules=RULES)
    assert list(advance(settled, {}, "one", NOW).faults) == ["ok"]
    assert list(advance(settled, {"ok": "7"}, "one", NOW).faults) == ["ok"]
    stop = advance(settled, {"ok": "0"}, "one", NOW)
    assert stop == Stop(StopReason.DECLINED, ())


def test_without_a_consent_nobody_goes_on_even_where_it_is_optional():
    settled = terms(page("one", ask("ok")), page("two", ask("x")), rules=RULES)
    assert isinstance(advance(settled, {}, "one", NOW), Stop)


def test_consent_on_a_later_page_stops_there():
    settled = terms(page("one", ask("x")), page("two", ask("ok")), rules=RULES)
    assert isinstance(advance(settled, {}, "one", NOW), Ask)
    assert isinstance(advance(settled, {"ok": "0"}, "two", NOW), Stop)


def test_eligibility_is_decided_after_what_is_missing_on_its_page():
    eligible = Question("may", Kind.CALCULATE, calculation="if(${age} = '1', 1, 0)")
    rules = FormRules(eligible_question="may", eligible_yes=("1",))
    note = Question("why", Kind.NOTE, {"zh": "太小"}, relevant="${age} = '0'")
    other = Question("later", Kind.NOTE, {"zh": "x"}, relevant="${age} = '1'")
    settled = terms(page("one", ask("age", required="true()"), note, other, eligible), rules=rules)
    assert isinstance(advance(settled, {}, "one", NOW), Ask)
    stop = advance(settled, {"age": "0"}, "one", NOW)
    assert (stop.reason, stop.notes) == (StopReason.NOT_ELIGIBLE, (note.label,))


def test_what_the_server_gives_beats_what_is_sent():
    point = Question("point", Kind.HIDDEN)
    settled = terms(page("one", ask("x")), point, given={"point": "P1", "x": "0"})
    done = advance(settled, {"x": "1"}, "one", NOW)
    assert dict(done.values) == {"x": "0", "point": "P1"}
    assert seen(settled, begin(settled, NOW)) == []


def test_a_hidden_question_is_neither_shown_nor_stored():
    settled = terms(page("one", ask("x"), ask("secret", required="true()")), hidden=["secret"])
    assert seen(settled, begin(settled, NOW)) == ["x"]
    done = advance(settled, {"x": "1", "secret": "1"}, "one", NOW)
    assert dict(done.values) == {"x": "1"}


def test_an_unknown_name_is_a_fault_on_any_page():
    settled = terms(*THREE)
    asked = advance(settled, {"a": "1", "weight": "9"}, "one", NOW)
    assert (asked.page.name, list(asked.faults)) == ("one", ["weight"])


def test_a_default_stands_there_at_first_and_can_be_changed():
    settled = terms(page("one", ask("x", default="1")), page("two", ask("y", default="0")))
    assert begin(settled, NOW).answers == {"x": "1"}
    assert advance(settled, {"x": ""}, "one", NOW).answers == {"x": "", "y": "0"}
    assert advance(settled, {"x": "0", "y": "1"}, "one", NOW).answers == {"x": "0", "y": "1"}
    assert dict(advance(settled, {"x": "0", "y": ""}, "two", NOW).values) == {"x": "0"}


def shown_on_two(*children, before="0"):
    settled = terms(page("one", ask("a")), page("two", *children))
    return settled, advance(settled, {"a": before}, "one", NOW)


def test_only_what_other_pages_rule_out_is_left_out():
    settled, asked = shown_on_two(
        ask("b"),
        ask("by_page", relevant="${b} = '1'"),
        ask("by_other", relevant="${a} = '1'"),
        ask("by_both", relevant="${a} = '0' and ${b} = '1'"),
    )
    assert seen(settled, asked) == ["b", "by_page", "by_both"]


def test_a_question_in_a_group_that_the_page_may_open_is_judged_by_its_own_rule():
    """The group is shut for now: that alone does not rule its question out."""
    settled, asked = shown_on_two(
        ask("b"),
        page("inner", ask("in", relevant="${a} = '0'"), ask("out", relevant="${a} = '1'")),
        page("opened", ask("c", relevant="${a} = '0'"), relevant="${b} = '1'"),
        page("shut", ask("d"), relevant="${a} = '1'"),
    )
    assert seen(settled, asked) == ["b", "in", "c"]


def test_what_rests_on_this_page_by_way_of_a_calculation_stays():
    settled, asked = shown_on_two(
        ask("b"),
        Question("sum", Kind.CALCULATE, calculation="if(${b} = '1', 1, 0)"),
        Question("sum2", Kind.CALCULATE, calculation="${sum} + 1"),
        ask("c", relevant="${sum2} = 2"),
    )
    assert "c" in seen(settled, asked)


def test_what_rests_on_a_question_in_a_group_of_this_page_stays():
    settled, asked = shown_on_two(
        ask("b"),
        page(
            "inner",
            Question("fixed", Kind.CALCULATE, calculation="'1'"),
            ask("x"),
            relevant="${b} = '1'",
        ),
        ask("c", relevant="${fixed} = '1'"),
    )
    assert "c" in seen(settled, asked)


def test_what_other_pages_rule_out_waits_for_the_script():
    settled, asked = shown_on_two(
        ask("b"), ask("by_other", relevant="${a} = '1'"), ask("by_page", relevant="${b} = '1'")
    )
    items = {one.name: one for one in questions_of(showing(settled, asked).current(asked.page))}
    assert [(name, one.later, one.maybe) for name, one in items.items()] == [
        ("b", False, False),
        ("by_other", True, False),
        ("by_page", False, True),
    ]


def test_another_page_comes_with_all_that_it_might_show():
    settled, asked = shown_on_two(ask("b"), ask("by_other", relevant="${a} = '1'"))
    items = list(questions_of(showing(settled, begin(settled, NOW)).other(asked.page)))
    assert [(one.name, one.later) for one in items] == [("b", False), ("by_other", False)]


def test_an_interview_is_taken_up_where_something_is_missing():
    settled = terms(*THREE)
    assert resume(settled, {}, NOW).page.name == "one"
    both = terms(
        page("one", ask("a")), page("two", ask("b", required="true()")), page("z", ask("c"))
    )
    assert resume(both, {"a": "1"}, NOW).page.name == "two"
    assert resume(both, {"a": "1", "b": "0"}, NOW).page.name == "z"


def test_a_draft_holds_nothing_before_consent_and_eligibility():
    rules = FormRules(
        consent_question="ok", consent_yes=("1",), eligible_question="may", eligible_yes=("1",)
    )
    settled = terms(page("one", ask("ok")), page("two", ask("may"), ask("x")), rules=rules)
    assert may_be_kept(settled, {}, NOW) == {}
    assert may_be_kept(settled, {"ok": "0", "x": "1"}, NOW) == {}
    assert may_be_kept(settled, {"ok": "1", "may": "0", "x": "1"}, NOW) == {}
    kept = may_be_kept(settled, {"ok": "1", "may": "1", "x": "1", "forged": "1"}, NOW)
    assert kept == {"ok": "1", "may": "1", "x": "1"}


def suggesting(**more):
    area = Question(
        "area",
        Kind.SELECT_ONE,
        {"zh": "住哪"},
        choices=(Choice("419099001", {}), Choice("419099005", {})),
        required="true()",
        **more,
    )
    return terms(
        page("one", ask("b"), area),
        area_question="area",
        suggestion="419099001",
        suggested_name="府前第1社区",
    )


def test_the_yes_or_no_stands_before_the_list_of_areas():
    settled = suggesting()
    assert seen(settled, begin(settled, NOW)) == ["b", ".lives_here", "area"]


@pytest.mark.parametrize(
    ("answers", "area", "elsewhere"),
    [
        ({".lives_here": "1"}, "419099001000", False),
        ({".lives_here": "1", "area": "419099005"}, "419099001000", False),
        ({".lives_here": "0", "area": "419099001"}, "419099001000", True),
        ({".lives_here": "0", "area": "419099005"}, "419099005000", True),
        ({"area": "419099005"}, "419099005000", False),
    ],
)
def test_a_yes_is_the_suggested_area_and_a_no_asks(answers, area, elsewhere):
    done = advance(suggesting(), answers, "one", NOW)
    assert (done.area_answer, done.lives_elsewhere) == (area, elsewhere)
    assert ".lives_here" not in done.values


@pytest.mark.parametrize("answers", [{}, {".lives_here": "7"}])
def test_neither_yes_nor_no_is_asked_again(answers):
    asked = advance(suggesting(), answers, "one", NOW)
    assert list(asked.faults) == [".lives_here"]
