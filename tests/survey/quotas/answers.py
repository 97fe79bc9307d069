"""Stored answers that took their places, as the intake does both."""

import uuid

import sqlalchemy as sa

from survey import intake
from survey.areas import line_of
from survey.models import Questionnaire, Response, Source, Study, Wave
from survey.quotas.rules import belonging, current_rules, steady_revision
from survey.quotas.taking import take
from survey.versions import newest_form, plan_of_text
from tests.factories import PLACE, SECRET


def rules(session, town):
    """The rules of those who scan a place's code, held steady until the session ends."""
    revision = steady_revision(session, "live")
    plan = plan_of_text(session.get_one(Study, "live").plan)
    form = newest_form(session, "live").form
    return current_rules(session, town.samples[PLACE], revision, plan, form)


def send(town, answers, home, *, sample=PLACE, taking=True):
    """Store an answer; its id."""
    with town.session() as session:
        return send_in(session, town, answers, home, sample=sample, taking=taking)


def send_in(session, town, answers, home, *, sample=PLACE, taking=True):
    submission = intake.Submission(
        submission_id=uuid.uuid4(),
        secret=SECRET,
        study_id="live",
        sample_id=town.samples[sample],
        wave_id=session.scalars(sa.select(Wave.id)).one(),
        questionnaire_id=session.scalars(sa.select(Questionnaire.id)).one(),
        area_code=home,
        answers=answers,
        columns={},
        source=Source.PHONE,
        mode="qr",
        started_at=None,
    )
    mine = belonging(rules(session, town), line_of(session, "live", home), answers)
    with session.begin_nested():
        intake.store(session, submission)
        if taking:
            take(session, mine)
    own = sa.select(Response.id).where(Response.submission_id == submission.submission_id)
    return session.scalars(own).one()
