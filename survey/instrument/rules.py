"""The expressions of a form, parsed once and put into the order of their dependence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from survey.instrument.expressions.evaluator import matches, resolve
from survey.instrument.expressions.parser import parse
from survey.instrument.expressions.tree import Expression, Path, references, walk
from survey.instrument.items import Group, Item, Question


class CircularRules(Exception):
    """Questions whose being asked or whose value depends on itself.

    Attributes
    ----------
    circles : list of list of str
        The names of each circle found, each depending on the next, the last on the first.
    """

    def __init__(self, circles: list[list[str]]) -> None:
        super().__init__("; ".join(" → ".join(names) for names in circles))
        self.circles = circles


@dataclass(frozen=True, slots=True)
class Rule:
    """A question or group and its parsed expressions.

    Attributes
    ----------
    path, parent : str
        Path of the node; name of the group around it, empty at the top.
    question : Question or None
        None for a group.
    """

    name: str
    path: str
    parent: str
    question: Question | None
    relevant: Expression | None
    calculation: Expression | None
    required: Expression | None
    constraint: Expression | None


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a form.

    Attributes
    ----------
    in_order : tuple
        Each after all that it depends on, else in document order.
    in_document : tuple
        The questions in document order.
    paths : mapping
        Name of a question to its path.
    """

    in_order: tuple[Rule, ...]
    in_document: tuple[Rule, ...]
    paths: Mapping[str, str]

    @classmethod
    def of(cls, root: str, children: Iterable[Item]) -> "Rules":
        """Parse the expressions and settle the order.

        Raises
        ------
        ExpressionError
            An expression cannot be read.
        CircularRules
            No order exists.
        """
        rules = _flatten(children, f"/{root}", "")
        paths = {rule.name: rule.path for rule in rules if rule.question is not None}
        return cls(
            in_order=_ordered(rules, paths),
            in_document=tuple(rule for rule in rules if rule.question is not None),
            paths=paths,
        )


def used_names(expression: Expression, path: str, paths: Mapping[str, str]) -> frozenset[str]:
    """The questions that an expression at a node reads, by ``${name}`` or by path."""
    names = set(references(expression))
    for part in walk(expression):
        if isinstance(part, Path):
            names |= named_by_path(part, path, paths)
    return frozenset(names)


def named_by_path(part: Path, path: str, paths: Mapping[str, str]) -> set[str]:
    """The questions that a location path at a node means."""
    steps = resolve(part, path)
    if steps is None:
        return set()
    return {name for name, stored in paths.items() if matches(steps, stored)}


def _flatten(items: Iterable[Item], above: str, parent: str) -> list[Rule]:
    rules: list[Rule] = []
    for item in items:
        path = f"{above}/{item.name}"
        if isinstance(item, Question):
            rules.append(_question_rule(item, path, parent))
        else:
            rules.append(_group_rule(item, path, parent))
            rules += _flatten(item.children, path, item.name)
    return rules


def _group_rule(group: Group, path: str, parent: str) -> Rule:
    relevant = _parsed(group.relevant)
    return Rule(group.name, path, parent, None, relevant, None, None, None)


def _question_rule(question: Question, path: str, parent: str) -> Rule:
    return Rule(
        name=question.name,
        path=path,
        parent=parent,
        question=question,
        relevant=_parsed(question.relevant),
        calculation=_parsed(question.calculation),
        required=_parsed(question.required),
        constraint=_parsed(question.constraint),
    )


def _parsed(text: str | None) -> Expression | None:
    return None if text is None else parse(text)


def _ordered(rules: list[Rule], paths: Mapping[str, str]) -> tuple[Rule, ...]:
    """Depth-first, so that each rule follows what it needs; without recursion."""
    by_name = {rule.name: rule for rule in rules}
    needs = {rule.name: _needs(rule, paths) for rule in rules}
    done: dict[str, Rule] = {}
    circles: list[list[str]] = []
    for rule in rules:
        trail: list[str] = [rule.name]
        while trail:
            name = trail[-1]
            waiting = next((n for n in needs[name] if n not in done and n in by_name), None)
            if name in done or waiting is None:
                done.setdefault(name, by_name[name])
                trail.pop()
            elif waiting in trail:
                circles.append(trail[trail.index(waiting) :])
                needs[name].remove(waiting)
            else:
                trail.append(waiting)
    if circles:
        raise CircularRules(circles)
    return tuple(done.values())


def _needs(rule: Rule, paths: Mapping[str, str]) -> list[str]:
    """What must be known before: the group around it and the questions it reads."""
    names = {rule.parent} if rule.parent else set()
    if rule.relevant is not None:
        names |= used_names(rule.relevant, rule.path, paths)
    if rule.calculation is not None:
        # A calculation may look at its own value, which is empty before: once(), coalesce().
        names |= used_names(rule.calculation, rule.path, paths) - {rule.name}
    return sorted(names)
