"""What the forms of the review pages were given, checked field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from survey.models import Verdict

SHORTEST_REASON, LONGEST_REASON = 4, 500  # characters

Words = tuple[str, str]  # Chinese and English


@dataclass(frozen=True, slots=True)
class Filled:
    """A decision as it was sent, and what is wrong with which of its fields.

    ``shown`` is the number of responses that the page said it would decide.
    """

    verdict: str
    reason: str
    shown: int = 1
    errors: Mapping[str, Words] = field(default_factory=dict)


def filled_decision(sent: Mapping[str, str]) -> Filled:
    """A decision on one response."""
    verdict, reason = sent.get("verdict", ""), sent.get("why", "").strip()
    return Filled(verdict, reason, errors=_faults(verdict, reason))


def filled_decision_on_all(sent: Mapping[str, str]) -> Filled:
    """A decision on all of a filter: it must be confirmed, and says how many were shown."""
    verdict, reason = sent.get("verdict", ""), sent.get("why", "").strip()
    errors = _faults(verdict, reason)
    number = sent.get("shown", "")
    if not (number.isascii() and number.isdigit() and int(number[:9]) > 0):
        errors["shown"] = ("没有可决定的答卷。", "There is nothing to decide.")
        number = "0"
    if sent.get("sure") != "1":
        errors["sure"] = ("请勾选确认。", "Please tick the confirmation.")
    return Filled(verdict, reason, int(number[:9]), errors)


def _faults(verdict: str, reason: str) -> dict[str, Words]:
    errors: dict[str, Words] = {}
    if verdict not in set(Verdict):
        errors["verdict"] = ("请选择采用或不予采用。", "Choose to accept or to reject.")
    if len(reason) < SHORTEST_REASON:
        errors["why"] = (
            f"请写明理由,至少 {SHORTEST_REASON} 个字。",
            f"Write the reason, at least {SHORTEST_REASON} characters.",
        )
    elif len(reason) > LONGEST_REASON:
        errors["why"] = (
            f"理由最多 {LONGEST_REASON} 个字。",
            f"At most {LONGEST_REASON} characters.",
        )
    return errors
