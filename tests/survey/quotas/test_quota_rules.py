"""Whom a quota counts: its area and all below, its group as the figures have it."""

from shutil import copy

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from analysis.study.study import tally_answers, variable_column, with_written_recodes
from survey import db
from survey.areas import line_of
from survey.models import Study
from survey.quotas.groups import groups_of
from survey.quotas.rules import (
    Rule,
    belonging,
    current_rules,
    rule_of,
    rules_of,
    steady_revision,
)
from survey.versions import newest_form, plan_of_text
from tests.factories import GRID, OTHER_TOWN, PLACE, ROOT, TOWN, VILLAGE


@pytest.fixture
def session(town):
    with town.session() as session:
        yield session


def known(session):
    """Plan and form of the study."""
    study = session.get_one(Study, "live")
    return plan_of_text(study.plan), newest_form(session, "live").form


def mine(session, town, values, *, area=GRID):
    rules = rules_of(session, town.samples[PLACE], *known(session))
    return set(belonging(rules, line_of(session, "live", area) if area else (), values))


def test_an_area_counts_all_that_lies_in_it_and_nothing_else(town, session):
    whole, root, at, other = (town.quota(area) for area in ("", ROOT, TOWN, OTHER_TOWN))
    assert mine(session, town, {}) == {whole, root, at}
    assert mine(session, town, {}, area=OTHER_TOWN) == {whole, root, other}
    assert mine(session, town, {}, area="") == {whole}


def test_a_group_is_that_of_the_recode_or_the_answer_itself(town, session):
    young, old = town.quota("", "age2", "15_59"), town.quota("", "age2", "60plus")
    women, women_here = town.quota("", "d1_sex", "2"), town.quota(VILLAGE, "d1_sex", "2")
    assert mine(session, town, {"s1_age": "4", "d1_sex": "1"}) == {young}
    assert mine(session, town, {"s1_age": "6", "d1_sex": "2"}) == {old, women, women_here}
    assert mine(session, town, {"s1_age": "6", "d1_sex": "2"}, area=OTHER_TOWN) == {old, women}
    assert mine(session, town, {"s1_age": "0"}) == set()  # in no group of the recode
    assert mine(session, town, {}) == set()  # nothing is known yet


def test_of_several_answers_any_puts_one_in_a_group(town, session):
    first, eighth = town.quota("", "q2_channel", "1"), town.quota("", "q2_channel", "8")
    assert mine(session, town, {"q2_channel": "1 8"}) == {first, eighth}
    assert mine(session, town, {"q2_channel": "8"}) == {eighth}
    assert mine(session, town, {"q2_channel": "2 18"}) == set()


@pytest.mark.parametrize("written", ["419099001", "419099001000"])
def test_an_areas_code_may_be_short_in_plan_quota_and_answer(town, session, written):
    centre = town.quota("", "part", "centre")
    town_itself = town.quota("", "s3_town", TOWN)
    assert mine(session, town, {"s3_town": written}) == {centre, town_itself}
    assert mine(session, town, {"s3_town": "419099005"}) == set()


def test_groups_are_those_of_the_figures(session, town):
    """Every answer to every question falls into the group that the estimation gives it."""
    plan, form = known(session)
    groups = groups_of(session, plan, form)
    tried = 0
    for variable, values in groups.variables().items():
        source = groups.source_of(variable)
        if groups.has_several(source):
            continue  # the figures have no groups of these
        answers = [*form.question(source).codes, "", "no answer of ours"]
        paddings = {"s3_town": {"419099001": TOWN, "419099005": OTHER_TOWN}}
        written = with_written_recodes(plan, paddings)
        for answer in answers:
            tally = tally_answers({source: [answer]}, paddings)
            column = variable_column(written, tally, variable)
            theirs = set(column.values)
            ours = {v for v in values if rule_of(groups, 1, "", variable, v).has(answer)}
            assert ours == theirs & set(values), (variable, answer)
            tried += bool(ours)
    assert tried > 100


def test_what_a_quota_may_name(session):
    found = groups_of(session, *known(session)).variables()
    assert found["age2"] == ("15_59", "60plus")
    assert found["d1_sex"] == ("1", "2")
    assert found["s3_town"][:1] == (TOWN,)
    assert "q15_open" not in found  # anybody may write anything there
    assert "eligible" not in found


def test_a_group_that_no_longer_exists_has_nobody_in_it(town, session):
    town.quota("", "gone", "1")
    town.quota("", "age2", "gone")
    assert mine(session, town, {"s1_age": "4", "gone": "2"}) == set()


def test_rules_are_read_again_when_the_studys_revision_has_changed(town):
    counted = []

    def rules():
        with town.session() as session:
            study = session.get_one(Study, "live")
            form, plan = newest_form(session, "live").form, plan_of_text(study.plan)
            revision = steady_revision(session, "live")
            engine = session.get_bind().engine
            sa.event.listen(engine, "before_cursor_execute", lambda *_: counted.append(1))
            first = current_rules(session, town.samples[PLACE], revision, plan, form)
            asked = len(counted)
            again = current_rules(session, town.samples[PLACE], revision, plan, form)
            assert again == first
            assert len(counted) == asked, "a second look asked the database"
            return first, asked

    assert rules() == ((), 1)
    town.quota(TOWN)
    town.change("UPDATE studies SET revision = revision + 1")
    (rule,), _ = rules()
    assert rule == Rule(rule.id, TOWN)


def test_rules_of_two_databases_are_never_taken_for_each_other(town, tmp_path, migrated_sqlite):
    other = copy(migrated_sqlite, tmp_path / "other.sqlite")
    town.quota(TOWN)
    engines = [db.engine_for(town.url), db.engine_for(f"sqlite:///{other}")]
    with town.session() as session:
        plan, form = known(session)
    found = []
    for engine in engines:
        with Session(engine) as session:
            found.append(current_rules(session, town.samples[PLACE], 1, plan, form))
        engine.dispose()
    assert [len(rules) for rules in found] == [1, 0]
