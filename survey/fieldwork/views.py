"""The volunteer's pages: choose where, then the same questionnaire."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import audit, db, images, tickets
from survey.accounts.access import Act, current_user, needs
from survey.areas import closed_areas, line_of
from survey.bodies import takes_file
from survey.conduct import Conversation, Hooks, Sitting, config, now, open_page, respond
from survey.entry import closed_reason, judged_day, local_day
from survey.errors import NotFound
from survey.fieldwork import service
from survey.models import Source
from survey.receipts import ReceiptUnreadable, read_receipt
from survey.sheet import TICKET
from survey.versions import newest_form, plan_of_text

bp = Blueprint("fieldwork", __name__, url_prefix="/entry")
MODE = "door"
MOST_PHOTOGRAPHS = 4  # in one page


@bp.get("/")
@needs(Act.ANSWER_ENTER)
def index() -> ResponseReturnValue:
    """The samples that are open, and the communities of this volunteer."""
    user = current_user()
    samples = service.open_samples(db.session(), user, user.id, now())
    return render_template("fieldwork/index.html", samples=samples)


@bp.get("/<int:sample_id>/")
@needs(Act.ANSWER_ENTER)
def choose(sample_id: int) -> ResponseReturnValue:
    """Where the visit is, from the list of the first page."""
    return redirect(url_for(".visit", sample_id=sample_id, area=request.args.get("area", "-")))


@bp.get("/<int:sample_id>/<area>")
@needs(Act.ANSWER_ENTER)
def visit(sample_id: int, area: str) -> ResponseReturnValue:
    """The first page of the questionnaire."""
    return open_page(_conversation(sample_id, area))


@bp.post("/<int:sample_id>/<area>")
@needs(Act.ANSWER_ENTER)
@takes_file(MOST_PHOTOGRAPHS * images.LARGEST_FILE)
def enter(sample_id: int, area: str) -> ResponseReturnValue:
    """One page sent."""
    session = db.session()

    def done(receipt: str, _large: bool) -> str:
        return url_for(".entered", sample_id=sample_id, area=area, receipt=receipt)

    def on_stored(*_: object) -> None:
        audit.record(session, Act.ANSWER_ENTER, f"sample {sample_id}", area=area)

    def attach(sitting: Sitting, answers: Mapping[str, str]) -> Mapping[str, str]:
        submission, asked = sitting.ticket.submission_id, sitting.terms.form.images
        files = request.files.items(multi=True)
        tokens = images.keep(
            session,
            ((name, file) for name, file in files if name.partition("[")[0] in asked),
            submission_id=submission,
            study_id=sitting.conversation.study.id,
            user_id=current_user().id,
            now=now(),
        )
        return images.only_own(session, submission, asked, {**answers, **tokens})

    hooks = Hooks(done, on_stored=on_stored, attach=attach)
    return respond(session, _conversation(sample_id, area), hooks)


@bp.get("/<int:sample_id>/<area>/entered/<receipt>")
@needs(Act.ANSWER_ENTER)
def entered(sample_id: int, area: str, receipt: str) -> ResponseReturnValue:
    """The answer is stored; on to the next door."""
    conversation = _conversation(sample_id, area)
    try:
        code = read_receipt(receipt, local_day(conversation.study, now()), config().secret_key)
    except ReceiptUnreadable as error:
        raise NotFound from error
    return render_template(
        "fieldwork/entered.html",
        study=conversation.study,
        home=conversation.line,
        sample_id=sample_id,
        withdrawal_code=code,
        withdraw_url=config().base_url
        + url_for("withdrawing.withdraw", study_id=conversation.study.id),
    )


def _conversation(sample_id: int, area: str) -> Conversation:
    """The interview at a door. An area out of scope is as unknown as one that does not exist."""
    session, user = db.session(), current_user()
    found = service.find_sample(session, sample_id)
    if found is None:
        raise NotFound
    study, wave, sample = found
    purpose = f"visit {sample_id} {area} {user.id}"
    begun = tickets.began(request.form.get(TICKET, ""), config().key("ticket"), purpose)
    day = judged_day(study, now(), begun)
    if area not in {one.code for one in service.enterable_areas(session, user, study, day)}:
        raise NotFound
    plan = plan_of_text(study.plan)
    line = line_of(session, study.id, area)
    return Conversation(
        study=study,
        plan=plan,
        sample_id=sample.id,
        wave_id=wave.id,
        sample_code=sample.code,
        published=newest_form(session, study.id),
        line=line,
        line_at=lambda session, code: line_of(session, study.id, code),
        closed=closed_areas(session, study.id, day),
        purpose=purpose,
        refusal=closed_reason(study, wave, day),
        template="fieldwork/page.html",
        stopped="fieldwork/stopped.html",
        full="fieldwork/full.html",
        source=Source.VOLUNTEER,
        mode=MODE,
        path=url_for(".visit", sample_id=sample_id, area=area),
        home_is_known=True,
        at_door=True,
        user_id=user.id,
        volunteer=user.username,
        extras={"sample_id": sample_id},
    )
