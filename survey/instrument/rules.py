"""The expressions of a form, parsed once and put into the order of their dependence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from survey.instrument.answers import Reader, reader_of
from survey.instrument.expressions.evaluator import matches, resolve
from survey.instrument.expressions.parser import parse
from survey.instrument.expressions.tree import Call, Expression, Path, references, walk
from survey.instrument.filters import CHOICE_PATH, ChoiceFilter
from survey.instrument.items import Group, Item, Kind, Question, instance_name
from survey.instrument.limits import MAX_INSTANCES


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
    repeat, repeat_path : str
        Name and path of the repeat in which it stands; empty outside. The repeat itself
        stands outside.
    parent_is_repeated : bool
        Whether the group around it is asked anew in each instance.
    names : tuple of str
        Under which the answers are sent: the name, or one name for each instance.
    repeats : bool
        Whether it is a repeat; ``count`` says how often, None as often as answered.
    default, seed : Expression or None
        Of the computed default, and of the order of the choices.
    is_required : bool
        Whether it is required whatever was answered.
    is_asked, is_shown : bool
        Whether the respondent answers it; whether it stands on the page.
    is_answerable : bool
        Whether its value comes from the answers, the respondent's or the server's.
    read : callable
        Turns a tidy text into an answer.
    """

    name: str
    path: str
    parent: str
    question: Question | None
    relevant: Expression | None = None
    calculation: Expression | None = None
    required: Expression | None = None
    constraint: Expression | None = None
    choice_filter: ChoiceFilter | None = None
    count: Expression | None = None
    default: Expression | None = None
    seed: Expression | None = None
    repeat: str = ""
    repeat_path: str = ""
    parent_is_repeated: bool = False
    names: tuple[str, ...] = ()
    repeats: bool = False
    is_required: bool = False
    is_asked: bool = False
    is_shown: bool = False
    is_answerable: bool = False
    read: Reader = field(default=str, compare=False)


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a form.

    Attributes
    ----------
    in_order : tuple
        Each after all that it depends on, else in document order.
    in_document : tuple
        The questions in document order.
    blocks : tuple
        The same, those of a repeat together: the name of the repeat (empty for none), rules.
    named : mapping
        Name of a question to its rule.
    paths : mapping
        Name of a question to its path.
    references : mapping
        The same with the repeats: what ``${name}`` may mean.
    blank : mapping
        Path to its texts before anything is answered: none for what is repeated.
    repeated : mapping
        Name of a repeat to the rules inside it.
    places : mapping
        Every name that an answer may have, to its place in the document.
    """

    in_order: tuple[Rule, ...]
    in_document: tuple[Rule, ...]
    blocks: tuple[tuple[str, tuple[Rule, ...]], ...]
    named: Mapping[str, Rule]
    paths: Mapping[str, str]
    references: Mapping[str, str]
    blank: Mapping[str, Sequence[str]]
    repeated: Mapping[str, tuple[Rule, ...]]
    places: Mapping[str, int]

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
        rules = _flatten(children, f"/{root}", None, None)
        in_document = tuple(rule for rule in rules if rule.question is not None)
        paths = {rule.name: rule.path for rule in in_document}
        repeats = [rule for rule in rules if rule.repeats]
        names = paths | {rule.name: rule.path for rule in repeats}
        return cls(
            in_order=_ordered(rules, names),
            in_document=in_document,
            blocks=tuple(
                (name, tuple(block)) for name, block in groupby(in_document, lambda one: one.repeat)
            ),
            named={rule.name: rule for rule in in_document},
            paths=paths,
            references=names,
            blank={
                rule.path: () if rule.repeat or rule.repeats else ("",)
                for rule in rules
                if rule.question is not None or rule.repeats
            },
            repeated={
                repeat.name: tuple(rule for rule in rules if rule.repeat == repeat.name)
                for repeat in repeats
            },
            places={name: place for place, name in enumerate(_names(rules))},
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
    if not steps:
        return set()
    if "*" not in steps:  # a name is used once in a form, so there is but one to look at
        return {steps[-1]} if paths.get(steps[-1]) == "/" + "/".join(steps) else set()
    return {name for name, stored in paths.items() if matches(steps, stored)}


def _flatten(
    items: Iterable[Item], above: str, parent: Rule | None, repeat: Rule | None
) -> list[Rule]:
    rules: list[Rule] = []
    for item in items:
        path = f"{above}/{item.name}"
        rule = _rule(item, path, parent, repeat)
        rules.append(rule)
        if isinstance(item, Group):
            rules += _flatten(item.children, path, rule, rule if item.repeats else repeat)
    return rules


def _rule(item: Item, path: str, parent: Rule | None, repeat: Rule | None) -> Rule:
    place = Rule(
        name=item.name,
        path=path,
        parent=parent.name if parent else "",
        question=None,
        relevant=_parsed(item.relevant),
        repeat=repeat.name if repeat else "",
        repeat_path=repeat.path if repeat else "",
        parent_is_repeated=bool(parent and parent.repeat),
        names=_instances(item.name) if repeat else (item.name,),
    )
    if isinstance(item, Group):
        return replace(place, repeats=item.repeats, count=_parsed(item.count))
    return _of_question(item, place)


def _of_question(question: Question, place: Rule) -> Rule:
    kind = question.kind
    required = _parsed(question.required)
    is_computed = question.calculation is not None
    return replace(
        place,
        question=question,
        calculation=_parsed(question.calculation),
        required=required,
        constraint=_parsed(question.constraint),
        choice_filter=ChoiceFilter.of(question),
        default=_parsed(question.default_expression),
        seed=_parsed(question.seed),
        is_required=isinstance(required, Call) and required.name == "true",
        is_asked=kind.is_answered and not question.read_only and not is_computed,
        is_shown=kind.is_shown,
        is_answerable=not is_computed and kind not in {Kind.NOTE, Kind.CALCULATE},
        read=reader_of(question),
    )


def _parsed(text: str | None) -> Expression | None:
    return None if text is None else parse(text)


def _instances(name: str) -> tuple[str, ...]:
    return tuple(instance_name(name, number) for number in range(1, MAX_INSTANCES + 1))


def _names(rules: Sequence[Rule]) -> Iterable[str]:
    """Every name that an answer may have, instance after instance in a repeat."""
    for repeat, block in groupby(rules, lambda rule: rule.repeat):
        inside = [rule for rule in block if rule.question is not None or rule.repeats]
        if not repeat:
            yield from (rule.name for rule in inside)
            continue
        for number in range(MAX_INSTANCES):
            yield from (rule.names[number] for rule in inside)


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
    for expression in (rule.relevant, rule.count):
        if expression is not None:
            names |= used_names(expression, rule.path, paths)
    if rule.choice_filter is not None:
        names |= used_names(rule.choice_filter.expression, CHOICE_PATH, paths)
    if rule.calculation is not None:
        # A calculation may look at its own value, which is empty before: once(), coalesce().
        names |= used_names(rule.calculation, rule.path, paths) - {rule.name}
    return sorted(names)
