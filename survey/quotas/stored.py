"""The places of an answer that is stored: found again when it is taken away."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.areas import line_of
from survey.models import Answer, Response, Study
from survey.quotas.counting import COUNTED
from survey.quotas.rules import belonging, current_rules, steady_revision
from survey.quotas.taking import release
from survey.versions import newest_form, plan_of_text


def give_back(session: Session, response: Response) -> None:
    """Give back the places of an answer; called while its status and answers still stand.

    One that is rejected has given them back before.
    """
    if response.status not in COUNTED:
        return
    revision = steady_revision(session, response.study_id)
    plan = plan_of_text(session.get_one(Study, response.study_id).plan)
    form = newest_form(session, response.study_id).form
    rules = current_rules(session, response.sample_id, revision, plan, form)
    if rules:
        own = sa.select(Answer.name, Answer.value).where(Answer.response_id == response.id)
        values = dict(session.execute(own).all())
        line = line_of(session, response.study_id, response.area_code)
        release(session, belonging(rules, line, values))
