"""The answers that stand in a form when the interview begins."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from survey.instrument.answers import reader_of, tidy
from survey.instrument.items import Kind
from survey.instrument.limits import MAX_INSTANCES
from survey.instrument.questions import Form
from survey.instrument.rules import Rule
from survey.instrument.surroundings import Surroundings


def initial_answers(
    form: Form, now: datetime, timezone: ZoneInfo, seed: int = 0
) -> Mapping[str, str]:
    """Defaults, computed once, with ``start`` and ``today``; by the name of the answer.

    For a repeated question there is one for each instance that may come; the judge drops
    those beyond the number. A default that is no valid answer is left out.
    """
    around = Surroundings(form, now, timezone, seed)
    found: dict[str, str] = {}
    for repeat, rules in form.rules.blocks:
        for place in range(MAX_INSTANCES if repeat else 1):
            if repeat:
                around.nodes[form.rules.references[repeat]] = ("",) * (place + 1)
                for rule in rules:
                    around.nodes[rule.path] = [*around.nodes[rule.path], ""]
            for rule in rules:
                if text := _initial(around, rule, place, now.astimezone(timezone)):
                    found[rule.names[place]] = text
                    around.nodes[rule.path] = [*around.nodes[rule.path][:place], text]
    return found


def _initial(around: Surroundings, rule: Rule, place: int, now: datetime) -> str:
    question = rule.question
    assert question is not None  # blocks hold questions
    if question.kind is Kind.START:
        return now.isoformat(timespec="seconds")
    if question.kind is Kind.TODAY:
        return around.today
    if not rule.is_answerable:
        return ""
    text = question.default or ""
    if rule.default is not None:
        text = _fitted(around.text(rule.default, rule, place), question.kind)
    cleaned = tidy(text)
    if cleaned and isinstance(cleaned, str):
        cleaned = reader_of(question)(cleaned)
    return cleaned if isinstance(cleaned, str) else ""


def _fitted(text: str, kind: Kind) -> str:
    """The day or the time of day of a moment, where the question asks for one of them."""
    day, separator, time = text.partition("T")
    if not separator:
        return text
    return {Kind.DATE: day, Kind.TIME: time}.get(kind, text)
