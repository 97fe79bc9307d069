"""What only the whole form can tell: names used twice, names unknown, rules in a circle."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.study.problems import Problem
from survey.instrument.choices import WITH_OTHER, ChoiceList
from survey.instrument.expressions.parser import parse
from survey.instrument.expressions.tree import Expression, Path, references, walk
from survey.instrument.filters import CHOICE_PATH, NAME, columns_of, unreadable_in_filter
from survey.instrument.items import Group, Item, Label, Question
from survey.instrument.limits import MAX_CHOICES, MAX_LANGUAGES, MAX_QUESTIONS
from survey.instrument.piping import piped_names
from survey.instrument.questions import Form
from survey.instrument.rules import CircularRules, named_by_path
from survey.instrument.workbook import CHOICES, SURVEY, Workbook

# Attribute of an item to the column that it comes from.
_EXPRESSIONS = {
    "relevant": "relevant",
    "constraint": "constraint",
    "required": "required",
    "calculation": "calculation",
    "default_expression": "default",
    "count": "repeat_count",
    "seed": "parameters",
}
_LABELS = {
    "label": "label",
    "hint": "hint",
    "constraint_message": "constraint_message",
    "required_message": "required_message",
}


@dataclass(frozen=True, slots=True)
class _Placed:
    """An item, its path, and the repeat in which its texts stand (its own, if it is one)."""

    item: Item
    path: str
    repeat: str


class Checks:
    """Finds the problems between the rows of a form.

    Parameters
    ----------
    lists
        The choices sheet by list: for the rows of piped choice labels.
    names
        Of all rows, refused ones included.
    """

    def __init__(
        self, workbook: Workbook, form: Form, lists: Mapping[str, ChoiceList], names: set[str]
    ) -> None:
        self._workbook = workbook
        self._form = form
        self._lists = lists
        self._names = names
        self._placed = list(_placed(form.children, f"/{form.root}", ""))
        self._repeats = {
            one.item.name: one.repeat for one in self._placed if isinstance(one.item, Question)
        }
        self._paths = {
            one.item.name: one.path
            for one in self._placed
            if isinstance(one.item, Question) or one.item.repeats
        }
        self._some_refused = names > self._paths.keys()

    def problems(self) -> list[Problem]:
        found = [*self._used_twice(), *self._too_many()]
        for placed in self._placed:
            found += self._in_expressions(placed)
            found += self._in_labels(placed)
        found += self._in_choice_labels()
        return found or list(self._circles())

    def _used_twice(self) -> Iterator[Problem]:
        first: dict[str, int] = {}
        for placed in self._placed:
            name, row = placed.item.name, placed.item.row
            if name in first:
                yield self._problem(
                    row,
                    "name",
                    name,
                    f"整份问卷中唯一的名称(第 {first[name]} 行已用)",
                    f"a name used once in the form (row {first[name]} has it)",
                )
            elif name == self._form.root:
                yield self._problem(
                    row, "name", name, "与整份问卷不同的名称", "a name other than that of the form"
                )
            first.setdefault(name, row)

    def _too_many(self) -> Iterator[Problem]:
        questions = [one.item for one in self._placed if isinstance(one.item, Question)]
        choices = {one.list_name: len(one.choices) for one in questions}
        languages = len(self._form.languages)
        for found, limit, zh, en in (
            (len(questions), MAX_QUESTIONS, "道题", "questions"),
            (sum(choices.values()), MAX_CHOICES, "个选项", "choices"),
            (languages, MAX_LANGUAGES, "种语言", "languages"),
        ):
            if found > limit:
                yield self._problem(
                    None, "", f"{found} {en}", f"最多 {limit} {zh}", f"at most {limit} {en}"
                )

    def _in_expressions(self, placed: _Placed) -> Iterator[Problem]:
        for attribute, column in _EXPRESSIONS.items():
            text = getattr(placed.item, attribute, None)
            if text is not None:
                expression = parse(text)
                yield from self._unknown(placed, column, expression)
                yield from self._lost_paths(placed, column, text, expression)
        if isinstance(placed.item, Question) and placed.item.choice_filter is not None:
            yield from self._in_filter(placed, placed.item, placed.item.choice_filter)

    def _unknown(self, placed: _Placed, column: str, expression: Expression) -> Iterator[Problem]:
        for name in sorted(references(expression) - self._names):
            yield self._problem(
                placed.item.row,
                column,
                f"{placed.item.name}: ${{{name}}}",
                "问卷中一道题的名称",
                "the name of a question of the form",
            )

    def _lost_paths(
        self, placed: _Placed, column: str, text: str, expression: Expression
    ) -> Iterator[Problem]:
        """The first path that leads nowhere."""
        lost = (
            part
            for part in walk(expression)
            if isinstance(part, Path) and not named_by_path(part, placed.path, self._paths)
        )
        part = None if self._some_refused else next(lost, None)
        if part is not None:
            yield self._problem(
                placed.item.row,
                column,
                f"{placed.item.name}: {text}",
                f"第 {part.position + 1} 个字符处的路径应指向一道题",
                f"a path to a question of the form at character {part.position + 1}",
            )

    def _in_filter(self, placed: _Placed, question: Question, text: str) -> Iterator[Problem]:
        """A filter reads columns of the choices sheet, and questions by name or absolute path."""
        expression = parse(text)
        yield from self._unknown(placed, "choice_filter", expression)
        columns = {NAME, *(key for choice in question.choices for key in choice.attributes)}
        missing = columns_of(expression) - columns - {".", "..", "*"}
        lost = sorted(missing) or [text for _ in unreadable_in_filter(expression)[:1]]
        for found in lost:
            yield self._problem(
                question.row,
                "choice_filter",
                f"{question.name}: {found}",
                f"choices 工作表的列({'、'.join(sorted(columns))})或 ${{题目名}}",
                f"a column of the choices sheet ({', '.join(sorted(columns))}) "
                "or ${name of a question}",
            )
        absolute = [one for one in walk(expression) if isinstance(one, Path) and one.absolute]
        if not self._some_refused and not all(
            named_by_path(part, CHOICE_PATH, self._paths) for part in absolute
        ):
            yield self._problem(
                question.row,
                "choice_filter",
                f"{question.name}: {text}",
                "指向一道题的路径",
                "a path to a question of the form",
            )

    def _in_labels(self, placed: _Placed) -> Iterator[Problem]:
        for attribute, column in _LABELS.items():
            label: Label = getattr(placed.item, attribute, {})
            for name in self._not_to_pipe(label, placed.repeat):
                yield self._problem(
                    placed.item.row, column, f"{placed.item.name}: ${{{name}}}", *_PIPED
                )

    def _in_choice_labels(self) -> Iterator[Problem]:
        seen: set[tuple[str, str]] = set()
        for placed in self._placed:
            if not isinstance(placed.item, Question):
                continue
            question = placed.item
            for choice in question.choices:
                for name in self._not_to_pipe(choice.label, placed.repeat):
                    if (question.list_name, choice.code) not in seen:
                        seen.add((question.list_name, choice.code))
                        row = self._row_of(question.list_name, choice.code)
                        found = f"{choice.code}: ${{{name}}}"
                        zh, en = _PIPED
                        yield self._workbook.problem(
                            CHOICES, row, "label", found=found, zh=zh, en=en
                        )

    def _row_of(self, list_name: str, code: str) -> int | None:
        chosen = self._lists.get(list_name) or self._lists.get(list_name.partition(WITH_OTHER)[0])
        return chosen.rows.get(code) if chosen else None

    def _not_to_pipe(self, label: Label, repeat: str) -> Sequence[str]:
        """Names in a text that are no question, or stand in a repeat that it does not."""
        names = dict.fromkeys(name for text in label.values() for name in piped_names(text) or ())
        return [
            name
            for name in names
            if name not in self._names
            or (name in self._paths and self._repeats.get(name, "-") not in {"", repeat})
        ]

    def _circles(self) -> Iterator[Problem]:
        try:
            assert self._form.rules
        except CircularRules as error:
            rows = {one.item.name: one.item.row for one in self._placed}
            for names in error.circles:
                yield self._problem(
                    min(rows[name] for name in names),
                    "relevant",
                    " → ".join([*names, names[0]]),
                    "不互相依赖的条件和计算",
                    "conditions and calculations that do not depend on each other in a circle",
                )

    def _problem(self, row: int | None, column: str, found: str, zh: str, en: str) -> Problem:
        return self._workbook.problem(SURVEY, row, column, found=found, zh=zh, en=en)


_PIPED = (
    "问卷中一道题的名称(重复组中的题只能在该组内引用)",
    "the name of a question of the form (of a repeat only within it)",
)


def _placed(items: tuple[Item, ...], above: str, repeat: str) -> Iterator[_Placed]:
    for item in items:
        path = f"{above}/{item.name}"
        inside = item.name if isinstance(item, Group) and item.repeats else repeat
        yield _Placed(item, path, inside)
        if isinstance(item, Group):
            yield from _placed(item.children, path, inside)
