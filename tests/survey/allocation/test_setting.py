"""Quotas that are set while answers come in count every answer, however they cross."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey import db
from survey.allocation.setting import Wanted, delete_quotas, set_quotas
from survey.models import Quota, Sample, Study
from survey.quotas.counting import counted
from survey.quotas.groups import groups_of
from survey.quotas.rules import rules_of
from survey.versions import newest_form, plan_of_text
from tests.factories import GRID, OTHER_TOWN, OTHER_VILLAGE, PLACE, TOWN
from tests.survey.quotas.answers import send_in

PEOPLE, EACH = 4, 12
WANTED = [
    Wanted(area, variable, value, 1000)
    for area in ("", TOWN, OTHER_TOWN)
    for variable, value in (("", ""), ("age2", "15_59"), ("age2", "60plus"))
]


@pytest.fixture
def engine(town):
    engine = db.engine_for(town.url)
    yield engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
    engine.dispose()


def set_one(session, town, *wanted):
    plan = plan_of_text(session.get_one(Study, "live").plan)
    groups = groups_of(session, plan, newest_form(session, "live").form)
    return set_quotas(session, session.get_one(Sample, town.samples[PLACE]), groups, wanted)


def both(town):
    """What was taken, and what there is."""
    with town.session() as session:
        plan = plan_of_text(session.get_one(Study, "live").plan)
        form = newest_form(session, "live").form
        rules = rules_of(session, town.samples[PLACE], plan, form)
        there = counted(session, "live", town.samples[PLACE], rules)
        return list(session.scalars(sa.select(Quota.taken).order_by(Quota.id))), there


def test_every_answer_is_in_every_quota_that_is_made_while_they_come(town, engine):
    def answer(seed):
        chance = random.Random(seed)
        for _ in range(EACH):
            home, age = chance.choice([GRID, OTHER_VILLAGE]), chance.choice("123456")
            with Session(engine) as session, session.begin():
                send_in(session, town, {"s1_age": age}, home)

    def limit():
        for wanted in WANTED:
            with Session(engine) as session, session.begin():
                set_one(session, town, wanted)

    with ThreadPoolExecutor(PEOPLE + 1) as pool:
        running = [pool.submit(answer, seed) for seed in range(PEOPLE)]
        running.append(pool.submit(limit))
        for one in running:
            one.result(120)
    taken, there = both(town)
    assert taken == there
    assert taken[0] == PEOPLE * EACH


def test_an_answer_under_rules_that_were_read_before_would_be_missed(town, engine):
    """Control: without the steady revision the new quota does not know of it."""
    with Session(engine) as session, session.begin():
        set_one(session, town, WANTED[0])
    with Session(engine) as session, session.begin():
        send_in(session, town, {"s1_age": "1"}, GRID, taking=False)  # it knew of no quota
    taken, there = both(town)
    assert (taken, there) == ([0], [1])


def test_setting_and_deleting_say_how_many_and_change_the_revision(town):
    with town.session() as session:
        revisions = [session.scalar(sa.select(Study.revision))]
        first = set_one(session, town, *WANTED[:3])
        assert (first.created, first.changed) == (3, 0)
        again = set_one(session, town, WANTED[0], Wanted("", "age2", "15_59", 7), WANTED[5])
        assert (again.created, again.changed) == (1, 1)
        revisions.append(session.scalar(sa.select(Study.revision)))
        sample = session.get_one(Sample, town.samples[PLACE])
        one = session.scalars(sa.select(Quota.id)).first()
        assert delete_quotas(session, sample, one) == 1
        assert delete_quotas(session, sample) == 3
        revisions.append(session.scalar(sa.select(Study.revision)))
        assert len(set(revisions)) == 3
