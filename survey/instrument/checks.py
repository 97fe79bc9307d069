"""What only the whole form can tell: names used twice, names unknown, rules in a circle."""

from collections.abc import Iterator

from analysis.study.problems import Problem
from survey.instrument.expressions.parser import parse
from survey.instrument.expressions.tree import Path, references, walk
from survey.instrument.items import Group, Item, Question
from survey.instrument.questions import Form
from survey.instrument.rules import CircularRules, named_by_path
from survey.instrument.workbook import SURVEY, Workbook

_COLUMNS = ("relevant", "constraint", "required", "calculation")


def check_form(workbook: Workbook, form: Form, names: set[str]) -> list[Problem]:
    """Problems between rows; ``names`` are those of all rows, refused ones included."""
    placed = list(_placed(form.children, f"/{form.root}"))
    problems = list(_repeated(workbook, [item for item, _ in placed]))
    paths = {item.name: path for item, path in placed if isinstance(item, Question)}
    for item, path in placed:
        problems += _unknown(workbook, item, path, paths, names)
    if not problems:
        problems += _circles(workbook, form)
    return problems


def _placed(items: tuple[Item, ...], above: str) -> Iterator[tuple[Item, str]]:
    for item in items:
        path = f"{above}/{item.name}"
        yield item, path
        if isinstance(item, Group):
            yield from _placed(item.children, path)


def _repeated(workbook: Workbook, items: list[Item]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for item in items:
        if item.name in first:
            yield workbook.problem(
                SURVEY,
                item.row,
                "name",
                found=item.name,
                zh=f"整份问卷中唯一的名称(第 {first[item.name]} 行已用)",
                en=f"a name used once in the form (row {first[item.name]} has it)",
            )
        first.setdefault(item.name, item.row)


def _unknown(
    workbook: Workbook, item: Item, path: str, paths: dict[str, str], names: set[str]
) -> Iterator[Problem]:
    for column in _COLUMNS:
        text = getattr(item, column, None)
        if text is None:
            continue
        expression = parse(text)
        for name in sorted(references(expression) - names):
            yield workbook.problem(
                SURVEY,
                item.row,
                column,
                found=f"{item.name}: ${{{name}}}",
                zh="问卷中一道题的名称",
                en="the name of a question of the form",
            )
        for part in walk(expression):
            if isinstance(part, Path) and not (
                named_by_path(part, path, paths) or names > paths.keys()
            ):
                yield workbook.problem(
                    SURVEY,
                    item.row,
                    column,
                    found=f"{item.name}: {text}",
                    zh=f"第 {part.position + 1} 个字符处的路径应指向一道题",
                    en=f"a path to a question of the form at character {part.position + 1}",
                )


def _circles(workbook: Workbook, form: Form) -> Iterator[Problem]:
    try:
        assert form.rules
    except CircularRules as error:
        rows = {item.name: item.row for item, _ in _placed(form.children, "")}
        for names in error.circles:
            yield workbook.problem(
                SURVEY,
                min(rows[name] for name in names),
                "relevant",
                found=" → ".join([*names, names[0]]),
                zh="不互相依赖的条件和计算",
                en="conditions and calculations that do not depend on each other in a circle",
            )
