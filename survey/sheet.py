"""The interview's form over HTTP: what a page sends, and what it must carry on."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from werkzeug.datastructures import MultiDict

from survey.instrument.limits import MAX_INSTANCES
from survey.instrument.questions import Form
from survey.terms import GEO, LIVES_HERE

# Names that begin with a dot are the platform's own; no question can be named so.
TICKET, PAGE, BACK = ".id", ".page", ".back"
# Buttons that change how the page looks; and what they set, carried from page to page.
SWITCHES = (".lang", ".elder")
LARGE = ".large"
BEGUN = ".begun"
HONEYPOT, PROOF = ".website", ".proof"
LONGEST_PROOF = 64
# The token of staff, which is checked before a view is called.
STAFF_TOKEN = "csrf_token"  # noqa: S105 - the name of a field


# The script's own marks: it is there, and this body is sent by it and not by the browser.
SCRIPT = ".js"
MORE, LESS = ".more", ".less"
RANK = ".rank."


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was sent: the answers by question, the page, and which button.

    Attributes
    ----------
    begun
        The first page was sent before; for counting only.
    has_script
        The page has its script, so that all pages come along with one.
    by_script
        The script sent this and reads the reply.
    honeypot
        What stands in a field that no person sees.
    proof
        The solution of a proof of work, where one was asked for.
    """

    answers: Mapping[str, str]
    ticket: str
    page: str
    goes_back: bool = False
    switches: bool = False
    large: bool = False
    begun: bool = False
    has_script: bool = False
    by_script: bool = False
    honeypot: str = ""
    proof: str = ""

    @property
    def changes_view(self) -> bool:
        """Whether the page is only to be shown otherwise, without a judgement."""
        return self.switches or self.goes_back


def read_sheet(form: Form) -> Sheet:
    """Read the request. A name that is no question is kept, for the judge to refuse."""
    sent = request.form
    return Sheet(
        answers=_answers(sent, form),
        ticket=sent.get(TICKET, ""),
        page=sent.get(PAGE, ""),
        goes_back=BACK in sent,
        switches=any(name in sent for name in (*SWITCHES, MORE, LESS)),
        large=bool(sent.get(".elder", sent.get(LARGE, ""))),
        begun=bool(sent.get(BEGUN)),
        has_script=SCRIPT in sent,
        by_script=request.accept_mimetypes.best == "application/json",
        honeypot=sent.get(HONEYPOT, "")[:LONGEST_PROOF],
        proof=sent.get(PROOF, "")[:LONGEST_PROOF],
    )


def _answers(sent: MultiDict[str, str], form: Form) -> dict[str, str]:
    answered = form.answered_names
    answers: dict[str, str] = {}
    ranks: dict[str, dict[str, str]] = {}
    for name in sent:
        if name.startswith("."):
            if name == LIVES_HERE or name.startswith(GEO):
                answers[name] = sent[name]
            elif name.startswith(RANK):
                question, _, code = name[len(RANK) :].rpartition(".")
                ranks.setdefault(question, {})[code] = sent[name]
        elif name != STAFF_TOKEN and (name in answered or name not in form.rules.places):
            # what the server fills is left out, whatever is sent
            answers[name] = " ".join(text for text in sent.getlist(name) if text)
    for question, places in ranks.items():
        answers[question] = _in_order(places)
    _change_count(sent, form, answers)
    return answers


def _in_order(places: Mapping[str, str]) -> str:
    """The codes by the place that each was given; those without one, or with none's, are out."""
    numbered = [(place, code) for code, place in places.items() if place.isdecimal()]
    return " ".join(code for _, code in sorted(numbered, key=lambda one: (int(one[0][:3]), one[1])))


def _change_count(sent: MultiDict[str, str], form: Form, answers: dict[str, str]) -> None:
    """One instance of a repeat more or fewer, where a button says so."""
    for button, step in ((MORE, 1), (LESS, -1)):
        name = sent.get(button, "")
        if name in form.rules.repeated:
            count = answers.get(name, "")
            number = int(count) if count.isdecimal() and len(count) < 4 else 0
            answers[name] = str(min(max(number + step, 0), MAX_INSTANCES))
