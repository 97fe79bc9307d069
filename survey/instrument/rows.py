"""One row of the survey sheet: a question or group, or what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import replace

from pyxform import aliases
from pyxform.utils import default_is_dynamic
from pyxform.xls2json import RE_SELECT

from analysis.study.problems import Problem
from survey.instrument.answers import clean
from survey.instrument.choices import (
    OTHER,
    WITH_OTHER,
    ChoiceList,
    media_problems,
    specify_other,
)
from survey.instrument.expressions.errors import ExpressionError
from survey.instrument.expressions.parser import parse
from survey.instrument.items import Choice, Group, Item, Kind, Label, Question
from survey.instrument.kinds import KINDS, SELECTS, SUPPORTED, reason_against
from survey.instrument.languages import Languages
from survey.instrument.limits import MAX_EXPRESSIONS, MAX_LABEL
from survey.instrument.parameters import Parameters, Wrong, read_parameters
from survey.instrument.piping import piped_names
from survey.instrument.workbook import SURVEY, Column, Row, Workbook

# Columns that change what is asked or stored, and that the product does not follow.
_REFUSED_COLUMNS: dict[Column, str] = {
    ("trigger",): "trigger",
    ("media", "image"): "media::image",
    ("media", "audio"): "media::audio",
    ("media", "video"): "media::video",
    ("media", "big-image"): "media::big-image",
    ("bind", "type"): "bind::type",
    ("bind", "jr:preload"): "bind::jr:preload",
    ("bind", "entities:saveto"): "save_to",
}
_HEADERS = {"calculate": "calculation", "jr:count": "repeat_count", "readonly": "read_only"}
_NAME = re.compile(r"[^\W\d][\w.-]{0,63}")
_WITH_CALCULATION = (Kind.CALCULATE, Kind.HIDDEN)
_SPACED = (Kind.SELECT_MULTIPLE, Kind.RANK)


class RowReader:
    """Reads rows into items and gathers the problems of all of them."""

    def __init__(
        self, workbook: Workbook, languages: Languages, lists: Mapping[str, ChoiceList]
    ) -> None:
        self._workbook = workbook
        self._languages = languages
        self._lists = lists
        self._written = 0  # characters of all expressions so far
        self.problems: list[Problem] = []
        # Of rows that are refused too: a reference to one is no second problem.
        self.names: set[str] = set()
        self._used_lists: set[str] = set()

    def fault(self, row: Row, column: str, found: str, zh: str, en: str) -> None:
        problem = self._workbook.problem(SURVEY, row.number, column, found=found, zh=zh, en=en)
        self.problems.append(problem)

    def group(self, row: Row, children: tuple[Item, ...], *, repeats: bool) -> Group:
        self._check_name(row)
        self._check_columns(row)
        if repeats:
            self.names.add(row.text("name"))
        elif row.text("control", "jr:count"):
            found = with_name(row, row.text("control", "jr:count"))
            zh, en = "空(只用于 begin_repeat)", "nothing; it is for begin_repeat"
            self.fault(row, "repeat_count", found, zh, en)
        return Group(
            name=row.text("name"),
            label=self._label(row, "label"),
            relevant=self._expression(row, "bind", "relevant"),
            children=children,
            row=row.number,
            repeats=repeats,
            count=self._expression(row, "control", "jr:count") if repeats else None,
            appearance=row.text("control", "appearance"),
        )

    def questions(self, row: Row) -> list[Item]:
        """The question, and the one that ``or_other`` adds; none of an unsupported type."""
        name = row.text("name")
        self.names.add(name)
        self._check_name(row)
        self._check_columns(row)
        kind, list_name, with_other = self._kind(row)
        if kind is None:
            return []
        parameters = self._parameters(row, kind)
        question = Question(
            name=name or f"generated_note_name_{row.number}",
            kind=kind,
            label=self._label(row, "label"),
            hint=self._label(row, "hint"),
            choices=self._choices(row, kind, list_name),
            required=self._required(row),
            required_message=self._label(row, "bind", "jr:requiredMsg"),
            relevant=self._expression(row, "bind", "relevant"),
            constraint=self._expression(row, "bind", "constraint"),
            constraint_message=self._label(row, "bind", "jr:constraintMsg"),
            calculation=self._expression(row, "bind", "calculate"),
            appearance=row.text("control", "appearance"),
            row=row.number,
            list_name=list_name,
            choice_filter=self._expression(row, "choice_filter"),
            randomize=parameters.randomize,
            seed=parameters.seed,
            scale=parameters.scale,
            read_only=self._is_read_only(row, kind),
        )
        question = self._with_default(row, question)
        self._check_question(row, question)
        return self._with_other(row, question) if with_other else [question]

    def _kind(self, row: Row) -> tuple[Kind | None, str, bool]:
        """The kind, the list of choices, and whether ``or_other`` is asked for."""
        written = " ".join(row.text("type").split())
        kind = KINDS.get(written.lower())
        if kind is not None:
            return kind, "", False
        select = RE_SELECT.search(written)
        chosen = SELECTS.get(aliases.select[select["select_command"]]) if select else None
        reason = reason_against(written)
        if select is None or chosen is None or reason is not None:
            zh, en = reason or ("没有这种题型", "there is no such type")
            self.fault(
                row,
                "type",
                with_name(row, written),
                f"{zh};支持的题型:{'、'.join(SUPPORTED)}",
                f"{en}; supported types: {', '.join(SUPPORTED)}",
            )
            return None, "", False
        if select["specify_other"] and chosen is Kind.RANK:
            zh, en = "不带 or_other 的 rank", "rank without or_other"
            self.fault(row, "type", with_name(row, written), zh, en)
        return chosen, select["list_name"], bool(select["specify_other"])

    def _choices(self, row: Row, kind: Kind, list_name: str) -> tuple[Choice, ...]:
        if not kind.has_choices:
            return ()
        found = self._lists.get(list_name, ChoiceList())
        if list_name not in self._used_lists:
            self._used_lists.add(list_name)
            self.problems += media_problems(self._workbook, found)
        choices = tuple(found.choices.values())
        if not choices:
            self.fault(
                row,
                "type",
                with_name(row, row.text("type")),
                "choices 工作表中的一个列表",
                "a list of the choices sheet",
            )
        spaced = [one.code for one in choices if len(one.code.split()) > 1]
        if spaced and kind in _SPACED:
            self.fault(
                row, "type", with_name(row, spaced[0]), "不含空格的代码", "codes without space"
            )
        return choices

    def _with_other(self, row: Row, question: Question) -> list[Item]:
        """The choice ``other`` and the text question for it, as pyxform adds them."""
        if question.choice_filter is not None:
            found = with_name(row, question.choice_filter)
            zh, en = "空(不能与 or_other 同用)", "nothing; not together with or_other"
            self.fault(row, "choice_filter", found, zh, en)
        if OTHER.code not in question.codes:
            list_name = question.list_name + WITH_OTHER
            while list_name in self._lists:
                list_name += "_"
            choices = (*question.choices, OTHER)
            question = replace(question, choices=choices, list_name=list_name)
        specify = specify_other(question)
        self.names.add(specify.name)
        return [question, specify]

    def _parameters(self, row: Row, kind: Kind) -> Parameters:
        written = row.text("parameters")
        if not written and kind is not Kind.RANGE:
            return Parameters()
        found = read_parameters(kind, written)
        if isinstance(found, Wrong):
            self.fault(row, "parameters", with_name(row, found.found), found.zh, found.en)
            return Parameters()
        return found

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
                found = with_name(row, found)
                self.fault(row, header, found, "空(不支持此列)", "nothing: not supported")

    def _check_question(self, row: Row, question: Question) -> None:
        kind = question.kind
        if kind.is_shown and not question.label:
            self.fault(row, "label", question.name, "题目文字", "the text of the question")
        if question.calculation and not (kind.is_answered or kind in _WITH_CALCULATION):
            found = with_name(row, question.calculation)
            zh, en = "空(这种题不计算)", "nothing: this type is not computed"
            self.fault(row, "calculation", found, zh, en)
        if kind is Kind.CALCULATE and row.text("bind", "calculate") == "":
            self.fault(row, "calculation", question.name, "表达式", "an expression")
        if question.choice_filter is not None and not kind.has_choices:
            found = with_name(row, question.choice_filter)
            zh, en = "空(这种题没有选项)", "nothing: this type has no choices"
            self.fault(row, "choice_filter", found, zh, en)

    def _with_default(self, row: Row, question: Question) -> Question:
        """The question with its default, a constant or an expression as pyxform tells them."""
        written = row.text("default")
        if not written:
            return question
        found = with_name(row, written)
        if question.kind in {Kind.IMAGE, Kind.NOTE}:
            self.fault(row, "default", found, "空(这种题没有默认值)", "nothing for this type")
            return question
        if _is_computed(written, question.kind):
            return replace(question, default_expression=self._expression(row, "default"))
        cleaned = clean(question, written) if question.kind.is_answered else written
        if not isinstance(cleaned, str):
            self.fault(row, "default", found, "这道题的有效回答", "a valid answer to the question")
        return replace(question, default=written)

    def _is_read_only(self, row: Row, kind: Kind) -> bool:
        """Read only as marked; a computed answer is, so that nobody's answer is overwritten."""
        written = row.text("bind", "readonly")
        marked = aliases.yes_no.get(written, bool(written))
        if marked and written not in aliases.yes_no:
            found = with_name(row, written)
            self.fault(row, "read_only", found, "yes 或 no", "yes or no")
        is_computed = bool(row.text("bind", "calculate")) and kind.is_answered
        return marked or is_computed

    def _label(self, row: Row, *column: str) -> Label:
        label = self._languages.label(row.translations(*column))
        for text in dict.fromkeys(label.values()):
            found = with_name(row, text)
            if len(text) > MAX_LABEL:
                zh, en = f"最多 {MAX_LABEL} 字", f"at most {MAX_LABEL} characters"
                self.fault(row, column[-1], found, zh, en)
            if piped_names(text) is None:
                self.fault(
                    row, column[-1], found, "${题目名} 写全", "${name of a question} in full"
                )
        return label

    def _required(self, row: Row) -> str | None:
        written = row.text("bind", "required")
        plain = aliases.yes_no.get(written)
        if plain is not None or not written:
            return "true()" if plain else None
        return self._expression(row, "bind", "required")

    def _expression(self, row: Row, *column: str) -> str | None:
        written = row.text(*column)
        if not written:
            return None
        text = str(aliases.BINDING_CONVERSIONS.get(written, written))
        self._written += len(text)
        header = _HEADERS.get(column[-1], column[-1])
        if self._written > MAX_EXPRESSIONS:
            if self._written - len(text) <= MAX_EXPRESSIONS:  # said once
                self.fault(
                    row,
                    header,
                    f"{self._written}",
                    f"全部表达式最多 {MAX_EXPRESSIONS} 字",
                    f"at most {MAX_EXPRESSIONS} characters in all expressions",
                )
            return None
        try:
            parse(text)
        except ExpressionError as error:
            self.fault(row, header, with_name(row, written), error.sentence_zh, error.sentence_en)
            return None
        return text


def with_name(row: Row, found: str) -> str:
    """What stands there, after the name of the row where it has one."""
    return f"{row.text('name')}: {found}" if row.text("name") else found


def _is_computed(default: str, kind: Kind) -> bool:
    return bool(default_is_dynamic(default, kind.value))
