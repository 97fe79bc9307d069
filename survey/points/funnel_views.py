"""The funnel of a study's points: over some days, by kind, day, hour and place."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey import db
from survey.accounts.access import Act, current_user, needs
from survey.conduct import now
from survey.models import EntryPoint
from survey.points import asked
from survey.points.funnels import funnel_of
from survey.points.listing import choices
from survey.points.selection import find_study

bp = Blueprint("funnel", __name__, url_prefix="/points/<study_id>/funnel")


@bp.get("")
@needs(Act.POINT_READ)
def index(study_id: str) -> ResponseReturnValue:
    """Scanned, started, finished, accepted; dead posters and spikes."""
    session = db.session()
    study, own = find_study(session, current_user(), study_id)
    days = asked.days(study)
    selection = asked.selection()
    scope = asked.scope(session, study, own)
    found = funnel_of(session, study, scope, selection, days.period, now(), quiet=days.quiet)
    return render_template(
        "points/funnel.html",
        study=study,
        funnel=found,
        days=days,
        selection=selection,
        asked=asked.texts(
            **{"from": days.period.first, "to": days.period.last, "quiet": days.quiet}
        ),
        choices=choices(session, study.id, own, EntryPoint),
        kept=asked.kept,
    ), 422 if days.fault else 200
