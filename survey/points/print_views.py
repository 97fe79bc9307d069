"""Sheets to print: posters and labels of places, labels and letters of drawn households."""

import io

import typst
from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue

from survey import audit, db
from survey.accounts.access import Act, current_user, needs
from survey.conduct import config
from survey.errors import NotFound
from survey.models import Study
from survey.points import asked
from survey.points.printing import household_cards, place_cards, survey_of
from survey.points.selection import find_sample, find_study
from survey.printing import fonts
from survey.printing.sheets import Card, Sheet, pdf

bp = Blueprint("sheets", __name__, url_prefix="/points")

OF_PLACES = frozenset({Sheet.POSTER_A3, Sheet.POSTER_A4, Sheet.LABELS})
OF_HOUSEHOLDS = frozenset({Sheet.LABELS, Sheet.LETTERS})
LONGEST_CONTACT = 80  # characters


@bp.get("/<study_id>/places/<sheet>.pdf")
@needs(Act.POINT_PRINT)
def places(study_id: str, sheet: str) -> ResponseReturnValue:
    """Posters or labels of the places of a study, chosen by the address's query."""
    session = db.session()
    study, own = find_study(session, current_user(), study_id)
    if sheet not in OF_PLACES:
        raise NotFound
    scope = asked.scope(session, study, own)
    cards = place_cards(session, study, scope, asked.selection(), asked.today(study))
    return _printed(Sheet(sheet), study, cards, f"places of {study_id}")


@bp.get("/households/<int:sample_id>/<sheet>.pdf")
@needs(Act.POINT_PRINT)
def households(sample_id: int, sheet: str) -> ResponseReturnValue:
    """Labels or letters of the drawn households of a sample."""
    session = db.session()
    sample, own = find_sample(session, current_user(), sample_id)
    if sheet not in OF_HOUSEHOLDS:
        raise NotFound
    study = session.get_one(Study, sample.study_id)
    cards = household_cards(
        session,
        sample,
        asked.scope(session, study, own),
        asked.selection(),
        asked.today(study),
        secret=config().secret_key,
    )
    return _printed(Sheet(sheet), study, cards, f"households of {sample.code}")


def _printed(sheet: Sheet, study: Study, cards: list[Card], subject: str) -> ResponseReturnValue:
    """The file, to be kept and printed. A GET is rolled back, so the record is a transaction."""
    contact = request.args.get("contact", "").strip()[:LONGEST_CONTACT]
    printed = pdf(
        sheet,
        survey_of(study, contact),
        cards,
        base_url=config().base_url,
        printed_on=asked.today(study),
        fonts=fonts.choose(typst.Fonts()),
    )
    with db.separate_session() as session:
        audit.record(
            session,
            Act.POINT_PRINT,
            subject,
            study=study.id,
            sheet=str(sheet),
            number=len(cards),
        )
    return send_file(
        io.BytesIO(printed),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"{study.id}-{sheet}.pdf",
    )
