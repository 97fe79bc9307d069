"""One row of the survey sheet: a question, or what is wrong with it."""

import re
from collections.abc import Mapping

from pyxform import aliases
from pyxform.xls2json import RE_SELECT

from analysis.study.problems import Problem
from survey.instrument.answers import clean
from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.parser import parse
from survey.instrument.items import Choice, Group, Item, Kind, Label, Question
from survey.instrument.languages import Languages
from survey.instrument.workbook import SURVEY, Row, Workbook

_KINDS = {
    "text": Kind.TEXT,
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "int": Kind.INTEGER,
    "decimal": Kind.DECIMAL,
    "date": Kind.DATE,
    "note": Kind.NOTE,
    "calculate": Kind.CALCULATE,
    "hidden": Kind.HIDDEN,
    "start": Kind.START,
    "end": Kind.END,
}
_SELECTS = {"select one": Kind.SELECT_ONE, "select all that apply": Kind.SELECT_MULTIPLE}
_SUPPORTED = "、".join(kind.value for kind in Kind)
# Columns that change what is asked or stored, and that the product does not follow.
_REFUSED_COLUMNS = {
    ("choice_filter",): "choice_filter",
    ("trigger",): "trigger",
    ("parameters",): "parameters",
    ("control", "jr:count"): "repeat_count",
    ("media", "image"): "media::image",
    ("media", "audio"): "media::audio",
    ("media", "video"): "media::video",
    ("media", "big-image"): "media::big-image",
}
_NAME = re.compile(r"[^\W\d][\w.-]{0,63}")
_HAS_REFERENCE = re.compile(r"\$\{")
_LOOKS_COMPUTED = re.compile(r"\$\{|[a-z][a-z-]*\(.*\)")
_WITH_CALCULATION = (Kind.CALCULATE, Kind.HIDDEN)


class RowReader:
    """Reads rows into items and gathers the problems of all of them."""

    def __init__(
        self, workbook: Workbook, languages: Languages, lists: Mapping[str, tuple[Choice, ...]]
    ) -> None:
        self._workbook = workbook
        self._languages = languages
        self._lists = lists
        self.problems: list[Problem] = []
        # Of rows that are refused too: a reference to one is no second problem.
        self.names: set[str] = set()

    def fault(self, row: Row, column: str, found: str, zh: str, en: str) -> None:
        problem = self._workbook.problem(SURVEY, row.number, column, found=found, zh=zh, en=en)
        self.problems.append(problem)

    def group(self, row: Row, children: tuple[Item, ...]) -> Group:
        self._check_name(row)
        self._check_columns(row)
        return Group(
            name=row.text("name"),
            label=self._label(row, "label"),
            relevant=self._expression(row, "relevant"),
            children=children,
            row=row.number,
        )

    def question(self, row: Row) -> Question | None:
        """The question; None if its type is not supported."""
        kind, choices = self._kind(row)
        self.names.add(row.text("name"))
        self._check_name(row)
        self._check_columns(row)
        if kind is None:
            return None
        question = Question(
            name=row.text("name") or f"generated_note_name_{row.number}",
            kind=kind,
            label=self._label(row, "label"),
            hint=self._label(row, "hint"),
            choices=choices,
            required=self._required(row),
            required_message=self._label(row, "bind", "jr:requiredMsg"),
            relevant=self._expression(row, "relevant"),
            constraint=self._expression(row, "constraint"),
            constraint_message=self._label(row, "bind", "jr:constraintMsg"),
            calculation=self._expression(row, "calculate"),
            appearance=row.text("control", "appearance"),
            default=row.text("default") or None,
            row=row.number,
        )
        self._check_question(row, question)
        return question

    def _kind(self, row: Row) -> tuple[Kind | None, tuple[Choice, ...]]:
        written = " ".join(row.text("type").split())
        kind = _KINDS.get(written.lower())
        if kind is not None:
            return kind, ()
        select = RE_SELECT.search(written)
        command = aliases.select.get(select["select_command"]) if select else None
        if select is None or command not in _SELECTS or select["specify_other"]:
            self.fault(
                row,
                "type",
                self._with_name(row, written),
                f"支持的题型:{_SUPPORTED}",
                f"a supported type: {_SUPPORTED.replace('、', ', ')}",
            )
            return None, ()
        choices = self._lists.get(select["list_name"], ())
        if not choices:
            self.fault(
                row,
                "type",
                self._with_name(row, written),
                "choices 工作表中的一个列表",
                "a list of the choices sheet",
            )
        kind = _SELECTS[command]
        spaced = [one.code for one in choices if len(one.code.split()) > 1]
        if spaced and kind is Kind.SELECT_MULTIPLE:
            found = self._with_name(row, spaced[0])
            self.fault(row, "type", found, "不含空格的代码", "codes without space")
        return kind, choices

    def _with_name(self, row: Row, found: str) -> str:
        return f"{row.text('name')}: {found}" if row.text("name") else found

    def _check_name(self, row: Row) -> None:
        name = row.text("name")
        if not name and row.text("type").lower() == "note":
            return
        if not _NAME.fullmatch(name):
            self.fault(
                row,
                "name",
                name,
                "以字母开头、由字母数字和 _ - . 组成、不超过 64 字的名称",
                "a name of up to 64 letters, digits, _ - . that begins with a letter",
            )

    def _check_columns(self, row: Row) -> None:
        for column, header in _REFUSED_COLUMNS.items():
            texts = row.translations(*column)
            if found := next(iter(texts.values()), ""):
                found = self._with_name(row, found)
                self.fault(row, header, found, "空(不支持此列)", "nothing: not supported")
        readonly = row.text("bind", "readonly")
        if readonly and aliases.yes_no.get(readonly) is not False:
            found = self._with_name(row, readonly)
            self.fault(row, "read_only", found, "空(不支持此列)", "nothing: not supported")

    def _check_question(self, row: Row, question: Question) -> None:
        kind = question.kind
        if kind.is_shown and not question.label:
            self.fault(row, "label", question.name, "题目文字", "the text of the question")
        if question.calculation and kind not in _WITH_CALCULATION:
            self.fault(
                row,
                "calculation",
                self._with_name(row, question.calculation),
                "空;计算请用 calculate 行",
                "nothing; a calculation needs a row of type calculate",
            )
        if kind is Kind.CALCULATE and row.text("bind", "calculate") == "":
            self.fault(row, "calculation", question.name, "表达式", "an expression")
        if question.default is not None and kind.is_answered:
            self._check_default(row, question, question.default)

    def _check_default(self, row: Row, question: Question, default: str) -> None:
        found = self._with_name(row, default)
        if _LOOKS_COMPUTED.search(default):
            self.fault(row, "default", found, "固定的值", "a constant; no expression")
        elif not isinstance(clean(question, default), str):
            self.fault(row, "default", found, "这道题的有效回答", "a valid answer to the question")

    def _label(self, row: Row, *column: str) -> Label:
        label = self._languages.label(row.translations(*column))
        if any(_HAS_REFERENCE.search(text) for text in label.values()):
            self.fault(
                row,
                column[-1],
                self._with_name(row, label["zh"]),
                "不含 ${…} 的文字",
                "text without ${…}",
            )
        return label

    def _required(self, row: Row) -> str | None:
        written = row.text("bind", "required")
        plain = aliases.yes_no.get(written)
        if plain is not None or not written:
            return "true()" if plain else None
        return self._expression(row, "required")

    def _expression(self, row: Row, column: str) -> str | None:
        written = row.text("bind", column)
        if not written:
            return None
        text = str(aliases.BINDING_CONVERSIONS.get(written, written))
        try:
            parse(text)
        except ExpressionError as error:
            header = "calculation" if column == "calculate" else column
            found = self._with_name(row, written)
            self.fault(row, header, found, error.sentence_zh, error.sentence_en)
            return None
        return text
