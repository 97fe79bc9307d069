"""minyi xlsform: what a questionnaire holds, or every reason why it is refused."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from analysis.study.problems import Problem, speaks_chinese
from survey.instrument.answers import printable
from survey.instrument.described import CONDITIONS, Placed, counts, describe, placed_items
from survey.instrument.items import Group, Label, Question
from survey.instrument.questions import Form
from survey.instrument.xlsform import read_xlsform

REFUSED = 2  # exit status; 1 is an internal error

_ZH = {
    "version": "版本",
    "languages": "语言",
    "none": "未注明",
    "questions": "题",
    "group": "分组",
    "repeat": "重复组",
    "choices": "个选项",
    "read_only": "只读",
    "randomize": "选项随机排列",
    "appearance": "外观",
    "required": "必填",
    "relevant": "显示条件",
    "constraint": "校验",
    "calculation": "计算",
    "choice_filter": "选项筛选",
    "default": "默认值",
    "default_expression": "默认值(计算)",
    "repeat_count": "次数",
}
_EN = {
    "none": "not named",
    "default_expression": "default (computed)",
    "read_only": "read only",
    "randomize": "choices in random order",
    "choice_filter": "choice filter",
    "repeat_count": "count",
}

Words = Callable[[str], str]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def xlsform(file: Path, as_json: bool) -> None:
    """Say what the questionnaire FILE (.xlsx or .xls) holds.

    Or, if it is refused, every reason on stderr, one tab-separated line each:
    file and sheet, row, column, found, expected. With --json the reasons are
    in the object on stdout. The exit status is 0 or 2.
    """
    form, problems = read_xlsform(file)
    chinese = speaks_chinese(os.environ)
    if as_json:
        click.echo(json.dumps(_as_json(file, form, problems), ensure_ascii=False, indent=2))
    elif form is not None:
        for line in _lines(form, chinese):
            click.echo(line)
    else:
        for problem in problems:
            click.echo(problem.line(chinese), err=True)
    if form is None:
        sys.exit(REFUSED)


def _as_json(file: Path, form: Form | None, problems: list[Problem]) -> dict[str, Any]:
    return {
        "file": printable(file.name),
        "accepted": form is not None,
        "form": describe(form) if form is not None else None,
        "problems": [
            {
                "file": problem.file,
                "row": problem.row,
                "column": problem.column,
                "found": problem.found,
                "expected_zh": problem.expected_zh,
                "expected_en": problem.expected_en,
            }
            for problem in problems
        ],
    }


def _words(chinese: bool) -> Words:
    words = _ZH if chinese else _EN
    return lambda name: words.get(name, name)


def _lines(form: Form, chinese: bool) -> Iterator[str]:
    word = _words(chinese)
    yield f"{form.title}  [{form.form_id}]  {word('version')} {form.version or '-'}"
    names = ", ".join(language.name for language in form.languages)
    yield f"{word('languages')}: {names or word('none')}"
    found = counts(form)
    kinds = ", ".join(f"{number} {kind}" for kind, number in found.items())
    yield f"{sum(found.values())} {word('questions')}: {kinds}"
    yield ""
    for placed in placed_items(form):
        yield from _item_lines(placed, chinese)


def _item_lines(placed: Placed, chinese: bool) -> Iterator[str]:
    item, word = placed.item, _words(chinese)
    indent = "  " * len(placed.groups)
    kind = _kind(item, word) if isinstance(item, Question) else _control(item, word)
    yield f"{indent}{item.row:>4}  {item.name}  <{kind}>  {_text(item.label, chinese)}".rstrip()
    for name, value in _conditions(item):
        yield f"{indent}      {word(name)}: {value}" if value else f"{indent}      {word(name)}"


def _kind(question: Question, word: Words) -> str:
    if question.scale is not None:
        scale = question.scale
        return f"{question.kind.value} {scale.start}..{scale.end} / {scale.step}"
    if question.kind.has_choices:
        choices = f"{len(question.choices)} {word('choices')}"
        return f"{question.kind.value} {question.list_name}, {choices}"
    return question.kind.value


def _control(group: Group, word: Words) -> str:
    return word("repeat" if group.repeats else "group")


def _conditions(item: Question | Group) -> Iterator[tuple[str, str]]:
    for name in CONDITIONS:
        value = getattr(item, name, None)
        if value == "true()" and name == "required":
            yield name, ""
        elif value:
            yield name, " ".join(value.split())
    if isinstance(item, Group):
        if item.count:
            yield "repeat_count", item.count
    else:
        if item.randomize:
            yield "randomize", f"seed {item.seed}" if item.seed else ""
        if item.read_only:
            yield "read_only", ""
    if item.appearance:
        yield "appearance", item.appearance


def _text(label: Label, chinese: bool) -> str:
    """The label in the reader's language, in one line."""
    return " ".join(label.get("zh" if chinese else "en", "").split())
