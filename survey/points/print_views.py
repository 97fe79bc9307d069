"""Sheets to print: posters and labels of places, labels and letters of drawn households."""

import io
from datetime import date

import typst
from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue

from survey import audit, db
from survey.accounts.access import Act, current_user, needs
from survey.conduct import config, now
from survey.entry import local_day
from survey.errors import NotFound
from survey.models import Sample, Study
from survey.points.printing import Selection, household_cards, place_cards, survey_of
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
    study = session.get(Study, study_id)
    if study is None or sheet not in OF_PLACES:
        raise NotFound
    cards = place_cards(session, current_user(), study, _selection(), _today(study))
    return _printed(Sheet(sheet), study, cards, f"places of {study_id}")


@bp.get("/households/<int:sample_id>/<sheet>.pdf")
@needs(Act.POINT_PRINT)
def households(sample_id: int, sheet: str) -> ResponseReturnValue:
    """Labels or letters of the drawn households of a sample."""
    session = db.session()
    sample = session.get(Sample, sample_id)
    if sample is None or sheet not in OF_HOUSEHOLDS:
        raise NotFound
    study = session.get_one(Study, sample.study_id)
    cards = household_cards(
        session,
        current_user(),
        sample,
        _selection(),
        _today(study),
        secret=config().secret_key,
    )
    return _printed(Sheet(sheet), study, cards, f"households of {sample.code}")


def _selection() -> Selection:
    asked = request.args
    return Selection(
        area=asked.get("area", ""),
        kind=asked.get("kind", ""),
        batch=asked.get("batch", ""),
        only=asked.get("only", type=int),
    )


def _today(study: Study) -> date:
    return local_day(study, now())


def _printed(sheet: Sheet, study: Study, cards: list[Card], subject: str) -> ResponseReturnValue:
    """The file, to be kept and printed. A GET is rolled back, so the record is a transaction."""
    contact = request.args.get("contact", "").strip()[:LONGEST_CONTACT]
    printed = pdf(
        sheet,
        survey_of(study, contact),
        cards,
        base_url=config().base_url,
        printed_on=_today(study),
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
