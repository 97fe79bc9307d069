"""What a page shows of its questions, and what its script may hide and show."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from survey.instrument.expressions.context import Context
from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.evaluator import evaluate
from survey.instrument.expressions.values import as_boolean
from survey.instrument.items import Choice, Group, Item, Kind, Question
from survey.instrument.page_rules import PageRule, page_rule
from survey.instrument.questions import Form, Page
from survey.instrument.rules import Rule, used_names
from survey.interview import Ask
from survey.terms import LIVES_HERE, NO, YES, Terms


def visible_items(terms: Terms, ask: Ask, now: datetime) -> tuple[Item, ...]:
    """What the page shows: all that its own answers can still bring up.

    Left out is what answers of other pages rule out, and what the server fills.
    Where a community's own place was scanned, the question about the home
    comes after a yes or no.
    """
    ruled_out = {
        rule.name
        for rule in _decided_elsewhere(terms.form, ask.page)
        if not _is_relevant(rule, terms, ask, now)
    }
    return tuple(_visible(terms, ask.page.items, ruled_out))


def page_rules(terms: Terms, ask: Ask) -> dict[str, PageRule]:
    """For the script: the relevance of what this page's own answers switch on and off."""
    known = _known(terms, ask)
    names = set(_names(ask.page.items))
    rules = {}
    for rule in terms.form.rules.in_order:
        if rule.name in names and rule.relevant is not None:
            found = page_rule(rule.relevant, known)
            if found is not None:
                rules[rule.name] = found
    if terms.suggestion and terms.area_question in names:
        own = rules.get(terms.area_question)
        elsewhere: PageRule = ["=", ["ref", LIVES_HERE], ["lit", NO]]
        rules[terms.area_question] = ["and", own, elsewhere] if own else elsewhere
        if own:
            rules[LIVES_HERE] = own
    return rules


def _decided_elsewhere(form: Form, page: Page) -> Iterator[Rule]:
    """Rules whose own relevance no answer of this page can change."""
    moving = {question.name for question in page.questions if question.kind.is_answered}
    for rule in form.rules.in_order:  # each follows what it depends on, so one pass is enough
        reads = [
            used_names(expression, rule.path, form.rules.paths)
            for expression in (rule.relevant, rule.calculation)
            if expression is not None
        ]
        if rule.relevant is not None and not reads[0] & moving:
            yield rule
        if rule.parent in moving or any(names & moving for names in reads):
            moving.add(rule.name)


def _is_relevant(rule: Rule, terms: Terms, ask: Ask, now: datetime) -> bool:
    """Whether the rule's own relevance holds, whatever is around it."""
    assert rule.relevant is not None
    paths, values = terms.form.rules.paths, ask.judgement.values
    nodes = {path: (values.get(name, ""),) for name, path in paths.items()}
    context = Context(nodes, rule.path, paths, terms.zone, now)
    try:
        return as_boolean(evaluate(rule.relevant, context))
    except ExpressionError:  # what cannot be computed is not true: so says the judge, too
        return False


def _visible(terms: Terms, items: tuple[Item, ...], ruled_out: set[str]) -> Iterator[Item]:
    for item in items:
        if item.name in ruled_out:
            continue
        if isinstance(item, Group):
            if children := tuple(_visible(terms, item.children, ruled_out)):
                yield replace(item, children=children)
        elif item.kind.is_shown and item.name not in _fixed(terms):
            if terms.suggestion and item.name == terms.area_question:
                yield _lives_here(terms.suggested_name)
            yield item


def _lives_here(name: str) -> Question:
    return Question(
        name=LIVES_HERE,
        kind=Kind.SELECT_ONE,
        label={"zh": f"您住在{name}吗?", "en": f"Do you live in {name}?"},
        choices=(
            Choice(YES, {"zh": "是", "en": "Yes"}),
            Choice(NO, {"zh": "不是", "en": "No"}),
        ),
        required="true()",
    )


def _known(terms: Terms, ask: Ask) -> Mapping[str, str]:
    """Values that no control of this page holds: of other pages, and what the server fills."""
    here = set(_names(ask.page.items)) - _fixed(terms)
    values = ask.judgement.values
    return {name: values.get(name, "") for name in terms.form.rules.paths if name not in here}


def _fixed(terms: Terms) -> frozenset[str]:
    return terms.hidden | terms.given.keys()


def _names(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        yield item.name
        if isinstance(item, Group):
            yield from _names(item.children)
