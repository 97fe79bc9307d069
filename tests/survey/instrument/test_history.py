"""Several versions as one form: it reads all answers, and asks no more than the newest."""

from dataclasses import replace

import pytest

from survey.instrument.history import all_asked
from survey.instrument.items import Choice, Group, Kind
from survey.instrument.judge import judge
from survey.instrument.questions import Form
from survey.instrument.writing import write_xlsform
from survey.instrument.xlsform import read_xlsform_bytes
from tests.survey.designer.forms import FIRST, Edited
from tests.survey.instrument.known_forms import HEAN, NOW, SHANGHAI

SECOND = Edited().drop("d3_job").drop_choice("q2_channel", "6").add("q15_open", "q16", Kind.TEXT)


def judged(form, **changed):
    answers = {**HEAN.answers, **changed}
    known = {name: text for name, text in answers.items() if form.question(name)}
    return judge(form, known, now=NOW, timezone=SHANGHAI)


def reads(form, name, text):
    """Whether the codebook has the question and, where it has choices, all the codes."""
    variable = form.codebook().get(name)
    return variable is not None and (not variable.codes or variable.codes.issuperset(text.split()))


def test_one_version_is_itself():
    assert all_asked([FIRST]) == FIRST


def test_versions_that_only_grew_are_the_newest():
    grown = Edited().add("q15_open", "q16", Kind.TEXT).add_choice("q2_channel", "7").form
    assert all_asked([grown, FIRST]) == grown


@pytest.mark.parametrize(
    ("name", "text"),
    [("d3_job", "4"), ("q2_channel", "1 6"), ("q2_channel", "8"), ("q16", "anything")],
)
def test_every_answer_of_every_version_can_be_read(name, text):
    assert reads(all_asked([SECOND.form, FIRST]), name, text)


def test_what_no_version_had_cannot():
    everything = all_asked([SECOND.form, FIRST])
    assert not reads(everything, "d3_job", "77")
    assert not reads(everything, "q2_channel", "66")


def test_the_newest_version_alone_does_not_read_them():
    """Control."""
    assert not reads(SECOND.form, "q2_channel", "6")
    assert not reads(SECOND.form, "d3_job", "4")


def test_a_question_that_is_gone_is_never_asked_and_depends_on_nothing():
    everything = all_asked([SECOND.form, FIRST])
    retired = everything.children[-1]
    assert isinstance(retired, Group)
    assert (retired.relevant, [one.name for one in retired.children]) == ("false()", ["d3_job"])
    gone = everything.question("d3_job")
    assert gone.codes == FIRST.question("d3_job").codes
    assert (gone.relevant, gone.required, gone.constraint, gone.default) == (None,) * 4
    assert "d3_job" not in judged(everything).asked
    assert judged(everything).asked == judged(SECOND.form).asked


def test_a_question_that_came_back_is_the_newest_with_all_codes():
    third = Edited().drop_choice("d3_job", "9").form
    everything = all_asked([third, SECOND.form, FIRST])
    assert everything.question("d3_job").codes == FIRST.question("d3_job").codes
    assert [one.name for one in everything.children[-1].children] == ["q16"]


def test_the_group_of_what_is_gone_takes_a_free_name():
    taken = Edited(SECOND.form).add("q15_open", "retired", Kind.TEXT).form
    assert all_asked([taken, FIRST]).children[-1].name == "retired_"


def test_it_is_the_same_after_a_trip_through_json():
    everything = all_asked([SECOND.form, FIRST])
    assert Form.from_json(everything.to_json()) == everything


def test_the_workbook_that_is_written_of_it_reads_as_the_same_form():
    everything = all_asked([SECOND.form, FIRST])
    form, problems = read_xlsform_bytes("questionnaire.xlsx", write_xlsform(everything))
    assert problems == []
    assert form.codebook().variables() == everything.codebook().variables()
    assert form.question("q2_channel").choice_filter == "not(retired = 'yes')"


def test_a_list_that_others_share_gets_no_choice_of_one_question():
    """Two questions of one list; in the older version one of them had a list of its own."""
    choices = (*FIRST.question("q6_clean").choices, Choice("7", {"zh": "不适用", "en": "N/A"}))
    older = Edited().question("q6_clean", choices=choices, list_name="clean")
    everything = all_asked([FIRST, older.form])
    form, _ = read_xlsform_bytes("questionnaire.xlsx", write_xlsform(everything))
    assert form.question("q6_clean").codes == (*FIRST.question("q6_clean").codes, "7")
    assert form.question("q5_overall").codes == FIRST.question("q5_overall").codes


def test_a_choice_that_is_gone_is_offered_to_nobody():
    everything = all_asked([SECOND.form, FIRST])
    assert "q2_channel" in judged(everything, q2_channel="1 6").faults
    assert "q2_channel" not in judged(everything, q2_channel="1 5").faults
    assert "q2_channel" not in judged(FIRST, q2_channel="1 6").faults  # control


def test_a_filter_of_the_newest_version_still_holds():
    choices = tuple(
        replace(one, attributes={"kind": "web" if one.code == "2" else "other"})
        for one in SECOND.form.question("q2_channel").choices
    )
    newest = Edited(SECOND.form).question(
        "q2_channel", choices=choices, choice_filter="kind = 'web'"
    )
    everything = all_asked([newest.form, FIRST])
    assert "q2_channel" not in judged(everything, q2_channel="2").faults
    for code in ("1", "6"):
        assert "q2_channel" in judged(everything, q2_channel=code).faults


def test_a_text_that_showed_an_answer_shows_its_name():
    older = Edited().question("d3_job", label={"zh": "${eligible} 身份?", "en": "${eligible}?"})
    everything = all_asked([SECOND.form, older.form])
    assert everything.question("d3_job").label == {"zh": "[eligible] 身份?", "en": "[eligible]?"}
