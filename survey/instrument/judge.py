"""The one judge: which questions are asked, and which answers are valid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from survey.instrument.answers import (
    Fault,
    FaultCode,
    clean,
    clean_count,
    fault,
    missing,
    tidy,
)
from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.tree import Reference
from survey.instrument.expressions.values import as_boolean
from survey.instrument.items import Kind, Label, Question
from survey.instrument.limits import MAX_INSTANCES
from survey.instrument.piping import piped_label, piped_names
from survey.instrument.questions import Form
from survey.instrument.rules import Rule
from survey.instrument.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge found.

    A question in a repeat has a name for each instance: ``age[1]``, ``age[2]``.

    Attributes
    ----------
    asked : tuple of str
        Questions that the respondent answers, in document order.
    shown : tuple of str
        The same with the notes and the read-only questions that stand between them.
    values : mapping
        The answers, cleaned, and the calculations: what is to be stored if there is no
        fault. Never an empty text, never the answer to a question that is not asked.
        A repeat that the respondent extends has the number of its instances here.
    faults : mapping
        Name of a question or repeat to what is wrong, in document order; empty when the
        answers can be stored.
    counts : mapping
        Name of each repeat to the number of its instances.
    """

    asked: tuple[str, ...]
    shown: tuple[str, ...]
    values: Mapping[str, str]
    faults: Mapping[str, Fault]
    counts: Mapping[str, int] = field(default_factory=dict)


def judge(
    form: Form,
    answers: Mapping[str, str],
    *,
    hidden: frozenset[str] = frozenset(),
    now: datetime,
    timezone: ZoneInfo,
    seed: int = 0,
) -> Judgement:
    """Apply the whole form to complete answers (phone and volunteer entry).

    A relevant that is false clears what stands below it, as in XLSForm. Answers to
    questions that are not asked, to notes and to calculations are dropped, so are those
    to instances beyond the number of a repeat; an unknown name is a fault, and so is a
    choice that the filter does not offer. It never raises on answers.

    Parameters
    ----------
    answers : mapping
        Name to text as sent; several codes are joined by a space. The values of
        hidden, start and end rows come from the server, so its caller puts them in;
        so does it with those of read-only questions whose default is computed
        (``initial_answers``). ``today`` is the local day unless it is given.
    hidden : frozenset
        Questions not put to this respondent; they count as not asked. The plain name of a
        repeated question hides it in every instance.
    now, timezone
        For ``today()`` and dates without offset.
    seed : int
        For ``random()`` and ``randomize()`` without a seed of its own.
    """
    sitting = _Sitting(form, answers, hidden, Surroundings(form, now, timezone, seed))
    for rule in form.rules.in_order:
        sitting.settle(rule)
    for rule in form.rules.in_document:
        sitting.check(rule)
    return sitting.judgement()


class _Sitting:
    """The state of one judgement: what is known so far about questions and groups.

    What is asked once and what is repeated are treated alike: each rule has a list,
    of one element or of one for each instance.
    """

    def __init__(
        self,
        form: Form,
        answers: Mapping[str, str],
        hidden: frozenset[str],
        around: Surroundings,
    ) -> None:
        self._rules = form.rules
        self._answers = answers
        self._hidden = hidden
        self._around = around
        self._open: dict[str, list[bool]] = {"": [True]}
        self._counts: dict[str, int] = {}
        self._answered: set[str] = set()  # repeats whose number the respondent gave
        places = form.rules.places
        self._faults = {name: fault(FaultCode.UNKNOWN) for name in answers if name not in places}

    def settle(self, rule: Rule) -> None:
        """Decide whether a group or question is open, and the value of a question."""
        if not rule.repeat:
            self._open[rule.name] = [self._is_open(rule, 0)]
            if rule.repeats:
                self._begin(rule)
            elif self._open[rule.name][0]:
                self._take(rule, 0)
            return
        count = self._counts[rule.repeat]
        self._open[rule.name] = is_open = [self._is_open(rule, place) for place in range(count)]
        for place in range(count):
            if is_open[place]:
                self._take(rule, place)

    def check(self, rule: Rule) -> None:
        """Apply ``required`` and ``constraint`` once all values are known."""
        question = rule.question
        if question is None or not rule.is_asked:
            return
        texts = self._around.nodes[rule.path]
        for place, is_open in enumerate(self._open[rule.name]):
            if is_open and rule.names[place] not in self._faults:
                self._check(rule, question, place, texts[place])

    def judgement(self) -> Judgement:
        asked: list[str] = []
        shown: list[str] = []
        values: dict[str, str] = {}
        for repeat, rules in self._rules.blocks:
            if repeat in self._answered:
                values[repeat] = str(self._counts[repeat])
            for place in range(self._counts[repeat] if repeat else 1):
                for rule in rules:
                    if not self._open[rule.name][place]:
                        continue
                    name = rule.names[place]
                    if rule.is_asked:
                        asked.append(name)
                    if rule.is_shown:
                        shown.append(name)
                    if text := self._around.nodes[rule.path][place]:
                        values[name] = text
        faults = self._faults
        if len(faults) > 1:
            places = self._rules.places
            order = sorted(faults, key=lambda name: places.get(name, len(places)))
            faults = {name: faults[name] for name in order}
        return Judgement(tuple(asked), tuple(shown), values, faults, self._counts)

    def _is_open(self, rule: Rule, place: int) -> bool:
        if not self._open[rule.parent][place if rule.parent_is_repeated else 0]:
            return False
        if self._hidden and (rule.name in self._hidden or rule.names[place] in self._hidden):
            return False
        return rule.relevant is None or self._around.holds(rule.relevant, rule, place)

    def _begin(self, rule: Rule) -> None:
        """Settle how many instances a repeat has, and make room for their answers."""
        count = self._count(rule) if self._open[rule.name][0] else 0
        self._counts[rule.name] = count
        self._around.nodes[rule.path] = ("",) * count
        for inside in self._rules.repeated[rule.name]:
            if inside.question is not None:
                self._around.nodes[inside.path] = [""] * count

    def _count(self, rule: Rule) -> int:
        if rule.count is None:
            count = clean_count(self._answers.get(rule.name, ""))
            if isinstance(count, Fault):
                self._faults[rule.name] = count
                return 0
            if count is not None:
                self._answered.add(rule.name)
            return count or 0
        wanted = self._around.number(rule.count, rule)
        if not wanted >= 1:
            return 0
        if wanted > MAX_INSTANCES:
            self._faults[self._counting(rule)] = fault(FaultCode.NOT_A_COUNT)
            return MAX_INSTANCES
        return int(wanted)

    def _counting(self, rule: Rule) -> str:
        """Where the respondent can mend the number: at the question, if its answer is all of it."""
        name = rule.count.name if isinstance(rule.count, Reference) else ""
        read = self._rules.named.get(name)
        return name if read is not None and read.is_asked and not read.repeat else rule.name

    def _take(self, rule: Rule, place: int) -> None:
        """The value of an open question: computed, or answered and cleaned."""
        question = rule.question
        if rule.calculation is not None:
            self._store(rule, place, self._around.text(rule.calculation, rule, place))
        elif question is not None and rule.is_answerable:
            answer = self._answer(rule, question, place)
            if isinstance(answer, Fault):
                self._faults[rule.names[place]] = answer
            elif answer:
                self._store(rule, place, answer)

    def _answer(self, rule: Rule, question: Question, place: int) -> str | Fault:
        given = self._answers.get(rule.names[place], "")
        if question.read_only and question.default_expression is None:
            given = question.default or ""
        if question.kind is Kind.TODAY:
            day = clean(question, given)
            return day if day and isinstance(day, str) else self._around.today
        answer = tidy(given) if given else ""
        if answer and isinstance(answer, str):
            answer = rule.read(answer)
            if isinstance(answer, str) and (rule.choice_filter or question.kind is Kind.RANK):
                return self._offered(rule, question, place, answer)
        return answer

    def _offered(self, rule: Rule, question: Question, place: int, answer: str) -> str | Fault:
        """The codes if the filter offers them; of a rank they must be all that it offers."""
        given = (answer,) if question.kind is Kind.SELECT_ONE else tuple(answer.split())
        if rule.choice_filter is not None:
            offered = self._around.offered(rule, place, given)
            if len(offered) < len(given):
                return fault(FaultCode.NO_SUCH_CHOICE)
        if question.kind is Kind.RANK:
            wanted = self._around.offered(rule, place, question.codes)
            if len(wanted) > len(given):
                return fault(FaultCode.NOT_ALL_RANKED)
        return answer

    def _store(self, rule: Rule, place: int, text: str) -> None:
        nodes = self._around.nodes
        if not rule.repeat:
            nodes[rule.path] = (text,)
            return
        texts = nodes[rule.path]
        assert isinstance(texts, list)  # as _begin made it
        texts[place] = text

    def _check(self, rule: Rule, question: Question, place: int, text: str) -> None:
        name = rule.names[place]
        if not text:  # a constraint says nothing about an empty answer
            if rule.required is not None and self._must_answer(rule, question, place):
                self._faults[name] = missing(
                    question, self._piped(question.required_message, rule, place)
                )
            return
        if rule.constraint is None:
            return
        try:
            if not as_boolean(self._around.value(rule.constraint, rule, place)):
                message = self._piped(question.constraint_message, rule, place)
                self._faults[name] = fault(FaultCode.CONSTRAINT, message)
        except ExpressionError:
            self._faults[name] = fault(FaultCode.UNCHECKED)

    def _must_answer(self, rule: Rule, question: Question, place: int) -> bool:
        """Whether it is required; not where the filter leaves nothing to choose."""
        assert rule.required is not None
        if not rule.is_required and not self._around.holds(rule.required, rule, place):
            return False
        if rule.choice_filter is None:
            return True
        return bool(self._around.offered(rule, place, question.codes))

    def _piped(self, message: Label, rule: Rule, place: int) -> Label:
        """The form's own sentence with the answers that it shows."""
        names = {name for text in message.values() for name in piped_names(text) or ()}
        if not names:
            return message
        values = {}
        for name in names & self._rules.references.keys():
            texts = self._around.nodes[self._rules.references[name]]
            values[name] = texts[place if len(texts) > 1 else 0] if texts else ""
        return piped_label(message, values)
