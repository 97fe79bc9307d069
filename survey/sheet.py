"""The interview's form over HTTP: what a page sends, and what it must carry on."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from werkzeug.datastructures import MultiDict

from survey.instrument.questions import Form
from survey.terms import LIVES_HERE

# Names that begin with a dot are the platform's own; no question can be named so.
TICKET, PAGE, BACK = ".id", ".page", ".back"
# Buttons that change how the page looks; and what they set, carried from page to page.
SWITCHES = (".lang", ".elder")
LARGE = ".large"
BEGUN = ".begun"
# The token of staff, which is checked before a view is called.
STAFF_TOKEN = "csrf_token"  # noqa: S105 - the name of a field


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was sent: the answers by question, the page, and which button.

    ``begun`` says that the first page was sent before; it is for counting only.
    """

    answers: Mapping[str, str]
    ticket: str
    page: str
    goes_back: bool
    switches: bool
    large: bool
    begun: bool


def read_sheet(form: Form) -> Sheet:
    """Read the request. A name that is no question is kept, for the judge to refuse."""
    sent = request.form
    return Sheet(
        answers=_answers(sent, form),
        ticket=sent.get(TICKET, ""),
        page=sent.get(PAGE, ""),
        goes_back=BACK in sent,
        switches=any(name in sent for name in SWITCHES),
        large=bool(sent.get(".elder", sent.get(LARGE, ""))),
        begun=bool(sent.get(BEGUN)),
    )


def _answers(sent: MultiDict[str, str], form: Form) -> dict[str, str]:
    answers: dict[str, str] = {}
    for name in sent:
        if (name.startswith(".") and name != LIVES_HERE) or name == STAFF_TOKEN:
            continue
        question = form.question(name)
        if question is not None and not question.kind.is_answered:
            continue  # the server fills it, whatever is sent
        answers[name] = " ".join(text for text in sent.getlist(name) if text)
    return answers
