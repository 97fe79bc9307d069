"""Repeats: how many instances there are, and every rule in each of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.instrument.answers import FaultCode
from survey.instrument.initial import initial_answers
from survey.instrument.items import Choice, Group, Kind, Question
from survey.instrument.judge import judge
from survey.instrument.limits import MAX_INSTANCES
from survey.instrument.questions import Form
from tests.survey.instrument.known_forms import NOW, SHANGHAI

LABEL = {"zh": "问", "en": "Q"}
SCHOOLS = tuple(
    Choice(code, LABEL, {"stage": stage})
    for code, stage in (("nursery", "1"), ("primary", "2"), ("middle", "3"))
)
CHILD = (
    Question("age", Kind.INTEGER, LABEL, required="true()", constraint=". < 18"),
    Question("place", Kind.CALCULATE, calculation="position(..)"),
    Question(
        "so_far",
        Kind.CALCULATE,
        calculation="coalesce(indexed-repeat(${so_far}, ${child}, position(..) - 1), 0) + ${age}",
    ),
    Question("stage", Kind.CALCULATE, calculation="if(${age} < 6, 1, if(${age} < 12, 2, 3))"),
    Group(
        "schooling",
        relevant="${age} >= 3",
        children=(
            Question("school", Kind.SELECT_ONE, LABEL, choices=SCHOOLS, required="true()"),
            Question("hello", Kind.NOTE, LABEL),
        ),
    ),
    Question(
        "allowed",
        Kind.SELECT_ONE,
        LABEL,
        choices=SCHOOLS,
        list_name="s",
        choice_filter="stage = ${stage}",
    ),
    Question("best", Kind.TEXT, LABEL, relevant="${school} = 'primary'"),
)


def form(count=None, *, relevant=None, before=(), after=()):
    repeat = Group(
        "child", LABEL, relevant=relevant, children=CHILD, repeats=True, count=count, row=3
    )
    return Form("f", "1", "F", (*before, repeat, *after))


def judged(made, answers, **options):
    return judge(made, answers, now=NOW, timezone=SHANGHAI, **options)


def codes(found):
    return {name: fault.code for name, fault in found.faults.items()}


TWO = {"child": "2", "age[1]": "7", "school[1]": "primary", "best[1]": "sport", "age[2]": "1"}


def test_each_instance_is_asked_and_stored_under_its_own_names():
    found = judged(form(), TWO)
    assert found.faults == {}
    assert found.counts == {"child": 2}
    assert found.asked == (
        *("age[1]", "school[1]", "allowed[1]", "best[1]"),
        *("age[2]", "allowed[2]"),
    )
    assert found.shown == (
        *("age[1]", "school[1]", "hello[1]", "allowed[1]", "best[1]"),
        *("age[2]", "allowed[2]"),
    )
    first = {"place[1]": "1", "so_far[1]": "7", "stage[1]": "2"}
    second = {"place[2]": "2", "so_far[2]": "8", "stage[2]": "1"}
    assert found.values == TWO | first | second
    assert list(found.values)[:2] == ["child", "age[1]"]


def test_relevant_constraint_and_required_hold_in_each_instance_by_itself():
    found = judged(form(), {"child": "3", "age[1]": "18", "age[2]": "9", "age[3]": ""})
    assert codes(found) == {
        "age[1]": FaultCode.CONSTRAINT,
        "school[1]": FaultCode.REQUIRED,
        "school[2]": FaultCode.REQUIRED,
        "age[3]": FaultCode.REQUIRED,
    }
    assert list(found.faults) == ["age[1]", "school[1]", "school[2]", "age[3]"]
    assert "school[3]" not in found.asked


def test_a_choice_that_the_filter_does_not_offer_is_a_fault_in_its_instance_alone():
    answers = TWO | {"allowed[1]": "primary", "allowed[2]": "primary"}
    assert codes(judged(form(), answers)) == {"allowed[2]": FaultCode.NO_SUCH_CHOICE}


def test_without_a_number_there_is_no_instance():
    found = judged(form(), {"age[1]": "7"})
    assert (found.asked, found.values, found.faults) == ((), {}, {})
    assert found.counts == {"child": 0}
    assert judged(form(), {"child": "0"}).values == {"child": "0"}


def test_answers_to_instances_beyond_the_number_are_dropped():
    found = judged(form(), TWO | {"child": "1"})
    assert found.faults == {}
    assert "age[2]" not in found.values


@pytest.mark.parametrize("text", ["-1", "21", "2.5", "many", "1e1", "99999999999999999999"])
def test_a_number_of_instances_that_is_none_is_a_fault(text):
    found = judged(form(), {"child": text})
    assert codes(found) == {"child": FaultCode.NOT_A_COUNT}
    assert found.counts == {"child": 0}


def test_at_most_so_many_instances_are_asked():
    answers = {"child": str(MAX_INSTANCES)}
    found = judged(form(), answers)
    assert found.counts == {"child": MAX_INSTANCES}
    assert found.asked.count(f"age[{MAX_INSTANCES}]") == 1
    assert codes(judged(form(), {f"age[{MAX_INSTANCES + 1}]": "1"})) == {
        f"age[{MAX_INSTANCES + 1}]": FaultCode.UNKNOWN
    }


@pytest.mark.parametrize("name", ["age", "age[0]", "age[01]", "age[x]", "nobody[1]", "child[1]"])
def test_a_name_without_a_proper_instance_is_unknown(name):
    assert codes(judged(form(), {name: "1"})) == {name: FaultCode.UNKNOWN}


def test_the_number_may_be_an_expression():
    number = Question("n", Kind.INTEGER, LABEL)
    made = form("${n}", before=(number,))
    found = judged(made, TWO | {"n": "2"})
    assert found.counts == {"child": 2}
    assert "child" not in found.values  # it is no answer here, and computed anew each time
    for text in ("", "-3"):
        assert judged(made, {"n": text}).counts == {"child": 0}
    assert judged(form("${n} div 2", before=(number,)), {"n": "5"}).counts == {"child": 2}


def test_too_large_a_number_is_said_at_the_question_that_gives_it():
    number = Question("n", Kind.INTEGER, LABEL)
    found = judged(form("${n}", before=(number,)), {"n": "21"})
    assert found.faults["n"].code is FaultCode.NOT_A_COUNT
    assert found.counts == {"child": MAX_INSTANCES}
    computed = Question("c", Kind.CALCULATE, calculation="${n} + 1")
    for count in ("${n} + 1", "${c}"):  # nothing that could be mended alone
        found = judged(form(count, before=(number, computed)), {"n": "20"})
        assert codes(found) == {
            "child": FaultCode.NOT_A_COUNT,
            **{f"age[{place}]": FaultCode.REQUIRED for place in range(1, MAX_INSTANCES + 1)},
        }


def test_expressions_outside_see_all_instances():
    after = (
        Question("total", Kind.CALCULATE, calculation="sum(${age})"),
        Question("how_many", Kind.CALCULATE, calculation="count(${child})"),
        Question("second", Kind.CALCULATE, calculation="indexed-repeat(${age}, ${child}, 2)"),
        Question("why", Kind.TEXT, LABEL, relevant="${total} > 7"),
    )
    found = judged(form(after=after), TWO)
    assert {name: found.values[name] for name in ("total", "how_many", "second")} == {
        "total": "8",
        "how_many": "2",
        "second": "1",
    }
    assert found.asked[-1] == "why"
    none = judged(form(after=after), {})
    assert none.values == {"total": "0", "how_many": "0"}


def test_a_repeat_that_is_not_relevant_has_no_instance():
    parent = Question("parent", Kind.TEXT, LABEL)
    made = form(relevant="${parent} = 'yes'", before=(parent,))
    found = judged(made, TWO | {"parent": "no"})
    assert (found.counts, found.values) == ({"child": 0}, {"parent": "no"})
    assert judged(made, TWO | {"parent": "yes"}).counts == {"child": 2}


def test_a_hidden_question_of_a_repeat_is_asked_in_no_instance_or_not_in_the_one_named():
    found = judged(form(), TWO, hidden=frozenset({"school"}))
    assert not {"school[1]", "school[2]"} & set(found.asked)
    found = judged(form(), TWO, hidden=frozenset({"age[2]"}))
    assert "age[1]" in found.asked
    assert "age[2]" not in found.asked
    assert judged(form(), TWO, hidden=frozenset({"child"})).asked == ()


def test_a_repeat_inside_a_group_falls_with_the_group():
    repeat = Group("child", LABEL, children=CHILD, repeats=True)
    made = Form(
        "f",
        "1",
        "F",
        (Question("x", Kind.TEXT, LABEL), Group("g", relevant="${x} = 1", children=(repeat,))),
    )
    assert judged(made, TWO | {"x": "1"}).counts == {"child": 2}
    assert judged(made, TWO | {"x": "0"}).asked == ("x",)
    assert [page.name for page in made.pages()] == ["x", "g"]


def test_two_repeats_do_not_mix():
    def repeat(name, question):
        child = Question(question, Kind.INTEGER, LABEL)
        double = Question(f"{question}2", Kind.CALCULATE, calculation=f"${{{question}}} * 2")
        return Group(name, LABEL, children=(child, double), repeats=True)

    made = Form("f", "1", "F", (repeat("r", "a"), repeat("s", "b")))
    found = judged(made, {"r": "1", "s": "2", "a[1]": "5", "b[1]": "6", "b[2]": "7"})
    assert {name: text for name, text in found.values.items() if "2[" in name} == {
        "a2[1]": "10",
        "b2[1]": "12",
        "b2[2]": "14",
    }


def test_a_top_level_repeat_is_a_page_and_not_in_the_codebook():
    made = form(after=(Question("last", Kind.TEXT, LABEL),))
    assert [page.name for page in made.pages()] == ["child", "last"]
    assert made.pages()[0].repeat is made.children[0]
    assert made.pages()[1].repeat is None
    assert [variable.name for variable in made.codebook().variables()] == ["last"]


def test_defaults_of_a_repeat_stand_in_every_instance():
    child = (
        Question("a", Kind.TEXT, LABEL, default="x"),
        Question("b", Kind.INTEGER, LABEL, default_expression="position(..) * 10"),
    )
    made = Form("f", "1", "F", (Group("r", LABEL, children=child, repeats=True),))
    found = initial_answers(made, NOW, SHANGHAI)
    assert [found["a[1]"], found["b[1]"], found["b[3]"]] == ["x", "10", "30"]
    assert len(found) == 2 * MAX_INSTANCES
    two = {"a[1]": "x", "b[1]": "10", "a[2]": "x", "b[2]": "20"}
    assert judged(made, {**found, "r": "2"}).values == {"r": "2"} | two


_NAMES = st.one_of(
    st.sampled_from(["child", "n", "age", "school[1]", "best[2]"]),
    st.builds("{}[{}]".format, st.sampled_from(["age", "school", "allowed"]), st.integers(0, 22)),
    st.text(max_size=8),
)
_TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(["1", "2", "7", "20", "primary"]))


@given(st.dictionaries(_NAMES, _TEXTS, max_size=20), st.sampled_from([None, "${n}"]))
def test_no_answers_make_the_judge_raise_and_judging_again_changes_nothing(answers, count):
    made = form(count, before=(Question("n", Kind.INTEGER, LABEL),))
    first = judged(made, answers)
    assert all(first.values.values())
    again = judged(made, dict(first.values))
    stored = {name for name in first.values if name not in first.faults}
    assert {name: again.values.get(name) for name in stored} == {
        name: first.values[name] for name in stored
    }
