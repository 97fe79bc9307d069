"""What is asked and what counts as an answer, on both questionnaires."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.instrument.answers import MAX_TEXT, FaultCode
from survey.instrument.items import Group, Kind, Question
from survey.instrument.judge import judge
from survey.instrument.questions import Form
from tests.survey.instrument.known_forms import FORMS, NOW, READING, SHANGHAI


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def known(request):
    return request.param


def codes(judgement):
    return {name: fault.code for name, fault in judgement.faults.items()}


def test_valid_answers_are_accepted_with_their_calculations(known):
    found = known.judged()
    assert found.faults == {}
    assert found.values == known.answers | known.calculations


def test_who_declines_is_asked_nothing_more_and_keeps_no_answer(known):
    question, declined = known.consent
    found = known.with_answers(**{question: declined})
    assert not known.main_page & set(found.asked)
    assert found.values.get(known.eligible) != known.calculations[known.eligible]
    assert not known.main_page & found.values.keys()
    assert found.faults == {}


def test_who_is_not_eligible_is_told_so_and_asked_nothing_more(known):
    found = known.judged(known.ineligible)
    assert found.faults == {}
    assert not known.main_page & set(found.asked)
    notes = [name for name in found.shown if name not in found.asked]
    assert len(notes) == 2  # the introduction and the thanks
    assert found.values[known.eligible] != known.calculations[known.eligible]


def test_answers_to_questions_that_are_not_asked_are_dropped(known):
    found = known.judged(known.answers | known.ineligible)
    assert not known.main_page & found.values.keys()
    assert found.faults == {}


def test_every_required_question_left_empty_is_named(known):
    some = dict(list(known.answers.items())[:6])
    found = known.judged(some)
    required = {
        name for name in found.asked if known.form.question(name).required and name not in some
    }
    assert required
    assert codes(found) == dict.fromkeys(required, FaultCode.REQUIRED)
    assert all(fault.zh and fault.en for fault in found.faults.values())


def test_an_unknown_name_is_a_fault(known):
    found = known.judged({**known.answers, "nobody": "1"})
    assert codes(found) == {"nobody": FaultCode.UNKNOWN}


def test_a_code_outside_the_list_is_a_fault_and_no_value(known):
    question, _, other = known.exclusive
    consent = known.consent[0]
    found = known.with_answers(**{question: f"{other} 77"})
    assert codes(found) == {question: FaultCode.NO_SUCH_CHOICE}
    assert question not in found.values
    found = known.with_answers(**{consent: "77"})
    assert codes(found) == {consent: FaultCode.NO_SUCH_CHOICE}


def test_an_exclusive_choice_stands_alone(known):
    question, exclusive, other = known.exclusive
    assert known.with_answers(**{question: exclusive}).faults == {}
    found = known.with_answers(**{question: f"{other} {exclusive}"})
    assert codes(found) == {question: FaultCode.CONSTRAINT}
    expected = known.form.question(question).constraint_message
    assert (found.faults[question].zh, found.faults[question].en) == (
        expected["zh"],
        expected["en"],
    )


def test_selected_codes_are_stored_in_the_order_of_the_choices(known):
    question = known.exclusive[0]
    chosen = known.answers[question].split()
    found = known.with_answers(**{question: "  ".join(reversed(chosen))})
    assert found.values[question] == " ".join(chosen)


def test_a_code_given_twice_is_a_fault(known):
    question, _, other = known.exclusive
    found = known.with_answers(**{question: f"{other} {other}"})
    assert codes(found) == {question: FaultCode.TWICE}


def test_a_hidden_question_is_not_asked_and_its_answer_is_dropped(known):
    question = known.exclusive[0]
    found = known.judged(hidden=frozenset({question}))
    assert question not in found.asked
    assert question not in found.values
    assert found.faults == {}


def test_a_hidden_group_hides_what_is_in_it():
    found = READING.judged(hidden=frozenset({"reading"}))
    assert found.asked == ("consent_ok", "birth_year", "visits", "remark")


def test_a_calculation_is_never_taken_from_the_answers(known):
    found = known.judged({**known.ineligible, known.eligible: known.calculations[known.eligible]})
    assert found.values[known.eligible] != known.calculations[known.eligible]


def test_faults_stand_in_the_order_of_the_form(known):
    order = [question.name for question in known.form.questions()]
    names = list(known.judged({"nobody": "1", **dict(list(known.answers.items())[:6])}).faults)
    assert names == [*sorted(names[:-1], key=order.index), "nobody"]


def test_asked_and_shown_keep_the_order_of_the_form(known):
    order = [question.name for question in known.form.questions()]
    found = known.judged()
    for names in (found.asked, found.shown):
        assert list(names) == sorted(names, key=order.index)
    assert set(found.asked) < set(found.shown)


def test_a_chain_of_three_conditions_falls_with_its_first():
    full = READING.judged()
    assert {"borrows", "books_month", "why_many"} <= set(full.asked)
    second = READING.with_answers(books_month="9")
    assert "books_month" in second.asked
    assert "why_many" not in second.asked
    assert "why_many" not in second.values
    first = READING.with_answers(borrows="n")
    assert not {"books_month", "why_many"} & set(first.asked)
    assert first.values["habit"] == "light"


def test_a_cleared_answer_counts_as_empty_in_what_depends_on_it():
    """Hours alone decide once the books are no longer asked."""
    heavy = READING.with_answers(borrows="n", hours_week="20")
    assert "books_month" not in heavy.values
    assert heavy.values["habit"] == "heavy"


def test_the_forms_own_sentence_stands_at_a_missing_answer():
    answers = {name: text for name, text in READING.answers.items() if name != "visits"}
    fault = READING.judged(answers).faults["visits"]
    assert (fault.code, fault.zh) == (FaultCode.REQUIRED, "请告诉我们多久来一次")


@pytest.mark.parametrize(
    ("name", "text", "stored"),
    [
        ("books_month", " 012 ", "12"),
        ("books_month", "+12", "12"),
        ("books_month", "１２", "12"),
        ("hours_week", "07.50", "7.50"),
        ("hours_week", ".5", "0.5"),
        ("hours_week", "3.", "3"),
        ("hours_week", "-0", "0"),
        ("last_visit", "２０２６-０６-０１", "2026-06-01"),
        ("remark", "  一\r\n二\r三  ", "一\n二\n三"),
        ("remark", " \n ", None),
        ("remark", "🙂", "🙂"),
    ],
)
def test_answers_are_cleaned_before_they_are_stored(name, text, stored):
    found = READING.with_answers(**{name: text})
    assert found.faults == {}
    assert found.values.get(name) == stored


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("books_month", "0", FaultCode.CONSTRAINT),
        ("books_month", "61", FaultCode.CONSTRAINT),
        ("books_month", "1.5", FaultCode.NOT_WHOLE),
        ("books_month", "1e1", FaultCode.NOT_WHOLE),
        ("books_month", "many", FaultCode.NOT_WHOLE),
        ("books_month", "9" * 16, FaultCode.NOT_WHOLE),
        ("hours_week", "169", FaultCode.CONSTRAINT),
        ("hours_week", "-1", FaultCode.CONSTRAINT),
        ("hours_week", "1,5", FaultCode.NOT_A_NUMBER),
        ("hours_week", "NaN", FaultCode.NOT_A_NUMBER),
        ("hours_week", ".", FaultCode.NOT_A_NUMBER),
        ("last_visit", "2026-06-06", FaultCode.CONSTRAINT),
        ("last_visit", "1999-12-31", FaultCode.CONSTRAINT),
        ("last_visit", "2026-02-30", FaultCode.NOT_A_DATE),
        ("last_visit", "2026-2-3", FaultCode.NOT_A_DATE),
        ("last_visit", "5 June", FaultCode.NOT_A_DATE),
        ("why_many", "好" * 81, FaultCode.CONSTRAINT),
        ("remark", "好" * (MAX_TEXT + 1), FaultCode.TOO_LONG),
        ("remark", "a\x00b", FaultCode.CHARACTERS),
        ("remark", "a\x1bb", FaultCode.CHARACTERS),
        ("remark", "a\ud800b", FaultCode.CHARACTERS),
        ("desk_code", "a\x00b", FaultCode.CHARACTERS),
        ("borrows", "Y", FaultCode.NO_SUCH_CHOICE),
    ],
)
def test_what_is_no_answer_is_refused_with_its_reason(name, text, code):
    found = READING.with_answers(**{name: text})
    assert codes(found)[name] is code


def test_the_day_is_the_local_one():
    """At 02:00 UTC on 5 June it is 10:00 on 5 June in Shanghai, 4 June in Phoenix."""
    late = replace(READING, answers=READING.answers | {"last_visit": "2026-06-05"})
    assert late.judged().faults == {}
    west = judge(late.form, late.answers, now=NOW, timezone=type(SHANGHAI)("America/Phoenix"))
    assert codes(west) == {"last_visit": FaultCode.CONSTRAINT}


def test_a_constraint_says_nothing_about_an_empty_answer():
    question = Question("n", Kind.INTEGER, constraint="false()")
    form = Form("f", "1", "F", (question,))
    assert judge(form, {}, now=NOW, timezone=SHANGHAI).faults == {}
    assert codes(judge(form, {"n": "1"}, now=NOW, timezone=SHANGHAI)) == {"n": FaultCode.CONSTRAINT}


def test_rules_may_come_before_what_they_depend_on():
    """Document order would ask too early; the order of dependence does not."""
    form = Form(
        "f",
        "1",
        "F",
        (
            Group(
                "first",
                relevant="${total} > 3",
                children=(Question("late", Kind.TEXT, required="true()"),),
            ),
            Question("total", Kind.CALCULATE, calculation="${half} * 2"),
            Question("half", Kind.CALCULATE, calculation="/data/last/n + ../empty"),
            Question("empty", Kind.CALCULATE, calculation="coalesce(${n}, 1) - ${n}"),
            Group("last", children=(Question("n", Kind.INTEGER),)),
        ),
    )
    found = judge(form, {"n": "2"}, now=NOW, timezone=SHANGHAI)
    assert found.values == {"total": "4", "half": "2", "empty": "0", "n": "2"}
    assert codes(found) == {"late": FaultCode.REQUIRED}
    found = judge(form, {"n": "1"}, now=NOW, timezone=SHANGHAI)
    assert "late" not in found.asked
    # An empty answer is no number, and a calculation without a value is not stored.
    assert judge(form, {}, now=NOW, timezone=SHANGHAI).values == {}


def test_a_calculation_may_look_at_its_own_empty_value():
    made = Question("made", Kind.CALCULATE, calculation="coalesce(., ${made}, 'new')")
    found = judge(Form("f", "1", "F", (made,)), {"made": "old"}, now=NOW, timezone=SHANGHAI)
    assert found.values == {"made": "new"}


def test_an_expression_that_fails_on_an_answer_is_a_fault_not_an_error():
    form = Form(
        "f",
        "1",
        "F",
        (
            Question("pattern", Kind.TEXT, constraint="regex('a', .)"),
            Question("after", Kind.TEXT, relevant="regex('a', ${pattern})"),
            Question("made", Kind.CALCULATE, calculation="regex('a', ${pattern})"),
        ),
    )
    good = judge(form, {"pattern": "[a-c]"}, now=NOW, timezone=SHANGHAI)
    assert good.asked == ("pattern", "after")
    assert good.values["made"] == "true"
    bad = judge(form, {"pattern": "("}, now=NOW, timezone=SHANGHAI)
    assert codes(bad) == {"pattern": FaultCode.UNCHECKED}
    assert bad.asked == ("pattern",)


def test_required_may_depend_on_other_answers():
    form = Form(
        "f",
        "1",
        "F",
        (Question("a", Kind.TEXT), Question("b", Kind.TEXT, required="${a} = 'x'")),
    )
    assert codes(judge(form, {"a": "x"}, now=NOW, timezone=SHANGHAI)) == {"b": FaultCode.REQUIRED}
    assert judge(form, {"a": "y"}, now=NOW, timezone=SHANGHAI).faults == {}


_NAMES = {known.path: [q.name for q in known.form.questions()] for known in FORMS.values()}
_TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", "0", "1", "2", "1 2", "yes", "y", "Y", "weekly", "none novel", "2000"]),
)


@given(st.data())
def test_no_answers_make_the_judge_raise(data):
    known = data.draw(st.sampled_from(list(FORMS.values())))
    names = st.one_of(st.sampled_from(_NAMES[known.path]), st.text(max_size=8))
    answers = data.draw(st.dictionaries(names, _TEXTS, max_size=20))
    found = known.judged(answers)
    assert set(found.asked) <= set(found.shown)
    assert all(found.values.values())
    assert not found.values.keys() & {
        name for name, fault in found.faults.items() if fault.code is not FaultCode.CONSTRAINT
    }


@given(st.data())
def test_judging_what_was_stored_changes_nothing(data):
    known = data.draw(st.sampled_from(list(FORMS.values())))
    answers = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                question.name: st.sampled_from(question.codes or ("1", "2010", "2026-01-01"))
                for question in known.form.questions()
                if question.kind.is_answered
            },
        )
    )
    first = known.judged(answers)
    again = known.judged(dict(first.values))
    assert (again.asked, again.shown, again.values) == (first.asked, first.shown, first.values)
