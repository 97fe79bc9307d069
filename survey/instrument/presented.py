"""What a page shows of a question: its texts with answers in them, its choices in their order."""

import math
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from survey.instrument.expressions.context import Context
from survey.instrument.expressions.functions import FUNCTIONS
from survey.instrument.expressions.values import Node, NodeSet
from survey.instrument.items import Choice, Question, Scale
from survey.instrument.judge import Judgement
from survey.instrument.piping import label_text
from survey.instrument.questions import Form
from survey.instrument.rules import Rule
from survey.instrument.surroundings import Surroundings

__all__ = ["label_text", "offered", "scale_values", "shuffled"]

_UTC = ZoneInfo("UTC")


def offered(
    form: Form,
    question: Question,
    judgement: Judgement,
    seed: int,
    instance: int | None = None,
    *,
    now: datetime | None = None,
    timezone: ZoneInfo = _UTC,
) -> tuple[Choice, ...]:
    """The choices that the filter leaves, in the order in which they are shown.

    Without a filter and ``randomize`` these are the choices as they stand, at no cost.

    Parameters
    ----------
    seed : int
        Of the response: settles the order unless the question has a seed of its own.
    instance : int or None
        Of the repeat in which the question stands, counted from 1.
    now, timezone
        For a filter that reads the clock.
    """
    if question.choice_filter is None and not question.randomize:
        return question.choices
    rule = form.rules.named[question.name]
    around = Surroundings(form, now or datetime.now(UTC), timezone, seed)
    around.fill(judgement.values, judgement.counts)
    place = (instance or 1) - 1
    codes = around.offered(rule, place, question.codes)
    if question.randomize:
        codes = shuffled(codes, _seed(around, rule, place, seed))
    if codes == question.codes:
        return question.choices
    choices = {choice.code: choice for choice in question.choices}
    return tuple(choices[code] for code in codes)


def shuffled(codes: tuple[str, ...], seed: int) -> tuple[str, ...]:
    """The order that XLSForm's ``randomize(nodeset, seed)`` gives."""
    nodes = NodeSet(tuple(Node("", place, code) for place, code in enumerate(codes)))
    found = FUNCTIONS["randomize"].run(Context({}, None), [nodes, float(seed)])
    assert isinstance(found, NodeSet)
    return tuple(node.text for node in found)


def scale_values(scale: Scale) -> tuple[str, ...]:
    """The numbers of a ``range`` question from its first to its last, as they are stored."""
    start, end, step = Decimal(scale.start), Decimal(scale.end), Decimal(scale.step)
    steps = int(abs(end - start) / step)
    sign = 1 if end >= start else -1
    return tuple(_plain(start + sign * step * place) for place in range(steps + 1))


def _seed(around: Surroundings, rule: Rule, place: int, seed: int) -> int:
    """The question's own seed; the response's where it has none or it is no integer (yet)."""
    if rule.seed is None:
        return seed
    own = around.number(rule.seed, rule, place)
    return int(own) if math.isfinite(own) and own.is_integer() else seed


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
