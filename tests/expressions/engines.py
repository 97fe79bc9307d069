"""The two engines: the server's, in Python, and the page's, in Chromium."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser

from survey.instrument.expressions.context import Context
from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.evaluator import evaluate
from survey.instrument.expressions.parser import parse
from survey.instrument.expressions.tree import Expression
from survey.instrument.expressions.values import as_boolean, as_number, as_string
from survey.instrument.page_rules import encode
from tests.expressions.cases import Case

ENGINE = Path(__file__).parents[2] / "survey/static/engine.js"
NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)

# Runs many expressions at once; numbers travel as texts, which keeps NaN, -0 and the infinities.
_RUN = """(told) => {
    const [contexts, jobs] = JSON.parse(told);
    const text = number => Object.is(number, -0) ? "-0" : String(number);
    for (const context of contexts) {
        context.now = new Date(context.now);
        context.choiceName = (name, code) => name + ":" + code;
    }
    return JSON.stringify(jobs.map(([tree, place]) => {
        try {
            const value = engine.evaluate(tree, contexts[place]);
            return [engine.asString(value), text(engine.asNumber(value)), engine.asBoolean(value)];
        } catch (error) {
            return error.message;
        }
    }));
}"""


@dataclass(frozen=True)
class Value:
    """A value in each of the three types."""

    string: str
    number: float
    boolean: bool


@dataclass(frozen=True)
class Surroundings:
    """What both engines are told."""

    nodes: Mapping[str, Sequence[str]]
    this: str | None
    references: Mapping[str, str] = field(default_factory=dict)
    repeat: str = ""
    instance: int = 0
    seed: int = 0
    now: datetime = NOW


Found = Value | str  # a text is the error


def on_server(cases: Sequence[Case]) -> Iterator[dict[str, Found]]:
    """For each case, zone to what the server's engine finds."""
    for case in cases:
        surroundings = Surroundings(case.nodes, case.this)
        yield {zone: server(case.expression, surroundings, zone) for zone in case.zones}


def on_page(browser: Browser, cases: Sequence[Case]) -> Iterator[dict[str, Found]]:
    """The same on the page's engine, by one call for each zone."""
    found: list[dict[str, Found]] = [{} for _ in cases]
    for zone in sorted({zone for case in cases for zone in case.zones}):
        jobs, places = [], []
        for place, case in enumerate(cases):
            if zone not in case.zones:
                continue
            try:
                jobs.append((parse(case.expression), Surroundings(case.nodes, case.this)))
                places.append(place)
            except ExpressionError as error:
                found[place][zone] = str(error)
        for place, one in zip(places, page(browser, jobs, zone), strict=True):
            found[place][zone] = one
    yield from found


def server(tree: str | Expression, around: Surroundings, zone_name: str) -> Found:
    zone = ZoneInfo(zone_name)
    try:
        tree = parse(tree) if isinstance(tree, str) else tree
        value = evaluate(tree, context(around, zone))
    except ExpressionError as error:
        return str(error)
    return Value(as_string(value, zone), as_number(value, zone), as_boolean(value))


def context(around: Surroundings, zone: ZoneInfo) -> Context:
    return Context(
        around.nodes,
        around.this,
        around.references,
        zone,
        around.now,
        repeat=around.repeat,
        instance=around.instance,
        seed=around.seed,
        choice_name=lambda name, code: f"{name}:{code}",
    )


def page(
    browser: Browser,
    jobs: Sequence[tuple[Expression, Surroundings]],
    zone: str,
    source: str | None = None,
) -> list[Found]:
    """Evaluate on the page's engine, or on that in ``source``."""
    places: dict[int, int] = {}
    contexts = []
    for _, around in jobs:
        if id(around) not in places:
            places[id(around)] = len(contexts)
            contexts.append(_told(around))
    told = json.dumps([contexts, [[encode(tree), places[id(around)]] for tree, around in jobs]])
    visitor = browser.new_context(timezone_id=zone)
    try:
        tab = visitor.new_page()
        tab.add_script_tag(content=source or ENGINE.read_text("utf-8"))
        texts = tab.evaluate(_RUN, told)
    finally:
        visitor.close()
    return [
        found if isinstance(found, str) else Value(found[0], float(found[1]), found[2])
        for found in json.loads(texts)
    ]


def _told(around: Surroundings) -> dict[str, object]:
    return {
        "nodes": around.nodes,
        "self": around.this,
        "refs": around.references,
        "repeat": around.repeat,
        "instance": around.instance,
        "seed": around.seed,
        "now": around.now.timestamp() * 1000,
    }
