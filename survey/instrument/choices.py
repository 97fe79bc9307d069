"""The choices sheet: lists of codes and labels."""

from analysis.study.problems import Problem
from survey.instrument.items import Choice
from survey.instrument.languages import Languages
from survey.instrument.workbook import CHOICES, Workbook


def read_choices(
    workbook: Workbook, languages: Languages
) -> tuple[dict[str, tuple[Choice, ...]], list[Problem]]:
    """Choices by list, in the order of the sheet; a choice without label shows its code."""
    lists: dict[str, dict[str, Choice]] = {}
    problems: list[Problem] = []
    for row in workbook.choices:
        name, code = row.text("list name"), row.text("name")
        if not name and not code:
            continue

        def fault(column: str, found: str, zh: str, en: str, number: int = row.number) -> None:
            problem = workbook.problem(CHOICES, number, column, found=found, zh=zh, en=en)
            problems.append(problem)

        if not name or not code:
            fault("name" if name else "list_name", "", "不为空", "a value")
            continue
        known = lists.setdefault(name, {})
        if code in known:
            fault("name", code, f"列表 {name} 中没有用过的代码", f"a code not yet in list {name}")
        label = languages.label(row.translations("label")) or {"zh": code, "en": code}
        if "${" in label["zh"] + label["en"]:
            fault("label", label["zh"], "不含 ${…} 的文字", "text without ${…}")
        known[code] = Choice(code, label)
    return {name: tuple(known.values()) for name, known in lists.items()}, problems
