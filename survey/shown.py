"""What a page shows of its questions, now and by what its own answers can still bring up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from survey.instrument.items import Choice, Group, Item, Kind, Label, Question, instance_name
from survey.instrument.judge import Judgement
from survey.instrument.piping import piped_label
from survey.instrument.presented import offered, scale_values
from survey.instrument.questions import Form, Page
from survey.instrument.rules import Rule, used_names
from survey.instrument.surroundings import Surroundings
from survey.rotation import rotated_choices, rotated_questions
from survey.terms import LIVES_HERE, NO, YES, Terms

# Radio buttons up to here, a field to type the number beyond.
LONGEST_SCALE = 11
_CONTROLS_IN_GROUPS = frozenset({Kind.SELECT_MULTIPLE, Kind.RANK, Kind.ACKNOWLEDGE, Kind.GEOPOINT})


@dataclass(frozen=True, slots=True)
class Shown:
    """A question or group as it stands on a page.

    Attributes
    ----------
    name
        Under which it is answered: that of the instance in a repeat.
    label, hint
        With answers in them where the form has ``${name}``.
    raw
        Of choices that have ``${name}``: the label as the form has it, by code.
    instances, pattern
        Of a repeat: what each instance holds, and what a further one would.
    later
        Whether answers of other pages rule it out now.
    maybe
        Whether an answer of this page decides if it is asked.
    """

    item: Item
    name: str
    label: Label
    hint: Label = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    raw: Mapping[str, Label] = field(default_factory=dict)
    children: "tuple[Shown, ...]" = ()
    instances: "tuple[tuple[Shown, ...], ...]" = ()
    pattern: "tuple[Shown, ...]" = ()
    later: bool = False
    maybe: bool = False

    @property
    def is_group(self) -> bool:
        return isinstance(self.item, Group)

    @property
    def is_repeat(self) -> bool:
        return isinstance(self.item, Group) and self.item.repeats

    @property
    def is_group_of_controls(self) -> bool:
        """Whether it has several controls, so that its text is the legend of a fieldset."""
        if isinstance(self.item, Group):
            return False
        if self.item.kind is Kind.SELECT_ONE:
            return "minimal" not in self.item.appearance
        return self.item.kind in _CONTROLS_IN_GROUPS or bool(self.choices)


class Showing:
    """What can be seen of a form by one respondent after some answers.

    Parameters
    ----------
    judgement
        Of the answers so far.
    variant
        In which order questions and choices stand (``rotation.variant_of``).
    """

    def __init__(
        self, terms: Terms, judgement: Judgement, *, now: datetime, seed: int, variant: int
    ) -> None:
        self._terms = terms
        self._judgement = judgement
        self._now = now
        self._seed = seed
        self._variant = variant
        self._around = Surroundings(terms.form, now, terms.zone, seed)
        self._around.fill(judgement.values, judgement.counts)
        self._rules = {rule.name: rule for rule in terms.form.rules.in_order}
        self._moving: set[str] = set()
        self._elsewhere: frozenset[str] = frozenset()
        self._is_current = False

    def current(self, page: Page) -> tuple[Shown, ...]:
        """The page that is shown: what other pages rule out waits."""
        self._moving = _moving(self._terms.form, page)
        self._elsewhere = frozenset(_decided_elsewhere(self._terms.form, self._moving))
        self._is_current = True
        return tuple(self._items(self._ordered(page), None))

    def other(self, page: Page) -> tuple[Shown, ...]:
        """A page of the script's, with everything that it might show."""
        self._is_current = False
        return tuple(self._items(self._ordered(page), None))

    def _ordered(self, page: Page) -> tuple[Item, ...]:
        """The items of a page; its own group may be rotated like any other."""
        if page.repeat is not None:
            return (page.repeat,)
        group = Group(page.name, page.label, children=page.items)
        rules = self._terms.form.rules
        return rotated_questions(group, rules, self._terms.rules.rotation, self._variant)

    def _items(self, items: tuple[Item, ...], instance: int | None) -> Iterator[Shown]:
        for item in items:
            if isinstance(item, Group):
                if found := self._group(item, instance):
                    yield found
            elif item.kind.is_shown and item.name not in _fixed(self._terms):
                if self._terms.suggestion and item.name == self._terms.area_question:
                    question = _lives_here(self._terms.suggested_name)
                    yield Shown(question, question.name, question.label, choices=question.choices)
                yield self._question(item, instance)

    def _group(self, group: Group, instance: int | None) -> Shown | None:
        rules = self._terms.form.rules
        ordered = rotated_questions(group, rules, self._terms.rules.rotation, self._variant)
        if group.repeats:
            count = self._judgement.counts.get(group.name, 0)
            shown = self._shown(group, group.name, None)
            return replace(
                shown,
                instances=tuple(tuple(self._items(ordered, n)) for n in range(1, count + 1)),
                pattern=tuple(self._items(ordered, 1)),
            )
        children = tuple(self._items(ordered, instance))
        if not children:
            return None
        name = instance_name(group.name, instance) if instance else group.name
        return replace(self._shown(group, name, instance), children=children)

    def _question(self, question: Question, instance: int | None) -> Shown:
        name = instance_name(question.name, instance) if instance else question.name
        choices = rotated_choices(
            self._offered(question, instance),
            question,
            self._terms.rules.rotation,
            self._variant,
        )
        values = self._judgement.values
        hint = piped_label(question.hint, values, instance)
        raw = {choice.code: choice.label for choice in choices if _is_piped(choice)}
        if raw:
            choices = tuple(
                replace(one, label=piped_label(one.label, values, instance)) for one in choices
            )
        return replace(self._shown(question, name, instance), hint=hint, choices=choices, raw=raw)

    def _shown(self, item: Item, name: str, instance: int | None) -> Shown:
        rule = self._rules[item.name]
        later = maybe = False
        if self._is_current and rule.relevant is not None:
            decided = item.name in self._elsewhere
            later = decided and not self._around.holds(rule.relevant, rule, (instance or 1) - 1)
            maybe = not decided
        label = piped_label(item.label, self._judgement.values, instance)
        return Shown(item, name, label, later=later, maybe=maybe)

    def _offered(self, question: Question, instance: int | None) -> tuple[Choice, ...]:
        """All that this page may still offer: the script, or the judge, applies its own answers."""
        if question.kind is Kind.ACKNOWLEDGE:
            return (Choice("OK", {"zh": "我已阅读", "en": "I have read this"}),)
        if question.kind is Kind.RANGE and question.scale is not None:
            values = scale_values(question.scale)
            short = len(values) <= LONGEST_SCALE
            return tuple(Choice(one, {"zh": one, "en": one}) for one in values) if short else ()
        rule = self._rules[question.name]
        if rule.choice_filter is not None and self._moves(rule):
            question = replace(question, choice_filter=None)
        return offered(
            self._terms.form,
            question,
            self._judgement,
            self._seed,
            instance,
            now=self._now,
            timezone=self._terms.zone,
        )

    def _moves(self, rule: Rule) -> bool:
        """Whether an answer of this page decides what a filter offers."""
        assert rule.choice_filter is not None
        if not self._is_current:
            return True
        rules = self._terms.form.rules
        return bool(
            used_names(rule.choice_filter.expression, rule.path, rules.paths) & self._moving
        )


def questions_of(items: tuple[Shown, ...]) -> Iterator[Shown]:
    """The questions and notes among what is shown, in order."""
    for shown in items:
        if shown.is_repeat:
            yield shown
            for instance in shown.instances:
                yield from questions_of(instance)
        elif shown.is_group:
            yield from questions_of(shown.children)
        else:
            yield shown


def _is_piped(choice: Choice) -> bool:
    return any("${" in text for text in choice.label.values())


def _decided_elsewhere(form: Form, moving: set[str]) -> Iterator[str]:
    """Questions and groups whose own relevance no answer of this page can change."""
    for rule in form.rules.in_order:
        if rule.relevant is not None:
            reads = used_names(rule.relevant, rule.path, form.rules.references)
            if not reads & moving:
                yield rule.name


def _moving(form: Form, page: Page) -> set[str]:
    """Names whose value an answer of this page can change."""
    moving = {question.name for question in page.questions if question.kind.is_answered}
    for rule in form.rules.in_order:  # each follows what it depends on, so one pass is enough
        reads: set[str] = set()
        for expression in (rule.relevant, rule.calculation, rule.count):
            if expression is not None:
                reads |= used_names(expression, rule.path, form.rules.references)
        if rule.parent in moving or reads & moving:
            moving.add(rule.name)
    return moving


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


def _fixed(terms: Terms) -> frozenset[str]:
    return terms.hidden | terms.given.keys()
